//! Requests for seats and vouchers of who is erased.

use serde_json::json;
use store::{keys::requests_of, table::Query};
use training::{
    model::{CourseCode, CourseFormat, CourseHours, CourseProvider, FreeText, Title},
    requests::{
        RequestKind,
        usecases::{Wish, ask},
    },
    usecases::catalogue::{CourseFacts, create_course},
};

use super::{House, cause, event};
use crate::{Rules, react};

#[tokio::test]
async fn who_is_erased_leaves_no_request() {
    let house = House::new().await;
    let rules = Rules::read(&house.ports).await.unwrap();
    let desk = rules.request_desk(&house.ports);
    let facts = CourseFacts {
        title: Title::parse("Cloud security").unwrap(),
        format: CourseFormat::Course,
        provider: CourseProvider::Industry,
        hours: CourseHours::from_hours(8.0).unwrap(),
        competencies: Vec::new(),
        prerequisites: Vec::new(),
        validity_months: None,
        languages: Vec::new(),
        url: None,
    };
    let code = CourseCode::parse("cloud").unwrap();
    let course = create_course(&desk.desk, code, facts, &cause(), None).await.unwrap();
    let ada = house.person("2026-03-01").await;
    let reason = FreeText::parse("For the examination").unwrap();
    let wish = Wish { course: course.id, kind: RequestKind::Voucher, reason };
    let held = async || house.table.query(&Query::partition(requests_of(ada))).await.unwrap().items.len();
    ask(&desk, ada, wish, &cause(), None).await.unwrap();
    assert_eq!(held().await, 2, "the request, and that it is open");
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_erased", ada, json!({"version": 2}))).await.unwrap();
        assert_eq!(held().await, 0);
    }
}
