//! What is to be known of a code beyond its one line: why there is such a finding, and what to do.

use super::Code;

mod charts;
mod cloud;
mod files;
mod output;
mod references;
mod rendering;
mod schemas;
mod sealing;
mod values;

/// Why there are findings of a code, and what to do about one. Texts are Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What goes wrong where nobody minds it.
    pub why: &'static str,
    /// What to do, most likely first.
    pub mend: &'static [&'static str],
    /// How a message looks; empty where an example of a document says it better.
    pub example: &'static str,
}

/// The explanations, by the stages that report the codes.
const EXPLANATIONS: &[&[(Code, Explanation)]] = &[
    files::EXPLANATIONS,
    values::EXPLANATIONS,
    rendering::EXPLANATIONS,
    references::EXPLANATIONS,
    schemas::EXPLANATIONS,
    charts::EXPLANATIONS,
    sealing::EXPLANATIONS,
    output::EXPLANATIONS,
    cloud::EXPLANATIONS,
];

impl Code {
    /// What is to be known of the code, if it stands here. Those of policies stand with the policies.
    pub fn explanation(self) -> Option<&'static Explanation> {
        let mut all = EXPLANATIONS.iter().copied().flatten();
        all.find(|(code, _)| *code == self).map(|(_, explanation)| explanation)
    }
}
