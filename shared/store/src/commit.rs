//! Turns a commit into one conditional transaction, and its refusal into the error a caller can act on.

use jiff::{SignedDuration, Timestamp};
use kernel::{Commit, Event, MailDraft, Once, StoreError, StoredAnswer, Version};

use crate::{
    item::{ItemBuilder, Kind, body},
    keys::{self, SHARDS, System},
    table::{Index, Item, Op, Table, Unavailable, Value, WriteError},
};

/// The kind of event items.
pub const EVENT: Kind = Kind::first("event");
/// The kind of mail items.
pub const MAIL: Kind = Kind::first("mail");
/// The kind of idempotency records.
pub const ANSWER: Kind = Kind::first("answer");

/// How long a repeated request is still answered with the stored answer.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// What a failed condition of an operation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Someone wrote the thing since it was read.
    Version,
    /// What should be new exists already; the name says what.
    Taken(&'static str),
    /// The request was made before.
    Once,
}

/// Operations with what their refusal means, all of one system's commit.
#[derive(Debug)]
pub struct Transaction {
    system: System,
    ops: Vec<Op>,
    guards: Vec<Guard>,
    payload_hash: Option<String>,
}

impl Transaction {
    /// An empty transaction of a system.
    pub const fn new(system: System) -> Self {
        Self { system, ops: Vec::new(), guards: Vec::new(), payload_hash: None }
    }

    /// Adds an operation.
    pub fn push(&mut self, op: Op, guard: Guard) {
        self.ops.push(op);
        self.guards.push(guard);
    }

    /// Adds what every commit may carry beside its system's own writes: events, mails (as of an instant) and the
    /// idempotency record.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] if something has no item form.
    pub fn push_rest<W>(&mut self, commit: &Commit<W>, at: Timestamp) -> Result<(), StoreError> {
        for event in &commit.events {
            self.push(Op::create(event_item(self.system, event)?), Guard::Version);
        }
        for mail in &commit.mails {
            self.push(Op::create(mail_item(mail, at)?), Guard::Version);
        }
        if let Some(once) = &commit.once {
            self.push(answer_op(self.system, once)?, Guard::Once);
            self.payload_hash = Some(once.payload_hash.clone());
        }
        Ok(())
    }

    /// How many operations there are.
    pub const fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there is nothing to do.
    pub const fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Runs it: one operation alone as a plain conditional write, several as one transaction, none not at all.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn run(self, table: &dyn Table) -> Result<(), StoreError> {
        let Self { mut ops, guards, payload_hash, .. } = self;
        let result = match ops.len() {
            0 => Ok(()),
            1 => match ops.pop() {
                Some(op) => table.write(op).await.map(|_| ()),
                None => Ok(()),
            },
            _ => table.transact(ops).await,
        };
        result.map_err(|error| explain(error, &guards, payload_hash.as_deref()))
    }
}

/// The most telling of the refusals: a replay before a taken name before a lost race.
fn explain(error: WriteError, guards: &[Guard], payload_hash: Option<&str>) -> StoreError {
    let refusals = match error {
        WriteError::Refused(refusals) => refusals,
        WriteError::Contended => return StoreError::Conflict,
        WriteError::TooLarge(writes) => return StoreError::TooLarge(writes),
        WriteError::Unavailable(error) => return unavailable(error),
    };
    let mut taken = None;
    for refusal in refusals {
        match guards.get(refusal.index) {
            Some(Guard::Once) => return replay(refusal.item, payload_hash),
            Some(Guard::Taken(what)) => taken = taken.or(Some(*what)),
            Some(Guard::Version) | None => {}
        }
    }
    taken.map_or(StoreError::Conflict, StoreError::Taken)
}

fn replay(item: Option<Item>, payload_hash: Option<&str>) -> StoreError {
    // Without the item the record expired between the refusal and the answer; the caller may simply try again.
    let Some(item) = item else { return StoreError::Conflict };
    match body::<AnswerBody>(&item, ANSWER) {
        Ok(stored) if Some(stored.payload_hash.as_str()) == payload_hash => StoreError::Replay(stored.answer),
        Ok(_) => StoreError::KeyReused,
        Err(error) => error,
    }
}

/// The same, for reads.
pub fn unavailable(error: Unavailable) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct AnswerBody {
    pub(crate) payload_hash: String,
    pub(crate) answer: StoredAnswer,
}

