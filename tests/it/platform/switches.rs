//! A service that is off leaves no trace, and on again it gives the same bytes.

use std::collections::BTreeSet;

use super::names::GROUPS;
use super::projects::OF_KUBERNETES;
use super::{ENVOY_GATEWAY, NGINX, NOTHING_SEALED, Platform, Problems, TRAEFIK, has_word, platforms};
use crate::support::{Entry, Scene};

/// Services without which another refuses to be installed, each with those that need it.
const NEEDED_BY: &[(&str, &[&str])] = &[
    ("prometheus-operator-crds", &["kube-prometheus-stack"]),
    ("loki", &["alloy"]),
    ("cert-manager", &["oauth2-proxy", "tekton"]),
    ("oauth2-proxy", &["tekton"]),
];

/// Words of a service that is off which may stand where they stand: the word, the beginning of the path, the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("cert-manager", "services/argo-cd/values.yaml", "Argo CD's own list of kinds that it does not look at"),
    ("cert-manager.io", "services/argo-cd/values.yaml", "Argo CD's own list of kinds that it does not look at"),
    ("kyverno", "services/argo-cd/values.yaml", "Argo CD's own list of kinds that it does not look at"),
    ("kyverno.io", "services/argo-cd/values.yaml", "Argo CD's own list of kinds that it does not look at"),
    ("monitoring", "services/loki/values.yaml", "a key of that chart, not the namespace"),
    ("argocd", "services/kyverno/", "the namespace that Applications live in, whoever installed Argo CD"),
    ("argocd", "apps/", "the namespace that Applications live in, whoever installed Argo CD"),
    ("argocd", "applications/", "the namespace that Applications live in, whoever installed Argo CD"),
    ("argocd", "bootstrap/", "the namespace that Applications live in, whoever installed Argo CD"),
    ("argo-cd", "bootstrap/", "the same"),
];

fn key<'a>(platform: &'a Platform, name: &str) -> &'a str {
    platform.values.services.all().find(|service| service.name == name).unwrap().key
}

/// The `--set` arguments that switch `name` off, with what can't be without it.
fn off(platform: &Platform, name: &str) -> Vec<String> {
    let needed_by = NEEDED_BY.iter().find(|(needed, _)| *needed == name).map_or(&[][..], |(_, by)| by);
    let names: Vec<_> = std::iter::once(name).chain(needed_by.iter().copied()).collect();
    // The sample's pipeline runs on the one, and hears of pushes through the other.
    let needed = names.contains(&"tekton") || names.contains(&"ingress");
    let pipeline = needed.then(|| "applications.lofi.pipeline=null".to_owned());
    let services = names.iter().map(|name| format!("services.{}.enabled=false", key(platform, name)));
    services.chain(pipeline).collect()
}

/// Everything by which a reader would know the service: names of its own, which nothing else has.
fn words(platform: &Platform, name: &str) -> BTreeSet<String> {
    let others: Vec<_> = platform.values.services.iter().filter(|(other, _)| *other != name).collect();
    let (_, service) = platform.values.services.iter().find(|(one, _)| *one == name).unwrap();
    let mut words = BTreeSet::new();
    // The name `ingress` is a word of Kubernetes: its paths are told apart below.
    words.extend(Some(name).filter(|name| *name != "ingress").map(ToOwned::to_owned));
    words.insert(service.chart().name.as_str().to_owned());
    let namespace = service.namespace().as_str();
    if !OF_KUBERNETES.contains(&namespace) && others.iter().all(|(_, other)| other.namespace().as_str() != namespace) {
        words.insert(namespace.to_owned());
    }
    words.extend(service.needs().host().map(|host| host.under(&platform.values.platform.domain)));
    for need in service.needs().secrets(&platform.values) {
        let secret = need.id.name();
        let shared =
            platform.values.secret_needs().iter().any(|other| other.id != need.id && other.id.name() == secret);
        words.extend(Some(secret.to_owned()).filter(|_| !shared));
    }
    words.extend(GROUPS.iter().filter(|(_, owner)| *owner == Some(name)).map(|(group, _)| (*group).to_owned()));
    words
}

