//! `render cloud …`: what the values want at `DigitalOcean`.

mod connection;
mod kubeconfig;
mod options;

use supercargo::model::{NamedMap, Outputs};

use super::{Trouble, conclude, steps};
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::cloud::{CloudArguments, CloudCommand};
use crate::plaintext;
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &CloudArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    plaintext::protect_memory();
    let ended = match &arguments.command {
        CloudCommand::Outputs(arguments) => steps::show_outputs(arguments, own, global, terminal),
        CloudCommand::Kubeconfig(arguments) => kubeconfig::run(arguments, global, terminal),
        CloudCommand::Options(arguments) => options::run(arguments, terminal),
        _ => Err(Trouble::from(anyhow::anyhow!("not there yet"))),
    };
    conclude(ended, terminal)
}

/// The part of the outputs that is of the cloud.
fn own(outputs: Outputs) -> Outputs {
    Outputs { clients: NamedMap::default(), ..outputs }
}
