//! What values mean: types that are parsed once and then always valid, and the typed [`Values`] made of them.
//!
//! * `names`, `network`, `image`, `source`, `quantity`, `pattern` and `schedule` hold the scalars, a family each;
//! * `values` holds the sections, whose doc comments are what editors show;
//! * `schema` makes the JSON Schema of them, and lists the [`formats`] that it refers to;
//! * `clients` gathers the clients that the identity provider has to know;
//! * `secrets` gathers the Secrets that sections say they need;
//! * `installed` gathers what an environment installs, for lists and reports;
//! * `rules` says what a schema cannot: how values must agree with each other.
//!
//! Nothing here reads files or knows of layers, templates or manifests.

mod clients;
mod image;
mod installed;
mod map;
mod names;
mod network;
mod pattern;
mod quantity;
mod rules;
mod scalars;
mod schedule;
mod schema;
mod secrets;
mod source;
mod values;

pub use clients::OidcClient;
pub use image::{ImageReference, ImageRepository};
pub use installed::{Installed, InstalledKind};
pub use map::{FreeMap, NamedMap};
pub use names::{
    Base64, BucketName, ClaimName, CloudId, CloudTag, ConnectionName, DnsLabel, EnvName, EnvironmentName, Fingerprint,
    GroupName, LabelKey, LabelValue, Namespace, PoolName, ProjectName, RecordName, RegionSlug, ResourceName,
    SealedName, SecretKey, SecretType, SizeSlug, SourcePath, ValuePath,
};
pub use network::{AddressOrCidr, Cidr, Email, Host, HostOrLabel, HttpPath, IssuerUrl, Port, WebOrigin, WebUrl};
pub use pattern::Pattern;
pub use quantity::Quantity;
pub use rules::{RuleViolation, check};
pub use scalars::TextScalar;
pub use schedule::{Cron, Date, Duration, SyncWave, TimeOfDay};
pub use schema::{FormatCheck, file_schema, formats, outputs_schema, schema, sealed_schema};
pub use secrets::{BucketKeyNeed, NeededKey, SecretNeed};
pub use source::{ChartName, ChartRepository, ChartVersion, GitRevision, GitUrl, KubernetesVersion};
pub use values::services;
pub use values::{
    Application, Autoscaling, Bucket, BucketKey, BucketOutputs, BucketPermission, CaaTag, Chart, Cluster,
    ClusterOutputs, ClusterRanges, CorsMethod, CorsRule, Dns, DnsRecord, DomainOutputs, Endpoints, Exception, GitTask,
    Groups, Identity, IdentityClient, ImageDigests, Lifecycle, Maintenance, MaintenanceDay, Metrics, NetworkPolicy,
    NodePool, Outputs, Platform, Policies, PoolOutputs, Probe, Probes, Provider, RecordType, RemoteTask, Repository,
    ResourceAmounts, ResourcePattern, Resources, SealedSecret, SealingScope, SecretReference, ServiceRef, Services,
    SeverityChoice, Source, Storage, Values, Vpc,
};
pub use values::{Images, Language, Pipeline, Scan, Severity};
