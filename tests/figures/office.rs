//! A few people in teams, whose standings change by the dozen, and those who keep and mend the figures.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use directory::{
    DepartmentCode, DirectoryWriter, TeamCode, TeamName,
    teams::{self, NewTeam},
};
use event_relay::{Fact, Ports, Record, ports::Bus};
use fastrand::Rng;
use jiff::{Timestamp, civil::Date};
use kernel::{
    Cause, Commit, Event, EventId, JobRole, Limit, PersonId, Principal, StoreError, TeamId, Version, ZoneName,
};
use mail::{MailRef, ports::MailQueue};
use serde_json::Value;
use store::{
    DirectoryStore, MemoryTable, Table, TrainingStore,
    keys::{SHARDS, System},
    mail::MailStore,
    outbox::{self, Outbox},
    rollup::{Count as Counted, RollUps},
};
use testkit::{Faults, Faulty, Streaming, Worker, interleave, pause};
use training::{
    TrainingError, TrainingReader, TrainingWriter, Write,
    events::{FIGURES_REBUILT, Happened, StandingData},
    model::{Facts, Learner, Percent, Placement, RollUp, Scope},
    usecases::figures::{self, Corrected, Count, Cursor},
};

const PEOPLE: usize = 9;
const FAULTS: Faults = Faults { throttled: 3, lost_answer: 3, contended: 3, killed: 0 };
const DEPARTMENTS: [&str; 3] = ["retail", "retail", "loans"];

pub(super) type Sums = BTreeMap<Scope, RollUp>;

/// What a group sums up to.
pub(super) fn sums(all: &Sums, scope: &Scope) -> RollUp {
    all.get(scope).copied().unwrap_or_default()
}

fn now() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn cause() -> Cause {
    Cause { by: Principal::Program, at: now(), correlation_id: "figures".into(), causation_id: None }
}

/// A step is repeated, as a state machine does.
async fn insist<T>(step: impl AsyncFn() -> Result<T, TrainingError>) -> Result<T, TrainingError> {
    for _ in 0..4 {
        match step().await {
            Err(TrainingError::Store(StoreError::Unavailable(_))) => {}
            done => return done,
        }
    }
    step().await
}

/// Takes everything and does nothing.
struct Anywhere;

#[async_trait]
impl Bus for Anywhere {
    async fn publish(&self, _: &[Event]) -> Vec<EventId> {
        Vec::new()
    }
}

#[async_trait]
impl MailQueue for Anywhere {
    async fn enqueue(&self, _: &[MailRef]) -> Vec<MailRef> {
        Vec::new()
    }
}

/// What happened while everything ran at once.
#[derive(Default)]
pub(super) struct Tally {
    /// Groups put right.
    pub(super) corrected: u64,
    /// Counts that had to start again.
    pub(super) put_off: u64,
}

pub(super) struct Office {
    table: Streaming<Arc<dyn Table>>,
    pub(super) people: Vec<PersonId>,
    pub(super) teams: Vec<TeamId>,
    seed: u64,
    handles: AtomicU64,
}

impl Office {
    /// Three teams of two departments, and people without a standing yet.
    pub(super) async fn open(seed: u64) -> Self {
        kernel::seeded_ids::start(Some(seed));
        let table = Streaming::new(Arc::new(MemoryTable::new()) as Arc<dyn Table>);
        let directory = DirectoryStore::new(Arc::new(table.clone()));
        let mut known = Vec::new();
        for (number, department) in DEPARTMENTS.iter().enumerate() {
            let new = NewTeam {
                code: TeamCode::parse(&format!("team-{number}")).unwrap(),
                name: TeamName::parse(&format!("Team {number}")).unwrap(),
                department: DepartmentCode::parse(department).unwrap(),
                leads: Vec::new(),
            };
            let (team, commit) = teams::create(&directory, new, &cause()).await.unwrap();
            directory.commit(commit).await.unwrap();
            known.push(team.id);
        }
        let people = (0..PEOPLE).map(|_| PersonId::new(now())).collect();
        Self { table, people, teams: known, seed, handles: AtomicU64::new(0) }
    }

    pub(super) fn store(&self) -> TrainingStore {
        TrainingStore::new(Arc::new(self.table.clone()))
    }

