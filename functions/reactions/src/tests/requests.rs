//! Requests for seats and vouchers of who leaves, and of who is erased.

use std::sync::Arc;

use directory::people::PersonChange;
use kernel::Cause;
use serde_json::json;
use store::{
    keys::{System, requests_of},
    outbox::Outbox,
    table::Query,
};
use testkit::FixedClock;
use training::{
    events,
    model::{CourseCode, CourseFormat, CourseHours, CourseProvider, FreeText, Title},
    requests::{
        RequestKind,
        usecases::{Wish, ask},
    },
    usecases::{
        catalogue::{CourseFacts, create_course},
        remind::remind_person,
    },
};

use super::{House, cause, event, now};
use crate::{Ports, Rules, react};

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
async fn who_leaves_long_after_asking_leaves_nothing_either_once_the_last_day_is_over() {
    let house = House::new().await;
    let ada = house.person("2026-03-01").await;
    asked(&house, ada).await;
    let leave = Some("2026-09-30".parse().ok());
    house.change(ada, PersonChange { leave, ..PersonChange::default() }).await;
    react(&house.ports, &event("directory.person_left", ada, json!({"version": 2}))).await.unwrap();
    let open = async || house.ports.requests.open(ada).await.unwrap().requests.len();
    let said = async || {
        let outbox = Outbox::new(Arc::clone(&house.table));
        let mut said = Vec::new();
        for shard in 0..16 {
            said.extend(
                outbox
                    .pending(System::Training, shard, now() + jiff::SignedDuration::from_hours(8760), 100)
                    .await
                    .unwrap(),
            );
        }
        said.retain(|event| event.kind == events::PERSON_LEFT);
        said
    };
    // Nobody is there to hear of the last day but the run that comes by.
    for (day, left) in [("2026-09-30T12:00:00Z", 0), ("2026-10-01T12:00:00Z", 1)] {
        let rules = Rules::read(&house.ports).await.unwrap();
        let at = Cause { at: day.parse().unwrap(), ..cause() };
        remind_person(&rules.desk(&house.ports), ada, false, &at).await.unwrap();
        assert_eq!((said().await.len(), open().await), (left, 1), "{day}");
    }
    let ports =
        Ports { clock: Arc::new(FixedClock::at("2026-10-01T12:01:00Z".parse().unwrap())), ..house.ports.clone() };
    let over = said().await.remove(0);
    assert_eq!((over.subject.as_str(), &over.data), (ada.to_string().as_str(), &json!({"on": "2026-09-30"})));
    for _ in 0..2 {
        react(&ports, &over).await.unwrap();
        assert_eq!(open().await, 0);
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
