//! What there is in an account, as plain data that tests seed and look at. Time is the fake's own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::buckets::Bucket;
use super::clusters::{Associated, Cluster};
use super::domains::Domain;
use super::keys::Key;
use super::projects::Project;
use super::vpcs::Vpc;

/// The first second: 2026-01-01T00:00:00Z.
const EPOCH: u64 = 1_767_225_600;

/// How long things take, in seconds of the fake's clock.
#[derive(Debug, Clone)]
pub(crate) struct Durations {
    /// How far the clock moves with each request.
    pub(crate) step: u64,
    /// From a cluster's creation until it is `running`.
    pub(crate) provisioning: u64,
    /// From a node's creation, or its cluster's `running`, until it runs.
    pub(crate) node: u64,
    pub(crate) upgrade: u64,
    /// From a deletion of a cluster or a pool until it is really gone.
    pub(crate) deletion: u64,
    /// How long the resources of a new project answer 404.
    pub(crate) project: u64,
    /// How long a new bucket answers 404.
    pub(crate) bucket: u64,
    /// How long lists, and the other half of the service, do not know what was just made.
    pub(crate) lag: u64,
}

impl Default for Durations {
    fn default() -> Self {
        Self { step: 10, provisioning: 60, node: 20, upgrade: 50, deletion: 40, project: 30, bucket: 40, lag: 0 }
    }
}

/// A token of the API.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Such as `kubernetes:read`; none means all of them.
    pub(crate) scopes: Option<BTreeSet<String>>,
}

/// A slug of `options`, with what belongs to it.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// Such as `1.36.1-do.0`.
    pub(crate) slug: String,
}

/// Everything in the account.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// Seconds since [`EPOCH`].
    pub(crate) now: u64,
    pub(crate) durations: Durations,
    pub(crate) tokens: Vec<Token>,
    /// How many Droplets the account may have; nodes are Droplets.
    pub(crate) droplet_limit: usize,
    /// Newest first, as the service lists them.
    pub(crate) versions: Vec<Version>,
    pub(crate) regions: Vec<String>,
    pub(crate) sizes: Vec<String>,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) vpcs: Vec<Vpc>,
    pub(crate) projects: Vec<Project>,
    pub(crate) domains: Vec<Domain>,
    pub(crate) keys: Vec<Key>,
    pub(crate) buckets: Vec<Bucket>,
    /// Names by their first spelling, which is the one that counts.
    pub(crate) tags: Vec<String>,
    /// Container registries of the account.
    pub(crate) registries: Vec<String>,
    /// Bucket names of other users.
    pub(crate) foreign_buckets: Vec<String>,
    /// Domains that another account holds.
    pub(crate) foreign_domains: Vec<String>,
    /// How many access tokens were minted by kubeconfig and credentials calls.
    pub(crate) minted_tokens: usize,
    /// What deleting a VPC with members answers: 409 was seen, 403 is described.
    pub(crate) vpc_members_status: u16,
    /// The most entries of one list of objects.
    pub(crate) object_page: usize,
    /// Load balancers, volumes and snapshots that outlived their cluster, and cost money.
    pub(crate) leftovers: Vec<Associated>,
    /// VPC, name and time of members that are on their way out.
    pub(crate) members_gone: Vec<(String, String, u64)>,
    counter: u64,
}

impl World {
    /// An account with a token that may do everything, a default project, and a default VPC per region.
    pub(crate) fn new() -> Self {
        let slugs = ["1.36.1-do.0", "1.36.0-do.2", "1.35.6-do.1", "1.35.4-do.0", "1.34.9-do.0"];
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let mut world = Self {
            now: 0,
            durations: Durations::default(),
            tokens: vec![Token { text: super::token(), scopes: None }],
            droplet_limit: 25,
            versions: slugs.iter().map(|&slug| Version { slug: slug.to_owned() }).collect(),
            regions: texts(&["ams3", "fra1", "nyc1", "nyc3", "sgp1"]),
            sizes: texts(&["s-1vcpu-2gb", "s-2vcpu-2gb", "s-2vcpu-4gb", "s-4vcpu-8gb", "c-2"]),
            clusters: Vec::new(),
            vpcs: Vec::new(),
            projects: Vec::new(),
            domains: Vec::new(),
            keys: Vec::new(),
            buckets: Vec::new(),
            tags: Vec::new(),
            registries: texts(&["example"]),
            foreign_buckets: Vec::new(),
            foreign_domains: Vec::new(),
            minted_tokens: 0,
            vpc_members_status: 409,
            object_page: 1000,
            leftovers: Vec::new(),
            members_gone: Vec::new(),
            counter: 0,
        };
        for (index, region) in world.regions.clone().into_iter().enumerate() {
            let id = world.id();
            world.vpcs.push(Vpc::default_of(&region, id, index));
        }
        let id = world.id();
        world.projects.push(Project::default_one(id));
        let key = Key::full(&mut world, "made-by-hand");
        world.keys.push(key);
        world
    }

