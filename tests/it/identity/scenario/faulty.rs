//! A fault at every call, and the command killed at every call: the next run ends where an undisturbed one does.
//!
//! A [`Story`] is a tenant, values and a command. It is told once without a fault, which says what calls there are and
//! where it ends. Then each call fails in each way, in a tenant of its own, and the work is finished by one more run; what
//! is there in the end has to be the same, and a third run has to find nothing to do.

use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::json;

use super::stage::{SEALED, Stage, Start, is_write};
use crate::identity::faults::Fault;
use crate::runs::{difference, every, side_by_side};

/// Every how many cases one is taken where not all are.
///
/// No number of faults is a multiple of it, so that all of them are among those taken.
const SAMPLE: usize = 61;

const APPLY: &[&str] = &["apply", "--auto-approve"];
const PRUNE: &[&str] = &["apply", "--auto-approve", "--prune"];
const ROTATE: &[&str] = &["rotate", "shop", "--auto-approve"];
const DESTROY: &[&str] = &["destroy", "--auto-approve", "--confirm", "dev"];

/// What is to be done with which tenant.
struct Story {
    name: &'static str,
    start: Start,
    arguments: &'static [&'static str],
    /// What finishes the work that was broken off.
    finish: &'static [&'static str],
    /// The portrait of the end.
    end: String,
    /// Whether each call writes.
    calls: Vec<bool>,
}

/// One call of a story that goes wrong.
#[derive(Clone, Copy)]
struct Case<'s> {
    story: &'s Story,
    call: usize,
    fault: Fault,
}

/// Every story, told once.
fn stories() -> Vec<Story> {
    let applied = Stage::applied;
    let host = applied()
        .with("host: grafana", "host: dashboards")
        .with("callback: /callback", "callback: /login")
        .with("support: [two@example.com]", "support: [two@example.com, three@example.com]")
        .with("connections: [staff]", "connections: [staff, Username-Password-Authentication]");
    let edited = applied().with_world(|world| {
        let action = world.actions.iter_mut().find(|action| action.name == "example-dev-groups").unwrap();
        let edited = format!("{} // edited", action.draft["code"].as_str().unwrap());
        action.draft.insert("code".to_owned(), json!(edited));
        action.deployed = Some((7, action.draft.clone()));
        world.bindings.retain(|binding| binding.display_name != "example-dev-groups");
    });
    let unsealed = applied();
    unsealed.scene.remove(SEALED);
    // Whoever may not read secrets has to make new ones.
    let blinded = |stage: Stage| {
        stage.with_world(|world| {
            world.grants.values_mut().for_each(|scopes| scopes.retain(|scope| scope != "read:client_keys"));
        })
    };
    let blind = blinded(applied());
    blind.scene.remove(SEALED);
    let fewer = applied().with("    shop: {host: shop, callback: /callback, secret: shop/oidc}\n", "    {}\n");
    vec![
        Story::told("an empty tenant", &Stage::new(), APPLY, APPLY),
        Story::told("an empty tenant whose secrets are not readable", &blinded(Stage::new()), APPLY, APPLY),
        Story::told("nothing to do", &applied(), APPLY, APPLY),
        Story::told("a changed host", &host, APPLY, APPLY),
        Story::told("an edited action", &edited, APPLY, APPLY),
        Story::told("nothing sealed", &unsealed, APPLY, APPLY),
        Story::told("nothing sealed nor readable", &blind, APPLY, APPLY),
        Story::told("a client less", &fewer, PRUNE, PRUNE),
        Story::told("a rotation", &applied(), ROTATE, APPLY),
        Story::told("a rotation without reading", &blinded(applied()), ROTATE, APPLY),
        Story::told("a destruction", &applied(), DESTROY, DESTROY),
    ]
}

impl Story {
    fn told(
        name: &'static str,
        stage: &Stage,
        arguments: &'static [&'static str],
        finish: &'static [&'static str],
    ) -> Self {
        let start = stage.start();
        let ran = stage.run(arguments).succeeds();
        let calls = ran.calls.iter().map(|line| is_write(line)).collect();
        let end = stage.portrait();
        assert_eq!(stage.run(finish).succeeds().writes(), [""; 0], "{name}");
        assert_eq!(stage.portrait(), end, "{name}");
        Self { name, start, arguments, finish, end, calls }
    }

    fn cases(&self) -> Vec<Case<'_>> {
        let of = |(call, writes): (usize, &bool)| {
            kinds(*writes).into_iter().map(move |fault| Case { story: self, call, fault })
        };
        self.calls.iter().enumerate().flat_map(of).collect()
    }
}

