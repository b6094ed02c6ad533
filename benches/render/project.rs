//! Synthetic repositories: many applications, several environments, exactly five files for each pair of them, and one
//! for each environment. Checks find nothing in them: a benchmark of findings would measure how findings are shown.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// The templates of what the applications of an environment share, by path below `templates/`.
const SHARED: [(&str, &str); 2] = [
    ("_macros/fleet.j2", include_str!("templates/macros.j2")),
    ("cluster.yaml.j2", include_str!("templates/cluster.j2")),
];

/// The templates of the five files of an application.
const TEMPLATES: [(&str, &str); 5] = [
    ("apps/{application}.yaml.j2", include_str!("templates/application.j2")),
    ("applications/{application}/kustomization.yaml.j2", include_str!("templates/kustomization.j2")),
    ("applications/{application}/deployment.yaml.j2", include_str!("templates/deployment.j2")),
    ("applications/{application}/ingress.yaml.j2", include_str!("templates/ingress.j2")),
    ("applications/{application}/service.yaml.j2", include_str!("templates/service.j2")),
];

/// How large a synthetic repository is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) applications: usize,
    pub(crate) environments: usize,
}

impl Size {
    /// How many files a render of all environments writes, without the locks.
    pub(crate) const fn files(self) -> usize {
        self.environments * (self.applications * TEMPLATES.len() + 1)
    }
}

/// Writes values and templates of a repository of `size` below `root`, which is made.
pub(crate) fn create(root: &Path, size: Size) -> io::Result<()> {
    // A template of the program's own would add files; an empty one of the same name makes none.
    for name in supercargo::templates::defaults().keys().filter(|name| !name.contains("/_") && !name.starts_with('_')) {
        write(&root.join("templates").join(name), "")?;
    }
    for (name, text) in SHARED.into_iter().chain(TEMPLATES) {
        write(&root.join("templates").join(name), text)?;
    }
    write(&root.join("values/base.yaml"), &base(size.applications))?;
    for number in 0..size.environments {
        change_environment(root, size, number, 0)?;
    }
    Ok(())
}

/// Writes the values of one environment; each `edition` gives every file of it other bytes.
pub(crate) fn change_environment(root: &Path, size: Size, number: usize, edition: usize) -> io::Result<()> {
    let mut text = format!(
        "platform:\n  domain: env-{number:02}.edition-{edition}.example.com\n  email: edition-{edition}@example.com\n\
         cluster:\n  tags: [env-{number:02}, edition-{edition}]\napplications:\n"
    );
    // One application in ten is sized for its environment.
    for application in (0..size.applications).filter(|application| application % 10 == number % 10) {
        let _ = writeln!(text, "  {}: {{replicas: {}}}", name(application), 2 + number);
    }
    write(&root.join(format!("values/env-{number:02}.yaml")), &text)
}

fn name(application: usize) -> String {
    const KINDS: [&str; 7] = ["orders", "billing", "search", "mailer", "catalogue", "gateway", "reports"];
    format!("{}-{application:04}", KINDS[application % KINDS.len()])
}

fn base(applications: usize) -> String {
    let mut text = String::from(
        "platform:
  name: example
  email: platform@example.com
  repository: {url: https://github.com/example/platform.git, revision: main}
  registry: registry.digitalocean.com/example
cluster:
  region: fra1
  version: \"1.36\"
  nodePools:
    base: {size: s-2vcpu-4gb, min: 1, max: 2}
    tools: {size: s-4vcpu-8gb, min: 1, max: 3, dedicated: true}
    workloads: {size: s-2vcpu-4gb, min: 1, max: 40, dedicated: true}
identity:
  provider: auth0
  issuer: https://example.eu.auth0.com/
  groupsClaim: https://example.com/groups
  groups: {admins: [platform-admins]}
policies:
  severities:
    unsealed: {level: off, reason: a check of this repository has nothing to find}
applications:
",
    );
    for application in 0..applications {
        let name = name(application);
        let digest = "0123456789abcdef".repeat(4);
        let (port, replicas) = (8000 + application % 7, 1 + application % 3);
        let _ = write!(
            text,
            "  {name}:
    source: {{path: application/{name}}}
    image: registry.digitalocean.com/example/{name}@sha256:{digest}
    port: {port}
    host: {name}
    replicas: {replicas}
    resources:
      requests: {{cpu: 100m, memory: 128Mi}}
      limits: {{memory: 256Mi}}
    env:
      LOG_LEVEL: info
      LISTEN: \"0.0.0.0:{port}\"
      GREETING: \"{name}: ready, and at your service\"
    secretEnv:
      DATABASE_URL: {{secret: {name}-database, key: url}}
    probes:
      readiness: {{path: /health, periodSeconds: 5}}
      liveness: {{path: /health, initialDelaySeconds: 10}}
"
        );
    }
    text
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
