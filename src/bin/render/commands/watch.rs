//! stub
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::watch::WatchArguments;
use crate::terminal::Terminal;
pub(crate) fn run(_: &WatchArguments, _: &GlobalArguments, _: &Terminal) -> anyhow::Result<Status> {
    Ok(Status::Success)
}
