//! Findings as SARIF 2.1.0 (OASIS), which code hosts show in the diff of a pull request.
//!
//! A result stands where its author can mend it: at the value that it comes from, else at the template, else where it
//! shows under `out/`; the other places are related locations. Its fingerprint holds through edits elsewhere in the file:
//! no line and no column is part of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Code, Diagnostic, Diagnostics, Explanation, Help, Label, Severity};
use crate::hex::hex;

/// Where the pages about codes are, in the repository of this program.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/codes/");

impl Diagnostics {
    /// The findings as one SARIF log. `explain` knows what is to be known of a code. Files are named from the project's
    /// root.
    pub fn to_sarif(&self, explain: impl Fn(Code) -> Option<Explanation>) -> Value {
        let mut codes: Vec<Code> = self.iter().map(|item| item.code).collect();
        codes.sort_unstable();
        codes.dedup();
        let rules: Vec<Value> = codes.iter().map(|code| rule(*code, explain(*code))).collect();
        let mut seen = BTreeMap::new();
        let results: Vec<Value> = self
            .iter()
            .map(|item| {
                let index = codes.binary_search(&item.code).unwrap_or_default();
                result(item, index, &mut seen)
            })
            .collect();
        let run = json!({
            "tool": { "driver": {
                "name": "supercargo",
                "semanticVersion": crate::VERSION,
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        });
        json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        })
    }
}

/// What a code means, for whoever opens one of its results.
fn rule(code: Code, explanation: Option<Explanation>) -> Value {
    let page = format!("{PAGES}{code}.md");
    let mut rule = json!({
        "id": code.name(),
        "name": pascal_case(code.name()),
        "shortDescription": { "text": plain(code.meaning()) },
        "fullDescription": { "text": plain(code.meaning()) },
        "helpUri": page,
        "help": { "text": format!("More on {page}") },
    });
    if let Some(Explanation { why, mend, .. }) = explanation {
        let steps: Vec<String> = mend.iter().map(|step| format!("* {step}")).collect();
        let markdown = format!("{why}\n\n{}\n\n[More about `{code}`]({page})", steps.join("\n"));
        rule["fullDescription"]["text"] = json!(plain(why));
        let text = plain(&format!("{why}\n\n{}\n\nMore on {page}", steps.join("\n")));
        rule["help"] = json!({ "text": text, "markdown": markdown });
    }
    rule
}

/// Markdown as plain text: names lose their backticks.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

/// `unknown-key` as `UnknownKey`.
fn pascal_case(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(capital).collect()
}

