//! What authors do: write questions and assessments. Permissions are decided before.

use kernel::{AssessmentId, Cause, Commit, Once, QuestionId, StoreError, Version};

use crate::{
    TrainingError, TrainingWriter,
    assessment::{Area, Assessment, AssessmentCode, AssessmentReader, Content, Error, Question, Terms, Write},
    events,
    usecases::Desk,
};

/// Makes the idempotency record of a new question from the question.
pub type QuestionAnswer<'a> = &'a (dyn Fn(&Question) -> Once + Send + Sync);
/// Makes the idempotency record of a new assessment from the assessment.
pub type AssessmentAnswer<'a> = &'a (dyn Fn(&Assessment) -> Once + Send + Sync);

/// Adds a question to the bank.
///
/// # Errors
/// [`Error::BankFull`]; store errors.
pub async fn create_question(
    reader: &dyn AssessmentReader,
    writer: &dyn TrainingWriter,
    content: Content,
    retired: bool,
    cause: &Cause,
    once: Option<QuestionAnswer<'_>>,
) -> Result<Question, TrainingError> {
    let question = Question { id: QuestionId::new(cause.at), content, retired, version: Version::FIRST };
    if !retired {
        room_for_one(reader, question.area()).await?;
    }
    let commit = save_question(Version::ABSENT, None, &question, cause);
    writer.commit(commit.once(once.map(|answer| answer(&question))), cause).await?;
    Ok(question)
}

/// Replaces what a question says, retires it from now on, or brings it back. Forms that show an earlier version go on
/// showing and scoring that one.
///
/// # Errors
/// [`Error::UnknownQuestion`], [`Error::BankFull`], [`Error::Needed`], [`TrainingError::Stale`] for a version that is no
/// longer true; store errors.
pub async fn change_question(
    desk: &Desk<'_>,
    reader: &dyn AssessmentReader,
    id: QuestionId,
    expected: Version,
    content: Content,
    retired: bool,
    cause: &Cause,
) -> Result<Question, TrainingError> {
    let old = reader.question(id).await?.ok_or(Error::UnknownQuestion(id))?;
    if old.version != expected {
        return Err(TrainingError::Stale);
    }
    if old.content == content && old.retired == retired {
        return Ok(old);
    }
    let question = Question { id, content, retired, version: expected.next() };
    let moved = old.area() != question.area();
    if !retired && (moved || old.retired) {
        room_for_one(reader, question.area()).await?;
    }
    if !old.retired && (moved || retired) {
        enough_without_one(desk, reader, old.area()).await?;
    }
    let left = moved.then(|| old.area().clone());
    desk.writer.commit(save_question(expected, left, &question, cause), cause).await?;
    Ok(question)
}

/// Two authors at once may go one over: what is beyond the bound is then not drawn.
async fn room_for_one(reader: &dyn AssessmentReader, area: &Area) -> Result<(), TrainingError> {
    if reader.bank(area).await?.len() >= Question::MOST_OF_AN_AREA {
        return Err(Error::BankFull(area.clone()).into());
    }
    Ok(())
}

/// A test that people are asked to take can be started: a question that it cannot do without stays. Two authors at once
/// may take the last two; then starting says so.
async fn enough_without_one(desk: &Desk<'_>, reader: &dyn AssessmentReader, area: &Area) -> Result<(), TrainingError> {
    let catalogue = desk.reader.catalogue().await?;
    let needs =
        |test: &&Assessment| test.terms.sections.iter().filter(|it| it.area == *area).map(|it| it.questions).max();
    let Some((test, needed)) = catalogue.tests().filter_map(|test| Some((test, needs(&test)?))).max_by_key(|it| it.1)
    else {
        return Ok(());
    };
    if reader.bank(area).await?.len() <= usize::from(needed) {
        return Err(Error::Needed(test.code.clone()).into());
    }
    Ok(())
}

fn save_question(before: Version, left: Option<Area>, question: &Question, cause: &Cause) -> Commit<crate::Write> {
    let write = Write::Question { before, left, question: Box::new(question.clone()) };
    let event = events::question(question.id, question.version, question.retired, cause);
    Commit::of(vec![crate::Write::Assessment(write)]).event(event)
}

/// Adds an assessment.
///
/// # Errors
/// [`Error::Terms`], an unknown course, [`Error::CodeTaken`], [`Error::TooFewQuestions`] for one that people would be asked
/// to take; store errors.
pub async fn create_assessment(
    desk: &Desk<'_>,
    reader: &dyn AssessmentReader,
    code: AssessmentCode,
    terms: Terms,
    cause: &Cause,
    once: Option<AssessmentAnswer<'_>>,
) -> Result<Assessment, TrainingError> {
    check(desk, reader, &terms).await?;
    let assessment = Assessment { id: AssessmentId::new(cause.at), code, terms, version: Version::FIRST };
    let commit = save_assessment(Version::ABSENT, &assessment, cause);
    match desk.writer.commit(commit.once(once.map(|answer| answer(&assessment))), cause).await {
        Err(StoreError::Taken(_)) => Err(Error::CodeTaken.into()),
        done => done.map(|()| assessment).map_err(TrainingError::from),
    }
}

/// Replaces the terms of an assessment. Attempts go on under the terms they were started with.
///
/// # Errors
/// [`Error::UnknownAssessment`], [`Error::Terms`], an unknown course, [`Error::TooFewQuestions`] for one that people would
/// be asked to take, [`TrainingError::Stale`] for a version that is no longer true; store errors.
pub async fn change_assessment(
    desk: &Desk<'_>,
    reader: &dyn AssessmentReader,
    id: AssessmentId,
    expected: Version,
    terms: Terms,
    cause: &Cause,
) -> Result<Assessment, TrainingError> {
    let old = reader.assessment(id).await?.ok_or(Error::UnknownAssessment(id))?;
    if old.version != expected {
        return Err(TrainingError::Stale);
    }
    if old.terms == terms {
        return Ok(old);
    }
    check(desk, reader, &terms).await?;
    let assessment = Assessment { terms, version: expected.next(), ..old };
    desk.writer.commit(save_assessment(expected, &assessment, cause), cause).await?;
    Ok(assessment)
}

async fn check(desk: &Desk<'_>, reader: &dyn AssessmentReader, terms: &Terms) -> Result<(), TrainingError> {
    terms.check()?;
    // Nobody is asked by mail for what cannot be started. Others, which a course brings, may be written before their bank.
    if terms.is_asked() {
        for section in &terms.sections {
            if reader.bank(&section.area).await?.len() < usize::from(section.questions) {
                return Err(Error::TooFewQuestions(section.area.clone()).into());
            }
        }
    }
    let Some(course) = terms.course else { return Ok(()) };
    match desk.reader.catalogue().await?.course(course) {
        Some(_) => Ok(()),
        None => Err(TrainingError::UnknownCourse(course)),
    }
}

fn save_assessment(before: Version, assessment: &Assessment, cause: &Cause) -> Commit<crate::Write> {
    let write = Write::Assessment { before, assessment: Box::new(assessment.clone()) };
    let event = events::assessment(assessment.id, assessment.version, cause);
    Commit::of(vec![crate::Write::Assessment(write)]).event(event)
}
