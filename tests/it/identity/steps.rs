//! Plans carried out against the tenant, with every fault at every call: whatever happens, the next run finishes the work,
//! nothing is made twice, and what is sealed in the end is what the tenant knows.
//!
//! In this process, where all calls of a run can fail in no time, and time itself can pass. What people see of it, and what
//! becomes of a command that is killed, is told by `scenario`, with the command itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use supercargo::http::{Client, Secret, Settings, Url};
use supercargo::identity::{self, Api, Credentials, Desired, Error, Goal, Operation, Told, Wishes};
use supercargo::model::{EnvironmentName, SealedName, SecretKey, Values};
use supercargo::plan::{Event, Keeper, KeeperError, Plan, Stopped, Watch};

use super::fake::{Auth0, World};
use super::faults::Fault;

/// What a project knows: its values, and what is sealed.
struct Project {
    values: Value,
    /// The sealed texts in the clear, by Secret and key.
    sealed: BTreeMap<String, BTreeMap<String, String>>,
}

impl Project {
    fn new() -> Self {
        let chart = json!({"repository": "https://charts.example.com", "name": "x", "version": "1.0.0"});
        let values = json!({
            "platform": {
                "name": "example",
                "domain": "dev.example.com",
                "email": "platform@example.com",
                "repository": {"url": "https://github.com/example/platform.git", "revision": "main"},
                "registry": "registry.example.com/example",
            },
            "cluster": {
                "region": "fra1",
                "version": "1.36",
                "nodePools": {"base": {"size": "s-2vcpu-4gb", "min": 1, "max": 3}},
            },
            "identity": {
                "provider": "auth0",
                "issuer": "https://example.eu.auth0.com/",
                "groupsClaim": "https://example.com/groups",
                "groups": {"admins": ["admins"]},
                "members": {"admins": ["one@example.com"]},
                "connections": ["Username-Password-Authentication"],
            },
            "services": {"argoCd": {"chart": chart}, "oauth2Proxy": {"chart": chart}},
        });
        Self { values, sealed: BTreeMap::new() }
    }

    fn desired(&self) -> Desired {
        let mut values = self.values.clone();
        for (name, keys) in &self.sealed {
            let keys = keys.keys().map(|key| (key.clone(), json!("AgAAAAAAAAAAAAAAAAAAAA==")));
            values["sealed"][name] = json!({"encryptedData": keys.collect::<serde_json::Map<_, _>>()});
        }
        let values: Values = serde_json::from_value(values).unwrap();
        Desired::of(&values, &EnvironmentName::parse("dev").unwrap(), &|_| None)
    }

    /// Plans and carries out; the plan, and how it ended.
    fn run(&mut self, tenant: &Auth0, wishes: &Wishes) -> Result<Plan<Operation>, Error> {
        let client = client();
        let api = api(tenant, &client);
        let desired = self.desired();
        let watch = Clockless::default();
        let observed = identity::observe(&api, &desired, &watch)?;
        let plan = identity::plan(&desired, &observed, wishes).unwrap();
        identity::check_scopes(&api, &plan)?;
        let mut vault = Vault { sealed: &mut self.sealed, random: 0 };
        let told = RefCell::new(Told::default());
        let ended = supercargo::plan::run(&plan, &watch, |step, progress| {
            let outcome = identity::carry_out(&api, &desired, step, &mut vault, progress)?;
            told.borrow_mut().note(step, &outcome);
            Ok(outcome)
        });
        let outputs = identity::outputs(&desired, &told.into_inner());
        self.values["outputs"] = json!({"clients": serde_json::to_value(outputs).unwrap()});
        match ended {
            Ok(_) => Ok(plan),
            Err(Stopped::Failed { source, .. }) => Err(source),
            Err(Stopped::Interrupted { .. }) => Err(Error::Interrupted),
        }
    }

    fn apply(&mut self, tenant: &Auth0) -> Result<Plan<Operation>, Error> {
        self.run(tenant, &Wishes::default())
    }

