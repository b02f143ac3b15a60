//! People: their record, who may see how much of it, absences, sign-in, leaving, export, erasure, history.

use std::{collections::BTreeSet, thread};

use serde_json::{Value, json};

use super::harness::{Answer, Call, Person, Stack, Town, cast::member_of, day, fresh};

fn path(person: &Person) -> String {
    format!("/directory/people/{}", person.id)
}

fn read(person: &Person) -> Answer {
    Call::get(&path(person)).by_admin().send().is(200)
}

#[test]
fn a_person_is_created_read_and_changed() {
    let town = Town::new();
    let team = town.team("t");
    let boss = town.person("boss");
    let mut body = town.person_body("ada");
    body["manager_id"] = json!(boss.id);
    body["teams"] = json!([member_of(&team.id)]);
    body["working_share"] = json!(80);
    let made = Call::post("/directory/people", &body).by_admin().send().is(201);
    let id = made.text_at("person_id");
    assert!(made.header("location").ends_with(&format!("/directory/people/{id}")), "{}", made.header("location"));
    let found = Call::get(made.header("location")).by_admin().send().is(200);
    assert_eq!(found.json(), made.json());
    assert_eq!(found.etag(), made.etag());
    let private = &found.json()["private"];
    assert_eq!((&private["working_share"], &private["linked"]), (&json!(80), &json!(false)));
    assert_eq!(found.json()["manager_id"], json!(boss.id));

    let changed =
        Call::patch(&format!("/directory/people/{id}"), &json!({"job_role": "architect", "manager_id": null}))
            .by_admin()
            .version(&found.etag())
            .send()
            .is(200);
    assert_ne!(changed.etag(), found.etag());
    assert_eq!(changed.json()["job_role"], "architect");
    assert!(changed.json()["manager_id"].is_null());
    assert_eq!(changed.json()["name"], found.json()["name"], "what is left out stays");
    let again = Call::patch(&format!("/directory/people/{id}"), &json!({"name": "X"})).by_admin();
    again.version(&found.etag()).send().problem(412, "version_mismatch");
}

#[test]
fn an_email_address_belongs_to_one_person() {
    let town = Town::new();
    let ada = town.person("ada");
    let mut body = town.person_body("bob");
    body["email"] = json!(ada.email.to_uppercase());
    Call::post("/directory/people", &body).by_admin().send().problem(409, "taken");
    let bob = town.person("bob");
    let change = json!({"email": ada.email});
    Call::patch(&path(&bob), &change).by_admin().version(&read(&bob).etag()).send().problem(409, "taken");
    assert_eq!(read(&bob).json()["email"], json!(bob.email));
}

#[test]
fn what_cannot_be_is_refused() {
    let town = Town::new();
    let ended = town.person("lea");
    for (field, value) in [
        ("email", json!("no address")),
        ("name", json!("")),
        ("name", json!("a\nb")),
        ("name", json!("x".repeat(200))),
        ("job_role", json!("astronaut")),
        ("country", json!("Germany")),
        ("time_zone", json!("Mars/Olympus")),
        ("start", json!("2024-02-30")),
        ("start", json!("yesterday")),
        ("working_share", json!(0)),
        ("working_share", json!(101)),
        ("language", json!("not a language!")),
        ("manager_id", json!("x")),
    ] {
        let mut body = town.person_body(&fresh());
        body[field] = value;
        let answer = Call::post("/directory/people", &body).by_admin().send().problem(400, "invalid_body");
        assert!(answer.text.contains(&format!("$.{field}")), "{field}: {}", answer.text);
    }
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (field, value, code) in [
        ("manager_id", json!(nobody), "unknown_person"),
        ("delegate_id", json!(nobody), "unknown_person"),
        ("teams", json!([member_of(nobody)]), "unknown_team"),
        ("leave", json!("2023-01-01"), "leave_before_start"),
    ] {
        let mut body = town.person_body(&fresh());
        body[field] = value;
        Call::post("/directory/people", &body).by_admin().send().problem(422, code);
    }
    let own = json!({"delegate_id": ended.id});
    Call::patch(&path(&ended), &own).by_admin().version(&read(&ended).etag()).send().problem(422, "own_delegate");
}

#[test]
fn nobody_reports_to_themselves_by_any_way() {
    let town = Town::new();
    let a = town.person("a");
    let b = town.person_with("b", json!({"manager_id": a.id}));
    let c = town.person_with("c", json!({"manager_id": b.id}));
    for under in [&a, &b, &c] {
        let change = json!({"manager_id": under.id});
        Call::patch(&path(&a), &change).by_admin().version(&read(&a).etag()).send().problem(422, "manager_cycle");
    }
}

