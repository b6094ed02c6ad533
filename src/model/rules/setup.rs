//! What is set up outside of the cluster: networks, buckets with their keys, and people in groups.

use std::net::IpAddr;

use indexmap::IndexMap;

use super::{Found, RuleViolation};
use crate::diagnostic::{Code, listed, nearest};
use crate::model::names::GroupName;
use crate::model::network::Cidr;
use crate::model::values::{Provider, Values};

/// The private ranges of RFC 1918, section 3.
const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/// The networks of a cluster are private, of a size that the cloud takes, and apart from each other.
pub(super) fn networks_are_private(values: &Values, found: &mut Found) {
    let (vpc, ranges) = (values.cluster.vpc.as_ref(), values.cluster.ranges.as_ref());
    let whole = vpc.and_then(|vpc| vpc.range.as_ref()).map(|range| (["cluster", "vpc", "range"], range));
    let inner = ranges.map(|ranges| {
        [(["cluster", "ranges", "pods"], &ranges.pods), (["cluster", "ranges", "services"], &ranges.services)]
    });
    let networks: Vec<_> = whole.into_iter().chain(inner.into_iter().flatten()).collect();
    for (index, (path, range)) in networks.iter().enumerate() {
        let Some((_, length)) = private(range) else {
            found.push(RuleViolation::new(
                Code::InvalidValue,
                path,
                format!("`{range}` is no private network"),
                format!("take one inside of {}", listed(PRIVATE)),
            ));
            continue;
        };
        if path[1] == "vpc" && !(16..=28).contains(&length) {
            found.push(RuleViolation::new(
                Code::InvalidValue,
                path,
                format!("`{range}` is no size that a private network of the cloud can have"),
                "take a prefix from /16 to /28",
            ));
        }
        if let Some((other, theirs)) = networks[..index].iter().find(|(_, other)| overlap(range, other)) {
            found.push(RuleViolation::conflict(
                path,
                format!("`{range}` overlaps with `{theirs}` of `{}`", other.join(".")),
                "take networks that share no address",
            ));
        }
    }
}

/// The first address of an IPv4 network as a number, with the length of its prefix.
fn network(range: &Cidr) -> Option<(u32, u32)> {
    let (address, length) = range.as_str().split_once('/')?;
    let IpAddr::V4(address) = address.parse().ok()? else { return None };
    Some((address.to_bits(), length.parse().ok()?))
}

fn private(range: &Cidr) -> Option<(u32, u32)> {
    let (address, length) = network(range)?;
    let is_inside = |whole: &str| {
        let whole = Cidr::parse(whole).ok().and_then(|whole| network(&whole));
        whole.is_some_and(|(start, shorter)| length >= shorter && (address ^ start).leading_zeros() >= shorter)
    };
    PRIVATE.into_iter().any(is_inside).then_some((address, length))
}

fn overlap(one: &Cidr, other: &Cidr) -> bool {
    let (Some((one, a)), Some((other, b))) = (network(one), network(other)) else { return false };
    (one ^ other).leading_zeros() >= a.min(b)
}

/// Somebody has to reach the API: an empty list would lock everybody out, Argo CD's command included.
pub(super) fn somebody_reaches_the_api(values: &Values, found: &mut Found) {
    if values.cluster.api_access.as_ref().is_some_and(Vec::is_empty) {
        found.push(RuleViolation::conflict(
            &["cluster", "apiAccess"],
            "nobody reaches the Kubernetes API",
            "list the addresses that may, or leave `apiAccess` out to let everybody try",
        ));
    }
}

/// A bucket stands under one name, and a Secret holds one key.
pub(super) fn buckets_and_keys_are_apart(values: &Values, found: &mut Found) {
    let mut buckets = IndexMap::new();
    for (name, bucket) in &values.storage.buckets {
        if let Some(other) = buckets.insert((&bucket.name, &bucket.region), name) {
            found.push(RuleViolation::conflict(
                &["storage", "buckets", name.as_str(), "name"],
                format!("the buckets `{other}` and `{name}` are both `{}` in `{}`", bucket.name, bucket.region),
                "give each a name of its own, or use one for both",
            ));
        }
    }
    let mut secrets = IndexMap::new();
    for need in values.bucket_key_needs() {
        let path: Vec<&str> = need.asked_by.iter().map(String::as_str).collect();
        if let Some(other) = secrets.insert(need.secret.clone(), need.asked_by.join(".")) {
            found.push(RuleViolation::conflict(
                &path,
                format!("the Secret `{}` would hold two access keys, that of `{other}` too", need.secret),
                "name another Secret",
            ));
        }
    }
}

/// Only groups that mean something have members, and only a provider that we set up can be told so.
pub(super) fn members_are_of_groups(values: &Values, found: &mut Found) {
    let identity = &values.identity;
    if identity.members.is_empty() {
        return;
    }
    if identity.provider == Provider::Oidc {
        found.push(RuleViolation::conflict(
            &["identity", "members"],
            "the members of groups are listed, and nothing puts them there",
            "fill the groups at the provider and remove `members`, or use `provider: auth0`",
        ));
    }
    let groups = &identity.groups;
    let known: Vec<&GroupName> = [&groups.admins, &groups.editors, &groups.viewers].into_iter().flatten().collect();
    for group in identity.members.keys().filter(|group| !known.contains(group)) {
        let near = nearest(group.as_str(), known.iter().map(|group| group.as_str()));
        let help = near.map_or("name it under `identity.groups`, too".to_owned(), |near| format!("write `{near}`"));
        found.push(RuleViolation::conflict(
            &["identity", "members", group.as_str()],
            format!("the group `{group}` has members, and may do nothing"),
            help,
        ));
    }
}
