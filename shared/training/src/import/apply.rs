//! What a row of each kind of file comes to. The walk through a file is the kernel's; rows take effect through the same
//! rules as everything else, and a row that was applied before changes nothing.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{
    Cause, Commit, JobId, PersonId, Principal, StoreError, Version,
    import::{
        Checked, Columns, ImportBook, ImportError, ImportJob, Part, RowOutcome, RowProblem, TRIES, Walk, Written,
        refuse,
    },
};

use super::{
    ImportKind, KNOWN_COURSE, KNOWN_PERSON, Plan,
    history::history_row,
    resolve,
    rows::{CompletionRow, CourseRow, ExemptionRow, Line, OfPerson, PathRow, Rows},
};
use crate::{
    TrainingError, Write, events,
    events::Happened,
    model::{Catalogue, CompletionSource, Course, CourseCode, LearnerFile, PathStep},
    usecases::{
        Act, Call, Desk, Ground, Made,
        catalogue::{CourseFacts, save_course, save_path},
        change_with,
        records::{Exempt, Report, grant, record},
    },
};

/// How many rows of a person go into one commit: each may write an assignment, a completion and an event of each, and a
/// transaction takes a hundred writes.
const ROWS_OF_A_COMMIT: usize = 12;
const NO_CIRCLE: &str = "courses of the catalogue that do not lead back to this one";

/// Applies files.
pub struct Importer<'a> {
    desk: &'a Desk<'a>,
}

/// What some rows of the catalogue come to, and the catalogue after it where they write something.
type Decided = (kernel::import::Decided<Write>, Option<Catalogue>);

const fn nothing(outcomes: Vec<RowOutcome>) -> Decided {
    (kernel::import::Decided::nothing(outcomes), None)
}

fn by(outcomes: Vec<RowOutcome>, (commit, after): (Commit<Write>, Catalogue)) -> Decided {
    (kernel::import::Decided::by(outcomes, commit), Some(after))
}

#[async_trait]
impl ImportBook for Importer<'_> {
    type Write = Write;
    const FINISHED: &'static str = events::IMPORT_FINISHED;

    fn columns(&self, kind: &str) -> Option<Columns> {
        ImportKind::parse(kind).map(ImportKind::columns)
    }

    /// A role's path is set whole; all of them together are a few hundred rows at most.
    fn is_whole(&self, kind: &str) -> bool {
        kind == ImportKind::Paths.as_str()
    }

    fn write(&self, job: ImportJob) -> Write {
        Write::Job(Box::new(job))
    }

    async fn job(&self, job: JobId) -> Result<Option<ImportJob>, StoreError> {
        self.desk.reader.job(job).await
    }

    async fn commit(&self, commit: Commit<Write>, cause: &Cause) -> Result<(), StoreError> {
        self.desk.writer.commit(commit, cause).await
    }

    async fn check(&self, kind: &str, file: &[u8], asked_at: Timestamp) -> Result<Checked, ImportError> {
        let (plan, mut problems) = Plan::read(ImportKind::parse(kind).ok_or(ImportError::Kind)?, file);
        problems.append(plan.check(self.desk, asked_at).await?);
        let turns = plan.turns();
        Ok(Checked { sheet: plan.sheet, turns, problems })
    }

    async fn apply(&self, kind: &str, part: &Part, walk: &mut Walk<'_, Self>) -> Result<(), ImportError> {
        match Rows::of_part(ImportKind::parse(kind).ok_or(ImportError::Kind)?, part.sheet()).ok_or(ImportError::Part)? {
            Rows::Courses(rows) => self.courses(&rows, walk).await,
            Rows::Paths(rows) => self.paths(&rows, walk).await,
            Rows::History(rows) => self.people(&rows, history_row, walk).await,
            Rows::Exemptions(rows) => self.people(&rows, exemption_row, walk).await,
            Rows::Completions(rows) => self.people(&rows, completion_row, walk).await,
        }
    }
}

impl<'a> Importer<'a> {
    /// An importer that works with a desk.
    pub const fn new(desk: &'a Desk<'a>) -> Self {
        Self { desk }
    }

    async fn courses(&self, rows: &[Line<CourseRow>], walk: &mut Walk<'_, Self>) -> Result<(), ImportError> {
        let mut catalogue = None;
        while let Some(line) = rows.get(walk.at()) {
            let decide = |known: &Catalogue, cause: &Cause| course(known, line, cause);
            self.change_catalogue(&mut catalogue, std::slice::from_ref(&line.line), &decide, walk).await?;
        }
        Ok(())
    }

