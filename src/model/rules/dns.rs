//! DNS records: what each type needs, and how records of one name must agree.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Found, RuleViolation};
use crate::diagnostic::Code;
use crate::model::names::service_labels;
use crate::model::values::{DnsRecord, RecordType, Values};

/// Each record has the fields of its type and no others, and a value that its type can hold.
pub(super) fn records_are_complete(values: &Values, found: &mut Found) {
    for (index, record) in records(values).iter().enumerate() {
        let index = index.to_string();
        let path = ["dns", "records", &index];
        for (field, is_set, is_needed) in fields(record) {
            if is_needed && !is_set {
                found.push(RuleViolation::new(
                    Code::MissingValue,
                    &path,
                    format!("the {} record `{}` does not set `{field}`", record.kind.name(), record.name),
                    format!("add `{field}`"),
                ));
            } else if is_set && !is_needed {
                found.push(RuleViolation::conflict(
                    &[&path[..], &[field]].concat(),
                    format!(
                        "the {} record `{}` sets `{field}`, which its type does not have",
                        record.kind.name(),
                        record.name
                    ),
                    format!("remove `{field}`"),
                ));
            }
        }
        if let Err(wanted) = check_value(record) {
            found.push(RuleViolation::new(
                Code::InvalidValue,
                &[&path[..], &["value"]].concat(),
                format!(
                    "`{}` is not what {} record holds",
                    crate::model::scalars::shown(&record.value),
                    article(record.kind)
                ),
                format!("write {wanted}"),
            ));
        }
    }
}

/// No CNAME beside other records or at the top of the domain, one TTL for all records of a name and type, no repeats.
pub(super) fn records_agree(values: &Values, found: &mut Found) {
    let records = records(values);
    for (index, record) in records.iter().enumerate() {
        let at = index.to_string();
        let path = ["dns", "records", &at];
        if record.kind == RecordType::Cname && record.name.as_str() == "@" {
            found.push(
                RuleViolation::conflict(
                    &path,
                    "the domain itself cannot be a CNAME",
                    "write A and AAAA records for `@` instead",
                )
                .note("the domain has NS and SOA records, and a CNAME stands alone (RFC 1034, section 3.6.2)"),
            );
        }
        let Some(earlier) = records[..index].iter().find(|other| clashes(record, other)) else { continue };
        found.push(if earlier.name == record.name && earlier.kind == record.kind && same_data(record, earlier) {
            RuleViolation::conflict(
                &path,
                format!("the {} record `{}` is there twice", record.kind.name(), record.name),
                "remove one of the two",
            )
        } else if earlier.kind == record.kind && record.kind != RecordType::Cname {
            RuleViolation::conflict(
                &[&path[..], &["ttl"]].concat(),
                format!("the {} records of `{}` have different times to live", record.kind.name(), record.name),
                format!("write {} for all of them", earlier.ttl),
            )
            .note("resolvers know one time for all records of a name and type (RFC 2181, section 5.2)")
        } else {
            RuleViolation::conflict(
                &path,
                format!("`{}` is a CNAME and has another record too", record.name),
                "keep the CNAME alone, or write the other records without it",
            )
        });
    }
}

fn records(values: &Values) -> &[DnsRecord] {
    values.dns.as_ref().map_or(&[], |dns| &dns.records)
}

/// Whether two records of one name cannot both stand.
fn clashes(one: &DnsRecord, other: &DnsRecord) -> bool {
    let cname = one.kind == RecordType::Cname || other.kind == RecordType::Cname;
    let set = one.kind == other.kind && (one.ttl != other.ttl || same_data(one, other));
    one.name == other.name && (cname || set)
}

fn same_data(one: &DnsRecord, other: &DnsRecord) -> bool {
    let data = |record: &DnsRecord| {
        (record.value.clone(), record.priority, record.port, record.weight, record.flags, record.tag)
    };
    data(one) == data(other)
}

/// The optional fields: the name, whether the record sets it, whether its type has it. A type that has one needs it.
fn fields(record: &DnsRecord) -> [(&'static str, bool, bool); 5] {
    let (mx, srv, caa) =
        (record.kind == RecordType::Mx, record.kind == RecordType::Srv, record.kind == RecordType::Caa);
    [
        ("priority", record.priority.is_some(), mx || srv),
        ("port", record.port.is_some(), srv),
        ("weight", record.weight.is_some(), srv),
        ("flags", record.flags.is_some(), caa),
        ("tag", record.tag.is_some(), caa),
    ]
}

/// Whether the value is of its type's kind; otherwise, what is.
fn check_value(record: &DnsRecord) -> Result<(), &'static str> {
    let value = record.value.as_str();
    let target = || value == "@" || service_labels(value.strip_suffix('.').unwrap_or(value)).is_ok();
    let (right, wanted) = match record.kind {
        RecordType::A => (value.parse::<Ipv4Addr>().is_ok(), "an IPv4 address, such as `203.0.113.7`"),
        RecordType::Aaaa => (value.parse::<Ipv6Addr>().is_ok(), "an IPv6 address, such as `2001:db8::7`"),
        RecordType::Cname | RecordType::Mx | RecordType::Ns | RecordType::Srv => {
            (target(), "a full host name in lower case, such as `mx.example.com`, or `@`")
        }
        RecordType::Caa | RecordType::Txt => (!value.is_empty(), "some text"),
    };
    if right { Ok(()) } else { Err(wanted) }
}

/// The name with the article that goes with how it is spoken.
fn article(kind: RecordType) -> String {
    let vowel = !matches!(kind, RecordType::Caa | RecordType::Cname | RecordType::Txt);
    format!("{} {}", if vowel { "an" } else { "a" }, kind.name())
}
