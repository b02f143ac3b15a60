use std::collections::BTreeSet;

use jiff::{SignedDuration, civil::date};
use kernel::{CourseId, DateSpan, MailMode, ZoneName};
use proptest::prelude::*;

use super::*;
use crate::{
    certificates::{Certificate, CertificateState, samples},
    model::{AssignmentSource, BoxKind, Status},
    rules::due::plus,
    samples::{catalogue, course, facts, instant},
};

struct Case {
    file: LearnerFile,
    catalogue: Catalogue,
    settings: Settings,
    mail: MailSwitch,
}

impl Case {
    /// One manual assignment, asked on 1 January 2026 and due on 1 March.
    fn new() -> Self {
        let one = course("one", 2.0, &[], None);
        let mut file = LearnerFile::new(facts("Europe/Berlin"));
        file.assignments.push(manual(one.id, date(2026, 1, 1), date(2026, 3, 1)));
        Self { file, catalogue: catalogue(vec![one]), settings: Settings::default(), mail: MailSwitch::on() }
    }

    fn decide(&self, now: Timestamp, telling: Telling) -> Decision {
        let next_manager = None;
        let Self { catalogue, settings, mail, .. } = self;
        decide(&self.file, &Context { catalogue, settings, mail, now, telling, next_manager, taken: 0 })
    }

    #[track_caller]
    fn run(&mut self, now: &str) -> Decision {
        let decision = self.decide(instant(now), Telling::Now { ignore_send_hour: false });
        self.file = decision.file.clone();
        decision
    }

    /// The rungs told by runs at noon on some days.
    fn told(&mut self, days: impl IntoIterator<Item = Date>) -> Vec<i32> {
        days.into_iter()
            .flat_map(|day| self.run(&format!("{day}T12:00:00Z")).digest)
            .flat_map(|digest| digest.lines)
            .map(|line| line.rung)
            .collect()
    }
}

fn manual(course: CourseId, on: Date, due: Date) -> Assignment {
    Assignment::new(course, on, due, AssignmentSource::Manual, AssignmentReason::Request)
}

fn days(from: Date, count: i32) -> impl Iterator<Item = Date> {
    (0..count).map(move |day| plus(from, day))
}

const DUE: Date = date(2026, 3, 1);

#[test]
fn daily_runs_tell_every_rung_once() {
    let mut case = Case::new();
    assert_eq!(case.told(days(date(2026, 1, 1), 160)), [-30, -7, -1, 0, 4, 7, 14, 21, 28, 58, 88]);
}

#[test]
fn a_run_missed_for_days_catches_up_once_with_the_latest() {
    let mut case = Case::new();
    assert_eq!(case.told([plus(DUE, 16), plus(DUE, 16), plus(DUE, 17)]), [14]);
}

#[test]
fn nothing_is_told_before_the_send_hour_but_facts_are_noticed() {
    let mut case = Case::new();
    let early = case.run("2026-03-02T05:00:00Z");
    assert!(early.digest.is_none());
    assert_eq!(early.file.assignments[0].became_overdue, Some(date(2026, 3, 2)));
    assert_eq!(early.file.head.next_at, Some(instant("2026-03-02T07:00:00Z")));
    assert!(case.run("2026-03-02T07:00:00Z").digest.is_some());
}

#[test]
fn overdue_is_noticed_on_the_first_day_after_and_once() {
    let mut case = Case::new();
    assert!(case.run("2026-03-01T22:59:00Z").file.assignments[0].became_overdue.is_none());
    let late = case.run("2026-03-02T07:00:00Z");
    assert!(late.happened.iter().any(|it| matches!(it, Happened::BecameOverdue(_))));
    assert_eq!(late.file.head.standing.as_ref().map(|it| it.clear), Some(false));
    assert!(case.run("2026-03-03T07:00:00Z").happened.is_empty());
}

