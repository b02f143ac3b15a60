//! Teams over the wire.

use directory::{
    DepartmentCode, Team, TeamCode, TeamName, TeamState,
    teams::{NewTeam, Part, TeamChange},
};
use kernel::{PersonId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Schema};

use super::one_of;

fn state() -> Schema {
    one_of(["active", "merged", "split"])
}

/// A team to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTeamBody {
    /// Unique.
    #[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    code: TeamCode,
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    name: TeamName,
    /// The code of a department.
    #[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    department: DepartmentCode,
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 10)]
    lead_ids: Vec<PersonId>,
}

impl From<NewTeamBody> for NewTeam {
    fn from(body: NewTeamBody) -> Self {
        Self { code: body.code, name: body.name, department: body.department, leads: body.lead_ids }
    }
}

/// What changes of a team; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamChangeBody {
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    code: Option<TeamCode>,
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120)]
    name: Option<TeamName>,
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    department: Option<DepartmentCode>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 10)]
    lead_ids: Option<Vec<PersonId>>,
}

impl From<TeamChangeBody> for TeamChange {
    fn from(body: TeamChangeBody) -> Self {
        Self { code: body.code, name: body.name, department: body.department, leads: body.lead_ids }
    }
}

/// Where a team goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// The team that follows.
    #[schema(value_type = Uuid)]
    pub(crate) into: TeamId,
}

/// What a team becomes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitBody {
    /// 2 to 10 new teams; the first takes over whatever is not named otherwise.
    #[schema(min_items = 2, max_items = 10)]
    pub(crate) parts: Vec<PartBody>,
}

/// One of the new teams.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartBody {
    #[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    code: TeamCode,
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    name: TeamName,
    #[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    department: DepartmentCode,
    /// Who goes there.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 2000)]
    pub(crate) members: Vec<PersonId>,
}

impl From<PartBody> for Part {
    fn from(body: PartBody) -> Self {
        let team = NewTeam { code: body.code, name: body.name, department: body.department, leads: Vec::new() };
        Self { team, members: body.members }
    }
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TeamView {
    #[schema(value_type = Uuid)]
    team_id: TeamId,
    version: u64,
    code: String,
    name: String,
    department: String,
    #[schema(value_type = Vec<Uuid>)]
    lead_ids: Vec<PersonId>,
    #[schema(schema_with = state)]
    state: &'static str,
    /// The teams that follow a team that ended.
    #[schema(value_type = Vec<Uuid>)]
    successor_ids: Vec<TeamId>,
}

impl From<&Team> for TeamView {
    fn from(team: &Team) -> Self {
        let (state, successor_ids) = match &team.state {
            TeamState::Active => ("active", Vec::new()),
            TeamState::Merged { into } => ("merged", vec![*into]),
            TeamState::Split { into } => ("split", into.clone()),
        };
        Self {
            team_id: team.id,
            version: team.version.get(),
            code: team.code.to_string(),
            name: team.name.to_string(),
            department: team.department.to_string(),
            lead_ids: team.leads.clone(),
            state,
            successor_ids,
        }
    }
}
