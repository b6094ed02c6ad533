//! Killed or interrupted at any moment: every file is whole, and one more render gives exactly the right tree.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Entry, Scene, Tree};

/// How often a render is killed.
const KILLS: u32 = 200;

/// Numbers that look random and are the same in each run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A moment before `end`.
    fn before(&mut self, end: Duration) -> Duration {
        let micros = u64::try_from(end.as_micros()).unwrap().max(1);
        Duration::from_micros(self.next() % micros)
    }
}

/// A project of a few hundred files, all of which depend on `platform.name`. With the name `b` some files are other
/// ones, and one is a folder where `a` has a file.
fn project() -> Scene {
    let charts = (0..16).map(|n| {
        format!(
            "  c{n}: {{repository: \"https://charts.example.com\", chart: c{n}, version: 1.0.0, namespace: c{n}}}\n"
        )
    });
    let scene = Scene::new().and("values/dev.yaml", &("charts:\n".to_owned() + &charts.collect::<String>()));
    let page = "name: {{ platform.name }}\nchart: {{ chart.name }}\nlines:\n{% for n in range(40) %}\n  - {{ platform.name }}\n{% endfor %}\n";
    for n in 0..12 {
        scene.write(&format!("templates/{{chart}}/{}/{n}.yaml.j2", n % 3), page);
    }
    for (name, wanted) in
        [("only-a/{chart}", "a"), ("only/b/{chart}", "b"), ("turn/{chart}.yaml", "a"), ("turn/{chart}.yaml/x", "b")]
    {
        let text = format!("{{% if platform.name == '{wanted}' %}}\nname: {{{{ platform.name }}}}\n{{% endif %}}\n");
        scene.write(&format!("templates/{name}.yaml.j2").replace(".yaml.yaml", ".yaml"), text);
    }
    scene
}

/// The tree of one set of values, rendered where nothing disturbs it, and how long that took.
fn tree_of(name: &str) -> (Tree, Duration) {
    let scene = project();
    let begin = Instant::now();
    scene.render(&arguments(name)).succeeds();
    (scene.out(), begin.elapsed())
}

fn arguments(name: &str) -> [&str; 5] {
    let set = if name == "a" { "platform.name=a" } else { "platform.name=b" };
    ["--env", "dev", "--quiet", "--set", set]
}

