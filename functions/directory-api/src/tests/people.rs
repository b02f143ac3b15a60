//! People over HTTP.

use serde_json::{Value, json};
use web::testing::{Call, Token};

use super::{House, check, person};

#[tokio::test]
async fn a_person_is_created_read_and_changed() {
    let house = House::new().await;
    let made = house.send(Call::post("/directory/people", &person("ada")).by(&house.admin)).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""));
    let path = made.header("location").trim_start_matches("https://api.example.com").to_owned();
    let read = house.get(&path).await;
    assert_eq!((read.status, read.json()), (200, made.json()));
    let change = |tag: &'static str, body: Value| {
        Call::patch(path.clone(), &body).by(&house.admin).header("if-match", tag).send(&house.router)
    };
    let changed = change("\"1\"", json!({"job_role": "tester", "working_share": 60})).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
    assert_eq!(changed.json()["private"]["working_share"], 60);
    let unchanged = change("\"2\"", json!({"job_role": "tester"})).await;
    assert_eq!((unchanged.status, unchanged.header("etag")), (200, "\"2\""));
    check(&change("\"1\"", json!({"job_role": "devops"})).await, 412, "version_mismatch");
    let missing = Call::patch(path.clone(), &json!({})).by(&house.admin).send(&house.router).await;
    check(&missing, 428, "precondition_required");
}

#[tokio::test]
async fn an_address_is_taken_once_and_a_repetition_is_answered_as_before() {
    let house = House::new().await;
    let post = |key: &'static str, body: Value| {
        Call::post("/directory/people", &body).by(&house.admin).header("idempotency-key", key).send(&house.router)
    };
    let first = post("k1", person("ada")).await;
    let again = post("k1", person("ada")).await;
    assert_eq!((again.status, again.text.as_str()), (201, first.text.as_str()));
    assert_eq!(again.header("idempotent-replayed"), "true");
    check(&post("k1", person("bea")).await, 422, "idempotency_key_reused");
    check(&post("k2", person("ada")).await, 409, "taken");
}

#[tokio::test]
async fn a_body_that_breaks_the_schema_is_refused_by_place() {
    let house = House::new().await;
    let with = |name: &str, value: Value| {
        let mut body = person("ada");
        body[name] = value;
        Call::post("/directory/people", &body).by(&house.admin)
    };
    for (name, value) in [
        ("email", json!("not an address")),
        ("name", json!("")),
        ("country", json!("XX")),
        ("time_zone", json!("Mars/Base")),
        ("job_role", json!("wizard")),
        ("working_share", json!(0)),
        ("start", json!("yesterday")),
        ("teams", json!([{"team_id": "x", "from": "2026-01-01", "primary": true}])),
        ("salary", json!(1)),
    ] {
        let reply = house.send(with(name, value)).await;
        check(&reply, 400, "invalid_body");
        let path = reply.json()["errors"][0]["path"].as_str().unwrap().to_owned();
        assert!(path.starts_with(&format!("$.{name}")), "{path}");
        assert!(!reply.text.contains("not an address") && !reply.text.contains("wizard"), "{}", reply.text);
    }
    let large = Call::post("/directory/people", &json!({"name": "x".repeat(70_000)})).by(&house.admin);
    check(&house.send(large).await, 413, "body_too_large");
}

#[tokio::test]
async fn what_a_person_names_must_exist_and_fit() {
    let house = House::new().await;
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let team = house.team("payments").await;
    let with = |name: &str, value: Value| {
        let mut body = person("ada");
        body[name] = value;
        Call::post("/directory/people", &body).by(&house.admin).send(&house.router)
    };
    check(&with("manager_id", json!(nobody)).await, 422, "unknown_person");
    check(&with("delegate_id", json!(nobody)).await, 422, "unknown_person");
    check(&with("leave", json!("2024-01-01")).await, 422, "leave_before_start");
    let stay = |team: &str, primary: bool| json!([{"team_id": team, "from": "2025-01-01", "primary": primary}]);
    check(&with("teams", stay(nobody, true)).await, 422, "unknown_team");
    check(&with("teams", stay(&team, false)).await, 422, "invalid_memberships");
    let away = json!([{"from": "2026-02-02", "until": "2026-02-01", "kind": "vacation"}]);
    check(&with("absences", away).await, 422, "invalid_absences");
}

