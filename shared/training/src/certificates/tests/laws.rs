//! What holds whatever happens: the ladder, a path's certificate, and what is remembered of both.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, civil::date};
use kernel::{CertificateId, CompletionId, DateSpan, Principal};
use proptest::prelude::*;

use super::{TODAY, reason};
use crate::{
    MailSwitch, Settings,
    certificates::{
        Certificate, CertificateState, Entry, External, rules, rungs,
        samples::{certificate, external},
    },
    model::{Catalogue, CheckState, Completion, CompletionSource, LearnerFile},
    rules::{Context, Decision, Telling, decide, due::plus},
    samples::{catalogue, course, facts, instant},
};

fn decided(file: &LearnerFile, catalogue: &Catalogue, day: Date) -> Decision {
    let now = instant(&format!("{day}T12:00:00Z"));
    let (settings, mail) = (&Settings::default(), &MailSwitch::on());
    let telling = Telling::Now { ignore_send_hour: false };
    decide(file, &Context { catalogue, settings, mail, now, telling, next_manager: None, taken: 0 })
}

#[test]
fn an_absence_is_silent_and_the_latest_rung_is_told_after_it() {
    let expires = plus(TODAY, 90);
    let mut file = LearnerFile::new(facts("Europe/Berlin"));
    file.certificates = vec![certificate(external(TODAY, Some(expires)), CertificateState::Verified, TODAY)];
    file.head.facts.absences = vec![DateSpan::new(TODAY, Some(plus(TODAY, 40))).unwrap()];
    let away = decided(&file, &Catalogue::default(), TODAY);
    assert!(away.digest.is_none());
    let back = decided(&away.file, &Catalogue::default(), plus(TODAY, 41));
    let rungs: Vec<i32> = back.digest.unwrap().certificates.iter().map(|line| line.rung).collect();
    assert_eq!(rungs, [-60]);
}

#[test]
fn nothing_is_told_of_what_is_being_renewed() {
    let expires = plus(TODAY, 30);
    let mut file = LearnerFile::new(facts("Europe/Berlin"));
    let old = certificate(external(date(2025, 1, 1), Some(expires)), CertificateState::Verified, TODAY);
    let next = External { renews: Some(old.id), ..external(TODAY, None) };
    file.certificates = vec![old, certificate(next, CertificateState::Submitted, TODAY)];
    assert!(decided(&file, &Catalogue::default(), TODAY).digest.is_none());
    file.certificates.pop();
    assert!(decided(&file, &Catalogue::default(), TODAY).digest.is_some());
}

#[test]
fn nothing_is_told_of_the_path_of_a_former_role_and_it_lapses_all_the_same() {
    let one = course("one", 1.0, &[], Some(12));
    let catalogue = catalogue(vec![one.clone()]);
    let mut file = LearnerFile::new(facts("Europe/Berlin"));
    file.completions.push(completion(one.id, TODAY, CheckState::NotNeeded));
    let mut file = decided(&file, &catalogue, TODAY).file;
    let expires = file.certificates[0].facts().expires().unwrap();
    let near = plus(expires, -7);
    let told =
        |file: &LearnerFile| decided(file, &catalogue, near).digest.map_or(0, |digest| digest.certificates.len());
    assert_eq!(told(&file), 1);
    let (former, other) = (file.head.facts.job_role, kernel::JobRole::Architect);
    assert_ne!(former, other);
    file.head.facts.job_role = other;
    assert_eq!(told(&file), 0);
    let after = decided(&file, &catalogue, plus(expires, 1)).file;
    assert_eq!(after.certificates[0].state(), &CertificateState::Lapsed);
    file.head.facts.job_role = former;
    assert_eq!(told(&file), 1);
}

#[test]
fn a_preview_uses_no_rung_up() {
    let mut one = certificate(external(TODAY, Some(plus(TODAY, 30))), CertificateState::Verified, TODAY);
    let fresh = |one: &Certificate, real| {
        let mut file = LearnerFile::new(facts("Europe/Berlin"));
        file.certificates = vec![one.clone()];
        rungs::fresh(&file, TODAY, real).len()
    };
    let expires = plus(TODAY, 30);
    rungs::remember(&mut one, expires, rungs::climb(expires, TODAY).0.unwrap(), false);
    assert_eq!((fresh(&one, false), fresh(&one, true)), (0, 1));
    rungs::remember(&mut one, expires, rungs::climb(expires, TODAY).0.unwrap(), true);
    assert_eq!((fresh(&one, false), fresh(&one, true)), (0, 0));
}

