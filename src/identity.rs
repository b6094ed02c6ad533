//! Identity: what the values want of Auth0, what its API reports, and the steps in between; and what any provider says
//! of itself.

pub mod auth0;
