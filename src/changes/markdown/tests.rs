//! The page stays below its limit, and what it quotes stays text.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::changes::{Options, between};
use crate::diff::Changes;

fn report(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Report {
    let [old, new] = [old, new]
        .map(|side| side.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<BTreeMap<_, _>>());
    let environment = EnvironmentChanges {
        environment: "dev".into(),
        with: None,
        in_old: true,
        in_new: true,
        files: Changes::between(&old, &new).files,
        objects: between(&old, &new, &Options::default()),
    };
    Report::new(
        Side::Revision { revision: "`main`</details>".into(), commit: "0".repeat(40) },
        Side::Tree,
        vec![environment],
    )
}

fn files(list: &[(&str, String)]) -> BTreeMap<String, String> {
    list.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect()
}

fn concat(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

/// What a reader of Markdown takes for markup: the page without its code.
fn markup(page: &str) -> String {
    let mut fence: Option<usize> = None;
    let mut text = String::new();
    for line in page.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks >= open && line.trim_matches('`').trim().is_empty() => fence = None,
            Some(_) => {}
            None if ticks >= 3 && !line[ticks..].contains('`') => fence = Some(ticks),
            None => {
                text.push_str(&without_code(line));
                text.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a fence stays open:\n{page}");
    text
}

/// `line` without its code spans: each ends with as many backticks as it began with.
fn without_code(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        text.push_str(&rest[..at]);
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inside = &rest[at + run..];
        let ends = inside.match_indices('`').map(|(end, _)| end).filter(|&end| !inside[..end].ends_with('`'));
        let end = ends.clone().find(|&end| {
            let found = inside[end..].len() - inside[end..].trim_start_matches('`').len();
            found == run
        });
        if let Some(end) = end {
            rest = &inside[end + run..];
        } else {
            text.push_str(&rest[at..at + run]);
            rest = inside;
        }
    }
    text + rest
}

/// Only the tags of the page itself are there, and all of them are closed.
#[track_caller]
fn is_whole(page: &str, limit: usize) {
    assert!(length(page) <= limit, "{} of {limit}", length(page));
    let (mut open, text) = (0_u32, markup(page));
    for line in text.lines() {
        match line.strip_prefix("<details><summary><code>") {
            Some(rest) => {
                open += 1;
                let rest = rest.strip_suffix("</summary>").unwrap().replacen("</code>", "", 1);
                assert!(!rest.contains('<'), "{line}");
            }
            None if line == "</details>" => open = open.checked_sub(1).unwrap(),
            None => assert!(!line.contains('<') && !line.contains("@w"), "{line}"),
        }
    }
    assert_eq!(open, 0, "{page}");
}

const HOSTILE: &str = "```\n````\n</details>\n<script>alert(1)</script>\n~~~\n`x`\n@who **b** [a](b)\n";

#[test]
fn hostile_content_stays_text() {
    let object = |name: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name:?}\n  labels: {{a: {HOSTILE:?}}}\n")
    };
    let old = files(&[("a.yaml", object("x`</details>\n@who")), ("b</summary>`.txt", HOSTILE.into())]);
    let new = files(&[
        ("b</summary>`.txt", format!("{HOSTILE}more\n")),
        ("c.yaml", format!("\"</details>``\": {HOSTILE:?}\n")),
    ]);
    let page = markdown(&report(&old, &new), LIMIT);
    is_whole(&page, LIMIT);
    assert!(page.contains("### 1 dangerous change") && page.contains("`````diff\n"), "{page}");
    assert!(!page.contains("Cut to fit"), "{page}");
}

#[test]
fn a_large_report_is_cut_and_says_so() {
    let text = |n: usize| concat((0..400).map(|line| format!("key{line}: value {n}\n")));
    let many = |n: usize| (0..200).map(|file| (format!("f{file:03}.yaml"), text(n))).collect::<BTreeMap<_, _>>();
    let page = markdown(&report(&many(1), &many(2)), LIMIT);
    is_whole(&page, LIMIT);
    assert!(page.contains("\n**Cut to fit a comment.** Left out: "), "{}", &page[page.len() - 500..]);
    assert!(page.ends_with("`render diff` shows all of it.\n"));
    assert!(length(&page) > LIMIT / 2, "{}", length(&page));
}

#[test]
fn one_huge_file_leaves_room_for_the_others() {
    let huge = concat((0..20_000).map(|line| format!("{line}\n")));
    let old = files(&[("b.txt", "1\n".into())]);
    let new = files(&[("a.txt", huge), ("b.txt", "2\n".into()), ("c.txt", "x".repeat(100_000))]);
    let page = markdown(&report(&old, &new), LIMIT);
    is_whole(&page, LIMIT);
    assert!(page.contains("… the rest is cut\n") && page.contains("+2\n"), "{}", &page[..2_000]);
    assert!(page.contains("Left out: 2 parts of diffs."), "{}", &page[page.len() - 300..]);
}

#[test]
fn dangers_come_first_and_are_cut_last() {
    let claim = |n| format!("---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: n{n}}}\n");
    let claims = concat((0..5_000).map(claim));
    let page = markdown(&report(&files(&[("a.yaml", claims)]), &BTreeMap::new()), LIMIT);
    is_whole(&page, LIMIT);
    let note = page.rsplit_once("Left out: ").unwrap().1;
    assert!(page.contains("### 5001 dangerous changes") && note.contains(" dangerous changes, "), "{note}");
    assert!(
        page.contains("\n- removed `PersistentVolumeClaim n0`\n") && note.contains(" lines of the summary, "),
        "{note}"
    );
}

#[test]
fn characters_outside_of_the_basic_plane_count_twice() {
    let text = "😀".repeat(60) + "\n";
    let new: BTreeMap<_, _> = (0..1_000).map(|n| (format!("{n}.txt"), text.repeat(20))).collect();
    let page = markdown(&report(&BTreeMap::new(), &new), LIMIT);
    is_whole(&page, LIMIT);
    assert!(page.len() <= 262_144 && page.chars().count() < LIMIT, "{} bytes", page.len());
}

#[test]
fn the_smallest_page_is_no_panic() {
    let page = markdown(&report(&files(&[("a", "x".into())]), &BTreeMap::new()), 10);
    is_whole(&page, 10);
}

proptest! {
    #[test]
    fn any_page_is_whole(
        old in prop::collection::btree_map("[a`<\\\\ ]{1,4}(\\.yaml)?", "(``|```|~~~|</details>|<b>|@w|\n|- |\"|: |a|😀|\r|\u{202e}){0,30}", 0..4),
        new in prop::collection::btree_map("[a`<\\\\ ]{1,4}(\\.yaml)?", "(``|```|~~~|</details>|<b>|@w|\n|- |\"|: |a|😀|\r|\u{202e}){0,30}", 0..4),
        limit in 500..3_000_usize,
    ) {
        is_whole(&markdown(&report(&old, &new), limit), limit);
    }
}
