//! stub
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::hook::HookArguments;
use crate::terminal::Terminal;
pub(crate) fn run(_: &HookArguments, _: &GlobalArguments, _: &Terminal) -> anyhow::Result<Status> {
    Ok(Status::Success)
}
