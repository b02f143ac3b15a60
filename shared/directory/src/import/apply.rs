//! What a row of each kind of file comes to. The walk through a file is the kernel's; here is what the directory does with
//! one row.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use kernel::{
    Cause, Commit, DateSpan, JobId, PersonId, StoreError, TeamId,
    import::{
        self, CHANGED_MEANWHILE, Checked, Columns, Half, ImportBook, ImportError, ImportJob, Part, Problems, Row,
        RowOutcome, RowProblem, TRIES, Walk, Written,
    },
};

use super::{
    ImportKind, KNOWN_PERSON, KNOWN_TEAM, Mentions, Plan,
    people_rows::{self, NO_CIRCLE, PersonRow, expected_absences},
    team_rows::{self, TeamRow},
    workload_rows::{self, WorkloadRow},
};
use crate::{
    DirectoryError, DirectoryReader, DirectoryWriter, Email, Person, TeamCode, Write,
    event::IMPORT_FINISHED,
    people::{self, PersonChange, day_of},
    teams::{self, NewTeam, TeamChange},
    workloads::{self, NewWorkload, WorkloadChange},
};

const UNREADABLE: &str = "a row that reads as it did when the file was checked";

const FITTING: &str = "a row that changes fewer teams and leads at once";

/// Applies files.
pub struct Importer<'a> {
    reader: &'a dyn DirectoryReader,
    writer: &'a dyn DirectoryWriter,
}

type Decided = import::Decided<Write>;

/// What a part's rows share: the codes that were looked up, the day that undated entries mean, and the cause.
struct Shared {
    codes: HashMap<TeamCode, Option<TeamId>>,
    today: Date,
    cause: Cause,
}

/// A row of a part, read again.
enum Turned {
    Team(TeamRow),
    Workload(WorkloadRow),
    Person(Box<PersonRow>, Half),
}

impl Turned {
    fn read(kind: ImportKind, row: Row<'_>, half: Half) -> Option<Self> {
        let (mut mentions, mut problems) = (Mentions::default(), Problems::new());
        match kind {
            ImportKind::Teams => team_rows::read_row(row, &mut problems).map(Self::Team),
            ImportKind::People => people_rows::read_row(row, &mut mentions, &mut problems)
                .map(|found| Self::Person(Box::new(found), half)),
            ImportKind::Workloads => workload_rows::read_row(row, &mut mentions, &mut problems).map(Self::Workload),
        }
    }
}

#[async_trait]
impl ImportBook for Importer<'_> {
    type Write = Write;
    const FINISHED: &'static str = IMPORT_FINISHED;

    fn columns(&self, kind: &str) -> Option<Columns> {
        ImportKind::parse(kind).map(ImportKind::columns)
    }

    fn write(&self, job: ImportJob) -> Write {
        Write::Job(Box::new(job))
    }

    async fn job(&self, job: JobId) -> Result<Option<ImportJob>, StoreError> {
        self.reader.job(job).await
    }

    async fn commit(&self, commit: Commit<Write>, _: &Cause) -> Result<(), StoreError> {
        self.writer.commit(commit).await
    }

    async fn check(&self, kind: &str, file: &[u8], _: Timestamp) -> Result<Checked, ImportError> {
        let (plan, mut problems) = Plan::read(ImportKind::parse(kind).ok_or(ImportError::Kind)?, file);
        problems.append(plan.check(self.reader).await?);
        let turns = plan.turns();
        Ok(Checked { sheet: plan.sheet, turns, problems })
    }

    async fn apply(&self, kind: &str, part: &Part, walk: &mut Walk<'_, Self>) -> Result<(), ImportError> {
        let kind = ImportKind::parse(kind).ok_or(ImportError::Kind)?;
        // The day on which the import was asked for: the same for every step, whenever it runs.
        let (today, cause) = (day_of(walk.asked_at()), walk.cause().clone());
        let mut shared = Shared { codes: HashMap::new(), today, cause };
        for (row, half) in part.rows().skip(walk.at()) {
            match Turned::read(kind, row, half) {
                Some(turned) => self.turn(&turned, row.line, &mut shared, walk).await?,
                None => walk.note([refused(row.line, "", UNREADABLE)]),
            }
        }
        Ok(())
    }
}

