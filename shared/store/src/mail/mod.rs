//! Mails, suppressed addresses and the address book, over the table. A mail is written once with the fact that causes
//! it (see [`crate::commit::mail_item`]); from then on only its delivery changes, by updates under its version, and its
//! entry in the pending index goes when it has ended.

mod book;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use kernel::{Limit, MailDraft, Page, Position, StoreError, Version};
use mail::{
    AddressHash, Mail, MailRef, MailState, SuppressReason,
    ports::{MailListing, Mails, PendingMails, Suppressions},
};
use serde::{Deserialize, Serialize};

pub use book::AddressBook;

use crate::{
    Table,
    commit::{MAIL, unavailable},
    item::{ItemBuilder, Kind, body, version},
    keys,
    table::{Change, Condition, Index, Item, Key, Op, Query, Range, Value, WriteError, key_of, text},
};

const SUPPRESSED: Kind = Kind::first("suppressed");
const STATE: &str = "state";
const DELIVERY: &str = "delivery";
const LEASE_UNTIL: &str = "lease_until";
const ATTEMPTS: &str = "attempts";
const CREATED_AT: &str = "created_at";
const VERSION: &str = "version";

/// The mails of the program.
#[derive(Clone)]
pub struct MailStore {
    table: Arc<dyn Table>,
}

impl MailStore {
    /// The mails in this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }
}

/// Reads a mail from its item.
///
/// # Errors
/// [`StoreError::Unreadable`], naming the key.
pub fn read(item: &Item) -> Result<Mail, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("{}: {what}", key_of(item)));
    let MailDraft { id, person, template, model, .. } = body(item, MAIL)?;
    let state = match (item.get(DELIVERY), text(item, STATE)) {
        (Some(delivery), _) => {
            serde_dynamo::from_attribute_value(delivery.clone()).map_err(|error| unreadable(&error.to_string()))?
        }
        (None, Some("pending")) => MailState::Pending,
        (None, Some("preview")) => MailState::Preview,
        (None, _) => return Err(unreadable("no state")),
    };
    let attempts = match item.get(ATTEMPTS) {
        Some(Value::N(number)) => number.parse().map_err(|_| unreadable("attempts"))?,
        _ => 0,
    };
    let created_at = text(item, CREATED_AT).and_then(|at| at.parse().ok()).ok_or_else(|| unreadable("created_at"))?;
    let at = MailRef { person, mail: id };
    Ok(Mail { at, template, model, created_at, state, attempts, version: version(item) })
}

fn key(at: MailRef) -> Key {
    keys::mail(at.person, at.mail)
}

/// The error of a single conditional write of something that exists.
fn lost_race(error: WriteError) -> StoreError {
    match error {
        WriteError::Refused(_) | WriteError::Contended => StoreError::Conflict,
        WriteError::Unavailable(error) => unavailable(error),
        WriteError::TooLarge(writes) => StoreError::TooLarge(writes),
    }
}

fn number(version: Version) -> Value {
    Value::N(version.to_string())
}

#[async_trait]
impl Mails for MailStore {
    async fn load(&self, mail: MailRef) -> Result<Option<Mail>, StoreError> {
        self.table.get(&key(mail), true).await.map_err(unavailable)?.as_ref().map(read).transpose()
    }

    async fn save(&self, mail: &Mail, expected: Version) -> Result<(), StoreError> {
        let delivery = serde_dynamo::to_attribute_value(&mail.state)
            .map_err(|error| StoreError::Unreadable(format!("{}: {error}", key(mail.at))))?;
        let lease = match &mail.state {
            MailState::Leased { until, .. } => keys::instant(*until),
            MailState::Pending
            | MailState::Sent { .. }
            | MailState::Failed { .. }
            | MailState::Suppressed { .. }
            | MailState::Preview => String::new(),
        };
        let mut changes = vec![
            Change::Set(STATE, Value::S(mail.state.name().to_owned())),
            Change::Set(DELIVERY, delivery),
            Change::Set(LEASE_UNTIL, Value::S(lease)),
            Change::Set(ATTEMPTS, Value::N(mail.attempts.to_string())),
            Change::Set(VERSION, number(mail.version)),
        ];
        if !mail.is_open() {
            changes.extend([Change::Remove(Index::Pending.pk()), Change::Remove(Index::Pending.sk())]);
        }
        let when = vec![Condition::Equals(VERSION, number(expected))];
        self.table.write(Op::Update { key: key(mail.at), changes, when }).await.map(|_| ()).map_err(lost_race)
    }
}

#[async_trait]
impl MailListing for MailStore {
    async fn on_day(&self, day: Date, limit: Limit, after: Option<&Position>) -> Result<Page<Mail>, StoreError> {
        let query = Query::index(Index::List, keys::mails_of_day(day))
            .limit(limit.get())
            .after(after.map(|position| position.0.clone()));
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        let items = slice.items.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next: slice.next.map(Position) })
    }
}

#[async_trait]
impl PendingMails for MailStore {
    async fn pending(&self, shard: u8, before: Timestamp, limit: u16) -> Result<Vec<Mail>, StoreError> {
        let query = Query::index(Index::Pending, keys::pending_mails(shard))
            .range(Range::up_to(&keys::instant(before)))
            .limit(limit);
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        Ok(readable(&slice.items, read))
    }

    async fn postpone(&self, mail: &Mail, next: Timestamp) -> Result<(), StoreError> {
        // An index lags: a mail that has ended since has no entry any more and must not get one.
        let partition = Value::S(keys::pending_mails(mail.at.mail.shard() % keys::SHARDS));
        let when = vec![Condition::Equals(Index::Pending.pk(), partition)];
        let position = Value::S(keys::pending_position(next, mail.at.mail));
        let changes = vec![Change::Set(Index::Pending.sk(), position)];
        match self.table.write(Op::Update { key: key(mail.at), changes, when }).await {
            Ok(_) | Err(WriteError::Refused(_)) => Ok(()),
            Err(error) => Err(lost_race(error)),
        }
    }
}

/// The items that parse. One that does not must not stop the others: it is logged, and stays where it is.
pub(crate) fn readable<V>(items: &[Item], read: impl Fn(&Item) -> Result<V, StoreError>) -> Vec<V> {
    let log = |error: &StoreError| tracing::error!(%error, "a pending item is unreadable");
    items.iter().filter_map(|item| read(item).inspect_err(log).ok()).collect()
}

#[derive(Serialize, Deserialize)]
struct SuppressedBody {
    reason: SuppressReason,
    since: Timestamp,
}

#[async_trait]
impl Suppressions for MailStore {
    async fn suppressed(&self, address: &AddressHash) -> Result<Option<SuppressReason>, StoreError> {
        let item = self.table.get(&keys::suppressed(address), true).await.map_err(unavailable)?;
        let held: Option<SuppressedBody> = item.as_ref().map(|item| body(item, SUPPRESSED)).transpose()?;
        Ok(held.map(|held| held.reason))
    }

    async fn suppress(&self, address: &AddressHash, reason: SuppressReason, at: Timestamp) -> Result<(), StoreError> {
        let held = SuppressedBody { reason, since: at };
        let item = ItemBuilder::new(&keys::suppressed(address), SUPPRESSED, &held)?.build();
        match self.table.write(Op::create(item)).await {
            Ok(_) | Err(WriteError::Refused(_)) => Ok(()),
            Err(error) => Err(lost_race(error)),
        }
    }
}

#[cfg(test)]
mod tests;
