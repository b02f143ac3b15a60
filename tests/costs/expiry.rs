//! The reminder run where certificates end: its requests, units and task calls follow from how many end soon, not from how
//! many people and certificates there are.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{Span, civil::date};
use kernel::{Cause, PersonId, Principal, TeamId};
use store::Table;
use testkit::Dynoxide;
use training::{
    certificates::{
        CertificateName, Evidence, External, Issuer,
        usecases::{self, Verdict},
    },
    model::CourseUrl,
    usecases::{Call, Made},
};
use uuid::Uuid;
use workflow_tasks::wiring::{Outside, over};

use super::{
    Cost, check_costs,
    outside::{Office, Still, clock},
    reminders::{cause, course, cycle, fill, person},
};

/// A verified certificate that ends in some days.
async fn certify(office: &Office, person: PersonId, days: i32) {
    let expires = date(2026, 3, 2).checked_add(Span::new().days(days)).unwrap();
    let external = External {
        name: CertificateName::parse("Cloud security").unwrap(),
        issuer: Issuer::parse("Example institute").unwrap(),
        number: None,
        issued: date(2025, 3, 2),
        expires: Some(expires),
        areas: Vec::new(),
        evidence: Evidence::Url { url: CourseUrl::parse("https://certificates.example.com/1").unwrap() },
        renews: None,
    };
    let own = Cause { by: Principal::Person(person), ..cause() };
    let made = usecases::record(&office.desk(), person, &external, &Call::of(&own)).await.unwrap().made;
    let Made::Certificate(id) = made else { panic!("a certificate") };
    usecases::check(&office.desk(), person, id, &Verdict::Verified, &Call::of(&cause())).await.unwrap();
}

async fn measure(people: u64, ending: u64) -> (Cost, u64) {
    let engine = Dynoxide::start().await.unwrap();
    let table: Arc<dyn Table> = Arc::new(engine.table.clone());
    let office = Office::new(Arc::clone(&table), TeamId::from_uuid(Uuid::from_u128(7)), person(3, 0));
    let course = course(&office).await;
    fill(&engine, &office, course, people).await;
    for number in 0..ending {
        certify(&office, person(1, number), [90, 60, 30, 7][usize::try_from(number % 4).unwrap()]).await;
        // Whoever has more time is not visited.
        certify(&office, person(4, number), 400).await;
    }
    let ports = over(
        table,
        Outside {
            settings: Arc::new(Still),
            program: Arc::new(Still),
            files: Arc::new(Still),
            gauges: Arc::new(Still),
            clock: clock(),
        },
    );
    engine.meter.take();
    let (tasks, mails) = cycle(&ports).await;
    assert_eq!(mails, ending);
    let first = engine.meter.take().into();
    let (_, again) = cycle(&ports).await;
    assert_eq!(again, 0, "a rung was told twice");
    (first, tasks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_certificates_costs_what_ends_soon() {
    let (small, small_tasks) = measure(1_000, 64).await;
    let (large, large_tasks) = measure(5_000, 64).await;
    println!("expiry run, 64 ending: {small:?} among 1,000 people, {large:?} among 5,000; {small_tasks} task calls");
    assert_eq!((small.requests, small_tasks), (large.requests, large_tasks));
    for (small, large) in [(small.read_units, large.read_units), (small.write_units, large.write_units)] {
        assert!((large - small).abs() <= small * 0.01, "{small} units among 1,000 people, {large} among 5,000");
    }
    // Half as many, half as much, but for what each shard and page costs.
    let (half, _) = measure(1_000, 32).await;
    assert!((small.write_units - 2.0 * half.write_units).abs() <= small.write_units * 0.05, "{small:?}, {half:?}");
    check_costs("expiry.json", &BTreeMap::from([("expiry run, 64 ending".to_owned(), small)]));
}
