//! Single edits by example, then many by chance.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;

const PATH: [&str; 3] = ["applications", "lofi", "image"];
const NEW: &str = "registry.example.com:5000/example/lofi:2@sha256:ab";

fn edit(text: &str) -> Result<String, Diagnostic> {
    set(&Source::new("values/dev.yaml", text), &PATH, NEW).map(|source| source.text().to_owned())
}

/// `text` holds `OLD` once, which has to become the new value, and nothing else.
#[track_caller]
fn becomes(text: &str) {
    assert_eq!(text.matches("OLD").count(), 1);
    assert_eq!(edit(text).unwrap(), text.replace("OLD", NEW), "{text}");
}

#[test]
fn a_value_that_is_there_keeps_all_around_it() {
    becomes("applications:\n  lofi:\n    image: OLD\n    port: 1\n");
    becomes("applications:\n  lofi:\n    image: OLD");
    becomes("applications:\r\n  lofi:\r\n    image: OLD # why\r\n    port: 1\r\n");
    becomes("applications:\n        lofi:\n         port: 1\n         image:   'OLD'   # why\n\n\n");
    becomes("\"applications\": {'lofi': {image: \"OLD\" , port: 1}} # why\n");
    becomes("{applications: {lofi: {image: OLD}}}");
    becomes("# first\n---\napplications:\n  lofi:\n    # the \"image\"\n    image: \"OLD\"  # it's \"this\"\n...\n");
    becomes("applications:\n  lofi: &lofi\n    image: &image OLD # x\n");
    becomes("applications:\n  lofi:\n    image: !!str 'OLD' # x\n");
    becomes("applications:\n  lofi:\n    image:\n      OLD\n    port: 1\n");
    becomes("applications:\n  lofi:\n    image: >- # folded\n      OLD\n\n    # about the port\n    port: 1\n");
    becomes("applications:\n  lofi:\n    image: &image |-\n      OLD\n    port: 1\n");
    becomes("applications:\n  lofi:\n    ? image\n    : OLD\n    ? port\n    : 1\n");
    becomes("größe: &ü \"ä\"\napplications: {lofi: {name: *ü, image: OLD}}\n");
}

#[test]
fn a_value_with_nothing_in_it_is_filled() {
    for (old, new) in [
        ("image:\n    port: 1", "image: NEW\n    port: 1"),
        ("image: # to come\n    port: 1", "image: NEW # to come\n    port: 1"),
        ("image : ~", "image : NEW"),
        ("image: null # none", "image: NEW # none"),
        ("image: ''", "image: 'NEW'"),
        ("image: &image", "image: &image NEW"),
    ] {
        let head = "applications:\n  lofi:\n    ";
        assert_eq!(edit(&format!("{head}{old}\n")).unwrap(), format!("{head}{new}\n").replace("NEW", NEW), "{old}");
    }
    assert_eq!(edit("applications: {lofi: {image}}").unwrap(), format!("applications: {{lofi: {{image: {NEW}}}}}"));
}

