//! Applies good rows through the same rules as everything else. Rows of one person in a chunk are one commit; a row
//! that was applied before changes nothing.

use std::{collections::BTreeMap, sync::Mutex};

use kernel::{Cause, Commit, PersonId, Principal, StoreError, Version};

use super::rows::{CompletionRow, CourseRow, ExemptionRow, HistoryRow, Line, PathRow, Rows, Sheet};
use crate::{
    TrainingError, events,
    events::Happened,
    model::{
        Assignment, AssignmentReason, AssignmentSource, AssignmentState, Catalogue, CompletionSource, Course,
        CourseCode, JobRole, LearnerFile, PathStep, RowProblem,
    },
    rules::decide::data,
    usecases::{
        Act, Call, Desk, Ground, Made, TRIES,
        catalogue::{CourseFacts, save_course, set_path},
        change,
        records::{Exempt, Report, grant, record},
    },
};

/// What applying a chunk came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The row after the chunk.
    pub next_row: usize,
    /// Rows that changed something. Rows of one person count together.
    pub changed: u64,
    /// Rows that could not be applied.
    pub problems: Vec<RowProblem>,
}

const KNOWN_COURSE: &str = "the code of a course in the catalogue";
const KNOWN_PERSON: &str = "the e-mail address of a person in the directory";

/// What only catalogue and directory can tell of a file: courses and people that do not exist.
///
/// # Errors
/// Store errors.
pub async fn check(desk: &Desk<'_>, sheet: &Sheet) -> Result<Vec<RowProblem>, TrainingError> {
    let catalogue = desk.reader.catalogue().await?;
    let mut problems = Vec::new();
    let mut course = |line: u64, column: &str, code: &CourseCode| {
        if catalogue.by_code(code).is_none() {
            problems.push(RowProblem::cell(line, column, KNOWN_COURSE));
        }
    };
    let mut people: Vec<(u64, &str)> = Vec::new();
    match &sheet.rows {
        Rows::Courses(rows) => {
            let own: Vec<&CourseCode> = rows.iter().map(|line| &line.row.code).collect();
            for line in rows {
                for before in line.row.prerequisites.iter().filter(|before| !own.contains(before)) {
                    course(line.line, "prerequisites", before);
                }
            }
        }
        Rows::Paths(rows) => rows.iter().for_each(|line| course(line.line, "course_code", &line.row.course)),
        Rows::History(rows) => {
            for line in rows {
                course(line.line, "course_code", &line.row.course);
                people.push((line.line, line.row.email.expose()));
            }
        }
        Rows::Exemptions(rows) => {
            for line in rows {
                course(line.line, "course_code", &line.row.course);
                people.push((line.line, line.row.email.expose()));
            }
        }
        Rows::Completions(rows) => {
            for line in rows {
                course(line.line, "course_code", &line.row.course);
                people.push((line.line, line.row.email.expose()));
            }
        }
    }
    let known = resolve(desk, people.iter().map(|(_, email)| *email)).await?;
    for (line, email) in people {
        if !known.contains_key(email) {
            problems.push(RowProblem::cell(line, "email", KNOWN_PERSON));
        }
    }
    problems.sort_by_key(|problem| problem.line);
    Ok(problems)
}

async fn resolve<'e>(
    desk: &Desk<'_>,
    emails: impl Iterator<Item = &'e str>,
) -> Result<BTreeMap<&'e str, PersonId>, TrainingError> {
    let mut emails: Vec<&str> = emails.collect();
    emails.sort_unstable();
    emails.dedup();
    let mut known = BTreeMap::new();
    for some in emails.chunks(100) {
        let people = desk.roster.by_email(some).await?;
        known.extend(some.iter().zip(people).filter_map(|(email, person)| Some((*email, person?))));
    }
    Ok(known)
}

/// Applies up to a number of rows from a position on. Paths are applied whole: their rows belong together.
///
/// # Errors
/// Store errors; rows that were applied before it stay applied, and applying the chunk again is safe.
pub async fn apply(
    desk: &Desk<'_>,
    rows: &Rows,
    from: usize,
    limit: usize,
    cause: &Cause,
) -> Result<Applied, TrainingError> {
    let until = from.saturating_add(limit).min(rows.len());
    let from = from.min(until);
    let mut applied = match rows {
        Rows::Courses(rows) => courses(desk, &rows[from..until], cause).await?,
        Rows::Paths(rows) => return paths(desk, rows, cause).await,
        Rows::History(rows) => {
            by_person(desk, &rows[from..until], |row| row.email.expose(), history_row, cause).await?
        }
        Rows::Exemptions(rows) => {
            by_person(desk, &rows[from..until], |row| row.email.expose(), exemption_row, cause).await?
        }
        Rows::Completions(rows) => {
            by_person(desk, &rows[from..until], |row| row.email.expose(), completion_row, cause).await?
        }
    };
    applied.next_row = until;
    Ok(applied)
}