#[tokio::test]
async fn nobody_reports_to_themselves() {
    let house = House::new().await;
    let (ada, bea) = (house.person("ada").await, house.person("bea").await);
    let report = |who: &str, to: &str| {
        let body = json!({"manager_id": to});
        Call::patch(format!("/directory/people/{who}"), &body).by(&house.admin).header("if-match", "\"1\"")
    };
    assert_eq!(house.send(report(&ada, &bea)).await.status, 200);
    check(&house.send(report(&bea, &ada)).await, 422, "manager_cycle");
    let reports = house.get(&format!("/directory/people?manager={bea}")).await;
    assert_eq!(reports.json()["items"][0]["person_id"], json!(ada));
}

#[tokio::test]
async fn people_are_listed_and_found_in_pages() {
    let house = House::new().await;
    for name in ["ada", "adam", "bea"] {
        house.person(name).await;
    }
    let first = house.get("/directory/people?limit=2").await;
    assert_eq!(first.json()["items"].as_array().unwrap().len(), 2);
    let next = first.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    let rest = house.get(&format!("/directory/people{next}")).await;
    assert_eq!(rest.json()["items"][0]["name"], "bea Example");
    assert_eq!(rest.json()["next"], Value::Null);
    let found = house.get("/directory/people?prefix=AD%C3%81").await;
    assert_eq!(found.json()["items"].as_array().unwrap().len(), 2);
    check(&house.get("/directory/people?prefix=a").await, 400, "invalid_query");
    check(&house.get("/directory/people?name=ada").await, 400, "invalid_query");
    check(&house.get("/directory/people?cursor=%25").await, 400, "invalid_cursor");
    check(&house.get("/directory/people?manager=7").await, 400, "invalid_query");
}

#[tokio::test]
async fn private_facts_are_for_the_person_their_manager_and_the_program() {
    let house = House::new().await;
    let (boss, boss_token) = house.linked("boss", json!({}), &[]).await;
    let (ada, ada_token) = house.linked("ada", json!({"manager_id": boss}), &[]).await;
    let (_, other) = house.linked("eve", json!({}), &[]).await;
    let path = format!("/directory/people/{ada}");
    for (token, sees) in [(&ada_token, true), (&boss_token, true), (&house.admin, true), (&other, false)] {
        let reply = Call::get(path.clone()).by(token).send(&house.router).await;
        assert_eq!((reply.status, reply.json().get("private").is_some()), (200, sees));
    }
    let me = Call::get("/directory/me").by(&boss_token).send(&house.router).await;
    assert_eq!(me.json()["roles"], json!(["builder", "manager"]));
    let machine = Call::get("/directory/me").by(&Token::machine()).send(&house.router).await;
    assert_eq!(machine.json()["person"], Value::Null);
}

#[tokio::test]
async fn a_person_sets_their_own_absences_and_nothing_else() {
    let house = House::new().await;
    let (ada, token) = house.linked("ada", json!({}), &[]).await;
    let (_, eve) = house.linked("eve", json!({}), &[]).await;
    let body = json!({
        "absences": [{"from": "2026-08-01", "until": "2026-08-14", "kind": "vacation"}], "time_zone": "Europe/Paris",
    });
    let put = |token: &Token| {
        Call::put(format!("/directory/people/{ada}/absences"), &body).by(token).header("if-match", "\"2\"")
    };
    check(&house.send(put(&eve)).await, 403, "forbidden");
    let reply = house.send(put(&token)).await;
    assert_eq!((reply.status, &reply.json()["time_zone"]), (200, &json!("Europe/Paris")));
    let long_ago = json!({"absences": [{"from": "2026-02-01", "until": "2026-02-02", "kind": "sick"}]});
    let set = |token: &Token| {
        let call = Call::put(format!("/directory/people/{ada}/absences"), &long_ago).by(token);
        house.send(call.header("if-match", "\"3\""))
    };
    check(&set(&token).await, 422, "invalid_absences");
    let more = Call::patch(format!("/directory/people/{ada}"), &json!({"job_role": "architect"})).by(&token);
    check(&house.send(more.header("if-match", "\"3\"")).await, 403, "forbidden");
    // Whoever runs the program may enter what was forgotten, though not for themselves, by whatever route.
    assert_eq!(set(&house.admin).await.status, 200);
    let me = house.get("/directory/me").await.json()["person"]["person_id"].as_str().unwrap().to_owned();
    let own = Call::patch(format!("/directory/people/{me}"), &long_ago).by(&house.admin);
    check(&house.send(own.header("if-match", "\"1\"")).await, 422, "invalid_absences");
}

