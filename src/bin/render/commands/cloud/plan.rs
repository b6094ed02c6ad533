//! `render cloud plan`, `apply`, `destroy` and `adopt`: the same way with other wishes.

use supercargo::cloud::{self, Goal};
use supercargo::plan::Address;

use super::realm::Cloud;
use crate::Status;
use crate::args::GlobalArguments;
use crate::args::cloud::{AdoptArguments, ApplyArguments, ChoiceArguments, DestroyArguments, PlanArguments};
use crate::commands::Trouble;
use crate::commands::steps::{self, Approval, Realm as _, Wishes, confirmed};
use crate::terminal::Terminal;

fn wishes(choice: &ChoiceArguments) -> Wishes<cloud::Wishes> {
    let ChoiceArguments { target, replace, prune } = choice;
    let targets = target.targets.clone();
    let plan = cloud::Wishes { goal: Goal::Apply, targets, prune: *prune, delete_data: false };
    Wishes::new(plan, *replace, false)
}

pub(super) fn plan(
    arguments: &PlanArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let cloud = Cloud::open(&arguments.environment, &arguments.connection, global, terminal)?;
    steps::plan(&cloud, &wishes(&arguments.choice), &arguments.output, terminal)
}

pub(super) fn apply(
    arguments: &ApplyArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let cloud = Cloud::open(&arguments.environment, &arguments.connection, global, terminal)?;
    let approval = Approval {
        is_given: arguments.carry_out.auto_approve,
        question: &format!("Do this for the environment `{}`?", cloud.site().environment()),
        answer: "yes",
        flags: "`--auto-approve`",
    };
    let kept = arguments.plan.as_deref();
    steps::apply(&cloud, kept, &wishes(&arguments.choice), &approval, &arguments.carry_out, terminal)
}

pub(super) fn destroy(
    arguments: &DestroyArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let cloud = Cloud::open(&arguments.environment, &arguments.connection, global, terminal)?;
    let is_given = arguments.carry_out.auto_approve;
    confirmed(arguments.confirm.as_deref(), is_given, cloud.site())?;
    let environment = cloud.site().environment().as_str();
    let data = if arguments.delete_data { ", with all data" } else { "" };
    let approval = Approval {
        is_given,
        question: &format!("Destroy this{data}? There is no way back."),
        answer: environment,
        flags: &format!("`--auto-approve --confirm {environment}`"),
    };
    let plan = cloud::Wishes { goal: Goal::Destroy, delete_data: arguments.delete_data, ..cloud::Wishes::default() };
    let wishes = Wishes::new(plan, false, arguments.delete_data);
    steps::apply(&cloud, None, &wishes, &approval, &arguments.carry_out, terminal)
}

pub(super) fn adopt(
    arguments: &AdoptArguments,
    global: &GlobalArguments,
    terminal: &Terminal,
) -> Result<Status, Trouble> {
    let addresses = arguments.addresses.iter().map(|text| Address::parse(text)).collect::<Result<_, _>>();
    let addresses = addresses.map_err(anyhow::Error::from)?;
    let cloud = Cloud::open(&arguments.environment, &arguments.connection, global, terminal)?;
    let approval = Approval {
        is_given: arguments.carry_out.auto_approve,
        question: &format!("Take this over for the environment `{}`?", cloud.site().environment()),
        answer: "yes",
        flags: "`--auto-approve`",
    };
    let plan = cloud::Wishes { goal: Goal::Adopt(addresses), ..cloud::Wishes::default() };
    steps::apply(&cloud, None, &Wishes::new(plan, false, false), &approval, &arguments.carry_out, terminal)
}
