//! The forms of texts that schemas ask for by a name, and where Kubernetes asks for one without saying so.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

/// How names of objects of a kind have to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameForm {
    /// Labels with dots between them: most kinds.
    Subdomain,
    /// One label, which begins with a letter or digit.
    Label,
    /// Anything that can be a part of a URL's path: the kinds of RBAC.
    PathSegment,
}

impl NameForm {
    /// The form of the names of objects of `kind` in `group`.
    pub(super) fn of(group: &str, kind: &str) -> Self {
        match (group, kind) {
            ("", "Namespace" | "Service") => Self::Label,
            ("rbac.authorization.k8s.io", _) => Self::PathSegment,
            _ => Self::Subdomain,
        }
    }

    pub(super) const fn format(self) -> &'static str {
        match self {
            Self::Subdomain => "supercargo-subdomain",
            Self::Label => "supercargo-label",
            Self::PathSegment => "supercargo-path-segment",
        }
    }
}

/// A form: its name as a format, what is tried, and what is said of a text that does not have it.
pub(super) struct Form {
    pub(super) format: &'static str,
    pub(super) holds: fn(&str) -> bool,
    pub(super) wanted: &'static str,
}

/// All forms that are checked here; the others that are used come with the validator.
pub(super) const FORMS: &[Form] = &[
    Form {
        format: "supercargo-subdomain",
        holds: is_subdomain,
        wanted: "a DNS subdomain: lower-case letters, digits, `-` and `.`, at most 253 characters",
    },
    Form {
        format: "supercargo-label",
        holds: is_label,
        wanted: "a DNS label: lower-case letters, digits and `-`, at most 63 characters",
    },
    Form {
        format: "supercargo-path-segment",
        holds: is_path_segment,
        wanted: "a part of a path: not `.` or `..`, and without `/` and `%`",
    },
    Form {
        format: "supercargo-label-key",
        holds: is_label_key,
        wanted: "a name of at most 63 letters, digits, `-`, `_` and `.`, after a DNS subdomain and `/` where it has a prefix",
    },
    Form {
        format: "supercargo-annotation-key",
        holds: is_annotation_key,
        wanted: "a name of at most 63 letters, digits, `-`, `_` and `.`, after a DNS subdomain and `/` where it has a prefix",
    },
    Form {
        format: "supercargo-label-value",
        holds: is_label_value,
        wanted: "at most 63 letters, digits, `-`, `_` and `.`, the first and last a letter or digit",
    },
    Form { format: "supercargo-quantity", holds: is_quantity, wanted: "a quantity, such as `250m`, `1.5` or `512Mi`" },
    Form { format: "supercargo-duration", holds: is_duration, wanted: "a duration, such as `90s` or `1h30m`" },
    Form { format: "supercargo-base64", holds: is_base64, wanted: "text in base64" },
    Form { format: "supercargo-cidr", holds: is_cidr, wanted: "an address range, such as `192.0.2.0/24`" },
];

/// What a text of `format` has to be, for people.
pub(super) fn wanted(format: &str) -> Option<&'static str> {
    let known = [
        ("date-time", "a time, such as `2026-01-31T12:00:00Z`"),
        ("date", "a date, such as `2026-01-31`"),
        ("ipv4", "an IPv4 address"),
        ("ipv6", "an IPv6 address"),
        ("uri", "a URI"),
        ("email", "an e-mail address"),
        ("hostname", "a host name"),
        ("uuid", "a UUID"),
    ];
    let ours = FORMS.iter().map(|form| (form.format, form.wanted));
    ours.chain(known).find(|(name, _)| *name == format).map(|(_, wanted)| wanted)
}

/// The schema of the definition `name`, where that is one value with a form of its own.
pub(super) fn scalar(name: &str) -> Option<Value> {
    match name.rsplit('.').next()? {
        "Quantity" => Some(json!({"type": ["string", "number"], "format": "supercargo-quantity"})),
        "IntOrString" => Some(json!({"type": ["integer", "string"]})),
        "Time" | "MicroTime" => Some(json!({"type": "string", "format": "date-time"})),
        "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray" => Some(json!(true)),
        _ => None,
    }
}

/// Adds to the definition `name` what Kubernetes asks of labels, annotations and namespaces.
pub(super) fn refine(name: &str, definition: &mut Value) {
    let labels = json!({
        "propertyNames": {"format": "supercargo-label-key"},
        "additionalProperties": {"type": "string", "format": "supercargo-label-value"},
    });
    let mut extend = |property: &str, keywords: &Value| {
        let schema = definition.get_mut("properties").and_then(|properties| properties.get_mut(property));
        if let (Some(Value::Object(schema)), Value::Object(keywords)) = (schema, keywords) {
            schema.extend(keywords.clone());
        }
    };
    match name.strip_prefix("io.k8s.").unwrap_or(name) {
        "apimachinery.pkg.apis.meta.v1.ObjectMeta" => {
            extend("labels", &labels);
            let annotations =
                json!({"propertyNames": {"format": "supercargo-annotation-key"}, "x-supercargo-bytes": 262_144});
            extend("annotations", &annotations);
            extend("namespace", &json!({"format": NameForm::Label.format()}));
        }
        "apimachinery.pkg.apis.meta.v1.LabelSelector" => extend("matchLabels", &labels),
        "api.core.v1.PodSpec" => extend("nodeSelector", &labels),
        "api.core.v1.ServiceSpec" => extend("selector", &labels),
        _ => {}
    }
}

