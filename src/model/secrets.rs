//! The Secrets that the platform needs, said by whoever reads them.
//!
//! A need names a Secret, never its content. Sealing asks these what is missing, and rendering what labels they carry.

use indexmap::IndexMap;

use super::clients::OidcClient;
use super::names::{DnsLabel, Namespace, ResourceName, SealedName, SecretKey, SecretType};
use super::services::installed;
use super::values::{BucketPermission, Provider, SealedSecret, Values, constant};

/// A Secret that somebody reads and no chart makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretNeed {
    /// Its namespace and name.
    pub id: SealedName,
    /// Its type.
    pub kind: SecretType,
    /// What has to be in it.
    pub keys: Vec<NeededKey>,
    /// Labels without which its reader does not find it.
    pub labels: Vec<(&'static str, &'static str)>,
    /// Who reads it, as a path into the values.
    pub readers: Vec<String>,
    /// What it is for: a few words without a full stop.
    pub purpose: String,
    /// Where a person gets it, in the same form; empty where the keys say it all.
    pub source: String,
}

/// One key of a Secret that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededKey {
    /// The key.
    pub key: SecretKey,
    /// What is meant to stand there.
    pub meaning: String,
}

impl SecretNeed {
    /// The need for an `Opaque` Secret, so far without keys.
    pub(super) fn new(namespace: &Namespace, name: &ResourceName, purpose: &str) -> Self {
        Self::of(SealedName::new(namespace, name), purpose)
    }

    /// The same by its whole name.
    pub(super) fn of(id: SealedName, purpose: &str) -> Self {
        Self {
            id,
            kind: constant("Opaque"),
            keys: Vec::new(),
            labels: Vec::new(),
            readers: Vec::new(),
            purpose: purpose.to_owned(),
            source: String::new(),
        }
    }

    /// The need for a login at an image registry, in the one form in which the nodes take it.
    pub(super) fn registry_login(namespace: &Namespace, name: &ResourceName, purpose: &str) -> Self {
        Self { kind: constant("kubernetes.io/dockerconfigjson"), ..Self::new(namespace, name, purpose) }
            .key(".dockerconfigjson", "the login as `docker login` writes it")
    }

    /// The two keys of an access key to `bucket`, as `storage.buckets` names it.
    pub(super) fn bucket_key(self, bucket: &DnsLabel, permission: BucketPermission) -> Self {
        let may = match permission {
            BucketPermission::Read => "read only",
            BucketPermission::ReadWrite => "read and write",
        };
        self.key(BucketKeyNeed::ID, "the id of the access key")
            .key(BucketKeyNeed::SECRET, "the secret of the access key")
            .from(format!("`render cloud apply`, or a Spaces access key for the bucket `{bucket}` alone, with {may}"))
    }

    /// One more key; `key` comes from a value that is parsed already, or is a literal of this crate.
    pub(super) fn key(mut self, key: &str, meaning: &str) -> Self {
        if let Ok(key) = SecretKey::parse(key) {
            self.keys.push(NeededKey { key, meaning: meaning.to_owned() });
        }
        self
    }

    pub(super) fn label(mut self, label: (&'static str, &'static str)) -> Self {
        self.labels.push(label);
        self
    }

