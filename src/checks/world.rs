//! All documents of an environment, with what is known of each other's: what is there, where, and what can't be known.
//!
//! One environment is one cluster. A namespace is closed if the tree makes it and all that is applied to it is rendered;
//! only of a closed one can a rule say that something is missing there. All others are open: a chart, a controller or a
//! person may bring what the tree does not show.

use std::collections::{BTreeMap, BTreeSet};

use super::CheckedTree;
use super::applied::Applied;
use super::facts::{
    Application, CLUSTER_INTERCEPTOR, CLUSTER_ROLE, CONFIG_MAP, Detail, Facts, Kind, NAMESPACE, Order, PRIORITY_CLASS,
    PROJECT, Project, Reference, SECRET, SERVICE, SERVICE_ACCOUNT, STORAGE_CLASS,
};

/// The namespaces that Kubernetes makes itself.
const OF_KUBERNETES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// The documents of a tree under check.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) tree: &'a CheckedTree<'a>,
    pub(super) facts: &'a [Facts<'a>],
    pub(super) applied: Applied<'a>,
    /// The namespace that each document goes to; `None` where that can't be told, or there is none.
    namespaces: Vec<Option<&'a str>>,
    by_namespace: BTreeMap<&'a str, Vec<usize>>,
    there: BTreeMap<Id<'a>, Found<'a>>,
    projects: BTreeMap<&'a str, (usize, &'a Project)>,
    open: Open<'a>,
    /// What sealing has to bring, which its own check looks after: namespace, name and keys.
    needed: BTreeMap<(String, String), BTreeSet<String>>,
}

/// A resource that is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// Which of the documents it is, or is made of.
    pub(super) by: usize,
    /// The parts that it has; `None` where they can't be told.
    pub(super) parts: Option<&'a [Box<str>]>,
}

/// Group, kind, namespace (empty for none) and name.
type Id<'a> = (&'a str, &'a str, &'a str, &'a str);

/// What becomes of a reference.
#[derive(Debug)]
pub(super) enum Resolved<'a> {
    Found(Found<'a>),
    /// It is nowhere. Only said where that is certain.
    Missing,
    Unknown,
}

/// Where things may be that the tree does not show.
#[derive(Debug, Default)]
struct Open<'a> {
    /// Everywhere.
    all: bool,
    /// In these namespaces.
    namespaces: BTreeSet<&'a str>,
    /// In the namespaces that one of these patterns fits.
    patterns: BTreeSet<&'a str>,
    /// Group and kind of things without a namespace, as patterns.
    kinds: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Open<'a> {
    /// In the namespaces that `pattern` fits, which is the name of one as a rule.
    fn open(&mut self, pattern: &'a str) {
        if is_pattern(pattern) {
            self.patterns.insert(pattern);
        } else {
            self.namespaces.insert(pattern);
        }
    }

    fn has(&self, namespace: &str) -> bool {
        self.all || self.namespaces.contains(namespace) || self.patterns.iter().any(|pattern| fits(pattern, namespace))
    }
}

