//! Which checks count, and why not where they don't.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic, Level, Severity};
use crate::model::map::NamedMap;
use crate::model::names::DnsLabel;
use crate::model::pattern::Pattern;
use crate::model::schedule::Date;

/// What is asked of the values and of what is rendered beyond being right, and exceptions from that.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policies {
    /// Whether people depend on this environment: then more is asked of it, and most of what warns elsewhere is an
    /// error. Default: false.
    #[serde(default)]
    pub production: bool,
    /// Whether every image has to carry its digest: `required` or `optional`. Default: required in production,
    /// optional elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_digests: Option<ImageDigests>,
    /// How much findings count here, by their code, as messages print it in brackets. Default: as docs/codes.md says.
    #[serde(default)]
    pub severities: NamedMap<DnsLabel, SeverityChoice>,
    /// Single resources that a check leaves alone, by a name of your choice. Default: none.
    #[serde(default)]
    pub exceptions: NamedMap<DnsLabel, Exception>,
}

impl Policies {
    /// The findings whose severity can be set, and that there can be exceptions from. All others mean that the output
    /// would be wrong.
    pub const EXCEPTABLE: &[Code] = &[
        Code::Leak,
        Code::Retired,
        Code::Unsealed,
        Code::MissingReference,
        Code::SelectorMismatch,
        Code::DuplicateName,
        Code::DuplicateHost,
        Code::PipelineCall,
        Code::NotPermitted,
        Code::WaveOrder,
        Code::Kustomization,
        Code::StaleException,
        Code::UnknownKind,
        Code::DeprecatedApi,
        Code::FloatingImage,
        Code::ImageDigest,
        Code::MissingRequests,
        Code::MissingLimits,
        Code::MissingProbe,
        Code::PodSecurity,
        Code::HostAccess,
        Code::MissingDisruptionBudget,
        Code::MissingNetworkPolicy,
        Code::WildcardRbac,
        Code::MissingTls,
        Code::ForeignHost,
        Code::ExposedService,
        Code::ImpossibleQuantity,
        Code::StagingIssuer,
        Code::UnknownChartKey,
        Code::ChartNotCached,
    ];

    /// How much a finding of `code` counts that counts `usually` elsewhere; `None` where it is not shown.
    pub fn severity(&self, code: Code, usually: Severity) -> Option<Severity> {
        match self.choice(code) {
            Some(level) => level.severity(),
            None => Some(usually),
        }
    }

    /// `finding` as much as it counts here; `None` where it is not shown.
    pub fn counted(&self, finding: Diagnostic) -> Option<Diagnostic> {
        let severity = self.severity(finding.code, finding.severity)?;
        Some(Diagnostic { severity, ..finding })
    }

    /// What becomes of findings of `code`, from what the values say of it, or of this environment.
    pub fn level(&self, code: Code) -> Level {
        let usual = code.usual();
        let digests = self.image_digests.filter(|_| code == Code::ImageDigest);
        self.choice(code).unwrap_or(match digests {
            Some(ImageDigests::Required) => Level::Error,
            Some(ImageDigests::Optional) => Level::Off,
            None if self.production => usual.production,
            None => usual.elsewhere,
        })
    }

    /// What becomes of each finding that the values may speak of, by its code.
    pub fn levels(&self) -> BTreeMap<&'static str, &'static str> {
        Self::EXCEPTABLE.iter().map(|code| (code.name(), self.level(*code).name())).collect()
    }

    /// What the values say of `code`.
    fn choice(&self, code: Code) -> Option<Level> {
        let choice = self.severities.get(code.name()).filter(|_| Self::EXCEPTABLE.contains(&code));
        choice.map(|choice| choice.level)
    }

    /// The exceptions from `code`, with their names.
    pub fn exceptions_from(&self, code: Code) -> impl Iterator<Item = (&str, &Exception)> {
        let all = self.exceptions.iter().map(|(name, exception)| (name.as_str(), exception));
        all.filter(move |(_, exception)| exception.code.as_str() == code.name())
    }

    /// The names of the exceptions whose last day was before `today`.
    pub fn expired(&self, today: &Date) -> impl Iterator<Item = &str> {
        let expired =
            self.exceptions.iter().filter(move |(_, one)| one.expires.as_ref().is_some_and(|last| last < today));
        expired.map(|(name, _)| name.as_str())
    }
}

/// Whether an image has to carry its digest. A tag can be moved to another image; a digest is that of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImageDigests {
    /// An image without one is an error.
    Required,
    /// A tag is enough.
    Optional,
}

/// How much findings of a code count here, and why.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeverityChoice {
    /// What becomes of such a finding.
    pub level: Level,
    /// Why that is right here: for whoever reads it in a year.
    #[schemars(length(min = 1))]
    pub reason: String,
}