#[test]
fn one_kind_of_news_leaves_room_for_the_others() {
    let mut case = Case::new();
    let now = "2026-01-10T12:00:00Z";
    let courses = |prefix: &str, count: usize| -> Vec<_> {
        (0..count).map(|number| course(&format!("{prefix}{number}"), 1.0, &[], None)).collect()
    };
    let (exempt, answered, paused) = (courses("exempt", 60), courses("answered", 20), courses("paused", 20));
    case.file.exemptions.extend(exempt.iter().map(|course| Exemption {
        id: kernel::ExemptionId::new(instant(now)),
        course: course.id,
        from: date(2026, 1, 1),
        until: date(2026, 1, 9),
        reason: crate::model::FreeText::parse("Project").unwrap(),
        by: kernel::Principal::Program,
        ended_on: None,
    }));
    case.file.completions.extend(answered.iter().map(|course| done(course.id, date(2026, 1, 5))));
    case.file.assignments.extend(answered.iter().map(|it| manual(it.id, date(2026, 1, 2), DUE)));
    let late = |it: &crate::model::Course| Assignment {
        became_overdue: Some(date(2026, 1, 5)),
        ..manual(it.id, date(2026, 1, 2), plus(DUE, 30))
    };
    case.file.assignments.extend(paused.iter().map(late));
    case.catalogue = catalogue([exempt, answered, paused].concat());
    let mut noticed = Vec::new();
    let left = |file: &LearnerFile| {
        let answered = |it: &&Assignment| file.completions.iter().any(|done| done.course == it.course);
        [
            file.exemptions.iter().filter(|it| it.ended_on.is_none()).count(),
            file.assignments.iter().filter(|it| it.is_open()).filter(answered).count(),
            file.assignments.iter().filter(|it| it.became_overdue.is_some()).count(),
        ]
    };
    for _ in 0..20 {
        let before = left(&case.file);
        case.run(now);
        let after = left(&case.file);
        noticed.push([0, 1, 2].map(|kind| before[kind] - after[kind]));
        if case.file.head.next_at > Some(instant(now)) {
            break;
        }
    }
    assert_eq!(noticed[..3], [[8, 8, 0], [8, 8, 0], [8, 4, 0]]);
    assert_eq!(noticed[7..], [[4, 0, 8], [0, 0, 8], [0, 0, 4]]);
}

#[test]
fn overdue_is_noticed_whatever_the_mail_mode() {
    let mut case = Case::new();
    case.mail = MailSwitch::default();
    let late = case.run("2026-03-09T07:00:00Z");
    assert!(late.digest.is_none() && late.file.assignments[0].became_overdue.is_some());
    assert!(late.file.assignments[0].told.is_empty());
    case.mail = MailSwitch::on();
    assert_eq!(case.told([date(2026, 3, 10)]), [7]);
}

#[test]
fn a_preview_uses_nothing_up() {
    let mut case = Case::new();
    case.mail.mode = MailMode::Preview;
    assert_eq!(case.told(days(plus(DUE, -8), 8)), [-30, -7, -1]);
    case.mail = MailSwitch::on();
    assert_eq!(case.told([plus(DUE, -1), plus(DUE, -1), DUE]), [-1, 0]);
}

#[test]
fn a_pilot_is_real_for_its_teams_only() {
    let mut case = Case::new();
    case.mail.mode = MailMode::Pilot;
    let preview = case.run("2026-02-01T12:00:00Z").digest.unwrap();
    assert!(!preview.real);
    case.mail.pilot_teams = case.file.head.facts.teams(DUE);
    assert!(case.run("2026-02-02T12:00:00Z").digest.unwrap().real);
}

#[test]
fn the_manager_hears_three_days_after_the_warning_however_late_that_came() {
    let mut case = Case::new();
    let on_time: Vec<bool> = {
        let mut case = Case::new();
        days(plus(DUE, 1), 8)
            .map(|day| !case.run(&format!("{day}T12:00:00Z")).file.assignments[0].lines.is_empty())
            .collect()
    };
    assert_eq!(on_time, [false, false, false, false, false, false, true, true]);
    let late = case.run(&format!("{}T12:00:00Z", plus(DUE, 15)));
    assert_eq!(late.digest.unwrap().lines[0].manager_sees_on, Some(plus(DUE, 18)));
    assert!(late.file.assignments[0].lines.is_empty());
    assert!(case.run(&format!("{}T12:00:00Z", plus(DUE, 17))).file.assignments[0].lines.is_empty());
    assert_eq!(case.run(&format!("{}T12:00:00Z", plus(DUE, 18))).file.assignments[0].lines.len(), 1);
}

