//! What is set on a bucket: what the values want of it, what is there, and how the two differ.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cloud::spaces::{Cors, CorsRule, Lifecycle, LifecycleRule, Versioning};
use crate::model::{self, CorsMethod};
use crate::plan::{Attribute, Shown};

/// The name of the one rule of a lifecycle that is ours.
const RULE: &str = "supercargo";

/// What is to be set; `None` for what nobody manages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether old versions are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versioning: Option<bool>,
    /// When objects go by themselves; no rules for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// Which pages may use it; no rules for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
}

/// What is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// Whether old versions are kept.
    pub versioning: Versioning,
    /// When objects go by themselves.
    pub lifecycle: Option<Lifecycle>,
    /// Which pages may use it.
    pub cors: Option<Cors>,
}

impl Settings {
    /// What the values want of a bucket.
    pub(super) fn of(bucket: &model::Bucket) -> Self {
        Self {
            versioning: bucket.versioning,
            lifecycle: bucket.lifecycle.as_ref().map(lifecycle),
            cors: bucket.cors.as_ref().map(|rules| Cors { rules: rules.iter().map(cors_rule).collect() }),
        }
    }

    /// Whether there is nothing to set.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The part of it that is not as it should be.
    pub(super) fn missing(&self, present: &Present) -> Self {
        Self {
            versioning: self.versioning.filter(|wanted| *wanted != (present.versioning == Versioning::Enabled)),
            lifecycle: self.lifecycle.clone().filter(|wanted| !is_same_lifecycle(wanted, present.lifecycle.as_ref())),
            cors: self.cors.clone().filter(|wanted| !is_same_cors(wanted, present.cors.as_ref())),
        }
    }

    /// What of it a bucket that was just made lacks: nothing is set on that.
    pub(super) fn of_new(&self) -> Self {
        self.missing(&Present { versioning: Versioning::Never, lifecycle: None, cors: None })
    }

    /// How setting it is shown.
    pub(super) fn attributes(&self, present: Option<&Present>) -> Vec<Attribute> {
        let mut shown = Vec::new();
        if let Some(versioning) = self.versioning {
            let before = present.map(|present| match present.versioning {
                Versioning::Never => false.into(),
                Versioning::Enabled => true.into(),
                Versioning::Suspended => Shown::from("suspended"),
            });
            // What was on once can only be suspended.
            let after = if versioning || present.is_none() { versioning.into() } else { Shown::from("suspended") };
            shown.push(Attribute::changed("versioning", before.unwrap_or(Shown::Absent), after));
        }
        if let Some(wanted) = &self.lifecycle {
            let before = present.and_then(|present| present.lifecycle.as_ref()).map(lifecycle_shown);
            shown.push(Attribute::changed("lifecycle", before, lifecycle_shown(wanted)));
        }
        if let Some(wanted) = &self.cors {
            let before = present.and_then(|present| present.cors.as_ref()).map(cors_shown);
            shown.push(Attribute::changed("cors", before, cors_shown(wanted)));
        }
        shown
    }
}

fn lifecycle(wanted: &model::Lifecycle) -> Lifecycle {
    let rule = LifecycleRule {
        id: RULE.to_owned(),
        is_enabled: true,
        expiration_days: wanted.expire_days,
        noncurrent_days: wanted.expire_old_versions_days,
        abort_upload_days: wanted.abort_uploads_days,
        ..LifecycleRule::default()
    };
    let is_something = rule.expiration_days.or(rule.noncurrent_days).or(rule.abort_upload_days).is_some();
    Lifecycle { rules: if is_something { vec![rule] } else { Vec::new() } }
}

