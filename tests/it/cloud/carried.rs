//! `render cloud` from an empty account to a cluster with its keys sealed, and back.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::fake::{Cloud, World};
use crate::json::fits;
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

/// What a command said, without the ids at the ends of its lines.
fn without_ids(text: &str) -> String {
    let lines = text.lines().flat_map(|line| [line.split(" [id=").next().unwrap(), "\n"]);
    lines.collect()
}

#[test]
fn a_plan_says_what_will_be_made() {
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
}

#[test]
fn everything_is_made_once_written_down_and_goes_again() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    let applied = run(&scene, &cloud, &["apply", "--auto-approve"]).succeeds();
    insta::assert_snapshot!(without_ids(&applied.stderr), @"
    project.example-dev: Creating...
    project.example-dev: Creation complete after 0s
    cluster.example-dev: Creating...
    cluster.example-dev: Still creating... [10s elapsed] provisioning: provisioning
    cluster.example-dev: Still creating... [20s elapsed] provisioning
    cluster.example-dev: Creation complete after 20s
    node_pool.base: Creating...
    node_pool.base: Creation complete after 0s
    node_pool.tools: Creating...
    node_pool.tools: Creation complete after 0s
    node_pool.workloads: Creating...
    node_pool.workloads: Creation complete after 0s
    project_resources.example-dev: Creating...
    project_resources.example-dev: Creation complete after 0s
    bucket.logs: Creating...
    bucket.logs: Still creating... [10s elapsed] the new bucket is absent
    bucket.logs: Creation complete after 15s
    spaces_key.logs-shop: Creating...
    shop/logs: sealed access-key-id, secret-access-key
    spaces_key.logs-shop: Creation complete after 0s
    domain.dev.example.com: Creating...
    domain.dev.example.com: Creation complete after 0s
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
    No changes. There is nothing to do.
    ");
    assert_eq!((scene.read(OUTPUTS), scene.read(SEALED), cloud.writes()), before);
    let kubeconfig = run(&scene, &cloud, &["kubeconfig"]).succeeds();
    assert!(kubeconfig.stderr.contains("the context `do-fra1-example-dev`"), "{kubeconfig}");
    let destroyed = run(&scene, &cloud, &["destroy", "--auto-approve", "--confirm", "dev", "--delete-data"]).succeeds();
    insta::assert_snapshot!(without_ids(&destroyed.stderr), @"
    record.TXT.@: Destroying...
    record.TXT.@: Destruction complete after 0s
    domain.dev.example.com: Destroying...
    domain.dev.example.com: Destruction complete after 0s
    spaces_key.logs-shop: Destroying...
    spaces_key.logs-shop: Destruction complete after 0s
    bucket.logs: Destroying...
    bucket.logs: Destruction complete after 0s
    cluster.example-dev: Destroying...
    cluster.example-dev: Still destroying... [10s elapsed] the cluster is `deleting`
    cluster.example-dev: Still destroying... [20s elapsed] the cluster is `deleting`
    cluster.example-dev: Still destroying... [30s elapsed] the cluster is `deleting`
    cluster.example-dev: Destruction complete after 30s
    project.example-dev: Destroying...
    project.example-dev: Destruction complete after 0s
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
    insta::assert_snapshot!(without_ids(&replaced.stderr), @"
    node_pool.tools: Replacing...
    node_pool.tools: Still replacing... [10s elapsed] 1 nodes are being drained
    node_pool.tools: Still replacing... [20s elapsed] 1 nodes are being drained
    node_pool.tools: Still replacing... [30s elapsed] 1 nodes are being drained
    node_pool.tools: Replacement complete after 30s
    Changed: values/outputs/dev.yaml. Commit that, and render.

    Apply complete! Resources: 1 added, 0 changed, 1 destroyed.
    ");
}

#[test]
fn data_stays_unless_its_deletion_is_asked_for() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    run(&scene, &cloud, &["apply", "--auto-approve"]).succeeds();
    let record = json!({"type": "A", "name": "www", "data": "192.0.2.1", "ttl": 1800});
    cloud.world(|world| drop(world.seed("POST /v2/domains/dev.example.com/records", &record)));
    let destroy = ["destroy", "--auto-approve", "--confirm", "dev"];
    let kept = run(&scene, &cloud, &destroy).succeeds();
    assert!(kept.stdout.contains("domain.dev.example.com: has records of others"), "{kept}");
    assert!(kept.stdout.contains("project.example-dev: stays"), "{kept}");
    // What is still there is still known.
    let known = scene.read(OUTPUTS);
    assert!(known.contains("name: dev.example.com") && !known.contains("cluster:"), "{known}");
    let gone = run(&scene, &cloud, &[&destroy[..], &["--delete-data"]].concat()).succeeds();
    assert!(gone.stderr.contains("Destroy complete! Resources: 2 destroyed."), "{gone}");
}

#[test]
fn an_interrupted_run_says_what_is_left_and_the_next_one_does_it() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    let mut command = scene.command(&["cloud", "apply", "--auto-approve", "--env", "dev"]);
    command.envs(cloud.environment()).env("SUPERCARGO_TIME_SCALE", "1");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It waits for the cluster now, at most ten seconds at a time.
    let made = "POST /v2/kubernetes/clusters";
    while !cloud.requests().iter().any(|line| line == made) {
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(200));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let begin = Instant::now();
    let interrupted = Run::new(&child.wait_with_output().unwrap(), scene.root()).exits(2);
    assert!(begin.elapsed() < Duration::from_secs(5), "it goes on waiting");
    insta::assert_snapshot!(without_ids(&interrupted.stderr), @"
    project.example-dev: Creating...
    project.example-dev: Creation complete after 0s
    cluster.example-dev: Creating...
    stopping as soon as nothing is half done; once more ends it at once
    cluster.example-dev: Still creating... [10s elapsed] provisioning: provisioning
    cluster.example-dev: Creation broken off
    Changed: values/outputs/dev.yaml. Commit that, and render.
    error: interrupted: 1 added, 0 changed, 0 destroyed; `cluster.example-dev` was on its way
    help: run `render cloud apply --env dev` again: it goes on from there
    ");
    run(&scene, &cloud, &["apply", "--auto-approve"]).succeeds();
    assert_eq!(cloud.requests().iter().filter(|line| *line == made).count(), 1);
}

#[test]
fn a_run_gives_up_waiting_when_it_was_told_to() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    cloud.world(|world| world.durations.provisioning = 1000);
    let overdue = run(&scene, &cloud, &["apply", "--auto-approve", "--deadline", "1"]).exits(2);
    insta::assert_snapshot!(without_ids(&overdue.stderr), @"
    project.example-dev: Creating...
    project.example-dev: Creation complete after 0s
    cluster.example-dev: Creating...
    cluster.example-dev: Still creating... [10s elapsed] provisioning: provisioning
    cluster.example-dev: Still creating... [20s elapsed] provisioning: provisioning
    cluster.example-dev: Still creating... [30s elapsed] provisioning: provisioning
    cluster.example-dev: Still creating... [40s elapsed] provisioning: provisioning
    cluster.example-dev: Still creating... [50s elapsed] provisioning: provisioning
    cluster.example-dev: Still creating... [1m0s elapsed] provisioning: provisioning
    cluster.example-dev: Creation broken off
    Changed: values/outputs/dev.yaml. Commit that, and render.
    error: gave up waiting: 1 added, 0 changed, 0 destroyed; `cluster.example-dev` was on its way
    help: run `render cloud apply --env dev` again: it goes on from there
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
    run(&scene, &cloud, &["apply", "--auto-approve", "--target", "project"]).succeeds();
    cloud.world(|world| drop(world.seed("POST /v2/domains", &json!({"name": "dev.example.com"}))));
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
    let adopted = run(&scene, &cloud, &["adopt", "domain.dev.example.com", "--auto-approve"]).succeeds();
    insta::assert_snapshot!(without_ids(&adopted.to_string()), @r#"
    exit 0
    --- stdout
      # domain.dev.example.com will be adopted
      > domain "dev.example.com" {
          + project = "example-dev"
        }

    Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt.
    --- stderr
    domain.dev.example.com: Adopting...
    domain.dev.example.com: Adoption complete after 0s
    Changed: values/outputs/dev.yaml. Commit that, and render.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed, 1 adopted.
    "#);
}

#[test]
fn machines_read_objects() {
    let (scene, cloud) = (scene(), Cloud::start(World::new()));
    let plan = fits("plan", &run(&scene, &cloud, &["plan", "--json"]).succeeds().stdout);
    assert_eq!(plan["environment"], "dev");
    let applied = run(&scene, &cloud, &["apply", "--auto-approve", "--json"]).succeeds();
    assert_eq!(applied.stderr, "");
    applied.stdout.lines().for_each(|line| drop(fits("apply-event", line)));
}
