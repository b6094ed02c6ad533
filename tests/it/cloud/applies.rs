//! Plans of the library carried out against the fake: to the end, with a fault at every call, and killed at every call.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use supercargo::cloud::spaces::{Endpoint, Spaces};
use supercargo::cloud::{self, Api, Desired, DigitalOcean, Goal, Wishes};
use supercargo::http::{Client, Secret, Settings, Url};
use supercargo::model::{EnvironmentName, SealedName, SecretKey, Values};
use supercargo::plan::{self, Event, Keeper, KeeperError, Stopped, Watch};

use super::fake::{Cloud, Fault, Kind, World};

/// Values with a network, two pools and a registry, and some set by their pointers.
fn desired(changes: &[(&str, Value)]) -> Desired {
    let mut values = json!({
        "platform": {
            "name": "example", "domain": "dev.example.com", "email": "platform@example.com",
            "repository": { "url": "https://github.com/example/platform.git", "revision": "main" },
            "registry": "registry.digitalocean.com/example",
        },
        "cluster": {
            "region": "fra1", "version": "1.35.4", "vpc": { "range": "10.77.0.0/20" }, "registryAccess": true,
            "maintenance": { "day": "sunday", "start": "04:00" }, "tags": ["team:platform"],
            "nodePools": {
                "base": { "size": "s-2vcpu-4gb", "min": 1, "max": 3 },
                "tools": { "size": "s-4vcpu-8gb", "min": 2, "max": 2, "dedicated": true },
            },
        },
        "identity": {
            "provider": "auth0", "issuer": "https://example.eu.auth0.com/",
            "groupsClaim": "https://example.com/groups", "groups": { "admins": ["platform-admins"] },
        },
    });
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        values.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    let values: Values = serde_json::from_value(values).unwrap();
    Desired::of(&values, &EnvironmentName::parse("dev").unwrap(), &|_| None)
}

/// Hears everything and sleeps never.
#[derive(Default)]
struct Quiet {
    heard: Mutex<Vec<String>>,
}

impl Watch for Quiet {
    fn event(&self, event: &Event<'_>) {
        self.heard.lock().unwrap().push(event.to_json().to_string());
    }

    fn pause(&self, _: Duration) {}

    fn is_interrupted(&self) -> bool {
        false
    }
}

/// Keeps nothing.
struct Nobody;

impl Keeper for Nobody {
    fn keep(&mut self, _: &SealedName, _: Vec<(SecretKey, Secret)>) -> Result<(), KeeperError> {
        Ok(())
    }

    fn random(&mut self, _: usize) -> Result<Secret, KeeperError> {
        Err("there is no randomness here".into())
    }
}

/// A client that never sleeps. Making one takes a while, as it reads the authorities of the system.
fn client() -> Arc<Client> {
    static CLIENT: OnceLock<Arc<Client>> = OnceLock::new();
    let new = || Arc::new(Client::with_pause(Settings::default(), Box::new(|_| {})));
    Arc::clone(CLIENT.get_or_init(new))
}

/// A client that dies after a number of exchanges.
fn mortal_client(last: usize) -> Arc<Client> {
    let count = AtomicUsize::new(0);
    let trace = move |_: &supercargo::http::Exchange<'_>| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        // Nothing of the library catches this, so nothing of it cleans up: as if the process was gone.
        assert!(number < last, "killed");
    };
    let settings = Settings { trace: Some(Arc::new(trace)), ..Settings::default() };
    Arc::new(Client::with_pause(settings, Box::new(|_| {})))
}

/// The API through a client that may die.
fn api(cloud: &Cloud, dies_after: Option<usize>) -> Api {
    let client = dies_after.map_or_else(client, mortal_client);
    let (token, key) = cloud.world(|world| (world.tokens[0].text.clone(), world.keys[0].clone()));
    let endpoint = Endpoint::parse(&cloud.spaces_url()).unwrap();
    let (id, secret) = (Secret::new(key.access_key), Secret::new(key.secret_key));
    let spaces =
        Spaces::new(Arc::clone(&client), endpoint, id, secret, Box::new(|| Duration::from_secs(1_767_225_600)));
    let base = Url::parse(&cloud.url()).unwrap();
    Api { digitalocean: DigitalOcean::new(client, base, Secret::new(token)), spaces: Some(spaces) }
}

