//! Requests to a running controller, through the API server: what to ask for, and what the answer means.
//!
//! Nothing is sent from here. The command hands a [`path`](Service::certificate) to kubectl, which knows clusters and
//! credentials, and the answer back to this module.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Base64, DnsLabel, Namespace, SealedName, SealedSecret, SealingScope, SecretKey};
use crate::source::Source;
use crate::yaml::{Limits, Node, load_one};

/// The controller's Service.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// Its namespace.
    pub namespace: &'a Namespace,
    /// Its name.
    pub name: &'a DnsLabel,
}

impl Service<'_> {
    /// Where the certificate of the newest key is.
    pub fn certificate(&self) -> String {
        self.path("v1/cert.pem")
    }

    /// Where a SealedSecret is encrypted anew.
    pub fn rotate(&self) -> String {
        self.path("v1/rotate")
    }

    /// The Service has one port, which has no name: the part behind the second colon stays empty.
    fn path(&self, path: &str) -> String {
        format!("/api/v1/namespaces/{}/services/http:{}:/proxy/{path}", self.namespace, self.name)
    }
}

/// The SealedSecret that the entry `id` stands for, as the controller takes it.
pub fn request(id: &SealedName, secret: &SealedSecret) -> String {
    let annotations = match secret.scope {
        SealingScope::Strict => json!({}),
        scope => json!({ format!("sealedsecrets.bitnami.com/{scope}"): "true" }),
    };
    let data: BTreeMap<_, _> = secret.encrypted_data.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    let body = json!({
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": { "name": id.name(), "namespace": id.namespace(), "annotations": annotations },
        "spec": {
            "encryptedData": data,
            "template": { "metadata": { "name": id.name(), "namespace": id.namespace(), "annotations": annotations } },
        },
    });
    body.to_string()
}

/// The ciphertext by key that a controller answered with.
///
/// # Errors
/// The answer is no SealedSecret of this name, or has other keys than were sent.
pub fn answer(id: &SealedName, secret: &SealedSecret, text: &str) -> Result<BTreeMap<SecretKey, Base64>, Diagnostic> {
    let wrong = |note: String| {
        Diagnostic::error(Code::Ciphertext, format!("the controller's answer for `{id}` can't be used"))
            .note(note)
            .help("see the controller's log; nothing of this secret was changed")
    };
    let source: Arc<Source> = Source::new("the controller's answer", text);
    let root = load_one(&source, Limits::default()).map_err(|error| wrong(error.message))?;
    let text = |path: &[&str]| {
        let node = path.iter().try_fold(&root, |node, segment| node.child(segment));
        node.and_then(Node::as_scalar).map(|scalar| scalar.text.as_str())
    };
    let found = [text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"])];
    if found != [Some("SealedSecret"), Some(id.namespace()), Some(id.name())] {
        return Err(wrong("it is not the SealedSecret that was sent".to_owned()));
    }
    let mut data = BTreeMap::new();
    for key in secret.encrypted_data.keys() {
        let value = text(&["spec", "encryptedData", key.as_str()]).and_then(|text| Base64::parse(text).ok());
        let value = value.filter(|value| super::plaintext_len(value).is_some());
        data.insert(key.clone(), value.ok_or_else(|| wrong(format!("its `{key}` is missing, or is no ciphertext")))?);
    }
    Ok(data)
}

/// Whether kubectl's words mean that the controller wants to be asked more slowly.
pub fn is_too_fast(stderr: &str) -> bool {
    let stderr = stderr.to_ascii_lowercase();
    stderr.contains("toomanyrequests") || stderr.contains("too many requests")
}
