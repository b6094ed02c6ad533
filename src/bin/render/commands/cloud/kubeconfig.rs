//! `render cloud kubeconfig`: what `kubectl` needs to reach the cluster, in a file that only its owner reads.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use supercargo::cloud::{self, Desired};
use supercargo::outputs::kubeconfig::{current_context, is_covered, merged};
use supercargo::store::{self, Audience, PRIVATE_FOLDER, Store};
use x509_cert::der::DateTime;

use super::connection;
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::cloud::KubeconfigArguments;
use crate::commands::Trouble;
use crate::commands::seal::{ignored, now};
use crate::commands::steps::{Follow, Refused, Site};
use crate::terminal::Terminal;

pub(super) fn run(
    arguments: &KubeconfigArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let site = Site::open(&arguments.environment, global)?;
    let path = target(arguments, &site)?;
    // What can't be written is worth no new token.
    let file = Written::open(&path, arguments.merge, &context(&site))?;
    let api = connection::api(&arguments.connection, terminal)?;
    let desired = Desired::of(&site.values, site.environment(), &|path| site.place(path));
    let seconds = arguments.expiry.seconds;
    let watch = Follow::looking(&arguments.connection.time, terminal);
    let fetched = cloud::kubeconfig(&api, &desired, seconds, &watch).map_err(anyhow::Error::from)?;
    let context = file.write(fetched.expose())?;
    let until = until(now() + Duration::from_secs(seconds.into()));
    if terminal.is_json() {
        let document = json!({
            "type": "kubeconfig", "version": 1, "file": path.display().to_string(), "context": context, "expires": until,
        });
        terminal.json(&document);
        return Ok(Status::Success);
    }
    let path = path.display();
    terminal.say(&format!("{path}: the context `{context}`, valid until {until}"));
    if !arguments.merge {
        terminal.say(&format!("use it: `kubectl --kubeconfig {path} get nodes`"));
    }
    Ok(Status::Success)
}

/// How the service names the context of the cluster that the values want.
fn context(site: &Site) -> String {
    let (values, environment) = (&site.values, site.environment());
    let name = values
        .cluster
        .name
        .as_ref()
        .map_or_else(|| format!("{}-{environment}", values.platform.name), ToString::to_string);
    format!("do-{}-{name}", values.cluster.region)
}

/// The file that is meant; what is given is from where the command runs.
fn target(arguments: &KubeconfigArguments, site: &Site) -> Result<PathBuf, Trouble> {
    if let Some(path) = &arguments.file {
        return Ok(std::path::absolute(path).map_err(anyhow::Error::from)?);
    }
    if arguments.merge {
        let listed = arguments.kubeconfig_variable.as_deref().unwrap_or_default();
        // As kubectl reads the list, without its empty parts.
        let first = std::env::split_paths(listed).find(|path| !path.as_os_str().is_empty());
        let home = || std::env::home_dir().map(|home| home.join(".kube/config"));
        let path = first.or_else(home);
        return path.ok_or_else(|| {
            Refused::new("it is not known which file kubectl uses", "name one with `--file`, or set KUBECONFIG").into()
        });
    }
    let path = format!("{PRIVATE_FOLDER}/kubeconfig/{}.yaml", site.environment());
    site.vault.store.make_private_folder()?;
    ignored(&site.vault, &path)?;
    Ok(site.vault.store.join(&path))
}

/// The file to write, as it was before.
struct Written {
    store: Store,
    path: String,
    /// What it holds; empty where it is not there.
    present: String,
    is_merged: bool,
}

impl Written {
    fn open(path: &Path, is_merged: bool, context: &str) -> Result<Self, Trouble> {
        // A link is kept, and what it leads to is written.
        let path = store::real_path(path).unwrap_or_else(|_| path.to_path_buf());
        let (store, shown) = (Store::new(Path::new("")), path.display().to_string());
        let present = store.read(&shown)?.map(|source| source.text().to_owned()).unwrap_or_default();
        let file = Self { store, path: shown, present, is_merged };
        let ours = format!(
            "clusters: [{{name: {context}}}]\ncontexts: [{{name: {context}}}]\nusers: [{{name: {context}-admin}}]\n"
        );
        if !is_covered(&file.present, &ours).map_err(|error| file.unusable(error))? && !is_merged {
            let message = format!("`{}` has other clusters, which would be lost", file.path);
            return Err(Refused::new(message, "name a file of its own, or join it to kubectl's with `--merge`").into());
        }
        Ok(file)
    }

    fn unusable(&self, error: supercargo::outputs::kubeconfig::Error) -> Trouble {
        anyhow::Error::from(error).context(format!("`{}` stays as it is", self.path)).into()
    }

    /// Puts what was fetched there, and names its context.
    fn write(&self, fetched: &str) -> Result<String, Trouble> {
        let of_server = |error| anyhow::Error::from(error).context("what DigitalOcean sent can't be used");
        let context = current_context(fetched).map_err(of_server)?;
        let context = context.ok_or_else(|| anyhow::anyhow!("what DigitalOcean sent names no context"))?;
        let present = if self.is_merged { self.present.as_str() } else { "" };
        let text = merged(present, fetched).map_err(of_server)?;
        self.store.replace(&self.path, text.as_bytes(), Audience::Owner)?;
        Ok(context)
    }
}

/// A time since 1970 as people and machines read it (RFC 3339).
fn until(time: Duration) -> String {
    DateTime::from_unix_duration(time).map(|time| time.to_string()).unwrap_or_default()
}
