//! Certificates: what somebody outside said a person can do, with evidence, and what the program awards for a whole role
//! path. Both have a last valid day, are reminded of before it and lapse by a written fact.
//!
//! A certificate is part of the learner's file and guarded by its head. It is never overwritten: each change adds a
//! version, and the version of any day can be asked for. An external one counts once somebody else verified it; a path's is
//! awarded and renewed by [`rules`], which look at completions alone, in the transaction that makes it true.
//!
//! Nothing here reads a file of evidence or makes a link to one: it says what such a file must be and what it is called.

mod error;
mod evidence;
mod model;
pub mod ports;
pub mod recertification;
pub mod rules;
pub mod rungs;
mod text;
pub mod usecases;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use evidence::{Evidence, EvidenceKind, MOST_EVIDENCE_BYTES, kept_object, uploaded_object};
pub use model::{
    Certificate, CertificateState, Covered, Entry, External, Facts, MOST_AREAS, MOST_EXTERNAL, MOST_VERSIONS, PathAward,
};
pub use ports::Write;
pub use rungs::{ExpiryRung, ToldOfExpiry};
pub use text::{CertificateName, CredentialNumber, Issuer};
