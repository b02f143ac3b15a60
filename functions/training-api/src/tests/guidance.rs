//! Articles: who writes, who reads what, what is found, and what people say of them.

use std::collections::BTreeSet;

use directory::{
    DirectoryWriter, Tag, Tier, WorkloadCode, WorkloadKind, WorkloadName,
    workloads::{self, NewWorkload},
};
use kernel::{Cause, Principal, WorkloadId};
use serde_json::{Value, json};
use store::DirectoryStore;
use web::testing::{Call, Reply, Token};

use super::{House, ada, admin, bob, check, now};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn document(code: &str) -> Value {
    json!({
        "code": code, "title": "Input validation", "summary": "Check what comes in, where it comes in.",
        "body": "# Why\n\nBecause.", "area": "secure-coding", "requirement": "Every input is checked", "language": "en",
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

struct Article {
    uri: String,
}

impl Article {
    async fn new(house: &House, body: &Value) -> Self {
        let made = house.send(Call::post("/training/guidance", body).by(&admin())).await;
        assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.text);
        Self { uri: format!("/training/guidance/{}", made.json()["id"].as_str().unwrap()) }
    }

    async fn published(house: &House, body: &Value) -> Self {
        let article = Self::new(house, body).await;
        assert_eq!(article.set(house, "\"1\"", "published").await.status, 200);
        article
    }

    async fn set(&self, house: &House, tag: &str, state: &str) -> Reply {
        let call = Call::put(format!("{}/state", self.uri), &json!({"state": state})).by(&admin());
        house.send(call.header("if-match", tag)).await
    }

    async fn put(&self, house: &House, tag: &str, body: &Value) -> Reply {
        house.send(Call::put(&self.uri, body).by(&admin()).header("if-match", tag)).await
    }

    async fn read(&self, house: &House, by: &Token, query: &str) -> Reply {
        house.send(Call::get(format!("{}{query}", self.uri)).by(by)).await
    }

    async fn judge(&self, house: &House, by: &Token, tag: &str, body: &Value) -> Reply {
        house.send(Call::put(format!("{}/feedback", self.uri), body).by(by).header("if-match", tag)).await
    }
}

async fn found(house: &House, by: &Token, query: &str) -> Vec<String> {
    let reply = house.send(Call::get(format!("/training/guidance{query}")).by(by)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let items = reply.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["code"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn an_article_is_written_published_rewritten_and_retired() {
    let house = House::new().await;
    let body = with(document("INPUT"), "body", json!("# Why\n\nBecause of `<b>`."));
    let create = || Call::post("/training/guidance", &body).by(&admin()).header("idempotency-key", "g1");
    let made = house.send(create()).await;
    assert_eq!((made.status, &made.json()["code"]), (201, &json!("input")), "{}", made.text);
    assert!(made.text.len() < 1000 && made.json()["body"].is_null(), "the answer does not repeat the text");
    let again = house.send(create()).await;
    assert_eq!((again.status, &again.text, again.header("idempotent-replayed")), (201, &made.text, "true"));
    check(&house.send(Call::post("/training/guidance", &body).by(&admin())).await, 409, "article_code_taken");
    let uri = made.header("location").trim_start_matches("https://api.example.com").to_owned();
    let article = Article { uri };

    check(&article.read(&house, &ada(), "").await, 404, "not_found");
    check(&article.read(&house, &ada(), "?version=1").await, 404, "not_found");
    assert_eq!(article.read(&house, &admin(), "").await.json()["state"], "draft");
    assert_eq!(found(&house, &ada(), "").await, Vec::<String>::new());

    check(&article.set(&house, "\"2\"", "published").await, 412, "version_mismatch");
    let published = article.set(&house, "\"1\"", "published").await;
    assert_eq!((published.status, published.header("etag")), (200, "\"2\""), "{}", published.text);
    let read = article.read(&house, &ada(), "").await;
    assert_eq!((read.status, read.header("etag")), (200, "\"2\""));
    let shown = read.json();
    assert_eq!(shown["html"], "<h1 id=\"section-why\">Why</h1>\n<p>Because of <code>&lt;b&gt;</code>.</p>\n");
    assert_eq!((&shown["body"], &shown["published_version"]), (&body["body"], &json!(2)));

    let other = with(body.clone(), "title", json!("Inputs"));
    let rewritten = article.put(&house, "\"2\"", &other).await;
    assert_eq!((rewritten.status, rewritten.header("etag")), (200, "\"3\""), "{}", rewritten.text);
    check(&article.put(&house, "\"2\"", &other).await, 412, "version_mismatch");
    let same = article.put(&house, "\"3\"", &other).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"3\""), "the same text makes no version");
    assert_eq!(article.read(&house, &ada(), "").await.json()["title"], "Input validation");
    check(&article.read(&house, &ada(), "?version=3").await, 404, "not_found");
    assert_eq!(article.read(&house, &admin(), "").await.json()["title"], "Inputs");
    assert_eq!(article.read(&house, &admin(), "?version=1").await.json()["state"], "draft");
    assert_eq!(found(&house, &admin(), "?state=draft").await, ["input"]);
    assert_eq!(found(&house, &ada(), "?state=draft").await, Vec::<String>::new());

    assert_eq!(article.set(&house, "\"3\"", "retired").await.status, 200);
    check(&article.read(&house, &ada(), "").await, 404, "not_found");
    check(&article.read(&house, &ada(), "?version=2").await, 404, "not_found");
    assert_eq!(found(&house, &ada(), "").await, Vec::<String>::new());
    assert_eq!(found(&house, &admin(), "?state=retired").await, ["input"]);
}

#[tokio::test]
async fn wrong_articles_are_refused_and_nothing_is_repeated() {
    let house = House::new().await;
    let template = json!({"kind": "cdk_construct", "url": "https://example.com/t"});
    for (field, value) in [
        ("code", json!("<script>")),
        ("title", json!("")),
        ("summary", json!("a".repeat(301))),
        ("body", json!("")),
        ("body", json!("a".repeat(65_537))),
        ("body", json!("hunter2\u{0}")),
        ("body", json!("hunter2 \u{202e}")),
        ("area", json!("a b")),
        ("requirement", json!("=hunter2")),
        ("tiers", json!([4])),
        ("tiers", json!([0])),
        ("tiers", json!(["hunter2"])),
        ("technologies", json!(["hunter 2"])),
        ("technologies", json!((0..21).map(|n| format!("t{n}")).collect::<Vec<_>>())),
        ("templates", json!([{"kind": "cdk_construct", "url": "javascript:hunter2"}])),
        ("templates", json!([{"kind": "hunter2", "url": "https://example.com"}])),
        ("templates", json!(vec![template.clone(); 11])),
        ("course_ids", json!(["hunter2"])),
        ("language", json!("hunter2!")),
        ("state", json!("published")),
    ] {
        let body = with(document("a1"), field, value);
        let reply = house.send(Call::post("/training/guidance", &body).by(&admin())).await;
        check(&reply, 400, "invalid_body");
        assert!(!reply.text.contains("hunter2") && !reply.text.contains("script"), "{}", reply.text);
        let path = reply.json()["errors"][0]["path"].as_str().unwrap_or_default().to_owned();
        assert!(path.starts_with(&format!("$.{field}")), "{field}: {path}");
    }
    let post = |body: Value| house.send(Call::post("/training/guidance", &body).by(&admin()));
    check(&post(with(document("a1"), "course_ids", json!([NOBODY]))).await, 422, "unknown_course");
    check(&post(with(document("a1"), "body", json!("a".repeat(300_000)))).await, 413, "body_too_large");
    let swollen = format!("{}\n{}\n{}", "|a".repeat(1000), "|-".repeat(1000), "|x\n".repeat(10_000));
    check(&post(with(document("a1"), "body", json!(swollen))).await, 422, "article_too_large");
    assert_eq!(found(&house, &admin(), "?state=draft").await, Vec::<String>::new(), "nothing is half-written");
    let largest = with(document("a1"), "body", json!(format!("# {}", "\"ä\\\"".repeat(13_000))));
    assert_eq!(post(largest).await.status, 201, "64 KiB, escaped as JSON");
}

#[tokio::test]
async fn scripts_in_an_article_are_shown_and_do_nothing() {
    let house = House::new().await;
    let body =
        "<script>alert(1)</script>\n\n[a](javascript:alert(1)) <img src=x onerror=alert(1)> <https://example.com>";
    let article = Article::published(&house, &with(document("a1"), "body", json!(body))).await;
    let html = article.read(&house, &ada(), "").await.json()["html"].as_str().unwrap().to_owned();
    assert_eq!(
        html,
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;\n</p>\n<p>a &lt;img src=x onerror=alert(1)&gt; \
         <a href=\"https://example.com\" rel=\"noopener noreferrer\">https://example.com</a></p>\n"
    );
}

#[tokio::test]
async fn an_article_names_courses_and_keeps_its_code() {
    let house = House::new().await;
    let course = house.course("sec-101").await;
    let body = with(document("a1"), "course_ids", json!([course]));
    let article = Article::new(&house, &body).await;
    assert_eq!(article.read(&house, &admin(), "").await.json()["course_ids"], json!([course]));
    check(&article.put(&house, "\"1\"", &with(body.clone(), "code", json!("a2"))).await, 422, "article_code_fixed");
    let nowhere = Article { uri: format!("/training/guidance/{NOBODY}") };
    check(&nowhere.put(&house, "\"1\"", &body).await, 404, "not_found");
    check(&nowhere.set(&house, "\"1\"", "published").await, 404, "not_found");
    check(&nowhere.read(&house, &admin(), "").await, 404, "not_found");
    for (uri, body) in [(nowhere.uri.clone(), body), (format!("{}/state", nowhere.uri), json!({"state": "draft"}))] {
        check(&house.send(Call::put(uri, &body).by(&admin())).await, 404, "not_found");
    }
    let unversioned = Call::put(format!("{}/state", article.uri), &json!({"state": "published"})).by(&admin());
    check(&house.send(unversioned).await, 428, "precondition_required");
    check(&article.read(&house, &ada(), "?version=x").await, 400, "invalid_query");
    check(&article.read(&house, &ada(), "?vision=1").await, 400, "invalid_query");
}

/// A workload of the payments team.
async fn workload(house: &House, tier: u8, tags: &[&str]) -> WorkloadId {
    let directory = DirectoryStore::new(house.table.clone());
    let new = NewWorkload {
        code: WorkloadCode::parse("gateway").unwrap(),
        name: WorkloadName::parse("Gateway").unwrap(),
        owner: house.payments,
        tier: Tier::new(tier).unwrap(),
        kind: WorkloadKind::Service,
        repositories: BTreeSet::new(),
        tags: tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect(),
    };
    let cause = Cause { by: Principal::Program, at: now(), correlation_id: "c".into(), causation_id: None };
    let (workload, commit) = workloads::create(&directory, new, &cause).await.unwrap();
    directory.commit(commit).await.unwrap();
    workload.id
}

#[tokio::test]
async fn a_builder_finds_what_applies_to_a_workload() {
    let house = House::new().await;
    for (code, title, tiers, technologies) in [
        ("secrets", "Secrets", json!([]), json!(["Lambda", "dynamodb"])),
        ("logging", "Logging of secrets", json!([]), json!([])),
        ("dependencies", "Dependencies", json!([3]), json!([])),
        ("pods", "Pods", json!([]), json!(["kubernetes"])),
    ] {
        let body = with(with(document(code), "tiers", tiers), "technologies", technologies);
        Article::published(&house, &with(body, "title", json!(title))).await;
    }
    let id = workload(&house, 1, &["lambda", "rust"]).await;
    assert_eq!(found(&house, &ada(), &format!("?workload_id={id}")).await, ["secrets", "logging"]);
    assert_eq!(found(&house, &ada(), &format!("?workload_id={id}&q=log")).await, ["logging"]);
    assert_eq!(found(&house, &ada(), "?q=secret").await, ["logging", "secrets"]);
    assert_eq!(found(&house, &ada(), "?tier=3&technology=KUBERNETES").await, ["dependencies", "logging", "pods"]);
    assert_eq!(found(&house, &ada(), "?language=de").await, Vec::<String>::new());
    assert_eq!(found(&house, &ada(), "?area=secure-coding&language=en").await.len(), 4);
    let unknown = format!("workload_id={NOBODY}");
    for query in ["q=a", "q=", "tier=4", "tier=one", "technology=a%20b", "state=hidden", "surprise=1", &unknown] {
        check(&house.send(Call::get(format!("/training/guidance?{query}")).by(&ada())).await, 400, "invalid_query");
    }
    let first = house.send(Call::get("/training/guidance?limit=3").by(&ada())).await.json();
    let next = first["next"].as_str().unwrap().to_owned();
    let rest = found(&house, &ada(), &format!("?limit=3&cursor={next}")).await;
    assert_eq!((first["items"].as_array().map(Vec::len), rest), (Some(3), vec!["secrets".to_owned()]));
}

#[tokio::test]
async fn people_say_whether_an_article_helped() {
    let house = House::new().await;
    let article = Article::published(&house, &document("a1")).await;
    let said = |helpful: bool, comment: Option<&str>| json!({"helpful": helpful, "comment": comment});
    let first = article.judge(&house, &ada(), "\"2\"", &said(true, Some("More\nlike this"))).await;
    assert_eq!((first.status, first.header("etag"), first.json()), (200, "\"2\"", said(true, Some("More\nlike this"))));
    assert_eq!(article.judge(&house, &bob(), "\"2\"", &said(false, None)).await.status, 200);
    assert_eq!(article.judge(&house, &ada(), "\"2\"", &said(false, Some("Not for me"))).await.status, 200);
    let shown = article.read(&house, &bob(), "").await.json();
    assert_eq!((&shown["helpful"], &shown["not_helpful"]), (&json!(0), &json!(2)));

    let comments = Call::get(format!("{}/feedback", article.uri));
    let comments = house.send(comments.by(&Token::person("bob", &["security"]))).await;
    let comment = json!({"article_version": 2, "helpful": false, "comment": "Not for me", "given_on": "2026-03-02"});
    assert_eq!(comments.json()["items"], json!([comment]), "{}", comments.text);
    assert!(!comments.text.contains(&house.ada.to_string()));
    check(&house.send(Call::get(format!("{}/feedback", article.uri)).by(&ada())).await, 404, "not_found");
    let nowhere = Call::get(format!("/training/guidance/{NOBODY}/feedback"));
    check(&house.send(nowhere.by(&admin())).await, 404, "not_found");

    check(&article.judge(&house, &Token::machine(), "\"2\"", &said(true, None)).await, 403, "forbidden");
    check(&article.judge(&house, &ada(), "\"1\"", &said(true, None)).await, 412, "version_mismatch");
    for wrong in [json!({}), json!({"helpful": 1}), said(true, Some("")), said(true, Some(&"a".repeat(1001)))] {
        check(&article.judge(&house, &ada(), "\"2\"", &wrong).await, 400, "invalid_body");
    }
    let draft = Article::new(&house, &document("a2")).await;
    for by in [ada(), admin()] {
        check(&draft.judge(&house, &by, "\"1\"", &said(true, None)).await, 404, "not_found");
    }
}

#[tokio::test]
async fn every_cell_answers_as_the_table_says() {
    let house = House::new().await;
    let article = Article::published(&house, &document("a1")).await;
    let uri = &article.uri;
    let state = || Call::put(format!("{uri}/state"), &json!({"state": "published"})).header("if-match", "\"2\"");
    let cells = || {
        [
            ("list", Call::get("/training/guidance"), [200, 200, 200, 200]),
            ("create", Call::post("/training/guidance", &document("a1")), [403, 409, 409, 403]),
            ("read", Call::get(uri), [200, 200, 200, 200]),
            ("change", Call::put(uri, &document("a1")).header("if-match", "\"2\""), [403, 200, 200, 403]),
            ("state", state(), [403, 200, 200, 403]),
            (
                "judge",
                Call::put(format!("{uri}/feedback"), &json!({"helpful": true})).header("if-match", "\"2\""),
                [200, 200, 200, 403],
            ),
            ("comments", Call::get(format!("{uri}/feedback")), [404, 200, 200, 404]),
        ]
    };
    let callers = [ada(), Token::person("bob", &["security"]), admin(), Token::machine()];
    for (column, caller) in callers.iter().enumerate() {
        for (name, call, expected) in cells() {
            let reply = house.send(call.by(caller)).await;
            assert_eq!(reply.status, expected[column], "{name}, caller {column}: {}", reply.text);
        }
    }
}
