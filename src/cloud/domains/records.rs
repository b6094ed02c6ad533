//! Records of a domain as sets: what is wanted, what is there, and what makes one of the other.
//!
//! All records of one name and type are one thing, a set, as they are for whoever asks for them (RFC 2181, section 5).
//! Both sides are brought to one spelling first, since the API returns names and targets otherwise than it takes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::cloud::digitalocean::domains::{Record, RecordSettings};
use crate::model::{CaaTag, DnsRecord};

/// What all records of a set share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SetName {
    /// `A`, `AAAA`, `CAA`, `CNAME`, `MX`, `NS`, `SOA`, `SRV` or `TXT`.
    pub kind: String,
    /// Relative to the domain and in lower case; `@` for the domain itself.
    pub name: String,
}

impl SetName {
    /// The set of a name that may be absolute, which a dot at its end says.
    pub fn new(kind: &str, name: &str, domain: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let name = match name.strip_suffix('.') {
            Some(absolute) if absolute == domain => "",
            Some(absolute) => absolute.strip_suffix(domain).and_then(|name| name.strip_suffix('.')).unwrap_or(absolute),
            None => &name,
        };
        let name = if name.is_empty() { "@" } else { name };
        Self { kind: kind.to_ascii_uppercase(), name: name.to_owned() }
    }

    /// Whether it is one of those that the service makes with the domain and that nobody may change.
    pub fn is_of_the_service(&self) -> bool {
        self.kind == "SOA" || (self.kind == "NS" && self.name == "@")
    }

    /// The whole name, without a dot at the end.
    pub fn full(&self, domain: &str) -> String {
        if self.name == "@" { domain.to_owned() } else { format!("{}.{domain}", self.name) }
    }
}

impl fmt::Display for SetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)
    }
}

/// What one record of a set says, in the one spelling in which two can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Datum {
    /// Of MX and SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Of SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Of SRV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// Of CAA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<u32>,
    /// Of CAA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// An address, a host without a dot at its end, or text.
    pub data: String,
}

impl Datum {
    /// What a record says, whoever wrote it.
    pub fn of(record: &RecordSettings, domain: &str) -> Self {
        let kind = record.kind.to_ascii_uppercase();
        let (is_mx, is_srv, is_caa) = (kind == "MX", kind == "SRV", kind == "CAA");
        // The API fills in what a type does not have.
        let number = |value: Option<u32>, has: bool| has.then(|| value.unwrap_or(0));
        let tag = record.tag.as_deref().filter(|_| is_caa).map(str::to_ascii_lowercase);
        let data = match kind.as_str() {
            "A" | "AAAA" => record.data.parse::<IpAddr>().map_or_else(|_| record.data.clone(), |data| data.to_string()),
            kind if is_target(kind, tag.as_deref()) => match record.data.as_str() {
                "@" => domain.to_owned(),
                data => data.strip_suffix('.').unwrap_or(data).to_ascii_lowercase(),
            },
            _ => record.data.clone(),
        };
        Self {
            priority: number(record.priority, is_mx || is_srv),
            weight: number(record.weight, is_srv),
            port: number(record.port, is_srv),
            flags: number(record.flags, is_caa),
            tag,
            data,
        }
    }

    /// The record as it is sent: whole, and with the dot that the API wants at the end of targets.
    pub fn settings(&self, set: &SetName, ttl: u32) -> RecordSettings {
        let dot = if is_target(&set.kind, self.tag.as_deref()) { "." } else { "" };
        RecordSettings {
            kind: set.kind.clone(),
            name: set.name.clone(),
            data: format!("{}{dot}", self.data),
            priority: self.priority,
            port: self.port,
            ttl: Some(ttl),
            weight: self.weight,
            flags: self.flags,
            tag: self.tag.clone(),
        }
    }
}

/// As a zone file has it.
impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for number in [self.flags, self.priority, self.weight, self.port].into_iter().flatten() {
            write!(f, "{number} ")?;
        }
        if let Some(tag) = &self.tag {
            write!(f, "{tag} ")?;
        }
        f.write_str(&self.data)
    }
}

/// Whether the data of a record is sent with a dot at its end, and comes back without.
fn is_target(kind: &str, tag: Option<&str>) -> bool {
    match kind {
        "CNAME" | "MX" | "NS" | "SRV" => true,
        "CAA" => tag != Some("iodef"),
        _ => false,
    }
}

/// A set that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    /// Which.
    pub name: SetName,
    /// How long others may remember each of its records, in seconds.
    pub ttl: u32,
    /// What they say.
    pub data: BTreeSet<Datum>,
}

