//! Tests over the finished program and its pages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod docs;
