//! What values mean: types that are parsed once and then always valid, and the typed [`Values`] made of them.

mod scalars;

pub use scalars::EnvironmentName;
