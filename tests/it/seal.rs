//! `render seal`, from outside: files, processes, and where plaintext must not be.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Run, Scene, is_root, key_pair, skip, tree};

const FILE: &str = "values/sealed/dev.yaml";
const CERTIFICATE: &str = "values/certs/dev.pem";
const KEY: &str = ".supercargo/keys/dev.pem";
const MANIFEST: &str = ".supercargo/keys/dev.yaml";

const CONTROLLER: &str = "
services:
  sealedSecrets:
    chart: {repository: \"https://charts.example.com\", name: sealed-secrets, version: 2.0.0}
charts:
  shop: {repository: \"https://charts.example.com\", chart: shop, version: 1.0.0, namespace: shop}
";

/// A project with a certificate, and its private key beside it.
fn scene() -> Scene {
    Scene::new().and("values/base.yaml", CONTROLLER).with_key_pair()
}

/// Starts `render seal …` with a pipe as its standard input.
fn start(scene: &Scene, arguments: &[&str]) -> Child {
    let arguments = [&["seal"], arguments].concat();
    let mut command = scene.command(&arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(scene: &Scene, child: Child) -> Run {
    Run::new(&child.wait_with_output().unwrap(), scene.root())
}

/// Runs `render seal …` with `input`.
#[must_use = "say how the run has to end"]
fn seal(scene: &Scene, input: &[u8], arguments: &[&str]) -> Run {
    let mut child = start(scene, arguments);
    // A command that does not want it may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    end(scene, child)
}

/// What the entry `id` holds, in base64.
fn unsealed(scene: &Scene, id: &str) -> String {
    scene.render(&["seal", "unseal", "--env", "dev", "--key", KEY, id]).succeeds().stdout
}

#[test]
fn a_secret_is_sealed_from_standard_input_a_file_a_variable_and_an_env_file() {
    let scene = scene().with("password.txt", "from file\n").with("more.env", "# note\nA=1\nB=two = 2\n");
    let run = seal(&scene, b"from input", &["set", "--env", "dev", "shop/db", "input"]).succeeds();
    insta::assert_snapshot!(run, @"
    exit 0
    --- stderr
    values/sealed/dev.yaml: shop/db: input added (written)
    ");
    let mut command = scene.command(&["seal", "set", "--env", "dev", "shop/db"]);
    command.args(["--from-file", "password.txt", "--from-file", "again=password.txt", "--from-env", "v=VARIABLE"]);
    command.args(["--from-env-file", "more.env", "--type", "example.com/x", "--label", "a=b", "--annotation", "c=d e"]);
    scene.run(command.env("VARIABLE", "from variable")).succeeds();
    insta::assert_snapshot!(unsealed(&scene, "shop/db"), @r#"
    apiVersion: v1
    kind: Secret
    metadata:
      name: db
      namespace: shop
      labels:
        a: b
      annotations:
        c: d e
    type: example.com/x
    data:
      A: MQ==
      B: dHdvID0gMg==
      again: ZnJvbSBmaWxlCg==
      input: ZnJvbSBpbnB1dA==
      password.txt: ZnJvbSBmaWxlCg==
      v: ZnJvbSB2YXJpYWJsZQ==
    "#);
}

#[test]
fn the_types_of_kubernetes_have_commands_of_their_own() {
    let scene = scene();
    let registry = ["docker-registry", "--env", "dev", "shop/pull", "--docker-server", "registry.example.com"];
    let registry = [&registry[..], &["--docker-username", "me"]].concat();
    seal(&scene, b"pa\"ss", &registry).succeeds();
    seal(&scene, b"pa\"ss", &["basic-auth", "--env", "dev", "shop/basic", "--username", "me"]).succeeds();
    let [(certificate, _), (key, _), _] = key_pair();
    let tls = ["tls", "--env", "dev", "shop/tls", "--cert", certificate, "--key", key];
    seal(&scene, b"", &tls).succeeds();
    let text = scene.read(FILE);
    for kind in ["kubernetes.io/dockerconfigjson", "kubernetes.io/basic-auth", "kubernetes.io/tls"] {
        assert!(text.contains(&format!("type: {kind}\n")), "{text}");
    }
    let data = unsealed(&scene, "shop/basic");
    assert!(data.contains("  password: cGEicw==") || data.contains("  password: cGEic3M="), "{data}");
    // The same once more changes nothing, whatever the type.
    seal(&scene, b"pa\"ss", &registry).succeeds();
    seal(&scene, b"", &tls).succeeds();
    assert_eq!(scene.read(FILE), text);
    let other = ["tls", "--env", "dev", "shop/tls", "--cert", certificate, "--key", certificate];
    assert!(seal(&scene, b"", &other).exits(2).stderr.contains("the private key can't be read"));
}

#[test]
fn sealing_the_same_again_leaves_the_file_byte_for_byte() {
    let scene = scene();
    let set = |text: &str| seal(&scene, text.as_bytes(), &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    set("orange");
    let (first, changed) = (scene.read(FILE), fs::metadata(scene.path(FILE)).unwrap().modified().unwrap());
    let again = set("orange").stderr;
    assert!(again.contains("password unchanged (nothing to do)"), "{again}");
    assert_eq!(scene.read(FILE), first);
    assert_eq!(fs::metadata(scene.path(FILE)).unwrap().modified().unwrap(), changed, "it was written all the same");
    // No change is missed: another value, another scope, a file that was changed behind the back of the memory.
    assert!(set("orange ").stderr.contains("password changed"));
    let second = scene.read(FILE);
    assert_ne!(second, first);
    let arguments = ["set", "--env", "dev", "shop/db", "password", "--scope", "cluster-wide"];
    assert!(seal(&scene, b"orange ", &arguments).succeeds().stderr.contains("password changed"));
    scene.write(FILE, &first);
    assert!(set("orange ").stderr.contains("password changed"), "the file holds what was sealed before");
    // Somebody without the memory seals anew; nothing else is there to compare with.
    set("orange");
    let third = scene.read(FILE);
    scene.remove(".supercargo/seal");
    assert!(set("orange").stderr.contains("password changed"));
    assert_ne!(scene.read(FILE), third);
}

#[test]
fn the_memory_is_for_the_owner_and_not_for_git() {
    let scene = scene();
    let git = |arguments: &[&str]| {
        let run = Command::new("git").args(arguments).current_dir(scene.root()).output().unwrap();
        assert!(run.status.success(), "{run:?}");
        String::from_utf8(run.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    seal(&scene, b"orange", &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    for path in [".supercargo/seal/key", ".supercargo/seal/dev.json"] {
        assert_eq!(fs::metadata(scene.path(path)).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
    git(&["add", "--all"]);
    let staged = git(&["diff", "--cached", "--name-only"]);
    assert!(staged.contains(FILE) && !staged.contains(".supercargo"), "{staged}");
}

#[test]
fn init_makes_a_pair_once_and_where_git_does_not_look() {
    let scene = scene();
    for path in [KEY, MANIFEST] {
        scene.remove(path);
        let text = scene.refuses(&["seal", "init", "--env", "dev"]);
        assert!(text.contains("`values/certs/dev.pem` is there already"), "{text}");
    }
    scene.remove(CERTIFICATE);
    scene.write(KEY, "precious");
    assert!(scene.refuses(&["seal", "init", "--env", "dev"]).contains("dev.pem` is there already"));
    assert_eq!(scene.read(KEY), "precious");
    scene.remove(KEY);
    // A file that Git knows is not ignored, whatever the patterns say.
    let git = |arguments: &[&str]| {
        assert!(Command::new("git").args(arguments).current_dir(scene.root()).output().unwrap().status.success());
    };
    git(&["init", "--quiet"]);
    scene.write(KEY, "");
    git(&["add", "--force", KEY]);
    scene.remove(KEY);
    let refused = scene.refuses(&["seal", "init", "--env", "dev"]);
    assert!(refused.contains("Git does not ignore `.supercargo/keys/dev.pem`"), "{refused}");
    assert!(!scene.path(CERTIFICATE).exists());
    git(&["rm", "--quiet", "--cached", KEY]);
    scene.render(&["seal", "init", "--env", "dev"]).succeeds();
    for path in [KEY, MANIFEST] {
        assert_eq!(fs::metadata(scene.path(path)).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
    let manifest = scene.read(MANIFEST);
    for line in ["  namespace: kube-system\n", "sealed-secrets-key: active\n", "type: kubernetes.io/tls\n"] {
        assert!(manifest.contains(line), "{line}");
    }
    // Both files of the private key open what is sealed with the certificate.
    seal(&scene, b"orange", &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    for key in [KEY, MANIFEST] {
        let run = scene.render(&["seal", "unseal", "--env", "dev", "--key", key]).succeeds();
        assert!(run.stdout.contains("  password: b3Jhbmdl\n"), "{run}");
    }
}

#[test]
fn what_can_not_be_sealed_is_refused_with_a_way_out() {
    let scene = scene();
    seal(&scene, b"orange", &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    let before = scene.read(FILE);
    let refused = |input: &[u8], arguments: &[&str]| {
        let run = seal(&scene, input, arguments).exits(2);
        assert_eq!((run.stdout.as_str(), scene.read(FILE)), ("", before.clone()), "{}", run.stderr);
        run.stderr
    };
    let set = |more: &[&'static str]| [&["set", "--env", "dev", "shop/db"], more].concat();
    insta::assert_snapshot!(refused(b"", &set(&["password=orange"])), @"
    error[plaintext]: a plaintext is never taken from the command line
     |
     = note: what stands there can be read by every process, and stays in the shell's history
     = help: name the key alone, and give the value at the prompt or on standard input: `password`
     = help: or take it from a file or an environment variable: `--from-file KEY=PATH`, `--from-env KEY=VARIABLE`

    error: 1 problem; nothing was written
    ");
    insta::assert_snapshot!(refused(b"", &set(&["password"])), @"
    error[plaintext]: the value of `password` is empty
     |
     = note: an empty secret is mostly the output of a command that failed
     = help: seal it with `--allow-empty` if it is meant

    error: 1 problem; nothing was written
    ");
    insta::assert_snapshot!(refused(b"x", &set(&["more", "--scope", "namespace-wide"])), @"
    error[sealed-secret]: `shop/db` can't become namespace-wide while other keys of it are sealed as strict
     --> values/sealed/dev.yaml:3:3
      |
    3 |   shop/db:
      |   ^^^^^^^
      |
      = note: keys that were not given again: `password`
      = help: give all keys again in one call, or leave `--scope` out

    error: 1 problem; nothing was written
    ");
    let large = vec![b'x'; 1024 * 1024];
    assert!(refused(&large, &set(&["large"])).contains("the secret `shop/db` has more than 1048576 bytes"));
    assert!(refused(&[&large[..], b"x"].concat(), &set(&["large"])).contains("standard input has more than 1048576"));
    for (arguments, words) in [
        (set(&["a", "b"]), "standard input holds the value of one key"),
        (set(&[]), "which key?"),
        (set(&["--from-env", "a=NOT_SET"]), "the environment variable `NOT_SET` is not set"),
        (set(&["--from-file", "a=missing"]), "could not read the plaintext from missing"),
        (set(&["pass word"]), "has a character that no key of a Secret may have"),
        (["set", "--env", "dev", "shop", "x"].into(), "`shop`"),
        (["set", "--env", "de", "shop/db", "x"].into(), "did you mean `dev`?"),
        (["set", "--env", "dev", "shop/new", "--label", "a=b"].into(), "there is no sealed secret `shop/new`"),
        (["reseal", "--env", "dev", "shop/db", "other"].into(), "`shop/db` has no key `other`"),
    ] {
        let text = refused(b"orange", &arguments);
        assert!(text.contains(words) && !text.contains("orange"), "{text}");
    }
    scene.write(CERTIFICATE, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert!(refused(b"x", &set(&["x"])).contains("values/certs/dev.pem holds no certificate that can be read"));
    scene.remove(CERTIFICATE);
    insta::assert_snapshot!(refused(b"x", &set(&["x"])), @"
    error[certificate]: there is no certificate to seal with: values/certs/dev.pem is missing
    --> values/certs/dev.pem
     = help: if the cluster is there, get its certificate with `render seal cert fetch --env dev`
     = help: if it is not, make a key pair for it with `render seal init --env dev`

    error: 1 problem; nothing was written
    ");
    // An empty value that is meant.
    scene.write(CERTIFICATE, &key_pair()[0].1);
    seal(&scene, b"", &set(&["password", "--allow-empty"])).succeeds();
    assert!(unsealed(&scene, "shop/db").contains("password: \"\"\n"));
}

#[test]
fn unseal_says_why_something_does_not_open() {
    let scene = scene();
    for id in ["shop/db", "shop/wide"] {
        let scope = if id == "shop/wide" { "namespace-wide" } else { "strict" };
        seal(&scene, b"orange", &["set", "--env", "dev", id, "password", "--scope", scope]).succeeds();
    }
    let good = scene.read(FILE);
    let unseal = ["seal", "unseal", "--env", "dev", "--key", KEY];
    let why = |text: String| {
        scene.write(FILE, text);
        let text = scene.refuses(&unseal);
        assert!(text.contains("--> values/sealed/dev.yaml:"), "{text}");
        text
    };
    assert!(why(good.replace("shop/wide", "moved/wide")).contains("it opens in the namespace `shop` with the scope"));
    assert!(
        why(good.replace("scope: strict", "scope: cluster-wide")).contains("opens as `shop/db` with the scope strict")
    );
    let renamed = good.replace("shop/db", "shop/data") + "  shop/db: {encryptedData: {}}\n";
    assert!(why(renamed).contains("opens as `shop/db` with the scope strict, and stands as `shop/data`"));
    assert!(why(good.replace("shop/db", "shop/data")).contains("no key opens it"));
    // The last characters of a ciphertext are the tag.
    let line = good.lines().find(|line| line.contains("password: A")).unwrap();
    let cut = &line[..line.len() - 8];
    assert!(why(good.replace(line, cut)).contains("was altered or cut off since"));
    assert!(why(good.replace(line, "      password: AAAA")).contains("it is no ciphertext"));
    scene.write(FILE, &good);
    scene.write("other.pem", "nothing");
    let other = scene.refuses(&["seal", "unseal", "--env", "dev", "--key", "other.pem"]);
    assert!(other.contains("other.pem holds no private key that can be used"), "{other}");

    // To a file: of the owner alone, and never over another one.
    let to_file = [&unseal[..], &["shop/db", "--output", ".supercargo/open.yaml"]].concat();
    let run = scene.render(&to_file).succeeds();
    assert!(run.stdout.is_empty() && run.stderr.starts_with("warning: what follows is plaintext"), "{run}");
    assert_eq!(fs::metadata(scene.path(".supercargo/open.yaml")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(scene.read(".supercargo/open.yaml").contains("b3Jhbmdl"));
    assert!(scene.refuses(&to_file).contains("is there already"));
}

#[test]
fn processes_that_seal_at_the_same_time_lose_nothing() {
    let scene = scene();
    let names: Vec<String> = (0..8).map(|n| format!("shop/secret-{n}")).collect();
    let mut children: Vec<Child> =
        names.iter().map(|id| start(&scene, &["set", "--env", "dev", id, "password"])).collect();
    for child in &mut children {
        child.stdin.take().unwrap().write_all(b"orange").unwrap();
    }
    for child in children {
        end(&scene, child).succeeds();
    }
    let text = scene.read(FILE);
    assert!(names.iter().all(|id| text.contains(&format!("  {id}:\n"))), "{text}");
    assert_eq!(unsealed(&scene, "shop/secret-7").matches("b3Jhbmdl").count(), 1);
    // Nor does the memory of it.
    for id in &names {
        assert!(
            seal(&scene, b"orange", &["set", "--env", "dev", id, "password"]).succeeds().stderr.contains("unchanged")
        );
    }
}

#[test]
fn a_killed_process_leaves_the_old_file_or_the_new_one() {
    let scene = scene();
    let set = |text: &str| seal(&scene, text.as_bytes(), &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    set("-2");
    let begin = Instant::now();
    set("-1");
    let time = begin.elapsed();
    let mut before = scene.read(FILE);
    // Later and later, until one ends before it is killed: from before the write to behind it, however busy the machine is.
    for round in 0.. {
        let mut child = start(&scene, &["set", "--env", "dev", "shop/db", "password"]);
        child.stdin.take().unwrap().write_all(round.to_string().as_bytes()).unwrap();
        thread::sleep(time * round / 40);
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let after = scene.read(FILE);
        if after != before {
            assert!(unsealed(&scene, "shop/db").contains("  password: "), "{after}");
        }
        if ended {
            assert_ne!(after, before);
            break;
        }
        before = after;
    }
    // Nothing that was left behind is in the way.
    assert!(
        seal(&scene, b"last", &["set", "--env", "dev", "shop/db", "password"]).succeeds().stderr.contains("changed")
    );
    let left: Vec<_> = tree(&scene.path("values")).into_keys().filter(|path| path.contains("/.")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A plaintext that nothing else contains.
const MARKER: &str = "Xk7qZ-marker-plaintext-0451-Wv9";

#[test]
fn plaintext_is_in_no_file_and_no_message() {
    let scene = scene().with("marker.txt", MARKER).with("marker.env", format!("FIRST={MARKER}\n{MARKER}\n"));
    let mut said = String::new();
    let mut note = |run: Run| said += &(run.stdout + &run.stderr);
    for arguments in [
        &["set", "--env", "dev", "shop/db", "password", "--verbose"][..],
        &["set", "--env", "dev", "shop/db", "password", "--verbose"],
        &["set", "--env", "dev", "shop/db", "password", "--message-format", "json"],
        &["set", "--env", "dev", "shop/db", "--from-file", "marker.txt", "-v"],
        &["set", "--env", "dev", "shop/db", "--from-env-file", "marker.env", "-v"],
        &["set", "--env", "dev", "shop/db", &format!("password={MARKER}"), "-v"],
        &["set", "--env", "dev", "shop/db", "--from-literal", &format!("password={MARKER}"), "-v"],
        &["basic-auth", "--env", "dev", "shop/basic", "--username", "me", "-v"],
        &["docker-registry", "--env", "dev", "shop/pull", "--docker-username", "me", "-v"],
        &["tls", "--env", "dev", "shop/tls", "--cert", "marker.txt", "--key", "marker.txt", "-v"],
        &["reseal", "--env", "dev", "shop/db", "password", "-v"],
    ] {
        note(seal(&scene, MARKER.as_bytes(), arguments));
    }
    assert!(!said.contains("marker-plaintext"), "{said}");
    scene.remove("marker.txt");
    scene.remove("marker.env");
    let found = find(scene.root(), MARKER);
    assert!(found.is_empty(), "{found:?}");
}

/// The files below `folder` that contain `text`, in plain or in base64.
fn find(folder: &Path, text: &str) -> Vec<String> {
    // The middle of base64 at each of its three alignments; "Xk7q" and so on are long enough not to be there by chance.
    let encoded = ["WGs3cVotbWFya2Vy", "hrN3FaLW1hcmtlc", "YazdxWi1tYXJrZX"];
    let files =
        walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        let bytes = String::from_utf8_lossy(&bytes);
        bytes.contains(text) || encoded.iter().any(|part| bytes.contains(part))
    };
    files.filter(|file| holds(file.path())).map(|file| file.path().display().to_string()).collect()
}

/// Every readable and writable byte of a process.
#[cfg(target_os = "linux")]
fn memory(process: u32) -> std::io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt as _;
    let memory = fs::File::open(format!("/proc/{process}/mem"))?;
    let mut found = Vec::new();
    for line in fs::read_to_string(format!("/proc/{process}/maps"))?.lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        if !rest.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|number| u64::from_str_radix(number, 16).unwrap());
        // Page by page: some of them are promised and not there, and most have never been used.
        let mut page = [0; 4096];
        for at in (from..to).step_by(page.len()) {
            if memory.read_exact_at(&mut page, at).is_ok() && page != [0; 4096] {
                found.extend_from_slice(&page);
            }
        }
    }
    Ok(found)
}

/// A process that has sealed one secret and waits for the next one: the first must be gone from its memory.
#[cfg(target_os = "linux")]
#[test]
fn plaintext_is_wiped_from_memory_when_it_is_sealed() {
    let what = "a look into the memory of a process that has sealed a secret";
    if !is_root() {
        return skip(what, "the process keeps its memory from others than root");
    }
    let scene = scene().with("first", MARKER);
    let fifo = scene.path("second");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut command = scene.command(&["seal", "set", "--env", "dev", "shop/canary-of-the-test"]);
    command.args(["--from-file", "first", "--from-file", "second", "--from-file", "third=first"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Opening it succeeds when the process is there, which is behind the first secret; then it waits for bytes.
    let mut pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
    thread::sleep(Duration::from_millis(300));
    let found = memory(child.id());
    pipe.write_all(b"half of the secon").unwrap();
    thread::sleep(Duration::from_millis(300));
    let half = memory(child.id());
    pipe.write_all(b"d").unwrap();
    drop(pipe);
    end(&scene, child).succeeds();
    let (Ok(found), Ok(half)) = (found, half) else { return skip(what, "/proc does not show it here") };
    let has = |memory: &[u8], text: &str| memory.windows(text.len()).any(|window| window == text.as_bytes());
    // The look is a real one: it sees what is there, plaintext that is still needed included.
    assert!(has(&found, "shop/canary-of-the-test") && has(&half, "half of the secon"));
    for part in [MARKER, &MARKER[..16], &MARKER[10..]] {
        assert!(!has(&found, part) && !has(&half, part), "`{part}` is still in memory");
    }
}

/// A kubectl that answers from files: `cert` to GET, and to POST what `rotate` makes of the request.
fn kubectl(scene: &Scene, script: &str) -> String {
    let path = scene.path("kubectl");
    scene.write("kubectl", format!("#!/bin/sh\necho \"$@\" >> {}\n{script}\n", scene.path("calls").display()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_certificate_comes_from_the_cluster() {
    let scene = scene().with("newest", &key_pair()[0].1);
    scene.remove(CERTIFICATE);
    let kubectl = kubectl(&scene, &format!("cat {}", scene.path("newest").display()));
    let fetch =
        || scene.render(&["seal", "cert", "fetch", "--env", "dev", "--kubectl", &kubectl, "--context", "do-fra1"]);
    let first = fetch().succeeds().stderr;
    assert!(first.starts_with("values/certs/dev.pem: ") && first.contains("valid until "), "{first}");
    assert_eq!(scene.read(CERTIFICATE), key_pair()[0].1);
    assert!(fetch().succeeds().stderr.contains("unchanged"));
    insta::assert_snapshot!(scene.read("calls").lines().next().unwrap(), @"--context do-fra1 --request-timeout 30s get --raw /api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:/proxy/v1/cert.pem");

    // A new one: what is sealed with the old one is counted.
    seal(&scene, b"orange", &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    let other = Scene::new().and("values/base.yaml", CONTROLLER);
    other.render(&["seal", "init", "--env", "dev"]).succeeds();
    scene.write("newest", other.read(CERTIFICATE));
    let changed = fetch().succeeds().stderr;
    assert!(changed.contains(", was ") && changed.contains("1 value sealed with another certificate"), "{changed}");
    assert_eq!(scene.read(CERTIFICATE), other.read(CERTIFICATE));
    let list = scene.render(&["seal", "reseal", "--env", "dev"]).exits(1).stdout;
    assert!(list.starts_with("shop/db   password   "), "{list}");
    assert!(
        seal(&scene, b"orange", &["reseal", "--env", "dev", "shop/db", "password"])
            .succeeds()
            .stderr
            .contains("changed")
    );
    assert_eq!(scene.render(&["seal", "reseal", "--env", "dev"]).succeeds().stdout, "");

    // What is no certificate is not stored.
    scene.write("newest", "<html>");
    let refused = fetch().exits(2).stderr;
    assert!(refused.contains("the controller's answer holds no certificate"), "{refused}");
    scene.write("kubectl", "#!/bin/sh\necho 'services \"x\" not found' >&2\nexit 1\n");
    let refused = fetch().exits(2).stderr;
    assert!(refused.contains("failed: services \"x\" not found") && refused.contains("help: "), "{refused}");
    scene.remove("kubectl");
    assert!(fetch().exits(2).stderr.contains("could not run"));
    assert_eq!(scene.read(CERTIFICATE), other.read(CERTIFICATE));
}

#[test]
fn show_tells_what_the_certificate_is() {
    let scene = scene();
    let run = scene.render(&["seal", "cert", "show", "--env", "dev"]).succeeds();
    for line in [
        "file         values/certs/dev.pem\n",
        "subject      CN=sealed-secrets dev\n",
        "RSA, 4096 bits\n",
        "days left)\n",
    ] {
        assert!(run.stdout.contains(line), "{run}");
    }
    let json = scene.render(&["seal", "cert", "show", "--env", "dev", "--message-format", "json"]).succeeds().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["valid"], &json["keyBits"]), (&true.into(), &4096.into()));
}

#[test]
fn rotate_takes_what_the_controller_answers() {
    let scene = scene().with("newest", &key_pair()[0].1);
    // Sealed by somebody else: no certificate is noted.
    seal(&scene, b"orange", &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    seal(&scene, b"orange", &["set", "--env", "dev", "shop/other", "password"]).succeeds();
    let fingerprint = scene.read(FILE).lines().last().unwrap().to_owned();
    let strip = |text: &str| {
        text.lines().filter(|line| *line != fingerprint && !line.contains("sealedWith")).collect::<Vec<_>>().join("\n")
            + "\n"
    };
    let before = strip(&scene.read(FILE));
    scene.write(FILE, &before);
    // The controller's answer to any secret: the request with the ciphertext that stands in `fresh`.
    let fresh = fresh_ciphertext();
    scene.write("fresh", &fresh);
    let script = format!(
        "case \"$*\" in *cert.pem) cat {0}/newest;; *) sed \"s|\\\"password\\\":\\\"[^\\\"]*\\\"|\\\"password\\\":\\\"$(cat {0}/fresh)\\\"|\";; esac",
        scene.root().display()
    );
    let kubectl = kubectl(&scene, &script);
    let rotate =
        |id: &[&str]| scene.render(&[&["seal", "rotate", "--env", "dev", "--kubectl", &kubectl][..], id].concat());
    let run = rotate(&["shop/db"]).succeeds();
    assert!(run.stderr.contains("1 secret encrypted anew with "), "{run}");
    let after = scene.read(FILE);
    assert!(after.contains(&format!("      password: {fresh}\n    sealedWith:\n{fingerprint}\n")), "{after}");
    assert!(after.contains(before.split("  shop/other:").nth(1).unwrap()), "{after}");
    // The memory went along: the same plaintext is still known.
    let again = seal(&scene, b"orange", &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    assert!(again.stderr.contains("unchanged"), "{again}");
    // Without names: only what is not known to be current.
    let calls = scene.read("calls").lines().count();
    rotate(&[]).succeeds();
    assert_eq!(scene.read("calls").lines().count(), calls + 2, "one certificate and one secret");
    assert!(rotate(&[]).succeeds().stderr.contains("0 secrets encrypted anew"));

    // Bad answers change nothing.
    let good = scene.read(FILE);
    scene.write("fresh", "AAAA");
    assert!(rotate(&["shop/db"]).exits(2).stderr.contains("the controller's answer for `shop/db` can't be used"));
    assert_eq!(scene.read(FILE), good);
    let other = Scene::new().and("values/base.yaml", CONTROLLER);
    other.render(&["seal", "init", "--env", "dev"]).succeeds();
    scene.write("newest", other.read(CERTIFICATE));
    let refused = rotate(&["shop/db"]).exits(2).stderr;
    assert!(refused.contains("is not the controller's newest certificate"), "{refused}");
}

/// A ciphertext of `orange` for shop/db under the same key, as a controller would make it.
fn fresh_ciphertext() -> String {
    let scene = scene();
    seal(&scene, b"orange", &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    let text = scene.read(FILE);
    text.lines().find_map(|line| line.trim().strip_prefix("password: A")).map(|rest| format!("A{rest}")).unwrap()
}

#[test]
fn a_prompt_shows_nothing_of_what_is_typed() {
    // `script` gives the command a terminal; a shell without it can't.
    let scene = scene();
    let what = "the prompt on a terminal";
    let available = Command::new("script").arg("--version").output().is_ok_and(|run| run.status.success());
    if !available {
        return skip(what, "there is no program `script`");
    }
    let line = format!("{} seal set --env dev shop/db password", crate::support::RENDER);
    let mut command = Command::new("script");
    scene.prepare(&mut command).args(["--quiet", "--return", "--echo", "never", "--command", &line, "/dev/null"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut shown = Vec::new();
    let mut byte = [0];
    while !shown.ends_with(b"`password`: ") && out.read(&mut byte).unwrap() == 1 {
        shown.push(byte[0]);
    }
    // The prompt is there a moment before the echo is off.
    thread::sleep(Duration::from_millis(500));
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{MARKER}\n").as_bytes()).unwrap();
    out.read_to_end(&mut shown).unwrap();
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&shown));
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains("password added") && !shown.contains("marker"), "{shown}");
    // Without the line break that ended it.
    let again = seal(&scene, MARKER.as_bytes(), &["set", "--env", "dev", "shop/db", "password"]).succeeds();
    assert!(again.stderr.contains("unchanged"), "{again}");
}
