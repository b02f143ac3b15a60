//! One small company over some days, with everything that can go wrong going wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use event_relay::{Fact, Record};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{Cause, Clock, CourseId, Limit, MailDraft, PersonId, Principal, TeamId, Version, ZoneName};
use mail::{
    MailRef,
    feedback::{Feedback, FeedbackKind, reconcile},
};
use mailer::{Invocation, Message, Pace};
use store::{
    Table, TrainingStore,
    commit::{EVENT, MAIL},
    item::{body, kind_of},
    mail::MailStore,
    outbox::Outbox,
    rollup::RollUps,
    table::Item,
};
use testkit::{Faults, Faulty, FixedClock, Outcome, Streaming, Worker, interleave};
use training::{
    MailSwitch, Settings,
    model::{
        CompletionSource, CourseCode, CourseFormat, CourseHours, CourseProvider, Facts, JobRole, Membership, Percent,
        Title,
    },
    usecases::{
        Call, Desk, boxes,
        catalogue::{self, CourseFacts},
        people,
        records::{self, Report as Completed},
        remind::{self, PageOf},
        work::{self, Assign},
    },
};

use super::outside::Outside;

const FAULTS: Faults = Faults { throttled: 4, lost_answer: 4, contended: 3, killed: 1 };
const PEOPLE: usize = 5;
const COURSES: usize = 3;

/// What a seed came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) mails: u64,
    pub(super) duplicates: u64,
    pub(super) faults: u64,
    /// Every acceptance by the sender, in order.
    pub(super) accepted: Vec<(MailRef, Timestamp)>,
}

pub(super) struct World {
    seed: u64,
    rng: Rng,
    clock: FixedClock,
    table: Streaming<Arc<dyn Table>>,
    outside: Outside,
    settings: Settings,
    people: Vec<PersonId>,
    courses: Vec<CourseId>,
    /// Items that the stream has not brought yet.
    stream: Vec<Item>,
    /// Every mail that was ever committed.
    drafts: Vec<(MailDraft, Timestamp)>,
    handles: u64,
    killed: u64,
}

/// One worker's way to the table.
type Handle = Arc<dyn Table>;

/// Mails are not paced here: time stands still while workers run.
struct NoPace;

#[async_trait::async_trait]
impl Pace for NoPace {
    async fn turn(&self) {}
}

impl World {
    /// A company with people in three zones, each with some courses that fall due in these days.
    pub(super) async fn new(table: Arc<dyn Table>, seed: u64) -> Self {
        kernel::seeded_ids::start(Some(seed));
        let mut rng = Rng::with_seed(seed);
        let start: Timestamp = "2026-03-20T00:10:00Z".parse().unwrap();
        let clock = FixedClock::at(start);
        let people: Vec<PersonId> = (0..=PEOPLE).map(|_| PersonId::new(start)).collect();
        let team = TeamId::new(start);
        let zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata"];
        let facts: BTreeMap<PersonId, Facts> = people
            .iter()
            .enumerate()
            .map(|(at, person)| {
                let facts = Facts {
                    person: *person,
                    directory_version: Version::FIRST,
                    memberships: vec![Membership { team, department: Some("retail".into()), span: None }],
                    job_role: JobRole::Developer,
                    country: "DE".into(),
                    zone: ZoneName::parse(zones[at % 3]).unwrap(),
                    language: "en".into(),
                    // The last one manages all others and has nobody above.
                    manager: (at < PEOPLE).then(|| people[PEOPLE]),
                    delegate: None,
                    start: None,
                    leave: None,
                    absences: Vec::new(),
                    counted: true,
                    working_share: Percent::FULL,
                };
                (*person, facts)
            })
            .collect();
        let admin = people[PEOPLE];
        let settings = Settings {
            program_admins: vec![admin],
            security_contacts: vec![admin],
            escalation_countries: ["DE".to_owned()].into(),
            sample_percent: Percent::new(0).unwrap(),
            ..Settings::default()
        };
        let outside = Outside::new(facts, clock.clone(), rng.u64(..));
        let table = Streaming::new(table);
        let mut world = Self {
            seed,
            clock,
            table,
            outside,
            settings,
            courses: Vec::new(),
            people,
            stream: Vec::new(),
            drafts: Vec::new(),
            handles: 0,
            killed: 0,
            rng: rng.fork(),
        };
        world.found().await;
        world
    }

