//! The HTTP edge: problems (RFC 9457), authentication from the gateway's claims, strict bodies, conditional requests,
//! idempotency, paging, server-rendered pages, the OpenAPI base and the reference page.
//!
//! It knows no system: routes live in the functions, rules in their rooms.
//!
//! Every request is looked at in one order, so that a refusal tells nobody more than they may know:
//!
//! 1. path and method: 404, 405; a part of a path that cannot be an id names nothing;
//! 2. the token: 401, 403;
//! 3. the form of key, query and body: 400, 413, 415. This asks nothing of any object and is the same for everybody;
//! 4. whether the caller may see the object and do this to it: 404, 403;
//! 5. the version it changes: 428, 400, 412;
//! 6. the rules: 409, 422.
//!
//! A handler reads like this:
//!
//! ```ignore
//! async fn create(
//!     State(app): State<App>,      // App: FromRef gives Arc<Gate>
//!     who: Authenticated,          // 401, 403
//!     key: IdempotencyKey,         // 400
//!     body: Json<NewCourse>,       // 400, 413, 415
//! ) -> Result<Answer, Refusal> {
//!     who.may(Operation::CreateCourse, &Subject::program())?;               // 403, 404
//!     let course = body.value.parse()?;
//!     let answer = Answer::created(format!("/training/courses/{}", course.id), &CourseView::from(&course))
//!         .version(Version::FIRST);
//!     let once = key.record(&who, &body.hash).map(|record| record.keep(&answer));
//!     let outcome = app.create(course, &who.cause, once).await;
//!     key.or_replay(&who, &body.hash, app.ports.answers.as_ref(), outcome.map(|()| answer)).await
//! }
//! ```

mod answer;
mod auth;
mod body;
mod conditional;
mod edge;
pub mod imports;
mod once;
pub mod openapi;
mod params;
mod problem;
pub mod reference;
mod routes;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use auth::{Authenticated, Gate, authorize};
pub use body::{Empty, Json, LARGE_BODY, LargeJson, SMALL_BODY};
pub use conditional::{IfMatch, etag};
pub use edge::{Edge, RequestId, serve};
pub use once::{IdempotencyKey, Record};
pub use params::{Id, Listing, NoFilter, Paging, Pair, Query};
pub use problem::{FieldError, Kind, Problem, Refusal, kinds};
#[cfg(debug_assertions)]
pub use routes::Routes;
#[cfg(not(debug_assertions))]
pub use routes::{Handlers, Routes, handlers};
#[cfg(not(debug_assertions))]
#[doc(hidden)]
pub use utoipa_axum::paste as __paste;
#[cfg(debug_assertions)]
pub use utoipa_axum::routes;
