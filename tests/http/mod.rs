//! The HTTP API from outside: who may do what, and one file for each resource.

mod access;
mod assessments;
mod catalogue;
mod certificates;
mod contract;
mod dashboards;
mod effectiveness;
mod guidance;
pub(crate) mod harness;
mod imports;
mod learners;
mod materials;
mod people;
mod planning;
mod program;
mod requests;
mod sessions;
mod table;
mod teams;
mod uploads;
