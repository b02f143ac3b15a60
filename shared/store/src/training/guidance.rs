//! The guidance library in the table. An article's latest version stands in one item, each earlier one in its own; what
//! a list shows of it is a small item beside those of all others. Feedback stands with the person who gave it.

use async_trait::async_trait;
use kernel::{ArticleId, Limit, Page, PersonId, Position, StoreError, Version};
use serde::de::DeserializeOwned;
use training::guidance::{Article, Counts, Entry, Feedback, Found, GuidanceReader, Judged, Write};

use super::{TrainingStore, items::Made};
use crate::{
    commit::{Guard, Transaction, unavailable},
    item::{ItemBuilder, Kind, body},
    keys,
    table::{Index, Item, Key, Op, Query, Range, key_of},
};

const ARTICLE: Kind = Kind::first("article");
const ENTRY: Kind = Kind::first("article_entry");
const COUNTS: Kind = Kind::first("article_counts");
const FEEDBACK: Kind = Kind::first("article_feedback");

type Stored<T> = Result<T, StoreError>;

fn latest(article: &Article) -> Made {
    Ok(ItemBuilder::new(&keys::article(article.id), ARTICLE, article)?.version(article.version).build())
}

fn earlier(article: &Article) -> Made {
    let key = keys::article_version(article.id, article.version.get());
    Ok(ItemBuilder::new(&key, ARTICLE, article)?.version(article.version).build())
}

fn entry(article: &Article) -> Made {
    Ok(ItemBuilder::new(&keys::article_entry(article.code.as_str()), ENTRY, &article.entry())?.build())
}

fn counts(article: ArticleId, counts: Counts) -> Made {
    Ok(ItemBuilder::new(&keys::article_counts(article), COUNTS, &counts)?.version(counts.version).build())
}

fn feedback(person: PersonId, value: &Feedback) -> Made {
    let key = keys::feedback(person, value.article, value.article_version.get());
    let item = ItemBuilder::new(&key, FEEDBACK, value)?.version(value.version);
    Ok(if value.verdict.comment.is_some() {
        let position = keys::comment_position(value.given_at, value.id);
        item.index(Index::List, keys::comments(value.article), position).build()
    } else {
        item.build()
    })
}

/// Turns a write of the library into operations.
pub(super) fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Article { was: None, article } => {
            transaction.push(Op::create(latest(article)?), Guard::Version);
            transaction.push(Op::create(entry(article)?), Guard::Taken("article_code"));
        }
        Write::Article { was: Some(was), article } => {
            transaction.push(Op::replace(latest(article)?, was.version), Guard::Version);
            transaction.push(Op::create(earlier(was)?), Guard::Version);
            // Guarded by the article that it is written with.
            transaction.push(Op::put(entry(article)?), Guard::Version);
        }
        Write::Feedback { person, before, feedback: value } => {
            transaction.push(Op::replace(feedback(*person, value)?, *before), Guard::Version);
        }
        Write::Counts { article, counts: value } => {
            let item = counts(*article, *value)?;
            transaction.push(Op::replace(item, value.version.previous()), Guard::Version);
        }
        Write::ForgetFeedback { person, article, version } => {
            let key = keys::feedback(*person, *article, version.get());
            transaction.push(Op::Delete { key, when: Vec::new() }, Guard::Version);
        }
    }
    Ok(())
}

/// The value of the item with a key, if it is among these.
fn among<T: DeserializeOwned>(items: &[Item], key: &Key, kind: Kind) -> Stored<Option<T>> {
    items.iter().find(|item| key_of(item) == *key).map(|item| body(item, kind)).transpose()
}

#[async_trait]
impl GuidanceReader for TrainingStore {
    async fn entries(&self) -> Stored<Vec<Entry>> {
        self.all(keys::GUIDANCE.to_owned(), Range::all()).await?.iter().map(|item| body(item, ENTRY)).collect()
    }

    async fn article(&self, article: ArticleId, version: Option<Version>) -> Stored<Option<Found>> {
        let (now, counts) = (keys::article(article), keys::article_counts(article));
        let old = version.map(|version| keys::article_version(article, version.get()));
        let wanted: Vec<Key> = [Some(&now), Some(&counts), old.as_ref()].into_iter().flatten().cloned().collect();
        let items = self.table.get_many(&wanted).await.map_err(unavailable)?;
        let Some(latest) = among(&items, &now, ARTICLE)? else { return Ok(None) };
        let earlier = old.map(|old| among(&items, &old, ARTICLE)).transpose()?.flatten();
        let counts = among(&items, &counts, COUNTS)?.unwrap_or(Counts::NONE);
        Ok(Some(Found { latest, earlier, counts }))
    }

    async fn judged(&self, article: ArticleId, version: Version, person: PersonId) -> Stored<Option<Judged>> {
        let wanted =
            [keys::article(article), keys::article_counts(article), keys::feedback(person, article, version.get())];
        let items = self.table.get_many(&wanted).await.map_err(unavailable)?;
        let [now, counts, given] = &wanted;
        let Some(latest) = among(&items, now, ARTICLE)? else { return Ok(None) };
        let feedback = among(&items, given, FEEDBACK)?;
        let counts = among(&items, counts, COUNTS)?.unwrap_or(Counts::NONE);
        Ok(Some(Judged { latest, feedback, counts }))
    }

    async fn comments(&self, article: ArticleId, limit: Limit, after: Option<&Position>) -> Stored<Page<Feedback>> {
        let query = Query::index(Index::List, keys::comments(article));
        self.page(query, limit, after, |item| body(item, FEEDBACK)).await
    }

    async fn feedback_of(&self, person: PersonId) -> Stored<Vec<(ArticleId, Version)>> {
        let items = self.all(keys::feedback_of(person), Range::all()).await?;
        let given = items.iter().map(|item| body::<Feedback>(item, FEEDBACK));
        given.map(|given| given.map(|given| (given.article, given.article_version))).collect()
    }
}

#[cfg(test)]
mod tests;
