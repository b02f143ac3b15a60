//! What changed in a person's plan, until the person was told. It stands on the head of the file, so that the mail that
//! tells it and the end of the news are one transaction.

use kernel::CourseId;
use serde::{Deserialize, Serialize};

use super::Learner;

spelled! {
    /// What became of a course in the plan.
    NewsKind {
        /// It was added.
        Added = "added",
        /// It was taken back.
        Removed = "removed",
        /// It falls due sooner.
        Sooner = "sooner",
    }
}

spelled! {
    /// Why the plan changed.
    NewsCause {
        /// The person joined.
        Joined = "joined",
        /// The person works as something else now.
        Role = "role_changed",
        /// What is known of the person's competency, or what the role asks of it, changed.
        Competency = "competency",
        /// A kind of finding came back.
        RecurringFinding = "recurring_finding",
    }
}

/// One change of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanNews {
    /// Which course.
    pub course: CourseId,
    /// What became of it.
    pub kind: NewsKind,
    /// Why.
    pub cause: NewsCause,
}

impl Learner {
    /// How many changes wait to be told; what is more is seen in the plan only.
    pub const MOST_NEWS: usize = 60;

    /// Notes a change. What was added and taken back before anybody was told of it is no news, and the other way round.
    pub(crate) fn note(&mut self, news: PlanNews) {
        let before = self.news.iter().position(|it| it.course == news.course).map(|place| self.news.remove(place));
        let kind = match (before.map(|it| it.kind), news.kind) {
            (Some(NewsKind::Added), NewsKind::Removed) | (Some(NewsKind::Removed), NewsKind::Added) => return,
            // It is news all the same that it is there.
            (Some(NewsKind::Added), NewsKind::Sooner) => NewsKind::Added,
            (_, kind) => kind,
        };
        if self.news.len() < Self::MOST_NEWS {
            self.news.push(PlanNews { kind, ..news });
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::samples::facts;

    #[test]
    fn what_came_and_went_before_it_was_told_is_no_news() {
        let mut head = Learner::new(facts("Europe/Berlin"));
        let course = CourseId::new(Timestamp::UNIX_EPOCH);
        let mut note = |kind| {
            head.note(PlanNews { course, kind, cause: NewsCause::Joined });
            head.news.iter().map(|it| it.kind).collect::<Vec<_>>()
        };
        assert_eq!(note(NewsKind::Added), [NewsKind::Added]);
        assert_eq!(note(NewsKind::Sooner), [NewsKind::Added]);
        assert_eq!(note(NewsKind::Removed), []);
        assert_eq!(note(NewsKind::Sooner), [NewsKind::Sooner]);
        assert_eq!(note(NewsKind::Removed), [NewsKind::Removed]);
        assert_eq!(note(NewsKind::Added), []);
    }
}
