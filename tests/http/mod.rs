//! The HTTP API from outside: who may do what, and one file for each resource.

mod access;
mod catalogue;
mod contract;
pub(crate) mod harness;
mod imports;
mod learners;
mod people;
mod program;
mod table;
mod teams;
mod uploads;
