//! Applications: what is to be made, changed, sealed anew, and deleted.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Draft;
use crate::diagnostic::{Code, nearest};
use crate::identity::auth0::{Application, ApplicationSettings, JwtConfiguration};
use crate::identity::desired::DesiredApplication;
use crate::identity::operation::{ConnectionSwitch, CredentialWork, Operation};
use crate::model::OidcClient;
use crate::plan::{Action, Address, Attribute, Shown, Step};

/// The address of the application that is called `name` here.
pub(super) fn address(name: &str) -> Address {
    Address::new("application", name)
}

/// The steps to what the values want.
pub(super) fn steps(draft: &mut Draft<'_>) {
    connections_exist(draft);
    for wanted in &draft.desired.applications {
        match found(draft, wanted) {
            Found::Nothing => draft.steps.push(creation(draft, wanted)),
            Found::Ours(application) => draft.steps.extend(change(draft, wanted, application)),
            Found::Problem => {}
        }
    }
    for application in owned(draft).filter(|one| draft.desired.applications.iter().all(|it| it.name() != one.name)) {
        draft.left_over(deletion(draft, application));
    }
}

/// The steps to none of ours.
pub(super) fn removal(draft: &mut Draft<'_>) {
    let steps: Vec<_> = owned(draft).map(|application| deletion(draft, application)).collect();
    draft.steps.extend(steps);
}

/// The step to a new secret of one.
pub(super) fn rotation(draft: &mut Draft<'_>, wanted: &DesiredApplication) {
    let application = match found(draft, wanted) {
        Found::Ours(application) => application,
        Found::Problem => return,
        Found::Nothing => {
            let client = &wanted.client.name;
            let message = format!("the client `{client}` is not at Auth0 yet, so its secret can't be rotated");
            let path: Vec<_> = wanted.client.asked_by.iter().map(String::as_str).collect();
            let finding = draft.desired.finding(Code::UnknownPlace, &path, message);
            return draft.finding(address(client.as_str()), finding.help("`render identity apply` makes it"));
        }
    };
    let work = (CredentialWork::Rotate, wanted.random());
    let step = changing(wanted, application, ApplicationSettings::default(), Vec::new(), work);
    draft.steps.push(step.because("a new secret is asked for"));
}

enum Found<'a> {
    Nothing,
    Ours(&'a Application),
    /// Which is among the findings.
    Problem,
}

/// What has the name of an application of ours.
fn found<'a>(draft: &mut Draft<'a>, wanted: &DesiredApplication) -> Found<'a> {
    let named = draft.observed.applications.iter().filter(|application| application.name == wanted.name());
    let named: Vec<_> = named.collect();
    let address = address(wanted.client.name.as_str());
    let path: Vec<_> = wanted.client.asked_by.iter().map(String::as_str).collect();
    match named[..] {
        [] => Found::Nothing,
        [application] if is_owned(draft, application) => Found::Ours(application),
        [application] => {
            let marks = draft.desired.mark.metadata();
            let marks: Vec<_> = marks.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
            let help = format!("rename it, or hand it over: give it the metadata {}", marks.join(" and "));
            draft.not_owned(address, &path, ("application", wanted.name()), &application.client_id, help);
            Found::Problem
        }
        _ => {
            let ids: Vec<_> = named.iter().map(|application| application.client_id.as_str()).collect();
            draft.ambiguous(address, &path, ("applications", wanted.name()), &ids);
            Found::Problem
        }
    }
}

fn is_owned(draft: &Draft<'_>, application: &Application) -> bool {
    let metadata = application.settings.client_metadata.as_ref();
    metadata.is_some_and(|metadata| draft.desired.mark.is_in(metadata))
}

/// Every application of ours.
fn owned<'a>(draft: &Draft<'a>) -> impl Iterator<Item = &'a Application> + use<'a> {
    let (observed, mark) = (draft.observed, &draft.desired.mark);
    observed.applications.iter().filter(move |application| {
        let metadata = application.settings.client_metadata.as_ref();
        mark.own_name(&application.name).is_some() && metadata.is_some_and(|metadata| mark.is_in(metadata))
    })
}

