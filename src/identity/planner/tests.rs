//! The planner, case by case: what is there beside what is wanted, and the steps in between.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::*;
use crate::identity::auth0::{Action, Application, Binding, Connection, POST_LOGIN, Role, User};
use crate::identity::observed::ObservedConnection;
use crate::identity::operation::CredentialWork;
use crate::model::{EnvironmentName, Values};
use crate::plan::{Outcome, Saved};

/// A platform with two clients of services and one of its own.
fn values() -> Value {
    let chart = json!({"repository": "https://charts.example.com", "name": "x", "version": "1.0.0"});
    json!({
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
            "groups": {"admins": ["admins"], "viewers": ["Team One"]},
            "clients": {"wiki": {"host": "wiki", "callback": "/oidc", "secret": "wiki/oidc"}},
        },
        "services": {"argoCd": {"chart": chart}, "oauth2Proxy": {"chart": chart}},
    })
}

/// A tenant in memory: what it reports, what is written down of it, and what of it is sealed.
struct Tenant {
    values: Value,
    observed: Observed,
    made: usize,
}

impl Tenant {
    fn new() -> Self {
        let trigger = |version: &str, status: &str| {
            let runtimes = json!(["node18", "node22"]);
            let data = json!({"id": POST_LOGIN, "version": version, "status": status, "runtimes": runtimes});
            serde_json::from_value(data).unwrap()
        };
        let triggers = vec![trigger("v1", "DEPRECATED"), trigger("v3", "CURRENT"), trigger("v2", "CURRENT")];
        let observed = Observed { triggers, may_read_secrets: true, ..Observed::default() };
        Self { values: values(), observed, made: 0 }
    }

    /// One that is as the values want it.
    fn settled() -> Self {
        let mut tenant = Self::new();
        tenant.apply(&Wishes::default());
        tenant
    }

    fn desired(&self) -> Desired {
        let values: Values = serde_json::from_value(self.values.clone()).unwrap();
        Desired::of(&values, &EnvironmentName::parse("dev").unwrap(), &|_| None)
    }

    fn plan(&self, wishes: &Wishes) -> Result<Plan<Operation>, Vec<String>> {
        let plan = plan(&self.desired(), &self.observed, wishes);
        plan.map_err(|found| found.iter().map(|it| format!("{}: {}", it.code, it.message)).collect())
    }

    /// The steps, each as its action, address and reason; and the reports behind them.
    fn lines(&self, wishes: &Wishes) -> Vec<String> {
        let plan = self.plan(wishes).unwrap();
        let steps = plan.steps.iter().map(|step| {
            let reason = if step.reason.is_empty() { String::new() } else { format!(": {}", step.reason) };
            let names: Vec<_> = step.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            let names = if step.action == crate::plan::Action::Update { names.join(" ") } else { String::new() };
            format!("{:?} {} {names}{reason}", step.action, step.address)
        });
        let reports = plan.reports.iter().map(|report| format!("* {} {}", report.address, report.message));
        steps.chain(reports).collect()
    }

    fn changes(&self) -> Vec<String> {
        self.lines(&Wishes::default())
    }

    fn id(&mut self) -> String {
        self.made += 1;
        format!("id{}", self.made)
    }

    fn seal(&mut self, client: &str) {
        let desired = self.desired();
        let wanted = desired.application(client).unwrap();
        let keys = wanted.client.keys().map(|key| (key.to_string(), json!("AgAAAAAAAAAAAAAAAAAAAA==")));
        let data: serde_json::Map<_, _> = keys.collect();
        self.values["sealed"][wanted.client.secret.as_str()] = json!({ "encryptedData": data });
    }

    /// Does what the plan says, as the API would.
    fn apply(&mut self, wishes: &Wishes) {
        let mut told = crate::identity::Told::default();
        for step in self.plan(wishes).unwrap().steps {
            let id = self.carry_out(&step.operation);
            told.note(&step, &Outcome { id: Some(id) });
        }
        let outputs = crate::identity::outputs(&self.desired(), &told);
        self.values["outputs"] = json!({"clients": serde_json::to_value(outputs).unwrap()});
    }

