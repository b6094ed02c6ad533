//! Buckets, their keys, the domain and its records, made by the library in the fake: once, whole, and whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use supercargo::cloud::spaces::{Endpoint, Spaces};
use supercargo::cloud::{Api, Desired, DigitalOcean, Goal, Wishes, carry_out, observe, outputs, plan};
use supercargo::http::{Client, Exchange, Retries, Secret, Settings, Url};
use supercargo::model::{EnvironmentName, Outputs, SealedName, SecretKey, Values};
use supercargo::plan::{Address, Event, Keeper, KeeperError, Need, Stopped, Watch, run};

use super::fake::{Bucket, Cloud, Fault, Grant, Kind, World, token};

/// The kinds of resources that are looked at here; the cluster takes its time elsewhere.
const KINDS: [&str; 5] = ["project", "bucket", "spaces_key", "domain", "record"];
const BUCKET: &str = "do:space:example-dev-backup";
const DOMAIN: &str = "do:domain:example.com";

/// Nobody looks on, and no time passes.
struct Nobody;

impl Watch for Nobody {
    fn event(&self, _: &Event<'_>) {}

    fn pause(&self, _: Duration) {}

    fn is_interrupted(&self) -> bool {
        false
    }
}

/// What runs share, as making a client takes longer than using it: the client, and how many calls it lives for.
struct Machine {
    client: Arc<Client>,
    left: Arc<AtomicUsize>,
}

impl Machine {
    fn new() -> Self {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let counted = Arc::clone(&left);
        let trace = move |_: &Exchange<'_>| {
            if counted.fetch_sub(1, Ordering::SeqCst) == 1 {
                resume_unwind(Box::new(Killed));
            }
        };
        let retries = Retries { attempts: 3, ..Retries::default() };
        let settings = Settings { retries, trace: Some(Arc::new(trace)), ..Settings::default() };
        Self { client: Arc::new(Client::with_pause(settings, Box::new(|_| {}))), left }
    }
}

/// What an environment remembers between two runs.
struct Repository<'m> {
    machine: &'m Machine,
    /// Secrets as they would be sealed.
    secrets: BTreeMap<String, BTreeMap<String, String>>,
    outputs: Outputs,
    wishes: Wishes,
    /// Whether nothing can be sealed.
    is_shut: bool,
}

impl Keeper for Repository<'_> {
    fn keep(&mut self, secret: &SealedName, values: Vec<(SecretKey, Secret)>) -> Result<(), KeeperError> {
        if self.is_shut {
            return Err("there is no certificate".into());
        }
        let kept = self.secrets.entry(secret.to_string()).or_default();
        kept.extend(values.into_iter().map(|(key, value)| (key.to_string(), value.expose().to_owned())));
        Ok(())
    }

    fn random(&mut self, _: usize) -> Result<Secret, KeeperError> {
        Err("nobody needs a random text here".into())
    }
}

/// What ends a run at once, without a word.
struct Killed;

impl<'m> Repository<'m> {
    fn new(machine: &'m Machine) -> Self {
        Self {
            machine,
            secrets: BTreeMap::new(),
            outputs: Outputs::default(),
            wishes: Wishes::default(),
            is_shut: false,
        }
    }

    fn values(&self) -> Values {
        let encrypted = |keys: &BTreeMap<String, String>| {
            let data = keys.keys().map(|key| (key.clone(), json!("QQ=="))).collect::<serde_json::Map<_, _>>();
            json!({ "encryptedData": data })
        };
        let sealed: serde_json::Map<_, _> =
            self.secrets.iter().map(|(name, keys)| (name.clone(), encrypted(keys))).collect();
        let values = json!({
            "platform": {
                "name": "example",
                "domain": "dev.example.com",
                "email": "platform@example.com",
                "repository": { "url": "https://github.com/example/platform.git", "revision": "main" },
                "registry": "registry.digitalocean.com/example",
            },
            "cluster": {
                "region": "fra1",
                "version": "1.36",
                "nodePools": { "base": { "size": "s-2vcpu-4gb", "min": 1, "max": 3 } },
            },
            "identity": {
                "provider": "auth0",
                "issuer": "https://example.eu.auth0.com/",
                "groupsClaim": "https://example.com/groups",
                "groups": { "admins": ["platform-admins"] },
            },
            "storage": { "buckets": { "backup": {
                "name": "example-dev-backup",
                "region": "fra1",
                "versioning": true,
                "lifecycle": { "expireOldVersionsDays": 30 },
                "cors": [{ "origins": ["https://www.example.com"], "methods": ["GET"] }],
                "keys": { "app": { "secret": "tools/backup-bucket" } },
            } } },
            "dns": { "domain": "example.com", "records": [
                { "type": "A", "name": "@", "value": "192.0.2.1" },
                { "type": "A", "name": "@", "value": "192.0.2.2" },
                { "type": "CNAME", "name": "www", "value": "@" },
                { "type": "MX", "name": "@", "value": "mx.example.net", "priority": 10 },
                { "type": "CAA", "name": "@", "value": "ca.example.net", "flags": 0, "tag": "issue" },
            ] },
            "outputs": self.outputs,
            "sealed": sealed,
        });
        serde_json::from_value(values).unwrap()
    }

