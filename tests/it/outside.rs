//! `render cloud` and `render identity` where nothing is planned: outputs, kubeconfigs, what is offered, and what a
//! provider says of itself.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use crate::json::fits;
use crate::loopback::{Reply, Server};
use crate::support::{Run, Scene};

const FILE: &str = "values/outputs/dev.yaml";

const OUTPUTS: &str = "\
outputs:
  cluster:
    id: bd5f5959
    name: example-dev
    region: fra1
    version: 1.36.1-do.0
    endpoint: https://bd5f5959.k8s.example.com
    context: do-fra1-example-dev
  domain:
    name: dev.example.com
    nameServers: [ns1.example.com, ns2.example.com]
  clients:
    argo-cd: aB3
";

fn scene() -> Scene {
    Scene::new().with(FILE, OUTPUTS)
}

/// A text that must not be seen anywhere.
fn hidden(name: &str) -> String {
    format!("hid{}-{name}", "den")
}

#[test]
fn outputs_are_shown_whole_in_part_and_for_machines() {
    let scene = scene();
    insta::assert_snapshot!(scene.render(&["cloud", "outputs", "--env", "dev"]).succeeds(), @"
    exit 0
    --- stdout
    cluster.id           = bd5f5959
    cluster.name         = example-dev
    cluster.region       = fra1
    cluster.version      = 1.36.1-do.0
    cluster.endpoint     = https://bd5f5959.k8s.example.com
    cluster.context      = do-fra1-example-dev
    domain.name          = dev.example.com
    domain.nameServers.0 = ns1.example.com
    domain.nameServers.1 = ns2.example.com
    ");
    insta::assert_snapshot!(scene.render(&["identity", "outputs", "--env", "dev"]).succeeds(), @"
    exit 0
    --- stdout
    clients.argo-cd = aB3
    ");
    let one = |arguments: &[&str]| {
        scene.render(&[&["cloud", "outputs", "--env", "dev"], arguments].concat()).succeeds().stdout
    };
    assert_eq!(one(&["cluster.id"]), "bd5f5959\n");
    assert_eq!(one(&["cluster.id", "--raw"]), "bd5f5959");
    assert_eq!(one(&["domain.nameServers.1", "--raw"]), "ns2.example.com");
    assert_eq!(
        one(&["domain"]),
        "domain.name          = dev.example.com\ndomain.nameServers.0 = ns1.example.com\ndomain.nameServers.1 = ns2.example.com\n"
    );
    let document: Value = serde_json::from_str(&one(&["--json"])).unwrap();
    assert_eq!(document["cluster"]["region"], "fra1");
    assert_eq!(document["clients"], Value::Null, "the part of identity");
}

#[test]
fn an_output_that_is_not_there_is_said_with_one_that_is() {
    let scene = scene();
    insta::assert_snapshot!(scene.refuses(&["cloud", "outputs", "--env", "dev", "cluster.endpiont"]), @"
    error: values/outputs/dev.yaml has no `cluster.endpiont`
    help: did you mean `cluster.endpoint`?
    ");
    insta::assert_snapshot!(scene.refuses(&["cloud", "outputs", "--env", "dev", "cluster", "--raw"]), @"
    error: what is named is more than one text
    help: name one of its parts, or use `--json`
    ");
    scene.write(FILE, "outputs: {clutser: {}}\n");
    insta::assert_snapshot!(scene.refuses(&["cloud", "outputs", "--env", "dev"]), @"
    error[unknown-key]: `clutser` is not a key of `outputs`
     --> values/outputs/dev.yaml:1:11
      |
    1 | outputs: {clutser: {}}
      |           ^^^^^^^ unknown key
      |
    help: a key with a similar name exists
      |
    1 - outputs: {clutser: {}}
    1 + outputs: {cluster: {}}
      |

    error: 1 problem; nothing was changed
    ");
    scene.remove(FILE);
    insta::assert_snapshot!(scene.render(&["cloud", "outputs", "--env", "dev"]).succeeds(), @"
    exit 0
    --- stderr
    values/outputs/dev.yaml: nothing is known yet
    ");
}

fn kubeconfig(token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: do-fra1-example-dev\n  cluster: {{server: https://a.example.com}}\n\
         contexts:\n- name: do-fra1-example-dev\n  context: {{cluster: do-fra1-example-dev, user: do-fra1-example-dev-admin}}\n\
         current-context: do-fra1-example-dev\nusers:\n- name: do-fra1-example-dev-admin\n  user: {{token: {token}}}\n"
    )
}

/// The API, as far as it gives kubeconfigs.
fn api() -> Server {
    Server::start(|received| {
        if received.header("authorization") != Some(&format!("Bearer {}", hidden("token"))) {
            return Reply::status(401, json!({"id": "Unauthorized", "message": "no"}).to_string());
        }
        match received.target.split('?').next() {
            Some("/v2/kubernetes/clusters/bd5f5959/kubeconfig") => Reply::ok(kubeconfig(&hidden("user"))),
            Some("/v2/kubernetes/clusters") => Reply::ok(
                json!({"kubernetes_clusters": [{
                    "id": "bd5f5959", "name": "example-dev", "region": "fra1", "version": "1.36.1-do.0",
                    "tags": ["managed-by:supercargo", "supercargo:env:dev"], "status": {"state": "running"},
                }]})
                .to_string(),
            ),
            Some("/v2/kubernetes/options") => Reply::ok(
                json!({"options": {
                    "versions": [{"slug": "1.36.1-do.0", "kubernetes_version": "1.36.1"}],
                    "regions": [{"slug": "fra1", "name": "Frankfurt 1"}],
                    "sizes": [{"slug": "s-2vcpu-4gb", "name": "s-2vcpu-4gb"}],
                }})
                .to_string(),
            ),
            _ => Reply::status(404, "{}"),
        }
    })
}

/// Runs a command against `api`, and looks that no secret comes out.
#[must_use = "say how the run has to end"]
fn asked(scene: &Scene, api: &Server, arguments: &[&str]) -> Run {
    let mut command = scene.command(arguments);
    command.env("DIGITALOCEAN_API_URL", api.url("")).env("DIGITALOCEAN_TOKEN", hidden("token"));
    command.env("HOME", scene.root()).env("SUPERCARGO_TIME_SCALE", "0");
    let run = scene.run(&mut command);
    assert!(!run.to_string().contains(&hidden("")), "{run}");
    run
}

fn mode(scene: &Scene, path: &str) -> u32 {
    fs::metadata(scene.path(path)).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_kubeconfig_goes_to_a_file_that_git_ignores_and_only_its_owner_reads() {
    let (scene, api) = (scene(), api());
    let run = asked(&scene, &api, &["cloud", "kubeconfig", "--env", "dev"]).succeeds();
    let path = ".supercargo/kubeconfig/dev.yaml";
    assert!(run.stderr.contains("kubeconfig/dev.yaml: the context `do-fra1-example-dev`, valid until 20"), "{run}");
    assert_eq!(run.stdout, "");
    assert!(scene.read(path).contains(&hidden("user")));
    assert_eq!(mode(&scene, path), 0o600);
    assert!(scene.path(".supercargo/.gitignore").exists());
    let last = || api.lines().pop().unwrap();
    assert_eq!(last(), "GET /v2/kubernetes/clusters/bd5f5959/kubeconfig?type=token&expiry_seconds=28800");
    // Once more replaces it.
    asked(&scene, &api, &["cloud", "kubeconfig", "--env", "dev", "--expiry", "30m", "--verbose"]).succeeds();
    assert!(last().ends_with("expiry_seconds=1800"));
    let json = asked(&scene, &api, &["cloud", "kubeconfig", "--env", "dev", "--message-format", "json"]).succeeds();
    let document = fits("kubeconfig", &json.stdout);
    assert_eq!(document["context"], "do-fra1-example-dev");
}

#[test]
fn a_kubeconfig_joins_the_one_of_kubectl() {
    let (scene, api) = (scene(), api());
    let mine = "apiVersion: v1\nkind: Config\nclusters: [{name: home, cluster: {server: https://192.0.2.1}}]\n";
    scene.write("mine.yaml", mine);
    fs::create_dir(scene.path(".kube")).unwrap();
    symlink("../mine.yaml", scene.path(".kube/config")).unwrap();
    let run = asked(&scene, &api, &["cloud", "kubeconfig", "--env", "dev", "--merge"]).succeeds();
    assert!(run.stderr.contains(".kube/config: the context"), "{run}");
    let merged = scene.read("mine.yaml");
    assert!(merged.contains("name: home") && merged.contains("current-context: do-fra1-example-dev"), "{merged}");
    assert_eq!(mode(&scene, "mine.yaml"), 0o600);
    assert!(scene.path(".kube/config").is_symlink());
    // The first of KUBECONFIG goes before the one at home.
    let mut command = scene.command(&["cloud", "kubeconfig", "--env", "dev", "--merge"]);
    command.env("DIGITALOCEAN_API_URL", api.url("")).env("DIGITALOCEAN_TOKEN", hidden("token"));
    scene.run(command.env("KUBECONFIG", "first.yaml:second.yaml")).succeeds();
    assert!(scene.path("first.yaml").exists() && !scene.path("second.yaml").exists());
}

#[test]
fn a_file_with_other_clusters_or_none_at_all_stays_as_it_is_and_no_token_is_made() {
    let (scene, api) = (scene(), api());
    let broken = format!("users: [{{name: a, user: {{token: {}\n", hidden("broken"));
    scene.write("broken.yaml", &broken);
    let foreign = "apiVersion: v1\nkind: Config\nclusters: [{name: home, cluster: {}}]\n";
    scene.write("foreign.yaml", foreign);
    let refused = |arguments: &[&str]| {
        asked(&scene, &api, &[&["cloud", "kubeconfig", "--env", "dev"], arguments].concat()).exits(2).stderr
    };
    insta::assert_snapshot!(refused(&["--file", "broken.yaml"]), @"
    error: `[project]/broken.yaml` stays as it is: line 2 of it can't be read as YAML
    help: see what `kubectl config view` says of the file, or name another one with `--file`
    ");
    insta::assert_snapshot!(refused(&["--file", "foreign.yaml"]), @"
    error: `[project]/foreign.yaml` has other clusters, which would be lost
    help: name a file of its own, or join it to kubectl's with `--merge`
    ");
    assert_eq!((scene.read("broken.yaml"), scene.read("foreign.yaml")), (broken, foreign.to_owned()));
    assert_eq!(api.lines(), [""; 0]);
}

#[test]
fn without_a_cluster_a_token_or_a_safe_address_nothing_is_asked() {
    let (scene, api) = (scene(), api());
    insta::assert_snapshot!(scene.refuses(&["cloud", "options"]), @"
    error: there is no token for DigitalOcean
    help: set DIGITALOCEAN_TOKEN to an API token of the account: docs/cloud.md lists the scopes that it needs
    ");
    let mut command = scene.command(&["cloud", "options"]);
    let run =
        scene.run(command.env("DIGITALOCEAN_TOKEN", "two words").env("DIGITALOCEAN_API_URL", api.url(""))).exits(2);
    insta::assert_snapshot!(run.stderr, @"
    error[plaintext]: what `DIGITALOCEAN_TOKEN` holds can't be a secret of an API
     |
     = note: it has spaces, line breaks, or characters that no token has
     = help: set it anew, for instance by `read -rs DIGITALOCEAN_TOKEN && export DIGITALOCEAN_TOKEN`

    error: 1 problem; nothing was changed
    ");
    let mut command = scene.command(&["cloud", "options"]);
    command.env("DIGITALOCEAN_TOKEN", hidden("token")).env("DIGITALOCEAN_API_URL", "http://api.example.com");
    insta::assert_snapshot!(scene.run(&mut command).exits(2).stderr, @"
    error: the address in `DIGITALOCEAN_API_URL` is not encrypted: http:// is for servers on this machine
    help: correct `DIGITALOCEAN_API_URL`, or unset it to use the usual address
    ");
    assert_eq!(api.lines(), [""; 0]);
    scene.write("values/dev.yaml", "platform: {domain: dev.example.com}\ncluster: {name: other}\n");
    insta::assert_snapshot!(asked(&scene, &api, &["cloud", "kubeconfig", "--env", "dev"]).exits(2).stderr, @"
    error: the cluster `other` is not there, or has no mark of the environment
    help: plan again, and look at what has changed
    ");
}

#[test]
fn what_is_offered_is_listed_by_the_values_that_take_it() {
    let (scene, api) = (scene(), api());
    insta::assert_snapshot!(asked(&scene, &api, &["cloud", "options"]).succeeds(), @"
    exit 0
    --- stdout
    cluster.version   KUBERNETES
    1.36.1-do.0       1.36.1

    cluster.region   NAME
    fra1             Frankfurt 1

    cluster.nodePools.*.size   NAME
    s-2vcpu-4gb                s-2vcpu-4gb
    ");
    let json = asked(&scene, &api, &["cloud", "options", "--json"]).succeeds().stdout;
    let document = fits("cloud-options", &json);
    assert_eq!(document["versions"][0]["slug"], "1.36.1-do.0");
    // Who watches sees addresses and answers, and no token.
    let verbose = asked(&scene, &api, &["cloud", "options", "--verbose"]).succeeds().stderr;
    assert!(
        verbose.contains("http: GET http://127.0.0.1:") && verbose.contains("/v2/kubernetes/options: 200"),
        "{verbose}"
    );
    // The line break of a file is no part of a token; what the API refuses is told with what to do.
    let mut command = scene.command(&["cloud", "options"]);
    command.env("DIGITALOCEAN_API_URL", api.url(""));
    scene.run(command.env("DIGITALOCEAN_TOKEN", format!("{}\n", hidden("token")))).succeeds();
    let run = scene.run(command.env("DIGITALOCEAN_TOKEN", hidden("other"))).exits(2);
    assert!(run.stderr.contains("answered 401") && run.stderr.contains("help: set DIGITALOCEAN_TOKEN"), "{run}");
}

#[test]
fn a_provider_is_held_to_the_values() {
    let scene = Scene::new();
    let provider = Server::start(|received| {
        let here = format!("http://{}", received.header("host").unwrap_or_default());
        match received.target.as_str() {
            "/.well-known/openid-configuration" => Reply::ok(
                json!({
                    "issuer": "https://login.example.com/",
                    "authorization_endpoint": "https://login.example.com/authorize",
                    "token_endpoint": "https://login.example.com/token",
                    "userinfo_endpoint": "https://login.example.com/userinfo",
                    "jwks_uri": format!("{here}/keys"),
                    "response_types_supported": ["code"],
                    "code_challenge_methods_supported": ["S256"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "scopes_supported": ["openid", "profile", "email"],
                    "claims_supported": ["groups"],
                })
                .to_string(),
            ),
            _ => Reply::ok(json!({"keys": [{"kty": "RSA", "use": "sig"}]}).to_string()),
        }
    });
    let verify = |arguments: &[&str]| {
        let mut command = scene.command(&[&["identity", "verify", "--env", "dev"], arguments].concat());
        scene.run(command.env("AUTH0_API_URL", provider.url("")))
    };
    insta::assert_snapshot!(verify(&[]).succeeds().to_string().replace(&provider.host(), "[provider]"), @"
    exit 0
    --- stdout
    good    the provider calls itself `https://login.example.com/`, as the values do
    good    `authorization_endpoint` is `https://login.example.com/authorize`
    good    `token_endpoint` is `https://login.example.com/token`
    good    `userinfo_endpoint` is `https://login.example.com/userinfo`
    good    `jwks_uri` is `http://[provider]/keys`
    good    `response_types_supported` has `code`
    good    `code_challenge_methods_supported` has `S256`
    good    `id_token_signing_alg_values_supported` has `RS256`
    good    `scopes_supported` has `openid`, `profile` and `email`
    good    `claims_supported` has `groups`
    good    the provider publishes 1 key to verify tokens with
    --- stderr
    https://login.example.com/: logins have what they need
    ");
    scene.write(
        "values/dev.yaml",
        "platform: {domain: dev.example.com}\nidentity: {issuer: \"https://login.example.com\"}\n",
    );
    let run = verify(&[]).exits(1);
    assert!(run.stdout.contains("bad     the provider calls itself"), "{run}");
    let document = fits("identity-verify", &verify(&["--message-format", "json"]).exits(1).stdout);
    assert_eq!(document["good"], false);
}
