//! What is rendered for Grafana and Alertmanager: neither says a word about what it can't use until somebody looks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;
use supercargo::model::{EnvironmentName, Values};
use supercargo::pipeline::Workspace;
use supercargo::project::Project;

use crate::support::repository;

/// One environment of this repository, rendered.
struct Rendered {
    name: String,
    values: Values,
    files: BTreeMap<String, String>,
}

/// A dashboard, and where it stands.
struct Dashboard {
    path: String,
    file: String,
    content: Value,
}

/// Every environment of this repository as its values say.
static RENDERED: LazyLock<Vec<Rendered>> = LazyLock::new(|| environments(&[]));

fn environments(sets: &[String]) -> Vec<Rendered> {
    let (project, found) = Project::load(repository()).unwrap();
    assert!(!found.has_errors());
    let workspace = Workspace::open(&project).unwrap();
    workspace.environments().iter().map(|name| render(&workspace, name, sets)).collect()
}

fn render(workspace: &Workspace, name: &EnvironmentName, sets: &[String]) -> Rendered {
    let inputs = workspace.inputs(name, sets).unwrap();
    let (values, _) = workspace.values(&inputs).unwrap();
    let files = workspace.render(&inputs).unwrap().tree.files;
    let files = files.iter().map(|(path, file)| (path.to_string(), file.text.clone())).collect();
    Rendered { name: name.to_string(), values, files }
}

impl Rendered {
    fn document(&self, path: &str) -> Value {
        serde_yaml::from_str(&self.files[path]).unwrap()
    }

    /// The Helm values of the monitoring stack.
    fn stack(&self) -> Value {
        self.document("services/kube-prometheus-stack/values.yaml")
    }

    fn dashboards(&self) -> Vec<Dashboard> {
        let paths = self.files.keys().filter(|path| path.ends_with("/dashboard.yaml"));
        paths.flat_map(|path| self.dashboards_of(path)).collect()
    }

    fn dashboards_of(&self, path: &str) -> Vec<Dashboard> {
        let document = self.document(path);
        assert_eq!(document["metadata"]["labels"]["grafana_dashboard"], "1", "{path}: the sidecar passes over it");
        let data = document["data"].as_object().unwrap();
        let dashboard = |(file, text): (&String, &Value)| Dashboard {
            path: format!("{}/{path}", self.name),
            file: file.clone(),
            content: serde_json::from_str(text.as_str().unwrap()).unwrap(),
        };
        data.iter().map(dashboard).collect()
    }
}

impl Dashboard {
    fn panels(&self) -> impl Iterator<Item = &Value> {
        self.content["panels"].as_array().unwrap().iter()
    }

    /// The panels that show something: all but the bars between them.
    fn shown(&self) -> impl Iterator<Item = &Value> {
        self.panels().filter(|panel| panel["type"] != "row")
    }

    fn variables(&self) -> impl Iterator<Item = &Value> {
        self.content["templating"]["list"].as_array().unwrap().iter()
    }

    fn expressions(&self) -> impl Iterator<Item = &str> {
        self.shown().flat_map(|panel| panel["targets"].as_array().unwrap()).map(|target| text(&target["expr"]))
    }
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Fails where a value comes twice.
#[track_caller]
fn each_once<T: Ord + std::fmt::Debug>(values: impl IntoIterator<Item = T>, what: &str) {
    let mut seen = BTreeSet::new();
    for value in values {
        assert!(!seen.contains(&value), "{what} comes twice: {value:?}");
        seen.insert(value);
    }
}

#[test]
fn every_environment_has_its_dashboards() {
    for environment in &*RENDERED {
        let dashboards = environment.dashboards();
        let names: Vec<_> = dashboards.iter().map(|one| text(&one.content["uid"])).collect();
        assert_eq!(names, ["argo-cd", "platform", "tekton"], "{}", environment.name);
        // Links and files are made from these: one that comes twice takes the place of the other.
        each_once(names, "a uid");
        each_once(dashboards.iter().map(|one| &one.file), "a file");
        each_once(dashboards.iter().map(|one| text(&one.content["title"])), "a title");
    }
}

#[test]
fn panels_lie_side_by_side_on_the_grid() {
    for dashboard in RENDERED.iter().flat_map(Rendered::dashboards) {
        let mut cells = Vec::new();
        for panel in dashboard.panels() {
            let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
            let (x, y, w, h) = (side("x"), side("y"), side("w"), side("h"));
            assert!(w > 0 && h > 0 && x + w <= 24, "{}: {} is not on the grid", dashboard.path, panel["title"]);
            cells.extend((x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))));
        }
        each_once(cells, &format!("{}: a cell", dashboard.path));
        each_once(dashboard.panels().map(|panel| panel["id"].as_u64()), &format!("{}: an id", dashboard.path));
    }
}

