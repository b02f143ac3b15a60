//! Drives the whole router in process, as the gateway would, over the table in memory.

mod contract;
mod imports;
mod openapi;
mod people;
mod program;
mod teams;
mod workloads;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::Router;
use directory::{
    Absences, Country, DirectoryWriter, Email, Employment, IdentitySubject, Language, Memberships, PersonName,
    WorkingShare,
    people::{NewPerson, create},
};
use gateways::{GatewayError, ImportFiles, StartMachine, Uploads};
use jiff::{Timestamp, civil::date};
use kernel::{Cause, Clock, JobRole, Principal, ZoneName};
use mail::ProgramSettings;
use serde_json::{Value, json};
use store::{
    DirectoryStore, MemoryTable, Table,
    answers::AnswerStore,
    keys::System,
    mail::{AddressBook, MailStore},
    settings::SettingsHistory,
};
use testkit::FixedClock;
use web::{
    Edge, Gate,
    testing::{Call, ISSUER, MACHINE, PORTAL, Reply, Token},
};

use crate::{ActiveSettings, App, Ports, app::Doorkeeper};

/// Files and started machines, kept in memory.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) files: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(crate) started: Mutex<Vec<(String, Value)>>,
    pub(crate) active: Mutex<u64>,
    pub(crate) down: Mutex<bool>,
}

#[async_trait]
impl ImportFiles for Outside {
    async fn get(&self, object: &str, limit: u64) -> Result<Vec<u8>, GatewayError> {
        let files = self.files.lock().unwrap();
        let file = files.get(object).cloned().ok_or(GatewayError::NotFound("S3"))?;
        if u64::try_from(file.len()).unwrap() > limit { Err(GatewayError::TooLarge("S3", limit)) } else { Ok(file) }
    }
}

#[async_trait]
impl Uploads for Outside {
    async fn ticket(
        &self,
        object: &str,
        length: u64,
        _: &[u8; 32],
    ) -> Result<(String, BTreeMap<String, String>), GatewayError> {
        let headers = BTreeMap::from([("content-length".to_owned(), length.to_string())]);
        Ok((format!("https://bucket.example.com/{object}"), headers))
    }

    async fn put(&self, object: &str, csv: Vec<u8>) -> Result<(), GatewayError> {
        self.files.lock().unwrap().insert(object.to_owned(), csv);
        Ok(())
    }

    async fn length(&self, object: &str) -> Result<u64, GatewayError> {
        self.get(object, u64::MAX).await.map(|file| u64::try_from(file.len()).unwrap())
    }
}

#[async_trait]
impl StartMachine for Outside {
    async fn start(&self, name: &str, input: &Value) -> Result<(), GatewayError> {
        if *self.down.lock().unwrap() {
            return Err(GatewayError::Unavailable("Step Functions", "down".into()));
        }
        self.started.lock().unwrap().push((name.to_owned(), input.clone()));
        Ok(())
    }
}

#[async_trait]
impl ActiveSettings for Outside {
    async fn active(&self) -> Result<(u64, bool), GatewayError> {
        Ok((*self.active.lock().unwrap(), false))
    }

    async fn activate(&self, version: u64, _: &ProgramSettings) -> Result<(), GatewayError> {
        *self.active.lock().unwrap() = version;
        Ok(())
    }
}

/// The API with a program lead.
pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) admin: Token,
}

pub(crate) fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

impl House {
    pub(crate) async fn new() -> Self {
        let memory = Arc::new(MemoryTable::new());
        let table: Arc<dyn Table> = memory.clone();
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(now()));
        let store = DirectoryStore::new(table.clone());
        let outside = Arc::new(Outside::default());
        let mails = Arc::new(MailStore::new(table.clone()));
        let gate = Gate {
            issuer: ISSUER.to_owned(),
            client_ids: vec![PORTAL.to_owned(), MACHINE.to_owned()],
            system_clock: clock.clone(),
            clock: clock.clone(),
            identity: Arc::new(Doorkeeper(store.clone())),
        };
        let ports = Ports {
            answers: AnswerStore::new(table.clone(), System::Directory),
            history: SettingsHistory::new(table, System::Directory, "program"),
            settings: outside.clone(),
            mails: mails.clone(),
            mail_days: mails,
            contacts: Arc::new(AddressBook::new(store.clone(), clock)),
            uploads: outside.clone(),
            imports: outside.clone(),
            store,
        };
        let router = crate::router(App::new(gate, ports), Edge { api_url: "https://api.example.com".to_owned() });
        let house = Self { router, table: memory, outside, admin: Token::person("zoe", &["program-admin"]) };
        house.first_admin().await;
        house
    }

    /// The first program lead is made past the API, as a deployment does.
    async fn first_admin(&self) {
        let store = DirectoryStore::new(self.table.clone());
        let new = NewPerson {
            email: Email::parse("zoe@example.com").unwrap(),
            name: PersonName::parse("zoe Example").unwrap(),
            job_role: JobRole::Manager,
            employment: Employment::Employee,
            counts: None,
            country: Country::parse("DE").unwrap(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            language: Language::default(),
            working_share: WorkingShare::FULL,
            absences: Absences::default(),
            delegate: None,
            memberships: Memberships::default(),
            manager: None,
            start: date(2025, 1, 1),
            leave: None,
            subject: Some(IdentitySubject::new(ISSUER, "zoe").unwrap()),
        };
        let cause = Cause { by: Principal::Program, at: now(), correlation_id: "first".to_owned(), causation_id: None };
        let (_, commit) = create(&store, new, &cause).await.unwrap();
        store.commit(commit).await.unwrap();
    }

    pub(crate) async fn send(&self, call: Call) -> Reply {
        call.send(&self.router).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Call::get(path).by(&self.admin)).await
    }

    /// A POST that must succeed.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "bodies are written where they are sent")]
    pub(crate) fn make(&self, path: &str, body: Value) -> impl Future<Output = Value> {
        let call = Call::post(path, &body).by(&self.admin);
        async move {
            let reply = self.send(call).await;
            assert_eq!(reply.status, 201, "{}", reply.text);
            reply.json()
        }
    }

    pub(crate) async fn team(&self, code: &str) -> String {
        let team = self.make("/directory/teams", json!({"code": code, "name": code, "department": "tech"})).await;
        team["team_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn person(&self, name: &str) -> String {
        let person = self.make("/directory/people", person(name)).await;
        person["person_id"].as_str().unwrap().to_owned()
    }

    /// A person who can sign in, and their token.
    pub(crate) async fn linked(&self, name: &str, more: Value, groups: &[&str]) -> (String, Token) {
        let mut body = person(name);
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let made = self.make("/directory/people", body).await;
        let id = made["person_id"].as_str().unwrap().to_owned();
        let body = json!({"issuer": ISSUER, "subject": name});
        let call = Call::put(format!("/directory/people/{id}/subject"), &body).by(&self.admin);
        let reply = self.send(call.header("if-match", "\"1\"")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        (id, Token::person(name, groups))
    }
}

pub(crate) fn person(name: &str) -> Value {
    json!({
        "email": format!("{name}@example.com"), "name": format!("{name} Example"), "job_role": "developer",
        "country": "DE", "time_zone": "Europe/Berlin", "start": "2025-01-01",
    })
}

#[track_caller]
pub(crate) fn check(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text);
}