/// The sets that the values want, in the order of their names.
pub(super) fn wanted(records: &[DnsRecord], domain: &str) -> Vec<RecordSet> {
    let mut sets: BTreeMap<SetName, (u32, BTreeSet<Datum>)> = BTreeMap::new();
    for record in records {
        let kind = record.kind.name();
        let settings = RecordSettings {
            kind: kind.to_owned(),
            data: record.value.clone(),
            priority: record.priority.map(u32::from),
            port: record.port.map(u32::from),
            weight: record.weight.map(u32::from),
            flags: record.flags.map(u32::from),
            tag: record.tag.map(|tag| tag_name(tag).to_owned()),
            ..RecordSettings::default()
        };
        let set = sets.entry(SetName::new(kind, record.name.as_str(), domain)).or_insert((record.ttl, BTreeSet::new()));
        // The values have one time for all records of a set; the shortest is what resolvers keep to.
        set.0 = set.0.min(record.ttl);
        set.1.insert(Datum::of(&settings, domain));
    }
    sets.into_iter().map(|(name, (ttl, data))| RecordSet { name, ttl, data }).collect()
}

const fn tag_name(tag: CaaTag) -> &'static str {
    match tag {
        CaaTag::Issue => "issue",
        CaaTag::IssueWild => "issuewild",
        CaaTag::Iodef => "iodef",
    }
}

/// What makes the records that are there those of a set that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Records that are said anew, by their ids.
    pub(super) update: Vec<(u64, RecordSettings)>,
    /// Records that are missing.
    pub(super) create: Vec<RecordSettings>,
    /// Records that are too many, by their ids: also the second of two that are the same.
    pub(super) delete: Vec<u64>,
}

impl Changes {
    /// Whether everything is as it should be.
    pub(super) fn is_empty(&self) -> bool {
        self.update.is_empty() && self.create.is_empty() && self.delete.is_empty()
    }
}

