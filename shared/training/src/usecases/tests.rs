//! Use cases over a store in memory: what each writes and says, twice, and when races are lost.

use futures::executor::block_on;
use jiff::{Timestamp, civil::date};
use kernel::{CourseId, MailMode, PersonId, Principal};

use super::{
    Call, Made, boxes, links,
    links::LinkAnswer,
    people,
    records::{self, Report},
    remind, work,
};
use crate::{
    TrainingError,
    model::{AskKind, BoxKind, CompletionSource, FreeText, LinkClaims, Percent, Status},
    samples::{World, catalogue, cause, course, facts, instant},
};

const START: &str = "2026-01-05T12:00:00Z";

struct House {
    world: World,
    ada: PersonId,
    boss: PersonId,
    course: CourseId,
}

/// Ada is asked for one course by 1 March; her manager is there.
fn house() -> House {
    let one = course("one", 2.0, &[], None);
    let course = one.id;
    let world = World::new(catalogue(vec![one]));
    let boss = world.hire(facts("Europe/Berlin"));
    let ada = world.hire(crate::model::Facts { manager: Some(boss), ..facts("Europe/Berlin") });
    let ask = work::Assign { person: ada, course, due: Some(date(2026, 3, 1)), required: true };
    block_on(work::assign(&world.desk(), ask, &Call::of(&by_program(START)))).unwrap();
    House { world, ada, boss, course }
}

fn by_program(at: &str) -> kernel::Cause {
    cause(instant(at), Principal::Program)
}

fn self_report(house: &House) -> Report {
    Report {
        person: house.ada,
        course: house.course,
        on: date(2026, 1, 5),
        source: CompletionSource::SelfReport,
        score: None,
    }
}

impl House {
    fn status(&self, day: jiff::civil::Date) -> Status {
        let file = self.world.stored(self.ada);
        file.status(file.latest(self.course).unwrap(), &self.world.settings, day)
    }

    fn remind(&self, at: &str) -> remind::Reminded {
        block_on(remind::remind_person(&self.world.desk(), self.ada, false, &by_program(at))).unwrap()
    }

    fn claims(&self) -> LinkClaims {
        let file = self.world.stored(self.ada);
        let open = file.open(self.course).unwrap();
        LinkClaims { person: self.ada, course: self.course, round: open.round, nonce: open.nonce }
    }

    fn answer(&self, claims: &LinkClaims, answer: LinkAnswer) -> Result<super::Receipt, TrainingError> {
        let cause = cause(instant("2026-01-06T12:00:00Z"), Principal::Person(self.ada));
        block_on(links::act(&self.world.desk(), claims, answer, &Call::of(&cause)))
    }
}

#[test]
fn assigning_twice_is_once_and_another_date_is_a_conflict() {
    let house = house();
    let again = work::Assign { person: house.ada, course: house.course, due: Some(date(2026, 3, 1)), required: true };
    let receipt = block_on(work::assign(&house.world.desk(), again, &Call::of(&by_program(START)))).unwrap();
    assert!(!receipt.changed && matches!(receipt.made, Made::Assignment(..)));
    let other = work::Assign { due: Some(date(2026, 4, 1)), ..again };
    let refused = block_on(work::assign(&house.world.desk(), other, &Call::of(&by_program(START))));
    assert!(matches!(refused, Err(TrainingError::AlreadyAssigned(_))));
}

#[test]
fn a_lost_race_is_decided_again_but_not_for_ever() {
    let house = house();
    house.world.lose_races(3);
    block_on(work::cancel(&house.world.desk(), house.ada, house.course, &Call::of(&by_program(START)))).unwrap();
    let house = self::house();
    house.world.lose_races(4);
    let lost = block_on(work::cancel(&house.world.desk(), house.ada, house.course, &Call::of(&by_program(START))));
    assert!(lost.is_err());
}

#[test]
fn a_self_report_outside_the_sample_counts_at_once() {
    let mut house = house();
    house.world.settings.sample_percent = Percent::new(0).unwrap();
    let receipt =
        block_on(records::report_completion(&house.world.desk(), self_report(&house), &Call::of(&by_program(START))))
            .unwrap();
    assert_eq!(house.status(date(2026, 1, 5)), Status::Completed);
    assert_eq!(receipt.file.head.standing.map(|it| it.valid), Some(1));
}