#[test]
fn others_hear_only_where_escalation_is_switched_on() {
    let mut case = Case::new();
    case.settings.security_contacts = vec![crate::samples::person()];
    let kinds = |case: &mut Case| -> Vec<BoxKind> {
        for day in days(plus(DUE, 1), 21) {
            case.run(&format!("{day}T12:00:00Z"));
        }
        case.file.assignments[0].lines.iter().map(|it| it.kind).collect()
    };
    assert_eq!(kinds(&mut case), [BoxKind::Manager]);
    let mut case =
        Case { settings: Settings { escalation_countries: ["DE".into()].into(), ..case.settings }, ..Case::new() };
    assert_eq!(kinds(&mut case), [BoxKind::Manager, BoxKind::Escalation]);
}

#[test]
fn an_absence_silences_and_moves_the_date() {
    let mut case = Case::new();
    case.file.head.facts.absences = vec![DateSpan::new(date(2026, 2, 20), Some(date(2026, 3, 1))).unwrap()];
    assert_eq!(case.told(days(date(2026, 2, 20), 10)), [0; 0]);
    let back = case.run("2026-03-02T12:00:00Z").digest.unwrap();
    assert_eq!((back.lines[0].due, back.lines[0].rung), (date(2026, 3, 11), -30));
}

#[test]
fn a_leaver_is_asked_nothing_any_more_and_keeps_the_history() {
    let mut case = Case::new();
    case.file.head.facts.leave = Some(date(2026, 2, 15));
    case.run("2026-02-15T12:00:00Z");
    assert!(case.file.assignments[0].is_open());
    let gone = case.run("2026-02-16T12:00:00Z");
    assert!(gone.digest.is_none());
    assert!(matches!(gone.file.assignments[0].state, AssignmentState::Cancelled { .. }));
    assert_eq!(gone.file.head.standing.map(|it| it.counted), Some(false));
    assert_eq!(gone.file.head.next_at, None);
}

#[test]
fn recertification_opens_before_the_end_and_deletes_nothing() {
    let one = course("one", 2.0, &[], Some(12));
    let mut case = Case::new();
    case.file.assignments.clear();
    case.file.completions.push(done(one.id, date(2025, 3, 1)));
    case.catalogue = catalogue(vec![one.clone()]);
    case.run("2026-01-01T12:00:00Z");
    assert!(case.file.assignments.is_empty());
    // Valid through 28 February; the round opens 30 days before.
    assert_eq!(case.file.head.next_at, Some(instant("2026-01-29T07:00:00Z")));
    let opened = case.run("2026-01-29T07:00:00Z");
    assert_eq!(opened.file.assignments[0].due, date(2026, 2, 28));
    assert_eq!(opened.file.assignments[0].reason, AssignmentReason::Recertification);
    assert!(opened.digest.is_some());
    let lapsed = case.run("2026-03-01T12:00:00Z");
    assert_eq!(lapsed.file.head.standing.as_ref().map(|it| (it.required, it.valid)), Some((1, 0)));
    assert!(
        lapsed.file.done(one.id, date(2026, 3, 1)).is_some()
            && !lapsed.file.is_valid(one.id, &case.catalogue, date(2026, 3, 1))
    );
    // Doing it again closes the round.
    case.file.completions.push(done(one.id, date(2026, 3, 2)));
    assert!(!case.run("2026-03-02T12:00:00Z").file.assignments[0].is_open());
}

fn done(course: CourseId, on: Date) -> Completion {
    Completion {
        id: kernel::CompletionId::new(Timestamp::UNIX_EPOCH),
        course,
        completed_on: on,
        recorded_on: on,
        source: CompletionSource::Roster,
        score: None,
        check: crate::model::CheckState::NotNeeded,
    }
}

#[test]
fn a_round_that_was_taken_back_stays_taken_back() {
    let one = course("one", 2.0, &[], Some(12));
    let mut case = Case::new();
    case.file.assignments.clear();
    case.file.completions.push(done(one.id, date(2025, 3, 1)));
    case.catalogue = catalogue(vec![one]);
    case.run("2026-02-01T12:00:00Z");
    case.file.assignments[0].state = AssignmentState::Cancelled { on: date(2026, 2, 2) };
    case.run("2026-02-02T12:00:00Z");
    case.run("2026-03-02T12:00:00Z");
    assert_eq!(case.file.assignments.len(), 1);
}

