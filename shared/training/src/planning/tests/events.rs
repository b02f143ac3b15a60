//! What events do to offers and plans, over a store in memory: once, and told once.

use futures::executor::block_on;
use kernel::{Commit, MailMode, PersonId, Principal};
use serde_json::Value;

use super::*;
use crate::{
    TrainingWriter, Write,
    events::{CHECKED_IN, PERSON_LEFT},
    model::{CompletionSource, LinkClaims, NewsCause},
    planning::{onboarding::Onboarding, usecases::PlanDesk},
    samples::{World, cause},
    usecases::{
        Call,
        links::{self, LinkAnswer},
        people,
        records::{self, Report},
        remind, work,
    },
};

/// Ada, a developer, with a course for area `a` in the catalogue.
struct House {
    world: World,
    ada: PersonId,
    course: CourseId,
}

fn house(mail: MailMode) -> House {
    let one = teaches("one", 2.0, "a", &[]);
    let course = one.id;
    let mut world = World::new(offering(&[&one], &[]));
    world.settings = asking(&["a"]);
    world.mail.mode = mail;
    let ada = world.hire(facts("Europe/Berlin"));
    House { world, ada, course }
}

impl House {
    fn judge(&self, score: u16, at: &str) {
        let cause = cause(instant(at), Principal::Program);
        let on = cause.at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let evidence = [evidence("a", score, on)];
        let judged = competency::usecases::judged(&self.world, self.ada, &evidence, &cause);
        let (writes, _) = block_on(judged).unwrap();
        let commit = Commit::of(writes.into_iter().map(Write::Competency).collect());
        block_on(self.world.commit(commit, &cause)).unwrap();
    }

    fn offer(&self, at: &str) -> bool {
        let plan = PlanDesk { desk: self.world.desk(), competency: &self.world };
        block_on(usecases::offer(&plan, self.ada, &cause(instant(at), Principal::Program))).unwrap()
    }

    fn remind(&self, at: &str) -> bool {
        let cause = cause(instant(at), Principal::Program);
        block_on(remind::remind_person(&self.world.desk(), self.ada, false, &cause)).unwrap().mailed
    }
}

#[test]
fn a_change_is_planned_once_and_told_once() {
    let house = house(MailMode::On);
    assert!(!house.offer("2026-01-05T12:00:00Z"));
    // A gap of 60 days' phase: no reminder is due yet.
    house.judge(400, "2026-01-05T12:00:00Z");
    assert!(house.offer("2026-01-05T12:00:00Z") && !house.offer("2026-01-06T12:00:00Z"));
    assert_eq!(house.world.stored(house.ada).head.next_at, Some(instant("2026-01-05T12:00:00Z")));
    assert!(house.remind("2026-01-05T12:00:00Z"));
    let mail = house.world.mails().pop().unwrap();
    let change = &mail.model["changes"][0];
    assert_eq!((change["title"].as_str(), change["kind"].as_str()), (Some("one"), Some("added")));
    assert_eq!((change["cause"].as_str(), change["due"].as_str()), (Some("competency"), Some("2026-03-06")));
    assert!(mail.model["lines"] == serde_json::json!([]) && mail.model["opt_out"].is_string());
    assert!(house.world.stored(house.ada).head.news.is_empty());
    assert!(!house.remind("2026-01-06T12:00:00Z"));
    // The gap closes: that is told, too.
    house.judge(900, "2026-01-07T12:00:00Z");
    assert!(house.offer("2026-01-07T12:00:00Z") && house.remind("2026-01-07T12:00:00Z"));
    assert_eq!(house.world.mails().pop().unwrap().model["changes"][0]["kind"], "removed");
}

#[test]
fn nobody_is_told_later_of_what_changed_before_mail_was_on() {
    let mut house = house(MailMode::Off);
    house.judge(400, "2026-01-05T12:00:00Z");
    assert!(house.offer("2026-01-05T12:00:00Z"));
    house.world.mail.mode = MailMode::On;
    assert!(!house.remind("2026-01-06T12:00:00Z"));
    // Nor of what changed before the program's first day.
    let mut house = self::house(MailMode::On);
    house.world.settings.go_live = Some(date(2026, 2, 1));
    house.judge(400, "2026-01-05T12:00:00Z");
    assert!(house.offer("2026-01-05T12:00:00Z") && !house.remind("2026-01-06T12:00:00Z"));
}

