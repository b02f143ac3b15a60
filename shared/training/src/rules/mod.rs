//! The rules of training, pure: when something is due, when the ladder speaks, how a plan is laid out, what a person
//! contributes to the figures, and [`decide`], which brings a file up to a moment. No rule reads a clock or a store.

pub mod decide;
pub mod digest;
pub mod due;
pub mod ladder;
pub mod news;
pub mod plan;
pub mod privacy;
pub mod rollups;
pub mod standing;

pub use decide::{Context, Decision, Telling, decide};
pub use digest::{CertificateLine, Digest, DigestLine};
