//! `render cloud` from an empty account to a cluster with its keys sealed, and back.

use serde_json::Value;

use super::fake::{Cloud, World};
use crate::support::{Run, Scene};

const VALUES: &str = "\
platform: {domain: dev.example.com}
storage:
  buckets:
    logs: {name: example-dev-logs, region: fra1, keys: {shop: {secret: shop/logs}}}
dns:
  domain: dev.example.com
  records: [{type: TXT, name: '@', value: hello}]
charts:
  shop: {repository: \"https://charts.example.com\", chart: shop, version: 1.0.0, namespace: shop}
";

const OUTPUTS: &str = "values/outputs/dev.yaml";
const SEALED: &str = "values/sealed/dev.yaml";

fn scene() -> Scene {
    Scene::new().with("values/dev.yaml", VALUES).with_key_pair()
}

/// Runs a command, and looks that no secret comes out.
#[must_use = "say how the run has to end"]
fn run(scene: &Scene, cloud: &Cloud, arguments: &[&str]) -> Run {
    let mut command = scene.command(&[&["cloud"], arguments, &["--env", "dev"]].concat());
    let run = Run::new(&cloud.run(&mut command), scene.root());
    let secrets: Vec<String> = cloud.world(|world| {
        let keys = world.keys.iter().map(|key| key.secret_key.clone());
        keys.chain(world.tokens.iter().map(|token| token.text.clone())).collect()
    });
    let told = secrets.iter().find(|secret| run.to_string().contains(*secret));
    assert_eq!(told, None, "{run}");
    run
}

#[test]
fn everything_is_made_once_written_down_and_goes_again() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    insta::assert_snapshot!(run(&scene, &cloud, &["plan"]).succeeds(), @r#"
    exit 0
    --- stdout
      # project.example-dev will be created
      + project "example-dev" {
          + name        = "example-dev"
          + description = "managed-by:supercargo env:dev"
          + purpose     = "Service or API"
          + environment = "Development"
          + id          = (known after apply)
        }

      # cluster.example-dev will be created
      + cluster "example-dev" {
          + name             = "example-dev"
          + region           = "fra1"
          + version          = "1.36.1-do.0"
          + highAvailability = false
          + autoUpgrade      = false
          + surgeUpgrade     = true
          + tags             = ["managed-by:supercargo","supercargo:env:dev"]
          + nodePools        = ["base","tools","workloads"]
          + id               = (known after apply)
          + endpoint         = (known after apply)
        }

      # node_pool.base will be created
      + node_pool "base" {
          + name   = "base"
          + size   = "s-2vcpu-4gb"
          + min    = 1
          + max    = 2
          + labels = ["pool: base"]
          + taints = []
          + tags   = ["managed-by:supercargo","supercargo:env:dev"]
          + id     = (known after apply)
        }

      # node_pool.tools will be created
      + node_pool "tools" {
          + name   = "tools"
          + size   = "s-2vcpu-4gb"
          + min    = 1
          + max    = 2
          + labels = ["pool: tools"]
          + taints = ["tools=true:NoSchedule"]
          + tags   = ["managed-by:supercargo","supercargo:env:dev"]
          + id     = (known after apply)
        }

      # node_pool.workloads will be created
      + node_pool "workloads" {
          + name   = "workloads"
          + size   = "s-2vcpu-4gb"
          + min    = 1
          + max    = 2
          + labels = ["pool: workloads"]
          + taints = ["workloads=true:NoSchedule"]
          + tags   = ["managed-by:supercargo","supercargo:env:dev"]
          + id     = (known after apply)
        }

      # project_resources.example-dev will be created (what is made lands in the account's default project)
      + project_resources "example-dev" {
          + cluster = (known after apply)
        }

      # bucket.logs will be created
      + bucket "logs" {
          + name   = "example-dev-logs"
          + region = "fra1"
        }

      # spaces_key.logs-shop will be created
      + spaces_key "logs-shop" {
          + name       = "example-dev-logs-shop"
          + grants     = ["readwrite of example-dev-logs"]
          + access_key = (known after apply)
          + secret_key = (sensitive value)
          + sealed_as  = "shop/logs"
        }

      # domain.dev.example.com will be created
      + domain "dev.example.com" {
          + name         = "dev.example.com"
          + name_servers = (known after apply)
        }

      # record.TXT.@ will be created
      + record "TXT.@" {
          + ttl     = 1800
          + records = ["hello"]
        }

    Plan: 10 to add, 0 to change, 0 to destroy.
    "#);
    assert_eq!(cloud.writes(), [""; 0]);
    let applied = run(&scene, &cloud, &["apply", "--auto-approve"]).succeeds();
    insta::assert_snapshot!(applied.stderr, @"
    project.example-dev: Creating...
    project.example-dev: Creation complete after 0s [id=00000000-0000-4000-8000-000000000008]
    cluster.example-dev: Creating...
    cluster.example-dev: Still creating... [10s elapsed] provisioning: provisioning
    cluster.example-dev: Still creating... [20s elapsed] provisioning
    cluster.example-dev: Creation complete after 20s [id=00000000-0000-4000-8000-000000000012]
    node_pool.base: Creating...
    node_pool.base: Creation complete after 0s [id=00000000-0000-4000-8000-000000000009]
    node_pool.tools: Creating...
    node_pool.tools: Creation complete after 0s [id=00000000-0000-4000-8000-00000000000c]
    node_pool.workloads: Creating...
    node_pool.workloads: Creation complete after 0s [id=00000000-0000-4000-8000-00000000000f]
    project_resources.example-dev: Creating...
    project_resources.example-dev: Creation complete after 0s [id=do:kubernetes:00000000-0000-4000-8000-000000000012]
    bucket.logs: Creating...
    bucket.logs: Still creating... [10s elapsed] the new bucket is absent
    bucket.logs: Creation complete after 15s [id=example-dev-logs]
    spaces_key.logs-shop: Creating...
    shop/logs: sealed access-key-id, secret-access-key
    spaces_key.logs-shop: Creation complete after 0s [id=3f74c8fc596467f7]
    domain.dev.example.com: Creating...
    domain.dev.example.com: Creation complete after 0s [id=dev.example.com]
    record.TXT.@: Creating...
    record.TXT.@: Creation complete after 0s
    Changed: values/sealed/dev.yaml, values/outputs/dev.yaml. Commit that, and render.

    Apply complete! Resources: 10 added, 0 changed, 0 destroyed.
    ");
    insta::assert_snapshot!(scene.read(OUTPUTS), @r#"
    # What the cloud and the identity provider told, as values that templates can use. Written by `render cloud apply`
    # and `render identity apply`: what is edited here is lost with the next one.
    outputs:
      project: "00000000-0000-4000-8000-000000000008"
      cluster:
        id: "00000000-0000-4000-8000-000000000012"
        name: example-dev
        region: fra1
        version: 1.36.1-do.0
        endpoint: https://00000000-0000-4000-8000-000000000012.k8s.ondigitalocean.example.com
        context: do-fra1-example-dev
      nodePools:
        base:
          id: "00000000-0000-4000-8000-000000000009"
          name: base
        tools:
          id: 00000000-0000-4000-8000-00000000000c
          name: tools
        workloads:
          id: 00000000-0000-4000-8000-00000000000f
          name: workloads
      buckets:
        logs:
          host: fra1.digitaloceanspaces.com
          keys:
            shop: 3f74c8fc596467f7
      domain:
        name: dev.example.com
        nameServers:
        - ns1.digitalocean.com
        - ns2.digitalocean.com
        - ns3.digitalocean.com
    "#);
    assert!(scene.read(SEALED).contains("shop/logs:"));
    let before = (scene.read(OUTPUTS), scene.read(SEALED), cloud.writes());
    insta::assert_snapshot!(run(&scene, &cloud, &["apply", "--auto-approve"]).succeeds(), @"
    exit 0
    --- stdout
    No changes. What is there is what the values want.
    ");
    assert_eq!((scene.read(OUTPUTS), scene.read(SEALED), cloud.writes()), before);
    let kubeconfig = run(&scene, &cloud, &["kubeconfig"]).succeeds();
    assert!(kubeconfig.stderr.contains("the context `do-fra1-example-dev`"), "{kubeconfig}");
    let destroyed = run(&scene, &cloud, &["destroy", "--auto-approve", "--confirm", "dev", "--delete-data"]).succeeds();
    insta::assert_snapshot!(destroyed.stderr, @"
    record.TXT.@: Destroying...
    record.TXT.@: Destruction complete after 0s
    domain.dev.example.com: Destroying...
    domain.dev.example.com: Destruction complete after 0s [id=dev.example.com]
    spaces_key.logs-shop: Destroying...
    spaces_key.logs-shop: Destruction complete after 0s
    bucket.logs: Destroying...
    bucket.logs: Destruction complete after 0s [id=example-dev-logs]
    cluster.example-dev: Destroying...
    cluster.example-dev: Still destroying... [10s elapsed] the cluster is `deleting`
    cluster.example-dev: Still destroying... [20s elapsed] the cluster is `deleting`
    cluster.example-dev: Still destroying... [30s elapsed] the cluster is `deleting`
    cluster.example-dev: Destruction complete after 30s [id=00000000-0000-4000-8000-000000000012]
    project.example-dev: Destroying...
    project.example-dev: Destruction complete after 0s [id=00000000-0000-4000-8000-000000000008]
    Changed: values/outputs/dev.yaml. Commit that, and render.

    Destroy complete! Resources: 6 destroyed.
    ");
    assert!(!scene.path(OUTPUTS).exists());
}

#[test]
fn a_pool_of_another_size_needs_a_word_of_permission() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    run(&scene, &cloud, &["apply", "--auto-approve"]).succeeds();
    let before = cloud.writes();
    scene.write("values/dev.yaml", format!("{VALUES}cluster: {{nodePools: {{tools: {{size: s-4vcpu-8gb}}}}}}\n"));
    insta::assert_snapshot!(run(&scene, &cloud, &["apply", "--auto-approve"]).exits(2), @r#"
    exit 2
    --- stdout
      # node_pool.tools must be replaced (the size of nodes can't change)
    +/- node_pool "tools" {
          ~ size = "s-2vcpu-4gb" -> "s-4vcpu-8gb" # forces replacement
          ~ name = "tools" -> "tools-s-4vcpu-8gb"
        }
        ! every pod of the pool moves to a new node; both pools cost until that is done
        ! happens only with `--replace`

    Plan: 1 to add, 0 to change, 1 to destroy.
    --- stderr
    error: `node_pool.tools` needs permission to replace what can't be changed in place; nothing was changed
    help: read the plan, then run it again with `--replace`, or leave it out with `--target`
    "#);
    assert_eq!(cloud.writes(), before);
    let replaced = run(&scene, &cloud, &["apply", "--auto-approve", "--replace"]).succeeds();
    insta::assert_snapshot!(replaced.stderr, @"
    node_pool.tools: Replacing...
    node_pool.tools: Still replacing... [10s elapsed] 1 nodes are being drained
    node_pool.tools: Still replacing... [20s elapsed] 1 nodes are being drained
    node_pool.tools: Still replacing... [30s elapsed] 1 nodes are being drained
    node_pool.tools: Replacement complete after 30s [id=00000000-0000-4000-8000-000000000020]
    Changed: values/outputs/dev.yaml. Commit that, and render.

    Apply complete! Resources: 1 added, 0 changed, 1 destroyed.
    ");
}

#[test]
fn without_a_certificate_or_keys_to_spaces_nothing_is_made() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    scene.remove("values/certs");
    let refused = run(&scene, &cloud, &["apply", "--auto-approve"]).exits(2).stderr;
    assert!(refused.contains("there is no certificate to seal with"), "{refused}");
    let mut command = scene.command(&["cloud", "plan", "--env", "dev"]);
    command.envs(cloud.environment()).env("SPACES_ACCESS_KEY_ID", "").env("SPACES_SECRET_ACCESS_KEY", "");
    insta::assert_snapshot!(scene.run(&mut command).exits(2), @"
    exit 2
    --- stderr
    error[plaintext]: there are no keys to look for the bucket `example-dev-logs`
     --> values/dev.yaml:4:11
      |
    4 |     logs: {name: example-dev-logs, region: fra1, keys: {shop: {secret: shop/logs}}}
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: set SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY to a key of full access

    error: 1 problem; nothing was changed
    ");
    assert_eq!(cloud.writes(), [""; 0]);
}

#[test]
fn what_is_not_ours_is_taken_over_by_its_address() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    cloud.world(|world| drop(world.seed("POST /v2/domains", &serde_json::json!({"name": "dev.example.com"}))));
    insta::assert_snapshot!(run(&scene, &cloud, &["plan"]).exits(2), @"
    exit 2
    --- stderr
    error[not-owned]: the domain `dev.example.com` exists, and nothing says that it belongs to `dev`
     --> values/dev.yaml:6:11
      |
    6 |   domain: dev.example.com
      |           ^^^^^^^^^^^^^^^
      |
      = help: take it over with `render cloud adopt domain.dev.example.com --env dev`, or choose another name

    error: 1 problem; nothing was changed
    ");
    insta::assert_snapshot!(run(&scene, &cloud, &["adopt", "domain.dev.example.com", "--auto-approve"]), @r#"
    exit 2
    --- stdout
      # domain.dev.example.com will be adopted
      > domain "dev.example.com" {
          + project = "example-dev"
        }

    Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt.
    --- stderr
    domain.dev.example.com: Adopting...
    domain.dev.example.com: Still adopting... [10s elapsed] the project `example-dev` is not listed yet
    domain.dev.example.com: Still adopting... [20s elapsed] the project `example-dev` is not listed yet
    domain.dev.example.com: Still adopting... [30s elapsed] the project `example-dev` is not listed yet
    domain.dev.example.com: Still adopting... [40s elapsed] the project `example-dev` is not listed yet
    domain.dev.example.com: Still adopting... [50s elapsed] the project `example-dev` is not listed yet
    domain.dev.example.com: Still adopting... [1m0s elapsed] the project `example-dev` is not listed yet
    domain.dev.example.com: Adoption failed

    Done before this: 0 added, 0 changed, 0 destroyed; nothing is rolled back.
    error: `domain.dev.example.com` failed: the project `example-dev` is not there, or does not belong to `dev`
    help: plan again, and look at what has changed
    "#);
}

#[test]
fn machines_read_objects() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    let plan: Value = serde_json::from_str(&run(&scene, &cloud, &["plan", "--json"]).succeeds().stdout).unwrap();
    assert_eq!(plan["environment"], "dev");
    let applied = run(&scene, &cloud, &["apply", "--auto-approve", "--json"]).succeeds();
    assert_eq!(applied.stderr, "");
    for line in applied.stdout.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["type"].is_string(), "{line}");
    }
}
