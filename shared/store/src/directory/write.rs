//! Turns the directory's commits into operations.

use std::collections::BTreeSet;

use async_trait::async_trait;
use directory::{DirectoryWriter, ManagerLink, Membership, Person, Team, Tombstone, Workload, Write};
use jiff::Timestamp;
use kernel::{Commit, PersonId, StoreError, TeamId, Version, import::ImportJob};

use super::{
    DirectoryStore,
    items::{
        ACCESS, ACTIVE, AccessBody, EMAIL, ERASED, FIND, FindBody, LEADS, MANAGER, MEMBER, MemberBody, OWNS, REPORTS,
        STATE, SUBJECT, TEAM_CODE, WORKLOAD_CODE, job_item, person_item, team_item, tombstone_item, workload_item,
    },
    ops::Ops,
};
use crate::{
    commit::{Guard, Transaction},
    item::ItemBuilder,
    keys::{self, System},
    table::{Change, Condition, Index, Item, Key, Op, PK, SK, Value},
};

#[async_trait]
impl DirectoryWriter for DirectoryStore {
    async fn commit(&self, commit: Commit<Write>) -> Result<(), StoreError> {
        let created: BTreeSet<PersonId> = commit
            .writes
            .iter()
            .filter_map(|write| match write {
                Write::Person { before: None, after, .. } => Some(after.id),
                _ => None,
            })
            .collect();
        let mut plan = Plan { ops: Ops::default(), created };
        for write in &commit.writes {
            match write {
                Write::Person { before, after, line, joins } => plan.person(before.as_deref(), after, line, joins)?,
                Write::Erase { before, tombstone } => plan.erase(before, tombstone)?,
                Write::Team { before, after, successors } => plan.team(before.as_deref(), after, successors)?,
                Write::Workload { before, after } => plan.workload(before.as_deref(), after)?,
                Write::Job(job) => plan.job(job)?,
            }
        }
        let mut transaction = Transaction::new(System::Directory);
        plan.ops.into_transaction(&mut transaction);
        transaction.push_rest(&commit, instant_of(&commit))?;
        transaction.run(self.table.as_ref()).await
    }
}

/// When a commit's mails are written: with its event, as mail is only ever about something that happened.
fn instant_of(commit: &Commit<Write>) -> Timestamp {
    commit.events.first().map_or(Timestamp::UNIX_EPOCH, |event| event.recorded_at)
}

struct Plan {
    ops: Ops,
    created: BTreeSet<PersonId>,
}

fn is_active(team: TeamId) -> Op {
    let when = vec![Condition::Equals(STATE, Value::S(ACTIVE.to_owned()))];
    Op::Check { key: keys::team(team), when }
}

fn delete(key: Key) -> Op {
    Op::Delete { key, when: Vec::new() }
}

impl Plan {
    fn person(
        &mut self,
        before: Option<&Person>,
        after: &Person,
        line: &[ManagerLink],
        joins: &[TeamId],
    ) -> Result<(), StoreError> {
        let expected = before.map_or(Version::ABSENT, |before| before.version);
        self.ops.push(Op::replace(person_item(after)?, expected), Guard::Version)?;
        self.access(after)?;
        self.unique(
            before.map(|before| keys::email(before.email.expose())),
            Some(keys::email(after.email.expose())),
            |key| ItemBuilder::new(key, EMAIL, &after.id).map(ItemBuilder::build),
            "email",
        )?;
        let subject = |person: &Person| {
            person.subject.as_ref().map(|subject| keys::subject(subject.issuer(), subject.expose_subject()))
        };
        self.unique(
            before.and_then(subject),
            subject(after),
            |key| ItemBuilder::new(key, SUBJECT, &after.id).map(ItemBuilder::build),
            "subject",
        )?;
        self.find(before, after)?;
        self.members(before, after)?;
        let old = before.and_then(|before| before.manager);
        if old != after.manager {
            for link in line {
                self.ops.push(still_reports(link), Guard::Version)?;
            }
            self.count_report(old, -1)?;
            self.count_report(after.manager, 1)?;
        }
        for team in joins {
            self.ops.push(is_active(*team), Guard::Version)?;
        }
        Ok(())
    }

