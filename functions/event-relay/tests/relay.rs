//! The relay over the table in memory: what is written is passed on once where it counts, and never forgotten.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use event_relay::{Fact, Ports, Record, SWEEP_AFTER, SWEEP_AGAIN, counted, fact_of, handle, plan, ports::Bus, sweep};
use jiff::{SignedDuration, Timestamp};
use kernel::{Cause, CourseId, Event, EventId, MailDraft, MailId, PersonId, Principal, TeamId};
use mail::{
    MailRef,
    ports::{MailQueue, Mails},
};
use serde_json::json;
use store::{
    MemoryTable, Table, TrainingStore,
    commit::{event_item, mail_item},
    keys::System,
    mail::MailStore,
    outbox::Outbox,
    rollup::RollUps,
    table::{Item, Op},
};
use training::{
    competency::{Area, Spread, Spreads},
    effectiveness::EffectivenessReader,
    model::{RollUp, Scope},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_782_000_000 + second).unwrap()
}

fn after(span: SignedDuration) -> Timestamp {
    at(0) + span
}

/// A bus and a queue that take what they are told to.
#[derive(Default)]
struct Outside {
    refuse_events: Mutex<Vec<EventId>>,
    refuse_mails: Mutex<bool>,
    published: Mutex<Vec<EventId>>,
    /// What the events said that were taken.
    said: Mutex<Vec<serde_json::Value>>,
    queued: Mutex<Vec<MailRef>>,
}

#[async_trait]
impl Bus for Outside {
    async fn publish(&self, events: &[Event]) -> Vec<EventId> {
        let refuse = self.refuse_events.lock().unwrap().clone();
        let (failed, taken): (Vec<_>, Vec<_>) =
            events.iter().map(|event| event.id).partition(|event| refuse.contains(event));
        let said = events.iter().filter(|event| taken.contains(&event.id)).map(|event| event.data.clone());
        self.said.lock().unwrap().extend(said);
        self.published.lock().unwrap().extend(taken);
        failed
    }
}

#[async_trait]
impl MailQueue for Outside {
    async fn enqueue(&self, mails: &[MailRef]) -> Vec<MailRef> {
        if *self.refuse_mails.lock().unwrap() {
            return mails.to_vec();
        }
        self.queued.lock().unwrap().extend(mails);
        Vec::new()
    }
}

struct World {
    table: Arc<MemoryTable>,
    outbox: Outbox,
    roll_ups: RollUps,
    mails: MailStore,
    outside: Outside,
}

impl World {
    fn new() -> Self {
        let table = Arc::new(MemoryTable::new());
        Self {
            outbox: Outbox::new(table.clone()),
            roll_ups: RollUps::new(table.clone()),
            mails: MailStore::new(table.clone()),
            table,
            outside: Outside::default(),
        }
    }

    fn ports(&self) -> Ports<'_> {
        Ports {
            outbox: &self.outbox,
            roll_ups: &self.roll_ups,
            bus: &self.outside,
            mails: &self.mails,
            queue: &self.outside,
        }
    }

    async fn put(&self, item: Item) -> Record {
        self.table.write(Op::create(item.clone())).await.unwrap();
        Record { id: format!("seq{}", self.table.items().len()), fact: fact_of(&item) }
    }

    async fn event(&self, event: &Event) -> Record {
        self.put(event_item(System::Training, event).unwrap()).await
    }

    async fn mail(&self, deliver: bool) -> Record {
        let draft = MailDraft {
            id: MailId::new(at(0)),
            person: PersonId::new(at(0)),
            template: "training-digest".to_owned(),
            model: json!({}),
            deliver,
        };
        self.put(mail_item(&draft, at(0)).unwrap()).await
    }

    async fn company(&self) -> Option<RollUp> {
        self.roll_ups.read(&Scope::Company, None).await.unwrap().map(|figures| figures.roll_up)
    }

    fn queued(&self) -> usize {
        self.outside.queued.lock().unwrap().len()
    }

    fn published(&self) -> usize {
        self.outside.published.lock().unwrap().len()
    }
}