    /// One run of the command: looks, plans, does it, looks again. `calls` is how many calls it lives for.
    fn run(&mut self, cloud: &Cloud, calls: usize) -> Result<usize, String> {
        self.machine.left.store(calls, Ordering::SeqCst);
        let client = Arc::clone(&self.machine.client);
        let environment: BTreeMap<_, _> = cloud.environment().into_iter().collect();
        let secret = |name: &str| Secret::new(environment[name].as_str());
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let api = Api {
            digitalocean: DigitalOcean::new(
                Arc::clone(&client),
                Url::parse(&environment["DIGITALOCEAN_API_URL"]).unwrap(),
                Secret::new(token()),
            ),
            spaces: Some(Spaces::new(
                client,
                Endpoint::parse(&environment["SPACES_ENDPOINT_URL"]).unwrap(),
                secret("SPACES_ACCESS_KEY_ID"),
                secret("SPACES_SECRET_ACCESS_KEY"),
                Box::new(now),
            )),
        };
        let desired = Desired::of(&self.values(), &EnvironmentName::parse("dev").unwrap(), &|_| None);
        let said = |error: &dyn std::error::Error| {
            std::iter::successors(Some(error), |error| error.source())
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(": ")
        };
        let mut observed = observe(&api, &desired, &Nobody).map_err(|error| said(&error))?;
        let mut wishes = self.wishes.clone();
        if wishes.targets.is_empty() {
            wishes.targets = KINDS.map(str::to_owned).into();
        }
        let known = |target: &String| wishes.goal != Goal::Apply || target != "project" || observed.projects.is_empty();
        wishes.targets = wishes.targets.iter().filter(|target| known(target)).cloned().collect();
        let plan = plan(&desired, &observed, &wishes).map_err(|findings| {
            findings.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>().join("\n")
        })?;
        run(&plan, &Nobody, |step, progress| carry_out(&api, &desired, step, self, progress)).map_err(|stopped| {
            match stopped {
                Stopped::Failed { address, source, .. } => format!("{address}: {}", said(&source)),
                Stopped::Interrupted { .. } => "interrupted".to_owned(),
            }
        })?;
        observed = observe(&api, &desired, &Nobody).map_err(|error| said(&error))?;
        self.outputs = outputs(&desired, &observed);
        Ok(plan.steps.len())
    }

    /// A run to its end.
    fn apply(&mut self, cloud: &Cloud) -> usize {
        self.run(cloud, usize::MAX).unwrap()
    }
}

/// Everything is there once, belongs to the project, and nothing of anybody else's has changed.
fn check(cloud: &Cloud, repository: &Repository<'_>, what: &str) {
    cloud.world(|world| {
        let projects: Vec<_> = world.projects.iter().filter(|project| project.name == "example-dev").collect();
        assert_eq!(projects.len(), 1, "{what}");
        assert_eq!(projects[0].description, "managed-by:supercargo env:dev", "{what}");
        for urn in [BUCKET, DOMAIN] {
            assert_eq!(world.project_of(urn).map(|project| &*project.name), Some("example-dev"), "{what}: {urn}");
        }
        let [bucket] = &world.buckets[..] else { panic!("{what}: {:?}", world.buckets) };
        assert_eq!(
            (bucket.name.as_str(), bucket.versioning.as_deref()),
            ("example-dev-backup", Some("Enabled")),
            "{what}"
        );
        let rules = bucket.lifecycle.as_ref().unwrap();
        assert_eq!((rules.len(), rules[0].noncurrent_days), (1, Some(30)), "{what}");
        assert!(bucket.cors.as_ref().unwrap().contains("https://www.example.com"), "{what}");
        let [by_hand, key] = &world.keys[..] else { panic!("{what}: {} keys", world.keys.len()) };
        assert_eq!((by_hand.name.as_str(), key.name.as_str()), ("made-by-hand", "example-dev-backup-app"), "{what}");
        let grant = Grant { bucket: "example-dev-backup".to_owned(), permission: "readwrite".to_owned() };
        assert_eq!(key.grants, [grant], "{what}");
        let sealed = &repository.secrets["tools/backup-bucket"];
        assert_eq!(
            (&sealed["access-key-id"], &sealed["secret-access-key"]),
            (&key.access_key, &key.secret_key),
            "{what}"
        );
        let [domain] = &world.domains[..] else { panic!("{what}: {} domains", world.domains.len()) };
        let mut records: Vec<_> =
            domain.records.iter().filter(|record| !matches!(&*record.kind, "NS" | "SOA")).collect();
        records.sort_by_key(|record| (record.kind.clone(), record.data.clone()));
        let records: Vec<_> =
            records.iter().map(|record| format!("{} {} {}", record.kind, record.name, record.data)).collect();
        let expected =
            ["A @ 192.0.2.1", "A @ 192.0.2.2", "CAA @ ca.example.net", "CNAME www example.com", "MX @ mx.example.net"];
        assert_eq!(records, expected, "{what}");
    });
}

