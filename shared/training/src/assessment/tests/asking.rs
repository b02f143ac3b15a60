//! Who is asked to take which test, when, and how often.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
};
use kernel::{AssessmentId, DateSpan, MailMode, ZoneName};

use super::section;
use crate::{
    MailSwitch, Settings,
    assessment::{
        Assessment, AssessmentCode, Purpose, Round, Terms,
        asking::{Heard, due, utc_day},
        samples::terms,
    },
    certificates::{CertificateState, samples},
    model::{Catalogue, LearnerFile},
    rules::{Context, Decision, Telling, decide},
    samples::{catalogue, facts, instant},
};

fn test(code: &str, purpose: Purpose, area: &str) -> Assessment {
    let terms = Terms { sections: vec![section(area, 2), section("elsewhere", 1)], ..terms(purpose, None) };
    Assessment {
        id: AssessmentId::new(Timestamp::UNIX_EPOCH),
        code: AssessmentCode::parse(code).unwrap(),
        terms,
        version: kernel::Version::FIRST,
    }
}

struct Case {
    file: LearnerFile,
    catalogue: Catalogue,
    settings: Settings,
    mail: MailSwitch,
}

impl Case {
    /// A developer, of whom these tests alone can be asked.
    fn of(tests: impl IntoIterator<Item = Assessment>) -> Self {
        let catalogue = catalogue(Vec::new()).with_tests(tests);
        let file = LearnerFile::new(facts("Europe/Berlin"));
        Self { file, catalogue, settings: Settings::default(), mail: MailSwitch::on() }
    }

    fn run_as(&mut self, now: Timestamp, telling: Telling) -> Decision {
        let next_manager = None;
        let Self { catalogue, settings, mail, .. } = self;
        let decision = decide(&self.file, &Context { catalogue, settings, mail, now, telling, next_manager, taken: 0 });
        self.file = decision.file.clone();
        decision
    }

    fn run(&mut self, now: &str) -> Decision {
        self.run_as(instant(now), Telling::Now { ignore_send_hour: false })
    }

    /// The tests that a run asks for.
    fn asked(&mut self, now: &str) -> Vec<(Purpose, Option<Date>)> {
        let told = self.run(now).digest.map(|digest| digest.tests).unwrap_or_default();
        told.into_iter().map(|line| (line.purpose, line.until)).collect()
    }

    fn next(&self) -> Option<Timestamp> {
        self.file.head.next_at
    }
}

const QUARTER: (Purpose, Option<Date>) = (Purpose::Quarterly, Some(date(2026, 3, 31)));
const YEAR: (Purpose, Option<Date>) = (Purpose::Annual, Some(date(2026, 12, 31)));
const START: (Purpose, Option<Date>) = (Purpose::Initial, None);

fn all() -> [Assessment; 3] {
    [
        test("year", Purpose::Annual, "secure-coding"),
        test("start", Purpose::Initial, "secure-coding"),
        test("quarter", Purpose::Quarterly, "threat-modelling"),
    ]
}

#[test]
fn each_test_is_asked_for_once_in_its_period() {
    let mut case = Case::of(all());
    let digest = case.run("2026-03-02T12:00:00Z").digest.unwrap();
    assert!(digest.lines.is_empty() && digest.opt_out.is_none());
    let said: Vec<_> = digest.tests.iter().map(|line| (line.purpose, line.until)).collect();
    assert_eq!(said, [START, QUARTER, YEAR]);
    assert_eq!((digest.tests[0].questions, digest.tests[0].minutes), (3, 30));
    // The next quarter begins, and with it the next look.
    assert_eq!(case.next(), Some(instant("2026-04-01T06:00:00Z")));
    assert_eq!(case.asked("2026-03-02T13:00:00Z"), []);
    assert_eq!(case.asked("2026-03-31T12:00:00Z"), []);
    assert_eq!(case.asked("2026-04-01T06:00:00Z"), [(Purpose::Quarterly, Some(date(2026, 6, 30)))]);
    assert_eq!(case.asked("2026-12-31T12:00:00Z"), [(Purpose::Quarterly, Some(date(2026, 12, 31)))]);
    let asked = case.asked("2027-01-01T12:00:00Z");
    assert_eq!(asked.iter().map(|it| it.0).collect::<Vec<_>>(), [Purpose::Quarterly, Purpose::Annual]);
    // What is over is forgotten.
    assert_eq!(case.file.head.tests.len(), 3);
}

