//! A fault at every call, and the command killed at every call: the next run ends where an undisturbed one does.
//!
//! A [`Story`] is a world, values and a command. It is told once without a fault, which says what calls there are and
//! where it ends. Then each call fails in each way, in a world of its own, and the command is run once more; what is
//! there in the end has to be the same, and a third run has to find nothing to do.

use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::stage::{Stage, Start, is_write};
use crate::cloud::fake::{Fault, Kind, World};
use crate::runs::{difference, every, side_by_side};

/// Every how many cases one is taken where not all are.
const SAMPLE: usize = 61;

/// What is to be done in which world.
struct Story {
    name: &'static str,
    start: Start,
    arguments: &'static [&'static str],
    /// The portraits of the beginning and of the end.
    begin: String,
    end: String,
    /// Each call, and whether it writes. Those that only look may come in another order.
    calls: Vec<(String, bool)>,
}

/// One call of a story that goes wrong.
#[derive(Clone, Copy)]
struct Case<'s> {
    story: &'s Story,
    call: usize,
    kind: Kind,
}

const APPLY: &[&str] = &["apply", "--env", "dev", "--auto-approve"];

const REPLACE: &[&str] = &["apply", "--env", "dev", "--auto-approve", "--replace"];
const PRUNE: &[&str] = &["apply", "--env", "dev", "--auto-approve", "--prune"];
const DESTROY: &[&str] = &["destroy", "--env", "dev", "--auto-approve", "--confirm", "dev"];
const DELETE_DATA: &[&str] = &["destroy", "--env", "dev", "--auto-approve", "--confirm", "dev", "--delete-data"];
const ADOPT: &[&str] = &[
    "adopt",
    "--env",
    "dev",
    "--auto-approve",
    "project.example-dev",
    "vpc.example-dev",
    "cluster.example-dev",
    "node_pool.base",
    "node_pool.tools",
    "node_pool.workloads",
];

/// Every story, told once.
fn stories() -> Vec<Story> {
    let applied = Stage::applied;
    let late = |world: &mut World| world.durations.lag = 30;
    let changes = applied()
        .with("base: {size: s-2vcpu-4gb, min: 1, max: 2}", "base: {size: s-2vcpu-4gb, min: 2, max: 3}")
        .with(", labels: {tier: inner}", "")
        .with("tags: [platform]", "tags: [platform, blue]")
        .with("registryAccess: true", "registryAccess: false\n  maintenance: {day: sunday, start: \"04:00\"}")
        .with("lifecycle: {expireDays: 90}", "lifecycle: {expireDays: 30}\n      versioning: true")
        .with("permission: read}", "permission: readwrite}")
        .with("{type: A, name: www, value: 192.0.2.2}", "{type: A, name: www, value: 192.0.2.3}")
        .with("value: v=spf1 -all}", "value: v=spf1 mx -all, ttl: 600}")
        .with(
            "{type: CNAME, name: docs, value: docs.example.net}",
            "{type: CNAME, name: docs, value: pages.example.net}",
        );
    let upgrade = applied().with_world(|world| "1.35.4-do.0".clone_into(&mut world.ours().version));
    let replacement = applied().with("tools: {size: s-2vcpu-4gb", "tools: {size: s-4vcpu-8gb");
    let leftovers = applied()
        .with("    workloads: {size: s-2vcpu-4gb, min: 2, max: 2, dedicated: true}\n", "")
        .with("      keys: {shipper: {secret: loki/shipper, permission: read}}\n", "")
        .with("    - {type: CNAME, name: docs, value: docs.example.net}\n", "");
    let unsealed = applied();
    unsealed.scene.remove(super::stage::SEALED);
    let unmarked = applied().with_world(|world| {
        let cluster = world.ours();
        cluster.tags.retain(|tag| tag == "platform");
        cluster.pools.iter_mut().for_each(|pool| pool.tags.clear());
        world.projects.iter_mut().filter(|it| it.name == "example-dev").for_each(|it| it.description.clear());
        world.vpcs.iter_mut().filter(|it| it.name == "example-dev").for_each(|it| it.description.clear());
    });
    let full = || applied().with_world(World::fill);
    vec![
        Story::told("creation", &Stage::new(), APPLY),
        Story::told("creation with late lists", &Stage::new().with_world(late), APPLY),
        Story::told("nothing to do", &applied(), APPLY),
        Story::told("changes", &changes, APPLY),
        Story::told("upgrade", &upgrade, APPLY),
        Story::told("replacement", &replacement, REPLACE),
        Story::told("leftovers", &leftovers, PRUNE),
        Story::told("unsealed keys", &unsealed, APPLY),
        Story::told("adoption", &unmarked, ADOPT),
        Story::told("destruction", &full(), DESTROY),
        Story::told("destruction with data", &full(), DELETE_DATA),
    ]
}

impl Story {
    fn told(name: &'static str, stage: &Stage, arguments: &'static [&'static str]) -> Self {
        let start = stage.start();
        let before = stage.portrait();
        let ran = stage.run(arguments).succeeds();
        let calls = ran.calls().into_iter().zip(ran.exchanges.iter().map(is_write)).collect();
        assert_eq!(stage.run(arguments).succeeds().writes(), [""; 0], "{name}");
        stage.settle();
        Self { name, start, arguments, begin: before, end: stage.portrait(), calls }
    }

    fn cases(&self) -> Vec<Case<'_>> {
        let of = |(index, (_, writes)): (usize, &(String, bool))| {
            let call = index + 1;
            kinds(call, *writes).into_iter().map(move |kind| Case { story: self, call, kind })
        };
        self.calls.iter().enumerate().flat_map(of).collect()
    }
}

