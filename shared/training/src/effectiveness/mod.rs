//! Whether a course does what it is for: what those who took it say of it and what was done about that, what they learnt
//! by matched pairs of scores, and how often due dates are met. Everything is counted into a few sums for each course as
//! it happens, so that a figure of a course costs the same whatever its history, and names nobody.
//!
//! A figure that rests on too little says so instead of giving a number. Nothing here judges people.

mod error;
mod feedback;
mod figures;
mod gain;
pub mod ports;
mod share;
mod sums;
#[cfg(test)]
mod tests;
pub mod usecases;

pub use error::Error;
pub use feedback::{Comment, CourseNotes, Feedback, Note, Rating, Ratings};
pub use figures::{Figures, LEAST_ANSWERS, LEAST_COMMENTS, LEAST_PAIRS, Learning, Punctuality, Reaction, ranking};
pub use gain::Pairs;
pub use ports::{EffectivenessReader, Write};
pub use share::{Interval, wilson};
pub use sums::{Sums, counted};
