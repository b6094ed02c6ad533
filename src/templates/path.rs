//! Where the outputs of a template go.

use crate::tree::{OutputPath, PathError};

/// What a path segment in braces repeats a template for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loop {
    /// Each enabled platform service.
    Service,
    /// Each enabled chart of `charts`.
    Chart,
    /// Each application.
    Application,
}

impl Loop {
    /// All loops.
    pub const ALL: [Self; 3] = [Self::Service, Self::Chart, Self::Application];

    /// The word between the braces, which is also the variable that the template sees.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Chart => "chart",
            Self::Application => "application",
        }
    }
}

/// The path of a template's outputs below `out/<env>/`, with a hole for the name that it loops over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    /// Text around the holes: one piece more than there are holes.
    pieces: Vec<String>,
    over: Option<Loop>,
    /// The service whose folder the template stands in.
    service: Option<String>,
}

impl PathPattern {
    /// Reads a template's path without its `.j2`.
    ///
    /// # Errors
    /// A brace is not closed, the loop is unknown, two different loops stand in one path, or the path can't be one.
    pub fn parse(path: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut over = None;
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("`{path}` has a `{{` without its `}}`"))?;
            let found = Loop::ALL.into_iter().find(|one| one.name() == name);
            let found = found.ok_or_else(|| format!("`{{{name}}}` is not a loop of a path"))?;
            if over.is_some_and(|over| over != found) {
                return Err(format!("`{path}` loops over two things"));
            }
            over = Some(found);
            pieces.push(before.to_owned());
            rest = after;
        }
        pieces.push(rest.to_owned());
        let service = path
            .strip_prefix("services/")
            .and_then(|rest| rest.split_once('/'))
            .map(|(folder, _)| folder.to_owned())
            .filter(|folder| !folder.contains('{'));
        let pattern = Self { pieces, over, service };
        pattern.output("name").map_err(|error| format!("`{path}` can't be an output path: {error}"))?;
        Ok(pattern)
    }

    /// What the path loops over.
    pub fn over(&self) -> Option<Loop> {
        self.over
    }

    /// The service that has to be enabled for this template, because it stands in that service's folder.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The path for the turn named `name`.
    ///
    /// # Errors
    /// The name would lead out of the environment's folder.
    pub fn output(&self, name: &str) -> Result<OutputPath, PathError> {
        OutputPath::parse(&self.pieces.join(name))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn braces_are_loops() {
        let pattern = PathPattern::parse("applications/{application}/overlay/{application}.yaml").unwrap();
        assert_eq!(pattern.over(), Some(Loop::Application));
        assert_eq!(pattern.output("web").unwrap().as_str(), "applications/web/overlay/web.yaml");
        assert_eq!(PathPattern::parse("services/argo-cd/values.yaml").unwrap().service(), Some("argo-cd"));
        assert_eq!(PathPattern::parse("services/{service}/x.yaml").unwrap().service(), None);
    }

    #[test]
    fn a_hostile_name_stays_inside() {
        let pattern = PathPattern::parse("apps/{application}.yaml").unwrap();
        assert_eq!(pattern.output("../../etc/x"), Err(PathError::Outside));
    }

    #[test]
    fn paths_that_mean_nothing_are_refused() {
        for path in ["apps/{service.yaml", "apps/{thing}.yaml", "{service}/{chart}.yaml", "render.lock", "a//b"] {
            assert!(PathPattern::parse(path).is_err(), "{path}");
        }
    }
}
