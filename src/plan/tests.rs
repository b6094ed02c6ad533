//! Plans of nothing in particular: cut down, shown, stored, carried out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::*;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A plan with a step of every action, whose operations are numbers.
fn plan() -> Plan<u32> {
    let mut plan = Plan::new("dev");
    let step = |text: &str, action, operation| Step::new(address(text), action, operation);
    plan.steps = vec![
        step("cluster.a", Action::Create, 1).with([
            Attribute::new("region", "fra1"),
            Attribute::new("endpoint", Shown::Later),
            Attribute::new("token", Shown::Secret),
        ]),
        step("node_pool.tools", Action::Replace, 2)
            .because("its size can't change in place")
            .with([Attribute::changed("size", "s-1", "s-2").forcing_replacement()])
            .warning("its pods move")
            .needing(Need::Replace)
            .after([address("cluster.a")]),
        step("domain.example.com", Action::Update, 3).with([
            Attribute::changed("ttl", 300, 1800),
            Attribute::changed("note", "x", Shown::Absent),
            Attribute::changed("tags", json!(["a"]), json!(["a"])),
        ]),
        step("bucket.b", Action::Delete, 4),
        step("project.p", Action::Adopt, 5),
    ];
    let message = "has 7 nodes, more than `max: 4`".to_owned();
    plan.reports = vec![Report { address: address("node_pool.tools"), message, help: "raise `max`".to_owned() }];
    plan
}

/// Hears everything, never sleeps, and asks for an end after some pauses.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<String>>,
    waited: Mutex<Duration>,
    ends_after: Option<Duration>,
}

impl Watch for Listener {
    fn event(&self, event: &Event<'_>) {
        self.heard.lock().unwrap().push(event.to_json().to_string());
    }

    fn pause(&self, duration: Duration) {
        *self.waited.lock().unwrap() += duration;
    }

    fn is_interrupted(&self) -> bool {
        self.ends_after.is_some_and(|after| *self.waited.lock().unwrap() >= after)
    }
}

