//! Drives the whole router in process, as the gateway would, over the table in memory.

mod catalogue;
mod groups;
mod imports;
mod links;
mod people;
mod roles;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::Router;
use directory::{
    Absences, Country, DepartmentCode, DirectoryWriter, Email, Employment, IdentitySubject, Language, Membership,
    Memberships, PersonName, TeamCode, TeamName, WorkingShare,
    people::{NewPerson, create as create_person},
    teams::{self, NewTeam},
};
use gateways::{GatewayError, ImportFiles, StartMachine, Uploads};
use jiff::{Timestamp, civil::Date};
use kernel::{Cause, Clock, CourseId, DateSpan, JobRole, PersonId, Principal, TeamId, ZoneName};
use mail::{
    ProgramSettings,
    links::{LinkKey, LinkKeys},
};
use serde_json::{Value, json};
use store::{DirectoryStore, MemoryTable, Table};
use training::Settings;
use web::{
    Edge,
    testing::{Call, ISSUER, MACHINE, PORTAL, Reply, Token},
};

use crate::{ActiveSettings, wiring};

/// Files, started machines and settings, kept in memory.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) files: Mutex<BTreeMap<String, Vec<u8>>>,
    pub(crate) started: Mutex<Vec<(String, Value)>>,
    pub(crate) settings: Mutex<Settings>,
}

#[async_trait]
impl ImportFiles for Outside {
    async fn get(&self, object: &str, _: u64) -> Result<Vec<u8>, GatewayError> {
        self.files.lock().unwrap().get(object).cloned().ok_or(GatewayError::NotFound("S3"))
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
        let mut started = self.started.lock().unwrap();
        if started.iter().all(|(known, _)| known != name) {
            started.push((name.to_owned(), input.clone()));
        }
        Ok(())
    }
}

#[async_trait]
impl ActiveSettings for Outside {
    async fn training(&self) -> Result<Settings, GatewayError> {
        Ok(self.settings.lock().unwrap().clone())
    }

    async fn program(&self) -> Result<ProgramSettings, GatewayError> {
        Ok(ProgramSettings::default())
    }

    async fn activate(&self, _: u64, settings: &Settings) -> Result<(), GatewayError> {
        *self.settings.lock().unwrap() = settings.clone();
        Ok(())
    }

    async fn link_keys(&self) -> Result<LinkKeys, GatewayError> {
        Ok(keys())
    }
}

/// A clock that stands still.
#[derive(Clone, Copy)]
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

pub(crate) fn keys() -> LinkKeys {
    LinkKeys::new(LinkKey::new([7; 32]), None)
}

pub(crate) fn now() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

/// A small company: a lead, a manager with a report in team `payments`, and somebody of another team.
pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) outside: Arc<Outside>,
    clock: At,
    directory: DirectoryStore,
    pub(crate) admin: PersonId,
    pub(crate) manager: PersonId,
    pub(crate) ada: PersonId,
    pub(crate) bob: PersonId,
    pub(crate) payments: TeamId,
}

impl House {
    pub(crate) async fn new() -> Self {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let directory = DirectoryStore::new(Arc::clone(&table));
        let outside = Arc::new(Outside::default());
        let clock = At(now());
        let around = wiring::Outside {
            settings: outside.clone(),
            uploads: outside.clone(),
            imports: outside.clone(),
            reminders: outside.clone(),
            clock: Arc::new(clock),
            system_clock: Arc::new(clock),
        };
        let app = wiring::over(&table, around, ISSUER, &[PORTAL.to_owned(), MACHINE.to_owned()]);
        let router = crate::router(app, Edge { api_url: "https://api.example.com".to_owned() });
        let nobody = PersonId::new(now());
        let team = TeamId::new(now());
        let mut house = Self {
            router,
            outside,
            clock,
            directory,
            admin: nobody,
            manager: nobody,
            ada: nobody,
            bob: nobody,
            payments: team,
        };
        house.payments = house.team("payments").await;
        let platform = house.team("platform").await;
        house.admin = house.person("grace", None, None).await;
        house.manager = house.person("mary", None, Some(house.payments)).await;
        house.ada = house.person("ada", Some(house.manager), Some(house.payments)).await;
        house.bob = house.person("bob", None, Some(platform)).await;
        house
    }

    fn cause(&self) -> Cause {
        Cause { by: Principal::Program, at: self.clock.now(), correlation_id: "seed".to_owned(), causation_id: None }
    }

    async fn team(&self, code: &str) -> TeamId {
        let new = NewTeam {
            code: TeamCode::parse(code).unwrap(),
            name: TeamName::parse(code).unwrap(),
            department: DepartmentCode::parse("engineering").unwrap(),
            leads: Vec::new(),
        };
        let (team, commit) = teams::create(&self.directory, new, &self.cause()).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        team.id
    }

    async fn person(&self, name: &str, manager: Option<PersonId>, team: Option<TeamId>) -> PersonId {
        let start: Date = "2025-01-01".parse().unwrap();
        let stay = team.map(|team| Membership { team, span: DateSpan::new(start, None).unwrap(), primary: true });
        let new = NewPerson {
            email: Email::parse(&format!("{name}@example.com")).unwrap(),
            name: PersonName::parse(name).unwrap(),
            job_role: JobRole::Developer,
            employment: Employment::Employee,
            counts: None,
            country: Country::parse("DE").unwrap(),
            zone: ZoneName::parse("Europe/Berlin").unwrap(),
            language: Language::default(),
            working_share: WorkingShare::FULL,
            absences: Absences::default(),
            delegate: None,
            memberships: Memberships::new(stay.into_iter().collect()).unwrap(),
            manager,
            start,
            leave: None,
            subject: Some(IdentitySubject::new(ISSUER, name).unwrap()),
        };
        let (person, commit) = create_person(&self.directory, new, &self.cause()).await.unwrap();
        self.directory.commit(commit).await.unwrap();
        person.id
    }

    pub(crate) async fn send(&self, call: Call) -> Reply {
        call.send(&self.router).await
    }

    /// A course of the catalogue.
    pub(crate) async fn course(&self, code: &str) -> CourseId {
        let body = json!({"code": code, "title": code, "format": "course", "provider": "internal", "hours": 2});
        let reply = self.send(Call::post("/training/courses", &body).by(&admin())).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// A course asked of Ada.
    pub(crate) async fn assigned(&self, code: &str) -> CourseId {
        let course = self.course(code).await;
        let body = json!({"course_id": course, "due": "2026-04-01"});
        let uri = format!("/training/people/{}/assignments", self.ada);
        let reply = self.send(Call::post(uri, &body).by(&admin())).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        course
    }
}

pub(crate) fn admin() -> Token {
    Token::person("grace", &["program-admin"])
}

pub(crate) fn ada() -> Token {
    Token::person("ada", &[])
}

pub(crate) fn mary() -> Token {
    Token::person("mary", &[])
}

pub(crate) fn bob() -> Token {
    Token::person("bob", &[])
}

#[track_caller]
pub(crate) fn check(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text);
}
