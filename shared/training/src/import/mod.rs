//! Training's CSV files: the catalogue, role paths, history, exemptions and completions. A file is first checked as a
//! whole, with everything that is wrong named by line and column; then a job applies it.
//!
//! Rows are matched by natural keys (e-mail, codes, days), so a file can be imported again: what is known already writes
//! nothing. Problems quote nothing, because cells hold names and addresses.

mod apply;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use apply::Importer;
use kernel::{
    Cause, Commit, PersonId, StoreError,
    import::{Columns, ImportJob, NewImport, Problems, Sheet},
};
use rows::{Line, OfPerson, Rows};

use crate::{
    Write, events,
    model::{Catalogue, CourseCode, spelled},
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
pub struct Plan(Rows);

impl Plan {
    /// Reads a file by itself: everything that can be said without knowing what is stored.
    pub fn read(kind: ImportKind, bytes: &[u8]) -> (Self, Problems) {
        let (sheet, mut problems) = Sheet::read(bytes, &kind.columns());
        let rows = rows::read(kind, &sheet, &mut problems);
        (Self(rows), problems)
    }

    /// How many rows were understood.
    pub const fn rows(&self) -> usize {
        self.0.len()
    }

    /// How many steps applying takes.
    pub fn steps(&self) -> u32 {
        u32::try_from(self.rows()).unwrap_or(u32::MAX)
    }

    /// What the rows name that neither catalogue nor directory knows.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub async fn check(&self, desk: &Desk<'_>) -> Result<Problems, StoreError> {
        let catalogue = desk.reader.catalogue().await?;
        let mut problems = Problems::new();
        match &self.0 {
            Rows::Courses(rows) => {
                let own: BTreeSet<&CourseCode> = rows.iter().map(|line| &line.row.code).collect();
                for line in rows {
                    for before in line.row.prerequisites.iter().filter(|before| !own.contains(before)) {
                        known_course(&catalogue, line.line, "prerequisites", before, &mut problems);
                    }
                }
            }
            Rows::Paths(rows) => {
                for line in rows {
                    known_course(&catalogue, line.line, "course_code", &line.row.course, &mut problems);
                }
            }
            Rows::History(rows) => check_people(desk, &catalogue, rows, &mut problems).await?,
            Rows::Exemptions(rows) => check_people(desk, &catalogue, rows, &mut problems).await?,
            Rows::Completions(rows) => check_people(desk, &catalogue, rows, &mut problems).await?,
        }
        Ok(problems)
    }
}

const KNOWN_COURSE: &str = "the code of a course in the catalogue";
const KNOWN_PERSON: &str = "the e-mail address of a person in the directory";

fn known_course(catalogue: &Catalogue, line: u32, column: &'static str, code: &CourseCode, problems: &mut Problems) {
    if catalogue.by_code(code).is_none() {
        problems.add(line, column, KNOWN_COURSE);
    }
}

async fn check_people<T: OfPerson>(
    desk: &Desk<'_>,
    catalogue: &Catalogue,
    rows: &[Line<T>],
    problems: &mut Problems,
) -> Result<(), StoreError> {
    let known = resolve(desk, rows.iter().map(|line| line.row.email()).collect()).await?;
    for line in rows {
        known_course(catalogue, line.line, "course_code", line.row.course(), problems);
        if !known.contains_key(line.row.email()) {
            problems.add(line.line, "email", KNOWN_PERSON);
        }
    }
    Ok(())
}

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
