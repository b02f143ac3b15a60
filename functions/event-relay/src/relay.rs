//! Passes on what was written: from the stream as it happens, from the pending index what the stream lost.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use kernel::{Event, EventId, StoreError};
use mail::{
    MailRef,
    ports::{MailQueue, PendingMails},
};
use store::{keys::SHARDS, outbox::SYSTEMS, rollup::CountError};
use training::events::passed_on;

use crate::{
    Fact, Record, plan,
    ports::{Bus, Outbox, RollUps},
};

/// How long a row may be pending before the sweep takes it for lost.
pub const SWEEP_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// When the sweep looks again at a row it has just passed on or failed to.
pub const SWEEP_AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// How many rows of a shard one sweep takes.
const SWEEP_LIMIT: u16 = 250;
/// How often a count is tried when other transactions come first or events were counted before.
const COUNT_TRIES: usize = 4;

/// What the relay works with.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Events not yet relayed.
    pub outbox: &'a dyn Outbox,
    /// The figures of groups.
    pub roll_ups: &'a dyn RollUps,
    /// Where events go.
    pub bus: &'a dyn Bus,
    /// Mails not yet sent.
    pub mails: &'a dyn PendingMails,
    /// The queue they go to.
    pub queue: &'a dyn MailQueue,
}

/// What became of a batch of the stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relayed {
    /// Records to be delivered again, by sequence number.
    pub failed: Vec<String>,
    /// Events passed on.
    pub events: u64,
    /// Mails queued.
    pub mails: u64,
    /// Rows that do not parse.
    pub unreadable: u64,
}

/// What a sweep found and passed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Events passed on.
    pub events: u64,
    /// Mails queued again.
    pub mails: u64,
    /// Rows, or whole shards, that it could not pass on.
    pub failed: u64,
}

/// Passes on what a batch of the stream says. Only the records that failed are to be delivered again.
pub async fn handle(ports: &Ports<'_>, records: &[Record], now: Timestamp) -> Relayed {
    let mut relayed = Relayed::default();
    let (mut events, mut mails) = (Vec::new(), Vec::new());
    for record in records {
        match &record.fact {
            // A batch may bring an event twice; counting it twice in one transaction would refuse the whole of it.
            Fact::Event(event) if events.iter().any(|seen: &Event| seen.id == event.id) => {}
            Fact::Event(event) => events.push((**event).clone()),
            Fact::Mail(mail) => mails.push(*mail),
            // It stays pending for whoever mends it; delivering it again would only hold up what follows.
            Fact::Unreadable(key) => {
                tracing::error!(item.key = key, "an event or mail is unreadable");
                relayed.unreadable += 1;
            }
            Fact::Other => {}
        }
    }
    let passed = pass_on(ports, &events, now).await;
    let failed_mails: BTreeSet<MailRef> = match mails.is_empty() {
        true => BTreeSet::new(),
        false => ports.queue.enqueue(&mails).await.into_iter().collect(),
    };
    for record in records {
        let failed = match &record.fact {
            Fact::Event(event) if passed.unreadable.contains(&event.id) => {
                relayed.unreadable += 1;
                continue;
            }
            Fact::Event(event) => passed.failed.contains(&event.id),
            Fact::Mail(mail) => failed_mails.contains(mail),
            Fact::Unreadable(_) | Fact::Other => continue,
        };
        match (failed, &record.fact) {
            (true, _) => relayed.failed.push(record.id.clone()),
            (false, Fact::Mail(_)) => relayed.mails += 1,
            (false, _) => relayed.events += 1,
        }
    }
    relayed
}

/// Visits every shard of the pending index and passes on what has waited for [`SWEEP_AFTER`] or longer. A mail under a
/// running lease is left to its worker. A shard that cannot be read does not stop the others.
pub async fn sweep(ports: &Ports<'_>, now: Timestamp) -> Swept {
    let before = now.saturating_sub(SWEEP_AFTER).unwrap_or(Timestamp::MIN);
    let again = now.saturating_add(SWEEP_AGAIN).unwrap_or(Timestamp::MAX);
    let mut swept = Swept::default();
    for shard in 0..SHARDS {
        for system in SYSTEMS {
            match ports.outbox.pending(*system, shard, before, SWEEP_LIMIT).await {
                Ok(events) => sweep_events(ports, &events, now, again, &mut swept).await,
                Err(error) => unread(&error, &mut swept),
            }
        }
        match ports.mails.pending(shard, before, SWEEP_LIMIT).await {
            Ok(mails) => {
                let free: Vec<_> = mails.into_iter().filter(|mail| !mail.is_leased(now)).collect();
                sweep_mails(ports, &free, again, &mut swept).await;
            }
            Err(error) => unread(&error, &mut swept),
        }
    }
    swept
}

