//! Competency of a person in an area: what evidence says, with its date, as a score, a level and a history. A score
//! belongs to the person. It comes from judged evidence, never from a person's own word, and is never averaged away: the
//! latest evidence holds, older evidence stays in its place, and what was true on a day can be asked.
//!
//! Nothing here decides what is evidence: whoever judges hands it in with [`usecases::judged`] and commits what comes
//! back together with the judgement itself. Gaps compare a person with what their role is asked for in the settings, and
//! name the courses that teach an area.

mod error;
mod gaps;
mod level;
pub mod ports;
mod profile;
#[cfg(test)]
mod tests;
pub mod usecases;

pub use error::Error;
pub use gaps::{Gap, Priority, Standing, Targets, gaps};
pub use level::{Level, Score};
pub use ports::{CompetencyReader, Write};
pub use profile::{Area, Evidence, EvidenceSource, Held, Known, Profile};
