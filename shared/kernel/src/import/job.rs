//! The job that applies a checked file: it knows how far it is and what came of each row. Its progress is written in the
//! same transaction as the row it counts, so a step that is repeated or interrupted counts nothing twice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Problems, RowProblem};
use crate::{Cause, Event, GatewayError, JobId, Principal, StoreError, Version};

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// Something new was written.
    Created,
    /// Something that existed was changed.
    Changed,
    /// It says what is stored already: nothing was written.
    Unchanged,
    /// The second half of a row that was counted before, such as a reference to a row that comes later.
    Completed,
    /// The row no longer fits what is stored, although the file passed its check.
    Refused(RowProblem),
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows that created something.
    pub created: u32,
    /// Rows that changed something.
    pub changed: u32,
    /// Rows that said what was known.
    pub unchanged: u32,
    /// Rows that no longer fitted.
    pub refused: u32,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Rows are being applied, or will be.
    Running,
    /// Every row was applied or refused.
    Finished,
    /// The file did not pass its check: nothing was written.
    Rejected,
    /// The job stopped for a reason that is not the file's; what was applied stays, and the file can be imported again.
    Failed,
}

/// What a new job needs.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The job's id.
    pub id: JobId,
    /// What the file holds: `people`, `teams`, `courses`, …
    pub kind: String,
    /// The key of the object in the bucket.
    pub object: String,
    /// Who asked.
    pub by: Principal,
    /// The correlation id of everything the import sets off.
    pub correlation_id: String,
    /// When it was asked for.
    pub at: Timestamp,
}

/// One import of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportJob {
    /// The job's id.
    pub id: JobId,
    /// What the file holds: `people`, `teams`, `courses`, …
    pub kind: String,
    /// The key of the object in the bucket.
    pub object: String,
    /// Where the job stands.
    pub state: ImportState,
    /// How many steps are done, in the order in which rows are applied: one for each row, and one more for each that
    /// has a second half.
    pub next_row: u32,
    /// How many steps there are, known once the file was checked.
    pub total: Option<u32>,
    /// How many steps each part of the checked file holds, the last one excepted; 0 until the file was checked.
    #[serde(default)]
    pub part_steps: u32,
    /// What became of the rows.
    pub counts: ImportCounts,
    /// The first problems, at most [`ImportJob::PROBLEMS`].
    pub problems: Vec<RowProblem>,
    /// How many problems there are, those not kept included.
    pub problem_count: u32,
    /// Who asked.
    pub by: Principal,
    /// The correlation id of everything the import sets off.
    pub correlation_id: String,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How often the job was written.
    pub version: Version,
}

/// The job has ended: nothing more can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the import has ended")]
pub struct JobClosed;