#[test]
fn every_panel_says_what_it_shows() {
    for dashboard in RENDERED.iter().flat_map(Rendered::dashboards) {
        assert!(dashboard.shown().count() > 3, "{} is nearly empty", dashboard.path);
        each_once(dashboard.shown().map(|panel| text(&panel["title"])), &format!("{}: a title", dashboard.path));
        for panel in dashboard.shown() {
            let panel_name = format!("{}: {}", dashboard.path, panel["title"]);
            assert!(!text(&panel["title"]).is_empty(), "{panel_name}");
            assert!(!text(&panel["fieldConfig"]["defaults"]["unit"]).is_empty(), "{panel_name}");
            assert!(panel["options"].is_object(), "{panel_name} is of a type that nobody has described");
            let targets = panel["targets"].as_array().unwrap();
            assert!(!targets.is_empty(), "{panel_name} asks nothing");
            each_once(targets.iter().map(|target| text(&target["refId"])), &panel_name);
            // Several series without a legend can't be told apart.
            let several = targets.len() > 1;
            for target in targets {
                assert!(!text(&target["expr"]).is_empty(), "{panel_name} has an empty expression");
                assert!(!several || !text(&target["legendFormat"]).is_empty(), "{panel_name} has no legend");
            }
            if panel["type"] == "table" {
                assert!(panel["transformations"][1]["options"]["renameByName"].is_object(), "{panel_name}");
            }
        }
    }
}

/// What Grafana puts in by itself.
const OF_GRAFANA: [&str; 2] = ["__rate_interval", "__auto"];

#[test]
fn variables_are_declared_and_used() {
    for dashboard in RENDERED.iter().flat_map(Rendered::dashboards) {
        let declared: BTreeSet<_> = dashboard.variables().map(|variable| text(&variable["name"])).collect();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let used: BTreeSet<_> = dashboard
            .expressions()
            .flat_map(|expression| expression.split('$').skip(1))
            .map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())])
            .filter(|name| !OF_GRAFANA.contains(name))
            .collect();
        assert_eq!(declared, used, "{}", dashboard.path);
    }
}

#[test]
fn panels_ask_data_sources_that_grafana_has() {
    for environment in &*RENDERED {
        let stack = environment.stack();
        let more = stack["grafana"]["additionalDataSources"].as_array();
        // The chart brings the one of Prometheus.
        let known = more.into_iter().flatten().map(|one| (text(&one["type"]), text(&one["uid"])));
        let known: BTreeSet<_> = known.chain([("prometheus", "prometheus")]).collect();
        for dashboard in environment.dashboards() {
            let of_panels = dashboard.shown().flat_map(|panel| {
                let targets = panel["targets"].as_array().unwrap();
                targets.iter().map(|target| &target["datasource"]).chain([&panel["datasource"]])
            });
            for source in of_panels.chain(dashboard.variables().map(|variable| &variable["datasource"])) {
                let source = (text(&source["type"]), text(&source["uid"]));
                assert!(known.contains(&source), "{}: there is no data source {source:?}", dashboard.path);
            }
        }
    }
}

/// Services by their key, what can't be without them, and what the names of their measurements begin with.
const MEASURED: [(&str, &[&str], &[&str]); 7] = [
    ("alloy", &[], &["loki_write_"]),
    ("argoCd", &[], &["argocd_"]),
    ("certManager", &["oauth2Proxy", "tekton"], &["certmanager_"]),
    ("externalDns", &[], &["external_dns_"]),
    ("loki", &["alloy"], &["loki_distributor_", "loki_discarded_", "rate({"]),
    ("sealedSecrets", &[], &["sealed_secrets_"]),
    ("tekton", &[], &["tekton_", "eventlistener_"]),
];