#[tokio::test]
async fn whoever_left_or_has_not_started_is_not_let_in() {
    let house = House::new().await;
    let (ada, token) = house.linked("ada", json!({}), &["program-admin"]).await;
    let leave = Call::post(format!("/directory/people/{ada}/leave"), &json!({"date": "2026-03-01"})).by(&house.admin);
    assert_eq!(house.send(leave).await.status, 200);
    check(&house.send(Call::get("/directory/me").by(&token)).await, 403, "not_bound");
    let (_, early) = house.linked("bea", json!({"start": "2026-03-03"}), &[]).await;
    check(&house.send(Call::get("/directory/me").by(&early)).await, 403, "not_bound");
}

#[tokio::test]
async fn erasure_forgets_the_person_and_keeps_their_history() {
    let house = House::new().await;
    let (ada, token) = house.linked("ada", json!({}), &[]).await;
    let path = format!("/directory/people/{ada}");
    let export = Call::get(format!("{path}/export")).by(&token).send(&house.router).await;
    assert_eq!(export.status, 200);
    assert!(export.text.contains("ada@example.com"));
    let erase = || {
        let call = Call::new(axum::http::Method::POST, format!("{path}/erasure")).by(&house.admin);
        call.header("idempotency-key", "erase-ada").send(&house.router)
    };
    let own = Call::new(axum::http::Method::POST, format!("{path}/erasure")).by(&token).send(&house.router).await;
    check(&own, 403, "forbidden");
    assert_eq!(erase().await.status, 204);
    assert_eq!(erase().await.status, 204);
    check(&house.get(&path).await, 404, "not_found");
    check(&house.send(Call::get("/directory/me").by(&token)).await, 403, "not_bound");
    let history = house.get(&format!("{path}/history")).await;
    let kinds: std::collections::BTreeSet<_> =
        history.json()["items"].as_array().unwrap().iter().map(|it| it["kind"].to_string()).collect();
    let expected = ["changed", "erased", "exported", "joined"].map(|what| format!("\"directory.person_{what}\""));
    assert_eq!(kinds, expected.into());
}

#[tokio::test]
async fn whoever_is_handed_what_is_held_on_a_person_is_in_the_history() {
    let house = House::new().await;
    let (ada, token) = house.linked("ada", json!({}), &[]).await;
    let (bob, other) = house.linked("bob", json!({}), &[]).await;
    let zoe = house.get("/directory/me").await.json()["person"]["person_id"].clone();
    let path = format!("/directory/people/{ada}");
    let export = |by: &Token| Call::get(format!("{path}/export")).by(by).send(&house.router);
    let exports = async || {
        let history = house.get(&format!("{path}/history")).await.json();
        let mut all = history["items"].as_array().cloned().unwrap();
        all.retain(|event| event["kind"] == "directory.person_exported");
        all
    };
    check(&export(&other).await, 403, "forbidden");
    assert_eq!(exports().await, Vec::<Value>::new(), "nothing was handed out");
    assert_eq!(export(&token).await.status, 200);
    let second = export(&house.admin).await;
    assert_eq!(second.status, 200);
    let told = exports().await;
    let by: std::collections::BTreeSet<_> = told.iter().map(|event| event["actor"].to_string()).collect();
    let expected = [json!(format!("person:{ada}")), json!(format!("person:{}", zoe.as_str().unwrap()))];
    assert_eq!((told.len(), by), (2, expected.map(|who| who.to_string()).into()), "{told:?}");
    assert!(told.iter().all(|event| event["occurred_at"] == json!(super::now())), "{told:?}");
    // Each is part of what is held, and names nobody; the record itself is as it was.
    assert_eq!(second.text.matches("directory.person_exported").count(), 2, "{}", second.text);
    assert!(!told.iter().any(|event| event.to_string().contains("example")), "{told:?}");
    assert_eq!(house.get(&path).await.header("etag"), "\"2\"");
    let nobody = Call::get(format!("/directory/people/{bob}/export")).by(&house.admin);
    assert_eq!(house.send(nobody).await.status, 200);
    assert_eq!(exports().await.len(), 2, "another's is another's");
}

