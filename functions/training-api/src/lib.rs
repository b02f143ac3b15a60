//! Training over HTTP: catalogue, role paths, people's training, checks, figures, imports, reminder runs, settings, and
//! the pages behind mail links. It turns requests into use cases and their outcomes into answers; rules live in
//! `training`, items in `store`.

mod app;
#[cfg(test)]
mod document;
mod dto;
mod problems;
mod router;
mod routes;
#[cfg(test)]
mod tests;
pub mod wiring;

pub use app::{App, Ports};
pub use router::router;
