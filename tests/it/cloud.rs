//! `render cloud` against a fake of the services that it drives, and the fake itself.

mod fake;