impl<'a> World<'a> {
    pub(super) fn new(tree: &'a CheckedTree<'a>, facts: &'a [Facts<'a>]) -> Self {
        let needed = tree.values.secret_needs().into_iter().map(|need| {
            let id = (need.id.namespace().to_owned(), need.id.name().to_owned());
            (id, need.keys.iter().map(|key| key.key.as_str().to_owned()).collect())
        });
        let projects = facts.iter().enumerate().filter_map(|(index, facts)| match &facts.detail {
            Detail::Project(project) => Some((&*facts.id.name, (index, &**project))),
            _ => None,
        });
        let mut world = Self {
            tree,
            facts,
            applied: Applied::new(tree, facts),
            namespaces: Vec::new(),
            by_namespace: BTreeMap::new(),
            there: BTreeMap::new(),
            projects: projects.collect(),
            open: Open::default(),
            needed: needed.collect(),
        };
        world.namespaces = (0..facts.len()).map(|index| world.namespace_to_be(index)).collect();
        for (index, namespace) in world.namespaces.iter().enumerate() {
            if let Some(namespace) = namespace {
                world.by_namespace.entry(namespace).or_default().push(index);
            }
        }
        world.gather();
        world.open = world.opened();
        world
    }

    /// The namespace that the document goes to.
    pub(super) fn namespace(&self, index: usize) -> Option<&'a str> {
        self.namespaces[index]
    }

    fn namespace_to_be(&self, index: usize) -> Option<&'a str> {
        let facts = &self.facts[index];
        if facts.is_cluster_wide() == Some(true) {
            return None;
        }
        let own = facts.id.namespace.as_deref();
        let of = |application: Option<usize>| {
            Some(&*self.application(application?)?.namespace).filter(|name| !name.is_empty())
        };
        match self.applied.placements(facts.file.path.as_str()) {
            [] => own,
            [one, others @ ..] => {
                let first = one.namespace.or(own).or_else(|| of(one.application));
                let is_same =
                    others.iter().all(|other| other.namespace.or(own).or_else(|| of(other.application)) == first);
                first.filter(|_| is_same)
            }
        }
    }

    /// The Application that the document with this index describes.
    pub(super) fn application(&self, index: usize) -> Option<&'a Application> {
        match &self.facts[index].detail {
            Detail::Application(application) => Some(application),
            _ => None,
        }
    }

    /// The Application that applies the document, if there is exactly one.
    pub(super) fn applied_by(&self, index: usize) -> Option<usize> {
        match self.applied.placements(self.facts[index].file.path.as_str()) {
            [one] => one.application,
            _ => None,
        }
    }

    /// Whether kustomizations change the document.
    pub(super) fn is_changed(&self, index: usize) -> bool {
        self.applied.placements(self.facts[index].file.path.as_str()).iter().any(|one| one.is_changed)
    }

    /// The project of the Application `application`, if the tree has it.
    pub(super) fn project(&self, application: &Application) -> Option<(usize, &'a Project)> {
        self.projects.get(&*application.project).copied()
    }

    fn gather(&mut self) {
        for (by, facts) in self.facts.iter().enumerate().filter(|(_, facts)| !facts.is_patch) {
            let namespace = self.namespaces[by].unwrap_or_default();
            let parts = facts.parts.as_deref().filter(|_| !self.is_changed(by));
            self.there.insert((&facts.id.group, &facts.id.kind, namespace, &facts.id.name), Found { by, parts });
            for one in &facts.brings {
                let namespace = if one.kind.is_cluster_wide() == Some(true) { "" } else { namespace };
                let parts = one.parts.as_deref().filter(|_| !self.is_changed(by));
                self.there
                    .entry((&one.kind.group, &one.kind.name, namespace, &one.name))
                    .or_insert(Found { by, parts });
            }
        }
    }

    /// Looks for all that may bring more than is rendered.
    fn opened(&self) -> Open<'a> {
        let mut open = Open::default();
        for unseen in &self.applied.unseen {
            let application = unseen.application.and_then(|index| self.application(index));
            let project = application.and_then(|application| self.project(application));
            let Some((application, (_, project))) = application.zip(project) else {
                match unseen.namespace {
                    Some(namespace) => open.open(namespace),
                    None => open.all = true,
                }
                continue;
            };
            open.kinds.extend(project.cluster_allowed.iter().map(|(group, kind)| (&**group, &**kind)));
            if let Some(namespace) = unseen.namespace {
                open.open(namespace);
            } else {
                open.open(&application.namespace);
                project.destinations.iter().for_each(|(_, namespace)| open.open(namespace));
            }
        }
        for (index, facts) in self.facts.iter().enumerate() {
            let makes_any = matches!(facts.detail, Detail::Generator);
            if makes_any || facts.may_make_others() {
                // Where a kind that is not known has no namespace, it may be one that works everywhere.
                match facts.id.namespace.as_deref().and(self.namespaces[index]) {
                    Some(namespace) if !makes_any => open.open(namespace),
                    _ => open.all = true,
                }
            }
        }
        open
    }

    /// Whether all that is in `namespace` is rendered.
    pub(super) fn is_closed(&self, namespace: &str) -> bool {
        let is_made = namespace == "default" || self.is_there(&NAMESPACE, "", namespace);
        is_made && !self.open.has(namespace)
    }

    fn is_there(&self, kind: &Kind, namespace: &str, name: &str) -> bool {
        self.get(kind, namespace, name).is_some()
    }

    /// What `reference` in the document `from` leads to.
    pub(super) fn resolve(&self, from: usize, reference: &Reference) -> Resolved<'a> {
        let kind = &reference.kind;
        let cluster_wide = kind.is_cluster_wide() == Some(true);
        let own = reference.namespace.as_deref().or(self.namespaces[from]);
        let namespace = if cluster_wide { Some("") } else { own };
        let Some(namespace) = namespace else { return Resolved::Unknown };
        if let Some(found) = self.get(kind, namespace, &reference.name) {
            return Resolved::Found(found);
        }
        let is_unknown = if cluster_wide {
            let may_bring = |(group, name): &(&str, &str)| fits(group, &kind.group) && fits(name, &kind.name);
            self.open.all || self.open.kinds.iter().any(may_bring)
        } else {
            // A project has to be beside its Application, wherever that is.
            *kind != PROJECT && !self.is_closed(namespace)
        };
        let is_needed = *kind == SECRET && self.is_needed(namespace, &reference.name, None);
        if is_unknown || is_needed || is_of_cluster(kind, namespace, &reference.name) {
            Resolved::Unknown
        } else {
            Resolved::Missing
        }
    }

    /// Whether the values ask for this Secret, and this key of it, to be sealed.
    pub(super) fn is_needed(&self, namespace: &str, name: &str, key: Option<&str>) -> bool {
        let keys = self.needed.get(&(namespace.to_owned(), name.to_owned()));
        keys.is_some_and(|keys| key.is_none_or(|key| keys.contains(key)))
    }

    /// The resource of the kind `kind` in `namespace` with this name, if it is there.
    pub(super) fn get(&self, kind: &Kind, namespace: &str, name: &str) -> Option<Found<'a>> {
        self.there.get(&(&*kind.group, &*kind.name, namespace, name)).copied()
    }

    /// The names of the resources of the kind `kind` in `namespace`.
    pub(super) fn names<'s>(&'s self, kind: &'s Kind, namespace: &'s str) -> impl Iterator<Item = &'s str> {
        let first: Id<'s> = (&*kind.group, &*kind.name, namespace, "");
        let there: &'s BTreeMap<Id<'s>, Found<'s>> = &self.there;
        there
            .range(first..)
            .take_while(move |(id, _)| (id.0, id.1, id.2) == (first.0, first.1, first.2))
            .map(|(id, _)| id.3)
    }

    /// The documents that go to `namespace`.
    pub(super) fn in_namespace(&self, namespace: &str) -> &[usize] {
        self.by_namespace.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// The way from the outermost Application down to the document: each with when it is applied.
    pub(super) fn way(&self, index: usize) -> Vec<(usize, Order)> {
        let mut way = vec![(index, self.facts[index].order)];
        let mut at = index;
        while let Some(application) = self.applied_by(at) {
            if way.iter().any(|(seen, _)| *seen == application) {
                break;
            }
            way.push((application, self.facts[application].order));
            at = application;
        }
        way.reverse();
        way
    }
}

