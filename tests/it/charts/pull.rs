//! Fetching, the lock, and what is refused.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use supercargo::charts::Digest;

use super::servers::{archive, registry, repository, stable};
use super::{scene, without_ports};
use crate::loopback::Reply;
use crate::support::{Entry, Scene, tree};

const PULL: [&str; 3] = ["charts", "pull", "--plain-http"];

/// The archives in the cache.
fn cached(scene: &Scene) -> Vec<(String, Vec<u8>)> {
    let all = tree(&scene.path(".supercargo/charts"));
    all.into_iter()
        .filter_map(|(name, entry)| match entry {
            Entry::File(bytes) => Some((name, bytes)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_chart_is_fetched_once_and_locked() {
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    assert_snapshot!(scene.render(&PULL), @"");
    let bytes = archive("podinfo", "1.2.3", "replicas: 1\n");
    let digest = Digest::of(&bytes);
    assert_eq!(cached(&scene), [(format!("podinfo-1.2.3-{}.tgz", digest.short()), bytes)]);
    let lock = scene.read("charts.lock");
    assert!(lock.contains(digest.as_str()) && lock.contains(&stable(&server)), "{lock}");
    assert_eq!(server.lines(), ["GET /stable/index.yaml", "GET /stable/files/podinfo-1.2.3.tgz"]);
    assert!(scene.read(".supercargo/.gitignore").contains('*'));

    // From then on nobody is asked.
    drop(server);
    assert_snapshot!(scene.render(&PULL), @"");
    scene.render(&["charts", "pull", "--offline", "--locked"]).succeeds();
    assert_eq!(scene.read("charts.lock"), lock);
}

#[test]
fn a_registry_is_asked_with_a_token_that_nobody_else_gets() {
    let (registry, storage) = registry(|_| None);
    let scene = scene(&format!("oci://{}/team/charts", registry.host()));
    let run = scene.render(&PULL).succeeds();
    assert!(!run.to_string().contains("of-the-day"), "{run}");
    let bytes = archive("podinfo", "1.2.3", "replicas: 1\n");
    assert_eq!(cached(&scene)[0].1, bytes);
    assert!(scene.read("charts.lock").contains(Digest::of(&bytes).as_str()));
    let lines: Vec<_> = registry.lines().iter().map(|line| line.split(['?', '@']).next().unwrap().to_owned()).collect();
    let blob = format!("GET /v2/team/charts/podinfo/blobs/{}", Digest::of(&bytes));
    let manifest = "GET /v2/team/charts/podinfo/manifests/1.2.3";
    assert_eq!(lines, [manifest, "GET /token", manifest, blob.as_str()]);
    assert_eq!(storage.received()[0].header("authorization"), None);
}

#[test]
fn another_archive_under_the_same_version_is_refused() {
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    scene.render(&PULL).succeeds();
    let locked =
        scene.read("charts.lock").replacen(&Digest::of(&cached(&scene)[0].1).as_str()[7..19], "000000000000", 1);
    scene.write("charts.lock", &locked);
    let run = scene.render(&PULL).exits(2);
    assert_snapshot!(without_ports(&run.stderr), @"");
    assert_eq!(scene.read("charts.lock"), locked);
    assert_eq!(
        scene.render(&["charts", "pull", "--update", "podinfos"]).exits(2).stderr.lines().next().unwrap(),
        "error: no environment pins a chart `podinfos`; did you mean `podinfo`?"
    );
    scene.render(&[&PULL[..], &["--update", "podinfo"]].concat()).succeeds();
    assert_ne!(scene.read("charts.lock"), locked);
}

#[test]
fn what_is_in_the_cache_is_believed_only_with_its_digest() {
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    scene.render(&PULL).succeeds();
    let (name, whole) = cached(&scene).remove(0);
    for broken in [&whole[..whole.len() / 2], b"", b"something else"] {
        scene.write(&format!(".supercargo/charts/{name}"), broken);
        let run = scene.render(&["charts", "pull", "--offline"]).exits(2);
        assert!(run.stderr.contains("error[chart-not-cached]: podinfo 1.2.3 is not at hand"), "{run}");
        scene.render(&PULL).succeeds();
        assert_eq!(cached(&scene), [(name.clone(), whole.clone())]);
    }
}

#[test]
fn every_fault_keeps_the_lock_as_it_was() {
    let other = archive("podinfo", "9.9.9", "");
    let told = |path: &'static str, reply: Reply| {
        let server = repository(move |received| (received.target == path).then(|| reply.clone()));
        let scene = scene(&stable(&server));
        let run = scene.render(&PULL).exits(2);
        assert!(!scene.path("charts.lock").exists() && cached(&scene).is_empty(), "{run}");
        without_ports(run.stderr.lines().next().unwrap())
    };
    let file = "/stable/files/podinfo-1.2.3.tgz";
    assert_snapshot!(told(file, Reply::status(404, "gone")), @"");
    assert_snapshot!(told(file, Reply::ok(other)), @"");
    assert_snapshot!(told("/stable/index.yaml", Reply::status(403, "<html>")), @"");
    assert_snapshot!(told("/stable/index.yaml", Reply::ok("entries: [")), @"");
    assert_snapshot!(told("/stable/index.yaml", Reply::ok("entries:\n  podinfos:\n  - version: 1.2.3\n")), @"");
    assert_snapshot!(told("/stable/index.yaml", Reply::ok("entries:\n  podinfo:\n  - version: 1.2.2\n  - version: 2.0.0\n")), @"");
    let urls = |url: &str| Reply::ok(format!("entries:\n  podinfo:\n  - version: 1.2.3\n    urls: [\"{url}\"]\n"));
    assert_snapshot!(told("/stable/index.yaml", urls("file:///etc/passwd")), @"");
    assert_snapshot!(told("/stable/index.yaml", urls("index.yaml")), @"");
}

#[test]
fn what_passes_is_asked_for_again() {
    // A cut body, and a server that is busy for a moment.
    let server = repository(|received| match (received.target.as_str(), received.before) {
        ("/stable/index.yaml", 0) => Some(Reply::status(429, "").with("retry-after", "0")),
        (path, 0) if path.ends_with(".tgz") => Some(Reply::Cut { body: vec![0; 1000], after: 300 }),
        _ => None,
    });
    let scene = scene(&stable(&server));
    scene.render(&PULL).succeeds();
    assert_eq!(server.lines().len(), 4);
}

#[test]
fn a_registry_that_mixes_things_up_is_refused() {
    let told = |change: fn(&str) -> Option<Reply>| {
        let (registry, _storage) = registry(move |received| {
            let known = received.header("authorization").is_some();
            known.then(|| change(&received.target)).flatten()
        });
        let scene = scene(&format!("oci://{}/team/charts", registry.host()));
        let run = scene.render(&PULL).exits(2);
        assert!(cached(&scene).is_empty(), "{run}");
        let line = without_ports(run.stderr.lines().next().unwrap());
        regex::Regex::new("[0-9a-f]{64}").unwrap().replace_all(&line, "[digest]").into_owned()
    };
    assert_snapshot!(told(|path| path.contains("/blobs/").then(|| Reply::ok("another blob"))), @"");
    assert_snapshot!(
        told(|path| path.contains("/manifests/").then(|| {
            Reply::ok("{}").with("docker-content-digest", Digest::of(b"other").as_str())
        })),
        @""
    );
    assert_snapshot!(told(|path| path.contains("/manifests/").then(|| Reply::ok(r#"{"layers": []}"#))), @"");
    assert_snapshot!(told(|path| path.contains("/manifests/").then(|| Reply::status(404, ""))), @"");
    assert_snapshot!(told(|path| path.contains("/blobs/").then(|| Reply::status(401, ""))), @"");
}

#[test]
fn a_registry_without_anonymous_tokens_says_what_else_there_is() {
    let (registry, _storage) =
        registry(|received| received.target.starts_with("/token").then(|| Reply::status(401, "")));
    let scene = scene(&format!("oci://{}/team/charts", registry.host()));
    assert_snapshot!(without_ports(&scene.render(&PULL).exits(2).stderr), @"");
}

#[test]
fn ci_refuses_a_lock_that_would_change() {
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    let locked = ["charts", "pull", "--plain-http", "--locked"];
    assert_snapshot!(without_ports(&scene.render(&locked).exits(1).stderr), @"");
    scene.render(&PULL).succeeds();
    scene.render(&locked).succeeds();
    // Another version, as Renovate would propose it.
    let values = scene.read("values/dev.yaml").replace("1.2.3", "1.2.4");
    scene.write("values/dev.yaml", values);
    let asked = server.lines().len();
    assert_snapshot!(without_ports(&scene.render(&locked).exits(1).stderr), @"");
    assert_eq!(server.lines().len(), asked);
    scene.render(&PULL).succeeds();
    let lock = scene.read("charts.lock");
    assert!(lock.contains("1.2.4") && !lock.contains("1.2.3"), "{lock}");
}

#[test]
fn a_broken_lock_is_not_guessed_at() {
    let scene = scene("https://charts.example.com").with("charts.lock", "<<<<<<< ours\n");
    for arguments in [&["charts", "pull", "--offline"][..], &["charts", "list"]] {
        let run = scene.render(arguments).exits(2);
        assert!(run.stderr.contains("charts.lock"), "{run}");
    }
}

#[test]
fn charts_are_taken_from_a_folder() {
    let scene = scene("https://charts.example.com");
    let pull = ["charts", "pull", "--from", "vendor"];
    assert_snapshot!(scene.render(&pull).exits(2).stderr, @"");
    // Unpacked it serves for checks, and has no digest.
    scene.write("vendor/podinfo/Chart.yaml", "{name: podinfo, version: 1.2.4}\n");
    let run = scene.render(&pull).exits(2);
    assert!(run.stderr.contains("vendor/podinfo has podinfo 1.2.4"), "{run}");
    scene.write("vendor/podinfo/Chart.yaml", "{name: podinfo, version: 1.2.3}\n");
    assert_snapshot!(scene.render(&pull).succeeds(), @"");
    assert!(!scene.path("charts.lock").exists());
    // As it is published it is as good as from the network.
    scene.write("vendor/podinfo-1.2.3.tgz", archive("podinfo", "1.2.3", ""));
    scene.render(&pull).succeeds();
    assert!(scene.read("charts.lock").contains(Digest::of(&archive("podinfo", "1.2.3", "")).as_str()));
    scene.write("vendor/podinfo-1.2.3.tgz", archive("other", "1.2.3", ""));
    scene.remove(".supercargo/charts");
    let run = scene.render(&pull).exits(2);
    assert!(run.stderr.contains("it is other 1.2.3"), "{run}");
}

#[test]
fn a_killed_pull_leaves_nothing_that_is_believed() {
    let server = repository(|received| {
        // The second archive never comes.
        received.target.contains("1.10.0").then_some(Reply::Hang)
    });
    let further = "  later: {repository: URL, chart: podinfo, version: 1.10.0, namespace: later}\n";
    let scene = scene(&stable(&server)).and("values/dev.yaml", &further.replace("URL", &stable(&server)));
    let mut child = scene.command(&PULL).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_half_way = || !cached(&scene).is_empty() && server.lines().iter().any(|line| line.contains("1.10.0"));
    for _ in 0..1000 {
        if is_half_way() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(is_half_way());
    child.kill().unwrap();
    child.wait().unwrap();
    drop(server);
    assert!(!scene.path("charts.lock").exists());
    // The next one, from a server that answers, ends as if nothing had happened.
    let server = repository(|_| None);
    let old = scene.read("values/dev.yaml");
    let host = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    scene.write("values/dev.yaml", host.replace_all(&old, server.host()).as_bytes());
    scene.render(&PULL).succeeds();
    assert_eq!(cached(&scene).len(), 2);
    scene.render(&["charts", "pull", "--offline", "--locked"]).succeeds();
    assert!(
        fs::read_dir(scene.path(".supercargo/charts")).unwrap().all(|file| !file
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains(".new"))
    );
}
