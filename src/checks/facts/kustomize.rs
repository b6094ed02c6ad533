//! Kustomizations: which files they put together, and what they change of them.

use super::{CONFIG_MAP, Cursor, Detail, Facts, Route, SECRET};

/// A kustomization.
#[derive(Debug, Default)]
pub(in crate::checks) struct Kustomization {
    /// Files and folders whose resources it takes, as they are written, each with where.
    pub(in crate::checks) resources: Vec<(Box<str>, Route)>,
    /// All other files that it reads.
    pub(in crate::checks) files: Vec<(Box<str>, Route)>,
    /// The namespace that it puts everything into.
    pub(in crate::checks) namespace: Option<Box<str>>,
    /// Whether it makes things, or names, that no rendered file has.
    pub(in crate::checks) makes_more: bool,
    /// Whether it changes labels, or lays patches over resources.
    pub(in crate::checks) changes: bool,
}

/// Lists that name files as they are.
const FILES: &[&str] = &["patchesStrategicMerge", "configurations", "crds", "generators", "transformers", "validators"];

/// Lists of maps that name a file.
const PATHS: &[&str] = &["patches", "patchesJson6902", "replacements"];

/// What changes labels or parts.
const CHANGES: &[&str] = &[
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "transformers",
    "labels",
    "commonLabels",
    "components",
];

/// What makes things or names that no rendered file has.
const MAKERS: &[&str] =
    &["helmCharts", "helmChartInflationGenerator", "generators", "transformers", "namePrefix", "nameSuffix"];

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>) {
    let mut found = Kustomization::default();
    for list in ["resources", "bases", "components"] {
        root.each(list, |one| found.resources.extend(one.value().as_str().map(|path| (path.into(), one.route()))));
    }
    for list in FILES {
        // One that begins on a line of its own is no path but the thing itself.
        root.each(list, |one| {
            let path = one.value().as_str().filter(|text| !text.contains('\n'));
            found.files.extend(path.map(|path| (path.into(), one.route())));
        });
    }
    for list in PATHS {
        root.each(list, |one| {
            found.files.extend(one.at("path").and_then(|at| Some((at.value().as_str()?.into(), at.route()))));
        });
    }
    for (list, kind) in [("configMapGenerator", CONFIG_MAP), ("secretGenerator", SECRET)] {
        root.each(list, |one| {
            facts.bring(kind.clone(), one.text("name"), None);
            for files in ["files", "envs"] {
                one.each(files, |file| {
                    // `key=path`, or the path alone.
                    let path = file.value().as_str().map(|text| text.split_once('=').map_or(text, |(_, path)| path));
                    found.files.extend(path.map(|path| (path.into(), file.route())));
                });
            }
        });
    }
    let namespace = root.text("namespace");
    found.namespace = (!namespace.is_empty()).then(|| namespace.into());
    found.makes_more = MAKERS.iter().any(|key| root.at(key).is_some());
    found.changes = CHANGES.iter().any(|key| root.at(key).is_some());
    facts.detail = Detail::Kustomization(Box::new(found));
}
