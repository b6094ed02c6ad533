//! Values files to one typed [`Values`](crate::model::Values) per environment, with the origin of every leaf.
//!
//! Layers merge in this order, a later one over an earlier: `base.yaml`; the files that the environment `extends`,
//! in the order in which it names them, each after what it extends itself; `outputs/<env>.yaml`;
//! `sealed/<env>.yaml`; `<env>.yaml`; and the `--set` arguments. [`merge()`] says how two layers become one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest};
use crate::model::EnvironmentName;
use crate::source::{Location, Source};
use crate::yaml::{Limits, Map, Node, NodeKind, load_one};

mod merge;
mod set;
mod typed;

pub use merge::merge;
pub use set::{path_keys, path_text};
pub use typed::{SchemaCheck, checked_data, typed_values, unfit};

/// The key by which an environment names the layers below it.
const EXTENDS: &str = "extends";

/// The layer below all others.
const BASE: &str = "base";

/// All values files of a project, parsed.
#[derive(Debug)]
pub struct Layers {
    files: BTreeMap<String, Result<Node, Diagnostic>>,
    sources: BTreeMap<String, Arc<Source>>,
}

/// The layers of one environment, merged.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The merged tree; each node still points to the file that set it.
    pub root: Node,
    /// The files that took part, lowest layer first.
    pub sources: Vec<Arc<Source>>,
}

impl Layers {
    /// Parses every values file. Keys are paths below `values/`, such as `outputs/dev.yaml`.
    /// A file that could not be read is a finding of the environments that need it, and of no other.
    pub fn parse(inputs: &BTreeMap<String, Result<Arc<Source>, Diagnostic>>) -> Self {
        let parse = |input: &Result<Arc<Source>, Diagnostic>| parse(input.as_ref().map_err(Clone::clone)?);
        let files = inputs.par_iter().map(|(name, input)| (name.clone(), parse(input))).collect();
        let read =
            |(name, input): (&String, &Result<Arc<Source>, Diagnostic>)| Some((name.clone(), input.clone().ok()?));
        Self { files, sources: inputs.iter().filter_map(read).collect() }
    }

    /// The environments: each file directly in `values/` but `base.yaml` and those that another one extends. Files that
    /// extend each other in a circle stay environments, so that whoever renders all of them hears of it.
    pub fn environments(&self) -> Vec<EnvironmentName> {
        let names = || self.names().filter(|name| *name != BASE);
        let below: BTreeMap<&str, BTreeSet<&str>> = names().map(|name| (name, self.below(name))).collect();
        let extended: BTreeSet<&str> = below.values().flatten().copied().collect();
        let is_layer = |name: &str| {
            extended.contains(name)
                && below.iter().any(|(other, layers)| layers.contains(name) && !below[name].contains(other))
        };
        names().filter(|name| !is_layer(name)).filter_map(|name| EnvironmentName::parse(name).ok()).collect()
    }

    /// The files directly in `values/`, by their names without the ending.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|file| file.strip_suffix(".yaml")).filter(|name| !name.contains('/'))
    }

    /// Everything that the layer `name` extends, at any depth.
    fn below(&self, name: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![name.to_owned()];
        while let Some(Ok(node)) = open.pop().and_then(|name| self.files.get(&format!("{name}.yaml"))) {
            let parents = node.child(EXTENDS).and_then(Node::as_seq).into_iter().flatten();
            for parent in parents.filter_map(|parent| Some(parent.as_scalar()?.text.as_str())) {
                if found.insert(parent) {
                    open.push(parent.to_owned());
                }
            }
        }
        found
    }

    /// Merges the layers of `environment`, then `sets`, each of the form `path=value`.
    ///
    /// # Errors
    /// Every layer that can't be read, an `extends` that leads nowhere or in a circle, a `--set` that is malformed.
    pub fn merge(&self, environment: &EnvironmentName, sets: &[String]) -> Result<Merged, Diagnostics> {
        let mut walk = Walk { layers: self, order: Vec::new(), path: Vec::new(), found: Diagnostics::new() };
        walk.add_if_there("base.yaml");
        let own = format!("{environment}.yaml");
        walk.extend_from(&own);
        if !self.environments().contains(environment) {
            // In a circle each is a layer of the other, and it is the circle that has to go.
            let circle = walk.found.has_errors();
            return Err(if circle { walk.found } else { self.unknown_environment(environment).into() });
        }
        walk.add_if_there(&format!("outputs/{environment}.yaml"));
        walk.add_if_there(&format!("sealed/{environment}.yaml"));
        walk.add_if_there(&own);
        let Walk { order, mut found, .. } = walk;

        let mut root = Node { kind: NodeKind::Map(Map::new()), location: self.home(&own) };
        let mut sources = Vec::new();
        for name in order {
            match &self.files[&name] {
                Ok(layer) => {
                    let extends = layer.as_map().and_then(|map| map.get(EXTENDS)).filter(|_| !may_extend(&name));
                    found.extend(extends.map(|entry| misplaced_extends(entry.key.clone())));
                    merge(&mut root, layer);
                    sources.push(Arc::clone(&self.sources[&name]));
                }
                Err(diagnostic) => found.push(diagnostic.clone()),
            }
        }
        if let NodeKind::Map(map) = &mut root.kind {
            map.shift_remove(EXTENDS);
        }
        for argument in sets {
            match set::parse(argument) {
                Ok(layer) => {
                    found.extend(set::into_list(&root, &layer));
                    sources.push(Arc::clone(&layer.location.source));
                    merge(&mut root, &layer);
                }
                Err(diagnostic) => found.push(diagnostic),
            }
        }
        merge::drop_removed(&mut root);
        if found.has_errors() { Err(found) } else { Ok(Merged { root, sources }) }
    }

    fn home(&self, name: &str) -> Location {
        let source = self.sources.get(name).cloned().unwrap_or_else(|| Source::new(format!("values/{name}"), ""));
        Location::start_of(&source)
    }

    /// Why `environment` can't be rendered, with the nearest name that can.
    fn unknown_environment(&self, environment: &EnvironmentName) -> Diagnostic {
        let known = self.environments();
        let names: Vec<&str> = known.iter().map(EnvironmentName::as_str).collect();
        let file = format!("{environment}.yaml");
        if self.files.contains_key(&file) {
            return Diagnostic::error(
                Code::UnknownEnvironment,
                format!("`{environment}` is a layer that other environments extend, not an environment"),
            )
            .in_file(format!("values/{file}"))
            .help(format!("render one of: {}", names.join(", ")));
        }
        let diagnostic =
            Diagnostic::error(Code::UnknownEnvironment, format!("there is no environment `{environment}`"))
                .note(format!("an environment is a file in values/, and values/{file} is none"));
        if names.is_empty() {
            return diagnostic.help("create values/dev.yaml: each file there but base.yaml is an environment");
        }
        let diagnostic = diagnostic.note(format!("environments here: {}", names.join(", ")));
        match nearest(environment.as_str(), names.iter().copied()) {
            Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
            None => diagnostic.help(format!("render one of these, or create values/{file}")),
        }
    }
}

