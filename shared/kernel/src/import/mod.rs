//! What every import from a CSV file shares: the file as rows with line numbers ([`Sheet`]), what is wrong with it
//! ([`Problems`]), the job that applies it in small steps ([`ImportJob`]) and the walk that takes them ([`step`]).
//!
//! Columns, natural keys and what a row means belong to the systems. Nothing here keeps or repeats a cell in a problem:
//! a problem says where to look and what is expected there.

mod cell;
mod job;
mod part;
mod sheet;
mod walk;

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};

pub use cell::{Cells, DATE, date};
pub use job::{ImportCounts, ImportError, ImportJob, ImportState, JobClosed, NewImport, RowOutcome};
pub use part::{Half, Part, Turn};
pub use sheet::{Columns, Row, Sheet};
pub use walk::{CHANGED_MEANWHILE, Checked, Decided, ImportBook, TRIES, Walk, Written, give_up, refuse, step};

/// The most rows a file may hold.
pub const MAX_ROWS: u32 = 100_000;
/// The most characters a cell may hold.
pub const MAX_CELL: usize = 1_000;
/// The most bytes a file may hold.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// How many rows one step of a job applies at most.
pub const CHUNK_ROWS: u32 = 100;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line of the file, counted from 1, the header row included; 0 for the file as a whole.
    pub line: u32,
    /// The column's name; empty for the row or the file as a whole.
    pub column: Cow<'static, str>,
    /// What belongs there. It never repeats what stands there.
    pub expected: Cow<'static, str>,
}

impl RowProblem {
    /// A problem of a cell, or of a row where the column is empty.
    pub fn new(line: u32, column: impl Into<Cow<'static, str>>, expected: impl Into<Cow<'static, str>>) -> Self {
        Self { line, column: column.into(), expected: expected.into() }
    }
}

/// Collects problems: all are counted, and as many kept as can be answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    listed: Vec<RowProblem>,
    count: u32,
}

impl Problems {
    /// How many problems are kept word by word.
    pub const LISTED: usize = 10_000;

    /// No problem yet.
    pub const fn new() -> Self {
        Self { listed: Vec::new(), count: 0 }
    }

    /// Adds a problem.
    pub fn add(&mut self, line: u32, column: impl Into<Cow<'static, str>>, expected: impl Into<Cow<'static, str>>) {
        self.count = self.count.saturating_add(1);
        if self.listed.len() < Self::LISTED {
            self.listed.push(RowProblem::new(line, column, expected));
        }
    }

    /// Adds every problem of another collection.
    pub fn append(&mut self, other: Self) {
        let beyond = other.count.saturating_sub(u32::try_from(other.listed.len()).unwrap_or(u32::MAX));
        for problem in other.listed {
            self.add(problem.line, problem.column, problem.expected);
        }
        self.count = self.count.saturating_add(beyond);
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many problems there are, the unlisted included.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The listed problems in the order of the file.
    pub fn sorted(mut self) -> Vec<RowProblem> {
        self.listed.sort();
        self.listed
    }

    /// The listed problems.
    pub fn listed(&self) -> &[RowProblem] {
        &self.listed
    }
}

impl Default for Problems {
    fn default() -> Self {
        Self::new()
    }
}

/// Finds natural keys that a file uses twice.
#[derive(Debug, Default)]
pub struct SeenKeys(HashMap<String, u32>);

impl SeenKeys {
    /// Notes a key. A key seen before becomes a problem that names the earlier line; then the answer is false.
    pub fn note(&mut self, key: String, line: u32, column: &'static str, problems: &mut Problems) -> bool {
        match self.0.get(&key) {
            Some(first) => {
                problems.add(line, column, format!("a key that no other row has; line {first} has it too"));
                false
            }
            None => {
                self.0.insert(key, line);
                true
            }
        }
    }

    /// The line that first used a key.
    pub fn line_of(&self, key: &str) -> Option<u32> {
        self.0.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_beyond_the_list_are_still_counted() {
        let mut problems = Problems::new();
        for line in 0..10_050 {
            problems.add(line, "email", "an address");
        }
        let mut all = Problems::new();
        all.append(problems);
        assert_eq!((all.count(), all.listed().len()), (10_050, Problems::LISTED));
    }

    #[test]
    fn a_key_used_twice_names_the_first_line() {
        let (mut seen, mut problems) = (SeenKeys::default(), Problems::new());
        assert!(seen.note("a".into(), 2, "code", &mut problems));
        assert!(!seen.note("a".into(), 9, "code", &mut problems));
        assert!(problems.listed()[0].expected.contains("line 2"));
    }
}
