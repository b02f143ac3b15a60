//! Applying a file by a job: rows and the progress that counts them are one transaction. A step that is cut off anywhere
//! and run again goes on where the last transaction ended; one that is run twice at once loses the race and stops.
//!
//! Rows take effect through the same rules as everything else; a row that was applied before changes nothing.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kernel::{
    Cause, Commit, PersonId, Principal, StoreError, Version,
    import::{ImportError, ImportJob, RowOutcome, RowProblem},
};

use super::{
    ImportKind, KNOWN_COURSE, KNOWN_PERSON, Plan, resolve,
    rows::{CompletionRow, CourseRow, ExemptionRow, HistoryRow, Line, OfPerson, PathRow, Rows},
};
use crate::{
    TrainingError, Write, events,
    events::Happened,
    model::{
        Assignment, AssignmentReason, AssignmentSource, AssignmentState, Catalogue, CompletionSource, Course,
        CourseCode, LearnerFile, PathStep,
    },
    rules::decide::data,
    usecases::{
        Act, Call, Desk, Ground, Made, TRIES,
        catalogue::{CourseFacts, save_course, save_path},
        change_with,
        records::{Exempt, Report, grant, record},
    },
};

/// How many rows of a person go into one commit: each may write an assignment, a completion and an event of each, and a
/// transaction takes a hundred writes.
const ROWS_OF_A_COMMIT: usize = 12;
const CHANGED_MEANWHILE: &str = "a record that nobody changes meanwhile; import the file again";
const NO_CIRCLE: &str = "courses of the catalogue that do not lead back to this one";

/// Applies files.
pub struct Importer<'a> {
    desk: &'a Desk<'a>,
}

/// How far a step has come: the job as it is stored, and what came of rows that wrote nothing since.
struct Progress {
    job: ImportJob,
    unwritten: Vec<RowOutcome>,
    cause: Cause,
}

impl Progress {
    /// The index of the next row.
    fn next(&self) -> usize {
        usize::try_from(self.job.next_row).unwrap_or(usize::MAX).saturating_add(self.unwritten.len())
    }

    /// The job after these rows too.
    fn with(&self, outcomes: &[RowOutcome]) -> Result<ImportJob, ImportError> {
        Ok(self.job.advanced(self.unwritten.iter().chain(outcomes).cloned())?)
    }

    fn written(&mut self, job: ImportJob) {
        self.job = job;
        self.unwritten.clear();
    }
}

/// What some rows of the catalogue come to: a commit and the catalogue after it, or nothing to write.
struct Decided {
    outcomes: Vec<RowOutcome>,
    write: Option<(Commit<Write>, Catalogue)>,
}

impl Decided {
    const fn nothing(outcomes: Vec<RowOutcome>) -> Self {
        Self { outcomes, write: None }
    }
}

impl<'a> Importer<'a> {
    /// An importer that works with a desk.
    pub const fn new(desk: &'a Desk<'a>) -> Self {
        Self { desk }
    }

    /// Applies at least `rows` more rows of a job's file, or what is left, and answers the job as it then stands. The file
    /// is checked when the job begins; a file with any problem is rejected whole. A role's path is never cut in two.
    ///
    /// # Errors
    /// [`ImportError`]; what was applied before is counted, and the next step goes on from there.
    pub async fn step(
        &self,
        job: ImportJob,
        bytes: &[u8],
        now: Timestamp,
        rows: u32,
    ) -> Result<ImportJob, ImportError> {
        if job.is_ended() {
            return Ok(job);
        }
        let kind = ImportKind::parse(&job.kind).ok_or(ImportError::Kind)?;
        let cause = job.cause(now);
        let (plan, mut problems) = Plan::read(kind, bytes);
        let mut job = job;
        if job.total.is_none() {
            problems.append(plan.check(self.desk).await?);
            if !problems.is_empty() {
                let rejected = job.rejected(problems, now)?;
                return self.save(rejected, &cause).await;
            }
            job = self.save(job.checked(plan.steps())?, &cause).await?;
        }
        let end = usize::try_from(job.next_row.saturating_add(rows)).unwrap_or(usize::MAX).min(plan.rows());
        let mut progress = Progress { job, unwritten: Vec::new(), cause };
        match &plan.0 {
            Rows::Courses(rows) => self.courses(rows, end, &mut progress).await?,
            Rows::Paths(rows) => self.paths(rows, end, &mut progress).await?,
            Rows::History(rows) => self.people(rows, end, history_row, &mut progress).await?,
            Rows::Exemptions(rows) => self.people(rows, end, exemption_row, &mut progress).await?,
            Rows::Completions(rows) => self.people(rows, end, completion_row, &mut progress).await?,
        }
        let done = progress.next() >= plan.rows();
        if progress.unwritten.is_empty() && !done {
            return Ok(progress.job);
        }
        let stepped = progress.job.stepped(progress.unwritten, done, now)?;
        self.save(stepped, &progress.cause).await
    }

