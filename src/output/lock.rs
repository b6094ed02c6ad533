//! `render.lock`: what `render` wrote into an environment's folder.
//!
//! A text file with one line per file, sorted by path, so that Git merges it and a reviewer can read it. It has no
//! time and no machine in it: the same inputs give the same lock. What reads it trusts nothing: a lock may come out of
//! a merge, an editor or a stranger's branch, and a path in it decides what may be overwritten and removed.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic};
use crate::hex::{hex, push_hex};
use crate::source::{Location, Source};
use crate::tree::OutputPath;

/// The format that is written: with the inputs that took part.
const FORMAT: &str = "2";
/// The format that is read, too: without them.
const OLD_FORMAT: &str = "1";
/// How the line of an input begins.
const INPUT: &str = "input ";
const COMMENT: &str =
    "# What `render` wrote into this folder: SHA-256, path and template of each file. Never edit it.\n";
/// The last line. A lock that was cut off at a line break would else look like a shorter one.
const END: &str = "end";

/// The SHA-256 of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(hex: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let hex: &[u8; 64] = hex.as_bytes().try_into().ok()?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl From<Sha256> for Digest {
    fn from(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a lock says of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedFile {
    /// The digest of the bytes that were written.
    pub digest: Digest,
    /// The template that made it. Control characters in its name stand escaped.
    pub template: String,
}

/// The content of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The version of the program that wrote it.
    pub program: String,
    /// The digest of everything that the render read.
    pub inputs: String,
    /// The inputs that took part, by path, with the first digits of their SHA-256. Control characters in paths stand
    /// escaped. Empty in a lock of the first format.
    pub sources: BTreeMap<String, String>,
    /// The files by path.
    pub files: BTreeMap<OutputPath, LockedFile>,
}

/// A fault in a lock: its bytes, what is to be seen there, and the headline behind the path.
struct Fault {
    range: Range<usize>,
    label: String,
    headline: &'static str,
}

impl Lock {
    /// Reads a lock. `remedy` is the help that a broken one gets: it depends on whose lock it is.
    ///
    /// # Errors
    /// A [`Code::BrokenLock`] at the line that is not as `render` writes it.
    pub fn parse(source: &Arc<Source>, remedy: &str) -> Result<Self, Box<Diagnostic>> {
        parse(source.text()).map_err(|fault| {
            let location = Location::new(source, fault.range);
            let headline = format!("{} {}", source.path(), fault.headline);
            Box::new(Diagnostic::error(Code::BrokenLock, headline).at(location, fault.label).help(remedy))
        })
    }
}

/// The text of a lock over `files`, which come sorted by path.
pub(super) fn text<'a>(
    inputs: &str,
    sources: &BTreeMap<String, String>,
    files: impl Iterator<Item = (&'a OutputPath, Digest, &'a str)>,
) -> String {
    let mut text = String::with_capacity(1024 + files.size_hint().0 * 192);
    text.push_str(COMMENT);
    for (key, value) in [("format", FORMAT), ("program", crate::VERSION), ("inputs", inputs)] {
        for part in [key, " ", value, "\n"] {
            text.push_str(part);
        }
    }
    for (path, digest) in sources {
        text.push_str(INPUT);
        text.push_str(digest);
        text.push('\t');
        push_escaped(&mut text, path);
        text.push('\n');
    }
    text.push('\n');
    for (path, digest, template) in files {
        push_hex(&mut text, &digest.0);
        text.push('\t');
        text.push_str(path.as_str());
        text.push('\t');
        push_escaped(&mut text, template);
        text.push('\n');
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// Appends a template's name so that it stays on its line, whatever characters a file system lets it have.
fn push_escaped(text: &mut String, template: &str) {
    if template.contains(char::is_control) {
        for c in template.chars() {
            if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
        }
    } else {
        text.push_str(template);
    }
}

/// A name as a lock has it.
pub(super) fn escaped(name: &str) -> String {
    let mut text = String::new();
    push_escaped(&mut text, name);
    text
}

/// The lines of a text with their places.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line and its place, without the line break that has to end it.
    fn next(&mut self) -> Result<(&'a str, Range<usize>), Fault> {
        let rest = &self.text[self.at..];
        let Some(length) = rest.find('\n') else {
            let label = "the file ends here, without its last line".to_owned();
            return Err(Fault { range: self.text.len()..self.text.len(), label, headline: "is cut off" });
        };
        let range = self.at..self.at + length;
        self.at += length + 1;
        let line = &rest[..length];
        if line.ends_with('\r') {
            let label = "this line ends in CR LF; Git's `autocrlf` does that".to_owned();
            return Err(Fault { range, label, headline: "has other line ends than `render` writes" });
        }
        if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
            let label = "a conflict that Git left".to_owned();
            return Err(Fault { range, label, headline: "has a merge conflict" });
        }
        Ok((line, range))
    }

    /// The value of the header line `key`.
    fn header(&mut self, key: &str) -> Result<(&'a str, Range<usize>), Fault> {
        let (line, range) = self.next()?;
        match line.strip_prefix(key).and_then(|rest| rest.strip_prefix(' ')) {
            Some(value) if !value.is_empty() => Ok((value, range.end - value.len()..range.end)),
            _ => Err(broken(range, format!("expected `{key} …`"))),
        }
    }
}

