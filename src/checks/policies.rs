//! Policies: what is asked of a document beyond being valid, so that what it describes runs safely and goes on running.
//!
//! One file each, which holds the rule, why it is there, what to do, and an example of what breaks it and of what does
//! not: the pages of docs/codes/ are made of these. How much a policy counts stands in the values; whether a cluster with
//! Kyverno holds what is applied to the same rule stands here, and a test compares that with what is rendered for it.
//!
//! A patch of a kustomization says only a part. It is judged by what it says; what it leaves out, its base may have.

use serde_json::Value;

use super::finding::Finding;
use super::inventory::Listed;
use super::subject::Subject;
use super::surroundings::Surroundings;
use crate::diagnostic::{Code, Explanation, Severity};
use crate::model::Values;

mod exposed_service;
mod floating_image;
mod foreign_host;
mod host_access;
mod image_digest;
mod images;
mod impossible_quantity;
mod judged;
mod missing_disruption_budget;
mod missing_limits;
mod missing_network_policy;
mod missing_probe;
mod missing_requests;
mod missing_tls;
mod pod_security;
mod pods;
mod staging_issuer;
mod wildcard_rbac;

use judged::Judged;

/// A policy with all that is to be known of it.
#[derive(Debug)]
pub struct Policy {
    /// The code of its findings; the policy in the cluster has the same name.
    pub code: Code,
    /// Why it is there, and what to do.
    pub explanation: Explanation,
    /// A document that breaks it, as YAML.
    pub wrong: &'static str,
    /// The same document, mended.
    pub right: &'static str,
    /// Whether the cluster holds what is applied to it as well.
    pub cluster: InCluster,
    rule: Rule,
}

/// Whether Kyverno, where it is on, holds what is applied to a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InCluster {
    /// By a `ValidatingPolicy` of the same name.
    Held,
    /// It does not, and this is why.
    Not(&'static str),
}

/// How a policy looks for what breaks it.
#[derive(Debug)]
enum Rule {
    /// In one document.
    Document(fn(&Judged<'_>) -> Vec<Finding>),
    /// In all documents together.
    Tree(fn(&Forest<'_>) -> Vec<Finding>),
}

/// All documents of a tree, for policies about several of them.
struct Forest<'a> {
    inventory: &'a [Listed<'a>],
    around: &'a Surroundings<'a>,
}

impl Forest<'_> {
    /// The namespace that a document is applied to; empty if nothing tells.
    fn namespace(&self, listed: &Listed<'_>) -> String {
        self.around.namespace(listed.file.path.as_str(), &listed.text(&["metadata", "namespace"])).to_owned()
    }
}

/// Every policy, in the order of the codes.
pub const POLICIES: &[Policy] = &[
    floating_image::POLICY,
    image_digest::POLICY,
    missing_requests::POLICY,
    missing_limits::POLICY,
    missing_probe::POLICY,
    pod_security::POLICY,
    host_access::POLICY,
    missing_disruption_budget::POLICY,
    missing_network_policy::POLICY,
    wildcard_rbac::POLICY,
    missing_tls::POLICY,
    foreign_host::POLICY,
    exposed_service::POLICY,
    impossible_quantity::POLICY,
    staging_issuer::POLICY,
];

/// The policy whose findings have `code`.
pub fn policy(code: Code) -> Option<&'static Policy> {
    POLICIES.iter().find(|policy| policy.code == code)
}

/// The policies that count in an environment, each with how much.
pub(super) struct Active<'a> {
    policies: Vec<(&'static Policy, Severity)>,
    pub(super) around: &'a Surroundings<'a>,
}

impl<'a> Active<'a> {
    pub(super) fn of(values: &Values, around: &'a Surroundings<'a>) -> Self {
        let counting = |policy: &'static Policy| Some((policy, values.policies.level(policy.code).severity()?));
        Self { policies: POLICIES.iter().filter_map(counting).collect(), around }
    }

    /// What the policies about one document say of `subject`; of a List, what they say of its items.
    pub(super) fn of_document(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        match subject.data.get("items").and_then(Value::as_array).filter(|_| subject.kind() == ("v1", "List")) {
            None => self.judge(&Judged::new(subject, subject.data, &[], self.around), &mut found),
            Some(items) => {
                for (index, item) in items.iter().enumerate() {
                    let route = ["items".to_owned(), index.to_string()];
                    self.judge(&Judged::new(subject, item, &route, self.around), &mut found);
                }
            }
        }
        found
    }

    fn judge(&self, judged: &Judged<'_>, found: &mut Vec<Finding>) {
        if !judged.is_of_interest() {
            return;
        }
        for (policy, severity) in &self.policies {
            if let Rule::Document(rule) = policy.rule {
                found.extend(rule(judged).into_iter().map(|finding| finding.counting(*severity)));
            }
        }
    }

    /// What the policies about several documents say of those of a tree.
    pub(super) fn of_tree(&self, inventory: &[Listed<'_>]) -> Vec<Finding> {
        let forest = Forest { inventory, around: self.around };
        let found = self.policies.iter().filter_map(|(policy, severity)| match policy.rule {
            Rule::Tree(rule) => Some((rule(&forest), *severity)),
            Rule::Document(_) => None,
        });
        found.flat_map(|(found, severity)| found.into_iter().map(move |one| one.counting(severity))).collect()
    }
}
