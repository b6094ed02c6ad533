//! Time and memory of programs and functions, and medians of them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

/// What one run took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    pub(crate) seconds: f64,
    /// Processor time, on all cores and in the kernel, too.
    pub(crate) cpu: f64,
    /// The most memory that was resident, in bytes; 0 where nobody looked.
    pub(crate) memory: u64,
}

/// The runs of one subject.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    pub(crate) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    fn sorted(&self, of: fn(&Sample) -> f64) -> Vec<f64> {
        let mut seconds: Vec<_> = self.0.iter().map(of).collect();
        seconds.sort_by(f64::total_cmp);
        seconds
    }

    fn median(&self, of: fn(&Sample) -> f64) -> f64 {
        let sorted = self.sorted(of);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The middle one of the times.
    pub(crate) fn seconds(&self) -> f64 {
        self.median(|sample| sample.seconds)
    }

    /// The middle one of the processor times.
    pub(crate) fn cpu(&self) -> f64 {
        self.median(|sample| sample.cpu)
    }

    /// The fastest and the slowest run.
    pub(crate) fn range(&self) -> (f64, f64) {
        let sorted = self.sorted(|sample| sample.seconds);
        (sorted.first().copied().unwrap_or(f64::NAN), sorted.last().copied().unwrap_or(f64::NAN))
    }

    /// The largest of the memories, in MB.
    pub(crate) fn megabytes(&self) -> Option<f64> {
        let bytes = self.0.iter().map(|sample| sample.memory).max().filter(|bytes| *bytes > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
        Some(bytes as f64 / 1e6)
    }
}

/// The time of `work`, and what it returned.
pub(crate) fn time<T>(work: impl FnOnce() -> T) -> (Sample, T) {
    let (start, cpu) = (Instant::now(), processor_time(Whose::Own));
    let result = work();
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), processor_time(Whose::Own) - cpu);
    (Sample { seconds, cpu, memory: 0 }, result)
}

/// Sends what earlier runs have written to the disk now, so that it does not go there during the next one.
pub(crate) fn settle() {
    // Without the program the figures are noisier, and no worse.
    let _ = Command::new("sync").status();
}

/// Runs `command` with nothing to read and nobody listening. It must end with one of the `expected` codes.
pub(crate) fn run(command: &mut Command, expected: &[i32]) -> io::Result<Sample> {
    settle();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let (start, cpu) = (Instant::now(), processor_time(Whose::Children));
    let (output, end, memory) = wait(command.spawn()?)?;
    let (seconds, cpu) = ((end - start).as_secs_f64(), processor_time(Whose::Children) - cpu);
    if output.status.code().is_none_or(|code| !expected.contains(&code)) {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{command:?} ended with {}:\n{message}", output.status)));
    }
    Ok(Sample { seconds, cpu, memory })
}

/// Runs `command`, which must succeed and have nothing to say: what it warns of is why it failed.
pub(crate) fn silent(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() && output.stderr.is_empty() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first: String = said.split_inclusive('\n').take(40).collect();
    Err(io::Error::other(format!("{command:?} has findings, so its figures would mean nothing:\n{first}")))
}

/// Waits for `child`, and says when it ended, while another thread asks the kernel every 5 ms for its peak memory so far. The answer is gone
/// when the process has ended, so what it allocates in its last 5 ms is missed.
fn wait(child: Child) -> io::Result<(Output, Instant, u64)> {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let running = AtomicBool::new(true);
    thread::scope(|scope| {
        let poll = scope.spawn(|| {
            let mut peak = 0;
            while running.load(Ordering::Relaxed) {
                peak = peak.max(peak_memory(&status).unwrap_or(0));
                thread::sleep(Duration::from_millis(5));
            }
            peak
        });
        let output = child.wait_with_output();
        let end = Instant::now();
        running.store(false, Ordering::Relaxed);
        Ok((output?, end, poll.join().unwrap_or(0)))
    })
}

/// `VmHWM` in bytes; `None` where the system has no such file, or the process no memory any more.
fn peak_memory(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[derive(Clone, Copy)]
enum Whose {
    Own,
    /// Of all children that have ended and been waited for.
    Children,
}

/// Processor seconds so far, in steps of 1/100; 0 where the system has no `/proc`.
fn processor_time(whose: Whose) -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program stands in brackets and may hold anything; `utime` is the 12th word behind it.
    let words: Vec<_> = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let first = match whose {
        Whose::Own => 11,
        Whose::Children => 13,
    };
    let ticks = words.iter().skip(first).take(2).filter_map(|word| word.parse::<u32>().ok());
    ticks.map(f64::from).sum::<f64>() / 100.0
}

/// Every file below `folder`, sorted.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name();
    let mut files = Vec::new();
    for entry in walk {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Lists `folder`, then reads and hashes every file in it one after another, as `sha256sum` does.
pub(crate) fn hash(folder: &Path) -> io::Result<()> {
    files(folder)?.iter().try_for_each(|file| hash_file(file))
}

/// The same on all threads of the current pool.
pub(crate) fn hash_in_parallel(folder: &Path) -> io::Result<()> {
    files(folder)?.par_iter().with_min_len(32).try_for_each(|file| hash_file(file))
}

fn hash_file(file: &Path) -> io::Result<()> {
    std::hint::black_box(Sha256::digest(fs::read(file)?));
    Ok(())
}

/// How many bytes are in the files below `folder`.
pub(crate) fn size(folder: &Path) -> io::Result<u64> {
    files(folder)?.iter().map(|file| Ok(fs::metadata(file)?.len())).sum()
}
