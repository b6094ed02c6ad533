//! `render report`: what the page says, and that nothing in it can be mistaken for markup.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use supercargo::diff;
use supercargo::graph::{Application, Graph, Need};
use supercargo::report::{Change, Changes, Danger, FieldChange, ResourceChange, Sides, diff_page};

use crate::support::Scene;

mod changes;

/// Markup, ends of elements, quotes and characters that no page may hold.
const HOSTILE: &str = "</script><script>alert(1)</script> \"'`<!-- <img src=x onerror=alert(2)> ]]> &amp; \u{1b}[31m";

fn page(scene: &Scene, arguments: &[&str]) -> String {
    scene.render(&[&["report"], arguments].concat()).succeeds().stdout
}

#[test]
fn a_page_is_complete_in_itself_and_the_same_each_time() {
    let scene = Scene::of_this_repository().rendered();
    let html = page(&scene, &["--env", "dev"]);
    assert_eq!(html, page(&scene, &["--env", "dev", "--jobs", "1"]));
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
    assert!(html.contains("content=\"default-src &#x27;none&#x27;; style-src &#x27;sha256-"), "no policy");
    for loads in [" src=", "@import", "url(", "<iframe", "<object", " style=\"", " onclick"] {
        assert!(!html.contains(loads), "{loads}");
    }
    assert!(html.contains(">argo-cd<") && html.contains("href=\"https://argocd.dev.example.com\""));
    assert!(html.contains("Nothing changes") || html.contains("None: <code>out/dev</code>"), "changes");
    assert!(!html.contains("id=\"side-by-side\""), "one environment has nothing beside it");
}

#[test]
fn environments_stand_side_by_side() {
    let scene = Scene::of_this_repository();
    scene.render(&["--all"]).succeeds();
    let html = page(&scene, &["--all"]);
    for row in ["<th scope=\"row\">domain</th><td>dev.example.com</td><td>example.com</td>", ">not set</span>"] {
        assert!(html.contains(row), "{row}");
    }
    assert!(!html.contains("encryptedData"), "ciphertext tells nobody anything");
}

#[test]
fn what_a_render_would_change_is_in_it() {
    let scene = Scene::new().rendered();
    let html = page(&scene, &["--env", "dev", "--set", "platform.domain=other.example.com"]);
    assert!(html.contains("<span class=\"added\">+domain: other.example.com\n</span>"), "{html}");
    assert!(html.contains("<span class=\"removed\">-domain: dev.example.com\n</span>"), "{html}");
}

#[test]
fn the_page_goes_where_it_is_asked_to_but_not_into_out() {
    let scene = Scene::new();
    assert_snapshot!(scene.render(&["report", "--env", "dev", "--output", "pages/report.html"]), @"
    exit 0
    --- stderr
    pages/report.html: written
    ");
    assert!(scene.read("pages/report.html").ends_with("</html>\n"));
    assert_snapshot!(scene.refuses(&["report", "--env", "dev", "--output", "pages/../out/dev/report.html"]), @"error: `pages/../out/dev/report.html` lies in out/, where only what is rendered belongs; choose another place");
}

#[test]
fn values_that_are_wrong_make_no_page() {
    let error = Scene::new().and("values/dev.yaml", "charts:\n  x: {}\n").refuses(&["report", "--env", "dev"]);
    assert!(error.contains("error[missing-value]"), "{error}");
}

#[test]
fn hostile_values_stay_text() {
    let variable = HOSTILE.replace('\u{1b}', "").replace('\'', "''");
    let application = "applications:\n  web:\n    source: {path: application/web}\n    \
                       image: registry.example.com/web:1\n    port: 8080\n";
    let dev = format!("applications: {{web: {{env: {{GREETING: '{variable}', OTHER: a}}}}}}\n");
    let prod = "platform: {domain: example.com}\napplications: {web: {env: {GREETING: b}}}\n";
    let scene =
        Scene::new().and("values/base.yaml", application).and("values/dev.yaml", &dev).with("values/prod.yaml", prod);
    let html = page(&scene, &["--all"]);
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;") && !html.contains("alert(1)</script>"),
        "{html}"
    );
    offer("hostile-values.html", &html);
}

