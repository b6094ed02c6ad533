//! `render charts` against servers on this machine: a repository with an index, a registry that wants tokens, and the
//! faults of both.

mod held;
mod outdated;
mod pull;
mod servers;

use crate::support::{CHART_VALUES, Scene};

/// A project whose environment `dev` pins a chart `podinfo` at 1.2.3, in the repository at `repository`.
fn scene(repository: &str) -> Scene {
    let chart = format!(
        "charts:\n  podinfo:\n    repository: {repository}\n    chart: podinfo\n    version: 1.2.3\n    namespace: podinfo\n"
    );
    Scene::keeping(&[CHART_VALUES]).and("values/dev.yaml", &chart)
}

/// What a run said, with the ports of servers taken out.
fn without_ports(text: &str) -> String {
    regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(text, "[server]").into_owned()
}