/// Whether the cluster has it from the start, or a controller puts it into every namespace.
fn is_of_cluster(kind: &Kind, namespace: &str, name: &str) -> bool {
    let any = |names: &[&str]| names.contains(&name);
    match kind {
        _ if *kind == NAMESPACE => OF_KUBERNETES.contains(&name),
        _ if *kind == SERVICE_ACCOUNT => name == "default",
        _ if *kind == CONFIG_MAP => name == "kube-root-ca.crt",
        _ if *kind == SERVICE => namespace == "default" && name == "kubernetes",
        _ if *kind == PROJECT => name == "default",
        _ if *kind == CLUSTER_ROLE => any(&["admin", "cluster-admin", "edit", "view"]) || name.starts_with("system:"),
        _ if *kind == PRIORITY_CLASS => any(&["system-cluster-critical", "system-node-critical"]),
        _ if *kind == STORAGE_CLASS => name.starts_with("do-block-storage"),
        // Tekton brings them, however it is installed.
        _ => *kind == CLUSTER_INTERCEPTOR,
    }
}

/// Whether `text` stands for more than itself in [`fits`].
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether `text` fits `pattern`, in which `*` is any text and `?` any character.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    if pattern == "*" || !is_pattern(pattern) {
        return pattern == "*" || pattern == text;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // Where the last `*` stands, and how much of the text it has taken so far.
    let mut last = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                last = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star, taken)) = last else { return false };
                last = Some((star, taken + 1));
                (at, read) = (star + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|one| *one == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_globs_do() {
        for (pattern, text, does) in [
            ("*", "", true),
            ("*", "web", true),
            ("web-*", "web-dev", true),
            ("web-*", "web", false),
            ("*-dev", "web-dev-dev", true),
            ("w?b", "web", true),
            ("", "web", false),
            ("web", "web", true),
            ("*a*b*", "xxaxxbxx", true),
        ] {
            assert_eq!(fits(pattern, text), does, "{pattern} {text}");
        }
        // One that a simple reading would never finish.
        assert!(!fits(&"*a".repeat(40), &"a".repeat(30_000)[..39]));
    }
}
