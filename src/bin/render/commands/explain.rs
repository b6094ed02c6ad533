//! `render explain`: where a rendered line comes from, and what a value reaches.

mod json;
mod text;

use serde_json::Value;
use supercargo::diagnostic::{Code, Diagnostic, Diagnostics, listed, nearest};
use supercargo::explain::{Explainer, PlaceAnswer, Resource, ValueAnswer};
use supercargo::layers::path_keys;
use supercargo::model::{EnvironmentName, schema};
use supercargo::pipeline::Workspace;

use super::{Opened, Trouble, open, report};
use crate::args::GlobalArguments;
use crate::args::explain::{ExplainArguments, ExplainFormat};
use crate::terminal::Terminal;
use crate::{Status, environments};

/// What was asked about.
enum Question {
    Value(Vec<String>),
    File { environment: String, path: String, line: Option<usize> },
    Resource { kind: String, namespace: Option<String>, name: String },
}

/// What an environment answers.
enum Answer {
    Value { answer: ValueAnswer, environment: EnvironmentName, files: Vec<Touched> },
    Place(PlaceAnswer),
}

/// A file that a value reaches.
struct Touched {
    path: String,
    resources: Vec<String>,
    lines: Vec<(usize, String)>,
}

/// A resource, and where it is.
struct Found {
    environment: EnvironmentName,
    path: String,
    resource: Resource,
}

pub(crate) fn run(
    arguments: &ExplainArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    let Opened::Workspace(_, workspace) = open(global, terminal)? else { return Ok(Status::Failure) };
    match answers(arguments, &workspace) {
        Ok(answers) => {
            let json = arguments.format.map_or(terminal.is_json(), |format| format == ExplainFormat::Json);
            if json {
                terminal.json(&json::document(&answers, arguments.affects));
            } else {
                terminal.data(&text::page(&answers, arguments.affects, terminal.is_verbose()));
            }
            Ok(Status::Success)
        }
        Err(Trouble::Findings(found)) => {
            report(&found, terminal, "");
            Ok(Status::Failure)
        }
        Err(Trouble::Failure(error)) => Err(error),
    }
}

fn answers(arguments: &ExplainArguments, workspace: &Workspace) -> Result<Vec<Answer>, Trouble> {
    let known = workspace.environments();
    let question = question(&arguments.what)?;
    let selected = match &question {
        Question::File { environment, .. } => vec![environments::parse(environment, &known)?],
        _ if arguments.environments.environments.is_empty() => known,
        _ => environments::select(&arguments.environments, &known)?,
    };
    let field = arguments.field.as_ref().or(arguments.resource_field.as_ref()).map(|field| path_keys(field));
    if field.is_some() && matches!(question, Question::Value(_)) {
        return Err(misuse("a value has no field", "put the whole path into one argument, with dots").into());
    }
    let mut answers = Vec::new();
    let mut found = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut unknown: Vec<Diagnostics> = Vec::new();
    for environment in &selected {
        let inputs = workspace.inputs(environment, &[])?;
        let trial = workspace.trial(&inputs)?;
        let explainer = Explainer::new(&trial);
        match &question {
            Question::Value(keys) => match explainer.value(keys) {
                Ok(answer) => answers.push(value(&explainer, answer)),
                Err(problem) => unknown.push(problem.into()),
            },
            Question::File { path, line, .. } => {
                let line = match &field {
                    Some(field) => Some(explainer.line_of(path, field, None)?),
                    None => *line,
                };
                answers.push(Answer::Place(explainer.place(path, line)?));
            }
            Question::Resource { .. } => {
                let all = explainer.resources();
                names.extend(all.iter().map(|(_, one)| format!("{}/{}", one.kind, one.name)));
                let matching = all.into_iter().filter(|(_, resource)| is_meant(&question, resource));
                found.extend(matching.map(|(path, resource)| {
                    let path = path.as_str().to_owned();
                    Found { environment: environment.clone(), path, resource }
                }));
            }
        }
    }
    if matches!(question, Question::Resource { .. }) {
        let Found { environment, path, resource } = one_of(found, &arguments.what, &selected, &names)?;
        let inputs = workspace.inputs(&environment, &[])?;
        let trial = workspace.trial(&inputs)?;
        let explainer = Explainer::new(&trial);
        let first = *resource.lines.start();
        let line = match &field {
            Some(field) => explainer.line_of(&path, field, Some(first))?,
            None => first,
        };
        answers.push(Answer::Place(explainer.place(&path, Some(line))?));
    }
    // A value that one environment has need not be there in another.
    match unknown.into_iter().next() {
        Some(problem) if answers.is_empty() => Err(problem.into()),
        _ => Ok(answers),
    }
}

