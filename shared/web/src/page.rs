//! Server-rendered pages: HTML with a content security policy that lets nothing in but what the page itself brings.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// A page. Its inline style sheet is allowed by its hash; scripts, images and frames are not allowed at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HtmlPage {
    status: u16,
    html: String,
    policy: String,
}

impl HtmlPage {
    /// A page whose one `<style>` element holds exactly `style`. Forms may post back to the same origin only.
    pub fn new(status: u16, html: String, style: &str) -> Self {
        let hash = BASE64_STANDARD.encode(Sha256::digest(style.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        Self { status, html, policy }
    }
}

impl IntoResponse for HtmlPage {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.html).into_response();
        if let Ok(policy) = HeaderValue::try_from(self.policy) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}