/// The environments without some services, without the secrets that these would open and the pipeline that would run.
fn without(services: &[&str]) -> Vec<Rendered> {
    let off = services.iter().map(|service| format!("services.{service}.enabled=false"));
    let more = ["sealed=null", "applications.lofi.pipeline=null", "policies.production=false"].map(str::to_owned);
    environments(&off.chain(more).collect::<Vec<_>>())
}

#[test]
fn nothing_is_shown_of_a_service_that_is_off() {
    let shows = |environment: &Rendered, name: &str| {
        environment.dashboards().iter().any(|one| one.expressions().any(|expression| expression.contains(name)))
    };
    for (service, more, names) in MEASURED {
        for (with, without) in RENDERED.iter().zip(without(&[&[service], more].concat())) {
            for name in names {
                assert!(shows(with, name), "{}: {name} is not shown", with.name);
                assert!(!shows(&without, name), "{}: {name} is shown without {service}", without.name);
            }
        }
    }
    for environment in without(&["kubePrometheusStack"]) {
        assert!(environment.dashboards().is_empty(), "{}: nobody would look at them", environment.name);
    }
}

#[test]
fn alerts_go_to_receivers_that_have_their_secrets() {
    // One receiver of each kind, whatever the environments have.
    let receivers = "{chat: {type: slack, channel: ops}, pager: {type: pagerduty}, hook: {type: webhook}}";
    let alerts = |key: &str, value: &str| format!("services.kubePrometheusStack.alerts.{key}={value}");
    let all = environments(&[alerts("receivers", receivers), alerts("critical", "pager"), alerts("warning", "hook")]);
    let mut sent = BTreeSet::new();
    for environment in RENDERED.iter().chain(&all) {
        let stack = environment.stack();
        let config = &stack["alertmanager"]["config"];
        let receivers = config["receivers"].as_array().unwrap();
        let names: BTreeSet<_> = receivers.iter().map(|receiver| text(&receiver["name"])).collect();
        assert_eq!(names.len(), receivers.len(), "{}: two receivers share a name", environment.name);
        let routes = config["route"]["routes"].as_array().unwrap();
        for route in routes.iter().chain([&config["route"]]) {
            assert!(names.contains(text(&route["receiver"])), "{}: {route}", environment.name);
        }
        // What no route wants goes to somebody who does nothing.
        let nobody = receivers.iter().find(|one| one["name"] == config["route"]["receiver"]).unwrap();
        assert_eq!(nobody.as_object().unwrap().len(), 1, "{}: {nobody}", environment.name);

        let needs = environment.values.secret_needs();
        let mounted = stack["alertmanager"]["alertmanagerSpec"]["secrets"].as_array();
        let mounted: BTreeSet<_> = mounted.into_iter().flatten().map(text).collect();
        for file in files(config) {
            let (secret, key) = file.strip_prefix("/etc/alertmanager/secrets/").unwrap().split_once('/').unwrap();
            assert!(mounted.contains(secret), "{}: {file} is not mounted", environment.name);
            let need = needs.iter().find(|need| need.id.name() == secret).unwrap();
            assert!(need.keys.iter().any(|needed| needed.key.as_str() == key), "{}: {file}", environment.name);
            sent.insert(key.to_owned());
        }
    }
    assert!(["chat", "pager", "hook"].iter().all(|name| sent.contains(*name)), "only {sent:?} read a file");
}

/// What the receivers of an Alertmanager read from files.
fn files(config: &Value) -> Vec<&str> {
    let receivers = config["receivers"].as_array().unwrap().iter();
    let integrations =
        receivers.flat_map(|receiver| receiver.as_object().unwrap().values().filter_map(Value::as_array));
    let settings = integrations.flatten().flat_map(|integration| integration.as_object().unwrap());
    settings.filter(|(key, _)| key.ends_with("_file")).map(|(_, value)| text(value)).collect()
}
