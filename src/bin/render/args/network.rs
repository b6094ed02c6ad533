//! The arguments of every command that reaches the network.

use std::path::PathBuf;

use clap::Args;

/// How the network is reached.
#[derive(Debug, Args)]
pub(crate) struct NetworkArguments {
    /// Certificates to trust besides those of the system, in PEM form
    #[arg(long, value_name = "FILE", env = "SUPERCARGO_CA_FILE", help_heading = "Network")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The proxy for https
    #[arg(long, value_name = "URL", env = "HTTPS_PROXY", hide_env_values = true, help_heading = "Network")]
    pub(crate) https_proxy: Option<String>,
    /// The proxy for http
    #[arg(long, value_name = "URL", env = "HTTP_PROXY", hide_env_values = true, help_heading = "Network")]
    pub(crate) http_proxy: Option<String>,
    /// Hosts to reach without a proxy, with commas between them
    #[arg(long, value_name = "HOSTS", env = "NO_PROXY", help_heading = "Network")]
    pub(crate) no_proxy: Option<String>,
    // The same variables as most programs spell them, for which there is no second flag.
    #[arg(long, hide = true, env = "https_proxy", hide_env_values = true)]
    pub(crate) https_proxy_variable: Option<String>,
    #[arg(long, hide = true, env = "http_proxy", hide_env_values = true)]
    pub(crate) http_proxy_variable: Option<String>,
    #[arg(long, hide = true, env = "no_proxy")]
    pub(crate) no_proxy_variable: Option<String>,
}
