//! Two layers become one.

use crate::yaml::{Entry, Node, NodeKind};

/// Lays `over` on top of `base`.
///
/// Mappings merge key by key, at any depth; a key keeps the place in the order that it had first. Everything else,
/// lists included, is replaced as a whole. An explicit `null` takes the key away, together with all that is below it.
/// Whatever comes from `over` points into `over`'s file afterwards.
pub fn merge(base: &mut Node, over: Node) {
    match (&mut base.kind, over.kind) {
        (NodeKind::Map(below), NodeKind::Map(above)) => {
            base.location = over.location;
            for (name, entry) in above {
                match below.get_mut(&name) {
                    Some(Entry { key, value }) => {
                        *key = entry.key;
                        merge(value, entry.value);
                    }
                    None => {
                        below.insert(name, entry);
                    }
                }
            }
        }
        (kind, other) => {
            *kind = other;
            base.location = over.location;
        }
    }
}

/// Takes away the keys that a layer set to `null`. Done once at the end: until then a higher layer may set them again.
/// A `null` inside a list is a value and stays.
pub(super) fn drop_removed(node: &mut Node) {
    match &mut node.kind {
        NodeKind::Map(map) => {
            map.retain(|_, entry| !entry.value.is_null());
            map.values_mut().for_each(|entry| drop_removed(&mut entry.value));
        }
        NodeKind::Seq(items) => items.iter_mut().for_each(drop_removed),
        NodeKind::Scalar(_) => {}
    }
}
