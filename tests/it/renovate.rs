//! `renovate.json` finds every version that stands in `values/`.
//!
//! Renovate reads the files as text, by expressions; here the same expressions run over the same files, and what they
//! find is compared with what a YAML parser finds. Renovate uses RE2, whose syntax the crate `regex` shares.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;
use serde_json::Value;

use crate::support::repository;

/// Something with a version that Renovate looks after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Dependency {
    datasource: String,
    /// Where the datasource looks: the repository's URL and the chart, or the image.
    package: String,
    name: String,
    version: String,
}

impl Dependency {
    fn chart(repository: &str, name: &str, version: &str) -> Self {
        let repository = repository.trim_end_matches('/');
        let datasource = if repository.starts_with("oci://") { "docker" } else { "helm" };
        let package = format!("{}/{name}", repository.trim_start_matches("oci://"));
        Self { datasource: datasource.to_owned(), package, name: name.to_owned(), version: version.to_owned() }
    }

    fn image(image: &str) -> Self {
        let (name, version) = image.split('@').next().unwrap().rsplit_once(':').unwrap();
        let [datasource, package, name, version] = ["docker", name, name, version].map(str::to_owned);
        Self { datasource, package, name, version }
    }
}

fn configuration() -> Value {
    serde_json::from_str(&fs::read_to_string(repository().join("renovate.json")).unwrap()).unwrap()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap())
}

/// What Renovate finds in a file of `path` with this `text`.
fn found(path: &str, text: &str) -> BTreeSet<Dependency> {
    let configuration = configuration();
    let mut found = BTreeSet::new();
    for manager in configuration["customManagers"].as_array().unwrap() {
        assert_eq!(manager["customType"], "regex");
        let mut files = texts(&manager["managerFilePatterns"])
            .map(|pattern| Regex::new(pattern.strip_prefix('/').unwrap().strip_suffix('/').unwrap()).unwrap());
        if !files.any(|pattern| pattern.is_match(path)) {
            continue;
        }
        for pattern in texts(&manager["matchStrings"]) {
            for groups in Regex::new(pattern).unwrap().captures_iter(text) {
                let group = |name: &str| groups.name(name).map(|group| group.as_str().to_owned());
                let [name, version] = ["depName", "currentValue"].map(|name| group(name).unwrap());
                let package = match (group("registryUrl"), manager["packageNameTemplate"].as_str()) {
                    (Some(url), None) => format!("{}/{name}", url.trim_end_matches('/')),
                    (None, Some(template)) => {
                        template.replace("{{{registry}}}", &group("registry").unwrap()).replace("{{{depName}}}", &name)
                    }
                    (None, None) => name.clone(),
                    (Some(_), Some(_)) => panic!("a package name and a registry at once"),
                };
                let datasource = manager["datasourceTemplate"].as_str().unwrap().to_owned();
                assert!(found.insert(Dependency { datasource, package, name, version }), "{path}: twice: {groups:?}");
            }
        }
    }
    found
}

/// Every chart below `values` that names its version, and the image of the webhook.
fn expected(values: &Value, found: &mut BTreeSet<Dependency>) {
    match values {
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str);
            if let (Some(name), Some(version)) = (text("name").or_else(|| text("chart")), text("version")) {
                let repository = text("repository").unwrap_or_else(|| panic!("{name}: without its repository"));
                found.insert(Dependency::chart(repository, name, version));
            }
            if let Some(image) = map.get("webhook").and_then(|webhook| webhook["image"].as_str()) {
                found.insert(Dependency::image(image));
            }
            map.values().for_each(|value| expected(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| expected(value, found)),
        _ => {}
    }
}

#[test]
fn every_version_of_this_repository_is_found_and_nothing_else() {
    let mut files = 0;
    let mut services = BTreeSet::new();
    for entry in fs::read_dir(repository().join("values")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let path = path.strip_prefix(repository()).unwrap().to_str().unwrap();
        let text = fs::read_to_string(repository().join(path)).unwrap();
        let values: Value = serde_yaml::from_str(&text).unwrap();
        let mut wanted = BTreeSet::new();
        expected(&values, &mut wanted);
        assert_eq!(found(path, &text), wanted, "{path}");
        services.extend(values["services"].as_object().into_iter().flatten().map(|(key, _)| key.clone()));
        files += wanted.len();
    }
    assert!(files > services.len(), "{files} versions of {} services", services.len());
}

