//! The pages about codes: one each, made of what stands with the code, and the list that leads to them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use supercargo::checks::explanation;
use supercargo::checks::policies::{InCluster, Policy, policy};
use supercargo::diagnostic::{Code, Explanation, Level};
use supercargo::model::Policies;
use walkdir::WalkDir;

use super::{hold, root};

/// Codes of which nobody has written yet why there are findings of them, and what to do. To be emptied.
const UNEXPLAINED: [&str; 0] = [];

/// Codes whose findings are about values and files, so that no exception can name a resource.
const OF_VALUES: [Code; 5] =
    [Code::Retired, Code::Unsealed, Code::StaleException, Code::UnknownChartKey, Code::ChartNotCached];

/// How much findings of `code` count where the values say nothing.
fn counts(code: Code) -> String {
    let usual = code.usual();
    let name = |level: Level| if level == Level::Off { "not looked for" } else { level.name() };
    if usual.elsewhere == usual.production {
        return name(usual.elsewhere).to_owned();
    }
    format!("{}; {} in production", name(usual.elsewhere), name(usual.production))
}

#[test]
fn the_list_of_codes_is_current() {
    let mut text = String::from(
        "# Codes of findings\n\n\
         <!-- Generated from src/diagnostic/code.rs: `just generate`. -->\n\n\
         Every finding about your files carries a code in brackets, such as `error[unknown-key]`. A code keeps its\n\
         name and its meaning, so scripts can filter by it; `--message-format json` prints it as `code`, and\n\
         `render check --list-codes` prints this list. Behind each is a page with what to do.\n\n\
         How much a finding counts can be set where the last column says so, and single resources can be excepted:\n\
         see [policies](policies.md).\n\n\
         | code | meaning | counts as | can be set |\n| --- | --- | --- | --- |\n",
    );
    for code in Code::ALL {
        let set = if Policies::EXCEPTABLE.contains(code) { "yes" } else { "" };
        let _ = writeln!(text, "| [`{code}`](codes/{code}.md) | {} | {} | {set} |", code.meaning(), counts(*code));
    }
    hold("docs/codes.md", &text);
}

#[test]
fn each_code_has_its_page() {
    if std::env::var_os("SUPERCARGO_WRITE_DOCS").is_some() {
        fs::create_dir_all(root().join("docs/codes")).unwrap();
    }
    for code in Code::ALL {
        hold(&format!("docs/codes/{code}.md"), &page(*code));
    }
    let there = fs::read_dir(root().join("docs/codes")).unwrap().map(|entry| entry.unwrap().file_name());
    let there: BTreeSet<_> = there.map(|name| name.into_string().unwrap()).collect();
    assert_eq!(there, Code::ALL.iter().map(|code| format!("{code}.md")).collect(), "remove what is no code any more");
}

fn page(code: Code) -> String {
    let mut text = format!(
        "# `{code}`\n\n<!-- Generated from what stands with the code: `just generate`. -->\n\n{}\n\nCounts as: {}.\n",
        code.meaning(),
        counts(code)
    );
    if let Some(Explanation { why, mend, example }) = explanation(code) {
        if !example.is_empty() {
            let _ = write!(text, "\n```text\n{example}\n```\n");
        }
        let _ = write!(text, "\n## Why\n\n{why}\n\n## What to do\n\n");
        for step in mend {
            let _ = writeln!(text, "* {step}");
        }
    }
    if let Some(policy) = policy(code) {
        of_policy(policy, &mut text);
    }
    exceptions(code, &mut text);
    text.push_str("\n[All codes](../codes.md)\n");
    text
}

fn of_policy(policy: &Policy, text: &mut String) {
    let _ = write!(text, "\n## Example\n\nThis is found:\n\n```yaml\n{}```\n", policy.wrong);
    let _ = write!(text, "\nAnd this is right:\n\n```yaml\n{}```\n", policy.right);
    let _ = match policy.cluster {
        InCluster::Held => write!(
            text,
            "\n## In the cluster\n\nWhere `services.kyverno` is on, a `ValidatingPolicy` of this name holds what is applied to \
             the same. It follows the\nseverity and the exceptions of the values.\n"
        ),
        InCluster::Not(reason) => write!(text, "\n## In the cluster\n\nKyverno does not hold this: {reason}.\n"),
    };
}

fn exceptions(code: Code, text: &mut String) {
    text.push_str("\n## Exceptions\n\n");
    if !Policies::EXCEPTABLE.contains(&code) {
        text.push_str("There are none: the output would be wrong.\n");
        return;
    }
    let _ = write!(
        text,
        "For a whole environment, how much it counts can be set, with a reason:\n\n```yaml\npolicies:\n  severities:\n    \
         {code}: {{level: warning, reason: …}}\n```\n"
    );
    if !OF_VALUES.contains(&code) {
        let _ = write!(
            text,
            "\nSingle resources are excepted by name, with a reason and somebody who answers for it:\n\n```yaml\npolicies:\n  \
             exceptions:\n    a-name-for-it:\n      code: {code}\n      resource: {{kind: …, namespace: …, name: …}}\n      \
             reason: …\n      owner: …\n      expires: 2027-03-31\n```\n"
        );
    }
}

/// Each code says why there is such a finding and what to do.
#[test]
fn every_code_is_explained() {
    let silent = Code::ALL.iter().filter(|code| explanation(**code).is_none()).map(|code| code.name());
    assert_eq!(
        silent.collect::<BTreeSet<_>>(),
        BTreeSet::from(UNEXPLAINED),
        "give a code its explanation in src/diagnostic/explanation/, or list it here for a while"
    );
    for code in Code::ALL {
        let Some(Explanation { why, mend, .. }) = explanation(*code) else { continue };
        assert!(why.ends_with('.') && !mend.is_empty(), "{code}");
        for step in mend {
            assert!(step.ends_with('.') || step.ends_with('`'), "{code}: {step}");
        }
    }
}

/// The examples of messages are messages that come out of a test, or that a page shows and a test has seen.
#[test]
fn examples_of_messages_are_real() {
    let is_of_interest = |path: &Path| {
        let of_tests = path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests");
        (of_tests || !path.starts_with(root().join("src"))) && !path.starts_with(root().join("docs/codes"))
    };
    let files = ["tests/it", "docs", "src"].into_iter().flat_map(|folder| WalkDir::new(root().join(folder)));
    let files = files.map(Result::unwrap).filter(|entry| entry.file_type().is_file() && is_of_interest(entry.path()));
    let seen: String = files.map(|entry| fs::read_to_string(entry.path()).unwrap_or_default()).collect();
    for code in Code::ALL.iter().filter(|code| policy(**code).is_none()) {
        let Some(Explanation { example, .. }) = explanation(*code) else { continue };
        let Some((head, headline)) = example.split_once("]: ") else { continue };
        assert!(seen.contains(headline), "{code}: no test sees `{headline}`");
        assert_eq!(head.split_once('[').map(|(_, name)| name), Some(code.name()));
    }
}