#[test]
fn a_key_that_is_not_there_is_put_behind_the_others() {
    for (old, new) in [
        ("", "applications:\n  lofi:\n    image: NEW\n"),
        ("# nothing yet\n", "# nothing yet\napplications:\n  lofi:\n    image: NEW\n"),
        ("{}\n", "{applications: {lofi: {image: NEW}}}\n"),
        ("a: 1", "a: 1\napplications:\n  lofi:\n    image: NEW"),
        ("a:\n    b: 1\r\n", "a:\n    b: 1\r\napplications:\r\n    lofi:\r\n        image: NEW\r\n"),
        ("a: 1\n\n# two\nb: 2\n", "a: 1\n\n# two\nb: 2\n\napplications:\n  lofi:\n    image: NEW\n"),
        ("a: 1\n\nb: 2\n", "a: 1\n\nb: 2\n\napplications:\n  lofi:\n    image: NEW\n"),
        ("a: 1\n\nb: 2\nc: 3\n", "a: 1\n\nb: 2\nc: 3\napplications:\n  lofi:\n    image: NEW\n"),
        ("applications:\n\n  a: {}\n\n  b: {}\n", "applications:\n\n  a: {}\n\n  b: {}\n\n  lofi:\n    image: NEW\n"),
        (
            "applications:\n  web:\n    port: 1 # one\n    # last words\n\n# the end\nz: 1\n",
            "applications:\n  web:\n    port: 1 # one\n    # last words\n  lofi:\n    image: NEW\n\n# the end\nz: 1\n",
        ),
        (
            "applications:\n  lofi:\n    env: {A: \"#\"} # x\n  web: {}\n",
            "applications:\n  lofi:\n    env: {A: \"#\"} # x\n    image: NEW\n  web: {}\n",
        ),
        (
            "applications:\n  lofi:\n    note: |\n      a\n\n      b\n  web: {}\n",
            "applications:\n  lofi:\n    note: |\n      a\n\n      b\n    image: NEW\n  web: {}\n",
        ),
        (
            "applications:\n  lofi:\n    list:\n    - a\n    - b: 1\n",
            "applications:\n  lofi:\n    list:\n    - a\n    - b: 1\n    image: NEW\n",
        ),
        ("applications: {web: {}}\n", "applications: {lofi: {image: NEW}, web: {}}\n"),
        (
            "applications: {\n  # web\n  web: {},\n}\n",
            "applications: {\n  # web\n  lofi: {image: NEW},\n  web: {},\n}\n",
        ),
        ("applications:\n  lofi: { }\n", "applications:\n  lofi: {image: NEW }\n"),
    ] {
        assert_eq!(edit(old).unwrap(), new.replace("NEW", NEW), "{old}");
    }
}

#[test]
fn what_a_merge_key_brings_in_is_set_in_the_mapping_itself() {
    let text = "applications:\n  web: &web\n    image: a\n    port: 1\n  lofi:\n    <<: *web\n    port: 2\n";
    assert_eq!(edit(text).unwrap(), format!("{text}    image: {NEW}\n"));
}

#[test]
fn what_is_shared_is_refused() {
    let message = |text: &str| {
        let refusal = edit(text).unwrap_err();
        assert_eq!(refusal.code, Code::NotEditable);
        std::iter::once(&refusal.message).chain(&refusal.notes).cloned().collect::<Vec<_>>().join("; ")
    };
    for (text, expected) in [
        (
            "applications:\n  web: {image: &i x}\n  lofi: {image: *i}\n",
            "`applications.lofi.image` is an alias of a value that stands elsewhere; to change that value could change others, too",
        ),
        (
            "applications:\n  web: &w {image: x}\n  lofi: *w\n",
            "`applications.lofi` is an alias of a value that stands elsewhere; to change that value could change others, too",
        ),
        (
            "applications:\n  lofi: {image: &i x}\n  web: {image: *i}\n",
            "`applications.lofi.image` can't be set in place; it would change `applications.web.image`, too: they share a text by an anchor",
        ),
        (
            "applications:\n  lofi: &l {port: 1}\n  web: {<<: *l}\n",
            "`applications.lofi.image` can't be set in place; it would change `applications.web.image`, too: they share a text by an anchor",
        ),
        ("applications:\n  lofi: [x]\n", "`applications.lofi` is not a mapping"),
        ("applications:\n  lofi: {image: {}}\n", "`applications.lofi.image` is not a single value"),
        (
            "applications:\n  lofi:\n    image: |\n      x\n",
            "`applications.lofi.image` can't be set in place; with the new text the value would still be another one",
        ),
    ] {
        assert_eq!(message(text), expected, "{text}");
    }
    assert_eq!(edit("a: [").unwrap_err().code, Code::YamlSyntax);
}

#[test]
fn quotes_stay_where_they_can_hold_the_text() {
    let with = |text: &str, value: &str| set(&Source::new("a", text), &["a"], value).unwrap().text().to_owned();
    assert_eq!(with("a: 'x' # 'y'\n", "b c"), "a: 'b c' # 'y'\n");
    assert_eq!(with("a: 'it''s' # 'y'\n", "b"), "a: 'b' # 'y'\n");
    assert_eq!(with("a: \"\\\"x\\\\\" # \"\n", "b"), "a: \"b\" # \"\n");
    assert_eq!(with("a: 'x'\n", "it's"), "a: it's\n");
    assert_eq!(with("a: x\n", "yes"), "a: \"yes\"\n");
    assert_eq!(with("a: x\n", "b # c"), "a: \"b # c\"\n");
}