/// One finding. `seen` counts those that nothing but their place tells from another.
fn result(item: &Diagnostic, rule: usize, seen: &mut BTreeMap<String, usize>) -> Value {
    let mut labels: Vec<&Label> = item.primary.iter().chain(&item.secondary).collect();
    // A stable sort: of places that are as good, the first stays the first.
    labels.sort_by_key(|label| distance(label.location.source.path()));
    let first = match labels.first() {
        Some(label) => location(label),
        None => item
            .file
            .as_deref()
            .map_or_else(|| json!({}), |file| json!({ "physicalLocation": { "artifactLocation": artifact(file) } })),
    };
    let related = labels.iter().skip(1).enumerate().map(|(index, label)| {
        let mut place = location(label);
        place["id"] = json!(index);
        place["message"] = json!({ "text": if label.text.is_empty() { "it shows here" } else { &label.text } });
        place
    });
    let mut result = json!({
        "ruleId": item.code.name(),
        "ruleIndex": rule,
        "level": match item.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": message(item) },
        "partialFingerprints": { "finding/v1": fingerprint(item, seen) },
    });
    if first.get("physicalLocation").is_some() {
        result["locations"] = json!([first]);
    }
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

/// How far the file at `path` is from what people write: values, then templates, then everything else.
fn distance(path: &str) -> usize {
    ["values/", "templates/"].iter().position(|folder| path.starts_with(folder)).unwrap_or(2)
}

/// The headline, the facts, and what to do, as plain text.
fn message(item: &Diagnostic) -> String {
    let helps = item.helps.iter().map(|help| match help {
        Help::Text(text) | Help::Replace { text, .. } => format!("To do: {}.", plain(text)),
    });
    let notes = item.notes.iter().map(|note| format!("{}.", plain(note)));
    let headline = format!("{}.", plain(&item.message));
    std::iter::once(headline).chain(notes).chain(helps).collect::<Vec<_>>().join(" ")
}

/// A file of the project. One that is none, such as an argument, has no address below the root.
fn artifact(path: &str) -> Value {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
    let escaped =
        path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    json!({ "uri": escaped.collect::<String>() })
}

fn location(label: &Label) -> Value {
    let source = &label.location.source;
    let span = label.location.span;
    let (line, column) = label.location.line_column();
    let (end_line, end_column) = source.line_column((span.end as usize).max(span.start as usize));
    json!({ "physicalLocation": {
        "artifactLocation": artifact(source.path()),
        "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
    } })
}

/// What tells the finding from others, in this run and the next: its code, its headline and its file.
fn fingerprint(item: &Diagnostic, seen: &mut BTreeMap<String, usize>) -> String {
    let text = [item.code.name(), item.path(), &item.message].join("\u{0}");
    let turn = seen.entry(text.clone()).and_modify(|turn| *turn += 1).or_insert(0);
    let digest = Sha256::digest(format!("{text}\u{0}{turn}"));
    hex(&digest[..16])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::source::{Location, Source};

    fn log(found: Vec<Diagnostic>) -> Value {
        let found: Diagnostics = found.into_iter().collect();
        found.to_sarif(|code| code.explanation().copied())
    }

    #[test]
    fn a_result_stands_where_it_can_be_mended() {
        let values = Source::new("values/dev.yaml", "a: 1\nb: ä x\n");
        let out = Source::new("out/dev/page.yaml", "kind: Pod\n");
        let found = Diagnostic::error(Code::HostAccess, "`web` is privileged")
            .at(Location::new(&out, 6..9), "")
            .see(Location::new(&values, 8..11), "from this value")
            .note("rendered by x")
            .help("remove `privileged`");
        let result = log(vec![found])["runs"][0]["results"][0].clone();
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "values/dev.yaml");
        assert_eq!(place["region"], json!({ "startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 6 }));
        assert_eq!(result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"], "out/dev/page.yaml");
        assert_eq!(result["message"]["text"], "web is privileged. rendered by x. To do: remove privileged.");
        assert_eq!(result["level"], "error");
    }

    #[test]
    fn a_fingerprint_holds_while_lines_move_and_tells_twins_apart() {
        let fingerprints = |text: &str| -> Vec<String> {
            let source = Source::new("values/dev.yaml", text);
            let places = text.match_indices('x').map(|(at, _)| Location::new(&source, at..at + 1));
            let found = places.map(|place| Diagnostic::error(Code::UnknownKey, "`x` is no key").at(place, ""));
            let log = log(found.collect());
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            results.iter().map(|one| one["partialFingerprints"]["finding/v1"].as_str().unwrap().to_owned()).collect()
        };
        let before = fingerprints("x: 1\nx: 2\n");
        assert_eq!(before, fingerprints("# moved\n\n  x: 1\nx: 2\n"));
        assert_ne!(before[0], before[1]);
    }

    #[test]
    fn every_result_has_its_rule_and_files_are_addresses() {
        let found = vec![
            Diagnostic::error(Code::TooLarge, "b").in_file("values/a b.yaml"),
            Diagnostic::warning(Code::NotUtf8, "a"),
        ];
        let log = log(found);
        let run = &log["runs"][0];
        let rules: Vec<_> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
        for result in run["results"].as_array().unwrap() {
            assert_eq!(rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()], &result["ruleId"]);
        }
        let place = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(place["uri"], "values/a%20b.yaml");
        assert_eq!(run["results"][1].get("locations"), None);
        assert_eq!(run["tool"]["driver"]["rules"][0]["name"], "NotUtf8");
    }
}
