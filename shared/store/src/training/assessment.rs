//! The question bank, assessments, and people's attempts.
//!
//! A question is stored as it is now and once more for every version; beside it stands a small entry among what can be
//! drawn of its area. Keys of questions are in the bank's partitions alone: nothing that is held on a person has one.

use async_trait::async_trait;
use kernel::{AssessmentId, AttemptId, Limit, Page, PersonId, Position, QuestionId, StoreError, Version};
use serde::{Deserialize, Serialize};
use training::assessment::{
    AnswerKey, AnswerText, Area, Assessment, AssessmentReader, Attempt, Choice, Draft, Held, Opening, OptionId,
    OptionText, Pin, Question, QuestionKind, QuestionText, Tries, Write,
};

use super::{
    TrainingStore,
    competency::PROFILE,
    items::{LEARNER, unreadable},
};
use crate::{
    commit::{Guard, Transaction, unavailable},
    item::{ItemBuilder, Kind, body, kind_of},
    keys,
    table::{Index, Item, Key, Op, Query, Range, SK, text},
};

type Stored<T> = Result<T, StoreError>;

const QUESTION: Kind = Kind::first("question");
const DRAWABLE: Kind = Kind::first("drawable_question");
const ASSESSMENT: Kind = Kind::first("assessment");
/// What the catalogue keeps of an assessment that people are asked to take.
pub(super) const ASKED: Kind = Kind::first("asked_assessment");
const ASSESSMENT_CODE: Kind = Kind::first("assessment_code");
const ATTEMPT: Kind = Kind::first("attempt");
const TRIES: Kind = Kind::first("attempts_of_round");

/// How much of what is held on a person is forgotten at once: well under a transaction's hundred.
const FORGOTTEN_AT_ONCE: u16 = 50;

#[derive(Serialize, Deserialize)]
struct OptionBody {
    id: OptionId,
    text: OptionText,
}

/// A question with its key, for the bank's partitions and nothing else.
#[derive(Serialize, Deserialize)]
struct QuestionBody {
    id: QuestionId,
    version: Version,
    retired: bool,
    area: Area,
    kind: QuestionKind,
    text: QuestionText,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    options: Vec<OptionBody>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    right: Vec<OptionId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<AnswerText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    explanation: Option<QuestionText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    languages: Vec<String>,
}

impl From<&Question> for QuestionBody {
    fn from(question: &Question) -> Self {
        let draft = question.draft().clone();
        Self {
            id: question.id,
            version: question.version,
            retired: question.retired,
            area: draft.area,
            kind: draft.kind,
            text: draft.text,
            options: draft.options.into_iter().map(|Choice { id, text }| OptionBody { id, text }).collect(),
            right: draft.key.right,
            accepted: draft.key.accepted,
            explanation: draft.explanation,
            languages: draft.languages,
        }
    }
}

fn question(item: &Item) -> Stored<Question> {
    let body: QuestionBody = body(item, QUESTION)?;
    let draft = Draft {
        area: body.area,
        kind: body.kind,
        text: body.text,
        options: body.options.into_iter().map(|OptionBody { id, text }| Choice { id, text }).collect(),
        key: AnswerKey { right: body.right, accepted: body.accepted },
        explanation: body.explanation,
        languages: body.languages,
    };
    let content = draft.check().map_err(|error| unreadable(item, &error.to_string()))?;
    Ok(Question { id: body.id, content, retired: body.retired, version: body.version })
}

fn question_item(key: &Key, value: &Question) -> Stored<ItemBuilder> {
    Ok(ItemBuilder::new(key, QUESTION, &QuestionBody::from(value))?.version(value.version))
}

