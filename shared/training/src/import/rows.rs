//! What the columns of each kind of file mean, and the rows they become. Rows keep their line; courses are put in an
//! order in which prerequisites come first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kernel::Redacted;

use super::cells::{Cells, Column, DATE, EMAIL, date, each_row, email};
use crate::model::{
    CompletionSource, CourseCode, CourseFormat, CourseHours, CourseProvider, CourseUrl, FreeText, ImportKind, JobRole,
    Percent, Requirement, RowProblem, Title,
};

/// A row with its line in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<T> {
    /// The line, the header being 1.
    pub line: u64,
    /// The row.
    pub row: T,
}

/// A course. The code is its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseRow {
    /// How files call it.
    pub code: CourseCode,
    /// What it is called.
    pub title: Title,
    /// What kind of learning it is.
    pub format: CourseFormat,
    /// Who offers it.
    pub provider: CourseProvider,
    /// How long it takes.
    pub hours: CourseHours,
    /// The competency areas it serves.
    pub competencies: Vec<String>,
    /// What must be done before.
    pub prerequisites: Vec<CourseCode>,
    /// For how many months a completion is valid.
    pub validity_months: Option<u16>,
    /// The languages it is given in.
    pub languages: Vec<String>,
    /// Where it is taken.
    pub url: Option<CourseUrl>,
}

/// A step of a role's path. Role and course are its key; the rows of a role are its whole path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRow {
    /// For which role.
    pub job_role: JobRole,
    /// Which course.
    pub course: CourseCode,
    /// How much it is asked for.
    pub requirement: Requirement,
}

/// An assignment as it was, a completion as it was, or both. Person, course, assigned and completed day are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Whose, folded.
    pub email: Redacted<String>,
    /// Which course.
    pub course: CourseCode,
    /// When it was asked, and by when.
    pub assigned: Option<(Date, Date)>,
    /// When it was done.
    pub completed: Option<Date>,
    /// Who says so.
    pub source: CompletionSource,
}

/// An exemption. Person, course and end are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExemptionRow {
    /// Whose, folded.
    pub email: Redacted<String>,
    /// From which course.
    pub course: CourseCode,
    /// Why.
    pub reason: FreeText,
    /// The last day.
    pub until: Date,
}

/// A completion by a learning management system. Person, course and day are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionRow {
    /// Whose, folded.
    pub email: Redacted<String>,
    /// Of which course.
    pub course: CourseCode,
    /// The day it was done.
    pub completed: Date,
    /// The score.
    pub score: Option<Percent>,
}

/// The good rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// The catalogue.
    Courses(Vec<Line<CourseRow>>),
    /// Role paths.
    Paths(Vec<Line<PathRow>>),
    /// What was asked and done.
    History(Vec<Line<HistoryRow>>),
    /// Exemptions.
    Exemptions(Vec<Line<ExemptionRow>>),
    /// Completions.
    Completions(Vec<Line<CompletionRow>>),
}

