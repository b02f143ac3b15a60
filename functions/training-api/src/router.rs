//! All routes of training.

use axum::Router;
use web::{Edge, Routes, serve};

use crate::{app::App, routes};

/// The routes, with what their handlers say of themselves.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .merge(routes::courses::routes())
        .merge(routes::paths::routes())
        .merge(routes::people::routes())
        .merge(routes::records::routes())
        .merge(routes::questions::routes())
        .merge(routes::assessments::routes())
        .merge(routes::attempts::routes())
        .merge(routes::competency::routes())
        .merge(routes::effectiveness::routes())
        .merge(routes::guidance::routes())
        .merge(routes::sessions::routes())
        .merge(routes::groups::routes())
        .merge(routes::imports::routes())
        .merge(routes::runs::routes())
        .merge(routes::settings::routes())
        .merge(routes::links::routes())
}

/// The router behind the edge.
pub fn router(app: App, edge: Edge) -> Router {
    let router: Router<App> = routes().into();
    serve(router.with_state(app), edge)
}
