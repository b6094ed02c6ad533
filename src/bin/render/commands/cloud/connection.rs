//! The APIs of `DigitalOcean`, with what the process was given for them.

use std::sync::Arc;

use supercargo::cloud::spaces::{Endpoint, Spaces};
use supercargo::cloud::{Api, DigitalOcean};
use supercargo::http::Client;

use crate::args::cloud::CloudConnection;
use crate::commands::Trouble;
use crate::commands::seal::now;
use crate::commands::steps::{self, Refused};
use crate::plaintext::secret_variable;
use crate::terminal::Terminal;

/// Where a token is taken from, the first one that is set.
const TOKEN: [&str; 2] = ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"];

/// The client that all calls of a run share.
pub(super) fn client(connection: &CloudConnection, terminal: &Terminal) -> Result<Arc<Client>, Trouble> {
    Ok(Arc::new(steps::client(&connection.network, &connection.time, terminal)?))
}

/// The API of everything but what is in buckets, or what is missing for it.
pub(super) fn digitalocean(connection: &CloudConnection, client: &Arc<Client>) -> Result<DigitalOcean, Trouble> {
    let base = steps::address(&connection.api_url, "DIGITALOCEAN_API_URL")?;
    let Some(token) = secret_variable(&TOKEN)? else {
        let help =
            "set DIGITALOCEAN_TOKEN to an API token of the account: docs/cloud.md lists the scopes that it needs";
        return Err(Refused::new("there is no token for DigitalOcean", help).into());
    };
    Ok(DigitalOcean::new(Arc::clone(client), base, token))
}

/// Both APIs. That of buckets is missing where no keys are given; who needs it says so.
pub(super) fn api(connection: &CloudConnection, terminal: &Terminal) -> Result<Api, Trouble> {
    let client = client(connection, terminal)?;
    let digitalocean = digitalocean(connection, &client)?;
    let endpoint = Endpoint::parse(&connection.spaces_url).map_err(anyhow::Error::from)?;
    let keys = (secret_variable(&["SPACES_ACCESS_KEY_ID"])?, secret_variable(&["SPACES_SECRET_ACCESS_KEY"])?);
    let spaces = match keys {
        (Some(id), Some(secret)) => Some(Spaces::new(client, endpoint, id, secret, Box::new(now))),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            let help = "set both SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY, or neither";
            return Err(Refused::new("one half of the access key for Spaces is missing", help).into());
        }
    };
    Ok(Api { digitalocean, spaces })
}
