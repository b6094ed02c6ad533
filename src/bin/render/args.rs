//! The command line, as clap reads it. Doc comments here are the help texts.

pub(crate) mod charts;
pub(crate) mod check;
pub(crate) mod cloud;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod graph;
pub(crate) mod hook;
pub(crate) mod identity;
pub(crate) mod image;
pub(crate) mod network;
pub(crate) mod policies;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod seal;
pub(crate) mod steps;
pub(crate) mod watch;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Renders a GitOps repository: typed values through templates into everything that Argo CD applies.
///
/// `render --env dev` reads values/ and templates/ and writes out/dev/. It touches only what changed, never overwrites
/// a file that was edited by hand, and writes nothing if anything is wrong.
#[derive(Debug, Parser)]
#[command(
    name = "render",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 nothing to report, 1 found something, 2 could not run.\n\
                  Examples:\n  render --env dev               render one environment\n  \
                  render --env 'prod-*'          render several\n  \
                  render diff --env dev          show what a render would change\n  \
                  render diff --env dev --against main\n                                 what changed since, and what is dangerous\n  \
                  render check --all             is out/ what the inputs give?"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) render: RenderArguments,
}

impl Arguments {
    /// Reads the command line; ends the process where it is wrong, or asks for help.
    ///
    /// Two rules are checked here, because clap's own would count what comes from environment variables: with
    /// `SUPERCARGO_ENV` set, `--all` has to win and a subcommand to work.
    pub(crate) fn from_command_line() -> Self {
        let mut command = Self::command();
        let matches = command.get_matches_mut();
        let parsed = conflict(&matches)
            .map_or(Ok(()), |message| Err(command.error(ErrorKind::ArgumentConflict, message)))
            .and_then(|()| Self::from_arg_matches(&matches));
        parsed.unwrap_or_else(|error| error.exit())
    }
}

/// What the arguments say that can't be meant together.
fn conflict(matches: &ArgMatches) -> Option<String> {
    let typed = |matches: &ArgMatches, id: &str| {
        matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    let inner = matches.subcommand();
    if let Some((name, _)) = inner {
        let flags = [
            ("environments", "--env"),
            ("all", "--all"),
            ("set", "--set"),
            ("discard_edits", "--discard-edits"),
            ("allow_delete", "--allow-delete"),
        ];
        if let Some((_, flag)) = flags.iter().find(|(id, _)| typed(matches, id)) {
            return Some(format!("`{flag}` belongs behind the command: render {name} {flag} …"));
        }
    }
    let both = |matches: &ArgMatches| typed(matches, "environments") && typed(matches, "all");
    let has_both = both(matches) || inner.is_some_and(|(_, matches)| both(matches));
    has_both.then(|| "`--all` and `--env` can't be used together".to_owned())
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct GlobalArguments {
    /// The project's folder [default: the nearest one above with a folder values]
    #[arg(long, global = true, value_name = "DIR", env = "SUPERCARGO_PROJECT", help_heading = "Global options")]
    pub(crate) project: Option<PathBuf>,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "SUPERCARGO_COLOR",
        help_heading = "Global options"
    )]
    pub(crate) color: Color,
    /// How messages are written: text for people, json for machines (one object a line)
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        env = "SUPERCARGO_MESSAGE_FORMAT",
        help_heading = "Global options"
    )]
    pub(crate) message_format: MessageFormat,
    /// Print errors and warnings only
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Name every file
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// How many threads to use [default: one per core]
    #[arg(long, global = true, value_name = "N", env = "SUPERCARGO_JOBS", help_heading = "Global options")]
    pub(crate) jobs: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Which environments a command works on.
#[derive(Debug, Args)]
pub(crate) struct EnvironmentArguments {
    /// An environment, or a pattern such as 'prod-*'; repeatable
    #[arg(long = "env", short, value_name = "ENV", env = "SUPERCARGO_ENV", value_delimiter = ',')]
    pub(crate) environments: Vec<String>,
    /// Every environment
    #[arg(long)]
    pub(crate) all: bool,
}

/// The one environment that is meant.
#[derive(Debug, Args)]
pub(crate) struct OneEnvironment {
    /// The environment
    #[arg(long = "env", short, value_name = "ENV", env = "SUPERCARGO_ENV")]
    pub(crate) environment: String,
}

