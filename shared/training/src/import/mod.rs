//! Bringing in what exists: CSV files of the catalogue, role paths, history, exemptions and completions.
//!
//! [`read`] looks at the file alone and reports every bad row; [`check`] also asks catalogue and directory; [`job`]
//! applies the good rows in chunks that are safe to repeat. Problems name line, column and what is expected and quote
//! nothing, because cells hold names and addresses.

mod apply;
mod cells;
pub mod job;
mod rows;
#[cfg(test)]
mod tests;

pub use apply::{Applied, apply, check};
pub use rows::{CompletionRow, CourseRow, ExemptionRow, HistoryRow, Line, PathRow, Rows, Sheet, read};

/// The most rows a file may have.
pub const MAX_ROWS: usize = 100_000;
/// The most characters a cell may have.
pub const MAX_CELL: usize = 1_000;
/// How many rows one chunk applies.
pub const CHUNK: usize = 100;