fn cors_rule(wanted: &model::CorsRule) -> CorsRule {
    let method = |method: &CorsMethod| match method {
        CorsMethod::Get => "GET",
        CorsMethod::Head => "HEAD",
        CorsMethod::Put => "PUT",
        CorsMethod::Post => "POST",
        CorsMethod::Delete => "DELETE",
    };
    CorsRule {
        id: String::new(),
        origins: wanted.origins.iter().map(ToString::to_string).collect(),
        methods: wanted.methods.iter().map(|wanted| method(wanted).to_owned()).collect(),
        headers: wanted.headers.clone(),
        exposed: Vec::new(),
        max_age_seconds: wanted.max_age_seconds,
    }
}

/// Whether both remove the same objects. Names of rules mean nothing.
fn is_same_lifecycle(wanted: &Lifecycle, present: Option<&Lifecycle>) -> bool {
    let spelled = |lifecycle: &Lifecycle| {
        let mut rules = lifecycle.rules.clone();
        for rule in &mut rules {
            rule.id.clear();
        }
        rules.sort();
        rules
    };
    spelled(wanted) == present.map(spelled).unwrap_or_default()
}

/// Whether both allow the same pages the same. Names of rules mean nothing; their order does.
fn is_same_cors(wanted: &Cors, present: Option<&Cors>) -> bool {
    let sorted = |texts: &[String], in_any_case: bool| {
        let spelled = |text: &String| if in_any_case { text.to_ascii_lowercase() } else { text.clone() };
        let mut texts: Vec<_> = texts.iter().map(spelled).collect();
        texts.sort();
        texts.dedup();
        texts
    };
    let spelled = |cors: &Cors| -> Vec<CorsRule> {
        let rules = cors.rules.iter().map(|rule| CorsRule {
            id: String::new(),
            origins: sorted(&rule.origins, true),
            methods: sorted(&rule.methods, false),
            headers: sorted(&rule.headers, true),
            exposed: sorted(&rule.exposed, true),
            // Nothing and no time are the same to a browser that has to ask again.
            max_age_seconds: rule.max_age_seconds.filter(|seconds| *seconds > 0),
        });
        rules.collect()
    };
    spelled(wanted) == present.map(spelled).unwrap_or_default()
}

fn lifecycle_shown(lifecycle: &Lifecycle) -> Value {
    lifecycle.rules.iter().map(rule_shown).collect()
}

fn rule_shown(rule: &LifecycleRule) -> Value {
    let mut shown = serde_json::Map::new();
    let mut add = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    if !rule.prefix.is_empty() {
        add("prefix", json!(rule.prefix));
    }
    if !rule.is_enabled {
        add("enabled", json!(false));
    }
    for (name, days) in [
        ("expireDays", rule.expiration_days),
        ("expireOldVersionsDays", rule.noncurrent_days),
        ("abortUploadsDays", rule.abort_upload_days),
    ] {
        if let Some(days) = days {
            add(name, json!(days));
        }
    }
    for unknown in &rule.unknown {
        add(unknown, json!("…"));
    }
    Value::Object(shown)
}