#[test]
fn a_test_is_asked_of_whom_it_is_about() {
    let retired = |mut test: Assessment| {
        test.terms.retired = true;
        test
    };
    let mut case = Case::of([
        test("cloud", Purpose::Quarterly, "cloud-security"),
        retired(test("old", Purpose::Quarterly, "secure-coding")),
    ]);
    assert_eq!((case.asked("2026-03-02T12:00:00Z"), case.next()), (Vec::new(), None));
    // Others work in the cloud; and then the program asks developers to know it, too.
    case.settings = Settings::parse(r#"{"competency_targets": {"developer": {"cloud-security": 41}}}"#).unwrap();
    assert_eq!(case.asked("2026-03-02T12:00:00Z"), [QUARTER]);
    // Who runs the program may read what is right.
    let me = case.file.person();
    for (contacts, admins) in [(vec![me], vec![]), (vec![], vec![me])] {
        let mut case = Case::of(all());
        case.file.head.facts.person = me;
        (case.settings.security_contacts, case.settings.program_admins) = (contacts, admins);
        assert_eq!((case.asked("2026-03-02T12:00:00Z"), case.next()), (Vec::new(), None));
    }
    case.settings = Settings::parse(r#"{"competency_targets": {}}"#).unwrap();
    assert_eq!(case.asked("2026-04-02T12:00:00Z"), []);
}

#[test]
fn the_initial_test_stands_for_the_others_of_the_period_in_which_somebody_joins() {
    let joins = Some(date(2026, 2, 10));
    let mut case = Case::of(all());
    case.file.head.facts.start = joins;
    assert_eq!(case.asked("2026-02-09T12:00:00Z"), []);
    assert_eq!(case.next(), Some(instant("2026-02-10T07:00:00Z")));
    assert_eq!(case.asked("2026-02-10T07:00:00Z"), [START]);
    assert_eq!(case.asked("2026-04-01T12:00:00Z"), [(Purpose::Quarterly, Some(date(2026, 6, 30)))]);
    assert_eq!(case.asked("2027-01-01T12:00:00Z").len(), 2);
    // Where there is none for them, nothing stands for the others.
    let mut case = Case::of(all().into_iter().filter(|it| it.terms.purpose != Purpose::Initial));
    case.file.head.facts.start = joins;
    assert_eq!(case.asked("2026-02-10T07:00:00Z"), [QUARTER, YEAR]);
    // Who joins on the first day of a period joins in it, and who joined the day before does not.
    for (joined, asked) in [(date(2026, 1, 1), vec![START]), (date(2025, 12, 31), vec![START, QUARTER, YEAR])] {
        let mut case = Case::of(all());
        case.file.head.facts.start = Some(joined);
        assert_eq!(case.asked("2026-02-10T07:00:00Z"), asked, "{joined}");
    }
}

#[test]
fn whoever_comes_back_is_asked_like_everybody() {
    let mut case = Case::of(all());
    case.file.head.facts.start = Some(date(2025, 3, 3));
    assert_eq!(case.asked("2025-03-10T12:00:00Z"), [START]);
    case.file.head.facts.leave = Some(date(2025, 12, 31));
    assert_eq!(case.asked("2026-01-05T12:00:00Z"), []);
    // The initial test of the earlier stay is not asked for again, and stands for nothing in this one.
    let back = Some(date(2026, 2, 10));
    (case.file.head.facts.start, case.file.head.facts.leave, case.file.head.returned_on) = (back, None, back);
    assert_eq!(case.asked("2026-02-09T12:00:00Z"), []);
    let earlier = case.file.clone();
    assert_eq!(case.asked("2026-02-10T07:00:00Z"), [QUARTER, YEAR]);
    // A first day that is put right makes nobody new.
    case.file = earlier;
    case.file.head.facts.start = Some(date(2026, 2, 12));
    assert_eq!(case.asked("2026-02-12T07:00:00Z"), [QUARTER, YEAR]);
}

#[test]
fn absence_and_leave_are_respected() {
    let mut case = Case::of(all());
    case.file.head.facts.absences = vec![DateSpan::new(date(2026, 2, 20), Some(date(2026, 3, 8))).unwrap()];
    assert_eq!(case.asked("2026-03-02T12:00:00Z"), []);
    assert_eq!(case.next(), Some(instant("2026-03-09T07:00:00Z")));
    assert_eq!(case.asked("2026-03-09T07:00:00Z").len(), 3);
    let mut gone = Case::of(all());
    gone.file.head.facts.leave = Some(date(2026, 3, 1));
    assert_eq!((gone.asked("2026-03-02T12:00:00Z"), gone.next()), (Vec::new(), None));
}

#[test]
fn a_mail_mode_that_tells_nothing_uses_nothing_up() {
    let mut case = Case::of(all());
    case.mail = MailSwitch::default();
    assert_eq!(case.asked("2026-03-02T12:00:00Z"), []);
    case.mail.mode = MailMode::Preview;
    let preview = case.run("2026-03-03T12:00:00Z").digest.unwrap();
    assert!(!preview.real && preview.tests.len() == 3);
    assert_eq!(case.asked("2026-03-04T12:00:00Z"), []);
    case.mail = MailSwitch::on();
    assert_eq!(case.asked("2026-03-04T12:00:00Z").len(), 3);
    assert_eq!(case.asked("2026-03-05T12:00:00Z"), []);
}

#[test]
fn whoever_started_an_attempt_is_not_asked() {
    let mut case = Case::of(all());
    let at = instant("2026-03-02T09:00:00Z");
    let tests: Vec<(AssessmentId, Round)> = due(&case.file.head, &case.catalogue, &case.settings, at)
        .into_iter()
        .map(|due| (due.assessment.id, due.round))
        .collect();
    let (id, round) = &tests[1];
    assert!(case.file.head.heard(*id, round, Heard::Started, at));
    assert!(!case.file.head.heard(*id, round, Heard::Started, at), "nothing new");
    assert_eq!(case.asked("2026-03-02T12:00:00Z"), [START, YEAR]);
    assert_eq!(case.asked("2026-04-01T12:00:00Z").len(), 1);
    // An attempt of a quarter that is over says nothing of this one.
    assert!(!case.file.head.heard(*id, round, Heard::Started, instant("2026-04-02T09:00:00Z")));
}

#[test]
fn tests_join_what_is_told_anyway_and_are_no_offer_that_can_be_declined() {
    let mut case = Case::of(all());
    case.file.head.declines_optional = true;
    let ending = samples::external(date(2024, 4, 1), Some(date(2026, 4, 1)));
    case.file.certificates = vec![samples::certificate(ending, CertificateState::Verified, date(2024, 4, 1))];
    let digest = case.run("2026-03-02T12:00:00Z").digest.unwrap();
    assert_eq!((digest.certificates.len(), digest.tests.len()), (1, 3));
    let mut alone = Case::of(all());
    alone.file.head.declines_optional = true;
    assert_eq!(alone.asked("2026-03-02T12:00:00Z").len(), 3);
}

#[test]
fn more_tests_than_a_mail_holds_wait_a_day() {
    let mut case = Case::of((0..7).map(|number| test(&format!("q{number}"), Purpose::Quarterly, "secure-coding")));
    assert_eq!(case.asked("2026-03-02T12:00:00Z").len(), 3);
    assert_eq!(case.next(), Some(instant("2026-03-03T07:00:00Z")));
    assert_eq!(case.asked("2026-03-03T07:00:00Z").len(), 3);
    assert_eq!(case.asked("2026-03-04T07:00:00Z").len(), 1);
    assert_eq!(case.next(), Some(instant("2026-04-01T06:00:00Z")));
}

/// Whoever is looked at only when the file says so hears of every period once, and within its first days, wherever they
/// are and whatever the send hour.
#[test]
fn every_period_is_told_once_by_the_moments_that_the_file_names() {
    for zone in ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo", "America/New_York"] {
        for hour in [0, 8, 23] {
            let mut case = Case::of(all());
            case.settings.send_hour = hour;
            case.file.head.facts.zone = ZoneName::parse(zone).unwrap();
            let mut told: Vec<(Round, Date)> = Vec::new();
            let mut at = instant("2026-01-20T00:00:00Z");
            case.run_as(at, Telling::Later);
            for _ in 0..40 {
                at = case.next().unwrap();
                let day = case.file.head.facts.today(at);
                let digest = case.run_as(at, Telling::Now { ignore_send_hour: false }).digest;
                for line in digest.into_iter().flat_map(|digest| digest.tests) {
                    told.push((Round::of(line.purpose, None, utc_day(at)), day));
                    assert!(
                        line.until.is_none_or(|until| until >= day || until.tomorrow().unwrap() == day),
                        "{zone} {hour}"
                    );
                }
                if at > instant("2028-01-03T12:00:00Z") {
                    break;
                }
            }
            let rounds: Vec<Round> = told.iter().map(|it| it.0.clone()).collect();
            let named = |round: &str| rounds.iter().filter(|it| serde_json::json!(it) == round).count();
            for round in ["once", "2026", "2026-q1", "2026-q2", "2026-q3", "2026-q4", "2027", "2027-q1", "2027-q4"] {
                assert_eq!(named(round), 1, "{zone} {hour} {round}: {told:?}");
            }
            for (round, first) in [("2026-q3", date(2026, 7, 1)), ("2027", date(2027, 1, 1))] {
                let (_, day) = told.iter().find(|it| serde_json::json!(it.0) == round).unwrap();
                assert!(*day >= first && *day <= first.tomorrow().unwrap(), "{zone} {hour} {round} {day}");
            }
        }
    }
}

/// A change of a file about a period's edge, before or after midnight here or in UTC, loses nothing: whoever is looked
/// at then, and afterwards when the file says so, hears of the period once.
#[test]
fn a_period_is_told_whenever_a_file_is_changed_about_its_edge() {
    let (first, end) = (date(2026, 4, 1), instant("2026-06-01T00:00:00Z"));
    for zone in ["Asia/Singapore", "Asia/Kolkata", "Europe/Berlin", "UTC", "America/New_York"] {
        for (hour, half_hours) in [0, 8, 23].into_iter().flat_map(|hour| (-72..=72).map(move |half| (hour, half))) {
            let mut case = Case::of(all());
            case.settings.send_hour = hour;
            case.file.head.facts.zone = ZoneName::parse(zone).unwrap();
            case.run_as(instant("2026-03-02T12:00:00Z"), Telling::Now { ignore_send_hour: true });
            let at = instant("2026-04-01T00:00:00Z") + SignedDuration::from_mins(30 * half_hours);
            let changed_on = case.file.head.facts.today(at);
            case.run_as(at, Telling::Later);
            let mut told = Vec::new();
            for _ in 0..9 {
                // What was due before the change still is.
                let Some(next) = case.next().filter(|next| *next < end).map(|next| next.max(at)) else { break };
                let digest = case.run_as(next, Telling::Now { ignore_send_hour: false }).digest;
                let day = case.file.head.facts.today(next);
                told.extend(digest.into_iter().flat_map(|digest| digest.tests).map(|line| (line.purpose, day)));
            }
            let [(Purpose::Quarterly, day)] = told[..] else { panic!("{zone} {hour} {at}: {told:?}") };
            assert!(day <= changed_on.max(first.tomorrow().unwrap()), "{zone} {hour} {at} {day}");
        }
    }
}

#[test]
fn a_file_of_whom_nothing_was_asked_stores_nothing_of_it() {
    let file = LearnerFile::new(facts("UTC"));
    assert!(!serde_json::to_string(&file.head).unwrap().contains("\"tests\""));
}
