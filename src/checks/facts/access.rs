//! Who may do what: bindings and their roles and accounts; the webhooks that the API server asks; exceptions from policies.

use super::{
    CLUSTER_POLICY, CLUSTER_ROLE, Cursor, Detail, Facts, POLICY, ROLE, Reference, SERVICE, SERVICE_ACCOUNT, names,
};

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    match kind {
        "RoleBinding" | "ClusterRoleBinding" => {
            let role = if root.text("roleRef.kind") == "Role" { ROLE } else { CLUSTER_ROLE };
            facts.refer(root, "roleRef.name", role);
            root.each("subjects", |subject| {
                if subject.text("kind") == "ServiceAccount"
                    && let Some(account) = facts.refer(&subject, "name", SERVICE_ACCOUNT)
                {
                    account.namespace(&subject, "namespace");
                }
            });
        }
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            root.each("webhooks", |webhook| service(facts, &webhook, "clientConfig.service"));
        }
        "CustomResourceDefinition" => service(facts, root, "spec.conversion.webhook.clientConfig.service"),
        "APIService" => service(facts, root, "spec.service"),
        "ClusterPolicy" | "Policy" => {
            facts.parts = Some(names(root, "spec.rules", "name"));
            let mut makes = false;
            root.each("spec.rules", |rule| makes |= rule.at("generate").is_some());
            if makes {
                facts.detail = Detail::Generator;
            }
        }
        "PolicyException" => root.each("spec.exceptions", |exception| policy(facts, &exception)),
        _ => {}
    }
}

/// A Service that the API server asks.
fn service(facts: &mut Facts<'_>, at: &Cursor<'_>, path: &str) {
    if let Some(service) = at.at(path)
        && let Some(reference) = facts.refer(&service, "name", SERVICE)
    {
        reference.namespace(&service, "namespace").part(&service, "port");
    }
}

/// A policy that there is an exception from: `name`, or `namespace/name`, and the rules of it.
fn policy(facts: &mut Facts<'_>, exception: &Cursor<'_>) {
    let Some(name) = exception.at("policyName") else { return };
    let Some(text) = name.value().as_str() else { return };
    let (namespace, bare) = match text.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, text),
    };
    let reference = |part| Reference {
        kind: if namespace.is_some() { POLICY } else { CLUSTER_POLICY },
        namespace: namespace.map(Box::from),
        name: bare.into(),
        route: name.route(),
        part,
        is_soft: true,
    };
    let mut found = vec![reference(None)];
    exception.each("ruleNames", |rule| {
        // Rules for single kinds of workloads are made of those for pods.
        let text = rule.value().as_str().unwrap_or_default();
        if !text.contains('*') && !text.starts_with("autogen-") {
            found.push(reference(Some((text.into(), rule.route()))));
        }
    });
    facts.refers.extend(found);
}
