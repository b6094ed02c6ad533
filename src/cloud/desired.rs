//! What the values want, as plain data: a part for each kind of resource.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Scope, buckets, clusters, domains, keys, pools, projects, vpcs};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{EnvironmentName, Values};
use crate::plan::Address;
use crate::source::Location;

/// What the values of one environment want of the cloud.
#[derive(Debug, Clone)]
pub struct Desired {
    /// What names and marks are made of.
    pub scope: Scope,
    /// The project that all belongs to.
    pub project: projects::Wanted,
    /// The network of the cluster, where it has one of its own.
    pub vpc: Option<vpcs::Wanted>,
    /// The cluster.
    pub cluster: clusters::Wanted,
    /// Its pools of nodes.
    pub pools: Vec<pools::Wanted>,
    /// Buckets.
    pub buckets: Vec<buckets::Wanted>,
    /// Access keys to buckets.
    pub keys: Vec<keys::Wanted>,
    /// The domain and its records, where it is managed.
    pub domain: Option<domains::Wanted>,
    /// Where each value stands, by its path.
    places: BTreeMap<Vec<String>, Location>,
}

impl Desired {
    /// What `values` want of the cloud for `environment`. `places` finds where a path of the values is written.
    pub fn of(values: &Values, environment: &EnvironmentName, places: &dyn Fn(&[&str]) -> Option<Location>) -> Self {
        let prefix = format!("{}-{environment}", values.platform.name);
        let scope = Scope { environment: environment.clone(), prefix };
        Self {
            project: projects::Wanted::of(values, &scope),
            vpc: vpcs::Wanted::of(values, &scope),
            cluster: clusters::Wanted::of(values, &scope),
            pools: pools::Wanted::of(values, &scope),
            buckets: buckets::Wanted::of(values, &scope),
            keys: keys::Wanted::of(values, &scope),
            domain: domains::Wanted::of(values, &scope),
            places: all_places(values, places),
            scope,
        }
    }

    /// The name of the environment.
    pub(super) fn environment(&self) -> &str {
        self.scope.environment.as_str()
    }

    /// The addresses of all that is wanted.
    pub(super) fn addresses(&self) -> Vec<Address> {
        let mut all = vec![self.project.address(), self.cluster.address()];
        all.extend(self.vpc.iter().map(vpcs::Wanted::address));
        all.extend(self.pools.iter().map(pools::Wanted::address));
        all.extend(self.buckets.iter().map(buckets::Wanted::address));
        all.extend(self.keys.iter().map(keys::Wanted::address));
        all.extend(self.domain.iter().flat_map(domains::Wanted::addresses));
        all
    }

    /// Where the value at `path` stands, or the closest one that it is a part of.
    fn place(&self, path: &[&str]) -> Option<&Location> {
        let path: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
        (1..=path.len()).rev().find_map(|length| self.places.get(&path[..length]))
    }

    /// A finding that points at the value at `path`.
    pub(super) fn finding(&self, code: Code, path: &[&str], message: impl Into<String>) -> Diagnostic {
        let finding = Diagnostic::error(code, message);
        match self.place(path) {
            Some(place) => finding.at(place.clone(), ""),
            None => finding,
        }
    }
}

/// Where the values stand that this room reads.
fn all_places(values: &Values, places: &dyn Fn(&[&str]) -> Option<Location>) -> BTreeMap<Vec<String>, Location> {
    let mut found = BTreeMap::new();
    let sections = [
        ("platform", serde_json::to_value(&values.platform)),
        ("cluster", serde_json::to_value(&values.cluster)),
        ("storage", serde_json::to_value(&values.storage)),
        ("dns", serde_json::to_value(&values.dns)),
    ];
    for (name, section) in sections {
        if let Ok(section) = section {
            walk(&section, &mut vec![name.to_owned()], places, &mut found);
        }
    }
    for need in values.bucket_key_needs() {
        remember(&need.asked_by, places, &mut found);
    }
    found
}

fn walk(
    value: &Value,
    path: &mut Vec<String>,
    places: &dyn Fn(&[&str]) -> Option<Location>,
    found: &mut BTreeMap<Vec<String>, Location>,
) {
    remember(path, places, found);
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        path.push(key);
        walk(child, path, places, found);
        path.pop();
    }
}

fn remember(
    path: &[String],
    places: &dyn Fn(&[&str]) -> Option<Location>,
    found: &mut BTreeMap<Vec<String>, Location>,
) {
    let keys: Vec<_> = path.iter().map(String::as_str).collect();
    if let Some(place) = places(&keys) {
        found.insert(path.to_vec(), place);
    }
}
