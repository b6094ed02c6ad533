//! Secrets that are made in the cluster: by cert-manager of Certificates and issuers, by its controller of `SealedSecret`s.

use super::{CLUSTER_ISSUER, Cursor, Facts, ISSUER, SECRET, keys};

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    match kind {
        "SealedSecret" => {
            let parts = keys(root, &["spec.encryptedData", "spec.template.data"]);
            let name = match root.text("spec.template.metadata.name") {
                "" => facts.id.name.clone(),
                name => name.to_owned(),
            };
            facts.bring(SECRET, &name, Some(&parts.iter().map(|part| &**part).collect::<Vec<_>>()));
        }
        "Certificate" => {
            let more = ["spec.keystores", "spec.additionalOutputFormats"].iter().any(|path| root.at(path).is_some());
            let parts: &[_] = &["tls.crt", "tls.key", "ca.crt"];
            facts.bring(SECRET, root.text("spec.secretName"), (!more).then_some(parts));
            issuer(facts, root);
        }
        "Issuer" | "ClusterIssuer" => {
            let account = root.text("spec.acme.privateKeySecretRef.name").to_owned();
            if kind == "Issuer" {
                facts.bring(SECRET, &account, None);
                facts.refer(root, "spec.ca.secretName", SECRET);
                root.each("spec.acme.solvers", |solver| solver_secrets(facts, &solver));
            }
        }
        _ => {}
    }
}

/// The issuer that a Certificate names. One of another group is made by a controller of its own.
fn issuer(facts: &mut Facts<'_>, root: &Cursor<'_>) {
    if !matches!(root.text("spec.issuerRef.group"), "" | "cert-manager.io") {
        return;
    }
    match root.text("spec.issuerRef.kind") {
        "" | "Issuer" => facts.refer(root, "spec.issuerRef.name", ISSUER),
        "ClusterIssuer" => facts.refer(root, "spec.issuerRef.name", CLUSTER_ISSUER),
        _ => None,
    };
}

/// The tokens that a solver of DNS challenges reads.
fn solver_secrets(facts: &mut Facts<'_>, solver: &Cursor<'_>) {
    let Some(dns) = solver.at("dns01") else { return };
    for provider in dns.items() {
        for value in provider.items().filter(|value| value.value().get("name").is_some()) {
            facts.refer_to_key(&value, SECRET);
        }
    }
}

/// The Certificates that cert-manager makes for an Ingress or a Gateway with its annotations.
pub(super) fn annotations(facts: &mut Facts<'_>, root: &Cursor<'_>, secrets: &[Box<str>]) {
    let Some(annotations) = root.at("metadata.annotations") else { return };
    let mut is_made = root.annotation("kubernetes.io/tls-acme").is_some();
    for (name, kind) in [("cert-manager.io/cluster-issuer", CLUSTER_ISSUER), ("cert-manager.io/issuer", ISSUER)] {
        let Some(issuer) = annotations.key(name) else { continue };
        is_made = true;
        // With a kind of its own it is an issuer of another controller.
        if let Some(text) = issuer.value().as_str()
            && root.annotation("cert-manager.io/issuer-kind").is_none()
        {
            let (name, route) = (text.into(), issuer.route());
            facts.refers.push(super::Reference { kind, namespace: None, name, route, part: None, is_soft: false });
        }
    }
    if is_made {
        for secret in secrets {
            facts.bring(SECRET, secret, Some(&["tls.crt", "tls.key", "ca.crt"]));
        }
    }
}
