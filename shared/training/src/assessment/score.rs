//! What answers are worth. Single choices, orders and words are right or wrong. Of a multiple choice each right option
//! counts and each wrong one takes away as much, never below nothing. A score is the mean over the questions, from 0 to
//! 1000 tenths of a percent, rounded down: what is shown was reached, and a pass mark is met exactly when it is shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use kernel::QuestionId;
use serde::{Deserialize, Serialize};

use super::{AnswerText, Area, Error, OptionId, Question, QuestionKind, Seed, form::numbered};
use crate::model::Percent;

/// How a question was answered. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// By these options, as the form numbers them; of an ordering in this order. None: not answered.
    Options(Vec<u8>),
    /// In these words.
    Text(AnswerText),
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Response([redacted])")
    }
}

/// The answer to one question of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which question.
    pub question: QuestionId,
    /// The answer.
    pub response: Response,
}

/// What was reached in an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaScore {
    /// Which area.
    pub area: Area,
    /// By how many questions.
    pub questions: u8,
    /// The score in tenths, 0 to 1000.
    pub score_tenths: u16,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The score in tenths, 0 to 1000.
    pub score_tenths: u16,
    /// Whether it reaches the pass mark.
    pub passed: bool,
    /// What was reached in each area, by area.
    pub areas: Vec<AreaScore>,
    /// Whether each question of the form was answered rightly and wholly, in the form's order.
    pub right: Vec<bool>,
}

/// A wholly right answer: divided by whatever number of right options without a rest.
const WHOLE: u32 = 2520;

/// Scores answers. Every answer must belong to a question of the form; what is not answered is wrong.
///
/// # Errors
/// [`Error`] for an answer to another question, two answers to one, or one that the question cannot have.
pub fn judge(questions: &[Question], seed: Seed, answers: &[Answer], pass_mark: Percent) -> Result<Outcome, Error> {
    let mut given: BTreeMap<QuestionId, &Response> = BTreeMap::new();
    for Answer { question, response } in answers {
        if given.insert(*question, response).is_some() {
            return Err(Error::AnsweredTwice(*question));
        }
    }
    let mut areas: BTreeMap<&Area, (u32, u8)> = BTreeMap::new();
    let mut right = Vec::with_capacity(questions.len());
    for question in questions {
        let credit = match given.remove(&question.id) {
            Some(response) => credit(question, seed, response)?,
            None => 0,
        };
        right.push(credit == WHOLE);
        let (sum, count) = areas.entry(question.area()).or_default();
        *sum += credit;
        *count += 1;
    }
    if let Some(foreign) = given.keys().next() {
        return Err(Error::ForeignAnswer(*foreign));
    }
    let total = areas.values().fold((0_u32, 0_u8), |all, area| (all.0 + area.0, all.1 + area.1));
    let score_tenths = tenths(total);
    let areas = areas.into_iter().map(|(area, reached)| AreaScore {
        area: area.clone(),
        questions: reached.1,
        score_tenths: tenths(reached),
    });
    let passed = score_tenths >= u16::from(pass_mark.get()) * 10;
    Ok(Outcome { score_tenths, passed, areas: areas.collect(), right })
}

fn tenths((credit, questions): (u32, u8)) -> u16 {
    let most = WHOLE * u32::from(questions.max(1));
    u16::try_from(credit * 1000 / most).unwrap_or_default()
}

/// What an answer is worth, of [`WHOLE`].
fn credit(question: &Question, seed: Seed, response: &Response) -> Result<u32, Error> {
    let key = &question.draft().key;
    let kind = question.draft().kind;
    let no_answer = |expected| Error::NoAnswer { question: question.id, expected };
    let whole = |right: bool| if right { WHOLE } else { 0 };
    let numbers = match (kind, response) {
        (QuestionKind::ShortText, Response::Text(text)) => {
            return Ok(whole(key.accepted.iter().any(|accepted| accepted.is_same(text))));
        }
        (QuestionKind::ShortText, Response::Options(_)) => return Err(no_answer("a text")),
        (_, Response::Text(_)) => return Err(no_answer("numbers of options")),
        (_, Response::Options(numbers)) => numbers,
    };
    let options = numbered(question, seed);
    let chosen: Vec<&OptionId> = numbers.iter().filter_map(|number| options.get(number).copied()).collect();
    let distinct: BTreeSet<&OptionId> = chosen.iter().copied().collect();
    if chosen.len() < numbers.len() || distinct.len() < numbers.len() {
        return Err(no_answer("numbers of options, each once"));
    }
    match kind {
        QuestionKind::Single if chosen.len() > 1 => Err(no_answer("one option")),
        QuestionKind::Ordering if !chosen.is_empty() && chosen.len() < options.len() => {
            Err(no_answer("every option, in order"))
        }
        QuestionKind::Single | QuestionKind::Ordering | QuestionKind::ShortText => {
            Ok(whole(chosen.iter().copied().eq(key.right.iter())))
        }
        QuestionKind::Multiple => {
            let right = chosen.iter().filter(|id| key.right.contains(id)).count();
            let counted = right.saturating_sub(chosen.len() - right);
            let share = |number: usize| u32::try_from(number).unwrap_or_default();
            Ok(share(counted) * WHOLE / share(key.right.len()).max(1))
        }
    }
}
