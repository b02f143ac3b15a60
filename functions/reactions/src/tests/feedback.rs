//! Feedback on a course that somebody gives while they are erased.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use directory::{DirectoryReader, DirectoryWriter, people::erase};
use kernel::{CompletionId, CourseId, Limit, PersonId, StoreError};
use serde_json::json;
use training::{
    effectiveness::{
        CourseNotes, EffectivenessReader, Feedback, Rating, Ratings, Sums,
        usecases::{NewFeedback, give},
    },
    model::CompletionSource,
    usecases::{Call, records},
};

use super::{House, cause, event};
use crate::{Ports, Rules, react};

/// Reads as it is, and has a person give feedback right after what they gave was read.
struct Meanwhile {
    ports: Ports,
    course: CourseId,
    completion: CompletionId,
    given: Mutex<Vec<Result<(), &'static str>>>,
}

impl Meanwhile {
    async fn give(&self, person: PersonId) -> Result<(), &'static str> {
        let rating = Rating::new(4).unwrap();
        let ratings = Ratings { relevance: rating, quality: rating, confidence: rating };
        let Self { course, completion, .. } = *self;
        let new = NewFeedback { person, course, completion, ratings, comment: None };
        let (reader, writer) = (self.ports.reader.as_ref(), self.ports.writer.as_ref());
        give(reader, writer, new, &cause(), None).await.map(|_| ()).map_err(|error| error.code())
    }
}

#[async_trait]
impl EffectivenessReader for Meanwhile {
    async fn all_sums(&self) -> Result<BTreeMap<CourseId, Sums>, StoreError> {
        self.ports.effectiveness.all_sums().await
    }

    async fn sums(&self, course: CourseId) -> Result<Sums, StoreError> {
        self.ports.effectiveness.sums(course).await
    }

    async fn feedback(&self, person: PersonId) -> Result<Vec<Feedback>, StoreError> {
        let read = self.ports.effectiveness.feedback(person).await;
        let given = self.give(person).await;
        self.given.lock().unwrap().push(given);
        read
    }

    async fn latest(&self, course: CourseId, limit: Limit) -> Result<Vec<Feedback>, StoreError> {
        self.ports.effectiveness.latest(course, limit).await
    }

    async fn notes(&self, course: CourseId) -> Result<Option<CourseNotes>, StoreError> {
        self.ports.effectiveness.notes(course).await
    }
}

#[tokio::test]
async fn what_somebody_says_of_a_course_while_they_are_erased_is_not_kept() {
    let house = House::new().await;
    let (person, course) = (house.person("2026-02-01").await, house.teaching("cloud").await);
    let rules = Rules::read(&house.ports).await.unwrap();
    let (on, source) = ("2026-03-01".parse().unwrap(), CompletionSource::Roster);
    let report = records::Report { person, course, on, source, score: None };
    let done = records::report_completion(&rules.desk(&house.ports), report, &Call::of(&cause())).await.unwrap();
    let completion = done.file.completions[0].id;
    let before = house.directory.person(person).await.unwrap().unwrap();
    let (_, commit) = erase(&house.directory, &before, &cause()).await.unwrap();
    house.directory.commit(commit).await.unwrap();

    let meanwhile = Meanwhile { ports: house.ports.clone(), course, completion, given: Mutex::default() };
    // Until they are forgotten, they may.
    assert_eq!(meanwhile.give(person).await, Ok(()));
    let meanwhile = Arc::new(meanwhile);
    let ports = Ports { effectiveness: meanwhile.clone(), ..house.ports.clone() };
    for _ in 0..2 {
        react(&ports, &event("directory.person_erased", person, json!({"version": 2}))).await.unwrap();
        assert_eq!(house.ports.effectiveness.feedback(person).await.unwrap(), []);
    }
    assert_eq!(*meanwhile.given.lock().unwrap(), [Err("not_completed"); 2]);
    // What was counted stays true.
    assert_eq!(house.ports.effectiveness.sums(course).await.unwrap().answers, 1);
}