#[test]
fn whoever_was_drawn_once_is_not_drawn_for_again_by_naming_another_day() {
    let mut house = house();
    house.world.settings.sample_percent = Percent::FULL;
    let report = |house: &House, on| {
        let report = Report { on, ..self_report(house) };
        let receipt =
            block_on(records::report_completion(&house.world.desk(), report, &Call::of(&by_program(START)))).unwrap();
        let Made::Completion(id) = receipt.made else { panic!("a completion") };
        id
    };
    let first = report(&house, date(2026, 1, 5));
    house.world.settings.sample_percent = Percent::new(0).unwrap();
    let second = report(&house, date(2026, 1, 4));
    assert_eq!(house.status(date(2026, 1, 5)), Status::Waiting);
    let security = cause(instant(START), Principal::Person(house.boss));
    for id in [first, second] {
        block_on(records::check(&house.world.desk(), house.ada, id, false, &Call::of(&security))).unwrap();
    }
    report(&house, date(2026, 1, 3));
    assert_eq!(house.status(date(2026, 1, 5)), Status::Waiting);
}

#[test]
fn a_sampled_report_is_never_overdue_and_refused_the_ladder_resumes() {
    let mut house = house();
    house.world.settings.sample_percent = Percent::FULL;
    let report = self_report(&house);
    let receipt =
        block_on(records::report_completion(&house.world.desk(), report, &Call::of(&by_program(START)))).unwrap();
    let Made::Completion(id) = receipt.made else { panic!("a completion") };
    house.remind("2026-04-20T12:00:00Z");
    assert_eq!(house.status(date(2026, 4, 20)), Status::Waiting);
    assert!(house.world.mails().is_empty());
    let own = cause(instant("2026-04-20T12:00:00Z"), Principal::Person(house.ada));
    let refused = block_on(records::check(&house.world.desk(), house.ada, id, true, &Call::of(&own)));
    assert!(matches!(refused, Err(TrainingError::OwnThing)));
    let security = cause(instant("2026-04-20T12:00:00Z"), Principal::Person(house.boss));
    block_on(records::check(&house.world.desk(), house.ada, id, false, &Call::of(&security))).unwrap();
    // 55 days were left on the day of the report; the first that counts again is the day of the decision.
    let due = house.world.stored(house.ada).head.summary.next_due;
    assert_eq!(due, Some(date(2026, 6, 13)));
    let again = block_on(records::report_completion(&house.world.desk(), report, &Call::of(&security)));
    assert!(matches!(again, Err(TrainingError::RefusedBefore(_))));
}

#[test]
fn about_a_tenth_of_reports_is_sampled() {
    let ten = Percent::new(10).unwrap();
    let sampled =
        (0..20_000).filter(|_| records::is_sampled(kernel::CompletionId::new(Timestamp::UNIX_EPOCH), ten)).count();
    assert!((1_700..2_300).contains(&sampled), "{sampled}");
}

#[test]
fn an_extension_restarts_the_ladder_and_clears_the_boxes() {
    let house = house();
    for day in ["2026-03-05", "2026-03-08"] {
        house.remind(&format!("{day}T12:00:00Z"));
    }
    assert_eq!(house.world.stored(house.ada).assignments[0].lines.len(), 1);
    let boss = cause(instant("2026-03-09T12:00:00Z"), Principal::Person(house.boss));
    let reason = FreeText::parse("release").unwrap();
    let ask = work::Extend { person: house.ada, course: house.course, due: date(2026, 3, 20), reason };
    block_on(work::extend(&house.world.desk(), &ask, &Call::of(&boss))).unwrap();
    let file = house.world.stored(house.ada);
    assert!(file.assignments[0].lines.is_empty() && file.assignments[0].became_overdue.is_none());
    assert!(house.remind("2026-03-14T12:00:00Z").mailed);
    let own = cause(instant("2026-03-09T12:00:00Z"), Principal::Person(house.ada));
    assert!(matches!(block_on(work::extend(&house.world.desk(), &ask, &Call::of(&own))), Err(TrainingError::OwnThing)));
}

