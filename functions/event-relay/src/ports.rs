//! What the relay needs from outside, beside the mail room's own ports.

use async_trait::async_trait;
use gateways::EventBus;
use jiff::Timestamp;
use kernel::{Event, EventId, StoreError};
use store::{
    keys::System,
    rollup::{Count, CountError},
};

/// Events that are written and not yet relayed.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Events of a system's shard (0 to 15) whose turn came by an instant, oldest first.
    async fn pending(&self, system: System, shard: u8, before: Timestamp, limit: u16)
    -> Result<Vec<Event>, StoreError>;
    /// Notes that an event was relayed.
    async fn relayed(&self, event: &Event) -> Result<(), StoreError>;
    /// Notes that an event is to be looked at again only from an instant.
    async fn postpone(&self, event: &Event, next: Timestamp) -> Result<(), StoreError>;
}

/// The figures of groups.
#[async_trait]
pub trait RollUps: Send + Sync {
    /// Adds differences, all of them or none.
    async fn count(&self, count: &Count, at: Timestamp) -> Result<(), CountError>;
}

/// Where events go.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes events, and answers with those that were not taken.
    async fn publish(&self, events: &[Event]) -> Vec<EventId>;
}

#[async_trait]
impl Outbox for store::outbox::Outbox {
    async fn pending(
        &self,
        system: System,
        shard: u8,
        before: Timestamp,
        limit: u16,
    ) -> Result<Vec<Event>, StoreError> {
        Self::pending(self, system, shard, before, limit).await
    }

    async fn relayed(&self, event: &Event) -> Result<(), StoreError> {
        Self::relayed(self, event).await
    }

    async fn postpone(&self, event: &Event, next: Timestamp) -> Result<(), StoreError> {
        Self::postpone(self, event, next).await
    }
}

#[async_trait]
impl RollUps for store::rollup::RollUps {
    async fn count(&self, count: &Count, at: Timestamp) -> Result<(), CountError> {
        Self::count(self, count, at).await
    }
}

#[async_trait]
impl Bus for EventBus {
    async fn publish(&self, events: &[Event]) -> Vec<EventId> {
        Self::publish(self, events).await
    }
}
