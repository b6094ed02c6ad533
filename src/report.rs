//! Pages for people: what an environment is, how environments differ, and what a render would change, each as ONE HTML
//! file that needs no network.
//!
//! A page says so itself: its policy allows the one style and the one script that stand in it, by their digests, and no
//! request at all. It is complete without the script, which only filters and changes the theme. Everything that comes
//! from values or files is escaped by the template engine.
//!
//! Pure: data in, text out, and the same data give the same bytes. It asks nobody for the time, and draws no graph: that
//! is [`graph`](crate::graph)'s.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};

mod changes;
mod comparison;
mod environment;
mod page;

pub use changes::{Change, Changes, Danger, FieldChange, FileDiff, Line, ResourceChange, Sides};
pub use environment::Environment;
pub use page::Error;

use comparison::Comparison;

/// A finding as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    severity: &'static str,
    code: &'static str,
    message: String,
    place: String,
    /// The finding as the command prints it.
    text: String,
}

impl From<&Diagnostic> for Finding {
    fn from(finding: &Diagnostic) -> Self {
        let place = match (&finding.primary, &finding.file) {
            (Some(label), _) => {
                let (line, column) = label.location.line_column();
                format!("{}:{line}:{column}", label.location.source.path())
            }
            (None, Some(file)) => file.clone(),
            (None, None) => String::new(),
        };
        let one: Diagnostics = finding.clone().into();
        Self {
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: finding.code.name(),
            message: finding.message.clone(),
            place,
            text: one.to_text(false),
        }
    }
}

/// The page about `environments`, with `findings` about any of them.
///
/// # Errors
/// A template of this room is wrong, which its tests would show.
pub fn report(environments: &[Environment], findings: &Diagnostics) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Data<'a> {
        environments: &'a [Environment],
        comparison: Option<Comparison>,
        findings: Vec<Finding>,
    }
    let comparison = Comparison::of(environments);
    let findings = findings.iter().map(Finding::from).collect();
    page::render("report.html.j2", &Data { environments, comparison, findings })
}

/// The page about what changes from one side to the other, one section for each environment.
///
/// # Errors
/// As [`report`].
pub fn diff_page(sides: &Sides, changes: &[Changes]) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Data<'a> {
        sides: &'a Sides,
        environments: &'a [Changes],
    }
    page::render("diff.html.j2", &Data { sides, environments: changes })
}
