//! What goes over the wire: requests that refuse unknown fields, and views. Values parse themselves; the schemas here say
//! in OpenAPI what they accept.

mod people;
mod program;
mod teams;
mod workloads;

pub(crate) use people::{
    AbsencesBody, EventView, ExportView, LeaveBody, MeView, MemberView, NewPersonBody, PersonChangeBody, PersonLine,
    PersonView, SubjectBody,
};
pub(crate) use program::{MailLine, MailView, ProgramSettingsView};
use serde::{Deserialize, Deserializer, Serialize};
pub(crate) use teams::{MergeBody, NewTeamBody, SplitBody, TeamChangeBody, TeamView};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{ObjectBuilder, Schema, schema::Type},
};
pub(crate) use workloads::{NewWorkloadBody, WorkloadChangeBody, WorkloadView};

/// A page of a listing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageOf<T> {
    /// The entries, in the listing's order. A page may hold fewer than asked for and still have a next.
    items: Vec<T>,
    /// The cursor of the next page, null on the last.
    next: Option<String>,
}

/// How a listing is paged.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes in OpenAPI what web::Paging reads")]
pub(crate) struct PagingParams {
    /// How many entries, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// Where the page starts, as the page before said.
    cursor: Option<String>,
}

/// A text that is one of a few.
pub(crate) fn one_of<const N: usize>(all: [&'static str; N]) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all)).into()
}

/// A field that may be left out (nothing changes), null (it goes) or a value.
pub(crate) fn stated<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
