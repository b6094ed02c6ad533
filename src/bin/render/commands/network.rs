//! The client of a run, made from the arguments.

use std::path::Path;

use anyhow::Context as _;
use supercargo::http::{Client, Proxies, Settings};
use supercargo::store::Store;

use crate::args::network::NetworkArguments;

pub(super) fn client(arguments: &NetworkArguments) -> anyhow::Result<Client> {
    Ok(Client::new(settings(arguments)?))
}

/// What the arguments say, and the defaults for the rest.
pub(super) fn settings(arguments: &NetworkArguments) -> anyhow::Result<Settings> {
    let either = |one: &Option<String>, other: &Option<String>| one.clone().or_else(|| other.clone());
    let https = either(&arguments.https_proxy, &arguments.https_proxy_variable);
    let http = either(&arguments.http_proxy, &arguments.http_proxy_variable);
    let exceptions = either(&arguments.no_proxy, &arguments.no_proxy_variable);
    let proxies = Proxies::new(https.as_deref(), http.as_deref(), exceptions.as_deref())?;
    let authorities = arguments.ca_file.as_deref().map(read).transpose()?;
    Ok(Settings { proxies, authorities, ..Settings::default() })
}

fn read(file: &Path) -> anyhow::Result<(std::path::PathBuf, String)> {
    let shown = file.display();
    // Relative to where the command runs, as shells complete it.
    let source = Store::new(Path::new("")).read(&file.to_string_lossy())?;
    let source = source.with_context(|| format!("there is no file `{shown}`"))?;
    Ok((file.to_path_buf(), source.text().to_owned()))
}
