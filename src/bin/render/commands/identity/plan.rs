//! `render identity plan`, `apply`, `destroy` and `rotate`: the same way with other wishes.

use supercargo::identity::{self, Goal};

use super::tenant::Tenant;
use crate::Status;
use crate::args::identity::{
    ApplyArguments, ChoiceArguments, DestroyArguments, IdentityConnection, PlanArguments, RotateArguments,
};
use crate::args::steps::CarryOutArguments;
use crate::args::{GlobalArguments, OneEnvironment};
use crate::commands::Trouble;
use crate::commands::steps::{self, Approval, Realm as _, Site, Wishes, confirmed};
use crate::terminal::Terminal;

fn wishes(choice: &ChoiceArguments) -> Wishes<identity::Wishes> {
    let targets = choice.target.targets.clone();
    Wishes::new(identity::Wishes { goal: Goal::Apply, targets, prune: choice.prune }, false, false)
}

fn goal(goal: Goal) -> Wishes<identity::Wishes> {
    Wishes::new(identity::Wishes { goal, ..identity::Wishes::default() }, false, false)
}

/// Does `work` with the tenant of the environment. Values are read first: whoever has no credentials yet learns of
/// mistakes in them all the same.
fn with_tenant(
    environment: &OneEnvironment,
    connection: &IdentityConnection,
    global: &GlobalArguments,
    terminal: &Terminal,
    work: impl FnOnce(&Tenant<'_>) -> Result<Status, Trouble>,
) -> Result<Status, Trouble> {
    let site = Site::open(environment, global)?;
    let client = steps::client(&connection.network, &connection.time, terminal)?;
    work(&Tenant::open(site, connection, &client)?)
}

pub(super) fn plan(
    arguments: &PlanArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    with_tenant(&arguments.environment, &arguments.connection, global, terminal, |tenant| {
        steps::plan(tenant, &wishes(&arguments.choice), &arguments.output, terminal)
    })
}

pub(super) fn apply(
    arguments: &ApplyArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    with_tenant(&arguments.environment, &arguments.connection, global, terminal, |tenant| {
        let question = format!("Do this for the environment `{}`?", tenant.site().environment());
        let approval = approval(&arguments.carry_out, &question);
        let kept = arguments.plan.as_deref();
        steps::apply(tenant, kept, &wishes(&arguments.choice), &approval, &arguments.carry_out, terminal)
    })
}

pub(super) fn destroy(
    arguments: &DestroyArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    with_tenant(&arguments.environment, &arguments.connection, global, terminal, |tenant| {
        let is_given = arguments.carry_out.auto_approve;
        confirmed(arguments.confirm.as_deref(), is_given, tenant.site())?;
        let environment = tenant.site().environment().as_str();
        let approval = Approval {
            is_given,
            question: "Destroy this? Nobody can log in from then on.",
            answer: environment,
            flags: &format!("`--auto-approve --confirm {environment}`"),
        };
        steps::apply(tenant, None, &goal(Goal::Destroy), &approval, &arguments.carry_out, terminal)
    })
}

pub(super) fn rotate(
    arguments: &RotateArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    with_tenant(&arguments.environment, &arguments.connection, global, terminal, |tenant| {
        let client = &arguments.client;
        let question = format!("Give `{client}` a new secret? Logins fail until the cluster has it.");
        let approval = approval(&arguments.carry_out, &question);
        let wishes = goal(Goal::Rotate(client.clone()));
        steps::apply(tenant, None, &wishes, &approval, &arguments.carry_out, terminal)
    })
}

fn approval<'a>(arguments: &CarryOutArguments, question: &'a str) -> Approval<'a> {
    Approval { is_given: arguments.auto_approve, question, answer: "yes", flags: "`--auto-approve`" }
}