#[test]
fn what_is_private_is_seen_by_few() {
    let town = Town::new();
    let boss = town.person("boss");
    let ada = town.person_with("ada", json!({"manager_id": boss.id}));
    let mate = town.person("mate");
    let seen = |person: &Person| {
        let who = town.sign_in(person, &[]);
        !Call::get(&path(&ada)).by(&who.token).send().is(200).json()["private"].is_null()
    };
    assert!(seen(&ada));
    assert!(seen(&boss));
    assert!(!seen(&mate));
}

#[test]
fn a_person_sets_their_own_absences_and_nothing_else() {
    let town = Town::new();
    let ada = town.person("ada");
    let who = town.sign_in(&ada, &[]);
    let absences = json!([{"from": day(3), "until": day(9), "kind": "vacation"}]);
    let body = json!({"absences": absences, "language": "de", "time_zone": "Asia/Tokyo"});
    let set = Call::put(&format!("{}/absences", path(&ada)), &body).by(&who.token);
    let set = set.version(&read(&ada).etag()).send().is(200);
    assert_eq!(set.json()["private"]["absences"], absences);
    assert_eq!(set.json()["time_zone"], "Asia/Tokyo");
    let backwards = json!({"absences": [{"from": day(9), "until": day(3), "kind": "vacation"}]});
    let refused = Call::put(&format!("{}/absences", path(&ada)), &backwards).by(&who.token).version(&set.etag()).send();
    assert!([400, 422].contains(&refused.status), "{}", refused.text);
    let name = Call::patch(&path(&ada), &json!({"name": "Boss"})).by(&who.token).version(&set.etag()).send();
    name.problem(403, "forbidden");
}

#[test]
fn a_sign_in_belongs_to_one_person() {
    let town = Town::new();
    let (ada, bob) = (town.person("ada"), town.person("bob"));
    let link = json!({"issuer": Stack::get().issuer, "subject": town.word("s")});
    let put = |person: &Person| {
        Call::put(&format!("{}/subject", path(person)), &link).by_admin().version(&read(person).etag()).send()
    };
    assert_eq!(put(&ada).is(200).json()["private"]["linked"], true);
    put(&bob).problem(409, "taken");
    put(&ada).is(200);
}