    /// A new identifier. They count up, so that a test's output can be read.
    pub(crate) fn id(&mut self) -> String {
        self.counter += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.counter)
    }

    /// A new number, for records and Droplets.
    pub(crate) fn number(&mut self) -> u64 {
        self.counter += 1;
        1000 + self.counter
    }

    /// Whether a time has passed since something was made. What is there in the first second has always been there.
    pub(crate) fn has_passed(&self, created: u64, duration: u64) -> bool {
        created == 0 || self.now >= created + duration
    }

    /// Whether something made at `created` shows up in lists already.
    pub(crate) fn is_listed(&self, created: u64) -> bool {
        self.has_passed(created, self.durations.lag)
    }

    /// The clock in seconds since 1970.
    pub(crate) fn epoch(&self) -> u64 {
        EPOCH + self.now
    }

    /// How a moment of the fake's clock is written (RFC 3339).
    pub(crate) fn time(seconds: u64) -> String {
        let seconds = EPOCH + seconds;
        let (mut days, rest) = (seconds / 86400 - EPOCH / 86400, seconds % 86400);
        let (mut year, mut month) = (2026, 0);
        let lengths = |year: u64| {
            let leap = u64::from(year.is_multiple_of(4));
            [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        while days >= lengths(year)[month] {
            days -= lengths(year)[month];
            (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
        }
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        format!("{year}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1, days + 1)
    }

    /// How many nodes there are, or will be.
    pub(crate) fn droplets(&self) -> usize {
        self.clusters.iter().flat_map(|cluster| &cluster.pools).map(|pool| pool.nodes.len()).sum()
    }

    /// Time passes, and with it what was deleted goes away.
    pub(crate) fn advance(&mut self, seconds: u64) {
        self.now += seconds;
        let now = self.now;
        self.members_gone.retain(|(_, _, until)| *until > now);
        for mut cluster in std::mem::take(&mut self.clusters) {
            if cluster.gone_at.is_some_and(|at| at <= now) {
                self.unassign(&cluster.urn());
                // Droplets leave a VPC later than their cluster leaves the list.
                self.members_gone.push((cluster.vpc_uuid, cluster.name, now + self.durations.deletion));
            } else {
                cluster.settle(now);
                self.clusters.push(cluster);
            }
        }
    }

    /// Removes a resource from whatever project has it.
    pub(crate) fn unassign(&mut self, urn: &str) {
        for project in &mut self.projects {
            project.resources.retain(|resource| resource.urn != urn);
        }
    }

    /// The first spelling of each tag; new ones come into being.
    pub(crate) fn tag(&mut self, names: &[String]) -> Vec<String> {
        let mut seen = Vec::new();
        for name in names {
            let known = self.tags.iter().find(|known| known.eq_ignore_ascii_case(name)).cloned();
            let name = known.unwrap_or_else(|| {
                self.tags.push(name.clone());
                name.clone()
            });
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        seen
    }

    /// `GET /v2/kubernetes/options`.
    pub(crate) fn options(&self) -> Value {
        let versions = self.versions.iter().map(Version::value).collect::<Vec<_>>();
        let pair = |slug: &String| json!({"name": slug.to_uppercase(), "slug": slug});
        let regions = self.regions.iter().map(pair).collect::<Vec<_>>();
        let sizes = self.sizes.iter().map(pair).collect::<Vec<_>>();
        json!({"options": {"versions": versions, "regions": regions, "sizes": sizes}})
    }
}

impl Version {
    /// `1.36.1` of `1.36.1-do.0`.
    pub(crate) fn kubernetes(&self) -> &str {
        self.slug.split('-').next().unwrap_or_default()
    }

    /// The order of versions.
    pub(crate) fn rank(slug: &str) -> Vec<u64> {
        slug.split(|sign: char| !sign.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    }

    pub(crate) fn value(&self) -> Value {
        let features = ["cluster-autoscaler", "docr-integration", "ha-control-plane"];
        json!({"slug": self.slug, "kubernetes_version": self.kubernetes(), "supported_features": features})
    }
}
