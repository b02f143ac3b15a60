//! All routes of the directory and the program, and the reference page.

use axum::Router;
use web::{
    Edge, Routes,
    reference::{self, Document},
    serve,
};

use crate::{app::App, routes};

/// What the reference page shows: both APIs, as checked in.
const DOCUMENTS: &[Document] = &[
    Document { name: "directory", json: include_str!("../../../infra/openapi/directory.json") },
    Document { name: "training", json: include_str!("../../../infra/openapi/training.json") },
];

/// The routes, with what their handlers say of themselves.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .merge(routes::people::routes())
        .merge(routes::records::routes())
        .merge(routes::teams::routes())
        .merge(routes::workloads::routes())
        .merge(routes::imports::routes())
        .merge(routes::program::routes())
}

/// The router behind the edge.
pub fn router(app: App, edge: Edge) -> Router {
    let router: Router<App> = routes().into();
    serve(router.with_state(app).merge(reference::router(DOCUMENTS)), edge)
}
