//! What changes in the files of an environment when one value changes: found by trying.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::schema;
use crate::pipeline::{After, Changed, Trial};
use crate::templates::Keys;
use crate::tree::OutputPath;

/// How many other values are tried in the place of a number or a text: thresholds lie on either side.
const TRIED: usize = 2;

/// How many values are offered to the types before a place is given up.
const OFFERED: usize = 40;

/// What was tried in the place of one value, and what became of the files.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The value's path.
    pub keys: Keys,
    /// Each value that was put there, with the files that came out different.
    pub tried: Vec<(Value, Changed)>,
    /// Why nothing could be tried, where nothing could.
    pub refused: Option<String>,
}

/// What a value has to do with lines of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reached {
    /// The lines that come out different or go away, counted from 1.
    pub lines: BTreeSet<usize>,
    /// The lines behind which others appear; 0 is the beginning.
    pub added_after: BTreeSet<usize>,
    /// The file goes away, with at least one of the values that were tried.
    pub goes: bool,
    /// The file is not there, and appears.
    pub appears: bool,
    /// Its template fails with the only values that could be tried, so lines can't be told.
    pub unclear: bool,
}

/// Tries other values at `keys`, looking at all files or at `only` one.
pub(super) fn experiment(trial: &Trial<'_>, whole: &Value, keys: &[String], only: Option<&OutputPath>) -> Experiment {
    let now = super::value_at(trial.values(), keys).unwrap_or(&Value::Null);
    let place = schema::at(whole, keys);
    let offers = schema::alternatives(place, now, whole, trial.values());
    let all = matches!(now, Value::Bool(_)) || place.is_some_and(|place| place.get("enum").is_some());
    let wanted = match now {
        _ if all => usize::MAX,
        Value::Number(_) | Value::Array(_) => TRIED,
        _ => 1,
    };
    let (mut tried, mut failed, mut refused) = (Vec::new(), None, None);
    for to in offers.into_iter().take(OFFERED) {
        match trial.change(keys, to.clone(), only) {
            Ok(changed) if changed.values().any(|after| *after == After::Failed) && !all => {
                failed.get_or_insert((to, changed));
            }
            Ok(changed) => tried.push((to, changed)),
            Err(problem) => {
                refused.get_or_insert(problem);
            }
        }
        if tried.len() >= wanted {
            break;
        }
    }
    if tried.is_empty() {
        tried.extend(failed);
    }
    let refused = tried.is_empty().then(|| refused.unwrap_or_else(|| "there is no other value to try".to_owned()));
    Experiment { keys: keys.to_vec(), tried, refused }
}

/// Tries each of `leaves`, in their order.
pub(super) fn experiments(
    trial: &Trial<'_>,
    schema: &Value,
    leaves: &[Keys],
    only: Option<&OutputPath>,
) -> Vec<Experiment> {
    leaves.par_iter().map(|keys| experiment(trial, schema, keys, only)).collect()
}

impl Experiment {
    /// What the experiment says of each file that it touched.
    pub fn reached(&self, trial: &Trial<'_>) -> BTreeMap<OutputPath, Reached> {
        let mut found: BTreeMap<OutputPath, Reached> = BTreeMap::new();
        for (path, after) in self.tried.iter().flat_map(|(_, changed)| changed) {
            reach(trial.text(path.as_str()), after, found.entry(path.clone()).or_default());
        }
        found
    }
}

impl Reached {
    /// Adds what `other` says of the same file.
    pub fn merge(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.added_after.extend(other.added_after);
        self.goes |= other.goes;
        self.appears |= other.appears;
        self.unclear |= other.unclear;
    }
}

/// Adds to `reached` how `after` differs from `now`.
pub(super) fn reach(now: Option<&str>, after: &After, reached: &mut Reached) {
    match (now, after) {
        (_, After::Failed) => reached.unclear = true,
        (None, _) => reached.appears = true,
        (Some(now), After::Gone) => {
            reached.goes = true;
            reached.lines.extend(1..=now.lines().count());
        }
        (Some(now), After::Text(after)) => {
            for (old, added) in differences(now, after) {
                reached.lines.extend(old.clone().map(|line| line + 1));
                if added && old.is_empty() {
                    reached.added_after.insert(old.start);
                }
            }
        }
    }
}

/// The stretches of lines (counted from 0) of `now` that `after` does not have; whether others stand in their place.
fn differences(now: &str, after: &str) -> Vec<(std::ops::Range<usize>, bool)> {
    let (now, after): (Vec<&str>, Vec<&str>) = (now.lines().collect(), after.lines().collect());
    let ops = capture_diff_slices(Algorithm::Myers, &now, &after);
    let changes = ops.into_iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changes.map(|op| (op.old_range(), !op.new_range().is_empty())).collect()
}

/// The line of `other` (counted from 1) that stands in the place of line `line` of `text`.
pub(super) fn same_line(text: &str, other: &str, line: usize) -> Option<usize> {
    if text == other {
        return Some(line);
    }
    let (lines, others): (Vec<&str>, Vec<&str>) = (text.lines().collect(), other.lines().collect());
    let at = line.checked_sub(1)?;
    let ops = capture_diff_slices(Algorithm::Myers, &lines, &others);
    let op = ops.into_iter().find(|op| op.old_range().contains(&at))?;
    let (old, new) = (op.old_range(), op.new_range());
    (old.len() == new.len()).then(|| new.start + at - old.start + 1)
}