#[tokio::test]
async fn who_is_in_many_teams_and_leads_many_can_be_forgotten() {
    let house = House::new().await;
    let ada = house.person("ada").await;
    let path = format!("/directory/people/{ada}");
    let mut stays = Vec::new();
    for number in 0..50 {
        let team = json!({"code": format!("t{number}"), "name": "T", "department": "tech", "lead_ids": [ada]});
        let made = house.make("/directory/teams", team).await;
        stays.push(json!({"team_id": made["team_id"], "from": "2025-01-01", "primary": number == 0}));
    }
    let join = async |stays: &[Value], version: &str| {
        let call = Call::patch(&path, &json!({"teams": stays})).by(&house.admin);
        house.send(call.header("if-match", version)).await
    };
    // More than one write takes is said, and nothing of it is done.
    check(&join(&stays, "\"1\"").await, 422, "change_too_large");
    assert_eq!(join(&stays[..20], "\"1\"").await.status, 200);
    assert_eq!(join(&stays, "\"2\"").await.status, 200);
    let erase = Call::new(axum::http::Method::POST, format!("{path}/erasure")).by(&house.admin);
    let erased = house.send(erase.header("idempotency-key", "erase-ada")).await;
    assert_eq!(erased.status, 204, "{}", erased.text);
    check(&house.get(&path).await, 404, "not_found");
    for stay in &stays {
        let team = house.get(&format!("/directory/teams/{}", stay["team_id"].as_str().unwrap())).await.json();
        assert_eq!(team["lead_ids"], json!([]));
    }
}

#[tokio::test]
async fn what_is_to_come_is_known_to_those_concerned() {
    let house = House::new().await;
    let (now_at, next) = (house.team("payments").await, house.team("platform").await);
    let stays = json!({"teams": [
        {"team_id": now_at, "from": "2025-01-01", "until": "2026-05-31", "primary": true},
        {"team_id": next, "from": "2026-06-01", "primary": true},
    ]});
    let (ada, own) = house.linked("ada", stays, &[]).await;
    let (gone, _) = house.linked("gone", json!({"leave": "2026-03-01"}), &[]).await;
    let (_, other) = house.linked("eve", json!({}), &[]).await;
    let leave = Call::post(format!("/directory/people/{ada}/leave"), &json!({"date": "2026-12-31"})).by(&house.admin);
    assert_eq!(house.send(leave).await.json()["private"]["leave"], "2026-12-31");
    let read = |path: String, token: &Token| Call::get(path).by(token).send(&house.router);
    let path = format!("/directory/people/{ada}");
    let shown = read(path.clone(), &own).await.json();
    assert_eq!((&shown["private"]["leave"], &shown["private"]["start"]), (&json!("2026-12-31"), &json!("2025-01-01")));
    assert_eq!(shown["teams"].as_array().unwrap().len(), 2);
    let hidden = [
        read(path, &other).await,
        read("/directory/people".to_owned(), &other).await,
        read("/directory/people?prefix=ada".to_owned(), &other).await,
        read(format!("/directory/teams/{now_at}/members"), &other).await,
    ];
    for reply in hidden {
        assert_eq!(reply.status, 200, "{}", reply.text);
        let tells = ["2026-12-31", "2026-05-31", "2026-06-01", "\"leave\"", "\"start\""];
        assert!(tells.iter().all(|told| !reply.text.contains(told)), "{}", reply.text);
        assert!(reply.text.contains("\"left\":false"), "{}", reply.text);
    }
    let gone = read(format!("/directory/people/{gone}"), &other).await;
    assert_eq!(gone.json()["left"], true);
    let coming = format!("/directory/teams/{next}/members");
    assert_eq!(read(coming.clone(), &other).await.json()["items"], json!([]));
    assert_eq!(read(coming, &house.admin).await.json()["items"][0]["stays"][0]["from"], "2026-06-01");
}