#[test]
fn a_link_acts_once_and_any_act_ends_it() {
    let house = house();
    let claims = house.claims();
    assert_eq!(
        block_on(links::look(&house.world.desk(), &claims, instant(START))).unwrap().due,
        Some(date(2026, 3, 1))
    );
    for day in [date(2026, 1, 5), date(2036, 1, 5)] {
        let refused = house.answer(&claims, LinkAnswer::MoreTime { until: Some(day) });
        assert!(matches!(refused, Err(TrainingError::Date(_))), "{day}");
    }
    let wished = Some(date(2026, 4, 1));
    house.answer(&claims, LinkAnswer::MoreTime { until: wished }).unwrap();
    for answer in [LinkAnswer::MoreTime { until: None }, LinkAnswer::Done { on: None }, LinkAnswer::NotMyRole] {
        assert!(matches!(house.answer(&claims, answer), Err(TrainingError::LinkEnded)));
    }
    // The manager reads of it in the next digest.
    let file = house.world.stored(house.ada);
    assert_eq!(file.assignments[0].ask.map(|ask| ask.kind), Some(AskKind::MoreTime));
    assert_eq!(file.assignments[0].ask.and_then(|ask| ask.until), wished);
    let mailed = block_on(boxes::digest_box(
        &house.world.desk(),
        house.boss,
        BoxKind::Manager,
        false,
        &by_program("2026-01-07T12:00:00Z"),
    ));
    assert!(mailed.unwrap());
    let mail = &house.world.mails()[0];
    let told = &mail.model["people"][0]["courses"][0];
    assert_eq!((mail.person, told["ask"].as_str()), (house.boss, Some("more_time")));
    assert_eq!(told["wished"], "2026-04-01");
}

#[test]
fn on_leave_is_said_to_the_directory_and_done_completes() {
    let mut house = house();
    house.world.settings.sample_percent = Percent::new(0).unwrap();
    for from in [date(2026, 2, 2), date(2025, 12, 29)] {
        let refused = LinkAnswer::OnLeave { from: Some(from), until: date(2026, 2, 1) };
        assert!(matches!(house.answer(&house.claims(), refused), Err(TrainingError::Date(_))), "{from}");
    }
    let away = LinkAnswer::OnLeave { from: Some(date(2026, 1, 20)), until: date(2026, 2, 1) };
    house.answer(&house.claims(), away).unwrap();
    assert!(house.world.kinds().contains(&crate::events::ABSENCE_REPORTED.to_owned()));
    house.answer(&house.claims(), LinkAnswer::Done { on: None }).unwrap();
    assert_eq!(house.status(date(2026, 1, 6)), Status::Completed);
}

#[test]
fn a_box_is_told_weekly_and_its_owner_stands_in_for_nobody_about_themselves() {
    let mut house = house();
    for day in ["2026-03-05", "2026-03-08"] {
        house.remind(&format!("{day}T12:00:00Z"));
    }
    let before = house.world.mails().len();
    let digest = |house: &House, day: &str| {
        let cause = by_program(&format!("{day}T12:00:00Z"));
        block_on(boxes::digest_box(&house.world.desk(), house.boss, BoxKind::Manager, false, &cause)).unwrap()
    };
    assert!(digest(&house, "2026-03-08"));
    assert!(!digest(&house, "2026-03-08") && !digest(&house, "2026-03-14"));
    assert!(digest(&house, "2026-03-15"));
    assert_eq!(house.world.mails().len(), before + 2);
    // A real mail never carries what was only previewed.
    house.world.mail.mode = MailMode::Preview;
    assert!(digest(&house, "2026-03-22"));
    assert!(!house.world.mails().last().unwrap().deliver);
}

#[test]
fn an_escalation_names_no_team_that_is_too_small() {
    let mut house = house();
    let contact = house.world.hire(facts("Europe/Berlin"));
    house.world.settings.escalation_countries = [facts("Europe/Berlin").country].into();
    house.world.settings.security_contacts = vec![contact];
    for day in ["2026-03-05", "2026-03-26", "2026-03-30"] {
        house.remind(&format!("{day}T12:00:00Z"));
    }
    let mut told = |size: i64, day: &str| {
        house.world.team_size = size;
        let cause = by_program(&format!("{day}T12:00:00Z"));
        assert!(block_on(boxes::digest_box(&house.world.desk(), contact, BoxKind::Escalation, false, &cause)).unwrap());
        house.world.mails().last().unwrap().model["teams"].clone()
    };
    let (small, large) = (told(4, "2026-03-31"), told(5, "2026-04-07"));
    assert_eq!((small[0]["people"].as_i64(), small[0].get("team_id")), (Some(1), None));
    assert!(large[0]["people"] == 1 && large[0]["team_id"].is_string(), "{large}");
}

