//! A project, a tenant, and the command between them.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::json;

use super::portrait;
use crate::identity::fake::{Auth0, World};
use crate::runs::assert_silent;
use crate::support::{Run, Scene, key_pair};

/// The layer below all environments: everything that `render identity` makes.
const BASE: &str = "\
platform:
  name: example
  email: platform@example.com
  repository: {url: https://git.example.com/platform.git, revision: main}
  registry: registry.example.com/example
cluster:
  region: fra1
  version: \"1.36\"
  nodePools:
    base: {size: s-2vcpu-4gb, min: 1, max: 2}
    tools: {size: s-2vcpu-4gb, min: 1, max: 2, dedicated: true}
    workloads: {size: s-2vcpu-4gb, min: 1, max: 2, dedicated: true}
identity:
  provider: auth0
  issuer: https://example.eu.auth0.com/
  groupsClaim: https://example.com/groups
  groups: {admins: [admins], viewers: [support]}
  members:
    admins: [one@example.com]
    support: [two@example.com]
  connections: [staff]
  clients:
    shop: {host: shop, callback: /callback, secret: shop/oidc}
charts:
  shop: {repository: \"https://charts.example.com\", chart: shop, version: 1.0.0, namespace: shop}
services:
  prometheusOperatorCrds:
    chart: {repository: https://charts.example.com, name: prometheus-operator-crds, version: 1.0.0}
    wave: -10
  certManager:
    chart: {repository: https://charts.example.com, name: cert-manager, version: 1.0.0}
    issuers: {default: staging, solver: http01}
  argoCd:
    chart: {repository: https://charts.example.com, name: argo-cd, version: 1.0.0}
    host: argocd
  kubePrometheusStack:
    chart: {repository: https://charts.example.com, name: kube-prometheus-stack, version: 1.0.0}
    host: grafana
  oauth2Proxy:
    chart: {repository: https://charts.example.com, name: oauth2-proxy, version: 1.0.0}
    host: oauth2
";

const DEV: &str = "platform: {domain: dev.example.com}\n";

/// The file of the values that tests change.
pub(super) const VALUES: &str = "values/base.yaml";
pub(super) const OUTPUTS: &str = "values/outputs/dev.yaml";
pub(super) const SEALED: &str = "values/sealed/dev.yaml";

/// The clients of these values, each with its Secret.
pub(super) const CLIENTS: [(&str, &str); 4] = [
    ("argo-cd", "argocd/argocd-oidc"),
    ("grafana", "monitoring/grafana-oidc"),
    ("oauth2-proxy", "oauth2-proxy/oauth2-proxy"),
    ("shop", "shop/oidc"),
];

/// A tenant, and what earlier runs have left in the project.
#[derive(Clone)]
pub(crate) struct Start {
    pub(super) world: World,
    pub(super) files: BTreeMap<&'static str, String>,
}

/// One project with one tenant.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) tenant: Auth0,
}

/// A run that has ended, and what it said to the tenant.
#[must_use = "say how the run has to end"]
pub(crate) struct Ran {
    pub(crate) run: Run,
    /// Method and target of each call.
    pub(super) calls: Vec<String>,
    names: Vec<(String, String)>,
}

/// A tenant that others use as well: another environment of the same platform, things made by hand, a role of a name
/// that these values use, and people.
pub(super) fn shared_tenant() -> World {
    let mut world = World::new();
    let prod = json!({"managed-by": "supercargo", "environment": "prod"});
    world.seed_client(json!({"name": "example-prod-argo-cd", "app_type": "regular_web", "client_metadata": prod}));
    world.seed_client(json!({"name": "shop", "callbacks": ["https://shop.example.net/"], "client_metadata": {}}));
    world.seed_bound_action("theirs", "exports.onExecutePostLogin = async () => {};");
    world.seed_bound_action("example-prod-groups", "// managed-by:supercargo env:prod\n");
    world.seed_role("support", "people who answer letters");
    world.seed_role("auditors", "a group of example-prod, managed-by:supercargo env:prod");
    world.seed_user("one@example.com");
    world.seed_user("two@example.com");
    let three = world.seed_user("three@example.com");
    let support = world.roles.iter().find(|role| role.name == "support").unwrap().id.clone();
    world.users.iter_mut().find(|user| user.id == three).unwrap().roles.insert(support);
    world.seed_connection("staff", "google-apps");
    world
}

/// What there is after the values were applied for the first time.
fn applied() -> Start {
    static START: OnceLock<Start> = OnceLock::new();
    let make = || {
        let stage = Stage::new();
        let _ = stage.apply().succeeds();
        stage.start()
    };
    START.get_or_init(make).clone()
}

impl Stage {
    /// The values as they are above, a certificate, and a tenant that has nothing of ours.
    pub(crate) fn new() -> Self {
        Self::from(Start { world: shared_tenant(), files: BTreeMap::new() })
    }

    /// What there is after the first run.
    pub(crate) fn applied() -> Self {
        Self::from(applied())
    }

    pub(super) fn from(start: Start) -> Self {
        let [(certificate, text), ..] = key_pair();
        let scene = Scene::empty().with(VALUES, BASE).with("values/dev.yaml", DEV).with(certificate, text);
        start.files.iter().for_each(|(path, text)| scene.write(path, text));
        Self { scene, tenant: Auth0::start(start.world) }
    }

    /// What another stage can begin with.
    pub(super) fn start(&self) -> Start {
        let files = [VALUES, OUTPUTS, SEALED].into_iter().filter(|path| self.scene.path(path).exists());
        Start { world: self.tenant.world().clone(), files: files.map(|path| (path, self.scene.read(path))).collect() }
    }

    /// Changes the values: `from` stands there once.
    #[track_caller]
    pub(crate) fn change(&self, from: &str, to: &str) {
        self.scene.change(VALUES, from, to);
    }

    /// [`Self::change`] for the beginning of a test.
    #[track_caller]
    pub(crate) fn with(self, from: &str, to: &str) -> Self {
        self.change(from, to);
        self
    }

    /// A stage whose tenant is changed behind the back of the command.
    pub(crate) fn with_world(self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.tenant.world());
        self
    }

    /// The command, with the variables that it needs and no others.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.scene.command(&["identity"]);
        command.args(arguments).args(["--env", "dev"]);
        command.envs(self.tenant.variables()).env("SUPERCARGO_TIME_SCALE", "0");
        command
    }

    /// Runs `render identity …` to its end, however it ends; nothing that it writes or prints has a secret.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_command(&mut self.command(arguments))
    }

    #[track_caller]
    pub(crate) fn run_command(&self, command: &mut Command) -> Ran {
        let before = self.tenant.lines().len();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.ended(child, before)
    }

    /// The end of a command that was started as the call number `before` was to come.
    #[track_caller]
    pub(crate) fn ended(&self, child: Child, before: usize) -> Ran {
        self.tenant.faults().client(child.id());
        let output = child.wait_with_output().unwrap();
        let mut run = Run::new(&output, self.scene.root());
        for text in [&mut run.stdout, &mut run.stderr] {
            *text = text.replace(&self.tenant.url(""), "http://[tenant]");
        }
        let calls = self.tenant.lines().split_off(before);
        let world = self.tenant.world();
        assert_eq!(world.complaints, [""; 0], "{run}");
        let mut secrets = world.handed_out.clone();
        secrets.extend(portrait::random(self.sealed().as_deref()));
        let names = portrait::names(&world);
        drop(world);
        assert_silent(&run, &self.scene, &secrets, |_| false);
        Ran { run, calls, names }
    }

    /// `render identity apply`, approved.
    #[track_caller]
    pub(crate) fn apply(&self) -> Ran {
        self.apply_with(&[])
    }

    #[track_caller]
    pub(crate) fn apply_with(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["apply", "--auto-approve"], arguments].concat())
    }

    #[track_caller]
    pub(crate) fn plan(&self) -> Ran {
        self.run(&["plan"])
    }

    #[track_caller]
    pub(crate) fn destroy(&self) -> Ran {
        self.run(&["destroy", "--auto-approve", "--confirm", "dev"])
    }

    /// Another run of the same kind has nothing to do, says so, and leaves everything as it is.
    #[track_caller]
    pub(crate) fn is_at_rest(&self) {
        let files = self.start().files;
        let ran = self.apply().succeeds();
        assert_eq!(ran.writes(), [""; 0], "{}", ran.run);
        assert!(ran.run.stdout.ends_with("No changes. There is nothing to do.\n"), "{}", ran.run);
        assert_eq!(self.start().files, files);
    }

    /// What is sealed, as the file has it.
    fn sealed(&self) -> Option<String> {
        self.scene.path(SEALED).exists().then(|| self.scene.read(SEALED))
    }

    /// What is sealed for a key of a Secret, opened.
    #[track_caller]
    pub(super) fn opened(&self, secret: &str, key: &str) -> String {
        let opened = portrait::opened(self.sealed().as_deref());
        opened.into_iter().find(|it| it.0 == secret && it.1 == key).unwrap_or_else(|| panic!("{secret} {key}")).2
    }

    /// What the tenant knows of the application that is called `client` here: a field of it.
    #[track_caller]
    pub(super) fn application(&self, client: &str) -> serde_json::Map<String, serde_json::Value> {
        let world = self.tenant.world();
        let named = world.clients_named(&format!("example-dev-{client}"));
        assert_eq!(named.len(), 1, "{client}");
        named[0].clone()
    }

    /// The tenant and the files of the project as one text, without what differs from run to run.
    pub(super) fn portrait(&self) -> String {
        let outputs = self.scene.path(OUTPUTS).exists().then(|| self.scene.read(OUTPUTS));
        portrait::of(&self.tenant.world(), outputs, self.sealed().as_deref())
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.run.status, Some(status), "{}\n{:#?}", self.run, self.calls);
        self
    }

    /// The run refuses: it wrote nothing to the tenant, and ends with 2.
    #[track_caller]
    pub(crate) fn refuses(self) -> String {
        assert_eq!(self.writes(), [""; 0], "{}", self.run);
        let ran = self.exits(2);
        ran.named(&ran.run.stderr)
    }

    /// The calls that ask for more than a look, with names for ids.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.calls.iter().filter(|line| is_write(line)).map(|line| self.named(line)).collect()
    }

    /// A text with names in the places of ids.
    pub(crate) fn named(&self, text: &str) -> String {
        portrait::named(&self.names, text)
    }
}

/// Whether a call asks for more than a look; that for a token is none of those.
pub(super) fn is_write(line: &str) -> bool {
    !line.starts_with("GET ") && line != "POST /oauth/token"
}
