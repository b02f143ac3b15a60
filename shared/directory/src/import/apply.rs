//! Applying a file by a job: a row and the progress that counts it are one transaction. A step that is cut off anywhere
//! and run again goes on where the last transaction ended; one that is run twice at once loses the race and stops.

use std::collections::{BTreeSet, HashMap};

use jiff::{Timestamp, civil::Date};
use kernel::{
    Cause, Commit, DateSpan, PersonId, StoreError, TeamId,
    import::{ImportError, ImportJob, RowOutcome, RowProblem},
};

use super::{
    ImportKind, KNOWN_PERSON, KNOWN_TEAM, Plan, Rows,
    order::Step,
    people_rows::{NO_CIRCLE, PersonRow},
    team_rows::TeamRow,
    workload_rows::WorkloadRow,
};
use crate::{
    DirectoryError, DirectoryReader, DirectoryWriter, Email, Employment, Memberships, Person, TeamCode, WorkingShare,
    Write,
    event::IMPORT_FINISHED,
    people::{self, NewPerson, PersonChange, day_of},
    teams::{self, NewTeam, TeamChange},
    workloads::{self, NewWorkload, WorkloadChange},
};

/// How often a row that lost a race is decided again.
const TRIES: u32 = 4;
const CHANGED_MEANWHILE: &str = "a record that nobody changes meanwhile; import the file again";

/// Applies files.
pub struct Importer<'a> {
    reader: &'a dyn DirectoryReader,
    writer: &'a dyn DirectoryWriter,
}

/// What a row comes to: a commit, or nothing to write.
struct Decided {
    outcome: RowOutcome,
    commit: Option<Commit<Write>>,
}

impl Decided {
    fn new(outcome: RowOutcome, commit: Commit<Write>) -> Self {
        Self { outcome, commit: Some(commit) }
    }

    const fn nothing(outcome: RowOutcome) -> Self {
        Self { outcome, commit: None }
    }
}

/// What a chunk's rows share: the codes that were looked up, the day that undated entries mean, and the cause.
struct Chunk {
    codes: HashMap<TeamCode, Option<TeamId>>,
    today: Date,
    cause: Cause,
}

impl<'a> Importer<'a> {
    /// An importer over a store.
    pub const fn new(reader: &'a dyn DirectoryReader, writer: &'a dyn DirectoryWriter) -> Self {
        Self { reader, writer }
    }

