//! The mailer as a Lambda function behind the mail queue and the feedback queue.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use aws_lambda_events::sqs::SqsEvent;
use gateways::{LinkKeyParameter, MailSettings, SesSender, Settings};
use jiff::SignedDuration;
use kernel::Clock;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use mail::{Ports, ProgramSettings, ports::Settings as _};
use mailer::{Invocation, Message, Pace, Report, handle};
use runtime::{
    Clients, FromEnv, SystemClock,
    config::{Aws, Mailer as Config},
    logs,
    metrics::{Metric, emit},
    program_clock,
};
use serde_json::{Value, json};
use store::{
    DirectoryStore, DynamoTable, Table,
    mail::{AddressBook, MailStore},
};
use tokio::time::Instant;

/// The system in metrics.
const SYSTEM: &str = "mail";

struct App {
    mails: MailStore,
    contacts: AddressBook,
    sender: SesSender,
    settings: MailSettings,
    api_url: String,
    pace: Steady,
    workers: u32,
    clock: Arc<dyn Clock>,
}

impl App {
    fn new(config: &Config, clients: &Clients) -> Self {
        let clock = program_clock();
        let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
        let notice = {
            let clock = Arc::clone(&clock);
            move |_: &str| emit("program", clock.now(), &[Metric::count("SettingsEditedByHand", 1)])
        };
        let program: Settings<ProgramSettings> =
            Settings::new(clients.ssm(), &config.settings_prefix, "program", Arc::clone(&clock))
                .noticing(Arc::new(notice));
        let link_keys = LinkKeyParameter::new(clients.ssm(), &config.link_key_parameter, Arc::clone(&clock));
        Self {
            mails: MailStore::new(Arc::clone(&table)),
            contacts: AddressBook::new(DirectoryStore::new(table), Arc::clone(&clock)),
            sender: SesSender::new(clients.sesv2(), &config.mail_from, &config.mail_configuration_set),
            settings: MailSettings { program, link_keys },
            api_url: config.api_url.clone(),
            pace: Steady::default(),
            workers: config.send_concurrency,
            clock,
        }
    }

    async fn answer(&self, event: LambdaEvent<SqsEvent>) -> Result<Value, Error> {
        let messages: Vec<Message> = event
            .payload
            .records
            .into_iter()
            .map(|record| Message { id: record.message_id.unwrap_or_default(), body: record.body.unwrap_or_default() })
            .collect();
        // Without settings every delivery says so itself; the last known pace is as good as any.
        if let Ok(settings) = self.settings.program().await {
            self.pace.set(settings.send_rate, self.workers);
        }
        let ports = Ports {
            mails: &self.mails,
            contacts: &self.contacts,
            suppressions: &self.mails,
            sender: &self.sender,
            settings: &self.settings,
            api_url: &self.api_url,
        };
        // The platform's deadline is real time, the program's clock may not be: what is left is carried over.
        let now = self.clock.now();
        let ends = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let left = SignedDuration::from_millis(ends.saturating_sub(SystemClock.now().as_millisecond()));
        let deadline = now.saturating_add(left).unwrap_or(now);
        let invocation = Invocation { id: &event.context.request_id, deadline };
        let report = handle(&ports, &messages, &invocation, &self.pace, &*self.clock).await;
        emit(SYSTEM, now, &metrics(&report));
        let failures: Vec<Value> = report.failed.iter().map(|id| json!({"itemIdentifier": id})).collect();
        Ok(json!({"batchItemFailures": failures}))
    }
}

fn metrics(report: &Report) -> Vec<Metric> {
    [
        ("MailsSent", report.sent),
        ("MailsFailed", report.mails_failed),
        ("MailsSuppressed", report.suppressed),
        ("MailsPreviewed", report.preview),
        ("MailsThrottled", report.throttled),
        ("MailsUnknown", report.unknown),
        ("MailsReconciled", report.reconciled),
        ("MailBounces", report.bounces),
        ("MailComplaints", report.complaints),
        ("MailMessagesUnreadable", report.unreadable),
    ]
    .into_iter()
    .filter(|(_, value)| *value > 0)
    .map(|(name, value)| Metric::count(name, value))
    .collect()
}

/// This worker's share of the program's rate, evenly spaced.
#[derive(Default)]
struct Steady(Mutex<Spacing>);

#[derive(Default)]
struct Spacing {
    gap: Duration,
    next: Option<Instant>,
}

impl Steady {
    fn set(&self, rate: u16, workers: u32) {
        let gap = Duration::from_secs(1) * workers.max(1) / u32::from(rate.max(1));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).gap = gap;
    }
}

#[async_trait]
impl Pace for Steady {
    async fn turn(&self) {
        let mine = {
            let mut spacing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let mine = spacing.next.map_or(now, |next| next.max(now));
            spacing.next = Some(mine + spacing.gap);
            mine
        };
        tokio::time::sleep_until(mine).await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logs::start();
    let app = App::new(&Config::from_env()?, &Clients::new(&Aws::from_env()?));
    let app = &app;
    lambda_runtime::run(service_fn(move |event| app.answer(event))).await
}
