//! One module per system, and what their tasks share.

pub mod directory;
mod imports;
pub mod training;
