//! The directory over HTTP: people, teams, workloads, uploads and imports, and the program's settings and mails. It turns
//! requests into use cases and their outcomes into answers; rules live in `directory`, items in `store`.

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
