//! Assessments: how tests are drawn and taken. Everybody may read what awaits them; the bank stays with its authors.

use axum::extract::State;
use kernel::{AssessmentId, Operation, Subject};
use training::{
    TrainingError,
    assessment::{
        Assessment, Error,
        usecases::{self, AssessmentAnswer},
    },
};
use web::{
    Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Refusal, Routes, kinds, routes,
};

use crate::{
    app::App,
    dto::{AssessmentChange, AssessmentView, NewAssessment, PageOf},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(list, create)).routes(routes!(read, change))
}

fn answer(assessment: &Assessment) -> Answer {
    Answer::ok(&AssessmentView::from(assessment)).version(assessment.version)
}

fn created(assessment: &Assessment) -> Answer {
    let path = format!("/training/assessments/{}", assessment.id);
    Answer::created(path, &AssessmentView::from(assessment)).version(assessment.version)
}

/// Assessments, by code.
#[utoipa::path(
    get, path = "/training/assessments", tag = "assessments", operation_id = Operation::ListAssessments.id(),
    params(crate::dto::PagingParams),
    responses((status = 200, description = "A page of assessments.", body = PageOf<AssessmentView>)),
)]
async fn list(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListAssessments, &Subject::program())?;
    let page = app.ports.assessments.assessments(listing.paging.limit, listing.paging.after.as_ref()).await?;
    Ok(Answer::page(&page.map(|assessment| AssessmentView::from(&assessment)), &listing.paging))
}

/// A new assessment.
#[utoipa::path(
    post, path = "/training/assessments", tag = "assessments", operation_id = Operation::CreateAssessment.id(),
    request_body = NewAssessment,
    responses((status = 201, description = "The assessment.", body = AssessmentView)),
)]
async fn create(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<NewAssessment>,
) -> Result<Answer, Refusal> {
    who.may(Operation::CreateAssessment, &Subject::program())?;
    let rules = app.rules().await?;
    let NewAssessment { code, terms } = body.value;
    let record = key.record(&who, &body.hash);
    let keep = record.as_ref().map(|record| move |assessment: &Assessment| record.keep(&created(assessment)));
    let once = keep.as_ref().map(|keep| keep as AssessmentAnswer<'_>);
    let (desk, reader) = (app.desk(&rules), app.ports.assessments.as_ref());
    let outcome = usecases::create_assessment(&desk, reader, code, terms.into(), &who.cause, once).await;
    let outcome = outcome.map(|assessment| created(&assessment)).map_err(problems::training);
    key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome).await
}

/// One assessment.
#[utoipa::path(
    get, path = "/training/assessments/{assessment_id}", tag = "assessments",
    operation_id = Operation::ReadAssessment.id(),
    responses((status = 200, description = "The assessment.", body = AssessmentView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(assessment): Id<AssessmentId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadAssessment, &Subject::program())?;
    let assessment = app.ports.assessments.assessment(assessment).await?;
    Ok(assessment.as_ref().map(answer).ok_or(kinds::NOT_FOUND)?)
}

/// Replaces how an assessment is drawn and taken. Attempts go on under the terms they were started with.
#[utoipa::path(
    put, path = "/training/assessments/{assessment_id}", tag = "assessments",
    operation_id = Operation::ChangeAssessment.id(), request_body = AssessmentChange,
    responses((status = 200, description = "The assessment.", body = AssessmentView)),
)]
async fn change(
    State(app): State<App>,
    who: Authenticated,
    Id(id): Id<AssessmentId>,
    version: IfMatch,
    body: Json<AssessmentChange>,
) -> Result<Answer, Refusal> {
    who.may(Operation::ChangeAssessment, &Subject::program())?;
    let expected = version.version()?;
    let rules = app.rules().await?;
    let (desk, reader) = (app.desk(&rules), app.ports.assessments.as_ref());
    let changed = usecases::change_assessment(&desk, reader, id, expected, body.value.into(), &who.cause).await;
    changed.map(|assessment| answer(&assessment)).map_err(|error| match error {
        TrainingError::Assessment(Error::UnknownAssessment(_)) => kinds::NOT_FOUND.into(),
        error => problems::training(error),
    })
}