#[test]
fn who_left_or_declines_is_not_told() {
    let leaver = house(MailMode::On);
    leaver.judge(400, "2026-01-05T12:00:00Z");
    assert!(leaver.offer("2026-01-05T12:00:00Z"));
    let gone = crate::model::Facts { leave: Some(TODAY), ..leaver.world.stored(leaver.ada).head.facts };
    leaver.world.hire(crate::model::Facts { directory_version: Version::FIRST.next(), ..gone });
    let cause = cause(instant("2026-01-06T12:00:00Z"), Principal::Program);
    block_on(people::on_person_changed(&leaver.world.desk(), leaver.ada, &cause)).unwrap();
    assert!(!leaver.remind("2026-01-06T13:00:00Z") && leaver.world.stored(leaver.ada).head.news.is_empty());

    let decliner = house(MailMode::On);
    decliner.judge(400, "2026-01-05T12:00:00Z");
    decliner.offer("2026-01-05T12:00:00Z");
    block_on(links::opt_out(&decliner.world.desk(), decliner.ada, 0, &Call::of(&cause))).unwrap();
    assert!(!decliner.remind("2026-01-07T12:00:00Z"));
}

#[test]
fn whoever_declines_an_offer_is_not_asked_again() {
    let house = house(MailMode::On);
    house.judge(100, "2026-01-05T12:00:00Z");
    house.offer("2026-01-05T12:00:00Z");
    let open = house.world.stored(house.ada).open(house.course).cloned().unwrap();
    let claims = LinkClaims { person: house.ada, course: open.course, round: open.round, nonce: open.nonce };
    let cause = cause(instant("2026-01-06T12:00:00Z"), Principal::Person(house.ada));
    block_on(links::act(&house.world.desk(), &claims, LinkAnswer::NotMyRole, &Call::of(&cause))).unwrap();
    assert!(house.world.stored(house.ada).open(house.course).is_none());
    house.judge(50, "2026-01-07T12:00:00Z");
    assert!(!house.offer("2026-01-07T12:00:00Z"));
    assert!(house.world.stored(house.ada).open(house.course).is_none());
}

#[test]
fn a_finding_reaches_everybody_who_is_known() {
    let house = house(MailMode::On);
    let finding = Finding { people: [house.ada, crate::samples::person()].into(), area: area("a") };
    let cause = cause(instant("2026-01-05T12:00:00Z"), Principal::Program);
    for _ in 0..2 {
        assert_eq!(block_on(usecases::answer_finding(&house.world.desk(), &finding, &cause)), 0);
        assert_eq!(house.world.stored(house.ada).assignments.len(), 1);
    }
    assert_eq!(house.world.stored(house.ada).head.news.len(), 1);
}

#[test]
fn a_joiner_is_told_the_plan_and_a_new_role_what_changed() {
    let (old, new) = (teaches("old", 2.0, "x", &[]), teaches("new", 2.0, "x", &[]));
    let step = |it: &Course| vec![PathStep { course: it.id, requirement: Requirement::Required }];
    let path = |job_role, it| RolePath { job_role, steps: step(it), version: Version::FIRST };
    let paths = [path(JobRole::Developer, &old), path(JobRole::Tester, &new)];
    let world = World::new(Catalogue::new([old.clone(), new.clone()], paths, Version::FIRST));
    let joiner = crate::model::Facts { start: Some(TODAY), ..facts("Europe/Berlin") };
    let ada = world.hire(joiner.clone());
    let at = |at: &str| cause(instant(at), Principal::Program);
    let renew = |day: &str| block_on(people::on_person_changed(&world.desk(), ada, &at(day))).unwrap().unwrap();
    let told = |day: &str| {
        block_on(remind::remind_person(&world.desk(), ada, false, &at(day))).unwrap();
        let mails = world.mails();
        let changes = mails.last().unwrap().model["changes"].as_array().cloned().unwrap_or_default();
        let line = |it: &Value| (it["title"].clone(), it["kind"].clone(), it["cause"].clone());
        (mails.len(), changes.iter().map(line).collect::<Vec<_>>())
    };
    renew("2026-01-05T12:00:00Z");
    let expected =
        |title: &str, kind: &str, cause: &str| -> (Value, Value, Value) { (title.into(), kind.into(), cause.into()) };
    assert_eq!(told("2026-01-05T12:00:00Z"), (1, vec![expected("old", "added", "joined")]));
    world.hire(crate::model::Facts { job_role: JobRole::Tester, directory_version: Version::FIRST.next(), ..joiner });
    renew("2026-01-06T12:00:00Z");
    let changes = vec![expected("old", "removed", "role_changed"), expected("new", "added", "role_changed")];
    assert_eq!(told("2026-01-06T12:00:00Z"), (2, changes));
    assert_eq!(told("2026-01-07T12:00:00Z").0, 2);
    // A plan that somebody wants is asked for, not told as a change.
    block_on(work::plan(&world.desk(), ada, &Call::of(&at("2026-01-08T12:00:00Z")))).unwrap();
    assert!(world.stored(ada).head.news.is_empty());
}