fn completion(course: kernel::CourseId, on: Date, check: CheckState) -> Completion {
    let id = CompletionId::new(Timestamp::UNIX_EPOCH);
    Completion { id, course, completed_on: on, recorded_on: on, source: CompletionSource::Lms, score: None, check }
}

/// What a path's certificate rests on, said in the plainest way: each course, done on a day up to today, not longer ago
/// than it is valid.
fn all_valid(file: &LearnerFile, catalogue: &Catalogue, today: Date) -> bool {
    catalogue.courses().all(|course| {
        file.completions.iter().any(|done| {
            let months = course.validity_months.map(|months| jiff::Span::new().months(i32::from(months)));
            let first_invalid = months.map(|months| done.completed_on.checked_add(months).unwrap());
            done.course == course.id
                && done.counts()
                && done.completed_on <= today
                && first_invalid.is_none_or(|day| today < day)
        })
    })
}

proptest! {
    /// Whatever days runs come by, and whoever is away meanwhile.
    #[test]
    fn each_rung_is_told_once_in_order_never_after_the_last_day_and_of_nothing_unverified(
        mut offsets in prop::collection::btree_set(-130i32..30, 0..40),
        away in prop::option::of((-130i32..30, 0i32..60)),
        state in prop::sample::select(vec!["verified", "submitted", "declined", "withdrawn", "lapsed"]),
    ) {
        let expires = date(2026, 9, 30);
        let state = match state {
            "verified" => CertificateState::Verified,
            "submitted" => CertificateState::Submitted,
            "declined" => CertificateState::Declined { reason: reason() },
            "withdrawn" => CertificateState::Withdrawn,
            _ => CertificateState::Lapsed,
        };
        let verified = state == CertificateState::Verified;
        let mut file = LearnerFile::new(facts("Europe/Berlin"));
        file.certificates = vec![certificate(external(TODAY, Some(expires)), state, TODAY)];
        let away = away.map(|(from, days)| DateSpan::new(plus(expires, from), Some(plus(expires, from + days))).unwrap());
        file.head.facts.absences = away.into_iter().collect();
        let mut told: Vec<(i32, i32)> = Vec::new();
        offsets.insert(20);
        for offset in &offsets {
            for _ in 0..2 {
                let decision = decided(&file, &Catalogue::default(), plus(expires, *offset));
                let lines = decision.digest.into_iter().flat_map(|digest| digest.certificates);
                told.extend(lines.map(|line| (*offset, line.rung)));
                file = decision.file;
            }
        }
        let present = |offset: i32| away.is_none_or(|away| !away.contains(plus(expires, offset)));
        prop_assert!(told.is_sorted_by(|a, b| a.1 < b.1), "{told:?}");
        prop_assert!(told.iter().all(|(offset, rung)| rung <= offset && *offset <= 0 && present(*offset)), "{told:?}");
        // Of several that had come, only the latest was told; and nothing that had come was kept back.
        let mut expected: Vec<(i32, i32)> = Vec::new();
        for offset in offsets.iter().copied().filter(|offset| verified && *offset <= 0 && present(*offset)) {
            let latest = [-90, -60, -30, -7].into_iter().rev().find(|rung| *rung <= offset);
            if let Some(latest) = latest.filter(|latest| expected.iter().all(|(_, told)| told < latest)) {
                expected.push((offset, latest));
            }
        }
        prop_assert_eq!(told, expected);
        prop_assert_eq!(verified, file.certificates[0].versions().any(|it| it.state == CertificateState::Verified));
        if verified {
            prop_assert_eq!(file.certificates[0].state(), &CertificateState::Lapsed);
        }
    }

    /// A path's certificate counts on a day exactly when every required course is valid then; what was, stays readable.
    #[test]
    fn a_path_is_certified_exactly_while_every_course_is_valid(
        validity in prop::collection::vec(prop::option::of(1u16..14), 1..4),
        done in prop::collection::vec((0usize..4, 0i32..700, 0i32..30, any::<bool>()), 0..16),
        mut visits in prop::collection::btree_set(0i32..800, 1..30),
    ) {
        let courses: Vec<_> = validity
            .iter()
            .enumerate()
            .map(|(n, months)| course(&format!("c{n}"), 1.0, &[], *months))
            .collect();
        let ids: Vec<_> = courses.iter().map(|course| course.id).collect();
        let catalogue = catalogue(courses);
        let mut file = LearnerFile::new(facts("Europe/Berlin"));
        let start = date(2026, 1, 1);
        // A completion is known some days after it happened; whoever records it, decides.
        visits.extend(done.iter().map(|(_, on, later, _)| on + later));
        let mut seen: BTreeMap<Date, BTreeMap<CertificateId, Entry>> = BTreeMap::new();
        for visit in visits {
            let today = plus(start, visit);
            for (which, on, later, counts) in &done {
                if on + later == visit {
                    let check = if *counts { CheckState::NotNeeded } else { CheckState::Waiting };
                    file.completions.push(completion(ids[which % ids.len()], plus(start, *on), check));
                }
            }
            let decision = decided(&file, &catalogue, today);
            file = decision.file;
            prop_assert_eq!(&decided(&file, &catalogue, today).file.certificates, &file.certificates);
            let live: Vec<_> = file.certificates.iter().filter(|it| it.counts()).collect();
            prop_assert_eq!(live.len(), usize::from(all_valid(&file, &catalogue, today)), "on {}", today);
            let lapse = |id: &kernel::CourseId| {
                let done = file.done(*id, today).unwrap();
                catalogue.course(*id).unwrap().last_valid_day(done.completed_on)
            };
            for it in live {
                prop_assert_eq!(it.facts().expires(), ids.iter().filter_map(lapse).min());
            }
            seen.insert(today, file.certificates.iter().map(|it| (it.id, it.now().clone())).collect());
        }
        // Each refers to the one before it, and none was ever taken away or rewritten.
        let renewed: Vec<_> = file.certificates.iter().filter_map(|it| it.facts().renews()).collect();
        let all: Vec<_> = file.certificates.iter().map(|it| it.id).collect();
        prop_assert_eq!(&renewed[..], &all[..all.len().saturating_sub(1)]);
        for (day, then) in seen {
            let as_of = file.certificates.iter().filter_map(|it| Some((it.id, it.as_of(day)?.clone())));
            prop_assert_eq!(as_of.collect::<BTreeMap<_, _>>(), then);
        }
    }
}

