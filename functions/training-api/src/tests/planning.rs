//! A plan as the person and others see it.

use serde_json::{Value, json};
use store::TrainingStore;
use training::{
    MailSwitch, Settings,
    planning::usecases::{PlanDesk, offer},
    usecases::Desk,
};
use web::testing::{Call, Token};

use super::{House, ada, admin, bob, check, competency::judge, mary, now};

impl House {
    /// What the reaction to new evidence does.
    async fn offer(&self, settings: &Settings) {
        let (store, mail) = (TrainingStore::new(self.table.clone()), MailSwitch::default());
        let desk = Desk { reader: &store, writer: &store, roster: &store, settings, mail: &mail };
        let cause =
            kernel::Cause { by: kernel::Principal::Program, at: now(), correlation_id: "c".into(), causation_id: None };
        offer(&PlanDesk { desk, competency: &store }, self.ada, &cause).await.unwrap();
    }
}

#[tokio::test]
async fn a_plan_says_what_comes_first_by_when_and_why() {
    let house = House::new().await;
    let uri = format!("/training/people/{}/plan", house.ada);
    let (first, offered) = (house.course("threat-modelling").await, house.course("bb").await);
    let facts = json!({"competencies": ["Secure-Coding"], "prerequisites": [first]});
    let teaches = Call::patch(format!("/training/courses/{offered}"), &facts).by(&admin());
    assert_eq!(house.send(teaches.header("if-match", "\"1\"")).await.status, 200);
    let path = json!({"steps": [{"course_id": first, "requirement": "required"}]});
    let path = Call::put("/training/paths/developer", &path).by(&admin()).header("if-match", "\"0\"");
    assert_eq!(house.send(path).await.status, 200);
    let asked = Call::post(&uri, &json!({})).by(&mary());
    assert_eq!(house.send(asked).await.status, 200);
    judge(&house, "secure-coding", 123, 1).await;
    house.offer(&Settings::default()).await;

    let own = house.send(Call::get(&uri).by(&ada())).await;
    let plan = own.json();
    assert_eq!((own.status, own.header("etag"), &plan["weekly_hours"]), (200, "\"2\"", &json!(2.0)), "{}", own.text);
    let expected = json!([
        {
            "course_id": first, "round": 1, "hours": 2.0, "status": "open", "required": true, "due": "2026-03-16",
            "why": {"reason": "threat_modelling"}, "after": [], "phase_days": null,
        },
        {
            "course_id": offered, "round": 1, "hours": 2.0, "status": "open", "required": false, "due": "2026-04-01",
            "why": {"reason": "gap", "area": "secure-coding", "priority": "high"}, "after": [first], "phase_days": 30,
        },
    ]);
    assert_eq!(plan["entries"], expected, "{}", own.text);
    let expected = json!([
        {
            "area": "secure-coding", "target": 71.0, "level": "proficient",
            "standing": {"state": "measured", "priority": "high", "by": "2026-07-31"},
        },
        {
            "area": "threat-modelling", "target": 41.0, "level": "competent",
            "standing": {"state": "insufficient_data"},
        },
    ]);
    assert_eq!(plan["goals"], expected, "{}", own.text);

    for other in [mary(), admin(), Token::person("bob", &["security"]), Token::machine()] {
        let read = house.send(Call::get(&uri).by(&other)).await;
        let entry = &read.json()["entries"][1];
        assert_eq!((read.status, &entry["why"]), (200, &json!({"reason": "recommended"})), "{}", read.text);
        assert_eq!((&entry["phase_days"], &read.json()["goals"]), (&Value::Null, &Value::Null));
        assert!(!read.text.contains("secure-coding") && !read.text.contains("high"), "{}", read.text);
    }
    check(&house.send(Call::get(&uri).by(&bob())).await, 404, "not_found");
    let nobody = "/training/people/01890a5d-ac96-774b-bcce-b302099a8057/plan";
    check(&house.send(Call::get(nobody).by(&admin())).await, 404, "not_found");
}

#[tokio::test]
async fn nothing_asked_is_an_empty_plan() {
    let house = House::new().await;
    let read = house.send(Call::get(format!("/training/people/{}/plan", house.ada)).by(&ada())).await;
    assert_eq!(
        (read.status, read.header("etag"), &read.json()["entries"]),
        (200, "\"0\"", &json!([])),
        "{}",
        read.text
    );
}
