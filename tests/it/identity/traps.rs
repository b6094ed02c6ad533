//! The traps of the real service, seen in the fake one: what our client has to live with is here on purpose.

use std::time::Duration;

use serde_json::{Value, json};
use supercargo::http::{Client, Error, Method, Request, Response, Secret, Settings, Url};

use super::fake::{Auth0, Clock, Limit, SCOPES, World};
use super::faults::Fault;

/// A caller with a token, who tries everything once.
struct Caller<'a> {
    tenant: &'a Auth0,
    client: Client,
    token: String,
}

impl<'a> Caller<'a> {
    fn new(tenant: &'a Auth0) -> Self {
        let mut settings = Settings { whole: Duration::from_millis(300), ..Settings::default() };
        settings.retries.attempts = 1;
        let caller = Self { tenant, client: Client::new(settings), token: String::new() };
        let token = caller.token_of(&caller.credentials()).unwrap()["access_token"].as_str().unwrap().to_owned();
        Self { token, ..caller }
    }

    fn credentials(&self) -> Value {
        let world = self.tenant.world();
        let audience = format!("https://{}/api/v2/", world.domain);
        json!({"grant_type": "client_credentials", "client_id": world.manager, "audience": audience,
            "client_secret": world.secret_of(&world.manager)})
    }

    fn token_of(&self, credentials: &Value) -> Result<Value, (u16, Value)> {
        let url = Url::parse(&self.tenant.url("/oauth/token")).unwrap();
        let request = Request::new(Method::Post, url).body("application/json", credentials.to_string().into_bytes());
        let response = self.client.send(&request).unwrap();
        let body = response.json().unwrap();
        if response.status == 200 { Ok(body) } else { Err((response.status, body)) }
    }

    fn try_send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, Error> {
        let url = Url::parse(&self.tenant.url(&format!("/api/v2/{path}"))).unwrap();
        let request = Request::new(method, url).secret("authorization", Secret::new(self.token.clone()).as_bearer());
        let request = match body {
            Some(body) => request.body("application/json", body.to_string().into_bytes()),
            None => request,
        };
        self.client.send(&request)
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let response = self.try_send(method, path, body).unwrap();
        let json = if response.body.is_empty() { Value::Null } else { response.json().unwrap() };
        (response.status, json)
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::Get, path, None)
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(Method::Post, path, Some(body))
    }

    fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(Method::Patch, path, Some(body))
    }

    /// A new application, and its id.
    fn client(&self, body: &Value) -> String {
        let (status, client) = self.post("clients", body);
        assert_eq!(status, 201, "{client}");
        client["client_id"].as_str().unwrap().to_owned()
    }
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["errorCode"].as_str().unwrap_or("-"))
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn a_token_is_for_one_audience_and_ends() {
    let tenant = Auth0::start(World::new());
    let caller = Caller::new(&tenant);
    let good = caller.credentials();
    let token = caller.token_of(&good).unwrap();
    assert_eq!((token["expires_in"].as_u64(), token["token_type"].as_str()), (Some(86_400), Some("Bearer")));
    assert_eq!(token["scope"].as_str().unwrap().split(' ').count(), SCOPES.len());
    let with = |field: &str, value: &str| {
        let mut credentials = good.clone();
        credentials[field] = json!(value);
        let (status, body) = caller.token_of(&credentials).unwrap_err();
        (status, body["error"].as_str().unwrap().to_owned())
    };
    assert_eq!(with("client_secret", "other"), (401, "access_denied".to_owned()));
    assert_eq!(with("audience", "https://example.eu.auth0.com/api/v2"), (403, "access_denied".to_owned()));
    assert_eq!(with("grant_type", "password"), (403, "unsupported_grant_type".to_owned()));
    assert_eq!(caller.get("roles").0, 200);
    tenant.world().clock.advance(Duration::from_secs(86_400));
    let (status, body) = caller.get("roles");
    assert_eq!((status, body["message"].as_str().unwrap().split(' ').next()), (401, Some("Expired")));
    assert_eq!(Caller::new(&tenant).get("roles").0, 200);
}

