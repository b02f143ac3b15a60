//! What holds for every operation alike: strict bodies, strict queries, versions, cursors, and things that are not there.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    certificates, guidance,
    harness::{Call, Stack, Town, cast::object, day, fresh, minute},
};

/// Whether a request names the version it changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Versioned {
    Yes,
    No,
}

/// Every operation with a body, as a request that would work.
fn requests(town: &Town) -> Vec<(&'static str, String, Value, Versioned)> {
    use Versioned::{No, Yes};
    let team = town.team("t");
    let other = town.team("u");
    let person = town.member("p", &team);
    let course = town.course("c");
    let (p, t, c) = (&person.id, &team.id, &course.id);
    let made = json!({"code": town.word("w"), "name": "W", "owner_id": t, "tier": 1, "kind": "service"});
    let workload = Call::post("/directory/workloads", &made).by_admin().send().is(201).text_at("workload_id");
    let part = |word: &str| json!({"code": town.word(word), "name": word, "department": "d"});
    let settings = |path: &str| Call::get(path).by_admin().send().is(200).json();
    let digest = "0f".repeat(32);
    let file = |kind: &str| json!({"kind": kind, "dry_run": true, "csv": "code\n"});
    let training = format!("/training/people/{p}");
    let session = json!({
        "course_id": c, "starts": minute(600), "minutes": 30, "time_zone": "Etc/UTC", "place": "Room 1", "seats": 2,
    });
    let planned = Call::post("/training/sessions", &session).by_admin().send().is(201);
    let at = format!("/training/sessions/{}", planned.text_at("id"));
    let pulse = json!({"completion_id": p, "relevance": 1, "quality": 2, "confidence": 3, "comment": "C"});
    let article = guidance::published(town, "g");
    let area = town.word("area");
    let question = json!({
        "area": area, "kind": "single", "text": "Which?", "right": ["a"],
        "options": [{"id": "a", "text": "this"}, {"id": "b", "text": "that"}],
    });
    let asked = Call::post("/training/questions", &question).by_admin().send().is(201).text_at("id");
    let terms = json!({
        "title": "T", "purpose": "annual", "sections": [{"area": area, "questions": 1}], "pass_mark": 50,
        "minutes": 30, "attempts": 1,
    });
    let test = |word: &str| json!({"code": format!("{word}-{}", fresh()), "terms": terms});
    let taken = Call::post("/training/assessments", &test("o")).by_admin().send().is(201).text_at("id");
    vec![
        ("POST", "/directory/people".to_owned(), town.person_body("n"), No),
        ("PATCH", format!("/directory/people/{p}"), json!({"name": "N"}), Yes),
        ("PUT", format!("/directory/people/{p}/absences"), json!({"absences": []}), Yes),
        ("PUT", format!("/directory/people/{p}/subject"), json!({"issuer": Stack::get().issuer, "subject": p}), Yes),
        ("POST", format!("/directory/people/{p}/leave"), json!({"date": "2099-01-01"}), No),
        ("POST", "/directory/teams".to_owned(), town.team_body("n"), No),
        ("PATCH", format!("/directory/teams/{t}"), json!({"name": "N"}), Yes),
        ("POST", format!("/directory/teams/{t}/merge"), json!({"into": other.id}), No),
        ("POST", format!("/directory/teams/{t}/split"), json!({"parts": [part("x"), part("y")]}), No),
        ("POST", "/directory/workloads".to_owned(), made, No),
        ("PATCH", format!("/directory/workloads/{workload}"), json!({"tier": 2}), Yes),
        ("POST", "/directory/uploads".to_owned(), json!({"length": 1, "sha256": digest}), No),
        ("POST", "/directory/imports".to_owned(), file("teams"), No),
        ("PUT", "/program/settings".to_owned(), settings("/program/settings"), Yes),
        ("POST", "/training/courses".to_owned(), town.course_body("n"), No),
        ("PATCH", format!("/training/courses/{c}"), json!({"title": "N"}), Yes),
        ("POST", format!("/training/courses/{c}/roster"), json!({"date": day(-1), "people": [p]}), No),
        ("POST", format!("/training/courses/{c}/feedback"), pulse, No),
        ("POST", format!("/training/courses/{c}/feedback/notes"), json!({"text": "T"}), No),
        ("POST", "/training/sessions".to_owned(), session.clone(), No),
        ("PATCH", at.clone(), json!({"seats": 3}), Yes),
        ("POST", format!("{at}/roster"), json!({"people": [p], "walk_ins": true}), No),
        ("PUT", "/training/paths/product".to_owned(), json!({"steps": []}), Yes),
        ("POST", format!("{training}/assignments"), json!({"course_id": c, "due": day(9)}), No),
        ("POST", format!("{training}/assignments/{c}/extension"), json!({"due": day(20), "reason": "R"}), No),
        ("POST", format!("{training}/completions"), json!({"course_id": c, "completed_on": day(-1)}), No),
        ("POST", format!("{training}/completions/{c}/check"), json!({"accepted": true}), No),
        ("POST", format!("{training}/exemptions"), json!({"course_id": c, "reason": "R", "until": day(9)}), No),
        ("POST", format!("{training}/evidence"), json!({"length": 1, "sha256": digest}), No),
        ("POST", format!("{training}/certificates"), certificates::document("c"), No),
        ("PUT", format!("{training}/certificates/{c}"), certificates::document("d"), Yes),
        ("POST", "/training/uploads".to_owned(), json!({"length": 1, "sha256": digest}), No),
        ("POST", "/training/imports".to_owned(), file("courses"), No),
        ("POST", "/training/runs".to_owned(), json!({"ignore_send_hour": false}), No),
        ("PUT", "/training/settings".to_owned(), settings("/training/settings"), Yes),
        ("POST", "/training/questions".to_owned(), question.clone(), No),
        ("PUT", format!("/training/questions/{asked}"), question.clone(), Yes),
        ("POST", "/training/assessments".to_owned(), test("n"), No),
        ("PUT", format!("/training/assessments/{taken}"), terms.clone(), Yes),
        ("POST", "/training/guidance".to_owned(), guidance::document(town, "n"), No),
        ("PUT", article.clone(), guidance::document(town, "g"), Yes),
        ("PUT", format!("{article}/state"), json!({"state": "retired"}), Yes),
        ("PUT", format!("{article}/feedback"), json!({"helpful": true, "comment": "C"}), Yes),
    ]
}