    fn carry_out(&mut self, operation: &Operation) -> String {
        match operation.clone() {
            Operation::CreateApplication { client, settings, connections } => {
                let id = self.id();
                let name = settings.name.clone().unwrap();
                self.observed.applications.push(Application {
                    client_id: id.clone(),
                    name,
                    client_secret: None,
                    settings,
                });
                self.switch(&id, &connections);
                self.seal(client.as_str());
                id
            }
            Operation::ChangeApplication { client, id, settings, connections, .. } => {
                let application = self.observed.applications.iter_mut().find(|it| it.client_id == id).unwrap();
                let mut data = serde_json::to_value(&application.settings).unwrap();
                for (key, value) in serde_json::to_value(&settings).unwrap().as_object().unwrap() {
                    if key == "client_metadata" {
                        data[key].as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
                    } else {
                        data[key] = value.clone();
                    }
                }
                application.settings = serde_json::from_value(data).unwrap();
                self.switch(&id, &connections);
                self.seal(client.as_str());
                id
            }
            Operation::DeleteApplication { id, .. } => {
                self.observed.applications.retain(|it| it.client_id != id);
                id
            }
            Operation::PutAction { settings } => {
                let known = self.observed.actions.first().map(|action| action.id.clone());
                let id = known.unwrap_or_else(|| self.id());
                let mut data = serde_json::to_value(&settings).unwrap();
                data["id"] = json!(id);
                data["status"] = json!("built");
                data["all_changes_deployed"] = json!(true);
                self.observed.actions = vec![serde_json::from_value(data).unwrap()];
                if self.observed.bindings.iter().all(|binding| binding.action.id != id) {
                    self.bind(&id);
                }
                id
            }
            Operation::DeleteAction { id } => {
                self.observed.actions.retain(|it| it.id != id);
                self.observed.bindings.retain(|it| it.action.id != id);
                id
            }
            Operation::CreateRole { name, members } => {
                let id = self.id();
                let description = self.desired().mark.description();
                self.observed.roles.push(Role { id: id.clone(), name, description });
                self.assign(&id, members);
                id
            }
            Operation::AssignRole { id, members } => {
                self.assign(&id, members);
                id
            }
            Operation::DeleteRole { id } => {
                self.observed.roles.retain(|it| it.id != id);
                id
            }
        }
    }

    fn assign(&mut self, role: &str, members: Vec<crate::identity::operation::Member>) {
        let all = self.observed.members.entry(role.to_owned()).or_default();
        all.extend(members.into_iter().map(|member| member.user_id));
    }

    fn switch(&mut self, id: &str, switches: &[crate::identity::ConnectionSwitch]) {
        for switch in switches {
            let all = self.observed.connections.iter_mut();
            let connection = all.into_iter().find(|it| it.connection.id == switch.id).unwrap();
            if switch.is_on {
                connection.applications.insert(id.to_owned());
            } else {
                connection.applications.remove(id);
            }
        }
    }

    fn bind(&mut self, id: &str) {
        let data = json!({"id": format!("b-{id}"), "action": {"id": id, "name": id}, "display_name": id});
        self.observed.bindings.push(serde_json::from_value::<Binding>(data).unwrap());
    }

    fn application(&mut self, name: &str) -> &mut Application {
        self.observed.applications.iter_mut().find(|it| it.name == name).unwrap()
    }

    fn connection(&mut self, name: &str) {
        let id = self.id();
        let connection = Connection { id, name: name.to_owned(), strategy: "auth0".to_owned() };
        self.observed
            .connections
            .push(ObservedConnection { connection, applications: std::collections::BTreeSet::new() });
    }

