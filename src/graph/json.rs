//! A graph as plain data: `docs/json/graph.schema.json` describes it.

use serde_json::{Value, json};

use super::{Application, Chart, Graph, Need, Project};

impl Graph {
    /// The graph as one JSON object. Applications are named by their ids.
    pub fn to_json(&self) -> Value {
        let id = |index: usize| self.applications[index].id.as_str();
        let application = |one: &Application| {
            json!({
                "id": one.id,
                "name": one.name,
                "file": format!("out/{}/{}", self.environment, one.file),
                "project": one.project,
                "namespace": one.namespace,
                "wave": one.wave,
                "parent": one.parent.map(id),
                "charts": one.charts.iter().map(chart).collect::<Vec<_>>(),
                "paths": one.paths,
            })
        };
        let need = |need: &Need| json!({ "from": id(need.from), "to": id(need.to), "reasons": need.reasons });
        json!({
            "environment": self.environment,
            "applications": self.applications.iter().map(application).collect::<Vec<_>>(),
            "needs": self.needs.iter().map(need).collect::<Vec<_>>(),
            "projects": self.projects.iter().map(project).collect::<Vec<_>>(),
        })
    }
}

fn chart(chart: &Chart) -> Value {
    json!({ "repository": chart.repository, "name": chart.name, "version": chart.version })
}

fn project(project: &Project) -> Value {
    json!({ "name": project.name, "namespaces": project.namespaces, "repositories": project.repositories })
}