fn broken(range: Range<usize>, label: impl Into<String>) -> Fault {
    Fault { range, label: label.into(), headline: "is not as `render` writes it" }
}

fn parse(text: &str) -> Result<Lock, Fault> {
    let mut lines = Lines { text, at: 0 };
    let (comment, range) = lines.next()?;
    if !comment.starts_with('#') {
        return Err(broken(range, "expected the comment that every lock begins with"));
    }
    let (format, range) = lines.header("format")?;
    if ![FORMAT, OLD_FORMAT].contains(&format) {
        let label = format!("this program knows the formats up to {FORMAT}; a newer `render` may have written it");
        return Err(Fault { range, label, headline: "has a format that this `render` does not know" });
    }
    let program = lines.header("program")?.0.to_owned();
    let inputs = lines.header("inputs")?.0.to_owned();
    let mut sources: Vec<(String, String)> = Vec::new();
    loop {
        let (line, range) = lines.next()?;
        if line.is_empty() {
            break;
        }
        let (path, digest) = parse_source(line, format).ok_or_else(|| {
            let inputs = if format == FORMAT { "`input …` or " } else { "" };
            broken(range.clone(), format!("expected {inputs}an empty line"))
        })?;
        if sources.last().is_some_and(|(last, _)| *last >= path) {
            return Err(broken(range, format!("`{path}` stands here twice, or out of order")));
        }
        sources.push((path, digest));
    }
    let mut files: Vec<(OutputPath, LockedFile)> = Vec::new();
    loop {
        let (line, range) = lines.next()?;
        if line == END {
            break;
        }
        let (path, file) = parse_file(line, &range)?;
        if files.last().is_some_and(|(last, _)| *last >= path) {
            let label = format!("`{path}` stands here twice, or out of order");
            return Err(broken(range, label));
        }
        files.push((path, file));
    }
    if lines.at != text.len() {
        return Err(broken(lines.at..text.len(), "expected nothing behind the last line"));
    }
    Ok(Lock { program, inputs, sources: sources.into_iter().collect(), files: files.into_iter().collect() })
}

/// Path and digest of an input; `None` where the line is none.
fn parse_source(line: &str, format: &str) -> Option<(String, String)> {
    let (digest, path) = line.strip_prefix(INPUT).filter(|_| format == FORMAT)?.split_once('\t')?;
    let is_digest = digest.len() == 16 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_path = !path.is_empty() && !path.contains(char::is_control);
    (is_digest && is_path).then(|| (path.to_owned(), digest.to_owned()))
}

