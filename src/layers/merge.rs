//! Two layers become one.

use std::sync::Arc;

use crate::yaml::{Entry, Node, NodeKind};

/// Lays `over` on top of `base`.
///
/// Mappings merge key by key, at any depth; a key keeps the place in the order that it had first. Everything else,
/// lists included, is replaced as a whole. An explicit `null` takes the key away, together with all that is below it.
/// Whatever comes from `over` points into `over`'s file afterwards, and is shared with it.
pub fn merge(base: &mut Node, over: &Node) {
    base.location = over.location.clone();
    match (&mut base.kind, &over.kind) {
        (NodeKind::Map(below), NodeKind::Map(above)) => {
            for (name, entry) in above {
                match below.get_mut(name) {
                    Some(Entry { key, value }) => {
                        *key = entry.key.clone();
                        merge(Arc::make_mut(value), &entry.value);
                    }
                    None => {
                        below.insert(name.clone(), entry.clone());
                    }
                }
            }
        }
        (kind, other) => *kind = other.clone(),
    }
}

/// Takes away the keys that a layer set to `null`. Done once at the end: until then a higher layer may set them again.
/// A `null` inside a list is a value and stays.
pub(super) fn drop_removed(node: &mut Node) {
    match &mut node.kind {
        NodeKind::Map(map) => {
            map.retain(|_, entry| !entry.value.is_null());
            let touched = map.values_mut().filter(|entry| holds_removed(&entry.value));
            touched.for_each(|entry| drop_removed(Arc::make_mut(&mut entry.value)));
        }
        NodeKind::Seq(items) => items.iter_mut().for_each(drop_removed),
        NodeKind::Scalar(_) => {}
    }
}

/// Whether [`drop_removed`] would change anything: what it leaves alone stays shared between environments.
fn holds_removed(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Map(map) => map.values().any(|entry| entry.value.is_null() || holds_removed(&entry.value)),
        NodeKind::Seq(items) => items.iter().any(holds_removed),
        NodeKind::Scalar(_) => false,
    }
}
