//! What courses do: feedback and what was done about it, figures of a course, and the courses in their order.

use jiff::civil::Date;
use kernel::{CompletionId, CourseId};
use serde::{Deserialize, Serialize};
use training::{
    effectiveness::{
        Comment, CourseNotes, Feedback, Figures, LEAST_COMMENTS, Learning, Note, Punctuality, Rating, Reaction, Sums,
    },
    model::FreeText,
};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, Schema, schema::Type},
};

use super::{free_text, patterns::PRINTABLE, text};

fn rating() -> Schema {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(5)).into()
}

fn comment() -> Schema {
    text(Some(PRINTABLE), 1, Comment::MOST).into()
}

/// What somebody says of a course they completed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPulse {
    /// The caller's own completion of the course.
    #[schema(value_type = Uuid)]
    pub(crate) completion_id: CompletionId,
    /// Whether it fits what they do: 1 not at all, 5 very much.
    #[schema(schema_with = rating)]
    pub(crate) relevance: Rating,
    /// Whether it was well made.
    #[schema(schema_with = rating)]
    pub(crate) quality: Rating,
    /// Whether they can apply it.
    #[schema(schema_with = rating)]
    pub(crate) confidence: Rating,
    /// What they want to say beside it. The program reads it without a name, from 10 answers on.
    #[serde(default)]
    #[schema(schema_with = comment)]
    pub(crate) comment: Option<Comment>,
}

/// What the caller said of a course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PulseView {
    #[schema(value_type = Uuid)]
    completion_id: CompletionId,
    /// The day (UTC) it was said.
    #[schema(value_type = String, format = Date)]
    on: Date,
    relevance: u8,
    quality: u8,
    confidence: u8,
    comment: Option<String>,
}

impl From<&Feedback> for PulseView {
    fn from(feedback: &Feedback) -> Self {
        let ratings = feedback.ratings;
        Self {
            completion_id: feedback.completion,
            on: feedback.on,
            relevance: ratings.relevance.get(),
            quality: ratings.quality.get(),
            confidence: ratings.confidence.get(),
            comment: feedback.comment.as_ref().map(|comment| comment.expose().to_owned()),
        }
    }
}

/// What was done about the feedback on a course.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// What was done; everybody reads it.
    #[schema(schema_with = free_text)]
    pub(crate) text: FreeText,
}

/// What was done about the feedback on a course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct NoteView {
    /// The day (UTC) it was noted.
    #[schema(value_type = String, format = Date)]
    on: Date,
    text: String,
}

impl From<&Note> for NoteView {
    fn from(note: &Note) -> Self {
        Self { on: note.on, text: note.text.expose().to_owned() }
    }
}

fn notes(notes: Option<&CourseNotes>) -> Vec<NoteView> {
    notes.into_iter().flat_map(|notes| &notes.notes).map(NoteView::from).collect()
}

/// What the caller said of a course, and what was done about what people said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CourseFeedbackView {
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    /// What the caller said, for each completion.
    own: Vec<PulseView>,
    /// What was done, oldest first; the last 50.
    notes: Vec<NoteView>,
}

impl CourseFeedbackView {
    /// A person's feedback, as far as it is on a course, beside the notes on the course.
    pub(crate) fn of(course_id: CourseId, feedback: &[Feedback], noted: Option<&CourseNotes>) -> Self {
        let own = feedback.iter().filter(|it| it.course == course_id).map(PulseView::from).collect();
        Self { course_id, own, notes: notes(noted) }
    }
}

/// What was learnt: the normalised gain of the means over matched pairs of scores, (mean after − mean before) ÷
/// (100 − mean before).
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum LearningView {
    /// It could be measured.
    Measured {
        /// At most 1; below 0 something was lost.
        gain: f64,
        /// The lower end of its 95 % interval.
        low: f64,
        /// The upper end.
        high: f64,
        /// How many pairs of scores it rests on.
        pairs: i64,
    },
    /// Everybody had the full score before: nothing could be learnt.
    Undefined {
        /// How many pairs of scores there are.
        pairs: i64,
    },
    /// There are fewer than 10 pairs.
    InsufficientData {
        /// How many pairs of scores there are.
        pairs: i64,
    },
}

/// How often due dates were met.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum PunctualityView {
    /// It could be measured.
    Measured {
        /// From 0 to 100.
        percent: f64,
        /// The lower end of its 95 % interval.
        low: f64,
        /// The upper end.
        high: f64,
        /// Due dates met.
        part: i64,
        /// Due dates met or passed.
        whole: i64,
    },
    /// No due date was met or passed yet.
    InsufficientData,
}

/// What those say who took it: means of ratings from 1 to 5.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum ReactionView {
    /// Enough answered.
    Measured {
        /// How many answered.
        answers: i64,
        /// Whether it fits what they do.
        relevance: f64,
        /// Whether it was well made.
        quality: f64,
        /// Whether they can apply it.
        confidence: f64,
    },
    /// Fewer than 5 answered.
    InsufficientData {
        /// How many answered.
        answers: i64,
    },
}

/// The figures of a course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CourseFiguresView {
    #[schema(value_type = Uuid)]
    course_id: CourseId,
    learning: LearningView,
    on_time: PunctualityView,
    reaction: ReactionView,
}

impl CourseFiguresView {
    /// The figures of a course.
    pub(crate) fn of(course_id: CourseId, figures: &Figures) -> Self {
        let learning = match figures.learning {
            Learning::Measured { gain, interval, pairs } => {
                LearningView::Measured { gain, low: interval.low, high: interval.high, pairs }
            }
            Learning::Undefined { pairs } => LearningView::Undefined { pairs },
            Learning::InsufficientData { pairs } => LearningView::InsufficientData { pairs },
        };
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let on_time = match figures.punctuality {
            Punctuality::Measured { part, whole, interval } => PunctualityView::Measured {
                percent: 100.0 * part as f64 / whole as f64,
                low: 100.0 * interval.low,
                high: 100.0 * interval.high,
                part,
                whole,
            },
            Punctuality::InsufficientData => PunctualityView::InsufficientData,
        };
        let reaction = match figures.reaction {
            Reaction::Measured { answers, relevance, quality, confidence } => {
                ReactionView::Measured { answers, relevance, quality, confidence }
            }
            Reaction::InsufficientData { answers } => ReactionView::InsufficientData { answers },
        };
        Self { course_id, learning, on_time, reaction }
    }
}

/// What a course does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EffectivenessView {
    figures: CourseFiguresView,
    /// What people wrote lately, without names and in no order of time; none below 10 answers.
    comments: Vec<String>,
    /// What was done about it, oldest first; the last 50.
    notes: Vec<NoteView>,
}

impl EffectivenessView {
    /// What was counted for a course, with its latest feedback and the notes on it.
    pub(crate) fn of(course: CourseId, sums: &Sums, latest: &[Feedback], noted: Option<&CourseNotes>) -> Self {
        let mut comments = Vec::new();
        // What was counted outlives those who were forgotten: the answers that are still there must be enough, too.
        let there = i64::try_from(latest.len()).unwrap_or(i64::MAX);
        if sums.answers.min(there) >= LEAST_COMMENTS {
            let written = latest.iter().filter_map(|feedback| feedback.comment.as_ref());
            comments.extend(written.map(|comment| comment.expose().to_owned()));
            comments.sort_unstable();
        }
        Self { figures: CourseFiguresView::of(course, &Figures::of(sums)), comments, notes: notes(noted) }
    }
}