#[tokio::test]
async fn a_date_has_one_spelling() {
    let house = House::new().await;
    for odd in [json!("2025-01-01T00:00:00"), json!("20250101"), json!("2025-1-1"), json!("+002025-01-01"), json!(1)] {
        let mut body = person("ada");
        body["start"] = odd;
        let reply = house.send(Call::post("/directory/people", &body).by(&house.admin)).await;
        check(&reply, 400, "invalid_body");
        assert_eq!(reply.json()["errors"], json!([{"path": "$.start", "message": "a date as YYYY-MM-DD"}]));
    }
    let reply = house.get("/program/mails?day=20260302").await;
    check(&reply, 400, "invalid_query");
    assert_eq!(reply.json()["errors"], json!([{"path": "day", "message": "a date as YYYY-MM-DD"}]));
}

#[tokio::test]
async fn a_cursor_serves_its_own_listing() {
    let house = House::new().await;
    for name in ["ada", "adam"] {
        house.person(name).await;
    }
    let first = house.get("/directory/people?limit=1&prefix=ad").await;
    let cursor = first.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(house.get(&format!("/directory/people?cursor={cursor}&prefix=ad")).await.status, 200);
    for listing in ["/directory/people?", "/directory/people?prefix=ada&", "/directory/teams?"] {
        check(&house.get(&format!("{listing}cursor={cursor}")).await, 400, "invalid_cursor");
    }
}

#[tokio::test]
async fn whoever_may_not_change_a_thing_learns_nothing_of_its_versions() {
    let house = House::new().await;
    let ada = house.person("ada").await;
    let (_, eve) = house.linked("eve", json!({}), &[]).await;
    let patch = |path: String| Call::patch(path, &json!({})).by(&eve).send(&house.router);
    check(&patch(format!("/directory/people/{ada}")).await, 403, "forbidden");
    check(&patch("/directory/people/01890a5d-ac96-774b-bcce-b302099a8057".to_owned()).await, 404, "not_found");
    let put = Call::put("/program/settings", &json!({})).by(&eve);
    check(&house.send(put).await, 404, "not_found");
    let odd = Call::patch(format!("/directory/people/{ada}"), &json!({})).by(&eve).header("if-match", "odd");
    check(&house.send(odd).await, 403, "forbidden");
}

#[tokio::test]
async fn a_sign_in_is_one_at_the_programs_identity_provider() {
    let house = House::new().await;
    let ada = house.person("ada").await;
    let link = |issuer: &str| {
        let body = json!({"issuer": issuer, "subject": "ada"});
        Call::put(format!("/directory/people/{ada}/subject"), &body).by(&house.admin).header("if-match", "\"1\"")
    };
    let refused = house.send(link("https://other.example.com")).await;
    check(&refused, 400, "invalid_body");
    assert_eq!(refused.json()["errors"][0]["path"], "$.issuer");
    assert_eq!(house.send(link("https://issuer.example.com/")).await.status, 200);
    let me = house.send(Call::get("/directory/me").by(&Token::person("ada", &[]))).await;
    assert_eq!(me.status, 200, "{}", me.text);
}

#[tokio::test]
async fn what_files_refuse_as_a_formula_requests_refuse_too() {
    let house = House::new().await;
    for formula in ["=cmd", "+49", "-x", "@sum", "\t=cmd"] {
        let mut body = person("ada");
        body["name"] = json!(formula);
        check(&house.send(Call::post("/directory/people", &body).by(&house.admin)).await, 400, "invalid_body");
    }
}

