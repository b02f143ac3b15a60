//! A bank, and what the store in memory keeps of this room.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kernel::{AssessmentId, AttemptId, CourseId, Limit, Page, PersonId, Position, QuestionId, StoreError, Version};

use super::{
    AnswerKey, AnswerText, Area, Assessment, AssessmentReader, Attempt, Choice, Content, Draft, Held, Opening,
    OptionId, OptionText, Pin, Purpose, Question, QuestionKind, QuestionText, Section, Terms, Tries, Write,
};
use crate::{
    competency::CompetencyReader,
    model::{Percent, Title},
    ports::{Stored, TrainingReader},
    samples::World,
};

pub(crate) fn area(code: &str) -> Area {
    Area::parse(code).unwrap()
}

pub(crate) fn option(code: &str) -> OptionId {
    OptionId::parse(code).unwrap()
}

/// A draft with options `a`, `b` … (as many as there are texts) and this key; with words accepted instead where there
/// are none.
pub(crate) fn draft(of: &str, kind: QuestionKind, options: &[&str], right: &[&str]) -> Draft {
    let choice =
        |(code, text): (char, &&str)| Choice { id: option(&code.to_string()), text: OptionText::parse(text).unwrap() };
    let words = kind == QuestionKind::ShortText;
    let key = if words {
        AnswerKey { right: Vec::new(), accepted: right.iter().map(|text| AnswerText::parse(text).unwrap()).collect() }
    } else {
        AnswerKey { right: right.iter().map(|code| option(code)).collect(), accepted: Vec::new() }
    };
    Draft {
        area: area(of),
        kind,
        text: QuestionText::parse("Which one?").unwrap(),
        options: ('a'..='z').zip(options).map(choice).collect(),
        key,
        explanation: Some(QuestionText::parse("Because of it.").unwrap()),
        languages: vec!["en".to_owned()],
    }
}

pub(crate) fn single(of: &str) -> Content {
    draft(of, QuestionKind::Single, &["one", "two", "three", "four"], &["c"]).check().unwrap()
}

pub(crate) fn question(content: Content) -> Question {
    let id = QuestionId::new(jiff::Timestamp::UNIX_EPOCH);
    Question { id, content, retired: false, version: Version::FIRST }
}

/// Terms of two questions of area `a`, passed with 50 %, 30 minutes, two attempts.
pub(crate) fn terms(purpose: Purpose, course: Option<CourseId>) -> Terms {
    Terms {
        title: Title::parse("A test").unwrap(),
        purpose,
        course,
        sections: vec![Section { area: area("a"), questions: 2 }],
        pass_mark: Percent::new(50).unwrap(),
        minutes: 30,
        attempts: 2,
        days_between: 0,
        retired: false,
    }
}

/// What is kept.
#[derive(Default)]
pub(crate) struct Kept {
    questions: BTreeMap<QuestionId, Vec<Question>>,
    assessments: BTreeMap<AssessmentId, Assessment>,
    tries: BTreeMap<(PersonId, AssessmentId), Tries>,
    attempts: BTreeMap<(PersonId, AttemptId), Attempt>,
}

fn guard(found: Option<Version>, before: Version) -> Stored<()> {
    if found.unwrap_or(Version::ABSENT) == before { Ok(()) } else { Err(StoreError::Conflict) }
}

impl Kept {
    pub(crate) fn check(&self, write: &Write) -> Stored<()> {
        match write {
            Write::Question { before, question, .. } => {
                guard(self.questions.get(&question.id).and_then(|all| all.last()).map(|it| it.version), *before)
            }
            Write::Assessment { before, assessment } => {
                guard(self.assessments.get(&assessment.id).map(|it| it.version), *before)
            }
            Write::Tries { before, tries } => {
                guard(self.tries.get(&(tries.person, tries.assessment)).map(|it| it.version), *before)
            }
            Write::Attempt { before, attempt } => {
                guard(self.attempts.get(&(attempt.person, attempt.id)).map(|it| it.version), *before)
            }
            Write::Forget { .. } => Ok(()),
        }
    }

