//! `render identity verify`: is the provider what the values say?

use serde_json::json;
use supercargo::identity::discovery::{self, Standing, Verdict};

use crate::Status;
use crate::args::GlobalArguments;
use crate::args::identity::VerifyArguments;
use crate::commands::steps::{self, Site};
use crate::commands::{Trouble, count};
use crate::terminal::Terminal;

pub(super) fn run(
    arguments: &VerifyArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let site = Site::open(&arguments.environment, global)?;
    let connection = &arguments.connection;
    let elsewhere = connection.api_url.as_deref().map(|text| steps::address(text, "AUTH0_API_URL")).transpose()?;
    let client = steps::client(&connection.network, &connection.time, terminal)?;
    let verdicts =
        discovery::verify(&client, &site.values.identity, elsewhere.as_ref()).map_err(anyhow::Error::from)?;
    let bad = verdicts.iter().filter(|verdict| verdict.standing == Standing::Bad).count();
    if terminal.is_json() {
        terminal.json(&json!({
            "type": "identity-verify", "version": 1,
            "environment": site.environment().as_str(),
            "issuer": site.values.identity.issuer.as_str(),
            "good": bad == 0,
            "verdicts": verdicts.iter().map(verdict).collect::<Vec<_>>(),
        }));
    } else {
        terminal.data(&verdicts.iter().map(line).collect::<String>());
        let issuer = site.values.identity.issuer.as_str();
        match bad {
            0 => terminal.say(&format!("{issuer}: logins have what they need")),
            _ => terminal.error(&format!("{issuer}: {}", count(bad, "problem"))),
        }
    }
    Ok(if bad == 0 { Status::Success } else { Status::Found })
}

const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "good",
        Standing::Unsaid => "unsaid",
        Standing::Bad => "bad",
    }
}

fn verdict(verdict: &Verdict) -> serde_json::Value {
    let Verdict { path, standing, message, help } = verdict;
    json!({ "value": path.join("."), "standing": name(*standing), "message": message, "help": help })
}

fn line(verdict: &Verdict) -> String {
    let Verdict { standing, message, help, .. } = verdict;
    let help = if help.is_empty() { String::new() } else { format!("        help: {help}\n") };
    format!("{:6}  {message}\n{help}", name(*standing))
}
