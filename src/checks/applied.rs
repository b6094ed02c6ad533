//! Which Application applies which file, by which kustomizations, and into which namespace.
//!
//! What is not in the tree can't be told: the resources of a chart, of another repository, of a base outside of `out/`.
//! Where such a thing is applied stands here as [`Unseen`], so that no rule takes what it can't see for missing.

use std::collections::{BTreeMap, BTreeSet};

use super::CheckedTree;
use super::facts::{Application, Detail, Facts, Kustomization, Route};

/// How the files of a tree get into the cluster.
#[derive(Debug)]
pub(super) struct Applied<'a> {
    files: BTreeMap<&'a str, Vec<Placement<'a>>>,
    /// The kustomization in each folder.
    pub(super) kustomizations: BTreeMap<&'a str, Followed<'a>>,
    /// Whatever is applied beside what is rendered.
    pub(super) unseen: Vec<Unseen<'a>>,
}

/// One way by which a file is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement<'a> {
    /// Which of the documents is the Application.
    pub(super) application: Option<usize>,
    /// The namespace that kustomizations put it into, whatever it says.
    pub(super) namespace: Option<&'a str>,
    /// Whether kustomizations change its labels, or parts of it.
    pub(super) is_changed: bool,
}

/// Something is applied that no rendered file shows.
#[derive(Debug)]
pub(super) struct Unseen<'a> {
    /// The Application that does; `None` where nobody knows who.
    pub(super) application: Option<usize>,
    /// The one namespace that it all goes to, where that is known.
    pub(super) namespace: Option<&'a str>,
}

/// What a path of a kustomization leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A file of the tree.
    File(&'a str),
    /// A folder of the tree.
    Folder(&'a str),
    /// Nothing that is in the tree, where it would have to be.
    Missing(String),
    /// A place outside of the tree.
    Outside,
}

/// The names that kustomize gives its own file.
pub(super) const KUSTOMIZATIONS: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization, and where its paths lead.
#[derive(Debug)]
pub(super) struct Followed<'a> {
    /// Which of the documents it is.
    pub(super) index: usize,
    pub(super) says: &'a Kustomization,
    /// What each of its resources leads to.
    pub(super) resources: Vec<Target<'a>>,
    /// What each of its other files leads to.
    pub(super) files: Vec<Target<'a>>,
}

impl<'a> Followed<'a> {
    /// The folders that it takes resources of.
    pub(super) fn folders(&self) -> impl Iterator<Item = &'a str> {
        self.resources
            .iter()
            .filter_map(|target| if let Target::Folder(folder) = target { Some(*folder) } else { None })
    }
}

/// The kustomization in each folder.
fn kustomizations<'a>(tree: &'a CheckedTree<'a>, facts: &'a [Facts<'a>]) -> BTreeMap<&'a str, Followed<'a>> {
    let each = facts.iter().enumerate().filter_map(|(index, facts)| match &facts.detail {
        Detail::Kustomization(says) => {
            let folder = facts.folder();
            let name = facts.file.path.as_str().rsplit('/').next().unwrap_or_default();
            let targets =
                |paths: &[(Box<str>, Route)]| paths.iter().map(|(path, _)| target(tree, folder, path)).collect();
            let followed =
                || Followed { index, says, resources: targets(&says.resources), files: targets(&says.files) };
            KUSTOMIZATIONS.contains(&name).then(|| (folder, followed()))
        }
        _ => None,
    });
    each.collect()
}

/// What `path`, as a kustomization in `folder` writes it, leads to.
fn target<'a>(tree: &'a CheckedTree<'a>, folder: &str, path: &str) -> Target<'a> {
    let is_remote = path.contains("://") || path.contains('?') || path.contains('@') || path.starts_with('/');
    if is_remote {
        return Target::Outside;
    }
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                if segments.pop().is_none() {
                    return Target::Outside;
                }
            }
            name => segments.push(name),
        }
    }
    let joined = segments.join("/");
    if let Some(file) = file_at(tree, &joined) {
        Target::File(file)
    } else if joined.is_empty() {
        Target::Folder("")
    } else if let Some(file) = below(tree, &joined).next() {
        Target::Folder(&file[..joined.len()])
    } else if path
        .split('/')
        .next()
        .is_some_and(|first| first.trim_start_matches('.').contains('.') && path.contains('/'))
    {
        // `github.com/example/base`: kustomize takes a repository where there is no such folder.
        Target::Outside
    } else {
        Target::Missing(joined)
    }
}

/// The path of the file at `path`, if it is one of `tree`.
fn file_at<'a>(tree: &'a CheckedTree<'a>, path: &str) -> Option<&'a str> {
    let at = tree.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
    Some(tree.files[at].path.as_str())
}

/// Whether a file of `tree` is below `folder`.
pub(super) fn has_folder(tree: &CheckedTree<'_>, folder: &str) -> bool {
    folder.is_empty() || below(tree, folder).next().is_some()
}

/// The paths of the files below `folder`.
fn below<'a>(tree: &CheckedTree<'a>, folder: &str) -> impl Iterator<Item = &'a str> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let first = tree.files.partition_point(|file| file.path.as_str() < prefix.as_str());
    tree.files[first..].iter().map(|file| file.path.as_str()).take_while(move |path| path.starts_with(&prefix))
}