    /// That everything is there once, is sealed, and needs nothing more.
    fn is_settled(&mut self, tenant: &Auth0, about: &str) {
        let before = tenant.writes().len();
        let plan = self.apply(tenant).unwrap();
        assert!(plan.is_empty(), "{about}: {}", plan.to_text(false));
        assert_eq!(tenant.writes().len(), before, "{about}");
        let world = tenant.world();
        for (name, secret) in [("argo-cd", "argocd/argocd-oidc"), ("oauth2-proxy", "oauth2-proxy/oauth2-proxy")] {
            let named = world.clients_named(&format!("example-dev-{name}"));
            assert_eq!(named.len(), 1, "{about}: {name}");
            let sealed = &self.sealed[secret];
            assert_eq!(named[0]["client_id"], json!(sealed["client-id"]), "{about}: {name}");
            assert_eq!(named[0]["client_secret"], json!(sealed["client-secret"]), "{about}: {name}");
        }
        assert!(self.sealed["oauth2-proxy/oauth2-proxy"].contains_key("cookie-secret"), "{about}");
        assert_eq!(world.roles.iter().filter(|role| role.name == "admins").count(), 1, "{about}");
        let role = &world.roles.iter().find(|role| role.name == "admins").unwrap().id;
        assert!(world.users[0].roles.contains(role), "{about}");
        let bound: Vec<_> = world.bindings.iter().map(|binding| binding.display_name.as_str()).collect();
        assert_eq!(bound, ["theirs", "example-dev-groups"], "{about}");
        assert!(world.action_named("example-dev-groups").unwrap().deployed.is_some(), "{about}");
        assert_eq!(world.clients_named("somebody").len(), 1, "{about}");
        assert_eq!(world.complaints, [""; 0], "{about}");
    }
}

fn client() -> Client {
    let mut settings =
        Settings { connect: Duration::from_secs(5), whole: Duration::from_millis(400), ..Settings::default() };
    settings.retries.attempts = 3;
    Client::with_pause(settings, Box::new(|_| {}))
}

fn api<'c>(tenant: &Auth0, client: &'c Client) -> Api<'c> {
    let (domain, client_id, secret) = {
        let world = tenant.world();
        (world.domain.clone(), world.manager.clone(), world.secret_of(&world.manager))
    };
    let credentials = Credentials { client_id, client_secret: Secret::new(secret) };
    Api::new(client, Url::parse(&tenant.url("")).unwrap(), &domain, credentials, Box::new(|_| {}))
}

/// A tenant that somebody else uses, too.
fn tenant() -> Auth0 {
    let mut world = World::new();
    world.seed_client(json!({"name": "somebody", "callbacks": ["https://example.net/"]}));
    world.seed_bound_action("theirs", "exports.onExecutePostLogin = async () => {};");
    world.seed_role("administrators", "somebody's");
    world.seed_user("one@example.com");
    Auth0::start(world)
}

/// Lets no time pass, and remembers how much would have.
#[derive(Default)]
struct Clockless {
    waited: Mutex<Duration>,
}

impl Watch for Clockless {
    fn event(&self, _: &Event<'_>) {}

    fn pause(&self, duration: Duration) {
        *self.waited.lock().unwrap() += duration;
    }

    fn is_interrupted(&self) -> bool {
        false
    }
}

struct Vault<'a> {
    sealed: &'a mut BTreeMap<String, BTreeMap<String, String>>,
    random: usize,
}

impl Keeper for Vault<'_> {
    fn keep(&mut self, secret: &SealedName, values: Vec<(SecretKey, Secret)>) -> Result<(), KeeperError> {
        let keys = self.sealed.entry(secret.to_string()).or_default();
        keys.extend(values.into_iter().map(|(key, value)| (key.to_string(), value.expose().to_owned())));
        Ok(())
    }

    fn random(&mut self, bytes: usize) -> Result<Secret, KeeperError> {
        self.random += 1;
        Ok(Secret::new(format!("random-{bytes}-{}", self.random)))
    }
}

/// Looks until every list has what was made.
fn catch_up(tenant: &Auth0, project: &Project) {
    let client = client();
    for _ in 0..3 {
        identity::observe(&api(tenant, &client), &project.desired(), &Clockless::default()).unwrap();
    }
}

