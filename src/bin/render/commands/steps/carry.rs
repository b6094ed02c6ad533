//! From wishes to a plan, and from a plan to what was done: the same for every realm.

use std::collections::BTreeSet;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use supercargo::model::Outputs;
use supercargo::outputs::{OutputsFile, outputs_path};
use supercargo::plan::{Counts, Keeper, Need, Plan, Saved, SavedError, Step, Stopped, Watch};
use supercargo::seal::sealed_path;
use supercargo::store::{Audience, Store};

use super::confirm::confirm;
use super::keeper::Vaulted;
use super::watch::Follow;
use super::{Refused, Site, Trouble, outputs};
use crate::args::steps::{CarryOutArguments, PlanOutputArguments, TimeArguments};
use crate::commands::count;
use crate::commands::seal::Sealer;
use crate::terminal::Terminal;
use crate::{Status, interrupt};

/// What is wished besides the values: a saved plan keeps it, and is made anew with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::commands) struct Wishes<W> {
    /// What the plan depends on.
    pub(in crate::commands) plan: W,
    /// The permissions that steps may need.
    pub(in crate::commands) given: BTreeSet<Need>,
}

impl<W> Wishes<W> {
    /// Wishes with the permissions of flags that are set.
    pub(in crate::commands) fn new(plan: W, replace: bool, delete_data: bool) -> Self {
        let flags = [(Need::Replace, replace), (Need::DeleteData, delete_data)];
        Self { plan, given: flags.into_iter().filter(|(_, given)| *given).map(|(need, _)| need).collect() }
    }
}

/// Something that is set up by plans: the cloud, the identity provider.
pub(in crate::commands) trait Realm {
    /// What a step has to do.
    type Operation: Serialize + DeserializeOwned + PartialEq;
    /// What a plan depends on besides the values.
    type Wishes: Serialize + DeserializeOwned + Clone;
    /// The command, such as `cloud`.
    const COMMAND: &'static str;

    fn site(&self) -> &Site;
    fn time(&self) -> &TimeArguments;
    /// Whether the wishes are that nothing is left.
    fn destroys(wishes: &Self::Wishes) -> bool;
    /// Looks at what is there, and says what is to be done.
    fn plan(&self, wishes: &Self::Wishes, watch: &dyn Watch) -> Result<Plan<Self::Operation>, Trouble>;
    /// Refuses a plan that could not be carried out to its end, before anything is done of it.
    fn ready(&self, _plan: &Plan<Self::Operation>) -> Result<(), Trouble> {
        Ok(())
    }
    /// Whether the step is told a secret that has to be sealed.
    fn seals(&self, step: &Step<Self::Operation>) -> bool;
    fn carry_out(
        &self,
        plan: &Plan<Self::Operation>,
        watch: &dyn Watch,
        keeper: &mut dyn Keeper,
    ) -> Result<Counts, Stopped<anyhow::Error>>;
    /// Whether an error of [`Self::carry_out`] only says that somebody asked for an end.
    fn is_interruption(error: &anyhow::Error) -> bool;
    /// Says what is worth to be written down of what is there, and of what [`Self::carry_out`] has told.
    fn outputs(&self, watch: &dyn Watch) -> Result<Outputs, Trouble>;
    /// What was written down, with this realm's part as it was told now, and the parts of others as they are.
    fn joined(file: &OutputsFile, told: Outputs) -> Outputs;
}

/// Who says yes.
pub(in crate::commands) struct Approval<'a> {
    pub(in crate::commands) is_given: bool,
    pub(in crate::commands) question: &'a str,
    /// The one answer that means yes.
    pub(in crate::commands) answer: &'a str,
    /// The flags that stand for it.
    pub(in crate::commands) flags: &'a str,
}

/// Shows what would be done, and keeps it if that is wanted.
pub(in crate::commands) fn plan<R: Realm>(
    realm: &R,
    wishes: &Wishes<R::Wishes>,
    output: &PlanOutputArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let plan = chosen(realm, &wishes.plan, terminal)?;
    if output.json || terminal.is_json() {
        terminal.json(&plan.to_json());
    } else {
        // Colours are put in always; the terminal takes them out where they are not wanted.
        terminal.data(&plan.to_text(true));
    }
    let is_empty = plan.is_empty();
    if let Some(path) = &output.out {
        let text = Saved::new(plan, wishes.clone()).to_text().map_err(anyhow::Error::from)?;
        let path = path.display().to_string();
        here().replace(&path, text.as_bytes(), Audience::Owner)?;
        let (command, environment) = (R::COMMAND, realm.site().environment());
        terminal.say(&format!("{path}: kept; `render {command} apply --env {environment} {path}` does exactly that"));
    }
    Ok(if output.detailed_exitcode && !is_empty { Status::Changes } else { Status::Success })
}