#[test]
fn everything_is_made_once() {
    let machine = Machine::new();
    let (cloud, mut repository) = (Cloud::start(World::new()), Repository::new(&machine));
    assert_eq!(repository.apply(&cloud), 8);
    check(&cloud, &repository, "after the first run");
    let outputs = serde_json::to_value(&repository.outputs).unwrap();
    assert_eq!(outputs["buckets"]["backup"]["host"], "fra1.digitaloceanspaces.com");
    assert_eq!(outputs["buckets"]["backup"]["keys"]["app"].as_str().unwrap().len(), 16);
    assert_eq!(outputs["domain"]["nameServers"][2], "ns3.digitalocean.com");
    let writes = cloud.writes().len();
    assert_eq!((repository.apply(&cloud), cloud.writes().len()), (0, writes));
}

#[test]
fn a_run_may_die_after_any_call() {
    let machine = Machine::new();
    for calls in 1.. {
        let (cloud, mut repository) = (Cloud::start(World::new()), Repository::new(&machine));
        let outcome = catch_unwind(AssertUnwindSafe(|| repository.run(&cloud, calls)));
        if matches!(outcome, Ok(Ok(_))) {
            assert!(calls > 50, "{calls}");
            return;
        }
        assert!(outcome.err().is_some_and(|died| died.is::<Killed>()), "{calls}");
        repository.apply(&cloud);
        check(&cloud, &repository, &format!("killed after {calls} calls"));
        let writes = cloud.writes().len();
        repository.apply(&cloud);
        assert_eq!(cloud.writes().len(), writes, "killed after {calls} calls");
    }
}

#[test]
fn any_call_that_writes_may_go_wrong() {
    let machine = Machine::new();
    let (cloud, mut repository) = (Cloud::start(World::new()), Repository::new(&machine));
    repository.apply(&cloud);
    let is_write = |line: &String| !line.starts_with("GET ") && !line.starts_with("HEAD ");
    let writes: Vec<_> = (1..).zip(cloud.requests()).filter(|(_, line)| is_write(line)).collect();
    assert!(writes.len() > 15, "{writes:?}");
    let mut failed = BTreeSet::new();
    for (number, line) in writes {
        for kind in [Kind::LostAnswer, Kind::CutBefore, Kind::FailedBefore, Kind::FailedAfter, Kind::Malformed] {
            let (cloud, mut repository) = (Cloud::start(World::new()), Repository::new(&machine));
            cloud.fault(Fault::at(number, kind));
            let what = format!("{kind:?} of {number}, {line}");
            if let Err(error) = repository.run(&cloud, usize::MAX) {
                // Nobody can go on from an answer that says nothing.
                assert_eq!(kind, Kind::Malformed, "{what}: {error}");
                failed.insert(format!("{what}: {error}"));
                repository.apply(&cloud);
            }
            check(&cloud, &repository, &what);
            assert_eq!(repository.apply(&cloud), 0, "{what}");
        }
    }
    assert!(failed.iter().all(|failure| failure.contains("unusable answer")), "{failed:#?}");
}

#[test]
fn what_is_new_may_be_seen_late() {
    let machine = Machine::new();
    let mut world = World::new();
    (world.durations.lag, world.durations.bucket, world.durations.project) = (30, 120, 60);
    let (cloud, mut repository) = (Cloud::start(world), Repository::new(&machine));
    repository.apply(&cloud);
    check(&cloud, &repository, "with lag");
}

