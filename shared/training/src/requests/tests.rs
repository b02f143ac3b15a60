//! Requests over a store in memory: what each act writes and says, repeated and raced; and that nothing but the request
//! itself knows a voucher's code.

use futures::executor::block_on;
use kernel::{Cause, CourseId, CourseRequestId, Limit, MailMode, PersonId, Principal, Version};
use proptest::prelude::*;

use super::{
    Error, MOST_OPEN, NOTICE_TEMPLATE, Request, RequestKind, RequestState, RequestsReader, VoucherCode,
    usecases::{self, RequestDesk, Ruled, Wish},
};
use crate::{
    Roster, TrainingError, TrainingReader, events,
    model::{AssignmentReason, AssignmentSource, Catalogue, CompletionSource, CourseProvider, FreeText, Retirement},
    samples::{World, catalogue, cause, course, facts, instant},
    usecases::{Call, records, work},
};

const NOW: &str = "2026-03-02T10:00:00Z";
const CODE: &str = "AWS-7Q2X-55";

struct House {
    world: World,
    /// Given by the industry.
    course: CourseId,
    internal: CourseId,
    ada: PersonId,
    manager: PersonId,
}

fn courses() -> Catalogue {
    let (mut outside, internal) = (course("outside", 8.0, &[], None), course("internal", 2.0, &[], None));
    outside.provider = CourseProvider::Industry;
    catalogue(vec![outside, internal])
}

fn text(raw: &str) -> FreeText {
    FreeText::parse(raw).unwrap()
}

fn yes() -> Ruled {
    Ruled { approved: true, reason: None }
}

fn no() -> Ruled {
    Ruled { approved: false, reason: Some(text("No budget left")) }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, TrainingError>, code: &str) {
    assert_eq!(outcome.map(|_| ()).map_err(|error| error.code()), Err(code));
}

impl House {
    fn new() -> Self {
        let all = courses();
        let of = |provider| all.courses().find(|course| course.provider == provider).unwrap().id;
        let (course, internal) = (of(CourseProvider::Industry), of(CourseProvider::Internal));
        let world = World::new(all);
        let manager = world.hire(facts("Europe/Berlin"));
        let mut ada = facts("Europe/Berlin");
        ada.manager = Some(manager);
        let ada = world.hire(ada);
        Self { world, course, internal, ada, manager }
    }

    fn desk(&self) -> RequestDesk<'_> {
        RequestDesk { desk: self.world.desk(), reader: &self.world }
    }

    fn by(&self, person: PersonId) -> Cause {
        cause(instant(NOW), Principal::Person(person))
    }

    fn ask(&self, course: CourseId) -> Result<Request, TrainingError> {
        let wish = Wish { course, kind: RequestKind::Voucher, reason: text("For the examination") };
        block_on(usecases::ask(&self.desk(), self.ada, wish, &self.by(self.ada), None))
    }

    fn decide(&self, request: &Request, ruled: &Ruled, by: PersonId) -> Result<Request, TrainingError> {
        let cause = self.by(by);
        block_on(usecases::decide(&self.desk(), self.ada, request.id, request.version, ruled, &cause))
    }

    fn provide(&self, request: &Request, by: PersonId) -> Result<Request, TrainingError> {
        let (code, cause) = (VoucherCode::parse(CODE).unwrap(), self.by(by));
        block_on(usecases::provide(&self.desk(), self.ada, request.id, request.version, Some(&code), &cause))
    }

    fn withdraw(&self, request: &Request) -> Result<Request, TrainingError> {
        let cause = self.by(self.ada);
        block_on(usecases::withdraw(&self.desk(), self.ada, request.id, request.version, &cause))
    }

    fn waiting(&self) -> Vec<CourseRequestId> {
        let page = block_on(usecases::waiting_for(&self.desk(), self.manager, Limit::MAX, None)).unwrap();
        page.items.into_iter().map(|request| request.id).collect()
    }

    fn open(&self) -> Vec<CourseRequestId> {
        let page = block_on(self.world.open_requests(Limit::MAX, None)).unwrap();
        page.items.into_iter().map(|request| request.id).collect()
    }

    /// Mails so far: to whom, and what they say.
    fn told(&self) -> Vec<(PersonId, String)> {
        let mails = self.world.mails().into_iter().filter(|mail| mail.template == NOTICE_TEMPLATE);
        mails.map(|mail| (mail.person, mail.model["notice"].as_str().unwrap().to_owned())).collect()
    }
}

