//! Where a document goes when its holes are filled: into text, or into plain data.

use serde_json::{Map, Value};

use crate::yaml::Emitter;

/// The receiver of a document, part by part.
pub(super) trait Sink {
    /// A map with room for `entries`; it may have fewer, or more.
    fn begin_map(&mut self, entries: usize);
    fn key(&mut self, key: &str);
    /// A key of the template.
    fn literal_key(&mut self, key: &str, canonical: &str);
    fn end_map(&mut self);
    /// A list with room for `items`; it may have fewer, or more.
    fn begin_seq(&mut self, items: usize);
    fn item(&mut self);
    fn end_seq(&mut self);
    fn string(&mut self, text: &str);
    fn scalar(&mut self, value: &Value);
    fn integer(&mut self, number: i128);
    /// A literal of the template; `canonical` is its one-line form where it has one.
    fn literal(&mut self, value: &Value, canonical: Option<&str>);
    /// How much was received so far: exactly or nearly, it serves as a limit.
    fn bytes(&self) -> usize;
}

impl Sink for Emitter {
    fn begin_map(&mut self, _entries: usize) {
        Emitter::begin_map(self);
    }

    fn key(&mut self, key: &str) {
        Emitter::key(self, key);
    }

    fn literal_key(&mut self, _key: &str, canonical: &str) {
        self.raw_key(canonical);
    }

    fn end_map(&mut self) {
        Emitter::end_map(self);
    }

    fn begin_seq(&mut self, _items: usize) {
        Emitter::begin_seq(self);
    }

    fn item(&mut self) {
        Emitter::item(self);
    }

    fn end_seq(&mut self) {
        Emitter::end_seq(self);
    }

    fn string(&mut self, text: &str) {
        Emitter::string(self, text);
    }

    fn scalar(&mut self, value: &Value) {
        Emitter::value(self, value);
    }

    fn integer(&mut self, number: i128) {
        Emitter::integer(self, number);
    }

    fn literal(&mut self, value: &Value, canonical: Option<&str>) {
        match canonical {
            Some(canonical) => self.raw_scalar(canonical),
            None => self.value(value),
        }
    }

    fn bytes(&self) -> usize {
        self.len()
    }
}

/// Collects a document as plain data.
#[derive(Default)]
pub(super) struct DataSink {
    open: Vec<Open>,
    root: Value,
    bytes: usize,
}

enum Open {
    Map(Map<String, Value>, String),
    Seq(Vec<Value>),
}

impl DataSink {
    pub(super) fn into_value(self) -> Value {
        self.root
    }

    fn place(&mut self, value: Value) {
        self.bytes += size_of::<Value>();
        match self.open.last_mut() {
            None => self.root = value,
            Some(Open::Seq(items)) => items.push(value),
            Some(Open::Map(map, key)) => {
                map.insert(std::mem::take(key), value);
            }
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Map(map, _)) => self.place(Value::Object(map)),
            Some(Open::Seq(items)) => self.place(Value::Array(items)),
            None => {}
        }
    }
}

impl Sink for DataSink {
    fn begin_map(&mut self, entries: usize) {
        self.open.push(Open::Map(Map::with_capacity(entries), String::new()));
    }

    fn key(&mut self, text: &str) {
        if let Some(Open::Map(_, key)) = self.open.last_mut() {
            text.clone_into(key);
        }
    }

    fn literal_key(&mut self, key: &str, _canonical: &str) {
        self.key(key);
    }

    fn end_map(&mut self) {
        self.close();
    }

    fn begin_seq(&mut self, items: usize) {
        self.open.push(Open::Seq(Vec::with_capacity(items)));
    }

    fn item(&mut self) {}

    fn end_seq(&mut self) {
        self.close();
    }

    fn string(&mut self, text: &str) {
        self.bytes += text.len();
        self.place(Value::String(text.to_owned()));
    }

    fn scalar(&mut self, value: &Value) {
        self.place(value.clone());
    }

    fn integer(&mut self, number: i128) {
        // Past 64 bits JSON readers keep a float's precision only, so that is what the number is here, too.
        #[expect(clippy::cast_precision_loss, reason = "the loss is JSON's")]
        let value = match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => Value::from(number),
            (_, Ok(number)) => Value::from(number),
            _ => Value::from(number as f64),
        };
        self.place(value);
    }

    fn literal(&mut self, value: &Value, _canonical: Option<&str>) {
        self.place(value.clone());
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}
