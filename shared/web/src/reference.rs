//! The API reference: one static page rendered from the OpenAPI documents, with a small style sheet and script of its
//! own. It loads nothing from elsewhere and works without its script.

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

mod html;

/// One document of the reference.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// A short name, also the name of its file: `training` is served as `/docs/training.json`.
    pub name: &'static str,
    /// The OpenAPI document, as checked in.
    pub json: &'static str,
}

const STYLE: &str = include_str!("reference/reference.css");
const SCRIPT: &str = include_str!("reference/reference.js");
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn file(kind: &'static str, body: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], body.into()).into_response()
}

/// Routes `/docs` and what belongs to it. Public: it shows nothing but what is checked in.
pub fn router(documents: &'static [Document]) -> Router {
    let page = move || async move {
        let mut response = file("text/html; charset=utf-8", html::page(documents));
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, axum::http::HeaderValue::from_static(POLICY));
        response
    };
    let mut router = Router::new()
        .route("/docs", get(page))
        .route("/docs/reference.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/docs/reference.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }));
    for document in documents {
        let json = document.json;
        router = router.route(
            &format!("/docs/{}.json", document.name),
            get(move || async move { file("application/json", json) }),
        );
    }
    router
}