/// How the call number `call` goes wrong.
///
/// One that writes goes wrong in every way. One that only looks does not care whether the service has acted, and what
/// passes is the client's business, which asks again by itself: each look meets one way of that kind, another one than the
/// look before, and all of them where `SUPERCARGO_EVERY_KIND` is set.
fn kinds(call: usize, writes: bool) -> Vec<Kind> {
    let passing = [
        Kind::CutBefore,
        Kind::CutBody,
        Kind::TooMany { retry_after: Some(1) },
        Kind::TooMany { retry_after: None },
        Kind::FailedBefore,
        Kind::BadGateway,
        Kind::HangBefore,
    ];
    let passing = match (writes, std::env::var_os("SUPERCARGO_EVERY_KIND")) {
        (true, _) => {
            let hard = [Kind::HangBefore, Kind::HangAfter, Kind::KillBefore, Kind::KillAfter];
            return Kind::SURVIVABLE.into_iter().chain(hard).collect();
        }
        (false, Some(_)) => &passing[..],
        (false, None) => &passing[call % passing.len()..][..1],
    };
    [passing, &[Kind::Malformed, Kind::KillBefore]].concat()
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, writes) = &self.story.calls[self.call - 1];
        let line = if *writes { line } else { "a look" };
        write!(f, "{}, call {}: {line}, {:?}", self.story.name, self.call, self.kind)
    }
}

impl Case<'_> {
    fn is_kill(self) -> bool {
        matches!(self.kind, Kind::KillBefore | Kind::KillAfter)
    }

    /// Tells the story with the fault, and then to its end.
    fn tell(self, runs: &AtomicUsize, is_thorough: bool) {
        let story = self.story;
        let run = |stage: &Stage| {
            runs.fetch_add(1, Ordering::Relaxed);
            // What is traced is searched for secrets as well.
            stage.run(&[story.arguments, &["--verbose"]].concat())
        };
        let stage = Stage::from(story.start.clone());
        stage.cloud.fault(Fault::at(self.call, self.kind));
        let first = run(&stage);
        assert!(stage.cloud.faults_left().is_empty(), "the call never came");
        let how = first.run.status;
        if self.is_kill() {
            assert_eq!(how, None, "{}", first.run);
        } else {
            assert!(matches!(how, Some(0 | 2)), "{}", first.run);
        }
        // A failure that left everything as it was is the beginning of the story, and its end is known.
        if how == Some(2) && stage.portrait() == story.begin {
            return;
        }
        if how != Some(0) {
            let next = run(&stage);
            let seen =
                format!("the first run: {}{}\nthe next one: {}{}", first.run, first.sent(), next.run, next.sent());
            assert_eq!(next.run.status, Some(0), "{seen}");
        }
        if is_thorough {
            let last = run(&stage);
            assert_eq!(
                (last.run.status, last.writes()),
                (Some(0), Vec::new()),
                "the last run still does something: {}",
                last.run
            );
        }
        // What is the same has nothing left to be done: that was seen when the story was told.
        stage.settle();
        let end = stage.portrait();
        assert!(end == story.end, "{}\n{}{}", difference(&story.end, &end), first.run, first.sent());
    }
}

/// Tells every `nth` case of all stories, or those of them whose names have what `SUPERCARGO_FAULT` says, and returns how
/// many there were.
fn tell(stories: &[Story], nth: usize) -> usize {
    let begin = Instant::now();
    let all: Vec<_> = stories.iter().flat_map(Story::cases).collect();
    let only = std::env::var("SUPERCARGO_FAULT").unwrap_or_default();
    let chosen: Vec<_> =
        all.iter().enumerate().filter(|(index, _)| index % nth == nth / 2).map(|(_, case)| *case).collect();
    let chosen: Vec<_> = chosen.into_iter().filter(|case| case.to_string().contains(&only)).collect();
    let runs = AtomicUsize::new(0);
    side_by_side(&chosen, |case| case.tell(&runs, nth > 1));
    let kills = chosen.iter().filter(|case| case.is_kill()).count();
    let (count, runs) = (chosen.len(), runs.into_inner());
    let calls: usize = stories.iter().map(|story| story.calls.len()).sum();
    // Past the test harness, which would keep it to itself.
    let _ = writeln!(
        std::io::stderr(),
        "\n{} stories with {calls} calls: {count} of {} cases, {kills} of them kills, {runs} runs in {:.1} s",
        stories.len(),
        all.len(),
        begin.elapsed().as_secs_f64()
    );
    count
}

#[test]
fn a_run_after_a_fault_ends_where_an_undisturbed_one_does() {
    let count = tell(&stories(), SAMPLE);
    assert!(count >= 40, "only {count} cases");
}

#[test]
#[ignore = "takes minutes: `just faults`"]
fn every_call_fails_in_every_way() {
    let every = every();
    let count = tell(&stories(), every);
    let is_whole = std::env::var_os("SUPERCARGO_FAULT").is_none();
    assert!(count >= 2700 / every || !is_whole, "only {count} cases");
}
