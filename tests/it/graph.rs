//! `render graph`: its formats, and what it says about this repository.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Scene, repository};

/// A root that applies a chart and an application, which consists of two parts.
fn scene() -> Scene {
    let application = |name: &str, wave: &str, project: &str, source: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  namespace: argocd\n  \
             annotations:\n    argocd.argoproj.io/sync-wave: \"{wave}\"\nspec:\n  project: {project}\n  destination:\n    \
             namespace: {name}\n  source:\n    repoURL: https://git.example.com/platform.git\n    {source}\n"
        )
    };
    let folder = |path: &str| format!("path: out/{{{{ environment }}}}/{path}");
    let issuer =
        "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata:\n  name: staging\nspec: {selfSigned: {}}\n";
    let certificate = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: web\nspec:\n  secretName: web\n  dnsNames: [web.example.com]\n  \
                       issuerRef:\n    kind: ClusterIssuer\n    name: staging\n";
    Scene::new()
        .with("templates/bootstrap/root.yaml.j2", application("root", "0", "root", &folder("apps")))
        .with(
            "templates/apps/cert-manager.yaml.j2",
            application("cert-manager", "-8", "cert-manager", "chart: cert-manager\n    targetRevision: v1.2.3")
                .replace("  source:\n", "  sources:\n  - path: out/{{ environment }}/issuers\n    repoURL: https://git.example.com/platform.git\n  -\n"),
        )
        .with("templates/issuers/issuer.yaml.j2", issuer)
        .with("templates/apps/web.yaml.j2", application("web", "10", "root", &folder("web")))
        .with("templates/web/kustomization.yaml.j2", "resources: [one.yaml, ../two/two.yaml, ../../../elsewhere]\n")
        .with("templates/web/one.yaml.j2", application("web-one", "1", "web", &folder("one")))
        .with("templates/web/ignored.yaml.j2", application("nobody-applies-this", "0", "web", &folder("nowhere")))
        .with("templates/two/two.yaml.j2", application("web-two", "0", "web", &folder("two-files")))
        .with("templates/one/certificate.yaml.j2", certificate)
}

#[test]
fn a_flowchart_by_waves() {
    assert_snapshot!(scene().render(&["graph", "--env", "dev"]), @r#"
    exit 0
    --- stdout
    flowchart TB
      accTitle: App of Apps of dev
      n0["nobody-applies-this<br>nowhere<br>→ nobody-applies-this · project web"]
      n1["root<br>apps<br>→ root"]
      subgraph b0["wave -8"]
        n2["cert-manager<br>chart v1.2.3<br>→ cert-manager"]
      end
      n1 --> b0
      subgraph b1["wave 10"]
        n3["web<br>web<br>→ web · project root"]
      end
      b0 --> b1
      subgraph b2["web, wave 0"]
        subgraph b3["project web"]
          n4["web-two<br>two-files<br>→ web-two"]
        end
      end
      n3 --> b2
      subgraph b4["web, wave 1"]
        subgraph b5["project web"]
          n5["web-one<br>one<br>→ web-one"]
        end
      end
      b2 --> b4
      n2 -.-> n5
    "#);
}

#[test]
fn a_digraph_for_graphviz() {
    assert_snapshot!(scene().render(&["graph", "--env", "dev", "--format", "dot"]), @r#"
    exit 0
    --- stdout
    digraph "App of Apps of dev" {
      graph [rankdir=TB, fontname="sans-serif", style=rounded, color=gray60];
      node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];
      edge [color=gray40];
      n0 [label="nobody-applies-this\nnowhere\n→ nobody-applies-this · project web"];
      n1 [label="root\napps\n→ root"];
      subgraph cluster_0 {
        label="wave -8";
        n2 [label="cert-manager\nchart v1.2.3\n→ cert-manager"];
      }
      subgraph cluster_1 {
        label="wave 10";
        n3 [label="web\nweb\n→ web · project root"];
      }
      n2 -> n3 [style=invis];
      subgraph cluster_2 {
        label="web, wave 0";
        n4 [label="web-two\ntwo-files\n→ web-two"];
      }
      subgraph cluster_3 {
        label="web, wave 1";
        n5 [label="web-one\none\n→ web-one"];
      }
      n4 -> n5 [style=invis];
      n1 -> n2;
      n1 -> n3;
      n3 -> n4;
      n3 -> n5;
      n2 -> n5 [style=dashed, constraint=false, tooltip="issuer staging\nkinds of cert-manager.io"];
    }
    "#);
}

#[test]
fn data_for_machines() {
    let run = scene().render(&["graph", "--env", "dev", "--format", "json"]).succeeds();
    let graph: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&graph["type"], &graph["version"]), (&"graph".into(), &1.into()));
    assert_snapshot!(serde_json::to_string_pretty(&graph["graphs"][0]["needs"]).unwrap(), @r#"
    [
      {
        "from": "argocd/web-one",
        "to": "argocd/cert-manager",
        "reasons": [
          "issuer staging",
          "kinds of cert-manager.io"
        ]
      }
    ]
    "#);
    let all = scene().render(&["graph", "--env", "dev", "--message-format", "json"]).succeeds();
    assert_eq!(all.stdout, run.stdout);
}

