//! A place in a document together with what stands there: reading costs nothing, and a route is only written where asked.

use serde_json::Value;

use super::Route;

/// A value of a document, and how it was reached.
#[derive(Debug, Clone, Copy)]
pub(in crate::checks) struct Cursor<'a> {
    value: &'a Value,
    above: Option<(&'a Cursor<'a>, Step<'a>)>,
}

/// One step down.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    /// Keys with dots between them.
    Path(&'a str),
    /// One key, whatever is in it.
    Key(&'a str),
    Index(usize),
}

impl<'a> Cursor<'a> {
    /// The whole document.
    pub(in crate::checks) fn new(value: &'a Value) -> Self {
        Self { value, above: None }
    }

    /// What stands here.
    pub(in crate::checks) fn value(&self) -> &'a Value {
        self.value
    }

    /// What stands at `path`: keys with dots between them.
    pub(in crate::checks) fn at<'b>(&'b self, path: &'b str) -> Option<Cursor<'b>> {
        let value = path.split('.').try_fold(self.value, |value, key| value.get(key))?;
        Some(Cursor { value, above: Some((self, Step::Path(path))) })
    }

    /// What stands at the key `key`, which may have dots.
    pub(in crate::checks) fn key<'b>(&'b self, key: &'b str) -> Option<Cursor<'b>> {
        Some(Cursor { value: self.value.get(key)?, above: Some((self, Step::Key(key))) })
    }

    /// The items of a list, or the values of a map.
    pub(in crate::checks) fn items(&self) -> impl Iterator<Item = Cursor<'_>> {
        let list = self.value.as_array().into_iter().flatten().enumerate();
        let list = list.map(|(index, value)| Cursor { value, above: Some((self, Step::Index(index))) });
        let map = self.value.as_object().into_iter().flatten();
        list.chain(map.map(|(key, value)| Cursor { value, above: Some((self, Step::Key(key))) }))
    }

    /// Looks at each item of the list at `path`.
    pub(in crate::checks) fn each(&self, path: &str, look: impl FnMut(Cursor<'_>)) {
        if let Some(list) = self.at(path).filter(|list| list.value.is_array()) {
            list.items().for_each(look);
        }
    }

    /// The text at `path`; empty where there is none.
    pub(in crate::checks) fn text(&self, path: &str) -> &'a str {
        let value = path.split('.').try_fold(self.value, |value, key| value.get(key));
        value.and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether `true` stands at `path`.
    pub(in crate::checks) fn is_true(&self, path: &str) -> bool {
        path.split('.').try_fold(self.value, |value, key| value.get(key)) == Some(&Value::Bool(true))
    }

    /// The text of an annotation of the document.
    pub(in crate::checks) fn annotation(&self, name: &str) -> Option<&'a str> {
        self.value.get("metadata")?.get("annotations")?.get(name)?.as_str()
    }

    /// Looks at every text from here down.
    pub(in crate::checks) fn texts(&self, look: &mut dyn FnMut(&Cursor<'_>, &str)) {
        match self.value {
            Value::String(text) => look(self, text),
            Value::Array(_) | Value::Object(_) => self.items().for_each(|item| item.texts(look)),
            _ => {}
        }
    }

    /// The way from the document down to here.
    pub(in crate::checks) fn route(&self) -> Route {
        let mut route = self.above.map_or_else(Route::new, |(above, _)| above.route());
        match self.above {
            Some((_, Step::Path(path))) => path.split('.').for_each(|key| route.push(key)),
            Some((_, Step::Key(key))) => route.push(key),
            Some((_, Step::Index(index))) => route.push(&index.to_string()),
            None => {}
        }
        route
    }
}
