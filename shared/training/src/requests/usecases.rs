//! What the boundaries call: asking, deciding, providing, taking back, listing for a manager, what becomes of requests of
//! who leaves, forgetting a person.
//!
//! Approving and taking back go the way of every change of a learner's file, with the request in the same commit: it is
//! approved with its assignment, or neither. A lost race about the file is decided again; one about the request is the
//! caller's.

use std::sync::Arc;

use jiff::Timestamp;
use kernel::{
    AssignmentRound, Cause, Commit, CourseId, CourseRequestId, Limit, MailDraft, Once, Page, PersonId, Position,
    StoreError, Version,
};

use super::{
    Error, Open, OpenRequest, Request, RequestKind, RequestNotice, RequestState, RequestsReader, Ruling, VoucherCode,
    Write, mails::draft,
};
use crate::{
    TrainingError,
    events::{self, Happened},
    model::{Assignment, AssignmentReason, AssignmentSource, CourseProvider, Facts, FreeText, LearnerFile},
    rules::{decide::data, due},
    usecases::{
        Act, Desk, Ground, Made, TRIES, drafted, not_own, open_file,
        work::{supersede, take_back},
    },
};

/// Days until what was approved falls due. It is recommended: nobody hears of it but the person.
const DAYS: i32 = 90;

/// Everything the use cases of requests work with.
#[derive(Clone, Copy)]
pub struct RequestDesk<'a> {
    /// What all of training works with.
    pub desk: Desk<'a>,
    /// Reads requests.
    pub reader: &'a dyn RequestsReader,
}

/// Makes the idempotency record of a request from what came of it.
pub type RequestAnswer<'a> = &'a (dyn Fn(&Request) -> Once + Send + Sync);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// For which course.
    pub course: CourseId,
    /// What for.
    pub kind: RequestKind,
    /// Why.
    pub reason: FreeText,
}

impl RequestDesk<'_> {
    /// A request in the version that the caller has seen, and which are open.
    async fn seen(
        &self,
        person: PersonId,
        id: CourseRequestId,
        expected: Version,
    ) -> Result<(Request, Open), TrainingError> {
        let found = self.reader.request(person, id).await?.ok_or(Error::Unknown(id))?;
        if found.0.version == expected { Ok(found) } else { Err(TrainingError::Stale) }
    }

    fn told(&self, request: &Request, notice: RequestNotice, cause: &Cause) -> Option<MailDraft> {
        draft(self.desk.mail, request.person, notice, request, cause.at)
    }
}

fn write(before: Version, request: &Request) -> crate::Write {
    crate::Write::Requests(Write::Request { before, request: Box::new(request.clone()) })
}

fn write_open(before: Version, open: Open) -> crate::Write {
    crate::Write::Requests(Write::Open { before, open })
}

