//! Roles, which tokens show as groups, and the people who are to have them.
//!
//! A role is known by its name alone, and tokens do not tell whose it is. One without our mark does its work, so it is used
//! as it is: never changed, never deleted.

use super::Draft;
use crate::identity::auth0::Role;
use crate::identity::desired::DesiredRole;
use crate::identity::operation::{Member, Operation};
use crate::plan::{Action, Address, Attribute, Shown, Step};

pub(super) fn address(name: &str) -> Address {
    Address::new("role", name)
}

/// The steps to what the values want.
pub(super) fn steps(draft: &mut Draft<'_>) {
    for wanted in &draft.desired.roles {
        let role = draft.observed.roles.iter().find(|role| role.name == wanted.name);
        let members = members(draft, wanted, role);
        let emails: Vec<_> = members.iter().map(|member| member.email.clone()).collect();
        let added = (!emails.is_empty()).then(|| Attribute::new("members", emails));
        let step = match role {
            None => {
                let name = wanted.name.clone();
                let description = Attribute::new("description", draft.desired.mark.description());
                let operation = Operation::CreateRole { name: name.clone(), members };
                Step::new(address(&name), Action::Create, operation)
                    .with([Attribute::new("name", name), description])
                    .with(added)
            }
            Some(_) if members.is_empty() => continue,
            Some(role) => {
                let operation = Operation::AssignRole { id: role.id.clone(), members };
                let step = Step::new(address(&wanted.name), Action::Update, operation).with(added);
                if draft.desired.mark.describes(&role.description) {
                    step
                } else {
                    step.warning("the role is not ours: it may grant more than what the platform makes of it")
                }
            }
        };
        draft.steps.push(step);
    }
    for role in owned(draft).filter(|role| draft.desired.roles.iter().all(|wanted| wanted.name != role.name)) {
        draft.left_over(deletion(role));
    }
}

/// The steps to none of ours.
pub(super) fn removal(draft: &mut Draft<'_>) {
    let steps: Vec<_> = owned(draft).map(deletion).collect();
    draft.steps.extend(steps);
}

fn owned<'a>(draft: &Draft<'a>) -> impl Iterator<Item = &'a Role> + use<'a> {
    let (observed, mark) = (draft.observed, &draft.desired.mark);
    observed.roles.iter().filter(move |role| mark.describes(&role.description))
}

fn deletion(role: &Role) -> Step<Operation> {
    Step::new(address(&role.name), Action::Delete, Operation::DeleteRole { id: role.id.clone() })
        .with([Attribute::changed("name", role.name.as_str(), Shown::Absent)])
        .warning("whoever has it loses it, also for other applications of the tenant")
}

/// Who is to get the role and does not have it. Somebody's word for an address is not enough: whoever can sign up with the
/// address of an admin must not become one.
fn members(draft: &mut Draft<'_>, wanted: &DesiredRole, role: Option<&Role>) -> Vec<Member> {
    let have = role.and_then(|role| draft.observed.members.get(&role.id));
    let mut new = Vec::new();
    for email in &wanted.members {
        let of_address = |own: &Option<String>| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(email));
        let accounts: Vec<_> = draft.observed.accounts.iter().filter(|account| of_address(&account.email)).collect();
        if accounts.is_empty() {
            let message = format!("`{email}` has no account yet, so the role can't be given");
            draft.report(address(&wanted.name), message, "let them log in once, then apply again");
            continue;
        }
        let missing = accounts.iter().filter(|account| have.is_none_or(|have| !have.contains(&account.user_id)));
        for account in missing {
            if account.email_verified {
                new.push(Member { email: email.clone(), user_id: account.user_id.clone() });
            } else {
                let message = format!("the address of the account `{}` of `{email}` is not verified", account.user_id);
                let help = "let them verify it, or give the account the role at Auth0 by hand";
                draft.report(address(&wanted.name), message, help);
            }
        }
    }
    new
}
