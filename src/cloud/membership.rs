//! Membership in the project of the environment: the mark of what can carry no other, buckets and domains.
//!
//! Neither can be made inside of a project. So that a run which ends between making one and putting it there leaves
//! nothing that the next run takes for somebody else's, the description of the project says what is being made: the
//! *intent*, a word `creating:URN`. It is written before the thing is made, once it is known that nobody of the account
//! has one of that name, and taken out when the thing is in the project.

use super::apply::Applying;
use super::digitalocean::projects::{LONGEST_DESCRIPTION, Project};
use super::marks::{Owner, owner_by_text};
use super::planner::Planning;
use super::{Desired, Error};
use crate::plan::{Look, Patience};

/// What the word of an intent begins with.
const CREATING: &str = "creating:";

/// What the project's side of the service takes to hear of something new.
const HEARS: Patience = Patience::seconds(5, 300);

/// How long a project that was just made may be missing from the list.
const LISTED: Patience = Patience::seconds(5, 60);

/// How the API names a bucket.
pub(super) fn bucket(name: &str) -> String {
    format!("do:space:{name}")
}

/// How the API names a domain.
pub(super) fn domain(name: &str) -> String {
    format!("do:domain:{name}")
}

/// Whether something that is there belongs to the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    /// It is in the project.
    Joined,
    /// It was being made when a run ended, so that something may be left to do.
    Begun,
    /// Nothing says so.
    Foreign,
}

/// How what the API calls `urn` stands to the environment.
pub(super) fn of(planning: &Planning<'_>, urn: &str) -> Membership {
    let environment = planning.desired.environment();
    let mut ours = planning.observed.projects.iter().filter(|project| is_ours(project, environment));
    let (Some(project), None) = (ours.next(), ours.next()) else { return Membership::Foreign };
    if intents(&project.description).any(|intent| intent == urn) {
        Membership::Begun
    } else if planning.observed.is_member(urn) {
        Membership::Joined
    } else {
        Membership::Foreign
    }
}

/// The names of the members of one kind, by what their URNs begin with; none of a project that is not ours.
pub(super) fn members<'p>(planning: &Planning<'p>, kind: &str) -> Vec<&'p str> {
    let environment = planning.desired.environment();
    if !planning.observed.projects.iter().any(|project| is_ours(project, environment)) {
        return Vec::new();
    }
    let observed = planning.observed;
    let names = observed.members.iter().filter_map(|member| member.urn.strip_prefix(kind)?.strip_prefix(':'));
    names.collect()
}

fn is_ours(project: &Project, environment: &str) -> bool {
    owner_by_text(&project.description, environment) == Owner::Ours
}

/// What is being made, by its URN.
fn intents(description: &str) -> impl Iterator<Item = &str> {
    description.split_whitespace().filter_map(|word| word.strip_prefix(CREATING))
}

/// The description with an intent at its end.
fn with_intent(description: &str, urn: &str) -> String {
    if intents(description).any(|intent| intent == urn) {
        return description.to_owned();
    }
    format!("{description} {CREATING}{urn}")
}

/// The description without an intent.
fn without_intent(description: &str, urn: &str) -> String {
    let intent = format!("{CREATING}{urn}");
    // Spaces of a person's own are kept.
    description.split(' ').filter(|word| *word != intent).collect::<Vec<_>>().join(" ")
}

/// Why something was not made.
pub(super) struct NotMade {
    pub(super) error: Error,
    /// Whether it is sure that nothing of ours is there now.
    pub(super) surely: bool,
}