fn answer_op(system: System, once: &Once) -> Result<Op, StoreError> {
    let key = keys::idempotency(system, &once.by, &once.key);
    let body = AnswerBody { payload_hash: once.payload_hash.clone(), answer: once.answer.clone() };
    Ok(Op::create(ItemBuilder::new(&key, ANSWER, &body)?.expires(once.at + ANSWERS_KEPT).build()))
}

/// An event as outbox row and history entry: in the pending index until it is relayed.
///
/// # Errors
/// [`StoreError::Unreadable`] if its data have no item form.
pub fn event_item(system: System, event: &Event) -> Result<Item, StoreError> {
    let key = keys::event(system, &event.subject, event.id);
    let position = keys::pending_position(event.recorded_at, event.id);
    Ok(ItemBuilder::new(&key, EVENT, event)?
        .index(Index::Pending, keys::outbox(system, event.id.shard() % SHARDS), position)
        .build())
}

/// A mail as it is first written. Beside the body stand the attributes that only the mailer changes: `state`
/// (`pending` or `preview` here), `lease_until` (empty: free), `attempts` and `version`.
///
/// # Errors
/// [`StoreError::Unreadable`] if its model has no item form.
pub fn mail_item(mail: &MailDraft, at: Timestamp) -> Result<Item, StoreError> {
    let key = keys::mail(mail.person, mail.id);
    let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let item = ItemBuilder::new(&key, MAIL, mail)?
        .version(Version::FIRST)
        .with("state", Value::S(if mail.deliver { "pending" } else { "preview" }.to_owned()))
        .with("lease_until", Value::S(String::new()))
        .with("attempts", Value::N("0".to_owned()))
        .with("created_at", Value::S(keys::instant(at)))
        .index(Index::List, keys::mails_of_day(day), keys::mail_position(mail.person, mail.id));
    let position = keys::pending_position(at, mail.id);
    Ok(if mail.deliver {
        item.index(Index::Pending, keys::pending_mails(mail.id.shard() % SHARDS), position).build()
    } else {
        item.build()
    })
}

#[cfg(test)]
mod tests {
    use kernel::{Commit, PersonId, Principal};

    use super::*;
    use crate::table::{Key, MemoryTable};

    fn at() -> Timestamp {
        Timestamp::from_second(1_782_000_000).unwrap()
    }

    fn once(payload: &str) -> Once {
        let answer = StoredAnswer { status: 201, location: Some("/x".into()), etag: None, body: "{}".into() };
        Once { by: Principal::Program, at: at(), key: "k1".into(), payload_hash: payload.into(), answer }
    }

    fn transaction(once: Once, thing: &str) -> Transaction {
        let mut transaction = Transaction::new(System::Directory);
        let item = ItemBuilder::new(&Key::new("DIR#X", thing), Kind::first("x"), &1).unwrap().build();
        transaction.push(Op::create(item), Guard::Taken("thing"));
        transaction.push_rest(&Commit::of(Vec::<()>::new()).once(Some(once)), at()).unwrap();
        transaction
    }

    #[tokio::test]
    async fn a_repeated_request_gets_the_stored_answer() {
        let table = MemoryTable::new();
        transaction(once("p"), "a").run(&table).await.unwrap();
        let again = transaction(once("p"), "a").run(&table).await.unwrap_err();
        assert!(matches!(again, StoreError::Replay(answer) if answer.status == 201));
    }

    #[tokio::test]
    async fn another_payload_under_the_same_key_is_refused() {
        let table = MemoryTable::new();
        transaction(once("p"), "a").run(&table).await.unwrap();
        let other = transaction(once("q"), "b").run(&table).await.unwrap_err();
        assert!(matches!(other, StoreError::KeyReused));
    }

    #[tokio::test]
    async fn a_taken_name_is_told_from_a_lost_race() {
        let table = MemoryTable::new();
        transaction(once("p"), "a").run(&table).await.unwrap();
        let mut second = once("p");
        second.key = "k2".into();
        let taken = transaction(second, "a").run(&table).await.unwrap_err();
        assert!(matches!(taken, StoreError::Taken("thing")));
    }

    #[test]
    fn a_preview_is_never_in_the_pending_index() {
        let person = PersonId::new(at());
        let draft = MailDraft {
            id: kernel::MailId::new(at()),
            person,
            template: "t".into(),
            model: serde_json::json!({}),
            deliver: false,
        };
        let item = mail_item(&draft, at()).unwrap();
        assert!(!item.contains_key("pending_pk"));
        assert!(mail_item(&MailDraft { deliver: true, ..draft }, at()).unwrap().contains_key("pending_pk"));
    }
}
