//! Reminder runs, and the settings they go by.

use jiff::Timestamp;
use kernel::RunId;
use serde::{Deserialize, Serialize};
use training::{
    Settings,
    model::{ReminderRun, RunCounts, RunState},
};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema},
};

use super::spellings;

spellings! {
    run_state: RunState;
}

/// Training's settings.
pub(crate) struct SettingsView;

impl utoipa::PartialSchema for SettingsView {
    fn schema() -> RefOr<Schema> {
        // The rules' own schema, without the keywords that only a document of its own has.
        let mut schema = Settings::schema();
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("$schema");
            schema.remove("title");
        }
        serde_json::from_value(schema).unwrap_or_else(|_| ObjectBuilder::new().into())
    }
}

impl ToSchema for SettingsView {
    fn name() -> std::borrow::Cow<'static, str> {
        "TrainingSettings".into()
    }
}

/// A reminder run that is asked for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRun {
    /// Whether it waits for nobody's send hour.
    #[serde(default)]
    pub(crate) ignore_send_hour: bool,
}

/// A reminder run.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct RunView {
    #[schema(value_type = Uuid)]
    id: RunId,
    /// The moment it works for.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    ignore_send_hour: bool,
    #[schema(schema_with = run_state)]
    state: RunState,
    /// People visited.
    people: u64,
    /// Boxes visited.
    boxes: u64,
    /// Mails written, previews included.
    mails: u64,
    /// Assignments that became overdue.
    became_overdue: u64,
    /// Visits that failed and come up again.
    failed: u64,
}

impl From<&ReminderRun> for RunView {
    fn from(run: &ReminderRun) -> Self {
        let RunCounts { people, boxes, mails, became_overdue, failed } = run.counts;
        Self {
            id: run.id,
            at: run.at,
            ignore_send_hour: run.ignore_send_hour,
            state: run.state,
            people,
            boxes,
            mails,
            became_overdue,
            failed,
        }
    }
}
