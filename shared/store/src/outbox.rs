//! The outbox: events that are written and not yet relayed. An event is its own outbox row; being relayed takes it out
//! of the pending index and leaves it where it is, as history.

use std::sync::Arc;

use jiff::Timestamp;
use kernel::{Event, StoreError};

use crate::{
    Table,
    commit::{EVENT, unavailable},
    item::body,
    keys::{self, SHARDS, System},
    mail::readable,
    table::{Change, Condition, Index, Item, Op, Query, Range, Value, WriteError},
};

/// The systems that write events.
pub const SYSTEMS: &[System] = &[System::Directory, System::Training];

/// The outbox of every system.
#[derive(Clone)]
pub struct Outbox {
    table: Arc<dyn Table>,
}

/// Reads an event from its item.
///
/// # Errors
/// [`StoreError::Unreadable`], naming the key.
pub fn read(item: &Item) -> Result<Event, StoreError> {
    body(item, EVENT)
}

fn system_of(event: &Event) -> Result<System, StoreError> {
    System::of_event(&event.kind).ok_or_else(|| StoreError::Unreadable(format!("event {}: its system", event.id)))
}

impl Outbox {
    /// The outbox in this table.
    pub fn new(table: Arc<dyn Table>) -> Self {
        Self { table }
    }

    /// Events of a system's shard (0 to 15) whose turn came by an instant, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the index cannot be read; an item that does not parse is logged and left out.
    pub async fn pending(
        &self,
        system: System,
        shard: u8,
        before: Timestamp,
        limit: u16,
    ) -> Result<Vec<Event>, StoreError> {
        let query = Query::index(Index::Pending, keys::outbox(system, shard))
            .range(Range::up_to(&keys::instant(before)))
            .limit(limit);
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        Ok(readable(&slice.items, read))
    }

    /// Notes that an event was relayed. A second time changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when that is unknown.
    pub async fn relayed(&self, event: &Event) -> Result<(), StoreError> {
        let changes = vec![Change::Remove(Index::Pending.pk()), Change::Remove(Index::Pending.sk())];
        self.update(event, changes, vec![Condition::Present]).await
    }

    /// Notes that relaying an event failed, so that it is looked at again only from `next`.
    ///
    /// # Errors
    /// [`StoreError`] when that is unknown.
    pub async fn postpone(&self, event: &Event, next: Timestamp) -> Result<(), StoreError> {
        let partition = keys::outbox(system_of(event)?, event.id.shard() % SHARDS);
        let when = vec![Condition::Equals(Index::Pending.pk(), Value::S(partition))];
        let position = Value::S(keys::pending_position(next, event.id));
        self.update(event, vec![Change::Set(Index::Pending.sk(), position)], when).await
    }

    async fn update(&self, event: &Event, changes: Vec<Change>, when: Vec<Condition>) -> Result<(), StoreError> {
        let key = keys::event(system_of(event)?, &event.subject, event.id);
        match self.table.write(Op::Update { key, changes, when }).await {
            Ok(_) | Err(WriteError::Refused(_)) => Ok(()),
            Err(WriteError::Contended) => Err(StoreError::Conflict),
            Err(error) => Err(StoreError::Unavailable(Box::new(error))),
        }
    }
}
