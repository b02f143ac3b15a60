//! A person's competency: read by the person, as of any day, and what is missing.

use jiff::civil::date;
use kernel::{AttemptId, Cause, Commit, Principal};
use serde_json::{Value, json};
use store::TrainingStore;
use training::{
    Settings, TrainingWriter, Write,
    competency::{Area, Evidence, EvidenceSource, usecases::judged},
};
use web::testing::{Call, Token};

use super::{House, ada, admin, bob, check, mary, now};

/// Something is judged of Ada on a day of February.
async fn judge(house: &House, area: &str, score_tenths: u16, day: i8) {
    let store = TrainingStore::new(house.table.clone());
    let source = EvidenceSource::Assessment(AttemptId::new(now()));
    let evidence = Evidence { area: Area::parse(area).unwrap(), score_tenths, source, on: date(2026, 2, day) };
    let cause = Cause { by: Principal::Program, at: now(), correlation_id: "c".into(), causation_id: None };
    let (writes, events) = judged(&store, house.ada, &[evidence], &cause).await.unwrap();
    let mut commit = Commit::of(writes.into_iter().map(Write::Competency).collect());
    commit.events = events;
    store.commit(commit, &cause).await.unwrap();
}

#[tokio::test]
async fn a_person_reads_what_holds_and_what_held() {
    let house = House::new().await;
    let uri = format!("/training/people/{}/competencies", house.ada);
    let none = house.send(Call::get(&uri).by(&ada())).await;
    assert_eq!((none.status, none.header("etag"), &none.json()["areas"]), (200, "\"0\"", &json!([])), "{}", none.text);
    judge(&house, "Secure-Coding", 705, 3).await;
    judge(&house, "secure-coding", 909, 9).await;
    let read = house.send(Call::get(&uri).by(&ada())).await;
    let area = &read.json()["areas"][0];
    assert_eq!((read.header("etag"), area["area"].as_str()), ("\"2\"", Some("secure-coding")), "{}", read.text);
    assert_eq!((&area["latest"]["score"], &area["latest"]["level"]), (&json!(90.9), &json!("expert")));
    assert_eq!(area["latest"]["source"]["kind"], "assessment");
    let before: Vec<&Value> = area["history"].as_array().unwrap().iter().map(|it| &it["level"]).collect();
    assert_eq!(before, [&json!("competent"), &json!("expert")]);
    let then = house.send(Call::get(format!("{uri}?as_of=2026-02-08")).by(&ada())).await;
    assert_eq!(then.json()["areas"][0]["latest"]["score"], json!(70.5), "{}", then.text);
    let earlier = house.send(Call::get(format!("{uri}?as_of=2026-02-02")).by(&ada())).await;
    assert_eq!((&earlier.json()["areas"], &earlier.json()["as_of"]), (&json!([]), &json!("2026-02-02")));
    check(&house.send(Call::get(format!("{uri}?as_of=soon")).by(&ada())).await, 400, "invalid_query");
    check(&house.send(Call::get(format!("{uri}?surprise=1")).by(&ada())).await, 400, "invalid_query");
}

#[tokio::test]
async fn scores_belong_to_the_person_alone() {
    let house = House::new().await;
    judge(&house, "secure-coding", 123, 3).await;
    for part in ["competencies", "gaps"] {
        let uri = format!("/training/people/{}/{part}", house.ada);
        for other in [mary(), admin(), Token::person("bob", &["security"]), Token::machine()] {
            let reply = house.send(Call::get(&uri).by(&other)).await;
            check(&reply, 403, "forbidden");
            assert!(!reply.text.contains("12.3"), "{}", reply.text);
        }
        check(&house.send(Call::get(&uri).by(&bob())).await, 404, "not_found");
        let nobody = format!("/training/people/01890a5d-ac96-774b-bcce-b302099a8057/{part}");
        check(&house.send(Call::get(nobody).by(&admin())).await, 404, "not_found");
    }
    let read = house.send(Call::get(format!("/training/people/{}", house.ada)).by(&mary())).await;
    assert!(read.status == 200 && !read.text.contains("12.3") && !read.text.contains("secure-coding"), "{}", read.text);
}

#[tokio::test]
async fn gaps_follow_the_role_the_settings_and_the_catalogue() {
    let house = House::new().await;
    let uri = format!("/training/people/{}/gaps", house.ada);
    let course = house.course("aa").await;
    let teaches = Call::patch(format!("/training/courses/{course}"), &json!({"competencies": ["Secure-Coding"]}));
    assert_eq!(house.send(teaches.by(&admin()).header("if-match", "\"1\"")).await.status, 200);
    judge(&house, "threat-modelling", 410, 3).await;
    judge(&house, "secure-coding", 300, 3).await;
    let read = house.send(Call::get(&uri).by(&ada())).await;
    let expected = json!([{
        "area": "secure-coding", "target": 71.0, "course_ids": [course],
        "standing": {"state": "measured", "score": 30.0, "gap": 41.0, "priority": "high", "within_days": 30},
    }]);
    assert_eq!(
        (read.json()["job_role"].as_str(), &read.json()["gaps"]),
        (Some("developer"), &expected),
        "{}",
        read.text
    );
    let settings = Settings::parse(r#"{"competency_targets": {"developer": {"crypto": 41}}}"#).unwrap();
    house.settings.set(1, settings);
    let read = house.send(Call::get(&uri).by(&ada())).await;
    let expected = json!([{
        "area": "crypto", "target": 41.0, "course_ids": [], "standing": {"state": "insufficient_data"},
    }]);
    assert_eq!(read.json()["gaps"], expected, "{}", read.text);
    house.settings.set(2, Settings::parse(r#"{"competency_targets": {}}"#).unwrap());
    assert_eq!(house.send(Call::get(&uri).by(&ada())).await.json()["gaps"], json!([]));
}
