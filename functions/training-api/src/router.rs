//! All routes of training, and the OpenAPI document generated from them.

use axum::Router;
use training::import::ImportKind;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use web::{Edge, openapi::About, serve};

use crate::{app::App, problems, routes};

#[derive(OpenApi)]
struct Base;

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Base::openapi())
        .merge(routes::courses::routes())
        .merge(routes::paths::routes())
        .merge(routes::people::routes())
        .merge(routes::records::routes())
        .merge(routes::groups::routes())
        .merge(routes::imports::routes())
        .merge(routes::runs::routes())
        .merge(routes::settings::routes())
        .merge(routes::links::routes())
}

/// The router behind the edge.
pub fn router(app: App, edge: Edge) -> Router {
    let (router, _) = routes().split_for_parts();
    serve(router.with_state(app), edge)
}

/// The OpenAPI document.
pub fn openapi() -> serde_json::Value {
    let (_, mut generated) = routes().split_for_parts();
    web::imports::describe(&mut generated, ImportKind::ALL.iter().map(|kind| kind.as_str()));
    let about = About {
        title: "Guildhall: training",
        description: "The catalogue and role paths, people's training, self-reports and their checks, figures of teams, \
                      departments and the company, imports and reminder runs.\n\nA change of a person's training names \
                      with `If-Match` the version of their file, or carries an `Idempotency-Key`.",
        problems: problems::ALL,
    };
    web::openapi::finish(&generated, about)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kernel::Operation;

    use super::*;

    #[test]
    fn the_document_is_checked_in() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi/training.json");
        web::testing::assert_checked_in(path.as_ref(), &web::openapi::text(&openapi()));
    }

    #[test]
    fn every_operation_of_training_has_a_route() {
        let document = openapi();
        let routed: BTreeSet<&str> = document["paths"]
            .as_object()
            .into_iter()
            .flat_map(|paths| paths.values())
            .filter_map(serde_json::Value::as_object)
            .flat_map(|item| item.values())
            .filter_map(|operation| operation["operationId"].as_str())
            .collect();
        let training = Operation::ALL.iter().skip_while(|operation| **operation != Operation::ListCourses);
        let missing: Vec<_> = training.map(|operation| operation.id()).filter(|id| !routed.contains(id)).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