    /// A table that fails now and then.
    fn shaky(&self) -> Arc<dyn Table> {
        let handle = self.handles.fetch_add(1, Ordering::Relaxed);
        Arc::new(Faulty::new(self.table.clone(), FAULTS, self.seed.wrapping_mul(1_000_003).wrapping_add(handle)))
    }

    /// Every group there is.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        let departments = ["retail", "loans"].map(|code| Scope::Department(code.to_owned()));
        std::iter::once(Scope::Company).chain(departments).chain(self.teams.iter().copied().map(Scope::Team)).collect()
    }

    fn facts(person: PersonId) -> Facts {
        Facts {
            person,
            directory_version: Version::FIRST,
            memberships: Vec::new(),
            job_role: JobRole::Developer,
            country: "DE".into(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            language: "en".into(),
            manager: None,
            delegate: None,
            start: None,
            leave: None,
            absences: Vec::new(),
            counted: true,
            working_share: Percent::FULL,
        }
    }

    /// Changes somebody's standing, as every use case does: the head with its event. People come, move and are
    /// forgotten; the third team stays empty.
    pub(super) async fn change(&self, store: &TrainingStore, person: usize, rng: &mut Rng) {
        let person = self.people[person];
        let Ok(heads) = store.learners(&[person]).await else { return };
        let head = heads.into_iter().next();
        let before = head.as_ref().map_or(Version::ABSENT, |head| head.version);
        let from = head.as_ref().and_then(|head| head.standing.clone());
        let forget = head.is_some() && rng.u8(0..8) == 0;
        let team = rng.usize(0..2);
        let to = (!forget).then(|| Placement {
            teams: vec![self.teams[team]],
            department: Some(DEPARTMENTS[team].to_owned()),
            counted: rng.u8(0..6) > 0,
            clear: rng.bool(),
            required: rng.u32(0..4),
            valid: 0,
        });
        let write = if forget {
            Write::ForgetLearner { person, before }
        } else {
            let head = head.unwrap_or_else(|| Learner::new(Self::facts(person)));
            Write::Learner { before, head: Box::new(Learner { standing: to.clone(), version: before.next(), ..head }) }
        };
        let event = Happened::StandingChanged(StandingData { from, to }).event(person, &cause());
        // One who lost a race changes nothing.
        let _ = store.commit(Commit::of(vec![write]).event(event), &cause()).await;
    }

    /// Makes figures wrong: a count without an event.
    pub(super) async fn drift(&self, scopes: &[Scope], by: RollUp) {
        let day: Date = "2026-02-20".parse().unwrap();
        let deltas = scopes.iter().map(|scope| (scope.clone(), day, by)).collect();
        let count = Counted { deltas, ..Counted::default() };
        RollUps::new(self.table.inner().clone()).count(&count, now()).await.unwrap();
    }

    /// What people's files sum up to.
    pub(super) async fn afresh(&self) -> Sums {
        let mut all = Sums::new();
        for head in self.store().learners(&self.people).await.unwrap() {
            if let Some(standing) = &head.standing {
                for scope in standing.scopes() {
                    let sum = all.entry(scope).or_default();
                    *sum = sum.plus(RollUp::of(standing));
                }
            }
        }
        all.retain(|_, sum| !sum.is_zero());
        all
    }

    pub(super) async fn figures(&self, scope: &Scope, as_of: Option<Date>) -> Option<RollUp> {
        let figures = RollUps::new(self.table.inner().clone()).read(scope, as_of).await.unwrap();
        figures.map(|figures| figures.roll_up)
    }

    /// The figures that are kept.
    pub(super) async fn kept(&self) -> Sums {
        let mut all = Sums::new();
        for scope in self.scopes() {
            all.insert(scope.clone(), self.figures(&scope, None).await.unwrap_or_default());
        }
        all.retain(|_, sum| !sum.is_zero());
        all
    }

    /// What was said of figures put right.
    pub(super) async fn rebuilt(&self) -> Vec<Value> {
        let query = store::table::Query::partition(store::keys::history(System::Training, "figures"));
        let items = self.table.query(&query).await.unwrap().items;
        let events = items.iter().map(|item| outbox::read(item).unwrap());
        events.filter(|event| event.kind == FIGURES_REBUILT).map(|event| event.data).collect()
    }

    async fn relay(&self, table: &Arc<dyn Table>, events: Vec<Event>) {
        let (outbox, roll_ups) = (Outbox::new(table.clone()), RollUps::new(table.clone()));
        let mails = MailStore::new(table.clone());
        let ports = Ports { outbox: &outbox, roll_ups: &roll_ups, bus: &Anywhere, mails: &mails, queue: &Anywhere };
        let record = |(at, event): (usize, Event)| Record { id: at.to_string(), fact: Fact::Event(Box::new(event)) };
        let records: Vec<Record> = events.into_iter().enumerate().map(record).collect();
        event_relay::handle(&ports, &records, now()).await;
    }

    async fn pending(&self) -> Vec<Event> {
        let outbox = Outbox::new(self.table.inner().clone());
        let mut pending = Vec::new();
        for shard in 0..SHARDS {
            pending.extend(outbox.pending(System::Training, shard, Timestamp::MAX, 250).await.unwrap());
        }
        pending
    }

    /// Everything that waits is counted.
    pub(super) async fn relay_all(&self) {
        let table = self.table.inner().clone();
        self.relay(&table, self.pending().await).await;
        assert!(self.pending().await.is_empty());
    }

    /// What the state machine does.
    pub(super) async fn rebuild(&self, store: &TrainingStore, name: &str) -> Result<Corrected, TrainingError> {
        Self::count(store, name, Count::First).await?;
        insist(async || figures::note(store, name, now()).await).await?;
        Self::count(store, name, Count::Second).await?;
        insist(async || figures::correct(store, name, &cause()).await).await
    }

    pub(super) async fn repeat_correction(&self, name: &str) -> Result<Corrected, TrainingError> {
        figures::correct(&self.store(), name, &cause()).await
    }

    async fn count(store: &TrainingStore, name: &str, count: Count) -> Result<(), TrainingError> {
        let mut cursor = Some(Cursor::default());
        while let Some(from) = cursor {
            cursor = insist(async || figures::count(store, store, name, count, from.clone(), now()).await).await?.0;
        }
        Ok(())
    }

    /// Two change standings, one relays late and in part, two put the figures right, all at the same time.
    pub(super) async fn bustle(&self, rng: &mut Rng) -> Tally {
        let (corrected, put_off) = (AtomicU64::new(0), AtomicU64::new(0));
        let changer = |mut rng: Rng| async move {
            let store = TrainingStore::new(self.shaky());
            for _ in 0..rng.usize(1..6) {
                for _ in 0..rng.usize(0..700) {
                    pause().await;
                }
                self.change(&store, rng.usize(0..PEOPLE), &mut rng).await;
            }
        };
        let relay = |mut rng: Rng| async move {
            let table = self.shaky();
            for _ in 0..20 {
                // Mostly at once, sometimes long after.
                let late = if rng.u8(0..3) == 0 { 900 } else { 30 };
                for _ in 0..rng.usize(0..late) {
                    pause().await;
                }
                let mut waiting = self.pending().await;
                rng.shuffle(&mut waiting);
                waiting.truncate(rng.usize(1..6));
                self.relay(&table, waiting).await;
            }
        };
        let mender = |name: &'static str| {
            let (corrected, put_off) = (&corrected, &put_off);
            async move {
                let store = TrainingStore::new(self.shaky());
                for attempt in 0..5 {
                    match self.rebuild(&store, &format!("{name}-{attempt}")).await {
                        Ok(done) => {
                            corrected.fetch_add(done.corrected as u64, Ordering::Relaxed);
                            put_off.fetch_add(u64::from(done.unsettled > 0), Ordering::Relaxed);
                        }
                        Err(_) => {
                            put_off.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            }
        };
        let workers: Vec<Worker<'_, ()>> = vec![
            Box::pin(changer(rng.fork())),
            Box::pin(changer(rng.fork())),
            Box::pin(relay(rng.fork())),
            Box::pin(mender("a")),
            Box::pin(mender("b")),
        ];
        interleave(workers, &mut rng.fork(), 0).await;
        Tally { corrected: corrected.into_inner(), put_off: put_off.into_inner() }
    }
}

/// The page size of counts is the largest there is; these few people sit in shards of their own.
const _: () = assert!(Limit::MAX.get() as usize > PEOPLE);
