//! How the resources of an environment are recognised: by a name that begins with the platform and the environment, and by
//! a mark of the owner. Only both together make one ours.

use std::collections::BTreeMap;

/// The owner mark of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// `<platform>-<environment>`.
    prefix: String,
    environment: String,
}

const MANAGER: &str = "supercargo";
const MANAGED_BY: &str = "managed-by";
const ENVIRONMENT: &str = "environment";

impl Mark {
    pub(super) fn new(platform: &str, environment: &str) -> Self {
        Self { prefix: format!("{platform}-{environment}"), environment: environment.to_owned() }
    }

    /// The name of the resource that is called `own` here.
    pub(super) fn name(&self, own: &str) -> String {
        format!("{}-{own}", self.prefix)
    }

    /// What a resource of that name is called here, if it is one of the environment's names.
    pub(super) fn own_name<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(&self.prefix)?.strip_prefix('-').filter(|own| !own.is_empty())
    }

    /// The mark of an application.
    pub(super) fn metadata(&self) -> BTreeMap<String, String> {
        let marks = [(MANAGED_BY, MANAGER), (ENVIRONMENT, self.environment.as_str())];
        marks.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    /// Whether an application's metadata has the mark; other keys are nobody's business.
    pub(super) fn is_in(&self, metadata: &BTreeMap<String, String>) -> bool {
        self.metadata().iter().all(|(key, value)| metadata.get(key) == Some(value))
    }

    /// The first line of an action's code.
    pub(super) fn comment(&self) -> String {
        format!("// {MANAGED_BY}:{MANAGER} env:{}", self.environment)
    }

    /// Whether an action's code begins with the mark.
    pub(super) fn begins(&self, code: &str) -> bool {
        code.lines().next().is_some_and(|line| line.trim_end() == self.comment())
    }

    /// The description of a role.
    pub(super) fn description(&self) -> String {
        format!("a group of {}, {MANAGED_BY}:{MANAGER} env:{}", self.prefix, self.environment)
    }

    /// Whether a role's description has the mark. Its name is that of a group, which another platform in the same tenant
    /// may have too: this one's has to stand there.
    pub(super) fn describes(&self, description: &str) -> bool {
        let words: Vec<_> = description.split([' ', ',', ';']).collect();
        let wanted = [self.prefix.clone(), format!("{MANAGED_BY}:{MANAGER}"), format!("env:{}", self.environment)];
        wanted.iter().all(|wanted| words.contains(&wanted.as_str()))
    }

    /// The condition, in an action's code, that an event is of an application of this environment.
    pub(super) fn condition(&self) -> String {
        // Both are words of a narrow grammar; the quotes make texts of them.
        format!(
            "metadata[{}] === {} && metadata[{}] === {}",
            text(MANAGED_BY),
            text(MANAGER),
            text(ENVIRONMENT),
            text(&self.environment)
        )
    }
}

/// A text as JavaScript writes it. JSON is part of that language since 2019; the two line ends that it was not before are
/// escaped all the same.
pub(super) fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_that_of_one_environment_of_one_platform() {
        let mark = Mark::new("example", "dev");
        let (longer, other) = (Mark::new("example", "dev-x"), Mark::new("other", "dev"));
        assert!(mark.is_in(&mark.metadata()) && !mark.is_in(&longer.metadata()) && !mark.is_in(&BTreeMap::new()));
        assert!(mark.begins(&format!("{}\nx", mark.comment())) && !mark.begins(&longer.comment()));
        assert!(!mark.begins(&format!("\n{}", mark.comment())));
        assert!(mark.describes(&mark.description()));
        assert!(!mark.describes(&longer.description()) && !mark.describes(&other.description()));
        assert_eq!(mark.own_name("example-dev-argo-cd"), Some("argo-cd"));
        assert_eq!([mark.own_name("example-dev-"), mark.own_name("example-devs-x")], [None, None]);
    }

    #[test]
    fn a_text_stays_one() {
        assert_eq!(text("a\"b\\c\n</script>\u{2028}"), r#""a\"b\\c\n</script>\u2028""#);
    }
}
