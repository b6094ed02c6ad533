//! From `--env` and `--all` to environments.

use anyhow::bail;
use supercargo::diagnostic::nearest;
use supercargo::model::EnvironmentName;

use crate::args::EnvironmentArguments;

/// The environments of `known` that `arguments` select, in the order of `known` for patterns and as given else.
///
/// A plain name that is not known is passed on: the layers say best why it can't be rendered.
pub(crate) fn select(
    arguments: &EnvironmentArguments,
    known: &[EnvironmentName],
) -> anyhow::Result<Vec<EnvironmentName>> {
    if arguments.all {
        if known.is_empty() {
            bail!("there is no environment: create values/dev.yaml");
        }
        return Ok(known.to_vec());
    }
    if arguments.environments.is_empty() {
        bail!("which environment? use `--env {}` or `--all`", known.first().map_or("dev", EnvironmentName::as_str));
    }
    let mut selected: Vec<EnvironmentName> = Vec::new();
    for pattern in &arguments.environments {
        let found = if pattern.contains(['*', '?']) { matching(pattern, known)? } else { vec![parse(pattern, known)?] };
        for environment in found {
            if !selected.contains(&environment) {
                selected.push(environment);
            }
        }
    }
    Ok(selected)
}

/// The environment `name`, which need not be one of `known`.
pub(crate) fn parse(name: &str, known: &[EnvironmentName]) -> anyhow::Result<EnvironmentName> {
    EnvironmentName::parse(name).map_err(|problem| {
        // The example in the problem itself may be that very name.
        let suggestion = nearest(name, known.iter().map(EnvironmentName::as_str))
            .filter(|near| !problem.contains(&format!("`{near}`")));
        let suggestion = suggestion.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        anyhow::anyhow!("{problem}{suggestion}")
    })
}

fn matching(pattern: &str, known: &[EnvironmentName]) -> anyhow::Result<Vec<EnvironmentName>> {
    let found: Vec<_> = known.iter().filter(|name| matches(pattern, name.as_str())).cloned().collect();
    if found.is_empty() {
        let names: Vec<_> = known.iter().map(EnvironmentName::as_str).collect();
        bail!("no environment matches `{pattern}`; there are: {}", names.join(", "));
    }
    Ok(found)
}

/// `*` is any text, `?` any one character.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            matches(&pattern[1..], name) || name.chars().next().is_some_and(|c| matches(pattern, &name[c.len_utf8()..]))
        }
        (Some('?'), Some(c)) => matches(&pattern[1..], &name[c.len_utf8()..]),
        (Some(p), Some(c)) if p == c => matches(&pattern[p.len_utf8()..], &name[c.len_utf8()..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("prod-*", "prod-fra", true),
            ("prod-*", "prod", false),
            ("*", "dev", true),
            ("d?v", "dev", true),
            ("d?v", "dv", false),
            ("*-fra", "prod-fra", true),
            ("dev", "dev2", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