#[test]
fn whoever_joined_checks_in_four_times_or_until_everything_is_done() {
    let (threats, other) = (teaches("threat-modelling", 2.0, "x", &[]), teaches("other", 2.0, "x", &[]));
    let house = |leave: Option<Date>| {
        let world = World::new(offering(&[&threats, &other], &[&threats, &other]));
        let ada = world.hire(crate::model::Facts { start: Some(TODAY), leave, ..facts("Europe/Berlin") });
        let joined = cause(instant("2026-01-05T12:00:00Z"), Principal::Program);
        block_on(people::on_person_changed(&world.desk(), ada, &joined)).unwrap();
        (world, ada)
    };
    let ask = |world: &World, ada, at: &str| {
        let cause = cause(instant(at), Principal::Program);
        block_on(onboarding::accompany(&world.desk(), ada, Some(TODAY), &cause)).unwrap()
    };
    let waiting = |at: &str| Onboarding::Waiting(instant(at));
    let written = |world: &World| {
        let all = world.events().into_iter().filter(|it| it.kind == CHECKED_IN);
        all.map(|it| it.data).collect::<Vec<_>>()
    };
    let (world, ada) = house(None);
    assert!(onboarding::begins(&world.stored(ada), TODAY) && !onboarding::begins(&world.stored(ada), plus(TODAY, 91)));
    assert_eq!(ask(&world, ada, "2026-01-05T12:00:00Z"), waiting("2026-01-19T07:00:00Z"));
    for _ in 0..2 {
        assert_eq!(ask(&world, ada, "2026-01-19T07:00:00Z"), waiting("2026-02-04T07:00:00Z"));
    }
    assert_eq!(written(&world).len(), 1);
    // The check-in of day 30 was missed: that of day 60 is written down.
    assert_eq!(ask(&world, ada, "2026-03-06T12:00:00Z"), waiting("2026-04-05T06:00:00Z"));
    let expected = serde_json::json!({"day": 60, "done": 0, "total": 2, "overdue": 2, "threat_modelling": false});
    assert_eq!(written(&world)[1], expected);
    assert_eq!(ask(&world, ada, "2026-04-05T12:00:00Z"), Onboarding::Ended);
    assert_eq!((ask(&world, ada, "2026-04-06T12:00:00Z"), written(&world).len()), (Onboarding::Ended, 3));

    let (world, ada) = house(None);
    let by = cause(instant("2026-01-10T12:00:00Z"), Principal::Program);
    for course in [threats.id, other.id] {
        let report =
            Report { person: ada, course, on: date(2026, 1, 9), source: CompletionSource::Roster, score: None };
        block_on(records::report_completion(&world.desk(), report, &Call::of(&by))).unwrap();
    }
    assert_eq!(ask(&world, ada, "2026-01-12T12:00:00Z"), waiting("2026-01-19T07:00:00Z"));
    assert_eq!(ask(&world, ada, "2026-01-19T12:00:00Z"), Onboarding::Completed);

    let (world, ada) = house(Some(date(2026, 1, 20)));
    assert_eq!(ask(&world, ada, "2026-01-21T12:00:00Z"), Onboarding::Left);
    assert_eq!(ask(&world, crate::samples::person(), "2026-01-21T12:00:00Z"), Onboarding::Left);
}

