//! The one emitter: every YAML file of `out/` comes from here.
//!
//! It streams: the caller says what comes, nothing is kept but the text and the open collections. So plain data and a tree
//! with holes drive it alike, and a collection may turn out to be empty after it was begun.
//!
//! The form is fixed, so that the same data gives the same bytes:
//!
//! * Block style, two spaces per level, keys in the order given, long lines never folded; `{}` and `[]` if empty.
//! * A list stands at the column of its key (`args:`, then `- a` below the `a`), as `kubectl -o yaml`, `kustomize build` and
//!   Helm's `toYaml` print it, so that what Argo CD shows and what stands here look alike.
//! * A map in a list begins on the line of its dash.
//! * Strings as [`super::scalar`] decides.
//! * A key is always on one line. YAML lets a reader give up on a key whose colon is more than 1024 characters away
//!   (1.2.2 section 7.4.3; 1.1 likewise), so a longer one is written in the explicit form, `? key` and `: value`.
//! * No line ends in white space and the text ends in exactly one line break: a tool that tidies files finds nothing to do.
//!
//! Calls must nest properly: `key` before each value of a map, `item` before each value of a list, one value per document.
//! Debug builds check this.

use std::fmt::Write as _;

use serde_json::Value;

use super::scalar::{self, Block, Chomping, Form, canonical_key};

/// The longest key, in bytes as written, for which the form `key: value` is used.
const LONGEST_SIMPLE_KEY: usize = 1024;

const SPACES: &str = "                                                                                ";

/// Writes canonical YAML; see the module's documentation for the form.
#[derive(Debug, Default)]
pub struct Emitter {
    out: String,
    open: Vec<Collection>,
    place: Place,
    documents: usize,
    last_kept: Option<Kept>,
}

/// A map or a list that has begun and not ended.
#[derive(Debug, Clone, Copy)]
struct Collection {
    kind: Kind,
    indent: usize,
    /// Nothing of it is written yet: it may still be empty.
    empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Map,
    Seq,
}

/// What stands before the next thing to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// The start of a document: a value is due.
    #[default]
    Document,
    /// `key:`, and a value is due.
    Key,
    /// `-`, and a value is due.
    Dash,
    /// The start of a line: a key, an item or an end is due.
    Line,
}

/// A block with `|+`. If it is the last of the text it has to be written otherwise.
#[derive(Debug)]
struct Kept {
    start: usize,
    end: usize,
    text: String,
}