#[test]
fn older_facts_are_ignored_and_a_joiner_gets_a_plan() {
    let house = house();
    let new = crate::model::Facts { start: Some(date(2026, 1, 1)), ..facts("Europe/Berlin") };
    let joiner = house.world.hire(new);
    let cause = by_program(START);
    let receipt = block_on(people::on_person_changed(&house.world.desk(), joiner, &cause)).unwrap().unwrap();
    assert_eq!(receipt.file.assignments.len(), 1);
    let again = block_on(people::on_person_changed(&house.world.desk(), joiner, &cause)).unwrap().unwrap();
    assert!(!again.changed);
    let mut old = house.world.stored(joiner).head.facts;
    old.directory_version = kernel::Version::ABSENT;
    old.country = "FR".into();
    house.world.hire(old);
    let late = block_on(people::on_person_changed(&house.world.desk(), joiner, &cause)).unwrap().unwrap();
    assert!(!late.changed && late.file.head.facts.country == "DE");
}

#[test]
fn what_a_path_asks_later_is_planned_once_and_what_was_taken_back_stays_so() {
    let (one, two) = (course("one", 2.0, &[], None), course("two", 2.0, &[], None));
    let world = World::new(catalogue(Vec::new()));
    let ada = world.hire(facts("Europe/Berlin"));
    let cause = by_program(START);
    block_on(people::on_person_changed(&world.desk(), ada, &cause)).unwrap();
    let review =
        || block_on(people::review_page(&world.desk(), ada.shard(), kernel::Limit::MAX, None, &cause)).unwrap();
    world.publish(catalogue(vec![one.clone(), two.clone()]));
    assert_eq!((review().changed, world.stored(ada).assignments.len()), (1, 2));
    block_on(work::cancel(&world.desk(), ada, one.id, &Call::of(&cause))).unwrap();
    review();
    let file = world.stored(ada);
    assert!(file.open(one.id).is_none() && file.open(two.id).is_some());
    world.publish(catalogue(vec![one.clone()]));
    review();
    assert!(world.stored(ada).open(two.id).is_none());
}

#[test]
fn whoever_is_exempt_is_asked_when_the_exemption_is_over() {
    let one = course("one", 2.0, &[], None);
    let course = one.id;
    let world = World::new(catalogue(vec![one]));
    let ada = world.hire(facts("Europe/Berlin"));
    let call = by_program(START);
    let reason = FreeText::parse("taught it elsewhere").unwrap();
    let ask = records::Exempt { person: ada, course, reason, until: date(2026, 6, 1) };
    block_on(records::exempt(&world.desk(), &ask, &Call::of(&call))).unwrap();
    block_on(work::plan(&world.desk(), ada, &Call::of(&call))).unwrap();
    let file = world.stored(ada);
    let open = file.open(course).unwrap();
    let status = |day| file.status(open, &world.settings, day);
    assert_eq!((status(date(2026, 6, 1)), status(date(2026, 6, 2))), (Status::Exempt, Status::Open));
    assert_eq!(status(date(2026, 7, 1)), Status::Overdue);
}

#[test]
fn forgetting_takes_the_contribution_away() {
    let house = house();
    assert!(block_on(people::forget(&house.world.desk(), house.ada, &by_program(START))).unwrap());
    assert!(!house.world.exists(house.ada));
    let events = house.world.events();
    let last = events.iter().rev().find(|event| event.kind == crate::events::STANDING_CHANGED).unwrap();
    assert!(last.data["to"].is_null() && last.data["from"]["counted"] == true);
}

#[test]
fn events_carry_no_words_of_people() {
    let house = house();
    let reason = FreeText::parse("a private reason").unwrap();
    let ask = records::Exempt { person: house.ada, course: house.course, reason, until: date(2026, 6, 1) };
    block_on(records::exempt(&house.world.desk(), &ask, &Call::of(&by_program(START)))).unwrap();
    for event in house.world.events() {
        assert!(!serde_json::to_string(&event).unwrap().contains("private"));
        assert!(crate::events::ALL.contains(&event.kind.as_str()));
    }
}