/// Asks for a seat or a voucher. The manager is told by mail, or the program's people where none can be reached.
///
/// # Errors
/// [`TrainingError`] for an unknown, retired or internal course, an open request for it, too many of them, a person who
/// has left or is unknown; store errors.
pub async fn ask(
    desk: &RequestDesk<'_>,
    person: PersonId,
    wish: Wish,
    cause: &Cause,
    once: Option<RequestAnswer<'_>>,
) -> Result<Request, TrainingError> {
    let catalogue = desk.desk.reader.catalogue().await?;
    let course = catalogue.course(wish.course).ok_or(TrainingError::UnknownCourse(wish.course))?;
    if course.retired.is_some() {
        return Err(TrainingError::Retired(course.id));
    }
    if course.provider == CourseProvider::Internal {
        return Err(Error::Internal(course.id).into());
    }
    let facts = desk.desk.roster.facts(person).await?.ok_or(TrainingError::UnknownPerson(person))?;
    if facts.has_left(facts.today(cause.at)) {
        return Err(TrainingError::Left(person));
    }
    let request = Request {
        id: CourseRequestId::new(cause.at),
        person,
        course: course.id,
        title: course.title.clone(),
        kind: wish.kind,
        reason: wish.reason,
        state: RequestState::Asked,
        asked_at: cause.at,
        ruling: None,
        assigned: None,
        ended_at: None,
        voucher: None,
        version: Version::FIRST,
    };
    let approver = approver(&desk.desk, &facts, cause.at).await?;
    let mut tries = TRIES;
    loop {
        let open = desk.reader.open(person).await?;
        let more = open.with(OpenRequest { course: request.course, request: request.id })?;
        let writes = vec![write_open(open.version, more), write(Version::ABSENT, &request)];
        let event = events::request(events::COURSE_REQUESTED, &request, cause);
        let mut commit = Commit::of(writes).event(event).once(once.map(|answer| answer(&request)));
        commit
            .mails
            .extend(approver.and_then(|to| draft(desk.desk.mail, to, RequestNotice::Asked, &request, cause.at)));
        match desk.desk.writer.commit(commit, cause).await {
            Ok(()) => return Ok(request),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Who is told of a request: whoever may decide on it and can be reached today. That is the manager, or the first of the
/// program's people; a delegate has no say in it.
async fn approver(desk: &Desk<'_>, asks: &Facts, now: Timestamp) -> Result<Option<PersonId>, TrainingError> {
    let mut others: Vec<PersonId> = asks.manager.into_iter().chain(desk.settings.program_admins.clone()).collect();
    others.retain(|other| *other != asks.person);
    for other in others {
        if desk.roster.facts(other).await?.is_some_and(|facts| facts.is_reachable(facts.today(now))) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// What was decided on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// Whether it is approved.
    pub approved: bool,
    /// Why; a refusal needs it.
    pub reason: Option<FreeText>,
}

/// Approves a request, which makes an assignment of it unless the course is asked of the person already, or declines it.
/// The person is told by mail.
///
/// # Errors
/// [`TrainingError`] for one's own request, an unknown one, a version that is no longer true, one that does not wait, a
/// refusal without a reason, a course retired since, a person who has left; store errors.
pub async fn decide(
    desk: &RequestDesk<'_>,
    person: PersonId,
    id: CourseRequestId,
    expected: Version,
    ruled: &Ruled,
    cause: &Cause,
) -> Result<Request, TrainingError> {
    not_own(cause, person)?;
    if !ruled.approved && ruled.reason.is_none() {
        return Err(Error::NoReason.into());
    }
    let mut tries = TRIES;
    loop {
        let (mut request, open) = desk.seen(person, id, expected).await?;
        if request.state != RequestState::Asked {
            return Err(Error::NotWaiting(id).into());
        }
        request.version = expected.next();
        request.ruling = Some(Ruling { at: cause.at, by: cause.by.clone(), reason: ruled.reason.clone() });
        let commit = if ruled.approved {
            request.state = RequestState::Approved;
            let (mut commit, assigned) = assigned(&desk.desk, &request, cause).await?;
            request.assigned = assigned;
            commit.writes.push(write(expected, &request));
            commit.events.push(events::request(events::REQUEST_APPROVED, &request, cause));
            commit.mails.extend(desk.told(&request, RequestNotice::Approved, cause));
            commit
        } else {
            request.state = RequestState::Declined;
            let mut commit = ended(&mut request, &open, events::REQUEST_DECLINED, cause);
            commit.mails.extend(desk.told(&request, RequestNotice::Declined, cause));
            commit
        };
        match desk.desk.writer.commit(commit, cause).await {
            Ok(()) => return Ok(request),
            // Perhaps only the learner's file was written meanwhile: whether the request was, the next read says.
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// The commit that asks the course of the person, a recommended one, and which assignment that makes; none where it is
/// asked already.
async fn assigned(
    desk: &Desk<'_>,
    request: &Request,
    cause: &Cause,
) -> Result<(Commit<crate::Write>, Option<AssignmentRound>), TrainingError> {
    let file = open_file(desk, request.person).await?;
    let catalogue = Arc::new(desk.reader.catalogue().await?);
    let act = |file: &mut LearnerFile, ground: &Ground<'_>| recommend(file, ground, request.course);
    let (commit, receipt) = drafted(desk, &file, &catalogue, cause, &act).await?;
    let Made::Assignment(course, round) = receipt.made else { return Ok((commit, None)) };
    Ok((commit, file.assignment(course, round).is_none().then_some(round)))
}

fn recommend(file: &mut LearnerFile, ground: &Ground<'_>, course: CourseId) -> Result<Act, TrainingError> {
    if file.head.facts.has_left(ground.today) {
        return Err(TrainingError::Left(file.person()));
    }
    let known = ground.catalogue.course(course).ok_or(TrainingError::UnknownCourse(course))?;
    if known.retired.is_some() {
        return Err(TrainingError::Retired(course));
    }
    if let Some(open) = file.open(course).filter(|open| !open.is_offered()) {
        return Ok(Act::nothing(Made::Assignment(course, open.round)));
    }
    // What somebody asked for takes the place of an offer.
    let offer = supersede(file, course, ground.today);
    let first = file.head.facts.start.map_or(ground.today, |start| start.max(ground.today));
    let due = due::plus(first, DAYS);
    let mut assignment = Assignment::new(course, first, due, AssignmentSource::Manual, AssignmentReason::Asked);
    assignment.round = file.next_round(course);
    assignment.required = false;
    let happened = offer.into_iter().chain([Happened::Assigned(data(&assignment))]).collect();
    let made = Made::Assignment(course, assignment.round);
    file.assignments.push(assignment);
    Ok(Act { made, happened })
}

/// Adds to a commit that the assignment which a request made is taken back while it is open, unless the person has
/// reported the course meanwhile: then they did what they asked for.
async fn unassigned(
    desk: &Desk<'_>,
    request: &Request,
    commit: &mut Commit<crate::Write>,
    cause: &Cause,
) -> Result<(), TrainingError> {
    let (course, Some(round)) = (request.course, request.assigned) else { return Ok(()) };
    let Some(file) = desk.reader.file(request.person).await? else { return Ok(()) };
    let made = |file: &LearnerFile| file.open(course).is_some_and(|open| open.round == round && !open.required);
    if !made(&file) || file.is_waiting(course) {
        return Ok(());
    }
    let catalogue = Arc::new(desk.reader.catalogue().await?);
    let act = |file: &mut LearnerFile, ground: &Ground<'_>| {
        let happened = file.open_mut(course).map(|open| take_back(open, ground.today)).into_iter().collect();
        Ok(Act { made: Made::Assignment(course, round), happened })
    };
    let Commit { writes, events, mails, .. } = drafted(desk, &file, &catalogue, cause, &act).await?.0;
    commit.writes.extend(writes);
    commit.events.extend(events);
    commit.mails.extend(mails);
    Ok(())
}

/// The commit of a request that ends, in the version after the one that was read.
fn ended(request: &mut Request, open: &Open, kind: &str, cause: &Cause) -> Commit<crate::Write> {
    request.ended_at = Some(cause.at);
    let writes = vec![write(request.version.previous(), request), write_open(open.version, open.without(request.id))];
    Commit::of(writes).event(events::request(kind, request, cause))
}

/// Says that what was approved was provided, a voucher with its code. The person is told by mail that it is there.
///
/// # Errors
/// [`TrainingError`] for one's own request, an unknown one, a version that is no longer true, one that is not approved, a
/// voucher without its code; store errors.
pub async fn provide(
    desk: &RequestDesk<'_>,
    person: PersonId,
    id: CourseRequestId,
    expected: Version,
    voucher: Option<&VoucherCode>,
    cause: &Cause,
) -> Result<Request, TrainingError> {
    not_own(cause, person)?;
    end(desk, person, id, expected, cause, &|request| {
        if request.state != RequestState::Approved {
            return Err(Error::NotApproved(id));
        }
        if request.kind == RequestKind::Voucher && voucher.is_none() {
            return Err(Error::NoVoucher);
        }
        request.state = RequestState::Provided;
        request.voucher = voucher.cloned();
        Ok((events::REQUEST_PROVIDED, Some(RequestNotice::Provided)))
    })
    .await
}

/// Takes a request back, and with it the assignment that its approval made, while that is open.
///
/// # Errors
/// [`TrainingError`] for an unknown request, a version that is no longer true, one that has ended; store errors.
pub async fn withdraw(
    desk: &RequestDesk<'_>,
    person: PersonId,
    id: CourseRequestId,
    expected: Version,
    cause: &Cause,
) -> Result<Request, TrainingError> {
    end(desk, person, id, expected, cause, &|request| {
        if !request.state.is_open() {
            return Err(Error::Ended(id));
        }
        request.state = RequestState::Withdrawn;
        Ok((events::REQUEST_WITHDRAWN, None))
    })
    .await
}

/// How a request ends: which event says so, and what the person is told.
type Ending<'a> = dyn Fn(&mut Request) -> Result<(&'static str, Option<RequestNotice>), Error> + Send + Sync + 'a;

async fn end(
    desk: &RequestDesk<'_>,
    person: PersonId,
    id: CourseRequestId,
    expected: Version,
    cause: &Cause,
    how: &Ending<'_>,
) -> Result<Request, TrainingError> {
    let mut tries = TRIES;
    loop {
        let (mut request, open) = desk.seen(person, id, expected).await?;
        let (kind, notice) = how(&mut request)?;
        request.version = expected.next();
        let mut commit = ended(&mut request, &open, kind, cause);
        if request.state == RequestState::Withdrawn {
            unassigned(&desk.desk, &request, &mut commit, cause).await?;
        }
        commit.mails.extend(notice.and_then(|notice| desk.told(&request, notice, cause)));
        match desk.desk.writer.commit(commit, cause).await {
            Ok(()) => return Ok(request),
            // Perhaps another request of the person's was written meanwhile, or their file.
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// The requests of somebody's direct reports that wait for a decision: of a page of reports, read by three requests to the
/// table where no hundred of people or of open requests is exceeded, and by one more for each further hundred. Who reports to whom is what the directory says now, so that a request follows its person to
/// another manager.
///
/// # Errors
/// Store errors.
pub async fn waiting_for(
    desk: &RequestDesk<'_>,
    manager: PersonId,
    limit: Limit,
    after: Option<&Position>,
) -> Result<Page<Request>, TrainingError> {
    let reports = desk.desk.roster.reports(manager, limit, after).await?;
    let open = desk.reader.open_of(&reports.items).await?;
    let named = |open: &Open| {
        let person = open.person;
        open.requests.iter().map(move |one| (person, one.request)).collect::<Vec<_>>()
    };
    let wanted: Vec<(PersonId, CourseRequestId)> = open.iter().flat_map(named).collect();
    let mut items = desk.reader.some_requests(&wanted).await?;
    items.retain(|request| request.state == RequestState::Asked);
    items.sort_by_key(|request| (request.asked_at, request.id));
    Ok(Page { items, next: reports.next })
}

/// Takes back what is open of somebody who leaves before what they asked for would fall due; who leaves later may still
/// take part. Their assignments end with their file. Nobody writes to the person. Safe to repeat; says whether there was
/// anything.
///
/// # Errors
/// Store errors.
pub async fn vacate(desk: &RequestDesk<'_>, person: PersonId, cause: &Cause) -> Result<bool, TrainingError> {
    let Some(facts) = desk.desk.roster.facts(person).await? else { return Ok(false) };
    let falls_due = due::plus(facts.today(cause.at), DAYS);
    if facts.leave.is_none_or(|last| last >= falls_due) {
        return Ok(false);
    }
    let mut tries = TRIES;
    loop {
        let open = desk.reader.open(person).await?;
        if open.requests.is_empty() {
            return Ok(false);
        }
        let wanted: Vec<_> = open.requests.iter().map(|one| (person, one.request)).collect();
        let mut commit = Commit::of(vec![write_open(open.version, open.cleared())]);
        for mut request in desk.reader.some_requests(&wanted).await? {
            let before = request.version;
            (request.state, request.ended_at, request.version) =
                (RequestState::Withdrawn, Some(cause.at), before.next());
            commit.writes.push(write(before, &request));
            commit.events.push(events::request(events::REQUEST_WITHDRAWN, &request, cause));
        }
        match desk.desk.writer.commit(commit, cause).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict) if tries > 1 => tries -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// How many requests one commit forgets.
const FORGOTTEN_AT_ONCE: usize = 50;

/// Forgets every request of a person. Safe to repeat, also after it stopped half way; says whether there was one.
///
/// # Errors
/// Store errors.
pub async fn forget(desk: &RequestDesk<'_>, person: PersonId, cause: &Cause) -> Result<bool, TrainingError> {
    let held = desk.reader.held_requests(person).await?;
    for some in held.chunks(FORGOTTEN_AT_ONCE) {
        let one = |request: &CourseRequestId| Write::ForgetRequest { person, request: *request };
        // With the first of them: while any is left, there is still something to find.
        let writes = some.iter().map(one).chain([Write::ForgetOpen { person }]);
        let commit = Commit::of(writes.map(crate::Write::Requests).collect());
        desk.desk.writer.commit(commit, cause).await?;
    }
    Ok(!held.is_empty())
}
