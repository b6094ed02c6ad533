//! The Management API of Auth0, typed: requests as values, answers as data, and nothing about what is wanted.
