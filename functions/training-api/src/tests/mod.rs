//! Drives the whole router in process, as the gateway would, over the table in memory.

mod assessments;
mod catalogue;
mod certificates;
mod competency;
mod dashboards;
mod effectiveness;
mod groups;
mod guidance;
mod imports;
mod links;
mod materials;
mod openapi;
mod patterns;
mod people;
mod planning;
mod requests;
mod roles;
mod sessions;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use jiff::Timestamp;
use kernel::{Clock, CourseId, PersonId, TeamId};
use mail::{
    ProgramSettings,
    links::{LinkKey, LinkKeys},
    ports::SettingsError,
};
use serde_json::json;
use store::{MemoryTable, Table};
use testkit::{Company, FixedClock, InForce, Outside};
use training::Settings;
use web::{
    Edge,
    testing::{Call, ISSUER, MACHINE, PORTAL, Reply, Token},
};

use crate::wiring;

/// The program's defaults, and one link key.
struct Mail;

#[async_trait]
impl mail::ports::Settings for Mail {
    async fn program(&self) -> Result<ProgramSettings, SettingsError> {
        Ok(ProgramSettings::default())
    }

    async fn link_keys(&self) -> Result<LinkKeys, SettingsError> {
        Ok(keys())
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
    pub(crate) clock: FixedClock,
    pub(crate) table: Arc<dyn Table>,
    pub(crate) memory: Arc<MemoryTable>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) settings: Arc<InForce<Settings>>,
    pub(crate) admin: PersonId,
    pub(crate) ada: PersonId,
    pub(crate) payments: TeamId,
}

impl House {
    pub(crate) async fn new() -> Self {
        let memory = Arc::new(MemoryTable::new());
        let table: Arc<dyn Table> = memory.clone();
        let fixed = FixedClock::at(now());
        let clock: Arc<dyn Clock> = Arc::new(fixed.clone());
        let (outside, settings) = (Arc::new(Outside::default()), Arc::new(InForce::default()));
        let around = wiring::Outside {
            settings: settings.clone(),
            mail: Arc::new(Mail),
            uploads: outside.clone(),
            evidence: outside.clone(),
            material_files: outside.clone(),
            imports: outside.clone(),
            reminders: outside.clone(),
            clock: clock.clone(),
            system_clock: clock,
        };
        let app = wiring::over(&table, around, ISSUER, &[PORTAL.to_owned(), MACHINE.to_owned()]);
        let router = crate::router(app, Edge { api_url: "https://api.example.com".to_owned() });
        let company = Company::over(&table, ISSUER, now());
        let (payments, platform) = (company.team("payments").await, company.team("platform").await);
        let manager = company.person("mary", None, Some(payments)).await;
        company.person("bob", None, Some(platform)).await;
        Self {
            router,
            clock: fixed,
            table,
            memory,
            outside,
            settings,
            admin: company.person("grace", None, None).await,
            ada: company.person("ada", Some(manager), Some(payments)).await,
            payments,
        }
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
