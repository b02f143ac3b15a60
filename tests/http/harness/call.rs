//! One request to the API and its answer. An answer that is not the expected one fails with everything about it.

use std::{collections::BTreeMap, sync::OnceLock, time::Duration};

use serde_json::Value;
use ureq::Agent;

use super::Stack;

/// One client for all requests of a test.
pub(super) fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into()
    })
}

/// A request in the making.
#[derive(Clone)]
pub(crate) struct Call {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Call {
    /// Any method on a path of the API, or on a whole address.
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", Stack::get().api_url) };
        Self { method, url, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    pub(crate) fn put(path: &str, body: &Value) -> Self {
        Self::new("PUT", path).json(body)
    }

    pub(crate) fn patch(path: &str, body: &Value) -> Self {
        Self::new("PATCH", path).json(body)
    }

    pub(crate) fn delete(path: &str) -> Self {
        Self::new("DELETE", path)
    }

    /// Who asks.
    pub(crate) fn by(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Asked by the program lead.
    pub(crate) fn by_admin(self) -> Self {
        self.by(Stack::get().admin())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The version that is meant to be changed.
    pub(crate) fn version(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// The idempotency key.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub(crate) fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// A body whose type another header tells.
    pub(crate) fn bytes(mut self, body: &[u8]) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub(crate) fn send(self) -> Answer {
        let mut request = ureq::http::Request::builder().method(self.method).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let what = format!("{} {}", self.method, self.url);
        let sent = if self.body.is_empty() {
            agent().run(request.body(()).unwrap())
        } else {
            agent().run(request.body(&self.body[..]).unwrap())
        };
        let mut answer = sent.unwrap_or_else(|error| panic!("{what} was not answered: {error}"));
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        Answer {
            what,
            status: answer.status().as_u16(),
            headers: headers.collect(),
            text: answer.body_mut().read_to_string().unwrap(),
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    what: String,
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    /// Fails unless the status is this one.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} was answered {}", self.what, self.text);
        self
    }

    /// Fails unless this is a well-formed problem of this kind, which keeps to itself what was sent.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text);
        let body = answer.json();
        assert_eq!(body["code"], code, "{}: {}", answer.what, answer.text);
        assert_eq!(body["status"], status, "{}", answer.text);
        assert_eq!(body["type"], format!("urn:guildhall:problem:{code}"), "{}", answer.text);
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{}", answer.text);
        assert_eq!(body["request_id"].as_str(), Some(answer.header("x-request-id")), "{}", answer.text);
        answer
    }

    /// Fails unless a part of the request is named as wrong.
    #[track_caller]
    pub(crate) fn names(self, path: &str) -> Self {
        let body = self.json();
        let named = body["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["path"] == path));
        assert!(named, "{} does not name {path}: {}", self.what, self.text);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}: no JSON: {}", self.what, self.text))
    }

    /// A header, empty where absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        let etag = self.header("etag").to_owned();
        assert!(!etag.is_empty(), "{} has no ETag: {}", self.what, self.text);
        etag
    }

    /// A text field of the body.
    #[track_caller]
    pub(crate) fn text_at(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_else(|| panic!("{} has no {field}: {}", self.what, self.text)).to_owned()
    }

    /// The entries of a page.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<Value> {
        self.json()["items"].as_array().unwrap_or_else(|| panic!("{}: no page: {}", self.what, self.text)).clone()
    }

    /// The rest of the page's address after its path, from the `Link` header.
    #[track_caller]
    pub(crate) fn next_page(&self) -> Option<String> {
        let link = self.header("link");
        let next = link.strip_prefix('<').and_then(|rest| rest.split_once(">; rel=\"next\""));
        let next = next.map(|(address, _)| address.to_owned());
        assert_eq!(next.is_some(), !self.json()["next"].is_null(), "{}: {link:?} {}", self.what, self.text);
        next
    }
}
