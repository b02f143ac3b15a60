//! Guidance: articles, who reads which version, what is found for a workload, and what people say.

use std::thread;

use serde_json::{Value, json};

use super::harness::{Answer, Call, Town, until};

/// What makes an article.
pub(crate) fn document(town: &Town, word: &str) -> Value {
    json!({
        "code": town.word(word), "title": format!("About {word} {}", town.tag), "summary": "How it is done here",
        "body": "# How\n\nLike `this`.", "area": "secure-coding", "requirement": "It is done right",
        "technologies": [town.word("tag")], "language": "en",
    })
}

/// The path of a new article, published as its version 2.
pub(crate) fn published(town: &Town, word: &str) -> String {
    let made = Call::post("/training/guidance", &document(town, word)).by_admin().send().is(201);
    let path = format!("/training/guidance/{}", made.text_at("id"));
    set(&path, &made.etag(), "published").is(200);
    path
}

fn set(path: &str, etag: &str, state: &str) -> Answer {
    Call::put(&format!("{path}/state"), &json!({"state": state})).by_admin().version(etag).send()
}

fn judge(path: &str, token: &str, etag: &str, body: &Value) -> Answer {
    Call::put(&format!("{path}/feedback"), body).by(token).version(etag).send()
}

#[test]
fn a_draft_is_read_by_those_who_write_until_it_is_published() {
    let town = Town::new();
    let who = town.sign_in(&town.person("reader"), &[]);
    let document = document(&town, "a");
    let made = Call::post("/training/guidance", &document).by_admin().key("g").send().is(201);
    let again = Call::post("/training/guidance", &document).by_admin().key("g").send().is(201);
    assert_eq!((made.text.clone(), again.header("idempotent-replayed")), (again.text.clone(), "true"));
    Call::post("/training/guidance", &document).by_admin().send().problem(409, "article_code_taken");
    let path = format!("/training/guidance/{}", made.text_at("id"));
    let read = |query: &str| Call::get(&format!("{path}{query}")).by(&who.token).send();
    read("").problem(404, "not_found");
    set(&path, "\"7\"", "published").problem(412, "version_mismatch");
    let live = set(&path, &made.etag(), "published").is(200);
    let shown = read("").is(200);
    assert_eq!(shown.etag(), live.etag());
    assert_eq!(shown.text_at("html"), "<h1 id=\"section-how\">How</h1>\n<p>Like <code>this</code>.</p>\n");

    let mut other = document.clone();
    other["body"] = json!("<script>alert(1)</script>");
    let draft = Call::put(&path, &other).by_admin().version(&live.etag()).send().is(200);
    assert_eq!(read("").is(200).text_at("body"), "# How\n\nLike `this`.");
    read(&format!("?version={}", draft.json()["version"])).problem(404, "not_found");
    Call::get(&format!("{path}?version=1")).by_admin().send().is(200);
    let live = set(&path, &draft.etag(), "published").is(200);
    assert_eq!(read("").is(200).text_at("html"), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
    assert_eq!(read("?version=2").is(200).text_at("body"), "# How\n\nLike `this`.");
    set(&path, &live.etag(), "retired").is(200);
    read("").problem(404, "not_found");
    read("?version=2").problem(404, "not_found");
}

#[test]
fn an_article_is_found_by_words_and_for_a_workload() {
    let town = Town::new();
    let path = published(&town, "found");
    let team = town.team("t");
    let made = json!({"code": town.word("w"), "name": "W", "owner_id": team.id, "tier": 2, "kind": "service",
        "tags": [town.word("tag")]});
    let workload = Call::post("/directory/workloads", &made).by_admin().send().is(201).text_at("workload_id");
    let id = path.rsplit('/').next().unwrap().to_owned();
    let found = |query: &str| {
        let items = Call::get(&format!("/training/guidance?{query}")).by_admin().send().is(200).items();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // What names the workload's own technology comes first.
    assert_eq!(found(&format!("workload_id={workload}&limit=1")), [id.as_str()]);
    assert_eq!(found(&format!("q=found+{}&tier=2", town.tag)), [id.as_str()]);
    assert_eq!(found(&format!("technology={}&area=SECURE-CODING&language=en&q=found", town.word("tag"))), [id]);
    assert_eq!(found(&format!("q={}x", town.tag)), Vec::<String>::new());
    for query in ["q=a", "tier=4", "workload_id=01890a5d-ac96-774b-bcce-b302099a8057", "state=x"] {
        Call::get(&format!("/training/guidance?{query}")).by_admin().send().problem(400, "invalid_query");
    }
}

#[test]
fn of_many_at_once_one_takes_a_code_and_one_rewrites() {
    let town = Town::new();
    let document = document(&town, "race");
    let race = |send: &(dyn Fn(usize) -> Answer + Sync)| -> Vec<Answer> {
        thread::scope(|scope| {
            let racing: Vec<_> = (0..6).map(|n| scope.spawn(move || send(n))).collect();
            racing.into_iter().map(|one| one.join().unwrap()).collect()
        })
    };
    let made = race(&|_| Call::post("/training/guidance", &document).by_admin().send());
    assert!(made.iter().all(|answer| [201, 409].contains(&answer.status)), "{made:?}");
    let created: Vec<_> = made.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(created.len(), 1, "{made:?}");
    let path = format!("/training/guidance/{}", created[0].text_at("id"));
    let written = race(&|n| {
        let mut other = document.clone();
        other["title"] = json!(format!("By writer {n}"));
        Call::put(&path, &other).by_admin().version("\"1\"").send()
    });
    assert!(written.iter().all(|answer| [200, 409, 412].contains(&answer.status)), "{written:?}");
    assert_eq!(written.iter().filter(|answer| answer.status == 200).count(), 1, "{written:?}");
}

#[test]
fn feedback_counts_once_a_person_and_is_forgotten_with_them() {
    let town = Town::new();
    let path = published(&town, "judged");
    let people = ["a", "b", "c"].map(|word| town.sign_in(&town.person(word), &[]));
    let given = thread::scope(|scope| {
        let racing: Vec<_> = people
            .iter()
            .map(|who| {
                let body = json!({"helpful": true, "comment": format!("Said by {}", who.person.email)});
                let path = &path;
                scope.spawn(move || judge(path, &who.token, "\"2\"", &body).status)
            })
            .collect();
        racing.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(given.iter().all(|status| [200, 409].contains(status)), "{given:?}");
    for who in &people {
        judge(&path, &who.token, "\"2\"", &json!({"helpful": false, "comment": format!("Now {}", town.tag)})).is(200);
    }
    let counts = || {
        let shown = Call::get(&path).by_admin().send().is(200).json();
        (shown["helpful"].as_u64().unwrap(), shown["not_helpful"].as_u64().unwrap())
    };
    assert_eq!(counts(), (0, 3));
    let comments = || Call::get(&format!("{path}/feedback")).by_admin().send().is(200);
    let told = until("all comments are listed", || Some(comments()).filter(|page| page.items().len() == 3));
    for who in &people {
        assert!(!told.text.contains(&who.person.id) && !told.text.contains(&who.person.email), "{}", told.text);
    }
    let gone = &people[1].person;
    let export = Call::get(&format!("/directory/people/{}/export", gone.id)).by_admin().send().is(200);
    assert!(export.text.contains(&format!("Now {}", town.tag)), "{}", export.text);
    Call::new("POST", &format!("/directory/people/{}/erasure", gone.id)).by_admin().send().is(204);
    until("the comment is forgotten", || (comments().items().len() == 2).then_some(()));
    assert_eq!(counts(), (0, 3), "numbers name nobody");
}
