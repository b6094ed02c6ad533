//! Membership in the project of the environment: the mark of what can carry no other, buckets and domains.
//!
//! Neither can be made inside of a project. So that a run which ends between making one and putting it there leaves
//! nothing that the next run takes for somebody else's, the description of the project says what is being made: the
//! *intent*. It is written before the thing is made, once it is known that the account has none of that name, and taken
//! out when the thing is in the project.

use super::apply::Applying;
use super::planner::Planning;
use super::{Error, Operation, projects};
use crate::diagnostic::Code;
use crate::plan::{Action, Address, Attribute, Step};

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
    let Some(project) = planning.observed.project(planning.desired) else { return Membership::Foreign };
    if projects::intents(&project.description).any(|intent| intent == urn) {
        Membership::Begun
    } else if planning.observed.is_member(urn) {
        Membership::Joined
    } else {
        Membership::Foreign
    }
}

/// The names of the members of one kind, by what their URNs begin with; none of a project that is not ours.
pub(super) fn members<'p>(planning: &Planning<'p>, kind: &str) -> Vec<&'p str> {
    if planning.observed.project(planning.desired).is_none() {
        return Vec::new();
    }
    let members = planning.observed.members.iter();
    members.filter_map(|member| member.urn.strip_prefix(kind)?.strip_prefix(':')).collect()
}

/// Adds the step that puts something that is there into the project; a finding where there is no project yet.
pub(super) fn plan_adoption(planning: &mut Planning<'_>, address: Address, path: &[&str], operation: Operation) {
    let (desired, observed) = (planning.desired, planning.observed);
    let project = &desired.project;
    if observed.project(desired).is_none() && !planning.has_step(&project.address()) {
        let message = format!("there is no project `{}` that `{address}` could be put into", project.name);
        let help = format!("make it first: `render cloud apply --env {} --target project`", desired.environment());
        return planning.finding(address, desired.finding(Code::NotOwned, path, message).help(help));
    }
    let attribute = Attribute::new("project", project.name.as_str());
    let step = Step::new(address, Action::Adopt, operation).with([attribute]).after([project.address()]);
    planning.step(step);
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
    projects::intend(applying, urn)?;
    let made = create().map_err(|NotMade { error, surely }| {
        // One of that name that somebody makes later is not ours.
        if surely && let Err(left) = projects::forget_intent(applying, urn) {
            applying.progress.warn(&format!("the project still says that `{urn}` is being made: {left}"));
        }
        error
    })?;
    projects::assign(applying, urn)?;
    projects::forget_intent(applying, urn)?;
    Ok(made)
}