#[test]
fn whatever_happens_at_any_call_the_next_run_finishes() {
    let calls = {
        let (tenant, mut project) = (tenant(), Project::new());
        project.apply(&tenant).unwrap();
        tenant.faults().calls()
    };
    assert!((25..80).contains(&calls), "{calls}");
    for call in 0..calls {
        // Where the tenant does not act, one call is much like another.
        let faults = Fault::SURVIVED.into_iter().filter(|fault| *fault != Fault::Hang);
        for (_, fault) in faults.enumerate().filter(|(number, fault)| fault.acts() || (call + number) % 4 == 0) {
            let about = format!("{fault:?} at call {call}");
            let (tenant, mut project) = (tenant(), Project::new());
            tenant.faults().at(call, fault);
            // One that failed has done a part; one that did not has done all.
            if project.apply(&tenant).is_err() {
                project.apply(&tenant).unwrap();
            }
            project.is_settled(&tenant, &about);
        }
    }
}

#[test]
fn one_fault_more_than_is_tried_again_ends_a_run_and_not_the_work() {
    let (tenant, mut project) = (tenant(), Project::new());
    let client = client();
    // Answers are lost again and again, and lists lag behind.
    tenant.world().lag = 1;
    let posted = {
        let observed = identity::observe(&api(&tenant, &client), &project.desired(), &Clockless::default());
        observed.unwrap();
        tenant.faults().calls()
    };
    for call in posted..posted + 60 {
        if call % 3 == 0 {
            tenant.faults().at(call, Fault::AnswerLost);
        }
    }
    for _ in 0..8 {
        let _ = project.apply(&tenant);
    }
    catch_up(&tenant, &project);
    project.is_settled(&tenant, "many answers lost");
}

#[test]
fn a_list_that_lags_behind_makes_no_twins() {
    let (tenant, mut project) = (tenant(), Project::new());
    tenant.world().lag = 2;
    let calls = {
        project.apply(&tenant).unwrap();
        // An application that was written down is known before it is listed.
        let client = client();
        let observed = identity::observe(&api(&tenant, &client), &project.desired(), &Clockless::default()).unwrap();
        let plan = identity::plan(&project.desired(), &observed, &Wishes::default()).unwrap();
        assert!(plan.steps.iter().all(|step| step.address.kind() != "application"), "{}", plan.to_text(false));
        let calls = tenant.faults().calls();
        catch_up(&tenant, &project);
        project.is_settled(&tenant, "lists lag");
        calls
    };
    let mut twins = 0;
    for call in 0..calls {
        let (tenant, mut project) = (self::tenant(), Project::new());
        tenant.world().lag = 2;
        tenant.faults().at(call, Fault::AnswerLost);
        if project.apply(&tenant).is_err() {
            project.apply(&tenant).unwrap();
        }
        catch_up(&tenant, &project);
        twins += usize::from(tenant.world().clients_named("example-dev-argo-cd").len() > 1);
        project.is_settled(&tenant, &format!("an answer is lost at call {call}, and lists lag"));
    }
    assert_eq!(twins, 0);
}

#[test]
fn destroying_ends_whatever_happens() {
    let prepared = || {
        let (tenant, mut project) = (tenant(), Project::new());
        project.apply(&tenant).unwrap();
        (tenant, project)
    };
    let wishes = Wishes { goal: Goal::Destroy, ..Wishes::default() };
    let (first, last) = {
        let (tenant, mut project) = prepared();
        let first = tenant.faults().calls();
        project.run(&tenant, &wishes).unwrap();
        (first, tenant.faults().calls())
    };
    for call in first..last {
        for fault in [Fault::AnswerLost, Fault::ErrorAfter, Fault::CutBefore, Fault::Malformed] {
            let (tenant, mut project) = prepared();
            tenant.faults().at(call, fault);
            if project.run(&tenant, &wishes).is_err() {
                project.run(&tenant, &wishes).unwrap();
            }
            assert!(project.run(&tenant, &wishes).unwrap().is_empty(), "{fault:?} at {call}");
            assert_eq!(tenant.world().complaints, [""; 0], "{fault:?} at {call}");
        }
    }
}

#[test]
fn an_expired_token_is_asked_for_again() {
    let (tenant, project) = (tenant(), Project::new());
    let client = client();
    let api = api(&tenant, &client);
    let watch = Clockless::default();
    identity::observe(&api, &project.desired(), &watch).unwrap();
    tenant.world().clock.advance(Duration::from_secs(86_400));
    identity::observe(&api, &project.desired(), &watch).unwrap();
    let logins = tenant.lines().iter().filter(|line| *line == "POST /oauth/token").count();
    assert_eq!(logins, 2);
}