/// Whether the file `name` has a say in which layers there are: the base and what the program writes do not.
fn may_extend(name: &str) -> bool {
    name.strip_suffix(".yaml").is_some_and(|name| name != BASE && !name.contains('/'))
}

fn misplaced_extends(location: Location) -> Diagnostic {
    Diagnostic::error(Code::BadExtends, "`extends` has no meaning in this file")
        .at(location, "")
        .note("only an environment, or a layer that one extends, says which layers lie below it")
        .help("move it into the environment's own file")
}

fn parse(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    let node = load_one(source, Limits::default())?;
    if node.as_map().is_some() {
        return Ok(node);
    }
    Err(Diagnostic::error(Code::WrongType, "a values file is a mapping at the top")
        .at(node.location, "this is not `key: value`")
        .help("begin with a key such as `platform:`"))
}

/// The way through `extends`, deepest layer first.
struct Walk<'a> {
    layers: &'a Layers,
    order: Vec<String>,
    path: Vec<String>,
    found: Diagnostics,
}

impl Walk<'_> {
    fn add_if_there(&mut self, name: &str) {
        if self.layers.files.contains_key(name) && !self.order.iter().any(|added| added == name) {
            self.order.push(name.to_owned());
        }
    }

    /// Adds what the file `name` extends, but not the file itself.
    fn extend_from(&mut self, name: &str) {
        self.path.push(name.to_owned());
        let extends = match self.layers.files.get(name) {
            Some(Ok(node)) => node.child(EXTENDS),
            _ => None,
        };
        for parent in extends.map(names_of).unwrap_or_default() {
            match parent {
                Ok((parent, location)) => self.add_parent(&parent, location),
                Err(diagnostic) => self.found.push(diagnostic),
            }
        }
        self.path.pop();
    }

    fn add_parent(&mut self, parent: &str, location: Location) {
        let file = format!("{parent}.yaml");
        if self.path.contains(&file) {
            let circle: Vec<_> = self.path.iter().chain([&file]).map(|name| format!("`{name}`")).collect();
            self.found.push(
                Diagnostic::error(Code::BadExtends, "the layers extend each other in a circle")
                    .at(location, "leads back")
                    .note(circle.join(" extends "))
                    .help("take one of these out of its `extends`"),
            );
        } else if self.layers.names().any(|name| name == parent) {
            self.extend_from(&file);
            self.add_if_there(&file);
        } else {
            let diagnostic = Diagnostic::error(Code::BadExtends, format!("there is no layer `{parent}`"))
                .at(location.clone(), format!("values/{file} does not exist"));
            self.found.push(match nearest(parent, self.layers.names()) {
                Some(name) => diagnostic.suggest("a layer with a similar name exists", location, name),
                None => diagnostic.help(format!("create values/{file}, or take `{parent}` out of `extends`")),
            });
        }
    }
}

/// The names in an `extends` list, with their places.
fn names_of(node: &Node) -> Vec<Result<(String, Location), Diagnostic>> {
    let wrong = |node: &Node| {
        Err(Diagnostic::error(Code::WrongType, "`extends` is a list of layer names")
            .at(node.location.clone(), "not a list of names")
            .help("write `extends: [prod]`"))
    };
    let Some(items) = node.as_seq() else { return vec![wrong(node)] };
    let name = |item: &Node| match item.as_scalar() {
        Some(scalar) => Ok((scalar.text.clone(), item.location.clone())),
        None => wrong(item),
    };
    items.iter().map(name).collect()
}

#[cfg(test)]
mod tests;
