//! A small router behind the edge, driven as the gateway would.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    extract::{FromRef, State},
    http::Method,
    routing::{get, post, put},
};
use jiff::{Timestamp, civil::Date};
use kernel::{Access, Answers, Clock, Identity, PersonId, Principal, StoreError, StoredAnswer, Version};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Answer, Authenticated, Edge, Gate, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Refusal, kinds, serve,
    testing::{Call, ISSUER, MACHINE, PORTAL, Token},
};

struct At(i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or_default()
    }
}

fn ada() -> PersonId {
    "01890a5d-ac96-774b-bcce-b302099a8057".parse().expect("an id")
}

struct Directory;

#[async_trait]
impl Identity for Directory {
    async fn person_of(&self, _: &str, subject: &str) -> Result<Option<PersonId>, StoreError> {
        match subject {
            "down" => Err(StoreError::Unavailable("throttled".into())),
            "ada" | "left" => Ok(Some(if subject == "ada" { ada() } else { PersonId::new(Timestamp::UNIX_EPOCH) })),
            _ => Ok(None),
        }
    }

    async fn access_on(&self, person: PersonId, _: Date) -> Result<Option<Access>, StoreError> {
        Ok(Some(Access { active: person == ada(), ..Access::default() }))
    }
}

#[derive(Default)]
struct Kept(Mutex<BTreeMap<String, (String, StoredAnswer)>>);

#[async_trait]
impl Answers for Kept {
    async fn answered(&self, _: &Principal, key: &str) -> Result<Option<(String, StoredAnswer)>, StoreError> {
        Ok(self.0.lock().expect("not poisoned").get(key).cloned())
    }
}

#[derive(Clone)]
struct App {
    gate: Arc<Gate>,
    kept: Arc<Kept>,
}

impl FromRef<App> for Arc<Gate> {
    fn from_ref(app: &App) -> Self {
        app.gate.clone()
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
}

async fn create(
    State(App { kept, .. }): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<Thing>,
) -> Result<Answer, Refusal> {
    let answer = Answer::created("/test/things/1", &body.value).version(Version::FIRST);
    let outcome = {
        let mut things = kept.0.lock().expect("not poisoned");
        if things.contains_key("thing") {
            Err(kinds::TAKEN.into())
        } else {
            things.insert("thing".to_owned(), (String::new(), answer.stored().clone()));
            if let Some(once) = key.record(&who, &body.hash).map(|record| record.keep(&answer)) {
                things.insert(once.key, (once.payload_hash, once.answer));
            }
            Ok(answer)
        }
    };
    key.or_replay(&who, &body.hash, kept.as_ref(), outcome).await
}

fn router() -> Router {
    let gate = Gate {
        issuer: ISSUER.to_owned(),
        client_ids: vec![PORTAL.to_owned(), MACHINE.to_owned()],
        system_clock: Arc::new(At(1_700_000_000)),
        clock: Arc::new(At(9_000_000_000)),
        identity: Arc::new(Directory),
    };
    let router = Router::new()
        .route("/test/me", get(|who: Authenticated| async move { Answer::ok(&who.actor.roles) }))
        .route("/test/things", post(create))
        .route(
            "/test/list",
            get(|list: Listing<NoFilter>| async move {
                let next = Some(kernel::Position("b#2".to_owned()));
                Answer::page(&kernel::Page { items: vec![list.paging.limit.get()], next }, &list.paging)
            }),
        )
        .route("/test/other", get(|_: Listing<NoFilter>| async { Answer::no_content() }))
        .route("/test/people/{person_id}", get(|Id(id): Id<PersonId>| async move { Answer::ok(&id) }))
        .route(
            "/test/change",
            put(|at: IfMatch| async move { at.check(Version::new(3)).map(|()| Answer::no_content()) }),
        )
        .route("/test/panic", get(panics))
        .with_state(App { gate: Arc::new(gate), kept: Arc::default() });
    serve(router, Edge { api_url: "https://api.example.com".to_owned() })
}

async fn panics() -> Answer {
    panic!("on purpose")
}

#[track_caller]
fn check(reply: &crate::testing::Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text);
}

#[tokio::test]
async fn a_token_is_checked_again_behind_the_gateway() {
    let router = router();
    let me = |token: Token| Call::get("/test/me").by(&token).send(&router);
    let ada = Token::person("ada", &["security"]);
    let reply = me(ada.clone()).await;
    assert_eq!((reply.status, reply.json()), (200, json!(["builder", "security"])));
    assert_eq!(me(Token::machine()).await.json(), json!(["service"]));
    check(&me(ada.clone().with("iss", "https://other.example.com")).await, 401, "unauthenticated");
    check(&me(ada.clone().with("client_id", "stranger")).await, 401, "unauthenticated");
    check(&me(ada.clone().with("exp", "1600000000")).await, 401, "unauthenticated");
    check(&me(ada.clone().with("token_use", "id")).await, 401, "unauthenticated");
    check(&me(ada.with("scope", "openid")).await, 403, "insufficient_scope");
    check(&me(Token::person("nobody", &[])).await, 403, "not_bound");
    check(&me(Token::person("first", &["program-admin"])).await, 403, "not_bound");
    check(&me(Token::person("left", &["program-admin"])).await, 403, "not_bound");
    check(&Call::get("/test/me").send(&router).await, 401, "unauthenticated");
    let down = me(Token::person("down", &[])).await;
    check(&down, 503, "unavailable");
    assert_eq!(down.header("retry-after"), "2");
}

