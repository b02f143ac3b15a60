//! How a person and a team are getting on, and what to do next.

use jiff::{Timestamp, civil::Date};
use kernel::{AssessmentId, AttemptId, CourseId, JobRole, PersonId, SessionId, TeamId};
use serde::Serialize;
use training::{
    assessment::Purpose,
    competency::{Area, Priority, Profile},
    dashboards::{AreaFigures, Hours, Seat, Step, ToDo, told},
    model::{CourseStanding, CourseState, Learner, Title},
};
use utoipa::ToSchema;

use super::{
    GroupView,
    assessments::purpose_schema,
    competency::{EvidenceView, GapView},
    job_role,
    people::StandingView,
    spelled, spellings,
};

spellings! {
    priority: Priority;
    to_do: ToDo;
    course_standing: CourseStanding;
}

fn seat_state() -> utoipa::openapi::Schema {
    spelled(["booked", "waiting"])
}

/// Hours of training in a calendar year.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct HoursView {
    /// Which year, where the person is.
    year: i16,
    /// Hours of the courses completed in it.
    done: f64,
    /// Hours that the program asks of the role.
    asked: u16,
}

impl From<Hours> for HoursView {
    fn from(hours: Hours) -> Self {
        let Hours { year, done, asked } = hours;
        Self { year, done, asked }
    }
}

/// A session to come in which a seat was asked for.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct SeatView {
    #[schema(value_type = Uuid)]
    session_id: SessionId,
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(value_type = String, format = DateTime)]
    starts: Timestamp,
    /// What the person was told last.
    #[schema(schema_with = seat_state)]
    state: &'static str,
}

impl From<&Seat> for SeatView {
    fn from(seat: &Seat) -> Self {
        let Seat { session, course, starts, seated } = *seat;
        Self { session_id: session, course_id: course, starts, state: if seated { "booked" } else { "waiting" } }
    }
}

/// One thing to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum StepView {
    /// Hand in an attempt that was started.
    HandIn {
        #[schema(value_type = Uuid)]
        attempt_id: AttemptId,
        /// By when.
        #[schema(value_type = String, format = DateTime)]
        by: Timestamp,
    },
    /// Take a test that is asked for at the start, in this quarter or in this year; told to the person alone, as long as
    /// they can start it and did not hand it in yet.
    Take {
        #[schema(value_type = Uuid)]
        assessment_id: AssessmentId,
        #[schema(value_type = String)]
        title: Title,
        #[schema(schema_with = purpose_schema)]
        purpose: Purpose,
        /// The last day of the period (UTC); null where it does not end.
        #[schema(value_type = Option<String>, format = Date)]
        until: Option<Date>,
        /// Where it is started: `POST` there with the `assessment_id`.
        start: String,
    },
    /// Do a course that is asked of the person.
    Do {
        #[schema(value_type = Uuid)]
        course_id: CourseId,
        /// The date in effect; absent while it is open-ended.
        #[schema(value_type = Option<String>, format = Date)]
        due: Option<Date>,
        /// Whether that has passed.
        overdue: bool,
    },
    /// Take part in a session.
    Attend {
        #[schema(value_type = Uuid)]
        session_id: SessionId,
        #[schema(value_type = Uuid)]
        course_id: CourseId,
        #[schema(value_type = String, format = DateTime)]
        starts: Timestamp,
    },
    /// Close a gap by a course; told to the person alone.
    Learn {
        /// The code of the area.
        area: String,
        #[schema(value_type = Uuid)]
        course_id: CourseId,
        #[schema(schema_with = priority)]
        priority: Priority,
    },
    /// Have an area assessed; told to the person alone.
    Assess {
        /// The code of the area.
        area: String,
    },
}

impl StepView {
    /// A step of a person.
    pub(crate) fn of(step: Step, person: PersonId) -> Self {
        match step {
            Step::HandIn { attempt, by } => Self::HandIn { attempt_id: attempt, by },
            Step::Take { assessment, title, purpose, until } => {
                let start = format!("/training/people/{person}/attempts");
                Self::Take { assessment_id: assessment, title, purpose, until, start }
            }
            Step::Do { course, due, overdue } => Self::Do { course_id: course, due, overdue },
            Step::Attend { session, course, starts } => Self::Attend { session_id: session, course_id: course, starts },
            Step::Learn { area, course, priority } => {
                Self::Learn { area: area.as_str().to_owned(), course_id: course, priority }
            }
            Step::Assess { area } => Self::Assess { area: area.as_str().to_owned() },
        }
    }
}

/// What holds of the person in an area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OwnAreaView {
    /// The code of the area.
    area: String,
    /// The latest evidence.
    latest: EvidenceView,
}