#[test]
fn an_exemption_holds_the_ladder_until_it_ends() {
    let mut case = Case::new();
    let course = case.file.assignments[0].course;
    case.file.exemptions.push(Exemption {
        id: kernel::ExemptionId::new(Timestamp::UNIX_EPOCH),
        course,
        from: date(2026, 2, 1),
        until: date(2026, 4, 30),
        reason: crate::model::FreeText::parse("parental leave").unwrap(),
        by: kernel::Principal::Program,
        ended_on: None,
    });
    let exempt = case.run("2026-03-20T12:00:00Z");
    assert!(exempt.digest.is_none());
    assert_eq!(exempt.file.head.standing.map(|it| (it.counted, it.required)), Some((false, 0)));
    assert_eq!(exempt.file.head.next_at, Some(instant("2026-05-01T06:00:00Z")));
    let over = case.run("2026-05-01T12:00:00Z");
    assert!(over.happened.iter().any(|it| matches!(it, Happened::ExemptionEnded { .. })));
    // 28 days were left on 31 January.
    assert_eq!(over.digest.unwrap().lines[0].due, date(2026, 5, 29));
}

#[test]
fn moving_zones_never_brings_two_digests_on_one_local_day() {
    let mut case = Case::new();
    case.file.head.facts.zone = ZoneName::parse("Pacific/Auckland").unwrap();
    // 21:00 UTC is the next morning in Auckland.
    assert!(case.run("2026-02-21T21:00:00Z").digest.is_some());
    case.file.head.facts.zone = ZoneName::parse("America/Los_Angeles").unwrap();
    let other = case.catalogue.courses().next().unwrap().id;
    case.file.assignments.push(Assignment {
        round: kernel::AssignmentRound::FIRST.next(),
        ..manual(other, date(2026, 1, 1), date(2026, 2, 22))
    });
    let held = case.run("2026-02-22T17:00:00Z");
    assert!(held.digest.is_none());
    assert_eq!(held.file.head.next_at, Some(instant("2026-02-23T16:00:00Z")));
}

#[test]
fn a_send_hour_that_daylight_saving_skips_still_comes() {
    let mut case = Case::new();
    case.settings.send_hour = 2;
    case.file.assignments[0] = manual(case.file.assignments[0].course, date(2026, 3, 1), date(2026, 3, 29));
    case.run("2026-03-28T12:00:00Z");
    assert_eq!(case.file.head.next_at, Some(instant("2026-03-29T01:00:00Z")));
    assert_eq!(case.run("2026-03-29T01:00:00Z").digest.unwrap().lines[0].rung, 0);
}

#[test]
fn a_file_with_more_news_than_fits_is_brought_up_in_several_decisions() {
    let mut case = Case::new();
    let courses: Vec<_> = (0..25).map(|number| course(&format!("c{number:02}"), 1.0, &[], None)).collect();
    case.file.assignments = courses.iter().map(|it| manual(it.id, date(2026, 1, 1), date(2026, 3, 1))).collect();
    case.catalogue = catalogue(courses);
    let overdue = |case: &Case| case.file.assignments.iter().filter(|it| it.became_overdue.is_some()).count();
    let now = "2026-03-20T12:00:00Z";
    let first = case.run(now);
    assert_eq!((overdue(&case), first.digest.unwrap().lines.len()), (8, 15));
    assert_eq!(first.file.head.next_at, Some(instant(now)));
    for noticed in [16, 24] {
        assert!(case.run(now).digest.is_none());
        assert_eq!(overdue(&case), noticed);
    }
    let last = case.run(now);
    assert_eq!(overdue(&case), 25);
    assert_eq!(last.file.head.next_at, Some(instant("2026-03-21T07:00:00Z")));
    assert_eq!(case.run("2026-03-21T07:00:00Z").digest.unwrap().lines.len(), 10);
}

/// A verified certificate with a last valid day.
fn ending(expires: Date) -> Certificate {
    let (issued, verified) = (date(2025, 1, 1), CertificateState::Verified);
    samples::certificate(samples::external(issued, Some(expires)), verified, issued)
}

const ZONES: [&str; 4] = ["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu"];

