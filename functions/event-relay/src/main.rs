//! The relay as a Lambda function: batches of the table's stream, and a schedule that asks for the sweep.

use std::sync::Arc;

use aws_lambda_events::dynamodb::Event as StreamEvent;
use event_relay::{Fact, Ports, Record, counted, fact_of, handle, sweep};
use gateways::{EventBus, SqsMailQueue};
use kernel::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{
    Clients, FromEnv,
    config::{Aws, EventRelay as Config},
    logs,
    metrics::{Metric, emit},
    program_clock,
};
use serde_json::{Value, json};
use store::{DynamoTable, Table, mail::MailStore, outbox::Outbox, rollup::RollUps};

/// The system in metrics.
const SYSTEM: &str = "relay";
/// The system whose facts are counted on the way.
const FACTS: &str = "training";

struct App {
    outbox: Outbox,
    roll_ups: RollUps,
    bus: EventBus,
    mails: MailStore,
    queue: SqsMailQueue,
    clock: Arc<dyn Clock>,
}

impl App {
    fn new(config: &Config, clients: &Clients) -> Self {
        let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
        Self {
            outbox: Outbox::new(Arc::clone(&table)),
            roll_ups: RollUps::new(Arc::clone(&table)),
            bus: EventBus::new(clients.eventbridge(), &config.event_bus),
            mails: MailStore::new(table),
            queue: SqsMailQueue::new(clients.sqs(), &config.mail_queue_url),
            clock: program_clock(),
        }
    }

    async fn answer(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        let ports = Ports {
            outbox: &self.outbox,
            roll_ups: &self.roll_ups,
            bus: &self.bus,
            mails: &self.mails,
            queue: &self.queue,
        };
        let now = self.clock.now();
        if event.payload.get("task").and_then(Value::as_str) == Some("sweep") {
            let swept = sweep(&ports, now).await;
            let counts = [("SweptEvents", swept.events), ("SweptMails", swept.mails), ("SweepFailed", swept.failed)];
            emit(SYSTEM, now, &counts.map(|(name, value)| Metric::count(name, value)));
            return Ok(json!({"events": swept.events, "mails": swept.mails, "failed": swept.failed}));
        }
        let stream: StreamEvent = serde_json::from_value(event.payload)?;
        let records: Vec<Record> = stream.records.into_iter().map(record).collect();
        let relayed = handle(&ports, &records, now).await;
        let failed = u64::try_from(relayed.failed.len()).unwrap_or(u64::MAX);
        let counts = [
            ("EventsRelayed", relayed.events),
            ("MailsQueued", relayed.mails),
            ("RelayFailed", failed),
            ("RelayUnreadable", relayed.unreadable),
        ];
        let counts: Vec<Metric> =
            counts.iter().filter(|(_, value)| *value > 0).map(|(name, value)| Metric::count(name, *value)).collect();
        emit(SYSTEM, now, &counts);
        let facts: Vec<Metric> =
            counted(&records, &relayed).into_iter().map(|(name, value)| Metric::count(name, value)).collect();
        emit(FACTS, now, &facts);
        let failures: Vec<Value> = relayed.failed.iter().map(|id| json!({"itemIdentifier": id})).collect();
        Ok(json!({"batchItemFailures": failures}))
    }
}

fn record(record: aws_lambda_events::dynamodb::EventRecord) -> Record {
    let id = record.change.sequence_number.unwrap_or_default();
    let fact = if record.event_name == "INSERT" { fact_of(&record.change.new_image) } else { Fact::Other };
    Record { id, fact }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let app = App::new(&Config::from_env()?, &Clients::new(&Aws::from_env()?));
    let app = &app;
    lambda_runtime::run(service_fn(move |event| app.answer(event))).await
}
