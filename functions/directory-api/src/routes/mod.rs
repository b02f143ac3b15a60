//! Handlers, one file per resource: authorise, decide in `directory`, commit, answer.

pub(crate) mod imports;
pub(crate) mod people;
pub(crate) mod program;
pub(crate) mod records;
pub(crate) mod teams;
pub(crate) mod workloads;

use directory::Write;
use kernel::{Commit, PersonId};
use web::{Answer, Authenticated, IdempotencyKey, Refusal};

use crate::app::App;

/// A request that changes something: who, its key, and what its payload hashes to.
pub(crate) struct Request<'a> {
    pub(crate) app: &'a App,
    pub(crate) who: &'a Authenticated,
    pub(crate) key: &'a IdempotencyKey,
    pub(crate) hash: &'a str,
}

impl Request<'_> {
    /// Commits a change together with the answer that a repetition of the request gets.
    pub(crate) async fn commit(&self, commit: Commit<Write>, answer: Answer) -> Result<Answer, Refusal> {
        let once = self.key.record(self.who, self.hash).map(|record| record.keep(&answer));
        self.app.ports.writer.commit(commit.once(once)).await?;
        Ok(answer)
    }

    /// Gives a repetition the answer of the first request where the state it left refuses a second.
    pub(crate) async fn or_replay(&self, outcome: Result<Answer, Refusal>) -> Result<Answer, Refusal> {
        self.key.or_replay(self.who, self.hash, self.app.ports.answers.as_ref(), outcome).await
    }

    /// The same for an answer that shows a person, of whom the record keeps no body: a repetition shows them as they are
    /// now, or nothing of who was erased since. Without an id, the answer's address names the person.
    pub(crate) async fn or_replay_person(
        &self,
        outcome: Result<Answer, Refusal>,
        person: Option<PersonId>,
    ) -> Result<Answer, Refusal> {
        let mut stored = match self.or_replay(outcome).await {
            Err(Refusal::Replay(stored)) => *stored,
            Ok(answer) if answer.is_replayed() => answer.stored().clone(),
            told => return told,
        };
        let named = || stored.location.as_deref()?.rsplit('/').next()?.parse().ok();
        if let Some(person) = person.or_else(named)
            && let Some(person) = self.app.ports.reader.person(person).await?
        {
            let now = Answer::ok(&people::shown(self.who, &person)).version(person.version);
            stored.body.clone_from(&now.stored().body);
            stored.etag.clone_from(&now.stored().etag);
        }
        Ok(Answer::replayed(stored))
    }

    /// The answer of a request that finds nothing left to change: that of its first run, where its key knows of one.
    pub(crate) async fn unchanged(&self, answer: Answer) -> Result<Answer, Refusal> {
        self.commit(Commit::of(Vec::new()), answer).await
    }
}
