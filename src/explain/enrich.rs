//! Findings about rendered files learn where they come from: the line of the template, and the value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::behind::{Behind, Role};
use super::{Explainer, effects};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::pipeline::{Inputs, Origin, TracedFile, Workspace};

/// How many findings get the value behind them: it takes a few renders of their file.
const WITH_VALUES: usize = 50;

/// How many findings get their place in a template.
const WITH_TEMPLATES: usize = 1000;

/// Adds to findings that point into `out/ENV/…` which line of a template printed the place, and which value it holds,
/// where either is certain. Meant for when something is wrong already: it renders again, within limits.
pub fn enrich(workspace: &Workspace, inputs: &Inputs, found: Diagnostics) -> Diagnostics {
    let folder = format!("out/{}/", inputs.environment);
    let path_of = |item: &Diagnostic| {
        let label = item.primary.as_ref()?;
        label.location.source.path().strip_prefix(&folder).map(str::to_owned)
    };
    if !found.iter().any(|item| path_of(item).is_some()) {
        return found;
    }
    // Without a trial there is nothing to add, and whoever renders says what is wrong.
    let Ok(trial) = workspace.trial(inputs) else { return found };
    let explainer = Explainer::new(&trial);
    let mut files: BTreeMap<String, Option<Subject>> = BTreeMap::new();
    let mut number = 0;
    let enriched = found.into_iter().map(|item| {
        let Some(path) = path_of(&item) else { return item };
        number += 1;
        // A secret in the clear is blotted where it shows; the line that it comes from would show it.
        if number > WITH_TEMPLATES || matches!(item.code, Code::Leak | Code::PlaintextSecret) {
            return item;
        }
        let file = files.entry(path).or_insert_with_key(|path| Subject::new(&explainer, path));
        match file {
            Some(file) => file.enrich(&explainer, item, number <= WITH_VALUES),
            None => item,
        }
    });
    enriched.collect()
}

/// A file that findings are about.
struct Subject {
    traced: Arc<TracedFile>,
    behind: Option<Behind>,
}

impl Subject {
    fn new(explainer: &Explainer<'_>, path: &str) -> Option<Self> {
        Some(Self { traced: Arc::new(explainer.tracer().file(path)?), behind: None })
    }

    fn enrich(&mut self, explainer: &Explainer<'_>, mut item: Diagnostic, with_values: bool) -> Diagnostic {
        let Some(label) = &item.primary else { return item };
        let (line, _) = label.location.line_column();
        // A file that was edited by hand has its lines elsewhere.
        let Some(line) = effects::same_line(label.location.source.text(), self.traced.source.text(), line) else {
            return item;
        };
        if let Some(Origin::Written(written)) = self.traced.origin(line) {
            let words = if written.expression { "rendered by this expression" } else { "rendered from this" };
            item.notes.retain(|note| *note != format!("rendered by {}", self.traced.template().path()));
            item = item.see(written.place, words);
            if let Some(call) = written.call {
                item = item.see(call, "through this call");
            }
        }
        if with_values {
            let behind = self.behind.get_or_insert_with(|| Behind::new(explainer, Arc::clone(&self.traced)));
            let decide: Vec<_> = behind.line(line).into_iter().filter(|value| value.role == Role::Content).collect();
            if let [value] = decide.as_slice()
                && let Some(location) = explainer.set_at(&value.keys)
            {
                item = item.see(location, "from this value");
            }
        }
        item
    }
}
