//! Finding articles: by words, by what they are marked with, and for a workload, best first. A word finds what begins
//! with it, without regard to case and accents.

use std::collections::BTreeSet;

use kernel::{Limit, Page, Position, text::fold};

use super::{ArticleState, Entry, Listed, Technology, Tier};
use crate::model::{CompetencyArea, LanguageTag, TextError};

/// The words of a question, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// What a correct question looks like.
    pub const EXPECTED: &str = "1 to 8 words of 2 characters or more, at most 100 characters in all";

    /// Reads a question. Words of one character are left out.
    ///
    /// # Errors
    /// [`TextError`] for no word, or too many.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        let mut words: Vec<String> = words(raw).filter(|word| word.chars().nth(1).is_some()).collect();
        words.sort_unstable();
        words.dedup();
        let fits = raw.chars().count() <= 100 && (1..=8).contains(&words.len());
        if fits { Ok(Self(words)) } else { Err(TextError { expected: Self::EXPECTED }) }
    }
}

/// What a workload is, as far as it decides which articles are about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// How much depends on it.
    pub tier: Tier,
    /// Its technologies.
    pub technologies: BTreeSet<Technology>,
}

/// What is looked for. What is absent excludes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The state: only those who write find other than published articles.
    pub state: ArticleState,
    /// Every one of these words is in the article's facts.
    pub words: Option<Words>,
    /// Of this area.
    pub area: Option<CompetencyArea>,
    /// For workloads of this tier.
    pub tier: Option<Tier>,
    /// For workloads of this technology.
    pub technology: Option<Technology>,
    /// For this workload.
    pub workload: Option<Workload>,
    /// In this language.
    pub language: Option<LanguageTag>,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The article.
    pub entry: &'a Entry,
    /// Its version in the state that was asked for.
    pub listed: &'a Listed,
}

/// The articles that fit, best first, as a page. Whole words count more than beginnings and a title more than a
/// summary; for a workload an article that names its technologies or tier comes before one for all. Equals stand by
/// code.
pub fn find<'a>(entries: &'a [Entry], wanted: &Wanted, limit: Limit, after: Option<&Position>) -> Page<Hit<'a>> {
    let mut found: Vec<(String, Hit<'a>)> = Vec::new();
    for entry in entries {
        let Some(listed) = entry.shown(wanted.state) else { continue };
        if let Some(rank) = rank(listed, wanted) {
            // Better ones sort first; the code makes it a place of its own.
            found.push((format!("{:06}#{}", 999_999 - rank, entry.code.as_str()), Hit { entry, listed }));
        }
    }
    found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let rest = found.into_iter().filter(|(place, _)| after.is_none_or(|after| *place > after.0));
    let mut rest: Vec<_> = rest.take(usize::from(limit.get()) + 1).collect();
    let more = rest.len() > usize::from(limit.get());
    rest.truncate(usize::from(limit.get()));
    let next = rest.last().filter(|_| more).map(|(place, _)| Position(place.clone()));
    Page { items: rest.into_iter().map(|(_, hit)| hit).collect(), next }
}

/// How well an article fits, at most 9,641; nothing when it does not.
fn rank(listed: &Listed, wanted: &Wanted) -> Option<u32> {
    let area = wanted.area.as_ref().is_none_or(|area| *area == listed.area);
    let language = wanted.language.as_ref().is_none_or(|asked| listed.language.serves(asked));
    let of_tier = |tier: Tier| listed.tiers.is_empty() || listed.tiers.contains(&tier);
    let of_technology = |tag: &Technology| listed.technologies.is_empty() || listed.technologies.contains(tag);
    let marked = wanted.tier.is_none_or(of_tier) && wanted.technology.as_ref().is_none_or(of_technology);
    if !(area && language && marked) {
        return None;
    }
    let said = wanted.words.as_ref().map_or(Some(0), |words| said(listed, words))?;
    let meant = wanted.workload.as_ref().map_or(Some(0), |workload| meant(listed, workload))?;
    Some(said * 100 + meant)
}

/// How well an article is about a workload, 0 to 41; nothing when it is about others.
fn meant(listed: &Listed, workload: &Workload) -> Option<u32> {
    if !listed.tiers.is_empty() && !listed.tiers.contains(&workload.tier) {
        return None;
    }
    let common = listed.technologies.intersection(&workload.technologies).count();
    if !listed.technologies.is_empty() && common == 0 {
        return None;
    }
    let common = u32::try_from(common.min(20)).unwrap_or_default();
    Some(2 * common + u32::from(!listed.tiers.is_empty()))
}

/// How well words say what an article is about: the sum of the best place of each, 0 to 96. Nothing when one is
/// nowhere.
fn said(listed: &Listed, words: &Words) -> Option<u32> {
    let technologies = listed.technologies.iter().map(Technology::as_str).collect::<Vec<_>>().join(" ");
    let places = [
        (9, listed.title.as_str()),
        (7, technologies.as_str()),
        (5, listed.requirement.as_str()),
        (3, listed.summary.as_str()),
    ];
    let places = places.map(|(worth, text)| (worth, self::words(text).collect::<Vec<_>>()));
    let mut sum = 0;
    for asked in &words.0 {
        let in_text = |(worth, text): &(u32, Vec<String>)| {
            let begins = text.iter().filter(|word| word.starts_with(asked.as_str()));
            begins.map(|word| worth + if word == asked { 3 } else { 0 }).max()
        };
        sum += places.iter().filter_map(in_text).max()?;
    }
    Some(sum)
}

fn words(raw: &str) -> impl Iterator<Item = String> {
    let folded = fold(raw);
    let words: Vec<String> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.into_iter()
}
