//! An API over a real engine whose every request is counted.

use std::{collections::BTreeMap, sync::Arc};

use axum::Router;
use store::Table;
use testkit::Dynoxide;
use web::{
    Edge,
    testing::{Call, ISSUER, MACHINE, PORTAL, Reply},
};

use super::{
    Cost,
    outside::{Still, clock},
};

/// The engine, the API over it, and what its operations cost.
pub(super) struct House {
    pub(super) engine: Dynoxide,
    router: Router,
    pub(super) costs: BTreeMap<String, Cost>,
}

fn clients() -> [String; 2] {
    [PORTAL.to_owned(), MACHINE.to_owned()]
}

fn edge() -> Edge {
    Edge { api_url: "https://api.example.com".to_owned() }
}

impl House {
    /// Training's API.
    pub(super) async fn training() -> Self {
        let engine = Dynoxide::start().await.unwrap();
        let table: Arc<dyn Table> = Arc::new(engine.table.clone());
        let outside = training_api::wiring::Outside {
            settings: Arc::new(Still),
            mail: Arc::new(Still),
            uploads: Arc::new(Still),
            evidence: Arc::new(Still),
            material_files: Arc::new(Still),
            imports: Arc::new(Still),
            reminders: Arc::new(Still),
            clock: clock(),
            system_clock: clock(),
        };
        let app = training_api::wiring::over(&table, outside, ISSUER, &clients());
        Self { engine, router: training_api::router(app, edge()), costs: BTreeMap::new() }
    }

    /// The directory's API.
    pub(super) async fn directory() -> Self {
        let engine = Dynoxide::start().await.unwrap();
        let table: Arc<dyn Table> = Arc::new(engine.table.clone());
        let outside = directory_api::wiring::Outside {
            settings: Arc::new(Still),
            uploads: Arc::new(Still),
            imports: Arc::new(Still),
            clock: clock(),
            system_clock: clock(),
        };
        let app = directory_api::wiring::over(&table, outside, ISSUER, &clients());
        Self { engine, router: directory_api::router(app, edge()), costs: BTreeMap::new() }
    }

    /// The API, for calls whose cost is not asked for.
    pub(super) const fn router(&self) -> &Router {
        &self.router
    }

    /// Sends a call and notes what it cost.
    pub(super) async fn cost(&mut self, name: &str, call: Call) -> Reply {
        self.engine.meter.take();
        let reply = call.send(&self.router).await;
        assert!(reply.status < 300, "{name}: {} {}", reply.status, reply.text);
        self.costs.insert(name.to_owned(), self.engine.meter.take().into());
        reply
    }
}
