//! What there is as a page for people: two tables for each environment.

use std::fmt::Write as _;

use supercargo::model::{EnvironmentName, Installed, NeededKey, SecretNeed};

use super::Item;

const HEAD: &str = "\
# Services

<!-- Generated from values/ by `render list --format markdown`. -->

What each environment installs, where the lowest wave comes first, and the Secrets that this reads and no chart makes: you
seal them.
";

const INSTALLED: [&str; 9] = ["service", "kind", "chart", "version", "namespace", "wave", "pool", "host", "secrets"];

const SECRETS: [&str; 5] = ["secret", "type", "keys", "for", "where to get it"];

/// The page about `environments`.
pub(super) fn markdown(environments: &[EnvironmentName], items: &[Item]) -> String {
    let mut page = HEAD.to_owned();
    for environment in environments {
        let items: Vec<_> = items.iter().filter(|item| item.environment == environment.as_str()).collect();
        let _ = write!(page, "\n## {environment}\n\n");
        if items.is_empty() {
            page.push_str("Nothing.\n");
            continue;
        }
        page.push_str(&table(INSTALLED, items.iter().map(|item| installed(item))));
        let mut secrets: Vec<&SecretNeed> = Vec::new();
        for secret in items.iter().flat_map(|item| &item.installed.secrets) {
            if secrets.iter().all(|known| known.id != secret.id) {
                secrets.push(secret);
            }
        }
        if !secrets.is_empty() {
            page.push('\n');
            page.push_str(&table(SECRETS, secrets.into_iter().map(needed)));
        }
    }
    page
}

fn installed(item: &Item) -> [String; 9] {
    let secret = |need: &SecretNeed| {
        let keys: Vec<_> = need.keys.iter().map(|key| code(key.key.as_str())).collect();
        format!("{}: {}", code(need.id.as_str()), keys.join(", "))
    };
    let Installed { kind, name, chart, version, namespace, wave, pool, hosts, secrets } = &item.installed;
    let secrets: Vec<_> = secrets.iter().map(secret).collect();
    let host = hosts.first().map_or("", String::as_str);
    let cells = [name, kind.name(), chart, version, namespace, wave, pool, host, &secrets.join("<br>")];
    cells.map(str::to_owned)
}

fn needed(need: &SecretNeed) -> [String; 5] {
    let key = |key: &NeededKey| format!("{}: {}", code(key.key.as_str()), key.meaning);
    let keys: Vec<_> = need.keys.iter().map(key).collect();
    [code(need.id.as_str()), code(need.kind.as_str()), keys.join("<br>"), need.purpose.clone(), need.source.clone()]
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let line = |cells: &[String]| {
        let cells = cells.iter().map(|cell| match cell.as_str() {
            "" => " |".to_owned(),
            cell => format!(" {} |", cell.replace('|', "\\|")),
        });
        format!("|{}\n", cells.collect::<String>())
    };
    let mut text = line(&head.map(str::to_owned));
    text.push_str(&line(&head.map(|_| "---".to_owned())));
    text.extend(rows.map(|row| line(&row)));
    text
}
