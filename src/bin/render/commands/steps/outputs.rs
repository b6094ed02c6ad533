//! `values/outputs/<env>.yaml`: read, written after a run, and shown.

use serde_json::Value;
use supercargo::diagnostic::nearest;
use supercargo::model::Outputs;
use supercargo::outputs::{OutputsFile, data, outputs_path, to_text};
use supercargo::store::{self, Audience};

use super::{Refused, Trouble, Vault, source};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::cloud::OutputsArguments;
use crate::terminal::Terminal;

pub(super) fn read(vault: &Vault) -> Result<OutputsFile, Trouble> {
    Ok(OutputsFile::parse(&source(vault, &outputs_path(&vault.environment))?)?)
}

/// What the file says; nothing where it is not there.
pub(super) fn text(vault: &Vault) -> Result<String, Trouble> {
    Ok(source(vault, &outputs_path(&vault.environment))?.text().to_owned())
}

/// Brings the file to what `change` makes of it; true where it had to be written. Another process that changes its own
/// part at the same time is waited for.
pub(in crate::commands) fn write(vault: &Vault, change: impl FnOnce(&OutputsFile) -> Outputs) -> Result<bool, Trouble> {
    let path = outputs_path(&vault.environment);
    let _guard = vault.store.lock("values/outputs")?;
    let present = source(vault, &path)?;
    let text = to_text(&change(&OutputsFile::parse(&present)?));
    match text {
        Some(text) if text == present.text() => return Ok(false),
        Some(text) => vault.store.replace(&path, text.as_bytes(), Audience::Everyone)?,
        None if vault.store.is_there(&path) => store::remove(&vault.store.join(&path)).map_err(anyhow::Error::from)?,
        None => return Ok(false),
    }
    Ok(true)
}

/// Prints all outputs, or the one that is named.
pub(in crate::commands) fn show(
    arguments: &OutputsArguments,
    part: impl FnOnce(Outputs) -> Outputs,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let vault = Vault::open(&arguments.environment, global)?;
    let all = data(&part(read(&vault)?.outputs().clone()));
    let shown = match &arguments.name {
        None => &all,
        Some(name) => find(&all, name).ok_or_else(|| unknown(name, &all, &vault))?,
    };
    if arguments.json || terminal.is_json() {
        terminal.json(shown);
    } else if arguments.raw {
        let text = shown.as_str().ok_or_else(|| {
            Refused::new("what is named is more than one text", "name one of its parts, or use `--json`")
        })?;
        terminal.data(text);
    } else if let Some(text) = shown.as_str() {
        terminal.data(&format!("{text}\n"));
    } else {
        let mut lines = Vec::new();
        flatten(arguments.name.as_deref().unwrap_or_default(), shown, &mut lines);
        let width = lines.iter().map(|(path, _)| path.len()).max().unwrap_or_default();
        let lines: Vec<_> = lines.iter().map(|(path, text)| format!("{path:width$} = {text}\n")).collect();
        if lines.is_empty() {
            terminal.say(&format!("{}: nothing is known yet", outputs_path(&vault.environment)));
        }
        terminal.data(&lines.concat());
    }
    Ok(Status::Success)
}

fn find<'v>(all: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(all, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        value => value.get(key),
    })
}

fn unknown(name: &str, all: &Value, vault: &Vault) -> Refused {
    let mut lines = Vec::new();
    flatten("", all, &mut lines);
    let paths: Vec<_> = lines.iter().map(|(path, _)| path.as_str()).collect();
    let help = match nearest(name, paths.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "leave the name out to see all that there are".to_owned(),
    };
    Refused::new(format!("{} has no `{name}`", outputs_path(&vault.environment)), help)
}

/// Every text in `value` with its path.
fn flatten(path: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| flatten(&below(key), value, lines)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| flatten(&below(&index.to_string()), value, lines));
        }
        Value::String(text) => lines.push((path.to_owned(), text.clone())),
        other => lines.push((path.to_owned(), other.to_string())),
    }
}