    fn account(&mut self, email: &str, email_verified: bool) -> String {
        let user_id = format!("auth0|{}", self.id());
        self.observed.accounts.push(User { user_id: user_id.clone(), email: Some(email.to_owned()), email_verified });
        user_id
    }
}

#[test]
fn everything_is_made_once() {
    let mut tenant = Tenant::new();
    assert_eq!(
        tenant.changes(),
        [
            "Create role.Team One ",
            "Create role.admins ",
            "Create action.groups ",
            "Create application.oauth2-proxy ",
            "Create application.argo-cd ",
            "Create application.wiki ",
        ]
    );
    tenant.apply(&Wishes::default());
    assert_eq!(tenant.changes(), [""; 0]);
    let clients = &tenant.values["outputs"]["clients"];
    assert_eq!(clients.as_object().unwrap().len(), 3, "{clients}");
}

#[test]
fn an_application_is_that_of_its_host() {
    let tenant = Tenant::settled();
    let of = |name: &str| {
        let application = tenant.observed.applications.iter().find(|it| it.name == name).unwrap();
        serde_json::to_value(&application.settings).unwrap()
    };
    assert_eq!(
        of("example-dev-argo-cd"),
        json!({
            "name": "example-dev-argo-cd",
            "app_type": "regular_web",
            "is_first_party": true,
            "oidc_conformant": true,
            "callbacks": ["https://argocd.dev.example.com/auth/callback"],
            "allowed_logout_urls": ["https://argocd.dev.example.com/"],
            "web_origins": ["https://argocd.dev.example.com"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
            "jwt_configuration": {"alg": "RS256"},
            "client_metadata": {"managed-by": "supercargo", "environment": "dev"},
        })
    );
    assert_eq!(of("example-dev-wiki")["callbacks"], json!(["https://wiki.dev.example.com/oidc"]));
}

#[test]
fn what_drifted_is_put_right_and_nothing_else() {
    let mut tenant = Tenant::settled();
    tenant.values["services"]["argoCd"]["host"] = json!("cd");
    let application = tenant.application("example-dev-wiki");
    application.settings.jwt_configuration.as_mut().unwrap().alg = Some("HS256".to_owned());
    application.settings.jwt_configuration.as_mut().unwrap().lifetime_in_seconds = Some(60);
    application.settings.callbacks.as_mut().unwrap().push("https://evil.example.net/".to_owned());
    // Another order, and a mark of somebody else's, are no drift.
    application.settings.grant_types.as_mut().unwrap().reverse();
    application.settings.client_metadata.as_mut().unwrap().insert("theirs".to_owned(), "x".to_owned());
    assert_eq!(
        tenant.changes(),
        [
            "Update application.argo-cd callbacks allowed_logout_urls web_origins",
            "Update application.wiki callbacks jwt_configuration",
        ]
        .map(|line| format!("{line}{}", ""))
    );
    let plan = tenant.plan(&Wishes::default()).unwrap();
    let Operation::ChangeApplication { settings, credentials, .. } = &plan.steps[1].operation else { unreachable!() };
    assert_eq!(*credentials, CredentialWork::Keep);
    // The object is replaced whole: what is not ours to say is sent as it is.
    assert_eq!(settings.jwt_configuration.as_ref().unwrap().lifetime_in_seconds, Some(60));
    tenant.apply(&Wishes::default());
    assert_eq!(tenant.changes(), [""; 0]);
    assert_eq!(tenant.application("example-dev-wiki").settings.client_metadata.as_ref().unwrap()["theirs"], "x");
}

#[test]
fn a_secret_that_is_not_known_to_be_sealed_is_sealed_again() {
    let mut tenant = Tenant::settled();
    let sealed = tenant.values["sealed"].take();
    tenant.values["sealed"] = json!({ "argocd/argocd-oidc": sealed["argocd/argocd-oidc"], "wiki/oidc": sealed["wiki/oidc"],
        "oauth2-proxy/oauth2-proxy": {"encryptedData": {"client-id": "AgAAAAAAAAAAAAAAAAAAAA==",
            "client-secret": "AgAAAAAAAAAAAAAAAAAAAA=="}} });
    tenant.values["outputs"]["clients"]["argo-cd"] = json!("another");
    tenant.values["sealed"]["wiki/oidc"]["encryptedData"].as_object_mut().unwrap().remove("client-secret");
    let expected = [
        "Update application.oauth2-proxy sealed cookie-secret",
        "Update application.argo-cd sealed client-id sealed client-secret: what is sealed is not known to be of this \
         application",
        "Update application.wiki sealed client-id sealed client-secret: its credentials are not sealed",
    ];
    assert_eq!(tenant.changes(), expected);
    let work = |tenant: &Tenant| -> Vec<_> {
        let steps = tenant.plan(&Wishes::default()).unwrap().steps;
        let work = steps.iter().map(|step| match &step.operation {
            Operation::ChangeApplication { credentials, .. } => (*credentials, step.warnings.len()),
            _ => unreachable!(),
        });
        work.collect()
    };
    let (keep, seal, rotate) = (CredentialWork::Keep, CredentialWork::Seal, CredentialWork::Rotate);
    assert_eq!(work(&tenant), [(keep, 0), (seal, 0), (seal, 0)]);
    // Without the right to read it again only another one helps, and that is worth a word.
    tenant.observed.may_read_secrets = false;
    assert_eq!(work(&tenant), [(keep, 0), (rotate, 1), (rotate, 1)]);
    tenant.apply(&Wishes::default());
    assert_eq!(tenant.changes(), [""; 0]);
}

#[test]
fn what_is_not_ours_stands_in_the_way() {
    let mut tenant = Tenant::settled();
    tenant.application("example-dev-wiki").settings.client_metadata = None;
    let other = json!({"managed-by": "supercargo", "environment": "prod"});
    let argo_cd = tenant.application("example-dev-argo-cd");
    argo_cd.settings.client_metadata = serde_json::from_value(other).unwrap();
    tenant.observed.actions[0].code = "// mine".to_owned();
    let not_ours =
        |what: &str| format!("not-owned: the {what} exists at Auth0, and nothing says that it belongs to `dev`");
    let mut expected = [
        not_ours("action `example-dev-groups`"),
        not_ours("application `example-dev-argo-cd`"),
        not_ours("application `example-dev-wiki`"),
    ];
    expected.sort();
    let mut found = tenant.plan(&Wishes::default()).unwrap_err();
    found.sort();
    assert_eq!(found, expected);
    // Whoever asks for something else is not held up.
    let wishes = Wishes { targets: vec!["role".to_owned()], ..Wishes::default() };
    assert!(tenant.plan(&wishes).is_ok());
    let wishes = Wishes { goal: Goal::Destroy, ..Wishes::default() };
    assert_eq!(
        tenant.lines(&wishes),
        ["Delete application.oauth2-proxy ", "Delete role.Team One ", "Delete role.admins "]
    );
}

#[test]
fn two_of_one_name_are_told_by_their_ids() {
    let mut tenant = Tenant::settled();
    let mut twin = tenant.application("example-dev-wiki").clone();
    twin.client_id = "twin".to_owned();
    tenant.observed.applications.push(twin);
    let found = plan(&tenant.desired(), &tenant.observed, &Wishes::default()).unwrap_err();
    let found: Vec<_> = found.iter().collect();
    assert_eq!(found[0].message, "there are 2 applications of the name `example-dev-wiki` at Auth0");
    assert!(found.len() == 1 && found[0].notes[0].contains("`twin`"), "{found:?}");
}

#[test]
fn what_nobody_wants_any_more_goes_only_if_that_is_wished() {
    let mut tenant = Tenant::settled();
    tenant.values["services"]["argoCd"]["enabled"] = json!(false);
    tenant.values["identity"]["groups"]["viewers"] = json!([]);
    let message = "it is ours, and the values do not want it any more";
    assert_eq!(tenant.changes(), [format!("* role.Team One {message}"), format!("* application.argo-cd {message}")]);
    let wishes = Wishes { prune: true, ..Wishes::default() };
    assert_eq!(
        tenant.lines(&wishes),
        [format!("Delete role.Team One : {message}"), format!("Delete application.argo-cd : {message}")]
    );
    tenant.apply(&wishes);
    assert_eq!(tenant.changes(), [""; 0]);
    assert!(tenant.values["outputs"]["clients"].get("argo-cd").is_none());
}

#[test]
fn destroying_takes_what_is_ours_in_reverse() {
    let mut tenant = Tenant::settled();
    tenant.observed.roles.push(Role { id: "r".into(), name: "other".into(), description: String::new() });
    tenant.bind("theirs");
    let wishes = Wishes { goal: Goal::Destroy, ..Wishes::default() };
    assert_eq!(
        tenant.lines(&wishes),
        [
            "Delete application.oauth2-proxy ",
            "Delete application.argo-cd ",
            "Delete application.wiki ",
            "Delete action.groups ",
            "Delete role.Team One ",
            "Delete role.admins ",
        ]
    );
    tenant.apply(&wishes);
    assert_eq!(tenant.lines(&wishes), [""; 0]);
    assert_eq!((tenant.observed.roles.len(), tenant.observed.bindings.len()), (1, 1));
    assert_eq!(tenant.values["outputs"]["clients"], json!({}));
}

#[test]
fn a_secret_is_rotated_on_request() {
    let tenant = Tenant::settled();
    let rotate = |client: &str| Wishes { goal: Goal::Rotate(client.to_owned()), ..Wishes::default() };
    assert_eq!(
        tenant.lines(&rotate("wiki")),
        ["Update application.wiki sealed client-id sealed client-secret: a new secret is asked for"]
    );
    let found = tenant.plan(&rotate("wikis")).unwrap_err();
    assert_eq!(found, ["unknown-place: environment `dev` has no client `wikis`"]);
    let found = Tenant::new().plan(&rotate("wiki")).unwrap_err();
    assert_eq!(found, ["unknown-place: the client `wiki` is not at Auth0 yet, so its secret can't be rotated"]);
}

#[test]
fn the_action_is_written_deployed_and_bound() {
    type Change = fn(&mut Tenant);
    let cases: [(Change, &str); 6] = [
        (
            |it| it.values["identity"]["groupsClaim"] = json!("https://example.org/groups"),
            "Update action.groups claim code deployed",
        ),
        (
            |it| it.observed.actions[0].all_changes_deployed = false,
            "Update action.groups deployed: what runs at logins is not what is written",
        ),
        (|it| it.observed.bindings.clear(), "Update action.groups bound: it does not run at logins"),
        (|it| it.observed.actions[0].runtime = Some("node16".to_owned()), "Update action.groups runtime deployed"),
        (
            |it| it.observed.actions[0].supported_triggers[0].version = Some("v1".to_owned()),
            "Update action.groups trigger deployed",
        ),
        (|it| it.observed.actions.clear(), "Create action.groups "),
    ];
    for (change, expected) in cases {
        let mut tenant = Tenant::settled();
        change(&mut tenant);
        assert_eq!(tenant.changes(), [expected]);
        tenant.apply(&Wishes::default());
        assert_eq!(tenant.changes(), [""; 0], "{expected}");
    }
}

#[test]
fn an_action_keeps_what_the_tenant_still_takes() {
    let mut tenant = Tenant::settled();
    let settings = |tenant: &Tenant| match &tenant.plan(&Wishes::default()).unwrap().steps[0].operation {
        Operation::PutAction { settings } => settings.clone(),
        _ => unreachable!(),
    };
    tenant.observed.actions[0].runtime = Some("node18".to_owned());
    tenant.observed.actions[0].supported_triggers[0].version = Some("v2".to_owned());
    assert_eq!(tenant.changes(), [""; 0]);
    tenant.observed.actions[0].code.push_str("// edited");
    let kept = settings(&tenant);
    assert_eq!((kept.runtime.as_str(), kept.supported_triggers[0].version.as_deref()), ("node18", Some("v2")));
    tenant.observed.actions.clear();
    let new = settings(&tenant);
    assert_eq!((new.runtime.as_str(), new.supported_triggers[0].version.as_deref()), ("node22", Some("v3")));
    tenant.observed.triggers.retain(|trigger| trigger.status != "CURRENT");
    let found = tenant.plan(&Wishes::default()).unwrap_err();
    assert_eq!(found, ["missing-reference: the tenant has no current version of the trigger `post-login`"]);
    let _: &Vec<Action> = &tenant.observed.actions;
}

#[test]
fn a_role_of_somebody_else_is_used_as_it_is() {
    let mut tenant = Tenant::new();
    tenant.observed.roles.push(Role { id: "r".into(), name: "admins".into(), description: "theirs".into() });
    tenant.values["identity"]["members"] = json!({"admins": ["Admin@example.com"]});
    let account = tenant.account("admin@example.com", true);
    let plan = tenant.plan(&Wishes::default()).unwrap();
    let step = &plan.steps[1];
    let Operation::AssignRole { id, members } = &step.operation else { unreachable!() };
    assert_eq!((id.as_str(), members[0].user_id.as_str(), step.warnings.len()), ("r", account.as_str(), 1));
    tenant.apply(&Wishes::default());
    assert_eq!(tenant.changes(), [""; 0]);
    assert_eq!(tenant.observed.roles[0].description, "theirs");
}

#[test]
fn people_get_roles_by_addresses_that_are_theirs() {
    let mut tenant = Tenant::settled();
    tenant.values["identity"]["members"] =
        json!({"admins": ["one@example.com", "two@example.com", "three@example.com"]});
    let (verified, unverified) = (tenant.account("one@example.com", true), tenant.account("two@example.com", false));
    assert_eq!(
        tenant.changes(),
        [
            "Update role.admins members".to_owned(),
            format!("* role.admins the address of the account `{unverified}` of `two@example.com` is not verified"),
            "* role.admins `three@example.com` has no account yet, so the role can't be given".to_owned(),
        ]
    );
    tenant.apply(&Wishes::default());
    let role = tenant.observed.roles.iter().find(|role| role.name == "admins").unwrap().id.clone();
    assert_eq!(tenant.observed.members[&role].iter().collect::<Vec<_>>(), [&verified]);
    // Whoever has it otherwise keeps it.
    tenant.observed.members.get_mut(&role).unwrap().insert("auth0|by-hand".to_owned());
    assert!(tenant.changes().iter().all(|line| line.starts_with('*')), "{:?}", tenant.changes());
}

#[test]
fn people_log_in_by_the_connections_that_are_named() {
    let mut tenant = Tenant::settled();
    tenant.connection("staff");
    tenant.connection("social");
    let id = tenant.application("example-dev-wiki").client_id.clone();
    for connection in &mut tenant.observed.connections {
        connection.applications.extend([id.clone(), "somebody".to_owned()]);
    }
    // Nobody said a word on them.
    assert_eq!(tenant.changes(), [""; 0]);
    tenant.values["identity"]["connections"] = json!(["staff"]);
    assert_eq!(
        tenant.changes(),
        [
            "Update application.oauth2-proxy connection staff",
            "Update application.argo-cd connection staff",
            "Update application.wiki connection social",
        ]
    );
    tenant.apply(&Wishes::default());
    assert_eq!(tenant.changes(), [""; 0]);
    assert!(tenant.observed.connections.iter().all(|it| it.applications.contains("somebody")));
    tenant.values["identity"]["connections"] = json!(["stuff"]);
    let found = tenant.plan(&Wishes::default()).unwrap_err();
    assert_eq!(found, ["missing-reference: Auth0 has no connection `stuff`, which `identity.connections` names"]);
}

#[test]
fn targets_are_all_that_is_planned() {
    let mut tenant = Tenant::new();
    let targets =
        |names: &[&str]| Wishes { targets: names.iter().map(|&name| name.to_owned()).collect(), ..Wishes::default() };
    assert_eq!(
        tenant.lines(&targets(&["role", "application.wiki"])),
        ["Create role.Team One ", "Create role.admins ", "Create application.wiki "]
    );
    let unknown = |tenant: &Tenant, name: &str| tenant.plan(&targets(&[name])).unwrap_err();
    assert_eq!(unknown(&tenant, "application.wikki"), ["unknown-place: there is no resource `application.wikki`"]);
    tenant.apply(&Wishes::default());
    // What is as it should be is no mistake to name.
    assert_eq!(tenant.lines(&targets(&["application.wiki"])), [""; 0]);
    assert_eq!(unknown(&tenant, "connection"), ["unknown-place: there is no resource `connection`"]);
}

#[test]
fn what_is_written_down_is_what_is_there_and_sealed() {
    let mut tenant = Tenant::settled();
    let written = |tenant: &Tenant, told: &crate::identity::Told| -> Vec<String> {
        crate::identity::outputs(&tenant.desired(), told).iter().map(|(name, _)| name.to_string()).collect()
    };
    let looked = |tenant: &Tenant| crate::identity::Told::of(&tenant.desired(), &tenant.observed);
    assert_eq!(written(&tenant, &looked(&tenant)), ["argo-cd", "oauth2-proxy", "wiki"]);
    // Another run has deleted one, and was ended before it wrote that down.
    tenant.observed.applications.retain(|application| application.name != "example-dev-wiki");
    let mut told = looked(&tenant);
    assert_eq!(written(&tenant, &told), ["argo-cd", "oauth2-proxy"]);
    // While a secret is exchanged, nobody knows whether what is sealed is it.
    let rotation = Wishes { goal: Goal::Rotate("argo-cd".to_owned()), ..Wishes::default() };
    let step = tenant.plan(&rotation).unwrap().steps.remove(0);
    assert!(told.forget(&step));
    assert_eq!(written(&tenant, &told), ["oauth2-proxy"]);
    let Operation::ChangeApplication { id, .. } = step.operation.clone() else { panic!("{step:?}") };
    told.note(&step, &Outcome { id: Some(id) });
    assert_eq!(written(&tenant, &told), ["argo-cd", "oauth2-proxy"]);
    let creation = tenant.plan(&Wishes::default()).unwrap().steps.remove(0);
    assert!(!told.forget(&creation));
}

#[test]
fn another_provider_is_left_to_people() {
    let mut tenant = Tenant::new();
    tenant.values["identity"]["provider"] = json!("oidc");
    assert!(!tenant.desired().is_managed());
    assert_eq!(tenant.changes(), ["* identity.provider the provider is not Auth0, and is set up by hand"]);
    let rotation = Wishes { goal: Goal::Rotate("wiki".to_owned()), ..Wishes::default() };
    assert_eq!(
        tenant.plan(&rotation).unwrap_err(),
        ["unknown-place: the secret of `wiki` can't be rotated here: the provider is not Auth0"]
    );
}

#[test]
fn a_plan_can_be_stored_and_names_no_secret() {
    let mut tenant = Tenant::new();
    tenant.connection("staff");
    tenant.values["identity"]["connections"] = json!(["staff"]);
    let plan = tenant.plan(&Wishes::default()).unwrap();
    let text = Saved::new(plan.clone(), Wishes::default()).to_text().unwrap();
    let read = Saved::<Operation, Wishes>::parse(&text).unwrap();
    assert!(read.check(&plan).is_ok());
    assert!(plan.to_text(false).contains("client_secret"));
    assert!(!plan.to_json().to_string().contains("AgAAAA"));
}
