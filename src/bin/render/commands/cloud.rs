//! `render cloud …`: what the values want at `DigitalOcean`.

mod connection;
mod kubeconfig;
mod options;
mod plan;
mod realm;

use supercargo::model::{NamedMap, Outputs};

use super::steps;
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::cloud::{CloudArguments, CloudCommand};
use crate::plaintext;
use crate::terminal::Terminal;

pub(crate) fn run(arguments: &CloudArguments, global: &GlobalArguments, terminal: &Terminal) -> anyhow::Result<Status> {
    plaintext::protect_memory();
    let ended = match &arguments.command {
        CloudCommand::Plan(arguments) => {
            let ended = plan::plan(arguments, global, terminal);
            return steps::conclude(ended, arguments.output.detailed_exitcode, terminal);
        }
        CloudCommand::Apply(arguments) => plan::apply(arguments, global, terminal),
        CloudCommand::Destroy(arguments) => plan::destroy(arguments, global, terminal),
        CloudCommand::Adopt(arguments) => plan::adopt(arguments, global, terminal),
        CloudCommand::Outputs(arguments) => steps::show_outputs(arguments, own, global, terminal),
        CloudCommand::Kubeconfig(arguments) => kubeconfig::run(arguments, global, terminal),
        CloudCommand::Options(arguments) => options::run(arguments, terminal),
    };
    steps::conclude(ended, false, terminal)
}

/// The part of the outputs that is of the cloud.
fn own(outputs: Outputs) -> Outputs {
    Outputs { clients: NamedMap::default(), ..outputs }
}
