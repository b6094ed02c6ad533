//! `render identity …`: what the values want at the identity provider.

mod plan;
mod tenant;
mod verify;

use supercargo::model::Outputs;

use super::steps;
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::identity::{IdentityArguments, IdentityCommand};
use crate::plaintext;
use crate::terminal::Terminal;

pub(crate) fn run(
    arguments: &IdentityArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    plaintext::protect_memory();
    let ended = match &arguments.command {
        IdentityCommand::Plan(arguments) => {
            let ended = plan::plan(arguments, global, terminal);
            return steps::conclude(ended, arguments.output.detailed_exitcode, terminal);
        }
        IdentityCommand::Apply(arguments) => plan::apply(arguments, global, terminal),
        IdentityCommand::Destroy(arguments) => plan::destroy(arguments, global, terminal),
        IdentityCommand::Rotate(arguments) => plan::rotate(arguments, global, terminal),
        IdentityCommand::Outputs(arguments) => steps::show_outputs(arguments, own, global, terminal),
        IdentityCommand::Verify(arguments) => verify::run(arguments, global, terminal),
    };
    steps::conclude(ended, false, terminal)
}

/// The part of the outputs that is of the identity provider.
fn own(outputs: Outputs) -> Outputs {
    Outputs { clients: outputs.clients, ..Outputs::default() }
}
