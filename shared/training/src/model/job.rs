//! An import that is applied after the request that asked for it: where its file lies and how far it has come.

use jiff::Timestamp;
use kernel::{JobId, Principal, Version};
use serde::{Deserialize, Serialize};

spelled! {
    /// What is brought in.
    ImportKind {
        /// The catalogue.
        Courses = "courses",
        /// Role paths.
        Paths = "paths",
        /// Assignments as they were, with what was completed.
        History = "history",
        /// Exemptions.
        Exemptions = "exemptions",
        /// Completions from a learning management system.
        Completions = "completions",
    }
}

spelled! {
    /// How a job is getting on.
    JobState {
        /// Some rows are still to be applied.
        Running = "running",
        /// Every row was applied or reported.
        Finished = "finished",
        /// The file cannot be applied at all.
        Failed = "failed",
    }
}

/// What is wrong with one cell or row. It quotes nothing from the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line in the file, the header being 1.
    pub line: u64,
    /// The column, absent when the whole row is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What a correct value looks like.
    pub expected: String,
}

impl RowProblem {
    /// A problem of one cell.
    pub fn cell(line: u64, column: &str, expected: impl Into<String>) -> Self {
        Self { line, column: Some(column.to_owned()), expected: expected.into() }
    }

    /// A problem of a row.
    pub fn row(line: u64, expected: impl Into<String>) -> Self {
        Self { line, column: None, expected: expected.into() }
    }
}

/// An import job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportJob {
    /// Its id.
    pub id: JobId,
    /// What is brought in.
    pub kind: ImportKind,
    /// Where the file lies: an object key of the program's bucket.
    pub object: String,
    /// Who asked.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// How it is getting on.
    pub state: JobState,
    /// Rows in the file.
    pub rows: u64,
    /// How many rows were visited; the next chunk starts here.
    pub next_row: u64,
    /// Rows that changed something.
    pub changed: u64,
    /// Rows that could not be applied, at most [`ImportJob::KEPT_PROBLEMS`] of them kept.
    pub problems: Vec<RowProblem>,
    /// How many rows could not be applied.
    pub refused: u64,
    /// How often it was written.
    pub version: Version,
}

impl ImportJob {
    /// How many problems are kept with the job.
    pub const KEPT_PROBLEMS: usize = 200;
}
