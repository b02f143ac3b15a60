//! The ladder before a certificate's last valid day: 90, 60, 30 and 7 days before it, and never after it. A rung is
//! identified by certificate, last valid day and rung; of several that have come, only the latest is told. The day itself is
//! the issuer's and moves for nobody: who is away is told the latest rung when they are back.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Certificate;
use crate::{
    model::LearnerFile,
    rules::due::{between, plus},
};

/// A step of the ladder: days before the last valid day. Later rungs are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExpiryRung(i32);

impl ExpiryRung {
    /// Every rung, earliest first.
    pub const ALL: [Self; 4] = [Self(-90), Self(-60), Self(-30), Self(-7)];

    /// The rung on which it is said to everybody who listens that the end comes near.
    pub const FIRST: Self = Self::ALL[0];

    /// Days from the last valid day, always negative.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The day of it.
    pub fn day(self, expires: Date) -> Date {
        plus(expires, self.0)
    }
}

/// What was told of one last valid day: sent, and only previewed. A preview never uses up a rung that could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldOfExpiry {
    /// The last valid day.
    expires: Date,
    /// The latest rung that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<ExpiryRung>,
    /// The latest rung that was previewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previewed: Option<ExpiryRung>,
}

/// The latest rung that has come, and the day of the next one; neither after the last valid day.
pub fn climb(expires: Date, today: Date) -> (Option<ExpiryRung>, Option<Date>) {
    if today > expires {
        return (None, None);
    }
    let latest = ExpiryRung::ALL.into_iter().rev().find(|rung| rung.day(expires) <= today);
    let next = ExpiryRung::ALL.into_iter().map(|rung| rung.day(expires)).find(|day| *day > today);
    (latest, next)
}

/// What is to be told of a certificate: which one, its last valid day and the rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fresh {
    pub(crate) index: usize,
    pub(crate) expires: Date,
    pub(crate) rung: ExpiryRung,
}

/// Everything that has come and was not told, the nearest end first. Of what does not count nothing is told, and nothing
/// of what a certificate renews that waits for somebody's look. Nor is anything told of a path that the person's role does
/// not ask for any more: its courses are not asked again, and nothing would renew it.
pub(crate) fn fresh(file: &LearnerFile, today: Date, real: bool) -> Vec<Fresh> {
    let all = &file.certificates;
    let former = |of: &Certificate| of.award().is_some_and(|award| award.job_role != file.head.facts.job_role);
    let renewing = |of: &Certificate| all.iter().any(|it| it.is_waiting() && it.facts().renews() == Some(of.id));
    let mut fresh: Vec<Fresh> = all
        .iter()
        .enumerate()
        .filter(|(_, it)| it.counts() && !renewing(it) && !former(it))
        .filter_map(|(index, it)| {
            let expires = it.facts().expires()?;
            let rung = climb(expires, today).0?;
            told(it, expires, real).is_none_or(|told| told < rung).then_some(Fresh { index, expires, rung })
        })
        .collect();
    fresh.sort_by_key(|it| (it.expires, it.index));
    fresh
}

/// What counts as told when deciding whether a rung is still to be told: in a preview, what was previewed or sent; when
/// mail is really sent, only what was sent.
fn told(certificate: &Certificate, expires: Date, real: bool) -> Option<ExpiryRung> {
    let told = certificate.told.iter().find(|told| told.expires == expires)?;
    if real { told.sent } else { told.sent.max(told.previewed) }
}

/// Remembers that a rung was told.
pub(crate) fn remember(certificate: &mut Certificate, expires: Date, rung: ExpiryRung, real: bool) {
    let all = &mut certificate.told;
    let index = all.iter().position(|told| told.expires == expires).unwrap_or_else(|| {
        all.push(ToldOfExpiry { expires, sent: None, previewed: None });
        all.len() - 1
    });
    let told = &mut all[index];
    if real {
        told.sent = Some(rung);
    } else {
        told.previewed = Some(rung);
    }
}

/// The days on which something about the end of what counts is to be noticed or told.
pub(crate) fn days(file: &LearnerFile, today: Date) -> impl Iterator<Item = Date> {
    file.certificates.iter().filter(|it| it.counts()).filter_map(|it| it.facts().expires()).flat_map(move |expires| {
        let rung = climb(expires, today).1;
        rung.into_iter().chain([plus(expires, 1)])
    })
}

/// Days until the last valid day; negative after it.
pub(crate) fn days_left(expires: Date, today: Date) -> i32 {
    between(today, expires)
}