#[test]
fn an_exempt_course_was_not_completed_and_an_empty_path_certifies_nothing() {
    let one = course("one", 1.0, &[], None);
    let mut file = LearnerFile::new(facts("Europe/Berlin"));
    file.exemptions.push(crate::model::Exemption {
        id: kernel::ExemptionId::new(Timestamp::UNIX_EPOCH),
        course: one.id,
        from: TODAY,
        until: plus(TODAY, 30),
        reason: reason(),
        by: Principal::Program,
        ended_on: None,
    });
    let settings = Settings::default();
    assert_eq!(rules::earned(&file, &catalogue(vec![one]), &settings, TODAY), None);
    assert_eq!(rules::earned(&file, &Catalogue::default(), &settings, TODAY), None);
    assert_eq!(rules::earned(&file, &catalogue(vec![]), &settings, TODAY), None);
}

#[test]
fn a_path_that_asks_for_more_is_certified_anew_when_more_is_done() {
    let (one, two) = (course("one", 1.0, &[], None), course("two", 1.0, &[], None));
    let mut file = LearnerFile::new(facts("Europe/Berlin"));
    file.completions.push(completion(one.id, TODAY, CheckState::NotNeeded));
    file = decided(&file, &catalogue(vec![one.clone()]), TODAY).file;
    let wider = catalogue(vec![one, two.clone()]);
    let asked = decided(&file, &wider, plus(TODAY, 1)).file;
    assert_eq!(asked.certificates.iter().filter(|it| it.counts()).count(), 1, "what was awarded stays");
    let mut done = asked.clone();
    done.completions.push(completion(two.id, plus(TODAY, 2), CheckState::NotNeeded));
    let done = decided(&done, &wider, plus(TODAY, 2)).file;
    let states: Vec<_> = done.certificates.iter().map(|it| it.state().as_str()).collect();
    assert_eq!(states, ["renewed", "awarded"]);
}
