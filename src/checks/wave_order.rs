//! What a resource needs is applied with it or before it: a wave that waits for a later one never ends.
//!
//! Argo CD applies wave by wave, and a wave ends when all of it is healthy. So a workload, a certificate or a listener
//! must not need what only a later wave brings, and nothing can be applied to a namespace that comes later. Applications
//! have waves as well, in the Application that applies them: the two ways down are compared where they part.

use super::facts::{CERTIFICATE, NAMESPACE, PROJECT, Reference};
use super::finding::Finding;
use super::world::{Resolved, World};
use crate::diagnostic::Code;

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (from, facts) in world.facts.iter().enumerate() {
        let own = facts.id.namespace.as_deref().map(Reference::to_namespace);
        for reference in facts.refers.iter().chain(&own) {
            let waits = facts.pods.is_some() || facts.is(&CERTIFICATE) || facts.id.kind == "EventListener";
            if reference.is_soft || !waits && reference.kind != NAMESPACE && reference.kind != PROJECT {
                continue;
            }
            if let Resolved::Found(target) = world.resolve(from, reference)
                && target.by != from
                && let Some((mine, theirs)) = later(world, from, target.by)
            {
                found.push(finding(world, from, reference, target.by, (mine, theirs)));
            }
        }
    }
    found
}

/// Where the ways to the two documents part: the two that are applied by one, if the second is the later.
fn later(world: &World<'_>, first: usize, second: usize) -> Option<(usize, usize)> {
    let (mine, theirs) = (world.way(first), world.way(second));
    let (mine, theirs) = mine.iter().zip(&theirs).find(|(mine, theirs)| mine.0 != theirs.0)?;
    // Two ways that have no Application in common begin whenever somebody begins them.
    let by = world.applied_by(mine.0)?;
    (world.applied_by(theirs.0) == Some(by) && mine.1 < theirs.1).then_some((mine.0, theirs.0))
}

fn finding(world: &World<'_>, from: usize, reference: &Reference, target: usize, parting: (usize, usize)) -> Finding {
    let (facts, other) = (&world.facts[from], &world.facts[target]);
    let (mine, theirs) = (&world.facts[parting.0], &world.facts[parting.1]);
    let message = format!("`{}` needs `{}`, which comes in a later sync wave", facts.id, other.id);
    let place = facts.place(&reference.route);
    // Between Applications waves only wait where Argo CD is told what a healthy Application is, as the platform's own is.
    let waits = parting.0 == from && parting.1 == target || world.tree.values.services.argo_cd.is_some();
    let finding = if waits {
        Finding::error(Code::WaveOrder, message, place)
    } else {
        Finding::warning(Code::WaveOrder, message, place)
    };
    let when = |order: super::facts::Order| match order.phase {
        -1 => "before the sync".to_owned(),
        1 => "after the sync".to_owned(),
        _ => format!("in wave {}", order.wave),
    };
    let finding = finding
        .label(format!("`{}` is applied {}", mine.id, when(mine.order)))
        .see(theirs.name_place(), format!("`{}` is applied {}", theirs.id, when(theirs.order)));
    finding.help(format!("give `{}` a later wave, or `{}` an earlier one", mine.id, theirs.id))
}
