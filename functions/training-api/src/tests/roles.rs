//! Each operation on Ada's training, asked for by each kind of caller.

use kernel::CourseId;
use serde_json::json;
use web::testing::{Call, Token};

use super::{House, ada, admin, bob, mary};

/// Calls as they are made to Ada's training, with what builder, the person, their manager, security, program lead and
/// service get.
fn cells(house: &House, course: CourseId) -> Vec<(&'static str, Call, [u16; 6])> {
    let person = format!("/training/people/{}", house.ada);
    let other = "01890a5d-ac96-774b-bcce-b302099a8057";
    let report = json!({"course_id": other, "completed_on": "2026-03-01"});
    let exempt = json!({"course_id": other, "reason": "r", "until": "2026-12-31"});
    vec![
        ("read", Call::get(&person), [404, 200, 200, 200, 200, 200]),
        ("plan", Call::post(format!("{person}/plan"), &json!({})), [404, 403, 200, 200, 200, 200]),
        (
            "assign",
            Call::post(format!("{person}/assignments"), &json!({"course_id": other})),
            [404, 403, 422, 422, 422, 422],
        ),
        (
            "extend",
            Call::post(
                format!("{person}/assignments/{course}/extension"),
                &json!({"due": "2026-01-01", "reason": "r"}),
            ),
            [404, 403, 422, 422, 422, 403],
        ),
        (
            "cancel",
            Call::delete(format!("{person}/assignments/{course}")).header("if-match", "\"99\""),
            [404, 403, 403, 412, 412, 403],
        ),
        ("report", Call::post(format!("{person}/completions"), &report), [404, 422, 403, 403, 403, 403]),
        (
            "check",
            Call::post(format!("{person}/completions/{other}/check"), &json!({"accepted": true})),
            [404, 403, 404, 404, 404, 403],
        ),
        ("exempt", Call::post(format!("{person}/exemptions"), &exempt), [404, 403, 403, 422, 422, 403]),
        ("checks", Call::get("/training/checks"), [404, 404, 404, 200, 200, 404]),
        ("settings", Call::get("/training/settings"), [404, 404, 404, 200, 200, 404]),
        ("run", Call::get(format!("/training/runs/{other}")), [404, 404, 404, 404, 404, 404]),
    ]
}

#[tokio::test]
async fn every_cell_answers_as_the_table_says() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let callers = [bob(), ada(), mary(), Token::person("bob", &["security"]), admin(), Token::machine()];
    for (column, caller) in callers.iter().enumerate() {
        for (name, call, expected) in cells(&house, course) {
            let reply = house.send(call.by(caller)).await;
            assert_eq!(reply.status, expected[column], "{name}, caller {column}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_stranger_to_the_directory_is_refused() {
    let house = House::new().await;
    let reply = house.send(Call::get("/training/courses").by(&Token::person("stranger", &["program-admin"]))).await;
    super::check(&reply, 403, "not_bound");
}
