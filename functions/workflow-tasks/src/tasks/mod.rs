//! One module per system.

pub mod directory;
pub mod training;
