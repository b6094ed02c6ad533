//! A host stands in one place of the values, and all that is made of it follows: addresses that people are sent back to
//! after a login, here and at the identity provider, ingresses, certificates.

use std::collections::BTreeMap;

use super::fake::{Auth0, World};
use crate::support::{Entry, Run, Scene};

const ENVIRONMENTS: [&str; 2] = ["dev", "prod"];

/// Everything that is rendered, by path. The lock is left out: it is made of the others' hashes.
fn rendered(scene: &Scene) -> BTreeMap<String, String> {
    scene.render(&["--all", "--quiet"]).succeeds();
    let files = scene.out().into_iter().filter_map(|(path, entry)| match entry {
        Entry::File(bytes) if !path.ends_with("render.lock") => Some((path, String::from_utf8(bytes).unwrap())),
        _ => None,
    });
    files.collect()
}

/// Exchanges a text of the values, which has to be there once.
fn exchange(scene: &Scene, path: &str, old: &str, new: &str) {
    let text = scene.read(path);
    assert_eq!(text.matches(old).count(), 1, "{path}: {old}");
    scene.write(path, text.replace(old, new));
}

/// The lines that `after` has and `before` has not, by path.
fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    assert!(before.keys().eq(after.keys()), "other files than before");
    let lines = after.iter().map(|(path, text)| {
        let old: Vec<_> = before[path].lines().collect();
        let new = text.lines().filter(|line| !old.contains(line)).map(|line| line.trim().to_owned());
        (path.clone(), new.collect::<Vec<_>>())
    });
    lines.filter(|(_, lines)| !lines.is_empty()).collect()
}

