//! The arguments that `render cloud` and `render identity` have in common: what is planned, and how it is carried out.

use std::path::PathBuf;

use clap::Args;

/// Which steps are meant.
#[derive(Debug, Args)]
pub(crate) struct TargetArguments {
    /// Only this resource and what it needs first, by its address as the plan shows it, or by its kind; repeatable
    #[arg(long = "target", value_name = "ADDRESS")]
    pub(crate) targets: Vec<String>,
}

/// What `plan` prints and keeps.
#[derive(Debug, Args)]
pub(crate) struct PlanOutputArguments {
    /// Keep the plan in a file that `apply FILE` takes; it holds no secrets
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print the plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Exit with 0 where there is nothing to do, 2 where there is, and 1 on errors
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// How steps are carried out.
#[derive(Debug, Args)]
pub(crate) struct CarryOutArguments {
    /// Do not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Tell what happens as JSON, one object a line, on standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Give up where waiting has taken so many minutes altogether; what was begun goes on, and the next run finds it
    #[arg(long, value_name = "MINUTES", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub(crate) deadline: u32,
}

/// How long waits are, in comparison with what they are meant to be: for tests.
#[derive(Debug, Args)]
pub(crate) struct TimeArguments {
    #[arg(long, hide = true, env = "SUPERCARGO_TIME_SCALE", default_value = "1", value_parser = time_scale)]
    pub(crate) time_scale: f64,
}

fn time_scale(text: &str) -> Result<f64, String> {
    let factor = text.parse::<f64>().ok().filter(|factor| (0.0..=1000.0).contains(factor));
    factor.ok_or_else(|| "a factor from 0 to 1000".to_owned())
}
