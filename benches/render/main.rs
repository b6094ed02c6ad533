//! How fast a render is, as ratios to plain work on the same files in the same run: `cargo bench --bench render`.
//!
//! Makes synthetic repositories in a folder of its own below `target/`, and compares the `render` program with `cp -r`,
//! with hashing the tree, and with `git status`; then it drives the library stage by stage. Subjects take turns, so
//! that what disturbs the machine for a while disturbs all of them, and the median of the repeats counts. A repository
//! with findings is no subject: the benchmark stops and shows them.
//!
//! ext4 punishes who creates many files right after removing many (ten times slower was seen), so each run that
//! creates files gets a fresh folder, and all folders are removed at the very end. That needs room: about 4 GB and
//! 900,000 inodes with five repeats.
//!
//! `cargo bench --bench render -- [--repeats N] [--only hook] [SIZE…]`, where `--only hook` leaves all out but what a
//! hook asks, and a size is `100x3`: applications by environments.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark talks to whoever runs it")]

mod measure;
mod project;
mod stages;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rayon::prelude::*;

use measure::{Sample, Samples, time};
use project::Size;
use stages::Stages;

/// The allocator of the `render` program, so that stages take here what they take there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why a benchmark could not go on; there is nobody to tell but a person.
type Failed = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("error: {failed}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failed> {
    let Some(Arguments { repeats, only_hook, sizes }) = Arguments::parse(std::env::args().skip(1))? else {
        return Ok(());
    };
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    for (number, size) in sizes.into_iter().enumerate() {
        let bench = Bench { folder: folder.path().join(number.to_string()), size, repeats, only_hook };
        bench.run()?;
    }
    eprintln!("removing the synthetic repositories …");
    folder.close()?;
    Ok(())
}

struct Arguments {
    repeats: usize,
    only_hook: bool,
    sizes: Vec<Size>,
}

impl Arguments {
    /// `None` where cargo only asks whether the benchmark starts, as `cargo test --benches` does.
    fn parse(mut given: impl Iterator<Item = String>) -> Result<Option<Self>, Failed> {
        let mut arguments = Self { repeats: 5, only_hook: false, sizes: Vec::new() };
        let mut bench = false;
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--bench" => bench = true,
                "--repeats" => arguments.repeats = given.next().ok_or("--repeats needs a number")?.parse()?,
                "--only" if given.next().as_deref() == Some("hook") => arguments.only_hook = true,
                "--only" => return Err("--only knows hook alone".into()),
                size => {
                    let (applications, environments) = size.split_once('x').ok_or("a size is written 100x3")?;
                    arguments
                        .sizes
                        .push(Size { applications: applications.parse()?, environments: environments.parse()? });
                }
            }
        }
        if arguments.sizes.is_empty() {
            arguments.sizes = [(100, 3), (1000, 3), (1000, 10)]
                .map(|(applications, environments)| Size { applications, environments })
                .to_vec();
        }
        Ok(bench.then_some(arguments))
    }
}

/// A benchmark of one size.
struct Bench {
    folder: PathBuf,
    size: Size,
    repeats: usize,
    only_hook: bool,
}

/// A subject with its runs.
struct Subject {
    name: &'static str,
    samples: Samples,
}

impl Bench {
    fn run(&self) -> Result<(), Failed> {
        let Size { applications, environments } = self.size;
        eprintln!("{applications} applications × {environments} environments …");
        let model = self.project("model")?;
        for arguments in [&["--all", "--quiet"][..], &["check", "--all", "--quiet"]] {
            measure::silent(&mut render(&model, arguments))?;
        }
        let (files, bytes) = (measure::files(&model.join("out"))?.len() - environments, size(&model.join("out"))?);
        if files != self.size.files() {
            return Err(format!("{} files expected, {files} rendered", self.size.files()).into());
        }
        println!(
            "\n# {applications} applications × {environments} environments: {files} files, {bytes:.1} MB; \
             medians of {}\n",
            self.repeats
        );
        if self.only_hook {
            return self.asked_by_a_hook(&model);
        }
        self.creating(&model)?;
        self.nothing_changed(&model)?;
        self.asked_by_a_hook(&model)?;
        self.one_environment_changed(&model)?;
        self.stages()
    }

