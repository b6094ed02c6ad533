//! Names: of environments, resources, pools, labels, keys and groups.
//!
//! The Kubernetes grammars are those of <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/> and
//! its page on labels; DNS labels go back to RFC 1123, section 2.1, in the lower-case form that Kubernetes asks for.

use super::scalars::{Checked, check_characters, check_length, is_lower_alphanumeric, shown, text_scalars};

text_scalars! {
    /// The name of an environment: `values/<name>.yaml` and `out/<name>/`. A DNS label (RFC 1123).
    EnvironmentName = "environment-name", environment_name, ["dev", "prod-fra"];
    /// A DNS label (RFC 1123): lower-case letters, digits and inner hyphens, 63 characters at most.
    DnsLabel = "dns-label", dns_label, ["example", "argo-cd"];
    /// The name of a Kubernetes namespace: a DNS label (RFC 1123).
    Namespace = "namespace", namespace, ["argocd", "cert-manager"];
    /// The name of a node pool: a DNS label of 55 characters at most, as the `DigitalOcean` API allows.
    PoolName = "pool-name", pool_name, ["tools", "workloads"];
    /// The name of a Kubernetes resource: DNS labels (RFC 1123) with dots between them, 253 characters at most.
    ResourceName = "resource-name", resource_name, ["digitalocean-dns", "lofi.example"];
    /// A key of a Kubernetes Secret: letters, digits, `-`, `_` and `.`, 253 characters at most.
    SecretKey = "secret-key", secret_key, ["access-token", ".dockerconfigjson"];
    /// The place of a sealed secret: namespace, slash, name.
    SealedName = "sealed-name", sealed_name, ["external-dns/digitalocean-dns"];
    /// The type of a Kubernetes Secret, such as `Opaque` or `kubernetes.io/dockerconfigjson`.
    SecretType = "secret-type", secret_type, ["Opaque", "kubernetes.io/dockerconfigjson"];
    /// Base64 (RFC 4648, section 4) with padding and without line breaks.
    Base64 = "base64-text", base64, ["AgAAAAAAAAAAAAAAAAAAAA=="];
    /// The beginning of the SHA-256 of a certificate, as `render seal cert show` prints it: 16 hexadecimal digits.
    Fingerprint = "fingerprint", fingerprint, ["5f8e2c0d9a7b4416"];
    /// The name of an environment variable in a container: letters, digits, `_`, `-` and `.`, no digit first.
    EnvName = "env-name", env_name, ["LOG_LEVEL"];
    /// The key of a Kubernetes label or annotation: up to 63 characters, with a DNS name and a slash before if wanted.
    LabelKey = "label-key", label_key, ["team", "example.com/tier"];
    /// The value of a Kubernetes label: up to 63 letters, digits, `-`, `_` and `.`, no mark at either end; may be empty.
    LabelValue = "label-value", label_value, ["payments", "v1.2"];
    /// The slug of a `DigitalOcean` region, in lower case.
    RegionSlug = "region-slug", region_slug, ["fra1", "nyc3"];
    /// The slug of a Droplet size, in lower case.
    SizeSlug = "size-slug", size_slug, ["s-2vcpu-4gb", "gd-4vcpu-16gb"];
    /// A `DigitalOcean` tag: letters, digits, `:`, `-` and `_`, 255 characters at most.
    CloudTag = "cloud-tag", cloud_tag, ["team:platform"];
    /// The name of a Spaces bucket: 3 to 63 lower-case letters, digits and inner hyphens. S3 allows dots too, but the
    /// wildcard certificate of Spaces does not match a name that has them.
    BucketName = "bucket-name", bucket_name, ["example-dev-loki"];
    /// The name of a project at `DigitalOcean`: one line of 175 bytes at most.
    ProjectName = "project-name", project_name, ["Example platform"];
    /// What a cloud calls one of its resources: letters, digits, `-` and `_`, 64 characters at most.
    CloudId = "cloud-id", cloud_id, ["5d3f0a0e-8c55-4f0b-b3b5-6a0c6f1e2d11"];
    /// The name of a connection at Auth0, such as a database of users or a social login: letters, digits and inner
    /// hyphens, 128 characters at most.
    ConnectionName = "connection-name", connection_name, ["Username-Password-Authentication"];
    /// The name of a DNS record before its domain: labels (RFC 1035, section 2.3.1, with the underscores of RFC 8552),
    /// `*` as the first of them, or `@` for the domain itself.
    RecordName = "record-name", record_name, ["www", "@", "_dmarc"];
    /// The name of a group as the identity provider writes it: any text in one line without commas or quotes, which
    /// Argo CD's CSV policy could not hold.
    GroupName = "group-name", group_name, ["platform-admins", "Team Payments"];
    /// The name of a claim in an OIDC token. Auth0 keeps custom claims only where their name is a URL of your own.
    ClaimName = "claim-name", claim_name, ["https://example.com/groups", "groups"];
    /// A path of keys into a chart's values with dots between them; empty for the top.
    ValuePath = "value-path", value_path, ["controller", "admissionWebhooks.patch"];
    /// A path inside a repository: relative, with `/` between its segments, never leaving the repository.
    SourcePath = "source-path", source_path, ["application/lofi", "deploy/base"];
}

