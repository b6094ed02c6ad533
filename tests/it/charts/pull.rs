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
    assert_snapshot!(scene.render(&PULL), @r#"
    exit 0
    --- stderr
      podinfo 1.2.3
    1 chart: 1 fetched
    charts.lock was written: commit it
    "#);
    let bytes = archive("podinfo", "1.2.3", "replicas: 1\n");
    let digest = Digest::of(&bytes);
    assert_eq!(cached(&scene), [(format!("podinfo-1.2.3-{}.tgz", digest.short()), bytes)]);
    let lock = scene.read("charts.lock");
    assert!(lock.contains(digest.as_str()) && lock.contains(&stable(&server)), "{lock}");
    assert_eq!(server.lines(), ["GET /stable/index.yaml", "GET /stable/files/podinfo-1.2.3.tgz"]);
    assert!(scene.read(".supercargo/.gitignore").contains('*'));

    // From then on nobody is asked.
    drop(server);
    assert_snapshot!(scene.render(&PULL), @r#"
    exit 0
    --- stderr
    1 chart: 1 at hand already
    "#);
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
    assert_snapshot!(without_ports(&run.stderr), @r#"
    error[chart-changed]: what is published as podinfo 1.2.3 is not what charts.lock names
     --> values/dev.yaml:7:14
      |
    7 |     version: 1.2.3
      |              ^^^^^
      |
      = note: locked:    sha256:00000000000051e914a3d932634c8e03fe43dd4d95b93582bc66f4442870c995
      = note: published: sha256:3e71fa0c4a7751e914a3d932634c8e03fe43dd4d95b93582bc66f4442870c995
      = note: a version that is released should never change: somebody replaced it, there or on the way
      = help: ask its publisher why; to trust the new one, run `render charts pull --update podinfo`

    error: 1 problem; charts.lock stays as it was
    "#);
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
    assert_snapshot!(told(file, Reply::status(404, "gone")), @r#"error[chart-source]: could not get podinfo 1.2.3: GET http://[server]/stable/files/podinfo-1.2.3.tgz answered 404: gone"#);
    assert_snapshot!(told(file, Reply::ok(other)), @r#"error[chart-archive]: could not get podinfo 1.2.3: the archive has the digest sha256:90641bf17220450cef15d82910b9644c36466f9685ad955b9dccbf5adfef7de3, and sha256:3e71fa0c4a7751e914a3d932634c8e03fe43dd4d95b93582bc66f4442870c995 was announced"#);
    assert_snapshot!(told("/stable/index.yaml", Reply::status(403, "<html>")), @r#"error[chart-source]: could not get podinfo 1.2.3: GET http://[server]/stable/index.yaml answered 403"#);
    assert_snapshot!(told("/stable/index.yaml", Reply::ok("entries: [")), @r#"error[chart-source]: could not get podinfo 1.2.3: the index of the repository can't be read: this is not YAML: while parsing a node, did not find expected node content"#);
    assert_snapshot!(told("/stable/index.yaml", Reply::ok("entries:\n  podinfos:\n  - version: 1.2.3\n")), @r#"error[chart-not-found]: could not get podinfo 1.2.3: the repository has no chart `podinfo`"#);
    assert_snapshot!(told("/stable/index.yaml", Reply::ok("entries:\n  podinfo:\n  - version: 1.2.2\n  - version: 2.0.0\n")), @r#"error[chart-not-found]: could not get podinfo 1.2.3: `podinfo` has no version `1.2.3`"#);
    let urls = |url: &str| Reply::ok(format!("entries:\n  podinfo:\n  - version: 1.2.3\n    urls: [\"{url}\"]\n"));
    assert_snapshot!(told("/stable/index.yaml", urls("file:///etc/passwd")), @r#"error[chart-source]: could not get podinfo 1.2.3: the index of the repository can't be read: podinfo 1.2.3 has an address that does not begin with `https://` or `http://`"#);
    assert_snapshot!(told("/stable/index.yaml", urls("index.yaml")), @r#"error[chart-archive]: could not get podinfo 1.2.3: the archive can't be used"#);
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
    assert_snapshot!(told(|path| path.contains("/blobs/").then(|| Reply::ok("another blob"))), @r#"error[chart-archive]: could not get podinfo 1.2.3: the archive has the digest sha256:[digest], and sha256:[digest] was announced"#);
    assert_snapshot!(
        told(|path| path.contains("/manifests/").then(|| {
            Reply::ok("{}").with("docker-content-digest", Digest::of(b"other").as_str())
        })),
        @r#"error[chart-archive]: could not get podinfo 1.2.3: the manifest has the digest sha256:[digest], and sha256:[digest] was announced"#
    );
    assert_snapshot!(told(|path| path.contains("/manifests/").then(|| Reply::ok(r#"{"layers": []}"#))), @r#"error[chart-source]: could not get podinfo 1.2.3: the registry can't be used: what the tag names is no Helm chart"#);
    assert_snapshot!(told(|path| path.contains("/manifests/").then(|| Reply::status(404, ""))), @r#"error[chart-not-found]: could not get podinfo 1.2.3: `podinfo` has no version `1.2.3`"#);
    assert_snapshot!(told(|path| path.contains("/blobs/").then(|| Reply::status(401, ""))), @r#"error[chart-source]: could not get podinfo 1.2.3: `127.0.0.1` wants a login"#);
}

#[test]
fn a_registry_without_anonymous_tokens_says_what_else_there_is() {
    let (registry, _storage) =
        registry(|received| received.target.starts_with("/token").then(|| Reply::status(401, "")));
    let scene = scene(&format!("oci://{}/team/charts", registry.host()));
    assert_snapshot!(without_ports(&scene.render(&PULL).exits(2).stderr), @r#"
    error[chart-source]: could not get podinfo 1.2.3: `127.0.0.1` wants a login
     --> values/dev.yaml:7:14
      |
    7 |     version: 1.2.3
      |              ^^^^^
      |
      = note: from oci://[server]/team/charts
      = help: logging in is not supported: fetch it with `helm pull`, and take it by `render charts pull --from DIR`

    error: 1 problem; charts.lock stays as it was
    "#);
}

#[test]
fn ci_refuses_a_lock_that_would_change() {
    let server = repository(|_| None);
    let scene = scene(&stable(&server));
    let locked = ["charts", "pull", "--plain-http", "--locked"];
    assert_snapshot!(without_ports(&scene.render(&locked).exits(1).stderr), @r#"
    error[charts-lock]: charts.lock does not have podinfo 1.2.3
     --> values/dev.yaml:7:14
      |
    7 |     version: 1.2.3
      |              ^^^^^
      |
      = note: of https://[server]/stable
      = help: run `render charts pull`, and commit charts.lock

    error: 1 problem: charts.lock is not up to date; nothing was fetched
    "#);
    scene.render(&PULL).succeeds();
    scene.render(&locked).succeeds();
    // Another version, as Renovate would propose it.
    let values = scene.read("values/dev.yaml").replace("1.2.3", "1.2.4");
    scene.write("values/dev.yaml", values);
    let asked = server.lines().len();
    assert_snapshot!(without_ports(&scene.render(&locked).exits(1).stderr), @r#"
    error[charts-lock]: charts.lock has podinfo 1.2.3, which no environment pins
    --> charts.lock
     = help: run `render charts pull`, which takes it out

    error[charts-lock]: charts.lock does not have podinfo 1.2.4
     --> values/dev.yaml:7:14
      |
    7 |     version: 1.2.4
      |              ^^^^^
      |
      = note: of https://[server]/stable
      = help: run `render charts pull`, and commit charts.lock

    error: 2 problems: charts.lock is not up to date; nothing was fetched
    "#);
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
    assert_snapshot!(scene.render(&pull).exits(2).stderr, @r#"
    error[chart-not-found]: podinfo 1.2.3 is not in vendor
     --> values/dev.yaml:7:14
      |
    7 |     version: 1.2.3
      |              ^^^^^
      |
      = help: put podinfo-1.2.3.tgz there: `helm pull` fetches it

    error: 1 problem; charts.lock stays as it was
    "#);
    // Unpacked it serves for checks, and has no digest.
    scene.write("vendor/podinfo/Chart.yaml", "{name: podinfo, version: 1.2.4}\n");
    let run = scene.render(&pull).exits(2);
    assert!(run.stderr.contains("vendor/podinfo has podinfo 1.2.4"), "{run}");
    scene.write("vendor/podinfo/Chart.yaml", "{name: podinfo, version: 1.2.3}\n");
    assert_snapshot!(scene.render(&pull).succeeds(), @r#"
    exit 0
    --- stderr
    1 chart: 1 taken unpacked
    unpacked charts have no digest, and charts.lock is without them: `podinfo`
    "#);
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
