//! The pages behind mail links: of one assignment, and of declining digests without anything required. Opening one only
//! looks, because mail scanners follow links; a button acts. The token is the whole authority: it names person, purpose,
//! subject and nonce, expires, and ends with any act on what it is about.

use axum::{
    body::to_bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{Cause, PersonId, Principal, StoreError};
use mail::{
    ProgramSettings,
    links::{LinkError, Purpose},
    model::CourseReason,
    pages::{HEADERS, LinkAction, LinkDone, LinkForm, LinkPage, LinkResult, OptOutPage},
};
use training::{
    TrainingError,
    model::{AssignmentReason, LinkClaims},
    usecases::{
        Call, Made,
        links::{LinkAnswer, act, look, look_opt_out, opt_in, opt_out},
    },
};
use web::{RequestId, Routes, routes};

use crate::app::{App, Rules};

const LARGEST_FORM: usize = 4096;

pub(crate) fn routes() -> Routes<App> {
    Routes::new().routes(routes!(open, answer))
}

/// A page about one assignment, for whoever holds the link. It changes nothing.
#[utoipa::path(
    get, path = "/training/links/{token}", tag = "mail links", operation_id = "openLink", security(()),
    responses(
        (status = 200, description = "A page with a form for each answer.", content_type = "text/html", body = String),
        (status = 404, description = "A page: the link is not genuine.", content_type = "text/html", body = String),
        (status = 410, description = "A page: the link was used or has expired.", content_type = "text/html", body = String),
        (status = 503, description = "A page: try again later.", content_type = "text/html", body = String),
    ),
)]
async fn open(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Ok(rules) = app.rules().await else { return unavailable(&headers) };
    let opened = async {
        let (desk, settings) = (app.desk(&rules), &rules.program);
        match proved(&app, &token).await? {
            Proved::Assignment(claims) => {
                let looked = look(&desk, &claims, app.ports.clock.now()).await;
                let view = looked.map_err(|error| refused(&error))?;
                let page = LinkPage {
                    settings,
                    language: &view.language,
                    course: view.course.title.as_str(),
                    due: view.due.unwrap_or(view.assignment.due),
                    why: (reason(view.assignment.reason), view.assignment.required),
                    today: view.today,
                };
                Ok(page.render())
            }
            Proved::OptOut { person, nonce } => {
                let looked = look_opt_out(&desk, person, nonce).await;
                let view = looked.map_err(|error| refused(&error))?;
                Ok(OptOutPage { settings, language: &view.language, declined: view.declined }.render())
            }
        }
    };
    match opened.await {
        Ok(page) => page.map_or_else(|_| unavailable(&headers), |html| html_response(200, html)),
        Err(result) => done(&rules, &language(&headers), result),
    }
}

/// What a button on the page says: done, more time, on leave, not my role; or no more mails about recommended courses, and
/// such mails again. It works once.
#[utoipa::path(
    post, path = "/training/links/{token}", tag = "mail links", operation_id = "answerLink", security(()),
    request_body(content_type = "application/x-www-form-urlencoded", content = inline(crate::dto::LinkFormView)),
    responses(
        (status = 200, description = "A page: recorded.", content_type = "text/html", body = String),
        (status = 404, description = "A page: the link is not genuine.", content_type = "text/html", body = String),
        (status = 410, description = "A page: the link was used or has expired.", content_type = "text/html", body = String),
        (status = 422, description = "A page: the form is not possible.", content_type = "text/html", body = String),
        (status = 503, description = "A page: try again later.", content_type = "text/html", body = String),
    ),
)]
async fn answer(State(app): State<App>, Path(token): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(rules) = app.rules().await else { return unavailable(&parts.headers) };
    let correlation_id = RequestId::of(&parts.extensions);
    let mut language = language(&parts.headers);
    let acted = async {
        let proved = proved(&app, &token).await?;
        let (desk, at) = (app.desk(&rules), app.ports.clock.now());
        let looked = match &proved {
            Proved::Assignment(claims) => look(&desk, claims, at).await.map(|view| view.language),
            Proved::OptOut { person, nonce } => look_opt_out(&desk, *person, *nonce).await.map(|view| view.language),
        };
        if let Ok(spoken) = looked {
            language = spoken;
        }
        let form = form(&parts.headers, body).await.ok_or(LinkResult::BadForm)?;
        let cause = Cause { by: Principal::Person(proved.person()), at, correlation_id, causation_id: None };
        let call = Call::of(&cause);
        let done = match (proved, form.action) {
            (Proved::OptOut { person, nonce }, LinkAction::OptOut) => opt_out(&desk, person, nonce, &call).await,
            (Proved::OptOut { person, nonce }, LinkAction::OptIn) => opt_in(&desk, person, nonce, &call).await,
            (Proved::Assignment(claims), _) => {
                let answer = understood(&form).ok_or(LinkResult::BadForm)?;
                act(&desk, &claims, answer, &call).await
            }
            (Proved::OptOut { .. }, _) => return Err(LinkResult::BadForm),
        };
        let receipt = done.map_err(|error| refused(&error))?;
        let waits = match receipt.made {
            Made::Completion(id) => receipt.file.completion(id).is_some_and(training::model::Completion::is_waiting),
            Made::Nothing | Made::Part | Made::Assignment(..) | Made::Exemption(_) | Made::Certificate(_) => false,
        };
        Ok(if waits { LinkResult::RecordedForCheck } else { LinkResult::Recorded(form.action) })
    };
    let result: Result<LinkResult, LinkResult> = acted.await;
    done(&rules, &language, result.unwrap_or_else(|refused| refused))
}

