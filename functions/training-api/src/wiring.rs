//! The ports over AWS and the table.

use std::sync::Arc;

use gateways::{Files, LinkKeyParameter, Machine, MailSettings, Settings as Document};
use kernel::{ActiveSettings, Clock, StartMachine, Uploads};
use mail::ports;
use runtime::{Clients, SystemClock, config::TrainingApi};
use store::{DirectoryStore, DynamoTable, Table, TrainingStore, answers::AnswerStore, keys::System};
use training::Settings;
use web::{Edge, Gate};

use crate::app::{App, Ports};

/// The app of a deployed function.
pub fn app(config: &TrainingApi, clients: &Clients, clock: Arc<dyn Clock>) -> (App, Edge) {
    let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
    let prefix = &config.settings_prefix;
    let mail = MailSettings {
        program: Document::new(clients.ssm(), prefix, "program", Arc::clone(&clock)),
        link_keys: LinkKeyParameter::new(clients.ssm(), &config.link_key_parameter, Arc::clone(&clock)),
    };
    let outside = Outside {
        settings: Arc::new(Document::<Settings>::new(clients.ssm(), prefix, "training", Arc::clone(&clock))),
        mail: Arc::new(mail),
        uploads: Arc::new(Files::new(clients.s3(), &config.bucket)),
        imports: Arc::new(Machine::new(clients.sfn(), &config.import_machine)),
        reminders: Arc::new(Machine::new(clients.sfn(), &config.reminder_machine)),
        clock,
        system_clock: Arc::new(SystemClock),
    };
    let app = over(&table, outside, &config.issuer, &config.client_ids);
    (app, Edge { api_url: config.api_url.clone() })
}

/// Everything beside the table.
pub struct Outside {
    /// Training's settings in force.
    pub settings: Arc<dyn ActiveSettings<Settings>>,
    /// The program's settings and the keys that links are signed with.
    pub mail: Arc<dyn ports::Settings>,
    /// Files.
    pub uploads: Arc<dyn Uploads>,
    /// The state machine that applies an import.
    pub imports: Arc<dyn StartMachine>,
    /// The state machine that runs the reminder cycle.
    pub reminders: Arc<dyn StartMachine>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
    /// The time by which tokens expire.
    pub system_clock: Arc<dyn Clock>,
}

/// The app over any table.
pub fn over(table: &Arc<dyn Table>, outside: Outside, issuer: &str, client_ids: &[String]) -> App {
    let training = Arc::new(TrainingStore::new(Arc::clone(table)));
    let directory = Arc::new(DirectoryStore::new(Arc::clone(table)));
    let gate = Gate {
        issuer: issuer.to_owned(),
        client_ids: client_ids.to_vec(),
        system_clock: outside.system_clock,
        clock: Arc::clone(&outside.clock),
        identity: directory.clone(),
    };
    let ports = Ports {
        reader: training.clone(),
        assessments: training.clone(),
        competency: training.clone(),
        effectiveness: training.clone(),
        guidance: training.clone(),
        sessions: training.clone(),
        writer: training.clone(),
        roster: training,
        identity: directory.clone(),
        directory,
        answers: Arc::new(AnswerStore::new(Arc::clone(table), System::Training)),
        settings: outside.settings,
        mail: outside.mail,
        uploads: outside.uploads,
        imports: outside.imports,
        reminders: outside.reminders,
        clock: outside.clock,
    };
    App::new(gate, ports)
}
