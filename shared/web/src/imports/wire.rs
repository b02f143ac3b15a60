//! Uploads and imports over the wire: what is asked for, what a dry run found, and how a job is getting on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{
    JobId,
    import::{ImportJob, ImportState, MAX_BYTES, Problems, RowProblem},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, OpenApi, Schema, schema::Type},
};

use crate::{Problem, kinds};

/// What a file holds; each system's document lists its own kinds.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a name for the schema that `describe` fills in")]
struct ImportKind(String);

fn one_of(all: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all.into_iter().collect::<Vec<_>>())).into()
}

fn state() -> Schema {
    one_of(["running", "finished", "rejected", "failed"])
}

/// Says in a system's document which kinds of file it takes.
pub fn describe(document: &mut OpenApi, kinds: impl IntoIterator<Item = &'static str>) {
    if let Some(components) = &mut document.components {
        components.schemas.insert("ImportKind".to_owned(), one_of(kinds).into());
    }
}

/// What is going to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadRequest {
    /// The file's length in bytes.
    #[schema(minimum = 1, maximum = 33_554_432)]
    pub(super) length: u64,
    /// The file's SHA-256 in hexadecimal digits.
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    sha256: String,
}

impl UploadRequest {
    /// The checksum, once the request keeps its rules.
    ///
    /// # Errors
    /// 400 for a length out of bounds or a checksum that is none.
    pub(super) fn checksum(&self) -> Result<[u8; 32], Problem> {
        let bad = |path: &str, expected: &str| Problem::new(kinds::INVALID_BODY).at(path, expected);
        if self.length == 0 || self.length > MAX_BYTES {
            return Err(bad("$.length", "a number from 1 to 33554432"));
        }
        let mut bytes = [0_u8; 32];
        let decoded = hex::decode_to_slice(&self.sha256, &mut bytes);
        decoded.map(|()| bytes).map_err(|_| bad("$.sha256", "64 hexadecimal digits"))
    }
}

/// Where the file goes: send it by `PUT` to the address, with exactly these headers, within five minutes.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadView {
    /// Names the file in an import.
    #[schema(value_type = Uuid)]
    pub(super) upload_id: JobId,
    /// The address, which is a secret until it expires.
    #[schema(format = "uri")]
    pub(super) url: String,
    /// Headers that are part of the signature.
    pub(super) headers: BTreeMap<String, String>,
}

/// A file to be imported: inline, or uploaded before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    #[schema(value_type = ImportKind)]
    kind: String,
    /// Only says what is wrong with the file.
    #[serde(default)]
    pub(super) dry_run: bool,
    /// The file itself.
    #[serde(default)]
    csv: Option<String>,
    /// A file that was uploaded.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    upload_id: Option<JobId>,
}

/// The file a request names.
pub(super) enum Source {
    /// The file itself.
    Inline(Vec<u8>),
    /// A file that was uploaded.
    Uploaded(JobId),
}

impl ImportRequest {
    /// The kind of file.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// The one file the request names.
    ///
    /// # Errors
    /// 422 for none, or for two.
    pub(super) fn source(self) -> Result<Source, Problem> {
        match (self.csv, self.upload_id) {
            (Some(csv), None) => Ok(Source::Inline(csv.into_bytes())),
            (None, Some(upload)) => Ok(Source::Uploaded(upload)),
            _ => Err(Problem::new(kinds::ONE_SOURCE)),
        }
    }
}

/// One thing that is wrong with a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RowProblemView {
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
pub struct ImportReport {
    #[schema(value_type = ImportKind)]
    kind: &'static str,
    /// How many rows could be read.
    rows: usize,
    /// How many problems there are.
    problem_count: u32,
    /// The first 10,000 of them, in the order of the file.
    problems: Vec<RowProblemView>,
}

impl ImportReport {
    /// The report on a file.
    pub(super) fn new(kind: &'static str, rows: usize, problems: Problems) -> Self {
        Self {
            kind,
            rows,
            problem_count: problems.count(),
            problems: problems.sorted().into_iter().map(RowProblemView::from).collect(),
        }
    }
}

/// An import that was taken on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportAccepted {
    #[schema(value_type = Uuid)]
    pub(super) job_id: JobId,
}

/// What became of the rows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CountsView {
    created: u32,
    changed: u32,
    unchanged: u32,
    /// Rows that no longer fitted what was stored when their turn came.
    refused: u32,
}

/// How an import is getting on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    #[schema(value_type = Uuid)]
    job_id: JobId,
    #[schema(value_type = ImportKind)]
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
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
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