#[test]
fn names_of_others_are_theirs() {
    let machine = Machine::new();
    let mut world = World::new();
    world.foreign_domains.push("example.com".to_owned());
    let (cloud, mut repository) = (Cloud::start(world), Repository::new(&machine));
    let error = repository.run(&cloud, usize::MAX).unwrap_err();
    assert!(error.starts_with("domain.example.com: the domain `example.com` belongs to another account"), "{error}");
    // Nothing says any more that it is being made.
    let description = cloud.world(|world| world.projects[1].description.clone());
    assert_eq!(description, "managed-by:supercargo env:dev");
    let mut world = World::new();
    world.foreign_buckets.push("example-dev-backup".to_owned());
    let (cloud, mut repository) = (Cloud::start(world), Repository::new(&machine));
    let error = repository.run(&cloud, usize::MAX).unwrap_err();
    assert!(error.contains("belongs to another account"), "{error}");
    let description = cloud.world(|world| world.projects[1].description.clone());
    assert_eq!(description, "managed-by:supercargo env:dev");
}

#[test]
fn what_is_there_without_a_mark_is_adopted_first() {
    let machine = Machine::new();
    let mut world = World::new();
    world.seed(
        "POST /v2/projects",
        &json!({ "name": "example-dev", "purpose": "Service or API", "description": "managed-by:supercargo env:dev" }),
    );
    world.seed("POST /v2/domains", &json!({ "name": "example.com" }));
    world.buckets.push(Bucket::new("example-dev-backup", "fra1", 0));
    world.assign_to_default(BUCKET);
    let (cloud, mut repository) = (Cloud::start(world), Repository::new(&machine));
    let error = repository.run(&cloud, usize::MAX).unwrap_err();
    assert!(
        error.contains("the bucket `example-dev-backup` exists") && error.contains("the domain `example.com`"),
        "{error}"
    );
    assert_eq!(cloud.writes(), Vec::<String>::new());
    let addresses = [Address::new("bucket", "backup"), Address::new("domain", "example.com")];
    repository.wishes = Wishes { goal: Goal::Adopt(addresses.into()), ..Wishes::default() };
    repository.wishes.targets = vec!["bucket".to_owned(), "domain".to_owned()];
    assert_eq!(repository.apply(&cloud), 2);
    repository.wishes = Wishes::default();
    repository.apply(&cloud);
    check(&cloud, &repository, "after adoption");
}

#[test]
fn a_key_that_can_not_be_kept_is_not_left_behind() {
    let machine = Machine::new();
    let (cloud, mut repository) = (Cloud::start(World::new()), Repository::new(&machine));
    repository.is_shut = true;
    let error = repository.run(&cloud, usize::MAX).unwrap_err();
    let expected = "spaces_key.backup-app: could not keep a secret that is shown only once: there is no certificate";
    assert_eq!(error, expected);
    assert_eq!(cloud.world(|world| world.keys.len()), 1);
    repository.is_shut = false;
    repository.apply(&cloud);
    check(&cloud, &repository, "after sealing failed");
}

/// Destroys, with or without data, and says what was deleted.
fn destroy(cloud: &Cloud, repository: &mut Repository<'_>, delete_data: bool) -> Vec<String> {
    let before = cloud.writes().len();
    repository.wishes = Wishes { goal: Goal::Destroy, delete_data, ..Wishes::default() };
    repository.apply(cloud);
    cloud.writes().split_off(before)
}

fn put(cloud: &Cloud) {
    cloud.world(|world| {
        let bucket = &mut world.buckets[0];
        for number in 0..5 {
            bucket.put(&format!("a {}", number % 2), b"x", false, number);
        }
        bucket.put("a 0", b"", true, 9);
    });
}

#[test]
fn destroying_leaves_data_and_what_is_of_others() {
    let machine = Machine::new();
    let (cloud, mut repository) = (Cloud::start(World::new()), Repository::new(&machine));
    repository.apply(&cloud);
    put(&cloud);
    cloud.world(|world| {
        let body: Value = json!({ "type": "TXT", "name": "other", "data": "by hand" });
        world.seed("POST /v2/domains/example.com/records", &body);
    });
    let deleted = destroy(&cloud, &mut repository, false);
    assert!(deleted.iter().all(|line| line.starts_with("DELETE /v2/")), "{deleted:#?}");
    cloud.world(|world| {
        assert_eq!((world.buckets.len(), world.domains.len(), world.keys.len()), (1, 1, 1));
        assert!(world.domains[0].records.iter().any(|record| record.name == "other"));
        assert!(world.domains[0].records.iter().all(|record| !matches!(&*record.kind, "A" | "CNAME" | "MX" | "CAA")));
    });
    cloud.world(|world| world.object_page = 2);
    destroy(&cloud, &mut repository, true);
    cloud.world(|world| {
        assert_eq!((world.buckets.len(), world.domains.len(), world.keys.len()), (0, 0, 1));
        assert!(world.projects.iter().all(|project| project.name != "example-dev"));
    });
    assert_eq!(destroy(&cloud, &mut repository, true), Vec::<String>::new());
    assert_eq!(Need::DeleteData.flag(), "--delete-data");
}
