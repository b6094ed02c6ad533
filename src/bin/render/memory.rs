//! What this clone remembers of checks that found everything in order, so that the next one need not render again.
//!
//! A lock in the repository can be forged together with the files that it lists; a check that believed it would let both
//! pass. What is remembered here can't be: it lies inside the `.git` folder, which no commit can reach. Whoever clones
//! the repository has none of it, and renders. It holds for one build of the program only.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use supercargo::diagnostic::{Diagnostics, StoredDiagnostics};
use supercargo::hex::hex;
use supercargo::output::{self, Digest};
use supercargo::pipeline::Inputs;
use supercargo::store::{self, Audience, Store};
use supercargo::tree::OutputPath;

use crate::staged::Staged;

/// The memory of one project. Without a clone of Git it remembers nothing.
#[derive(Debug)]
pub(crate) struct Memory {
    store: Option<Store>,
    /// What tells this program from any other.
    program: Option<String>,
    /// What tells this project from others in the same clone.
    project: String,
}

/// A check that found everything in order, but for what is only worth knowing.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    program: String,
    /// What was checked.
    subject: String,
    /// What was found there: for an environment the digest of its lock.
    result: String,
    found: StoredDiagnostics,
}

/// Whose answer about a whole project is meant. Its text is what the memory has it under, apart from all environments.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// That of `check`.
    Check,
    /// That of `diff`, which knows less.
    Diff,
}

impl Answer {
    const fn name(self) -> &'static str {
        match self {
            Self::Check => "check.project",
            Self::Diff => "diff.project",
        }
    }
}

/// A project whose environments are known to be current.
pub(crate) struct Current {
    /// The environments that were selected, with the number of their files.
    pub(crate) environments: Vec<(String, usize)>,
    /// What a check of them finds.
    pub(crate) found: Diagnostics,
}

/// An environment that is known to be current.
pub(crate) struct Unchanged {
    /// The digest of its lock.
    pub(crate) lock: Digest,
    pub(crate) files: Vec<OutputPath>,
    /// What a render of it would find.
    pub(crate) found: Diagnostics,
}

impl Memory {
    /// What the clone remembers of the project at `root`.
    pub(crate) fn of(root: &Path) -> Self {
        let program = std::env::current_exe().ok().and_then(|path| store::stamp(&path));
        let program = program.map(|stamp| format!("{} {stamp}", supercargo::VERSION));
        let real = store::real_path(root).unwrap_or_else(|_| root.to_path_buf());
        let project = hex(&Sha256::digest(real.as_os_str().as_encoded_bytes())[..8]);
        Self { store: store::git_folder(root).map(|folder| Store::new(&folder)), program, project }
    }

    fn path(&self, name: &str) -> String {
        format!("supercargo/{}/{name}.json", self.project)
    }

    /// The result and the findings of the last check of `subject` under `name`, if there was one.
    pub(crate) fn recall(&self, name: &str, subject: &str) -> Option<(String, Diagnostics)> {
        let text = self.store.as_ref()?.read(&self.path(name)).ok()??;
        let entry: Entry = serde_json::from_str(text.text()).ok()?;
        let same = Some(&entry.program) == self.program.as_ref() && entry.subject == subject;
        if same { Some((entry.result, entry.found.restore()?)) } else { None }
    }

    /// Remembers it. What can't be stored is found out anew the next time.
    pub(crate) fn learn(&self, name: &str, subject: &str, result: &str, found: &Diagnostics) {
        let (Some(store), Some(program)) = (&self.store, &self.program) else { return };
        let entry = Entry {
            program: program.clone(),
            subject: subject.to_owned(),
            result: result.to_owned(),
            found: StoredDiagnostics::of(found),
        };
        let _ =
            serde_json::to_string(&entry).map(|text| store.replace(&self.path(name), text.as_bytes(), Audience::Owner));
    }

    /// Whether a check of the same `inputs` by the same program found the folder as it is now, and in order.
    pub(crate) fn unchanged(&self, root: &Path, inputs: &Inputs) -> Result<Option<Unchanged>, output::Error> {
        let known = self.recall(inputs.environment.as_str(), &inputs.digest);
        let Some((Some(lock), found)) = known.map(|(lock, found)| (Digest::parse(&lock), found)) else {
            return Ok(None);
        };
        let files = output::matches(root, &inputs.environment, lock)?;
        Ok(files.map(|files| Unchanged { lock, files, found }))
    }

    /// What is known of the project as it is in `staged`, if all that `selection` asks about was found current there.
    pub(crate) fn current(&self, answer: Answer, staged: &Staged, selection: &str) -> Option<Current> {
        let (result, found) = self.recall(answer.name(), &subject(staged, selection))?;
        let environments = result.lines().map(|line| {
            let (name, files) = line.split_once(' ')?;
            Some((name.to_owned(), files.parse().ok()?))
        });
        Some(Current { environments: environments.collect::<Option<_>>()?, found })
    }

    /// Remembers it.
    pub(crate) fn learn_current(&self, answer: Answer, staged: &Staged, selection: &str, current: &Current) {
        let lines = current.environments.iter().map(|(name, files)| format!("{name} {files}\n"));
        self.learn(answer.name(), &subject(staged, selection), &lines.collect::<String>(), &current.found);
    }
}

fn subject(staged: &Staged, selection: &str) -> String {
    format!("{}{selection}", staged.identity())
}