/// Makes something and puts it into the project, so that a run that ends anywhere in between can be taken up.
pub(super) fn made<T>(
    applying: &Applying<'_>,
    urn: &str,
    create: impl FnOnce() -> Result<T, NotMade>,
) -> Result<T, Error> {
    let cloud = &applying.api.digitalocean;
    let begun = project(applying)?;
    let description = with_intent(&begun.description, urn);
    if description.chars().count() > LONGEST_DESCRIPTION {
        let what = format!("the description of the project `{}`", begun.name);
        let problem = format!("leaves no room for a note; it may have {LONGEST_DESCRIPTION} characters");
        return Err(Error::Changed { what, problem });
    }
    if description != begun.description {
        cloud.describe_project(&begun.id, &description)?;
    }
    let made = match create() {
        Ok(made) => made,
        Err(NotMade { error, surely }) => {
            // One of that name that somebody makes later is not ours.
            if surely && let Err(left) = cloud.describe_project(&begun.id, &without_intent(&description, urn)) {
                applying.progress.warn(&format!("the project still says that `{urn}` is being made: {left}"));
            }
            return Err(error);
        }
    };
    assign(applying, &begun.id, urn)?;
    // As it is now: somebody may have written there in the meantime.
    let now = project(applying)?;
    let description = without_intent(&now.description, urn);
    if description != now.description {
        cloud.describe_project(&now.id, &description)?;
    }
    Ok(made)
}

/// Puts something that is there into the project.
pub(super) fn adopt(applying: &Applying<'_>, urn: &str) -> Result<(), Error> {
    assign(applying, &project(applying)?.id, urn)
}

/// The environment's project. One that was just made may take a moment to be listed.
fn project(applying: &Applying<'_>) -> Result<Project, Error> {
    let Desired { project: wanted, .. } = applying.desired;
    let environment = applying.desired.environment();
    let found = applying.wait(LISTED, || {
        let mut all = applying.api.digitalocean.projects()?;
        all.retain(|project| project.name == wanted.name && is_ours(project, environment));
        match all.len() {
            0 => Ok(Look::NotYet(format!("the project `{}` is not listed yet", wanted.name))),
            1 => Ok(Look::Ready(all.remove(0))),
            _ => {
                let ids = all.into_iter().map(|project| project.id).collect();
                Err(Error::Twice { what: format!("the project `{}`", wanted.name), ids })
            }
        }
    });
    match found {
        Err(Error::TooLong(_)) => {
            let what = format!("the project `{}`", wanted.name);
            Err(Error::Changed { what, problem: format!("is not there, or does not belong to `{environment}`") })
        }
        found => found,
    }
}

/// Puts something into the project, until the API says that it is there: that it took the call says nothing.
fn assign(applying: &Applying<'_>, project: &str, urn: &str) -> Result<(), Error> {
    let urns = [urn.to_owned()];
    let assigned = applying.wait(HEARS, || {
        let answers = match applying.api.digitalocean.assign(project, &urns) {
            Ok(answers) => answers,
            // The project may be as new as what goes into it.
            Err(error) if error.is_not_found() => return Ok(Look::NotYet(error.to_string())),
            Err(error) => return Err(error),
        };
        let status = answers.iter().find(|answer| answer.urn == urn).map_or("no answer", |answer| &answer.status);
        Ok(match status {
            "ok" | "assigned" | "already_assigned" => Look::Ready(()),
            status => Look::NotYet(status.to_owned()),
        })
    });
    match assigned {
        Err(Error::TooLong(late)) => Err(Error::NotAssigned { urn: urn.to_owned(), status: late.last }),
        assigned => assigned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_comes_and_goes_and_leaves_the_rest() {
        let before = "of a  person managed-by:supercargo env:dev";
        let urn = bucket("example-dev-loki");
        let begun = with_intent(before, &urn);
        assert_eq!(begun, format!("{before} creating:do:space:example-dev-loki"));
        assert_eq!(with_intent(&begun, &urn), begun);
        assert_eq!(owner_by_text(&begun, "dev"), Owner::Ours);
        let both = with_intent(&begun, &domain("example.com"));
        assert_eq!(intents(&both).collect::<Vec<_>>(), ["do:space:example-dev-loki", "do:domain:example.com"]);
        assert_eq!(without_intent(&both, &domain("example.com")), begun);
        assert_eq!(without_intent(&begun, &urn), before);
        // A name that begins like another one is another one.
        assert_eq!(without_intent(&begun, &bucket("example-dev")), begun);
    }
}