fn push_question(transaction: &mut Transaction, before: Version, left: Option<&Area>, value: &Question) -> Stored<()> {
    let place = keys::question_position(value.area().as_str(), value.id);
    let now = question_item(&keys::question(value.id), value)?.index(Index::List, keys::QUESTIONS, place).build();
    transaction.push(Op::replace(now, before), Guard::Version);
    let version = question_item(&keys::question_version(value.id, value.version.get()), value)?.build();
    transaction.push(Op::create(version), Guard::Version);
    // Entries of the bank are guarded by the question that they are written with.
    if let Some(left) = left {
        let key = keys::drawable(left.as_str(), value.id);
        transaction.push(Op::Delete { key, when: Vec::new() }, Guard::Version);
    }
    let key = keys::drawable(value.area().as_str(), value.id);
    let entry = if value.retired {
        Op::Delete { key, when: Vec::new() }
    } else {
        Op::put(ItemBuilder::new(&key, DRAWABLE, &value.pin())?.build())
    };
    transaction.push(entry, Guard::Version);
    Ok(())
}

fn push_assessment(transaction: &mut Transaction, before: Version, value: &Assessment) -> Stored<()> {
    let code = value.code.as_str();
    let item = ItemBuilder::new(&keys::assessment(value.id), ASSESSMENT, value)?.version(value.version).index(
        Index::List,
        keys::ASSESSMENTS,
        keys::name_position(code, value.id),
    );
    transaction.push(Op::replace(item.build(), before), Guard::Version);
    // Guarded by the assessment that it is written with.
    let key = keys::asked_assessment(value.id);
    if value.terms.is_asked() {
        transaction.push(Op::put(ItemBuilder::new(&key, ASKED, value)?.build()), Guard::Version);
    } else if before != Version::ABSENT {
        transaction.push(Op::Delete { key, when: Vec::new() }, Guard::Version);
    }
    if before == Version::ABSENT {
        let taken = ItemBuilder::new(&keys::assessment_code(code), ASSESSMENT_CODE, &value.id)?.build();
        transaction.push(Op::create(taken), Guard::Taken("assessment_code"));
    }
    Ok(())
}

fn key_of_held(person: PersonId, held: Held) -> Key {
    match held {
        Held::Attempt(attempt) => keys::attempt(person, attempt),
        Held::Tries(assessment) => keys::tries(person, assessment),
    }
}

/// Adds a write of this room to a transaction.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Stored<()> {
    match write {
        Write::Question { before, left, question } => {
            push_question(transaction, *before, left.as_ref(), question)?;
        }
        Write::Assessment { before, assessment } => push_assessment(transaction, *before, assessment)?,
        Write::Tries { before, tries } => {
            let item = ItemBuilder::new(&keys::tries(tries.person, tries.assessment), TRIES, tries)?;
            transaction.push(Op::replace(item.version(tries.version).build(), *before), Guard::Version);
        }
        Write::Attempt { before, attempt } => {
            let item = ItemBuilder::new(&keys::attempt(attempt.person, attempt.id), ATTEMPT, attempt)?;
            transaction.push(Op::replace(item.version(attempt.version).build(), *before), Guard::Version);
        }
        Write::Forget { person, held } => {
            transaction.push(Op::Delete { key: key_of_held(*person, *held), when: Vec::new() }, Guard::Version);
        }
    }
    Ok(())
}

/// What an item of a person's attempts is, by its sort position.
fn held(item: &Item) -> Stored<Held> {
    let position = text(item, SK).unwrap_or_default();
    let attempt = || position.strip_prefix(keys::ATTEMPT)?.parse().ok().map(Held::Attempt);
    let tries = || position.strip_prefix(keys::TRIES)?.parse().ok().map(Held::Tries);
    attempt().or_else(tries).ok_or_else(|| unreadable(item, "is no part of a person's attempts"))
}

#[async_trait]
impl AssessmentReader for TrainingStore {
    async fn question(&self, id: QuestionId) -> Stored<Option<Question>> {
        let item = self.table.get(&keys::question(id), true).await.map_err(unavailable)?;
        item.map(|item| question(&item)).transpose()
    }

    async fn questions(&self, area: Option<&Area>, limit: Limit, after: Option<&Position>) -> Stored<Page<Question>> {
        let range = area.map_or_else(Range::all, |area| Range::prefix(&keys::question_positions(area.as_str())));
        self.page(Query::index(Index::List, keys::QUESTIONS).range(range), limit, after, question).await
    }

