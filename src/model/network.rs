//! Hosts, addresses, ports and URLs.

use std::net::IpAddr;

use super::names::{dotted_labels, label};
use super::scalars::{Checked, check_characters, check_length, is_decimal, number_scalars, text_scalars};

text_scalars! {
    /// A full host name (RFC 1123, section 2.1): at least two labels, in lower case as Kubernetes asks for it.
    Host = "host", host, ["www.example.com"];
    /// A DNS label, which stands before `platform.domain`, or a full host name, which stays as it is.
    HostOrLabel = "host-or-label", host_or_label, ["argocd", "www.example.com"];
    /// An e-mail address: the dot-atom form of RFC 5322, section 3.4.1, within the lengths of RFC 5321.
    Email = "email-address", email, ["platform@example.com"];
    /// A network in CIDR notation (RFC 4632 and RFC 4291, section 2.3): address, slash, length of the prefix.
    Cidr = "cidr", cidr, ["10.0.0.0/8", "2001:db8::/32"];
    /// The issuer of an `OpenID` provider: an https URL without query and fragment (`OpenID` Connect Discovery 1.0,
    /// section 3). Tokens must name exactly this text, a trailing slash included.
    IssuerUrl = "issuer-url", https_url, ["https://example.eu.auth0.com/"];
    /// An https URL without query and fragment (RFC 9110, section 4.2.2), such as that of a page or an API.
    WebUrl = "web-url", https_url, ["https://example.com/docs"];
    /// An address, or a network in CIDR notation.
    AddressOrCidr = "address-or-cidr", address_or_cidr, ["192.0.2.7", "2001:db8::/32"];
    /// Where a web page may come from (RFC 6454): scheme and host, with a port where it is not the usual one; or `*`.
    WebOrigin = "web-origin", web_origin, ["https://www.example.com", "*"];
    /// The path of an HTTP request (RFC 3986, section 3.3), beginning with a slash.
    HttpPath = "http-path", http_path, ["/health"];
}

number_scalars! {
    /// A TCP or UDP port, 1 to 65535.
    Port(u16) = 1..=65535, [8080];
}

impl HostOrLabel {
    /// The full host name: itself where it has a dot, else itself before `domain`.
    pub fn under(&self, domain: &Host) -> String {
        if self.0.contains('.') { self.0.clone() } else { format!("{}.{domain}", self.0) }
    }
}

fn host(text: &str) -> Checked {
    host_name(text)?;
    match text.rsplit_once('.') {
        None => Err("has no dot, though a full host name is needed".to_owned()),
        // Resolvers and browsers read such a name as an IPv4 address.
        Some((_, last)) if last.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err("ends with a number, as an IP address does".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// A host name of one label or more.
fn host_name(text: &str) -> Checked {
    if let Some(bad) = text.chars().find(char::is_ascii_uppercase) {
        return Err(format!("has the capital `{bad}`, and Kubernetes takes host names in lower case only"));
    }
    if text.contains("://") {
        return Err("is a URL, not a host name".to_owned());
    }
    if text.ends_with('.') && text.len() > 1 {
        return Err("ends with a dot".to_owned());
    }
    dotted_labels(text, "host name")
}

fn host_or_label(text: &str) -> Checked {
    if text.contains('.') { host(text) } else { host_name(text).and_then(|()| label(text, "host name", 63)) }
}

fn email(text: &str) -> Checked {
    check_length(text, 254)?;
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err("has no `@`".to_owned());
    };
    check_length(local, 64).map_err(|problem| format!("has before its `@` a part that {problem}"))?;
    check_characters(local, "local part of an address", |c| {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
    })?;
    if local.split('.').any(str::is_empty) {
        return Err("has a misplaced dot before its `@`".to_owned());
    }
    // Unlike a host of our own, a mail domain may come in any case.
    host(&domain.to_ascii_lowercase()).map_err(|problem| format!("has after its `@` a domain that {problem}"))
}

fn cidr(text: &str) -> Checked {
    let Some((address, length)) = text.split_once('/') else {
        return Err("has no slash and prefix length".to_owned());
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return Err("has no IP address before its slash".to_owned());
    };
    let (bits, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let length = match length.parse::<u32>() {
        Ok(number) if is_decimal(length) && number <= width => number,
        _ => return Err(format!("has no prefix length from 0 to {width} behind its slash")),
    };
    let beyond = bits.checked_shl(length).unwrap_or(0);
    if beyond != 0 {
        return Err(format!("has bits set beyond its prefix of {length}"));
    }
    Ok(())
}

fn address_or_cidr(text: &str) -> Checked {
    if text.contains('/') {
        return cidr(text);
    }
    if text.parse::<IpAddr>().is_ok() { Ok(()) } else { Err("is neither an IP address nor a network".to_owned()) }
}

fn web_origin(text: &str) -> Checked {
    if text == "*" {
        return Ok(());
    }
    let Some((_, rest)) = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) else {
        return Err("begins with neither `https://` nor `http://`".to_owned());
    };
    if rest.contains('/') {
        return Err("has a path, which no origin has".to_owned());
    }
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    if port.is_some_and(|port| !is_decimal(port) || port.parse::<u16>().is_err()) {
        return Err("has no port from 1 to 65535 behind its colon".to_owned());
    }
    host_name(host).map_err(|problem| format!("has a host that {problem}"))
}

fn https_url(text: &str) -> Checked {
    let Some(rest) = text.strip_prefix("https://") else {
        return Err("does not begin with `https://`".to_owned());
    };
    let (authority, path) = split_authority(rest);
    self::authority(authority)?;
    url_path(path)
}

fn http_path(text: &str) -> Checked {
    check_length(text, 2048)?;
    if !text.starts_with('/') {
        return Err("does not begin with a slash".to_owned());
    }
    url_path(text)
}

/// The authority of a URL without its scheme, and the path from its first slash on.
pub(super) fn split_authority(rest: &str) -> (&str, &str) {
    rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at))
}

/// `host[:port]`, and never a user or a password: what stands in values is public.
pub(super) fn authority(text: &str) -> Checked {
    if text.contains('@') {
        return Err("has a user or a password in it, which does not belong in values".to_owned());
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    host_name(name).map_err(|problem| format!("has a host that {problem}"))?;
    match port {
        Some(port) if !is_decimal(port) || !port.parse::<u16>().is_ok_and(|port| port > 0) => {
            Err("has no port from 1 to 65535 behind its colon".to_owned())
        }
        _ => Ok(()),
    }
}

/// A path as RFC 3986 allows it, without query and fragment.
pub(super) fn url_path(text: &str) -> Checked {
    if let Some(bad) = text.chars().find(|c| matches!(c, '?' | '#')) {
        return Err(format!("has a `{bad}`, though only a path may follow the host"));
    }
    check_characters(text, "path of a URL", |c| c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=:@/".contains(c))
}