/// What only the person is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OwnCompetencyView {
    /// What holds, by area; areas that nothing was judged in are left out.
    areas: Vec<OwnAreaView>,
    /// What is missing to what the role is asked for, the largest gap first.
    gaps: Vec<GapView>,
}

impl OwnCompetencyView {
    /// What holds of a profile, and what is missing.
    pub(crate) fn of(profile: &Profile, gaps: Vec<GapView>) -> Self {
        let latest = |area: &Area| {
            let latest = EvidenceView::from(&profile.latest(area)?);
            Some(OwnAreaView { area: area.as_str().to_owned(), latest })
        };
        Self { areas: profile.as_of(None).into_keys().filter_map(latest).collect(), gaps }
    }
}

/// How a person is getting on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PersonDashboardView {
    #[schema(value_type = Uuid)]
    pub(crate) person_id: PersonId,
    #[schema(schema_with = job_role)]
    pub(crate) job_role: JobRole,
    pub(crate) standing: StandingView,
    /// Assignments to be done.
    pub(crate) open: u32,
    /// Of them overdue.
    pub(crate) overdue: u32,
    /// Of them waiting for somebody's check.
    pub(crate) waiting: u32,
    /// When the next one falls due.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) next_due: Option<Date>,
    pub(crate) hours: HoursView,
    /// Sessions to come in which a seat was asked for, by time.
    pub(crate) seats: Vec<SeatView>,
    /// Told to the person alone; null for everybody else.
    pub(crate) competency: Option<OwnCompetencyView>,
    /// What to do next, the most urgent first; at most 10.
    pub(crate) next: Vec<StepView>,
}

/// A range of percent that a share lies in: at least `from`, and below `to`; the last one includes 100.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct RangeView {
    from: u8,
    to: u8,
}

impl From<told::Range> for RangeView {
    fn from(range: told::Range) -> Self {
        let told::Range { from, to } = range;
        Self { from, to }
    }
}

/// How those judged in an area stand, in ranges, so that nobody's level follows from it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum SpreadView {
    /// Enough were judged.
    Measured {
        /// The share of those judged who are on level novice.
        novice: RangeView,
        /// Competent.
        competent: RangeView,
        /// Proficient.
        proficient: RangeView,
        /// Expert.
        expert: RangeView,
        /// The share of those judged who are below what their role is asked for.
        below_target: RangeView,
    },
    /// Fewer were judged than the settings ask for.
    InsufficientData,
}

impl From<Option<told::Told>> for SpreadView {
    fn from(told: Option<told::Told>) -> Self {
        told.map_or(Self::InsufficientData, |told| Self::Measured {
            novice: told.novice.into(),
            competent: told.competent.into(),
            proficient: told.proficient.into(),
            expert: told.expert.into(),
            below_target: told.below.into(),
        })
    }
}

/// An area of a team, and what to do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TeamAreaView {
    /// The code of the area.
    area: String,
    /// Members who count and whose role is asked for it.
    asked: i64,
    /// Of how many of them something was judged.
    judged: i64,
    spread: SpreadView,
    /// `train` where some are surely below target, `assess` where too little is known, else `keep`.
    #[schema(schema_with = to_do)]
    to_do: ToDo,
    /// The courses of the catalogue that teach the area, shortest first.
    #[schema(value_type = Vec<Uuid>)]
    course_ids: Vec<CourseId>,
}

impl From<AreaFigures> for TeamAreaView {
    fn from(figures: AreaFigures) -> Self {
        let AreaFigures { area, asked, judged, told, to_do, courses } = figures;
        Self { area: area.as_str().to_owned(), asked, judged, spread: told.into(), to_do, course_ids: courses }
    }
}

/// How a team is getting on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TeamDashboardView {
    #[schema(value_type = Uuid)]
    pub(crate) team_id: TeamId,
    pub(crate) figures: GroupView,
    /// The team's own areas, what to train first; never those of its department.
    pub(crate) areas: Vec<TeamAreaView>,
}

/// Where somebody stands in a course that is required of them.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct MatrixCellView {
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    #[schema(schema_with = course_standing)]
    standing: CourseStanding,
    /// The date in effect of what is to be done.
    #[schema(value_type = Option<String>, format = Date)]
    due: Option<Date>,
}

/// A member of a team.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MatrixRowView {
    #[schema(value_type = Uuid)]
    person_id: PersonId,
    #[schema(schema_with = job_role)]
    job_role: JobRole,
    /// What is required of them, by course.
    courses: Vec<MatrixCellView>,
}

impl From<&Learner> for MatrixRowView {
    fn from(learner: &Learner) -> Self {
        let cell = |state: &CourseState| {
            let CourseState { course, standing, due } = *state;
            MatrixCellView { course_id: course, standing, due }
        };
        Self {
            person_id: learner.person(),
            job_role: learner.facts.job_role,
            courses: learner.courses.iter().map(cell).collect(),
        }
    }
}