async fn courses(desk: &Desk<'_>, rows: &[Line<CourseRow>], cause: &Cause) -> Result<Applied, TrainingError> {
    let mut applied = Applied::default();
    let mut catalogue = desk.reader.catalogue().await?;
    for line in rows {
        let mut tries = TRIES;
        loop {
            let Some((commit, next)) = course_commit(&catalogue, line, cause, &mut applied.problems)? else { break };
            match desk.writer.commit(commit, cause).await {
                Ok(()) => {
                    catalogue = next;
                    applied.changed += 1;
                    break;
                }
                Err(StoreError::Conflict | StoreError::Taken(_)) if tries > 1 => {
                    tries -= 1;
                    catalogue = desk.reader.catalogue().await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(applied)
}

type CourseCommit = Option<(Commit<crate::Write>, Catalogue)>;

fn course_commit(
    catalogue: &Catalogue,
    line: &Line<CourseRow>,
    cause: &Cause,
    problems: &mut Vec<RowProblem>,
) -> Result<CourseCommit, TrainingError> {
    let row = line.row.clone();
    let known: Option<Vec<_>> =
        row.prerequisites.iter().map(|code| catalogue.by_code(code).map(|course| course.id)).collect();
    let Some(prerequisites) = known else {
        problems.push(RowProblem::cell(line.line, "prerequisites", KNOWN_COURSE));
        return Ok(None);
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
        return Ok(None);
    }
    let before = old.map_or(Version::ABSENT, |old| old.version);
    let id = old.map_or_else(|| kernel::CourseId::new(cause.at), |old| old.id);
    let course: Course = facts.course(id, row.code, old.and_then(|old| old.retired), before.next());
    let kind = if old.is_some() { events::COURSE_CHANGED } else { events::COURSE_PUBLISHED };
    match save_course(catalogue, before, course, kind, cause) {
        Ok(saved) => Ok(Some(saved)),
        Err(TrainingError::Catalogue(_)) => {
            let expected = "courses of the catalogue that do not lead back to this one";
            problems.push(RowProblem::cell(line.line, "prerequisites", expected));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn paths(desk: &Desk<'_>, rows: &[Line<PathRow>], cause: &Cause) -> Result<Applied, TrainingError> {
    let catalogue = desk.reader.catalogue().await?;
    let mut applied = Applied { next_row: rows.len(), ..Applied::default() };
    let mut steps: BTreeMap<JobRole, Vec<PathStep>> = BTreeMap::new();
    for line in rows {
        match catalogue.by_code(&line.row.course) {
            Some(course) => {
                let step = PathStep { course: course.id, requirement: line.row.requirement };
                steps.entry(line.row.job_role).or_default().push(step);
            }
            None => applied.problems.push(RowProblem::cell(line.line, "course_code", KNOWN_COURSE)),
        }
    }
    for (job_role, steps) in steps {
        if catalogue.path(job_role).is_some_and(|path| path.steps == steps) {
            continue;
        }
        match set_path(desk, job_role, steps, None, cause).await {
            Ok(_) => applied.changed += 1,
            Err(TrainingError::Catalogue(error)) => {
                let first = rows.iter().find(|line| line.row.job_role == job_role).map_or(1, |line| line.line);
                applied.problems.push(RowProblem::row(first, error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(applied)
}

/// How many rows of a person go into one commit: each may write an assignment, a completion and an event of each, and a
/// transaction takes a hundred writes.
const ROWS_OF_A_COMMIT: usize = 12;

/// What applying one row to a file did, or what was expected of it.
type RowDone = Result<Vec<Happened>, RowProblem>;

async fn by_person<T: Sync>(
    desk: &Desk<'_>,
    rows: &[Line<T>],
    email: fn(&T) -> &str,
    turn: fn(&mut LearnerFile, &Ground<'_>, &Line<T>) -> RowDone,
    cause: &Cause,
) -> Result<Applied, TrainingError> {
    let known = resolve(desk, rows.iter().map(|line| email(&line.row))).await?;
    let mut applied = Applied::default();
    let mut people: Vec<(PersonId, Vec<&Line<T>>)> = Vec::new();
    for line in rows {
        match known.get(email(&line.row)) {
            None => applied.problems.push(RowProblem::cell(line.line, "email", KNOWN_PERSON)),
            Some(person) => match people.iter_mut().find(|(other, _)| other == person) {
                Some((_, lines)) => lines.push(line),
                None => people.push((*person, vec![line])),
            },
        }
    }
    let parts = people.iter().flat_map(|(person, lines)| lines.chunks(ROWS_OF_A_COMMIT).map(|some| (*person, some)));
    for (person, lines) in parts {
        // A lost race runs the act again: what it reports is what its last run found.
        let problems = Mutex::new(Vec::new());
        let act = |file: &mut LearnerFile, ground: &Ground<'_>| {
            let mut found = Vec::new();
            let mut happened = Vec::new();
            for line in lines {
                match turn(file, ground, line) {
                    Ok(more) => happened.extend(more),
                    Err(problem) => found.push(problem),
                }
            }
            *problems.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = found;
            Ok(Act { made: Made::Nothing, happened })
        };
        let receipt = match change(desk, person, &Call::of(cause), &act).await {
            // Forgotten between the look-up and now.
            Err(TrainingError::UnknownPerson(_)) => {
                let gone = lines.iter().map(|line| RowProblem::cell(line.line, "email", KNOWN_PERSON));
                applied.problems.extend(gone);
                continue;
            }
            done => done?,
        };
        applied.changed += u64::from(receipt.changed);
        applied.problems.extend(problems.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
    Ok(applied)
}

fn course_of(ground: &Ground<'_>, line: u64, code: &CourseCode) -> Result<kernel::CourseId, RowProblem> {
    ground
        .catalogue
        .by_code(code)
        .map(|course| course.id)
        .ok_or_else(|| RowProblem::cell(line, "course_code", KNOWN_COURSE))
}

fn completion_row(file: &mut LearnerFile, ground: &Ground<'_>, line: &Line<CompletionRow>) -> RowDone {
    let course = course_of(ground, line.line, &line.row.course)?;
    let (on, score) = (line.row.completed, line.row.score);
    let report = Report { person: file.person(), course, on, source: CompletionSource::Lms, score };
    record(file, ground, &report)
        .map(|act| act.happened)
        .map_err(|error| RowProblem::cell(line.line, "completed", error.to_string()))
}

fn exemption_row(file: &mut LearnerFile, ground: &Ground<'_>, line: &Line<ExemptionRow>) -> RowDone {
    let course = course_of(ground, line.line, &line.row.course)?;
    let person = file.person();
    if ground.cause.by == Principal::Person(person) {
        return Err(RowProblem::cell(line.line, "email", "somebody other than whoever imports"));
    }
    if file.exemptions.iter().any(|it| it.course == course && it.until == line.row.until) {
        return Ok(Vec::new());
    }
    let ask = Exempt { person, course, reason: line.row.reason.clone(), until: line.row.until };
    grant(file, ground, &ask)
        .map(|act| act.happened)
        .map_err(|error| RowProblem::cell(line.line, "until", error.to_string()))
}

/// Brings in an assignment as it was, a completion as it was, or both. What was planned here and is still open gives
/// way to what is brought in; what somebody asked for by hand stays.
fn history_row(file: &mut LearnerFile, ground: &Ground<'_>, line: &Line<HistoryRow>) -> RowDone {
    let course = course_of(ground, line.line, &line.row.course)?;
    let mut happened = Vec::new();
    let mut completion = None;
    if let Some(on) = line.row.completed {
        let report = Report { person: file.person(), course, on, source: line.row.source, score: None };
        let before = file.completions.len();
        let act = record(file, ground, &report)
            .map_err(|error| RowProblem::cell(line.line, "completed", error.to_string()))?;
        // History is an audited import: what it says was done is not sampled again.
        if let Some(new) = file.completions.get_mut(before) {
            new.check = crate::model::CheckState::NotNeeded;
        }
        happened.extend(act.happened.into_iter().map(|it| match it {
            Happened::Completed { course, round, completion, on, .. } => {
                Happened::Completed { course, round, completion, on, waiting: false }
            }
            other => other,
        }));
        if let Made::Completion(id) = act.made {
            completion = Some((id, on));
        }
    }
    if let Some((assigned, due)) = line.row.assigned {
        happened.extend(history_assignment(file, ground, course, assigned, due, completion));
    }
    Ok(happened)
}

fn history_assignment(
    file: &mut LearnerFile,
    ground: &Ground<'_>,
    course: kernel::CourseId,
    assigned: jiff::civil::Date,
    due: jiff::civil::Date,
    completion: Option<(kernel::CompletionId, jiff::civil::Date)>,
) -> Option<Happened> {
    let done = completion.map(|(completion, on)| AssignmentState::Completed { completion, on });
    let same = file
        .assignments
        .iter_mut()
        .find(|it| it.course == course && it.source == AssignmentSource::Import && it.assigned_on == assigned);
    if let Some(same) = same {
        if same.is_open() && same.extensions.is_empty() && same.due != due {
            same.due = due;
            same.acted();
        }
        if let (true, Some(done)) = (same.is_open(), done) {
            same.state = done;
            same.acted();
        }
        return None;
    }
    let path = ground
        .catalogue
        .required(file.head.facts.job_role, ground.settings.threat_modelling_course.as_ref())
        .into_iter()
        .find(|(other, _)| *other == course);
    let reason = path.map_or(AssignmentReason::Request, |(_, reason)| reason);
    let round = file.next_round(course);
    let mut new = Assignment::new(course, assigned, due, AssignmentSource::Import, reason);
    new.imported_on = Some(ground.today);
    if let Some(done) = done {
        new.state = done;
    } else if let Some(open) = file.open_mut(course) {
        if open.source == AssignmentSource::Manual
            || open.source == AssignmentSource::Import && open.assigned_on > assigned
        {
            return None;
        }
        open.acted();
        let event = Happened::Assigned(data(&new));
        *open = Assignment { round: open.round, nonce: open.nonce, told: std::mem::take(&mut open.told), ..new };
        return Some(event);
    }
    new.round = round;
    let event = Happened::Assigned(data(&new));
    file.assignments.push(new);
    Some(event)
}
