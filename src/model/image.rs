//! Container images: repositories, and references into them.
//!
//! The grammar is that of the distribution project (`github.com/distribution/reference`), with one restriction: the
//! registry is always written. A short name such as `nginx` means what the node's container runtime makes of it.

use super::scalars::{Checked, check_characters, check_length, is_decimal, is_lower_alphanumeric, shown, text_scalars};

text_scalars! {
    /// A repository of images: registry and path, without tag and digest (grammar of the distribution project).
    ImageRepository = "image-repository", image_repository, ["registry.digitalocean.com/example"];
    /// A container image: registry, path, and tag or `@sha256:` digest or both (grammar of the distribution project).
    ImageReference = "image-reference", image_reference, [
        "registry.digitalocean.com/example/lofi:1.4.2",
        "ghcr.io/example/lofi@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ];
}

impl ImageReference {
    /// Registry and path, without tag and digest.
    pub fn repository(&self) -> &str {
        split(&self.0).0
    }

    /// The tag, if there is one.
    pub fn tag(&self) -> Option<&str> {
        split(&self.0).1
    }

    /// The digest with its `sha256:`, if there is one.
    pub fn digest(&self) -> Option<&str> {
        split(&self.0).2
    }
}

/// Repository, tag and digest. A colon before the last slash belongs to the registry's port.
fn split(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let last = rest.rfind('/').map_or(0, |at| at + 1);
    match rest[last..].find(':') {
        Some(at) => (&rest[..last + at], Some(&rest[last + at + 1..]), digest),
        None => (rest, None, digest),
    }
}

fn image_reference(text: &str) -> Checked {
    check_length(text, 1024)?;
    let (repository, tag, digest) = split(text);
    repository_name(repository)?;
    if let Some(tag) = tag {
        check_length(tag, 128).map_err(|problem| format!("has a tag that {problem}"))?;
        check_characters(tag, "tag", |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))?;
        if tag.starts_with(['-', '.']) {
            return Err("has a tag that begins with a mark".to_owned());
        }
    }
    if let Some(digest) = digest {
        let right = |hex: &str| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        if !digest.strip_prefix("sha256:").is_some_and(right) {
            return Err("has behind its `@` no `sha256:` with 64 lower-case hexadecimal digits".to_owned());
        }
    }
    Ok(())
}

fn image_repository(text: &str) -> Checked {
    let (repository, tag, digest) = split(text);
    if tag.is_some() || digest.is_some() {
        return Err("has a tag or a digest, though a repository is asked for".to_owned());
    }
    repository_name(repository)
}

/// `registry/path`, both checked.
fn repository_name(text: &str) -> Checked {
    check_length(text, 255)?;
    if text.contains("://") {
        return Err("is a URL, and image names have no scheme".to_owned());
    }
    if let Some(bad) = text.chars().find(char::is_ascii_uppercase) {
        return Err(format!("has the capital `{bad}`, and image names are lower case"));
    }
    let Some((registry, path)) = text.split_once('/') else {
        return Err("names no registry".to_owned());
    };
    // The distribution grammar's own test for whether the first part is a registry.
    if registry != "localhost" && !registry.contains(['.', ':']) {
        return Err(format!("begins with `{}`, which is no registry's host name", shown(registry)));
    }
    self::registry(registry)?;
    path.split('/').try_for_each(path_component)
}

fn registry(text: &str) -> Checked {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    super::names::dotted_labels(name, "registry").map_err(|problem| format!("has a registry that {problem}"))?;
    match port {
        Some(port) if !is_decimal(port) || !port.parse::<u16>().is_ok_and(|port| port > 0) => {
            Err("has a registry whose port is not a number from 1 to 65535".to_owned())
        }
        _ => Ok(()),
    }
}

/// Letters and digits, with single separators between them: `.`, `_`, `__` or any number of hyphens.
fn path_component(text: &str) -> Checked {
    if text.is_empty() {
        return Err("has a slash with nothing before or behind it".to_owned());
    }
    check_characters(text, "image name", |c| is_lower_alphanumeric(c) || matches!(c, '.' | '_' | '-'))?;
    if !text.starts_with(is_lower_alphanumeric) || !text.ends_with(is_lower_alphanumeric) {
        return Err(format!("has the part `{text}`, which begins or ends with a mark"));
    }
    let wrong = |marks: &str| !matches!(marks, "" | "." | "_" | "__") && !marks.bytes().all(|byte| byte == b'-');
    match text.split(is_lower_alphanumeric).find(|marks| wrong(marks)) {
        Some(marks) => Err(format!("has `{marks}` between letters, where one separator may stand")),
        None => Ok(()),
    }
}
