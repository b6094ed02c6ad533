//! Plans about the domain and its records.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::*;
use crate::cloud::buckets::tests::{desired, lines, observed, plan_of, wishes};
use crate::cloud::digitalocean::domains::RecordSettings;
use crate::cloud::{Goal, Wishes};

const URN: &str = "do:domain:example.com";
const KINDS: &[&str] = &["domain", "record"];

fn wanted(records: &Value) -> Desired {
    desired(&json!({ "dns": { "domain": "example.com", "records": records } }))
}

fn www() -> Value {
    json!([{ "type": "A", "name": "www", "value": "192.0.2.1" }])
}

/// The domain with what the service makes, and more records: type, name and data.
fn there(members: &[&str], more: &str, records: &[(&str, &str, &str)]) -> crate::cloud::Observed {
    let of_the_service = [("SOA", "@", "1800"), ("NS", "@", "ns1.digitalocean.com")];
    let all = of_the_service.iter().chain(records).zip(1..);
    let records = all.map(|((kind, name, data), id)| {
        let ttl = Some(1800);
        let (kind, name, data) = ((*kind).to_owned(), (*name).to_owned(), (*data).to_owned());
        Record { id, settings: RecordSettings { kind, name, data, ttl, ..RecordSettings::default() } }
    });
    let mut observed = observed(members, more);
    observed.domain = Observed { is_there: true, records: records.collect() };
    observed
}

fn planned(records: &Value, observed: &crate::cloud::Observed) -> Vec<String> {
    lines(&plan_of(&wanted(records), observed, &wishes(Goal::Apply, KINDS)))
}

fn claim(owner: &str) -> String {
    format!("heritage=external-dns,external-dns/owner={owner},external-dns/resource=ingress/a/b")
}

#[test]
fn a_domain_is_made_before_its_records_and_then_left_alone() {
    let absent = observed(&[], "");
    assert_eq!(planned(&www(), &absent), ["Create domain.example.com", "Create record.A.www"]);
    let done = there(&[URN], "", &[("A", "www", "192.0.2.1")]);
    assert_eq!(planned(&www(), &done), Vec::<String>::new());
    // Without a section about it nobody looks for a domain.
    assert!(desired(&json!({})).domain.is_none());
}

#[test]
fn a_domain_without_the_project_is_not_ours_and_neither_are_its_records() {
    let foreign = planned(&www(), &there(&[], "", &[]));
    let message = "the domain `example.com` exists, and nothing says that it belongs to `dev`";
    assert_eq!(foreign, [format!("not-owned: {message}")]);
    let begun = there(&[], &format!(" creating:{URN}"), &[]);
    assert_eq!(planned(&www(), &begun), ["Update domain.example.com", "Create record.A.www"]);
}

#[test]
fn sets_are_brought_to_what_the_values_say() {
    let double = [("A", "www", "192.0.2.1"), ("A", "www", "192.0.2.1")];
    let plan = plan_of(&wanted(&www()), &there(&[URN], "", &double), &wishes(Goal::Apply, KINDS)).unwrap();
    assert_eq!(lines(&Ok(plan.clone())), ["Update record.A.www"]);
    let (before, after) = (vec!["192.0.2.1", "192.0.2.1"], vec!["192.0.2.1"]);
    assert_eq!(plan.steps[0].attributes, [Attribute::changed("records", before, after)]);
    let hourly = json!([{ "type": "A", "name": "www", "value": "192.0.2.1", "ttl": 3600 }]);
    let plan = plan_of(&wanted(&hourly), &there(&[URN], "", &double[..1]), &wishes(Goal::Apply, KINDS)).unwrap();
    assert_eq!(plan.steps[0].attributes, [Attribute::changed("ttl", 1800, 3600)]);
}

#[test]
fn records_of_nobody_are_said_and_deleted_only_on_demand() {
    let others = [
        ("MX", "@", "mx.example.net"),
        ("TXT", "old", "x"),
        ("TXT", "_acme-challenge.www", "token"),
        ("A", "www", "192.0.2.1"),
        ("A", "app", "192.0.2.9"),
        ("TXT", "a-owner.app", &claim("example-dev")),
    ];
    let observed = there(&[URN], "", &others);
    let report = "domain.example.com has records that no value wants: `MX.@`, `TXT.old`";
    assert_eq!(planned(&www(), &observed), [report]);
    let prune = Wishes { prune: true, ..wishes(Goal::Apply, KINDS) };
    let pruned = lines(&plan_of(&wanted(&www()), &observed, &prune));
    assert_eq!(pruned, ["Delete record.MX.@", "Delete record.TXT.old"]);
}

