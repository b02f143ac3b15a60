//! What comes in path and query: typed ids, strict filters, and paging whose cursor carries a position and no authority.
//! A cursor belongs to the listing and the filters it was made for; elsewhere it is refused.

use std::str::FromStr;

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Limit, Position};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{Problem, body, kinds};

const LONGEST_CURSOR: usize = 1024;

/// The one typed part of a path. A part that does not parse names nothing that exists: 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let nothing = || Problem::new(kinds::NOT_FOUND);
        let Path(raw) = parts.extract::<Path<Vec<(String, String)>>>().await.map_err(|_| nothing())?;
        let [(_, only)] = raw.as_slice() else { return Err(nothing()) };
        only.parse().map(Self).map_err(|_| nothing())
    }
}

/// Two parts of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<A, B>(pub A, pub B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Pair<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let nothing = || Problem::new(kinds::NOT_FOUND);
        let Path(raw) = parts.extract::<Path<Vec<(String, String)>>>().await.map_err(|_| nothing())?;
        let [(_, a), (_, b)] = raw.as_slice() else { return Err(nothing()) };
        match (a.parse(), b.parse()) {
            (Ok(a), Ok(b)) => Ok(Self(a, b)),
            _ => Err(nothing()),
        }
    }
}

/// Where a listing starts and how long a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// How many entries.
    pub limit: Limit,
    /// After which position, absent on the first page.
    pub after: Option<Position>,
    rest: Pairs,
    mark: Mark,
}

impl Paging {
    /// The cursor of a position in this listing.
    pub(crate) fn cursor(&self, position: &Position) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([self.mark.as_slice(), position.0.as_bytes()].concat())
    }

    /// The same listing from another cursor on, as a reference relative to the listing itself.
    pub(crate) fn query_with(&self, cursor: &str) -> String {
        let mut query = format!("?limit={}", self.limit.get());
        for (name, value) in self.rest.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain([("cursor", cursor)]) {
            query.push('&');
            query.push_str(name);
            query.push('=');
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    query.push(char::from(byte));
                } else {
                    query.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        query
    }
}

/// What a cursor begins with: the first bytes of a hash of its listing and filters.
type Mark = [u8; 8];

/// The mark of a listing with filters, in whatever order they were named.
fn mark(path: &str, filters: &[(String, String)]) -> Mark {
    let mut filters: Vec<_> = filters.iter().collect();
    filters.sort_unstable();
    let mut hasher = Sha256::new();
    for part in [path].into_iter().chain(filters.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]))
    {
        hasher.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
        hasher.update(part);
    }
    let mut mark = Mark::default();
    mark.copy_from_slice(&hasher.finalize()[..8]);
    mark
}

/// The position of a cursor that was made for a listing.
fn position(cursor: &str, mark: Mark) -> Option<Position> {
    if cursor.len() > LONGEST_CURSOR {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = std::str::from_utf8(bytes.strip_prefix(&mark)?).ok()?;
    (!text.is_empty() && kernel::text::is_printable(text)).then(|| Position(text.to_owned()))
}

type Pairs = Vec<(String, String)>;

fn pairs(parts: &Parts) -> Result<Pairs, Problem> {
    axum::extract::Query::<Pairs>::try_from_uri(&parts.uri)
        .map(|query| query.0)
        .map_err(|_| Problem::new(kinds::INVALID_QUERY))
}

fn filter<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    let mut map = Map::new();
    for (name, value) in pairs {
        if map.insert(name.clone(), Value::String(value.clone())).is_some() {
            return Err(Problem::new(kinds::INVALID_QUERY).at(body::safe(name), "appears once"));
        }
    }
    serde_path_to_error::deserialize(Value::Object(map)).map_err(|error| {
        let (path, message) = body::explain(&error);
        Problem::new(kinds::INVALID_QUERY).at(path.trim_start_matches("$.").to_owned(), message)
    })
}

/// A strict query string: an unknown parameter is refused. Values are texts, ids and dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        filter(&pairs(parts)?).map(Self)
    }
}

/// A listing: paging, and filters as strict as [`Query`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// Where it starts.
    pub paging: Paging,
    /// What it is limited to.
    pub filter: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Listing<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (paging, rest): (Pairs, Pairs) =
            pairs(parts)?.into_iter().partition(|(name, _)| name == "limit" || name == "cursor");
        let once = |wanted: &str| -> Result<Option<&str>, Problem> {
            let mut found = paging.iter().filter(|(name, _)| name == wanted);
            match (found.next(), found.next()) {
                (_, Some(_)) => Err(Problem::new(kinds::INVALID_QUERY).at(wanted, "appears once")),
                (found, None) => Ok(found.map(|(_, value)| value.as_str())),
            }
        };
        let limit = once("limit")?.map_or(Ok(Limit::default()), |raw| {
            let limit = raw.parse().ok().and_then(|number| Limit::new(number).ok());
            limit.ok_or_else(|| Problem::new(kinds::INVALID_QUERY).at("limit", "a number from 1 to 200"))
        })?;
        let filter = filter(&rest)?;
        let mark = mark(parts.uri.path(), &rest);
        let foreign = || Problem::new(kinds::INVALID_CURSOR);
        let after = once("cursor")?.map(|raw| position(raw, mark).ok_or_else(foreign)).transpose()?;
        Ok(Self { paging: Paging { limit, after, rest, mark }, filter })
    }
}

/// For listings without filters: any other parameter is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(path: &str, filters: &[(&str, &str)]) -> Paging {
        let rest: Pairs = filters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Paging { limit: Limit::default(), after: None, mark: mark(path, &rest), rest }
    }

    #[test]
    fn a_cursor_carries_a_position_of_its_listing_and_nothing_else() {
        let people = paging("/directory/people", &[("prefix", "ad")]);
        let at = Position("ada lovelace#01890a5d".to_owned());
        let cursor = people.cursor(&at);
        assert_eq!(position(&cursor, people.mark), Some(at));
        for (path, filters) in [
            ("/directory/teams", [("prefix", "ad")].as_slice()),
            ("/directory/people", &[]),
            ("/directory/people", &[("prefix", "be")]),
            ("/directory/people", &[("manager", "ad")]),
            ("/directory/people", &[("prefix", "a"), ("d", "")]),
        ] {
            assert_eq!(position(&cursor, paging(path, filters).mark), None, "{path} {filters:?}");
        }
    }

    #[test]
    fn the_order_of_filters_does_not_matter() {
        assert_eq!(
            mark("/p", &paging("", &[("a", "1"), ("b", "2")]).rest),
            paging("/p", &[("b", "2"), ("a", "1")]).mark
        );
    }

    #[test]
    fn a_forged_cursor_is_refused() {
        let people = paging("/directory/people", &[]);
        let broken = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode([people.mark.as_slice(), bytes].concat());
        let forged = [
            String::new(),
            "%%%".to_owned(),
            "AA==".to_owned(),
            BASE64_URL_SAFE_NO_PAD.encode("ada#1"),
            broken(b""),
            broken(&[0xff]),
            broken(b"a\0"),
            people.cursor(&Position("a".repeat(2000))),
        ];
        for cursor in forged {
            assert_eq!(position(&cursor, people.mark), None, "{cursor}");
        }
    }
}
