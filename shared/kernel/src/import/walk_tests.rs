use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::executor::block_on;

use super::*;
use crate::{
    GatewayError, Principal,
    import::{CHUNK_ROWS, ImportState, MAX_ROWS, NewImport},
};

const COLUMNS: Columns = Columns { required: &["code", "name"], optional: &[] };

/// Files that count what is read and written.
#[derive(Default)]
struct Files {
    all: Mutex<BTreeMap<String, Vec<u8>>>,
    bytes_read: AtomicUsize,
    reads: AtomicUsize,
}

#[async_trait]
impl ImportFiles for Files {
    async fn get(&self, object: &str, _: u64) -> Result<Vec<u8>, GatewayError> {
        let file = self.all.lock().unwrap().get(object).cloned().ok_or(GatewayError::NotFound("S3"))?;
        self.bytes_read.fetch_add(file.len(), Ordering::Relaxed);
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(file)
    }

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        self.all.lock().unwrap().insert(object.to_owned(), csv);
        Ok(())
    }
}

/// A system whose rows write their code down, last row first, and which counts the rows it was given.
#[derive(Default)]
struct Book {
    job: Mutex<Option<ImportJob>>,
    applied: Mutex<Vec<String>>,
    parsed: AtomicUsize,
}

enum Write {
    Job(Box<ImportJob>),
    Code(String),
}

#[async_trait]
impl ImportBook for Book {
    type Write = Write;
    const FINISHED: &'static str = "book.import_finished";

    fn columns(&self, kind: &str) -> Option<Columns> {
        (kind == "codes").then_some(COLUMNS)
    }

    fn write(&self, job: ImportJob) -> Write {
        Write::Job(Box::new(job))
    }

    async fn job(&self, _: JobId) -> Result<Option<ImportJob>, StoreError> {
        Ok(self.job.lock().unwrap().clone())
    }

    async fn commit(&self, commit: Commit<Write>, _: &Cause) -> Result<(), StoreError> {
        for write in commit.writes {
            match write {
                Write::Job(job) => *self.job.lock().unwrap() = Some(*job),
                Write::Code(code) => self.applied.lock().unwrap().push(code),
            }
        }
        Ok(())
    }

    async fn check(&self, _: &str, file: &[u8], _: Timestamp) -> Result<Checked, ImportError> {
        let (sheet, problems) = Sheet::read(file, &COLUMNS);
        self.parsed.fetch_add(sheet.len(), Ordering::Relaxed);
        let mut turns: Vec<_> = sheet.rows().map(|row| Turn::whole(row.line)).collect();
        turns.reverse();
        Ok(Checked { sheet, turns, problems })
    }

    async fn apply(&self, _: &str, part: &Part, walk: &mut Walk<'_, Self>) -> Result<(), ImportError> {
        self.parsed.fetch_add(part.len(), Ordering::Relaxed);
        for (row, _) in part.rows().skip(walk.at()) {
            let commit = Commit::of(vec![Write::Code(row.get("code").to_owned())]);
            walk.write(Decided::by(vec![RowOutcome::Created], commit)).await?;
        }
        Ok(())
    }
}

fn run(book: &Book, files: &Files, rows: u32, part_steps: u32) -> (ImportJob, usize) {
    let file: String = (0..rows).map(|row| format!("code-{row},Name of {row}\n")).collect();
    files.all.lock().unwrap().insert("file".into(), format!("code,name\n{file}").into_bytes());
    let mut job = ImportJob::new(NewImport {
        id: JobId::new(Timestamp::UNIX_EPOCH),
        kind: "codes".into(),
        object: "file".into(),
        by: Principal::Program,
        correlation_id: "c".into(),
        at: Timestamp::UNIX_EPOCH,
    });
    let mut steps = 0;
    while !job.is_ended() {
        job = block_on(step(book, files, job, Timestamp::UNIX_EPOCH, part_steps)).unwrap();
        steps += 1;
    }
    (job, steps)
}

#[test]
fn the_longest_file_is_read_twice_and_not_once_a_step() {
    let (book, files) = (Book::default(), Files::default());
    let (job, steps) = run(&book, &files, MAX_ROWS, CHUNK_ROWS);
    assert_eq!((job.state, job.counts.created, steps), (ImportState::Finished, MAX_ROWS, 1_000));
    let rows = usize::try_from(MAX_ROWS).unwrap();
    // Once to check, and once in parts.
    assert_eq!((book.parsed.load(Ordering::Relaxed), files.reads.load(Ordering::Relaxed)), (2 * rows, 1 + steps));
    let file = files.all.lock().unwrap().get("file").map(Vec::len).unwrap();
    assert!(files.bytes_read.load(Ordering::Relaxed) < 3 * file);
}

#[test]
fn rows_are_applied_in_the_order_of_their_turns_across_parts() {
    let (book, files) = (Book::default(), Files::default());
    let (job, steps) = run(&book, &files, 7, 3);
    assert_eq!((job.next_row, job.total, steps), (7, Some(7), 3));
    let expected: Vec<_> = (0..7).rev().map(|row| format!("code-{row}")).collect();
    assert_eq!(*book.applied.lock().unwrap(), expected);
}

#[test]
fn a_file_without_rows_ends_at_once() {
    let (job, steps) = run(&Book::default(), &Files::default(), 0, 100);
    assert_eq!((job.state, steps), (ImportState::Finished, 1));
}

#[test]
fn a_job_whose_last_rows_are_counted_ends() {
    let (book, files) = (Book::default(), Files::default());
    run(&book, &files, 5, 2);
    let stored = book.job.lock().unwrap().clone().unwrap();
    let counted = ImportJob { state: ImportState::Running, ended_at: None, ..stored };
    assert!(block_on(step(&book, &files, counted, Timestamp::UNIX_EPOCH, 2)).unwrap().is_ended());
}

#[test]
fn a_step_in_the_middle_of_a_part_goes_on_from_there() {
    let (book, files) = (Book::default(), Files::default());
    run(&book, &files, 5, 5);
    let stored = book.job.lock().unwrap().clone().unwrap();
    let halfway = ImportJob { state: ImportState::Running, next_row: 3, ended_at: None, ..stored };
    book.applied.lock().unwrap().clear();
    let done = block_on(step(&book, &files, halfway, Timestamp::UNIX_EPOCH, 99)).unwrap();
    assert!(done.is_ended());
    assert_eq!(*book.applied.lock().unwrap(), ["code-1", "code-0"]);
}
