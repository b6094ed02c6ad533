//! What a page says about changes: `render diff --format html`, and the same part of `render report`.

use insta::assert_snapshot;

use super::offer;
use crate::support::Scene;

const DIFF: [&str; 5] = ["diff", "--env", "dev", "--format", "html"];

/// What no page may take for markup, as a plain scalar of YAML in single quotes may hold it.
const MARKUP: &str = "</script><script>alert(1)</script> \"`<img src=x onerror=alert(2)>";

/// A render, and then templates that do what is dangerous in four ways, and something in five that is not.
fn scene() -> Scene {
    let scene = Scene::new()
        .with("templates/claim.yaml.j2", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n")
        .with(
            "templates/web.yaml.j2",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {helm.sh/chart: web-1}}\n\
             spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}\n",
        )
        .with(
            "templates/binding.yaml.j2",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web, namespace: shop}\n\
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}\n",
        )
        .with("templates/notes.yaml.j2", "a: [x, y]\ntext: |\n  one\n  two\n")
        .with(
            "templates/map.yaml.j2",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\ndata: {a: '1', b: '2', c: '3', d: '4'}\n",
        )
        .rendered();
    scene.remove("templates/claim.yaml.j2");
    let web = scene.read("templates/web.yaml.j2");
    scene.write("templates/web.yaml.j2", web.replace("replicas: 2", "replicas: 0").replace("web-1", "web-2"));
    let binding = scene.read("templates/binding.yaml.j2");
    scene.write("templates/binding.yaml.j2", binding.replace("name: reader", &format!("name: '{MARKUP}'")));
    scene.write("templates/notes.yaml.j2", format!("a: [y, x]\ntext: |\n  one\n  three\n'{MARKUP}': '{MARKUP}'\n"));
    scene.write("templates/map.yaml.j2", scene.read("templates/map.yaml.j2").replace("old", "new"));
    scene
}

/// What stands between `from` and `to`, without markup and without empty lines.
fn text(html: &str, from: &str, to: &str) -> String {
    let part = &html[html.find(from).unwrap()..];
    let part = &part[..part.find(to).unwrap()];
    let mut text = String::new();
    for piece in part.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[test]
fn a_page_of_a_comparison_says_what_is_dangerous_then_what_changes() {
    let html = scene().render(&DIFF).exits(1).stdout;
    assert_snapshot!(text(&html, "<main", "Files <span"), @"");
    assert!(html.contains("<span class=\"removed\">-  replicas: 2\n</span>"), "{html}");
    offer("dangers.html", &html);
}

#[test]
fn nothing_in_the_files_becomes_markup_and_nothing_is_loaded() {
    let html = scene().render(&DIFF).exits(1).stdout;
    assert!(html.contains("content=\"default-src &#x27;none&#x27;; style-src &#x27;sha256-"), "no policy");
    assert_eq!(html.matches("<script>").count(), 1, "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"), "{html}");
    for loads in ["<img", " src=", "@import", "url(", "href=\"http", "<iframe", " style=\"", " onclick"] {
        let escaped = html.replace("&lt;img src=x", "");
        assert!(!escaped.contains(loads), "{loads}");
    }
}

#[test]
fn a_page_says_what_is_compared() {
    let scene = Scene::new().with("values/prod.yaml", "platform: {domain: example.com}\n").committed();
    let head = |html: &str| text(html, "<main", "<section");
    let same = scene.render(&[&DIFF[..], &["--against", "HEAD"]].concat()).succeeds().stdout;
    assert!(head(&same).starts_with("From what HEAD gives ("), "{same}");
    assert!(same.contains("Nothing changes.") && !same.contains("class=\"dangers\""), "{same}");
    let new = scene.render(&DIFF).exits(1).stdout;
    assert_eq!(head(&new), "From what is in out/ to what the inputs give.");
    assert!(new.contains("<li>the environment is new</li>"), "{new}");
    let beside = scene.render(&[&DIFF[..], &["--with", "prod"]].concat()).exits(1).stdout;
    assert_eq!(head(&beside), "From dev to prod, both as the inputs give them.");
    assert!(beside.contains("<h1>dev and prod</h1>"), "{beside}");
}

#[test]
fn a_report_says_the_same_of_what_is_pending() {
    let scene = scene();
    let report = scene.render(&["report", "--env", "dev"]).succeeds().stdout;
    let page = scene.render(&DIFF).exits(1).stdout;
    let dangers = |html: &str| text(html, "class=\"dangers\"", "Files <span");
    assert_eq!(dangers(&report), dangers(&page));
    assert!(report.contains("files, 4 dangerous"), "{report}");
}
