//! The HTTP API from outside: who may do what, and one file for each resource.

mod access;
mod assessments;
mod catalogue;
mod contract;
mod effectiveness;
mod guidance;
pub(crate) mod harness;
mod imports;
mod learners;
mod people;
mod program;
mod sessions;
mod table;
mod teams;
mod uploads;
