//! The action: written, built, deployed and bound, or gone.

use sha2::{Digest as _, Sha256};

use super::Draft;
use crate::diagnostic::Code;
use crate::hex::hex;
use crate::identity::auth0::{
    Action as Auth0Action, ActionSettings, ActionStatus, POST_LOGIN, Trigger, TriggerVersion,
};
use crate::identity::desired::{ACTION, DesiredAction};
use crate::identity::operation::Operation;
use crate::plan::{Action, Address, Attribute, Shown, Step};

/// The runtime that new code is written for.
const RUNTIME: &str = "node22";

/// The value that it is about.
const PATH: &[&str] = &["identity", "groupsClaim"];

pub(super) fn address() -> Address {
    Address::new("action", ACTION)
}

/// The steps to what the values want.
pub(super) fn steps(draft: &mut Draft<'_>) {
    let Some(wanted) = &draft.desired.action else {
        for action in owned(draft) {
            draft.left_over(deletion(draft, action));
        }
        return;
    };
    let found: Vec<_> = draft.observed.actions.iter().collect();
    let found = match found[..] {
        [] => None,
        [action] if draft.desired.mark.begins(&action.code) => Some(action),
        [action] => {
            let help = format!("rename it, or hand it over: begin its code with `{}`", draft.desired.mark.comment());
            return draft.not_owned(address(), PATH, ("action", &wanted.name), &action.id, help);
        }
        _ => {
            let ids: Vec<_> = found.iter().map(|action| action.id.as_str()).collect();
            return draft.ambiguous(address(), PATH, ("actions", &wanted.name), &ids);
        }
    };
    let Some(settings) = settings(draft, wanted, found) else {
        let message = format!("the tenant has no current version of the trigger `{POST_LOGIN}`");
        let help = "upgrade this program: what it makes is no longer what Auth0 runs";
        let finding = draft.desired.finding(Code::MissingReference, PATH, message);
        return draft.finding(address(), finding.help(help));
    };
    let step = match found {
        None => Some(creation(draft, wanted, settings)),
        Some(action) => change(draft, wanted, action, settings),
    };
    draft.steps.extend(step);
}

/// The steps to none of ours.
pub(super) fn removal(draft: &mut Draft<'_>) {
    let steps: Vec<_> = owned(draft).map(|action| deletion(draft, action)).collect();
    draft.steps.extend(steps);
}

fn owned<'a>(draft: &Draft<'a>) -> impl Iterator<Item = &'a Auth0Action> + use<'a> {
    let (observed, mark) = (draft.observed, &draft.desired.mark);
    observed.actions.iter().filter(move |action| mark.begins(&action.code))
}

/// All that is set of the action: what it has stays where the tenant still takes it.
fn settings(draft: &Draft<'_>, wanted: &DesiredAction, found: Option<&Auth0Action>) -> Option<ActionSettings> {
    let current = draft.observed.triggers.iter().filter(|it| it.id == POST_LOGIN && it.status == "CURRENT");
    let current: Vec<_> = current.collect();
    let own = found.and_then(|action| action.supported_triggers.iter().find(|it| it.id == POST_LOGIN)?.version.clone());
    let kept = current.iter().find(|trigger| own.as_ref() == Some(&trigger.version));
    let trigger = kept.or_else(|| current.iter().max_by_key(|trigger| number(&trigger.version)))?;
    Some(ActionSettings {
        name: wanted.name.clone(),
        supported_triggers: vec![TriggerVersion { id: POST_LOGIN.to_owned(), version: Some(trigger.version.clone()) }],
        code: wanted.code.clone(),
        runtime: runtime(trigger, found.and_then(|action| action.runtime.as_deref())),
    })
}

