//! What people do with certificates, and what follows.

mod laws;

use futures::executor::block_on;
use jiff::{Timestamp, civil::Date, civil::date};
use kernel::{CertificateId, PersonId, Principal};

use super::{
    recertification::{Outcome, Recertification, look_after},
    samples::{certificate, external},
    usecases::{Verdict, check, correct, record, withdraw},
    *,
};
use crate::{
    TrainingError,
    model::{Catalogue, CompletionSource, FreeText},
    rules::due::plus,
    samples::{World, catalogue, cause, course, facts, instant},
    usecases::{Call, Made, Receipt, people, records, remind},
};

const NOW: &str = "2026-03-02T12:00:00Z";
const TODAY: Date = date(2026, 3, 2);

/// Somebody with a manager, in a world without paths.
struct Scene {
    world: World,
    person: PersonId,
    manager: PersonId,
}

impl Scene {
    fn new() -> Self {
        let world = World::new(Catalogue::default());
        let facts = facts("Europe/Berlin");
        let manager = facts.manager.unwrap();
        let person = world.hire(facts);
        Self { world, person, manager }
    }

    async fn record(&self, external: &External) -> Result<Receipt, TrainingError> {
        let cause = cause(instant(NOW), Principal::Person(self.person));
        record(&self.world.desk(), self.person, external, &Call::of(&cause)).await
    }

    async fn recorded(&self, external: &External) -> CertificateId {
        let Made::Certificate(id) = self.record(external).await.unwrap().made else { panic!("a certificate") };
        id
    }

    async fn check(&self, id: CertificateId, by: PersonId, verdict: &Verdict) -> Result<Receipt, TrainingError> {
        let cause = cause(instant(NOW), Principal::Person(by));
        check(&self.world.desk(), self.person, id, verdict, &Call::of(&cause)).await
    }

    async fn verified(&self, external: &External) -> CertificateId {
        let id = self.recorded(external).await;
        self.check(id, self.manager, &Verdict::Verified).await.unwrap();
        id
    }

    async fn correct(&self, id: CertificateId, external: &External) -> Result<Receipt, TrainingError> {
        let cause = cause(instant(NOW), Principal::Person(self.person));
        correct(&self.world.desk(), self.person, id, external, &Call::of(&cause)).await
    }

    async fn withdraw(&self, id: CertificateId) -> Result<Receipt, TrainingError> {
        let cause = cause(instant(NOW), Principal::Person(self.person));
        withdraw(&self.world.desk(), self.person, id, &Call::of(&cause)).await
    }

    fn state(&self, id: CertificateId) -> &'static str {
        self.world.stored(self.person).certificate(id).unwrap().state().as_str()
    }

    fn kinds(&self) -> Vec<String> {
        self.world.kinds().into_iter().filter(|kind| kind.contains("certificate")).collect()
    }
}

fn reason() -> FreeText {
    FreeText::parse("The picture cannot be read").unwrap()
}

fn kind(error: &TrainingError) -> &'static str {
    error.code()
}

#[test]
fn a_record_counts_once_somebody_else_has_verified_it() {
    block_on(async {
        let scene = Scene::new();
        let external = external(date(2025, 6, 1), Some(date(2027, 5, 31)));
        let id = scene.recorded(&external).await;
        assert_eq!((scene.state(id), scene.world.stored(scene.person).certificates[0].counts()), ("submitted", false));
        let own = scene.check(id, scene.person, &Verdict::Verified).await.unwrap_err();
        assert_eq!(kind(&own), "own_thing");
        scene.check(id, scene.manager, &Verdict::Verified).await.unwrap();
        assert!(scene.world.stored(scene.person).certificates[0].counts());
        let again = scene.check(id, scene.manager, &Verdict::Verified).await.unwrap_err();
        assert_eq!(kind(&again), "certificate_not_waiting");
        assert_eq!(scene.kinds(), ["training.certificate_recorded", "training.certificate_verified"]);
    });
}