#[test]
fn a_request_goes_its_way_and_everybody_hears_of_it_once() {
    let house = House::new();
    let (ada, manager) = (house.ada, house.manager);
    let asked = house.ask(house.course).unwrap();
    assert_eq!((asked.state, house.waiting(), house.open()), (RequestState::Asked, vec![asked.id], vec![asked.id]));
    let approved = house.decide(&asked, &yes(), manager).unwrap();
    assert_eq!((approved.state, house.waiting(), house.open()), (RequestState::Approved, vec![], vec![asked.id]));
    let provided = house.provide(&approved, manager).unwrap();
    assert_eq!((provided.state, house.open()), (RequestState::Provided, vec![]));
    assert_eq!(provided.voucher.as_ref().map(VoucherCode::expose), Some(CODE));
    let said = |notice: &str| notice.to_owned();
    assert_eq!(
        house.told(),
        [(manager, said("asked")), (ada, said("approved")), (ada, said("provided"))],
        "one mail each"
    );
    let kinds = [events::COURSE_REQUESTED, events::REQUEST_APPROVED, events::REQUEST_PROVIDED];
    let kept: Vec<String> = house.world.kinds().into_iter().filter(|kind| kinds.contains(&kind.as_str())).collect();
    assert_eq!(kept, kinds);
    for over in [house.provide(&provided, manager), house.decide(&provided, &no(), manager), house.withdraw(&provided)]
    {
        assert!(matches!(over, Err(TrainingError::Requests(_))), "{over:?}");
    }
}

#[test]
fn what_is_approved_is_asked_of_the_person_as_a_recommendation() {
    let house = House::new();
    let asked = house.ask(house.course).unwrap();
    assert!(!house.world.exists(house.ada));
    house.world.lose_races(2);
    house.decide(&asked, &yes(), house.manager).unwrap();
    let file = house.world.stored(house.ada);
    let open = file.open(house.course).unwrap();
    assert_eq!((open.required, open.source, open.reason), (false, AssignmentSource::Manual, AssignmentReason::Asked));
    assert_eq!(open.due, "2026-05-31".parse().unwrap());
    assert!(house.world.kinds().contains(&events::ASSIGNED.to_owned()));
}

#[test]
fn what_is_asked_of_the_person_already_stays_as_it_is() {
    let house = House::new();
    let due = Some("2026-04-01".parse().unwrap());
    let assign = work::Assign { person: house.ada, course: house.course, due, required: true };
    block_on(work::assign(&house.world.desk(), assign, &Call::of(&house.by(house.manager)))).unwrap();
    let before = house.world.stored(house.ada).assignments;
    let asked = house.ask(house.course).unwrap();
    assert_eq!(house.decide(&asked, &yes(), house.manager).unwrap().state, RequestState::Approved);
    assert_eq!(house.world.stored(house.ada).assignments, before);
}

#[test]
fn what_is_taken_back_takes_its_assignment_along() {
    let house = House::new();
    let state = |house: &House| house.world.stored(house.ada).open(house.course).map(|open| open.round);
    let approved = || house.decide(&house.ask(house.course).unwrap(), &yes(), house.manager).unwrap();
    let first = approved();
    assert_eq!(state(&house), first.assigned);
    house.world.lose_races(2);
    house.withdraw(&first).unwrap();
    assert_eq!((state(&house), house.open()), (None, vec![]));
    assert_eq!(house.world.kinds().iter().filter(|kind| *kind == events::CANCELLED).count(), 1);
    // What came of an earlier request, or is required by now, stays.
    let provided = house.provide(&approved(), house.manager).unwrap();
    let later = approved();
    assert!(provided.assigned.is_some() && later.assigned.is_none());
    house.withdraw(&later).unwrap();
    assert_eq!(state(&house), provided.assigned);
}

