//! `Idempotency-Key`: a request that carries one takes effect once, however often it is repeated.

use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::Timestamp;
use kernel::{Answers, Once, Principal};

use crate::{Answer, Authenticated, Problem, Refusal, kinds};

const LONGEST: usize = 64;

/// The caller's key, if there is one: 1 to 64 of letters, digits and `.` `_` `:` `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    fn scoped(&self, by: &Principal) -> Option<String> {
        self.0.as_ref().map(|key| format!("{by}#{key}"))
    }

    /// What makes the record to commit with the change, where the request carries a key.
    pub fn record(&self, who: &Authenticated, payload_hash: &str) -> Option<Record> {
        let key = self.scoped(&who.actor.principal)?;
        let (by, at) = (who.actor.principal.clone(), who.cause.at);
        Some(Record { by, at, key, payload_hash: payload_hash.to_owned() })
    }

    /// The answer that an equal request got before. For requests whose effect is several changes, none of which can carry
    /// the record: they ask first, act, and keep the answer last. Each of their changes must be safe to repeat.
    ///
    /// # Errors
    /// 422 where the key was used for another request.
    pub async fn answered(
        &self,
        who: &Authenticated,
        payload_hash: &str,
        answers: &dyn Answers,
    ) -> Result<Option<Answer>, Refusal> {
        let Some(key) = self.scoped(&who.actor.principal) else { return Ok(None) };
        match answers.answered(&who.actor.principal, &key).await? {
            Some((hash, answer)) if hash == payload_hash => Ok(Some(Answer::replayed(answer))),
            Some(_) => Err(kinds::KEY_REUSED.into()),
            None => Ok(None),
        }
    }

    /// A repetition may be refused by what its first run changed ("already done"). A refusal of a request with a key is
    /// therefore held against the answers kept: if the request was done before, that answer is given instead.
    ///
    /// # Errors
    /// The refusal itself, when the request is new.
    pub async fn or_replay(
        &self,
        who: &Authenticated,
        payload_hash: &str,
        answers: &dyn Answers,
        outcome: Result<Answer, Refusal>,
    ) -> Result<Answer, Refusal> {
        let Err(Refusal::Problem(problem)) = outcome else { return outcome };
        if !(404..=422).contains(&problem.kind().status) {
            return Err(Refusal::Problem(problem));
        }
        self.answered(who, payload_hash, answers).await?.ok_or(Refusal::Problem(problem))
    }
}

/// Makes the idempotency record of a request, once its answer is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    by: Principal,
    at: Timestamp,
    key: String,
    payload_hash: String,
}

impl Record {
    /// The record that keeps an answer.
    pub fn keep(&self, answer: &Answer) -> Once {
        Once {
            by: self.by.clone(),
            at: self.at,
            key: self.key.clone(),
            payload_hash: self.payload_hash.clone(),
            answer: answer.kept(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let good = |key: &&str| {
            (1..=LONGEST).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte))
        };
        match value.to_str().ok().filter(good) {
            Some(key) if values.next().is_none() => Ok(Self(Some(key.to_owned()))),
            _ => Err(Problem::new(kinds::INVALID_HEADER)
                .at("Idempotency-Key", "1 to 64 letters, digits, dots, underscores, colons or hyphens")),
        }
    }
}
