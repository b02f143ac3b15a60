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
    import::{Columns, ImportJob, NewImport, Problems, SeenKeys, Sheet, Turn},
};

use crate::{DirectoryReader, Email, TeamCode, Write, event::IMPORT_STARTED};
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

/// The rows of a file that were understood.
#[derive(Debug)]
pub struct Plan {
    sheet: Sheet,
    rows: Rows,
    mentions: Mentions,
}

#[derive(Debug)]
enum Rows {
    Teams(Vec<TeamRow>),
    People { rows: Vec<PersonRow>, mentioned: SeenKeys },
    Workloads(Vec<WorkloadRow>),
}

/// Whom and what the rows of a file name, rows with a problem included: line, column and what stands there.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    people: Vec<(u32, &'static str, Email)>,
    teams: Vec<(u32, &'static str, TeamCode)>,
}

impl Mentions {
    fn team(&mut self, line: u32, column: &'static str, code: &TeamCode) {
        self.teams.push((line, column, code.clone()));
    }
}

impl Plan {
    /// Reads a file by itself: everything that can be said without knowing what is stored.
    pub fn read(kind: ImportKind, bytes: &[u8]) -> (Self, Problems) {
        let (sheet, mut problems) = Sheet::read(bytes, &kind.columns());
        let mut mentions = Mentions::default();
        let rows = match kind {
            ImportKind::Teams => Rows::Teams(team_rows::read(&sheet, &mut problems)),
            ImportKind::People => {
                let (rows, mentioned) = people_rows::read(&sheet, &mut mentions, &mut problems);
                Rows::People { rows, mentioned }
            }
            ImportKind::Workloads => Rows::Workloads(workload_rows::read(&sheet, &mut mentions, &mut problems)),
        };
        (Self { sheet, rows, mentions }, problems)
    }

    /// How many rows were understood.
    pub fn rows(&self) -> usize {
        match &self.rows {
            Rows::Teams(rows) => rows.len(),
            Rows::People { rows, .. } => rows.len(),
            Rows::Workloads(rows) => rows.len(),
        }
    }

    /// The order in which the rows are applied.
    fn turns(&self) -> Vec<Turn> {
        match &self.rows {
            Rows::Teams(rows) => rows.iter().map(|row| Turn::whole(row.line)).collect(),
            Rows::People { rows, .. } => order::turns(rows),
            Rows::Workloads(rows) => rows.iter().map(|row| Turn::whole(row.line)).collect(),
        }
    }

    /// What the rows name that is neither in the file nor stored, and managers who would report to themselves.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not be read.
    pub async fn check(&self, reader: &dyn DirectoryReader) -> Result<Problems, StoreError> {
        let mut problems = Problems::new();
        let codes: BTreeSet<&TeamCode> = self.mentions.teams.iter().map(|(_, _, code)| code).collect();
        let unknown = unknown_teams(codes, reader).await?;
        // A cell with several unknown teams is one problem.
        let named = self.mentions.teams.iter().filter(|(_, _, code)| unknown.contains(code));
        for (line, column) in named.map(|(line, column, _)| (*line, *column)).collect::<BTreeSet<_>>() {
            problems.add(line, column, KNOWN_TEAM);
        }
        if let Rows::People { rows, mentioned } = &self.rows {
            let outside =
                self.mentions.people.iter().filter(|(_, _, email)| mentioned.line_of(&email.folded()).is_none());
            let outside: Vec<_> = outside.collect();
            let emails: BTreeSet<&Email> = outside.iter().map(|(_, _, email)| email).collect();
            let known = known_people(emails, reader).await?;
            for (line, column, _) in outside.iter().filter(|(_, _, email)| !known.contains(&email.folded())) {
                problems.add(*line, *column, KNOWN_PERSON);
            }
            people_rows::check(rows, mentioned, reader, &mut problems).await?;
        }
        Ok(problems)
    }
}

pub(crate) const KNOWN_TEAM: &str = "the code of a team of the directory that was not merged or split";
pub(crate) const KNOWN_PERSON: &str = "the address of a person of the directory or of this file";

/// Which of these codes no team has.
async fn unknown_teams(
    codes: BTreeSet<&TeamCode>,
    reader: &dyn DirectoryReader,
) -> Result<BTreeSet<TeamCode>, StoreError> {
    let codes: Vec<TeamCode> = codes.into_iter().cloned().collect();
    let mut unknown = BTreeSet::new();
    for some in codes.chunks(100) {
        let found = reader.teams_by_code(some).await?;
        unknown.extend(some.iter().zip(found).filter(|(_, team)| team.is_none()).map(|(code, _)| code.clone()));
    }
    Ok(unknown)
}

/// Which of these addresses somebody has, folded.
async fn known_people(emails: BTreeSet<&Email>, reader: &dyn DirectoryReader) -> Result<BTreeSet<String>, StoreError> {
    let emails: Vec<Email> = emails.into_iter().cloned().collect();
    let mut known = BTreeSet::new();
    for some in emails.chunks(100) {
        let found = reader.people_by_email(some).await?;
        known.extend(some.iter().zip(found).filter_map(|(email, person)| person.map(|_| email.folded())));
    }
    Ok(known)
}
