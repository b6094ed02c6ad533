//! The APIs of `DigitalOcean`, with what the process was given for them.

use std::sync::Arc;

use supercargo::cloud::DigitalOcean;
use supercargo::http::Client;

use crate::args::cloud::CloudConnection;
use crate::commands::Trouble;
use crate::commands::steps::{self, Refused};
use crate::plaintext::secret_variable;
use crate::terminal::Terminal;

/// Where a token is taken from, the first one that is set.
const TOKEN: [&str; 2] = ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"];

/// The client that all calls of a run share.
pub(super) fn client(connection: &CloudConnection, terminal: &Terminal) -> Result<Arc<Client>, Trouble> {
    Ok(Arc::new(steps::client(&connection.network, &connection.time, terminal)?))
}

/// The API, or what is missing for it.
pub(super) fn api(connection: &CloudConnection, client: &Arc<Client>) -> Result<DigitalOcean, Trouble> {
    let base = steps::address(&connection.api_url, "DIGITALOCEAN_API_URL")?;
    let Some(token) = secret_variable(&TOKEN)? else {
        let help =
            "set DIGITALOCEAN_TOKEN to an API token of the account: docs/cloud.md lists the scopes that it needs";
        return Err(Refused::new("there is no token for DigitalOcean", help).into());
    };
    Ok(DigitalOcean::new(Arc::clone(client), base, token))
}
