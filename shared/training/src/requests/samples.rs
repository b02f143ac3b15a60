//! Requests in memory, for tests: with the promises of the table.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kernel::{CourseRequestId, Limit, Page, PersonId, Position, StoreError, Version};

use super::{Open, Request, RequestsReader, Write};
use crate::{ports::Stored, samples::World};

/// Every request, and which are open.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    requests: BTreeMap<(PersonId, CourseRequestId), Request>,
    open: BTreeMap<PersonId, Open>,
}

impl Kept {
    pub(crate) fn check(&self, write: &Write) -> Stored<()> {
        let (found, before) = match write {
            Write::Open { before, open } => {
                (self.open.get(&open.person).map_or(Version::ABSENT, |it: &Open| it.version), before)
            }
            Write::Request { before, request } => {
                let found = self.requests.get(&(request.person, request.id));
                (found.map_or(Version::ABSENT, |it: &Request| it.version), before)
            }
            Write::ForgetRequest { .. } | Write::ForgetOpen { .. } => return Ok(()),
        };
        if found == *before { Ok(()) } else { Err(StoreError::Conflict) }
    }

    pub(crate) fn write(&mut self, write: Write) {
        match write {
            Write::Open { open, .. } => {
                self.open.insert(open.person, open);
            }
            Write::Request { request, .. } => {
                self.requests.insert((request.person, request.id), *request);
            }
            Write::ForgetRequest { person, request } => {
                self.requests.remove(&(person, request));
            }
            Write::ForgetOpen { person } => {
                self.open.remove(&person);
            }
        }
    }

    fn open(&self, person: PersonId) -> Open {
        self.open.get(&person).cloned().unwrap_or_else(|| Open::none(person))
    }
}

#[async_trait]
impl RequestsReader for World {
    async fn open(&self, person: PersonId) -> Stored<Open> {
        Ok(self.kept_requests().open(person))
    }

    async fn open_of(&self, people: &[PersonId]) -> Stored<Vec<Open>> {
        let kept = self.kept_requests();
        Ok(people.iter().filter_map(|person| kept.open.get(person)).cloned().collect())
    }

    async fn request(&self, person: PersonId, request: CourseRequestId) -> Stored<Option<(Request, Open)>> {
        let kept = self.kept_requests();
        Ok(kept.requests.get(&(person, request)).map(|found| (found.clone(), kept.open(person))))
    }

    async fn some_requests(&self, wanted: &[(PersonId, CourseRequestId)]) -> Stored<Vec<Request>> {
        let kept = self.kept_requests();
        Ok(wanted.iter().filter_map(|place| kept.requests.get(place)).cloned().collect())
    }

    async fn requests_of(&self, person: PersonId, _: Limit, _: Option<&Position>) -> Stored<Page<Request>> {
        let items = self.kept_requests().requests.into_values().filter(|it| it.person == person).collect();
        Ok(Page { items, next: None })
    }

    async fn open_requests(&self, _: Limit, _: Option<&Position>) -> Stored<Page<Request>> {
        let mut items: Vec<Request> = self.kept_requests().requests.into_values().collect();
        items.retain(|it| it.state.is_open());
        items.sort_by_key(|it| (it.asked_at, it.id));
        Ok(Page { items, next: None })
    }

    async fn held_requests(&self, person: PersonId) -> Stored<Vec<CourseRequestId>> {
        Ok(self.kept_requests().requests.into_keys().filter(|(whose, _)| *whose == person).map(|(_, id)| id).collect())
    }
}
