//! Spaces, the object storage of `DigitalOcean`, by its S3 API.