#[test]
fn scopes_are_asked_for() {
    let mut world = World::new();
    world.grant_only(&["read:clients"]);
    let tenant = Auth0::start(world);
    let caller = Caller::new(&tenant);
    let refused = caller.post("clients", &json!({"name": "a"}));
    assert_eq!(code(&refused), (403, "insufficient_scope"));
    assert_eq!(refused.1["message"], "Insufficient scope, expected any of: create:clients");
    // Without `read:client_keys` there are applications, and no secrets.
    assert_eq!(caller.get("clients").1[1]["client_secret"], Value::Null);
    tenant.world().grant_only(&["read:clients", "read:client_keys"]);
    let secret = &Caller::new(&tenant).get("clients").1[1]["client_secret"];
    assert!(tenant.world().handed_out.iter().any(|handed_out| secret == handed_out.as_str()));
    assert_eq!(tenant.world().complaints, [""; 0]);
    assert_eq!(tenant.writes(), ["POST /api/v2/clients"]);
}

#[test]
fn two_applications_may_have_one_name_and_the_global_one_hides() {
    let mut world = World::new();
    world.lag = 1;
    let tenant = Auth0::start(world);
    let caller = Caller::new(&tenant);
    for _ in 0..2 {
        caller.client(&json!({"name": "twin", "app_type": "regular_web"}));
    }
    assert_eq!(tenant.world().clients_named("twin").len(), 2);
    // Not in the first list after its creation.
    assert_eq!(names(&caller.get("clients?is_global=false").1), ["Command"]);
    assert_eq!(names(&caller.get("clients?is_global=false").1), ["Command", "twin", "twin"]);
    assert_eq!(names(&caller.get("clients").1)[0], "All Applications");
    assert_eq!(names(&caller.get("clients?app_type=regular_web").1), ["twin", "twin"]);
}

#[test]
fn lists_end_where_their_pages_do() {
    let mut world = World::new();
    for number in 0..60 {
        world.seed_client(json!({"name": format!("c{number}")}));
    }
    let tenant = Auth0::start(world);
    let caller = Caller::new(&tenant);
    // Without a word on pages it is fifty, and nothing says that there are more.
    assert_eq!(names(&caller.get("clients").1).len(), 50);
    let wrapped = caller.get("clients?page=1&per_page=50&include_totals=true").1;
    let numbers = ["start", "limit", "total"].map(|name| wrapped[name].as_u64().unwrap());
    assert_eq!((numbers, names(&wrapped["clients"]).len()), ([50, 50, 62], 12));
    let first = caller.get("clients?take=50").1;
    let next = first["next"].as_str().unwrap();
    let second = caller.get(&format!("clients?from={next}&take=50")).1;
    assert_eq!((names(&second["clients"]).len(), second.get("next")), (12, None));
    for bad in ["per_page=51", "page=20&per_page=50", "take=5&page=1", "from=7", "is_global=no", "perpage=1"] {
        assert_eq!(code(&caller.get(&format!("clients?{bad}"))), (400, "invalid_query_string"), "{bad}");
    }
    assert_eq!(tenant.world().complaints.len(), 6);
}

