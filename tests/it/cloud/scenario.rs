//! `render cloud …` as people run it: the real command, values in a folder, and an account that answers.
//!
//! A [`Stage`] is one project with one account. Every run on it is searched for whatever must not be seen anywhere; see
//! [`Stage::run`]. What is compared is a [portrait](Stage::portrait) of the account and of the files that a run writes,
//! with names in the places of ids: runs that end in the same portrait have done the same.

mod access;
mod changes;
mod creation;
mod deletion;
mod faults;
mod ownership;
mod plans;
mod portrait;
mod refusals;
mod stage;
