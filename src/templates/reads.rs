//! Which values a template reads: values that keep a record of who asked for them.
//!
//! A recording engine hands out [`Watched`] maps and lists in the place of plain ones. They behave alike, and note each
//! value that is asked for by its path. So it is known which templates a change of one value can reach, without a trial.
//! An ordinary engine records nothing, and costs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};

/// A value path: keys, and indexes as text, from the top of the values.
pub type Keys = Vec<String>;

/// What templates see beside the values that it is told from: it is read by a path that no value has.
const DERIVED: [(&[&str], &[&str]); 1] = [(&["policies", "levels"], &["policies"])];

/// What was read, by value path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Values that were taken, or found missing; what lies below one was taken with it.
    values: BTreeSet<Keys>,
    /// Maps and lists whose keys were listed or counted.
    shapes: BTreeSet<Keys>,
    /// Sections whose entries were listed or found missing: which are enabled.
    sections: BTreeSet<&'static str>,
    /// Folders whose files were asked for.
    folders: BTreeSet<String>,
    /// Whether labels of sealed secrets were taken, which are told from who needs the secrets.
    labels: bool,
}

impl Reads {
    /// Adds the value at `path`, with all below it.
    pub fn add(&mut self, path: Keys) {
        self.values.insert(path);
    }

    /// The paths of the values that were taken, or found missing.
    pub fn values(&self) -> impl Iterator<Item = &Keys> {
        self.values.iter()
    }

    /// Whether it was asked which entries of `section` are enabled.
    pub fn lists(&self, section: &str) -> bool {
        self.sections.contains(section)
    }

    /// Whether it was asked for files, and for the one at `path` among them.
    pub fn asks_for(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| path.starts_with(folder.as_str()))
    }

    /// Whether labels of sealed secrets were taken, which are told from who needs the secrets.
    pub fn labels(&self) -> bool {
        self.labels
    }

    /// Whether a change of the value at `path` can change what was read. A list counts with all its items.
    pub fn reach(&self, path: &[String]) -> bool {
        let related = |read: &Keys| read.starts_with(path) || path.starts_with(read);
        self.values.iter().any(related) || self.shapes.iter().any(|shape| shape.starts_with(path))
    }
}

/// Takes down what is read, or nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder(Option<Arc<Mutex<Reads>>>);

impl Recorder {
    /// A recorder that records.
    pub(super) fn recording() -> Self {
        Self(Some(Arc::default()))
    }

    /// What was read since the last call.
    pub(super) fn take(&self) -> Reads {
        let Some(reads) = &self.0 else { return Reads::default() };
        std::mem::take(&mut *reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// `value`, which stands at `path`, in a form that notes what is taken from it.
    pub(super) fn watch(&self, path: &[&str], value: Value) -> Value {
        if self.0.is_none() {
            return value;
        }
        self.hand_out(path.iter().map(|&key| key.to_owned()).collect(), value)
    }

    /// Notes that the value at `path` was read, with everything below it.
    pub(super) fn note(&self, path: &[&str]) {
        self.record(|reads| reads.values.insert(path.iter().map(|&key| key.to_owned()).collect()));
    }

    /// Notes that the files in `folder` were asked for: a path that ends with `/`, or is empty.
    pub(super) fn note_folder(&self, folder: &str) {
        self.record(|reads| reads.folders.insert(folder.to_owned()));
    }

    /// Notes that labels of sealed secrets were taken.
    pub(super) fn note_labels(&self) {
        self.record(|reads| std::mem::replace(&mut reads.labels, true));
    }

    /// The enabled entries of `section` by name, in a form that notes who asks which there are. `key` tells the key in
    /// the values from a name, where that is another one.
    pub(super) fn section(&self, section: &'static str, entries: Value, key: impl Fn(&str) -> Option<String>) -> Value {
        if self.0.is_none() {
            return entries;
        }
        let names = entries.try_iter().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned));
        let keys = names.map(|name| (name.clone(), key(&name).unwrap_or(name))).collect();
        Value::from_object(Section { name: section, entries, keys, recorder: self.clone() })
    }