    /// Gives a job up, as when its state machine has.
    ///
    /// # Errors
    /// [`ImportError`] when that could not be written.
    pub async fn give_up(&self, job: ImportJob, now: Timestamp) -> Result<ImportJob, ImportError> {
        if job.is_ended() {
            return Ok(job);
        }
        self.save(job.failed(now)?, &job.cause(now)).await
    }

    async fn save(&self, job: ImportJob, cause: &Cause) -> Result<ImportJob, ImportError> {
        let mut commit = Commit::of(vec![Write::Job(Box::new(job.clone()))]);
        if job.is_ended() {
            commit.events.push(job.event(events::IMPORT_FINISHED, cause));
        }
        match self.desk.writer.commit(commit, cause).await {
            Ok(()) => Ok(job),
            Err(StoreError::Conflict) => Err(ImportError::Overtaken),
            Err(error) => Err(error.into()),
        }
    }

    /// After a lost race: whether it was lost to another run of the job.
    async fn not_overtaken(&self, job: &ImportJob) -> Result<(), ImportError> {
        let stored = self.desk.reader.job(job.id).await?;
        if stored.is_some_and(|stored| stored.version == job.version) { Ok(()) } else { Err(ImportError::Overtaken) }
    }

    async fn courses(&self, rows: &[Line<CourseRow>], end: usize, progress: &mut Progress) -> Result<(), ImportError> {
        let mut catalogue = None;
        while let Some(line) = rows.get(progress.next()).filter(|_| progress.next() < end) {
            let decide = |known: &Catalogue, cause: &Cause| course(known, line, cause);
            self.change_catalogue(&mut catalogue, std::slice::from_ref(&line.line), &decide, progress).await?;
        }
        Ok(())
    }

    /// Paths are set whole: the rows of a role stand together and are counted together.
    async fn paths(&self, rows: &[Line<PathRow>], end: usize, progress: &mut Progress) -> Result<(), ImportError> {
        let mut catalogue = None;
        while let Some(first) = rows.get(progress.next()).filter(|_| progress.next() < end) {
            let rest = rows.get(progress.next()..).unwrap_or_default();
            let count = rest.iter().take_while(|line| line.row.job_role == first.row.job_role).count();
            let of_role = rest.get(..count).unwrap_or_default();
            let lines: Vec<u32> = of_role.iter().map(|line| line.line).collect();
            let decide = |known: &Catalogue, cause: &Cause| path(known, of_role, cause);
            self.change_catalogue(&mut catalogue, &lines, &decide, progress).await?;
        }
        Ok(())
    }

    /// Decides on rows of the catalogue and writes what comes of it; again when a race was lost.
    async fn change_catalogue(
        &self,
        known: &mut Option<Catalogue>,
        lines: &[u32],
        decide: &(dyn Fn(&Catalogue, &Cause) -> Result<Decided, TrainingError> + Send + Sync),
        progress: &mut Progress,
    ) -> Result<(), ImportError> {
        for _ in 0..TRIES {
            let catalogue = match known.take() {
                Some(catalogue) => catalogue,
                None => self.desk.reader.catalogue().await?,
            };
            let Decided { outcomes, write } = match decide(&catalogue, &progress.cause) {
                Ok(decided) => decided,
                Err(TrainingError::Store(error)) => return Err(error.into()),
                Err(error) => Decided::nothing(refuse(lines, "", &error.to_string())),
            };
            let Some((mut commit, after)) = write else {
                *known = Some(catalogue);
                progress.unwritten.extend(outcomes);
                return Ok(());
            };
            let next = progress.with(&outcomes)?;
            commit.writes.push(Write::Job(Box::new(next.clone())));
            match self.desk.writer.commit(commit, &progress.cause).await {
                Ok(()) => {
                    *known = Some(after);
                    progress.written(next);
                    return Ok(());
                }
                Err(StoreError::Conflict | StoreError::Taken(_)) => self.not_overtaken(&progress.job).await?,
                Err(error) => return Err(error.into()),
            }
        }
        progress.unwritten.extend(refuse(lines, "", CHANGED_MEANWHILE));
        Ok(())
    }

