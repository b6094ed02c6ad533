//! Auth0 as something that is planned and carried out.

use std::sync::{Mutex, MutexGuard, PoisonError};

use supercargo::http::{Client, Url};
use supercargo::identity::{self, Api, Credentials, Desired, Goal, Observed, Operation, Told};
use supercargo::model::Outputs;
use supercargo::outputs::OutputsFile;
use supercargo::plan::{Counts, Keeper, Plan, Step, Stopped, Watch, run};

use crate::args::identity::IdentityConnection;
use crate::args::steps::TimeArguments;
use crate::commands::Trouble;
use crate::commands::steps::{self, Realm, Refused, Site};
use crate::plaintext::secret_variable;

/// One environment at Auth0.
pub(super) struct Tenant<'a> {
    site: Site,
    desired: Desired,
    /// None where the provider is not one that can be set up.
    api: Option<Api<'a>>,
    /// What steps have told.
    told: Mutex<Told>,
    connection: &'a IdentityConnection,
}

impl<'a> Tenant<'a> {
    pub(super) fn open(site: Site, connection: &'a IdentityConnection, client: &'a Client) -> Result<Self, Trouble> {
        let desired = Desired::of(&site.values, site.environment(), &|path| site.place(path));
        let api = desired.is_managed().then(|| api(&site, connection, client)).transpose()?;
        Ok(Self { site, desired, api, told: Mutex::default(), connection })
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known by now, to be written down.
    fn known(&self) -> Outputs {
        Outputs { clients: identity::outputs(&self.desired, &self.told()), ..Outputs::default() }
    }
}

fn api<'a>(site: &Site, connection: &'a IdentityConnection, client: &'a Client) -> Result<Api<'a>, Trouble> {
    let issuer = site.values.identity.issuer.as_str();
    let of_issuer = || Url::parse(issuer).map(|url| url.host().to_owned());
    let domain = match connection.domain.as_deref().filter(|domain| !domain.is_empty()) {
        Some(domain) => Ok(domain.to_owned()),
        None => of_issuer(),
    };
    let domain = domain.map_err(|_| Refused::new(format!("`{issuer}` has no host"), "correct `identity.issuer`"))?;
    let base = match &connection.api_url {
        Some(text) => steps::address(text, "AUTH0_API_URL")?,
        None => steps::address(&format!("https://{domain}"), "AUTH0_DOMAIN")?,
    };
    let (id, client_secret) = (secret_variable(&["AUTH0_CLIENT_ID"])?, secret_variable(&["AUTH0_CLIENT_SECRET"])?);
    let (Some(id), Some(client_secret)) = (id, client_secret) else {
        let help = "set AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET to those of a machine-to-machine application: \
                    docs/identity.md lists the permissions that it needs";
        return Err(Refused::new(format!("there are no credentials for Auth0 at `{domain}`"), help).into());
    };
    let credentials = Credentials { client_id: id.expose().to_owned(), client_secret };
    Ok(Api::new(client, base, &domain, credentials, steps::pause(&connection.time)))
}

impl Realm for Tenant<'_> {
    type Operation = Operation;
    type Wishes = identity::Wishes;
    const COMMAND: &'static str = "identity";

    fn site(&self) -> &Site {
        &self.site
    }

    fn time(&self) -> &TimeArguments {
        &self.connection.time
    }

    fn destroys(wishes: &identity::Wishes) -> bool {
        wishes.goal == Goal::Destroy
    }

    fn plan(&self, wishes: &identity::Wishes, watch: &dyn Watch) -> Result<Plan<Operation>, Trouble> {
        let observed = match &self.api {
            Some(api) => identity::observe(api, &self.desired, watch).map_err(anyhow::Error::from)?,
            None => Observed::default(),
        };
        *self.told() = Told::of(&self.desired, &observed);
        Ok(identity::plan(&self.desired, &observed, wishes)?)
    }

    fn ready(&self, plan: &Plan<Operation>) -> Result<(), Trouble> {
        let Some(api) = &self.api else { return Ok(()) };
        Ok(identity::check_scopes(api, plan).map_err(anyhow::Error::from)?)
    }

    fn seals(&self, step: &Step<Operation>) -> bool {
        step.operation.seals()
    }

    fn carry_out(
        &self,
        plan: &Plan<Operation>,
        watch: &dyn Watch,
        keeper: &mut dyn Keeper,
    ) -> Result<Counts, Stopped<anyhow::Error>> {
        run(plan, watch, |step, progress| {
            let Some(api) = &self.api else { anyhow::bail!("there is no API to ask") };
            if self.told().forget(step) {
                steps::write_outputs(&self.site.vault, |file| Self::joined(file, self.known()))
                    .map_err(steps::failure)?;
            }
            let outcome = identity::carry_out(api, &self.desired, step, keeper, progress)?;
            self.told().note(step, &outcome);
            Ok(outcome)
        })
    }

    fn is_interruption(error: &anyhow::Error) -> bool {
        matches!(error.downcast_ref(), Some(identity::Error::Interrupted))
    }

    fn outputs(&self, _: &dyn Watch) -> Result<Outputs, Trouble> {
        Ok(self.known())
    }

    fn joined(file: &OutputsFile, told: Outputs) -> Outputs {
        file.with_identity(told.clients)
    }
}