    pub(crate) fn write(&mut self, write: Write) {
        match write {
            Write::Question { question, .. } => self.questions.entry(question.id).or_default().push(*question),
            Write::Assessment { assessment, .. } => {
                self.assessments.insert(assessment.id, *assessment);
            }
            Write::Tries { tries, .. } => {
                self.tries.insert((tries.person, tries.assessment), tries);
            }
            Write::Attempt { attempt, .. } => {
                self.attempts.insert((attempt.person, attempt.id), *attempt);
            }
            Write::Forget { person, held: Held::Attempt(attempt) } => {
                self.attempts.remove(&(person, attempt));
            }
            Write::Forget { person, held: Held::Tries(assessment) } => {
                self.tries.remove(&(person, assessment));
            }
        }
    }

    fn now(&self) -> impl Iterator<Item = &Question> {
        self.questions.values().filter_map(|all| all.last())
    }
}

fn all<T>(items: Vec<T>) -> Stored<Page<T>> {
    Ok(Page { items, next: None })
}

#[async_trait]
impl AssessmentReader for World {
    async fn question(&self, question: QuestionId) -> Stored<Option<Question>> {
        Ok(self.tests(|kept| kept.now().find(|it| it.id == question).cloned()))
    }
    async fn questions(&self, area: Option<&Area>, _: Limit, _: Option<&Position>) -> Stored<Page<Question>> {
        let of = |it: &&Question| area.is_none_or(|area| it.area() == area);
        all(self.tests(|kept| kept.now().filter(of).cloned().collect()))
    }
    async fn bank(&self, area: &Area) -> Stored<Vec<Pin>> {
        let of = |it: &&Question| !it.retired && it.area() == area;
        Ok(self.tests(|kept| kept.now().filter(of).map(Question::pin).collect()))
    }
    async fn pinned(&self, pins: &[Pin]) -> Stored<Vec<Question>> {
        Ok(self.tests(|kept| {
            let of = |pin: &Pin| kept.questions[&pin.question].iter().find(|it| it.version == pin.version).unwrap();
            pins.iter().map(of).cloned().collect()
        }))
    }
    async fn assessment(&self, assessment: AssessmentId) -> Stored<Option<Assessment>> {
        Ok(self.tests(|kept| kept.assessments.get(&assessment).cloned()))
    }
    async fn assessments(&self, _: Limit, _: Option<&Position>) -> Stored<Page<Assessment>> {
        all(self.tests(|kept| kept.assessments.values().cloned().collect()))
    }
    async fn opening(&self, person: PersonId, assessment: AssessmentId) -> Stored<Opening> {
        Ok(Opening {
            assessment: self.assessment(assessment).await?,
            tries: self.tries(person, assessment).await?,
            profile: self.profile(person).await?,
            head: self.file(person).await?.map(|file| file.head),
        })
    }
    async fn tries(&self, person: PersonId, assessment: AssessmentId) -> Stored<Option<Tries>> {
        Ok(self.tests(|kept| kept.tries.get(&(person, assessment)).cloned()))
    }
    async fn some_attempts(&self, person: PersonId, attempts: &[AttemptId]) -> Stored<Vec<Attempt>> {
        Ok(self.tests(|kept| attempts.iter().filter_map(|it| kept.attempts.get(&(person, *it))).cloned().collect()))
    }
    async fn attempts(&self, person: PersonId, _: Limit, _: Option<&Position>) -> Stored<Page<Attempt>> {
        all(self.tests(|kept| kept.attempts.values().filter(|it| it.person == person).rev().cloned().collect()))
    }
    async fn held(&self, person: PersonId) -> Stored<Vec<Held>> {
        Ok(self.tests(|kept| {
            let attempts = kept.attempts.keys().filter(|key| key.0 == person).map(|key| Held::Attempt(key.1));
            let tries = kept.tries.keys().filter(|key| key.0 == person).map(|key| Held::Tries(key.1));
            attempts.chain(tries).collect()
        }))
    }
}