#[test]
fn addresses_are_a_kind_and_a_name() {
    for good in ["cluster.a", "node_pool.tools", "domain.www.example.com", "record.A.@"] {
        assert_eq!(address(good).to_string(), good);
    }
    assert_eq!((address("domain.a.b").kind(), address("domain.a.b").name()), ("domain", "a.b"));
    for bad in ["", "cluster", "cluster.", ".a", "Cluster.a", "a b.c"] {
        assert!(Address::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_plan_is_shown_in_the_signs_of_terraform() {
    insta::assert_snapshot!(plan().to_text(false), @r#"
      # cluster.a will be created
      + cluster "a" {
          + region   = "fra1"
          + endpoint = (known after apply)
          + token    = (sensitive value)
        }

      # node_pool.tools must be replaced (its size can't change in place)
    +/- node_pool "tools" {
          ~ size = "s-1" -> "s-2" # forces replacement
        }
        ! its pods move
        ! happens only with `--replace`

      # domain.example.com will be updated in-place
      ~ domain "example.com" {
          ~ ttl  = 300 -> 1800
          - note = "x" -> null
            tags = ["a"]
        }

      # bucket.b will be destroyed
      - bucket "b" {}

      # project.p will be adopted
      > project "p" {}

    Seen, and left as it is:
      * node_pool.tools: has 7 nodes, more than `max: 4`
          raise `max`

    Plan: 2 to add, 1 to change, 2 to destroy, 1 to adopt.
    "#);
    assert!(plan().to_text(true).contains("\u{1b}["));
    let nothing: Plan<u32> = Plan::new("dev");
    assert_eq!(nothing.to_text(false), "No changes. There is nothing to do.\n");
}

#[test]
fn machines_find_both_sides_of_a_change_and_no_secret() {
    let document = plan().to_json();
    let change = |index: usize| &document["resource_changes"][index]["change"];
    assert_eq!(change(0)["before"], json!(null));
    assert_eq!(change(0)["after"], json!({ "region": "fra1" }));
    assert_eq!(change(0)["after_unknown"], json!({ "endpoint": true }));
    assert_eq!(change(0)["after_sensitive"], json!({ "token": true }));
    assert_eq!(change(1)["actions"], json!(["create", "delete"]));
    assert_eq!(change(1)["replace_paths"], json!([["size"]]));
    assert_eq!(change(3)["after"], json!(null));
    assert_eq!(document["summary"], json!({ "add": 2, "change": 1, "remove": 2, "adopt": 1 }));
}

#[test]
fn targets_bring_what_they_come_after() {
    let steps = |targets: &[&str]| {
        let targets: Vec<_> = targets.iter().map(|&target| target.to_owned()).collect();
        let (plan, unmatched) = plan().only(&targets);
        let steps: Vec<_> = plan.steps.iter().map(|step| step.operation).collect();
        (steps, unmatched)
    };
    assert_eq!(steps(&[]), (vec![1, 2, 3, 4, 5], vec![]));
    assert_eq!(steps(&["node_pool.tools"]), (vec![1, 2], vec![]));
    assert_eq!(steps(&["bucket"]), (vec![4], vec![]));
    assert_eq!(steps(&["bucket.other", "domain.example.com"]), (vec![3], vec!["bucket.other".to_owned()]));
}

#[test]
fn permissions_are_asked_for_step_by_step() {
    let plan = plan();
    let unmet = plan.unmet(&BTreeSet::new());
    assert_eq!(unmet.len(), 1);
    assert_eq!((unmet[0].0.operation, &unmet[0].1[..]), (2, &[Need::Replace][..]));
    assert!(plan.unmet(&BTreeSet::from([Need::Replace])).is_empty());
}

#[test]
fn a_saved_plan_is_used_as_it_was_or_not_at_all() {
    let saved = Saved::new(plan(), json!({ "targets": [] }));
    let text = saved.to_text().unwrap();
    let read: Saved<u32, serde_json::Value> = Saved::parse(&text).unwrap();
    assert_eq!(read, saved);
    assert!(read.check(&plan()).is_ok());
    // What was only seen may differ; what would be done may not.
    let mut later = plan();
    later.reports.clear();
    assert!(read.check(&later).is_ok());
    later.steps[2].attributes[0].before = 600.into();
    assert!(matches!(read.check(&later), Err(SavedError::Stale)));
    let other = text.replace(crate::VERSION, "0.0.1");
    let parse = |text: &str| Saved::<u32, serde_json::Value>::parse(text);
    assert!(matches!(parse(&other), Err(SavedError::OtherProgram(version)) if version == "0.0.1"));
    assert!(matches!(parse("{}"), Err(SavedError::Unreadable(_))));
}

#[test]
fn the_first_failure_ends_a_run() {
    let listener = Listener::default();
    let stopped = run(&plan(), &listener, |step, _| match step.operation {
        3 => Err("no"),
        number => Ok(Outcome { id: Some(number.to_string()) }),
    });
    let Err(Stopped::Failed { address, done, source: "no" }) = stopped else { panic!("{stopped:?}") };
    assert_eq!(address.to_string(), "domain.example.com");
    assert_eq!(done.applied(), "2 added, 0 changed, 1 destroyed");
    let heard = listener.heard.lock().unwrap();
    let kinds: Vec<_> = heard.iter().map(|line| line.split('"').nth(3).unwrap()).collect();
    assert_eq!(
        kinds,
        ["apply_start", "apply_complete", "apply_start", "apply_complete", "apply_start", "apply_errored"]
    );
}

#[test]
fn waiting_speaks_up_every_ten_seconds_and_ends() {
    let (listener, place) = (Listener::default(), address("cluster.a"));
    let progress = Progress::new(&place, Action::Create, &listener);
    let mut looks = 0;
    let found = progress.wait(Patience::seconds(4, 60), || {
        looks += 1;
        Ok::<_, ()>(if looks > 6 { Look::Ready(looks) } else { Look::NotYet("provisioning".to_owned()) })
    });
    assert!(matches!(found, Ok(7)));
    assert_eq!(progress.elapsed(), Duration::from_secs(24));
    assert_eq!(listener.heard.lock().unwrap().len(), 2);
    let late = progress.wait::<(), ()>(Patience::seconds(5, 10), || Ok(Look::NotYet("provisioning".to_owned())));
    let Err(WaitError::TooLong(late)) = late else { panic!("{late:?}") };
    assert_eq!(late.to_string(), "it took longer than 10 s: provisioning");
}

#[test]
fn somebody_may_end_a_run_between_steps_and_in_a_wait() {
    let listener = Listener { ends_after: Some(Duration::from_secs(3)), ..Listener::default() };
    let stopped = run(&plan(), &listener, |step, progress| {
        progress.pause(Duration::from_secs(2), "it");
        Ok::<_, ()>(Outcome { id: Some(step.operation.to_string()) })
    });
    assert!(matches!(stopped, Err(Stopped::Interrupted { left: 3, .. })), "{stopped:?}");
    let place = address("cluster.a");
    let progress = Progress::new(&place, Action::Create, &listener);
    let ended = progress.wait::<(), ()>(Patience::seconds(1, 9), || Ok(Look::NotYet(String::new())));
    assert!(matches!(ended, Err(WaitError::Interrupted)));
}
