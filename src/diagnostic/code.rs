//! The codes of all findings, each with the one line that says what it means.

use std::fmt;

/// Defines the codes, their names and their one-line meanings in one place.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What kind of finding a diagnostic is. Names are stable: tools filter by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of the stages that report it.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, as printed in brackets behind `error`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The code of that name.
            pub fn of_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.name() == name)
            }

            /// What the code means, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// A file is not UTF-8 text.
    NotUtf8 = "not-utf8",
    /// A file is larger than any file of its kind should be.
    TooLarge = "too-large",
    /// A file could not be read.
    Unreadable = "unreadable",
    /// A file among the inputs has a name that nothing reads.
    MisnamedFile = "misnamed-file",
    /// A symbolic link stands where only real files and folders are followed.
    SymbolicLink = "symbolic-link",
    /// The text is not YAML.
    YamlSyntax = "yaml-syntax",
    /// The YAML nests too deeply or grows too large when its aliases are followed.
    YamlLimit = "yaml-limit",
    /// A mapping has the same key twice.
    DuplicateKey = "duplicate-key",
    /// A number is written so that YAML 1.1 and YAML 1.2 read different values.
    AmbiguousNumber = "ambiguous-number",
    /// An environment is asked for that has no values file.
    UnknownEnvironment = "unknown-environment",
    /// An application is asked for that the environment does not have.
    UnknownApplication = "unknown-application",
    /// The layers that an environment extends lead back to themselves, or to a file that is not there.
    BadExtends = "bad-extends",
    /// An argument of `--set` is not `path=value`.
    BadSet = "bad-set",
    /// What was asked about is not among the values, or not in what is rendered.
    UnknownPlace = "unknown-place",
    /// A key is not part of the values.
    UnknownKey = "unknown-key",
    /// A value has another type than its key asks for.
    WrongType = "wrong-type",
    /// A value that has no default is not set.
    MissingValue = "missing-value",
    /// A value is of the right type, but not a valid host, image, quantity, name and so on.
    InvalidValue = "invalid-value",
    /// Two values contradict each other.
    Conflict = "conflict",
    /// A template is not valid template syntax.
    TemplateSyntax = "template-syntax",
    /// A template uses something that is not defined, or an expression of it failed.
    Template = "template",
    /// A template ran longer than any template should.
    TemplateLimit = "template-limit",
    /// What a template renders is not YAML or JSON.
    TemplateOutput = "template-output",
    /// A value cannot stand in the hole that it was put in.
    Hole = "hole",
    /// Two templates, or two turns of one, claim the same output path.
    PathConflict = "path-conflict",
    /// An output path would leave its environment's folder.
    PathOutside = "path-outside",
    /// Two documents describe the same resource.
    DuplicateResource = "duplicate-resource",
    /// A document refers to a resource, or a part of one, that is not there.
    MissingReference = "missing-reference",
    /// A selector and the labels that it is meant for do not agree.
    SelectorMismatch = "selector-mismatch",
    /// One thing has two names in a list where each name may stand once.
    DuplicateName = "duplicate-name",
    /// One host and path lead to two places.
    DuplicateHost = "duplicate-host",
    /// A task, pipeline or template of Tekton is called with other params or workspaces than it asks for.
    PipelineCall = "pipeline-call",
    /// The project of an Application does not allow what the Application does.
    NotPermitted = "not-permitted",
    /// A resource needs one that is only applied in a later sync wave.
    WaveOrder = "wave-order",
    /// A kustomization names a file that is not there, leads back to itself, or leaves a manifest out.
    Kustomization = "kustomization",
    /// A document is not a Kubernetes resource where one is expected.
    NotAResource = "not-a-resource",
    /// A document does not keep to the schema of its kind, or Kubernetes has no such kind.
    Schema = "schema",
    /// No schema is known for the kind of a document, so its fields are not checked.
    UnknownKind = "unknown-kind",
    /// A version of an API is on its way out.
    DeprecatedApi = "deprecated-api",
    /// A version of an API is not served by the cluster any more.
    RemovedApi = "removed-api",
    /// A file under `schemas/` defines no kind that documents could be checked against.
    BadSchema = "bad-schema",
    /// A plaintext Secret would be written.
    PlaintextSecret = "plaintext-secret",
    /// Something among the inputs or the output looks like a secret in the clear.
    Leak = "leak",
    /// An image has no tag, or the tag `latest`: nobody knows tomorrow what ran today.
    FloatingImage = "floating-image",
    /// An image has no digest where the values ask for one.
    ImageDigest = "image-digest",
    /// A container does not say how much CPU and memory it needs.
    MissingRequests = "missing-requests",
    /// A container may use as much memory as its node has.
    MissingLimits = "missing-limits",
    /// Kubernetes does not learn whether a container that is to run for ever is ready, or stuck.
    MissingProbe = "missing-probe",
    /// A pod breaks the level of Pod Security that its namespace has.
    PodSecurity = "pod-security",
    /// A pod reaches into its node: its processes, its network, its files.
    HostAccess = "host-access",
    /// Something runs in several copies, and no disruption budget keeps them from being taken away at once.
    MissingDisruptionBudget = "missing-disruption-budget",
    /// Whatever runs in the cluster reaches the pods of a namespace.
    MissingNetworkPolicy = "missing-network-policy",
    /// A role grants everything of something.
    WildcardRbac = "wildcard-rbac",
    /// A host answers without TLS.
    MissingTls = "missing-tls",
    /// A route takes a host that is not the platform's, or every host.
    ForeignHost = "foreign-host",
    /// A Service opens a way in beside the platform's one.
    ExposedService = "exposed-service",
    /// An amount of CPU or memory is one that no container can have, or that nobody can have meant.
    ImpossibleQuantity = "impossible-quantity",
    /// A certificate of a production host comes from an issuer that browsers do not trust.
    StagingIssuer = "staging-issuer",
    /// An exception from a check matches nothing that is found.
    StaleException = "stale-exception",
    /// An exception from a check has expired.
    ExpiredException = "expired-exception",
    /// The values choose something that its project no longer maintains.
    Retired = "retired",
    /// A certificate to seal with is missing, malformed, of the wrong kind, or not valid now.
    Certificate = "certificate",
    /// A file of private keys has none that can be used.
    PrivateKey = "private-key",
    /// What was given as a secret is missing, empty, too large or of the wrong form.
    Plaintext = "plaintext",
    /// A sealed value is no ciphertext, was altered, or was sealed for another place or key.
    Ciphertext = "ciphertext",
    /// A sealed secret that is to be changed is not there, or can't be changed in this way.
    SealedSecret = "sealed-secret",
    /// Something reads a Secret that is not sealed, or not with all its keys.
    Unsealed = "unsealed",
    /// A values file can't be changed in place without changing more than is meant.
    NotEditable = "not-editable",
    /// Helm values that the chart's own schema does not allow.
    ChartValues = "chart-values",
    /// A key of Helm values that the chart does not know.
    UnknownChartKey = "unknown-chart-key",
    /// Helm values could not be held to their chart, because it is not at hand.
    ChartNotCached = "chart-not-cached",
    /// A repository does not have the chart or the version that the values pin.
    ChartNotFound = "chart-not-found",
    /// The archive of a chart is not what was announced, or is no chart.
    ChartArchive = "chart-archive",
    /// Where a chart is published can't be reached, or gives no usable answer.
    ChartSource = "chart-source",
    /// The archive of a chart is not the one that charts.lock names.
    ChartChanged = "chart-changed",
    /// The file charts.lock can't be read, or does not have what the values pin.
    ChartsLock = "charts-lock",
    /// The lock file of the output cannot be read.
    BrokenLock = "broken-lock",
    /// A file under `out/` was changed by hand.
    EditedOutput = "edited-output",
    /// A file that is to be written exists already and was not written by `render`.
    UnknownFile = "unknown-file",
    /// A resource would disappear whose deletion takes more with it than comes back.
    GuardedDeletion = "guarded-deletion",
    /// A file stands under `out/` that `render` did not write and the inputs do not give.
    UnlistedFile = "unlisted-file",
    /// A file under `out/` is not what the inputs give.
    OutOfDate = "out-of-date",
    /// Something in the cloud has the name of what is wanted, and no mark of the environment.
    NotOwned = "not-owned",
    /// Several things in the cloud have the name of one that is wanted.
    AmbiguousResource = "ambiguous-resource",
    /// Something in the cloud can't be changed in the way that is wanted, and is not replaced.
    CannotChange = "cannot-change",
    /// The cloud does not offer a region, size or version that is wanted.
    NotOffered = "not-offered",
    /// Something in the cloud has failed, and does not get well by itself.
    FailedResource = "failed-resource",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_meanings_are_sentences() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.meaning().ends_with('.'), "{code}: {}", code.meaning());
        }
    }
}
