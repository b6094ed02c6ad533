//! `render image set`: the image of one application in one environment, in its values file and then in `out/`.

use std::cell::Cell;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use supercargo::diagnostic::{Code, Diagnostic, nearest};
use supercargo::layers::Layers;
use supercargo::model::{EnvironmentName, ImageReference};
use supercargo::output::Options;
use supercargo::pipeline::Workspace;
use supercargo::project::{self, Project};
use supercargo::source::Source;
use supercargo::store::{Audience, Store};
use supercargo::yaml::Node;
use supercargo::{diff, edit};

use super::{Trouble, conclude, render, report, root};
use crate::args::GlobalArguments;
use crate::args::diff::DeletionArguments;
use crate::args::image::{ImageArguments, ImageCommand};
use crate::terminal::Terminal;
use crate::{Status, environments, interrupt};

/// The key of all applications in the values.
const APPLICATIONS: &str = "applications";

pub(crate) fn run(arguments: &ImageArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let ImageCommand::Set(arguments) = &arguments.command;
    let image = ImageReference::parse(&arguments.image).map_err(anyhow::Error::msg)?;
    let target = Target {
        application: &arguments.application,
        environment: &arguments.environment.environment,
        dry_run: arguments.dry_run,
    };
    conclude(set(&target, |_| Ok(image), global, terminal), terminal)
}

/// Which image is to be set, and whether to write it.
pub(super) struct Target<'a> {
    pub(super) application: &'a str,
    pub(super) environment: &'a str,
    pub(super) dry_run: bool,
}

/// Sets what `image` gives for the values as they are, and renders.
///
/// Everything is rendered in memory with the edited file before a byte of it is written. Then the file is written, and
/// then what was rendered: killed in between, a `render` of that environment completes the rest.
pub(super) fn set(
    target: &Target,
    image: impl FnOnce(&Layers) -> Result<ImageReference, Trouble>,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let root = root(global)?;
    let store = Store::new(&root);
    if !store.is_there("values") {
        return Err(anyhow::Error::from(project::Error::NotAProject(root)).into());
    }
    // Held to the end: what is read here is still there when it is replaced.
    let _guard = store.lock("values")?;
    interrupt::listen();
    let (mut project, found) = Project::load(&root).map_err(anyhow::Error::from)?;
    if found.has_errors() {
        return Err(found.into());
    }
    let layers = Layers::parse(&project.values);
    let environment = environments::parse(target.environment, &layers.environments())?;
    let merged = layers.merge(&environment, &[])?.root;
    let present = application(&merged, &environment, target.application)?.child("image").and_then(Node::as_scalar);
    let image = image(&layers)?;

    let file = format!("{environment}.yaml");
    let edited = match project.values.get_mut(&file) {
        Some(Ok(source)) if present.is_none_or(|present| present.text != image.as_str()) => {
            if store.is_link(source.path()) {
                return Err(linked(source.path()).into());
            }
            let new = edit::set(source, &[APPLICATIONS, target.application, "image"], image.as_str())?;
            let old = std::mem::replace(source, Arc::clone(&new));
            Some(Edited { old, new })
        }
        _ => None,
    };
    let workspace = Box::new(Workspace::open(&project)?);
    if edited.is_none() {
        terminal.say(&format!("{environment}: `{}` has this image already", target.application));
    }
    let show = || edited.iter().for_each(|edited| edited.show(&environment, terminal));
    if target.dry_run {
        let rendered = workspace.render(&workspace.inputs(&environment, &[])?)?;
        report(&rendered.found, terminal, "");
        show();
        return Ok(Status::Success);
    }

    let replaced = Cell::new(None);
    let replace = || {
        if let Some(edited) = &edited {
            replaced.set(Some(edited.write(&store)?));
            show();
        }
        Ok(())
    };
    let run = render::Run {
        root: &root,
        environments: std::slice::from_ref(&environment),
        sets: &[],
        options: Options::default(),
        deletions: &DeletionArguments::default(),
    };
    render::write(&run, workspace, terminal, replace).or_else(|error| match (&edited, replaced.take()) {
        (Some(Edited { new, .. }), Some(old)) => {
            let path = new.path();
            store.replace(path, old.text().as_bytes(), Audience::Everyone).with_context(|| {
                format!("could not put `{path}` back as it was, after the render of `{environment}` failed: {error:#}")
            })?;
            Err(error.context(format!("`{path}` is as it was, since the render of `{environment}` failed")).into())
        }
        _ => Err(error.into()),
    })
}

/// A values file with another text.
struct Edited {
    old: Arc<Source>,
    new: Arc<Source>,
}

impl Edited {
    fn show(&self, environment: &EnvironmentName, terminal: &Terminal) {
        if let Some(change) = diff::file(self.new.path(), Some(self.old.text()), Some(self.new.text())) {
            super::diff::show(environment, &change, terminal);
        }
    }

    /// Writes the file and returns what it held before. An editor takes no lock, so it may have come in between.
    fn write(&self, store: &Store) -> anyhow::Result<Arc<Source>> {
        let path = self.new.path();
        let stored = store.read(path)?.unwrap_or_else(|| Source::new(path, ""));
        // A byte order mark is no part of the text that was edited.
        let Some(mark) = stored.text().strip_suffix(self.old.text()).filter(|mark| matches!(*mark, "" | "\u{feff}"))
        else {
            return Err(anyhow!("`{path}` was changed meanwhile; nothing was written"));
        };
        store.replace(path, [mark, self.new.text()].concat().as_bytes(), Audience::Everyone)?;
        Ok(stored)
    }
}

/// The application `name` in the merged values of `environment`.
pub(super) fn application<'n>(
    merged: &'n Node,
    environment: &EnvironmentName,
    name: &str,
) -> Result<&'n Node, Diagnostic> {
    let all = merged.child(APPLICATIONS).and_then(Node::as_map);
    if let Some(entry) = all.and_then(|all| all.get(name)) {
        return Ok(&entry.value);
    }
    let names: Vec<&str> = all.into_iter().flat_map(|all| all.keys().map(String::as_str)).collect();
    let finding = Diagnostic::error(
        Code::UnknownApplication,
        format!("there is no application `{name}` in environment `{environment}`"),
    );
    if names.is_empty() {
        return Err(finding.help(format!("describe it under `{APPLICATIONS}` in values/{environment}.yaml")));
    }
    let finding = finding.note(format!("applications there: {}", names.join(", ")));
    Err(match nearest(name, names) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("name one of these, or describe it in values/{environment}.yaml")),
    })
}

fn linked(path: &str) -> Diagnostic {
    Diagnostic::error(Code::SymbolicLink, format!("{path} is a link, and is not edited"))
        .in_file(path)
        .note("what it leads to may belong to another environment, too")
        .help("replace the link by a file of its own")
}