    /// Paths are set whole: the rows of a role stand together and are counted together.
    async fn paths(&self, rows: &[Line<PathRow>], walk: &mut Walk<'_, Self>) -> Result<(), ImportError> {
        let mut catalogue = None;
        while let Some(first) = rows.get(walk.at()) {
            let rest = rows.get(walk.at()..).unwrap_or_default();
            let count = rest.iter().take_while(|line| line.row.job_role == first.row.job_role).count();
            let of_role = rest.get(..count).unwrap_or_default();
            let decide = |known: &Catalogue, cause: &Cause| path(known, of_role, cause);
            self.change_catalogue(&mut catalogue, &numbers(of_role), &decide, walk).await?;
        }
        Ok(())
    }

    /// Decides on rows of the catalogue and writes what comes of it; again when a race was lost.
    async fn change_catalogue(
        &self,
        known: &mut Option<Catalogue>,
        lines: &[u32],
        decide: &(dyn Fn(&Catalogue, &Cause) -> Result<Decided, TrainingError> + Send + Sync),
        walk: &mut Walk<'_, Self>,
    ) -> Result<(), ImportError> {
        for _ in 0..TRIES {
            let catalogue = match known.take() {
                Some(catalogue) => catalogue,
                None => self.desk.reader.catalogue().await?,
            };
            let (decided, after) = match decide(&catalogue, walk.cause()) {
                Ok(decided) => decided,
                Err(TrainingError::Store(error)) => return Err(error.into()),
                Err(error) => nothing(refuse(lines, "", &error.to_string())),
            };
            if walk.write(decided).await? == Written::Done {
                *known = after.or(Some(catalogue));
                return Ok(());
            }
        }
        walk.give_way(lines);
        Ok(())
    }

