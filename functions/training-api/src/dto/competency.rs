//! A person's competency, and what is missing to what their role is asked for.

use jiff::civil::Date;
use kernel::{AttemptId, CourseId, JobRole, PersonId};
use serde::Serialize;
use training::competency::{Area, EvidenceSource, Gap, Held, Known, Level, Priority, Profile, Standing};
use utoipa::ToSchema;

use super::{job_role, spellings};

spellings! {
    level: Level;
    priority: Priority;
}

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum SourceView {
    /// An attempt at an assessment.
    Assessment {
        /// Which attempt.
        #[schema(value_type = Uuid)]
        attempt_id: AttemptId,
    },
}

/// What was judged of a person on a day.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct EvidenceView {
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// From 0 to 100, with one decimal.
    score: f64,
    /// By lower bounds on the score: competent 41, proficient 71, expert 86.
    #[schema(schema_with = level)]
    level: Level,
    source: SourceView,
}

impl From<&Held> for EvidenceView {
    fn from(held: &Held) -> Self {
        let source = match held.source {
            EvidenceSource::Assessment(attempt_id) => SourceView::Assessment { attempt_id },
        };
        Self { on: held.on, score: held.score.value(), level: held.score.level(), source }
    }
}

/// What is known of a person in an area.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum CompetencyView {
    /// It was judged.
    Measured {
        /// The code of the area.
        area: String,
        /// The latest evidence: it holds.
        latest: EvidenceView,
        /// The evidence, oldest first, the latest included; at most 20.
        history: Vec<EvidenceView>,
        /// Whether there was evidence before the first of them.
        earlier: bool,
    },
    /// It was judged by that day, and what held then is not kept here any more.
    InsufficientData {
        /// The code of the area.
        area: String,
    },
}

impl CompetencyView {
    fn of(area: &Area, known: &Known<'_>) -> Self {
        let area = area.as_str().to_owned();
        match known {
            Known::Measured { latest, history, earlier } => Self::Measured {
                area,
                latest: latest.into(),
                history: history.iter().map(EvidenceView::from).collect(),
                earlier: *earlier,
            },
            Known::NotKept => Self::InsufficientData { area },
        }
    }
}

/// A person's competency.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CompetenciesView {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    /// The day this is of, where one was asked for.
    #[schema(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
    /// By the code of the area; areas that nothing was judged in by then are left out.
    areas: Vec<CompetencyView>,
}

impl CompetenciesView {
    /// A profile as it was at the end of a day.
    pub(crate) fn of(profile: &Profile, as_of: Option<Date>) -> Self {
        let areas = profile.as_of(as_of);
        let areas = areas.iter().map(|(area, known)| CompetencyView::of(area, known)).collect();
        Self { person_id: profile.person, as_of, areas }
    }
}

/// Where somebody stands before a target.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum GapStandingView {
    /// Below it.
    Measured {
        /// From 0 to 100.
        score: f64,
        /// The target less the score.
        gap: f64,
        /// By the gap: above 40 high, above 20 medium, else low.
        #[schema(schema_with = priority)]
        priority: Priority,
        /// Within how many days it is to be closed: 30, 60 or 90.
        within_days: u16,
    },
    /// Nothing was judged yet; an assessment comes first.
    InsufficientData,
}

/// A target that is not known to be reached, and what to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct GapView {
    /// The code of the area.
    area: String,
    /// The score that the role is asked for.
    target: f64,
    standing: GapStandingView,
    /// The courses of the catalogue that teach the area, without retired ones, shortest first.
    #[schema(value_type = Vec<Uuid>)]
    course_ids: Vec<CourseId>,
}

impl From<Gap> for GapView {
    fn from(gap: Gap) -> Self {
        let standing = match gap.standing {
            Standing::Below { score, gap, priority } => GapStandingView::Measured {
                score: score.value(),
                gap: gap.value(),
                priority,
                within_days: priority.days(),
            },
            Standing::Unmeasured => GapStandingView::InsufficientData,
        };
        Self { area: gap.area.as_str().to_owned(), target: gap.target.value(), standing, course_ids: gap.courses }
    }
}

/// What is missing to what a person's role is asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct GapsView {
    #[schema(value_type = Uuid)]
    pub(crate) person_id: PersonId,
    /// The role whose targets these are.
    #[schema(schema_with = job_role)]
    pub(crate) job_role: JobRole,
    /// The largest gap first, then what was never judged.
    pub(crate) gaps: Vec<GapView>,
}
