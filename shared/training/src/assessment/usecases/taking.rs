//! What people do: start an attempt, read it, hand it in once and in time.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::{try_join, try_join_all};
use jiff::{SignedDuration, Timestamp};
use kernel::{AssessmentId, AttemptId, Cause, Commit, Event, Limit, Once, PersonId, StoreError, Version};

use crate::{
    TrainingError,
    assessment::{
        Answer, Assessment, AssessmentReader, Attempt, AttemptState, Error, Opening, Purpose, Question, Round, Seed,
        Submission, Tries, Write,
        asking::{Heard, utc_day},
        attempt::{allowed, may_start},
        draw, judge, paired,
    },
    competency::{self, CompetencyReader, Evidence, EvidenceSource, Profile, Score},
    effectiveness, events,
    model::{CompletionSource, Learner, LearnerFile, Percent},
    usecases::{Act, Acting, Desk, Made, TRIES, drafted, open_file, records},
};

/// Everything that taking an assessment works with.
#[derive(Clone, Copy)]
pub struct Room<'a> {
    /// The learner's file, where a passed test is a completion.
    pub desk: Desk<'a>,
    /// Reads the bank, assessments and attempts.
    pub assessments: &'a dyn AssessmentReader,
    /// Reads people's competency, of which a test is evidence.
    pub competency: &'a dyn CompetencyReader,
}

/// An attempt with the questions of its form, in the form's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The attempt.
    pub attempt: Attempt,
    /// The questions, each in the version that is pinned.
    pub questions: Vec<Question>,
    /// How many more attempts there are in its round.
    pub left: u8,
    /// Whether its round is over: passed, its quarter or year is over, or no attempt is left, and none is open; of a test
    /// before a course, whether the round of the test after it is. Before that, nothing is told that would help in the
    /// next attempt.
    pub over: bool,
}

/// Makes the idempotency record of a request from what came of it.
pub type TakenAnswer<'a> = &'a (dyn Fn(&Taken) -> Once + Send + Sync);

/// Starts an attempt: draws a form by the seed and pins its questions.
///
/// # Errors
/// [`Error`]: unknown or retired, an attempt is open, the round is passed, no attempt is left, it is too early, or the
/// bank has too few questions; [`TrainingError::Competency`] where the person is judged in too many areas already; store
/// errors.
pub async fn start(
    room: &Room<'_>,
    person: PersonId,
    assessment: AssessmentId,
    seed: Seed,
    cause: &Cause,
    once: Option<TakenAnswer<'_>>,
) -> Result<Taken, TrainingError> {
    let mut tries = TRIES;
    loop {
        match start_once(room, person, assessment, seed, cause, once).await {
            Err(TrainingError::Store(StoreError::Conflict)) if tries > 1 => tries -= 1,
            done => return done,
        }
    }
}

async fn start_once(
    room: &Room<'_>,
    person: PersonId,
    assessment: AssessmentId,
    seed: Seed,
    cause: &Cause,
    once: Option<TakenAnswer<'_>>,
) -> Result<Taken, TrainingError> {
    let reader = room.assessments;
    let Opening { assessment: found, tries, profile, head } = reader.opening(person, assessment).await?;
    let assessment = found.ok_or(Error::UnknownAssessment(assessment))?;
    let round = round_of(room, person, &assessment, cause.at).await?;
    let tries = tries.unwrap_or_else(|| Tries::none(person, assessment.id, round.clone())).within(&round);
    let earlier = match tries.attempts.as_slice() {
        [] => Vec::new(),
        ids => reader.some_attempts(person, ids).await?,
    };
    may_start(&assessment, &earlier, cause.at)?;
    let sections = &assessment.terms.sections;
    // Without room for its evidence a test could be taken, and not handed in.
    let profile = profile.unwrap_or_else(|| Profile::new(person));
    if !profile.has_room(sections.iter().map(|section| &section.area)) {
        return Err(competency::Error::TooManyAreas.into());
    }
    let bank = try_join_all(sections.iter().map(|section| reader.bank(&section.area))).await?;
    let bank: BTreeMap<_, _> = sections.iter().map(|section| section.area.clone()).zip(bank).collect();
    let pins = draw(&bank, sections, seed)?;
    let questions = reader.pinned(&pins).await?;
    let attempt = Attempt {
        id: AttemptId::new(cause.at),
        person,
        assessment: assessment.id,
        assessment_version: assessment.version,
        purpose: assessment.terms.purpose,
        course: assessment.terms.course,
        round,
        number: u8::try_from(tries.attempts.len() + 1).unwrap_or(u8::MAX),
        allowed: allowed(&assessment, &earlier),
        seed,
        questions: pins,
        pass_mark: assessment.terms.pass_mark,
        started_at: cause.at,
        deadline: deadline(cause.at, assessment.terms.minutes),
        submission: None,
        version: Version::FIRST,
    };
    let before = tries.version;
    let attempts = tries.attempts.iter().copied().chain([attempt.id]).collect();
    let tries = Tries { attempts, version: before.next(), ..tries };
    let taken = Taken { left: attempt.left(cause.at), over: false, attempt, questions };
    let mut writes = vec![
        crate::Write::Assessment(Write::Tries { before, tries }),
        crate::Write::Assessment(Write::Attempt { before: Version::ABSENT, attempt: Box::new(taken.attempt.clone()) }),
    ];
    writes.extend(head.and_then(|head| known(head, &taken.attempt, cause.at)));
    let commit = Commit::of(writes)
        .event(events::attempt_started(&taken.attempt, cause))
        .once(once.map(|answer| answer(&taken)));
    room.desk.writer.commit(commit, cause).await?;
    Ok(taken)
}