impl Emitter {
    /// An emitter with nothing written.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), ..Self::default() }
    }

    /// How many bytes are written so far.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks whether it is empty")]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// The text. It ends in exactly one line break, or is empty if nothing was written.
    pub fn into_string(mut self) -> String {
        debug_assert!(self.open.is_empty(), "a collection was not ended");
        if let Some(kept) = self.last_kept.take_if(|kept| kept.end == self.out.len()) {
            // The blank lines of `|+` would be the last lines of the file, where every tool trims them.
            self.out.truncate(kept.start);
            scalar::quote(&mut self.out, &kept.text);
            self.out.push('\n');
        }
        self.out
    }

    /// Writes a comment of one or more lines; only before the first document.
    ///
    /// Characters that YAML doesn't allow in a comment are replaced, so no text can end it early.
    pub fn comment(&mut self, text: &str) {
        debug_assert!(self.documents == 0 && self.place == Place::Document, "comments stand before all documents");
        // Every file begins with a comment, and nearly every comment is of this kind.
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.ends_with(' ') && !text.is_empty() {
            self.out.push_str("# ");
            self.out.push_str(text);
            self.out.push('\n');
            return;
        }
        for line in text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.out.push('#');
            let line = line.trim_end();
            if !line.is_empty() {
                self.out.push(' ');
                let raw = |c| if scalar::is_raw(c) { c } else { char::REPLACEMENT_CHARACTER };
                self.out.extend(line.chars().map(raw));
            }
            self.out.push('\n');
        }
    }

    /// Begins a document: writes `---` unless it is the first one.
    pub fn begin_document(&mut self) {
        debug_assert!(self.open.is_empty(), "a collection was not ended");
        if self.documents > 0 {
            self.out.push_str("---\n");
        }
        self.documents += 1;
        self.place = Place::Document;
    }

    /// Begins a map.
    pub fn begin_map(&mut self) {
        self.begin(Kind::Map);
    }

    /// Writes a key of the open map; its value is due next.
    pub fn key(&mut self, key: &str) {
        if scalar::is_plain(key) {
            self.raw_key(key);
        } else {
            self.raw_key(&canonical_key(key));
        }
    }

    /// Writes a key that [`canonical_key`] has prepared; its value is due next.
    pub fn raw_key(&mut self, canonical: &str) {
        let indent = self.entry(Kind::Map);
        let start = self.out.len();
        self.out.push_str(canonical);
        if self.out.len() - start > LONGEST_SIMPLE_KEY {
            self.out.insert_str(start, "? ");
            self.out.push('\n');
            self.indent(indent);
        }
        self.out.push(':');
        self.place = Place::Key;
    }

    /// Ends the open map.
    pub fn end_map(&mut self) {
        self.end(Kind::Map, "{}");
    }

    /// Begins a list.
    pub fn begin_seq(&mut self) {
        self.begin(Kind::Seq);
    }

    /// Begins an item of the open list; its value is due next.
    pub fn item(&mut self) {
        self.entry(Kind::Seq);
        self.out.push('-');
        self.place = Place::Dash;
    }

    /// Ends the open list.
    pub fn end_seq(&mut self) {
        self.end(Kind::Seq, "[]");
    }

    /// Writes a string.
    pub fn string(&mut self, text: &str) {
        match scalar::form(text) {
            Form::Plain => self.raw_scalar(text),
            Form::Quoted => self.quoted(text),
            // At the top, readers of YAML 1.1 and 1.2 count a told indentation from different columns.
            Form::Block(block) if block.indicator && self.place == Place::Document => self.quoted(text),
            Form::Block(block) => self.block(block, text),
        }
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw_scalar("null");
    }

    /// Writes `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.raw_scalar(if value { "true" } else { "false" });
    }

    /// Writes an integer, in decimal digits.
    pub fn integer(&mut self, value: i128) {
        self.separate();
        // The narrow types are several times faster to print.
        let result = match i64::try_from(value) {
            Ok(narrow) => write!(self.out, "{narrow}"),
            Err(_) => write!(self.out, "{value}"),
        };
        debug_assert!(result.is_ok(), "a String takes any text");
        self.finish();
    }

    /// Writes a floating-point number in the fewest digits that read back as the same one.
    ///
    /// It has a point and a sign in its exponent: YAML 1.1 sees no float without them.
    pub fn float(&mut self, value: f64) {
        self.separate();
        if value.is_nan() {
            self.out.push_str(".nan");
        } else if value.is_infinite() {
            self.out.push_str(if value < 0.0 { "-.inf" } else { ".inf" });
        } else {
            let digits = format!("{value:?}");
            match digits.split_once('e') {
                None => self.out.push_str(&digits),
                Some((mantissa, exponent)) => {
                    self.out.push_str(mantissa);
                    self.out.push_str(if mantissa.contains('.') { "e" } else { ".0e" });
                    self.out.push_str(if exponent.starts_with('-') { "" } else { "+" });
                    self.out.push_str(exponent);
                }
            }
        }
        self.finish();
    }

    /// Writes a scalar that [`canonical_string`](super::canonical_string) has prepared.
    pub fn raw_scalar(&mut self, canonical: &str) {
        self.separate();
        self.out.push_str(canonical);
        self.finish();
    }

    /// Writes plain data.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.null(),
            Value::Bool(value) => self.boolean(*value),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.begin_seq();
                for item in items {
                    self.item();
                    self.value(item);
                }
                self.end_seq();
            }
            Value::Object(map) => {
                self.begin_map();
                for (key, value) in map {
                    self.key(key);
                    self.value(value);
                }
                self.end_map();
            }
        }
    }

    fn number(&mut self, number: &serde_json::Number) {
        match (number.as_i128(), number.as_f64()) {
            (Some(integer), _) => self.integer(integer),
            (None, Some(float)) => self.float(float),
            // Only with serde_json's `arbitrary_precision`, which this crate doesn't ask for.
            (None, None) => self.string(&number.to_string()),
        }
    }

    fn quoted(&mut self, text: &str) {
        self.separate();
        scalar::quote(&mut self.out, text);
        self.finish();
    }

    fn block(&mut self, block: Block, text: &str) {
        // Below a key or a dash, and at the top, the text stands two columns further in than what holds it.
        let indent = self.open.last().map_or(0, |collection| collection.indent) + 2;
        self.separate();
        let start = self.out.len();
        self.out.push('|');
        if block.indicator {
            self.out.push('2');
        }
        match block.chomping {
            Chomping::Strip => self.out.push('-'),
            Chomping::Clip => {}
            Chomping::Keep => self.out.push('+'),
        }
        self.out.push('\n');
        // `lines` of a text gives no empty last line for its last line break, which `|` and `|+` supply.
        for line in text.split_terminator('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        if block.chomping == Chomping::Keep {
            self.last_kept = Some(Kept { start, end: self.out.len(), text: text.to_owned() });
        }
        self.place = Place::Line;
    }

    fn begin(&mut self, kind: Kind) {
        debug_assert!(self.place != Place::Line, "no value is due here");
        let outer = self.open.last().map_or(0, |collection| collection.indent);
        let indent = match (self.place, kind) {
            (Place::Dash, _) | (Place::Key, Kind::Map) => outer + 2,
            (Place::Key, Kind::Seq) | (Place::Document | Place::Line, _) => outer,
        };
        self.open.push(Collection { kind, indent, empty: true });
    }

    /// Goes to where the next entry of the open collection begins, and says how far in that is.
    fn entry(&mut self, kind: Kind) -> usize {
        let Some(collection) = self.open.last_mut() else {
            debug_assert!(false, "no collection is open");
            return 0;
        };
        debug_assert!(collection.kind == kind, "the open collection is of the other kind");
        debug_assert!(collection.empty || self.place == Place::Line, "a value is due");
        let indent = collection.indent;
        if std::mem::replace(&mut collection.empty, false) {
            match self.place {
                Place::Key => {
                    self.out.push('\n');
                    self.indent(indent);
                }
                Place::Dash => self.out.push(' '),
                Place::Document | Place::Line => self.indent(indent),
            }
        } else {
            self.indent(indent);
        }
        indent
    }

    fn end(&mut self, kind: Kind, if_empty: &str) {
        let collection = self.open.pop();
        debug_assert!(collection.is_some_and(|c| c.kind == kind), "the open collection is of the other kind");
        if collection.is_some_and(|c| c.empty) {
            self.raw_scalar(if_empty);
        }
        debug_assert!(self.place == Place::Line, "a value is due");
    }

    /// The space before a value on the same line.
    fn separate(&mut self) {
        debug_assert!(self.place != Place::Line, "no value is due here");
        debug_assert!(self.open.last().is_none_or(|c| !c.empty), "a key or an item is due");
        if matches!(self.place, Place::Key | Place::Dash) {
            self.out.push(' ');
        }
    }

    fn finish(&mut self) {
        self.out.push('\n');
        self.place = Place::Line;
    }

    fn indent(&mut self, mut columns: usize) {
        while columns > SPACES.len() {
            self.out.push_str(SPACES);
            columns -= SPACES.len();
        }
        self.out.push_str(&SPACES[..columns]);
    }
}

#[cfg(test)]
mod tests;
