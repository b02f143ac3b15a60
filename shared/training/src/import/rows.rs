//! What the columns of each kind of file mean, and the rows they become. Rows keep their line; courses are put in an
//! order in which prerequisites come first, and what belongs to one role or person stands together.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{
    Redacted,
    import::{Cells, Columns, DATE, Problems, SeenKeys, Sheet, date},
};

use super::{ImportKind, Mentions};
use crate::model::{
    CompletionSource, Course, CourseCode, CourseFormat, CourseHours, CourseProvider, CourseUrl, FreeText, JobRole,
    Percent, Requirement, RolePath, Title,
};

/// A row with its line in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<T> {
    /// The line, the header being 1.
    pub(super) line: u32,
    /// The row.
    pub(super) row: T,
}

/// A course. The code is its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CourseRow {
    /// How files call it.
    pub(super) code: CourseCode,
    /// What it is called.
    pub(super) title: Title,
    /// What kind of learning it is.
    pub(super) format: CourseFormat,
    /// Who offers it.
    pub(super) provider: CourseProvider,
    /// How long it takes.
    pub(super) hours: CourseHours,
    /// The competency areas it serves.
    pub(super) competencies: Vec<String>,
    /// What must be done before.
    pub(super) prerequisites: Vec<CourseCode>,
    /// For how many months a completion is valid.
    pub(super) validity_months: Option<u16>,
    /// The languages it is given in.
    pub(super) languages: Vec<String>,
    /// Where it is taken.
    pub(super) url: Option<CourseUrl>,
}

/// A step of a role's path. Role and course are its key; the rows of a role are its whole path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathRow {
    /// For which role.
    pub(super) job_role: JobRole,
    /// Which course.
    pub(super) course: CourseCode,
    /// How much it is asked for.
    pub(super) requirement: Requirement,
}

/// An assignment as it was, a completion as it was, or both. Person, course, assigned and completed day are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HistoryRow {
    /// Whose, folded.
    pub(super) email: Redacted<String>,
    /// Which course.
    pub(super) course: CourseCode,
    /// When it was asked, and by when.
    pub(super) assigned: Option<(Date, Date)>,
    /// When it was done.
    pub(super) completed: Option<Date>,
    /// Who says so.
    pub(super) source: CompletionSource,
}

/// An exemption. Person, course and end are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExemptionRow {
    /// Whose, folded.
    pub(super) email: Redacted<String>,
    /// From which course.
    pub(super) course: CourseCode,
    /// Why.
    pub(super) reason: FreeText,
    /// The last day.
    pub(super) until: Date,
}

/// A completion by a learning management system. Person, course and day are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompletionRow {
    /// Whose, folded.
    pub(super) email: Redacted<String>,
    /// Of which course.
    pub(super) course: CourseCode,
    /// The day it was done.
    pub(super) completed: Date,
    /// The score.
    pub(super) score: Option<Percent>,
}

/// The good rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rows {
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

/// A row about one person.
pub(super) trait OfPerson {
    /// Whom it is about: their address, folded.
    fn email(&self) -> &str;
}

macro_rules! of_person {
    ($($row:ident),+) => {$(
        impl OfPerson for $row {
            fn email(&self) -> &str {
                self.email.expose()
            }
        }
    )+};
}

of_person!(HistoryRow, ExemptionRow, CompletionRow);

impl Rows {
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Courses(rows) => rows.len(),
            Self::Paths(rows) => rows.len(),
            Self::History(rows) => rows.len(),
            Self::Exemptions(rows) => rows.len(),
            Self::Completions(rows) => rows.len(),
        }
    }

    /// The lines of the rows, in their order.
    pub(super) fn lines(&self) -> Vec<u32> {
        fn of<T>(rows: &[Line<T>]) -> Vec<u32> {
            rows.iter().map(|line| line.line).collect()
        }
        match self {
            Self::Courses(rows) => of(rows),
            Self::Paths(rows) => of(rows),
            Self::History(rows) => of(rows),
            Self::Exemptions(rows) => of(rows),
            Self::Completions(rows) => of(rows),
        }
    }

    /// The rows of a part of a checked file, all of them and in the part's order; none where one does not read as it did.
    pub(super) fn of_part(kind: ImportKind, sheet: &Sheet) -> Option<Self> {
        fn all<T>(sheet: &Sheet, turn: TurnInto<T>) -> Option<Vec<Line<T>>> {
            let (mut mentions, mut problems) = (Mentions::default(), Problems::new());
            let read = sheet.rows().map(|row| {
                let line = row.line;
                turn(&mut Cells::new(row, &mut problems), line, &mut mentions).map(|row| Line { line, row })
            });
            read.collect()
        }
        Some(match kind {
            ImportKind::Courses => Self::Courses(all(sheet, course)?),
            ImportKind::Paths => Self::Paths(all(sheet, path)?),
            ImportKind::History => Self::History(all(sheet, history)?),
            ImportKind::Exemptions => Self::Exemptions(all(sheet, exemption)?),
            ImportKind::Completions => Self::Completions(all(sheet, completion)?),
        })
    }
}

