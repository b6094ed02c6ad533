//! Where things come from: git repositories and revisions, charts and their versions, Kubernetes releases.

use super::names::dotted_labels;
use super::network::{authority, split_authority, url_path};
use super::scalars::{Checked, check_characters, check_length, is_decimal, is_lower_alphanumeric, shown, text_scalars};

text_scalars! {
    /// The address of a git repository: `https://…`, `ssh://…` or `git@host:path`. Credentials are not part of it.
    GitUrl = "git-url", git_url, ["https://github.com/example/platform.git", "git@github.com:example/platform.git"];
    /// A branch, a tag or a commit, by the rules of `git check-ref-format`.
    GitRevision = "git-revision", git_revision, ["main", "v1.4.2"];
    /// A Helm repository: `https://…` for one with an index, `oci://…` for a registry.
    ChartRepository = "chart-repository", chart_repository, [
        "https://charts.example.com",
        "oci://ghcr.io/example/charts",
    ];
    /// The name of a Helm chart: lower-case letters, digits, `-`, `_` and `.`.
    ChartName = "chart-name", chart_name, ["cert-manager"];
    /// One exact version (Semantic Versioning 2.0.0), with the leading `v` where the chart's own versions have it.
    /// Ranges are refused: the same values give the same chart.
    ChartVersion = "chart-version", chart_version, ["4.15.1", "v1.21.1"];
    /// A Kubernetes version: a minor release, a patch release, or a slug of `DigitalOcean`. Quote a minor release in
    /// YAML, or `1.30` becomes the number 1.3.
    KubernetesVersion = "kubernetes-version", kubernetes_version, ["1.36", "1.36.2", "1.36.2-do.0"];
}

impl ChartVersion {
    /// Major, minor and patch number; pre-release and build are left out.
    pub fn release(&self) -> (u64, u64, u64) {
        let version = self.0.strip_prefix('v').unwrap_or(&self.0);
        let release = version.split(['-', '+']).next().unwrap_or_default();
        let mut numbers = release.split('.').map(|number| number.parse().unwrap_or(u64::MAX));
        let mut next = || numbers.next().unwrap_or_default();
        (next(), next(), next())
    }
}

impl KubernetesVersion {
    /// The number behind `1.`: 36 for `1.36.2-do.0`.
    pub fn minor(&self) -> u32 {
        self.0.split(['.', '-']).nth(1).and_then(|minor| minor.parse().ok()).unwrap_or_default()
    }
}

fn git_url(text: &str) -> Checked {
    check_length(text, 2048)?;
    if let Some(rest) = text.strip_prefix("https://") {
        let (host, path) = split_authority(rest);
        authority(host)?;
        return repository_path(path.strip_prefix('/').unwrap_or(path));
    }
    if let Some(rest) = text.strip_prefix("ssh://") {
        let (host, path) = split_authority(rest);
        authority(after_user(host)?)?;
        return repository_path(path.strip_prefix('/').unwrap_or(path));
    }
    match text.split_once(':') {
        Some((host, path)) if host.contains('@') && !path.starts_with("//") => {
            dotted_labels(after_user(host)?, "host name").map_err(|problem| format!("has a host that {problem}"))?;
            repository_path(path.strip_prefix('/').unwrap_or(path))
        }
        _ => Err("does not begin with `https://`, `ssh://` or `git@`".to_owned()),
    }
}

/// What follows `user@`; a user is fine with ssh, a password is not.
fn after_user(text: &str) -> Result<&str, String> {
    let Some((user, host)) = text.rsplit_once('@') else { return Ok(text) };
    if user.contains(':') {
        return Err("has a password in it, which does not belong in values".to_owned());
    }
    check_length(user, 64).map_err(|problem| format!("has before its `@` a user that {problem}"))?;
    check_characters(user, "user", |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
    // The git program would take it for one of its options.
    if user.starts_with('-') {
        return Err("begins its user with a hyphen".to_owned());
    }
    Ok(host)
}

fn repository_path(path: &str) -> Checked {
    if path.is_empty() {
        return Err("names no repository behind its host".to_owned());
    }
    url_path(path)
}

fn git_revision(text: &str) -> Checked {
    check_length(text, 255)?;
    check_characters(text, "revision", |c| !c.is_control() && !c.is_whitespace() && !"~^:?*[\\".contains(c))?;
    for sequence in ["..", "@{", "//"] {
        if text.contains(sequence) {
            return Err(format!("has `{sequence}` in it, which git allows in no name"));
        }
    }
    let bad_part = |part: &str| part.starts_with('.') || part.strip_suffix(".lock").is_some();
    if text == "@" || text.starts_with(['-', '/']) || text.ends_with(['.', '/']) || text.split('/').any(bad_part) {
        return Err("begins or ends, or has a part that does, as git allows in no name".to_owned());
    }
    Ok(())
}

fn chart_repository(text: &str) -> Checked {
    check_length(text, 2048)?;
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("oci://")) else {
        return Err("does not begin with `https://` or `oci://`".to_owned());
    };
    let (host, path) = split_authority(rest);
    authority(host)?;
    url_path(path)
}

fn chart_name(text: &str) -> Checked {
    check_length(text, 250)?;
    check_characters(text, "chart", |c| is_lower_alphanumeric(c) || matches!(c, '-' | '_' | '.'))?;
    if text.starts_with(is_lower_alphanumeric) { Ok(()) } else { Err("begins with a mark".to_owned()) }
}

fn chart_version(text: &str) -> Checked {
    check_length(text, 128)?;
    let version = text.strip_prefix('v').unwrap_or(text);
    let (version, build) = version.split_once('+').map_or((version, None), |(rest, build)| (rest, Some(build)));
    let (release, pre) = version.split_once('-').map_or((version, None), |(rest, pre)| (rest, Some(pre)));
    if release.contains(['^', '~', '>', '<', '=', '*', 'x', 'X', ' ', '|']) {
        return Err("is a range, and one exact version is needed".to_owned());
    }
    let numbers: Vec<_> = release.split('.').collect();
    if let Some(bad) = numbers.iter().find(|number| !is_decimal(number)) {
        return Err(format!("has the part `{}`, which is no number without leading zeros", shown(bad)));
    }
    if numbers.len() != 3 {
        return Err(format!("has {} numbers instead of 3", numbers.len()));
    }
    for (suffix, numeric) in [(pre, true), (build, false)] {
        let Some(suffix) = suffix else { continue };
        check_characters(suffix, "version", |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))?;
        let padded = |part: &str| numeric && part.bytes().all(|b| b.is_ascii_digit()) && !is_decimal(part);
        if suffix.split('.').any(|part| part.is_empty() || padded(part)) {
            return Err("has behind its `-` or `+` a part that is empty or has leading zeros".to_owned());
        }
    }
    Ok(())
}

fn kubernetes_version(text: &str) -> Checked {
    check_length(text, 32)?;
    let (version, slug) = text.split_once("-do.").map_or((text, None), |(version, slug)| (version, Some(slug)));
    let numbers: Vec<_> = version.split('.').collect();
    if numbers.first() != Some(&"1") {
        return Err("does not begin with `1.`".to_owned());
    }
    if !matches!(numbers.len(), 2 | 3) || !numbers.iter().all(|number| is_decimal(number) && number.len() < 5) {
        return Err("is neither a minor nor a patch release".to_owned());
    }
    match slug {
        None => Ok(()),
        Some(slug) if is_decimal(slug) && numbers.len() == 3 => Ok(()),
        Some(_) => Err("is no full slug: patch release, `-do.` and a number".to_owned()),
    }
}
