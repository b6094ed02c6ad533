//! Exceptions from checks: which findings the values ask to leave out, and which exceptions nothing needs any more.

use std::collections::BTreeSet;

use super::surroundings::Surroundings;
use super::{CheckedTree, finding::Finding, shown};
use crate::diagnostic::{Code, Diagnostic};

/// The exceptions of a tree's values, and which of them were of use.
pub(super) struct Exceptions<'a> {
    tree: &'a CheckedTree<'a>,
    around: &'a Surroundings<'a>,
    used: BTreeSet<&'a str>,
}

impl<'a> Exceptions<'a> {
    pub(super) fn new(tree: &'a CheckedTree<'a>, around: &'a Surroundings<'a>) -> Self {
        Self { tree, around, used: BTreeSet::new() }
    }

    /// Whether an exception covers `finding`; it is of use then.
    pub(super) fn cover(&mut self, finding: &Finding) -> bool {
        if self.tree.values.policies.exceptions_from(finding.code()).next().is_none() {
            return false;
        }
        let (path, index) = finding.document();
        let at = self.tree.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok();
        let document = at.and_then(|at| self.tree.files[at].documents.get(index));
        let text = |route: &[&str]| document.and_then(|document| document.text_at(route)).unwrap_or_default();
        let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
        let own = text(&["metadata", "namespace"]);
        let namespace = self.around.namespace(path, &own);
        self.covered(finding.code(), [&kind, namespace, &name, path])
    }

    /// The same for a finding about text, which may stand in no resource at all: an exception names its file.
    pub(super) fn cover_text(&mut self, found: &Diagnostic) -> bool {
        let folder = shown(self.tree.environment, "");
        let path = found.primary.as_ref().and_then(|label| label.location.source.path().strip_prefix(&folder));
        path.is_some_and(|path| self.covered(found.code, ["", "", "", path]))
    }

    fn covered(&mut self, code: Code, [kind, namespace, name, file]: [&str; 4]) -> bool {
        let of_code = self.tree.values.policies.exceptions_from(code);
        let used: Vec<_> = of_code.filter(|(_, one)| one.resource.matches(kind, namespace, name, file)).collect();
        self.used.extend(used.iter().map(|(name, _)| *name));
        !used.is_empty()
    }

    /// The exceptions that no finding needed. Where findings of a code are not looked for, it can't be told.
    pub(super) fn stale(&self) -> Vec<String> {
        let policies = &self.tree.values.policies;
        let is_judged = |code: &str| {
            let code = Code::ALL.iter().find(|one| one.name() == code);
            code.is_some_and(|code| policies.level(*code).severity().is_some())
        };
        let unused = policies
            .exceptions
            .iter()
            .filter(|(name, one)| !self.used.contains(name.as_str()) && is_judged(one.code.as_str()));
        unused.map(|(name, _)| name.to_string()).collect()
    }
}