/// Reads a row, and notes whom and what it names even where it has a problem.
type TurnInto<T> = fn(&mut Cells<'_, '_>, u32, &mut Mentions) -> Option<T>;

const COURSES: Columns = Columns {
    required: &["code", "title", "format", "provider", "hours"],
    optional: &["competencies", "prerequisites", "validity_months", "languages", "url"],
};
const PATHS: Columns = Columns { required: &["job_role", "course_code", "requirement"], optional: &[] };
const HISTORY: Columns =
    Columns { required: &["email", "course_code", "assigned", "due"], optional: &["completed", "source"] };
const EXEMPTIONS: Columns = Columns { required: &["email", "course_code", "reason", "until"], optional: &[] };
const COMPLETIONS: Columns = Columns { required: &["email", "course_code", "completed"], optional: &["score"] };

pub(super) const fn columns(kind: ImportKind) -> Columns {
    match kind {
        ImportKind::Courses => COURSES,
        ImportKind::Paths => PATHS,
        ImportKind::History => HISTORY,
        ImportKind::Exemptions => EXEMPTIONS,
        ImportKind::Completions => COMPLETIONS,
    }
}

/// The good rows of a sheet in the order in which they are applied: prerequisites before what needs them, a role's steps
/// together, a person's rows together.
pub(super) fn read(kind: ImportKind, sheet: &Sheet, mentions: &mut Mentions, problems: &mut Problems) -> Rows {
    match kind {
        ImportKind::Courses => {
            let rows = rows(sheet, mentions, problems, "code", course, |row| row.code.as_str().to_owned());
            Rows::Courses(in_order(rows, problems))
        }
        ImportKind::Paths => {
            let key = |row: &PathRow| format!("{} {}", row.job_role, row.course.as_str());
            let mut rows = rows(sheet, mentions, problems, "", path, key);
            rows.sort_by_key(|line| line.row.job_role);
            for of_role in rows.chunk_by(|one, other| one.row.job_role == other.row.job_role) {
                if let Some(line) = of_role.get(RolePath::MOST_STEPS) {
                    problems.add(line.line, "", "at most 40 courses for a role");
                }
            }
            Rows::Paths(rows)
        }
        ImportKind::History => {
            let key = |row: &HistoryRow| {
                format!("{} {} {:?} {:?}", row.email.expose(), row.course.as_str(), row.assigned, row.completed)
            };
            Rows::History(by_person(rows(sheet, mentions, problems, "", history, key)))
        }
        ImportKind::Exemptions => {
            let key = |row: &ExemptionRow| format!("{} {} {}", row.email.expose(), row.course.as_str(), row.until);
            Rows::Exemptions(by_person(rows(sheet, mentions, problems, "", exemption, key)))
        }
        ImportKind::Completions => {
            let key = |row: &CompletionRow| format!("{} {} {}", row.email.expose(), row.course.as_str(), row.completed);
            Rows::Completions(by_person(rows(sheet, mentions, problems, "", completion, key)))
        }
    }
}

fn rows<T>(
    sheet: &Sheet,
    mentions: &mut Mentions,
    problems: &mut Problems,
    key_column: &'static str,
    turn: TurnInto<T>,
    key: impl Fn(&T) -> String,
) -> Vec<Line<T>> {
    let mut seen = SeenKeys::default();
    let mut rows = Vec::new();
    for cells in sheet.rows() {
        let line = cells.line;
        let Some(row) = turn(&mut Cells::new(cells, problems), line, mentions) else { continue };
        if seen.note(key(&row), line, key_column, problems) {
            rows.push(Line { line, row });
        }
    }
    rows
}

fn by_person<T: OfPerson>(mut rows: Vec<Line<T>>) -> Vec<Line<T>> {
    rows.sort_by(|one, other| one.row.email().cmp(other.row.email()));
    rows
}

fn code(raw: &str) -> Option<CourseCode> {
    CourseCode::parse(raw).ok()
}

/// At most as many values as a course names.
fn few<T>(parse: impl Fn(&str) -> Option<T>) -> impl FnMut(&str) -> Option<T> {
    let mut seen = 0;
    move |raw| {
        seen += 1;
        if seen <= Course::MOST_TAGS { parse(raw) } else { None }
    }
}

fn tag(raw: &str) -> Option<String> {
    Course::is_tag(raw).then(|| raw.to_owned())
}

/// What an e-mail address looks like.
const EMAIL: &str = "an e-mail address";

/// Reads an e-mail address, as far as a key needs it.
fn email(raw: &str) -> Option<Redacted<String>> {
    let (local, domain) = raw.split_once('@')?;
    let fits = raw.len() <= 254
        && !local.is_empty()
        && domain.len() >= 3
        && !domain.contains('@')
        && !raw.contains(char::is_whitespace)
        && kernel::text::is_printable(raw);
    fits.then(|| Redacted::new(kernel::text::fold(raw)))
}

// Every cell is read before the first bad one ends the row, so that all of a row's problems are reported.

