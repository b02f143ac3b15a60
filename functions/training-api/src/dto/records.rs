//! What was done and what need not be: completions, checks, exemptions, and the form of a mail link's page.

use jiff::civil::Date;
use kernel::{CompletionId, CourseId, Day, ExemptionId, PersonId};
use serde::{Deserialize, Serialize};
use training::model::{Catalogue, Check, CheckState, Completion, CompletionSource, Exemption, FreeText};
use utoipa::ToSchema;

use super::{free_text, spellings};

spellings! {
    completion_source: CompletionSource;
}

/// One completion.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CompletionView {
    #[schema(value_type = Uuid)]
    pub(crate) id: CompletionId,
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    #[schema(value_type = String, format = Date)]
    pub(crate) completed_on: Date,
    #[schema(schema_with = completion_source)]
    pub(crate) source: CompletionSource,
    /// Whether it counts.
    pub(crate) counts: bool,
    /// Whether it waits for somebody's check.
    pub(crate) waiting: bool,
    /// Whether a check refused it.
    pub(crate) refused: bool,
    /// The last day on which it is valid; absent when it never lapses.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) valid_until: Option<Date>,
}

impl CompletionView {
    /// One completion of a course.
    pub(crate) fn of(completion: &Completion, catalogue: &Catalogue) -> Self {
        let course = catalogue.course(completion.course);
        Self {
            id: completion.id,
            course_id: completion.course,
            completed_on: completion.completed_on,
            source: completion.source,
            counts: completion.counts(),
            waiting: completion.is_waiting(),
            refused: matches!(completion.check, CheckState::Refused { .. }),
            valid_until: course.and_then(|course| course.last_valid_day(completion.completed_on)),
        }
    }
}

/// A course that need not be done for a while.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExemptionView {
    #[schema(value_type = Uuid)]
    id: ExemptionId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Why, in the words of whoever granted it.
    reason: String,
    /// Whether it holds today.
    active: bool,
}

impl ExemptionView {
    /// One exemption, as of a day.
    pub(crate) fn of(exemption: &Exemption, today: Date) -> Self {
        Self {
            id: exemption.id,
            course_id: exemption.course,
            from: exemption.from,
            until: exemption.until,
            reason: exemption.reason.expose().to_owned(),
            active: exemption.holds(today),
        }
    }
}

/// "I have done this."
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCompletion {
    /// Which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// When, not in the future.
    #[schema(value_type = String, format = Date)]
    pub(crate) completed_on: Day,
}

/// What a look at a self-report came to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCheck {
    /// Whether it is confirmed.
    pub(crate) accepted: bool,
}

/// A course that need not be done for a while.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExemption {
    /// From which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// Why.
    #[schema(schema_with = free_text)]
    pub(crate) reason: FreeText,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    pub(crate) until: Day,
}

/// A self-report that waits for somebody's look.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CheckView {
    #[schema(value_type = Uuid)]
    completion_id: CompletionId,
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(value_type = String, format = Date)]
    completed_on: Date,
    #[schema(value_type = String, format = Date)]
    reported_on: Date,
}

impl From<&Check> for CheckView {
    fn from(check: &Check) -> Self {
        Self {
            completion_id: check.completion,
            person_id: check.person,
            course_id: check.course,
            completed_on: check.completed_on,
            reported_on: check.recorded_on,
        }
    }
}

/// What a button on a mail link's page sends.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes mail::pages::LinkForm")]
pub(crate) struct LinkFormView {
    /// `done`, `more_time`, `on_leave` or `not_my_role`; `opt_out` or `opt_in` where the link is about mails that are not
    /// mandatory.
    #[schema(pattern = "^(done|more_time|on_leave|not_my_role|opt_out|opt_in)$")]
    action: String,
    /// With `done`: when; today where absent.
    #[schema(value_type = Option<String>, format = Date)]
    completed_on: Option<Date>,
    /// With `on_leave`: the first day; today where absent.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// With `on_leave`: the last day. With `more_time`: by when it could be done.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}
