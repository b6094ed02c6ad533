//! The domain and its records.

mod claims;
pub mod records;
