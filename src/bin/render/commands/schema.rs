//! `render schema`: what editors complete and check values files with, and the schemas that documents are checked with.

mod add;
mod list;

use supercargo::model;
use supercargo::project::Project;

use super::{conclude, root};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::schema::{SchemaArguments, SchemaCommand};
use crate::terminal::Terminal;

pub(crate) fn run(
    arguments: &SchemaArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    match &arguments.command {
        None => of_values(arguments.check, global, terminal),
        Some(SchemaCommand::Add(arguments)) => conclude(add::run(&arguments.files, global, terminal), terminal),
        Some(SchemaCommand::List(arguments)) => conclude(list::run(arguments, global, terminal), terminal),
    }
}

fn of_values(check: bool, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let mut text = serde_json::to_string_pretty(&model::file_schema())?;
    text.push('\n');
    if !check {
        terminal.data(&text);
        return Ok(Status::Success);
    }
    let (project, _) = Project::load(&root(global)?)?;
    match project.schema {
        Some(Ok(present)) if present.text() == text => return Ok(Status::Success),
        Some(_) => terminal.error("values/schema.json is not the schema of this version"),
        None => terminal.error("values/schema.json is missing"),
    }
    terminal.help("run `render schema > values/schema.json`");
    Ok(Status::Found)
}