/// What makes `there`, the records of the set, those that are wanted. A record that says something else is said anew
/// rather than deleted, so that the name does not go without an answer in between.
pub(super) fn changes(wanted: &RecordSet, there: &[Record], domain: &str) -> Changes {
    let mut changes = Changes::default();
    let mut missing = wanted.data.clone();
    let mut others = Vec::new();
    for record in there {
        let datum = Datum::of(&record.settings, domain);
        if !missing.remove(&datum) {
            others.push(record.id);
        } else if record.settings.ttl.is_some_and(|ttl| ttl != wanted.ttl) {
            changes.update.push((record.id, datum.settings(&wanted.name, wanted.ttl)));
        }
    }
    let mut missing = missing.into_iter().map(|datum| datum.settings(&wanted.name, wanted.ttl));
    for id in others {
        match missing.next() {
            Some(settings) => changes.update.push((id, settings)),
            None => changes.delete.push(id),
        }
    }
    changes.create.extend(missing);
    changes
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use serde_json::json;

    const DOMAIN: &str = "example.com";

    fn there(id: u64, kind: &str, name: &str, data: &str) -> Record {
        let settings = RecordSettings {
            kind: kind.into(),
            name: name.into(),
            data: data.into(),
            ttl: Some(1800),
            ..RecordSettings::default()
        };
        Record { id, settings }
    }

    fn set(records: serde_json::Value) -> RecordSet {
        let records: Vec<DnsRecord> = serde_json::from_value(records).unwrap();
        let mut sets = wanted(&records, DOMAIN);
        assert_eq!(sets.len(), 1);
        sets.remove(0)
    }

    fn a(data: &[&str]) -> RecordSet {
        set(data.iter().map(|data| json!({ "type": "A", "name": "www", "value": data })).collect())
    }

    #[test]
    fn names_have_one_spelling() {
        for (name, expected) in [
            ("www", "www"),
            ("WWW", "www"),
            ("@", "@"),
            ("", "@"),
            ("example.com.", "@"),
            ("www.example.com.", "www"),
            ("a.b.Example.com.", "a.b"),
            // Relative, however it looks.
            ("example.com", "example.com"),
            ("badexample.com.", "badexample.com"),
        ] {
            assert_eq!(SetName::new("a", name, DOMAIN).to_string(), format!("A.{expected}"), "{name}");
        }
        let of_the_service = |kind, name| SetName::new(kind, name, DOMAIN).is_of_the_service();
        assert!(of_the_service("SOA", "@") && of_the_service("NS", "@") && !of_the_service("NS", "sub"));
    }

    #[test]
    fn the_same_data_is_the_same_in_every_spelling() {
        for (kind, one, other) in [
            ("CNAME", "Target.example.net.", "target.example.net"),
            ("CNAME", "@", "example.com"),
            ("MX", "mx.example.com.", "mx.example.com"),
            ("NS", "ns.example.net.", "NS.example.net"),
            ("AAAA", "2001:db8:0:0::1", "2001:DB8::1"),
            ("A", "192.0.2.1", "192.0.2.1"),
        ] {
            let datum = |data| Datum::of(&there(1, kind, "x", data).settings, DOMAIN);
            assert_eq!(datum(one), datum(other), "{kind} {one}");
        }
        let txt = |data| Datum::of(&there(1, "TXT", "x", data).settings, DOMAIN);
        assert!(txt("Text.") != txt("text") && txt("@") != txt(DOMAIN));
    }

    #[test]
    fn targets_are_sent_with_a_dot_and_nothing_else_is() {
        for (record, data) in [
            (json!({ "type": "CNAME", "name": "x", "value": "a.example.net" }), "a.example.net."),
            (json!({ "type": "CNAME", "name": "x", "value": "@" }), "example.com."),
            (json!({ "type": "MX", "name": "x", "value": "a.example.net.", "priority": 10 }), "a.example.net."),
            (
                json!({ "type": "SRV", "name": "_x._tcp", "value": "a.example.net", "priority": 1, "port": 2, "weight": 3 }),
                "a.example.net.",
            ),
            (
                json!({ "type": "CAA", "name": "@", "value": "ca.example.net", "flags": 0, "tag": "issue" }),
                "ca.example.net.",
            ),
            (
                json!({ "type": "CAA", "name": "@", "value": "mailto:a@example.com", "flags": 0, "tag": "iodef" }),
                "mailto:a@example.com",
            ),
            (json!({ "type": "TXT", "name": "x", "value": "some text" }), "some text"),
            (json!({ "type": "A", "name": "x", "value": "192.0.2.1" }), "192.0.2.1"),
        ] {
            let one = set(json!([record]));
            let sent = one.data.first().unwrap().settings(&one.name, one.ttl);
            assert_eq!((sent.data.as_str(), sent.ttl), (data, Some(1800)));
            // What comes back has lost its dot, and is what was sent.
            let mut back = Record { id: 1, settings: sent };
            back.settings.data = back.settings.data.trim_end_matches('.').to_owned();
            assert!(changes(&one, &[back], DOMAIN).is_empty(), "{record}");
        }
    }

    #[test]
    fn a_set_that_is_as_it_should_be_is_left_alone() {
        let both = [there(1, "A", "www", "192.0.2.2"), there(2, "A", "www", "192.0.2.1")];
        assert!(changes(&a(&["192.0.2.1", "192.0.2.2"]), &both, DOMAIN).is_empty());
        // What the API fills in for a type that has no such field.
        let mut filled = there(1, "A", "www", "192.0.2.1");
        (filled.settings.priority, filled.settings.flags, filled.settings.tag) =
            (Some(0), Some(0), Some(String::new()));
        assert!(changes(&a(&["192.0.2.1"]), &[filled], DOMAIN).is_empty());
    }

    #[test]
    fn records_are_said_anew_before_any_is_made_or_deleted() {
        let wanted = a(&["192.0.2.1", "192.0.2.2"]);
        let sent = |data: &str| {
            let mut settings = there(0, "A", "www", data).settings;
            settings.ttl = Some(1800);
            settings
        };
        let one = changes(&wanted, &[there(7, "A", "www", "192.0.2.9")], DOMAIN);
        assert_eq!(one.update, [(7, sent("192.0.2.1"))]);
        assert_eq!((one.create, one.delete), (vec![sent("192.0.2.2")], vec![]));
        // The second of two that are the same is one too many.
        let double =
            [there(1, "A", "www", "192.0.2.1"), there(2, "A", "www", "192.0.2.1"), there(3, "A", "www", "192.0.2.2")];
        let less = changes(&wanted, &double, DOMAIN);
        assert_eq!((less.update, less.create, less.delete), (vec![], vec![], vec![2]));
    }

    #[test]
    fn a_set_has_one_time_to_live() {
        let mut wanted = a(&["192.0.2.1"]);
        wanted.ttl = 60;
        let changes = changes(&wanted, &[there(1, "A", "www", "192.0.2.1")], DOMAIN);
        assert_eq!(changes.update.len(), 1);
        // Sent whole: the data is checked again by the service.
        assert_eq!((changes.update[0].1.ttl, changes.update[0].1.data.as_str()), (Some(60), "192.0.2.1"));
    }
}