fn send(method: &'static str, path: &str, versioned: Versioned) -> Call {
    let call = Call::new(method, path).by_admin();
    // A version that cannot be: whatever slips through changes nothing.
    if versioned == Versioned::Yes { call.version("\"999999\"") } else { call }
}

#[test]
fn a_body_is_one_object_of_known_fields() {
    let town = Town::new();
    for (method, path, body, versioned) in requests(&town) {
        let with = |field: &str, value: Value| {
            let mut changed = object(&body);
            changed.insert(field.to_owned(), value);
            send(method, &path, versioned).json(&Value::Object(changed)).send()
        };
        with("surprise", json!(true)).problem(400, "invalid_body");
        for field in object(&body).keys() {
            let wrong =
                with(field, json!({"an": {"object": ["of", "no", "such", "kind"]}})).problem(400, "invalid_body");
            let errors = wrong.json()["errors"].clone();
            let paths: Vec<&str> =
                errors.as_array().into_iter().flatten().filter_map(|it| it["path"].as_str()).collect();
            assert!(paths.iter().any(|it| it.starts_with(&format!("$.{field}"))), "{path} {field}: {}", wrong.text);
            assert!(!wrong.text.contains("such"), "what was sent is not told: {}", wrong.text);
        }
        for raw in ["", "{", "nul", "[]", "\"text\"", "{\"a\":1}{", "\u{feff}{}", "{\"surprise\":NaN}"] {
            send(method, &path, versioned).raw("application/json", raw).send().problem(400, "invalid_body");
        }
        let invalid_utf8 = send(method, &path, versioned).raw("application/json", vec![b'"', 0xff, b'"']).send();
        invalid_utf8.problem(400, "invalid_body");
    }
}

