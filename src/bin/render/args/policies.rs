//! What `render check` can be told about findings and exceptions.

use clap::Args;
use supercargo::model::Date;

#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    /// The day it is, such as 2027-03-31: exceptions whose last day was before it are errors. CI sets it; no clock is
    /// read
    #[arg(long, value_name = "DATE", value_parser = Date::parse, env = "SUPERCARGO_TODAY")]
    pub(crate) today: Option<Date>,
    /// List the codes of all findings with what they mean and how much they count, and check nothing
    #[arg(long)]
    pub(crate) list_codes: bool,
}
