//! What changed in a plan, as the digest tells it: ids, dates and catalogue titles, in the order in which it happened.

use jiff::civil::Date;
use kernel::CourseId;
use serde::{Deserialize, Serialize};

use super::due;
use crate::{
    Settings,
    model::{Catalogue, LearnerFile, NewsCause, NewsKind, PlanNews},
};

/// One course that came into a plan, left it, or falls due sooner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLine {
    /// The course.
    pub course_id: CourseId,
    /// The catalogue's title.
    pub title: String,
    /// What became of it.
    pub kind: NewsKind,
    /// Why.
    pub cause: NewsCause,
    /// Whether it counts, or counted.
    pub required: bool,
    /// The due date in effect; absent for what was taken back, and while it is open-ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// What is still true of the changes that wait to be told: what was done or taken back meanwhile is no news.
pub fn lines(file: &LearnerFile, catalogue: &Catalogue, settings: &Settings) -> Vec<ChangeLine> {
    let line = |news: &PlanNews| {
        let course = catalogue.course(news.course)?;
        let latest = file.latest(news.course)?;
        let holds = match news.kind {
            NewsKind::Added | NewsKind::Sooner => latest.is_open(),
            NewsKind::Removed => !latest.is_open(),
        };
        let due = due::effective(latest, &file.pauses(news.course), settings).filter(|_| latest.is_open());
        holds.then(|| ChangeLine {
            course_id: news.course,
            title: course.title.as_str().to_owned(),
            kind: news.kind,
            cause: news.cause,
            required: latest.required,
            due,
        })
    };
    file.head.news.iter().filter_map(line).collect()
}