    /// Access facts change in place: counters and sets beside them belong to others.
    fn access(&mut self, person: &Person) -> Result<(), StoreError> {
        let body = AccessBody {
            person: person.id,
            start: person.start,
            leave: person.leave,
            memberships: person.memberships.clone(),
            manager: person.manager,
            summary: Some(person.summary()),
        };
        let key = keys::access(person.id);
        let item = ItemBuilder::new(&key, ACCESS, &body)?;
        let (item, removed) = match person.manager {
            Some(manager) => {
                let place = keys::name_position(person.name.expose(), person.id);
                let item = item.index(Index::List, keys::reports(manager), place);
                (item.with(MANAGER, Value::S(manager.to_string())), Vec::new())
            }
            None => (item, vec![Index::List.pk(), Index::List.sk(), MANAGER]),
        };
        let mut changes = sets(item.build());
        changes.extend(removed.into_iter().map(Change::Remove));
        self.ops.push(Op::Update { key, changes, when: Vec::new() }, Guard::Version)
    }

    fn count_report(&mut self, manager: Option<PersonId>, by: i64) -> Result<(), StoreError> {
        let Some(manager) = manager else { return Ok(()) };
        let changes = vec![Change::Add(REPORTS, by)];
        self.ops.push(Op::Update { key: keys::access(manager), changes, when: Vec::new() }, Guard::Version)
    }

    fn unique(
        &mut self,
        before: Option<Key>,
        after: Option<Key>,
        item: impl FnOnce(&Key) -> Result<Item, StoreError>,
        name: &'static str,
    ) -> Result<(), StoreError> {
        if before == after {
            return Ok(());
        }
        if let Some(before) = before {
            self.ops.push(delete(before), Guard::Version)?;
        }
        match after {
            Some(after) => self.ops.push(Op::create(item(&after)?), Guard::Taken(name)),
            None => Ok(()),
        }
    }

    fn find(&mut self, before: Option<&Person>, after: &Person) -> Result<(), StoreError> {
        let old = before.map(Person::search_texts).unwrap_or_default();
        let texts = after.search_texts();
        for gone in old.difference(&texts) {
            if let Some(key) = keys::find_person(gone, after.id) {
                self.ops.push(delete(key), Guard::Version)?;
            }
        }
        if before.is_some_and(|before| before.summary() == after.summary()) {
            return Ok(());
        }
        for text in &texts {
            if let Some(key) = keys::find_person(text, after.id) {
                let body = FindBody { summary: after.summary(), text: text.clone(), texts: texts.clone() };
                self.ops.push(Op::put(ItemBuilder::new(&key, FIND, &body)?.build()), Guard::Version)?;
            }
        }
        Ok(())
    }

    fn members(&mut self, before: Option<&Person>, after: &Person) -> Result<(), StoreError> {
        let old = before.map(|before| before.memberships.clone()).unwrap_or_default();
        let renamed = before.is_none_or(|before| before.summary() != after.summary());
        for team in old.teams().union(&after.memberships.teams()) {
            let stays: Vec<Membership> = after.memberships.in_team(*team);
            let key = keys::member(*team, after.id);
            if stays.is_empty() {
                self.ops.push(delete(key), Guard::Version)?;
            } else if renamed || stays != old.in_team(*team) {
                let body = MemberBody { summary: after.summary(), stays };
                self.ops.push(Op::put(ItemBuilder::new(&key, MEMBER, &body)?.build()), Guard::Version)?;
            }
        }
        Ok(())
    }

    fn erase(&mut self, before: &Person, tombstone: &Tombstone) -> Result<(), StoreError> {
        self.ops.push(Op::replace(tombstone_item(tombstone)?, before.version), Guard::Version)?;
        self.ops.push(delete(keys::email(before.email.expose())), Guard::Version)?;
        if let Some(subject) = &before.subject {
            self.ops.push(delete(keys::subject(subject.issuer(), subject.expose_subject())), Guard::Version)?;
        }
        for text in before.search_texts() {
            if let Some(key) = keys::find_person(&text, before.id) {
                self.ops.push(delete(key), Guard::Version)?;
            }
        }
        for team in before.memberships.teams() {
            self.ops.push(delete(keys::member(team, before.id)), Guard::Version)?;
        }
        self.count_report(before.manager, -1)?;
        // The item stays: those who report to this person still count on it.
        let body = AccessBody {
            person: before.id,
            start: tombstone.start,
            leave: tombstone.leave,
            memberships: directory::Memberships::default(),
            manager: None,
            summary: None,
        };
        let key = keys::access(before.id);
        let mut changes = sets(ItemBuilder::new(&key, ACCESS, &body)?.with(ERASED, Value::Bool(true)).build());
        changes.extend([Index::List.pk(), Index::List.sk(), MANAGER].map(Change::Remove));
        self.ops.push(Op::Update { key, changes, when: Vec::new() }, Guard::Version)
    }