impl From<&DnsLabel> for Namespace {
    fn from(label: &DnsLabel) -> Self {
        // Both have the same grammar.
        Self(label.0.clone())
    }
}

impl SealedName {
    /// The place of the Secret `name` in `namespace`.
    pub fn new(namespace: &Namespace, name: &ResourceName) -> Self {
        Self(format!("{namespace}/{name}"))
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        self.0.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The name in that namespace.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

fn environment_name(name: &str) -> Checked {
    label(name, "environment", 63)
}

fn dns_label(name: &str) -> Checked {
    label(name, "DNS label", 63)
}

fn namespace(name: &str) -> Checked {
    label(name, "namespace", 63)
}

fn pool_name(name: &str) -> Checked {
    label(name, "node pool", 55)
}

fn region_slug(slug: &str) -> Checked {
    label(slug, "region slug", 63)
}

fn size_slug(slug: &str) -> Checked {
    label(slug, "size slug", 63)
}

fn bucket_name(name: &str) -> Checked {
    label(name, "bucket", 63)?;
    if name.len() < 3 { Err("is shorter than 3 characters".to_owned()) } else { Ok(()) }
}

/// A DNS label of at most `limit` characters; `whose` is what the messages call it.
pub(super) fn label(text: &str, whose: &str, limit: usize) -> Checked {
    check_length(text, limit)?;
    check_characters(text, whose, |character| is_lower_alphanumeric(character) || character == '-')?;
    if text.starts_with('-') || text.ends_with('-') {
        return Err("begins or ends with a hyphen".to_owned());
    }
    Ok(())
}

/// DNS labels with dots between them, 253 characters at most.
pub(super) fn dotted_labels(text: &str, whose: &str) -> Checked {
    check_length(text, 253)?;
    check_characters(text, whose, |character| is_lower_alphanumeric(character) || matches!(character, '-' | '.'))?;
    text.split('.').try_for_each(|part| match label(part, whose, 63) {
        Err(_) if part.is_empty() => Err("has a dot with nothing before or behind it".to_owned()),
        Err(problem) => Err(format!("has the part `{part}`, which {problem}")),
        Ok(()) => Ok(()),
    })
}

fn resource_name(name: &str) -> Checked {
    dotted_labels(name, "resource name")
}

fn secret_key(key: &str) -> Checked {
    check_length(key, 253)?;
    check_characters(key, "key of a Secret", |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
    if key == "." || key.starts_with("..") {
        return Err("would name a folder where the Secret is mounted".to_owned());
    }
    Ok(())
}

fn sealed_name(name: &str) -> Checked {
    let Some((space, resource)) = name.split_once('/') else {
        return Err("has no slash between a namespace and a name".to_owned());
    };
    namespace(space).map_err(|problem| format!("has the namespace `{}`, which {problem}", shown(space)))?;
    resource_name(resource).map_err(|problem| format!("has the name `{}`, which {problem}", shown(resource)))
}

fn secret_type(name: &str) -> Checked {
    qualified_name(name, "type of a Secret")
}

fn label_key(key: &str) -> Checked {
    qualified_name(key, "key of a label")
}

/// Kubernetes' qualified name: `[prefix/]name`.
fn qualified_name(text: &str, whose: &str) -> Checked {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    if let Some(prefix) = prefix {
        dotted_labels(prefix, "DNS name").map_err(|problem| format!("has before its slash a part that {problem}"))?;
    }
    check_length(name, 63)
        .map_err(|problem| if prefix.is_some() { format!("has a name that {problem}") } else { problem })?;
    label_text(name, whose)
}

fn label_value(value: &str) -> Checked {
    if value.is_empty() {
        return Ok(());
    }
    check_length(value, 63)?;
    label_text(value, "value of a label")
}

/// What keys and values of labels have in common, beyond their length.
fn label_text(text: &str, whose: &str) -> Checked {
    check_characters(text, whose, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
    let mark = |character: char| !character.is_ascii_alphanumeric();
    if text.starts_with(mark) || text.ends_with(mark) {
        return Err("begins or ends with a mark instead of a letter or digit".to_owned());
    }
    Ok(())
}

fn base64(text: &str) -> Checked {
    check_length(text, usize::MAX)?;
    let body = text.trim_end_matches('=');
    check_characters(body, "base64 text", |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))?;
    if text.len() - body.len() > 2 || !text.len().is_multiple_of(4) {
        return Err("is cut off or wrongly padded".to_owned());
    }
    Ok(())
}

fn fingerprint(text: &str) -> Checked {
    check_characters(text, "fingerprint", |c| c.is_ascii_digit() || ('a'..='f').contains(&c))?;
    if text.len() == 16 { Ok(()) } else { Err(format!("has {} digits instead of 16", text.len())) }
}

fn env_name(name: &str) -> Checked {
    check_length(name, 253)?;
    check_characters(name, "environment variable", |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("begins with a digit".to_owned());
    }
    if name == "." || name.starts_with("..") {
        return Err("begins like a path".to_owned());
    }
    Ok(())
}

fn cloud_tag(tag: &str) -> Checked {
    check_length(tag, 255)?;
    check_characters(tag, "tag", |c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_'))
}

fn project_name(name: &str) -> Checked {
    check_length(name, 175)?;
    check_characters(name, "name of a project", |c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}'))?;
    if name.trim() == name { Ok(()) } else { Err("begins or ends with a space".to_owned()) }
}

fn cloud_id(id: &str) -> Checked {
    check_length(id, 64)?;
    check_characters(id, "id of a resource", |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn connection_name(name: &str) -> Checked {
    check_length(name, 128)?;
    check_characters(name, "name of a connection", |c| c.is_ascii_alphanumeric() || c == '-')?;
    if name.starts_with('-') || name.ends_with('-') { Err("begins or ends with a hyphen".to_owned()) } else { Ok(()) }
}

fn record_name(name: &str) -> Checked {
    if matches!(name, "@" | "*") {
        return Ok(());
    }
    service_labels(name.strip_prefix("*.").unwrap_or(name))
}

/// DNS labels that may have underscores, as the names of services do (RFC 8552).
pub(super) fn service_labels(text: &str) -> Checked {
    check_length(text, 253)?;
    check_characters(text, "DNS name", |c| is_lower_alphanumeric(c) || matches!(c, '-' | '_' | '.'))?;
    match text
        .split('.')
        .find(|part| part.is_empty() || part.len() > 63 || part.starts_with('-') || part.ends_with('-'))
    {
        None => Ok(()),
        Some("") => Err("has a dot with nothing before or behind it".to_owned()),
        Some(part) => Err(format!("has the part `{part}`, which is too long, or begins or ends with a hyphen")),
    }
}

fn group_name(name: &str) -> Checked {
    check_length(name, 255)?;
    check_characters(name, "group", |c| !c.is_control() && !matches!(c, ',' | '"' | '\u{2028}' | '\u{2029}'))?;
    if name.trim() != name {
        return Err("begins or ends with a space".to_owned());
    }
    if name.starts_with('#') {
        return Err("begins with `#`, which would make its policy line a comment".to_owned());
    }
    if name.starts_with("role:") {
        return Err("begins with `role:`, as the roles of Argo CD itself do".to_owned());
    }
    Ok(())
}

fn claim_name(name: &str) -> Checked {
    check_length(name, 255)?;
    check_characters(name, "claim", |c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | ',' | '`' | '\\'))
}

fn value_path(path: &str) -> Checked {
    if path.is_empty() {
        return Ok(());
    }
    check_length(path, 253)?;
    check_characters(path, "path of keys", |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
    if path.split('.').any(str::is_empty) {
        return Err("has a dot with no key before or behind it".to_owned());
    }
    Ok(())
}

fn source_path(path: &str) -> Checked {
    check_length(path, 1024)?;
    check_characters(path, "path", |c| !c.is_control() && c != '\\')?;
    if path.starts_with('/') {
        return Err("begins with a slash, though it starts from the repository's root".to_owned());
    }
    match path.split('/').find(|segment| matches!(*segment, "" | "." | "..")) {
        None => Ok(()),
        Some("") => Err("has two slashes in a row, or one at its end".to_owned()),
        Some(segment) => Err(format!("has the segment `{segment}`")),
    }
}
