//! X.

use super::super::Code;
use super::Explanation;

pub(super) const EXPLANATIONS: &[(Code, Explanation)] = &[];