#[test]
fn what_the_person_reported_by_then_stays_asked() {
    // One report in ten waits for a look; the others complete the assignment at once.
    let (house, approved) = (0..1_000)
        .find_map(|_| {
            let house = House::new();
            let approved = house.decide(&house.ask(house.course).unwrap(), &yes(), house.manager).unwrap();
            let report = records::Report {
                person: house.ada,
                course: house.course,
                on: "2026-03-01".parse().unwrap(),
                source: CompletionSource::SelfReport,
                score: None,
            };
            block_on(records::report_completion(&house.world.desk(), report, &Call::of(&house.by(house.ada)))).unwrap();
            house.world.stored(house.ada).is_waiting(house.course).then_some((house, approved))
        })
        .unwrap();
    house.withdraw(&approved).unwrap();
    assert!(house.world.stored(house.ada).open(house.course).is_some());
}

#[test]
fn who_leaves_soon_has_nothing_open_any_more() {
    for (leave, left) in [("2026-03-01", 0), ("2026-05-30", 0), ("2026-05-31", 2), ("2099-12-31", 2)] {
        let house = House::new();
        let outside = block_on(house.world.catalogue()).unwrap().course(house.course).unwrap().clone();
        let mut another = course("another", 4.0, &[], None);
        another.provider = CourseProvider::Partner;
        let other = another.id;
        house.world.publish(catalogue(vec![outside, another]));
        let first = house.ask(house.course).unwrap();
        house.decide(&first, &yes(), house.manager).unwrap();
        house.ask(other).unwrap();
        let mut facts = block_on(house.world.facts(house.ada)).unwrap().unwrap();
        facts.leave = Some(leave.parse().unwrap());
        house.world.hire(facts);
        let mails = house.world.mails().len();
        house.world.lose_races(2);
        let program = cause(instant(NOW), Principal::Program);
        for turn in 0..2 {
            let found = block_on(usecases::vacate(&house.desk(), house.ada, &program)).unwrap();
            assert_eq!(found, left == 0 && turn == 0, "{leave}");
            assert_eq!((house.open().len(), house.world.mails().len()), (left, mails), "{leave}");
        }
        let ended = house.world.kinds().into_iter().filter(|kind| kind == events::REQUEST_WITHDRAWN).count();
        assert_eq!(ended, 2 - left, "{leave}");
    }
}

#[test]
fn a_refusal_has_a_reason_and_makes_room_for_another_request() {
    let house = House::new();
    let asked = house.ask(house.course).unwrap();
    refused(house.decide(&asked, &Ruled { approved: false, reason: None }, house.manager), "reason_missing");
    refused(house.ask(house.course), "request_open");
    let declined = house.decide(&asked, &no(), house.manager).unwrap();
    assert_eq!((declined.state, declined.ended_at.is_some()), (RequestState::Declined, true));
    assert!(!house.world.exists(house.ada), "nothing is asked of her");
    refused(house.decide(&declined, &yes(), house.manager), "request_not_waiting");
    let again = house.ask(house.course).unwrap();
    let taken_back = house.withdraw(&again).unwrap();
    assert_eq!((taken_back.state, house.open()), (RequestState::Withdrawn, vec![]));
    refused(house.withdraw(&taken_back), "request_ended");
    refused(house.provide(&taken_back, house.manager), "request_not_approved");
    let third = house.ask(house.course).unwrap();
    refused(house.provide(&third, house.manager), "request_not_approved");
    let all = block_on(house.world.requests_of(house.ada, Limit::MAX, None)).unwrap();
    assert_eq!(all.items.len(), 3, "history stays");
}

#[test]
fn nobody_decides_on_their_own_request() {
    let house = House::new();
    let asked = house.ask(house.course).unwrap();
    refused(house.decide(&asked, &yes(), house.ada), "own_thing");
    let approved = house.decide(&asked, &yes(), house.manager).unwrap();
    refused(house.provide(&approved, house.ada), "own_thing");
}

#[test]
fn what_was_read_must_still_be_true() {
    let house = House::new();
    let asked = house.ask(house.course).unwrap();
    let taken_back = house.withdraw(&asked).unwrap();
    refused(house.decide(&asked, &yes(), house.manager), "stale");
    refused(house.withdraw(&asked), "stale");
    let strange = Request { id: CourseRequestId::new(instant(NOW)), ..taken_back };
    refused(house.decide(&strange, &yes(), house.manager), "unknown_request");
}

