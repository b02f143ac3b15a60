//! Builders of requests as the gateway hands them over, for tests that drive a router in process. Not for production.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, Response},
};
use lambda_http::request::RequestContext;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// The issuer of test tokens.
pub const ISSUER: &str = "https://issuer.example.com";
/// The client of people in tests.
pub const PORTAL: &str = "portal-client";
/// The client of machines in tests.
pub const MACHINE: &str = "machine-client";

/// Holds a generated file against what is checked in; with `UPDATE=1` it is written anew.
///
/// # Panics
/// When they differ.
#[track_caller]
#[expect(clippy::panic, clippy::disallowed_methods, reason = "a test helper; UPDATE is for whoever runs the tests")]
pub fn assert_checked_in(path: &std::path::Path, text: &str) {
    if std::env::var("UPDATE").is_ok_and(|update| update == "1") {
        if let Err(error) = std::fs::write(path, text) {
            panic!("{} could not be written: {error}", path.display());
        }
        return;
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    if stored != text {
        panic!(
            "{} is not what the code says; run the test again with UPDATE=1 and look at the difference",
            path.display()
        );
    }
}

/// The verified claims of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(Map<String, Value>);

impl Token {
    /// A person's token, alive until 2100.
    pub fn person(subject: &str, groups: &[&str]) -> Self {
        Self::of(json!({
            "iss": ISSUER, "sub": subject, "client_id": PORTAL, "token_use": "access", "exp": "4102444800",
            "scope": "openid guildhall/use", "cognito:groups": format!("[{}]", groups.join(" ")),
        }))
    }

    /// A machine's token, alive until 2100.
    pub fn machine() -> Self {
        Self::of(json!({
            "iss": ISSUER, "sub": MACHINE, "client_id": MACHINE, "token_use": "access", "exp": "4102444800",
            "scope": "guildhall/service",
        }))
    }

    fn of(claims: Value) -> Self {
        match claims {
            Value::Object(claims) => Self(claims),
            _ => Self(Map::new()),
        }
    }

    /// The same token with another claim.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), json!(value));
        self
    }
}

/// A request in the making.
#[derive(Debug)]
pub struct Call {
    method: Method,
    uri: String,
    token: Option<Token>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Call {
    /// Any method.
    pub fn new(method: Method, uri: impl Into<String>) -> Self {
        Self { method, uri: uri.into(), token: None, headers: Vec::new(), body: Vec::new() }
    }

    /// GET.
    pub fn get(uri: impl Into<String>) -> Self {
        Self::new(Method::GET, uri)
    }

    /// POST with a JSON body.
    pub fn post(uri: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::POST, uri).json(body)
    }

    /// PUT with a JSON body.
    pub fn put(uri: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::PUT, uri).json(body)
    }

    /// PATCH with a JSON body.
    pub fn patch(uri: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::PATCH, uri).json(body)
    }

    /// DELETE.
    pub fn delete(uri: impl Into<String>) -> Self {
        Self::new(Method::DELETE, uri)
    }

    /// Who asks.
    #[must_use]
    pub fn by(mut self, token: &Token) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// Another header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Any body.
    #[must_use]
    pub fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Sends it.
    pub async fn send(self, router: &Router) -> Reply {
        let mut request = Request::builder().method(self.method).uri(&self.uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut context = json!({
            "requestId": "test-request", "accountId": "111122223333", "stage": "$default", "apiId": "api",
            "http": {"method": "GET", "path": self.uri, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
            "timeEpoch": 0,
        });
        if let Some(Token(claims)) = self.token {
            context["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
        }
        let context = serde_json::from_value(context).map(RequestContext::ApiGatewayV2);
        let mut request = request.body(Body::from(self.body)).unwrap_or_default();
        if let Ok(context) = context {
            request.extensions_mut().insert(context);
        }
        match router.clone().oneshot(request).await {
            Ok(response) => Reply::of(response).await,
            Err(never) => match never {},
        }
    }
}

/// A response that has been read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    headers: axum::http::HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Reply {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// A header, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON, null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The problem's code, empty when it is none.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}