#[test]
fn a_page_stops_when_the_mails_run_out_and_the_rest_stays_due() {
    let house = house();
    let shard = house.ada.shard();
    let until = instant("2026-02-10T12:00:00Z");
    let page = |budget| remind::PageOf {
        shard,
        until,
        after: None,
        limit: kernel::Limit::MAX,
        ignore_send_hour: false,
        budget,
    };
    let cause = by_program("2026-02-10T12:00:00Z");
    let none = block_on(remind::remind_page(&house.world.desk(), page(0), &cause)).unwrap();
    assert!(none.budget_exhausted && none.counts.mails == 0);
    let done = block_on(remind::remind_page(&house.world.desk(), page(5), &cause)).unwrap();
    assert_eq!((done.counts.mails, done.budget_exhausted), (1, false));
}

#[test]
fn who_declines_optional_digests_gets_none_and_the_link_ends() {
    let house = house();
    block_on(work::cancel(&house.world.desk(), house.ada, house.course, &Call::of(&by_program(START)))).unwrap();
    let ask = work::Assign { person: house.ada, course: house.course, due: Some(date(2026, 3, 1)), required: false };
    block_on(work::assign(&house.world.desk(), ask, &Call::of(&by_program(START)))).unwrap();
    assert!(house.remind("2026-01-31T12:00:00Z").mailed);
    assert_eq!(house.world.mails()[0].model["opt_out"], "0");

    let ada = cause(instant("2026-02-01T12:00:00Z"), Principal::Person(house.ada));
    let decline = |nonce| block_on(links::opt_out(&house.world.desk(), house.ada, nonce, &Call::of(&ada)));
    assert!(matches!(decline(7), Err(TrainingError::LinkEnded)));
    assert_eq!(block_on(links::look_opt_out(&house.world.desk(), house.ada, 0)).unwrap().language, "en");
    assert!(decline(0).unwrap().changed);
    assert!(matches!(decline(0), Err(TrainingError::LinkEnded)));
    for day in ["2026-02-22", "2026-02-28", "2026-03-01", "2026-03-05"] {
        assert!(!house.remind(&format!("{day}T12:00:00Z")).mailed, "{day}");
    }
    assert_eq!(house.world.mails().len(), 1);

    // The same link takes it back, once.
    assert!(block_on(links::look_opt_out(&house.world.desk(), house.ada, 0)).unwrap().declined);
    let resume = |nonce| block_on(links::opt_in(&house.world.desk(), house.ada, nonce, &Call::of(&ada)));
    assert!(matches!(resume(1), Err(TrainingError::LinkEnded)));
    assert!(resume(0).unwrap().changed);
    for ended in [resume(0), decline(0)] {
        assert!(matches!(ended, Err(TrainingError::LinkEnded)));
    }
    assert!(house.remind("2026-03-15T12:00:00Z").mailed);
    assert_eq!(house.world.mails()[1].model["opt_out"], "2");
    let kinds = house.world.kinds();
    let said = |kind: &str| kinds.iter().filter(|it| *it == kind).count();
    assert_eq!((said("training.optional_declined"), said("training.optional_resumed")), (1, 1));
}

#[test]
fn nobody_puts_themselves_on_a_roster() {
    let house = house();
    let own = cause(instant(START), Principal::Person(house.ada));
    let people = [house.boss, house.ada];
    let call = Call::of(&own);
    let refused = block_on(records::record_roster(&house.world.desk(), house.course, date(2026, 1, 5), &people, &call));
    assert!(matches!(refused, Err(TrainingError::OwnThing)));
    assert!(house.world.stored(house.ada).completions.is_empty());
}

#[test]
fn a_roster_is_looked_through_before_anybody_is_recorded() {
    let house = house();
    let by = by_program(START);
    let stranger = crate::samples::person();
    let roster = |people: &[PersonId], on| {
        block_on(records::record_roster(&house.world.desk(), house.course, on, people, &Call::of(&by)))
    };
    let refused = roster(&[house.ada, stranger], date(2026, 1, 5));
    assert!(matches!(refused, Err(TrainingError::UnknownPeople(unknown)) if unknown == [stranger]));
    assert!(matches!(roster(&[house.ada], date(2026, 1, 9)), Err(TrainingError::Date(_))));
    assert!(house.world.stored(house.ada).completions.is_empty());
}

#[test]
fn no_date_lies_in_another_life() {
    let house = house();
    let cause = by_program(START);
    let ask = work::Extend {
        person: house.ada,
        course: house.course,
        due: date(9999, 12, 31),
        reason: FreeText::parse("later").unwrap(),
    };
    let refused = block_on(work::extend(&house.world.desk(), &ask, &Call::of(&cause)));
    assert!(matches!(refused, Err(TrainingError::Date(_))));
}