fn standing(from: &serde_json::Value, to: &serde_json::Value) -> Event {
    let cause = Cause { by: Principal::Program, at: at(0), correlation_id: "c".into(), causation_id: None };
    Event::new("training.standing_changed", PersonId::new(at(0)), json!({"from": from, "to": to}), &cause)
}

fn place(team: TeamId, clear: bool) -> serde_json::Value {
    json!({"teams": [team], "department": "ENG", "counted": true, "clear": clear, "required": 4, "valid": 2})
}

const ONE: RollUp = RollUp { people: 1, clear: 1, required: 4, valid: 2, areas: Spreads::NONE };

#[tokio::test]
async fn a_redelivered_record_counts_once_and_leaves_the_outbox() {
    let world = World::new();
    let team = TeamId::new(at(0));
    let record = world.event(&standing(&json!(null), &place(team, true))).await;
    let first = handle(&world.ports(), std::slice::from_ref(&record), at(1)).await;
    assert_eq!((first.events, first.failed.len()), (1, 0));
    for _ in 0..3 {
        handle(&world.ports(), &[record.clone(), record.clone()], at(2)).await;
    }
    assert_eq!(world.company().await, Some(ONE));
    let found = sweep(&world.ports(), after(SWEEP_AFTER * 2)).await;
    assert_eq!(found.events, 0);
}

#[tokio::test]
async fn a_batch_that_brings_an_event_twice_counts_it_once() {
    let world = World::new();
    let record = world.event(&standing(&json!(null), &place(TeamId::new(at(0)), true))).await;
    let both = handle(&world.ports(), &[record.clone(), record], at(1)).await;
    assert!(both.failed.is_empty());
    assert_eq!(world.company().await, Some(ONE));
}

#[tokio::test]
async fn a_move_between_teams_leaves_the_company_as_it_was() {
    let world = World::new();
    let (old, new) = (TeamId::new(at(0)), TeamId::new(at(0)));
    let joined = world.event(&standing(&json!(null), &place(old, true))).await;
    let moved = world.event(&standing(&place(old, true), &place(new, false))).await;
    handle(&world.ports(), &[joined, moved], at(1)).await;
    assert_eq!(world.company().await, Some(RollUp { clear: 0, ..ONE }));
    let of = |scope| world.roll_ups.read(scope, None);
    let (old, new) = (Scope::Team(old), Scope::Team(new));
    assert!(of(&old).await.unwrap().is_none_or(|figures| figures.roll_up.is_zero()));
    assert_eq!(of(&new).await.unwrap().map(|figures| figures.roll_up.people), Some(1));
}

#[tokio::test]
async fn what_is_known_of_a_person_moves_with_them_and_goes_with_them() {
    let world = World::new();
    let (old, new) = (TeamId::new(at(0)), TeamId::new(at(0)));
    let knows = |team, reached: serde_json::Value| {
        let mut place = place(team, true);
        place["areas"] = json!({"secure-coding": reached});
        place
    };
    let (novice, expert) = (json!({"level": "novice", "below": true}), json!({"level": "expert", "below": false}));
    let steps = [
        (json!(null), knows(old, json!(null))),
        (knows(old, json!(null)), knows(old, novice.clone())),
        (knows(old, novice.clone()), knows(new, novice.clone())),
        (knows(new, novice), knows(new, expert.clone())),
        (knows(new, expert), json!(null)),
    ];
    let area = Area::parse("secure-coding").unwrap();
    let of = async |scope: Scope| {
        let figures = world.roll_ups.read(&scope, None).await.unwrap();
        let Spread { asked, novice, expert, below, .. } =
            figures.map(|it| it.roll_up.areas.get(&area)).unwrap_or_default();
        [asked, novice, expert, below]
    };
    let mut seen = Vec::new();
    for (from, to) in &steps {
        let record = world.event(&standing(from, to)).await;
        // Delivered twice, counted once.
        for _ in 0..2 {
            assert!(handle(&world.ports(), std::slice::from_ref(&record), at(1)).await.failed.is_empty());
        }
        seen.push([of(Scope::Company).await, of(Scope::Team(old)).await, of(Scope::Team(new)).await]);
    }
    let (nobody, unknown, novice, expert) = ([0; 4], [1, 0, 0, 0], [1, 1, 0, 1], [1, 0, 1, 0]);
    assert_eq!(
        seen,
        [
            [unknown, unknown, nobody],
            [novice, novice, nobody],
            [novice, nobody, novice],
            [expert, nobody, expert],
            [nobody, nobody, nobody],
        ]
    );
    // What anybody reached is counted and goes no further; the rest is passed on.
    let said = world.outside.said.lock().unwrap().clone();
    assert_eq!(said.len(), 2 * steps.len());
    assert!(said.iter().all(|data| !data.to_string().contains("areas")), "{said:?}");
    assert_eq!(said[2], json!({"from": place(old, true), "to": place(old, true)}));
}

