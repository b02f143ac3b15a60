//! The directory's CSV files: teams, people, workloads. A file is first checked as a whole, with everything that is wrong
//! named by line and column; then a job applies it row by row.
//!
//! Rows are matched by natural keys (e-mail, codes), so a file can be imported again: what is known already writes
//! nothing. An empty cell says "none" or the default; a column that the file leaves out says nothing.

mod apply;
mod cell;
mod order;
mod people_rows;
mod team_rows;
mod workload_rows;

use std::collections::BTreeSet;

pub use apply::Importer;
use kernel::{
    Cause, Commit, StoreError,
    import::{Columns, ImportJob, NewImport, Problems, SeenKeys, Sheet},
};

use crate::{DirectoryReader, Email, TeamCode, Write, event::IMPORT_STARTED};
use order::Step;
use people_rows::PersonRow;
use team_rows::TeamRow;
use workload_rows::WorkloadRow;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// `teams.csv`
    Teams,
    /// `people.csv`
    People,
    /// `workloads.csv`
    Workloads,
}

impl ImportKind {
    /// Every kind, in the order in which an organisation is brought in.
    pub const ALL: [Self; 3] = [Self::Teams, Self::People, Self::Workloads];

    /// The name in requests and jobs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Teams => "teams",
            Self::People => "people",
            Self::Workloads => "workloads",
        }
    }

    /// The kind of a name.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == raw)
    }

    /// The columns of such a file.
    pub const fn columns(self) -> Columns {
        match self {
            Self::Teams => team_rows::COLUMNS,
            Self::People => people_rows::COLUMNS,
            Self::Workloads => workload_rows::COLUMNS,
        }
    }
}

/// The commit that writes a new job down.
pub fn begin(new: NewImport, cause: &Cause) -> Commit<Write> {
    let job = ImportJob::new(new);
    let event = job.event(IMPORT_STARTED, cause);
    Commit::of(vec![Write::Job(Box::new(job))]).event(event)
}

/// The rows of a file that were understood, in the order in which they are applied.
#[derive(Debug)]
pub struct Plan(Rows);

#[derive(Debug)]
enum Rows {
    Teams(Vec<TeamRow>),
    People { rows: Vec<PersonRow>, mentioned: SeenKeys, steps: Vec<Step> },
    Workloads(Vec<WorkloadRow>),
}

impl Plan {
    /// Reads a file by itself: everything that can be said without knowing what is stored.
    pub fn read(kind: ImportKind, bytes: &[u8]) -> (Self, Problems) {
        let (sheet, mut problems) = Sheet::read(bytes, &kind.columns());
        let rows = match kind {
            ImportKind::Teams => Rows::Teams(team_rows::read(&sheet, &mut problems)),
            ImportKind::People => {
                let (rows, mentioned) = people_rows::read(&sheet, &mut problems);
                let steps = order::steps(&rows);
                Rows::People { rows, mentioned, steps }
            }
            ImportKind::Workloads => Rows::Workloads(workload_rows::read(&sheet, &mut problems)),
        };
        (Self(rows), problems)
    }

    /// How many rows were understood.
    pub fn rows(&self) -> usize {
        match &self.0 {
            Rows::Teams(rows) => rows.len(),
            Rows::People { rows, .. } => rows.len(),
            Rows::Workloads(rows) => rows.len(),
        }
    }

    /// How many steps applying takes.
    pub fn steps(&self) -> u32 {
        let steps = match &self.0 {
            Rows::People { steps, .. } => steps.len(),
            Rows::Teams(_) | Rows::Workloads(_) => self.rows(),
        };
        u32::try_from(steps).unwrap_or(u32::MAX)
    }

    /// What the rows name that is neither in the file nor stored, and managers who would report to themselves.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub async fn check(&self, reader: &dyn DirectoryReader) -> Result<Problems, StoreError> {
        let mut problems = Problems::new();
        match &self.0 {
            Rows::Teams(_) => {}
            Rows::People { rows, mentioned, .. } => {
                people_rows::check(rows, mentioned, reader, &mut problems).await?;
            }
            Rows::Workloads(rows) => {
                let unknown = unknown_teams(rows.iter().map(|row| &row.team), reader).await?;
                for row in rows.iter().filter(|row| unknown.contains(&row.team)) {
                    problems.add(row.line, "team", KNOWN_TEAM);
                }
            }
        }
        Ok(problems)
    }
}

pub(crate) const KNOWN_TEAM: &str = "the code of a team of the directory that was not merged or split";
pub(crate) const KNOWN_PERSON: &str = "the address of a person of the directory or of this file";

async fn unknown_teams<'a>(
    codes: impl Iterator<Item = &'a TeamCode>,
    reader: &dyn DirectoryReader,
) -> Result<BTreeSet<TeamCode>, StoreError> {
    let mut unknown = BTreeSet::new();
    for code in codes.collect::<BTreeSet<_>>() {
        if reader.team_by_code(code).await?.is_none() {
            unknown.insert(code.clone());
        }
    }
    Ok(unknown)
}

async fn unknown_people<'a>(
    emails: impl Iterator<Item = &'a Email>,
    reader: &dyn DirectoryReader,
) -> Result<BTreeSet<Email>, StoreError> {
    let mut unknown = BTreeSet::new();
    for email in emails.collect::<BTreeSet<_>>() {
        if reader.person_by_email(email).await?.is_none() {
            unknown.insert(email.clone());
        }
    }
    Ok(unknown)
}