#[test]
fn nobody_verifies_what_they_submitted_for_somebody_else() {
    block_on(async {
        let scene = Scene::new();
        let admin = crate::samples::person();
        let call = cause(instant(NOW), Principal::Person(admin));
        let external = external(date(2025, 6, 1), None);
        let receipt = record(&scene.world.desk(), scene.person, &external, &Call::of(&call)).await.unwrap();
        let Made::Certificate(id) = receipt.made else { panic!("a certificate") };
        assert_eq!(kind(&scene.check(id, admin, &Verdict::Verified).await.unwrap_err()), "own_submission");
        scene.check(id, scene.manager, &Verdict::Verified).await.unwrap();
    });
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_written() {
    block_on(async {
        let scene = Scene::new();
        let areas = |count: usize| (0..count).map(|n| crate::model::CompetencyArea::parse(&format!("a{n}")).unwrap());
        let cases = [
            (external(plus(TODAY, 1), None), "certificate_of_the_future"),
            (external(TODAY, Some(TODAY)), "certificate_expires_before"),
            (External { areas: areas(11).collect(), ..external(TODAY, None) }, "certificate_areas"),
            (
                External { renews: Some(CertificateId::new(Timestamp::UNIX_EPOCH)), ..external(TODAY, None) },
                "certificate_renews_nothing",
            ),
        ];
        for (external, expected) in cases {
            assert_eq!(kind(&scene.record(&external).await.unwrap_err()), expected);
        }
        assert!(!scene.world.exists(scene.person));
        scene.record(&external(TODAY, Some(plus(TODAY, 1)))).await.unwrap();
    });
}

#[test]
fn the_same_record_is_made_once() {
    block_on(async {
        let scene = Scene::new();
        let external = external(date(2025, 6, 1), None);
        let first = scene.recorded(&external).await;
        assert_eq!(scene.recorded(&external).await, first);
        assert_eq!(scene.world.stored(scene.person).certificates.len(), 1);
        // What was taken back may be recorded again: that is another one.
        scene.withdraw(first).await.unwrap();
        assert_ne!(scene.recorded(&external).await, first);
    });
}

#[test]
fn a_changed_certificate_waits_again_and_keeps_what_it_said() {
    block_on(async {
        let scene = Scene::new();
        let before = external(date(2025, 6, 1), Some(date(2027, 5, 31)));
        let id = scene.verified(&before).await;
        let after = External { expires: Some(date(2030, 5, 31)), ..before.clone() };
        scene.correct(id, &after).await.unwrap();
        let stored = scene.world.stored(scene.person);
        let certificate = stored.certificate(id).unwrap();
        assert_eq!((certificate.state().as_str(), certificate.counts()), ("submitted", false));
        let said: Vec<_> = certificate.versions().map(|it| (it.state.as_str(), it.facts.expires())).collect();
        let (old, new) = (before.expires, after.expires);
        assert_eq!(said, [("submitted", old), ("verified", old), ("submitted", new)]);
        assert!(!scene.correct(id, &after).await.unwrap().changed);
    });
}

#[test]
fn a_certificate_is_changed_so_often_and_no_more() {
    block_on(async {
        let scene = Scene::new();
        let id = scene.recorded(&external(date(2025, 6, 1), None)).await;
        let nth =
            |n: usize| External { issued: plus(date(2025, 6, 1), i32::try_from(n).unwrap()), ..external(TODAY, None) };
        for n in 1..MOST_VERSIONS {
            scene.correct(id, &nth(n)).await.unwrap();
        }
        let more = scene.correct(id, &nth(MOST_VERSIONS)).await.unwrap_err();
        assert_eq!(kind(&more), "too_many_certificate_versions");
    });
}

#[test]
fn a_file_is_full_at_a_hundred() {
    block_on(async {
        let scene = Scene::new();
        for n in 0..100 {
            scene.record(&external(plus(date(2025, 6, 1), n), None)).await.unwrap();
        }
        assert_eq!(kind(&scene.record(&external(TODAY, None)).await.unwrap_err()), "too_many_certificates");
    });
}

#[test]
fn a_declined_certificate_can_be_mended_and_a_closed_one_cannot() {
    block_on(async {
        let scene = Scene::new();
        let external = external(date(2025, 6, 1), None);
        let id = scene.recorded(&external).await;
        scene.check(id, scene.manager, &Verdict::Declined(reason())).await.unwrap();
        assert_eq!(scene.state(id), "declined");
        let mended = External { issued: date(2025, 6, 2), ..external };
        scene.correct(id, &mended).await.unwrap();
        scene.check(id, scene.manager, &Verdict::Verified).await.unwrap();
        scene.withdraw(id).await.unwrap();
        assert!(!scene.withdraw(id).await.unwrap().changed);
        assert_eq!(kind(&scene.correct(id, &mended).await.unwrap_err()), "certificate_closed");
        assert_eq!(scene.state(id), "withdrawn");
    });
}

#[test]
fn a_renewal_takes_the_place_of_what_it_renews_once_it_is_verified() {
    block_on(async {
        let scene = Scene::new();
        let old = scene.verified(&external(date(2024, 3, 1), Some(plus(TODAY, 20)))).await;
        let next = External { renews: Some(old), ..external(date(2026, 2, 20), Some(date(2028, 2, 19))) };
        let new = scene.recorded(&next).await;
        assert_eq!((scene.state(old), scene.state(new)), ("verified", "submitted"));
        // Of two renewals neither would be the successor.
        let other = External { issued: date(2026, 2, 21), ..next.clone() };
        assert_eq!(kind(&scene.record(&other).await.unwrap_err()), "certificate_renews_nothing");
        scene.check(new, scene.manager, &Verdict::Verified).await.unwrap();
        assert_eq!((scene.state(old), scene.state(new)), ("renewed", "verified"));
        let stored = scene.world.stored(scene.person);
        let renewed = CertificateState::Renewed { successor: new };
        assert_eq!(stored.certificate(old).unwrap().state(), &renewed);
        // The renewal can still be corrected.
        scene.correct(new, &External { issued: date(2026, 2, 19), ..next }).await.unwrap();
    });
}

#[test]
fn what_is_verified_after_its_last_day_lapses_in_the_same_commit() {
    block_on(async {
        let scene = Scene::new();
        let id = scene.verified(&external(date(2024, 3, 1), Some(plus(TODAY, -1)))).await;
        assert_eq!(scene.state(id), "lapsed");
        let kinds = scene.kinds();
        assert_eq!(kinds.last().map(String::as_str), Some("training.certificate_lapsed"));
        assert!(!kinds.iter().any(|kind| kind == crate::events::CERTIFICATE_EXPIRING));
    });
}

#[test]
fn forgetting_a_person_forgets_every_certificate() {
    block_on(async {
        let scene = Scene::new();
        for n in 0..12 {
            scene.record(&external(plus(date(2025, 6, 1), n), None)).await.unwrap();
        }
        let call = cause(instant(NOW), Principal::Program);
        assert!(people::forget(&scene.world.desk(), scene.person, &call).await.unwrap());
        assert!(!scene.world.exists(scene.person));
    });
}

#[test]
fn the_end_is_reminded_of_in_the_one_mail_of_a_day_and_lapses_as_a_fact() {
    block_on(async {
        let scene = Scene::new();
        let expires = plus(TODAY, 100);
        let id = scene.verified(&external(date(2025, 6, 1), Some(expires))).await;
        let mut visited = Vec::new();
        for _ in 0..20 {
            let Some(next) = scene.world.stored(scene.person).head.next_at else { break };
            let call = cause(next, Principal::Program);
            remind::remind_person(&scene.world.desk(), scene.person, false, &call).await.unwrap();
            visited.push(next.to_zoned(jiff::tz::TimeZone::UTC).date());
        }
        // Somebody looks on the days on which there is something to do, and on no other.
        assert_eq!(visited, [-90, -60, -30, -7, 1].map(|days| plus(expires, days)));
        let told: Vec<_> =
            scene.world.mails().iter().map(|mail| mail.model["certificates"][0]["days_left"].clone()).collect();
        assert_eq!(told, [90, 60, 30, 7].map(serde_json::Value::from));
        assert_eq!(scene.world.mails()[0].model["certificates"][0]["name"], "Cloud security");
        assert_eq!(scene.state(id), "lapsed");
        let ends = [crate::events::CERTIFICATE_EXPIRING, crate::events::CERTIFICATE_LAPSED];
        assert_eq!(scene.kinds()[2..], ends);
    });
}

#[test]
fn a_path_is_certified_by_the_commit_that_completes_it() {
    block_on(async {
        let (one, two) = (course("one", 1.0, &[], Some(12)), course("two", 1.0, &[], None));
        let world = World::new(catalogue(vec![one.clone(), two.clone()]));
        let person = world.hire(facts("Europe/Berlin"));
        let call = cause(instant(NOW), Principal::Program);
        let report = |course, on| records::Report { person, course, on, source: CompletionSource::Roster, score: None };
        records::report_completion(&world.desk(), report(one.id, date(2026, 1, 10)), &Call::of(&call)).await.unwrap();
        assert_eq!(world.stored(person).certificates, []);
        records::report_completion(&world.desk(), report(two.id, TODAY), &Call::of(&call)).await.unwrap();
        let file = world.stored(person);
        let [first] = &file.certificates[..] else { panic!("one certificate") };
        assert_eq!((first.state().as_str(), first.facts().expires()), ("awarded", Some(date(2027, 1, 9))));
        let completed = world.kinds();
        assert!(completed.iter().any(|kind| kind == crate::events::CERTIFICATE_AWARDED), "{completed:?}");
        // Done again: a new entry, and the former one stays.
        records::report_completion(&world.desk(), report(one.id, TODAY), &Call::of(&call)).await.unwrap();
        let file = world.stored(person);
        let [old, new] = &file.certificates[..] else { panic!("two certificates") };
        assert_eq!((old.state().as_str(), new.state().as_str()), ("renewed", "awarded"));
        assert_eq!((new.facts().renews(), new.facts().expires()), (Some(old.id), Some(date(2027, 3, 1))));
    });
}

#[test]
fn a_recertification_waits_for_check_in_days_and_ends() {
    block_on(async {
        let scene = Scene::new();
        let expires = plus(TODAY, 80);
        let external = external(date(2025, 6, 1), Some(expires));
        let id = scene.verified(&external).await;
        let what = Recertification { person: scene.person, certificate: id, expires };
        assert!(
            what.name().len() <= 80 && what.name().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
        let mut now = instant(NOW);
        let mut waits = Vec::new();
        let ended = loop {
            let call = cause(now, Principal::Program);
            let looked = look_after(&scene.world.desk(), what, &call).await.unwrap();
            // Twice is once.
            let events = scene.world.events().len();
            assert_eq!(look_after(&scene.world.desk(), what, &call).await.unwrap(), looked);
            assert_eq!(scene.world.events().len(), events);
            match looked {
                Outcome::Waiting(until) => {
                    assert!(until > now);
                    waits.push(until.to_zoned(jiff::tz::TimeZone::UTC).date());
                    now = until;
                }
                ended => break ended,
            }
        };
        assert_eq!(ended, Outcome::Lapsed);
        assert_eq!(waits, [-60, -30, -7, 1].map(|days| plus(expires, days)));
        assert!(scene.world.mails().is_empty(), "it tells nothing: that is the ladder's");
    });
}

#[test]
fn a_recertification_ends_as_what_became_of_the_certificate() {
    block_on(async {
        let scene = Scene::new();
        let expires = plus(TODAY, 80);
        let first = external(date(2025, 6, 1), Some(expires));
        let id = scene.verified(&first).await;
        let what = Recertification { person: scene.person, certificate: id, expires };
        let call = cause(instant(NOW), Principal::Program);
        let next = External { renews: Some(id), ..external(TODAY, Some(plus(TODAY, 800))) };
        scene.verified(&next).await;
        assert_eq!(look_after(&scene.world.desk(), what, &call).await.unwrap(), Outcome::Renewed);
        let other = Recertification { expires: plus(expires, 1), ..what };
        assert_eq!(look_after(&scene.world.desk(), other, &call).await.unwrap(), Outcome::Withdrawn);
        let nobody = Recertification { person: crate::samples::person(), ..what };
        assert_eq!(look_after(&scene.world.desk(), nobody, &call).await.unwrap(), Outcome::Gone);
        let unknown = Recertification { certificate: CertificateId::new(Timestamp::UNIX_EPOCH), ..what };
        assert_eq!(look_after(&scene.world.desk(), unknown, &call).await.unwrap(), Outcome::Gone);
    });
}

#[test]
fn many_that_end_on_one_day_lapse_some_at_a_time_and_each_ends_its_recertification() {
    block_on(async {
        let scene = Scene::new();
        let expires = plus(TODAY, 10);
        let mut ids = Vec::new();
        for day in 1..=5 {
            ids.push(scene.verified(&external(date(2025, 6, day), Some(expires))).await);
        }
        let after = cause(instant("2026-03-13T12:00:00Z"), Principal::Program);
        let lapsed = || ids.iter().filter(|id| scene.state(**id) == "lapsed").count();
        let look = |certificate| {
            let (world, person) = (scene.world.desk(), scene.person);
            let after = &after;
            async move { look_after(&world, Recertification { person, certificate, expires }, after).await.unwrap() }
        };
        // The last one's turn has not come yet, and its end is over all the same.
        let last = ids[4];
        assert_eq!((look(last).await, lapsed(), scene.state(last)), (Outcome::Lapsed, 2, "verified"));
        let next = scene.world.stored(scene.person).head.next_at;
        assert!(next.is_some_and(|at| at <= after.at), "somebody must look again at once");
        remind::remind_person(&scene.world.desk(), scene.person, false, &after).await.unwrap();
        assert_eq!(lapsed(), 5);
        assert_eq!(scene.world.stored(scene.person).head.next_at, None);
        let kinds = scene.kinds();
        let count = |kind| kinds.iter().filter(|it| *it == kind).count();
        assert_eq!((count(crate::events::CERTIFICATE_EXPIRING), count(crate::events::CERTIFICATE_LAPSED)), (5, 5));
    });
}

#[test]
fn a_file_is_what_its_first_bytes_say() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0";
    assert_eq!(EvidenceKind::of(b"%PDF-1.7\n"), Some(EvidenceKind::Pdf));
    assert_eq!(EvidenceKind::of(png), Some(EvidenceKind::Png));
    assert_eq!(EvidenceKind::of(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(EvidenceKind::Jpeg));
    for other in [&b"<html>%PDF-"[..], b"", b"GIF89a", b"PK\x03\x04", &png[..12], b"\xff\xd8", b"MZ\x90\0", b"<svg "] {
        assert_eq!(EvidenceKind::of(other), None, "{other:?}");
    }
}

#[test]
fn no_log_shows_the_number_of_a_certificate_or_where_it_is_shown() {
    let shown = format!("{:?}", certificate(external(TODAY, None), CertificateState::Verified, TODAY));
    assert!(!shown.contains("A-17") && !shown.contains("a-17"), "{shown}");
}

#[test]
fn a_certificate_is_read_as_it_was_written() {
    let evidence = Evidence::File { file: kernel::EvidenceId::new(Timestamp::UNIX_EPOCH), format: EvidenceKind::Png };
    let external = External { evidence, ..external(TODAY, Some(plus(TODAY, 90))) };
    let mut one = certificate(external, CertificateState::Submitted, TODAY);
    let stamp = model::Stamp { on: TODAY, at: Timestamp::UNIX_EPOCH, by: Principal::Program };
    one.turn(CertificateState::Declined { reason: reason() }, &stamp);
    one.turn(CertificateState::Renewed { successor: one.id }, &stamp);
    rungs::remember(&mut one, TODAY, ExpiryRung::FIRST, true);
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Certificate>(&text).unwrap(), one);
}
