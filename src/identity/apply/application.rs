//! Applications: made once, sealed at once.

use super::{APPEARING, ATTEMPTS, Hand, make_once};
use crate::http::Secret;
use crate::identity::Error;
use crate::identity::auth0::{Application, ApplicationSettings};
use crate::identity::desired::DesiredApplication;
use crate::identity::operation::{ConnectionSwitch, CredentialWork};
use crate::model::{DnsLabel, OidcClient, SecretKey};
use crate::plan::{Keeper, Look};

/// Makes an application with the settings, and seals its credentials before anything else happens; its id.
pub(super) fn create(
    hand: Hand<'_>,
    keeper: &mut dyn Keeper,
    client: &DnsLabel,
    settings: &ApplicationSettings,
    connections: &[ConnectionSwitch],
) -> Result<String, Error> {
    let name = settings.name.as_deref().unwrap_or_default();
    // A run before this one may have ended just after it was made.
    let application = match find(hand, name)? {
        Some(application) => application,
        None => make_once(hand.progress, || find(hand, name), || hand.api.create_application(settings))?,
    };
    let id = application.client_id.clone();
    let random = hand.desired.application(client.as_str()).map(DesiredApplication::random).unwrap_or_default();
    let secret = match application.client_secret {
        Some(secret) => secret,
        None => read_or_rotate(hand, &id)?,
    };
    keep(hand, keeper, client, Some((&id, secret)), &random)?;
    switch(hand, &id, connections)?;
    // Two runs at once would each have looked before, and found nothing.
    let twins: Vec<_> = hand.api.applications()?.into_iter().filter(|other| other.name == name).collect();
    if twins.iter().any(|other| other.client_id != id) {
        let mut ids: Vec<_> = twins.into_iter().map(|other| other.client_id).collect();
        if !ids.contains(&id) {
            ids.push(id);
        }
        return Err(Error::Twice { name: name.to_owned(), ids });
    }
    Ok(id)
}

/// Changes an application, and seals what is to be sealed of it.
pub(super) fn change(
    hand: Hand<'_>,
    keeper: &mut dyn Keeper,
    client: &DnsLabel,
    id: &str,
    (settings, connections): (&ApplicationSettings, &[ConnectionSwitch]),
    (credentials, random): (CredentialWork, &[SecretKey]),
) -> Result<(), Error> {
    if *settings != ApplicationSettings::default() {
        hand.api.change_application(id, settings)?;
    }
    switch(hand, id, connections)?;
    let secret = match credentials {
        CredentialWork::Keep => None,
        CredentialWork::Seal => Some(hand.api.application(id)?.client_secret.ok_or(Error::NoSecret)?),
        CredentialWork::Rotate => Some(rotate(hand, id)?),
    };
    keep(hand, keeper, client, secret.map(|secret| (id, secret)), random)
}

/// The application of that name, if it is ours.
fn find(hand: Hand<'_>, name: &str) -> Result<Option<Application>, Error> {
    let mut named: Vec<_> = hand.api.applications()?.into_iter().filter(|one| one.name == name).collect();
    if named.len() > 1 {
        let ids = named.into_iter().map(|application| application.client_id).collect();
        return Err(Error::Twice { name: name.to_owned(), ids });
    }
    let Some(application) = named.pop() else { return Ok(None) };
    let metadata = application.settings.client_metadata.as_ref();
    if metadata.is_some_and(|metadata| hand.desired.mark.is_in(metadata)) {
        Ok(Some(application))
    } else {
        Err(Error::NotOurs { what: "application", name: name.to_owned(), id: application.client_id })
    }
}

/// The secret of an application that nobody uses yet.
fn read_or_rotate(hand: Hand<'_>, id: &str) -> Result<Secret, Error> {
    let application = hand.progress.wait(APPEARING, || match hand.api.application(id) {
        Ok(application) => Ok(Look::Ready(application)),
        Err(error) if error.status() == Some(404) => Ok(Look::NotYet("it can't be read yet".to_owned())),
        Err(error) => Err(error),
    })?;
    application.client_secret.map_or_else(|| rotate(hand, id), Ok)
}

/// A new secret. One whose answer was lost is nobody's: only another one helps.
fn rotate(hand: Hand<'_>, id: &str) -> Result<Secret, Error> {
    let mut attempt = 1;
    loop {
        match hand.api.rotate_application_secret(id) {
            Ok(application) => return application.client_secret.ok_or(Error::NoSecret),
            Err(error) if error.may_have_acted() && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Hands credentials, and fresh random texts, to whoever seals: all of them at once, or none.
fn keep(
    hand: Hand<'_>,
    keeper: &mut dyn Keeper,
    client: &DnsLabel,
    credentials: Option<(&str, Secret)>,
    random: &[SecretKey],
) -> Result<(), Error> {
    let Some(wanted) = hand.desired.application(client.as_str()) else {
        return Err(Error::Unwanted(client.to_string()));
    };
    let mut values = Vec::new();
    if let Some((id, secret)) = credentials {
        let told = [(OidcClient::ID, Secret::new(id)), (OidcClient::SECRET, secret)];
        values.extend(told.into_iter().filter_map(|(key, value)| Some((SecretKey::parse(key).ok()?, value))));
    }
    for (key, bytes) in wanted.client.random.iter().filter(|(key, _)| random.contains(key)) {
        values.push((key.clone(), keeper.random(*bytes).map_err(Error::Keep)?));
    }
    if values.is_empty() { Ok(()) } else { keeper.keep(&wanted.client.secret, values).map_err(Error::Keep) }
}

fn switch(hand: Hand<'_>, id: &str, connections: &[ConnectionSwitch]) -> Result<(), Error> {
    for connection in connections {
        hand.api.switch_connection(&connection.id, &[id], connection.is_on)?;
    }
    Ok(())
}
