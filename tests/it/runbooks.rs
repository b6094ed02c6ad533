//! Every alert says what it is and has a page in `docs/runbooks/`; every page belongs to an alert.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::support::{Entry, Scene, repository, tree};

/// What a page has to answer, in this order.
const HEADINGS: [&str; 4] = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"];

/// An alert of a rendered project.
struct Alert {
    /// Where it stands, as `<environment>/services/<service>/…`.
    path: String,
    name: String,
    rule: Value,
}

impl Alert {
    fn text(&self, pointer: &str) -> &str {
        self.rule.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

/// All alerts of all environments, read by a parser that is not ours.
fn alerts(scene: &Scene) -> Vec<Alert> {
    let mut found = Vec::new();
    for (path, entry) in tree(&scene.path("out")) {
        let Entry::File(bytes) = entry else { continue };
        let text = String::from_utf8(bytes).unwrap();
        if !text.contains("\nkind: PrometheusRule\n") {
            continue;
        }
        let document: Value = serde_yaml::from_str(&text).unwrap();
        let groups = document["spec"]["groups"].as_array().unwrap();
        let rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
        found.extend(rules.filter_map(|rule| {
            let name = rule.get("alert")?.as_str()?.to_owned();
            Some(Alert { path: path.clone(), name, rule: rule.clone() })
        }));
    }
    found
}

/// This repository's environments, rendered with `settings`.
fn rendered(settings: &[&str]) -> Scene {
    let scene = Scene::of_this_repository();
    let settings = settings.iter().flat_map(|setting| ["--set", *setting]);
    scene.render(&["--all"].into_iter().chain(settings).collect::<Vec<_>>()).succeeds();
    scene
}

/// The pages by the alerts that they are named after.
fn pages() -> BTreeMap<String, String> {
    let files = fs::read_dir(repository().join("docs/runbooks")).unwrap().map(|file| file.unwrap().path());
    let pages = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(file).unwrap())
    });
    pages.filter(|(name, _)| name != "README").collect()
}

#[test]
fn every_alert_says_what_it_is() {
    let mut wrong = Vec::new();
    for alert in alerts(&rendered(&[])) {
        let link = format!("/docs/runbooks/{}.md", alert.name);
        let complete = ["critical", "warning"].contains(&alert.text("/labels/severity"))
            && !alert.text("/expr").is_empty()
            && !alert.text("/annotations/summary").is_empty()
            && alert.text("/annotations/description").ends_with('.')
            && alert.text("/annotations/runbook_url").ends_with(&link);
        if !complete {
            wrong.push(format!("{}: {}: {}", alert.path, alert.name, alert.rule));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_links_lead_where_the_values_say() {
    let scene = rendered(&["services.kubePrometheusStack.alerts.runbooks=https://docs.example.com/alerts"]);
    for alert in alerts(&scene) {
        let link = format!("https://docs.example.com/alerts/{}.md", alert.name);
        assert_eq!(alert.text("/annotations/runbook_url"), link, "{}", alert.path);
    }
}

#[test]
fn alerts_and_pages_belong_together() {
    let alerts = alerts(&rendered(&[]));
    let names: BTreeSet<_> = alerts.iter().map(|alert| alert.name.as_str()).collect();
    let pages = pages();
    assert_eq!(names, pages.keys().map(String::as_str).collect());

    let index = fs::read_to_string(repository().join("docs/runbooks/README.md")).unwrap();
    for (name, page) in &pages {
        assert!(page.starts_with(&format!("# {name}\n")), "{name}: the first line is not its name");
        let headings: Vec<_> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS, "{name}");
        let severity = alerts.iter().find(|alert| alert.name == *name).unwrap().text("/labels/severity");
        let row = format!("| [{name}]({name}.md) | {severity} | ");
        assert_eq!(index.matches(&row).count(), 1, "the index needs one row that begins with `{row}`");
    }
    assert_eq!(index.matches(".md) | ").count(), pages.len(), "the index lists what is not there");
}

#[test]
fn a_name_is_one_alert() {
    let mut seen = BTreeSet::new();
    for alert in alerts(&rendered(&[])) {
        let environment = alert.path.split('/').next().unwrap().to_owned();
        assert!(seen.insert((environment, alert.name.clone())), "{}: there are two {}", alert.path, alert.name);
    }
}

#[test]
fn alerts_come_and_go_with_their_services() {
    let of = |settings: &[&str]| {
        let scene = rendered(settings);
        let owners = alerts(&scene).into_iter().map(|alert| {
            let owner = alert.path.split("/manifests/").next().unwrap().to_owned();
            // An alert stands in the folder of a service that is installed.
            assert!(scene.path(&format!("out/{}.yaml", owner.replace("services", "apps"))).exists(), "{}", alert.path);
            owner
        });
        owners.collect::<BTreeSet<_>>()
    };
    let with = of(&[]);
    assert!(with.contains("dev/services/external-dns") && with.contains("prod/services/falco"), "{with:?}");
    let without = of(&["services.externalDns.enabled=false", "services.falco.enabled=false"]);
    let gone: Vec<_> = with.difference(&without).collect();
    assert_eq!(gone, ["dev/services/external-dns", "prod/services/external-dns", "prod/services/falco"]);
    assert_eq!(of(&["services.kubePrometheusStack.enabled=false"]), BTreeSet::new());
}
