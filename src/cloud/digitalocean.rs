//! The API of `DigitalOcean`, typed: requests as values, answers as data, and nothing about what is wanted.
