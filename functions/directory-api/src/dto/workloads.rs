//! Workloads over the wire.

use std::collections::BTreeSet;

use directory::{
    Repository, Tag, Tier, Workload, WorkloadCode, WorkloadKind, WorkloadName,
    workloads::{NewWorkload, WorkloadChange},
};
use kernel::{TeamId, WorkloadId};
use serde::{Deserialize, Serialize};
use utoipa::{ToSchema, openapi::Schema};

use super::one_of;

fn kind() -> Schema {
    one_of(["service", "library", "sdlc"])
}

/// A workload to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkloadBody {
    /// Unique.
    #[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    code: WorkloadCode,
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    name: WorkloadName,
    /// The team that owns it.
    #[schema(value_type = Uuid)]
    pub(crate) owner_id: TeamId,
    /// 1 where most depends on it, 3 where least does.
    #[schema(value_type = u8, minimum = 1, maximum = 3)]
    tier: Tier,
    #[schema(schema_with = kind)]
    kind: WorkloadKind,
    /// `https` addresses.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 50)]
    repositories: BTreeSet<Repository>,
    /// Technologies.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 50)]
    tags: BTreeSet<Tag>,
}

impl From<NewWorkloadBody> for NewWorkload {
    fn from(body: NewWorkloadBody) -> Self {
        Self {
            code: body.code,
            name: body.name,
            owner: body.owner_id,
            tier: body.tier,
            kind: body.kind,
            repositories: body.repositories,
            tags: body.tags,
        }
    }
}

/// What changes of a workload; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkloadChangeBody {
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    code: Option<WorkloadCode>,
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120)]
    name: Option<WorkloadName>,
    /// A lead gives a workload only to a team they lead too.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub(crate) owner_id: Option<TeamId>,
    #[serde(default)]
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 3)]
    tier: Option<Tier>,
    #[serde(default)]
    #[schema(schema_with = kind)]
    kind: Option<WorkloadKind>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    repositories: Option<BTreeSet<Repository>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    tags: Option<BTreeSet<Tag>>,
}

impl From<WorkloadChangeBody> for WorkloadChange {
    fn from(body: WorkloadChangeBody) -> Self {
        Self {
            code: body.code,
            name: body.name,
            owner: body.owner_id,
            tier: body.tier,
            kind: body.kind,
            repositories: body.repositories,
            tags: body.tags,
        }
    }
}

/// A workload.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkloadView {
    #[schema(value_type = Uuid)]
    workload_id: WorkloadId,
    version: u64,
    code: String,
    name: String,
    #[schema(value_type = Uuid)]
    owner_id: TeamId,
    tier: u8,
    #[schema(schema_with = kind)]
    kind: WorkloadKind,
    repositories: Vec<String>,
    tags: Vec<String>,
}

impl From<&Workload> for WorkloadView {
    fn from(workload: &Workload) -> Self {
        Self {
            workload_id: workload.id,
            version: workload.version.get(),
            code: workload.code.to_string(),
            name: workload.name.to_string(),
            owner_id: workload.owner,
            tier: workload.tier.get(),
            kind: workload.kind,
            repositories: workload.repositories.iter().map(ToString::to_string).collect(),
            tags: workload.tags.iter().map(ToString::to_string).collect(),
        }
    }
}
