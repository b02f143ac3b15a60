//! The pages behind mail links: opening never acts, a button acts once.

use axum::http::Method;
use jiff::ToSpan;
use kernel::{AssignmentRound, CourseId};
use mail::links::{Claims, Purpose};
use web::testing::{Call, Reply};

use super::{House, ada, keys, now};

fn token(house: &House, course: CourseId, nonce: &str, days: i64) -> String {
    let claims = Claims {
        purpose: Purpose::Assignment,
        person: house.ada,
        subject: Claims::assignment_subject(course, AssignmentRound::FIRST),
        nonce: nonce.to_owned(),
        expires: now() + (days * 24).hours(),
    };
    format!("/training/links/{}", keys().sign(&claims))
}

async fn press(house: &House, link: &str, form: &str) -> Reply {
    house.send(Call::new(Method::POST, link).raw("application/x-www-form-urlencoded", form)).await
}

async fn status(house: &House) -> String {
    let read = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await;
    read.json()["assignments"][0]["status"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn opening_changes_nothing_and_a_button_works_once() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let link = token(&house, course, "0", 5);
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let page = house.send(Call::new(method, &link)).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(page.header("content-type").starts_with("text/html"));
    }
    assert_eq!(status(&house).await, "open");
    let done = press(&house, &link, "action=done&completed_on=2026-03-01&from=&until=").await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_ne!(status(&house).await, "open");
    assert_eq!(press(&house, &link, "action=done").await.status, 410);
    assert_eq!(house.send(Call::get(&link)).await.status, 410);
}

#[tokio::test]
async fn more_time_is_asked_for_and_ends_the_link() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let link = token(&house, course, "0", 5);
    assert_eq!(press(&house, &link, "action=more_time").await.status, 200);
    let read = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&ada())).await;
    assert_eq!(read.json()["assignments"][0]["ask"]["kind"], "more_time", "{}", read.text);
    assert_eq!(press(&house, &link, "action=not_my_role").await.status, 410);
}

#[tokio::test]
async fn bad_links_and_forms_are_clear_pages() {
    let house = House::new().await;
    let course = house.assigned("aa").await;
    let expired = token(&house, course, "0", -1);
    assert_eq!(house.send(Call::get(&expired)).await.status, 410);
    let good = token(&house, course, "0", 5);
    let forged = format!("{}A", &good[..good.len() - 1]);
    let forged = if forged == good { format!("{}B", &good[..good.len() - 1]) } else { forged };
    assert_eq!(house.send(Call::get(&forged)).await.status, 404);
    assert_eq!(house.send(Call::get("/training/links/nonsense")).await.status, 404);
    for form in [
        "",
        "action=explode",
        "action=on_leave",
        "action=done&completed_on=tomorrow",
        "action=done&completed_on=2027-01-01",
    ] {
        assert_eq!(press(&house, &good, form).await.status, 422, "{form}");
    }
    let json = Call::post(&good, &serde_json::json!({"action": "done"}));
    assert_eq!(house.send(json).await.status, 422);
    assert_eq!(status(&house).await, "open");
}

#[tokio::test]
async fn mails_without_anything_required_are_declined_once() {
    let house = House::new().await;
    house.assigned("aa").await;
    let sign = |nonce: &str| {
        let claims = Claims {
            purpose: Purpose::OptOut,
            person: house.ada,
            subject: "optional".to_owned(),
            nonce: nonce.to_owned(),
            expires: now() + 24.hours(),
        };
        format!("/training/links/{}", keys().sign(&claims))
    };
    let link = sign("0");
    for _ in 0..2 {
        let page = house.send(Call::get(&link)).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("value=\"opt_out\""));
    }
    assert_eq!(press(&house, &link, "action=done").await.status, 422);
    assert_eq!(press(&house, &link, "action=opt_out").await.status, 200);
    assert_eq!(press(&house, &link, "action=opt_out").await.status, 410);
    // The same link takes it back, once.
    assert!(house.send(Call::get(&link)).await.text.contains("value=\"opt_in\""));
    assert_eq!(press(&house, &link, "action=opt_in").await.status, 200);
    for form in ["action=opt_in", "action=opt_out"] {
        assert_eq!(press(&house, &link, form).await.status, 410, "{form}");
    }
    assert_eq!(house.send(Call::get(&link)).await.status, 410);
    assert_eq!(house.send(Call::get(sign("rubbish"))).await.status, 404);
    // Required courses are not declined by it, nor does an assignment's link decline anything.
    assert_eq!(status(&house).await, "open");
}
