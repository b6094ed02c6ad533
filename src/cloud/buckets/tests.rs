//! Plans about buckets; and what tests of the kinds beside them start from.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::*;
use crate::cloud::digitalocean::projects::{Member, Project};
use crate::cloud::spaces::{Lifecycle, LifecycleRule};
use crate::cloud::{Goal, Wishes};
use crate::diagnostic::Diagnostics;
use crate::model::EnvironmentName;
use crate::plan::{Plan, Shown};

/// What an environment `dev` of a platform `example` wants, with more sections.
pub(in crate::cloud) fn desired(more: &Value) -> Desired {
    let mut values = json!({
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
    });
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let values: Values = serde_json::from_value(values).unwrap();
    Desired::of(&values, &EnvironmentName::parse("dev").unwrap(), &|_| None)
}

/// A project of the environment with these members, whose description says `more`.
pub(in crate::cloud) fn observed(members: &[&str], more: &str) -> crate::cloud::Observed {
    let description = format!("managed-by:supercargo env:dev{more}");
    let project = Project { id: "p".into(), name: "example-dev".into(), description, ..Project::default() };
    let member = |urn: &&str| Member { urn: (*urn).to_owned(), status: "ok".into() };
    crate::cloud::Observed {
        projects: vec![project],
        members: members.iter().map(member).collect(),
        ..crate::cloud::Observed::default()
    }
}

pub(in crate::cloud) fn wishes(goal: Goal, kinds: &[&str]) -> Wishes {
    let targets = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    Wishes { goal, targets, prune: false, delete_data: false }
}

/// The plan about some kinds alone.
pub(in crate::cloud) fn plan_of(
    desired: &Desired,
    observed: &crate::cloud::Observed,
    wishes: &Wishes,
) -> Result<Plan<Operation>, Diagnostics> {
    let mut plan = crate::cloud::plan(desired, observed, wishes)?;
    let is_meant = |address: &Address| wishes.targets.iter().any(|kind| kind == address.kind());
    plan.steps.retain(|step| is_meant(&step.address));
    plan.reports.retain(|report| is_meant(&report.address));
    Ok(plan)
}

/// What a plan does and says, a line each.
pub(in crate::cloud) fn lines(plan: &Result<Plan<Operation>, Diagnostics>) -> Vec<String> {
    match plan {
        Ok(plan) => {
            let steps = plan.steps.iter().map(|step| format!("{:?} {}", step.action, step.address));
            let reports = plan.reports.iter().map(|report| format!("{} {}", report.address, report.message));
            steps.chain(reports).collect()
        }
        Err(findings) => findings.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect(),
    }
}

const URN: &str = "do:space:example-dev-loki";

fn bucket(more: &Value) -> Desired {
    let mut bucket = json!({ "name": "example-dev-loki", "region": "fra1" });
    bucket.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    desired(&json!({ "storage": { "buckets": { "loki": bucket } } }))
}

pub(in crate::cloud) fn there(is_empty: bool) -> State {
    State::There(There { present: Present { versioning: Versioning::Never, lifecycle: None, cors: None }, is_empty })
}

fn with(members: &[&str], more: &str, state: State) -> crate::cloud::Observed {
    let mut observed = observed(members, more);
    observed.buckets = Observed { buckets: Some(vec![state]) };
    observed
}

fn planned(desired: &Desired, observed: &crate::cloud::Observed) -> Result<Plan<Operation>, Diagnostics> {
    plan_of(desired, observed, &wishes(Goal::Apply, &["bucket"]))
}

#[test]
fn a_bucket_is_made_once_and_then_left_alone() {
    let wanted = bucket(&json!({ "versioning": true, "lifecycle": { "expireDays": 30 }, "cors": [] }));
    let plan = planned(&wanted, &with(&[], "", State::Absent)).unwrap();
    assert_eq!(lines(&Ok(plan.clone())), ["Create bucket.loki"]);
    let names: Vec<_> = plan.steps[0].attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!(names, ["name", "region", "versioning", "lifecycle"]);
    let rule = LifecycleRule { is_enabled: true, expiration_days: Some(30), ..LifecycleRule::default() };
    let present =
        Present { versioning: Versioning::Enabled, lifecycle: Some(Lifecycle { rules: vec![rule] }), cors: None };
    let done = State::There(There { present, is_empty: false });
    assert!(planned(&wanted, &with(&[URN], "", done)).unwrap().is_empty());
}

#[test]
fn a_bucket_without_the_project_is_not_ours() {
    let wanted = bucket(&json!({ "versioning": true }));
    let foreign = planned(&wanted, &with(&[], "", there(true)));
    let message = "the bucket `example-dev-loki` exists, and nothing says that it belongs to `dev`";
    assert_eq!(lines(&foreign), [format!("not-owned: {message}")]);
    // A project without the mark owns nothing, whatever is in it.
    let mut unmarked = with(&[URN], "", there(true));
    unmarked.projects[0].description = "by hand".into();
    assert_eq!(lines(&planned(&wanted, &unmarked)), [format!("not-owned: {message}")]);
    let taken = planned(&wanted, &with(&[], "", State::Taken));
    let message = "the bucket `example-dev-loki` belongs to another account, or the key may not use it";
    assert_eq!(lines(&taken), [format!("not-owned: {message}")]);
}

