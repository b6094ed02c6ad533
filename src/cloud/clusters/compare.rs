//! What is to be changed of a cluster that is there, and what can't be.

use std::collections::BTreeSet;

use super::version::{self, Version};
use super::{ClusterOperation, Wanted, closest};
use crate::cloud::Operation;
use crate::cloud::digitalocean::clusters::{Cluster, ClusterSettings, Firewall, MaintenancePolicy};
use crate::cloud::marks;
use crate::cloud::planner::Planning;
use crate::diagnostic::{Code, listed};
use crate::plan::{Action, Attribute, Shown, Step};

/// What changes, as it is shown and as it is sent.
#[derive(Default)]
struct Changes {
    attributes: Vec<Attribute>,
    settings: ClusterSettings,
    upgrade: Option<String>,
    warnings: Vec<String>,
}

/// Adds the step that changes `cluster`, which is ours, if there is anything to change.
pub(super) fn plan(planning: &mut Planning<'_>, cluster: &Cluster) {
    let wanted = &planning.desired.cluster;
    let address = wanted.address();
    match cluster.status.state.as_str() {
        "error" => {
            let message = format!("{} has failed: {}", wanted.spoken(), cluster.status.message);
            let finding = planning.desired.finding(Code::FailedResource, &super::PATH, message);
            let help = "see what the control panel says of it; if it can't be saved, delete it and apply again";
            planning.finding(address, finding.help(help));
            return;
        }
        "degraded" => {
            let message = format!("is degraded: {}", cluster.status.message);
            planning.report(address.clone(), message, "see what the control panel says of it");
        }
        _ => {}
    }
    check_what_stays(planning, cluster);
    let mut changes = Changes::default();
    compare_settings(wanted, cluster, &mut changes);
    compare_version(planning, cluster, &mut changes);
    if wanted.allowed_addresses.is_none()
        && let Some(firewall) = cluster.control_plane_firewall.as_ref().filter(|firewall| firewall.enabled)
    {
        let allowed = listed(&firewall.allowed_addresses);
        let message = format!("only {allowed} reach its API, which no value says");
        planning.report(address.clone(), message, "write them to `cluster.apiAccess`, or switch the firewall off");
    }
    let Changes { attributes, settings, upgrade, warnings } = changes;
    let id = cluster.id.clone();
    let (operation, attributes, reason) = if attributes.is_empty() {
        if matches!(cluster.status.state.as_str(), "running" | "degraded") {
            return;
        }
        let state = Attribute::changed("state", cluster.status.state.as_str(), "running");
        (ClusterOperation::Await { id }, vec![state], "it has not come to rest")
    } else {
        (ClusterOperation::Update { id, settings, upgrade }, attributes, "")
    };
    let mut step = Step::new(address, Action::Update, Operation::Cluster(operation)).because(reason).with(attributes);
    for warning in warnings {
        step = step.warning(warning);
    }
    planning.step(step);
}

/// Findings about what can never be changed.
fn check_what_stays(planning: &mut Planning<'_>, cluster: &Cluster) {
    let desired = planning.desired;
    let wanted = &desired.cluster;
    let mut stays = |path: &[&str], what: String, help: String| {
        let finding = desired.finding(Code::CannotChange, path, format!("{} {what}", wanted.spoken()));
        planning.finding(wanted.address(), finding.help(help));
    };
    if cluster.ha && !wanted.is_highly_available {
        stays(
            &["cluster", "highAvailability"],
            "is highly available, and can't be otherwise again".to_owned(),
            "write `highAvailability: true`".to_owned(),
        );
    }
    if let Some(ranges) = &wanted.ranges {
        let both =
            [("pods", &ranges.pods, &cluster.cluster_subnet), ("services", &ranges.services, &cluster.service_subnet)];
        for (name, wanted, found) in both {
            if let Some(found) = found.as_ref().filter(|found| *found != wanted) {
                stays(
                    &["cluster", "ranges", name],
                    format!("has the range {found} for {name}, which can't become {wanted}"),
                    format!("write `{name}: {found}`, or make another environment"),
                );
            }
        }
    }
    let vpc = planning.observed.vpc(desired);
    // The network is ours and not there, or is there and not the cluster's: either way the cluster is in another one.
    let Some(own) = &desired.vpc else { return };
    let Some(found) = &cluster.vpc_uuid else { return };
    if vpc.is_none_or(|vpc| vpc.id != *found) {
        let finding = desired.finding(
            Code::CannotChange,
            &["cluster", "vpc"],
            format!("{} is in another VPC, and can't move to `{}`", wanted.spoken(), own.name),
        );
        let help = "take `cluster.vpc` out, or make another environment with it";
        planning.finding(wanted.address(), finding.note(format!("it is in {found}")).help(help));
    }
}

