//! The HTTP edge: problems (RFC 9457), authentication from the gateway's claims, strict bodies, conditional requests,
//! idempotency, paging, server-rendered pages, the OpenAPI base and the reference page.
//!
//! It knows no system: routes live in the functions, rules in their rooms. A handler reads like this:
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
//!     key.or_replay(&who, &body.hash, app.answers(), outcome.map(|()| answer)).await
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