    async fn people<T: OfPerson + Sync>(
        &self,
        rows: &[Line<T>],
        end: usize,
        turn: fn(&mut LearnerFile, &Ground<'_>, &Line<T>) -> RowDone,
        progress: &mut Progress,
    ) -> Result<(), ImportError> {
        let ahead = rows.get(progress.next()..end).unwrap_or_default();
        let known = resolve(self.desk, ahead.iter().map(|line| line.row.email()).collect()).await?;
        for of_person in ahead.chunk_by(|one, other| one.row.email() == other.row.email()) {
            for some in of_person.chunks(ROWS_OF_A_COMMIT) {
                let person = some.first().and_then(|line| known.get(line.row.email()));
                match person {
                    Some(person) => self.person(*person, some, turn, progress).await?,
                    None => progress.unwritten.extend(refuse(&numbers(some), "email", KNOWN_PERSON)),
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
        progress: &mut Progress,
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
        let counted = &*progress;
        let beside = || counted.with(&outcomes()).map(|job| Write::Job(Box::new(job))).into_iter().collect();
        match change_with(self.desk, person, &Call::of(&counted.cause), &act, &beside).await {
            Ok(receipt) if receipt.changed => {
                let next = progress.with(&outcomes())?;
                progress.written(next);
            }
            Ok(_) => progress.unwritten.extend(outcomes()),
            Err(TrainingError::Store(StoreError::Conflict)) => {
                self.not_overtaken(&progress.job).await?;
                progress.unwritten.extend(refuse(&numbers(lines), "", CHANGED_MEANWHILE));
            }
            Err(TrainingError::Store(error)) => return Err(error.into()),
            // Forgotten between the look-up and now.
            Err(TrainingError::UnknownPerson(_)) => {
                progress.unwritten.extend(refuse(&numbers(lines), "email", KNOWN_PERSON));
            }
            Err(error) => progress.unwritten.extend(refuse(&numbers(lines), "", &error.to_string())),
        }
        Ok(())
    }
}

fn numbers<T>(lines: &[Line<T>]) -> Vec<u32> {
    lines.iter().map(|line| line.line).collect()
}

fn refuse(lines: &[u32], column: &'static str, expected: &str) -> Vec<RowOutcome> {
    lines.iter().map(|line| RowOutcome::Refused(RowProblem::new(*line, column, expected.to_owned()))).collect()
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
        return Ok(Decided::nothing(refuse(&[line.line], "prerequisites", KNOWN_COURSE)));
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
        return Ok(Decided::nothing(vec![RowOutcome::Unchanged]));
    }
    let before = old.map_or(Version::ABSENT, |old| old.version);
    let id = old.map_or_else(|| kernel::CourseId::new(cause.at), |old| old.id);
    let course: Course = facts.course(id, row.code, old.and_then(|old| old.retired), before.next());
    let (kind, outcome) = match old {
        Some(_) => (events::COURSE_CHANGED, RowOutcome::Changed),
        None => (events::COURSE_PUBLISHED, RowOutcome::Created),
    };
    match save_course(catalogue, before, course, kind, cause) {
        Ok(written) => Ok(Decided { outcomes: vec![outcome], write: Some(written) }),
        Err(TrainingError::Catalogue(_)) => Ok(Decided::nothing(refuse(&[line.line], "prerequisites", NO_CIRCLE))),
        Err(error) => Err(error),
    }
}

fn path(catalogue: &Catalogue, lines: &[Line<PathRow>], cause: &Cause) -> Result<Decided, TrainingError> {
    let all = |outcome: RowOutcome| vec![outcome; lines.len()];
    let mut steps = Vec::with_capacity(lines.len());
    for line in lines {
        let Some(course) = catalogue.by_code(&line.row.course) else {
            return Ok(Decided::nothing(refuse(&numbers(lines), "course_code", KNOWN_COURSE)));
        };
        steps.push(PathStep { course: course.id, requirement: line.row.requirement });
    }
    let Some(first) = lines.first() else { return Ok(Decided::nothing(Vec::new())) };
    let outcome = match catalogue.path(first.row.job_role) {
        Some(old) if old.steps == steps => return Ok(Decided::nothing(all(RowOutcome::Unchanged))),
        Some(_) => RowOutcome::Changed,
        None => RowOutcome::Created,
    };
    let (_, written) = save_path(catalogue, first.row.job_role, steps, cause)?;
    Ok(Decided { outcomes: all(outcome), write: Some(written) })
}

/// What applying one row to a file did, or what was expected of it.
type RowDone = Result<Vec<Happened>, RowProblem>;

fn course_of(ground: &Ground<'_>, line: u32, code: &CourseCode) -> Result<kernel::CourseId, RowProblem> {
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
            .map_err(|error| RowProblem::new(line.line, "completed", error.to_string()))?;
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