#[test]
fn a_host_of_one_program_is_changed_in_one_place() {
    let scene = Scene::of_this_repository();
    let before = rendered(&scene);
    exchange(&scene, "values/base.yaml", "host: grafana ", "host: dashboards ");
    let after = rendered(&scene);
    // Nothing else changes, and nothing keeps the old name.
    for environment in ENVIRONMENTS {
        let domain = if environment == "dev" { "dev.example.com" } else { "example.com" };
        let (old, new) = (format!("grafana.{domain}"), format!("dashboards.{domain}"));
        for (path, text) in before.iter().filter(|(path, _)| path.starts_with(environment)) {
            assert_eq!(text.replace(&old, &new), after[path], "{path}");
        }
    }
    // And this is what has to follow: where a login leads back to, the ingress with its rule, the certificate.
    let changes = changed(&before, &after);
    let dev: BTreeMap<_, _> = changes.iter().filter(|(path, _)| path.starts_with("dev/")).collect();
    insta::assert_debug_snapshot!(dev, @r#"
    {
        "dev/services/kube-prometheus-stack/manifests/route.yaml": [
            "- dashboards.dev.example.com",
            "- host: dashboards.dev.example.com",
            "- dashboards.dev.example.com",
        ],
        "dev/services/kube-prometheus-stack/values.yaml": [
            "domain: dashboards.dev.example.com",
            "root_url: https://dashboards.dev.example.com",
        ],
    }
    "#);
    assert_eq!(changes.len(), ENVIRONMENTS.len() * dev.len(), "{:?}", changes.keys());
}

#[test]
fn the_domain_of_an_environment_is_changed_in_one_place() {
    let scene = Scene::of_this_repository();
    let before = rendered(&scene);
    // The zone of the cloud is another value: a platform may live below a domain that somebody else looks after.
    exchange(&scene, "values/dev.yaml", "  domain: dev.example.com\n", "  domain: staging.example.org\n");
    let after = rendered(&scene);
    for (path, text) in &before {
        let expected = if path.starts_with("dev/") {
            text.replace("dev.example.com", "staging.example.org")
        } else {
            text.clone()
        };
        assert_eq!(expected, after[path], "{path}");
    }
    // Each program that people log in to says its address to the provider; all of them follow.
    let changes = changed(&before, &after);
    let all: Vec<_> = changes.values().flatten().map(String::as_str).collect();
    for address in [
        "- --redirect-url=https://oauth2.staging.example.org/oauth2/callback",
        "root_url: https://grafana.staging.example.org",
        "domain: argocd.staging.example.org",
        "- --cookie-domain=.staging.example.org",
    ] {
        assert!(all.contains(&address), "{address}");
    }
    for host in ["argocd", "grafana", "oauth2"] {
        let names = [format!("- {host}.staging.example.org"), format!("- host: {host}.staging.example.org")];
        assert!(names.iter().all(|line| all.contains(&line.as_str())), "{host}");
    }
}

/// Runs `render identity …` for an environment, against a tenant.
fn identity(scene: &Scene, tenant: &Auth0, environment: &str, arguments: &[&str]) -> Run {
    let mut command = scene.command(&["identity"]);
    command.args(arguments).args(["--env", environment]);
    scene.run(command.envs(tenant.variables()).env("SUPERCARGO_TIME_SCALE", "0")).succeeds()
}

/// Every address that the tenant sends people to, by the name of its application.
fn addresses(tenant: &Auth0) -> BTreeMap<String, Vec<String>> {
    let world = tenant.world();
    let ours = world.clients.iter().filter(|client| client.contains_key("client_metadata"));
    let entries = ours.map(|client| {
        let fields = ["callbacks", "allowed_logout_urls", "web_origins"];
        let texts = fields.iter().flat_map(|field| client[*field].as_array().into_iter().flatten());
        let texts = texts.map(|text| text.as_str().unwrap().to_owned()).collect();
        (client["name"].as_str().unwrap().to_owned(), texts)
    });
    entries.collect()
}

#[test]
fn a_host_is_changed_at_the_provider_too() {
    let (scene, tenant) = (Scene::of_this_repository(), Auth0::start(World::new()));
    identity(&scene, &tenant, "dev", &["apply", "--auto-approve"]);
    let before = addresses(&tenant);
    assert_eq!(before.len(), 3, "{before:?}");
    exchange(&scene, "values/base.yaml", "host: grafana ", "host: dashboards ");
    let plan = identity(&scene, &tenant, "dev", &["plan"]);
    insta::assert_snapshot!(plan.stdout, @r#"
      # application.grafana will be updated in-place
      ~ application "grafana" {
          ~ callbacks           = ["https://grafana.dev.example.com/login/generic_oauth"] -> ["https://dashboards.dev.example.com/login/generic_oauth"]
          ~ allowed_logout_urls = ["https://grafana.dev.example.com/"] -> ["https://dashboards.dev.example.com/"]
          ~ web_origins         = ["https://grafana.dev.example.com"] -> ["https://dashboards.dev.example.com"]
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
    identity(&scene, &tenant, "dev", &["apply", "--auto-approve"]);
    let after = addresses(&tenant);
    for (name, addresses) in &before {
        let follow = |text: &String| text.replace("//grafana.", "//dashboards.");
        assert_eq!(addresses.iter().map(follow).collect::<Vec<_>>(), after[name], "{name}");
    }
    assert_ne!(before, after);
    // And the whole domain.
    exchange(&scene, "values/dev.yaml", "  domain: dev.example.com\n", "  domain: staging.example.org\n");
    identity(&scene, &tenant, "dev", &["apply", "--auto-approve"]);
    let moved = addresses(&tenant);
    for (name, addresses) in &after {
        let follow = |text: &String| text.replace(".dev.example.com", ".staging.example.org");
        assert_eq!(addresses.iter().map(follow).collect::<Vec<_>>(), moved[name], "{name}");
    }
    assert!(identity(&scene, &tenant, "dev", &["plan"]).stdout.contains("No changes."));
}

/// The code that runs at logins is judged by a provider and programs that are not ours: `tests/conformance/oidc` names a
/// folder for it in `SUPERCARGO_ACTIONS`.
#[test]
fn each_environment_of_this_repository_has_an_action() {
    let (scene, tenant) = (Scene::of_this_repository(), Auth0::start(World::new()));
    for environment in ENVIRONMENTS {
        identity(&scene, &tenant, environment, &["apply", "--auto-approve", "--target", "action"]);
        let world = tenant.world();
        let action = world.action_named(&format!("example-{environment}-groups")).unwrap();
        let (_, deployed) = action.deployed.as_ref().unwrap();
        let code = deployed["code"].as_str().unwrap();
        assert!(code.starts_with(&format!("// managed-by:supercargo env:{environment}\n")), "{code}");
        if let Some(folder) = std::env::var_os("SUPERCARGO_ACTIONS") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{environment}.js")), code).unwrap();
        }
    }
    assert_eq!(tenant.world().bindings.len(), ENVIRONMENTS.len());
}