/// Resources that one check leaves alone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exception {
    /// The code of the findings, as messages print it in brackets.
    pub code: DnsLabel,
    /// Which resources are meant.
    pub resource: ResourcePattern,
    /// Why that is right here: for whoever reads it in a year.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Who answers for it: a team, or a person.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// The last day on which it holds. `render check --today DATE` finds those that are past it. Default: it never
    /// expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

/// Which resources are meant: those that match all that is said, and something has to be said.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourcePattern {
    /// The kind, such as `Deployment`. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Pattern>,
    /// The namespace that it is applied to. Default: any, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Pattern>,
    /// The name. Default: any, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Pattern>,
    /// The file below `out/<environment>/`, for what has no name, such as a Kustomization. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Pattern>,
}

impl ResourcePattern {
    /// Whether the resource is meant; a text that is empty is not known.
    pub fn matches(&self, kind: &str, namespace: &str, name: &str, file: &str) -> bool {
        let parts = [(&self.kind, kind), (&self.namespace, namespace), (&self.name, name), (&self.file, file)];
        parts.into_iter().all(|(pattern, text)| pattern.as_ref().is_none_or(|pattern| pattern.matches(text)))
    }

    /// Whether nothing is said, so that everything would be meant.
    pub fn is_empty(&self) -> bool {
        [&self.kind, &self.namespace, &self.name, &self.file].into_iter().all(Option::is_none)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn policies(value: Value) -> Policies {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn production_asks_for_more_and_what_the_values_say_wins() {
        let level = |value: Value, code| policies(value).level(code);
        let production = || json!({ "production": true });
        assert_eq!(level(json!({}), Code::MissingProbe), Level::Warning);
        assert_eq!(level(production(), Code::MissingProbe), Level::Error);
        assert_eq!(level(json!({}), Code::StagingIssuer), Level::Off);
        assert_eq!(level(production(), Code::StagingIssuer), Level::Error);
        assert_eq!(level(json!({}), Code::PodSecurity), Level::Error);
        assert_eq!(level(json!({}), Code::ImageDigest), Level::Off);
        assert_eq!(level(production(), Code::ImageDigest), Level::Error);
        assert_eq!(level(json!({ "imageDigests": "required" }), Code::ImageDigest), Level::Error);
        assert_eq!(level(json!({ "production": true, "imageDigests": "optional" }), Code::ImageDigest), Level::Off);
        let said = json!({
            "production": true,
            "imageDigests": "required",
            "severities": {
                "missing-probe": { "level": "off", "reason": "x" },
                "image-digest": { "level": "warning", "reason": "x" },
                // Not for anybody to choose.
                "hole": { "level": "off", "reason": "x" },
            },
        });
        assert_eq!(level(said.clone(), Code::MissingProbe), Level::Off);
        assert_eq!(level(said.clone(), Code::ImageDigest), Level::Warning);
        assert_eq!(level(said.clone(), Code::Hole), Level::Error);
        assert_eq!(policies(said.clone()).severity(Code::Hole, Severity::Error), Some(Severity::Error));
        assert_eq!(policies(said).severity(Code::MissingProbe, Severity::Error), None);
    }

    #[test]
    fn an_exception_holds_through_its_last_day() {
        let policies = policies(json!({ "exceptions": {
            "a": { "code": "leak", "resource": { "kind": "X" }, "reason": "x", "owner": "x", "expires": "2027-02-28" },
            "b": { "code": "leak", "resource": { "kind": "X" }, "reason": "x", "owner": "x" },
        } }));
        let expired = |today| policies.expired(&Date::parse(today).unwrap()).collect::<Vec<_>>();
        for day in ["2026-12-31", "2027-02-27", "2027-02-28"] {
            assert_eq!(expired(day), [""; 0], "{day}");
        }
        for day in ["2027-03-01", "2028-01-01", "9999-12-31"] {
            assert_eq!(expired(day), ["a"], "{day}");
        }
        assert!(Date::parse("2027-02-29").is_err() && Date::parse("2028-02-29").is_ok());
        assert!(Date::parse("2027-2-1").is_err() && Date::parse("2027-13-01").is_err());
    }

    #[test]
    fn a_resource_is_meant_if_all_that_is_said_fits() {
        let pattern = |value: Value| serde_json::from_value::<ResourcePattern>(value).unwrap();
        let web = |value: Value| pattern(value).matches("Deployment", "site", "web", "page.yaml");
        assert!(web(json!({ "kind": "Deployment" })));
        assert!(web(json!({ "kind": "Deployment", "namespace": "s*", "name": "web" })));
        assert!(!web(json!({ "kind": "Deployment", "namespace": "shop" })));
        assert!(!web(json!({ "kind": "DaemonSet" })));
        assert!(web(json!({ "file": "*.yaml" })));
        assert!(pattern(json!({})).is_empty());
    }
}