/// A graph whose names are hostile, which no values could give it.
fn hostile_graph() -> Graph {
    let application = |name: &str, parent| Application {
        id: format!("argocd/{name}"),
        name: name.to_owned(),
        file: "apps/x.yaml".to_owned(),
        project: HOSTILE.to_owned(),
        namespace: HOSTILE.to_owned(),
        parent,
        paths: vec![HOSTILE.to_owned()],
        ..Application::default()
    };
    Graph {
        environment: HOSTILE.to_owned(),
        applications: vec![application("root", None), application(HOSTILE, Some(0)), application("end", Some(1))],
        needs: vec![Need { from: 2, to: 1, reasons: vec![HOSTILE.to_owned(), "%%{init}%%; end".to_owned()] }],
        projects: Vec::new(),
    }
}

#[test]
fn hostile_names_stay_text_in_every_picture() {
    let graph = hostile_graph();
    for svg in [graph.to_svg(), graph.to_svg_element()] {
        assert!(!svg.contains("<script") && !svg.contains("<img") && !svg.contains('\u{1b}'), "{svg}");
    }
    let mermaid = graph.to_mermaid();
    assert!(!mermaid.contains("<script") && !mermaid.contains('`') && !mermaid.contains('\u{1b}'), "{mermaid}");
    offer("hostile.svg", &graph.to_svg());
    offer("hostile.mmd", &mermaid);
    offer("hostile.dot", &graph.to_dot());
}

#[test]
fn a_page_of_changes_says_first_what_is_dangerous() {
    let text = |name: &str| name.to_owned();
    let resource = |kind: &str, name: &str, change, fields| ResourceChange {
        kind: text(kind),
        name: text(name),
        namespace: Some(text("monitoring")),
        remark: text(HOSTILE),
        change,
        fields,
    };
    let field = |path: &str, old: Option<&str>, new: Option<&str>| FieldChange {
        path: text(path),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        remark: String::new(),
    };
    let old = [("out/dev/a.yaml", "replicas: 1\nname: a\n"), ("out/dev/b.yaml", "gone: true\n")];
    let new = [("out/dev/a.yaml", "replicas: 3\nname: a\n"), ("out/dev/c.yaml", HOSTILE)];
    let files = diff::Changes::between(&old.into_iter().collect(), &new.into_iter().collect());
    let changes = Changes {
        notes: vec![text(HOSTILE)],
        dangers: vec![Danger {
            kind: "claim-removed",
            title: format!("a claim goes: {HOSTILE}"),
            place: text(HOSTILE),
            reason: "its data is lost",
            help: "keep it with `Prune=false`",
        }],
        resources: vec![
            resource(
                "Deployment",
                "grafana",
                Change::Changed,
                vec![
                    field("spec.replicas", Some("1"), Some("3")),
                    field("spec.template.spec.containers[0].env", None, Some(HOSTILE)),
                ],
            ),
            resource("PersistentVolumeClaim", "prometheus-0", Change::Removed, Vec::new()),
            resource("ConfigMap", HOSTILE, Change::Added, Vec::new()),
        ],
        ..Changes::of_files("dev", &files.files)
    };
    let sides = Sides { old: text(HOSTILE), new: text("what the inputs give") };
    let html = diff_page(&sides, &[changes, Changes { environment: text("prod"), ..Changes::default() }]).unwrap();
    assert!(html.find("a claim goes") < html.find("Resources <span"), "{html}");
    assert!(html.contains("keep it with <code>Prune=false</code>"), "{html}");
    assert!(html.find("Resources <span") < html.find("Files <span"), "{html}");
    assert!(!html.contains("<script>alert") && !html.contains("<img ") && !html.contains('\u{1b}'), "{html}");
    assert!(html.contains("Nothing changes."), "{html}");
    offer("diff.html", &html);
}

/// Leaves a page for the browser of `tests/conformance/report`, which asks for it by this variable.
fn offer(name: &str, text: &str) {
    if let Some(folder) = std::env::var_os("SUPERCARGO_PAGES") {
        fs::write(Path::new(&folder).join(name), text).unwrap();
    }
}
