//! From a path of keys and indices to the place of what stands there.

use super::Node;
use crate::source::Location;

/// The place of the value at `path`, or of the nearest one above it that exists.
pub fn locate<S: AsRef<str>>(root: &Node, path: &[S]) -> Location {
    let mut node = root;
    for segment in path {
        match node.child(segment.as_ref()) {
            Some(child) => node = child,
            None => break,
        }
    }
    node.location.clone()
}

/// The place of the key at the end of `path`; of the value where that is an item of a list; of the nearest key above
/// it where it is not set; `None` where nothing of the path is.
pub fn locate_key<S: AsRef<str>>(root: &Node, path: &[S]) -> Option<Location> {
    let mut node = root;
    let mut found = None;
    for segment in path {
        let segment = segment.as_ref();
        let Some(child) = node.child(segment) else { break };
        let key = node.as_map().and_then(|map| map.get(segment)).map(|entry| entry.key.clone());
        found = Some(key.unwrap_or_else(|| child.location.clone()));
        node = child;
    }
    found
}