impl<'a> Importer<'a> {
    /// An importer over a store.
    pub const fn new(reader: &'a dyn DirectoryReader, writer: &'a dyn DirectoryWriter) -> Self {
        Self { reader, writer }
    }

    async fn turn(
        &self,
        turned: &Turned,
        line: u32,
        shared: &mut Shared,
        walk: &mut Walk<'_, Self>,
    ) -> Result<(), ImportError> {
        for _ in 0..TRIES {
            let decided = match self.decide(turned, shared).await {
                Ok(decided) => decided,
                Err(DirectoryError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    let (column, expected) = expectation(&error);
                    nothing(refused(line, column, expected))
                }
            };
            match walk.write(decided).await? {
                Written::Done => return Ok(()),
                Written::Taken("subject") => {
                    walk.note([refused(line, "subject", "an identity that nobody else has")]);
                    return Ok(());
                }
                Written::TooLarge => {
                    walk.note([refused(line, "", FITTING)]);
                    return Ok(());
                }
                Written::Raced | Written::Taken(_) => {}
            }
        }
        walk.give_way(&[line]);
        Ok(())
    }

    async fn decide(&self, turned: &Turned, shared: &mut Shared) -> Result<Decided, DirectoryError> {
        match turned {
            Turned::Team(row) => self.team(row, shared).await,
            Turned::Workload(row) => self.workload(row, shared).await,
            Turned::Person(row, half @ (Half::Whole | Half::First)) => {
                self.person(row, *half == Half::First, shared).await
            }
            Turned::Person(row, Half::Second) => self.delegate(row, shared).await,
        }
    }