/// Puts in place of a format of `OpenAPI` what it means: a range for a number, one of our forms for a text.
pub(super) fn format(keywords: &mut Map<String, Value>) {
    let Some(Value::String(format)) = keywords.remove("format") else { return };
    let mut at_most = |least: Value, greatest: Value| {
        keywords.entry("minimum").or_insert(least);
        keywords.entry("maximum").or_insert(greatest);
    };
    let kept = match format.as_str() {
        "int32" => return at_most(json!(i32::MIN), json!(i32::MAX)),
        "int64" => return at_most(json!(i64::MIN), json!(i64::MAX)),
        "byte" => "supercargo-base64",
        "duration" => "supercargo-duration",
        "cidr" => "supercargo-cidr",
        "date-time" | "date" | "ipv4" | "ipv6" | "uri" | "email" | "hostname" | "uuid" => &format,
        _ => return,
    };
    keywords.insert("format".to_owned(), json!(kept));
}

fn is_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = text.as_bytes();
    matches!(bytes, [first, .., last] if inner(*first) && inner(*last))
        && bytes.len() <= 63
        && bytes.iter().all(|c| inner(*c) || *c == b'-')
        || matches!(bytes, [only] if inner(*only))
}

/// Kubernetes limits a subdomain as a whole, not its labels.
fn is_subdomain(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$").ok());
    text.len() <= 253 && matches(&FORM, text)
}

fn is_path_segment(text: &str) -> bool {
    !text.is_empty() && text != "." && text != ".." && !text.contains(['/', '%'])
}

fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    !name.is_empty() && is_label_value(name) && prefix.is_none_or(is_subdomain)
}

/// In a key of an annotation case does not count.
fn is_annotation_key(text: &str) -> bool {
    is_label_key(&text.to_ascii_lowercase())
}

fn is_label_value(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |c: Option<&u8>| c.is_none_or(u8::is_ascii_alphanumeric);
    bytes.len() <= 63
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(c))
}

/// The rules of `resource.Quantity`.
fn is_quantity(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$").ok()
    });
    matches(&FORM, text)
}

/// Durations as Go reads them, and as the reader of schemas does: `2 days`.
fn is_duration(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^[+-]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w)([0-9.]+(ns|us|µs|μs|ms|s|m|h))*|[0-9]+ ?[a-z]+)$").ok()
    });
    matches(&FORM, text)
}

fn is_base64(text: &str) -> bool {
    let text: Vec<u8> = text.bytes().filter(|c| !matches!(c, b'\r' | b'\n')).collect();
    let data = text.iter().position(|c| *c == b'=').unwrap_or(text.len());
    let (data, padding) = text.split_at(data);
    text.len().is_multiple_of(4)
        && padding.len() <= 2
        && padding.iter().all(|c| *c == b'=')
        && data.iter().all(|c| c.is_ascii_alphanumeric() || b"+/".contains(c))
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// Whether `text` has the form; one that can't be compiled, which tests would show, refuses nothing.
fn matches(form: &LazyLock<Option<Regex>>, text: &str) -> bool {
    form.as_ref().is_none_or(|form| form.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(format: &str, text: &str) -> bool {
        FORMS.iter().find(|form| form.format == format).is_some_and(|form| (form.holds)(text))
    }

    #[test]
    fn forms_hold_what_an_api_server_takes_and_nothing_else() {
        let long = "a".repeat(64);
        let cases: &[(&str, &[&str], &[&str])] = &[
            (
                "supercargo-subdomain",
                &["a", "a-b.c", "1.2", &long],
                &["", "A", "a_b", "a..b", "-a", "a.", &"a".repeat(254)],
            ),
            ("supercargo-label", &["a", "1", "a-b", &long[1..]], &["", "a.b", "A", "-", "a-", &long]),
            ("supercargo-path-segment", &["system:x", "A b"], &["", ".", "..", "a/b", "a%b"]),
            (
                "supercargo-label-key",
                &["a", "A_b.c", "example.com/a"],
                &["", "example.com/", "/a", "a b", "Example.com/a", "a/b/c", &long],
            ),
            ("supercargo-annotation-key", &["Example.com/a"], &["a b"]),
            ("supercargo-label-value", &["", "a", "A_b.c-1"], &["a b", "-a", "a-", "ä", &long]),
            (
                "supercargo-quantity",
                &["1", "0.5", ".5", "1.", "250m", "-1Ki", "1e3", "2E"],
                &["", "1 Gi", "1GB", "Gi", "1e", "١"],
            ),
            ("supercargo-duration", &["0", "90s", "1h30m", "1.5h", "2 days"], &["", "1", "s", "1h-3m"]),
            ("supercargo-base64", &["", "YQ==", "YWE=", "YWFh", "YW\nFh"], &["YQ", "YQ=", "a===", "YQ==YQ==", "ä==="]),
            ("supercargo-cidr", &["192.0.2.0/24", "2001:db8::/32"], &["192.0.2.0", "192.0.2.0/33", "x/8"]),
        ];
        for (format, good, bad) in cases {
            for text in *good {
                assert!(holds(format, text), "{format}: {text}");
            }
            for text in *bad {
                assert!(!holds(format, text), "{format}: {text}");
            }
        }
    }
}
