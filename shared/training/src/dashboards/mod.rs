//! Dashboards: one answer on how a person or a team is getting on, and what to do next. Everything here is derived from
//! what other rooms hold; nothing is written, and nothing is asked of a store.
//!
//! A person's scores are theirs alone. Of a team it is told how its members stand in an area only where enough of them
//! were judged in it, and only in ranges wide enough that nobody's level follows from them: see [`told`].

mod person;
mod team;
#[cfg(test)]
mod tests;
pub mod told;

pub use person::{Hours, MOST_STEPS, Own, Seat, Step, hours, steps};
pub use team::{AreaFigures, ToDo, areas};