    /// Courses, files and assignments, without faults.
    async fn found(&mut self) {
        let now = self.clock.now();
        for at in 0..COURSES {
            let code = CourseCode::parse(&format!("course-{at}")).unwrap();
            let facts = CourseFacts {
                title: Title::parse(&format!("Course {at}")).unwrap(),
                format: CourseFormat::Course,
                provider: CourseProvider::Internal,
                hours: CourseHours::from_hours(1.0).unwrap(),
                competencies: Vec::new(),
                prerequisites: Vec::new(),
                validity_months: None,
                languages: Vec::new(),
                url: None,
            };
            let store = TrainingStore::new(Arc::new(self.table.clone()));
            let cause = self.cause();
            self.courses
                .push(catalogue::create_course(&self.desk(&store), code, facts, &cause, None).await.unwrap().id);
        }
        for person in self.people.clone() {
            let store = TrainingStore::new(Arc::new(self.table.clone()));
            let cause = self.cause();
            people::on_person_changed(&self.desk(&store), person, &cause).await.unwrap();
            for course in self.courses.clone() {
                let days = self.rng.i32(0..45);
                let due = date_of(now).saturating_add(jiff::Span::new().days(days));
                let ask = Assign { person, course, due: Some(due), required: true };
                work::assign(&self.desk(&store), ask, &Call::of(&cause)).await.unwrap();
            }
        }
        self.collect();
    }

    fn cause(&self) -> Cause {
        Cause {
            by: Principal::Program,
            at: self.clock.now(),
            correlation_id: self.seed.to_string(),
            causation_id: None,
        }
    }

    fn desk<'a, S: training::TrainingReader + training::TrainingWriter>(&'a self, store: &'a S) -> Desk<'a> {
        Desk {
            reader: store,
            writer: store,
            roster: &self.outside,
            settings: &self.settings,
            mail: const { &MailSwitch::on() },
        }
    }

    /// A table handle of one worker, with its own faults.
    fn handle(&mut self, faults: Faults) -> Handle {
        self.handles += 1;
        Arc::new(Faulty::new(self.table.clone(), faults, self.seed.wrapping_mul(1_000_003).wrapping_add(self.handles)))
    }

    /// Takes what was written into the stream, and notes the mails.
    fn collect(&mut self) {
        let now = self.clock.now();
        for item in self.table.take() {
            match kind_of(&item) {
                Some(kind) if kind == EVENT.name => self.stream.push(item),
                Some(kind) if kind == MAIL.name => {
                    self.drafts.push((body(&item, MAIL).unwrap(), now));
                    self.stream.push(item);
                }
                _ => {}
            }
        }
    }

    /// Runs a seed to its end and says what was broken, if anything was.
    pub(super) async fn run(mut self) -> Result<Report, String> {
        let days = self.rng.usize(6..14);
        for _ in 0..days {
            // Mostly the next day, sometimes nothing ran for a while.
            let hours = if self.rng.u8(0..10) == 0 { self.rng.i64(48..200) } else { self.rng.i64(20..28) };
            self.clock.advance(SignedDuration::from_hours(hours));
            for _ in 0..self.rng.usize(1..3) {
                self.round(FAULTS, 3).await;
                self.clock.advance(SignedDuration::from_mins(self.rng.i64(1..50)));
            }
        }
        self.outside.heal();
        // Long enough for every lease and every postponed row to come up again.
        for _ in 0..40 {
            self.round(Faults::default(), 0).await;
            self.clock.advance(SignedDuration::from_mins(6));
            if self.is_quiet().await {
                break;
            }
        }
        self.check().await
    }

