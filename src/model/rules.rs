//! How values must agree with each other, where a schema cannot say it.

use super::values::Values;
use crate::diagnostic::{Code, Severity};

/// A rule that the values break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleViolation {
    /// Where: keys, and indexes as text, from the top of the merged values. A key that only a default stands for is not
    /// in any file; then the longest part of the path that is, is the place to show.
    pub path: Vec<String>,
    /// The headline: lower case, no full stop, names in backticks.
    pub message: String,
    /// A fact that explains it.
    pub note: Option<String>,
    /// What to do.
    pub help: String,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What kind of finding it is.
    pub code: Code,
}

/// Every rule that `values` break, in the order of the rules.
pub fn check(values: &Values) -> Vec<RuleViolation> {
    let _ = values;
    Vec::new()
}
