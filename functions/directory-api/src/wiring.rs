//! Builds the function from its configuration: adapters of the ports, and nothing else.

use std::sync::Arc;

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
    app::{ActiveSettings, Doorkeeper},
};

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
        uploads: Arc::new(Files::new(clients.s3(), &config.bucket)),
        imports: Arc::new(Machine::new(clients.sfn(), &config.import_machine)),
        store,
    };
    crate::router(App::new(gate, ports), Edge { api_url: config.api_url.clone() })
}
