//! What was done and what need not be: completions, their checks, exemptions.

use axum::extract::State;
use kernel::{CompletionId, ExemptionId, Operation, PersonId, Subject};
use training::{
    model::CompletionSource,
    usecases::{Made, Receipt, records},
};
use web::{Answer, Authenticated, Id, IdempotencyKey, IfMatch, Json, Listing, NoFilter, Pair, Refusal, Routes, routes};

use crate::{
    app::{App, expecting},
    dto::{CheckView, CompletionView, ExemptionView, LearnerView, NewCheck, NewCompletion, NewExemption, PageOf},
    problems,
    routes::people::{Changing, view},
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(report))
        .routes(routes!(checks))
        .routes(routes!(check))
        .routes(routes!(exempt))
        .routes(routes!(end))
}

/// "I have done this." One in ten self-reports waits for somebody's check.
#[utoipa::path(
    post, path = "/training/people/{person_id}/completions", tag = "completions",
    operation_id = Operation::ReportCompletion.id(), request_body = NewCompletion,
    responses((status = 201, description = "The completion.", body = CompletionView)),
)]
async fn report(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<NewCompletion>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::ReportCompletion, person).await?;
    let rules = app.rules().await?;
    let answer = |receipt: &Receipt| match receipt.made {
        Made::Completion(id) => receipt.file.completion(id).map_or_else(Answer::no_content, |completion| {
            let view = CompletionView::of(completion, &receipt.catalogue);
            Answer::created(format!("/training/people/{person}"), &view).version(receipt.file.head.version)
        }),
        Made::Nothing | Made::Part | Made::Assignment(..) | Made::Exemption(_) | Made::Certificate(_) => {
            Answer::no_content()
        }
    };
    let desk = app.desk(&rules);
    let NewCompletion { course_id: course, completed_on } = body.value;
    let report =
        records::Report { person, course, on: completed_on.into(), source: CompletionSource::SelfReport, score: None };
    let changing = Changing { app: &app, who: &who, key: &key, hash: &body.hash, desk: &desk, person };
    changing.run(&answer, async |call| records::report_completion(&desk, report, &call).await).await
}

/// The self-reports that wait for somebody's check, oldest first.
#[utoipa::path(
    get, path = "/training/checks", tag = "completions", operation_id = Operation::ListChecks.id(),
    params(crate::dto::PagingParams),
    responses((status = 200, description = "A page of self-reports.", body = PageOf<CheckView>)),
)]
async fn checks(State(app): State<App>, who: Authenticated, listing: Listing<NoFilter>) -> Result<Answer, Refusal> {
    who.may(Operation::ListChecks, &Subject::program())?;
    let page = app.ports.reader.checks(listing.paging.limit, listing.paging.after.as_ref()).await?;
    Ok(Answer::page(&page.map(|check| CheckView::from(&check)), &listing.paging))
}

/// Confirms or refuses a self-report that waits.
#[utoipa::path(
    post, path = "/training/people/{person_id}/completions/{completion_id}/check", tag = "completions",
    operation_id = Operation::CheckCompletion.id(), request_body = NewCheck,
    responses((status = 200, description = "The person's training.", body = LearnerView)),
)]
async fn check(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, completion): Pair<PersonId, CompletionId>,
    key: IdempotencyKey,
    body: Json<NewCheck>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::CheckCompletion, person).await?;
    let rules = app.rules().await?;
    let answer = view(&rules, &who);
    let desk = app.desk(&rules);
    let accepted = body.value.accepted;
    let changing = Changing { app: &app, who: &who, key: &key, hash: &body.hash, desk: &desk, person };
    changing.run(&answer, async |call| records::check(&desk, person, completion, accepted, &call).await).await
}

/// Exempts a person from a course until a day.
#[utoipa::path(
    post, path = "/training/people/{person_id}/exemptions", tag = "completions",
    operation_id = Operation::GrantExemption.id(), request_body = NewExemption,
    responses((status = 201, description = "The exemption.", body = ExemptionView)),
)]
async fn exempt(
    State(app): State<App>,
    who: Authenticated,
    Id(person): Id<PersonId>,
    key: IdempotencyKey,
    body: Json<NewExemption>,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::GrantExemption, person).await?;
    let rules = app.rules().await?;
    let at = who.cause.at;
    let answer = |receipt: &Receipt| match receipt.made {
        Made::Exemption(id) => receipt.file.exemption(id).map_or_else(Answer::no_content, |exemption| {
            let view = ExemptionView::of(exemption, receipt.file.head.facts.today(at));
            Answer::created(format!("/training/people/{person}/exemptions/{id}"), &view)
                .showing_person()
                .version(receipt.file.head.version)
        }),
        Made::Nothing | Made::Part | Made::Assignment(..) | Made::Completion(_) | Made::Certificate(_) => {
            Answer::no_content()
        }
    };
    let desk = app.desk(&rules);
    let NewExemption { course_id: course, reason, until } = body.value;
    let ask = records::Exempt { person, course, reason, until: until.into() };
    let changing = Changing { app: &app, who: &who, key: &key, hash: &body.hash, desk: &desk, person };
    changing.run(&answer, async |call| records::exempt(&desk, &ask, &call).await).await
}

/// Ends an exemption today.
#[utoipa::path(
    delete, path = "/training/people/{person_id}/exemptions/{exemption_id}", tag = "completions",
    operation_id = Operation::EndExemption.id(),
    responses((status = 200, description = "The person's training.", body = LearnerView)),
)]
async fn end(
    State(app): State<App>,
    who: Authenticated,
    Pair(person, exemption): Pair<PersonId, ExemptionId>,
    version: IfMatch,
) -> Result<Answer, Refusal> {
    app.may(&who, Operation::EndExemption, person).await?;
    let rules = app.rules().await?;
    let answer = view(&rules, &who);
    let call = expecting(&who.cause, version.version()?);
    let receipt = records::end_exemption(&app.desk(&rules), person, exemption, &call).await;
    receipt.map(|receipt| answer(&receipt)).map_err(problems::training)
}