/// The connections that the values name are there.
fn connections_exist(draft: &mut Draft<'_>) {
    let known: Vec<_> = draft.observed.connections.iter().map(|it| it.connection.name.as_str()).collect();
    for name in draft.desired.connections.iter().flatten().filter(|name| !known.contains(&name.as_str())) {
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("write `{near}` under `identity.connections`"),
            None => "make it at Auth0, or take it out of `identity.connections`".to_owned(),
        };
        let message = format!("Auth0 has no connection `{name}`, which `identity.connections` names");
        let finding = draft.desired.finding(Code::MissingReference, &["identity", "connections"], message).help(help);
        // It keeps each of them from being made; as one finding it is shown once.
        for application in &draft.desired.applications {
            draft.finding(address(application.client.name.as_str()), finding.clone());
        }
    }
}

fn creation(draft: &Draft<'_>, wanted: &DesiredApplication) -> Step<Operation> {
    let names = draft.desired.connections.as_ref();
    // Whether the tenant lets a new application use every connection is a setting of its own, so each is said.
    let switches = names
        .into_iter()
        .flat_map(|names| draft.observed.connections.iter().map(|it| switch(it, names.contains(&it.connection.name))));
    let operation = Operation::CreateApplication {
        client: wanted.client.name.clone(),
        settings: wanted.settings.clone(),
        connections: switches.collect(),
    };
    Step::new(address(wanted.client.name.as_str()), Action::Create, operation)
        .with(attributes(&wanted.settings, &ApplicationSettings::default()))
        .with(names.map(|names| Attribute::new("connections", names.clone())))
        .with([Attribute::new("client_id", Shown::Later), Attribute::new("client_secret", Shown::Secret)])
        .with(wanted.random().iter().map(|key| Attribute::new(key.as_str(), Shown::Secret)))
        .with([Attribute::new("sealed_secret", wanted.client.secret.as_str())])
}

/// The step to an application as it should be; none where it is so.
fn change(draft: &Draft<'_>, wanted: &DesiredApplication, application: &Application) -> Option<Step<Operation>> {
    let settings = differences(&wanted.settings, &application.settings);
    let switches = switches(draft, application);
    let known = draft.desired.known.get(&wanted.client.name);
    let is_known = known.is_some_and(|id| id.as_str() == application.client_id);
    let (credentials, reason) = match (wanted.lacks_credentials(), is_known) {
        (false, true) => (CredentialWork::Keep, ""),
        (true, _) => (CredentialWork::Seal, "its credentials are not sealed"),
        (false, false) => (CredentialWork::Seal, "what is sealed is not known to be of this application"),
    };
    let credentials = match credentials {
        CredentialWork::Seal if !draft.observed.may_read_secrets => CredentialWork::Rotate,
        credentials => credentials,
    };
    let random = wanted.random();
    let is_same = settings == ApplicationSettings::default() && switches.is_empty();
    if is_same && credentials == CredentialWork::Keep && random.is_empty() {
        return None;
    }
    let step = changing(wanted, application, settings, switches, (credentials, random));
    Some(step.because(reason))
}

fn changing(
    wanted: &DesiredApplication,
    application: &Application,
    settings: ApplicationSettings,
    connections: Vec<ConnectionSwitch>,
    (credentials, random): (CredentialWork, Vec<crate::model::SecretKey>),
) -> Step<Operation> {
    let on = |switch: &ConnectionSwitch| Shown::from(switch.is_on);
    let shown: Vec<_> = connections
        .iter()
        .map(|switch| Attribute::changed(format!("connection {}", switch.name), !switch.is_on, on(switch)))
        .collect();
    let mut sealed: Vec<&str> = match credentials {
        CredentialWork::Keep => Vec::new(),
        CredentialWork::Seal | CredentialWork::Rotate => vec![OidcClient::ID, OidcClient::SECRET],
    };
    sealed.extend(random.iter().map(crate::model::SecretKey::as_str));
    let sealed: Vec<_> = sealed.into_iter().map(|key| Attribute::new(format!("sealed {key}"), Shown::Secret)).collect();
    let step = attributes(&settings, &application.settings);
    let operation = Operation::ChangeApplication {
        client: wanted.client.name.clone(),
        id: application.client_id.clone(),
        settings,
        connections,
        credentials,
        random,
    };
    let step =
        Step::new(address(wanted.client.name.as_str()), Action::Update, operation).with(step).with(shown).with(sealed);
    if credentials == CredentialWork::Rotate {
        step.warning("the old secret ends at once: logins fail until the cluster has the new one")
    } else {
        step
    }
}