fn cors_shown(cors: &Cors) -> Value {
    let shown = cors.rules.iter().map(|rule| {
        let mut shown = json!({ "origins": rule.origins, "methods": rule.methods });
        if !rule.headers.is_empty() {
            shown["headers"] = json!(rule.headers);
        }
        if !rule.exposed.is_empty() {
            shown["exposedHeaders"] = json!(rule.exposed);
        }
        if let Some(seconds) = rule.max_age_seconds {
            shown["maxAgeSeconds"] = json!(seconds);
        }
        shown
    });
    shown.collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn wanted(more: &Value) -> Settings {
        let mut bucket = json!({ "name": "example-dev-loki", "region": "fra1" });
        bucket.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Settings::of(&serde_json::from_value(bucket).unwrap())
    }

    fn present() -> Present {
        Present { versioning: Versioning::Never, lifecycle: None, cors: None }
    }

    #[test]
    fn what_nobody_manages_is_left_alone() {
        let rule = LifecycleRule { expiration_days: Some(1), is_enabled: true, ..LifecycleRule::default() };
        let set = Present {
            versioning: Versioning::Enabled,
            lifecycle: Some(Lifecycle { rules: vec![rule] }),
            cors: Some(Cors { rules: vec![CorsRule::default()] }),
        };
        assert!(wanted(&json!({})).missing(&set).is_empty() && wanted(&json!({})).of_new().is_empty());
    }

    #[test]
    fn versioning_that_was_never_on_is_as_good_as_off() {
        for (wish, versioning, is_missing) in [
            (true, Versioning::Never, true),
            (true, Versioning::Suspended, true),
            (true, Versioning::Enabled, false),
            (false, Versioning::Enabled, true),
            (false, Versioning::Suspended, false),
            (false, Versioning::Never, false),
        ] {
            let set = Present { versioning, ..present() };
            let missing = wanted(&json!({ "versioning": wish })).missing(&set);
            assert_eq!(!missing.is_empty(), is_missing, "{wish} {versioning:?}");
        }
    }

    #[test]
    fn a_lifecycle_is_compared_by_what_it_does() {
        let wish = wanted(&json!({ "lifecycle": { "expireDays": 30 } }));
        let of = |id: &str, days: u32, prefix: &str| LifecycleRule {
            id: id.into(),
            prefix: prefix.into(),
            is_enabled: true,
            expiration_days: Some(days),
            ..LifecycleRule::default()
        };
        let missing = |rules: Vec<LifecycleRule>| {
            let set = Present { lifecycle: Some(Lifecycle { rules }), ..present() };
            wish.missing(&set).lifecycle.is_some()
        };
        assert!(!missing(vec![of("made up by the service", 30, "")]));
        assert!(missing(vec![of("supercargo", 31, "")]) && missing(vec![of("supercargo", 30, "logs/")]));
        assert!(missing(vec![of("supercargo", 30, ""), of("b", 1, "x/")]) && missing(Vec::new()));
        let unknown = LifecycleRule { unknown: vec!["Date".into()], ..of("supercargo", 30, "") };
        assert!(missing(vec![unknown]));
        // Nothing is to go by itself, and nothing does.
        let never = wanted(&json!({ "lifecycle": {} }));
        assert!(never.missing(&present()).is_empty());
        let set = Present { lifecycle: Some(Lifecycle { rules: vec![of("a", 1, "")] }), ..present() };
        assert_eq!(never.missing(&set).lifecycle, Some(Lifecycle::default()));
    }

    #[test]
    fn cors_is_compared_by_what_it_allows() {
        let rule = json!({ "origins": ["https://b.example.com", "https://a.example.com"], "methods": ["PUT", "GET"], "headers": ["X-A"] });
        let wish = wanted(&json!({ "cors": [rule] }));
        let set = |headers: &str| {
            let rule = CorsRule {
                id: "1".into(),
                origins: vec!["https://a.example.com".into(), "https://b.example.com".into()],
                methods: vec!["GET".into(), "PUT".into()],
                headers: vec![headers.into()],
                ..CorsRule::default()
            };
            Present { cors: Some(Cors { rules: vec![rule] }), ..present() }
        };
        assert!(wish.missing(&set("x-a")).is_empty());
        assert!(!wish.missing(&set("*")).is_empty() && !wish.missing(&present()).is_empty());
        assert!(wanted(&json!({ "cors": [] })).missing(&present()).is_empty());
    }

    #[test]
    fn changes_are_shown_with_what_was_there() {
        let wish = wanted(&json!({ "versioning": false, "lifecycle": { "expireDays": 30 } }));
        let set = Present { versioning: Versioning::Enabled, ..present() };
        let shown = wish.missing(&set).attributes(Some(&set));
        let lifecycle = Attribute::new("lifecycle", json!([{ "expireDays": 30 }]));
        assert_eq!(shown, [Attribute::changed("versioning", true, "suspended"), lifecycle]);
    }
}
