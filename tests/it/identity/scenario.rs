//! `render identity …` as people run it: the real command, values in a folder, and a tenant that answers.
//!
//! A [`Stage`] is one project with one tenant. Every run on it is searched for whatever must not be seen anywhere; see
//! [`Stage::run`]. What is compared is a [portrait](Stage::portrait) of the tenant and of the files that a run writes,
//! with names in the places of ids: runs that end in the same portrait have done the same.

mod changes;
mod faulty;
mod first;
mod foreign;
mod issuer;
mod modes;
mod portrait;
mod refusals;
mod secrets;
mod stage;

pub(super) use stage::Stage;