#[test]
fn what_a_run_has_begun_the_next_one_finishes() {
    let wanted = bucket(&json!({ "versioning": true }));
    let begun = format!(" creating:{URN}");
    for members in [&[][..], &[URN]] {
        let plan = planned(&wanted, &with(members, &begun, there(true))).unwrap();
        assert_eq!(lines(&Ok(plan.clone())), ["Update bucket.loki"]);
        assert!(matches!(
            &plan.steps[0].operation,
            Operation::Bucket(BucketOperation::Create { settings, .. }) if settings.versioning == Some(true)
        ));
    }
    assert_eq!(lines(&planned(&wanted, &with(&[], &begun, State::Absent))), ["Create bucket.loki"]);
}

#[test]
fn only_what_differs_is_set() {
    let wanted = bucket(&json!({ "versioning": true, "lifecycle": { "expireDays": 3 } }));
    let plan = planned(&wanted, &with(&[URN], "", there(false))).unwrap();
    assert_eq!(lines(&Ok(plan.clone())), ["Update bucket.loki"]);
    assert_eq!(plan.steps[0].attributes[0], Attribute::changed("versioning", false, true));
    assert_eq!(plan.steps[0].attributes[1].before, Shown::Absent);
    assert!(plan.steps[0].warnings[0].contains("are removed"), "{:?}", plan.steps[0].warnings);
}

#[test]
fn a_bucket_does_not_move_and_is_never_left_unsaid() {
    let wanted = bucket(&json!({}));
    let elsewhere = planned(&wanted, &with(&[URN], "", State::Absent));
    let message = "the bucket `example-dev-loki` is in the project, but not in the region `fra1`";
    assert_eq!(lines(&elsewhere), [format!("cannot-change: {message}")]);
    let more = planned(&wanted, &with(&[URN, "do:space:old", "do:domain:example.com"], "", there(true)));
    assert_eq!(lines(&more), ["bucket.old is in the project, and no value wants it"]);
}

#[test]
fn without_keys_a_plan_that_wants_buckets_says_so() {
    let wanted = bucket(&json!({}));
    let blind = lines(&planned(&wanted, &observed(&[], "")));
    assert_eq!(blind, ["plaintext: there are no keys to look for the bucket `example-dev-loki`"]);
    // Nothing to destroy without a bucket in the project.
    let destroy = wishes(Goal::Destroy, &["bucket"]);
    assert!(plan_of(&wanted, &observed(&[], ""), &destroy).unwrap().is_empty());
    assert_eq!(lines(&plan_of(&wanted, &observed(&[URN], ""), &destroy)).len(), 1);
}

#[test]
fn data_goes_only_where_somebody_says_so() {
    let wanted = bucket(&json!({}));
    let mut destroy = wishes(Goal::Destroy, &["bucket"]);
    let plan = |observed, wishes: &Wishes| plan_of(&wanted, &observed, wishes).unwrap();
    let empty = plan(with(&[URN], "", there(true)), &destroy);
    assert_eq!((lines(&Ok(empty.clone())), empty.steps[0].needs.len()), (vec!["Delete bucket.loki".to_owned()], 0));
    let full = || with(&[URN], "", there(false));
    assert_eq!(lines(&Ok(plan(full(), &destroy))), ["bucket.loki is not empty, and stays"]);
    let foreign = plan(with(&[], "", there(true)), &destroy);
    assert_eq!(lines(&Ok(foreign)), ["bucket.loki is not in the project, and stays"]);
    destroy.delete_data = true;
    let plan = plan(full(), &destroy);
    assert_eq!(lines(&Ok(plan.clone())), ["Delete bucket.loki"]);
    assert!(plan.steps[0].needs.contains(&Need::DeleteData) && plan.steps[0].warnings.len() == 1);
}

#[test]
fn adopting_puts_a_bucket_into_the_project_and_changes_nothing_else() {
    let wanted = bucket(&json!({ "versioning": true }));
    let adopt = wishes(Goal::Adopt(vec![Address::new("bucket", "loki")]), &["bucket"]);
    let plan = |observed| lines(&plan_of(&wanted, &observed, &adopt));
    assert_eq!(plan(with(&[], "", there(false))), ["Adopt bucket.loki"]);
    assert_eq!(plan(with(&[URN], "", there(false))), ["bucket.loki belongs to the environment already"]);
    assert_eq!(plan(with(&[], "", State::Absent)), ["unknown-place: there is no `bucket.loki` that could be adopted"]);
    let mut nowhere = with(&[], "", there(false));
    nowhere.projects.clear();
    let refusal = "not-owned: there is no project `example-dev` that `bucket.loki` could be put into";
    assert_eq!(plan(nowhere), [refusal]);
}

#[test]
fn outputs_tell_of_buckets_that_are_ours() {
    let wanted = bucket(&json!({}));
    let told = |observed: &crate::cloud::Observed| crate::cloud::outputs(&wanted, observed).buckets;
    let ours = told(&with(&[URN], "", there(true)));
    assert_eq!(ours.values().next().unwrap().host.as_str(), "fra1.digitaloceanspaces.com");
    assert!(told(&with(&[], "", there(true))).is_empty());
}