/// Why a step of an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Another run of the same job is at work.
    #[error("another run of this import is at work")]
    Overtaken,
    /// The job's kind is none of this system's.
    #[error("this system has no such kind of file")]
    Kind,
    /// The job has ended.
    #[error(transparent)]
    Closed(#[from] JobClosed),
    /// A part of the file does not read as it was written.
    #[error("a part of the file is unreadable")]
    Part,
    /// The file, or a part of it, could not be read or written.
    #[error(transparent)]
    Files(#[from] GatewayError),
    /// The store could not do as asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportJob {
    /// How many problems a job keeps.
    pub const PROBLEMS: usize = 200;

    /// A job that has not begun.
    pub fn new(new: NewImport) -> Self {
        Self {
            id: new.id,
            kind: new.kind,
            object: new.object,
            state: ImportState::Running,
            next_row: 0,
            total: None,
            part_steps: 0,
            counts: ImportCounts::default(),
            problems: Vec::new(),
            problem_count: 0,
            by: new.by,
            correlation_id: new.correlation_id,
            started_at: new.at,
            ended_at: None,
            version: Version::FIRST,
        }
    }

    /// The cause of what the job does at an instant: whoever asked for it.
    pub fn cause(&self, at: Timestamp) -> Cause {
        Cause { by: self.by.clone(), at, correlation_id: self.correlation_id.clone(), causation_id: None }
    }

    /// A fact about the job as it stands.
    pub fn event(&self, kind: &str, cause: &Cause) -> Event {
        Event::new(kind, self.id, json!({ "kind": self.kind, "state": self.state, "counts": self.counts }), cause)
    }

    /// Whether nothing is left to do.
    pub const fn is_ended(&self) -> bool {
        !matches!(self.state, ImportState::Running)
    }

    /// The job once its file passed its check and lies in parts of so many steps.
    ///
    /// # Errors
    /// [`JobClosed`] when the job has ended.
    pub fn checked(&self, total: u32, part_steps: u32) -> Result<Self, JobClosed> {
        Ok(Self { total: Some(total), part_steps, ..self.written()? })
    }

    /// Where a part of the checked file lies: beside the file, apart for each job that reads it.
    pub fn part(&self, number: u32) -> String {
        format!("{}.parts/{}/{number:05}.csv", self.object, self.id)
    }

    /// The job once its file failed its check.
    ///
    /// # Errors
    /// [`JobClosed`] when the job has ended.
    pub fn rejected(&self, problems: Problems, at: Timestamp) -> Result<Self, JobClosed> {
        let mut next = self.written()?;
        next.problem_count = problems.count();
        next.problems = problems.sorted();
        next.problems.truncate(Self::PROBLEMS);
        next.state = ImportState::Rejected;
        next.ended_at = Some(at);
        Ok(next)
    }

    /// The job after its next rows came to something. The version moves on by one however many rows are counted, since
    /// they are written at once.
    ///
    /// # Errors
    /// [`JobClosed`] when the job has ended.
    pub fn advanced(&self, outcomes: impl IntoIterator<Item = RowOutcome>) -> Result<Self, JobClosed> {
        let mut next = self.written()?;
        for outcome in outcomes {
            next.next_row += 1;
            match outcome {
                RowOutcome::Created => next.counts.created += 1,
                RowOutcome::Changed => next.counts.changed += 1,
                RowOutcome::Unchanged => next.counts.unchanged += 1,
                RowOutcome::Completed => {}
                RowOutcome::Refused(problem) => {
                    next.counts.refused += 1;
                    next.problem_count += 1;
                    if next.problems.len() < Self::PROBLEMS {
                        next.problems.push(problem);
                    }
                }
            }
        }
        Ok(next)
    }

    /// The job after the last rows of a step, and ended when none is left: one write, one version.
    ///
    /// # Errors
    /// [`JobClosed`] when the job has ended.
    pub fn stepped(&self, last: Vec<RowOutcome>, done: bool, at: Timestamp) -> Result<Self, JobClosed> {
        let next = self.advanced(last)?;
        if !done {
            return Ok(next);
        }
        Ok(Self { state: ImportState::Finished, ended_at: Some(at), ..next })
    }

    /// The job once it was given up.
    ///
    /// # Errors
    /// [`JobClosed`] when the job has ended.
    pub fn failed(&self, at: Timestamp) -> Result<Self, JobClosed> {
        Ok(Self { state: ImportState::Failed, ended_at: Some(at), ..self.written()? })
    }

    fn written(&self) -> Result<Self, JobClosed> {
        if self.is_ended() {
            return Err(JobClosed);
        }
        Ok(Self { version: self.version.next(), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> ImportJob {
        ImportJob::new(NewImport {
            id: JobId::new(Timestamp::UNIX_EPOCH),
            kind: "teams".into(),
            object: "imports/x".into(),
            by: Principal::Program,
            correlation_id: "c".into(),
            at: Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn every_row_is_counted_once_and_every_write_is_one_version() {
        let problem = RowProblem { line: 4, column: "team".into(), expected: "a team".into() };
        let rows = [RowOutcome::Created, RowOutcome::Unchanged, RowOutcome::Refused(problem)];
        let after = job().checked(3, 100).and_then(|job| job.stepped(rows.to_vec(), true, Timestamp::MAX));
        let after = after.unwrap();
        assert_eq!((after.next_row, after.total, after.version), (3, Some(3), Version::new(3)));
        assert_eq!(after.counts, ImportCounts { created: 1, changed: 0, unchanged: 1, refused: 1 });
    }

    #[test]
    fn an_ended_job_stays_as_it_is() {
        let failed = job().failed(Timestamp::MAX).unwrap();
        assert_eq!(failed.advanced([RowOutcome::Created]), Err(JobClosed));
        assert_eq!(failed.stepped(Vec::new(), true, Timestamp::MAX), Err(JobClosed));
        assert_eq!(failed.rejected(Problems::new(), Timestamp::MAX), Err(JobClosed));
    }

    #[test]
    fn a_rejected_job_keeps_the_first_problems_and_counts_all() {
        let mut problems = Problems::new();
        for line in (1..=500).rev() {
            problems.add(line, "email", "an address");
        }
        let rejected = job().rejected(problems, Timestamp::MAX).unwrap();
        assert_eq!((rejected.problems.len(), rejected.problem_count, rejected.problems[0].line), (200, 500, 1));
    }
}
