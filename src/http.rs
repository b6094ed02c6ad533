//! The network: requests as plain values, and the one client that sends them.
//!
//! Whoever speaks to an API makes [`Request`]s and reads [`Response`]s; what happens in between is decided here, once:
//! how long to wait, how often to try again, where a redirect may lead, which certificates count, and that no secret
//! gets into a message. This room knows no API, reads no environment variable and prints nothing. It has no clock
//! either: timeouts are the transport's own, a wait is a [`Pause`] that a test replaces, and the time that a server asks
//! for is counted from the time that the same answer gives.

mod client;
mod error;
mod proxies;
mod request;
mod response;
mod retries;
mod url;

pub use client::{Client, Exchange, Pause, Settings, Trace};
pub use error::{Error, Failure, StatusError};
pub use proxies::{BadProxy, Proxies};
pub use request::{Method, Request, Secret};
pub use response::Response;
pub use retries::Retries;
pub use url::{BadUrl, Url, as_segment};