fn value(explainer: &Explainer<'_>, answer: ValueAnswer) -> Answer {
    let files = answer.reaches.iter().map(|(path, reached)| {
        let lines: Vec<&str> = explainer.text(path.as_str()).unwrap_or_default().lines().collect();
        let shown = reached.lines.iter().filter_map(|line| Some((*line, (*lines.get(line - 1)?).to_owned())));
        Touched { path: path.to_string(), resources: answer.resources(explainer, path), lines: shown.collect() }
    });
    let files = files.collect();
    Answer::Value { files, environment: explainer.environment().clone(), answer }
}

/// What `what` asks about.
fn question(what: &str) -> Result<Question, Diagnostic> {
    if let Some(path) = what.strip_prefix("./").unwrap_or(what).strip_prefix("out/") {
        let (path, line) = match path.rsplit_once(':') {
            Some((path, line)) => {
                let number = line.parse().map_err(|_| {
                    misuse(format!("`{line}` is no line number"), "write a number behind the file, such as `:18`")
                })?;
                (path, Some(number))
            }
            None => (path, None),
        };
        let Some((environment, path)) = path.split_once('/') else {
            return Err(misuse(format!("`{what}` is no file"), "name a file, such as `out/dev/apps/argo-cd.yaml`"));
        };
        return Ok(Question::File { environment: environment.to_owned(), path: path.to_owned(), line });
    }
    let keys = path_keys(what);
    let schema = schema();
    let sections = schema.get("properties").and_then(Value::as_object);
    let is_value = keys.first().is_some_and(|key| sections.is_some_and(|sections| sections.contains_key(key)));
    if is_value || !what.contains('/') {
        return Ok(Question::Value(keys));
    }
    let parts: Vec<String> = what.split('/').map(str::to_owned).collect();
    match <[String; 2]>::try_from(parts) {
        Ok([kind, name]) => Ok(Question::Resource { kind, namespace: None, name }),
        Err(parts) => match <[String; 3]>::try_from(parts) {
            Ok([kind, namespace, name]) => Ok(Question::Resource { kind, namespace: Some(namespace), name }),
            Err(_) => Err(misuse(
                format!("`{what}` is neither a value, a file nor a resource"),
                "write `platform.domain`, `out/dev/apps/argo-cd.yaml:18` or `Deployment/lofi`",
            )),
        },
    }
}

fn misuse(message: impl Into<String>, help: &str) -> Diagnostic {
    Diagnostic::error(Code::UnknownPlace, message).help(help)
}

fn is_meant(question: &Question, resource: &Resource) -> bool {
    let Question::Resource { kind, namespace, name } = question else { return false };
    resource.kind.eq_ignore_ascii_case(kind)
        && resource.name == *name
        && (namespace.is_none() || resource.namespace == *namespace)
}

/// The one resource that is meant.
fn one_of(
    mut found: Vec<Found>,
    what: &str,
    environments: &[EnvironmentName],
    names: &[String],
) -> Result<Found, Diagnostic> {
    if found.len() == 1
        && let Some(only) = found.pop()
    {
        return Ok(only);
    }
    if found.is_empty() {
        let help = match nearest(what, names.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "name its file instead, such as `out/dev/apps/argo-cd.yaml`".to_owned(),
        };
        return Err(
            misuse(format!("`{what}` is not rendered"), &help).note(format!("looked for in {}", listed(environments)))
        );
    }
    let places = found.iter().map(|one| {
        let lines = &one.resource.lines;
        format!("{} in out/{}/{}:{}", one.resource, one.environment, one.path, lines.start())
    });
    let ambiguous = places.fold(
        misuse(format!("`{what}` is there {} times", found.len()), "name its file and line, as they stand above"),
        Diagnostic::note,
    );
    let several = found.iter().any(|one| one.environment != found[0].environment);
    Err(if several { ambiguous.help("say which environment: `--env`") } else { ambiguous })
}