#[test]
fn a_picture_is_one_document_without_a_script() {
    let svg = scene().render(&["graph", "--env", "dev", "--format", "svg"]).succeeds().stdout;
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"img\""), "{svg}");
    assert!(svg.contains("<title id=\"graph-title\">App of Apps of dev</title>"), "{svg}");
    assert!(
        svg.contains("<desc id=\"graph-description\">root applies, in this order, wave -8: cert-manager; "),
        "{svg}"
    );
    assert!(svg.contains("prefers-color-scheme: dark") && !svg.contains("<script") && !svg.contains("http:/www"));
    assert_eq!(svg.matches("<g class=\"application").count(), 6, "{svg}");
}

#[test]
fn several_environments_in_each_format() {
    let scene = scene().with("values/prod.yaml", "platform: {domain: example.com}\n");
    let run = |format: &str| scene.render(&["graph", "--all", "--format", format]).succeeds().stdout;
    assert!(run("mermaid").starts_with("## dev\n\n```mermaid\nflowchart TB\n"), "{}", run("mermaid"));
    assert!(run("mermaid").contains("```\n\n## prod\n\n```mermaid\n"));
    assert_eq!(run("dot").matches("digraph ").count(), 2);
    assert_eq!(run("svg").matches("<svg ").count(), 1);
    assert!(run("svg").contains("App of Apps of dev, prod"));
}

#[test]
fn nothing_to_draw_is_said() {
    assert_snapshot!(Scene::new().render(&["graph", "--env", "dev"]), @"
    exit 0
    --- stdout
    flowchart TB
      accTitle: App of Apps of dev
    --- stderr
    dev: no Argo CD Application is rendered, so the graph is empty
    ");
}

#[test]
fn values_that_are_wrong_draw_nothing() {
    let error = Scene::new().and("values/dev.yaml", "charts:\n  x: {}\n").refuses(&["graph", "--env", "dev"]);
    assert!(error.contains("error[missing-value]"), "{error}");
}

#[test]
fn this_repository_hangs_together() {
    let scene = Scene::empty();
    let mut command = scene.command(&["graph", "--all", "--format", "json", "--project"]);
    let run = scene.run(command.arg(repository())).succeeds();
    let graphs: Value = serde_json::from_str(&run.stdout).unwrap();
    for graph in graphs["graphs"].as_array().unwrap() {
        let applications = graph["applications"].as_array().unwrap();
        // One root, and nothing that nobody applies.
        let roots: Vec<_> = applications.iter().filter(|one| one["parent"].is_null()).map(|one| &one["name"]).collect();
        assert_eq!(roots, ["root"], "{}", graph["environment"]);
        let part = applications.iter().find(|one| one["name"] == "lofi-deployment").unwrap();
        assert_eq!((&part["parent"], &part["project"]), (&"argocd/lofi".into(), &"lofi".into()));
        let wave = |id: &Value| {
            let own = applications.iter().find(|one| one["id"] == *id).unwrap();
            let top = applications.iter().find(|one| one["id"] == own["parent"] && one["name"] != "root");
            top.unwrap_or(own)["wave"].as_i64().unwrap()
        };
        // Whoever is needed comes first, or with those who need it.
        for need in graph["needs"].as_array().unwrap() {
            assert!(wave(&need["to"]) <= wave(&need["from"]), "{need}");
        }
        assert!(graph["needs"].as_array().unwrap().len() > 20);
    }
}
