//! `render diff` with other revisions and other environments, and in each of its formats.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;
use supercargo::changes::{DangerKind, GuardedKind};
use supercargo::diff::Changes;
use tempfile::TempDir;

use crate::support::{Scene, repository, tree};

const SERVICE: &str = "templates/service.yaml.j2";

/// Two commits: the second changes a port and takes a claim away.
fn two_commits() -> Scene {
    let scene = Scene::new()
        .with(
            SERVICE,
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels: {helm.sh/chart: web-1}\nspec:\n  \
             ports:\n  - {name: http, port: 80}\n  - {name: metrics, port: 90}\n",
        )
        .with("templates/claim.yaml.j2", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n")
        .with("templates/other.yaml.j2", "a: 1\n")
        .committed();
    scene.write(SERVICE, scene.read(SERVICE).replace("port: 80}", "port: 8080}").replace("web-1", "web-2"));
    scene.remove("templates/claim.yaml.j2");
    scene.write("templates/other.yaml.j2", "# another comment\na: 1\nb: 2\n");
    scene.commit();
    scene
}

#[test]
fn against_a_revision() {
    let scene = two_commits();
    assert_snapshot!(scene.render(&["diff", "--env", "dev", "--against", "HEAD~1"]), @"
    exit 1
    --- stdout
    diff --git a/out/dev/claim.yaml b/out/dev/claim.yaml
    deleted file mode 100644
    --- a/out/dev/claim.yaml
    +++ /dev/null
    @@ -1,5 +0,0 @@
    -# Rendered from templates/claim.yaml.j2; edit that or the values, not this file.
    -apiVersion: v1
    -kind: PersistentVolumeClaim
    -metadata:
    -  name: data
    diff --git a/out/dev/other.yaml b/out/dev/other.yaml
    --- a/out/dev/other.yaml
    +++ b/out/dev/other.yaml
    @@ -1,2 +1,3 @@
     # Rendered from templates/other.yaml.j2; edit that or the values, not this file.
     a: 1
    +b: 2
    diff --git a/out/dev/service.yaml b/out/dev/service.yaml
    --- a/out/dev/service.yaml
    +++ b/out/dev/service.yaml
    @@ -4,10 +4,10 @@
     metadata:
       name: web
       labels:
    -    helm.sh/chart: web-1
    +    helm.sh/chart: web-2
     spec:
       ports:
       - name: http
    -    port: 80
    +    port: 8080
       - name: metrics
         port: 90
    --- stderr
    dev: 3 files differ: 2 changed, 1 removed
      - PersistentVolumeClaim data
      ~ Service web
          spec.ports[http].port: 80 → 8080
      ~ out/dev/other.yaml
          b: added 2
      1 change folded: 1 version label; --verbose shows them
    danger[claim-removed]: `PersistentVolumeClaim data` disappears
     --> out/dev/claim.yaml
      = note: its volume is deleted with it, and with the volume the data, unless the storage class retains it
      = help: copy the data first, or keep the claim with `argocd.argoproj.io/sync-options: Prune=false`
    ");
    assert_snapshot!(scene.render(&["diff", "--env", "dev", "--against", "HEAD"]), @"
    exit 0
    --- stderr
    dev: no difference
    ");
    let run = scene.render(&["diff", "--env", "dev", "--against", "HEAD~1", "--verbose"]).exits(1);
    assert!(run.stderr.contains("metadata.labels[\"helm.sh/chart\"]: \"web-1\" → \"web-2\"\n"), "{run}");
    assert!(!run.stderr.contains("folded"), "{run}");
    // Nothing of it depends on what is rendered, or is written.
    assert!(!scene.path("out").exists());
    // What is not committed counts on this side, and a value that is tried out.
    scene.remove(SERVICE);
    let run = scene.render(&["diff", "--env", "dev", "--against", "HEAD", "--set", "platform.domain=x.example.com"]);
    let said = run.exits(1).stderr;
    assert!(
        said.contains("  - Service web\n") && said.contains("domain: \"dev.example.com\" → \"x.example.com\""),
        "{said}"
    );
}

/// A fenced block of docs/diff.md.
fn block(info: &str) -> String {
    let page = fs::read_to_string(repository().join("docs/diff.md")).unwrap();
    let (_, rest) = page.split_once(&format!("```{info}\n")).unwrap();
    rest.split_once("```\n").unwrap().0.to_owned()
}

#[test]
fn the_page_shows_what_is_printed() {
    let run = two_commits().render(&["diff", "--env", "dev", "--against", "HEAD~1"]).exits(1);
    assert_eq!(run.stderr.trim_end(), block("text summary").trim_end());
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\n";
    let scene = Scene::new().with("templates/claim.yaml.j2", claim).rendered();
    scene.remove("templates/claim.yaml.j2");
    let said = scene.refuses(&["--env", "dev"]);
    assert_eq!(said.split_once("\n\n").unwrap().0, block("text guard").trim_end());
}

#[test]
fn the_page_lists_every_danger() {
    let page = fs::read_to_string(repository().join("docs/diff.md")).unwrap();
    let listed: Vec<_> =
        page.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 4).collect();
    let row = |kind: &DangerKind| format!("| `{kind}` | {} | {} |", kind.meaning(), kind.why());
    assert_eq!(listed, DangerKind::ALL.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn quiet_still_names_dangers() {
    let run = two_commits().render(&["diff", "--env", "dev", "--against", "HEAD~1", "--quiet"]).exits(1);
    assert!(run.stderr.starts_with("danger[claim-removed]: `PersistentVolumeClaim data` disappears\n"), "{run}");
}

#[test]
fn dangers_are_lines_for_machines() {
    let scene = two_commits();
    let run = scene.render(&["diff", "--env", "dev", "--against", "HEAD~1", "--message-format", "json"]).exits(1);
    let danger: Value = serde_json::from_str(run.stderr.lines().next().unwrap()).unwrap();
    assert_eq!((&danger["type"], &danger["danger"]), (&Value::from("danger"), &Value::from("claim-removed")));
    assert!(run.stdout.lines().all(|line| line.starts_with("{\"type\":\"file\"")), "{run}");
    // `--format` is about the data, whatever is said about it.
    let run =
        scene.render(&["diff", "--env", "dev", "--against", "HEAD~1", "--message-format", "json", "--format", "text"]);
    assert!(run.exits(1).stdout.starts_with("diff --git "));
}

#[test]
fn as_markdown() {
    let scene = two_commits();
    let run = scene.render(&["diff", "--env", "dev", "--against", "HEAD~1", "--format", "markdown"]).exits(1);
    let commit = scene.git(&["rev-parse", "HEAD~1"]);
    assert_snapshot!(run.to_string().replace(&commit[..12], "[commit]"), @"
    exit 1
    --- stdout
    ## Changes of what is rendered

    Compares what `HEAD~1` gives (`[commit]`) and what the inputs give.

    ### 1 dangerous change

    - **claim-removed**: `PersistentVolumeClaim data` disappears (`dev`, `out/dev/claim.yaml`)
      - why: its volume is deleted with it, and with the volume the data, unless the storage class retains it
      - what to do: copy the data first, or keep the claim with `argocd.argoproj.io/sync-options: Prune=false`

    ### `dev`

    2 changed, 1 removed; 3 files differ.

    - removed `PersistentVolumeClaim data`
    - changed `Service web`
      - `spec.ports[http].port`: `80` → `8080`
    - changed `out/dev/other.yaml`
      - `b`: added `2`

    1 more say nothing: version labels, checksums, comments.

    <details><summary><code>out/dev/claim.yaml</code> +0 −5</summary>

    ```diff
    diff --git a/out/dev/claim.yaml b/out/dev/claim.yaml
    deleted file mode 100644
    --- a/out/dev/claim.yaml
    +++ /dev/null
    @@ -1,5 +0,0 @@
    -# Rendered from templates/claim.yaml.j2; edit that or the values, not this file.
    -apiVersion: v1
    -kind: PersistentVolumeClaim
    -metadata:
    -  name: data
    ```

    </details>

    <details><summary><code>out/dev/other.yaml</code> +1 −0</summary>

    ```diff
    diff --git a/out/dev/other.yaml b/out/dev/other.yaml
    --- a/out/dev/other.yaml
    +++ b/out/dev/other.yaml
    @@ -1,2 +1,3 @@
     # Rendered from templates/other.yaml.j2; edit that or the values, not this file.
     a: 1
    +b: 2
    ```

    </details>

    <details><summary><code>out/dev/service.yaml</code> +2 −2</summary>

    ```diff
    diff --git a/out/dev/service.yaml b/out/dev/service.yaml
    --- a/out/dev/service.yaml
    +++ b/out/dev/service.yaml
    @@ -4,10 +4,10 @@
     metadata:
       name: web
       labels:
    -    helm.sh/chart: web-1
    +    helm.sh/chart: web-2
     spec:
       ports:
       - name: http
    -    port: 80
    +    port: 8080
       - name: metrics
         port: 90
    ```

    </details>
    ");
    let run = scene.render(&["diff", "--env", "dev", "--against", "HEAD", "--format", "markdown"]).succeeds();
    assert!(run.stdout.ends_with("\nNothing differs.\n"), "{run}");
}

#[test]
fn what_can_not_be_compared() {
    let scene = two_commits();
    let refuses = |arguments: &[&str]| scene.refuses(&[&["diff", "--env", "dev"], arguments].concat());
    assert_snapshot!(refuses(&["--against", "nope"]), @"
    error: `nope` is no revision of this repository
    help: name a commit, a branch or a tag that `git log` shows; in a shallow clone, fetch it first
    ");
    for revision in ["", "HEAD:values", "HEAD..HEAD~1", "0000000000000000000000000000000000000000", "a b", "-"] {
        let said = scene.refuses(&["diff", "--env", "dev", &format!("--against={revision}")]);
        assert!(said.contains(&format!("error: `{revision}` is no revision of this repository")), "{said}");
    }
    assert_snapshot!(refuses(&["--with", "dev"]), @"
    error: `--env` and `--with` name the same environment: `dev`
    ");
    assert_snapshot!(refuses(&["--with", "prdo"]), @"
    error[unknown-environment]: there is no environment `prdo`
     |
     = note: an environment is a file in values/, and values/prdo.yaml is none
     = note: environments here: dev
     = help: render one of these, or create values/prdo.yaml

    error: 1 problem in dev, prdo
    ");
    assert_snapshot!(refuses(&["--with", "prod", "--against", "HEAD"]), @"
    error: the argument '--with <ENV>' cannot be used with '--against <REV>'

    Usage: render diff --env <ENV> --with <ENV>

    For more information, try '--help'.
    ");
    assert_snapshot!(refuses(&["--merge-base"]), @"
    error: the following required arguments were not provided:
      --against <REV>

    Usage: render diff --against <REV> --env <ENV> --merge-base

    For more information, try '--help'.
    ");
    assert_snapshot!(scene.refuses(&["diff", "--env", "nope", "--against", "HEAD"]), @"
    error[unknown-environment]: there is no environment `nope`
     |
     = note: an environment is a file in values/, and values/nope.yaml is none
     = note: environments here: dev
     = help: render one of these, or create values/nope.yaml

    error: 1 problem in nope
    ");
    assert_snapshot!(scene.refuses(&["diff", "--all", "--env", "x", "--with", "dev"]), @"
    error: `--all` and `--env` can't be used together

    Usage: render [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
}

#[test]
fn without_a_repository() {
    let scene = Scene::new();
    let said = scene.refuses(&["diff", "--env", "dev", "--against", "HEAD"]);
    assert_snapshot!(said.replace(" (or any of the parent directories)", ""), @"
    error: there is no Git repository to compare with: `git rev-parse` failed: fatal: not a git repository: .git
    help: leave `--against` out to compare with out/, or name a project inside a repository
    ");
    let mut command = scene.command(&["diff", "--env", "dev", "--against", "HEAD"]);
    let run = scene.run(command.env("PATH", "/nowhere")).exits(2);
    assert!(run.stderr.starts_with("error: could not run `git`: "), "{run}");
    assert!(run.stderr.contains("\nhelp: install Git"), "{run}");
    // A repository without a commit has no revision.
    scene.git(&["init", "--quiet"]);
    assert!(scene.refuses(&["diff", "--env", "dev", "--against", "HEAD"]).contains("`HEAD` is no revision"));
}

#[test]
fn a_revision_that_does_not_render() {
    let scene = Scene::new().with("values/dev.yaml", "platform: {domain: x}\n").committed();
    scene.write("values/dev.yaml", "platform: {domain: dev.example.com}\n");
    let said = scene.refuses(&["diff", "--env", "dev", "--against", "HEAD"]);
    let commit = scene.git(&["rev-parse", "HEAD"]);
    assert_snapshot!(said.replace(&commit[..12], "[commit]"), @"
    error[invalid-value]: `x` has no dot, though a full host name is needed; write it like `www.example.com`
     --> values/dev.yaml:1:20
      |
    1 | platform: {domain: x}
      |                    ^
      |
      = note: the value of `platform.domain`
      = note: in the inputs of `HEAD` ([commit]), which this tree is compared with
      = help: correct it here
      = help: compare with a revision that renders

    error: 1 problem; nothing was written
    ");
    // This side is reported first, and alone.
    scene.write("values/dev.yaml", "platform: {domain: y}\n");
    let said = scene.refuses(&["diff", "--env", "dev", "--against", "HEAD"]);
    assert!(said.contains("`y`") && !said.contains("`x`"), "{said}");
}

#[test]
fn a_revision_without_values() {
    let scene = Scene::empty().with("README.md", "").committed();
    crate::support::copy(&Scene::new().path("values"), &scene.path("values"));
    let commit = scene.git(&["rev-parse", "HEAD"]);
    let said = scene.refuses(&["diff", "--env", "dev", "--against", "HEAD"]).replace(&commit[..12], "[commit]");
    assert_snapshot!(said, @"
    error: `HEAD` ([commit]) has no folder `values` here: there is nothing to render
    help: name a revision in which the project stands in this folder
    ");
}

#[test]
fn an_environment_of_one_side_only() {
    let scene = Scene::new().with("values/prod.yaml", "platform: {domain: example.com}\n").committed();
    scene.git(&["mv", "values/prod.yaml", "values/live.yaml"]);
    let run = scene.render(&["diff", "--all", "--against", "HEAD", "--format", "text"]).exits(1);
    assert_snapshot!(run.stderr, @"
    dev: no difference
    live: 1 file differs: 1 added; the environment is new
      + out/live/site.yaml
    prod: 1 file differs: 1 removed; the environment is not there any more
      - out/prod/site.yaml
    ");
    scene.render(&["diff", "--env", "prod", "--against", "HEAD"]).exits(1);
}

#[test]
fn the_merge_base() {
    let scene = Scene::new().committed();
    scene.git(&["checkout", "--quiet", "-b", "work"]);
    scene.write("templates/mine.yaml.j2", "a: 1\n");
    scene.commit();
    scene.git(&["checkout", "--quiet", "main"]);
    scene.write("templates/theirs.yaml.j2", "a: 1\n");
    scene.commit();
    scene.git(&["checkout", "--quiet", "work"]);
    let files = |arguments: &[&str]| {
        let run = scene.render(&[&["diff", "--env", "dev", "--against", "main"], arguments].concat()).exits(1);
        let lines = run.stderr.lines().filter(|line| line.starts_with("  ")).map(str::trim);
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(files(&[]), ["+ out/dev/mine.yaml", "- out/dev/theirs.yaml"]);
    assert_eq!(files(&["--merge-base"]), ["+ out/dev/mine.yaml"]);
    scene.git(&["checkout", "--quiet", "--orphan", "alone"]);
    scene.commit();
    let said = scene.refuses(&["diff", "--env", "dev", "--against", "main", "--merge-base"]);
    assert!(said.starts_with("error: `HEAD` and `main` have no commit in common\n"), "{said}");
}

#[test]
fn with_another_environment() {
    let scene = Scene::new().with("values/prod.yaml", "platform: {domain: example.com}\n").with(
        "templates/web.yaml.j2",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  host: www.{{ platform.domain }}\n  \
             path: out/{{ environment }}/web\n  size: '{{ platform.domain | length }}'\n",
    );
    assert_snapshot!(scene.render(&["diff", "--env", "dev", "--with", "prod"]), @r#"
    exit 1
    --- stdout
    diff --git a/site.yaml b/site.yaml
    --- a/site.yaml
    +++ b/site.yaml
    @@ -1,2 +1,2 @@
     # Rendered from templates/site.yaml.j2; edit that or the values, not this file.
    -domain: dev.example.com
    +domain: example.com
    diff --git a/web.yaml b/web.yaml
    --- a/web.yaml
    +++ b/web.yaml
    @@ -4,6 +4,6 @@
     metadata:
       name: web
     data:
    -  host: www.dev.example.com
    -  path: out/dev/web
    -  size: "15"
    +  host: www.example.com
    +  path: out/prod/web
    +  size: "11"
    --- stderr
    dev and prod: 2 files differ: 2 changed
      ~ ConfigMap web
          data.size: "15" → "11"
      3 changes folded: 3 names of the environment; --verbose shows them
    "#);
    let one = scene.refuses(&["diff", "--all", "--with", "prod"]);
    assert!(one.starts_with("error: `--with` compares one environment with another: name one with `--env`"), "{one}");
}

/// A hook of another repository must not lead the comparison there.
#[test]
fn what_hooks_set_does_not_count() {
    let (scene, other) = (two_commits(), Scene::empty().with("x", "").committed());
    let expected = scene.render(&["diff", "--env", "dev", "--against", "HEAD~1"]).exits(1).stdout;
    let mut command = scene.command(&["diff", "--env", "dev", "--against", "HEAD~1"]);
    command.env("GIT_DIR", other.path(".git")).env("GIT_WORK_TREE", other.root()).env("GIT_PREFIX", "x/");
    command.env("GIT_INDEX_FILE", other.path(".git/nothing"));
    assert_eq!(scene.run(&mut command).exits(1).stdout, expected);
    // As `git commit` sets them for a hook of the repository itself.
    let mut command = scene.command(&["diff", "--env", "dev", "--against", "HEAD~1"]);
    command.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", ".git/index");
    assert_eq!(scene.run(&mut command).exits(1).stdout, expected);
}

#[test]
fn a_worktree_of_a_bare_repository() {
    let scene = two_commits();
    let folder = TempDir::new().unwrap();
    let (bare, work) = (folder.path().join("bare.git"), folder.path().join("work"));
    let (bare, work) = (bare.to_str().unwrap(), work.to_str().unwrap());
    scene.git(&["clone", "--quiet", "--bare", ".", bare]);
    scene.git(&["--git-dir", bare, "worktree", "add", "--quiet", work, "main"]);
    let run = |command: &mut Command| scene.run(command).exits(1).stdout;
    let expected = run(&mut scene.command(&["diff", "--env", "dev", "--against", "HEAD~1"]));
    let arguments = ["diff", "--env", "dev", "--against", "HEAD~1", "--project", work];
    assert_eq!(run(&mut scene.command(&arguments)), expected);
    // A repository that stands elsewhere is only found where the variables say so.
    let detached = folder.path().join("detached");
    fs::create_dir(&detached).unwrap();
    fs::rename(scene.path(".git"), folder.path().join("moved.git")).unwrap();
    scene.refuses(&["diff", "--env", "dev", "--against", "HEAD~1"]);
    let mut command = scene.command(&["diff", "--env", "dev", "--against", "HEAD~1"]);
    command.env("GIT_DIR", folder.path().join("moved.git")).env("GIT_WORK_TREE", scene.root());
    assert_eq!(run(&mut command), expected);
}

#[test]
fn a_project_below_the_root_of_its_repository() {
    let whole = Scene::empty();
    let project = two_commits();
    let text = |path: &str| project.read(path);
    let folder = "plat form/ünï";
    for path in ["values/base.yaml", "values/dev.yaml", SERVICE, "templates/site.yaml.j2"] {
        whole.write(&format!("{folder}/{path}"), text(path));
    }
    // The root has inputs of its own, which are not meant.
    whole.write("values/dev.yaml", "nonsense: 1\n");
    whole.commit();
    whole.write(&format!("{folder}/templates/new ü $(x) 'y'.txt"), "text\n");
    let root = whole.path(folder);
    let arguments = ["diff", "--env", "dev", "--against", "HEAD", "--project", root.to_str().unwrap()];
    let run = whole.render(&arguments).exits(1);
    assert!(run.stdout.contains("+++ b/out/dev/new ü $(x) 'y'.txt\t\n@@ -0,0 +1 @@\n+text\n"), "{run}");
    whole.commit();
    whole.render(&arguments).succeeds();
}

#[test]
fn line_ends_and_links_are_those_of_the_repository() {
    let scene = Scene::new();
    scene.git(&["init", "--quiet"]);
    scene.git(&["config", "core.autocrlf", "true"]);
    scene.write("values/dev.yaml", "platform:\r\n  domain: dev.example.com\r\n");
    std::os::unix::fs::symlink("site.yaml.j2", scene.path("templates/linked.yaml.j2")).unwrap();
    scene.commit();
    scene.render(&["diff", "--env", "dev", "--against", "HEAD"]).succeeds();
    // A link that leads out of the project is refused in a revision, too.
    scene.remove("templates/linked.yaml.j2");
    std::os::unix::fs::symlink("/etc/hostname", scene.path("templates/linked.yaml.j2")).unwrap();
    scene.commit();
    scene.remove("templates/linked.yaml.j2");
    let said = scene.refuses(&["diff", "--env", "dev", "--against", "HEAD"]);
    assert!(said.contains("error[symbolic-link]: templates/linked.yaml.j2"), "{said}");
    assert!(said.contains("= note: in the inputs of `HEAD` ("), "{said}");
}

#[test]
fn the_patch_between_two_revisions_applies() {
    let scene = two_commits();
    let patch = scene.render(&["diff", "--env", "dev", "--against", "HEAD~1"]).exits(1).stdout;
    scene.git(&["checkout", "--quiet", "HEAD~1"]);
    scene.render(&["--env", "dev"]).succeeds();
    scene.remove("out/dev/render.lock");
    scene.write("p.diff", patch);
    scene.git(&["apply", "p.diff"]);
    let patched = tree(&scene.path("out"));
    scene.git(&["checkout", "--quiet", "main"]);
    scene.remove("out");
    scene.render(&["--env", "dev"]).succeeds();
    scene.remove("out/dev/render.lock");
    assert!(patched == tree(&scene.path("out")), "{patched:?}");
}

/// Names and texts that a patch might stumble over.
fn any_files() -> impl Strategy<Value = BTreeMap<String, String>> {
    let name = prop_oneof!["[a-c]", "[a-b] [a-b]", "[ä\"\\\\\t][a-b]", "d/[a-c]\\.yaml"];
    let line =
        prop_oneof!["[ab]?", "-- [ab]", "\\+\\+ [ab]", "@@ -1 \\+1 @@", "\\\\ No newline", "ä\r", "diff --git a/x b/x"];
    let text = (prop::collection::vec(line, 0..12), any::<bool>()).prop_map(|(lines, is_whole)| {
        let text = lines.join("\n");
        if is_whole && !text.is_empty() { text + "\n" } else { text }
    });
    prop::collection::btree_map(name, text, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_patch_applies(old in any_files(), new in any_files()) {
        let folder = TempDir::new().unwrap();
        for (path, text) in &old {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let texts = |files: &BTreeMap<String, String>| -> Vec<(String, String)> {
            files.iter().map(|(path, text)| (path.clone(), text.clone())).collect()
        };
        let (old_texts, new_texts) = (texts(&old), texts(&new));
        let [a, b] = [&old_texts, &new_texts]
            .map(|side| side.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<BTreeMap<_, _>>());
        let patch = Changes::between(&a, &b).to_patch();
        fs::write(folder.path().join("p"), &patch).unwrap();
        if !patch.is_empty() {
            let mut git = Command::new("git");
            git.args(["apply", "--whitespace=nowarn", "p"]).current_dir(folder.path()).env("GIT_DIR", "/nonexistent");
            let run = git.output().unwrap();
            prop_assert!(run.status.success(), "{}\n{patch}", String::from_utf8_lossy(&run.stderr));
        }
        fs::remove_file(folder.path().join("p")).unwrap();
        let found: BTreeMap<String, String> = walkdir::WalkDir::new(folder.path())
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
                (path, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        prop_assert_eq!(found, new, "{}", patch);
    }
}

/// Command lines, each in the scene that [`eventful`] makes, and the schema of the one document that they print.
const DOCUMENTS: &[(&str, &str)] = &[
    ("diff --env dev --format json", "diff"),
    ("diff --all --against HEAD~1 --format json", "diff"),
    ("diff --all --against HEAD --format json", "diff"),
    ("diff --env dev --with prod --format json", "diff"),
];

/// A project with a little of everything, in a repository of two commits; its `out/` is that of the first.
fn eventful() -> Scene {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {storageClassName: a, accessModes: [ReadWriteOnce, ReadOnlyMany]}\n";
    let scene = Scene::new()
        .with("values/prod.yaml", "platform: {domain: example.com}\n")
        .with("values/gone.yaml", "platform: {domain: gone.example.com}\n")
        .with("templates/claim.yaml.j2", claim)
        .with("templates/text.sh.j2", "exit 0\n")
        .with("templates/charts/db/values.yaml.j2", "persistence: {enabled: true}\n");
    scene.render(&["--all"]).succeeds();
    scene.commit();
    scene.write(
        "templates/claim.yaml.j2",
        claim.replace("name: data", "name: disk").replace("ReadWriteOnce, ReadOnlyMany", "ReadOnlyMany, ReadWriteOnce"),
    );
    scene.write("templates/text.sh.j2", "exit 1\n");
    scene.write("templates/charts/db/values.yaml.j2", "persistence: {enabled: false}\n");
    scene.remove("values/gone.yaml");
    scene.commit();
    scene
}

#[test]
fn documents_are_what_their_schemas_say() {
    let scene = eventful();
    for (line, name) in DOCUMENTS {
        let run = scene.render(&line.split(' ').collect::<Vec<_>>());
        let document: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{line}: {error}\n{run}"));
        let schema = fs::read_to_string(repository().join(format!("docs/json/{name}.schema.json"))).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let wrong: Vec<_> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "render {line}: {wrong:#?}");
        assert_eq!((&document["type"], &document["version"]), (&Value::from(*name), &Value::from(1)), "{line}");
        // The schema has eyes.
        let mut other = document.clone();
        other["surprise"] = Value::Null;
        assert!(!validator.is_valid(&other), "{line}");
    }
}

#[test]
fn the_schema_of_diff_lists_every_danger() {
    let schema = fs::read_to_string(repository().join("docs/json/diff.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let listed: Vec<_> = schema["$defs"]["danger"]["properties"]["danger"]["enum"].as_array().unwrap().clone();
    let all: Vec<_> = DangerKind::ALL.iter().map(|kind| Value::from(kind.name())).collect();
    assert_eq!(listed, all);
    let kinds: Vec<_> = GuardedKind::ALL.iter().map(|kind| Value::from(kind.name())).collect();
    assert_eq!(schema["$defs"]["deletion"]["properties"]["kind"]["enum"].as_array().unwrap(), &kinds);
}