    /// A fresh synthetic repository.
    fn project(&self, name: &str) -> Result<PathBuf, Failed> {
        let root = self.folder.join(name);
        project::create(&root, self.size)?;
        Ok(root)
    }

    /// A full render against a copy of what it makes.
    fn creating(&self, model: &Path) -> Result<(), Failed> {
        let mut subjects = subjects([
            "cp -r of out/",
            "the same files written by 2 threads",
            "render --all, 1 thread",
            "render --all, 2 threads",
        ]);
        let out = model.join("out");
        let texts = texts(&out)?;
        let two = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
        for repeat in 0..self.repeats {
            let copy = self.folder.join(format!("copy-{repeat}"));
            subjects[0].push(measure::run(Command::new("cp").arg("-r").arg(&out).arg(copy), &[0])?);
            let target = self.folder.join(format!("plain-{repeat}"));
            measure::settle();
            let (sample, written) = time(|| two.install(|| write_plainly(&target, &texts)));
            written?;
            subjects[1].push(sample);
            for (subject, jobs) in [(2, "1"), (3, "2")] {
                let root = self.project(&format!("full-{repeat}-{jobs}"))?;
                let mut command = render(&root, &["--all", "--quiet", "--jobs", jobs]);
                subjects[subject].push(measure::run(&mut command, &[0])?);
            }
        }
        table("Creating everything", &subjects);
        Ok(())
    }

    /// Renders that find everything in place, against hashing the tree.
    fn nothing_changed(&self, root: &Path) -> Result<(), Failed> {
        let mut subjects = subjects([
            "hashing out/ with SHA-256, 1 thread",
            "hashing out/ with SHA-256, 2 threads",
            "render --all, 1 thread",
            "render --all, 2 threads",
        ]);
        let out = root.join("out");
        let two = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
        for _ in 0..self.repeats {
            let (sample, hashed) = time(|| measure::hash(&out));
            hashed?;
            subjects[0].push(sample);
            let (sample, hashed) = time(|| two.install(|| measure::hash_in_parallel(&out)));
            hashed?;
            subjects[1].push(sample);
            for (subject, jobs) in subjects[2..].iter_mut().zip(["1", "2"]) {
                subject.push(measure::run(&mut render(root, &["--all", "--quiet", "--jobs", jobs]), &[0])?);
            }
        }
        table("Nothing changed", &subjects);
        Ok(())
    }

    /// What a hook asks before each commit, against `git status` in the same clone.
    fn asked_by_a_hook(&self, root: &Path) -> Result<(), Failed> {
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.args(["-c", "user.name=bench", "-c", "user.email=bench@example.com"]);
            command.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
            command.arg("-C").arg(root).args(arguments);
            command
        };
        let has_git = [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "-m", "all"], &["status"]]
            .iter()
            .all(|arguments| measure::run(&mut git(arguments), &[0]).is_ok());
        if !has_git {
            return Ok(());
        }
        let mut subjects = subjects([
            "git status",
            "render check --all",
            "render check --staged --all",
            "render diff --all",
            "render check --all, for the first time",
            "render check --staged --all, the same",
        ]);
        let memory = root.join(".git/supercargo");
        let runs: [&[&str]; 3] = [&["check", "--all"], &["check", "--staged", "--all"], &["diff", "--all"]];
        for _ in 0..self.repeats {
            let mut ask = |subject: usize, arguments: &[&str]| -> Result<(), Failed> {
                let mut command = render(root, arguments);
                command.args(["--quiet", "--jobs", "2"]);
                subjects[subject].push(measure::run(&mut command, &[0])?);
                Ok(())
            };
            for (subject, arguments) in [(4, runs[0]), (5, runs[1])] {
                if memory.exists() {
                    fs::remove_dir_all(&memory)?;
                }
                ask(subject, arguments)?;
            }
            // What is to be known below.
            for arguments in runs {
                measure::run(render(root, arguments).arg("--quiet"), &[0])?;
            }
            for (subject, arguments) in runs.iter().enumerate() {
                ask(subject + 1, arguments)?;
            }
            subjects[0].push(measure::run(&mut git(&["status", "--porcelain"]), &[0])?);
        }
        table("Asked by a hook, nothing changed", &subjects);
        Ok(())
    }

    /// One environment with new values, among others without.
    fn one_environment_changed(&self, root: &Path) -> Result<(), Failed> {
        let mut subjects = subjects(["render --all, 2 threads"]);
        for edition in 1..=self.repeats {
            project::change_environment(root, self.size, edition % self.size.environments, edition)?;
            subjects[0].push(measure::run(&mut render(root, &["--all", "--quiet", "--jobs", "2"]), &[0])?);
        }
        table("One environment changed", &subjects);
        Ok(())
    }

    fn stages(&self) -> Result<(), Failed> {
        let mut stages = Stages::default();
        for repeat in 0..self.repeats {
            stages::repeat(&self.project(&format!("stages-{repeat}"))?, &mut stages)?;
        }
        println!("| {:<40} | {:>8} | {:>7} |", "Stage", "seconds", "CPU s");
        println!("| {:-<40} | {:->7}: | {:->6}: |", "", "", "");
        for (name, samples) in stages.iter() {
            println!("| {name:<40} | {:>8.3} | {:>7.2} |", samples.seconds(), samples.cpu());
        }
        println!("\nChecks take {:.2} of what rendering the same documents takes.\n", stages.checks_to_rendering());
        Ok(())
    }
}

