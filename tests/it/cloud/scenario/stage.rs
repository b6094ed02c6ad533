//! A project, an account, and the command between them.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::json;

use super::portrait;
pub(crate) use crate::cloud::fake::World;
use crate::cloud::fake::{Answer, Associated, Bucket, Cloud, Cluster, Domain, Exchange};
use crate::cloud::probe::{Probe, Signer};
use crate::runs::assert_silent;
use crate::support::{RENDER, Run, Scene, key_pair};

/// The layer below all environments: everything that `render cloud` makes, once.
pub(crate) const BASE: &str = "\
platform:
  name: example
  email: platform@example.com
  repository: {url: https://git.example.com/platform.git, revision: main}
  registry: registry.example.com/example
cluster:
  region: fra1
  version: \"1.36\"
  vpc: {range: 10.20.0.0/20}
  tags: [platform]
  registryAccess: true
  nodePools:
    base: {size: s-2vcpu-4gb, min: 1, max: 2}
    tools: {size: s-2vcpu-4gb, min: 1, max: 2, dedicated: true, labels: {tier: inner}}
    workloads: {size: s-2vcpu-4gb, min: 2, max: 2, dedicated: true}
storage:
  buckets:
    loki:
      name: example-dev-loki
      region: fra1
      lifecycle: {expireDays: 90}
      keys: {shipper: {secret: loki/shipper, permission: read}}
dns:
  domain: dev.example.com
  records:
    - {type: A, name: \"@\", value: 192.0.2.1}
    - {type: A, name: www, value: 192.0.2.1}
    - {type: A, name: www, value: 192.0.2.2}
    - {type: CNAME, name: docs, value: docs.example.net}
    - {type: TXT, name: \"@\", value: v=spf1 -all}
services:
  loki:
    chart: {repository: https://charts.example.com, name: loki, version: 1.0.0}
    namespace: loki
    bucket: loki
identity:
  provider: oidc
  issuer: https://login.example.com/
  groupsClaim: groups
";

const DEV: &str = "platform: {domain: dev.example.com}\n";

/// The file of the values that tests change.
pub(crate) const VALUES: &str = "values/base.yaml";
pub(crate) const OUTPUTS: &str = "values/outputs/dev.yaml";
pub(crate) const SEALED: &str = "values/sealed/dev.yaml";

/// An account, and what earlier runs have left in the project.
#[derive(Clone)]
pub(crate) struct Start {
    pub(crate) world: World,
    pub(crate) files: BTreeMap<&'static str, String>,
}

/// One project with one account.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) cloud: Cloud,
}

/// How things were before a run.
pub(crate) struct Mark {
    calls: usize,
    names: Vec<(String, String)>,
}

/// A run that has ended, and what it said to the account.
pub(crate) struct Ran {
    pub(crate) run: Run,
    pub(crate) exchanges: Vec<Exchange>,
    names: Vec<(String, String)>,
}

/// An account that others use as well: another environment of the same platform, things made by hand, and an alias of
/// what is ours in each of them.
pub(crate) fn shared_account() -> World {
    static WORLD: OnceLock<World> = OnceLock::new();
    let make = || {
        let cloud = Cloud::start(World::new());
        let probe = Probe::new(&cloud);
        let pool = |name: &str, tags: &[&str]| json!({"name": name, "size": "s-2vcpu-4gb", "count": 1, "tags": tags, "labels": {"pool": name}});
        let cluster = |name: &str, tags: &[&str]| {
            let body = json!({
                "name": name, "region": "fra1", "version": "1.35", "tags": tags, "ha": false,
                "node_pools": [pool("base", tags)],
            });
            probe.done("POST /v2/kubernetes/clusters", &body)["kubernetes_cluster"]["id"].as_str().unwrap().to_owned()
        };
        let of_prod = cluster("example-prod", &["Managed-By:Supercargo", "supercargo:env:prod"]);
        cluster("shop", &["team:shop"]);
        let project = json!({
            "name": "example-prod", "purpose": "Web Application", "environment": "Production",
            "description": "managed-by:supercargo env:prod",
        });
        let project = probe.done("POST /v2/projects", &project)["project"]["id"].as_str().unwrap().to_owned();
        for name in ["prod.example.com", "shop.example.com"] {
            probe.done("POST /v2/domains", &json!({"name": name}));
            let record = json!({"type": "A", "name": "www", "data": "203.0.113.7"});
            probe.done(&format!("POST /v2/domains/{name}/records"), &record);
        }
        let signer = Signer::new(&cloud, "fra1", 0);
        for name in ["example-prod-loki", "shop-data"] {
            assert_eq!(signer.send(&format!("PUT /{name}"), "").0, 200);
            let grant = json!([{"bucket": name, "permission": "readwrite"}]);
            probe.done("POST /v2/spaces/keys", &json!({"name": format!("{name}-loki"), "grants": grant}));
        }
        cloud.world(|world| world.advance(3600));
        assert_eq!(signer.send("PUT /shop-data/order", "one").0, 200);
        let urns = [&format!("do:kubernetes:{of_prod}"), "do:domain:prod.example.com", "do:space:example-prod-loki"];
        probe.done(&format!("POST /v2/projects/{project}/resources"), &json!({"resources": urns}));
        cloud.world(|world| world.clone())
    };
    WORLD.get_or_init(make).clone()
}

/// What there is after the values were applied for the first time.
pub(crate) fn applied() -> Start {
    static START: OnceLock<Start> = OnceLock::new();
    let make = || {
        let stage = Stage::new();
        stage.apply().succeeds();
        stage.settle();
        stage.start()
    };
    START.get_or_init(make).clone()
}

impl World {
    /// The cluster of these values.
    pub(crate) fn ours(&mut self) -> &mut Cluster {
        self.clusters.iter_mut().find(|cluster| cluster.name == "example-dev").unwrap()
    }

    /// The bucket of these values.
    pub(crate) fn our_bucket(&mut self) -> &mut Bucket {
        self.buckets.iter_mut().find(|bucket| bucket.name == "example-dev-loki").unwrap()
    }

    /// The domain of these values.
    pub(crate) fn our_domain(&mut self) -> &mut Domain {
        self.domains.iter_mut().find(|domain| domain.name == "dev.example.com").unwrap()
    }

    /// Puts data where it can be lost: objects in the bucket, and a load balancer and a volume beside the cluster.
    pub(crate) fn fill(&mut self) {
        self.our_bucket().put("chunk", b"one", false, 1);
        for (kind, name) in [("load_balancers", "ingress"), ("volumes", "prometheus")] {
            let (id, name) = (self.id(), name.to_owned());
            self.ours().associated.push(Associated { kind, id, name });
        }
    }
}

impl Stage {
    /// The values as they are above, a certificate, and an account that has nothing of ours.
    pub(crate) fn new() -> Self {
        Self::from(Start { world: shared_account(), files: BTreeMap::new() })
    }

    /// What there is after the first run.
    pub(crate) fn applied() -> Self {
        Self::from(applied())
    }

    pub(crate) fn from(start: Start) -> Self {
        let [(certificate, text), ..] = key_pair();
        let scene = Scene::empty().with(VALUES, BASE).with("values/dev.yaml", DEV).with(certificate, text);
        let stage = Self { scene, cloud: Cloud::start(start.world) };
        start.files.iter().for_each(|(path, text)| stage.scene.write(path, text));
        stage
    }

    /// What another stage can begin with.
    pub(crate) fn start(&self) -> Start {
        let files = [VALUES, OUTPUTS, SEALED].into_iter().filter(|path| self.scene.path(path).exists());
        Start {
            world: self.cloud.world(|world| world.clone()),
            files: files.map(|path| (path, self.scene.read(path))).collect(),
        }
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

    /// A stage whose account is changed behind the back of the command.
    pub(crate) fn with_world(self, change: impl FnOnce(&mut World)) -> Self {
        self.cloud.world(change);
        self
    }

    /// What was begun comes to its end.
    pub(crate) fn settle(&self) {
        self.cloud.world(|world| world.advance(3600));
    }

    /// The command, with its environment. `SUPERCARGO_RENDER` may name an optimised build of it: thousands of runs take
    /// their time.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("SUPERCARGO_RENDER").unwrap_or_else(|| RENDER.into()));
        self.scene.prepare(&mut command).arg("cloud").args(arguments).envs(self.cloud.environment());
        command
    }

    /// Runs `render cloud …` to its end, however it ends; nothing that it writes or prints has a secret.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_command(&mut self.command(arguments))
    }

    #[track_caller]
    pub(crate) fn run_command(&self, command: &mut Command) -> Ran {
        let before = self.mark();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.ended(child, before)
    }

    /// How things are before a run.
    pub(crate) fn mark(&self) -> Mark {
        Mark { calls: self.cloud.exchanges().len(), names: self.cloud.world(|world| portrait::names(world)) }
    }

    /// The end of a command that was started after `mark`.
    #[track_caller]
    pub(crate) fn ended(&self, child: Child, mark: Mark) -> Ran {
        let output = self.cloud.wait(child);
        let run = Run::new(&output, self.scene.root());
        let exchanges = self.cloud.exchanges().split_off(mark.calls);
        let mut names = self.cloud.world(|world| portrait::names(world));
        names.extend(mark.names);
        names.push((self.cloud.url(), "[cloud]".to_owned()));
        let ran = Ran { run, exchanges, names };
        self.assert_silent(&ran);
        ran
    }

    /// `render cloud apply`, approved.
    #[track_caller]
    pub(crate) fn apply(&self) -> Ran {
        self.run(&["apply", "--env", "dev", "--auto-approve"])
    }

    #[track_caller]
    pub(crate) fn apply_with(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["apply", "--env", "dev", "--auto-approve"], arguments].concat())
    }

    #[track_caller]
    pub(crate) fn plan(&self) -> Ran {
        self.run(&["plan", "--env", "dev"])
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

    /// The account and the files of the project as one text, without what differs from run to run.
    pub(crate) fn portrait(&self) -> String {
        let files = |path| self.scene.path(path).exists().then(|| self.scene.read(path));
        self.cloud.world(|world| portrait::of(world, files(OUTPUTS), files(SEALED)))
    }

    /// Nothing that was printed or written has a secret, plain or in base64.
    #[track_caller]
    fn assert_silent(&self, ran: &Ran) {
        // The one place that is made for a token of the cluster; its own test looks at it.
        assert_silent(&ran.run, &self.scene, &self.secrets(), |path| path.contains("kubeconfig"));
    }

    /// The token, every key to buckets that is or was there, and what kubeconfigs hold.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = self.cloud.world(|world| {
            let tokens = world.tokens.iter().map(|token| token.text.clone());
            let keys = world.keys.iter().flat_map(|key| [key.access_key.clone(), key.secret_key.clone()]);
            tokens.chain(keys).chain(["minted-access-".to_owned()]).collect::<Vec<_>>()
        });
        for exchange in self.cloud.exchanges().iter().filter(|exchange| exchange.line == "POST /v2/spaces/keys") {
            let Some(answer) = exchange.answer.as_ref().and_then(Answer::value) else { continue };
            let texts = ["access_key", "secret_key"].map(|name| answer["key"][name].as_str().map(str::to_owned));
            secrets.extend(texts.into_iter().flatten());
        }
        secrets
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.run.status, Some(status), "{}\n{:#?}", self.run, self.calls());
        self
    }

    /// The run refuses: it wrote nothing to the account, and ends with 2.
    #[track_caller]
    pub(crate) fn refuses(self) -> String {
        assert_eq!(self.writes(), [""; 0], "{}", self.run);
        let ran = self.exits(2);
        ran.said()
    }

    /// Method and target of every call, with names for ids.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.exchanges.iter().map(|exchange| self.named(&exchange.line)).collect()
    }

    /// Those that ask for more than a look.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.exchanges.iter().filter(|exchange| is_write(exchange)).map(|it| self.named(&it.line)).collect()
    }

    /// Writing calls with what they sent, a line each.
    pub(crate) fn sent(&self) -> String {
        let body = |exchange: &Exchange| exchange.request.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
        let line = |exchange: &Exchange| format!("{}\n", self.named(&format!("{}{}", exchange.line, body(exchange))));
        self.exchanges.iter().filter(|exchange| is_write(exchange)).map(line).collect()
    }

    /// A text with names in the places of ids.
    pub(crate) fn named(&self, text: &str) -> String {
        let mut text = portrait::named(&self.names, text);
        // Requests are numbered in the order in which they came, which differs where they are made side by side.
        while let Some((before, after)) = text.split_once("; request id request-") {
            text = format!("{before}{}", after.trim_start_matches(|sign: char| sign.is_ascii_digit()));
        }
        text
    }

    /// What was said on standard error.
    pub(crate) fn said(&self) -> String {
        self.named(&self.run.stderr)
    }
}

/// Whether a call asks for more than a look.
pub(crate) fn is_write(exchange: &Exchange) -> bool {
    !exchange.line.starts_with("GET ") && !exchange.line.starts_with("HEAD ")
}