#[tokio::test]
async fn nothing_that_is_stored_names_who_was_erased_and_a_repetition_still_does_nothing() {
    let house = House::new().await;
    let mut new = person("quirina");
    new["name"] = json!("Quirina Zephyr");
    let post = |path: String, key: &'static str, body: Value| {
        Call::post(path, &body).by(&house.admin).header("idempotency-key", key).send(&house.router)
    };
    let made = post("/directory/people".into(), "make", new.clone()).await;
    let path = made.header("location").trim_start_matches("https://api.example.com").to_owned();
    let change = Call::patch(path.clone(), &json!({"name": "Quirina Zephyrine"})).by(&house.admin);
    let changed = house.send(change.header("if-match", "\"1\"")).await;
    assert_eq!(changed.status, 200);
    // A repetition shows the person as they are now.
    let again = post("/directory/people".into(), "make", new.clone()).await;
    assert_eq!(
        (again.status, again.header("location"), again.text.as_str()),
        (201, made.header("location"), changed.text.as_str())
    );
    assert_eq!((again.header("etag"), again.header("idempotent-replayed")), ("\"2\"", "true"));
    for _ in 0..2 {
        let left = post(format!("{path}/leave"), "leave", json!({"date": "2026-03-31"})).await;
        assert_eq!((left.status, &left.json()["name"]), (200, &json!("Quirina Zephyrine")));
    }
    let names = ["quirina", "zephyr"];
    let named = || {
        let items = house.table.items().into_iter().map(|item| format!("{item:?}"));
        items.filter(|item| names.iter().any(|name| item.to_lowercase().contains(name))).collect::<Vec<_>>()
    };
    assert!(!named().iter().any(|item| item.contains("IDEMPOTENCY")), "{:?}", named());
    assert_eq!(house.get(&format!("{path}/export")).await.status, 200);
    let erase = Call::new(axum::http::Method::POST, format!("{path}/erasure")).by(&house.admin);
    assert_eq!(house.send(erase).await.status, 204);
    assert_eq!(named(), Vec::<String>::new());
    // It was done before, and is not done again.
    let again = post("/directory/people".into(), "make", new).await;
    assert_eq!((again.status, again.header("location"), again.text.as_str()), (201, made.header("location"), ""));
    assert_eq!(named(), Vec::<String>::new());
}

#[tokio::test]
async fn an_export_holds_the_suppression_of_the_address_and_no_secret_of_a_link() {
    use mail::{AddressHash, SuppressReason, ports::Suppressions};
    use store::{
        Table as _,
        item::{ItemBuilder, Kind},
        table::{Key, Op},
    };
    let house = House::new().await;
    let (ada, token) = house.linked("ada", json!({}), &[]).await;
    let mails = store::mail::MailStore::new(house.table.clone());
    mails.suppress(&AddressHash::of("ada@example.com"), SuppressReason::Bounced, super::now()).await.unwrap();
    let draft = kernel::MailDraft {
        id: kernel::MailId::new(super::now()),
        person: ada.parse().unwrap(),
        template: "training-digest".to_owned(),
        model: json!({"opt_out": "secret-1", "lines": [{"title": "Threats", "nonce": "secret-2"}]}),
        deliver: true,
    };
    let item = store::commit::mail_item(&draft, super::now()).unwrap();
    house.table.write(Op::create(item)).await.unwrap();
    let line = json!({"course": "c-1", "nonce": 3, "lines": [{"kind": "manager", "line": {"due": "2026-03-09"}}]});
    let key = Key::new(format!("TRAIN#PERSON#{ada}"), "ASSIGNMENT#c-1#001");
    let item = ItemBuilder::new(&key, Kind::first("assignment"), &line).unwrap().build();
    house.table.write(Op::put(item)).await.unwrap();

    let export = Call::get(format!("/directory/people/{ada}/export")).by(&token).send(&house.router).await;
    assert_eq!(export.status, 200);
    for held in ["\"suppressed\"", "bounce", "Threats", "ada@example.com", "2026-03-09"] {
        assert!(export.text.contains(held), "{held}: {}", export.text);
    }
    for inner in ["nonce", "opt_out", "secret", "lease", "pending_pk", "\"pk\"", "\"sk\""] {
        assert!(!export.text.contains(inner), "{inner}: {}", export.text);
    }
}
