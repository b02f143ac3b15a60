//! Walking a job through its file: rows and the progress that counts them are one transaction. A step that is cut off
//! anywhere and run again goes on where the last transaction ended; one that is run twice at once loses the race and stops.
//!
//! The first step checks the file as a whole and lays it down in parts, in the order in which rows are applied; every step
//! then reads the one part it applies. What a row means is the system's: see [`ImportBook`].

use async_trait::async_trait;
use futures::future::try_join_all;
use jiff::Timestamp;

use super::{Columns, ImportError, ImportJob, MAX_BYTES, Part, Problems, RowOutcome, RowProblem, Sheet, Turn};
use crate::{Cause, Commit, ImportFiles, JobId, StoreError};

/// How often rows that lost a race are decided again.
pub const TRIES: usize = 4;
/// How many parts are written at once.
const AT_ONCE: usize = 16;
/// What a row that lost every race should have met.
pub const CHANGED_MEANWHILE: &str = "a record that nobody changes meanwhile; import the file again";

/// A file as its check left it.
#[derive(Debug)]
pub struct Checked {
    /// The rows.
    pub sheet: Sheet,
    /// The order in which they are applied.
    pub turns: Vec<Turn>,
    /// Everything that is wrong with the file, by itself and against what is stored.
    pub problems: Problems,
}

/// What of an import is a system's own.
#[async_trait]
pub trait ImportBook: Send + Sync + Sized {
    /// What the system's commits write.
    type Write: Send;
    /// The kind of the event that says a job has ended.
    const FINISHED: &'static str;

    /// The columns of a kind of file; absent for a kind that the system does not take.
    fn columns(&self, kind: &str) -> Option<Columns>;
    /// Whether a kind of file is applied in one part however long it is, because its rows belong together.
    fn is_whole(&self, _kind: &str) -> bool {
        false
    }
    /// The write of a job, which was written once less before.
    fn write(&self, job: ImportJob) -> Self::Write;
    /// A job as it is stored.
    async fn job(&self, job: JobId) -> Result<Option<ImportJob>, StoreError>;
    /// Makes a change: all of it or nothing.
    async fn commit(&self, commit: Commit<Self::Write>, cause: &Cause) -> Result<(), StoreError>;
    /// Checks a whole file for an import that was asked for at an instant.
    async fn check(&self, kind: &str, file: &[u8], asked_at: Timestamp) -> Result<Checked, ImportError>;
    /// Applies what is left of a part, from [`Walk::at`] on; every turn ends as an outcome that was written or noted.
    async fn apply(&self, kind: &str, part: &Part, walk: &mut Walk<'_, Self>) -> Result<(), ImportError>;
}

/// What some rows come to: a commit, or nothing to write.
#[derive(Debug)]
pub struct Decided<W> {
    /// What became of each row.
    pub outcomes: Vec<RowOutcome>,
    /// What is to be written.
    pub commit: Option<Commit<W>>,
}

impl<W> Decided<W> {
    /// Rows that a commit brings about.
    pub const fn by(outcomes: Vec<RowOutcome>, commit: Commit<W>) -> Self {
        Self { outcomes, commit: Some(commit) }
    }

    /// Rows that write nothing.
    pub const fn nothing(outcomes: Vec<RowOutcome>) -> Self {
        Self { outcomes, commit: None }
    }
}

/// What became of an attempt to write rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They are counted.
    Done,
    /// Somebody else was faster: decide again.
    Raced,
    /// Somebody else has what the name says.
    Taken(&'static str),
    /// They are more than one transaction takes, and will be.
    TooLarge,
}

/// How far a step has come: the job as it is stored, and what came of rows that wrote nothing since.
pub struct Walk<'a, B: ImportBook> {
    book: &'a B,
    job: ImportJob,
    /// The step with which the part begins.
    first: u32,
    unwritten: Vec<RowOutcome>,
    cause: Cause,
}

impl<B: ImportBook> Walk<'_, B> {
    /// The index of the next turn in its part.
    pub fn at(&self) -> usize {
        let written = self.job.next_row.saturating_sub(self.first);
        usize::try_from(written).unwrap_or(usize::MAX).saturating_add(self.unwritten.len())
    }

    /// The cause of what is written.
    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// When the import was asked for: the same for every step, whenever it runs.
    pub const fn asked_at(&self) -> Timestamp {
        self.job.started_at
    }

    /// The write that counts these rows too, for a commit that somebody else makes; see [`Walk::written`].
    ///
    /// # Errors
    /// [`ImportError`] when the job has ended.
    pub fn beside(&self, outcomes: &[RowOutcome]) -> Result<B::Write, ImportError> {
        Ok(self.book.write(self.after(outcomes)?))
    }

    /// Takes note that a commit with [`Walk::beside`] these rows was made.
    ///
    /// # Errors
    /// [`ImportError`] when the job has ended.
    pub fn written(&mut self, outcomes: &[RowOutcome]) -> Result<(), ImportError> {
        self.job = self.after(outcomes)?;
        self.unwritten.clear();
        Ok(())
    }

    /// Counts rows that wrote nothing with the next write of the job.
    pub fn note(&mut self, outcomes: impl IntoIterator<Item = RowOutcome>) {
        self.unwritten.extend(outcomes);
    }

    /// Counts rows as refused because what they change was changed by others again and again.
    pub fn give_way(&mut self, lines: &[u32]) {
        self.note(refuse(lines, "", CHANGED_MEANWHILE));
    }

    /// Writes rows as they were decided, and counts them in the same transaction.
    ///
    /// # Errors
    /// [`ImportError::Overtaken`] when a race was lost to another run of the job; store errors.
    pub async fn write(&mut self, decided: Decided<B::Write>) -> Result<Written, ImportError> {
        let Decided { outcomes, commit } = decided;
        let Some(mut commit) = commit else {
            self.note(outcomes);
            return Ok(Written::Done);
        };
        commit.writes.push(self.beside(&outcomes)?);
        let lost = match self.book.commit(commit, &self.cause).await {
            Ok(()) => {
                self.written(&outcomes)?;
                return Ok(Written::Done);
            }
            Err(StoreError::Conflict) => Written::Raced,
            Err(StoreError::Taken(what)) => Written::Taken(what),
            Err(StoreError::TooLarge(_)) => return Ok(Written::TooLarge),
            Err(error) => return Err(error.into()),
        };
        self.not_overtaken().await?;
        Ok(lost)
    }

    /// After a lost race: that it was not lost to another run of the job.
    ///
    /// # Errors
    /// [`ImportError::Overtaken`] when it was; store errors.
    pub async fn not_overtaken(&self) -> Result<(), ImportError> {
        let stored = self.book.job(self.job.id).await?;
        if stored.is_some_and(|stored| stored.version == self.job.version) {
            Ok(())
        } else {
            Err(ImportError::Overtaken)
        }
    }

    fn after(&self, outcomes: &[RowOutcome]) -> Result<ImportJob, ImportError> {
        Ok(self.job.advanced(self.unwritten.iter().chain(outcomes).cloned())?)
    }
}

