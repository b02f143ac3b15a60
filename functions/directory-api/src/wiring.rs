//! The ports over AWS and the table.

use std::sync::Arc;

use gateways::{Files, Machine, Settings as Document};
use kernel::{ActiveSettings, Clock, StartMachine, Uploads};
use mail::ProgramSettings;
use runtime::{Clients, SystemClock, config::DirectoryApi};
use store::{
    DirectoryStore, DynamoTable, Table,
    answers::AnswerStore,
    keys::System,
    mail::{AddressBook, MailStore},
    settings::SettingsHistory,
};
use web::{Edge, Gate};

use crate::app::{App, Ports};

/// The app of a deployed function.
pub fn app(config: &DirectoryApi, clients: &Clients, clock: Arc<dyn Clock>) -> (App, Edge) {
    let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
    let outside = Outside {
        settings: Arc::new(Document::<ProgramSettings>::new(
            clients.ssm(),
            &config.settings_prefix,
            "program",
            Arc::clone(&clock),
        )),
        uploads: Arc::new(Files::new(clients.s3(), &config.bucket)),
        imports: Arc::new(Machine::new(clients.sfn(), &config.import_machine)),
        clock,
        system_clock: Arc::new(SystemClock),
    };
    let app = over(&table, outside, &config.issuer, &config.client_ids);
    (app, Edge { api_url: config.api_url.clone() })
}

/// Everything beside the table.
pub struct Outside {
    /// The program's settings in force.
    pub settings: Arc<dyn ActiveSettings<ProgramSettings>>,
    /// Files.
    pub uploads: Arc<dyn Uploads>,
    /// The state machine that applies an import.
    pub imports: Arc<dyn StartMachine>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
    /// The time by which tokens expire.
    pub system_clock: Arc<dyn Clock>,
}

/// The app over any table.
pub fn over(table: &Arc<dyn Table>, outside: Outside, issuer: &str, client_ids: &[String]) -> App {
    let directory = Arc::new(DirectoryStore::new(Arc::clone(table)));
    let mails = Arc::new(MailStore::new(Arc::clone(table)));
    let gate = Gate {
        issuer: issuer.to_owned(),
        client_ids: client_ids.to_vec(),
        system_clock: outside.system_clock,
        clock: Arc::clone(&outside.clock),
        identity: directory.clone(),
    };
    let ports = Ports {
        contacts: Arc::new(AddressBook::new(DirectoryStore::clone(&directory), outside.clock)),
        reader: directory.clone(),
        listing: directory.clone(),
        writer: directory,
        answers: Arc::new(AnswerStore::new(Arc::clone(table), System::Directory)),
        history: SettingsHistory::new(Arc::clone(table), System::Directory, "program"),
        settings: outside.settings,
        mails: mails.clone(),
        mail_days: mails,
        uploads: outside.uploads,
        imports: outside.imports,
    };
    App::new(gate, ports)
}
