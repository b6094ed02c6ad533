//! Roles, and the people who get them.

use super::{APPEARING, Hand, make_once};
use crate::identity::Error;
use crate::identity::operation::Member;
use crate::plan::Look;

/// How many accounts one call names.
const PART: usize = 25;

/// Makes a role and gives it to people; its id. A role of that name that turned up since is used as it is.
pub(super) fn create(hand: Hand<'_>, name: &str, members: &[Member]) -> Result<String, Error> {
    let description = hand.desired.mark.description();
    let role = match hand.api.role(name)? {
        Some(role) => role,
        None => make_once(hand.progress, || hand.api.role(name), || hand.api.create_role(name, &description))?,
    };
    assign(hand, &role.id, members)?;
    Ok(role.id)
}

/// Gives a role to people.
pub(super) fn assign(hand: Hand<'_>, id: &str, members: &[Member]) -> Result<(), Error> {
    for part in members.chunks(PART) {
        let users: Vec<_> = part.iter().map(|member| member.user_id.as_str()).collect();
        hand.progress.wait(APPEARING, || match hand.api.assign_role(id, &users) {
            Ok(()) => Ok(Look::Ready(())),
            Err(error) if error.status() == Some(404) => Ok(Look::NotYet("it can't be found yet".to_owned())),
            Err(error) => Err(error),
        })?;
    }
    Ok(())
}