#[test]
fn every_layout_that_the_docs_allow_is_found() {
    let text = "
services:
  ingress:
    controller: envoyGateway
    chart:
      # pinned: see the release notes
      repository: oci://docker.io/envoyproxy/   # no API

      name: 'gateway-helm'                      # the controller
      version: \"v1.9.0\"
    crdsChart: {repository: 'oci://docker.io/envoyproxy', name: gateway-crds-helm,
                version: v1.9.0}
  externalDns:
    chart: { repository: \"https://charts.example.com/dns/\", name: external-dns, version: 1.21.1+build.7 }
    webhook: {image: 'registry.example.com:5000/dns/webhook:v0.1.2@sha256:0000000000000000000000000000000000000000000000000000000000000000'}
charts:
  trivy:
    enabled: false
    repository: https://charts.example.com
    chart: trivy-operator
    version: 0.34.0-rc.1
    namespace: trivy
applications:
  lofi:
    image: registry.example.com/example/lofi:1.0.0
    source: {repository: https://git.example.com/lofi.git, revision: v1}
";
    let mut wanted = BTreeSet::new();
    expected(&serde_yaml::from_str(text).unwrap(), &mut wanted);
    assert_eq!(wanted.len(), 5);
    assert_eq!(found("values/prod-fra.yaml", text), wanted);
    // Ciphertext, outputs and rendered files are nobody's dependencies.
    for path in ["values/sealed/dev.yaml", "values/outputs/dev.yaml", "out/dev/values/x.yaml", "values/schema.json"] {
        assert_eq!(found(path, text), BTreeSet::new(), "{path}");
    }
}

#[test]
fn the_examples_of_the_docs_are_found() {
    let mut wanted = BTreeSet::new();
    for page in ["README.md", "docs/values.md"] {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        for block in text.split("```yaml ").skip(1).filter_map(|block| block.split("\n```").next()) {
            let Some((_, values)) = block.split_once('\n').filter(|(role, _)| matches!(*role, "base" | "values"))
            else {
                continue;
            };
            let Ok(tree) = serde_yaml::from_str(values) else { continue };
            let mut here = BTreeSet::new();
            expected(&tree, &mut here);
            assert_eq!(found("values/base.yaml", values), here, "{page}");
            wanted.append(&mut here);
        }
    }
    assert!(wanted.len() > 1, "{wanted:?}");
}

#[test]
fn people_decide_and_pairs_stay_together() {
    let configuration = configuration();
    assert_eq!(configuration["automerge"], false);
    assert!(!configuration.to_string().contains("\"automerge\":true"));
    let rules = configuration["packageRules"].as_array().unwrap();
    for pair in [["gateway-helm", "gateway-crds-helm"], ["kube-prometheus-stack", "prometheus-operator-crds"]] {
        let grouped = |rule: &&Value| {
            let names = rule["matchDepNames"].as_array();
            rule["groupName"].is_string()
                && names.is_some_and(|names| pair.iter().all(|name| names.iter().any(|other| other == name)))
        };
        assert_eq!(rules.iter().filter(grouped).count(), 1, "{pair:?}");
    }
}

/// A tool that is renamed or moves on to a new major version is a module of another name, which the rule must follow.
#[test]
fn the_tools_of_the_conformance_tests_are_updated() {
    let configuration = configuration();
    let rules = configuration["packageRules"].as_array().unwrap().iter();
    let rules = rules.filter(|rule| rule["matchDepTypes"][0] == "indirect" && rule["enabled"] == true);
    let named: BTreeSet<_> = rules.flat_map(|rule| texts(&rule["matchDepNames"])).map(str::to_owned).collect();
    let folder = repository().join("tests/conformance/tools");
    let mut tools = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let Ok(module) = fs::read_to_string(entry.unwrap().path().join("go.mod")) else { continue };
        let tool = module.lines().find_map(|line| line.strip_prefix("tool ")).unwrap();
        let required = module.lines().filter_map(|line| line.trim().trim_start_matches("require ").split(' ').next());
        let required = required.filter(|path| tool.starts_with(path));
        tools.insert(required.max_by_key(|path| path.len()).unwrap().to_owned());
    }
    assert_eq!(named, tools, "`matchDepNames` of the rule for tools, and the tools there are");
}