/// One whole run: what was done, or what went wrong.
fn run(api: &Api, desired: &Desired, wishes: &Wishes) -> Result<Vec<String>, String> {
    let watch = Quiet::default();
    let spoken = |error: &dyn std::error::Error| {
        let causes = std::iter::successors(Some(error), |error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    };
    let observed = cloud::observe(api, desired, &watch).map_err(|error| spoken(&error))?;
    let plan = cloud::plan(desired, &observed, wishes)
        .map_err(|found| found.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>().join("; "))?;
    let done = plan::run(&plan, &watch, |step, progress| cloud::carry_out(api, desired, step, &mut Nobody, progress));
    match done {
        Ok(_) => Ok(plan.steps.iter().map(|step| format!("{} {}", step.action.name(), step.address)).collect()),
        Err(Stopped::Failed { address, source, .. }) => Err(format!("{address}: {}", spoken(&source))),
        Err(Stopped::Interrupted { .. }) => Err("interrupted".to_owned()),
    }
}

fn apply(cloud: &Cloud, desired: &Desired) -> Result<Vec<String>, String> {
    run(&api(cloud, None), desired, &Wishes::default())
}

fn destroy(cloud: &Cloud, desired: &Desired) -> Result<Vec<String>, String> {
    run(&api(cloud, None), desired, &Wishes { goal: Goal::Destroy, ..Wishes::default() })
}

/// What is there of ours and of others.
fn there(cloud: &Cloud) -> [usize; 4] {
    cloud.world(|world| {
        let pools = world.clusters.iter().map(|cluster| cluster.pools.len()).sum();
        // One project and five networks are there from the beginning.
        [world.projects.len() - 1, world.vpcs.len() - 5, world.clusters.len(), pools]
    })
}

/// That everything is there once, and that the next run has nothing to do.
fn assert_whole(cloud: &Cloud, desired: &Desired, case: &str) {
    assert_eq!(there(cloud), [1, 1, 1, 2], "{case}");
    let before = cloud.writes().len();
    assert_eq!(apply(cloud, desired), Ok(Vec::new()), "{case}");
    assert_eq!(cloud.writes().len(), before, "{case}");
}

#[test]
fn an_environment_is_made_kept_and_destroyed() {
    let cloud = Cloud::start(World::new());
    let wanted = desired(&[]);
    assert_eq!(
        apply(&cloud, &wanted).unwrap(),
        [
            "create project.example-dev",
            "create vpc.example-dev",
            "create cluster.example-dev",
            "create node_pool.base",
            "create node_pool.tools",
            "update registry_access.example-dev",
            "create project_resources.example-dev",
        ]
    );
    assert_whole(&cloud, &wanted, "made");
    let told = cloud::outputs(&wanted, &cloud::observe(&api(&cloud, None), &wanted, &Quiet::default()).unwrap());
    assert!(told.cluster.is_some() && told.vpc.is_some() && told.project.is_some(), "{told:?}");
    assert_eq!(told.node_pools.len(), 2);
    let kubeconfig = cloud::kubeconfig(&api(&cloud, None), &wanted, 600, &Quiet::default()).unwrap();
    assert!(kubeconfig.expose().contains("apiVersion"));
    assert_eq!(
        destroy(&cloud, &wanted).unwrap(),
        ["delete cluster.example-dev", "delete vpc.example-dev", "delete project.example-dev"]
    );
    assert_eq!(there(&cloud), [0; 4]);
    assert_eq!(destroy(&cloud, &wanted), Ok(Vec::new()));
}

#[test]
fn versions_sizes_and_settings_follow_the_values() {
    let cloud = Cloud::start(World::new());
    apply(&cloud, &desired(&[])).unwrap();
    let changed = desired(&[
        ("/cluster/version", json!("1.36")),
        ("/cluster/tags", json!(["team:other"])),
        ("/cluster/nodePools/base/max", json!(5)),
        ("/cluster/nodePools/tools/size", json!("s-2vcpu-4gb")),
        ("/cluster/registryAccess", json!(false)),
    ]);
    assert_eq!(
        apply(&cloud, &changed).unwrap(),
        [
            "update cluster.example-dev",
            "update node_pool.base",
            "replace node_pool.tools",
            "update registry_access.example-dev",
        ]
    );
    assert_whole(&cloud, &changed, "changed");
    let cluster = cloud.world(|world| world.clusters[0].clone());
    assert!(cluster.version.starts_with("1.36."), "{}", cluster.version);
    let names: Vec<_> = cluster.pools.iter().map(|pool| pool.name.clone()).collect();
    assert_eq!(names, ["base", "tools-s-2vcpu-4gb"]);
}

/// How many calls a whole run makes.
fn calls(run: impl Fn(&Cloud)) -> usize {
    let cloud = Cloud::start(World::new());
    run(&cloud);
    cloud.requests().len()
}

#[test]
fn no_fault_at_any_call_makes_anything_twice() {
    let wanted = desired(&[]);
    let calls = calls(|cloud| drop(apply(cloud, &wanted).unwrap()));
    // One of each sort: asked in vain, done and not told, done and told wrongly.
    let kinds =
        [Kind::TooMany { retry_after: None }, Kind::FailedBefore, Kind::LostAnswer, Kind::FailedAfter, Kind::Malformed];
    for kind in kinds {
        for number in 1..=calls {
            let cloud = Cloud::start(World::new());
            cloud.fault(Fault::at(number, kind));
            let case = format!("{kind:?} at call {number}");
            if let Err(first) = apply(&cloud, &wanted) {
                // Only a list that is torn ends a run: whatever was to be made was looked for, and made if it was not there.
                let call = &cloud.requests()[number - 1];
                assert!(kind == Kind::Malformed && call.starts_with("GET "), "{case}, {call}: {first}");
                apply(&cloud, &wanted).unwrap_or_else(|second| panic!("{case}: {first}, and then {second}"));
            }
            assert_whole(&cloud, &wanted, &case);
        }
    }
}

#[test]
fn a_run_that_is_killed_after_any_call_is_taken_up() {
    let wanted = desired(&[]);
    let calls = calls(|cloud| drop(apply(cloud, &wanted).unwrap()));
    for number in 1..=calls {
        let cloud = Cloud::start(World::new());
        let killed = catch_unwind(AssertUnwindSafe(|| run(&api(&cloud, Some(number)), &wanted, &Wishes::default())));
        assert!(killed.is_err(), "call {number}");
        apply(&cloud, &wanted).unwrap_or_else(|error| panic!("after a kill at call {number}: {error}"));
        assert_whole(&cloud, &wanted, &format!("killed at call {number}"));
    }
}

#[test]
fn a_destruction_that_is_killed_after_any_call_is_taken_up() {
    let wanted = desired(&[]);
    let wishes = Wishes { goal: Goal::Destroy, ..Wishes::default() };
    let mut number = 1;
    loop {
        let cloud = Cloud::start(World::new());
        apply(&cloud, &wanted).unwrap();
        let killed = catch_unwind(AssertUnwindSafe(|| run(&api(&cloud, Some(number)), &wanted, &wishes)));
        if killed.is_ok() {
            break;
        }
        destroy(&cloud, &wanted).unwrap_or_else(|error| panic!("after a kill at call {number}: {error}"));
        assert_eq!(there(&cloud), [0; 4], "killed at call {number}");
        number += 1;
    }
    assert!(number > 10, "{number}");
}

/// With a bucket and a domain, which have no mark but the project that they are in.
fn desired_with_members() -> Desired {
    desired(&[
        (
            "/storage",
            json!({ "buckets": { "files": { "name": "example-dev-files", "region": "fra1", "versioning": true } } }),
        ),
        (
            "/dns",
            json!({ "domain": "example.com", "records": [{ "type": "A", "name": "www", "value": "203.0.113.7" }] }),
        ),
    ])
}

#[test]
fn buckets_and_domains_are_taken_up_after_a_kill_at_any_call() {
    let wanted = desired_with_members();
    let calls = calls(|cloud| drop(apply(cloud, &wanted).unwrap()));
    let made = |cloud: &Cloud| cloud.world(|world| (world.buckets.len(), world.domains.len(), world.projects.len()));
    for number in 1..=calls {
        let cloud = Cloud::start(World::new());
        let killed = catch_unwind(AssertUnwindSafe(|| run(&api(&cloud, Some(number)), &wanted, &Wishes::default())));
        assert!(killed.is_err(), "call {number}");
        apply(&cloud, &wanted).unwrap_or_else(|error| panic!("after a kill at call {number}: {error}"));
        assert_whole(&cloud, &wanted, &format!("killed at call {number}"));
        assert_eq!(made(&cloud), (1, 1, 2), "killed at call {number}");
    }
    let cloud = Cloud::start(World::new());
    apply(&cloud, &wanted).unwrap();
    let done = destroy(&cloud, &wanted).unwrap();
    assert_eq!((made(&cloud), there(&cloud)), ((0, 0, 1), [0; 4]), "{done:#?}");
}

#[test]
fn a_list_that_lags_behind_hides_nothing_for_good() {
    let mut world = World::new();
    world.durations.lag = 60;
    let cloud = Cloud::start(world);
    let wanted = desired(&[]);
    apply(&cloud, &wanted).unwrap();
    assert_whole(&cloud, &wanted, "with lists that lag");
}

#[test]
fn a_plan_takes_few_requests_however_much_there_is() {
    let mut world = World::new();
    world.droplet_limit = 10_000;
    let pool = |number: usize| json!({ "name": format!("pool-{number}"), "size": "s-2vcpu-4gb", "count": 1 });
    for number in 0..210 {
        let pools: Vec<_> = (0..5).map(pool).collect();
        let name = format!("of-others-{number}");
        let new = json!({ "name": name, "region": "fra1", "version": "1.35.4-do.0", "node_pools": pools });
        world.seed("POST /v2/kubernetes/clusters", &new);
    }
    let cloud = Cloud::start(world);
    let wanted = desired(&[]);
    apply(&cloud, &wanted).unwrap();
    let before = cloud.requests().len();
    assert_eq!(apply(&cloud, &wanted), Ok(Vec::new()));
    let asked = cloud.requests().split_off(before);
    assert!(asked.len() <= 12, "{asked:#?}");
}

#[test]
fn what_is_of_others_is_never_touched() {
    let mut world = World::new();
    world.seed("POST /v2/projects", &json!({
        "name": "example-dev", "purpose": "Web Application", "description": "of others", "environment": "Development",
    }));
    let cloud = Cloud::start(world);
    let refused = apply(&cloud, &desired(&[])).unwrap_err();
    assert_eq!(refused, "the project `example-dev` exists, and nothing says that it belongs to `dev`");
    assert_eq!(cloud.writes(), [""; 0]);
}