    /// Applies up to `rows` more rows of a job's file and answers the job as it then stands. The file is checked when the
    /// job begins; a file with any problem is rejected whole.
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
            problems.append(plan.check(self.reader).await?);
            if !problems.is_empty() {
                let rejected = job.rejected(problems, now)?;
                return self.save(rejected, &cause).await;
            }
            job = self.save(job.checked(plan.steps())?, &cause).await?;
        }
        // The day on which the import was asked for: the same for every step, whenever it runs.
        let mut chunk = Chunk { codes: HashMap::new(), today: day_of(job.started_at), cause };
        let end = plan.steps().min(job.next_row.saturating_add(rows));
        let mut unwritten = Vec::new();
        for step in job.next_row..end {
            (job, unwritten) = self.apply(&plan, step, job, unwritten, &mut chunk).await?;
        }
        let done = end >= plan.steps();
        if unwritten.is_empty() && !done {
            return Ok(job);
        }
        self.save(job.stepped(unwritten, done, now)?, &chunk.cause).await
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
            commit.events.push(job.event(IMPORT_FINISHED, cause));
        }
        match self.writer.commit(commit).await {
            Ok(()) => Ok(job),
            Err(StoreError::Conflict) => Err(ImportError::Overtaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Applies one step; rows that write nothing wait in `unwritten` for the next write of the job.
    async fn apply(
        &self,
        plan: &Plan,
        step: u32,
        job: ImportJob,
        mut unwritten: Vec<RowOutcome>,
        chunk: &mut Chunk,
    ) -> Result<(ImportJob, Vec<RowOutcome>), ImportError> {
        for _ in 0..TRIES {
            let decided = self.decide(plan, step, chunk).await?;
            let Some(mut commit) = decided.commit else {
                unwritten.push(decided.outcome);
                return Ok((job, unwritten));
            };
            let next = job.advanced(unwritten.iter().cloned().chain([decided.outcome]))?;
            commit.writes.push(Write::Job(Box::new(next.clone())));
            match self.writer.commit(commit).await {
                Ok(()) => return Ok((next, Vec::new())),
                Err(StoreError::Taken("subject")) => {
                    unwritten.push(refused(plan.line(step), "subject", "an identity that nobody else has"));
                    return Ok((job, unwritten));
                }
                Err(StoreError::Conflict | StoreError::Taken(_)) => {
                    let stored = self.reader.job(job.id).await?;
                    if stored.is_none_or(|stored| stored.version != job.version) {
                        return Err(ImportError::Overtaken);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        unwritten.push(refused(plan.line(step), "", CHANGED_MEANWHILE));
        Ok((job, unwritten))
    }

    async fn decide(&self, plan: &Plan, step: u32, chunk: &mut Chunk) -> Result<Decided, StoreError> {
        let index = usize::try_from(step).unwrap_or(usize::MAX);
        let nothing = Ok(Decided::nothing(RowOutcome::Completed));
        let decided = match &plan.0 {
            Rows::Teams(rows) => match rows.get(index) {
                Some(row) => self.team(row, chunk).await,
                None => return nothing,
            },
            Rows::Workloads(rows) => match rows.get(index) {
                Some(row) => self.workload(row, chunk).await,
                None => return nothing,
            },
            Rows::People { rows, steps, .. } => match steps.get(index) {
                Some(Step::Row { index, delegate_later }) => match rows.get(*index) {
                    Some(row) => self.person(row, *delegate_later, chunk).await,
                    None => return nothing,
                },
                Some(Step::Delegate { index }) => match rows.get(*index) {
                    Some(row) => self.delegate(row, chunk).await,
                    None => return nothing,
                },
                None => return nothing,
            },
        };
        match decided {
            Err(DirectoryError::Store(error)) => Err(error),
            Err(error) => {
                let (column, expected) = expectation(&error);
                Ok(Decided::nothing(refused(plan.line(step), column, expected)))
            }
            Ok(decided) => Ok(decided),
        }
    }

    async fn team(&self, row: &TeamRow, chunk: &Chunk) -> Result<Decided, DirectoryError> {
        let stored = match self.reader.team_by_code(&row.code).await? {
            Some(id) => self.reader.team(id).await?,
            None => None,
        };
        let Some(before) = stored else {
            let new = NewTeam {
                code: row.code.clone(),
                name: row.name.clone(),
                department: row.department.clone(),
                leads: Vec::new(),
            };
            let (_, commit) = teams::create(self.reader, new, &chunk.cause).await?;
            return Ok(Decided::new(RowOutcome::Created, commit));
        };
        let change = TeamChange {
            name: Some(row.name.clone()),
            department: Some(row.department.clone()),
            ..TeamChange::default()
        };
        Ok(or_unchanged(teams::change(self.reader, &before, change, &chunk.cause).await?))
    }

    async fn workload(&self, row: &WorkloadRow, chunk: &mut Chunk) -> Result<Decided, DirectoryError> {
        let Some(owner) = self.team_of(&row.team, chunk).await? else {
            return Ok(Decided::nothing(refused(row.line, "team", KNOWN_TEAM)));
        };
        let stored = match self.reader.workload_by_code(&row.code).await? {
            Some(id) => self.reader.workload(id).await?,
            None => None,
        };
        let Some(before) = stored else {
            let new = NewWorkload {
                code: row.code.clone(),
                name: row.name.clone(),
                owner,
                tier: row.tier,
                kind: row.kind,
                repositories: row.repositories.clone().unwrap_or_default(),
                tags: row.tags.clone().unwrap_or_default(),
            };
            let (_, commit) = workloads::create(self.reader, new, &chunk.cause).await?;
            return Ok(Decided::new(RowOutcome::Created, commit));
        };
        let change = WorkloadChange {
            name: Some(row.name.clone()),
            owner: Some(owner),
            tier: Some(row.tier),
            kind: Some(row.kind),
            repositories: row.repositories.clone(),
            tags: row.tags.clone(),
            ..WorkloadChange::default()
        };
        Ok(or_unchanged(workloads::change(self.reader, &before, change, &chunk.cause).await?))
    }

    async fn person(&self, row: &PersonRow, later: bool, chunk: &mut Chunk) -> Result<Decided, DirectoryError> {
        let manager = match &row.manager {
            Some(Some(email)) => match self.reader.person_by_email(email).await? {
                Some(id) => Some(Some(id)),
                None => return Ok(Decided::nothing(refused(row.line, "manager_email", KNOWN_PERSON))),
            },
            Some(None) => Some(None),
            None => None,
        };
        let delegate = match &row.delegate {
            Some(Some(_)) if later => None,
            Some(Some(email)) => match self.reader.person_by_email(email).await? {
                Some(id) => Some(Some(id)),
                None => return Ok(Decided::nothing(refused(row.line, "delegate_email", KNOWN_PERSON))),
            },
            Some(None) => Some(None),
            None => None,
        };
        let Some(list) = self.teams_of(row, chunk).await? else {
            return Ok(Decided::nothing(refused(row.line, "teams", KNOWN_TEAM)));
        };
        let Some(led) = self.led_by(row, chunk).await? else {
            return Ok(Decided::nothing(refused(row.line, "leads", KNOWN_TEAM)));
        };
        let stored = self.stored(&row.email).await?;
        let known = stored.as_ref().map(|person| person.memberships.clone()).unwrap_or_default();
        let memberships = list.map(|list| known.restated(&list, row.start, chunk.today)).transpose()?;
        let (id, outcome, mut commit) = match stored {
            None => {
                let new = new_person(row, manager.flatten(), delegate.flatten(), memberships.unwrap_or_default());
                let (person, commit) = people::create(self.reader, new, &chunk.cause).await?;
                (person.id, RowOutcome::Created, commit)
            }
            Some(before) => {
                let change = person_change(row, manager, delegate, memberships);
                let changed = people::change(self.reader, &before, change, &chunk.cause).await?;
                let outcome = if changed.is_some() { RowOutcome::Changed } else { RowOutcome::Unchanged };
                (before.id, outcome, changed.map_or_else(|| Commit::of(Vec::new()), |(_, commit)| commit))
            }
        };
        if let Some(led) = led {
            self.lead(id, &led, &outcome, &mut commit, chunk).await?;
        }
        if commit.writes.is_empty() {
            return Ok(Decided::nothing(RowOutcome::Unchanged));
        }
        let outcome = if outcome == RowOutcome::Unchanged { RowOutcome::Changed } else { outcome };
        Ok(Decided::new(outcome, commit))
    }

    async fn delegate(&self, row: &PersonRow, chunk: &Chunk) -> Result<Decided, DirectoryError> {
        let (Some(Some(email)), Some(before)) = (&row.delegate, self.stored(&row.email).await?) else {
            // The row itself was refused, and counted so.
            return Ok(Decided::nothing(RowOutcome::Completed));
        };
        let delegate = self.reader.person_by_email(email).await?.ok_or(DirectoryError::UnknownDelegate)?;
        let change = PersonChange { delegate: Some(Some(delegate)), ..PersonChange::default() };
        Ok(match people::change(self.reader, &before, change, &chunk.cause).await? {
            Some((_, commit)) => Decided::new(RowOutcome::Completed, commit),
            None => Decided::nothing(RowOutcome::Completed),
        })
    }

    /// Adds the writes by which a person leads exactly the teams a row names.
    async fn lead(
        &self,
        person: PersonId,
        led: &BTreeSet<TeamId>,
        outcome: &RowOutcome,
        commit: &mut Commit<Write>,
        chunk: &Chunk,
    ) -> Result<(), DirectoryError> {
        let before = match outcome {
            RowOutcome::Created => BTreeSet::new(),
            _ => self.reader.access(person).await?.map(|facts| facts.leads).unwrap_or_default(),
        };
        let moved: Vec<TeamId> = before.symmetric_difference(led).copied().collect();
        for team in self.reader.teams(&moved).await? {
            let (write, event) = if led.contains(&team.id) {
                teams::with_lead(&team, person, &chunk.cause)?
            } else {
                teams::without_lead(&team, person, &chunk.cause)
            };
            commit.writes.push(write);
            commit.events.push(event);
        }
        Ok(())
    }

    async fn stored(&self, email: &Email) -> Result<Option<Person>, StoreError> {
        match self.reader.person_by_email(email).await? {
            Some(id) => self.reader.person(id).await,
            None => Ok(None),
        }
    }

    async fn team_of(&self, code: &TeamCode, chunk: &mut Chunk) -> Result<Option<TeamId>, StoreError> {
        if let Some(known) = chunk.codes.get(code) {
            return Ok(*known);
        }
        let found = self.reader.team_by_code(code).await?;
        chunk.codes.insert(code.clone(), found);
        Ok(found)
    }

    /// The teams a row names, with their dates; the outer absence is an unknown code.
    async fn teams_of(
        &self,
        row: &PersonRow,
        chunk: &mut Chunk,
    ) -> Result<Option<Option<Vec<(TeamId, Option<DateSpan>)>>>, StoreError> {
        let Some(codes) = &row.teams else { return Ok(Some(None)) };
        let mut list = Vec::with_capacity(codes.len());
        for (code, span) in codes {
            let Some(team) = self.team_of(code, chunk).await? else { return Ok(None) };
            list.push((team, *span));
        }
        Ok(Some(Some(list)))
    }

    async fn led_by(&self, row: &PersonRow, chunk: &mut Chunk) -> Result<Option<Option<BTreeSet<TeamId>>>, StoreError> {
        let Some(codes) = &row.leads else { return Ok(Some(None)) };
        let mut led = BTreeSet::new();
        for code in codes {
            let Some(team) = self.team_of(code, chunk).await? else { return Ok(None) };
            led.insert(team);
        }
        Ok(Some(Some(led)))
    }
}

impl Plan {
    fn line(&self, step: u32) -> u32 {
        let index = usize::try_from(step).unwrap_or(usize::MAX);
        let line = match &self.0 {
            Rows::Teams(rows) => rows.get(index).map(|row| row.line),
            Rows::Workloads(rows) => rows.get(index).map(|row| row.line),
            Rows::People { rows, steps, .. } => match steps.get(index) {
                Some(Step::Row { index, .. } | Step::Delegate { index }) => rows.get(*index).map(|row| row.line),
                None => None,
            },
        };
        line.unwrap_or_default()
    }
}

fn or_unchanged<T>(changed: Option<(T, Commit<Write>)>) -> Decided {
    match changed {
        Some((_, commit)) => Decided::new(RowOutcome::Changed, commit),
        None => Decided::nothing(RowOutcome::Unchanged),
    }
}

fn new_person(
    row: &PersonRow,
    manager: Option<PersonId>,
    delegate: Option<PersonId>,
    memberships: Memberships,
) -> NewPerson {
    NewPerson {
        email: row.email.clone(),
        name: row.name.clone(),
        job_role: row.job_role,
        employment: row.employment.unwrap_or(Employment::Employee),
        counts: row.counts.flatten(),
        country: row.country.clone(),
        zone: row.zone.clone(),
        language: row.language.clone().unwrap_or_default(),
        working_share: row.working_share.unwrap_or(WorkingShare::FULL),
        absences: row.absences.clone().unwrap_or_default(),
        delegate,
        memberships,
        manager,
        start: row.start,
        leave: row.leave.flatten(),
        subject: row.subject.clone(),
    }
}

fn person_change(
    row: &PersonRow,
    manager: Option<Option<PersonId>>,
    delegate: Option<Option<PersonId>>,
    memberships: Option<Memberships>,
) -> PersonChange {
    let by_default = || row.employment.unwrap_or(Employment::Employee).counts_by_default();
    PersonChange {
        // The spelling of the natural key stays as it is: it is how the row was found.
        email: None,
        name: Some(row.name.clone()),
        job_role: Some(row.job_role),
        employment: row.employment,
        counts: row.counts.map(|stated| stated.unwrap_or_else(by_default)),
        country: Some(row.country.clone()),
        zone: Some(row.zone.clone()),
        language: row.language.clone(),
        working_share: row.working_share,
        absences: row.absences.clone(),
        delegate,
        memberships,
        manager,
        start: Some(row.start),
        leave: row.leave,
        subject: row.subject.clone().map(Some),
    }
}

fn refused(line: u32, column: &'static str, expected: &'static str) -> RowOutcome {
    RowOutcome::Refused(RowProblem::new(line, column, expected))
}

/// Which column a refusal is about, and what would have been right.
const fn expectation(error: &DirectoryError) -> (&'static str, &'static str) {
    match error {
        DirectoryError::UnknownManager => ("manager_email", KNOWN_PERSON),
        DirectoryError::ManagerCycle => ("manager_email", NO_CIRCLE),
        DirectoryError::ManagerLineTooLong(_) => ("manager_email", "a line of at most 40 managers"),
        DirectoryError::UnknownDelegate => ("delegate_email", KNOWN_PERSON),
        DirectoryError::OwnDelegate => ("delegate_email", "the address of someone else"),
        DirectoryError::UnknownTeam(_) | DirectoryError::NoTeam(_) => ("teams", KNOWN_TEAM),
        DirectoryError::TeamEnded(_) => ("", KNOWN_TEAM),
        DirectoryError::LeaveBeforeStart => ("leave", "a day on or after the first day"),
        DirectoryError::Memberships(_) => ("teams", "at most 50 memberships in all"),
        DirectoryError::Absences(_) => ("absences", "at most 100 absences of at most 1,100 days each"),
        DirectoryError::TooMany { .. } => ("", "a team with at most 10 leads, a workload with at most 50 marks"),
        DirectoryError::NoPerson(_)
        | DirectoryError::NoWorkload(_)
        | DirectoryError::UnknownLead
        | DirectoryError::OwnSuccessor
        | DirectoryError::Parts
        | DirectoryError::NamedTwice(_)
        | DirectoryError::Stale
        | DirectoryError::Store(_) => ("", CHANGED_MEANWHILE),
    }
}
