//! Plans in files: written by a plan, read by an apply that does exactly that or nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::step::Plan;

/// The form of the file.
const FORMAT: u32 = 1;

/// A plan as it is stored, with what it must be compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved<O, W> {
    /// The version of this form.
    format: u32,
    /// The version of the program that made it: another one may mean something else by the same step.
    program: String,
    /// What was wished besides the values: targets and flags.
    pub wishes: W,
    /// The plan.
    pub plan: Plan<O>,
}

/// Why a saved plan can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// It is no plan.
    #[error("it is no saved plan")]
    Unreadable(#[source] serde_json::Error),
    /// Another version of the program made it.
    #[error("it was made by version {0} of the program, and this is version {version}", version = crate::VERSION)]
    OtherProgram(String),
    /// The world, or the values, are not as they were.
    #[error("what it would change is not what it was made from any more")]
    Stale,
}

impl SavedError {
    /// What to do next, in one line.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "name a file that `plan --out FILE` wrote",
            Self::OtherProgram(_) => "make the plan again",
            Self::Stale => "make the plan again, and look at what has changed",
        }
    }
}

impl<O: Serialize + DeserializeOwned + PartialEq, W: Serialize + DeserializeOwned> Saved<O, W> {
    /// What is stored of `plan`.
    pub fn new(plan: Plan<O>, wishes: W) -> Self {
        Self { format: FORMAT, program: crate::VERSION.to_owned(), wishes, plan }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// The plan can't be written as JSON.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// It is something else, or of another version.
    pub fn parse(text: &str) -> Result<Self, SavedError> {
        // First what any version has: a newer form may differ in everything else.
        #[derive(Deserialize)]
        struct Head {
            format: u32,
            program: String,
        }
        let head: Head = serde_json::from_str(text).map_err(SavedError::Unreadable)?;
        if head.format != FORMAT || head.program != crate::VERSION {
            return Err(SavedError::OtherProgram(head.program));
        }
        serde_json::from_str(text).map_err(SavedError::Unreadable)
    }

    /// Holds it to a plan that was made now.
    ///
    /// # Errors
    /// It has other steps.
    pub fn check(&self, now: &Plan<O>) -> Result<(), SavedError> {
        let same = self.plan.environment == now.environment && self.plan.steps == now.steps;
        if same { Ok(()) } else { Err(SavedError::Stale) }
    }
}