#[derive(Debug, Clone)]
enum Step {
    /// Some hours pass and a run comes by.
    Run {
        hours: u32,
        ignore_send_hour: bool,
    },
    /// The same run again.
    Again,
    /// A run that was late: it carries an earlier moment.
    Stale {
        hours: u32,
    },
    Mode(MailMode),
    Move(usize),
    Away {
        from: i32,
        days: i32,
    },
    Extend {
        days: i32,
    },
    Assign {
        due: i32,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1u32..200, any::<bool>()).prop_map(|(hours, ignore_send_hour)| Step::Run { hours, ignore_send_hour }),
        2 => Just(Step::Again),
        1 => (1u32..100).prop_map(|hours| Step::Stale { hours }),
        1 => prop_oneof![Just(MailMode::Off), Just(MailMode::Preview), Just(MailMode::On)].prop_map(Step::Mode),
        1 => (0usize..4).prop_map(Step::Move),
        1 => (-5i32..20, 0i32..15).prop_map(|(from, days)| Step::Away { from, days }),
        1 => (1i32..40).prop_map(|days| Step::Extend { days }),
        1 => (0i32..60).prop_map(|due| Step::Assign { due }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the order, repetition and gaps of runs: a rung is told once for an assignment and due date, and for a
    /// certificate and its last valid day, never after a later one; one digest a local day, of courses and certificates;
    /// deciding again changes nothing; the next moment lies ahead.
    #[test]
    fn every_rung_at_most_once_and_one_digest_a_day(start in 0i64..24, steps in prop::collection::vec(step(), 1..60)) {
        let one = course("one", 2.0, &[], Some(6));
        let two = course("two", 2.0, &[one.id], None);
        let mut case = Case::new();
        case.file.assignments = vec![
            manual(one.id, date(2026, 1, 1), date(2026, 2, 10)), manual(two.id, date(2026, 1, 1), date(2026, 3, 30)),
        ];
        case.settings.escalation_countries = ["DE".to_owned()].into();
        case.catalogue = catalogue(vec![one, two]);
        case.file.certificates = [40, 120].map(|days| ending(plus(date(2026, 1, 5), days))).into();
        let mut now = instant("2026-01-05T00:00:00Z") + SignedDuration::from_hours(start);
        let (mut told, mut days) = (BTreeSet::new(), BTreeSet::new());
        let mut latest = std::collections::BTreeMap::new();
        let mut ends = std::collections::BTreeMap::new();
        let mut telling = Telling::Now { ignore_send_hour: false };
        for step in steps {
            let today = case.file.head.facts.today(now);
            let mut at = now;
            match step {
                Step::Run { hours, ignore_send_hour } => {
                    now += SignedDuration::from_hours(i64::from(hours));
                    at = now;
                    telling = Telling::Now { ignore_send_hour };
                }
                Step::Again => {}
                Step::Stale { hours } => at -= SignedDuration::from_hours(i64::from(hours)),
                Step::Mode(mode) => case.mail.mode = mode,
                Step::Move(zone) => case.file.head.facts.zone = ZoneName::parse(ZONES[zone]).unwrap(),
                Step::Away { from, days } => {
                    let from = plus(today, from);
                    case.file.head.facts.absences.push(DateSpan::new(from, Some(plus(from, days))).unwrap());
                }
                Step::Extend { days } => if let Some(it) = case.file.assignments.iter_mut().find(|it| it.is_open()) {
                    it.due = plus(today, days);
                    it.counted_from = today;
                },
                Step::Assign { due } => {
                    let other = case.catalogue.courses().last().unwrap().id;
                    if case.file.open(other).is_none() {
                        let round = case.file.next_round(other);
                        case.file.assignments.push(Assignment { round, ..manual(other, today, plus(today, due)) });
                    }
                }
            }
            let decision = case.decide(at, telling);
            case.file = decision.file.clone();
            let again = case.decide(at, telling);
            prop_assert_eq!(&again.file, &decision.file);
            prop_assert!(again.happened.is_empty() && again.digest.is_none());
            if let Some(next) = decision.file.head.next_at {
                prop_assert!(next > at, "{} is not after {}", next, at);
            }
            if let Some(digest) = decision.digest {
                prop_assert!(!digest.lines.is_empty() || !digest.certificates.is_empty());
                for line in &digest.certificates {
                    let before = ends.insert((digest.real, line.certificate_id, line.expires), line.rung);
                    prop_assert!(before.is_none_or(|before| before < line.rung), "{:?} after {:?}", line, before);
                    prop_assert!(line.rung <= -line.days_left && line.days_left >= 0);
                }
                prop_assert_eq!(digest.date, case.file.head.facts.today(at));
                prop_assert!(case.file.head.facts.is_reachable(digest.date));
                prop_assert!(days.insert((digest.real, digest.date)), "two digests on {}", digest.date);
                for line in &digest.lines {
                    let about = (digest.real, line.course_id, line.round, line.due);
                    prop_assert!(told.insert((about, line.rung)), "{:?} told twice", line);
                    prop_assert!(latest.insert(about, line.rung).is_none_or(|before| before < line.rung));
                    let assignment = case.file.assignment(line.course_id, line.round).unwrap();
                    let status = case.file.status(assignment, &case.settings, digest.date);
                    prop_assert!(matches!(status, Status::Open | Status::Overdue));
                }
            }
        }
    }

    /// Between a moment and the next one nothing changes: a run that comes by earlier finds nothing to do.
    #[test]
    fn nothing_changes_before_the_next_moment(
        zone in 0usize..4, due in 5i32..50, away in 0i32..40, length in 0i32..20, end in 20i32..130, probe in 1u32..99
    ) {
        let mut case = Case::new();
        let one = course("one", 2.0, &[], Some(2));
        case.catalogue = catalogue(vec![one.clone()]);
        case.file.completions.push(done(one.id, date(2025, 12, 20)));
        let other = course("other", 1.0, &[], None);
        case.file.assignments = vec![manual(other.id, date(2026, 1, 1), plus(date(2026, 1, 1), due))];
        case.file.certificates = vec![ending(plus(date(2026, 1, 1), end))];
        case.file.head.facts.zone = ZoneName::parse(ZONES[zone]).unwrap();
        let from = plus(date(2026, 1, 3), away);
        case.file.head.facts.absences = vec![DateSpan::new(from, Some(plus(from, length))).unwrap()];
        let telling = Telling::Now { ignore_send_hour: false };
        let mut now = instant("2026-01-02T12:00:00Z");
        for _ in 0..25 {
            let decision = case.decide(now, telling);
            case.file = decision.file;
            let Some(next) = case.file.head.next_at else { break };
            let between = now + SignedDuration::from_secs((next - now).total(jiff::Unit::Second).unwrap() as i64 * i64::from(probe) / 100);
            let facts = &case.file.head.facts;
            if facts.today(between) < facts.today(next) {
                let early = case.decide(between, telling);
                prop_assert!(early.digest.is_none() && early.happened.is_empty());
                prop_assert_eq!(early.file, case.file.clone());
            }
            now = next;
        }
    }
}

#[test]
fn a_digest_without_anything_required_can_be_declined_and_nothing_else() {
    let mut case = Case::new();
    let second = course("two", 2.0, &[], None);
    case.file.assignments.push(manual(second.id, date(2026, 1, 1), plus(DUE, 3)));
    case.catalogue = catalogue(case.catalogue.courses().cloned().chain([second]).collect());
    case.file.assignments[0].required = false;
    let before = case.file.clone();
    let optional = case.run("2026-01-30T12:00:00Z").digest.unwrap();
    assert_eq!((optional.lines.len(), optional.opt_out), (1, Some(0)));
    let model = optional.mail(case.file.person(), instant("2026-01-30T12:00:00Z")).model;
    assert_eq!(model["opt_out"], "0");

    case.file = before;
    case.file.head.declines_optional = true;
    assert!(case.run("2026-01-30T12:00:00Z").digest.is_none());
    // What is declined waits for no run, and comes along when something required is told.
    assert!(case.file.head.next_at.unwrap() > instant("2026-01-30T12:00:00Z"));
    let mixed = case.run("2026-02-02T12:00:00Z").digest.unwrap();
    assert_eq!((mixed.lines.len(), mixed.opt_out), (2, None));
    assert!(mixed.mail(case.file.person(), instant("2026-02-02T12:00:00Z")).model.get("opt_out").is_none());
}
