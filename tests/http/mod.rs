//! The HTTP API from outside: who may do what, and one file for each resource.

mod access;
mod contract;
pub(crate) mod harness;
mod people;
