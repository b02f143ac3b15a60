//! Uploads and imports over the wire.

use std::collections::BTreeMap;

use directory::import::{ImportKind, Plan};
use jiff::Timestamp;
use kernel::{
    JobId,
    import::{ImportJob, ImportState, MAX_BYTES, Problems, RowProblem},
};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Schema};
use web::{Problem, kinds};

use super::one_of;

fn kind() -> Schema {
    one_of(ImportKind::ALL.map(ImportKind::as_str))
}

fn state() -> Schema {
    one_of(["running", "finished", "rejected", "failed"])
}

/// What is going to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadRequest {
    /// The file's length in bytes.
    #[schema(minimum = 1, maximum = 33_554_432)]
    pub(crate) length: u64,
    /// The file's SHA-256 in hexadecimal digits.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    sha256: String,
}

impl UploadRequest {
    pub(crate) fn checksum(&self) -> Result<[u8; 32], Problem> {
        let bad = |path: &str, expected: &str| Problem::new(kinds::INVALID_BODY).at(path, expected);
        if self.length == 0 || self.length > MAX_BYTES {
            return Err(bad("$.length", "a number from 1 to 33554432"));
        }
        let digits = self.sha256.as_bytes();
        let mut bytes = [0_u8; 32];
        if digits.len() != 64 {
            return Err(bad("$.sha256", "64 hexadecimal digits"));
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()));
            let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = value.ok_or_else(|| bad("$.sha256", "64 hexadecimal digits"))?;
        }
        Ok(bytes)
    }
}

/// Where the file goes: send it by `PUT` to the address, with exactly these headers, within 15 minutes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadView {
    /// Names the file in an import.
    #[schema(value_type = Uuid)]
    pub(crate) upload_id: JobId,
    /// The address, which is a secret until it expires.
    #[schema(format = "uri")]
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// A file to be imported: inline, or uploaded before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRequest {
    #[schema(schema_with = kind)]
    kind: String,
    /// Only says what is wrong with the file.
    #[serde(default)]
    pub(crate) dry_run: bool,
    /// The file itself.
    #[serde(default)]
    pub(crate) csv: Option<String>,
    /// A file that was uploaded.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub(crate) upload_id: Option<JobId>,
}

impl ImportRequest {
    pub(crate) fn kind(&self) -> Result<ImportKind, Problem> {
        let expected = || Problem::new(kinds::INVALID_BODY).at("$.kind", "`teams`, `people` or `workloads`");
        ImportKind::parse(&self.kind).ok_or_else(expected)
    }
}

/// One thing that is wrong with a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowProblemView {
    /// The line, counted from 1; 0 for the file as a whole.
    line: u32,
    /// The column; empty for the row as a whole.
    column: String,
    /// What belongs there.
    expected: String,
}

impl From<RowProblem> for RowProblemView {
    fn from(problem: RowProblem) -> Self {
        Self { line: problem.line, column: problem.column.into_owned(), expected: problem.expected.into_owned() }
    }
}

/// What a dry run found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportReport {
    #[schema(schema_with = kind)]
    kind: &'static str,
    /// How many rows could be read.
    rows: usize,
    /// How many problems there are.
    problem_count: u32,
    /// The first 10,000 of them, in the order of the file.
    problems: Vec<RowProblemView>,
}

impl ImportReport {
    pub(crate) fn new(kind: ImportKind, plan: &Plan, problems: Problems) -> Self {
        Self {
            kind: kind.as_str(),
            rows: plan.rows(),
            problem_count: problems.count(),
            problems: problems.sorted().into_iter().map(RowProblemView::from).collect(),
        }
    }
}

/// An import that was taken on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportAccepted {
    #[schema(value_type = Uuid)]
    pub(crate) job_id: JobId,
}

/// What became of the rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsView {
    created: u32,
    changed: u32,
    unchanged: u32,
    /// Rows that no longer fitted what was stored when their turn came.
    refused: u32,
}

/// How an import is getting on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    #[schema(value_type = Uuid)]
    job_id: JobId,
    kind: String,
    /// `rejected`: the file has problems and nothing was written. `failed`: it stopped; import the file again.
    #[schema(schema_with = state)]
    state: ImportState,
    /// How many steps are done.
    next_row: u32,
    /// How many there are, once the file was checked.
    total: Option<u32>,
    counts: CountsView,
    problem_count: u32,
    /// The first 200 problems.
    problems: Vec<RowProblemView>,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl From<ImportJob> for ImportView {
    fn from(job: ImportJob) -> Self {
        Self {
            job_id: job.id,
            kind: job.kind,
            state: job.state,
            next_row: job.next_row,
            total: job.total,
            counts: CountsView {
                created: job.counts.created,
                changed: job.counts.changed,
                unchanged: job.counts.unchanged,
                refused: job.counts.refused,
            },
            problem_count: job.problem_count,
            problems: job.problems.into_iter().map(RowProblemView::from).collect(),
            started_at: job.started_at,
            ended_at: job.ended_at,
        }
    }
}