#[test]
fn whoever_comes_back_is_planned_for_and_accompanied_again() {
    let (threats, other) = (teaches("threat-modelling", 2.0, "x", &[]), teaches("other", 2.0, "x", &[]));
    let world = World::new(offering(&[&threats, &other], &[&threats, &other]));
    let first = crate::model::Facts { start: Some(TODAY), ..facts("Europe/Berlin") };
    let ada = world.hire(first.clone());
    let at = |at: &str| cause(instant(at), Principal::Program);
    let renew = |day: &str| block_on(people::on_person_changed(&world.desk(), ada, &at(day))).unwrap().unwrap().file;
    let ask =
        |start: Option<Date>, day: &str| block_on(onboarding::accompany(&world.desk(), ada, start, &at(day))).unwrap();
    renew("2026-01-05T12:00:00Z");
    let by = at("2026-01-10T12:00:00Z");
    for course in [threats.id, other.id] {
        let report =
            Report { person: ada, course, on: date(2026, 1, 9), source: CompletionSource::Roster, score: None };
        block_on(records::report_completion(&world.desk(), report, &Call::of(&by))).unwrap();
    }
    assert_eq!(ask(Some(TODAY), "2026-01-19T12:00:00Z"), Onboarding::Completed);
    // A first day that was put right is no return: the state stays, and so does the name.
    let correction = crate::model::Facts { start: Some(plus(TODAY, 2)), ..first.clone() };
    world.hire(correction.clone());
    let file = renew("2026-01-20T12:00:00Z");
    assert_eq!((file.head.returned_on, file.head.checked_in), (None, Some(14)));
    // She leaves in March, and is back in July, when the path asks for one course more.
    world.hire(crate::model::Facts { leave: Some(date(2026, 3, 31)), ..correction.clone() });
    renew("2026-03-01T12:00:00Z");
    assert_eq!(ask(Some(TODAY), "2026-04-01T12:00:00Z"), Onboarding::Left);
    let more = teaches("more", 2.0, "x", &[]);
    world.publish(offering(&[&threats, &other, &more], &[&threats, &other, &more]));
    let back = date(2026, 7, 1);
    world.hire(crate::model::Facts { start: Some(back), leave: None, ..correction });
    let file = renew("2026-06-20T12:00:00Z");
    assert_eq!((file.head.returned_on, file.head.checked_in), (Some(back), None));
    assert!(onboarding::begins(&file, date(2026, 6, 20)), "her history is of her own earlier stay");
    assert_eq!(file.open(more.id).map(|it| it.required), Some(true));
    assert_eq!(
        file.head.news.iter().map(|it| (it.course, it.cause)).collect::<Vec<_>>(),
        [(more.id, NewsCause::Joined)]
    );
    let [one, two] = [Some(TODAY), Some(back)].map(|start| onboarding::name(ada, start));
    assert!(one != two && two.ends_with("-2026-07-01") && two.len() <= 80, "{two}");
    // What still asks for the first stay ends; the second is asked from its own first day on.
    assert_eq!(
        [Some(TODAY), None].map(|start| ask(start, "2026-07-02T12:00:00Z")),
        [Onboarding::Left, Onboarding::Left]
    );
    assert_eq!(ask(Some(back), "2026-07-02T12:00:00Z"), Onboarding::Waiting(instant("2026-07-15T06:00:00Z")));
    assert_eq!(ask(Some(back), "2026-07-15T12:00:00Z"), Onboarding::Waiting(instant("2026-07-31T06:00:00Z")));
    let said = world.events().into_iter().filter(|it| it.kind == CHECKED_IN).map(|it| it.data["day"].clone());
    assert_eq!(said.collect::<Vec<_>>(), [serde_json::json!(14), serde_json::json!(14)]);
    assert_eq!(world.stored(ada).head.checked_in, Some(14));
}