fn deletion(draft: &Draft<'_>, application: &Application) -> Step<Operation> {
    let name = draft.desired.mark.own_name(&application.name).unwrap_or(&application.name).to_owned();
    let id = application.client_id.clone();
    let attributes = [
        Attribute::changed("name", application.name.as_str(), Shown::Absent),
        Attribute::changed("client_id", id.as_str(), Shown::Absent),
    ];
    Step::new(address(&name), Action::Delete, Operation::DeleteApplication { name, id })
        .with(attributes)
        .warning("nobody can log in by it any more")
}

fn switch(observed: &crate::identity::observed::ObservedConnection, is_on: bool) -> ConnectionSwitch {
    let connection = &observed.connection;
    ConnectionSwitch { id: connection.id.clone(), name: connection.name.clone(), is_on }
}

/// The connections that are to be switched for an application.
fn switches(draft: &Draft<'_>, application: &Application) -> Vec<ConnectionSwitch> {
    let Some(names) = &draft.desired.connections else { return Vec::new() };
    let all = draft.observed.connections.iter();
    let other = all.filter_map(|it| {
        let wanted = names.contains(&it.connection.name);
        (it.applications.contains(&application.client_id) != wanted).then(|| switch(it, wanted))
    });
    other.collect()
}

/// What has to be sent so that `found` becomes `wanted`.
fn differences(wanted: &ApplicationSettings, found: &ApplicationSettings) -> ApplicationSettings {
    fn other<T: PartialEq + Clone>(wanted: Option<&T>, found: Option<&T>) -> Option<T> {
        wanted.filter(|wanted| found != Some(wanted)).cloned()
    }
    // The order of these lists means nothing.
    fn other_set(wanted: Option<&Vec<String>>, found: Option<&Vec<String>>) -> Option<Vec<String>> {
        let set = |list: Option<&Vec<String>>| list.into_iter().flatten().cloned().collect::<BTreeSet<_>>();
        wanted.filter(|_| set(wanted) != set(found)).cloned()
    }
    fn algorithm(settings: &ApplicationSettings) -> Option<&String> {
        settings.jwt_configuration.as_ref().and_then(|it| it.alg.as_ref())
    }
    let lifetime = found.jwt_configuration.as_ref().and_then(|it| it.lifetime_in_seconds);
    let marks = |settings: &ApplicationSettings| settings.client_metadata.clone().unwrap_or_default();
    let mut missing = marks(wanted);
    missing.retain(|key, value| marks(found).get(key) != Some(value));
    ApplicationSettings {
        // It was found by this.
        name: None,
        app_type: other(wanted.app_type.as_ref(), found.app_type.as_ref()),
        is_first_party: other(wanted.is_first_party.as_ref(), found.is_first_party.as_ref()),
        oidc_conformant: other(wanted.oidc_conformant.as_ref(), found.oidc_conformant.as_ref()),
        callbacks: other_set(wanted.callbacks.as_ref(), found.callbacks.as_ref()),
        allowed_logout_urls: other_set(wanted.allowed_logout_urls.as_ref(), found.allowed_logout_urls.as_ref()),
        web_origins: other_set(wanted.web_origins.as_ref(), found.web_origins.as_ref()),
        initiate_login_uri: other(wanted.initiate_login_uri.as_ref(), found.initiate_login_uri.as_ref()),
        grant_types: other_set(wanted.grant_types.as_ref(), found.grant_types.as_ref()),
        token_endpoint_auth_method: other(
            wanted.token_endpoint_auth_method.as_ref(),
            found.token_endpoint_auth_method.as_ref(),
        ),
        // The object is replaced whole, and how long tokens live is not ours to say.
        jwt_configuration: other(algorithm(wanted), algorithm(found))
            .map(|alg| JwtConfiguration { alg: Some(alg), lifetime_in_seconds: lifetime }),
        client_metadata: Some(missing).filter(|missing| !missing.is_empty()),
    }
}

/// What `sent` sets, beside what was `before`.
fn attributes(sent: &ApplicationSettings, before: &ApplicationSettings) -> Vec<Attribute> {
    let data = |settings: &ApplicationSettings| match serde_json::to_value(settings) {
        Ok(Value::Object(data)) => data,
        _ => Map::new(),
    };
    let before = data(before);
    let attributes = data(sent).into_iter().map(|(name, value)| {
        let before = before.get(&name).cloned().unwrap_or_default();
        Attribute::changed(name, before, value)
    });
    attributes.collect()
}