/// The folder of the tree that `path`, from the root of the repository, is; `None` for one outside.
pub(super) fn in_tree<'p>(tree: &CheckedTree<'_>, path: &'p str) -> Option<&'p str> {
    let rest = path.trim_start_matches("./").strip_prefix("out/")?.strip_prefix(tree.environment)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// Whether `repository` is the one that the tree is committed to.
pub(super) fn is_own(tree: &CheckedTree<'_>, repository: &str) -> bool {
    let plain = |url: &str| url.trim_end_matches('/').trim_end_matches(".git").to_lowercase();
    plain(repository) == plain(&tree.values.platform.repository.url.to_string())
}

/// Walks from Applications and kustomizations to files.
struct Walk<'w, 'a> {
    tree: &'a CheckedTree<'a>,
    kustomizations: &'w BTreeMap<&'a str, Followed<'a>>,
    files: BTreeMap<&'a str, Vec<Placement<'a>>>,
    unseen: Vec<Unseen<'a>>,
    /// The folders on the way to here: a kustomization that leads back to itself ends there.
    way: BTreeSet<&'a str>,
    /// The folders that something leads to.
    reached: BTreeSet<&'a str>,
}

impl<'a> Applied<'a> {
    pub(super) fn new(tree: &'a CheckedTree<'a>, facts: &'a [Facts<'a>]) -> Self {
        let kustomizations = kustomizations(tree, facts);
        let mut walk = Walk {
            tree,
            kustomizations: &kustomizations,
            files: BTreeMap::new(),
            unseen: Vec::new(),
            way: BTreeSet::new(),
            reached: BTreeSet::new(),
        };
        for (index, facts) in facts.iter().enumerate() {
            if let Detail::Application(application) = &facts.detail {
                walk.application(index, application);
            }
        }
        // What a person applies: kustomizations that nothing else takes.
        let taken: BTreeSet<&str> = kustomizations.values().flat_map(Followed::folders).collect();
        for folder in kustomizations.keys().filter(|folder| !taken.contains(*folder)) {
            if !walk.reached.contains(folder) {
                walk.folder(folder, Placement { application: None, namespace: None, is_changed: false }, false);
            }
        }
        let Walk { files, unseen, .. } = walk;
        Self { files, kustomizations, unseen }
    }

    /// The ways by which `file` is applied.
    pub(super) fn placements(&self, file: &str) -> &[Placement<'a>] {
        self.files.get(file).map_or(&[], Vec::as_slice)
    }
}

impl<'a> Walk<'_, 'a> {
    fn application(&mut self, index: usize, application: &'a Application) {
        let placement = Placement { application: Some(index), namespace: None, is_changed: false };
        for source in &application.sources {
            let folder = in_tree(self.tree, &source.path).filter(|_| is_own(self.tree, &source.repository));
            match folder {
                Some(folder) if !source.is_made => self.folder(folder, placement, source.is_deep),
                // It is there for the files of values in it.
                None if source.path.is_empty() && !source.is_made && !source.name.is_empty() => {}
                _ => self.unseen.push(Unseen { application: Some(index), namespace: None }),
            }
        }
    }

    /// All that is applied where `folder` is.
    fn folder(&mut self, folder: &str, placement: Placement<'a>, is_deep: bool) {
        let tree = self.tree;
        if let Some((folder, followed)) = self.kustomizations.get_key_value(folder) {
            self.kustomization(folder, followed, placement);
            return;
        }
        for path in below(tree, folder) {
            let is_deeper = path[folder.len()..].trim_start_matches('/').contains('/');
            if is_deep || !is_deeper {
                self.place(path, placement);
            }
        }
    }

    fn kustomization(&mut self, folder: &'a str, followed: &Followed<'a>, outer: Placement<'a>) {
        let kustomization = followed.says;
        if !self.way.insert(folder) {
            return;
        }
        self.reached.insert(folder);
        let placement = Placement {
            application: outer.application,
            namespace: outer.namespace.or(kustomization.namespace.as_deref()),
            is_changed: outer.is_changed || kustomization.changes || kustomization.makes_more,
        };
        let mut is_unseen = kustomization.makes_more;
        for name in KUSTOMIZATIONS {
            let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
            if let Some(path) = file_at(self.tree, &path) {
                self.place(path, placement);
            }
        }
        for target in &followed.resources {
            match target {
                Target::File(path) => self.place(path, placement),
                Target::Folder(folder) => self.folder(folder, placement, false),
                Target::Outside => is_unseen = true,
                Target::Missing(_) => {}
            }
        }
        for target in &followed.files {
            if let Target::File(path) = target {
                self.place(path, placement);
            }
        }
        if is_unseen {
            let Placement { application, namespace, .. } = placement;
            self.unseen.push(Unseen { application, namespace });
        }
        self.way.remove(folder);
    }

    /// Notes that the file of the tree at `path` is applied.
    fn place(&mut self, path: &'a str, placement: Placement<'a>) {
        let placements = self.files.entry(path).or_default();
        if !placements.contains(&placement) {
            placements.push(placement);
        }
    }
}
