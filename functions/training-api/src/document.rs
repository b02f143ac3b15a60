//! The OpenAPI document, generated from the routes. Only tests do: what is served is the document checked in.

use training::import::ImportKind;
use web::openapi::About;

use crate::{problems, router::routes};

/// The OpenAPI document.
pub(crate) fn openapi() -> serde_json::Value {
    let mut generated = routes().into_openapi();
    web::imports::describe(&mut generated, ImportKind::ALL.iter().map(|kind| kind.as_str()));
    let about = About {
        title: "Guildhall: training",
        description: "The catalogue and role paths, people's training and competency, self-reports and their checks, \
                      guidance, figures of teams, departments and the company, imports and reminder runs.\n\nA change \
                      of a person's training names with `If-Match` the version of their file, or carries an \
                      `Idempotency-Key`.",
        problems: problems::ALL,
    };
    web::openapi::finish(&generated, about)
}