/// What a render can be told.
#[derive(Debug, Args)]
pub(crate) struct RenderArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// Set one value for this run, over all layers; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// Overwrite files under out/ that were edited by hand
    #[arg(long)]
    pub(crate) discard_edits: bool,
    #[command(flatten)]
    pub(crate) deletions: diff::DeletionArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what a render would change, in files and in resources, and what of it is dangerous
    ///
    /// Prints a unified diff to standard output, which `git apply` takes, and a summary by resource to standard error.
    /// Compares with out/, or with what another revision or another environment gives. Writes nothing.
    Diff(diff::DiffArguments),
    /// Is out/ exactly what the inputs give: current, complete, unedited?
    ///
    /// For hooks and CI. Names each file that is not, why, and the command that mends it, with all findings of the
    /// checks. Writes nothing in the project and needs no permission to write; in a Git clone it remembers, below .git,
    /// what it has found current, so that an unchanged tree costs next to nothing.
    Check(check::CheckArguments),
    /// Make Git ask `render check` before each commit
    Hook(hook::HookArguments),
    /// Render whenever values, templates or schemas change, and show what that does to out/
    ///
    /// Ends with Ctrl-C.
    Watch(watch::WatchArguments),
    /// Where does a line of out/ come from, and what does a value reach?
    ///
    /// Of a value: its meaning, each layer that sets it, and every line of out/ that it reaches. Of a line, a field or a
    /// resource: the template that printed it and the values behind it. It changes values in memory and renders again,
    /// so what it says was seen, not guessed.
    Explain(explain::ExplainArguments),
    /// List environments, services, charts and applications
    List(ListArguments),
    /// Show the App of Apps: Applications with their waves, projects and namespaces
    ///
    /// Read from what is rendered, so it shows what Argo CD will see: who applies what, in which order, and what each
    /// needs of others. Renders in memory and writes nothing.
    Graph(graph::GraphArguments),
    /// Make one HTML page of all that there is to know about environments
    ///
    /// Platform, cluster, services, applications, secrets, the App of Apps, what the next render changes and what of it
    /// is dangerous, findings, and environments side by side. The page is one file, needs no network, and works without
    /// scripts. Renders in memory and writes nothing but the page.
    Report(report::ReportArguments),
    /// The Helm charts that the values pin: fetch them for checks, look for newer ones
    Charts(charts::ChartsArguments),
    /// Print the JSON Schema of a values file; add and list the schemas of what is rendered
    ///
    /// Editors complete and check values with it: keep it as values/schema.json. The schemas of Kubernetes' kinds and of
    /// the platform's services are part of the program; `render schema add` brings those of your own.
    Schema(schema::SchemaArguments),
    /// Seal secrets, so that the repository holds ciphertext only
    ///
    /// Works offline, with the certificate in values/certs/ENV.pem; writes values/sealed/ENV.yaml. No plaintext is
    /// taken from an argument, or written to a file.
    Seal(seal::SealArguments),
    /// The cloud below the platform: cluster, node pools, buckets with their keys, domain, at DigitalOcean
    ///
    /// Compares the values with what the API reports and does what is missing, step by step. Keeps no state file: what is
    /// ours is marked there, and everything else is left alone. Tokens come from environment variables only.
    Cloud(cloud::CloudArguments),
    /// Who may log in: clients, the groups claim and roles at Auth0; and is the provider what the values say?
    ///
    /// As `render cloud` for the identity provider. Client secrets are sealed at once.
    Identity(identity::IdentityArguments),
    /// Change the images that run, in values/ and out/
    Image(image::ImageArguments),
    /// Give an application the image that it has in another environment, and render
    ///
    /// As `render image set` with the image that the environment after `--from` has.
    Promote(image::PromoteArguments),
    /// Print the completion script of a shell
    Completions(CompletionsArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) environments: EnvironmentArguments,
    /// What to print [default: as `--message-format` says]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ListFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A table
    Text,
    /// All that is known, for machines
    Json,
    /// A page that names charts and Secrets too
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    pub(crate) shell: Shell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