#[test]
fn what_external_dns_has_written_is_never_touched() {
    let claimed = [("A", "www", "192.0.2.9"), ("TXT", "a-owner.www", &claim("example-dev"))];
    let refused = planned(&www(), &there(&[URN], "", &claimed));
    assert_eq!(refused, ["not-owned: the A record `www.example.com` is written by external-dns"]);
    // What it says about a set is not a part of the text records of that name.
    let text = json!([{ "type": "TXT", "name": "@", "value": "v=spf1 -all" }]);
    let both = [("TXT", "@", "v=spf1 -all"), ("TXT", "@", &*claim("example-dev"))];
    assert_eq!(planned(&text, &there(&[URN], "", &both)), Vec::<String>::new());
}

#[test]
fn what_can_not_be_is_said_before_anything_is_done() {
    let cname = json!([{ "type": "CNAME", "name": "www", "value": "a.example.net" }]);
    let beside = there(&[URN], "", &[("A", "www", "192.0.2.1")]);
    let finding = "cannot-change: the CNAME record `www.example.com` can't be beside the `A` that is there";
    assert_eq!(planned(&cname, &beside), [finding]);
    let prune = Wishes { prune: true, ..wishes(Goal::Apply, KINDS) };
    // What is in the way goes first.
    let pruned = lines(&plan_of(&wanted(&cname), &beside, &prune));
    assert_eq!(pruned, ["Delete record.A.www", "Create record.CNAME.www"]);
    let other_way = planned(&www(), &there(&[URN], "", &[("CNAME", "www", "a.example.net")]));
    assert_eq!(other_way, ["cannot-change: the A record `www.example.com` can't be beside the `CNAME` that is there"]);
    let servers = json!([{ "type": "NS", "name": "@", "value": "ns.example.net" }]);
    let finding = "cannot-change: the NS record `example.com` is made with the domain, and stays";
    assert_eq!(planned(&servers, &there(&[URN], "", &[])), [finding]);
}

fn destroyed(records: &[(&str, &str, &str)], delete_data: bool) -> Vec<String> {
    let wishes = Wishes { delete_data, ..wishes(Goal::Destroy, KINDS) };
    lines(&plan_of(&wanted(&www()), &there(&[URN], "", records), &wishes))
}

#[test]
fn a_domain_goes_only_where_no_records_of_others_go_with_it() {
    let ours = [
        ("A", "www", "192.0.2.1"),
        // The external-dns of this cluster, which goes as well.
        ("A", "app", "192.0.2.9"),
        ("TXT", "a-owner.app", &*claim("example-dev")),
    ];
    assert_eq!(destroyed(&ours, false), ["Delete record.A.www", "Delete domain.example.com"]);
    let mail = [("A", "www", "192.0.2.1"), ("MX", "@", "mx.example.net")];
    let kept = "domain.example.com has records of others, `MX.@`, and stays";
    assert_eq!(destroyed(&mail, false), ["Delete record.A.www", kept]);
    assert_eq!(destroyed(&mail, true), ["Delete record.A.www", "Delete domain.example.com"]);
    let other_cluster = [("A", "app", "192.0.2.9"), ("TXT", "a-owner.app", &*claim("example-prod"))];
    let kept = "domain.example.com has records of others, `A.app`, `TXT.a-owner.app`, and stays";
    assert_eq!(destroyed(&other_cluster, false), [kept]);
    let foreign = there(&[], "", &ours);
    let left = lines(&plan_of(&wanted(&www()), &foreign, &wishes(Goal::Destroy, KINDS)));
    assert_eq!(left, ["domain.example.com is not in the project, and stays with all its records"]);
}

#[test]
fn adopting_puts_a_domain_into_the_project_and_changes_nothing_else() {
    let adopt = wishes(Goal::Adopt(vec![Address::new("domain", "example.com")]), KINDS);
    let plan = |members| lines(&plan_of(&wanted(&www()), &there(members, "", &[]), &adopt));
    assert_eq!(plan(&[]), ["Adopt domain.example.com"]);
    assert_eq!(plan(&[URN]), ["domain.example.com belongs to the environment already"]);
}

#[test]
fn outputs_tell_the_name_servers() {
    let told = crate::cloud::outputs(&wanted(&json!([])), &there(&[URN], "", &[])).domain.unwrap();
    assert_eq!((told.name.as_str(), told.name_servers[0].as_str()), ("example.com", "ns1.digitalocean.com"));
    assert_eq!(crate::cloud::outputs(&wanted(&json!([])), &there(&[], "", &[])).domain, None);
}
