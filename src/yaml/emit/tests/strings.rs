//! Strings that YAML emitters get wrong, and a source of more of them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Words that some reader gives a meaning; each is tried in lower, upper, title and mixed case.
const WORDS: &[&str] =
    &["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nil", "nan", "inf", "infinity"];

/// Text that is, or nearly is, a number, a date, a version, an address.
#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "0", "-0", "+0", "7", "+1", "-1", "007", "0777", "08", "0o17", "0O17", "0o8", "-0o17", "+0o17", "0x1F", "0X1f",
    "0xg", "0x1_f", "-0x1", "0b101", "0B1", "0b2", "-0b1", "1_000", "1__0", "_1", "_1_000", "_", "__", "1_", "1e3",
    "1E3", "1e+3", "1e-3", "012e4", "0e0", "1e", "e1", ".5", "5.", "-.5", "+.5", "+5.", ".5e3", "5.e3", "1.5", "1.5e3",
    "1.5e+3", "1.5E-3", "1.e", ".e1", "1_0.5", "0.1_0", "0x1p-2", "0x1.8p1", ".inf", "-.inf", "+.inf", ".Inf", ".INF",
    "-.INF", ".nan", ".NaN", ".NAN", "-.nan", "+inf", "-inf", "-Infinity", "+NaN", "1:30", "12:30", "12:30:45",
    "-12:30", "12:30.5", "190:20:30.15", "8080:80", "1:60", "0:0", "22:22:22:22", "12:", ":12", "1.36", "1.10", "1.2.3",
    "1.2.3.4", "10.0.0.1", "10.0.0.0/8", "v1.2.3", "1.2.3-rc.1", "1.2.3+build", "100m", "128Mi", "2E", "1e3Mi", "1k",
    "30s", "1h30m", "2001-12-14", "2001-1-1", "20011214", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5",
    "2001-12-15 2:59:43.10", "2001-12-14T21:59:43Z", "2001-12-14 ", "12/14/2001", "9007199254740993",
    "18446744073709551615", "18446744073709551616", "-9223372036854775809", "340282366920938463463374607431768211456",
    "1e400", "1e999999999", "1234567e8", "1234abcd", "0123abc", "00e1", "0.", "-0.0", "1,000", "1 000", "1 2", "- 1",
    "+ 1", "+", "-", ".", "..", "...", "--", "---", "----", "1-2", "1-1-1", "1+1", "１２", "٣", "0_", "0x", "0o", "0b",
    "0x_", "1t", "t1", "1z", "T", "Z", "t", "1T2Z", "1f", "1F", "1d", "1L",
];

/// Indicators, markers, quotes, spaces, breaks.
#[rustfmt::skip]
const STRUCTURE: &[&str] = &[
    "", " ", "  ", "~", "~/x", "=", "==", "=x", "<<", "<<x", "<", "!", "!!str x", "!x", "&", "&a", "&a b", "*", "*a",
    "* * * * *", "*/5 * * * *", "0 5 * * *", "@x", "`x`", "%", "%YAML 1.2", "%TAG", "|", "|-", ">", ">-", "|\n", "?",
    "? x", "?x", ":", ": x", ":x", ":8080", "::", "a:", "a: b", "a :b", "a : b", "a:b", "a:\tb", "a\t: b", "a: ",
    "a:\n", "http://x/y?z=1&q", "#", "# x", "#x", "a #b", "a# b", "a#b", "a\t#b", "- x", "-x", "--x", "--x=1", "-\tx",
    "- - x", "-:x", "-[x", "-\"x\"", "--- x", "---x", "... x", "...x", "--- |", "[", "]", "[]", "[a]", "{", "}", "{}",
    "{a: b}", "{{ x }}", "a {{ x }} b", "{% x %}", "$(rm)", "${x}", "$x", "(x)", ",", ",a", "a,b", "a, b", "a]", "a}",
    "'", "''", "'a'", "it's", "\"", "\"\"", "\"a\"", "a\"b", "\\", "\\n", "a\\", "C:\\x", "\\\"", " a", "a ", "  a  ",
    "a  b", "a   # b", "\ta", "a\t", "a\tb", "\t", "\t\t", "\ta\n\tb", "a\n\tb", "a\n\tb\n", "\n\ta", " \ta\nb", "\n",
    "\n\n", "\n\n\n", " \n", "\n ", " \n ", "\t\n", "\na", "a\n", "a\n\n", "a\n\n\n", "\na\n", "\n\na\n\n", "a\nb",
    "a\nb\n", "a\n\nb", "a\n \nb", "a \nb", "a\n b", " a\nb", "  a\n b\nc", "\n a\nb", "\n\n  a\nb\n", "a\nb ",
    "a\nb\n ", "a\nb \n", "a\n ", "a\n\t", "a\t\nb", "a\n\t\nb", "    a\n", "a\r\nb", "a\r", "\r", "\r\n", "\ra",
    "a\rb\n", "x\n---\nkind: Secret", "---\n", "---\na", "a\n---\n", "a\n...\nb", "...\na", "a\n# b\n", "# a\nb",
    "#!/bin/sh\nset -e\n", "a: b\nc: d\n", "- a\n- b\n", "a\n  - b\n", "{a\nb}", "\"a\nb\"", "'a\nb'", "a\\\nb",
    "%a\nb", "key: |\n  a\n", "a:\n\n\n  b\n\n", "{\n  \"a\": 1\n}\n", "all:\n\tcc -o x\n", ">\na", "|\na\n", "[\n]\n",
];

