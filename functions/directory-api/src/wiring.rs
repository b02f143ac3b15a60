//! Builds the function from its configuration: adapters of the ports, and nothing else.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::Router;
use gateways::{Files, GatewayError, Machine, Settings};
use mail::ProgramSettings;
use runtime::{Clients, SystemClock, config, program_clock};
use store::{
    DirectoryStore, DynamoTable, Table,
    answers::AnswerStore,
    keys::System,
    mail::{AddressBook, MailStore},
    settings::SettingsHistory,
};
use web::{Edge, Gate};

use crate::{
    App, Ports,
    app::{ActiveSettings, Doorkeeper, StartMachine, Uploads},
};

/// How long an upload ticket works.
const TICKET: Duration = Duration::from_secs(15 * 60);

struct Bucket(Files);

#[async_trait]
impl Uploads for Bucket {
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        sha256: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        let ticket = self.0.upload_ticket(object, length, sha256, TICKET).await?;
        Ok((ticket.url, ticket.headers.into_iter().collect()))
    }

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        self.0.put(object, csv, "text/csv").await
    }

    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        self.0.get(object, limit).await
    }

    async fn length(&self, object: &str) -> Result<u64, GatewayError> {
        self.0.head(object).await.map(|facts| facts.length)
    }
}

struct ImportMachine(Machine);

#[async_trait]
impl StartMachine for ImportMachine {
    async fn start(&self, name: &str, input: &serde_json::Value) -> Result<(), GatewayError> {
        self.0.start(name, input).await
    }
}

struct Parameter(Settings<ProgramSettings>);

#[async_trait]
impl ActiveSettings for Parameter {
    async fn active(&self) -> Result<(u64, bool), GatewayError> {
        let active = self.0.active().await?;
        Ok((active.version, active.edited_by_hand))
    }

    async fn activate(&self, version: u64, settings: &ProgramSettings) -> Result<(), GatewayError> {
        self.0.activate(version, settings).await
    }
}

/// The function's router.
pub fn app(config: &config::DirectoryApi, clients: &Clients) -> Router {
    let clock = program_clock();
    let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
    let store = DirectoryStore::new(Arc::clone(&table));
    let mails = Arc::new(MailStore::new(Arc::clone(&table)));
    let settings = Settings::new(clients.ssm(), &config.settings_prefix, "program", Arc::clone(&clock));
    let gate = Gate {
        issuer: config.identity.issuer.clone(),
        client_ids: config.identity.client_ids.clone(),
        system_clock: Arc::new(SystemClock),
        clock: Arc::clone(&clock),
        identity: Arc::new(Doorkeeper(store.clone())),
    };
    let ports = Ports {
        answers: AnswerStore::new(Arc::clone(&table), System::Directory),
        history: SettingsHistory::new(table, System::Directory, "program"),
        settings: Arc::new(Parameter(settings)),
        mails: mails.clone(),
        mail_days: mails,
        contacts: Arc::new(AddressBook::new(store.clone(), clock)),
        uploads: Arc::new(Bucket(Files::new(clients.s3(), &config.bucket))),
        imports: Arc::new(ImportMachine(Machine::new(clients.sfn(), &config.import_machine))),
        store,
    };
    crate::router(App::new(gate, ports), Edge { api_url: config.api_url.clone() })
}
