//! Listings: one query a page, from the position that the last page ended at.

use async_trait::async_trait;
use directory::{DirectoryListing, Exported, Membership, PersonSummary, Team, Workload};
use jiff::civil::Date;
use kernel::{Event, Limit, Page, PersonId, Position, StoreError, TeamId, WorkloadId};

use super::{
    DirectoryStore,
    items::{ACCESS, AccessBody, FIND, FindBody, MEMBER, MemberBody, OWNS, read_person, read_team, read_workload},
};
use crate::{
    commit::{EVENT, unavailable},
    item::body,
    keys::{self, System},
    table::{Index, Item, Query, Range},
};

impl DirectoryStore {
    async fn page<T>(
        &self,
        query: Query,
        limit: Limit,
        after: Option<&Position>,
        read: impl Fn(&Item) -> Result<Option<T>, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let query = query.limit(limit.get()).after(after.map(|position| position.0.clone()));
        let slice = self.table.query(&query).await.map_err(unavailable)?;
        let items = slice.items.iter().filter_map(|item| read(item).transpose()).collect::<Result<_, _>>()?;
        Ok(Page { items, next: slice.next.map(Position) })
    }
}

#[async_trait]
impl DirectoryListing for DirectoryStore {
    async fn list_people(&self, limit: Limit, after: Option<&Position>) -> Result<Page<PersonSummary>, StoreError> {
        let query = Query::index(Index::List, keys::PEOPLE);
        self.page(query, limit, after, |item| Ok(read_person(item)?.map(|person| person.summary()))).await
    }

    async fn find_people(
        &self,
        prefix: &str,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<PersonSummary>, StoreError> {
        let Some((partition, folded)) = keys::find_partition(prefix) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let query = Query::partition(partition).range(Range::prefix(&folded));
        self.page(query, limit, after, |item| {
            let found: FindBody = body(item, FIND)?;
            // Of the texts of one person that fit, the first one speaks for all.
            let first = found.texts.iter().find(|text| text.starts_with(&folded));
            Ok((first == Some(&found.text)).then_some(found.summary))
        })
        .await
    }

    async fn reports_of(
        &self,
        manager: PersonId,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<PersonSummary>, StoreError> {
        let query = Query::index(Index::List, keys::reports(manager));
        self.page(query, limit, after, |item| Ok(body::<AccessBody>(item, ACCESS)?.summary)).await
    }

    async fn members_of(
        &self,
        team: TeamId,
        from: Date,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<(PersonSummary, Vec<Membership>)>, StoreError> {
        let query = Query::partition(keys::team_partition(team)).range(Range::prefix("MEMBER#"));
        self.page(query, limit, after, |item| {
            let mut member: MemberBody = body(item, MEMBER)?;
            member.stays.retain(|stay| stay.span.until().is_none_or(|until| from <= until));
            Ok((!member.stays.is_empty()).then_some((member.summary, member.stays)))
        })
        .await
    }

    async fn list_teams(&self, limit: Limit, after: Option<&Position>) -> Result<Page<Team>, StoreError> {
        self.page(Query::index(Index::List, keys::TEAMS), limit, after, |item| read_team(item).map(Some)).await
    }

    async fn list_workloads(&self, limit: Limit, after: Option<&Position>) -> Result<Page<Workload>, StoreError> {
        let query = Query::index(Index::List, keys::WORKLOADS);
        self.page(query, limit, after, |item| read_workload(item).map(Some)).await
    }

    async fn workloads_of(
        &self,
        team: TeamId,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<WorkloadId>, StoreError> {
        let query = Query::partition(keys::team_partition(team)).range(Range::prefix("OWNS#"));
        self.page(query, limit, after, |item| body(item, OWNS).map(Some)).await
    }

    async fn history_of(
        &self,
        subject: &str,
        limit: Limit,
        after: Option<&Position>,
    ) -> Result<Page<Event>, StoreError> {
        let query = Query::partition(keys::history(System::Directory, subject));
        self.page(query, limit, after, |item| body(item, EVENT).map(Some)).await
    }

    async fn export_of(&self, person: PersonId) -> Result<Vec<Exported>, StoreError> {
        self.export(person).await
    }
}