/// Characters beyond ASCII, controls, and what is invisible.
#[rustfmt::skip]
const CHARACTERS: &[&str] = &[
    "\0", "a\0b", "\u{1}", "\u{7}", "\u{8}", "\u{B}", "\u{C}", "\u{1B}[31m", "\u{1F}", "\u{7F}", "\u{80}", "\u{85}",
    "a\u{85}b", "a\u{85}", "\u{85}a", "a\nb\u{85}c", "\u{9F}", "\u{A0}", "\u{A0}a", "a\u{A0}", "a\u{A0}b",
    "a\nb\u{A0}\n", "a:\u{A0}b", "a\u{A0}#b", "\u{AD}", "\u{2028}", "a\u{2028}b", "a\u{2029}b", "a\n\u{2028}b",
    "\u{2029}", "\u{2003}a", "\u{3000}", "日本\u{3000}語", "\u{200B}", "a\u{200D}b", "\u{200E}", "\u{202E}abc",
    "\u{2066}a\u{2069}", "a\n\u{202E}b", "\u{FEFF}", "\u{FEFF}a", "a\u{FEFF}", "a\u{FEFF}b", "a\n\u{FEFF}b\n",
    "\u{FFFE}", "\u{FFFF}", "\u{FFFD}", "\u{FDD0}", "\u{1FFFE}", "\u{10FFFF}", "\u{10FFFD}", "\u{E000}", "\u{F8FF}",
    "\u{D7FF}", "😀", "a😀b", "😀: b", "😀\n", "👨‍👩‍👧", "🇩🇪", "🏴\u{E0067}\u{E007F}", "é", "e\u{301}", "ß",
    "Ünïcödé\nzwei\n", "ｙｅｓ", "ÿ: x", "Ñ #x", "中文", "中文: 文", "- 中", "-中", "：", "中：文", "\u{10000}", "\u{1F600}\u{FE0F}",
    "İ", "ı", "\u{1}a: b\n#", "a\u{0}\n", "\u{FFFE}\nb", "“quoted”", "‘a’", "…", "—", "×",
];

/// All the difficult strings.
pub(super) fn difficult() -> Vec<String> {
    let mut all: Vec<String> = [NUMBERS, STRUCTURE, CHARACTERS].concat().into_iter().map(str::to_owned).collect();
    for word in WORDS {
        let mixed: String =
            word.chars().enumerate().map(|(at, c)| if at % 2 == 1 { c.to_ascii_uppercase() } else { c }).collect();
        let title = word[..1].to_uppercase() + &word[1..];
        all.extend([
            (*word).to_owned(),
            word.to_uppercase(),
            title,
            mixed,
            format!("{word} "),
            format!("{word}s"),
            format!("-{word}"),
        ]);
    }
    for byte in 0..=0xFF_u8 {
        let character = char::from(byte);
        all.extend([
            format!("{character}"),
            format!("{character}a"),
            format!("a{character}"),
            format!("a {character} b"),
        ]);
    }
    // Around the length at which a key may no longer be written as `key: value`, in bytes and in characters.
    for length in [100, 127, 128, 129, 1021, 1022, 1023, 1024, 1025, 1026, 2000] {
        all.extend(["k".repeat(length), "ü".repeat(length), ":".repeat(length), "k ".repeat(length / 2) + "k"]);
    }
    all.extend([
        "long ".repeat(20_000) + "end",
        "x".repeat(100_000),
        "\"\\\u{1}".repeat(10_000),
        "line\n".repeat(10_000),
    ]);
    all.sort_unstable();
    all.dedup();
    all
}

/// A small generator of pseudo-random numbers (`SplitMix64`): the same on every machine and in every version.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// A string of up to some 30 pieces: characters with a meaning in YAML, pieces of difficult strings, any character.
    pub(super) fn string(&mut self) -> String {
        let mut text = String::new();
        let flavour = self.below(5);
        for _ in 0..self.below(if flavour == 0 { 30 } else { 9 }) {
            match (flavour, self.below(10)) {
                (1, _) => text.push(pick(self, "0123456789_.:+-eExobTtZz ".as_bytes()).into()),
                (2, 0..6) | (_, 0..2) => text.push(pick(self, b" \n\n\t:#-ab").into()),
                (_, 2..6) => text.push(char::from(u8::try_from(self.below(0x80)).unwrap())),
                (_, 6) => text.push(char::from(u8::try_from(self.below(0x100)).unwrap())),
                (_, 7) => text.push_str(pick(self, STRUCTURE)),
                (_, 8) => text.push_str(pick(self, CHARACTERS)),
                _ => text.extend(char::from_u32(u32::try_from(self.below(0x11_0000)).unwrap())),
            }
        }
        text
    }

    /// Plain data of a few levels.
    pub(super) fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 7 } else { 12 }) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => (self.next().cast_signed() >> self.below(64)).into(),
            3 => self.next().into(),
            // JSON has no infinity and no NaN: such patterns become null.
            4 => f64::from_bits(self.next()).into(),
            5..7 => self.string().into(),
            7..9 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object((0..self.below(5)).map(|_| (self.string(), self.value(depth - 1))).collect()),
        }
    }
}

fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[random.below(from.len())]
}

/// Data with the string in every position that an emitter treats on its own.
pub(super) fn everywhere(text: &str) -> Value {
    let map = |value: Value| Value::Object(Map::from_iter([(text.to_owned(), value)]));
    serde_json::json!({
        "value": text,
        "list": [text, [text, [text]], {"first": text, "second": text}],
        "nested": {"deeper": {"deepest": text}, "after": text},
        "key": {"to scalar": map(1.into()), "to map": map(map(text.into())), "to list": map([text].as_slice().into())},
        "keys in a list": [map(text.into()), map(Value::Null), [map(map(true.into()))]],
        "last": text,
    })
}

/// The string with its characters beyond ASCII as escapes, for messages.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars().take(60) {
        write!(out, "{}", character.escape_default()).unwrap();
    }
    out
}
