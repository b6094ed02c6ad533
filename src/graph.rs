//! The App of Apps as a graph: which Argo CD Applications there are, who brings whom, in which order, and who needs
//! what of whom.
//!
//! It is read from the rendered files, so it shows what Argo CD will see, whatever the templates are. Pure: a [`Tree`] in,
//! data or text out; it knows nothing of values, and guesses nothing that the files do not tell.
//!
//! * `read` finds the Applications, the files that each of them applies, and its parent;
//! * `needs` says which Application has to be there before another one can be applied;
//! * `mermaid`, `dot` and `json` write the graph down; `layout` places it, and `svg` draws what is placed.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::Tree;

mod dot;
mod json;
mod layout;
mod mermaid;
mod needs;
mod read;
mod svg;
mod text;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;

pub use svg::{STYLE, THEME};

/// The App of Apps of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The environment's name.
    pub environment: String,
    /// The Applications: each behind its parent, siblings by wave and name.
    pub applications: Vec<Application>,
    /// Who needs whom, by the order of the Applications.
    pub needs: Vec<Need>,
    /// The projects, by name.
    pub projects: Vec<Project>,
}

/// An Argo CD Application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// Its namespace and name, as in `argocd/root`: no other Application of the cluster has both.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The rendered file that holds it, from the environment's folder.
    pub file: String,
    /// The project that it belongs to.
    pub project: String,
    /// The namespace that it installs into; empty where it names none.
    pub namespace: String,
    /// When its parent applies it, lowest first.
    pub wave: i64,
    /// Who applies it, as an index of [`Graph::applications`]; `None` for what a person applies.
    pub parent: Option<usize>,
    /// The Helm charts that it installs.
    pub charts: Vec<Chart>,
    /// The folders of the repository that it applies.
    pub paths: Vec<String>,
}

/// A Helm chart at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Where it comes from.
    pub repository: String,
    /// Its name there.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// That one Application can't be applied, or does not work, before another one is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Who needs something, as an index of [`Graph::applications`].
    pub from: usize,
    /// Who brings it.
    pub to: usize,
    /// What it is, a few words each, such as `issuer letsencrypt`.
    pub reasons: Vec<String>,
}

/// An Argo CD project: what its Applications may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The namespaces that its Applications may install into.
    pub namespaces: Vec<String>,
    /// The repositories that they may come from.
    pub repositories: Vec<String>,
}

impl Graph {
    /// The graph of the Applications in `tree`.
    pub fn of(tree: &Tree) -> Self {
        read::graph(tree)
    }

    /// What `application` applies, in the order of the graph.
    fn children(&self, application: usize) -> impl Iterator<Item = usize> {
        (0..self.applications.len()).filter(move |child| self.applications[*child].parent == Some(application))
    }

    /// The needs that do not follow from others: whoever needs certificates needs what certificates need, too. Pictures
    /// that others lay out show these only, since every line more makes them harder to read.
    fn direct_needs(&self) -> Vec<&Need> {
        let mut below: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for need in &self.needs {
            below.entry(need.from).or_default().push(need.to);
        }
        let of = |index: usize| below.get(&index).map_or(&[][..], Vec::as_slice);
        // Whether a way of needs leads from `start` to `wanted`, other than through `without`.
        let leads = |start: usize, wanted: usize, without: usize| {
            let mut seen = BTreeSet::from([without]);
            let mut open = vec![start];
            while let Some(next) = open.pop() {
                if next == wanted {
                    return true;
                }
                if seen.insert(next) {
                    open.extend(of(next));
                }
            }
            false
        };
        let follows = |need: &Need| of(need.from).iter().any(|via| *via != need.to && leads(*via, need.to, need.from));
        self.needs.iter().filter(|need| !follows(need)).collect()
    }

    /// What nobody applies but a person.
    fn roots(&self) -> impl Iterator<Item = usize> {
        (0..self.applications.len()).filter(|index| self.applications[*index].parent.is_none())
    }

    /// `applications` in runs that have the same wave, lowest first.
    fn waves(&self, applications: impl Iterator<Item = usize>) -> Vec<(i64, Vec<usize>)> {
        let mut waves: Vec<(i64, Vec<usize>)> = Vec::new();
        for index in applications {
            let wave = self.applications[index].wave;
            match waves.last_mut() {
                Some((last, members)) if *last == wave => members.push(index),
                _ => waves.push((wave, vec![index])),
            }
        }
        waves
    }
}

impl Application {
    /// What it installs, in a few words: its charts with their versions, or else its folders.
    pub fn content(&self) -> String {
        let charts: Vec<_> = self.charts.iter().map(|chart| format!("{} {}", chart.name, chart.version)).collect();
        if charts.is_empty() { self.paths.join(", ") } else { charts.join(", ") }
    }
}