fn start(scene: &Scene, name: &str) -> Child {
    let mut command: Command = scene.command(&arguments(name));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The names of the locks of unfinished renders.
fn pending(scene: &Scene) -> usize {
    let names = fs::read_dir(scene.path("out/dev/.render-work")).into_iter().flatten().filter_map(Result::ok);
    names.filter(|entry| entry.file_name().to_string_lossy().starts_with("pending-")).count()
}

/// Every file is one that one of the two trees has, and those that both have are there.
#[track_caller]
fn assert_whole(out: &Tree, a: &Tree, b: &Tree) {
    for (path, entry) in out.iter().filter(|(path, _)| !path.contains(".render-work")) {
        let known = [a, b].iter().any(|tree| tree.get(path) == Some(entry));
        // A folder may be left where the other tree has a file.
        let folder = *entry == Entry::Folder && [a, b].iter().any(|tree| tree.contains_key(path));
        assert!(known || folder, "{path} is neither old nor new: {entry:?}");
    }
    for path in a.keys().filter(|path| b.contains_key(*path)) {
        let turned = path.starts_with("dev/turn/");
        assert!(turned || out.contains_key(path), "{path} is lost");
    }
}

#[test]
fn killed_at_any_moment() {
    let (a, b) = (&tree_of("a"), &tree_of("b"));
    assert!(a.0.len() > 250 && a.0 != b.0);
    // Two projects at a time, since a kill is mostly waited for.
    let writes: u32 = std::thread::scope(|scope| {
        let seeds = [0x5eed, 0xf00d].map(|seed| scope.spawn(move || kill_over_and_over(Random(seed), KILLS / 2, a, b)));
        seeds.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(writes > KILLS / 10, "only {writes} of {KILLS} kills fell into a write");
}

/// Kills renders of two trees in turn and looks at what is left; returns how many kills fell into a write.
fn kill_over_and_over(mut random: Random, kills: u32, (a, time): &(Tree, Duration), (b, _): &(Tree, Duration)) -> u32 {
    let scene = project();
    scene.render(&arguments("a")).succeeds();
    let mut writes = 0;
    for round in 0..kills {
        let name = if round.is_multiple_of(2) { "b" } else { "a" };
        let before = pending(&scene);
        let mut child = start(&scene, name);
        if round % 4 < 2 {
            std::thread::sleep(random.before(*time));
        } else {
            // A render computes longer than it writes: half of the kills wait until it has begun to.
            while pending(&scene) <= before && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(200));
            }
            std::thread::sleep(random.before(*time / 4));
        }
        // SIGKILL; the process may have ended already.
        let _ = child.kill();
        child.wait().unwrap();
        writes += u32::from(pending(&scene) > 0);
        assert_whole(&scene.out(), a, b);
        if (round + 1).is_multiple_of(20) {
            let (last, expected) = if random.next().is_multiple_of(2) { ("a", a) } else { ("b", b) };
            scene.render(&arguments(last)).succeeds();
            assert!(scene.out() == *expected, "after round {round}");
        }
    }
    for (name, expected) in [("a", a), ("b", b), ("a", a)] {
        scene.render(&arguments(name)).succeeds();
        assert!(scene.out() == *expected, "not the tree of {name}");
    }
    writes
}

#[test]
fn killed_in_its_first_run() {
    let (a, time) = tree_of("a");
    let mut random = Random(7);
    for _ in 0..10 {
        let scene = project();
        let mut child = start(&scene, "a");
        std::thread::sleep(random.before(time));
        let _ = child.kill();
        child.wait().unwrap();
        scene.render(&arguments("a")).succeeds();
        assert!(scene.out() == a);
    }
}

/// Sends SIGINT, as Ctrl-C does. The shell has the command built in.
fn interrupt(child: &Child) {
    let _ = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).stderr(Stdio::null()).status();
}

#[test]
fn interrupted_it_leaves_the_old_tree_or_the_new_one() {
    let ((a, time), (b, _)) = (tree_of("a"), tree_of("b"));
    let scene = project();
    scene.render(&arguments("a")).succeeds();
    let mut random = Random(11);
    let mut stopped = 0;
    for round in 0..24 {
        let (name, old, new) = if scene.out() == a { ("b", &a, &b) } else { ("a", &b, &a) };
        let child = scene.command(&arguments(name)).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(random.before(time));
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        let out = scene.out();
        match output.status.code() {
            Some(0) => assert!(out == *new, "round {round}: it said that it was done"),
            // Stopped before it wrote, or so early that nothing listened yet.
            Some(2) => {
                assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: interrupted; nothing was written\n");
                assert!(out == *old, "round {round}: it said that nothing was written");
                stopped += 1;
            }
            None => assert!(out == *old, "round {round}: it had not begun"),
            other => panic!("round {round}: exit {other:?}"),
        }
    }
    assert!(stopped > 0, "no interrupt fell between the start and the write");
    scene.render(&arguments("a")).succeeds();
    assert!(scene.out() == a);
}

#[test]
fn two_renders_at_once() {
    let ((a, _), (b, _)) = (tree_of("a"), tree_of("b"));
    let scene = project();
    for _ in 0..8 {
        let mut children = ["a", "b", "a", "b"].map(|name| start(&scene, name));
        let ended = children.each_mut().map(|child| child.wait().unwrap().code());
        assert!(ended.contains(&Some(0)), "{ended:?}");
        assert!(ended.iter().all(|code| matches!(code, Some(0 | 2))), "{ended:?}");
        let out = scene.out();
        assert!(out == a || out == b, "{ended:?}: the trees are mixed");
    }
    assert!(!Path::new(&scene.path("out/dev/.render-work")).exists());
}