#[test]
fn a_service_that_is_off_leaves_no_trace() {
    let mut problems = Problems::default();
    // The environment in which most is on; with each controller, since each writes other things for a host.
    let platform = platforms().iter().find(|platform| platform.name == "prod, everything on").unwrap();
    for (controller, sets) in [("nginx", NGINX), ("Traefik", TRAEFIK), ("Envoy Gateway", ENVOY_GATEWAY)] {
        let sets: Vec<_> = platform.sets.iter().cloned().chain(sets.iter().map(|set| (*set).to_owned())).collect();
        let before = Platform::of(platform.environment, controller, &sets).unwrap();
        for (name, _) in before.values.services.iter() {
            // Production without TLS needs a reason.
            let reason = "policies.severities.missing-tls={level: off, reason: TLS ends before the cluster}".to_owned();
            let sets: Vec<_> = sets.iter().cloned().chain(off(&before, name)).chain([reason]).collect();
            let after = match Platform::of(platform.environment, &format!("{controller}, without {name}"), &sets) {
                Ok(after) => after,
                Err(found) => {
                    problems.add(&before, format!("{name} can't be switched off: {found}"));
                    continue;
                }
            };
            for path in
                after.tree.files.keys().filter(|path| path.as_str().split(['/', '.']).any(|segment| segment == name))
            {
                if !path.as_str().starts_with("bootstrap/") {
                    problems.add(&after, format!("{path} is still there without {name}"));
                }
            }
            for word in words(&before, name) {
                for (path, file) in &after.tree.files {
                    let allowed =
                        ALLOWED.iter().any(|(one, prefix, _)| *one == word && path.as_str().starts_with(prefix));
                    if let Some(line) = file
                        .text
                        .lines()
                        .find(|line| has_word(&line.replace("argocd.argoproj.io", ""), &word))
                        .filter(|_| !allowed)
                    {
                        problems.add(&after, format!("without {name}, {path} still says `{word}`: {}", line.trim()));
                    }
                }
            }
        }
    }
    problems.assert_none();
}

#[test]
fn what_others_need_can_not_be_switched_off_alone() {
    for platform in platforms().iter().filter(|platform| platform.name.ends_with("everything on")) {
        for (name, by) in NEEDED_BY {
            let sets: Vec<_> = platform.sets.iter().cloned().chain(off(platform, name).into_iter().take(1)).collect();
            assert!(Platform::of(platform.environment, "", &sets).is_err(), "{name} goes away below {by:?}");
        }
    }
}

#[test]
fn a_service_that_is_on_again_gives_the_same_bytes() {
    // The real command, writing: also what is left on the disk counts.
    let scene = Scene::of_this_repository();
    let on = [
        NOTHING_SEALED,
        "services.kyverno.enabled=true",
        "services.falco.enabled=true",
        "services.trivyOperator.enabled=true",
    ];
    let platform = Platform::of("dev", "", &on).unwrap();
    let render = |more: &[String]| {
        let sets = on.iter().copied().chain(more.iter().map(String::as_str)).flat_map(|set| ["--set", set]);
        scene.render(&["--env", "dev", "--allow-delete", "all"].into_iter().chain(sets).collect::<Vec<_>>()).succeeds();
        let mut out = scene.out();
        // What its digest of the inputs is made of differs.
        out.retain(|path, entry| matches!(entry, Entry::File(_)) && !path.ends_with("render.lock"));
        out
    };
    let before = render(&[]);
    for (name, _) in platform.values.services.iter() {
        assert!(render(&off(&platform, name)).len() < before.len(), "{name}");
    }
    assert!(render(&[]) == before, "not all come back with the same bytes");
}