    fn team(&mut self, before: Option<&Team>, after: &Team, successors: &[TeamId]) -> Result<(), StoreError> {
        let expected = before.map_or(Version::ABSENT, |before| before.version);
        self.ops.push(Op::replace(team_item(after)?, expected), Guard::Version)?;
        self.unique(
            before.map(|before| keys::team_code(before.code.as_str())),
            Some(keys::team_code(after.code.as_str())),
            |key| ItemBuilder::new(key, TEAM_CODE, &after.id).map(ItemBuilder::build),
            "team_code",
        )?;
        let old: BTreeSet<PersonId> = before.map(|before| before.leads.iter().copied().collect()).unwrap_or_default();
        let new: BTreeSet<PersonId> = after.leads.iter().copied().collect();
        let id = BTreeSet::from([after.id.to_string()]);
        for lead in new.difference(&old) {
            // Whoever is made in this very commit is not there yet.
            let when = if self.created.contains(lead) {
                Vec::new()
            } else {
                vec![Condition::Present, Condition::Missing(ERASED)]
            };
            let changes = vec![Change::Insert(LEADS, id.clone())];
            self.ops.push(Op::Update { key: keys::access(*lead), changes, when }, Guard::Version)?;
        }
        for lead in old.difference(&new) {
            let changes = vec![Change::Take(LEADS, id.clone())];
            self.ops.push(Op::Update { key: keys::access(*lead), changes, when: Vec::new() }, Guard::Version)?;
        }
        for successor in successors {
            self.ops.push(is_active(*successor), Guard::Version)?;
        }
        Ok(())
    }

    fn workload(&mut self, before: Option<&Workload>, after: &Workload) -> Result<(), StoreError> {
        let expected = before.map_or(Version::ABSENT, |before| before.version);
        self.ops.push(Op::replace(workload_item(after)?, expected), Guard::Version)?;
        self.unique(
            before.map(|before| keys::workload_code(before.code.as_str())),
            Some(keys::workload_code(after.code.as_str())),
            |key| ItemBuilder::new(key, WORKLOAD_CODE, &after.id).map(ItemBuilder::build),
            "workload_code",
        )?;
        let owner = before.map(|before| before.owner);
        if owner == Some(after.owner) {
            return Ok(());
        }
        if let Some(owner) = owner {
            self.ops.push(delete(keys::owned_workload(owner, after.id)), Guard::Version)?;
        }
        let item = ItemBuilder::new(&keys::owned_workload(after.owner, after.id), OWNS, &after.id)?.build();
        self.ops.push(Op::put(item), Guard::Version)?;
        self.ops.push(is_active(after.owner), Guard::Version)
    }

    fn job(&mut self, job: &ImportJob) -> Result<(), StoreError> {
        self.ops.push(Op::replace(job_item(job)?, job.version.previous()), Guard::Version)
    }
}

/// Someone above still reports to whom they did, and was not erased.
fn still_reports(link: &ManagerLink) -> Op {
    let manager = match link.manager {
        Some(manager) => Condition::Equals(MANAGER, Value::S(manager.to_string())),
        None => Condition::Missing(MANAGER),
    };
    let when = vec![Condition::Present, Condition::Missing(ERASED), manager];
    Op::Check { key: keys::access(link.person), when }
}

/// The attributes of an item as changes to be made in place.
fn sets(item: Item) -> Vec<Change> {
    const NAMES: [&str; 7] = ["type", "schema", "body", "list_pk", "list_sk", MANAGER, ERASED];
    let mut attributes = item.into_inner();
    attributes.remove(PK);
    attributes.remove(SK);
    NAMES.into_iter().filter_map(|name| attributes.remove(name).map(|value| Change::Set(name, value))).collect()
}