fn unread(error: &StoreError, swept: &mut Swept) {
    tracing::warn!(%error, "a shard of the pending index could not be read");
    swept.failed += 1;
}

async fn sweep_events(ports: &Ports<'_>, events: &[Event], now: Timestamp, again: Timestamp, swept: &mut Swept) {
    let passed = pass_on(ports, events, now).await;
    for event in events {
        if passed.failed.contains(&event.id) || passed.unreadable.contains(&event.id) {
            swept.failed += 1;
            // So that rows which fail for ever do not stand before the others.
            noted(ports.outbox.postpone(event, again).await);
        } else {
            swept.events += 1;
        }
    }
}

async fn sweep_mails(ports: &Ports<'_>, mails: &[mail::Mail], again: Timestamp, swept: &mut Swept) {
    if mails.is_empty() {
        return;
    }
    let places: Vec<MailRef> = mails.iter().map(|mail| mail.at).collect();
    let failed: BTreeSet<MailRef> = ports.queue.enqueue(&places).await.into_iter().collect();
    for mail in mails {
        if failed.contains(&mail.at) {
            swept.failed += 1;
        } else {
            swept.mails += 1;
            // Without this every sweep would queue a long backlog once more.
            noted(ports.mails.postpone(mail, again).await);
        }
    }
}

/// A note that could not be written costs one more look at the row, and nothing else.
fn noted(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "a pending row could not be noted");
    }
}

/// Events that were not passed on.
#[derive(Default)]
struct Passed {
    /// Worth another try.
    failed: BTreeSet<EventId>,
    /// Their data do not parse; they stay pending for whoever mends them.
    unreadable: BTreeSet<EventId>,
}

/// Counts, publishes, and takes out of the pending index, in this order: a row stays pending until all of it is done.
async fn pass_on(ports: &Ports<'_>, events: &[Event], now: Timestamp) -> Passed {
    if events.is_empty() {
        return Passed::default();
    }
    let mut passed = count(ports, events, now).await;
    let left =
        |passed: &Passed, event: &Event| passed.failed.contains(&event.id) || passed.unreadable.contains(&event.id);
    let counted: Vec<Event> = events.iter().filter(|event| !left(&passed, event)).cloned().collect();
    if !counted.is_empty() {
        let told: Vec<Event> = counted.iter().cloned().map(passed_on).collect();
        passed.failed.extend(ports.bus.publish(&told).await);
    }
    for event in counted.iter().filter(|event| !left(&passed, event)) {
        // If it stays pending the sweep publishes it once more, which consumers must bear anyway.
        noted(ports.outbox.relayed(event).await);
    }
    passed
}

/// Adds what events change to the figures; answers with the events that could not be counted.
async fn count(ports: &Ports<'_>, events: &[Event], now: Timestamp) -> Passed {
    let mut passed = Passed::default();
    let (counts, unreadable) = plan(events);
    for event in unreadable {
        tracing::error!(event.id = %event.id, "an event's data are unreadable");
        passed.unreadable.insert(event.id);
    }
    for count in counts {
        let mut waiting: BTreeSet<EventId> = count.events.iter().copied().collect();
        for _ in 0..COUNT_TRIES {
            let (counts, _) = plan(events.iter().filter(|event| waiting.contains(&event.id)));
            let Some(count) = counts.first() else { break };
            match ports.roll_ups.count(count, now).await {
                Ok(()) => count.events.iter().for_each(|event| {
                    waiting.remove(event);
                }),
                Err(CountError::Counted(before)) => before.iter().for_each(|event| {
                    waiting.remove(event);
                }),
                Err(CountError::Store(StoreError::Conflict)) => {}
                Err(CountError::Store(error)) => {
                    tracing::warn!(%error, "events could not be counted");
                    break;
                }
            }
        }
        passed.failed.extend(waiting);
    }
    passed
}
