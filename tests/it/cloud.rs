//! `render cloud` against a fake of the services that it drives, and the fake itself.

mod applies;
mod carried;
mod fake;
mod fake_account;
mod fake_faults;
mod fake_kubernetes;
mod fake_spaces;
mod probe;
mod storage;
