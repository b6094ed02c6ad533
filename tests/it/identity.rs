//! Identity against a tenant of Auth0 that remembers what it was told, on this machine.

mod carried;
mod fake;
mod faults;
mod one_host;
mod scenario;
mod steps;
mod traps;