#[tokio::test]
async fn only_what_failed_is_reported_and_the_sweep_finds_it() {
    let world = World::new();
    let team = TeamId::new(at(0));
    let (good, bad) = (standing(&json!(null), &place(team, true)), standing(&json!(null), &place(team, true)));
    let records = [world.event(&good).await, world.event(&bad).await];
    world.outside.refuse_events.lock().unwrap().push(bad.id);
    let relayed = handle(&world.ports(), &records, at(1)).await;
    assert_eq!(relayed.failed, [records[1].id.clone()]);
    assert_eq!(sweep(&world.ports(), after(SWEEP_AFTER - SignedDuration::from_secs(1))).await.events, 0);
    assert_eq!(sweep(&world.ports(), after(SWEEP_AFTER)).await.failed, 1);
    world.outside.refuse_events.lock().unwrap().clear();
    // The failed row is looked at again only after a while, so that it does not stand before others.
    assert_eq!(sweep(&world.ports(), after(SWEEP_AFTER * 2)).await.events, 0);
    assert_eq!(sweep(&world.ports(), after(SWEEP_AFTER * 2 + SWEEP_AGAIN)).await.events, 1);
    assert_eq!(world.company().await, Some(ONE.plus(&ONE)), "counted once each");
    assert_eq!(world.published(), 2);
}

#[tokio::test]
async fn a_new_mail_is_queued_and_a_preview_is_not() {
    let world = World::new();
    let records = [world.mail(true).await, world.mail(false).await];
    let relayed = handle(&world.ports(), &records, at(1)).await;
    assert_eq!((relayed.mails, world.queued()), (1, 1));
    *world.outside.refuse_mails.lock().unwrap() = true;
    assert_eq!(handle(&world.ports(), &records, at(1)).await.failed, [records[0].id.clone()]);
}

#[tokio::test]
async fn the_sweep_queues_a_lost_mail_once_a_while_and_leaves_a_held_one_alone() {
    let world = World::new();
    let record = world.mail(true).await;
    let Fact::Mail(mail) = record.fact else { panic!("not a mail") };
    assert_eq!(sweep(&world.ports(), at(10)).await.mails, 0);
    assert_eq!(sweep(&world.ports(), after(SWEEP_AFTER)).await.mails, 1);
    assert_eq!(sweep(&world.ports(), after(SWEEP_AFTER * 2)).await.mails, 0, "queued again too soon");
    let again = after(SWEEP_AFTER * 2 + SWEEP_AGAIN);
    let mut held = world.mails.load(mail).await.unwrap().unwrap();
    let read = held.version;
    held.version = read.next();
    held.state = mail::MailState::Leased { until: again + SignedDuration::from_secs(1), worker: "w".into() };
    world.mails.save(&held, read).await.unwrap();
    assert_eq!(sweep(&world.ports(), again).await.mails, 0);
    assert_eq!(sweep(&world.ports(), again + SignedDuration::from_secs(2)).await.mails, 1);
}