#[test]
fn a_body_is_json_and_of_a_size() {
    let town = Town::new();
    for (method, path, body, versioned) in requests(&town) {
        for kind in ["text/plain", "text/csv", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let answer = send(method, &path, versioned).raw(kind, body.to_string()).send();
            answer.problem(415, "unsupported_media_type");
        }
        let large = match path.as_str() {
            path if path.ends_with("/imports") => 6 * 1024 * 1024,
            path if body.get("requirement").is_some() && path.starts_with("/training/guidance") => 256 * 1024,
            _ => 64 * 1024,
        };
        let padded = format!("{body}{}", " ".repeat(large));
        if large < 1024 * 1024 {
            send(method, &path, versioned).raw("application/json", padded).send().problem(413, "body_too_large");
        }
        let deep = format!("{}1{}", "[".repeat(60), "]".repeat(60));
        let deep = format!("{{\"surprise\":{deep}}}");
        send(method, &path, versioned).raw("application/json", deep).send().problem(400, "invalid_body");
    }
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    let town = Town::new();
    let name = "\"name\":\"Once\",\"name\":\"Twice\"";
    let body = format!("{{\"code\":\"{}\",{name},\"department\":\"d\"}}", town.word("twice"));
    Call::new("POST", "/directory/teams").by_admin().raw("application/json", body).send().problem(400, "invalid_body");
}

#[test]
fn a_change_names_the_version_it_changes() {
    let town = Town::new();
    let mut all: Vec<Call> = Vec::new();
    for (method, path, body, versioned) in requests(&town) {
        if versioned == Versioned::Yes {
            all.push(Call::new(method, &path).by_admin().json(&body));
        }
    }
    let (person, course) = (town.person("v"), town.course("v"));
    let training = format!("/training/people/{}", person.id);
    let ask = json!({"course_id": course.id, "due": day(9)});
    Call::post(&format!("{training}/assignments"), &ask).by_admin().send().is(200);
    all.push(Call::delete(&format!("{training}/assignments/{}", course.id)).by_admin());
    let exempt = json!({"course_id": course.id, "reason": "R", "until": day(9)});
    let exemption = Call::post(&format!("{training}/exemptions"), &exempt).by_admin().send().is(201).text_at("id");
    all.push(Call::delete(&format!("{training}/exemptions/{exemption}")).by_admin());
    for call in all {
        call.clone().send().problem(428, "precondition_required");
        for odd in ["*", "1", "W/\"1\"", "\"x\"", "\"1\", \"2\"", "\"\"", "\"-1\"", "\"99999999999999999999999\""] {
            call.clone().version(odd).send().problem(400, "invalid_header");
        }
        call.version("\"999998\"").send().problem(412, "version_mismatch");
    }
}