/// Whoever starts an attempt need not be asked for it any more: noted on the head of their file, where that is new.
fn known(mut head: Learner, attempt: &Attempt, at: Timestamp) -> Option<crate::Write> {
    let before = head.version;
    if !attempt.purpose.is_asked() || !head.heard(attempt.assessment, &attempt.round, Heard::Started, at) {
        return None;
    }
    head.version = before.next();
    Some(crate::Write::Learner { before, head: Box::new(head) })
}

fn deadline(start: Timestamp, minutes: u16) -> Timestamp {
    start.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}

/// The round that an attempt of today is counted within. Only a course's own round needs the learner's file.
async fn round_of(
    room: &Room<'_>,
    person: PersonId,
    assessment: &Assessment,
    at: Timestamp,
) -> Result<Round, TrainingError> {
    let course = match assessment.terms.course {
        Some(course) => {
            let file = room.desk.reader.file(person).await?;
            file.and_then(|file| file.latest(course).map(|assignment| assignment.round))
        }
        None => None,
    };
    Ok(Round::of(assessment.terms.purpose, course, utc_day(at)))
}

/// An attempt of a person at an instant, with its questions.
///
/// # Errors
/// [`Error::UnknownAttempt`]; store errors.
pub async fn read(
    reader: &dyn AssessmentReader,
    person: PersonId,
    attempt: AttemptId,
    at: Timestamp,
) -> Result<Taken, TrainingError> {
    let attempt = reader.some_attempts(person, &[attempt]).await?.pop().ok_or(Error::UnknownAttempt(attempt))?;
    let (questions, (left, over)) = try_join(reader.pinned(&attempt.questions), rest(reader, &attempt, at)).await?;
    Ok(Taken { attempt, questions, left, over })
}

/// How many attempts of an attempt's round are left, and whether the round is over. Whoever looks back at an earlier
/// attempt is told by the latest one of the round; everything else follows from the attempt itself.
async fn rest(reader: &dyn AssessmentReader, attempt: &Attempt, at: Timestamp) -> Result<(u8, bool), StoreError> {
    let by = |it: &Attempt| (it.left(at), it.ends_round(at));
    if attempt.purpose == Purpose::Pre {
        return Ok((attempt.left(at), followed(reader, attempt, at).await?));
    }
    if attempt.is_last() || attempt.state(at) == AttemptState::Open {
        return Ok(by(attempt));
    }
    let Some(tries) = reader.tries(attempt.person, attempt.assessment).await? else { return Ok(by(attempt)) };
    if tries.round != attempt.round {
        // A later round has begun.
        return Ok((0, true));
    }
    let Some(last) = tries.attempts.last().filter(|last| **last != attempt.id) else { return Ok(by(attempt)) };
    let last = reader.some_attempts(attempt.person, &[*last]).await?.pop();
    Ok(by(last.as_ref().unwrap_or(attempt)))
}

/// Whether the test after the course, which asks of the same bank as the one before it, is over for a person: an attempt
/// at it that was started later ended its round.
async fn followed(reader: &dyn AssessmentReader, before: &Attempt, at: Timestamp) -> Result<bool, StoreError> {
    if before.state(at) == AttemptState::Open {
        return Ok(false);
    }
    let all = reader.attempts(before.person, Limit::MAX, None).await?.items;
    let after = |it: &&Attempt| it.purpose == Purpose::PostTraining && it.course == before.course;
    Ok(all.iter().filter(after).any(|it| it.started_at >= before.started_at && it.ends_round(at)))
}

/// Takes the answers of an attempt and scores them, once and in time. In one commit with the score stand the evidence of
/// competency that it is, the scores in the learner's file that figures rest on and, of a passed test after a course, the
/// completion that it proves.
///
/// # Errors
/// [`Error`]: unknown, handed in before, too late, or answers that do not fit the form; store errors.
pub async fn submit(
    room: &Room<'_>,
    person: PersonId,
    attempt: AttemptId,
    answers: &[Answer],
    cause: &Cause,
    once: Option<TakenAnswer<'_>>,
) -> Result<Taken, TrainingError> {
    let mut tries = TRIES;
    loop {
        match submit_once(room, person, attempt, answers, cause, once).await {
            Err(TrainingError::Store(StoreError::Conflict)) if tries > 1 => tries -= 1,
            done => return done,
        }
    }
}