/// What of the settings differs.
fn compare_settings(wanted: &Wanted, cluster: &Cluster, changes: &mut Changes) {
    let Changes { attributes, settings, .. } = changes;
    if wanted.is_highly_available && !cluster.ha {
        attributes.push(Attribute::changed("highAvailability", false, true));
        settings.ha = Some(true);
    }
    if wanted.is_upgraded_by_itself != cluster.auto_upgrade {
        attributes.push(Attribute::changed("autoUpgrade", cluster.auto_upgrade, wanted.is_upgraded_by_itself));
        settings.auto_upgrade = Some(wanted.is_upgraded_by_itself);
    }
    if wanted.is_upgraded_with_more_nodes != cluster.surge_upgrade {
        attributes.push(Attribute::changed("surgeUpgrade", cluster.surge_upgrade, wanted.is_upgraded_with_more_nodes));
        settings.surge_upgrade = Some(wanted.is_upgraded_with_more_nodes);
    }
    let present = cluster.tags.clone().unwrap_or_default();
    if let Some(tags) = marks::completed(&present, &wanted.tags) {
        attributes.push(Attribute::changed("tags", marks::of_people(&present), marks::of_people(&tags)));
        settings.tags = Some(tags);
    }
    if let Some(window) = &wanted.maintenance {
        let found = cluster.maintenance_policy.as_ref();
        if !found.is_some_and(|found| is_same_window(found, window)) {
            let before = found.map_or(Shown::Absent, |found| shown_window(found).into());
            attributes.push(Attribute::changed("maintenance", before, shown_window(window)));
            settings.maintenance_policy = Some(window.clone());
        }
    }
    if let Some(firewall) = wanted.firewall() {
        let found = cluster.control_plane_firewall.as_ref().filter(|found| found.enabled);
        if found.is_none_or(|found| addresses(found) != addresses(&firewall)) {
            let before = found.map_or(Shown::Absent, |found| found.allowed_addresses.clone().into());
            attributes.push(Attribute::changed("apiAccess", before, firewall.allowed_addresses.clone()));
            settings.control_plane_firewall = Some(firewall);
        }
    }
}

/// The window as people write it.
pub(super) fn shown_window(window: &MaintenancePolicy) -> String {
    format!("{} {}", window.day, window.start_time)
}

/// Whether both open at the same time; the service may write an hour with one digit, and a day in any case.
fn is_same_window(one: &MaintenancePolicy, other: &MaintenancePolicy) -> bool {
    let minutes = |window: &MaintenancePolicy| {
        let (hour, minute) = window.start_time.split_once(':')?;
        Some(hour.trim().parse::<u32>().ok()? * 60 + minute.get(..2)?.parse::<u32>().ok()?)
    };
    one.day.eq_ignore_ascii_case(&other.day) && minutes(one) == minutes(other)
}

/// The addresses as a set, where an address and the network of it alone are the same.
fn addresses(firewall: &Firewall) -> BTreeSet<String> {
    let alone = |address: &String| {
        let bare = if address.contains(':') { address.strip_suffix("/128") } else { address.strip_suffix("/32") };
        bare.unwrap_or(address).to_ascii_lowercase()
    };
    firewall.allowed_addresses.iter().map(alone).collect()
}

/// Whether the cluster has to go to another version, and whether it can.
fn compare_version(planning: &mut Planning<'_>, cluster: &Cluster, changes: &mut Changes) {
    let (desired, observed) = (planning.desired, planning.observed);
    let wanted = &desired.cluster;
    // What the service writes in a way that nobody knows is not ours to judge.
    let (Some(version), Some(running)) = (Version::parse(&wanted.version), Version::parse(&cluster.version)) else {
        return;
    };
    if version.is_met_by(running) {
        return;
    }
    let path = ["cluster", "version"];
    if version < running {
        let message = format!("{} runs {}, and can't go back to {}", wanted.spoken(), cluster.version, wanted.version);
        let help = format!("write `version: \"{}\"`, or make another environment", short(&cluster.version));
        let finding = desired.finding(Code::CannotChange, &path, message).help(help);
        planning.finding(wanted.address(), finding);
        return;
    }
    let steps = || observed.upgrades.iter().map(|upgrade| upgrade.slug.as_str());
    let offered = || observed.options.versions.iter().map(|version| version.slug.as_str());
    let target = version::newest(version, steps().chain(offered()));
    let way = target.and_then(|target| {
        let next = version::next(running, Version::parse(target)?, steps())?;
        Some((target, next))
    });
    let Some((target, next)) = way else {
        // It is on its way already, and says where it can go when it has arrived.
        if cluster.status.state == "upgrading" {
            return;
        }
        let message = format!("{} runs {}, and can't go to {}", wanted.spoken(), cluster.version, wanted.version);
        let finding = desired.finding(Code::NotOffered, &path, message);
        let finding = match closest(version, steps()) {
            Some(near) => finding.note(format!("it can go to {}", listed(steps()))).help(format!("write `{near}`")),
            None => finding.help("it can't be upgraded now: `render cloud options` lists what new clusters can have"),
        };
        planning.finding(wanted.address(), finding);
        return;
    };
    changes.attributes.push(Attribute::changed("version", cluster.version.as_str(), target));
    changes.upgrade = Some(target.to_owned());
    changes.warnings.push("an upgrade replaces every node, one after the other".to_owned());
    if next != target {
        changes.warnings.push(format!("it leads by way of {next}, since no release can be left out"));
    }
}

/// A whole version without the service's own number: what people write.
fn short(version: &str) -> &str {
    version.split("-do.").next().unwrap_or(version)
}
