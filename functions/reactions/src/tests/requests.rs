//! Requests for seats and vouchers of who leaves, and of who is erased.

use directory::people::PersonChange;
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

/// Somebody's open request for a voucher.
async fn asked(house: &House, person: kernel::PersonId) {
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
    let reason = FreeText::parse("For the examination").unwrap();
    let wish = Wish { course: course.id, kind: RequestKind::Voucher, reason };
    ask(&desk, person, wish, &cause(), None).await.unwrap();
}

#[tokio::test]
async fn who_leaves_leaves_nothing_for_anybody_to_decide() {
    let house = House::new().await;
    let ada = house.person("2026-03-01").await;
    asked(&house, ada).await;
    let open = async || house.ports.requests.open(ada).await.unwrap().requests.len();
    for (leave, left) in [("2099-12-31", 1), ("2026-03-10", 0)] {
        let leave = Some(Some(leave.parse().unwrap()));
        house.change(ada, PersonChange { leave, ..PersonChange::default() }).await;
        for _ in 0..2 {
            react(&house.ports, &event("directory.person_left", ada, json!({"version": 2}))).await.unwrap();
            assert_eq!(open().await, left);
        }
    }
}

#[tokio::test]
async fn who_is_erased_leaves_no_request() {
    let house = House::new().await;
    let ada = house.person("2026-03-01").await;
    asked(&house, ada).await;
    let held = async || house.table.query(&Query::partition(requests_of(ada))).await.unwrap().items.len();
    assert_eq!(held().await, 2, "the request, and that it is open");
    for _ in 0..2 {
        react(&house.ports, &event("directory.person_erased", ada, json!({"version": 2}))).await.unwrap();
        assert_eq!(held().await, 0);
    }
}