/// Rows refused for one reason.
pub fn refuse(lines: &[u32], column: &'static str, expected: &str) -> Vec<RowOutcome> {
    lines.iter().map(|line| RowOutcome::Refused(RowProblem::new(*line, column, expected.to_owned()))).collect()
}

/// Applies the rest of the part in which a job's next row lies, and answers the job as it then stands. The file is checked
/// when the job begins, and then laid down in parts of so many steps; a file with any problem is rejected whole.
///
/// # Errors
/// [`ImportError`]; what was applied before is counted, and the next step goes on from there.
pub async fn step<B: ImportBook>(
    book: &B,
    files: &dyn ImportFiles,
    job: ImportJob,
    now: Timestamp,
    part_steps: u32,
) -> Result<ImportJob, ImportError> {
    if job.is_ended() {
        return Ok(job);
    }
    let columns = book.columns(&job.kind).ok_or(ImportError::Kind)?;
    let cause = job.cause(now);
    let job = if job.total.is_none() { begin(book, files, job, &cause, part_steps).await? } else { job };
    let Some(total) = job.total.filter(|_| !job.is_ended()) else { return Ok(job) };
    let number = job.next_row.checked_div(job.part_steps).unwrap_or_default();
    let first = number.saturating_mul(job.part_steps);
    let mut walk = Walk { book, job, first, unwritten: Vec::new(), cause };
    if walk.job.next_row < total {
        let bytes = files.get(&walk.job.part(number), MAX_BYTES.saturating_mul(2)).await?;
        let part = Part::read(&bytes, &columns).ok_or(ImportError::Part)?;
        let kind = walk.job.kind.clone();
        book.apply(&kind, &part, &mut walk).await?;
    }
    let Walk { job, unwritten, cause, .. } = walk;
    let done = job.next_row.saturating_add(steps_of(unwritten.len())) >= total;
    if unwritten.is_empty() && !done {
        return Ok(job);
    }
    save(book, job.stepped(unwritten, done, now)?, &cause).await
}

/// Gives a job up, as when its state machine has.
///
/// # Errors
/// [`ImportError`] when that could not be written.
pub async fn give_up<B: ImportBook>(book: &B, job: ImportJob, now: Timestamp) -> Result<ImportJob, ImportError> {
    if job.is_ended() {
        return Ok(job);
    }
    save(book, job.failed(now)?, &job.cause(now)).await
}

/// Checks the file as a whole and lays it down in parts. Cut off anywhere it is done again, to the same parts.
async fn begin<B: ImportBook>(
    book: &B,
    files: &dyn ImportFiles,
    job: ImportJob,
    cause: &Cause,
    part_steps: u32,
) -> Result<ImportJob, ImportError> {
    let file = files.get(&job.object, MAX_BYTES).await?;
    let Checked { sheet, turns, problems } = book.check(&job.kind, &file, job.started_at).await?;
    drop(file);
    if !problems.is_empty() {
        return save(book, job.rejected(problems, cause.at)?, cause).await;
    }
    let total = steps_of(turns.len());
    let part_steps = if book.is_whole(&job.kind) { total } else { part_steps }.max(1);
    let size = usize::try_from(part_steps).unwrap_or(usize::MAX);
    let mut number = 0;
    for some in turns.chunks(size.saturating_mul(AT_ONCE)) {
        let mut writes = Vec::with_capacity(AT_ONCE);
        for turns in some.chunks(size) {
            let bytes = Part::written(&sheet, turns).ok_or(ImportError::Part)?;
            let object = job.part(number);
            writes.push(async move { files.put(&object, bytes).await });
            number += 1;
        }
        try_join_all(writes).await?;
    }
    save(book, job.checked(total, part_steps)?, cause).await
}

async fn save<B: ImportBook>(book: &B, job: ImportJob, cause: &Cause) -> Result<ImportJob, ImportError> {
    let mut commit = Commit::of(vec![book.write(job.clone())]);
    if job.is_ended() {
        commit.events.push(job.event(B::FINISHED, cause));
    }
    match book.commit(commit, cause).await {
        Ok(()) => Ok(job),
        Err(StoreError::Conflict) => Err(ImportError::Overtaken),
        Err(error) => Err(error.into()),
    }
}

fn steps_of(turns: usize) -> u32 {
    u32::try_from(turns).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
