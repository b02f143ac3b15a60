//! Reminder runs: the cycle, now, and how it is getting on.

use axum::extract::State;
use kernel::{Commit, Operation, RunId, Subject, Version};
use serde_json::json;
use training::{
    Write,
    model::{ReminderRun, RunCounts, RunState},
};
use web::{Answer, Authenticated, Id, IdempotencyKey, Json, Refusal, Routes, kinds, routes};

use crate::{
    app::App,
    dto::{NewRun, RunView},
    problems,
};

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(start)).routes(routes!(read))
}

/// Starts the reminder cycle of this moment.
#[utoipa::path(
    post, path = "/training/runs", tag = "reminders", operation_id = Operation::StartReminderRun.id(),
    request_body = NewRun,
    responses((status = 202, description = "Started; its address tells how it is getting on.", body = RunView)),
)]
async fn start(
    State(app): State<App>,
    who: Authenticated,
    key: IdempotencyKey,
    body: Json<NewRun>,
) -> Result<Answer, Refusal> {
    who.may(Operation::StartReminderRun, &Subject::program())?;
    let at = who.cause.at;
    let run = ReminderRun {
        id: RunId::new(at),
        at,
        ignore_send_hour: body.value.ignore_send_hour,
        state: RunState::Running,
        counts: RunCounts::default(),
        version: Version::FIRST,
    };
    let answer = Answer::accepted(format!("/training/runs/{}", run.id), &RunView::from(&run));
    let once = key.record(&who, &body.hash).map(|record| record.keep(&answer));
    let commit = Commit::of(vec![Write::Run { before: Version::ABSENT, run: run.clone() }]).once(once);
    let outcome = app.ports.writer.commit(commit, &who.cause).await.map(|()| answer).map_err(Refusal::from);
    // A repetition starts the machine again under the same name, which starts it once; so a start that failed after the
    // record was written is made up for.
    let (id, repeated) = match &outcome {
        Err(Refusal::Replay(answer)) => (repeated_id(answer.location.as_deref()), true),
        _ => (Some(run.id), false),
    };
    if let (Some(id), true) = (id, outcome.is_ok() || repeated) {
        let stored = if repeated { app.ports.reader.run(id).await?.unwrap_or(run) } else { run };
        let input = json!({"run": stored.id, "at": stored.at, "ignore_send_hour": stored.ignore_send_hour});
        let name = stored.id.to_string();
        app.ports.reminders.start(&name, &input).await.map_err(|error| problems::gateway(&error))?;
    }
    outcome
}

fn repeated_id(location: Option<&str>) -> Option<RunId> {
    location?.rsplit('/').next()?.parse().ok()
}

/// How a run is getting on.
#[utoipa::path(
    get, path = "/training/runs/{run_id}", tag = "reminders", operation_id = Operation::ReadReminderRun.id(),
    responses((status = 200, description = "The run.", body = RunView)),
)]
async fn read(State(app): State<App>, who: Authenticated, Id(id): Id<RunId>) -> Result<Answer, Refusal> {
    who.may(Operation::ReadReminderRun, &Subject::program())?;
    let run = app.ports.reader.run(id).await?.ok_or(kinds::NOT_FOUND)?;
    Ok(Answer::ok(&RunView::from(&run)).version(run.version))
}