fn parse_file(line: &str, range: &Range<usize>) -> Result<(OutputPath, LockedFile), Fault> {
    let mut fields = line.splitn(3, '\t');
    let (Some(digest), Some(path), Some(template)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(broken(range.clone(), "expected SHA-256, path and template with a tab between"));
    };
    let path_at = range.start + digest.len() + 1;
    let digest = Digest::parse(digest)
        .ok_or_else(|| broken(range.start..range.start + digest.len(), "not a SHA-256 in lower-case hexadecimal"))?;
    let path = OutputPath::parse(path).map_err(|error| Fault {
        range: path_at..path_at + path.len(),
        label: error.to_string(),
        headline: "names a path that `render` never writes",
    })?;
    if template.contains(char::is_control) {
        return Err(broken(range.clone(), "a template's name has no control characters"));
    }
    Ok((path, LockedFile { digest, template: template.to_owned() }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> OutputPath {
        OutputPath::parse(text).unwrap()
    }

    fn sample() -> String {
        let (a, b) = (path("apps/a.yaml"), path("b.yaml"));
        let sources = [("templates/b.j2", "00112233aabbccdd"), ("values/dev.yaml", "0123456789abcdef")];
        let sources = sources.map(|(path, digest)| (path.to_owned(), digest.to_owned())).into();
        let files = [(&a, Digest::of(b"a"), "templates/apps/{service}.yaml.j2"), (&b, Digest::of(b"b"), "b.j2")];
        text(&"0".repeat(64), &sources, files.into_iter())
    }

    fn fault(text: &str) -> String {
        let source = Source::new("out/dev/render.lock", text);
        let Err(fault) = Lock::parse(&source, "restore it") else { return "read".to_owned() };
        assert_eq!(fault.code, Code::BrokenLock);
        let label = fault.primary.unwrap();
        let (line, column) = label.location.line_column();
        format!("{line}:{column} {}: {}", fault.message, label.text)
    }

    #[test]
    fn a_lock_is_lines_that_git_can_merge() {
        insta::assert_snapshot!(sample().replace(crate::VERSION, "VERSION"), @"
        # What `render` wrote into this folder: SHA-256, path and template of each file. Never edit it.
        format 2
        program VERSION
        inputs 0000000000000000000000000000000000000000000000000000000000000000
        input 00112233aabbccdd	templates/b.j2
        input 0123456789abcdef	values/dev.yaml

        ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb	apps/a.yaml	templates/apps/{service}.yaml.j2
        3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d	b.yaml	b.j2
        end
        ");
    }

    #[test]
    fn a_broken_lock_is_refused_at_its_line() {
        let good = sample();
        let line = |n: usize| good.lines().nth(n).unwrap();
        let swapped = good.replace(line(7), "X").replace(line(8), line(7)).replacen('X', line(8), 1);
        let cases = [
            ("empty", String::new()),
            ("cut in a line", good[..good.len() - 40].to_owned()),
            ("cut at a line break", good.replace("\nend\n", "\n")),
            ("more behind", format!("{good}x\n")),
            ("conflict", good.replace("inputs", "<<<<<<< HEAD\ninputs")),
            ("newer", good.replace("format 2", "format 3")),
            ("CRLF", good.replace('\n', "\r\n")),
            ("not a lock", "a: b\n".to_owned()),
            ("no inputs", good.replace(line(3), "inputs ")),
            ("an input in the first format", good.replace("format 2", "format 1")),
            ("half a digest", good.replace("00112233aabbccdd", "00112233")),
            ("inputs out of order", good.replace("templates/b.j2", "z")),
            ("out of order", swapped),
            ("twice", good.replace(line(8), line(7))),
            ("upper case", good.replace("ca97", "CA97")),
            ("two fields", good.replace("\tb.j2", "")),
            ("leaves the folder", good.replace("b.yaml", "../../.ssh/authorized_keys")),
            ("absolute", good.replace("b.yaml", "/etc/passwd")),
            ("the lock itself", good.replace("\tb.yaml", "\trender.lock")),
        ];
        let report: Vec<_> = cases.iter().map(|(name, text)| format!("{name}: {}", fault(text))).collect();
        insta::assert_snapshot!(report.join("\n"), @"
        empty: 1:1 out/dev/render.lock is cut off: the file ends here, without its last line
        cut in a line: 9:42 out/dev/render.lock is cut off: the file ends here, without its last line
        cut at a line break: 10:1 out/dev/render.lock is cut off: the file ends here, without its last line
        more behind: 11:1 out/dev/render.lock is not as `render` writes it: expected nothing behind the last line
        conflict: 4:1 out/dev/render.lock has a merge conflict: a conflict that Git left
        newer: 2:8 out/dev/render.lock has a format that this `render` does not know: this program knows the formats up to 2; a newer `render` may have written it
        CRLF: 1:1 out/dev/render.lock has other line ends than `render` writes: this line ends in CR LF; Git's `autocrlf` does that
        not a lock: 1:1 out/dev/render.lock is not as `render` writes it: expected the comment that every lock begins with
        no inputs: 4:1 out/dev/render.lock is not as `render` writes it: expected `inputs …`
        an input in the first format: 5:1 out/dev/render.lock is not as `render` writes it: expected an empty line
        half a digest: 5:1 out/dev/render.lock is not as `render` writes it: expected `input …` or an empty line
        inputs out of order: 6:1 out/dev/render.lock is not as `render` writes it: `values/dev.yaml` stands here twice, or out of order
        out of order: 9:1 out/dev/render.lock is not as `render` writes it: `apps/a.yaml` stands here twice, or out of order
        twice: 9:1 out/dev/render.lock is not as `render` writes it: `apps/a.yaml` stands here twice, or out of order
        upper case: 8:1 out/dev/render.lock is not as `render` writes it: not a SHA-256 in lower-case hexadecimal
        two fields: 9:1 out/dev/render.lock is not as `render` writes it: expected SHA-256, path and template with a tab between
        leaves the folder: 9:66 out/dev/render.lock names a path that `render` never writes: it would leave the folder of its environment
        absolute: 9:66 out/dev/render.lock names a path that `render` never writes: it would leave the folder of its environment
        the lock itself: 9:66 out/dev/render.lock names a path that `render` never writes: the name is kept for the program's own files
        ");
    }

    #[test]
    fn a_lock_of_the_first_format_is_read_without_inputs() {
        let lines: Vec<_> = sample().replace("format 2", "format 1").lines().map(str::to_owned).collect();
        let old: String =
            lines.iter().filter(|line| !line.starts_with(INPUT)).map(|line| line.clone() + "\n").collect();
        let lock = Lock::parse(&Source::new("l", old), "").unwrap();
        assert_eq!((lock.sources.len(), lock.files.len()), (0, 2));
    }

    #[test]
    fn a_template_with_a_line_break_in_its_name_stays_on_its_line() {
        let a = path("a");
        let source = Source::new("l", text("0", &BTreeMap::new(), [(&a, Digest::of(b""), "x\ny")].into_iter()));
        assert_eq!(Lock::parse(&source, "").unwrap().files[&a].template, "x\\ny");
    }

    fn locks() -> impl Strategy<Value = BTreeMap<OutputPath, (Digest, String)>> {
        let path = "[a-z .-]{1,4}(/[a-zä.]{1,3}){0,2}".prop_filter_map("not a path", |p| OutputPath::parse(&p).ok());
        let file = (any::<[u8; 4]>().prop_map(|bytes| Digest::of(&bytes)), "[^\\pC]{0,12}");
        proptest::collection::btree_map(path, file, 0..12)
    }

    fn sources() -> impl Strategy<Value = BTreeMap<String, String>> {
        proptest::collection::btree_map("[^\\pC]{1,12}", "[0-9a-f]{16}", 0..6)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(files in locks(), sources in sources()) {
            let lines = files.iter().map(|(path, (digest, template))| (path, *digest, template.as_str()));
            let written = text("0123", &sources, lines);
            let lock = Lock::parse(&Source::new("l", written.as_str()), "").unwrap();
            prop_assert_eq!(lock.inputs.as_str(), "0123");
            prop_assert_eq!(&lock.sources, &sources);
            let read: BTreeMap<_, _> =
                lock.files.into_iter().map(|(path, file)| (path, (file.digest, file.template))).collect();
            prop_assert_eq!(read, files);
        }

        #[test]
        fn any_damage_is_noticed_or_harmless(cut in 0usize..400, byte in any::<char>()) {
            let good = sample();
            let at = cut.min(good.len());
            prop_assert!(at == good.len() || parse(&good[..at]).is_err());
            let mut damaged = good;
            if damaged.is_char_boundary(at) { damaged.insert(at, byte) }
            if let Ok(lock) = parse(&damaged) {
                for path in lock.files.keys() {
                    prop_assert!(OutputPath::parse(path.as_str()).is_ok());
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}(\n\\PC{0,80}){0,8}") {
            let _ = parse(&text);
        }
    }
}
