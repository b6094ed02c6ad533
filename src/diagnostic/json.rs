//! Diagnostics for machines: one JSON object each, stable in its keys.

use serde_json::{Value, json};

use super::{Diagnostic, Help, Label, Severity};
use crate::source::Location;

impl Diagnostic {
    /// The finding as one JSON object: `code`, `severity`, `message`, `file`, `labels`, `notes`, `helps`.
    ///
    /// Lines and columns count from 1, columns in characters, `start` and `end` in bytes.
    pub fn to_json(&self) -> Value {
        let primary = self.primary.iter().map(|label| label_json(label, true));
        let secondary = self.secondary.iter().map(|label| label_json(label, false));
        json!({
            "type": "diagnostic",
            "code": self.code.name(),
            "severity": match self.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            "message": self.message,
            "file": self.path(),
            "labels": primary.chain(secondary).collect::<Vec<_>>(),
            "notes": self.notes,
            "helps": self.helps.iter().map(help_json).collect::<Vec<_>>(),
        })
    }
}

fn label_json(label: &Label, primary: bool) -> Value {
    let mut value = location_json(&label.location);
    value["primary"] = json!(primary);
    value["text"] = json!(label.text);
    value
}

fn location_json(location: &Location) -> Value {
    let (line, column) = location.line_column();
    json!({
        "file": location.source.path(),
        "line": line,
        "column": column,
        "start": location.span.start,
        "end": location.span.end,
    })
}

fn help_json(help: &Help) -> Value {
    match help {
        Help::Text(text) => json!({ "text": text }),
        Help::Replace { text, location, with } => {
            json!({ "text": text, "replace": location_json(location), "with": with })
        }
    }
}