    async fn team(&self, row: &TeamRow, shared: &Shared) -> Result<Decided, DirectoryError> {
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
            let (_, commit) = teams::create(self.reader, new, &shared.cause).await?;
            return Ok(by(RowOutcome::Created, commit));
        };
        let change = TeamChange {
            name: Some(row.name.clone()),
            department: Some(row.department.clone()),
            ..TeamChange::default()
        };
        Ok(or_unchanged(teams::change(self.reader, &before, change, &shared.cause).await?))
    }

    async fn workload(&self, row: &WorkloadRow, shared: &mut Shared) -> Result<Decided, DirectoryError> {
        let Some(owner) = self.team_of(&row.team, shared).await? else {
            return Ok(nothing(refused(row.line, "team", KNOWN_TEAM)));
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
            let (_, commit) = workloads::create(self.reader, new, &shared.cause).await?;
            return Ok(by(RowOutcome::Created, commit));
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
        Ok(or_unchanged(workloads::change(self.reader, &before, change, &shared.cause).await?))
    }

    async fn person(&self, row: &PersonRow, later: bool, shared: &mut Shared) -> Result<Decided, DirectoryError> {
        let manager = match &row.manager {
            Some(Some(email)) => match self.reader.person_by_email(email).await? {
                Some(id) => Some(Some(id)),
                None => return Ok(nothing(refused(row.line, "manager_email", KNOWN_PERSON))),
            },
            Some(None) => Some(None),
            None => None,
        };
        let delegate = match &row.delegate {
            Some(Some(_)) if later => None,
            Some(Some(email)) => match self.reader.person_by_email(email).await? {
                Some(id) => Some(Some(id)),
                None => return Ok(nothing(refused(row.line, "delegate_email", KNOWN_PERSON))),
            },
            Some(None) => Some(None),
            None => None,
        };
        let Some(list) = self.teams_of(row, shared).await? else {
            return Ok(nothing(refused(row.line, "teams", KNOWN_TEAM)));
        };
        let Some(led) = self.led_by(row, shared).await? else {
            return Ok(nothing(refused(row.line, "leads", KNOWN_TEAM)));
        };
        let stored = self.stored(&row.email).await?;
        let known = stored.as_ref().map(|person| person.memberships.clone()).unwrap_or_default();
        let memberships = list.map(|list| known.restated(&list, row.start, shared.today)).transpose()?;
        let (id, outcome, mut commit) = match stored {
            None => {
                let new = row.new_person(manager.flatten(), delegate.flatten(), memberships.unwrap_or_default());
                let (person, commit) = people::create(self.reader, new, &shared.cause).await?;
                (person.id, RowOutcome::Created, commit)
            }
            Some(before) => {
                let change = row.change(manager, delegate, memberships);
                let changed = people::change(self.reader, &before, change, &shared.cause).await?;
                let outcome = if changed.is_some() { RowOutcome::Changed } else { RowOutcome::Unchanged };
                (before.id, outcome, changed.map_or_else(|| Commit::of(Vec::new()), |(_, commit)| commit))
            }
        };
        if let Some(led) = led {
            self.lead(id, &led, &outcome, &mut commit, shared).await?;
        }
        if commit.writes.is_empty() {
            return Ok(nothing(RowOutcome::Unchanged));
        }
        let outcome = if outcome == RowOutcome::Unchanged { RowOutcome::Changed } else { outcome };
        Ok(by(outcome, commit))
    }

    async fn delegate(&self, row: &PersonRow, shared: &Shared) -> Result<Decided, DirectoryError> {
        let (Some(Some(email)), Some(before)) = (&row.delegate, self.stored(&row.email).await?) else {
            // The row itself was refused, and counted so.
            return Ok(nothing(RowOutcome::Completed));
        };
        let delegate = self.reader.person_by_email(email).await?.ok_or(DirectoryError::UnknownDelegate)?;
        let change = PersonChange { delegate: Some(Some(delegate)), ..PersonChange::default() };
        Ok(match people::change(self.reader, &before, change, &shared.cause).await? {
            Some((_, commit)) => by(RowOutcome::Completed, commit),
            None => nothing(RowOutcome::Completed),
        })
    }

    /// Adds the writes by which a person leads exactly the teams a row names.
    async fn lead(
        &self,
        person: PersonId,
        led: &BTreeSet<TeamId>,
        outcome: &RowOutcome,
        commit: &mut Commit<Write>,
        shared: &Shared,
    ) -> Result<(), DirectoryError> {
        let before = match outcome {
            RowOutcome::Created => BTreeSet::new(),
            _ => self.reader.access(person).await?.map(|facts| facts.leads).unwrap_or_default(),
        };
        let moved: Vec<TeamId> = before.symmetric_difference(led).copied().collect();
        for team in self.reader.teams(&moved).await? {
            let (write, event) = if led.contains(&team.id) {
                teams::with_lead(&team, person, &shared.cause)?
            } else {
                teams::without_lead(&team, person, &shared.cause)
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

    async fn team_of(&self, code: &TeamCode, shared: &mut Shared) -> Result<Option<TeamId>, StoreError> {
        if let Some(known) = shared.codes.get(code) {
            return Ok(*known);
        }
        let found = self.reader.team_by_code(code).await?;
        shared.codes.insert(code.clone(), found);
        Ok(found)
    }

    /// The teams a row names, with their dates; the outer absence is an unknown code.
    async fn teams_of(
        &self,
        row: &PersonRow,
        shared: &mut Shared,
    ) -> Result<Option<Option<Vec<(TeamId, Option<DateSpan>)>>>, StoreError> {
        let Some(codes) = &row.teams else { return Ok(Some(None)) };
        let mut list = Vec::with_capacity(codes.len());
        for (code, span) in codes {
            let Some(team) = self.team_of(code, shared).await? else { return Ok(None) };
            list.push((team, *span));
        }
        Ok(Some(Some(list)))
    }

    async fn led_by(
        &self,
        row: &PersonRow,
        shared: &mut Shared,
    ) -> Result<Option<Option<BTreeSet<TeamId>>>, StoreError> {
        let Some(codes) = &row.leads else { return Ok(Some(None)) };
        let mut led = BTreeSet::new();
        for code in codes {
            let Some(team) = self.team_of(code, shared).await? else { return Ok(None) };
            led.insert(team);
        }
        Ok(Some(Some(led)))
    }
}

fn by(outcome: RowOutcome, commit: Commit<Write>) -> Decided {
    Decided::by(vec![outcome], commit)
}

fn nothing(outcome: RowOutcome) -> Decided {
    Decided::nothing(vec![outcome])
}

fn or_unchanged<T>(changed: Option<(T, Commit<Write>)>) -> Decided {
    match changed {
        Some((_, commit)) => by(RowOutcome::Changed, commit),
        None => nothing(RowOutcome::Unchanged),
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
        DirectoryError::Absences(error) => ("absences", expected_absences(*error)),
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