fn runtime(trigger: &Trigger, own: Option<&str>) -> String {
    let has = |name: &str| trigger.runtimes.iter().any(|runtime| runtime == name);
    let kept = own.filter(|own| has(own));
    let newest = trigger.runtimes.iter().max_by_key(|runtime| number(runtime));
    let other = trigger.default_runtime.as_ref().or(newest).map(String::as_str);
    let chosen = kept.or(has(RUNTIME).then_some(RUNTIME)).or(other);
    chosen.unwrap_or(RUNTIME).to_owned()
}

/// The number at the end of `v3` or `node22`.
fn number(name: &str) -> u32 {
    name.trim_start_matches(|character: char| !character.is_ascii_digit()).parse().unwrap_or(0)
}

fn creation(draft: &Draft<'_>, wanted: &DesiredAction, settings: ActionSettings) -> Step<Operation> {
    let attributes = [
        Attribute::new("name", settings.name.as_str()),
        Attribute::new("trigger", trigger(&settings.supported_triggers)),
        Attribute::new("runtime", settings.runtime.as_str()),
        Attribute::new("claim", wanted.claim.as_str()),
        Attribute::new("code", fingerprint(&settings.code)),
        Attribute::new("deployed", true),
        Attribute::new("bound", bound(draft.observed.bindings.len())),
    ];
    Step::new(address(), Action::Create, Operation::PutAction { settings }).with(attributes)
}

/// The step to the action as it should be; none where it is so.
fn change(
    draft: &Draft<'_>,
    wanted: &DesiredAction,
    action: &Auth0Action,
    settings: ActionSettings,
) -> Option<Step<Operation>> {
    let mut attributes = Vec::new();
    if action.code != settings.code {
        attributes.push(Attribute::new("claim", wanted.claim.as_str()));
        attributes.push(Attribute::changed("code", fingerprint(&action.code), fingerprint(&settings.code)));
    }
    if action.runtime.as_deref() != Some(settings.runtime.as_str()) {
        attributes.push(Attribute::changed("runtime", action.runtime.clone(), settings.runtime.as_str()));
    }
    let (old, new) = (trigger(&action.supported_triggers), trigger(&settings.supported_triggers));
    if old != new {
        attributes.push(Attribute::changed("trigger", old, new));
    }
    let is_written = attributes.is_empty();
    if !action.all_changes_deployed || !is_written {
        attributes.push(Attribute::changed("deployed", false, true));
    }
    let position = draft.observed.bindings.iter().position(|binding| binding.action.id == action.id);
    if position.is_none() {
        attributes.push(Attribute::new("bound", bound(draft.observed.bindings.len())));
    }
    if attributes.is_empty() {
        return None;
    }
    let reason = match (is_written, action.all_changes_deployed) {
        (false, _) => "",
        (true, false) if action.status == ActionStatus::Failed => "it could not be built",
        (true, false) => "what runs at logins is not what is written",
        (true, true) => "it does not run at logins",
    };
    let step = Step::new(address(), Action::Update, Operation::PutAction { settings });
    Some(step.with(attributes).because(reason))
}

fn deletion(draft: &Draft<'_>, action: &Auth0Action) -> Step<Operation> {
    let is_bound = draft.observed.bindings.iter().any(|binding| binding.action.id == action.id);
    Step::new(address(), Action::Delete, Operation::DeleteAction { id: action.id.clone() })
        .with([Attribute::changed("name", action.name.as_str(), Shown::Absent)])
        .with(is_bound.then(|| Attribute::changed("bound", true, Shown::Absent)))
}

fn trigger(supported: &[TriggerVersion]) -> String {
    let shown = supported.iter().map(|it| format!("{} {}", it.id, it.version.as_deref().unwrap_or("-")));
    shown.collect::<Vec<_>>().join(", ")
}

/// Where a new binding stands.
fn bound(others: usize) -> String {
    match others {
        0 => "alone".to_owned(),
        1 => "behind 1 other action".to_owned(),
        others => format!("behind {others} other actions"),
    }
}

/// Code, told apart from other code.
fn fingerprint(code: &str) -> String {
    format!("sha256:{}", &hex(&Sha256::digest(code.as_bytes()))[..12])
}