#[test]
fn an_application_is_changed_in_parts_and_lists_are_replaced() {
    let tenant = Auth0::start(World::new());
    let caller = Caller::new(&tenant);
    let id = caller.client(&json!({"name": "web", "callbacks": ["https://a.example.com/", "https://b.example.com/"],
        "client_metadata": {"managed-by": "supercargo", "kept": "yes"}}));
    let path = format!("clients/{id}");
    let created = caller.get(&path).1;
    // What is not said is not what we want.
    assert_eq!((&created["oidc_conformant"], created.get("app_type")), (&json!(false), None));
    assert_eq!(created["grant_types"].as_array().unwrap().len(), 4);
    let change =
        json!({"callbacks": ["https://c.example.com/"], "client_metadata": {"environment": "dev", "kept": null}});
    let changed = caller.patch(&path, &change).1;
    assert_eq!(changed["callbacks"], json!(["https://c.example.com/"]));
    assert_eq!(changed["client_metadata"], json!({"managed-by": "supercargo", "environment": "dev"}));
    assert_eq!((&changed["name"], &changed["client_secret"]), (&json!("web"), &created["client_secret"]));
    let rotated = caller.send(Method::Post, &format!("{path}/rotate-secret"), None).1;
    assert_ne!(rotated["client_secret"], created["client_secret"]);
    assert_eq!(caller.get(&format!("{path}?fields=name")).1, json!({"name": "web"}));
    for (body, problem) in [
        (json!({"callback": []}), "Additional properties not allowed: callback"),
        (json!({"callbacks": "https://a.example.com/"}), "Expected type array"),
        (json!({"callbacks": ["a.example.com"]}), "Expected type uri"),
        (json!({"app_type": "web"}), "Expected type native|spa"),
        (json!({"grant_types": ["code"]}), "Expected type authorization_code|"),
        (json!({"client_metadata": {"a": 1}}), "Expected type client metadata"),
        (json!({"client_metadata": {"managed.by": "supercargo"}}), "Expected type client metadata"),
        (json!({"name": "<web>"}), "Expected type name"),
        (json!({"description": "x".repeat(141)}), "Expected type short string"),
        (json!({"initiate_login_uri": "http://a.example.com/"}), "Expected type https uri"),
        (json!({"refresh_token": {"rotation_type": "rotating"}}), "Missing required property: expiration_type"),
    ] {
        let refused = caller.patch(&path, &body);
        assert_eq!(code(&refused), (400, "invalid_body"));
        let message = refused.1["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("Payload validation error: '{problem}")), "{message}");
        assert!(tenant.world().complaints.pop().unwrap().contains(problem));
    }
    assert_eq!(code(&caller.post("clients", &json!({"app_type": "spa"}))), (400, "invalid_body"));
    assert_eq!(caller.send(Method::Delete, &path, None), (204, Value::Null));
    assert_eq!(code(&caller.get(&path)), (404, "inexistent_client"));
    assert_eq!(caller.send(Method::Delete, &path, None).0, 204);
}

#[test]
fn a_new_application_has_every_connection() {
    let tenant = Auth0::start(World::new());
    let caller = Caller::new(&tenant);
    let id = caller.client(&json!({"name": "web"}));
    let connection = caller.get("connections?strategy=auth0").1[0]["id"].as_str().unwrap().to_owned();
    let path = format!("connections/{connection}/clients");
    let enabled = |caller: &Caller| caller.get(&path).1["clients"].as_array().unwrap().len();
    assert_eq!(enabled(&caller), 2);
    assert_eq!(caller.patch(&path, &json!([{"client_id": id, "status": false}])), (204, Value::Null));
    assert_eq!(enabled(&caller), 1);
    // With the setting off, somebody has to enable it.
    tenant.world().enables_connections = false;
    let other = caller.client(&json!({"name": "other"}));
    assert_eq!(enabled(&caller), 1);
    assert_eq!(caller.patch(&path, &json!([{"client_id": other, "status": true}])).0, 204);
    assert_eq!(enabled(&caller), 2);
    assert_eq!(caller.patch(&path, &json!([])).0, 400);
    assert_eq!(caller.get("connections/none/clients").0, 404);
}

#[test]
fn roles_have_one_name_each_and_answers_of_their_own() {
    let mut world = World::new();
    let theirs = world.seed_role("platform-admins-old", "somebody's");
    let user = world.seed_user("one@example.com");
    let tenant = Auth0::start(world);
    let caller = Caller::new(&tenant);
    let (status, role) = caller.post("roles", &json!({"name": "platform-admins", "description": "ours"}));
    let path = format!("roles/{}", role["id"].as_str().unwrap());
    assert_eq!(status, 200);
    assert_eq!(caller.post("roles", &json!({"name": "platform-admins"})).0, 409);
    assert_eq!(caller.patch(&path, &json!({"name": "platform-admins-old"})).0, 409);
    // A filter finds whatever has the name in it.
    assert_eq!(names(&caller.get("roles?name_filter=ADMINS").1), ["platform-admins-old", "platform-admins"]);
    assert_eq!(caller.patch(&path, &json!({"description": "changed"})).1["description"], "changed");

    let found = caller.get("users-by-email?email=one%40example.com").1;
    assert_eq!(found[0]["user_id"], json!(user));
    assert_eq!(caller.get("users-by-email?email=two%40example.com").1, json!([]));
    assert_eq!(caller.post(&format!("{path}/users"), &json!({"users": [user]})).0, 200);
    assert_eq!(caller.get(&format!("{path}/users?take=10")).1, json!({"users": found}));
    let roles = format!("users/{}/roles", user.replace('|', "%7C"));
    assert_eq!(caller.post(&roles, &json!({"roles": [theirs]})), (204, Value::Null));
    assert_eq!(names(&caller.get(&roles).1), ["platform-admins-old", "platform-admins"]);
    assert_eq!(caller.send(Method::Delete, &roles, Some(&json!({"roles": [theirs]}))).0, 204);

    assert_eq!(caller.send(Method::Delete, &path, None), (200, json!({})));
    assert_eq!(
        caller.get(&path),
        (404, json!({"statusCode": 404, "error": "Not Found", "message": "The role does not exist."}))
    );
    assert_eq!(caller.get(&roles).1, json!([]));
    assert_eq!(tenant.world().complaints, [""; 0]);
}

fn action(name: &str) -> Value {
    json!({"name": name, "supported_triggers": [{"id": "post-login", "version": "v3"}], "runtime": "node22",
        "code": "exports.onExecutePostLogin = async () => {};", "secrets": [{"name": "key", "value": "hidden"}]})
}

#[test]
fn an_action_is_built_then_deployed_then_bound() {
    let mut world = World::new();
    world.seed_bound_action("theirs", "exports.onExecutePostLogin = async () => {};");
    let tenant = Auth0::start(world);
    let caller = Caller::new(&tenant);
    let triggers = caller.get("actions/triggers").1;
    assert_eq!(
        (&triggers["triggers"][2]["version"], &triggers["triggers"][2]["default_runtime"]),
        (&json!("v3"), &json!("node22"))
    );
    let (status, created) = caller.post("actions/actions", &action("ours"));
    assert_eq!((status, &created["status"], &created["secrets"]), (201, &json!("pending"), &json!([{"name": "key"}])));
    assert_eq!(caller.post("actions/actions", &action("ours")).0, 409);
    let path = format!("actions/actions/{}", created["id"].as_str().unwrap());
    let deploy = || caller.send(Method::Post, &format!("{path}/deploy"), None);
    let (status, early) = deploy();
    assert!(status == 400 && early["message"].as_str().unwrap().contains("must be in the 'built' state"), "{early}");
    let look = || caller.get(&path).1["status"].as_str().unwrap().to_owned();
    assert_eq!([look(), look(), look(), look()], ["building", "building", "built", "built"]);

    let mine = json!({"ref": {"type": "action_name", "value": "ours"}, "display_name": "Ours"});
    let bind = |bindings: Value| caller.patch("actions/triggers/post-login/bindings", &json!({"bindings": bindings}));
    let bound = || {
        let list = caller.get("actions/triggers/post-login/bindings?per_page=50").1;
        list["bindings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|binding| binding["action"]["name"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(bind(json!([mine])).0, 400);
    let (status, version) = deploy();
    assert_eq!((status, &version["deployed"]), (202, &json!(false)));
    assert_eq!(caller.get(&path).1["deployed_version"]["number"], 1);
    assert_eq!(bound(), ["\"theirs\""]);
    // The list is replaced whole: who forgets the others takes their logins apart.
    assert_eq!(bind(json!([mine])).0, 200);
    assert_eq!(bound(), ["\"ours\""]);
    assert_eq!(bind(json!([mine, mine])).0, 400);

    // New code runs only after the next build and deployment.
    let changed = caller.patch(&path, &json!({"code": "exports.onExecutePostLogin = async () => 1;"})).1;
    assert_eq!((&changed["status"], &changed["all_changes_deployed"]), (&json!("pending"), &json!(false)));
    assert_eq!(changed["deployed_version"]["code"], action("")["code"]);
    assert_eq!(deploy().0, 400);
    assert_eq!(code(&caller.patch(&path, &json!({"deploy": true}))), (400, "invalid_body"));
    assert_eq!(caller.send(Method::Delete, &path, None).0, 400);
    assert_eq!(caller.send(Method::Delete, &format!("{path}?force=true"), None).0, 204);
    assert_eq!(bound(), [""; 0]);
    assert!(tenant.world().action_named("ours").is_none());
}

#[test]
fn an_action_may_deploy_itself_and_may_fail() {
    let tenant = Auth0::start(World::new());
    let caller = Caller::new(&tenant);
    let mut body = action("own");
    body["deploy"] = json!(true);
    caller.post("actions/actions", &body);
    for _ in 0..3 {
        caller.get("actions/actions?actionName=own&deployed=false");
    }
    let list = caller.get("actions/actions?deployed=true&page=0&per_page=50").1;
    assert_eq!((names(&list["actions"]), &list["total"], list.get("page")), (vec!["own"], &json!(1), None));
    body["name"] = json!("broken");
    tenant.world().builds_fail = true;
    let broken = caller.post("actions/actions", &body).1;
    let path = format!("actions/actions/{}", broken["id"].as_str().unwrap());
    assert_eq!([(); 3].map(|()| caller.get(&path).1["status"].clone())[2], "failed");
    body["runtime"] = json!("node16");
    assert_eq!(code(&caller.post("actions/actions", &body)), (400, "invalid_body"));
}

#[test]
fn two_calls_at_once_and_then_two_each_second() {
    let mut world = World::new();
    world.limit = Some(Limit::free_plan());
    let (tenant, clock) = (Auth0::start(world), Clock::manual());
    tenant.world().clock = clock.clone();
    let caller = Caller::new(&tenant);
    let statuses = |count: usize| (0..count).map(|_| caller.get("roles").0).collect::<Vec<_>>();
    assert_eq!(statuses(4), [200, 200, 429, 429]);
    clock.advance(Duration::from_millis(500));
    assert_eq!(statuses(2), [200, 429]);
    let refused = caller.try_send(Method::Get, "roles", None).unwrap();
    let header = |name: &str| refused.header(name).map(str::to_owned);
    assert_eq!(header("x-ratelimit-remaining"), Some("0".to_owned()));
    assert_eq!(header("x-ratelimit-reset"), Some(Clock::epoch(Duration::from_secs(1)).to_string()));
    assert_eq!((header("x-ratelimit-limit"), header("retry-after")), (Some("2".to_owned()), None));
    tenant.world().limit.as_mut().unwrap().says_when = true;
    assert_eq!(caller.try_send(Method::Get, "roles", None).unwrap().header("retry-after"), Some("1"));
    clock.advance(Duration::from_secs(60));
    assert_eq!(statuses(3), [200, 200, 429]);
    // For a program that waits a hundred thousandth of the time, so does the tenant.
    tenant.world().clock = Clock::faster(100_000);
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(statuses(3), [200; 3]);
}

#[test]
fn what_the_tenant_does_not_have_is_noticed() {
    let tenant = Auth0::start(World::new());
    let caller = Caller::new(&tenant);
    assert_eq!(caller.get("rules").0, 404);
    let url = |path: &str| Url::parse(&tenant.url(path)).unwrap();
    let discovery = caller.client.send(&Request::get(url("/.well-known/openid-configuration"))).unwrap();
    assert_eq!(discovery.json().unwrap()["issuer"], "https://example.eu.auth0.com/");
    assert_eq!(caller.client.send(&Request::get(url("/api/v2/roles"))).unwrap().status, 401);
    assert_eq!(tenant.world().complaints, ["GET /api/v2/rules: Not Found"]);
    let variables = tenant.variables();
    assert_eq!(variables[0], ("AUTH0_DOMAIN", "example.eu.auth0.com".to_owned()));
    assert_eq!(variables[3], ("AUTH0_API_URL", tenant.url("")));
}

#[test]
fn each_fault_acts_or_does_not() {
    for fault in Fault::SURVIVED {
        let tenant = Auth0::start(World::new());
        let caller = Caller::new(&tenant);
        tenant.faults().at(1, fault);
        let outcome = caller.try_send(Method::Post, "clients", Some(&json!({"name": "web"})));
        let made = tenant.world().clients_named("web").len();
        assert_eq!(made, usize::from(fault.acts()), "{fault:?}");
        let seen = match outcome.map(|response| (response.status, response.json().is_ok())) {
            Ok((201, true)) => panic!("{fault:?} shows nothing"),
            Ok((status, _)) => status,
            Err(_) => 0,
        };
        let expected = match fault {
            Fault::LimitedFor(_) | Fault::Limited => 429,
            Fault::ErrorBefore | Fault::ErrorAfter => 500,
            Fault::BadGateway => 502,
            Fault::Malformed => 201,
            _ => 0,
        };
        assert_eq!((seen, tenant.faults().calls()), (expected, 2), "{fault:?}");
        // And then all is well again.
        assert_eq!(caller.get("roles").0, 200);
    }
}

#[test]
fn a_client_is_killed_before_or_after_the_tenant_acts() {
    for (fault, made) in [(Fault::KillBefore, 0), (Fault::KillAfter, 1)] {
        let tenant = Auth0::start(World::new());
        let caller = Caller::new(&tenant);
        tenant.faults().at(1, fault);
        // Stands for the program: all it does is to live.
        let mut process = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let outcome = std::thread::scope(|scope| {
            let sending = scope.spawn(|| caller.try_send(Method::Post, "clients", Some(&json!({"name": "web"}))));
            tenant.faults().client(process.id());
            sending.join().unwrap()
        });
        assert!(outcome.is_err());
        assert!(!process.wait().unwrap().success());
        assert_eq!(tenant.world().clients_named("web").len(), made, "{fault:?}");
    }
}

#[test]
fn secrets_that_were_handed_out_are_remembered() {
    let tenant = Auth0::start(World::new());
    let caller = Caller::new(&tenant);
    caller.client(&json!({"name": "web"}));
    let handed_out = tenant.world().handed_out.clone();
    // Two that came with the tenant, the token, the new one.
    assert_eq!(handed_out.len(), 4);
    assert!(handed_out.contains(&caller.token));
}