    fn record(&self, note: impl FnOnce(&mut Reads) -> bool) {
        if let Some(reads) = &self.0 {
            note(&mut reads.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Maps and lists are watched on; of anything else the reader has all that there is.
    fn hand_out(&self, path: Keys, value: Value) -> Value {
        if matches!(value.kind(), ValueKind::Map | ValueKind::Seq) {
            return Value::from_object(Watched { value, path, recorder: self.clone() });
        }
        self.read(path);
        value
    }

    fn read(&self, path: Keys) {
        let derived = DERIVED.iter().find(|(seen, _)| seen.iter().eq(path.iter().take(seen.len())));
        let path = derived.map_or(path, |(_, from)| from.iter().map(|&key| key.to_owned()).collect());
        self.record(|reads| reads.values.insert(path));
    }
}

/// A map or a list that notes what is taken from it.
#[derive(Debug)]
struct Watched {
    value: Value,
    path: Keys,
    recorder: Recorder,
}

impl Watched {
    fn below(&self, key: &Value) -> Keys {
        // An index from the end means an item that has another name from the start.
        let from_end = key.as_i64().filter(|index| *index < 0 && self.value.kind() == ValueKind::Seq);
        let length = self.value.len().and_then(|length| i64::try_from(length).ok()).unwrap_or_default();
        let key = from_end.map_or_else(|| key.to_string(), |index| (index + length).to_string());
        self.path.iter().cloned().chain([key]).collect()
    }
}

impl Object for Watched {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.value.kind() == ValueKind::Seq { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let path = self.below(key);
        let found = self.value.get_item(key).ok().filter(|found| !found.is_undefined());
        if let Some(found) = found {
            return Some(self.recorder.hand_out(path, found));
        }
        self.recorder.read(path);
        None
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.recorder.record(|reads| reads.shapes.insert(self.path.clone()));
        match self.value.kind() {
            ValueKind::Seq => Enumerator::Seq(self.value.len().unwrap_or_default()),
            _ => Enumerator::Values(self.value.try_iter().map(Iterator::collect).unwrap_or_default()),
        }
    }
}

/// The enabled entries of a section. They note themselves what is taken from them.
#[derive(Debug)]
struct Section {
    name: &'static str,
    entries: Value,
    keys: BTreeMap<String, String>,
    recorder: Recorder,
}

impl Object for Section {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = self.entries.get_item(key).ok().filter(|found| !found.is_undefined());
        match key.as_str().and_then(|name| self.keys.get(name)) {
            Some(key) => self.recorder.read(vec![self.name.to_owned(), key.clone(), "enabled".to_owned()]),
            None => self.recorder.record(|reads| reads.sections.insert(self.name)),
        }
        found
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.recorder.record(|reads| reads.sections.insert(self.name));
        Enumerator::Values(self.entries.try_iter().map(Iterator::collect).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, context};
    use serde_json::json;

    use super::*;

    fn reads(template: &str) -> Reads {
        let recorder = Recorder::recording();
        let values = Value::from(minijinja::value::Serde(
            json!({"x": {"name": "n", "port": 1, "tags": ["a", "b"], "more": {"k": 2}}}),
        ));
        let values = recorder.watch(&["applications"], values);
        let rendered = Environment::new().render_str(template, context! { applications => values });
        assert!(rendered.is_ok(), "{rendered:?}");
        recorder.take()
    }

    fn reached(template: &str, path: &str) -> bool {
        let path: Keys = path.split('.').map(str::to_owned).collect();
        reads(template).reach(&path)
    }

    #[test]
    fn what_is_printed_compared_or_missed_was_read() {
        let template = "{{ applications.x.name }}{% if applications.x.wave is defined %}{% endif %}";
        assert!(reached(template, "applications.x.name"));
        assert!(reached(template, "applications.x.wave"));
        assert!(!reached(template, "applications.x.port"));
        assert!(reached("{{ applications.x.more == {'k': 2} }}", "applications.x.more.k"));
    }

    #[test]
    fn a_loop_reads_the_keys_and_what_it_takes_of_them() {
        let template = "{% for name, one in applications | items %}{{ name }}{{ one.port }}{% endfor %}";
        assert!(reached(template, "applications"), "another entry would be another turn");
        assert!(reached(template, "applications.x.port"));
        assert!(!reached(template, "applications.x.name"));
        assert!(reached("{{ applications.x.tags | length }}", "applications.x.tags"));
        assert!(reached("{{ applications.x.tags | join }}", "applications.x.tags.1"));
    }

    #[test]
    fn an_item_that_a_list_loses_is_missed_by_who_counts() {
        assert!(!reached("{{ applications.x.tags | length }}", "applications.x.tags.1"));
        assert!(reached("{% for tag in applications.x.tags %}{% endfor %}", "applications.x.tags"));
    }

    #[test]
    fn who_looks_through_a_section_depends_on_what_is_enabled_in_it() {
        let asked = |template: &str| {
            let recorder = Recorder::recording();
            let entries = Value::from(minijinja::value::Serde(json!({"argo-cd": {"namespace": "n"}})));
            let services = recorder.section("services", entries, |_| Some("argoCd".to_owned()));
            let rendered = Environment::new().render_str(template, context! { services => services });
            assert!(rendered.is_ok(), "{rendered:?}");
            let reads = recorder.take();
            (reads.reach(&["services", "argoCd", "enabled"].map(str::to_owned)), reads.lists("services"))
        };
        assert_eq!(asked("{{ services['argo-cd'].namespace }}"), (true, false));
        assert_eq!(asked("{{ services.tekton is defined }}"), (false, true));
        assert_eq!(asked("{% for name in services %}{% endfor %}"), (false, true));
        assert_eq!(asked("text"), (false, false));
    }

    #[test]
    fn a_recorder_that_is_off_hands_out_the_value_itself() {
        let value = Recorder::default().watch(&["a"], Value::from(7));
        assert_eq!((value, Recorder::default().take()), (Value::from(7), Reads::default()));
    }
}
