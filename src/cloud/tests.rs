//! Plans over answers that an API could give: no network, no time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod property;
mod world;

use serde_json::{Value, json};

use self::world::{cluster, desired, desired_with, pool, steps};
use super::clusters::ClusterOperation;
use super::digitalocean::clusters::{Associated, AssociatedResources, Firewall, MaintenancePolicy};
use super::digitalocean::options::Version;
use super::digitalocean::projects::Member;
use super::digitalocean::vpcs::Vpc;
use super::pools::PoolOperation;
use super::*;
use crate::diagnostic::{Diagnostics, Help};
use crate::plan::{Action, Address, Need, Plan, Shown};

/// What the plan would be, or what keeps it from being made.
fn planned(values: &[(&str, Value)], observed: &Observed) -> Plan<Operation> {
    plan(&desired(values), observed, &Wishes::default()).unwrap_or_else(|found| panic!("{}", told(&found)))
}

/// The findings: code, message and help of each.
fn told(found: &Diagnostics) -> String {
    let lines = found.iter().map(|one| {
        let help = match one.helps.first() {
            Some(Help::Text(text)) => format!(" ({text})"),
            _ => String::new(),
        };
        format!("{}: {}{help}", one.code.name(), one.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The findings of a plan that can't be made.
fn refused(values: &[(&str, Value)], observed: &Observed) -> String {
    told(&plan(&desired(values), observed, &Wishes::default()).unwrap_err())
}

fn destroyed(values: &[(&str, Value)], observed: &Observed, delete_data: bool) -> Plan<Operation> {
    let wishes = Wishes { goal: Goal::Destroy, delete_data, ..Wishes::default() };
    plan(&desired(values), observed, &wishes).unwrap()
}

fn adopted(addresses: &[&str], observed: &Observed) -> Result<Plan<Operation>, Diagnostics> {
    let addresses = addresses.iter().map(|address| Address::parse(address).unwrap()).collect();
    plan(&desired(&[]), observed, &Wishes { goal: Goal::Adopt(addresses), ..Wishes::default() })
}

#[test]
fn nothing_is_there_and_everything_is_made_in_order() {
    let plan = planned(
        &[
            ("/cluster/vpc", json!({ "range": "10.10.0.0/20" })),
            ("/cluster/registryAccess", json!(true)),
            ("/cluster/maintenance", json!({ "day": "sunday", "start": "04:00" })),
        ],
        &world::nothing(),
    );
    insta::assert_snapshot!(plan.to_text(false), @r#"
      # project.example-dev will be created
      + project "example-dev" {
          + name        = "example-dev"
          + description = "managed-by:supercargo env:dev"
          + purpose     = "Service or API"
          + environment = "Development"
          + id          = (known after apply)
        }

      # vpc.example-dev will be created
      + vpc "example-dev" {
          + name        = "example-dev"
          + region      = "fra1"
          + range       = "10.10.0.0/20"
          + description = "managed-by:supercargo env:dev"
          + id          = (known after apply)
        }

      # cluster.example-dev will be created
      + cluster "example-dev" {
          + name             = "example-dev"
          + region           = "fra1"
          + version          = "1.36.2-do.0"
          + highAvailability = false
          + autoUpgrade      = false
          + surgeUpgrade     = true
          + tags             = ["managed-by:supercargo","supercargo:env:dev"]
          + nodePools        = ["base","tools"]
          + vpc              = "example-dev"
          + maintenance      = "sunday 04:00"
          + id               = (known after apply)
          + endpoint         = (known after apply)
        }

      # node_pool.base will be created
      + node_pool "base" {
          + name   = "base"
          + size   = "s-2vcpu-4gb"
          + min    = 1
          + max    = 3
          + labels = ["pool: base"]
          + taints = []
          + tags   = ["managed-by:supercargo","supercargo:env:dev"]
          + id     = (known after apply)
        }

      # node_pool.tools will be created
      + node_pool "tools" {
          + name   = "tools"
          + size   = "s-4vcpu-8gb"
          + min    = 1
          + max    = 4
          + labels = ["pool: tools"]
          + taints = ["tools=true:NoSchedule"]
          + tags   = ["managed-by:supercargo","supercargo:env:dev"]
          + id     = (known after apply)
        }

      # registry_access.example-dev will be updated in-place
      ~ registry_access "example-dev" {
          ~ registryAccess = false -> true
        }

      # project_resources.example-dev will be created (what is made lands in the account's default project)
      + project_resources "example-dev" {
          + cluster = (known after apply)
        }

    Plan: 6 to add, 1 to change, 0 to destroy.
    "#);
}

#[test]
fn what_was_made_needs_no_change() {
    assert_eq!(steps(&planned(&[], &world::whole())), [""; 0]);
}

#[test]
fn a_project_or_a_cluster_of_others_is_left_alone() {
    let mut observed = world::whole();
    observed.projects[0].description = "made by hand".to_owned();
    observed.clusters[0].tags = Some(vec!["k8s".to_owned(), "managed-by:supercargo".to_owned()]);
    insta::assert_snapshot!(refused(&[], &observed), @r#"
    not-owned: the cluster `example-dev` exists, and nothing says that it belongs to `dev` (take it over with `render cloud adopt cluster.example-dev --env dev`, or choose another name)
    not-owned: the project `example-dev` exists, and nothing says that it belongs to `dev` (take it over with `render cloud adopt project.example-dev --env dev`, or choose another name)
    "#);
    observed.projects[0].description = marks::text("prod");
    observed.clusters[0].tags = Some(marks::tags("prod").into());
    insta::assert_snapshot!(refused(&[], &observed), @r#"
    not-owned: the cluster `example-dev` belongs to the environment `prod` (give it another name, or take the mark of the other environment off it)
    not-owned: the project `example-dev` belongs to the environment `prod` (give it another name, or take the mark of the other environment off it)
    "#);
    // A token that may not read tags sees none: that is not the same as no tags.
    observed.projects.clear();
    observed.clusters[0].tags = None;
    insta::assert_snapshot!(refused(&[], &observed), @"not-owned: nobody can see whose the cluster `example-dev` is: the answer has no tags (give the token in DIGITALOCEAN_TOKEN the scope `tag:read`)");
}

#[test]
fn two_of_one_name_are_a_question_for_a_person() {
    let mut observed = world::whole();
    let other = observed.clusters[0].clone();
    observed.clusters.push(super::digitalocean::clusters::Cluster { id: "other".to_owned(), ..other });
    insta::assert_snapshot!(refused(&[], &observed), @"ambiguous-resource: 2 times the cluster `example-dev` (delete those that are not used, or give them other names)");
}

#[test]
fn one_of_the_same_name_in_another_region_is_another_cluster() {
    let mut observed = world::whole();
    observed.clusters[0].region = "nyc3".to_owned();
    observed.clusters[0].tags = Some(Vec::new());
    assert_eq!(steps(&planned(&[], &observed))[0], "create cluster.example-dev");
    // Unless it is ours: then the values want to move it.
    observed.clusters[0].tags = Some(marks::tags("dev").into());
    insta::assert_snapshot!(refused(&[], &observed), @"cannot-change: the cluster `example-dev` is in `nyc3`, and can't move to `fra1` (write `region: nyc3`, or make another environment for `fra1`)");
}

#[test]
fn what_a_cluster_can_never_have_otherwise_is_said_and_not_tried() {
    let mut observed = world::whole();
    let cluster = &mut observed.clusters[0];
    cluster.ha = true;
    cluster.cluster_subnet = Some("10.244.0.0/16".to_owned());
    cluster.service_subnet = Some("10.245.0.0/16".to_owned());
    cluster.vpc_uuid = Some("default-vpc".to_owned());
    let values = [
        ("/cluster/vpc", json!({})),
        ("/cluster/ranges", json!({ "pods": "10.100.0.0/16", "services": "10.245.0.0/16" })),
    ];
    insta::assert_snapshot!(refused(&values, &observed), @r#"
    cannot-change: the cluster `example-dev` has the range 10.244.0.0/16 for pods, which can't become 10.100.0.0/16 (write `pods: 10.244.0.0/16`, or make another environment)
    cannot-change: the cluster `example-dev` is highly available, and can't be otherwise again (write `highAvailability: true`)
    cannot-change: the cluster `example-dev` is in another VPC, and can't move to `example-dev` (take `cluster.vpc` out, or make another environment with it)
    "#);
}

#[test]
fn settings_are_changed_in_one_call_and_only_those_that_differ() {
    let observed = world::whole();
    let values = [
        ("/cluster/highAvailability", json!(true)),
        ("/cluster/autoUpgrade", json!(true)),
        ("/cluster/surgeUpgrade", json!(false)),
        ("/cluster/tags", json!(["team:platform"])),
        ("/cluster/maintenance", json!({ "day": "sunday", "start": "04:00" })),
        ("/cluster/apiAccess", json!(["192.0.2.7"])),
    ];
    let plan = planned(&values, &observed);
    insta::assert_snapshot!(plan.to_text(false), @r#"
      # cluster.example-dev will be updated in-place
      ~ cluster "example-dev" {
          ~ highAvailability = false -> true
          ~ autoUpgrade      = false -> true
          ~ surgeUpgrade     = true -> false
          ~ tags             = ["by-hand","managed-by:supercargo","supercargo:env:dev"] -> ["by-hand","managed-by:supercargo","supercargo:env:dev","team:platform"]
          + maintenance      = "sunday 04:00"
          + apiAccess        = ["192.0.2.7"]
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    "#);
    let Operation::Cluster(ClusterOperation::Update { settings, upgrade: None, .. }) = &plan.steps[0].operation else {
        panic!("{plan:?}")
    };
    assert_eq!((settings.ha, settings.surge_upgrade), (Some(true), Some(false)));
    // Tags of the service and of other tools are no change, and those of people are kept.
    let tags = settings.tags.clone().unwrap();
    assert_eq!(tags, ["by-hand", "managed-by:supercargo", "supercargo:env:dev", "team:platform"]);
}

#[test]
fn what_the_service_spells_otherwise_is_the_same() {
    let mut observed = world::whole();
    let cluster = &mut observed.clusters[0];
    cluster.maintenance_policy = Some(MaintenancePolicy { start_time: "4:00".to_owned(), day: "Sunday".to_owned() });
    let allowed_addresses = vec!["2001:db8::/32".to_owned(), "192.0.2.7/32".to_owned()];
    cluster.control_plane_firewall = Some(Firewall { enabled: true, allowed_addresses });
    cluster.tags =
        Some(["K8S:x", "Managed-by:Supercargo", "supercargo:ENV:dev", "terraform:x"].map(String::from).into());
    let values = [
        ("/cluster/maintenance", json!({ "day": "sunday", "start": "04:00" })),
        ("/cluster/apiAccess", json!(["192.0.2.7", "2001:db8::/32"])),
    ];
    assert_eq!(steps(&planned(&values, &observed)), [""; 0]);
    // Nobody asked for a window: the service's own is fine. A firewall that no value asks for is told of.
    let plan = planned(&[], &observed);
    assert_eq!((steps(&plan), plan.reports.len()), (Vec::new(), 1));
}

#[test]
fn versions_only_rise() {
    let with = |running: &str, upgrades: &[&str]| {
        let mut observed = world::whole();
        observed.clusters[0].version = running.to_owned();
        let slug = |slug: &&str| Version { slug: (*slug).to_owned(), kubernetes_version: String::new() };
        observed.upgrades = upgrades.iter().map(slug).collect();
        observed
    };
    let target = |plan: &Plan<Operation>| match &plan.steps[..] {
        [] => None,
        [step] => match &step.operation {
            Operation::Cluster(ClusterOperation::Update { upgrade, .. }) => upgrade.clone(),
            other => panic!("{other:?}"),
        },
        several => panic!("{several:?}"),
    };
    // A newer patch than the values name: the service has installed it.
    assert_eq!(target(&planned(&[("/cluster/version", json!("1.36.1"))], &with("1.36.9-do.0", &[]))), None);
    assert_eq!(target(&planned(&[], &with("1.36.0-do.0", &["1.36.2-do.0"]))), None);
    let newer = [("/cluster/version", json!("1.36.2"))];
    let plan = planned(&newer, &with("1.36.1-do.0", &["1.36.2-do.0"]));
    assert_eq!(target(&plan).as_deref(), Some("1.36.2-do.0"));
    // No release can be left out, and that is said.
    let plan = planned(&[], &with("1.34.1-do.0", &["1.34.9-do.0", "1.35.6-do.1"]));
    assert_eq!(target(&plan).as_deref(), Some("1.36.2-do.0"));
    assert_eq!(plan.steps[0].warnings.len(), 2);
    insta::assert_snapshot!(refused(&[], &with("1.37.0-do.0", &[])), @r#"cannot-change: the cluster `example-dev` runs 1.37.0-do.0, and can't go back to 1.36 (write `version: "1.37.0"`, or make another environment)"#);
    insta::assert_snapshot!(refused(&[], &with("1.35.6-do.1", &[])), @"not-offered: the cluster `example-dev` runs 1.35.6-do.1, and can't go to 1.36 (it can't be upgraded now: `render cloud options` lists what new clusters can have)");
    let patch = [("/cluster/version", json!("1.36.8"))];
    insta::assert_snapshot!(refused(&patch, &with("1.36.1-do.0", &["1.36.2-do.0"])), @"not-offered: the cluster `example-dev` runs 1.36.1-do.0, and can't go to 1.36.8 (write `1.36.2-do.0`)");
}

#[test]
fn what_is_not_offered_is_said_before_anything_is_made() {
    let values = [
        ("/cluster/region", json!("fra2")),
        ("/cluster/version", json!("1.20")),
        ("/cluster/nodePools/base/size", json!("s-2vcpu-4g")),
    ];
    insta::assert_snapshot!(refused(&values, &world::nothing()), @r#"
    not-offered: no cluster can be in `fra2` (did you mean `fra1`? `render cloud options` lists all)
    not-offered: no cluster can have the version `1.20` (`1.34.9-do.0` comes closest; `render cloud options` lists all)
    not-offered: no node can have the size `s-2vcpu-4g` (did you mean `s-2vcpu-4gb`? `render cloud options` lists all)
    "#);
}

#[test]
fn a_cluster_that_has_not_come_to_rest_is_waited_for() {
    for state in ["provisioning", "upgrading", "hibernating"] {
        let mut observed = world::whole();
        observed.clusters[0].status.state = state.to_owned();
        let plan = planned(&[], &observed);
        assert_eq!(steps(&plan), ["update cluster.example-dev"], "{state}");
        assert!(matches!(plan.steps[0].operation, Operation::Cluster(ClusterOperation::Await { .. })));
    }
    let mut observed = world::whole();
    observed.clusters[0].status.state = "degraded".to_owned();
    let plan = planned(&[], &observed);
    assert_eq!((steps(&plan), plan.reports.len()), (Vec::new(), 1));
    observed.clusters[0].status.state = "error".to_owned();
    observed.clusters[0].status.message = "droplet limit".to_owned();
    insta::assert_snapshot!(refused(&[], &observed), @"failed-resource: the cluster `example-dev` has failed: droplet limit (see what the control panel says of it; if it can't be saved, delete it and apply again)");
    // One that is on its way out is not the one that is wanted.
    observed.clusters[0].status.state = "deleting".to_owned();
    assert_eq!(steps(&planned(&[], &observed))[0], "create cluster.example-dev");
}

#[test]
fn a_pool_is_compared_by_what_the_values_say_of_it() {
    let mut observed = world::whole();
    let pools = &mut observed.clusters[0].node_pools;
    pools[0].labels.insert("old".to_owned(), "label".to_owned());
    pools[1].taints.clear();
    pools[1].max_nodes = 9;
    let plan = planned(&[], &observed);
    insta::assert_snapshot!(plan.to_text(false), @r#"
      # node_pool.base will be updated in-place
      ~ node_pool "base" {
          ~ labels = ["old: label","pool: base"] -> ["pool: base"]
        }
        ! a label that is taken away stays on the nodes that are there

      # node_pool.tools will be updated in-place
      ~ node_pool "tools" {
          ~ max    = 9 -> 4
          ~ taints = [] -> ["tools=true:NoSchedule"]
        }

    Plan: 0 to add, 2 to change, 0 to destroy.
    "#);
    let Operation::Pool(PoolOperation::Update { settings, .. }) = &plan.steps[1].operation else { panic!("{plan:?}") };
    assert_eq!((settings.count, settings.min_nodes, settings.max_nodes), (None, Some(1), Some(4)));
}

#[test]
fn the_number_of_nodes_is_the_autoscalers() {
    let mut observed = world::whole();
    observed.clusters[0].node_pools[1].count = 4;
    assert_eq!(steps(&planned(&[], &observed)), [""; 0]);
    observed.clusters[0].node_pools[1].count = 7;
    let plan = planned(&[], &observed);
    assert_eq!(steps(&plan), [""; 0]);
    assert_eq!(plan.reports[0].message, "has 7 nodes, outside of 1 to 4");
    // Where nothing scales, it is ours.
    let fixed = [("/cluster/nodePools/base/max", json!(1))];
    observed = world::whole();
    let plan = planned(&fixed, &observed);
    let Operation::Pool(PoolOperation::Update { settings, .. }) = &plan.steps[0].operation else { panic!("{plan:?}") };
    assert_eq!((settings.count, settings.auto_scale, settings.min_nodes), (Some(1), false, None));
}

#[test]
fn another_size_is_another_pool_and_never_another_cluster() {
    let bigger = [("/cluster/nodePools/base/size", json!("s-4vcpu-8gb"))];
    let mut observed = world::whole();
    let plan = planned(&bigger, &observed);
    insta::assert_snapshot!(plan.to_text(false), @r#"
      # node_pool.base must be replaced (the size of nodes can't change)
    +/- node_pool "base" {
          ~ size = "s-2vcpu-4gb" -> "s-4vcpu-8gb" # forces replacement
          ~ name = "base" -> "base-s-4vcpu-8gb"
        }
        ! every pod of the pool moves to a new node; both pools cost until that is done
        ! happens only with `--replace`

    Plan: 1 to add, 0 to change, 1 to destroy.
    "#);
    assert_eq!(plan.steps[0].needs, [Need::Replace].into());
    // Killed in between: the one that takes over is there, and is not made again.
    let successor = pool("base-s-4vcpu-8gb", "base", "s-4vcpu-8gb", "p-new");
    observed.clusters[0].node_pools.push(successor);
    let plan = planned(&bigger, &observed);
    let Operation::Pool(PoolOperation::Replace { new, old }) = &plan.steps[0].operation else { panic!("{plan:?}") };
    assert_eq!((new.settings.name.as_str(), &old[..]), ("base-s-4vcpu-8gb", &["p-base".to_owned()][..]));
    // Done: the name that it has now is nobody's business.
    observed.clusters[0].node_pools.remove(0);
    assert_eq!(steps(&planned(&bigger, &observed)), [""; 0]);
    // And back again, to the name that is free now.
    let plan = planned(&[], &observed);
    let Operation::Pool(PoolOperation::Replace { new, .. }) = &plan.steps[0].operation else { panic!("{plan:?}") };
    assert_eq!(new.settings.name, "base");
}

#[test]
fn the_name_of_a_successor_is_never_too_long_nor_taken() {
    let name = "a".repeat(55);
    let size = json!({ "size": "s-4vcpu-8gb", "min": 1, "max": 1 });
    let values = [(format!("/cluster/nodePools/{name}"), size)];
    let values: Vec<_> = values.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let mut observed = world::whole();
    observed.clusters[0].node_pools.push(pool(&name, &name, "s-2vcpu-4gb", "p-long"));
    let plan = planned(&values, &observed);
    let Operation::Pool(PoolOperation::Replace { new, .. }) = &plan.steps[0].operation else { panic!("{plan:?}") };
    assert_eq!(new.settings.name.len(), 55);
    assert!(new.settings.name.starts_with("aaaa") && new.settings.name != name, "{}", new.settings.name);
}

#[test]
fn two_pools_of_one_label_and_size_are_a_question_for_a_person() {
    let mut observed = world::whole();
    observed.clusters[0].node_pools.push(pool("base-2", "base", "s-2vcpu-4gb", "p-2"));
    insta::assert_snapshot!(refused(&[], &observed), @"ambiguous-resource: 2 times the node pool `base` (delete those that are not used, or give them other names)");
}

#[test]
fn pools_that_no_value_wants_are_told_of_and_pruned_only_on_request() {
    let mut observed = world::whole();
    observed.clusters[0].node_pools.push(pool("batch", "batch", "s-2vcpu-4gb", "p-batch"));
    let mut foreign = pool("by-hand", "by-hand", "s-2vcpu-4gb", "p-hand");
    foreign.tags = Some(vec!["k8s:worker".to_owned()]);
    observed.clusters[0].node_pools.push(foreign);
    let plan = planned(&[], &observed);
    assert_eq!(steps(&plan), [""; 0]);
    let reports: Vec<_> = plan.reports.iter().map(|report| format!("{} {}", report.address, report.message)).collect();
    let expected =
        ["node_pool.batch is ours, and no value wants it", "node_pool.by-hand is not ours, and no value wants it"];
    assert_eq!(reports, expected);
    let wishes = Wishes { prune: true, ..Wishes::default() };
    let plan = super::plan(&desired(&[]), &observed, &wishes).unwrap();
    assert_eq!(steps(&plan), ["delete node_pool.batch"]);
}

#[test]
fn a_pool_of_the_same_name_and_no_mark_is_left_alone() {
    let mut observed = world::whole();
    observed.clusters[0].node_pools[0].tags = Some(Vec::new());
    observed.clusters[0].node_pools[0].labels.clear();
    insta::assert_snapshot!(refused(&[], &observed), @"not-owned: the node pool `base` exists, and nothing says that it belongs to `dev` (take it over with `render cloud adopt node_pool.base --env dev`, or choose another name)");
    observed.clusters[0].node_pools[0].tags = None;
    assert!(refused(&[], &observed).contains("tag:read"));
}

#[test]
fn adopting_puts_the_mark_on_and_changes_nothing_else() {
    let mut observed = world::whole();
    observed.projects[0].description = "made by hand".to_owned();
    observed.clusters[0].tags = Some(vec!["k8s".to_owned(), "terraform:x".to_owned()]);
    observed.clusters[0].node_pools[0].tags = Some(vec!["k8s:worker".to_owned()]);
    let plan = adopted(&["project.example-dev", "cluster.example-dev", "node_pool.base", "node_pool.tools"], &observed);
    let plan = plan.unwrap_or_else(|found| panic!("{}", told(&found)));
    insta::assert_snapshot!(plan.to_text(false), @r#"
      # project.example-dev will be adopted
      > project "example-dev" {
          ~ description = "made by hand" -> "made by hand managed-by:supercargo env:dev"
        }

      # cluster.example-dev will be adopted
      > cluster "example-dev" {
          ~ tags = [] -> ["managed-by:supercargo","supercargo:env:dev"]
        }

      # node_pool.base will be adopted
      > node_pool "base" {
          ~ tags = [] -> ["managed-by:supercargo","supercargo:env:dev"]
        }

    Seen, and left as it is:
      * node_pool.tools: belongs to the environment already

    Plan: 0 to add, 0 to change, 0 to destroy, 3 to adopt.
    "#);
    let Operation::Pool(PoolOperation::Adopt { settings, .. }) = &plan.steps[2].operation else { panic!("{plan:?}") };
    let pool = &observed.clusters[0].node_pools[0];
    assert_eq!((&settings.labels, &settings.taints, &settings.name), (&pool.labels, &pool.taints, &pool.name));
}

#[test]
fn what_another_environment_has_or_is_not_there_is_not_adopted() {
    let mut observed = world::whole();
    observed.clusters[0].tags = Some(marks::tags("prod").into());
    let refused = told(&adopted(&["cluster.example-dev", "node_pool.base", "cluster.other"], &observed).unwrap_err());
    insta::assert_snapshot!(refused, @r#"
    unknown-place: there is no `cluster.other` that could be adopted (name a resource that `render cloud plan` found without the mark of the environment)
    not-owned: the cluster `example-dev` belongs to the environment `prod` (give it another name, or take the mark of the other environment off it)
    not-owned: the node pool `base` belongs to a cluster that is not ours (adopt `cluster.example-dev` as well)
    "#);
}

#[test]
fn everything_ours_is_destroyed_in_the_reverse_order() {
    let mut observed = world::whole();
    let vpc =
        Vpc { id: "v".to_owned(), name: "example-dev".to_owned(), description: marks::text("dev"), ..Vpc::default() };
    observed.vpcs = vec![vpc];
    let one = |name: &str| vec![Associated { id: format!("id-of-{name}"), name: name.to_owned() }];
    let (load_balancers, volumes) = (one("ingress"), one("pvc-1"));
    observed.associated = AssociatedResources { load_balancers, volumes, volume_snapshots: Vec::new() };
    observed.members.push(Member { urn: "do:loadbalancer:id-of-ingress".to_owned(), status: "ok".to_owned() });
    let values = [("/cluster/vpc", json!({}))];
    insta::assert_snapshot!(destroyed(&values, &observed, false).to_text(false), @r#"
      # cluster.example-dev will be destroyed
      - cluster "example-dev" {
          - region        = "fra1" -> null
          - version       = "1.36.1-do.0" -> null
          - id            = "c-1" -> null
          - nodePools     = ["base","tools"] -> null
          - loadBalancers = ["ingress"] -> null
            volumes       = ["pvc-1"]
        }
        ! its volumes stay, hold their data and cost money; `--delete-data` deletes them, too

      # vpc.example-dev will be destroyed
      - vpc "example-dev" {
          - range = "" -> null
          - id    = "v" -> null
        }

      # project.example-dev will be destroyed
      - project "example-dev" {
          - id = "project-1" -> null
        }

    Plan: 0 to add, 0 to change, 3 to destroy.
    "#);
    let plan = destroyed(&values, &observed, true);
    let Operation::Cluster(ClusterOperation::Delete { selection, .. }) = &plan.steps[0].operation else {
        panic!("{plan:?}")
    };
    assert_eq!((selection.load_balancers.len(), selection.volumes.len()), (1, 1));
    // What is not ours stays, and so does a project that holds it.
    observed.members.push(Member { urn: "do:droplet:7".to_owned(), status: "ok".to_owned() });
    observed.vpcs[0].description.clear();
    let plan = destroyed(&values, &observed, false);
    assert_eq!(steps(&plan), ["delete cluster.example-dev"]);
    assert_eq!(plan.reports.len(), 2);
    assert_eq!(steps(&destroyed(&[], &world::nothing(), false)), [""; 0]);
}

#[test]
fn a_destruction_that_was_interrupted_goes_on() {
    let mut observed = world::whole();
    observed.clusters[0].status.state = "deleting".to_owned();
    assert_eq!(steps(&destroyed(&[], &observed, false)), ["delete cluster.example-dev", "delete project.example-dev"]);
    // Gone since the project was asked what is in it.
    observed.clusters.clear();
    observed.cluster_ids.clear();
    assert_eq!(steps(&destroyed(&[], &observed, false)), ["delete project.example-dev"]);
    // A cluster of another name that somebody has put there is not gone.
    observed.cluster_ids.push("c-1".to_owned());
    assert_eq!(steps(&destroyed(&[], &observed, false)), [""; 0]);
}

#[test]
fn targets_cut_a_plan_down_and_must_be_known() {
    let mut observed = world::whole();
    observed.clusters[0].node_pools[0].labels.clear();
    observed.clusters[0].node_pools[1].labels.clear();
    let with = |targets: &[&str]| {
        let targets = targets.iter().map(|&target| target.to_owned()).collect();
        plan(&desired(&[]), &observed, &Wishes { targets, ..Wishes::default() })
    };
    // Without labels they are known by their names.
    assert_eq!(steps(&with(&["node_pool.tools"]).unwrap()), ["update node_pool.tools"]);
    assert_eq!(steps(&with(&["cluster.example-dev"]).unwrap()), [""; 0]);
    insta::assert_snapshot!(told(&with(&["node_pool.tool"]).unwrap_err()), @"unknown-place: there is no resource `node_pool.tool` (did you mean `node_pool.tools`?)");
    // What is wrong with another resource does not stop this one.
    observed.projects[0].description.clear();
    let targets = vec!["node_pool".to_owned()];
    let plan = plan(&desired(&[]), &observed, &Wishes { targets, ..Wishes::default() }).unwrap();
    assert_eq!(plan.steps.len(), 2);
}

#[test]
fn findings_point_into_the_values() {
    let mut observed = world::whole();
    observed.clusters[0].version = "1.37.0-do.0".to_owned();
    let found = plan(&desired_with("version: 1.36"), &observed, &Wishes::default()).unwrap_err();
    let place = found.iter().next().unwrap().primary.as_ref().map(|label| label.location.to_string());
    assert_eq!(place.as_deref(), Some("values/dev.yaml:1:1"));
}

#[test]
fn operations_are_stored_and_read_as_they_were() {
    let plan = planned(&[("/cluster/vpc", json!({}))], &world::nothing());
    let text = serde_json::to_string(&plan).unwrap();
    let read: Plan<Operation> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, plan);
}

#[test]
fn outputs_tell_ids_names_and_the_endpoint() {
    let told = outputs(&desired(&[]), &world::whole());
    let cluster = told.cluster.unwrap();
    assert_eq!((cluster.id.as_str(), cluster.context.as_str()), ("c-1", "do-fra1-example-dev"));
    assert_eq!(told.project.unwrap().as_str(), "project-1");
    let names: Vec<_> = told.node_pools.iter().map(|(name, pool)| format!("{name}={}", pool.id)).collect();
    assert_eq!(names, ["base=p-base", "tools=p-tools"]);
    // Nothing is told of what is not ours.
    let mut foreign = world::whole();
    foreign.clusters[0].tags = Some(Vec::new());
    assert_eq!(outputs(&desired(&[]), &foreign).cluster, None);
}

#[test]
fn a_pool_that_is_made_scales_from_at_least_one_node() {
    let plan = planned(&[("/cluster/nodePools/tools/min", json!(0))], &world::nothing());
    let Operation::Cluster(ClusterOperation::Create(new)) = &plan.steps[1].operation else { panic!("{plan:?}") };
    let tools = &new.node_pools[1].settings;
    assert_eq!((tools.count, tools.min_nodes, tools.max_nodes), (Some(1), Some(0), Some(4)));
    assert!(plan.steps[1].attributes.iter().any(|attribute| attribute.after == Shown::Later));
    assert_eq!(plan.steps[1].action, Action::Create);
    assert_eq!(cluster("x").name, "x");
}