fn course(cells: &mut Cells<'_, '_>, line: u32, mentions: &mut Mentions) -> Option<CourseRow> {
    const TAGS: &str = "at most 20 codes of up to 40 letters, digits, '.', '_' and '-', separated by ;";
    let code_cell = cells.required("code", CourseCode::EXPECTED, code);
    let title = cells.required("title", Title::EXPECTED, |raw| Title::parse(raw).ok());
    let format = cells.required("format", CourseFormat::EXPECTED, CourseFormat::parse);
    let provider = cells.required("provider", CourseProvider::EXPECTED, CourseProvider::parse);
    let hours = cells.required("hours", CourseHours::EXPECTED, |raw| {
        raw.parse().ok().and_then(|hours| CourseHours::from_hours(hours).ok())
    });
    let competencies = cells.list("competencies", TAGS, few(tag));
    let prerequisites = cells.list("prerequisites", "at most 20 course codes, separated by ;", few(code));
    let before = prerequisites.iter().flatten().flatten();
    mentions.courses.extend(before.map(|code| (line, "prerequisites", code.clone())));
    let validity_months = cells.optional("validity_months", "months from 1 to 120", |raw| {
        raw.parse().ok().filter(|months| (1..=120).contains(months))
    });
    let languages = cells.list("languages", TAGS, few(tag));
    let url = cells.optional("url", CourseUrl::EXPECTED, |raw| CourseUrl::parse(raw).ok());
    Some(CourseRow {
        code: code_cell?,
        title: title?,
        format: format?,
        provider: provider?,
        hours: hours?,
        competencies: competencies?.unwrap_or_default(),
        prerequisites: prerequisites?.unwrap_or_default(),
        validity_months: validity_months?.flatten(),
        languages: languages?.unwrap_or_default(),
        url: url?.flatten(),
    })
}

const ROLES: &str = "one of: developer devops architect manager tester product";

fn path(cells: &mut Cells<'_, '_>, line: u32, mentions: &mut Mentions) -> Option<PathRow> {
    let job_role = cells.required("job_role", ROLES, |raw| raw.parse().ok());
    let course = cells.required("course_code", CourseCode::EXPECTED, code);
    let requirement = cells.required("requirement", Requirement::EXPECTED, Requirement::parse);
    mentions.courses.extend(course.clone().map(|code| (line, "course_code", code)));
    Some(PathRow { job_role: job_role?, course: course?, requirement: requirement? })
}

fn history(cells: &mut Cells<'_, '_>, line: u32, mentions: &mut Mentions) -> Option<HistoryRow> {
    let who = cells.required("email", EMAIL, email);
    let course = cells.required("course_code", CourseCode::EXPECTED, code);
    let completed = cells.optional("completed", DATE, date).map(Option::flatten);
    mentions.done.extend(completed.flatten().map(|day| (line, day)));
    mentions.courses.extend(course.clone().map(|code| (line, "course_code", code)));
    mentions.people.extend(who.clone().map(|email| (line, email)));
    let source = cells.optional("source", CompletionSource::EXPECTED, CompletionSource::parse);
    let assigned = if matches!(completed, Some(Some(_))) && cells.is_empty("assigned") && cells.is_empty("due") {
        Some(None)
    } else {
        let assigned = cells.required("assigned", DATE, date);
        let due = cells.required("due", DATE, date);
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
        source: source?.flatten().unwrap_or(CompletionSource::Lms),
    })
}

fn exemption(cells: &mut Cells<'_, '_>, line: u32, mentions: &mut Mentions) -> Option<ExemptionRow> {
    let who = cells.required("email", EMAIL, email);
    let course = cells.required("course_code", CourseCode::EXPECTED, code);
    let reason = cells.required("reason", FreeText::EXPECTED, |raw| FreeText::parse(raw).ok());
    let until = cells.required("until", DATE, date);
    mentions.courses.extend(course.clone().map(|code| (line, "course_code", code)));
    mentions.people.extend(who.clone().map(|email| (line, email)));
    Some(ExemptionRow { email: who?, course: course?, reason: reason?, until: until? })
}

fn completion(cells: &mut Cells<'_, '_>, line: u32, mentions: &mut Mentions) -> Option<CompletionRow> {
    let who = cells.required("email", EMAIL, email);
    let course = cells.required("course_code", CourseCode::EXPECTED, code);
    let completed = cells.required("completed", DATE, date);
    mentions.done.extend(completed.map(|day| (line, day)));
    mentions.courses.extend(course.clone().map(|code| (line, "course_code", code)));
    mentions.people.extend(who.clone().map(|email| (line, email)));
    let score = cells.optional("score", "a whole number from 0 to 100", |raw| raw.parse().ok().and_then(Percent::new));
    Some(CompletionRow { email: who?, course: course?, completed: completed?, score: score?.flatten() })
}

/// Puts prerequisites before what needs them, and reports those that need each other.
fn in_order(rows: Vec<Line<CourseRow>>, problems: &mut Problems) -> Vec<Line<CourseRow>> {
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
        problems.add(line.line, "prerequisites", "courses that do not lead back to this one");
    }
    ordered
}