#[test]
fn somebodys_last_day_is_said_once_when_it_is_over() {
    let one = teaches("one", 2.0, "a", &[]);
    let world = World::new(offering(&[&one], &[&one]));
    let leave = Some(date(2026, 6, 30));
    let stays = crate::model::Facts { start: Some(TODAY), ..facts("Europe/Berlin") };
    let ada = world.hire(crate::model::Facts { leave, ..stays.clone() });
    let at = |at: &str| cause(instant(at), Principal::Program);
    block_on(people::on_person_changed(&world.desk(), ada, &at("2026-01-05T12:00:00Z"))).unwrap();
    let remind = |day: &str| block_on(remind::remind_person(&world.desk(), ada, false, &at(day))).unwrap();
    let said = || world.events().into_iter().filter(|it| it.kind == PERSON_LEFT).map(|it| it.data).collect::<Vec<_>>();
    remind("2026-06-30T21:00:00Z");
    assert!(said().is_empty(), "it is still the last day in Berlin");
    // A run comes by on the day after, whatever else there is.
    assert!(world.stored(ada).head.next_at.is_some_and(|next| next <= instant("2026-07-01T06:00:00Z")));
    for _ in 0..2 {
        remind("2026-07-01T06:00:00Z");
        assert_eq!(said(), [serde_json::json!({"on": "2026-06-30"})]);
    }
    assert_eq!(world.stored(ada).head.left_on, leave);
    world.hire(crate::model::Facts { start: Some(date(2026, 8, 1)), ..stays });
    block_on(people::on_person_changed(&world.desk(), ada, &at("2026-07-10T12:00:00Z"))).unwrap();
    assert_eq!((world.stored(ada).head.left_on, said().len()), (None, 1));
}

#[test]
fn whoever_has_a_history_is_not_accompanied() {
    let mut file = LearnerFile::new(crate::model::Facts { start: Some(TODAY), ..facts("Europe/Berlin") });
    assert!(onboarding::begins(&file, TODAY));
    let course = teaches("one", 2.0, "a", &[]).id;
    let (source, reason) = (AssignmentSource::Import, AssignmentReason::Request);
    file.assignments.push(Assignment::new(course, TODAY, plus(TODAY, 30), source, reason));
    assert!(!onboarding::begins(&file, TODAY) && !onboarding::begins(&self::file(), TODAY));
}

#[test]
fn a_retired_course_is_offered_no_more_and_what_somebody_asks_for_takes_the_place_of_an_offer() {
    let house = house(MailMode::On);
    house.judge(100, "2026-01-05T12:00:00Z");
    house.offer("2026-01-05T12:00:00Z");
    let boss = cause(instant("2026-01-06T12:00:00Z"), Principal::Program);
    let ask = work::Assign { person: house.ada, course: house.course, due: None, required: true };
    block_on(work::assign(&house.world.desk(), ask, &Call::of(&boss))).unwrap();
    let file = house.world.stored(house.ada);
    let open = file.open(house.course).unwrap();
    assert!((open.required, open.round.get()) == (true, 2) && !house.offer("2026-01-07T12:00:00Z"));

    let one = teaches("one", 2.0, "a", &[]);
    let mut file = self::file();
    let offers = by_gaps(&file, &knowing(&[("a", 0)]), &offering(&[&one], &[]), &asking(&["a"]), TODAY);
    usecases::apply(&mut file, offers, TODAY);
    let retired = Course { retired: Some(Retirement { on: TODAY }), ..one.clone() };
    let plan = plan::plan(&file, &offering(&[&retired], &[]), &asking(&["a"]), TODAY, plan::Asked::Once);
    assert_eq!(plan.cancel, [(one.id, kernel::AssignmentRound::FIRST)]);
}

#[test]
fn what_a_path_drops_and_takes_up_again_is_asked_again() {
    let one = teaches("one", 2.0, "a", &[]);
    let world = World::new(offering(&[&one], &[&one]));
    let ada = world.hire(facts("Europe/Berlin"));
    let call = cause(instant("2026-01-05T12:00:00Z"), Principal::Program);
    block_on(work::plan(&world.desk(), ada, &Call::of(&call))).unwrap();
    let review = |catalogue| {
        world.publish(catalogue);
        block_on(people::review_page(&world.desk(), ada.shard(), kernel::Limit::MAX, None, &call)).unwrap();
        world.stored(ada).open(one.id).is_some()
    };
    assert!(!review(offering(&[&one], &[])) && review(offering(&[&one], &[&one])));
    block_on(work::cancel(&world.desk(), ada, one.id, &Call::of(&call))).unwrap();
    assert!(!review(offering(&[&one], &[])) && !review(offering(&[&one], &[&one])));
    // Nobody is told of a review.
    assert!(world.stored(ada).head.news.is_empty());
}
