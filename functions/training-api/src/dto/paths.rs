//! Role paths.

use kernel::{CourseId, JobRole};
use serde::{Deserialize, Serialize};
use training::model::{Requirement, RolePath};
use utoipa::ToSchema;

use super::{job_role, spellings};

spellings! {
    requirement: Requirement;
}

/// One course of a path.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Which course.
    #[schema(value_type = Uuid)]
    pub(crate) course_id: CourseId,
    /// How much it is asked for.
    #[schema(schema_with = requirement)]
    pub(crate) requirement: Requirement,
}

/// What a job role is asked to learn, in plan order.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPath {
    /// The courses in plan order, each once.
    #[schema(max_items = 40)]
    pub(crate) steps: Vec<Step>,
}

/// The path of a job role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PathView {
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    /// The hours a year that the program asks of the role.
    yearly_hours: u16,
    steps: Vec<Step>,
}

impl PathView {
    /// The path of a role; without steps where none was set.
    pub(crate) fn of(job_role: JobRole, path: Option<&RolePath>) -> Self {
        let steps = path.map(|path| path.steps.as_slice()).unwrap_or_default();
        Self {
            job_role,
            yearly_hours: training::model::yearly_hours(job_role),
            steps: steps.iter().map(|step| Step { course_id: step.course, requirement: step.requirement }).collect(),
        }
    }
}
