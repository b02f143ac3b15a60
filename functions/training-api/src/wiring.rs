//! The ports over AWS and the table.

use std::sync::Arc;

use async_trait::async_trait;
use directory::{DirectoryReader, IdentitySubject};
use gateways::{Files, GatewayError, LinkKeyParameter, Machine, Settings as Document, StartMachine, Uploads};
use jiff::civil::Date;
use kernel::{Clock, PersonId, Principal, StoreError, StoredAnswer, TeamId};
use mail::{ProgramSettings, links::LinkKeys};
use runtime::{Clients, SystemClock, config::TrainingApi};
use store::{DirectoryStore, DynamoTable, Table, TrainingStore, answers::AnswerStore, keys::System};
use training::Settings;
use web::{AccessFacts, Answers, Edge, Gate, Identity};

use crate::app::{ActiveSettings, App, Departments, Ports};

/// The app of a deployed function.
pub fn app(config: &TrainingApi, clients: &Clients, clock: Arc<dyn Clock>) -> (App, Edge) {
    let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
    let document = |name: &str| (clients.ssm(), config.settings_prefix.clone(), name.to_owned(), Arc::clone(&clock));
    let (client, prefix, name, at) = document("training");
    let training = Document::new(client, &prefix, &name, at);
    let (client, prefix, name, at) = document("program");
    let program = Document::new(client, &prefix, &name, at);
    let link_keys = LinkKeyParameter::new(clients.ssm(), &config.link_key_parameter, Arc::clone(&clock));
    let outside = Outside {
        settings: Arc::new(Parameters { training, program, link_keys }),
        uploads: Arc::new(Files::new(clients.s3(), &config.bucket)),
        imports: Arc::new(Machine::new(clients.sfn(), &config.import_machine)),
        reminders: Arc::new(Machine::new(clients.sfn(), &config.reminder_machine)),
        clock,
        system_clock: Arc::new(SystemClock),
    };
    let provider = &config.identity;
    let app = over(&table, outside, &provider.issuer, &provider.client_ids);
    (app, Edge { api_url: config.api_url.clone() })
}

/// Everything beside the table.
pub struct Outside {
    /// Settings in force.
    pub settings: Arc<dyn ActiveSettings>,
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
    let directory = Arc::new(Directory(DirectoryStore::new(Arc::clone(table))));
    let gate = Gate {
        issuer: issuer.to_owned(),
        client_ids: client_ids.to_vec(),
        system_clock: outside.system_clock,
        clock: Arc::clone(&outside.clock),
        identity: directory.clone(),
    };
    let ports = Ports {
        reader: training.clone(),
        writer: training.clone(),
        roster: training,
        identity: directory.clone(),
        departments: directory,
        answers: Arc::new(Records(AnswerStore::new(Arc::clone(table), System::Training))),
        settings: outside.settings,
        uploads: outside.uploads,
        imports: outside.imports,
        reminders: outside.reminders,
        clock: outside.clock,
    };
    App::new(gate, ports)
}

struct Directory(DirectoryStore);

#[async_trait]
impl Identity for Directory {
    async fn person_of(&self, issuer: &str, subject: &str) -> Result<Option<PersonId>, StoreError> {
        match IdentitySubject::new(issuer, subject) {
            Ok(subject) => self.0.person_by_subject(&subject).await,
            // What cannot be linked is linked to nobody.
            Err(_) => Ok(None),
        }
    }

    async fn access(&self, person: PersonId, day: Date) -> Result<Option<AccessFacts>, StoreError> {
        let facts = self.0.access(person).await?;
        Ok(facts.map(|facts| AccessFacts {
            active: facts.is_active_on(day),
            teams: facts.teams_on(day),
            leads: facts.leads.iter().copied().collect(),
            manager: facts.manager,
            has_reports: facts.reports > 0,
        }))
    }
}

#[async_trait]
impl Departments for Directory {
    async fn of(&self, team: TeamId) -> Result<Option<String>, StoreError> {
        Ok(self.0.team(team).await?.map(|team| team.department.as_str().to_owned()))
    }
}

struct Records(AnswerStore);

#[async_trait]
impl Answers for Records {
    async fn answered(&self, by: &Principal, key: &str) -> Result<Option<(String, StoredAnswer)>, StoreError> {
        self.0.answered(by, key).await
    }
}

struct Parameters {
    training: Document<Settings>,
    program: Document<ProgramSettings>,
    link_keys: LinkKeyParameter,
}

#[async_trait]
impl ActiveSettings for Parameters {
    async fn training(&self) -> Result<Settings, GatewayError> {
        Ok(self.training.active().await?.body.clone())
    }

    async fn program(&self) -> Result<ProgramSettings, GatewayError> {
        Ok(self.program.active().await?.body.clone())
    }

    async fn activate(&self, version: u64, settings: &Settings) -> Result<(), GatewayError> {
        self.training.activate(version, settings).await
    }

    async fn link_keys(&self) -> Result<LinkKeys, GatewayError> {
        self.link_keys.keys().await
    }
}