#[test]
fn only_what_others_give_is_asked_for() {
    let house = House::new();
    refused(house.ask(house.internal), "course_internal");
    refused(house.ask(CourseId::new(instant(NOW))), "unknown_course");
    let mut gone = block_on(house.world.catalogue()).unwrap().course(house.course).unwrap().clone();
    gone.retired = Some(Retirement { on: "2026-03-01".parse().unwrap() });
    let asked = house.ask(house.course).unwrap();
    house.world.publish(catalogue(vec![gone]));
    refused(house.ask(house.course), "course_retired");
    // What waits can still be declined, but not approved.
    refused(house.decide(&asked, &yes(), house.manager), "course_retired");
    house.decide(&asked, &no(), house.manager).unwrap();
}

#[test]
fn who_left_or_was_never_there_asks_for_nothing() {
    let house = House::new();
    let mut left = facts("Europe/Berlin");
    left.leave = Some("2026-03-01".parse().unwrap());
    let left = house.world.hire(left);
    let wish = Wish { course: house.course, kind: RequestKind::Seat, reason: text("Why not") };
    for (person, code) in [(left, "person_left"), (PersonId::new(instant(NOW)), "unknown_person")] {
        let asked = block_on(usecases::ask(&house.desk(), person, wish.clone(), &house.by(person), None));
        refused(asked, code);
    }
    assert!(house.open().is_empty());
}

#[test]
fn open_requests_are_bounded() {
    let mut all: Vec<_> = (0..=MOST_OPEN).map(|number| course(&format!("c{number}"), 1.0, &[], None)).collect();
    for course in &mut all {
        course.provider = CourseProvider::Partner;
    }
    let ids: Vec<CourseId> = all.iter().map(|course| course.id).collect();
    let house = House::new();
    house.world.publish(catalogue(all));
    let (last, first) = ids.split_last().unwrap();
    let asked: Vec<Request> = first.iter().map(|course| house.ask(*course).unwrap()).collect();
    refused(house.ask(*last), "too_many_requests");
    house.withdraw(&asked[2]).unwrap();
    house.ask(*last).unwrap();
    assert_eq!(house.open().len(), MOST_OPEN);
}

#[test]
fn whoever_may_decide_and_can_be_reached_is_told() {
    let mut house = House::new();
    let (mut manager, delegate, admin) = (facts("Europe/Berlin"), facts("Europe/Berlin"), facts("Europe/Berlin"));
    manager.absences = vec![kernel::DateSpan::new("2026-03-01".parse().unwrap(), None).unwrap()];
    manager.delegate = Some(delegate.person);
    let (manager, _, admin) = (house.world.hire(manager), house.world.hire(delegate), house.world.hire(admin));
    let mut bob = facts("Europe/Berlin");
    bob.manager = Some(manager);
    let bob = house.world.hire(bob);
    house.world.settings.program_admins = vec![bob, admin];
    let wish = Wish { course: house.course, kind: RequestKind::Seat, reason: text("Why not") };
    block_on(usecases::ask(&house.desk(), bob, wish, &house.by(bob), None)).unwrap();
    assert_eq!(
        house.told(),
        [(admin, "asked".to_owned())],
        "a delegate could not decide, and nobody does for themselves"
    );
}

#[test]
fn without_mail_nothing_is_written_and_previews_are_not_sent() {
    for (mode, mails) in [(MailMode::Off, 0), (MailMode::Preview, 1)] {
        let mut house = House::new();
        house.world.mail.mode = mode;
        house.ask(house.course).unwrap();
        assert_eq!(house.world.mails().len(), mails);
        assert!(house.world.mails().iter().all(|mail| !mail.deliver));
    }
}

