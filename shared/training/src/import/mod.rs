//! Training's CSV files: the catalogue, role paths, history, exemptions and completions. A file is first checked as a
//! whole, with everything that is wrong named by line and column; then a job applies it.
//!
//! Rows are matched by natural keys (e-mail, codes, days), so a file can be imported again: what is known already writes
//! nothing. Problems quote nothing, because cells hold names and addresses.

mod apply;
mod history;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use apply::Importer;
use jiff::{Timestamp, civil::Date, tz::Offset};
use kernel::{
    Cause, Commit, PersonId, Redacted, StoreError,
    import::{Columns, ImportJob, NewImport, Problems, Sheet, Turn},
};
use rows::Rows;

use crate::{
    Write, events,
    model::{CourseCode, spelled},
    usecases::Desk,
};

spelled! {
    /// What a file holds.
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

impl ImportKind {
    /// The columns of such a file.
    pub const fn columns(self) -> Columns {
        rows::columns(self)
    }
}

/// The commit that writes a new job down.
pub fn begin(new: NewImport, cause: &Cause) -> Commit<Write> {
    let job = ImportJob::new(new);
    let event = job.event(events::IMPORT_STARTED, cause);
    Commit::of(vec![Write::Job(Box::new(job))]).event(event)
}

/// The rows of a file that were understood, in the order in which they are applied.
#[derive(Debug)]
pub struct Plan {
    sheet: Sheet,
    rows: Rows,
    mentions: Mentions,
}

/// Whom and what the rows of a file name, rows with a problem included.
#[derive(Debug, Default)]
struct Mentions {
    courses: Vec<(u32, &'static str, CourseCode)>,
    people: Vec<(u32, Redacted<String>)>,
    /// Days on which something is said to have been done.
    done: Vec<(u32, Date)>,
}

impl Plan {
    /// Reads a file by itself: everything that can be said without knowing what is stored.
    pub fn read(kind: ImportKind, bytes: &[u8]) -> (Self, Problems) {
        let (sheet, mut problems) = Sheet::read(bytes, &kind.columns());
        let mut mentions = Mentions::default();
        let rows = rows::read(kind, &sheet, &mut mentions, &mut problems);
        (Self { sheet, rows, mentions }, problems)
    }

    /// How many rows were understood.
    pub const fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The order in which the rows are applied.
    fn turns(&self) -> Vec<Turn> {
        self.rows.lines().into_iter().map(Turn::whole).collect()
    }

    /// What the rows name that neither catalogue nor directory knows, and what is said to have been done on a day that
    /// has begun nowhere on earth when the file is checked.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub async fn check(&self, desk: &Desk<'_>, now: Timestamp) -> Result<Problems, StoreError> {
        let catalogue = desk.reader.catalogue().await?;
        let mut problems = Problems::new();
        let own: BTreeSet<&CourseCode> = match &self.rows {
            Rows::Courses(rows) => rows.iter().map(|line| &line.row.code).collect(),
            Rows::Paths(_) | Rows::History(_) | Rows::Exemptions(_) | Rows::Completions(_) => BTreeSet::new(),
        };
        let unknown = |code: &CourseCode| !own.contains(code) && catalogue.by_code(code).is_none();
        let courses = self.mentions.courses.iter().filter(|(_, _, code)| unknown(code));
        // A cell with several unknown courses is one problem.
        for (line, column) in courses.map(|(line, column, _)| (*line, *column)).collect::<BTreeSet<_>>() {
            problems.add(line, column, KNOWN_COURSE);
        }
        let known =
            resolve(desk, self.mentions.people.iter().map(|(_, email)| email.expose().as_str()).collect()).await?;
        for (line, email) in &self.mentions.people {
            if !known.contains_key(email.expose().as_str()) {
                problems.add(*line, "email", KNOWN_PERSON);
            }
        }
        let latest = latest_day(now);
        for (line, _) in self.mentions.done.iter().filter(|(_, day)| *day > latest) {
            problems.add(*line, "completed", "a day that is not in the future");
        }
        Ok(problems)
    }
}

/// The day it is where the day begins first, fourteen hours ahead of UTC.
fn latest_day(now: Timestamp) -> Date {
    let first = Offset::constant(14);
    first.to_datetime(now).date()
}

const KNOWN_COURSE: &str = "the code of a course in the catalogue";
const KNOWN_PERSON: &str = "the e-mail address of a person in the directory";

/// Who has these addresses; the unknown are left out.
async fn resolve<'e>(desk: &Desk<'_>, mut emails: Vec<&'e str>) -> Result<BTreeMap<&'e str, PersonId>, StoreError> {
    emails.sort_unstable();
    emails.dedup();
    let mut known = BTreeMap::new();
    for some in emails.chunks(100) {
        let people = desk.roster.by_email(some).await?;
        known.extend(some.iter().zip(people).filter_map(|(email, person)| Some((*email, person?))));
    }
    Ok(known)
}
