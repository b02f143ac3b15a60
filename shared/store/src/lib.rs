//! The program's table: keys, items and transactions, over one seam ([`table::Table`]) with a DynamoDB side and an
//! in-memory side that pass the same contract tests.
//!
//! Rules live in the systems' own crates; this one only turns their commits into conditional writes, and items into
//! their types. It never scans.

pub mod answers;
pub mod commit;
pub mod directory;
pub mod item;
pub mod keys;
pub mod mail;
pub mod outbox;
pub mod rollup;
pub mod settings;
pub mod table;
#[cfg(test)]
mod testing;
pub mod training;

pub use self::{directory::DirectoryStore, training::TrainingStore};
pub use table::{DynamoTable, MemoryTable, Meter, Table};