#[tokio::test]
async fn an_unreadable_row_holds_nothing_up_and_stays() {
    let world = World::new();
    let broken = standing(&json!("nonsense"), &json!(null));
    let good = standing(&json!(null), &place(TeamId::new(at(0)), true));
    let records = [
        world.event(&broken).await,
        world.event(&good).await,
        Record { id: "x".into(), fact: Fact::Unreadable("A / B".into()) },
    ];
    let relayed = handle(&world.ports(), &records, at(1)).await;
    assert_eq!((relayed.failed.len(), relayed.events, relayed.unreadable), (0, 1, 2));
    assert_eq!(sweep(&world.ports(), after(SWEEP_AFTER)).await.failed, 1);
}

#[tokio::test]
async fn due_dates_are_counted_for_their_course_once() {
    let world = World::new();
    let course = CourseId::new(at(0));
    let cause = Cause { by: Principal::Program, at: at(0), correlation_id: "c".into(), causation_id: None };
    let said = |kind: &str, in_time: Option<bool>| {
        let data = json!({"course": course, "in_time": in_time});
        Event::new(kind, PersonId::new(at(0)), data, &cause)
    };
    let records = [
        world.event(&said("training.completed", Some(true))).await,
        world.event(&said("training.completed", None)).await,
        world.event(&said("training.completion_checked", Some(true))).await,
        world.event(&said("training.became_overdue", None)).await,
        world.event(&standing(&json!(null), &place(TeamId::new(at(0)), true))).await,
    ];
    for _ in 0..2 {
        assert!(handle(&world.ports(), &records, at(1)).await.failed.is_empty());
    }
    let sums = TrainingStore::new(world.table.clone()).sums(course).await.unwrap();
    assert_eq!((sums.due, sums.met), (3, 2));
    assert_eq!(world.company().await, Some(ONE));
}

#[tokio::test]
async fn tests_feedback_and_seats_are_counted_when_they_are_passed_on() {
    let world = World::new();
    let cause = Cause { by: Principal::Program, at: at(0), correlation_id: "c".into(), causation_id: None };
    let said = |kind: &str, data: serde_json::Value| Event::new(kind, PersonId::new(at(0)), data, &cause);
    let mut records = Vec::new();
    for event in [
        said("training.attempt_submitted", json!({"passed": true})),
        said("training.attempt_submitted", json!({"passed": false})),
        said("training.seat_awaited", json!({})),
        said("training.seat_moved_up", json!({})),
        said("training.seat_given_back", json!({})),
        said("training.pulse_given", json!({})),
    ] {
        records.push(world.event(&event).await);
    }
    let Fact::Event(late) = &records[5].fact else { panic!("an event") };
    world.outside.refuse_events.lock().unwrap().push(late.id);
    let relayed = handle(&world.ports(), &records, at(1)).await;
    let counts: Vec<(&str, u64)> = counted(&records, &relayed).into_iter().collect();
    assert_eq!(counts, [("AttemptsPassed", 1), ("AttemptsSubmitted", 2), ("SeatsAwaited", 1), ("SeatsBooked", 1)]);
}

#[test]
fn differences_are_packed_without_being_changed() {
    let events: Vec<Event> = (0..150)
        .map(|number| {
            let to = place(TeamId::new(at(0)), number % 2 == 0);
            if number % 5 == 0 { standing(&to, &to) } else { standing(&json!(null), &to) }
        })
        .collect();
    let (counts, unreadable) = plan(&events);
    assert!(unreadable.is_empty());
    assert!(counts.iter().all(store::rollup::Count::fits));
    let marks: usize = counts.iter().map(|count| count.events.len()).sum();
    assert_eq!(marks, 120, "an event that changes no figure needs no mark");
    let company = |(scope, _, delta): &(Scope, _, RollUp)| (*scope == Scope::Company).then(|| delta.clone());
    let total = counts
        .iter()
        .flat_map(|count| count.deltas.iter().filter_map(company))
        .fold(RollUp::ZERO, |sum, it| sum.plus(&it));
    assert_eq!(total, RollUp { people: 120, clear: 60, required: 480, valid: 240, ..RollUp::ZERO });
}
