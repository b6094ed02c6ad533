//! What the emitter writes, and that readers get back what was given.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod corpus;
mod properties;
mod readers;
mod strings;

use serde_json::{Value, json};

use super::Emitter;
use crate::yaml::canonical_string;

fn emit(value: &Value) -> String {
    let mut emitter = Emitter::new();
    emitter.begin_document();
    emitter.value(value);
    emitter.into_string()
}

/// The text of a string below a key.
fn below_key(text: &str) -> String {
    let yaml = emit(&json!({"k": text, "z": 0}));
    yaml.strip_prefix("k: ").and_then(|yaml| yaml.strip_suffix("\nz: 0\n")).unwrap().to_owned()
}

#[test]
fn plain_strings() {
    for text in [
        "a",
        "example",
        "two words",
        "a:b",
        "http://x/y?z=1#f",
        "a#b",
        "a,b",
        "it's",
        "say \"x\"",
        "/etc/x",
        "$(rm)",
        "(x)",
        "\\d+",
        "--flag=:8080",
        "-x",
        "-1x",
        "v1.2.3",
        "1.2.3-rc.1",
        "100m",
        "128Mi",
        "30s",
        "1h30m",
        "10.0.0.0/8",
        "0 5 * * *",
        "1234abcd",
        ".gitignore",
        "nginx:1.27",
        "app.kubernetes.io/name",
        "a {{ b }} c",
        "yesterday",
        "nulls",
        "trueish",
        "once",
        "infinite",
        "日本語",
        "日本\u{3000}語",
        "é",
        "a😀b",
        "👨‍👩‍👧",
        "_private",
        "sha256:0123",
    ] {
        assert_eq!(below_key(text), text);
        assert_eq!(canonical_string(text).unwrap(), text);
    }
}

#[test]
fn quoted_strings() {
    for text in [
        "",
        " ",
        " a",
        "a ",
        "yes",
        "No",
        "oN",
        "OFF",
        "y",
        "N",
        "true",
        "FALSE",
        "null",
        "Null",
        "~",
        "~/x",
        "=",
        "<<",
        "0",
        "-1",
        "+1",
        "0777",
        "0o17",
        "0x1F",
        "0x1_f",
        "0b101",
        "1_000",
        "1e3",
        "012e4",
        "1.5",
        ".5",
        "5.",
        ".inf",
        "-.Inf",
        "+.INF",
        ".nan",
        "nan",
        "Infinity",
        "-inf",
        "12:30",
        "12:30:45",
        "8080:80",
        "2001-12-14",
        "2001-12-14t21:59:43.10-05:00",
        "1.2.3",
        "10.0.0.1",
        "1 000",
        "1,000",
        "_1",
        "a: b",
        "a:",
        "a #b",
        "#",
        "- x",
        "-",
        "---",
        "--- x",
        "...",
        "... x",
        "? x",
        ":x",
        "*a",
        "&a",
        "!x",
        "%",
        "@x",
        "`x`",
        "[a]",
        "{a}",
        "{{ x }}",
        "'a'",
        ",a",
        "|",
        ">",
        "\u{A0}a",
        "a\u{3000}",
    ] {
        assert_eq!(below_key(text), format!("\"{text}\""));
        assert_eq!(canonical_string(text).unwrap(), format!("\"{text}\""));
    }
}