/// How a call can go wrong. Whether the tenant has acted makes no difference where it is only looked at.
fn kinds(writes: bool) -> Vec<Fault> {
    let twins = [Fault::AnswerLost, Fault::ErrorAfter, Fault::KillAfter];
    let all = Fault::SURVIVED.into_iter().chain([Fault::Interrupt, Fault::KillBefore, Fault::KillAfter]);
    all.filter(|kind| writes || !twins.contains(kind)).collect()
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, call {}, {:?}", self.story.name, self.call, self.fault)
    }
}

impl Case<'_> {
    fn is_kill(&self) -> bool {
        matches!(self.fault, Fault::KillBefore | Fault::KillAfter)
    }

    /// Tells the story with the fault, and then to its end.
    fn tell(&self, runs: &AtomicUsize) {
        let story = self.story;
        let run = |stage: &Stage, arguments: &[&str]| {
            runs.fetch_add(1, Ordering::Relaxed);
            stage.run(arguments)
        };
        // A tenant of its own, in which this one call fails.
        let stage = Stage::from(story.start.clone());
        stage.tenant.faults().at(self.call, self.fault);
        let first = run(&stage, story.arguments);
        assert!(stage.tenant.faults().calls() > self.call, "the call never came");
        let how = first.run.status;
        match self.fault {
            Fault::KillBefore | Fault::KillAfter => assert_eq!(how, None, "{}", first.run),
            // Whoever only looks yet ends at once.
            Fault::Interrupt => assert!(matches!(how, None | Some(0 | 2)), "{}", first.run),
            _ => assert!(matches!(how, Some(0 | 2)), "{}", first.run),
        }
        if how != Some(0) {
            let next = run(&stage, story.finish);
            assert_eq!(next.run.status, Some(0), "the first run: {}\nthe next one: {}", first.run, next.run);
        }
        let last = run(&stage, story.finish).succeeds();
        assert_eq!(last.writes(), [""; 0], "the last run still does something: {}", last.run);
        let end = stage.portrait();
        assert!(end == story.end, "{}\n{}", first.run, difference(&story.end, &end));
    }
}

/// Tells every `nth` case of all stories, and returns how many there were. `SUPERCARGO_FAULT` leaves only those of which
/// it is a part of the name, for whoever looks for a mistake.
fn tell(stories: &[Story], nth: usize) -> usize {
    let begin = Instant::now();
    let all: Vec<_> = stories.iter().flat_map(Story::cases).collect();
    let only = std::env::var("SUPERCARGO_FAULT").unwrap_or_default();
    let chosen = all.iter().skip(nth / 2).step_by(nth).filter(|case| case.to_string().contains(&only));
    let chosen: Vec<_> = chosen.copied().collect();
    let runs = AtomicUsize::new(0);
    let kills = chosen.iter().filter(|case| case.is_kill()).count();
    let calls: usize = stories.iter().map(|story| story.calls.len()).sum();
    side_by_side(&chosen, |case| case.tell(&runs));
    // Past the test harness, which would keep it to itself.
    let _ = writeln!(
        std::io::stderr(),
        "\n{} stories with {calls} calls: {} of {} cases, {kills} of them kills, {} runs in {:.1} s",
        stories.len(),
        chosen.len(),
        all.len(),
        runs.into_inner(),
        begin.elapsed().as_secs_f64()
    );
    chosen.len()
}

#[test]
fn a_run_after_a_fault_ends_where_an_undisturbed_one_does() {
    let count = tell(&stories(), SAMPLE);
    assert!(count >= 40, "{count}");
}

#[test]
#[ignore = "takes minutes: `just faults`"]
fn every_call_fails_in_every_way() {
    let every = every();
    let count = tell(&stories(), every);
    assert!(count >= 2500 / every || std::env::var_os("SUPERCARGO_FAULT").is_some(), "{count}");
}