impl Rows {
    /// How many rows there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::Courses(rows) => rows.len(),
            Self::Paths(rows) => rows.len(),
            Self::History(rows) => rows.len(),
            Self::Exemptions(rows) => rows.len(),
            Self::Completions(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A file that was read: its good rows, and everything that is wrong with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The good rows.
    pub rows: Rows,
    /// What is wrong, in the order of lines.
    pub problems: Vec<RowProblem>,
}

impl Sheet {
    /// How many lines have a problem.
    pub fn bad_lines(&self) -> usize {
        self.problems.iter().map(|problem| problem.line).collect::<BTreeSet<_>>().len()
    }
}

const fn needed(name: &'static str) -> Column {
    Column { name, needed: true }
}

const fn optional(name: &'static str) -> Column {
    Column { name, needed: false }
}

/// Reads a file. It never asks anybody: whether courses and people exist is for [`super::check`].
pub fn read(kind: ImportKind, bytes: &[u8]) -> Sheet {
    let mut problems = Vec::new();
    let rows = match kind {
        ImportKind::Courses => {
            let columns = [
                needed("code"),
                needed("title"),
                needed("format"),
                needed("provider"),
                needed("hours"),
                optional("competencies"),
                optional("prerequisites"),
                optional("validity_months"),
                optional("languages"),
                optional("url"),
            ];
            let rows = rows(bytes, &columns, &mut problems, course, |row| row.code.as_str().to_owned());
            Rows::Courses(in_order(rows, &mut problems))
        }
        ImportKind::Paths => {
            let columns = [needed("job_role"), needed("course_code"), needed("requirement")];
            let key = |row: &PathRow| format!("{} {}", row.job_role, row.course.as_str());
            Rows::Paths(rows(bytes, &columns, &mut problems, path, key))
        }
        ImportKind::History => {
            let columns = [
                needed("email"),
                needed("course_code"),
                needed("assigned"),
                needed("due"),
                optional("completed"),
                optional("source"),
            ];
            let key = |row: &HistoryRow| {
                format!("{} {} {:?} {:?}", row.email.expose(), row.course.as_str(), row.assigned, row.completed)
            };
            Rows::History(rows(bytes, &columns, &mut problems, history, key))
        }
        ImportKind::Exemptions => {
            let columns = [needed("email"), needed("course_code"), needed("reason"), needed("until")];
            let key = |row: &ExemptionRow| format!("{} {} {}", row.email.expose(), row.course.as_str(), row.until);
            Rows::Exemptions(rows(bytes, &columns, &mut problems, exemption, key))
        }
        ImportKind::Completions => {
            let columns = [needed("email"), needed("course_code"), needed("completed"), optional("score")];
            let key = |row: &CompletionRow| format!("{} {} {}", row.email.expose(), row.course.as_str(), row.completed);
            Rows::Completions(rows(bytes, &columns, &mut problems, completion, key))
        }
    };
    problems.sort_by_key(|problem| problem.line);
    Sheet { rows, problems }
}

fn rows<T>(
    bytes: &[u8],
    columns: &[Column],
    problems: &mut Vec<RowProblem>,
    turn: fn(&mut Cells<'_>) -> Option<T>,
    key: impl Fn(&T) -> String,
) -> Vec<Line<T>> {
    let mut rows = Vec::new();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut twice = Vec::new();
    each_row(bytes, columns, problems, |cells| {
        let Some(row) = turn(cells) else { return };
        match seen.entry(key(&row)) {
            std::collections::btree_map::Entry::Occupied(first) => {
                twice.push(RowProblem::row(cells.line, format!("a key that occurs once; line {} has it", first.get())));
            }
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(cells.line);
                rows.push(Line { line: cells.line, row });
            }
        }
    });
    problems.extend(twice);
    rows
}

fn code(raw: &str) -> Option<CourseCode> {
    CourseCode::parse(raw).ok()
}

fn word(raw: &str) -> Option<String> {
    let fits = raw.len() <= 60 && raw.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    fits.then(|| raw.to_owned())
}

// Every cell is read before the first bad one ends the row, so that all of a row's problems are reported.

fn course(cells: &mut Cells<'_>) -> Option<CourseRow> {
    const WORDS: &str = "words of letters, digits, '.', '_' and '-', separated by ;";
    let code_cell = cells.needed("code", CourseCode::EXPECTED, code);
    let title = cells.needed("title", Title::EXPECTED, |raw| Title::parse(raw).ok());
    let format = cells.needed("format", CourseFormat::EXPECTED, CourseFormat::parse);
    let provider = cells.needed("provider", CourseProvider::EXPECTED, CourseProvider::parse);
    let hours = cells.needed("hours", CourseHours::EXPECTED, |raw| {
        raw.parse().ok().and_then(|hours| CourseHours::from_hours(hours).ok())
    });
    let competencies = cells.values("competencies", WORDS, word);
    let prerequisites = cells.values("prerequisites", "course codes, separated by ;", code);
    let validity_months = cells.optional("validity_months", "months from 1 to 120", |raw| {
        raw.parse().ok().filter(|months| (1..=120).contains(months))
    });
    let languages = cells.values("languages", WORDS, word);
    let url = cells.optional("url", CourseUrl::EXPECTED, |raw| CourseUrl::parse(raw).ok());
    Some(CourseRow {
        code: code_cell?,
        title: title?,
        format: format?,
        provider: provider?,
        hours: hours?,
        competencies: competencies?,
        prerequisites: prerequisites?,
        validity_months: validity_months?,
        languages: languages?,
        url: url?,
    })
}

const ROLES: &str = "one of: developer devops architect manager tester product";

fn path(cells: &mut Cells<'_>) -> Option<PathRow> {
    let job_role = cells.needed("job_role", ROLES, |raw| raw.parse().ok());
    let course = cells.needed("course_code", CourseCode::EXPECTED, code);
    let requirement = cells.needed("requirement", Requirement::EXPECTED, Requirement::parse);
    Some(PathRow { job_role: job_role?, course: course?, requirement: requirement? })
}

fn history(cells: &mut Cells<'_>) -> Option<HistoryRow> {
    let who = cells.needed("email", EMAIL, email);
    let course = cells.needed("course_code", CourseCode::EXPECTED, code);
    let completed = cells.optional("completed", DATE, date);
    let source = cells.optional("source", CompletionSource::EXPECTED, CompletionSource::parse);
    let assigned =
        if matches!(completed, Some(Some(_))) && cells.text("assigned").is_none() && cells.text("due").is_none() {
            Some(None)
        } else {
            let assigned = cells.needed("assigned", DATE, date);
            let due = cells.needed("due", DATE, date);
            match (assigned, due) {
                (Some(assigned), Some(due)) if due < assigned => {
                    cells.expect("due", "a date on or after `assigned`");
                    None
                }
                (Some(assigned), Some(due)) => Some(Some((assigned, due))),
                _ => None,
            }
        };
    Some(HistoryRow {
        email: who?,
        course: course?,
        assigned: assigned?,
        completed: completed?,
        source: source?.unwrap_or(CompletionSource::Lms),
    })
}

fn exemption(cells: &mut Cells<'_>) -> Option<ExemptionRow> {
    let who = cells.needed("email", EMAIL, email);
    let course = cells.needed("course_code", CourseCode::EXPECTED, code);
    let reason = cells.needed("reason", FreeText::EXPECTED, |raw| FreeText::parse(raw).ok());
    let until = cells.needed("until", DATE, date);
    Some(ExemptionRow { email: who?, course: course?, reason: reason?, until: until? })
}

fn completion(cells: &mut Cells<'_>) -> Option<CompletionRow> {
    let who = cells.needed("email", EMAIL, email);
    let course = cells.needed("course_code", CourseCode::EXPECTED, code);
    let completed = cells.needed("completed", DATE, date);
    let score = cells.optional("score", "a whole number from 0 to 100", |raw| raw.parse().ok().and_then(Percent::new));
    Some(CompletionRow { email: who?, course: course?, completed: completed?, score: score? })
}

/// Puts prerequisites before what needs them, and reports those that need each other.
fn in_order(rows: Vec<Line<CourseRow>>, problems: &mut Vec<RowProblem>) -> Vec<Line<CourseRow>> {
    let mut placed: BTreeSet<CourseCode> = BTreeSet::new();
    let in_file: BTreeSet<CourseCode> = rows.iter().map(|line| line.row.code.clone()).collect();
    let (mut ordered, mut waiting) = (Vec::with_capacity(rows.len()), rows);
    loop {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|line| {
            line.row.prerequisites.iter().all(|before| placed.contains(before) || !in_file.contains(before))
        });
        let stuck = ready.is_empty();
        placed.extend(ready.iter().map(|line| line.row.code.clone()));
        ordered.extend(ready);
        waiting = rest;
        if stuck {
            break;
        }
    }
    for line in &waiting {
        problems.push(RowProblem::cell(line.line, "prerequisites", "courses that do not lead back to this one"));
    }
    ordered
}