async fn submit_once(
    room: &Room<'_>,
    person: PersonId,
    attempt: AttemptId,
    answers: &[Answer],
    cause: &Cause,
    once: Option<TakenAnswer<'_>>,
) -> Result<Taken, TrainingError> {
    let Taken { mut attempt, questions, .. } = read(room.assessments, person, attempt, cause.at).await?;
    match attempt.state(cause.at) {
        AttemptState::Open => {}
        AttemptState::Submitted => return Err(Error::Submitted(attempt.id).into()),
        AttemptState::Expired => return Err(Error::Expired(attempt.id).into()),
    }
    let outcome = judge(&questions, attempt.seed, answers, attempt.pass_mark)?;
    attempt.submission = Some(Submission { at: cause.at, answers: answers.to_vec(), outcome });
    let before = attempt.version;
    attempt.version = before.next();
    let over = attempt.purpose != Purpose::Pre && attempt.ends_round(cause.at);
    let taken = Taken { left: attempt.left(cause.at), over, attempt, questions };
    let (writes, happened) = evidence(room, &taken.attempt, cause).await?;
    let mut commit = filed(room, &taken.attempt, &writes, cause).await?;
    commit.writes.push(crate::Write::Assessment(Write::Attempt { before, attempt: Box::new(taken.attempt.clone()) }));
    commit.events.push(events::attempt_submitted(&taken.attempt, cause));
    commit.writes.extend(writes.into_iter().map(crate::Write::Competency));
    commit.events.extend(happened);
    commit.writes.extend(learnt(room, &taken.attempt).await?.map(crate::Write::Effectiveness));
    commit.once = once.map(|answer| answer(&taken));
    room.desk.writer.commit(commit, cause).await?;
    Ok(taken)
}

/// What was learnt in a course: counted with a person's first score after it that has one before it, and not again.
async fn learnt(room: &Room<'_>, attempt: &Attempt) -> Result<Option<effectiveness::Write>, TrainingError> {
    let (Purpose::PostTraining, Some(course)) = (attempt.purpose, attempt.course) else { return Ok(None) };
    let mut attempts = room.assessments.attempts(attempt.person, Limit::MAX, None).await?.items;
    attempts.retain(|earlier| earlier.id != attempt.id);
    if paired(&attempts, course).is_some() {
        return Ok(None);
    }
    attempts.push(attempt.clone());
    let score = Score::from_tenths;
    let scores = paired(&attempts, course).and_then(|(pre, post)| Some((score(pre)?, score(post)?)));
    Ok(scores.map(|(pre, post)| effectiveness::usecases::paired(course, pre, post)))
}

/// What a score says of a person's competency, area by area.
async fn evidence(
    room: &Room<'_>,
    attempt: &Attempt,
    cause: &Cause,
) -> Result<(Vec<competency::Write>, Vec<Event>), TrainingError> {
    let areas = attempt.outcome().into_iter().flat_map(|outcome| &outcome.areas);
    let evidence: Vec<Evidence> = areas
        .map(|reached| Evidence {
            area: reached.area.clone(),
            score_tenths: reached.score_tenths,
            source: EvidenceSource::Assessment(attempt.id),
            on: utc_day(cause.at),
        })
        .collect();
    competency::usecases::judged(room.competency, attempt.person, &evidence, cause).await
}

/// The course that an attempt proves to be done.
fn proven(attempt: &Attempt, file: &LearnerFile, cause: &Cause) -> Option<records::Report> {
    let outcome = attempt.outcome().filter(|outcome| outcome.passed)?;
    let (Purpose::PostTraining, Some(course)) = (attempt.purpose, attempt.course) else { return None };
    Some(records::Report {
        person: attempt.person,
        course,
        // Due dates and validity are the person's days, and the test was passed where the person is.
        on: file.head.facts.today(cause.at),
        source: CompletionSource::Test,
        score: u8::try_from(outcome.score_tenths / 10).ok().and_then(Percent::new),
    })
}

/// The commit of what an attempt says in the learner's file: a course done by a passed test, which goes the way of every
/// completion, and the scores that hold from now on; an empty one where it says nothing new. The standing moves with it.
async fn filed(
    room: &Room<'_>,
    attempt: &Attempt,
    judged: &[competency::Write],
    cause: &Cause,
) -> Result<Commit<crate::Write>, TrainingError> {
    let scores = judged.iter().find_map(|write| match write {
        competency::Write::Profile { profile, .. } => Some(profile.scores()),
        competency::Write::Forget { .. } => None,
    });
    let file = open_file(&room.desk, attempt.person).await?;
    let report = proven(attempt, &file, cause);
    if scores.is_none() && report.is_none() {
        return Ok(Commit::of(Vec::new()));
    }
    let catalogue = Arc::new(room.desk.reader.catalogue().await?);
    let act: &Acting<'_> = &|file, ground| {
        if let Some(scores) = &scores {
            file.head.scores.clone_from(scores);
        }
        // For a file that was made after the start.
        if attempt.purpose.is_asked() {
            file.head.heard(attempt.assessment, &attempt.round, Heard::Started, cause.at);
        }
        report.as_ref().map_or_else(|| Ok(Act::nothing(Made::Nothing)), |it| records::record(file, ground, it))
    };
    Ok(drafted(&room.desk, &file, &catalogue, cause, act).await?.0)
}