    async fn people<T: OfPerson + Sync>(
        &self,
        rows: &[Line<T>],
        turn: fn(&mut LearnerFile, &Ground<'_>, &Line<T>) -> RowDone,
        walk: &mut Walk<'_, Self>,
    ) -> Result<(), ImportError> {
        let ahead = rows.get(walk.at()..).unwrap_or_default();
        let known = resolve(self.desk, ahead.iter().map(|line| line.row.email()).collect()).await?;
        for of_person in ahead.chunk_by(|one, other| one.row.email() == other.row.email()) {
            for some in of_person.chunks(ROWS_OF_A_COMMIT) {
                let person = some.first().and_then(|line| known.get(line.row.email()));
                match person {
                    Some(person) => self.person(*person, some, turn, walk).await?,
                    None => walk.note(refuse(&numbers(some), "email", KNOWN_PERSON)),
                }
            }
        }
        Ok(())
    }

    async fn person<T: Sync>(
        &self,
        person: PersonId,
        lines: &[Line<T>],
        turn: fn(&mut LearnerFile, &Ground<'_>, &Line<T>) -> RowDone,
        walk: &mut Walk<'_, Self>,
    ) -> Result<(), ImportError> {
        // A lost race runs the act again: what is counted is what its last run found.
        let found = Mutex::new(Vec::new());
        let outcomes = || found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let act = |file: &mut LearnerFile, ground: &Ground<'_>| {
            let mut happened = Vec::new();
            let mut all = Vec::with_capacity(lines.len());
            for line in lines {
                let before = file.clone();
                match turn(file, ground, line) {
                    Ok(more) => {
                        happened.extend(more);
                        all.push(outcome(&before, file));
                    }
                    Err(problem) => all.push(RowOutcome::Refused(problem)),
                }
            }
            *found.lock().unwrap_or_else(PoisonError::into_inner) = all;
            Ok(Act { made: Made::Nothing, happened })
        };
        let counted = &*walk;
        let beside = || counted.beside(&outcomes()).into_iter().collect();
        match change_with(self.desk, person, &Call::of(counted.cause()), &act, &beside).await {
            Ok(receipt) if receipt.changed => walk.written(&outcomes())?,
            Ok(_) => walk.note(outcomes()),
            Err(TrainingError::Store(StoreError::Conflict)) => {
                walk.not_overtaken().await?;
                walk.give_way(&numbers(lines));
            }
            Err(TrainingError::Store(error)) => return Err(error.into()),
            // Forgotten between the look-up and now.
            Err(TrainingError::UnknownPerson(_)) => walk.note(refuse(&numbers(lines), "email", KNOWN_PERSON)),
            Err(error) => walk.note(refuse(&numbers(lines), "", &error.to_string())),
        }
        Ok(())
    }
}

fn numbers<T>(lines: &[Line<T>]) -> Vec<u32> {
    lines.iter().map(|line| line.line).collect()
}

/// What a row came to, told by the file before and after it.
fn outcome(before: &LearnerFile, after: &LearnerFile) -> RowOutcome {
    let size = |file: &LearnerFile| file.assignments.len() + file.completions.len() + file.exemptions.len();
    match (before == after, size(after) > size(before)) {
        (true, _) => RowOutcome::Unchanged,
        (false, true) => RowOutcome::Created,
        (false, false) => RowOutcome::Changed,
    }
}

fn course(catalogue: &Catalogue, line: &Line<CourseRow>, cause: &Cause) -> Result<Decided, TrainingError> {
    let row = line.row.clone();
    let known: Option<Vec<_>> =
        row.prerequisites.iter().map(|code| catalogue.by_code(code).map(|course| course.id)).collect();
    let Some(prerequisites) = known else {
        return Ok(nothing(refuse(&[line.line], "prerequisites", KNOWN_COURSE)));
    };
    let facts = CourseFacts {
        title: row.title,
        format: row.format,
        provider: row.provider,
        hours: row.hours,
        competencies: row.competencies,
        prerequisites,
        validity_months: row.validity_months,
        languages: row.languages,
        url: row.url,
    };
    let old = catalogue.by_code(&row.code);
    if old.is_some_and(|old| CourseFacts::of(old) == facts) {
        return Ok(nothing(vec![RowOutcome::Unchanged]));
    }
    let before = old.map_or(Version::ABSENT, |old| old.version);
    let id = old.map_or_else(|| kernel::CourseId::new(cause.at), |old| old.id);
    let course: Course = facts.course(id, row.code, old.and_then(|old| old.retired), before.next());
    let (kind, outcome) = match old {
        Some(_) => (events::COURSE_CHANGED, RowOutcome::Changed),
        None => (events::COURSE_PUBLISHED, RowOutcome::Created),
    };
    match save_course(catalogue, before, course, kind, cause) {
        Ok(written) => Ok(by(vec![outcome], written)),
        Err(TrainingError::Catalogue(_)) => Ok(nothing(refuse(&[line.line], "prerequisites", NO_CIRCLE))),
        Err(error) => Err(error),
    }
}

fn path(catalogue: &Catalogue, lines: &[Line<PathRow>], cause: &Cause) -> Result<Decided, TrainingError> {
    let all = |outcome: RowOutcome| vec![outcome; lines.len()];
    let mut steps = Vec::with_capacity(lines.len());
    for line in lines {
        let Some(course) = catalogue.by_code(&line.row.course) else {
            return Ok(nothing(refuse(&numbers(lines), "course_code", KNOWN_COURSE)));
        };
        steps.push(PathStep { course: course.id, requirement: line.row.requirement });
    }
    let Some(first) = lines.first() else { return Ok(nothing(Vec::new())) };
    let outcome = match catalogue.path(first.row.job_role) {
        Some(old) if old.steps == steps => return Ok(nothing(all(RowOutcome::Unchanged))),
        Some(_) => RowOutcome::Changed,
        None => RowOutcome::Created,
    };
    let (_, written) = save_path(catalogue, first.row.job_role, steps, cause)?;
    Ok(by(all(outcome), written))
}

/// What applying one row to a file did, or what was expected of it.
pub(super) type RowDone = Result<Vec<Happened>, RowProblem>;

pub(super) fn course_of(ground: &Ground<'_>, line: u32, code: &CourseCode) -> Result<kernel::CourseId, RowProblem> {
    ground
        .catalogue
        .by_code(code)
        .map(|course| course.id)
        .ok_or_else(|| RowProblem::new(line, "course_code", KNOWN_COURSE))
}

fn completion_row(file: &mut LearnerFile, ground: &Ground<'_>, line: &Line<CompletionRow>) -> RowDone {
    let course = course_of(ground, line.line, &line.row.course)?;
    let (on, score) = (line.row.completed, line.row.score);
    let report = Report { person: file.person(), course, on, source: CompletionSource::Lms, score };
    record(file, ground, &report)
        .map(|act| act.happened)
        .map_err(|error| RowProblem::new(line.line, "completed", error.to_string()))
}

fn exemption_row(file: &mut LearnerFile, ground: &Ground<'_>, line: &Line<ExemptionRow>) -> RowDone {
    let course = course_of(ground, line.line, &line.row.course)?;
    let person = file.person();
    if ground.cause.by == Principal::Person(person) {
        return Err(RowProblem::new(line.line, "email", "somebody other than whoever imports"));
    }
    if file.exemptions.iter().any(|it| it.course == course && it.until == line.row.until) {
        return Ok(Vec::new());
    }
    let ask = Exempt { person, course, reason: line.row.reason.clone(), until: line.row.until };
    grant(file, ground, &ask)
        .map(|act| act.happened)
        .map_err(|error| RowProblem::new(line.line, "until", error.to_string()))
}