/// What a genuine, living token says.
enum Proved {
    Assignment(LinkClaims),
    OptOut { person: PersonId, nonce: u32 },
}

impl Proved {
    const fn person(&self) -> PersonId {
        match self {
            Self::Assignment(claims) => claims.person,
            Self::OptOut { person, .. } => *person,
        }
    }
}

async fn proved(app: &App, token: &str) -> Result<Proved, LinkResult> {
    let keys = app.ports.mail.link_keys().await.map_err(|error| {
        tracing::warn!(%error, "the link keys could not be read");
        LinkResult::TryLater
    })?;
    let claims = keys.verify(token, app.ports.clock.now()).map_err(|error| match error {
        LinkError::Expired => LinkResult::Expired,
        LinkError::Malformed | LinkError::Forged => LinkResult::Invalid,
    })?;
    let (person, nonce) = (claims.person, claims.nonce.parse().map_err(|_| LinkResult::Invalid)?);
    match claims.purpose {
        Purpose::Assignment => {
            let (course, round) = claims.assignment().map_err(|_| LinkResult::Invalid)?;
            Ok(Proved::Assignment(LinkClaims { person, course, round, nonce }))
        }
        Purpose::OptOut => Ok(Proved::OptOut { person, nonce }),
    }
}

const fn reason(reason: AssignmentReason) -> CourseReason {
    match reason {
        AssignmentReason::RolePath => CourseReason::RolePath,
        AssignmentReason::Prerequisite => CourseReason::Prerequisite,
        AssignmentReason::Recertification => CourseReason::Recertification,
        AssignmentReason::Request => CourseReason::Request,
        AssignmentReason::Asked => CourseReason::AskedFor,
        AssignmentReason::Recommended => CourseReason::Recommended,
        AssignmentReason::RecurringFinding => CourseReason::RecurringFinding,
    }
}

fn understood(form: &LinkForm) -> Option<LinkAnswer> {
    match form.action {
        LinkAction::Done => Some(LinkAnswer::Done { on: form.completed_on }),
        LinkAction::MoreTime => Some(LinkAnswer::MoreTime { until: form.until }),
        LinkAction::OnLeave => form.until.map(|until| LinkAnswer::OnLeave { from: form.from, until }),
        LinkAction::NotMyRole => Some(LinkAnswer::NotMyRole),
        LinkAction::OptOut | LinkAction::OptIn => None,
    }
}

fn refused(error: &TrainingError) -> LinkResult {
    match error {
        TrainingError::LinkEnded => LinkResult::Used,
        TrainingError::Store(StoreError::Unavailable(_) | StoreError::Conflict) => LinkResult::TryLater,
        TrainingError::Store(error) => {
            tracing::error!(%error, "a link could not be acted on");
            LinkResult::TryLater
        }
        _ => LinkResult::BadForm,
    }
}

async fn form(headers: &HeaderMap, body: axum::body::Body) -> Option<LinkForm> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if !kind.split(';').next()?.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    let bytes = to_bytes(body, LARGEST_FORM).await.ok()?;
    let uri = format!("/?{}", std::str::from_utf8(&bytes).ok()?).parse().ok()?;
    axum::extract::Query::<LinkForm>::try_from_uri(&uri).ok().map(|form| form.0)
}

/// The first language a browser names; what is not one of ours becomes the program's.
fn language(headers: &HeaderMap) -> String {
    let named = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split([',', ';']).next().unwrap_or_default().trim().chars().take(35).collect()
}

fn done(rules: &Rules, language: &str, result: LinkResult) -> Response {
    page(&rules.program, language, result)
}

/// Where not even the settings can be read, the page has the built-in brand.
fn unavailable(headers: &HeaderMap) -> Response {
    page(&ProgramSettings::default(), &language(headers), LinkResult::TryLater)
}

fn page(settings: &ProgramSettings, language: &str, result: LinkResult) -> Response {
    let page = LinkDone { settings, language, result };
    html_response(result.status(), page.render().unwrap_or_default())
}

fn html_response(status: u16, html: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, html).into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