    /// One round of everything: reminder runs, relay, sweep, mailers, feedback, and a person who gets something done.
    async fn round(&mut self, faults: Faults, kill_permille: u16) {
        let mut stream = std::mem::take(&mut self.stream);
        if faults.killed > 0 {
            self.rng.shuffle(&mut stream);
            // What a stream drops stays pending for the sweep.
            stream.retain(|_| self.rng.u8(0..100) >= 5);
            let again: Vec<Item> = stream.iter().filter(|_| self.rng.u8(0..100) < 10).cloned().collect();
            stream.extend(again);
        }
        let batches: Vec<Vec<MailRef>> = {
            let all = self.outside.receive();
            let middle = self.rng.usize(0..=all.len());
            vec![all[..middle].to_vec(), all[middle..].to_vec()]
        };
        let events = self.outside.feedback();
        let done = (self.rng.u8(0..3) == 0)
            .then(|| (self.rng.choice(&self.people).copied(), self.rng.choice(&self.courses).copied()));
        let handles: Vec<_> = (0..8).map(|_| self.handle(faults)).collect();
        let order = self.rng.u64(..);
        // Two runs overlap while things go wrong, and now and then on a good day: somebody starts one beside the clock.
        let overlaps = faults.killed > 0 || self.rng.u8(0..4) == 0;
        let world = &*self;
        let second: Worker<'_, ()> = if overlaps { Box::pin(world.remind(&handles[1])) } else { Box::pin(async {}) };
        let mut workers: Vec<Worker<'_, ()>> = vec![
            Box::pin(world.remind(&handles[0])),
            second,
            Box::pin(world.relay(&handles[2], &stream)),
            Box::pin(world.sweep(&handles[3])),
            Box::pin(world.deliver(&handles[4], &batches[0], 0)),
            Box::pin(world.deliver(&handles[5], &batches[1], 1)),
            Box::pin(world.reconcile(&handles[6], &events)),
        ];
        if let Some((Some(person), Some(course))) = done {
            workers.push(Box::pin(world.complete(&handles[7], person, course)));
        }
        let outcomes = interleave(workers, &mut Rng::with_seed(order), kill_permille).await;
        let killed = outcomes.iter().filter(|outcome| **outcome == Outcome::Killed).count();
        self.killed += u64::try_from(killed).unwrap();
        self.table.settle().await;
        // A killed worker's messages come back.
        for (at, batch) in [(4, &batches[0]), (5, &batches[1])] {
            if outcomes[at] == Outcome::Killed {
                self.outside.give_back(batch.clone());
            }
        }
        self.collect();
    }

    /// A run of the state machine: what is due is selected once, then handled page by page, people first and then boxes.
    async fn remind(&self, handle: &Handle) {
        let store = TrainingStore::new(handle.clone());
        let (desk, cause) = (self.desk(&store), self.cause());
        let limit = Limit::new(2).unwrap();
        let Ok(selection) = remind::select_due(&desk, cause.at, false).await else { return };
        for shard in selection.shards {
            let mut after = None;
            loop {
                let page = PageOf {
                    shard,
                    until: selection.until,
                    after: after.as_ref(),
                    limit,
                    ignore_send_hour: false,
                    budget: 100,
                };
                // A page that fails is not tried again here: the next run finds what it left.
                let Ok(done) = remind::remind_page(&desk, page, &cause).await else { break };
                after = done.next;
                if after.is_none() {
                    break;
                }
            }
        }
        for shard in selection.box_shards {
            let page = PageOf {
                shard,
                until: selection.until,
                after: None,
                limit: Limit::MAX,
                ignore_send_hour: false,
                budget: 100,
            };
            let _ = boxes::digest_page(&desk, page, &cause).await;
        }
    }

    async fn complete(&self, handle: &Handle, person: PersonId, course: CourseId) {
        let store = TrainingStore::new(handle.clone());
        let cause = Cause { by: Principal::Person(person), ..self.cause() };
        let ask =
            Completed { person, course, on: date_of(cause.at), source: CompletionSource::SelfReport, score: None };
        let _ = records::report_completion(&self.desk(&store), ask, &Call::of(&cause)).await;
    }

    async fn relay(&self, handle: &Handle, stream: &[Item]) {
        let record = |(at, item): (usize, &Item)| Record { id: at.to_string(), fact: event_relay::fact_of(item) };
        let records: Vec<Record> =
            stream.iter().enumerate().map(record).filter(|record| record.fact != Fact::Other).collect();
        for batch in records.chunks(10) {
            let (outbox, roll_ups, mails) = Self::relay_stores(handle);
            let ports = event_relay::Ports {
                outbox: &outbox,
                roll_ups: &roll_ups,
                bus: &self.outside,
                mails: &mails,
                queue: &self.outside,
            };
            let relayed = event_relay::handle(&ports, batch, self.clock.now()).await;
            // What failed is delivered once more at once; what fails again is left to the sweep.
            let again: Vec<Record> =
                batch.iter().filter(|record| relayed.failed.contains(&record.id)).cloned().collect();
            event_relay::handle(&ports, &again, self.clock.now()).await;
        }
    }

    async fn sweep(&self, handle: &Handle) {
        let (outbox, roll_ups, mails) = Self::relay_stores(handle);
        let ports = event_relay::Ports {
            outbox: &outbox,
            roll_ups: &roll_ups,
            bus: &self.outside,
            mails: &mails,
            queue: &self.outside,
        };
        event_relay::sweep(&ports, self.clock.now()).await;
    }

    fn relay_stores(handle: &Handle) -> (Outbox, RollUps, MailStore) {
        (Outbox::new(handle.clone()), RollUps::new(handle.clone()), MailStore::new(handle.clone()))
    }

    async fn deliver(&self, handle: &Handle, batch: &[MailRef], worker: usize) {
        let mails = MailStore::new(handle.clone());
        let ports = mail::Ports {
            mails: &mails,
            contacts: &self.outside,
            suppressions: &mails,
            sender: &self.outside,
            settings: &self.outside,
            api_url: "https://guildhall.example.com",
        };
        let message =
            |(at, mail): (usize, &MailRef)| Message { id: at.to_string(), body: serde_json::to_string(mail).unwrap() };
        let messages: Vec<Message> = batch.iter().enumerate().map(message).collect();
        let now = self.clock.now();
        let id = format!("{now}/{worker}");
        let invocation = Invocation { id: &id, deadline: now.saturating_add(mailer::LEASE).unwrap() };
        let report = mailer::handle(&ports, &messages, &invocation, &NoPace, &self.clock).await;
        let failed = messages.iter().zip(batch).filter(|(message, _)| report.failed.contains(&message.id));
        self.outside.give_back(failed.map(|(_, mail)| *mail).collect());
    }

    async fn reconcile(&self, handle: &Handle, events: &[MailRef]) {
        let mails = MailStore::new(handle.clone());
        for at in events {
            let feedback = Feedback { mail: Some(*at), message_id: "id".to_owned(), kind: FeedbackKind::Sent };
            let _ = reconcile(&mails, &mails, &feedback, self.clock.now()).await;
        }
    }

    /// Nothing due, nothing pending, nothing on its way.
    async fn is_quiet(&self) -> bool {
        let mails = MailStore::new(self.table.inner().clone());
        for (draft, _) in &self.drafts {
            let at = MailRef { person: draft.person, mail: draft.id };
            let stored = mail::ports::Mails::load(&mails, at).await.unwrap();
            if stored.is_none_or(|stored| stored.is_open()) {
                return false;
            }
        }
        self.stream.is_empty()
    }

    async fn check(&self) -> Result<Report, String> {
        let mails = MailStore::new(self.table.inner().clone());
        let accepted = self.outside.accepted();
        let mut times: BTreeMap<MailRef, Vec<Timestamp>> = BTreeMap::new();
        for (at, when) in &accepted {
            times.entry(*at).or_default().push(*when);
        }
        let mut duplicates = 0;
        for (draft, _) in &self.drafts {
            let at = MailRef { person: draft.person, mail: draft.id };
            let stored = mail::ports::Mails::load(&mails, at).await.unwrap();
            let Some(stored) = stored else { return Err(format!("mail {} is gone", at.mail)) };
            if stored.is_open() {
                return Err(format!("mail {} never ended: {:?}", at.mail, stored.state));
            }
            let sent = times.remove(&at).unwrap_or_default();
            let gave_up = matches!(stored.state, mail::MailState::Failed { reason: mail::FailReason::GaveUp, .. });
            if sent.is_empty() && !gave_up {
                return Err(format!("mail {} was never sent: {:?}", at.mail, stored.state));
            }
            // A duplicate may start only when the lease of the one before has ended.
            for pair in sent.windows(2) {
                duplicates += 1;
                if pair[1].duration_since(pair[0]) < mailer::LEASE {
                    return Err(format!("mail {} was sent at {} and again at {}", at.mail, pair[0], pair[1]));
                }
            }
        }
        if let Some(stranger) = times.keys().next() {
            return Err(format!("mail {} was sent and never committed", stranger.mail));
        }
        self.check_told()?;
        self.check_figures().await?;
        let mails = u64::try_from(accepted.len()).unwrap();
        Ok(Report { mails, duplicates, faults: self.outside.faults() + self.killed, accepted })
    }

    /// No rung twice, and one digest a person and day.
    fn check_told(&self) -> Result<(), String> {
        let mut told: BTreeSet<(PersonId, String, String, i64)> = BTreeSet::new();
        let mut digests: BTreeSet<(PersonId, String, String)> = BTreeSet::new();
        for (draft, _) in &self.drafts {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let date = text(&draft.model["date"]);
            if !digests.insert((draft.person, draft.template.clone(), date.clone())) {
                return Err(format!("{} got two of {} on {date}", draft.person, draft.template));
            }
            for line in draft.model["lines"].as_array().into_iter().flatten() {
                let rung = line["rung"].as_i64().ok_or("a line without its rung")?;
                if !told.insert((draft.person, text(&line["course_id"]), text(&line["due"]), rung)) {
                    return Err(format!("{} was told rung {rung} of {} twice", draft.person, text(&line["course_id"])));
                }
            }
        }
        Ok(())
    }

    /// The company's figures are those of counting everybody afresh.
    async fn check_figures(&self) -> Result<(), String> {
        use training::model::{RollUp, Scope};
        let store = TrainingStore::new(self.table.inner().clone());
        let heads =
            training::TrainingReader::learners(&store, &self.people).await.map_err(|error| error.to_string())?;
        let afresh = heads
            .iter()
            .filter_map(|head| head.standing.as_ref())
            .fold(RollUp::ZERO, |sum, standing| sum.plus(&RollUp::of(standing)));
        let kept = RollUps::new(self.table.inner().clone())
            .read(&Scope::Company, None)
            .await
            .map_err(|error| error.to_string())?;
        let kept = kept.map_or(RollUp::ZERO, |figures| figures.roll_up);
        if kept == afresh { Ok(()) } else { Err(format!("the roll-up says {kept:?}, counting afresh {afresh:?}")) }
    }
}

fn date_of(at: Timestamp) -> Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}