#[test]
fn escaped_strings() {
    for (text, expected) in [
        ("\"", r#""\"""#),
        ("\"a\" \\", r#""\"a\" \\""#),
        ("a\tb", r#""a\tb""#),
        ("\n", r#""\n""#),
        ("a \nb", r#""a \nb""#),
        ("a\t\nb", r#""a\t\nb""#),
        ("a\n ", r#""a\n ""#),
        ("a\r\nb", r#""a\r\nb""#),
        ("a\u{85}b", r#""a\x85b""#),
        ("a\u{2028}b\n", r#""a\u2028b\n""#),
        ("\u{FEFF}a", r#""\uFEFFa""#),
        ("\0\u{1B}\u{7F}", r#""\x00\x1B\x7F""#),
        ("\u{FFFE}\u{FDD0}", r#""\uFFFE\uFDD0""#),
        ("\u{10FFFF}", r#""\U0010FFFF""#),
        ("\u{202E}abc", r#""\u202Eabc""#),
    ] {
        assert_eq!(below_key(text), expected);
    }
}

#[test]
fn literal_blocks() {
    for (text, expected) in [
        ("a\nb", "|-\n  a\n  b"),
        ("a\n", "|\n  a"),
        ("a\n\nb\n", "|\n  a\n\n  b"),
        ("a\n\n", "|+\n  a\n"),
        ("\na\n", "|\n\n  a"),
        (" a\nb", "|2-\n   a\n  b"),
        ("\n  a\n", "|2\n\n    a"),
        ("\ta\n\n", "|2+\n  \ta\n"),
        ("all:\n\tcc\n", "|\n  all:\n  \tcc"),
        ("x\n---\nkind: Secret", "|-\n  x\n  ---\n  kind: Secret"),
        ("#!/bin/sh\n", "|\n  #!/bin/sh"),
    ] {
        assert_eq!(below_key(text), expected);
        assert_eq!(canonical_string(text), None);
    }
}

#[test]
fn structure() {
    let yaml = emit(&json!({
        "map": {"inner": {"x": 1}, "empty": {}},
        "list": ["a", {"k": "v", "l": ["b"], "m": {"n": null}}, ["c", ["d"]], [], {}, [{"e": [{}]}], "f\ng\n"],
        "none": [],
        "yes": true,
        "a b: c": [[]],
    }));
    let expected = r#"
map:
  inner:
    x: 1
  empty: {}
list:
- a
- k: v
  l:
  - b
  m:
    "n": null
- - c
  - - d
- []
- {}
- - e:
    - {}
- |
  f
  g
none: []
"yes": true
"a b: c":
- []
"#;
    assert_eq!(yaml, expected.trim_start());
}

#[test]
fn numbers() {
    let numbers = json!([0, -1, u64::MAX, i64::MIN, 1000.0, -0.0, 0.1, 1e20, 1.5e300, 5e-324, 1e-7, 123_456.75]);
    let expected = "- 0\n- -1\n- 18446744073709551615\n- -9223372036854775808\n- 1000.0\n- -0.0\n- 0.1\n- 1.0e+20\n- 1.5e+300\n- 5.0e-324\n\
                    - 1.0e-7\n- 123456.75\n";
    assert_eq!(emit(&numbers), expected);

    let mut emitter = Emitter::new();
    emitter.begin_seq();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        emitter.item();
        emitter.float(value);
    }
    emitter.item();
    emitter.integer(i128::MIN);
    emitter.end_seq();
    assert_eq!(emitter.into_string(), format!("- .nan\n- .inf\n- -.inf\n- {}\n", i128::MIN));
}

#[test]
fn documents_and_comments() {
    let mut emitter = Emitter::with_capacity(100);
    emitter.comment("from `a`\rkind: Secret\n\nlast\u{0} \u{2028}line ");
    for text in ["one", "- two", "three\nlines\n", " told\nindent", "kept\n\n"] {
        emitter.begin_document();
        emitter.string(text);
    }
    let yaml = emitter.into_string();
    let expected = "# from `a`\n# kind: Secret\n#\n# last\u{FFFD}\n# line\none\n---\n\"- two\"\n---\n|\n  three\n  lines\n---\n\" told\\nindent\"\n---\n\"kept\\n\\n\"\n";
    assert_eq!(yaml, expected);
    assert_eq!(readers::saphyr(&yaml), ["one", "- two", "three\nlines\n", " told\nindent", "kept\n\n"]);
    assert_eq!(Emitter::new().into_string(), "");
}

/// The blank lines of `|+` never end the text, but may stand before other things.
#[test]
fn kept_line_breaks_at_the_end() {
    assert_eq!(emit(&json!({"a": "x\n\n", "b": ["y\n\n"]})), "a: |+\n  x\n\nb:\n- \"y\\n\\n\"\n");
    assert_eq!(emit(&json!({"b": ["y\n\n"], "c": {}})), "b:\n- |+\n  y\n\nc: {}\n");
}

/// A reader may stop looking for a key's colon after 1024 characters.
#[test]
fn long_keys() {
    let fits = "k".repeat(1024);
    let long = "k".repeat(1025);
    let quoted = ":".repeat(1023);
    let yaml = emit(&json!({&fits: 1, &long: {"a": [1]}, "list": [{&quoted: [1], "z": "x\ny"}]}));
    let expected =
        format!("{fits}: 1\n? {long}\n:\n  a:\n  - 1\nlist:\n- ? \"{quoted}\"\n  :\n  - 1\n  z: |-\n    x\n    y\n");
    assert_eq!(yaml, expected);
}

/// A caller that learns late that nothing follows.
#[test]
fn empty_after_all() {
    let mut emitter = Emitter::new();
    emitter.begin_map();
    emitter.key("a");
    emitter.begin_seq();
    emitter.item();
    emitter.begin_map();
    emitter.end_map();
    emitter.end_seq();
    emitter.key("b");
    emitter.raw_scalar(&canonical_string("yes").unwrap());
    emitter.end_map();
    emitter.begin_document();
    emitter.begin_map();
    emitter.end_map();
    assert_eq!(emitter.into_string(), "a:\n- {}\nb: \"yes\"\n{}\n");
}
