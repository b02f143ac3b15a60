//! Training and competency: the catalogue and role paths, the learner's file, plans, the reminder ladder, digests,
//! completions and their checks, exemptions, standing and roll-ups, and the CSV rules for bringing in what exists.
//!
//! Rules are pure: they take the time, the catalogue and the settings as arguments and return what should be written.
//! Use cases read through [`ports`], let a rule decide, and hand back one commit. Nothing here does I/O, reads the
//! system clock, or knows a person's name or address: people are ids, mail is a model for a template.
//!
//! Where to start: [`model::LearnerFile`] is the consistency boundary, [`rules::decide`] is what a run does with it,
//! [`usecases`] is what the boundaries call.

pub mod assessment;
pub mod competency;
pub mod effectiveness;
pub mod error;
pub mod events;
pub mod guidance;
pub mod import;
pub mod model;
pub mod ports;
pub mod rules;
#[cfg(test)]
mod samples;
pub mod sessions;
pub mod settings;
pub mod usecases;

pub use error::TrainingError;
pub use ports::{Roster, TrainingReader, TrainingWriter, Write};
pub use settings::{MailSwitch, Settings};