#[test]
fn a_repeated_request_makes_one_person() {
    let town = Town::new();
    let key = fresh();
    let body = town.person_body("ada");
    let call = || Call::post("/directory/people", &body).by_admin().key(&key);
    let first = call().send().is(201);
    let again = call().send().is(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(first.text, again.text);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(first.etag(), again.etag());
    let other = Call::post("/directory/people", &town.person_body("bob")).by_admin().key(&key).send();
    other.problem(422, "idempotency_key_reused");
    let elsewhere = Call::post("/directory/teams", &town.team_body("t")).by_admin().key(&key).send();
    elsewhere.problem(422, "idempotency_key_reused");
    // Keys belong to the caller.
    let service = Stack::get().token("service");
    let theirs = Call::post("/directory/people", &town.person_body("eve")).by(service).key(&key).send().is(201);
    assert_eq!(theirs.header("idempotent-replayed"), "");
}

#[test]
fn of_many_at_once_one_makes_the_person() {
    let town = Town::new();
    let (key, body) = (fresh(), town.person_body("ada"));
    let send = || Call::post("/directory/people", &body).by_admin().key(&key).send();
    let answers: Vec<Answer> = thread::scope(|scope| {
        let racing: Vec<_> = (0..6).map(|_| scope.spawn(send)).collect();
        racing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let ids: BTreeSet<String> =
        answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.text_at("person_id")).collect();
    assert_eq!(ids.len(), 1, "{answers:?}");
    for answer in &answers {
        assert!([201, 409].contains(&answer.status), "{}", answer.text);
    }
    let first = answers.iter().filter(|answer| answer.status == 201 && answer.header("idempotent-replayed").is_empty());
    assert!(first.count() <= 1, "{answers:?}");
    assert_eq!(send().is(201).header("idempotent-replayed"), "true");
}

#[test]
fn of_many_changes_of_one_version_one_wins() {
    let town = Town::new();
    let ada = town.person("ada");
    let etag = read(&ada).etag();
    let answers: Vec<Answer> = thread::scope(|scope| {
        let racing: Vec<_> = (0..6)
            .map(|number| {
                let (ada, etag) = (&ada, &etag);
                let body = json!({"name": format!("Ada {number}")});
                scope.spawn(move || Call::patch(&path(ada), &body).by_admin().version(etag).send())
            })
            .collect();
        racing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        assert!([409, 412].contains(&lost.status), "{}", lost.text);
    }
    assert_eq!(read(&ada).json()["name"], won[0].json()["name"]);
}

#[test]
fn people_are_found_page_by_page() {
    let town = Town::new();
    let boss = town.person("boss");
    let made: BTreeSet<String> = ["ada", "bea", "cyd", "dan", "eve"]
        .map(|word| town.person_with(word, json!({"manager_id": boss.id})).id)
        .into();
    for filter in [format!("manager={}", boss.id), format!("prefix={}", town.tag)] {
        let mut seen: Vec<String> = Vec::new();
        let mut next = Some(format!("?{filter}&limit=2"));
        while let Some(query) = next {
            let page = Call::get(&format!("/directory/people{query}")).by_admin().send().is(200);
            assert!(page.items().len() <= 2);
            seen.extend(page.items().iter().map(|item| item["person_id"].as_str().unwrap().to_owned()));
            next = page.next_page();
            assert!(next.as_ref().is_none_or(|next| next.contains(filter.split('=').next().unwrap())), "{next:?}");
        }
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(seen.len(), once.len(), "{filter}: nobody comes twice");
        assert!(made.is_subset(&once), "{filter}: {seen:?}");
    }
    Call::get("/directory/people?prefix=a").by_admin().send().problem(400, "invalid_query").names("prefix");
    let both = format!("/directory/people?prefix=ada&manager={}", boss.id);
    Call::get(&both).by_admin().send().problem(400, "invalid_query");
    Call::get("/directory/people?manager=x").by_admin().send().problem(400, "invalid_query").names("manager");
}

#[test]
fn people_are_found_without_accents_and_case() {
    let town = Town::new();
    let made = town.person_with("zoe", json!({"name": format!("Zoë {} Ångström", town.tag)}));
    for prefix in ["zoe", "ZO%C3%8B", "zo%C3%AB"] {
        let mut next = Some(format!("?prefix={prefix}&limit=200"));
        let mut found = false;
        while let Some(query) = next {
            let page = Call::get(&format!("/directory/people{query}")).by_admin().send().is(200);
            found |= page.items().iter().any(|item| item["person_id"] == json!(made.id));
            next = page.next_page();
        }
        assert!(found, "{prefix}");
    }
}

#[test]
fn leaving_is_recorded_once() {
    let town = Town::new();
    let ada = town.person("ada");
    let leave = |date: &str| Call::post(&format!("{}/leave", path(&ada)), &json!({"date": date})).by_admin();
    leave("2023-12-31").send().problem(422, "leave_before_start");
    let key = fresh();
    let first = leave("2099-12-31").key(&key).send().is(200);
    assert_eq!(first.json()["private"]["leave"], "2099-12-31");
    let again = leave("2099-12-31").key(&key).send().is(200);
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &first.text));
    leave("2099-12-30").key(&key).send().problem(422, "idempotency_key_reused");
}

#[test]
fn everything_held_on_a_person_is_exported_and_forgotten() {
    let town = Town::new();
    let (ada, course) = (town.person("ada"), town.course("c"));
    let ask = json!({"course_id": course.id, "due": day(20)});
    Call::post(&format!("/training/people/{}/assignments", ada.id), &ask).by_admin().send().is(200);
    let export = Call::get(&format!("{}/export", path(&ada))).by_admin().send().is(200);
    assert!(export.text.contains(&ada.email), "{}", export.text);
    assert!(export.text.contains(&course.id), "training is part of it: {}", export.text);
    let history = || Call::get(&format!("{}/history", path(&ada))).by_admin().send().is(200);
    for kind in ["directory.person_joined", "directory.person_exported"] {
        assert!(history().items().iter().any(|event| event["kind"] == kind), "{}", history().text);
    }

    let key = fresh();
    let erase = || Call::new("POST", &format!("{}/erasure", path(&ada))).by_admin().key(&key).send();
    erase().is(204);
    assert_eq!(erase().is(204).header("idempotent-replayed"), "true");
    Call::get(&path(&ada)).by_admin().send().problem(404, "not_found");
    let found = Call::get(&format!("/directory/people?prefix={}", town.tag)).by_admin().send().is(200);
    assert!(!found.text.contains(&ada.id), "{}", found.text);
    let past = history();
    for kind in ["directory.person_exported", "directory.person_erased"] {
        assert!(past.items().iter().any(|event| event["kind"] == kind), "{}", past.text);
    }
    assert!(!past.text.contains(&town.tag), "history holds no name: {}", past.text);
    let again: Value = town.person_body("ada");
    Call::post("/directory/people", &again).by_admin().send().is(201);
}
