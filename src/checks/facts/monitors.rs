//! What monitors read to get at metrics: credentials and certificates.

use super::{CONFIG_MAP, Cursor, Facts, Kind, SECRET};

/// References of the form `{name, key}` in an endpoint.
const KEYS: &[(&str, Kind)] = &[
    ("basicAuth.username", SECRET),
    ("basicAuth.password", SECRET),
    ("authorization.credentials", SECRET),
    ("bearerTokenSecret", SECRET),
    ("oauth2.clientSecret", SECRET),
    ("oauth2.clientId.secret", SECRET),
    ("oauth2.clientId.configMap", CONFIG_MAP),
    ("tlsConfig.keySecret", SECRET),
    ("tlsConfig.ca.secret", SECRET),
    ("tlsConfig.ca.configMap", CONFIG_MAP),
    ("tlsConfig.cert.secret", SECRET),
    ("tlsConfig.cert.configMap", CONFIG_MAP),
];

pub(super) fn read(facts: &mut Facts<'_>, root: &Cursor<'_>, kind: &str) {
    let list = match kind {
        "ServiceMonitor" => "spec.endpoints",
        "PodMonitor" => "spec.podMetricsEndpoints",
        _ => return,
    };
    root.each(list, |endpoint| {
        for (path, kind) in KEYS {
            if let Some(reference) = endpoint.at(path) {
                facts.refer_to_key(&reference, kind.clone());
            }
        }
    });
}
