//! Why a file is not what the inputs give: which of them are others than they were when the lock was written.

use std::collections::BTreeMap;
use std::fmt;

use super::lock::Lock;
use crate::tree::PROGRAM;

/// What became of an input since the last render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It has another text.
    Changed,
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
}

impl Change {
    /// The change in one word, for machines and people alike.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// One input that is another than the lock knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The path of the input, `--set`, or [`PROGRAM`].
    pub input: String,
    /// What became of it.
    pub change: Change,
    /// Which version of the program wrote the lock, where it was another one.
    pub version: Option<String>,
}

impl Cause {
    /// Whether a file that `template` made may depend on the input.
    fn reaches(&self, template: &str) -> bool {
        let is_macro = self.input.split('/').any(|segment| segment.starts_with('_'));
        !self.input.starts_with("templates/") || is_macro || self.input == template
    }
}

/// `values/dev.yaml changed`: as a note of a finding says it.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "version {version} of `render` wrote it, and this is {}", crate::VERSION),
            None if self.input == PROGRAM => {
                f.write_str("the templates in `render` are others than at the last render")
            }
            None => write!(f, "{} was {} since the last render", self.input, self.change.name()),
        }
    }
}

/// Every input of which `lock` says something else than `sources`, sorted. Nothing where the lock knows no inputs.
pub(super) fn causes(lock: &Lock, sources: &BTreeMap<String, String>) -> Vec<Cause> {
    let cause = |input: &str, change| Cause { input: input.to_owned(), change, version: None };
    let mut found = Vec::new();
    if lock.program != crate::VERSION {
        found.push(Cause { version: Some(lock.program.clone()), ..cause(PROGRAM, Change::Changed) });
    }
    if lock.sources.is_empty() {
        return found;
    }
    let present = sources.iter().map(|(path, digest)| (super::lock::escaped(path), digest));
    let present: BTreeMap<_, _> = present.collect();
    for (path, digest) in &present {
        match lock.sources.get(path) {
            None => found.push(cause(path, Change::Added)),
            Some(locked) if locked != *digest => found.push(cause(path, Change::Changed)),
            Some(_) => {}
        }
    }
    let gone = lock.sources.keys().filter(|path| !present.contains_key(*path));
    found.extend(gone.map(|path| cause(path, Change::Removed)));
    if lock.program != crate::VERSION {
        found.retain(|cause| cause.input != PROGRAM || cause.version.is_some());
    }
    found.sort();
    found
}

/// Those of `causes` that may be why a file of `template` differs. Its own template and the values are; so is a macro,
/// since it can't be told here who calls it.
pub(super) fn of_file(causes: &[Cause], template: &str) -> Vec<Cause> {
    causes.iter().filter(|cause| cause.reaches(template)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(path, digest)| (path.to_owned(), digest.to_owned())).collect()
    }

    fn lock(program: &str, pairs: &[(&str, &str)]) -> Lock {
        let (program, sources) = (program.to_owned(), sources(pairs));
        Lock { program, inputs: String::new(), sources, files: BTreeMap::new() }
    }

    #[test]
    fn what_differs_is_named_with_what_became_of_it() {
        let lock = lock("0.0.1", &[("values/a.yaml", "1"), ("values/b.yaml", "1"), ("--set", "1")]);
        let found = causes(&lock, &sources(&[("values/a.yaml", "1"), ("values/b.yaml", "2"), ("values/c.yaml", "1")]));
        let found: Vec<_> = found.iter().map(|cause| format!("{} {}", cause.input, cause.change.name())).collect();
        assert_eq!(found, ["--set removed", "program changed", "values/b.yaml changed", "values/c.yaml added"]);
    }

    #[test]
    fn a_lock_without_inputs_accuses_none() {
        assert_eq!(causes(&lock(crate::VERSION, &[]), &sources(&[("values/a.yaml", "1")])), []);
    }

    #[test]
    fn a_template_is_the_cause_of_its_own_files_only() {
        let changed = |input: &str| Cause { input: input.to_owned(), change: Change::Changed, version: None };
        let all = ["templates/a.yaml.j2", "templates/b.yaml.j2", "templates/x/_y.j2", "values/dev.yaml"].map(changed);
        let names: Vec<_> = of_file(&all, "templates/a.yaml.j2").into_iter().map(|cause| cause.input).collect();
        assert_eq!(names, ["templates/a.yaml.j2", "templates/x/_y.j2", "values/dev.yaml"]);
    }
}
