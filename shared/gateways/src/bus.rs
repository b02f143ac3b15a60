//! The event bus in EventBridge. Events go out as they are stored; `source` is `guildhall.<system>`, `detail-type` the
//! event's kind.

use aws_sdk_eventbridge::{Client, primitives::DateTime, types::PutEventsRequestEntry};
use kernel::{Event, EventId};

/// The most entries EventBridge takes at once.
const BATCH: usize = 10;

/// EventBridge as the event bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// The bus of a name or ARN.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Publishes events, and answers with those that were not taken.
    pub async fn publish(&self, events: &[Event]) -> Vec<EventId> {
        let mut failed = Vec::new();
        for batch in events.chunks(BATCH) {
            failed.extend(self.publish_batch(batch).await);
        }
        failed
    }

    async fn publish_batch(&self, events: &[Event]) -> Vec<EventId> {
        let entries = events.iter().map(|event| self.entry(event)).collect();
        let all = || events.iter().map(|event| event.id).collect();
        match self.client.put_events().set_entries(Some(entries)).send().await {
            // The answer has one entry for each that was sent, in the same order; those without an event id failed.
            Ok(answer) if answer.entries().len() == events.len() => answer
                .entries()
                .iter()
                .zip(events)
                .filter(|(entry, _)| entry.event_id().is_none())
                .map(|(entry, event)| {
                    tracing::warn!(code = entry.error_code(), event.id = %event.id, "an event was not taken");
                    event.id
                })
                .collect(),
            Ok(_) => all(),
            Err(error) => {
                let error = crate::error::classify!("EventBridge", aws_sdk_eventbridge, error);
                tracing::warn!(%error, "events were not taken");
                all()
            }
        }
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(format!("guildhall.{}", event.system()))
            .detail_type(&event.kind)
            .detail(serde_json::to_string(event).unwrap_or_default())
            .time(DateTime::from_millis(event.occurred_at.as_millisecond()))
            .build()
    }
}
