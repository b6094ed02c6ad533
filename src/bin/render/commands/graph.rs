//! `render graph`: the App of Apps as a picture, or as data.

use serde_json::json;
use supercargo::diagnostic::Diagnostics;
use supercargo::graph::Graph;

use super::{Opened, open, render, report};
use crate::args::GlobalArguments;
use crate::args::graph::{GraphArguments, GraphFormat};
use crate::terminal::Terminal;
use crate::{Status, environments};

pub(crate) fn run(arguments: &GraphArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let Opened::Workspace(_, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    let selected = environments::select(&arguments.environments, &workspace.environments())?;
    let mut found = Diagnostics::new();
    let inputs = render::merge(&workspace, &selected, &arguments.set, &mut found);
    let rendered = render::render(&workspace, &inputs, terminal, &mut found);
    if found.has_errors() {
        report(&found, terminal, &format!(" in {}", render::names(&selected)));
        return Ok(Status::Failure);
    }
    let graphs: Vec<Graph> = rendered.iter().map(|one| Graph::of(&one.tree)).collect();
    let default = if terminal.is_json() { GraphFormat::Json } else { GraphFormat::Mermaid };
    match arguments.format.unwrap_or(default) {
        GraphFormat::Mermaid => terminal.data(&mermaid(&graphs)),
        GraphFormat::Dot => terminal.data(&graphs.iter().map(Graph::to_dot).collect::<String>()),
        GraphFormat::Svg => terminal.data(&Graph::stacked_svg(&graphs.iter().collect::<Vec<_>>())),
        GraphFormat::Json => terminal.json(&json!({
            "type": "graph",
            "version": 1,
            "graphs": graphs.iter().map(Graph::to_json).collect::<Vec<_>>(),
        })),
    }
    for graph in graphs.iter().filter(|graph| graph.applications.is_empty()) {
        terminal.say(&format!("{}: no Argo CD Application is rendered, so the graph is empty", graph.environment));
    }
    Ok(Status::Success)
}

/// One flowchart as it is; several, which no viewer takes from one text, as a page of Markdown.
fn mermaid(graphs: &[Graph]) -> String {
    match graphs {
        [graph] => graph.to_mermaid(),
        graphs => {
            let section =
                |graph: &Graph| format!("## {}\n\n```mermaid\n{}```\n", graph.environment, graph.to_mermaid());
            graphs.iter().map(section).collect::<Vec<_>>().join("\n")
        }
    }
}