/// Carries out what `wishes` come to, or a plan that was kept.
pub(in crate::commands) fn apply<R: Realm>(
    realm: &R,
    kept: Option<&Path>,
    wishes: &Wishes<R::Wishes>,
    approval: &Approval<'_>,
    arguments: &CarryOutArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let is_json = arguments.json || terminal.is_json();
    let (plan, wishes) = match kept {
        Some(path) => from_file(realm, path, terminal)?,
        None => (chosen(realm, &wishes.plan, terminal)?, wishes.clone()),
    };
    let destroys = R::destroys(&wishes.plan);
    let operation = if destroys { "destroy" } else { "apply" };
    show(&plan, is_json, terminal);
    allowed(&plan, &wishes.given)?;
    let site = realm.site();
    if plan.is_empty() {
        if write_down(realm, terminal)? {
            say_changed(&[outputs_path(site.environment())], is_json, terminal);
        }
        if is_json {
            terminal.json(&Counts::default().to_json(operation));
        }
        return Ok(Status::Success);
    }
    // Before anything is made that is shown only once, and before a person is bothered.
    realm.ready(&plan)?;
    let seals = plan.steps.iter().any(|step| realm.seals(step));
    let sealer = seals.then(|| Sealer::ready(&site.vault)).transpose()?;
    if let Some(days) = sealer.as_ref().and_then(Sealer::days_left) {
        terminal.warning(&format!("the certificate to seal with expires in {days} days"));
    }
    if !approval.is_given && kept.is_none() {
        if !confirm(approval.question, approval.answer, approval.flags, terminal)? {
            return Err(Refused::new("not approved; nothing was changed", "look at the plan again").into());
        }
        // The answer was to what was shown, however long it took.
        let now = chosen(realm, &wishes.plan, terminal)?;
        if now.steps != plan.steps {
            let message = "the plan is another one than that which was approved; nothing was changed";
            return Err(Refused::new(message, "something has changed meanwhile: run it again, and look").into());
        }
    }
    interrupt::listen_and_say("stopping as soon as nothing is half done; once more ends it at once", terminal);
    let follow = Follow::new(arguments, realm.time(), terminal);
    let mut keeper = Vaulted::new(sealer, site.values.secret_needs(), is_json, terminal);
    // Steps may write them as well.
    let before = outputs::text(&site.vault)?;
    let ended = realm.carry_out(&plan, &follow, &mut keeper);
    let has_sealed = keeper.has_sealed();
    // Whatever was done is worth knowing, the more if the rest was not.
    let written = write_down(realm, terminal);
    let is_changed = outputs::text(&site.vault)? != before;
    let secrets = has_sealed.then(|| sealed_path(site.environment()));
    let outputs = is_changed.then(|| outputs_path(site.environment()));
    say_changed(&secrets.into_iter().chain(outputs).collect::<Vec<_>>(), is_json, terminal);
    let counts = match ended {
        Ok(counts) => counts,
        Err(stopped) => return Err(report(realm, stopped, operation, &follow, terminal).into()),
    };
    written?;
    if is_json {
        terminal.json(&counts.to_json(operation));
    } else {
        terminal.say(&if destroys {
            format!("\nDestroy complete! Resources: {} destroyed.", counts.destroy)
        } else {
            format!("\nApply complete! Resources: {}.", counts.applied())
        });
    }
    Ok(Status::Success)
}

/// The plan for `wishes`.
fn chosen<R: Realm>(realm: &R, wishes: &R::Wishes, terminal: &Terminal) -> Result<Plan<R::Operation>, Trouble> {
    realm.plan(wishes, &Follow::looking(realm.time(), terminal))
}

/// A plan, and the wishes that it was made for.
type Wished<R> = (Plan<<R as Realm>::Operation>, Wishes<<R as Realm>::Wishes>);

