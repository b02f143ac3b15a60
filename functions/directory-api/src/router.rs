//! All routes of the directory and the program, the reference page, and the OpenAPI document generated from the routes.

use axum::Router;
use directory::import::ImportKind;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::{
    Edge,
    openapi::About,
    reference::{self, Document},
    serve,
};

use crate::{app::App, problems, routes};

/// What the reference page shows: both APIs, as checked in.
const DOCUMENTS: &[Document] = &[
    Document { name: "directory", json: include_str!("../../../infra/openapi/directory.json") },
    Document { name: "training", json: include_str!("../../../infra/openapi/training.json") },
];

#[derive(OpenApi)]
struct Base;

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Base::openapi())
        .merge(routes::people::routes())
        .merge(routes::records::routes())
        .merge(routes::teams::routes())
        .merge(routes::workloads::routes())
        .merge(routes::imports::routes())
        .merge(routes::program::routes())
}

/// The router behind the edge.
pub fn router(app: App, edge: Edge) -> Router {
    let (router, _) = routes().split_for_parts();
    serve(router.with_state(app).merge(reference::router(DOCUMENTS)), edge)
}

/// The OpenAPI document.
pub fn openapi() -> serde_json::Value {
    let (_, mut generated) = routes().split_for_parts();
    web::imports::describe(&mut generated, ImportKind::ALL.iter().map(|kind| kind.as_str()));
    let about = About {
        title: "Guildhall: directory and program",
        description: "People, teams and workloads; files that bring them in; the program's settings and its mails.\n\n\
                      A change names with `If-Match` the version it changes. A `POST` may carry an `Idempotency-Key`.",
        problems: problems::ALL,
    };
    web::openapi::finish(&generated, about)
}
