//! The action: written, built, deployed, bound. Every look decides what is still to be done.

use super::{Hand, make_once};
use crate::identity::Error;
use crate::identity::auth0::{Action, ActionSettings, ActionStatus, BindingSettings, POST_LOGIN};
use crate::plan::{Look, Patience};

/// How long building and deploying may take, each look after two seconds.
const BUILDING: Patience = Patience::seconds(2, 180);

/// Makes the action what `settings` say, and lets every login run it; its id.
pub(super) fn put(hand: Hand<'_>, settings: &ActionSettings) -> Result<String, Error> {
    let found = || find(hand, &settings.name);
    let action = match found()? {
        Some(action) => action,
        None => make_once(hand.progress, found, || hand.api.create_action(settings))?,
    };
    // What could not be built is built again only when it is sent again.
    if !is_written(&action, settings) || action.status == ActionStatus::Failed {
        hand.api.change_action(&action.id, settings)?;
    }
    deploy(hand, &action.id)?;
    bind(hand, &action.id, &settings.name)?;
    Ok(action.id)
}

/// Takes an action out of the login, and deletes it.
pub(super) fn delete(hand: Hand<'_>, id: &str) -> Result<(), Error> {
    let bindings = hand.api.bindings(POST_LOGIN)?;
    if bindings.iter().any(|binding| binding.action.id == id) {
        let others = bindings.iter().filter(|binding| binding.action.id != id);
        let others: Vec<_> = others.map(|it| BindingSettings::new(&it.action.id, &it.display_name)).collect();
        hand.api.bind(POST_LOGIN, &others)?;
    }
    hand.api.delete_action(id)
}

/// The action of that name, if it is ours.
fn find(hand: Hand<'_>, name: &str) -> Result<Option<Action>, Error> {
    let Some(action) = hand.api.actions(name)?.into_iter().next() else { return Ok(None) };
    if hand.desired.mark.begins(&action.code) {
        Ok(Some(action))
    } else {
        Err(Error::NotOurs { what: "action", name: name.to_owned(), id: action.id })
    }
}

fn is_written(action: &Action, settings: &ActionSettings) -> bool {
    action.code == settings.code
        && action.runtime.as_deref() == Some(&*settings.runtime)
        && action.supported_triggers == settings.supported_triggers
}

/// Waits until the action is built, deploys it, and waits until that is done.
fn deploy(hand: Hand<'_>, id: &str) -> Result<(), Error> {
    let mut was_asked = false;
    let not_yet = |state: &str| Ok(Look::NotYet(state.to_owned()));
    hand.progress.wait(BUILDING, || {
        let action = match hand.api.action(id) {
            Ok(action) => action,
            Err(error) if error.status() == Some(404) => return not_yet("it can't be read yet"),
            Err(error) => return Err(error),
        };
        match action.status {
            ActionStatus::Failed => return Err(Error::Build(action.name)),
            ActionStatus::Building => return not_yet("it is being built"),
            ActionStatus::Built if action.all_changes_deployed => return Ok(Look::Ready(())),
            ActionStatus::Built if was_asked => return not_yet("it is being deployed"),
            ActionStatus::Built => {}
        }
        match hand.api.deploy_action(id) {
            Ok(()) => was_asked = true,
            // What came of it, the next look tells.
            Err(error) if error.may_have_acted() || is_too_early(&error) => {}
            Err(error) => return Err(error),
        }
        not_yet("it is being deployed")
    })?;
    Ok(())
}

/// Whether the action was found not to be built after all.
fn is_too_early(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal)
        if refusal.status == 400 && refusal.message.as_deref().is_some_and(|message| message.contains("'built'")))
}

/// Puts the action behind all that runs at a login already. The API takes the whole list only, so it is read just before.
fn bind(hand: Hand<'_>, id: &str, name: &str) -> Result<(), Error> {
    let bindings = hand.api.bindings(POST_LOGIN)?;
    if bindings.iter().any(|binding| binding.action.id == id) {
        return Ok(());
    }
    let kept = bindings.iter().map(|it| BindingSettings::new(&it.action.id, &it.display_name));
    let all: Vec<_> = kept.chain(std::iter::once(BindingSettings::new(id, name))).collect();
    hand.api.bind(POST_LOGIN, &all)
}