/// A comment, a blank line, or nothing.
fn filler() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "\n", "# image: no\n", "\n# \"it's\" {\n\n", "   # deeper: &x\n"])
}

/// A value that is not the one that is set; the anchors are unique by their place.
fn other(anchor: &'static str) -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "1",
        "x y",
        "'it''s'",
        "\"a # \\\" b\"",
        "{a: 1, b: [x, \"}\"]}",
        "[]",
        "~",
        "",
        "ä\u{1f980}",
        "registry.example.com/x:1",
    ]);
    (plain, prop::bool::ANY)
        .prop_map(move |(text, named)| if named { format!("&{anchor} {text}") } else { text.into() })
}

/// A file that sets the image, with `OLD` in its place.
fn file() -> impl Strategy<Value = String> {
    let quoted = |key: &'static str| {
        prop::sample::select(vec![key.to_owned(), format!("\"{key}\""), format!("'{key}'"), format!("{key} ")])
    };
    let keys = (quoted("applications"), quoted("lofi"), quoted("image"));
    let style = prop::sample::select(vec!["OLD", "'OLD'", "\"OLD\"", "&img OLD", "!!str OLD", "&img \"OLD\""]);
    let behind = prop::sample::select(vec!["", " ", " # why", "  # 'it' \"is\""]);
    let values = (other("a"), other("b"), other("c"), other("d"));
    let gaps = (filler(), filler(), filler(), filler());
    let shape = (1..6usize, 1..6usize, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, 0..4usize);
    (keys, style, behind, values, gaps, shape).prop_map(|(keys, style, behind, values, gaps, shape)| {
        let (applications, lofi, image) = keys;
        let (a, b, c, d) = values;
        let (one, two, three, four) = gaps;
        let (outer, inner, crlf, ended, marked, flow) = shape;
        let (step, deep) = (" ".repeat(outer), " ".repeat(outer + inner));
        let body = match flow {
            0 => format!("{applications}: {{{lofi}: {{x: {c}, {image}: {style}}}, w: {{y: 1}}}}{behind}\n"),
            1 => format!("{applications}:\n{two}{step}w: {b}\n{step}{lofi}: {{ {image}: {style} , x: 1 }}{behind}\n{three}"),
            _ => format!(
                "{applications}:\n{two}{step}w: {b}\n{step}{lofi}:\n{three}{deep}x: {c}\n{deep}{image}: {style}{behind}\n{three}{deep}y: 1\n{four}"
            ),
        };
        let start = if marked { "# top\n---\n" } else { "" };
        let mut text = format!("{start}{one}first: {a}\n{two}{body}last: {d}\n");
        if !ended {
            text.truncate(text.len() - 1);
        }
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn only_the_one_scalar_changes(text in file()) {
        let edited = edit(&text);
        prop_assert!(edited.is_ok(), "{:?}\n{}", edited, text);
        prop_assert_eq!(edited.unwrap(), text.replace("OLD", NEW));
    }

    #[test]
    fn a_key_that_is_added_leaves_every_other_byte(text in file()) {
        let source = Source::new("values/dev.yaml", text.as_str());
        for path in [&["applications", "lofi", "added"][..], &["applications", "new", "image"], &["new", "lofi", "image"]] {
            let edited = set(&source, path, NEW).unwrap();
            let root = load_one(&edited, Limits::default()).unwrap();
            let value = path.iter().fold(&root, |node, key| node.child(key).unwrap());
            prop_assert_eq!(&value.as_scalar().unwrap().text, NEW);
            // What is new is one piece: the bytes before it and behind it are the old ones.
            let same = text.bytes().zip(edited.text().bytes()).take_while(|(old, new)| old == new).count();
            prop_assert!(edited.text().as_bytes().ends_with(&text.as_bytes()[same..]), "{}\n{}", text, edited.text());
        }
    }
}