#[tokio::test]
async fn bodies_are_strict() {
    let router = router();
    let ada = Token::person("ada", &[]);
    let post = |kind: &'static str, body: String| {
        Call::new(Method::POST, "/test/things").by(&ada).raw(kind, body).send(&router)
    };
    check(&post("text/plain", "{}".into()).await, 415, "unsupported_media_type");
    check(&post("application/json", "{".into()).await, 400, "invalid_body");
    check(&post("application/json", r#"{"name":"a"} {}"#.into()).await, 400, "invalid_body");
    check(&post("application/json", format!(r#"{{"name":"{}"}}"#, "a".repeat(70_000))).await, 413, "body_too_large");
    let reply = post("application/json", r#"{"name":["secret"]}"#.into()).await;
    check(&reply, 400, "invalid_body");
    assert_eq!(reply.json()["errors"], json!([{"path": "$.name", "message": "a string"}]));
    assert!(!reply.text.contains("secret"));
    let reply = post("application/json", r#"{"name":"a","other":1}"#.into()).await;
    assert_eq!(reply.json()["errors"][0]["path"], "$.other", "{}", reply.text);
}

#[tokio::test]
async fn a_repetition_gets_the_answer_of_the_first_request() {
    let router = router();
    let post = |key: &'static str, name: &'static str| {
        Call::post("/test/things", &json!({"name": name}))
            .by(&Token::person("ada", &[]))
            .header("idempotency-key", key)
            .send(&router)
    };
    let first = post("k1", "one").await;
    assert_eq!((first.status, first.header("location")), (201, "https://api.example.com/test/things/1"));
    assert_eq!(first.header("etag"), "\"1\"");
    let again = post("k1", "one").await;
    assert_eq!((again.status, again.text.as_str()), (201, first.text.as_str()));
    assert_eq!(again.header("idempotent-replayed"), "true");
    check(&post("k1", "two").await, 422, "idempotency_key_reused");
    check(&post("k2", "one").await, 409, "taken");
    check(&post("not a key", "one").await, 400, "invalid_header");
}

#[tokio::test]
async fn a_change_names_the_version_it_changes() {
    let router = router();
    let put = |tag: &'static str| Call::new(Method::PUT, "/test/change").header("if-match", tag).send(&router);
    check(&Call::new(Method::PUT, "/test/change").send(&router).await, 428, "precondition_required");
    assert_eq!(put("\"3\"").await.status, 204);
    check(&put("\"2\"").await, 412, "version_mismatch");
    for malformed in ["3", "W/\"3\"", "*", "\"-3\"", "\"\""] {
        check(&put(malformed).await, 400, "invalid_header");
    }
}

#[tokio::test]
async fn pages_are_linked_and_forged_cursors_refused() {
    let router = router();
    let get = |query: &str| Call::get(format!("/test/list{query}")).send(&router);
    let first = get("").await;
    let next = first.json()["next"].as_str().expect("a cursor").to_owned();
    assert_eq!(first.json(), json!({"items": [50], "next": next}));
    assert_eq!(first.header("link"), format!("<?limit=50&cursor={next}>; rel=\"next\""));
    assert_eq!(get(&format!("?limit=200&cursor={next}")).await.json()["items"], json!([200]));
    check(&Call::get(format!("/test/other?cursor={next}")).send(&router).await, 400, "invalid_cursor");
    check(&get("?cursor=YiMy").await, 400, "invalid_cursor");
    check(&get("?limit=0").await, 400, "invalid_query");
    check(&get("?limit=201").await, 400, "invalid_query");
    check(&get("?limit=2&limit=3").await, 400, "invalid_query");
    check(&get("?cursor=%00").await, 400, "invalid_cursor");
    check(&get("?other=1").await, 400, "invalid_query");
}

#[tokio::test]
async fn whatever_goes_wrong_is_a_problem_with_an_id() {
    let router = router();
    let panicked = Call::get("/test/panic").send(&router).await;
    check(&panicked, 500, "internal");
    assert_eq!(panicked.json()["request_id"], "test-request");
    assert_eq!(panicked.header("x-request-id"), "test-request");
    assert_eq!(panicked.header("content-type"), "application/problem+json");
    check(&Call::get("/test/nothing").send(&router).await, 404, "not_found");
    check(&Call::get("/test/people/7").send(&router).await, 404, "not_found");
    let wrong = Call::delete("/test/things").send(&router).await;
    check(&wrong, 405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "POST");
    let head = Call::new(Method::HEAD, "/test/list").send(&router).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ] {
        assert_eq!(head.header(name), value);
    }
}
