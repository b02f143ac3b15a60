//! Requests for seats and vouchers.

use jiff::Timestamp;
use kernel::{CourseId, CourseRequestId, PersonId};
use serde::{Deserialize, Serialize};
use training::{
    model::{FreeText, Title},
    requests::{
        Request, RequestKind, RequestState, VoucherCode,
        usecases::{Ruled, Wish},
    },
};
use utoipa::{
    ToSchema,
    openapi::{
        ObjectBuilder, Schema,
        schema::{SchemaType, Type},
    },
};

use super::{
    free_text,
    patterns::{PRINTABLE, VOUCHER},
    spellings,
};

spellings! {
    request_kind: RequestKind;
    request_state: RequestState;
}

fn optional_reason() -> Schema {
    optional(1, 500, PRINTABLE)
}

fn optional_code() -> Schema {
    optional(4, 100, VOUCHER)
}

fn optional(least: usize, most: usize, pattern: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(least))
        .max_length(Some(most))
        .pattern(Some(pattern))
        .into()
}

/// What is asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRequest {
    /// For which course: one that AWS Training, the industry or a partner gives.
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    /// What for.
    #[schema(schema_with = request_kind)]
    kind: RequestKind,
    /// Why; the manager and the program lead read it.
    #[schema(schema_with = free_text)]
    reason: FreeText,
}

impl From<NewRequest> for Wish {
    fn from(new: NewRequest) -> Self {
        Self { course: new.course_id, kind: new.kind, reason: new.reason }
    }
}

/// Whether a request is approved.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestDecision {
    /// True approves it, false declines it.
    approved: bool,
    /// Why; the person reads it. A refusal needs it.
    #[serde(default)]
    #[schema(schema_with = optional_reason)]
    reason: Option<FreeText>,
}

impl From<RequestDecision> for Ruled {
    fn from(decision: RequestDecision) -> Self {
        Self { approved: decision.approved, reason: decision.reason }
    }
}

/// What was provided.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestProvision {
    /// The voucher's code: needed where a voucher was asked for, absent or null for a seat without one. Nobody but the
    /// person reads it afterwards.
    #[serde(default)]
    #[schema(schema_with = optional_code)]
    pub(crate) voucher: Option<VoucherCode>,
}

/// A request for a seat or a voucher.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RequestView {
    #[schema(value_type = Uuid)]
    id: CourseRequestId,
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    /// What the course was called when it was asked for.
    #[schema(value_type = String)]
    title: Title,
    #[schema(schema_with = request_kind)]
    kind: RequestKind,
    #[schema(value_type = String)]
    reason: FreeText,
    #[schema(schema_with = request_state)]
    state: RequestState,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// When it was approved or declined.
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Why.
    #[schema(value_type = Option<String>)]
    decision_reason: Option<FreeText>,
    /// When it was declined, provided or taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// The voucher's code, told to the person alone.
    #[schema(value_type = Option<String>)]
    voucher: Option<VoucherCode>,
}

impl RequestView {
    /// A request; a voucher's code for the person's own eyes only.
    pub(crate) fn of(request: Request, own: bool) -> Self {
        let Request { id, person, course, title, kind, reason, state, asked_at, ruling, ended_at, voucher, .. } =
            request;
        Self {
            id,
            person_id: person,
            course_id: course,
            title,
            kind,
            reason,
            state,
            asked_at,
            decided_at: ruling.as_ref().map(|ruling| ruling.at),
            decision_reason: ruling.and_then(|ruling| ruling.reason),
            ended_at,
            voucher: voucher.filter(|_| own),
        }
    }
}