impl Subject {
    fn push(&mut self, sample: Sample) {
        self.samples.push(sample);
    }
}

fn subjects<const N: usize>(names: [&'static str; N]) -> [Subject; N] {
    names.map(|name| Subject { name, samples: Samples::default() })
}

/// The program, ready to run on the repository at `root`.
fn render(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_render"));
    command.args(arguments).current_dir(root);
    command
}

fn size(folder: &Path) -> Result<f64, Failed> {
    #[expect(clippy::cast_precision_loss, reason = "a tree is far below 2^52 bytes")]
    Ok(measure::size(folder)? as f64 / 1e6)
}

/// Every file below `folder`, as path below it and content.
fn texts(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Failed> {
    let files = measure::files(folder)?.into_iter();
    files.map(|file| Ok((file.strip_prefix(folder)?.to_path_buf(), fs::read(&file)?))).collect()
}

/// The least that a writer can do: folders, then files, without names for the time being and without asking what is
/// there.
fn write_plainly(folder: &Path, texts: &[(PathBuf, Vec<u8>)]) -> Result<(), Failed> {
    let mut made: Option<&Path> = None;
    for parent in texts.iter().filter_map(|(path, _)| path.parent()) {
        if made != Some(parent) {
            fs::create_dir_all(folder.join(parent))?;
            made = Some(parent);
        }
    }
    let write = |(path, text): &(PathBuf, Vec<u8>)| fs::write(folder.join(path), text);
    Ok(texts.par_iter().with_min_len(16).try_for_each(write)?)
}

/// Prints the runs of `subjects`; the first one is what ratios are to.
fn table(title: &str, subjects: &[Subject]) {
    println!(
        "| {title:<40} | {:>8} | {:>15} | {:>5} | {:>7} | {:>4} |",
        "seconds", "from … to", "ratio", "CPU s", "MB"
    );
    println!("| {:-<40} | {:->7}: | {:->14}: | {:->4}: | {:->6}: | {:->3}: |", "", "", "", "", "", "");
    let baseline = subjects.first().map_or(f64::NAN, |subject| subject.samples.seconds());
    for Subject { name, samples } in subjects.iter().filter(|subject| !subject.samples.seconds().is_nan()) {
        let (low, high) = samples.range();
        let seconds = samples.seconds();
        let memory = samples.megabytes().map_or_else(String::new, |megabytes| format!("{megabytes:.0}"));
        let range = format!("{low:.3} … {high:.3}");
        let (ratio, cpu) = (seconds / baseline, samples.cpu());
        println!("| {name:<40} | {seconds:>8.3} | {range:>15} | {ratio:>5.2} | {cpu:>7.2} | {memory:>4} |");
    }
    println!();
}