#[test]
fn no_event_and_no_mail_holds_what_people_wrote_or_a_code() {
    let house = House::new();
    let asked = house.ask(house.course).unwrap();
    let answer = Ruled { approved: true, reason: Some(text("She needs it")) };
    let approved = house.decide(&asked, &answer, house.manager).unwrap();
    let provided = house.provide(&approved, house.manager).unwrap();
    let said: Vec<String> = house
        .world
        .events()
        .iter()
        .map(|event| serde_json::to_string(event).unwrap())
        .chain(house.world.mails().iter().map(|mail| serde_json::to_string(mail).unwrap()))
        .chain([format!("{provided:?}")])
        .collect();
    assert!(said.len() > 6);
    for said in said {
        assert!(![CODE, "examination", "She needs"].iter().any(|secret| said.contains(secret)), "{said}");
    }
    for event in house.world.events() {
        assert!(events::ALL.contains(&event.kind.as_str()), "{}", event.kind);
    }
}

#[test]
fn a_code_is_short_and_visible() {
    for good in ["ABCD", "x-1_2/3=", &"a".repeat(100)] {
        assert!(VoucherCode::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "abc", "ab cd", "abcd\n", "ÄBCD", &"a".repeat(101)] {
        assert!(VoucherCode::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(format!("{:?}", VoucherCode::parse(CODE).unwrap()), "VoucherCode([redacted])");
}

#[test]
fn forgetting_leaves_nothing_and_can_be_repeated() {
    let house = House::new();
    for _ in 0..3 {
        let asked = house.ask(house.course).unwrap();
        house.decide(&asked, &no(), house.manager).unwrap();
    }
    house.ask(house.course).unwrap();
    let program = cause(instant(NOW), Principal::Program);
    assert!(block_on(usecases::forget(&house.desk(), house.ada, &program)).unwrap());
    assert!(!block_on(usecases::forget(&house.desk(), house.ada, &program)).unwrap());
    assert!(house.open().is_empty());
    assert_eq!(block_on(house.world.open(house.ada)).unwrap().version, Version::ABSENT);
}

/// What may be tried with a request, whether it is its turn or not.
#[derive(Debug, Clone, Copy)]
enum Try {
    Ask,
    Approve,
    Decline,
    Provide,
    Withdraw,
}

proptest! {
    /// Whatever is tried in whatever order, there is at most one open request a course, it is listed exactly while it is
    /// open, and what has ended never changes again.
    #[test]
    fn a_course_has_one_open_request_and_what_ended_stays(
        tries in proptest::collection::vec(
            prop_oneof![
                Just(Try::Ask), Just(Try::Approve), Just(Try::Decline), Just(Try::Provide), Just(Try::Withdraw)
            ], 1..25),
        races in 0_usize..3,
    ) {
        let house = House::new();
        let mut ended: Vec<Request> = Vec::new();
        for attempt in tries {
            house.world.lose_races(races);
            let all = block_on(house.world.requests_of(house.ada, Limit::MAX, None)).unwrap().items;
            let latest = all.iter().max_by_key(|request| (request.state.is_open(), request.id));
            let _ = match (attempt, latest) {
                (Try::Ask, _) => house.ask(house.course),
                (_, None) => continue,
                (Try::Approve, Some(request)) => house.decide(request, &yes(), house.manager),
                (Try::Decline, Some(request)) => house.decide(request, &no(), house.manager),
                (Try::Provide, Some(request)) => house.provide(request, house.manager),
                (Try::Withdraw, Some(request)) => house.withdraw(request),
            };
            house.world.lose_races(0);
            let all = block_on(house.world.requests_of(house.ada, Limit::MAX, None)).unwrap().items;
            let open: Vec<_> = all.iter().filter(|request| request.state.is_open()).map(|request| request.id).collect();
            prop_assert!(open.len() <= 1);
            let known = block_on(house.world.open(house.ada)).unwrap();
            prop_assert_eq!(known.requests.iter().map(|one| one.request).collect::<Vec<_>>(), open);
            for request in &ended {
                prop_assert!(all.contains(request));
            }
            ended = all.into_iter().filter(|request| !request.state.is_open()).collect();
            prop_assert!(ended.iter().all(|request| request.ended_at.is_some()));
        }
    }
}

#[test]
fn errors_name_their_kind() {
    let id = CourseRequestId::new(instant(NOW));
    assert_eq!(Error::Unknown(id).kind(), kernel::ErrorKind::NotFound);
    assert_eq!(Error::NoReason.kind(), kernel::ErrorKind::Invalid);
    assert_eq!(Error::Ended(id).kind(), kernel::ErrorKind::Conflict);
}