/// A plan that was kept, if it is still what would be done.
fn from_file<R: Realm>(realm: &R, path: &Path, terminal: &Terminal) -> Result<Wished<R>, Trouble> {
    let shown = path.display().to_string();
    let command = R::COMMAND;
    let missing = || {
        Refused::new(
            format!("there is no file `{shown}`"),
            format!("name one that `render {command} plan --out FILE` wrote, or none to plan and apply at once"),
        )
    };
    let source = here().read(&shown)?.ok_or_else(missing)?;
    let unusable = |error: SavedError| anyhow::Error::from(error).context(format!("`{shown}` can't be used"));
    let saved: Saved<R::Operation, Wishes<R::Wishes>> = Saved::parse(source.text()).map_err(unusable)?;
    let environment = realm.site().environment();
    if saved.plan.environment != environment.as_str() {
        let of = &saved.plan.environment;
        let help = format!("apply it with `--env {of}`, or make a plan for `{environment}`");
        return Err(Refused::new(format!("`{shown}` is a plan for `{of}`"), help).into());
    }
    let now = chosen(realm, &saved.wishes.plan, terminal)?;
    saved.check(&now).map_err(unusable)?;
    Ok((saved.plan, saved.wishes))
}

/// Refuses steps that need a permission which was not given.
fn allowed<O>(plan: &Plan<O>, given: &BTreeSet<Need>) -> Result<(), Refused> {
    let unmet = plan.unmet(given);
    let Some((step, needs)) = unmet.first() else { return Ok(()) };
    let address = &step.address;
    let more = match unmet.len() - 1 {
        0 => String::new(),
        more => format!(", and so do {more} more"),
    };
    let purposes: Vec<_> = needs.iter().map(|need| need.purpose()).collect();
    let flags: Vec<_> = needs.iter().map(|need| format!("`{}`", need.flag())).collect();
    Err(Refused::new(
        format!("`{address}` needs permission to {}{more}; nothing was changed", purposes.join(" and to ")),
        format!("read the plan, then run it again with {}, or leave it out with `--target`", flags.join(" and ")),
    ))
}

fn show<O>(plan: &Plan<O>, is_json: bool, terminal: &Terminal) {
    if !is_json {
        terminal.data(&plan.to_text(true));
        return;
    }
    for step in &plan.steps {
        let address = &step.address;
        let resource = json!({ "addr": address.to_string(), "type": address.kind(), "name": address.name() });
        let change = json!({ "resource": resource, "action": step.action.name(), "reason": step.reason });
        terminal.json(&json!({ "type": "planned_change", "change": change }));
    }
    terminal.json(&plan.counts().to_json("plan"));
}

/// Writes the outputs down; true where the file had to change.
fn write_down<R: Realm>(realm: &R, terminal: &Terminal) -> Result<bool, Trouble> {
    // Asked before the lock is taken: an API has its time.
    let told = realm.outputs(&Follow::closing(realm.time(), terminal))?;
    outputs::write(&realm.site().vault, |file| R::joined(file, told))
}

/// Names the files that have to be committed.
fn say_changed(paths: &[String], is_json: bool, terminal: &Terminal) {
    if !is_json && !paths.is_empty() {
        terminal.say(&format!("Changed: {}. Commit that, and render.", paths.join(", ")));
    }
}

/// Why a run ended early, as an error with all that one has to know.
fn report<R: Realm>(
    realm: &R,
    stopped: Stopped<anyhow::Error>,
    operation: &str,
    follow: &Follow<'_>,
    terminal: &Terminal,
) -> anyhow::Error {
    let again = format!("run `render {} {operation} --env {}` again", R::COMMAND, realm.site().environment());
    let interrupted = |done: Counts, left: &str| {
        let is_overdue = follow.is_overdue() && !interrupt::is_asked();
        let why = if is_overdue { "gave up waiting" } else { "interrupted" };
        Refused::new(format!("{why}: {}{left}", done.applied()), format!("{again}: it goes on from there")).into()
    };
    match stopped {
        Stopped::Failed { address, done, source } if R::is_interruption(&source) => {
            interrupted(done, &format!("; `{address}` was on its way"))
        }
        Stopped::Failed { address, done, source } => {
            terminal.say(&format!("\nDone before this: {}; nothing is rolled back.", done.applied()));
            let error = source.context(format!("`{address}` failed"));
            match crate::commands::help_for(&error) {
                Some(_) => error,
                None => Refused::new(format!("{error:#}"), format!("mend what it says, then {again}")).into(),
            }
        }
        Stopped::Interrupted { done, left } => interrupted(done, &format!("; {} left", count(left, "step"))),
    }
}

/// Files by their paths from where the command runs, as shells complete them.
fn here() -> Store {
    Store::new(Path::new(""))
}
