//! Falco, which watches what containers do.

use super::Needs;

service! {
    /// Falco: sees through the kernel what containers do on every node, and tells what looks like an attack.
    Falco (namespace = "falco", wave = 2) {}
}

impl Needs for Falco {}