    async fn bank(&self, area: &Area) -> Stored<Vec<Pin>> {
        let most = u16::try_from(Question::MOST_OF_AN_AREA).unwrap_or(u16::MAX);
        let query = Query::partition(keys::drawable_questions(area.as_str())).limit(most).consistent();
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        slice.items.iter().map(|item| body(item, DRAWABLE)).collect()
    }

    async fn pinned(&self, pins: &[Pin]) -> Stored<Vec<Question>> {
        let keys: Vec<Key> = pins.iter().map(|pin| keys::question_version(pin.question, pin.version.get())).collect();
        let items = self.table.get_many(&keys).await.map_err(unavailable)?;
        let found = items.iter().map(question).collect::<Stored<Vec<Question>>>()?;
        let of = |(pin, key): (&Pin, &Key)| {
            let question = found.iter().find(|question| question.pin() == *pin).cloned();
            question.ok_or_else(|| StoreError::Unreadable(format!("{key}: is not there")))
        };
        pins.iter().zip(&keys).map(of).collect()
    }

    async fn assessment(&self, assessment: AssessmentId) -> Stored<Option<Assessment>> {
        self.one(&keys::assessment(assessment), ASSESSMENT).await
    }

    async fn assessments(&self, limit: Limit, after: Option<&Position>) -> Stored<Page<Assessment>> {
        self.page(Query::index(Index::List, keys::ASSESSMENTS), limit, after, |item| body(item, ASSESSMENT)).await
    }

    async fn opening(&self, person: PersonId, assessment: AssessmentId) -> Stored<Opening> {
        let keys = [
            keys::assessment(assessment),
            keys::tries(person, assessment),
            keys::competency(person),
            keys::learner(person),
        ];
        let mut found = Opening::default();
        for item in &self.table.get_many(&keys).await.map_err(unavailable)? {
            match kind_of(item) {
                Some(kind) if kind == ASSESSMENT.name => found.assessment = Some(body(item, ASSESSMENT)?),
                Some(kind) if kind == TRIES.name => found.tries = Some(body(item, TRIES)?),
                Some(kind) if kind == PROFILE.name => found.profile = Some(body(item, PROFILE)?),
                Some(kind) if kind == LEARNER.name => found.head = Some(body(item, LEARNER)?),
                _ => return Err(unreadable(item, "is nothing that an attempt starts from")),
            }
        }
        Ok(found)
    }

    async fn tries(&self, person: PersonId, assessment: AssessmentId) -> Stored<Option<Tries>> {
        self.one(&keys::tries(person, assessment), TRIES).await
    }

    async fn some_attempts(&self, person: PersonId, attempts: &[AttemptId]) -> Stored<Vec<Attempt>> {
        let keys: Vec<Key> = attempts.iter().map(|attempt| keys::attempt(person, *attempt)).collect();
        let items = self.table.get_many(&keys).await.map_err(unavailable)?;
        let mut found = items.iter().map(|item| body(item, ATTEMPT)).collect::<Stored<Vec<Attempt>>>()?;
        found.sort_by_key(|attempt| attempts.iter().position(|id| *id == attempt.id));
        Ok(found)
    }

    async fn attempts(&self, person: PersonId, limit: Limit, after: Option<&Position>) -> Stored<Page<Attempt>> {
        let query = Query::partition(keys::attempts_of(person)).range(Range::prefix(keys::ATTEMPT));
        // Whether somebody's scores were counted as a pair before is decided by it.
        let query = query.descending().consistent();
        self.page(query, limit, after, |item| body(item, ATTEMPT)).await
    }

    async fn held(&self, person: PersonId) -> Stored<Vec<Held>> {
        let query = Query::partition(keys::attempts_of(person)).limit(FORGOTTEN_AT_ONCE).consistent();
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        slice.items.iter().map(held).collect()
    }
}

#[cfg(test)]
mod tests;
