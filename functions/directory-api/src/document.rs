//! The OpenAPI document, generated from the routes. Only tests do: what is served is the document checked in.

use directory::import::ImportKind;
use web::openapi::About;

use crate::{problems, router::routes};

/// The OpenAPI document.
pub(crate) fn openapi() -> serde_json::Value {
    let mut generated = routes().into_openapi();
    web::imports::describe(&mut generated, ImportKind::ALL.iter().map(|kind| kind.as_str()));
    let about = About {
        title: "Guildhall: directory and program",
        description: "People, teams and workloads; files that bring them in; the program's settings and its mails.\n\n\
                      A change names with `If-Match` the version it changes. A `POST` may carry an `Idempotency-Key`.",
        problems: problems::ALL,
    };
    web::openapi::finish(&generated, about)
}
