//! What the whole platform shares, and what it keeps outside the cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::image::ImageRepository;
use crate::model::map::NamedMap;
use crate::model::names::{BucketName, DnsLabel, ProjectName, RecordName, RegionSlug, SealedName};
use crate::model::network::{Email, Host, WebOrigin};
use crate::model::source::{GitRevision, GitUrl};

/// What the whole platform shares.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Platform {
    /// The platform's name: a prefix for whatever must be unique beyond one cluster.
    pub name: DnsLabel,
    /// The domain that hosts of services and applications are labels of.
    pub domain: Host,
    /// Where certificate authorities and providers write to.
    pub email: Email,
    /// The git repository that Argo CD reads the rendered files from.
    pub repository: Repository,
    /// Where pipelines push images to, and where the cluster pulls them from.
    pub registry: ImageRepository,
    /// The project at `DigitalOcean` that cluster, buckets and domain belong to; each environment has its own.
    /// Default: the platform's name, a hyphen and the environment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectName>,
}

/// A git repository at one revision.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repository {
    /// The address that Argo CD clones from.
    pub url: GitUrl,
    /// The branch, tag or commit that Argo CD follows.
    pub revision: GitRevision,
}

/// What is stored outside the cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Storage {
    /// Spaces buckets, by the name that the values know each by. Default: none.
    #[serde(default)]
    pub buckets: NamedMap<DnsLabel, Bucket>,
}

/// A Spaces bucket.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bucket {
    /// The bucket's name, unique among all buckets of all customers in its region.
    pub name: BucketName,
    /// The region that it lies in.
    pub region: RegionSlug,
    /// The host that serves the bucket's region. Default: `<region>.digitaloceanspaces.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Host>,
    /// Whether old versions of objects are kept. It can be stopped later, but not undone. Default: not managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versioning: Option<bool>,
    /// When objects go by themselves. Default: not managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// Which web pages may read and write objects (Fetch standard, CORS protocol). Default: not managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Vec<CorsRule>>,
    /// Access keys to this bucket alone, by who uses them, beside those that services need by themselves.
    /// `render cloud apply` makes each and seals it. Default: none.
    #[serde(default)]
    pub keys: NamedMap<DnsLabel, BucketKey>,
}

/// When the objects of a bucket go by themselves; what is not set stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lifecycle {
    /// An object, so many days after it was written. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub expire_days: Option<u32>,
    /// A version of an object, so many days after it was replaced or removed. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub expire_old_versions_days: Option<u32>,
    /// An upload in parts that was never finished, so many days after it began. Default: as Spaces does by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub abort_uploads_days: Option<u32>,
}

/// What web pages of some origins may do with a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CorsRule {
    /// The origins of the pages.
    #[schemars(length(min = 1))]
    pub origins: Vec<WebOrigin>,
    /// What they may do.
    #[schemars(length(min = 1))]
    pub methods: Vec<CorsMethod>,
    /// The headers that they may send. Default: none but the harmless ones.
    #[serde(default)]
    pub headers: Vec<String>,
    /// How long browsers may keep the answer, in seconds. Default: they decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u32>,
}

/// A method of HTTP that a bucket answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are those of HTTP")]
pub enum CorsMethod {
    Get,
    Head,
    Put,
    Post,
    Delete,
}

/// An access key to one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BucketKey {
    /// The Secret, as namespace, slash and name, that holds it under `access-key-id` and `secret-access-key`.
    pub secret: SealedName,
    /// What it may do with objects. Default: readwrite.
    #[serde(default)]
    pub permission: BucketPermission,
}

/// What an access key may do with the objects of its bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BucketPermission {
    /// List and read them.
    Read,
    /// Write and delete them, too.
    #[default]
    ReadWrite,
}

/// A domain at `DigitalOcean` with extra records.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dns {
    /// The domain, as it is registered.
    pub domain: Host,
    /// Records beyond those that external-dns writes. Default: none.
    #[serde(default)]
    pub records: Vec<DnsRecord>,
}

/// One DNS record.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DnsRecord {
    /// The record's type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// The name before the domain, or `@` for the domain itself.
    pub name: RecordName,
    /// An address, a host name, or the text of a TXT record.
    pub value: String,
    /// How long resolvers may keep it, in seconds. Default: 1800.
    #[serde(default = "ttl")]
    #[schemars(range(min = 1))]
    pub ttl: u32,
    /// Preference among several, lowest first: MX and SRV need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u16>,
    /// The port of the service: SRV needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The share among records of one priority: SRV needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u16>,
    /// 0, or 128 for a property that an authority must understand: CAA needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<u8>,
    /// The property, `issue`, `issuewild` or `iodef`: CAA needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<CaaTag>,
}

fn ttl() -> u32 {
    1800
}

/// The types of records that `DigitalOcean` lets one write (RFC 1035, 2782, 3596 and 8659).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are those of DNS")]
pub enum RecordType {
    A,
    Aaaa,
    Caa,
    Cname,
    Mx,
    Ns,
    Srv,
    Txt,
}

impl RecordType {
    /// The name, as zone files and APIs write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
}

/// The property of a CAA record (RFC 8659, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaaTag {
    /// Who may issue certificates for the name.
    Issue,
    /// Who may issue wildcard certificates for it.
    IssueWild,
    /// Where violations are reported.
    Iodef,
}
