//! The nouns of training. Every type here is a value: it checks itself when made, serialises to the body of a stored
//! item, and never reaches out. Names and addresses of people do not occur; free text that people wrote is redacted.

/// Makes an enum whose cases have one spelling in JSON, CSV, keys and links.
macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {$(
            $(#[$case_doc])*
            #[serde(rename = $text)]
            $case,
        )+}

        impl $name {
            /// Every case, in order.
            pub const ALL: &[Self] = &[$(Self::$case),+];
            /// Every spelling, as a sentence for whoever wrote another one.
            pub const EXPECTED: &str = concat!("one of:" $(, " ", $text)+);

            /// The one spelling.
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$case => $text,)+}
            }

            /// Reads the one spelling.
            pub fn parse(raw: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|case| case.as_str() == raw)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use spelled;

mod assignment;
mod catalogue;
mod course;
mod file;
mod learner;
mod news;
mod record;
mod run;
mod standing;
mod text;
mod tray;

pub use assignment::{
    Ask, AskKind, Assignment, AssignmentReason, AssignmentSource, AssignmentState, Extension, LinkClaims, Mark,
    PlacedLine, Rung, Told,
};
pub use catalogue::{Catalogue, CatalogueError, PathStep, Requirement, RolePath};
pub use course::{Course, CourseFormat, CourseHours, CourseProvider, Retirement};
pub use file::{LearnerFile, Status};
pub use kernel::JobRole;
pub use learner::{CourseStanding, CourseState, Facts, Learner, Membership, Summary, Unplanned, yearly_hours};
pub use news::{NewsCause, NewsKind, PlanNews};
pub use record::{Check, CheckState, Completion, CompletionSource, Exemption};
pub use run::{ReminderRun, RunCounts, RunState};
pub use standing::{Placement, RollUp, Scope, ScopeError};
pub(crate) use text::text_type;
pub use text::{CompetencyArea, CourseCode, CourseUrl, FreeText, LanguageTag, Percent, Place, TextError, Title};
pub use tray::{BoxKind, BoxLine, Tray};
