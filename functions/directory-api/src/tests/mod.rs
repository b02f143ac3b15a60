//! Drives the whole router in process, as the gateway would, over the table in memory.

mod contract;
mod imports;
mod openapi;
mod people;
mod program;
mod teams;
mod workloads;

use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use kernel::Clock;
use mail::ProgramSettings;
use serde_json::{Value, json};
use store::{MemoryTable, Table};
use testkit::{Company, FixedClock, InForce, Outside};
use web::{
    Edge,
    testing::{Call, ISSUER, MACHINE, PORTAL, Reply, Token},
};

use crate::wiring;

/// The API with a program lead.
pub(crate) struct House {
    pub(crate) router: Router,
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) settings: Arc<InForce<ProgramSettings>>,
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
        let (outside, settings) = (Arc::new(Outside::default()), Arc::new(InForce::default()));
        let around = wiring::Outside {
            settings: settings.clone(),
            uploads: outside.clone(),
            imports: outside.clone(),
            clock: clock.clone(),
            system_clock: clock,
        };
        let app = wiring::over(&table, around, ISSUER, &[PORTAL.to_owned(), MACHINE.to_owned()]);
        let router = crate::router(app, Edge { api_url: "https://api.example.com".to_owned() });
        // The first program lead is made past the API, as a deployment does.
        Company::over(&table, ISSUER, now()).person("zoe", None, None).await;
        Self { router, table: memory, outside, settings, admin: Token::person("zoe", &["program-admin"]) }
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
