//! Labels, and what is selected by them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Cursor, Facts, Kind, Route, SERVICE};

/// Labels, as far as they are texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::checks) struct Labels(BTreeMap<Box<str>, Box<str>>);

impl Labels {
    /// The labels at `path`.
    pub(in crate::checks) fn at(at: &Cursor<'_>, path: &str) -> Self {
        path.split('.').try_fold(at.value(), |value, key| value.get(key)).map(Self::of).unwrap_or_default()
    }

    /// The labels that the map `labels` is.
    pub(in crate::checks) fn of(labels: &Value) -> Self {
        let texts = labels.as_object().into_iter().flatten();
        Self(texts.filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?.into()))).collect())
    }

    /// Adds `others`; they go before those that are there.
    pub(in crate::checks) fn add(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(in crate::checks) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| &**value)
    }
}

/// Key, operator, values.
type Expression = (Box<str>, Box<str>, Vec<Box<str>>);

/// What labels have to be.
#[derive(Debug, Clone, Default)]
pub(in crate::checks) struct Selector {
    /// These labels with these values.
    pub(in crate::checks) exact: Labels,
    expressions: Vec<Expression>,
}

impl Selector {
    /// The selector at `at`, of the form `{matchLabels, matchExpressions}`.
    pub(in crate::checks) fn at(at: &Cursor<'_>) -> Self {
        let mut expressions = Vec::new();
        at.each("matchExpressions", |one| {
            expressions.push((one.text("key").into(), one.text("operator").into(), super::strings(&one, "values")));
        });
        Self { exact: Labels::at(at, "matchLabels"), expressions }
    }

    /// Whether everything is selected.
    pub(in crate::checks) fn is_empty(&self) -> bool {
        self.exact.0.is_empty() && self.expressions.is_empty()
    }

    /// Whether something with `labels` is selected. An operator that is not known selects everything.
    pub(in crate::checks) fn matches(&self, labels: &Labels) -> bool {
        let holds = |(key, operator, values): &Expression| {
            let value = labels.get(key);
            let is_in = value.is_some_and(|value| values.iter().any(|one| **one == *value));
            match &**operator {
                "In" => is_in,
                "NotIn" => !is_in,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => true,
            }
        };
        self.unmatched(labels).is_none() && self.expressions.iter().all(holds)
    }

    /// The first label that has to be there and is not.
    pub(in crate::checks) fn unmatched<'s>(&'s self, labels: &Labels) -> Option<(&'s str, &'s str)> {
        let mut exact = self.exact.0.iter();
        exact.find(|(key, value)| labels.get(key) != Some(&***value)).map(|(key, value)| (&**key, &**value))
    }
}

/// A selection of pods or Services.
#[derive(Debug)]
pub(in crate::checks) struct Selection {
    pub(in crate::checks) selector: Selector,
    /// `None`: pods.
    pub(in crate::checks) of: Option<Kind>,
    /// Where; `None` in the namespace of the document, and an empty list in all.
    pub(in crate::checks) namespaces: Option<Vec<Box<str>>>,
    pub(in crate::checks) route: Route,
}

/// What a document of the kind `kind` selects.
pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    let path = match (&*facts.id.group, kind) {
        ("", "Service") => {
            if let Some(labels) = root.at("spec.selector") {
                let exact = Labels::at(root, "spec.selector");
                let selector = Selector { exact, expressions: Vec::new() };
                facts.selects.push(Selection { selector, of: None, namespaces: None, route: labels.route() });
            }
            return;
        }
        ("policy", "PodDisruptionBudget") | ("monitoring.coreos.com", "ServiceMonitor" | "PodMonitor") => {
            "spec.selector"
        }
        ("networking.k8s.io", "NetworkPolicy") => "spec.podSelector",
        _ => return,
    };
    let Some(selector) = root.at(path) else { return };
    let of = (kind == "ServiceMonitor").then_some(SERVICE);
    let namespaces = if root.is_true("spec.namespaceSelector.any") {
        Some(Vec::new())
    } else {
        Some(super::strings(root, "spec.namespaceSelector.matchNames")).filter(|names| !names.is_empty())
    };
    facts.selects.push(Selection { selector: Selector::at(&selector), of, namespaces, route: selector.route() });
}
