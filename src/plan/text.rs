//! Plans for people, in the signs and words that users of Terraform know.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::step::{Action, Attribute, Counts, Need, Plan, Report, Shown, Step};

const CREATE: Style = AnsiColor::Green.on_default();
const CHANGE: Style = AnsiColor::Yellow.on_default();
const DESTROY: Style = AnsiColor::Red.on_default();
const STRONG: Style = Style::new().bold();

impl Action {
    /// The sign before a resource, three characters wide.
    const fn sign(self) -> &'static str {
        match self {
            Self::Create => "  +",
            Self::Update => "  ~",
            Self::Replace => "+/-",
            Self::Delete => "  -",
            Self::Adopt => "  >",
        }
    }

    const fn style(self) -> Style {
        match self {
            Self::Create => CREATE,
            Self::Update | Self::Adopt | Self::Replace => CHANGE,
            Self::Delete => DESTROY,
        }
    }

    /// What happens to the resource; completes "`address` …".
    const fn future(self) -> &'static str {
        match self {
            Self::Create => "will be created",
            Self::Update => "will be updated in-place",
            Self::Replace => "must be replaced",
            Self::Delete => "will be destroyed",
            Self::Adopt => "will be adopted",
        }
    }

    /// What is being done, as the first word of a line.
    pub const fn present(self) -> &'static str {
        match self {
            Self::Create => "Creating",
            Self::Update => "Modifying",
            Self::Replace => "Replacing",
            Self::Delete => "Destroying",
            Self::Adopt => "Adopting",
        }
    }

    /// What was done, as the first word of a line.
    pub const fn past(self) -> &'static str {
        match self {
            Self::Create => "Creation",
            Self::Update => "Modification",
            Self::Replace => "Replacement",
            Self::Delete => "Destruction",
            Self::Adopt => "Adoption",
        }
    }
}

impl Counts {
    /// What will be done: `3 to add, 1 to change, 0 to destroy`.
    pub fn planned(&self) -> String {
        let adopt = if self.adopt > 0 { format!(", {} to adopt", self.adopt) } else { String::new() };
        format!("{} to add, {} to change, {} to destroy{adopt}", self.add, self.change, self.destroy)
    }

    /// What was done: `3 added, 1 changed, 0 destroyed`.
    pub fn applied(&self) -> String {
        let adopt = if self.adopt > 0 { format!(", {} adopted", self.adopt) } else { String::new() };
        format!("{} added, {} changed, {} destroyed{adopt}", self.add, self.change, self.destroy)
    }
}

impl<O> Plan<O> {
    /// The whole plan as text, with colours if wanted, and a summary as its last line.
    pub fn to_text(&self, is_coloured: bool) -> String {
        let paint = Paint { is_coloured };
        let mut text = String::new();
        for step in &self.steps {
            push_step(&mut text, step, &paint);
        }
        if !self.reports.is_empty() {
            text.push_str("Seen, and left as it is:\n");
            self.reports.iter().for_each(|report| push_report(&mut text, report));
            text.push('\n');
        }
        if self.is_empty() {
            let _ = writeln!(text, "{} There is nothing to do.", paint.of(STRONG, "No changes."));
        } else {
            let _ = writeln!(text, "{} {}.", paint.of(STRONG, "Plan:"), self.counts().planned());
        }
        text
    }
}

struct Paint {
    is_coloured: bool,
}

impl Paint {
    fn of(&self, style: Style, text: &str) -> String {
        if self.is_coloured { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn push_step<O>(text: &mut String, step: &Step<O>, paint: &Paint) {
    let (address, action) = (&step.address, step.action);
    let reason = if step.reason.is_empty() { String::new() } else { format!(" ({})", step.reason) };
    let _ = writeln!(text, "  # {} {}{reason}", paint.of(STRONG, &address.to_string()), action.future());
    let (sign, open) = (paint.of(action.style(), action.sign()), if step.attributes.is_empty() { "{}" } else { "{" });
    let _ = writeln!(text, "{sign} {} {:?} {open}", address.kind(), address.name());
    let width = step.attributes.iter().map(|attribute| attribute.name.chars().count()).max().unwrap_or(0);
    for attribute in &step.attributes {
        push_attribute(text, attribute, width, paint);
    }
    if !step.attributes.is_empty() {
        text.push_str("    }\n");
    }
    for warning in &step.warnings {
        let _ = writeln!(text, "    {} {warning}", paint.of(CHANGE, "!"));
    }
    if !step.needs.is_empty() {
        let flags: Vec<_> = step.needs.iter().map(|need| format!("`{}`", need.flag())).collect();
        let needs = format!("happens only with {}", flags.join(" and "));
        let _ = writeln!(text, "    {} {needs}", paint.of(CHANGE, "!"));
    }
    text.push('\n');
}

fn push_attribute(text: &mut String, attribute: &Attribute, width: usize, paint: &Paint) {
    let (before, after) = (&attribute.before, &attribute.after);
    let (sign, style, change) = match (before, after) {
        (Shown::Absent, after) => ("+", CREATE, shown(after)),
        (before, Shown::Absent) => ("-", DESTROY, format!("{} -> null", shown(before))),
        (before, after) if before == after => (" ", STRONG, shown(after)),
        (before, after) => ("~", CHANGE, format!("{} -> {}", shown(before), shown(after))),
    };
    let sign = if sign == " " { sign.to_owned() } else { paint.of(style, sign) };
    let forces = if attribute.forces_replacement { paint.of(DESTROY, " # forces replacement") } else { String::new() };
    let _ = writeln!(text, "      {sign} {:width$} = {change}{forces}", attribute.name);
}

fn push_report(text: &mut String, report: &Report) {
    let _ = writeln!(text, "  * {}: {}", report.address, report.message);
    if !report.help.is_empty() {
        let _ = writeln!(text, "      {}", report.help);
    }
}

fn shown(side: &Shown) -> String {
    match side {
        Shown::Absent => "null".to_owned(),
        Shown::Value(value) => value.to_string(),
        Shown::Later => "(known after apply)".to_owned(),
        Shown::Secret => "(sensitive value)".to_owned(),
    }
}

impl Need {
    /// What it allows; completes "… is needed to".
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Replace => "replace what can't be changed in place",
            Self::DeleteData => "delete data with what holds it",
        }
    }
}