#[test]
fn an_idempotency_key_is_well_formed() {
    let town = Town::new();
    for (method, path, body, _) in requests(&town).into_iter().filter(|request| request.0 == "POST") {
        for odd in ["", " ", "a b", "ä", &"x".repeat(65), "a/b"] {
            let answer = Call::new(method, &path).by_admin().key(odd).json(&body).send();
            answer.problem(400, "invalid_header");
        }
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let town = Town::new();
    let team = town.team("t");
    let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    let loud = team.id.to_uppercase();
    let plain = team.id.replace('-', "");
    for id in [nowhere, "x", "%20", "..%2f..", "0", &loud, &plain, &"9".repeat(300), "%00", "{id}"] {
        for path in [
            format!("/directory/people/{id}"),
            format!("/directory/people/{id}/export"),
            format!("/directory/people/{id}/history"),
            format!("/directory/teams/{id}"),
            format!("/directory/teams/{id}/members"),
            format!("/directory/workloads/{id}"),
            format!("/directory/imports/{id}"),
            format!("/program/mails/{id}/{nowhere}"),
            format!("/program/mails/{nowhere}/{id}"),
            format!("/training/courses/{id}"),
            format!("/training/courses/{id}/feedback"),
            format!("/training/courses/{id}/effectiveness"),
            format!("/training/people/{id}"),
            format!("/training/people/{id}/competencies"),
            format!("/training/people/{id}/gaps"),
            format!("/training/people/{id}/certificates"),
            format!("/training/people/{id}/certificates/{nowhere}/evidence"),
            format!("/training/people/{nowhere}/certificates/{id}/evidence"),
            format!("/training/people/{id}/attempts"),
            format!("/training/people/{id}/attempts/{nowhere}"),
            format!("/training/questions/{id}"),
            format!("/training/assessments/{id}"),
            format!("/training/teams/{id}"),
            format!("/training/imports/{id}"),
            format!("/training/runs/{id}"),
            format!("/training/guidance/{id}"),
            format!("/training/guidance/{id}/feedback"),
        ] {
            Call::get(&path).by_admin().send().problem(404, "not_found");
        }
    }
    // An id of one kind of thing is not one of another kind.
    Call::get(&format!("/directory/people/{}", team.id)).by_admin().send().problem(404, "not_found");
    Call::get(&format!("/training/courses/{}", team.id)).by_admin().send().problem(404, "not_found");
    Call::get("/training/paths/astronaut").by_admin().send().problem(404, "not_found");
}

#[test]
fn a_method_that_is_not_there_is_told() {
    for (method, path) in [("DELETE", "/directory/people"), ("PUT", "/training/courses"), ("PATCH", "/directory/me")] {
        Call::new(method, path).by_admin().send().problem(405, "method_not_allowed");
    }
    assert_eq!(Call::get("/directory/nothing").by_admin().send().status, 404);
    assert_eq!(Call::get("/elsewhere").by_admin().send().status, 404);
}

/// Every listing.
fn listings(town: &Town) -> Vec<String> {
    let team = town.team("t");
    let person = town.member("p", &team);
    vec![
        "/directory/people".to_owned(),
        "/directory/people?prefix=an".to_owned(),
        format!("/directory/people?manager={}", person.id),
        format!("/directory/people/{}/history", person.id),
        "/directory/teams".to_owned(),
        format!("/directory/teams/{}/members", team.id),
        "/directory/workloads".to_owned(),
        format!("/program/mails?day={}", day(0)),
        "/training/courses".to_owned(),
        "/training/reports".to_owned(),
        "/training/guidance".to_owned(),
        "/training/guidance?language=en&q=about".to_owned(),
        "/training/checks".to_owned(),
        "/training/questions".to_owned(),
        "/training/questions?area=risk".to_owned(),
        "/training/assessments".to_owned(),
    ]
}

#[test]
fn a_listing_takes_known_parameters_once() {
    let town = Town::new();
    for listing in listings(&town) {
        let ask = |query: &str| {
            let joint = if listing.contains('?') { '&' } else { '?' };
            Call::get(&format!("{listing}{joint}{query}")).by_admin().send()
        };
        for limit in ["0", "201", "-1", "x", "", "1.5", "99999999999"] {
            ask(&format!("limit={limit}")).problem(400, "invalid_query").names("limit");
        }
        ask("surprise=1").problem(400, "invalid_query");
        ask("limit=1&limit=2").problem(400, "invalid_query");
        let page = ask("limit=1").is(200);
        assert!(page.items().len() <= 1, "{}", page.text);
        page.next_page();
    }
}

#[test]
fn a_cursor_that_was_made_up_is_refused() {
    let town = Town::new();
    for listing in listings(&town) {
        let joint = if listing.contains('?') { '&' } else { '?' };
        for forged in ["", "%25", "AA==", "_-8", "!", &"A".repeat(2000), "AAAA", "eyJhIjoxfQ=="] {
            let answer = Call::get(&format!("{listing}{joint}cursor={forged}")).by_admin().send();
            answer.problem(400, "invalid_cursor");
        }
        // A text that could be a position does not belong to the listing.
        for position in ["hello", "####", "DIR#PERSON#x", "z#999", "~~~~", "12345678hello"] {
            let position = BASE64_URL_SAFE_NO_PAD.encode(position);
            let answer = Call::get(&format!("{listing}{joint}cursor={position}")).by_admin().send();
            answer.problem(400, "invalid_cursor");
        }
    }
}

#[test]
fn every_answer_names_its_request_and_is_not_stored() {
    let town = Town::new();
    for listing in listings(&town) {
        let answer = Call::get(&listing).by_admin().send().is(200);
        assert!(!answer.header("x-request-id").is_empty(), "{listing}");
        assert_eq!(answer.header("content-type"), "application/json", "{listing}");
        assert!(answer.header("cache-control").contains("no-store"), "{listing}: {}", answer.header("cache-control"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{listing}");
    }
}
