//! What an environment installs, one entry each, as lists and reports name it.

use super::{HostOrLabel, SecretNeed, Values};

/// What kind of thing is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstalledKind {
    /// A service of the platform, with values of its own.
    Service,
    /// A further Helm chart.
    Chart,
    /// An application that the platform delivers.
    Application,
}

impl InstalledKind {
    /// The kind in one word, for machines and people alike.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Chart => "chart",
            Self::Application => "application",
        }
    }
}

/// Something that an environment installs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// What it is.
    pub kind: InstalledKind,
    /// Its name, as in the paths of `out/`.
    pub name: String,
    /// The name of its Helm chart; empty for an application.
    pub chart: String,
    /// The version of the chart; empty for an application.
    pub version: String,
    /// The namespace that it is installed into.
    pub namespace: String,
    /// When it is synced, lowest first.
    pub wave: String,
    /// The node pool that it runs on.
    pub pool: String,
    /// The full names that it answers for, its own first and that of its webhook behind it.
    pub hosts: Vec<String>,
    /// The Secrets that it reads and somebody has to seal.
    pub secrets: Vec<SecretNeed>,
}

impl Values {
    /// Everything that is installed: services in their order, then charts and applications in that of their author.
    pub fn installed(&self) -> Vec<Installed> {
        let needs = self.secret_needs();
        let secrets = |reader: String| needs.iter().filter(|need| need.readers.contains(&reader)).cloned().collect();
        let full = |host: &HostOrLabel| host.under(&self.platform.domain);
        let services = self.services.iter().map(|(name, service)| Installed {
            kind: InstalledKind::Service,
            name: name.to_owned(),
            chart: service.chart().name.to_string(),
            version: service.chart().version.to_string(),
            namespace: service.namespace().to_string(),
            wave: service.wave().to_string(),
            pool: service.pool().to_string(),
            hosts: service.needs().host().into_iter().map(full).collect(),
            secrets: secrets(format!("services.{}", service.key)),
        });
        let charts = self.charts.iter().filter(|(_, chart)| chart.enabled).map(|(name, chart)| Installed {
            kind: InstalledKind::Chart,
            name: name.to_string(),
            chart: chart.chart.to_string(),
            version: chart.version.to_string(),
            namespace: chart.namespace.to_string(),
            wave: chart.wave.to_string(),
            pool: chart.pool.to_string(),
            hosts: Vec::new(),
            secrets: Vec::new(),
        });
        let applications = self.applications.iter().filter(|(_, application)| application.enabled);
        let applications = applications.map(|(name, application)| {
            let webhook = application.pipeline.as_ref().and_then(|pipeline| pipeline.host_of(name));
            Installed {
                kind: InstalledKind::Application,
                name: name.to_string(),
                chart: String::new(),
                version: String::new(),
                namespace: application.namespace_of(name).to_string(),
                wave: application.wave.to_string(),
                pool: application.pool.to_string(),
                hosts: application.host.iter().chain(&webhook).map(full).collect(),
                secrets: secrets(format!("applications.{name}")),
            }
        });
        services.chain(charts).chain(applications).collect()
    }
}