    pub(super) fn from(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// The need for the credentials of `client`, which `whose` logs people in by.
    pub(super) fn oidc_client(client: &OidcClient, values: &Values, whose: &str) -> Self {
        let by_hand =
            format!("a regular web application at the identity provider, with the callback URL {}", client.callback);
        let source = match values.identity.provider {
            Provider::Auth0 => format!("`render identity apply`, or {by_hand}"),
            Provider::Oidc => by_hand,
        };
        Self::of(client.secret.clone(), &format!("the OIDC client of {whose}"))
            .key(OidcClient::ID, "the id of the client")
            .key(OidcClient::SECRET, "its secret")
            .from(source)
    }

    /// The key of a `DigitalOcean` token with `scopes`.
    pub(super) fn digitalocean_token(self, key: &SecretKey, scopes: &str) -> Self {
        self.key(key.as_str(), "the token").from(format!("a DigitalOcean token with the custom scopes {scopes}"))
    }

    /// The keys that `sealed` does not have.
    pub fn missing_from<'s>(&'s self, sealed: &'s SealedSecret) -> impl Iterator<Item = &'s SecretKey> {
        self.keys.iter().map(|key| &key.key).filter(|key| !sealed.encrypted_data.contains_key(*key))
    }

    /// Adds what another reader of the same Secret needs. One that reads single keys takes a Secret of any type.
    fn join(&mut self, other: Self) {
        if self.kind == constant("Opaque") {
            self.kind = other.kind;
        }
        for key in other.keys {
            if self.keys.iter().all(|mine| mine.key != key.key) {
                self.keys.push(key);
            }
        }
        let labels = other.labels.into_iter().filter(|label| !self.labels.contains(label)).collect::<Vec<_>>();
        self.labels.extend(labels);
        self.readers.extend(other.readers);
    }
}

/// An access key to one bucket that somebody needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketKeyNeed {
    /// The bucket, as `storage.buckets` names it.
    pub bucket: DnsLabel,
    /// Who uses the key.
    pub consumer: DnsLabel,
    /// What the key may do.
    pub permission: BucketPermission,
    /// The Secret that holds it.
    pub secret: SealedName,
    /// Where the values ask for it.
    pub asked_by: Vec<String>,
}

impl BucketKeyNeed {
    /// The key of the Secret that holds the id of the access key.
    pub const ID: &'static str = "access-key-id";
    /// The key of the Secret that holds its secret.
    pub const SECRET: &'static str = "secret-access-key";
}

impl Values {
    /// Every access key to a bucket that is needed: of services that are installed, and those that buckets list.
    pub fn bucket_key_needs(&self) -> Vec<BucketKeyNeed> {
        let loki = installed(&self.services.loki).map(|loki| BucketKeyNeed {
            bucket: loki.bucket.clone(),
            consumer: constant("loki"),
            permission: BucketPermission::ReadWrite,
            secret: SealedName::new(&loki.namespace, &loki.secret),
            asked_by: vec!["services".to_owned(), "loki".to_owned(), "bucket".to_owned()],
        });
        let listed = self.storage.buckets.iter().flat_map(|(name, bucket)| {
            bucket.keys.iter().map(move |(consumer, key)| BucketKeyNeed {
                bucket: name.clone(),
                consumer: consumer.clone(),
                permission: key.permission,
                secret: key.secret.clone(),
                asked_by: ["storage", "buckets", name.as_str(), "keys", consumer.as_str()].map(str::to_owned).into(),
            })
        });
        loki.into_iter().chain(listed).collect()
    }

    /// Every Secret that has to be sealed for what is installed, each once, in the order of its first reader.
    pub fn secret_needs(&self) -> Vec<SecretNeed> {
        let services = self.services.iter().flat_map(|(_, service)| {
            let reader = format!("services.{}", service.key);
            service.needs().secrets(self).into_iter().map(move |need| (reader.clone(), need))
        });
        let applications = self.applications.iter().filter(|(_, application)| application.enabled);
        let applications = applications.flat_map(|(name, application)| {
            let reader = format!("applications.{name}");
            let delivery = application.pipeline.iter().flat_map(|pipeline| pipeline.secrets(name, self));
            application.secrets(name).into_iter().chain(delivery).map(move |need| (reader.clone(), need))
        });
        let buckets = self.storage.buckets.iter().flat_map(|(bucket, section)| {
            section.keys.iter().map(move |(consumer, key)| {
                let purpose = format!("the key of {consumer} to the bucket {bucket}");
                let need = SecretNeed::of(key.secret.clone(), &purpose).bucket_key(bucket, key.permission);
                (format!("storage.buckets.{bucket}.keys.{consumer}"), need)
            })
        });
        let clients = self.oidc_clients().into_iter().filter_map(|client| {
            // Those of services are among what the services need.
            (client.asked_by.first()? == "identity")
                .then(|| (client.asked_by.join("."), SecretNeed::oidc_client(&client, self, client.name.as_str())))
        });
        let mut needs: IndexMap<SealedName, SecretNeed> = IndexMap::new();
        for (reader, mut need) in services.chain(applications).chain(buckets).chain(clients) {
            need.readers.push(reader);
            match needs.get_mut(&need.id) {
                Some(known) => known.join(need),
                None => {
                    needs.insert(need.id.clone(), need);
                }
            }
        }
        needs.into_values().collect()
    }
}
