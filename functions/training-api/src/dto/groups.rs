//! Figures of groups.

use jiff::civil::Date;
use kernel::Day;
use serde::{Deserialize, Serialize};
use training::rules::standing::{JudgedBy, Judgement, Share};
use utoipa::{IntoParams, ToSchema};

/// As of which day.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// The figures as they were at the end of this day (UTC); now where absent.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) as_of: Option<Day>,
}

/// A share, or `insufficient_data`, which is not a share of zero.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum ShareView {
    /// It could be measured.
    Measured {
        /// From 0 to 100.
        percent: f64,
        /// How many.
        part: i64,
        /// Of how many.
        whole: i64,
    },
    /// There is nothing to measure.
    InsufficientData,
}

impl From<Share> for ShareView {
    fn from(share: Share) -> Self {
        match share {
            Share::Measured { percent, part, whole } => Self::Measured { percent, part, whole },
            Share::InsufficientData => Self::InsufficientData,
        }
    }
}

/// A group's figures.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// People who count.
    people: i64,
    /// People with nothing overdue ÷ people who count.
    compliance: ShareView,
    /// Required courses validly completed ÷ required courses.
    completion: ShareView,
    /// Whether compliance reaches the threshold; null without data.
    compliant: Option<bool>,
    /// `own`, or `department` where the team is too small to be shown by itself, or would leave too few of its department.
    judged_by: &'static str,
    /// The day these figures are of, where one was asked for.
    #[schema(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
}

impl GroupView {
    /// Judged figures.
    pub(crate) fn of(judgement: &Judgement, as_of: Option<Date>) -> Self {
        Self {
            people: judgement.people,
            compliance: judgement.compliance.into(),
            completion: judgement.completion.into(),
            compliant: judgement.compliant,
            judged_by: match judgement.judged_by {
                JudgedBy::Own => "own",
                JudgedBy::Department => "department",
            },
            as_of,
        }
    }
}
