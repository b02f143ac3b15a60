//! Who belongs to which team when. A person may be in several teams at once; whenever they are in any, exactly one is
//! the primary team, in which they are counted once.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{DateSpan, TeamId};
use serde::{Deserialize, Serialize};

/// One stay in one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Membership {
    /// The team.
    pub team: TeamId,
    /// From when until when.
    pub span: DateSpan,
    /// Whether the person is counted here.
    pub primary: bool,
}

/// All stays of a person, ordered by start; the invariants hold on every day there is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Membership>", into = "Vec<Membership>")]
pub struct Memberships(Vec<Membership>);

/// Stays that do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MembershipError {
    /// More than [`Memberships::MOST`].
    #[error("a person has at most 50 memberships")]
    TooMany,
    /// Two stays in the same team share a day.
    #[error("two memberships of the same team overlap")]
    Overlap,
    /// On some day with memberships none is primary.
    #[error("on {0} no membership is primary")]
    NoPrimary(Date),
    /// On some day more than one is primary.
    #[error("on {0} more than one membership is primary")]
    ManyPrimaries(Date),
}

/// A stretch of days on which nothing changes: its first day, its last (absent for the last stretch), and the teams
/// with the primary one first.
struct Stretch {
    span: DateSpan,
    teams: Vec<TeamId>,
}

impl Memberships {
    /// How many stays are kept.
    pub const MOST: usize = 50;

    /// Checks stays.
    ///
    /// # Errors
    /// [`MembershipError`] naming the rule that is broken.
    pub fn new(mut all: Vec<Membership>) -> Result<Self, MembershipError> {
        if all.len() > Self::MOST {
            return Err(MembershipError::TooMany);
        }
        all.sort_by_key(|stay| (stay.span.from(), stay.team, stay.primary));
        for (index, stay) in all.iter().enumerate() {
            let later = all.iter().skip(index + 1);
            if later.filter(|other| other.team == stay.team).any(|other| other.span.overlaps(&stay.span)) {
                return Err(MembershipError::Overlap);
            }
        }
        for day in turning_days(&all) {
            let mut here = all.iter().filter(|stay| stay.span.contains(day)).peekable();
            if here.peek().is_none() {
                continue;
            }
            match here.filter(|stay| stay.primary).count() {
                0 => return Err(MembershipError::NoPrimary(day)),
                1 => {}
                _ => return Err(MembershipError::ManyPrimaries(day)),
            }
        }
        Ok(Self(all))
    }

    /// The stays in order.
    pub fn all(&self) -> &[Membership] {
        &self.0
    }

    /// The stays on a day.
    pub fn on(&self, day: Date) -> impl Iterator<Item = &Membership> {
        self.0.iter().filter(move |stay| stay.span.contains(day))
    }

    /// The team in which the person counts on a day.
    pub fn primary_on(&self, day: Date) -> Option<TeamId> {
        self.on(day).find(|stay| stay.primary).map(|stay| stay.team)
    }

    /// Every team there ever was or will be a stay in.
    pub fn teams(&self) -> BTreeSet<TeamId> {
        self.0.iter().map(|stay| stay.team).collect()
    }

    /// The stays in one team.
    pub fn in_team(&self, team: TeamId) -> Vec<Membership> {
        self.0.iter().filter(|stay| stay.team == team).copied().collect()
    }

    /// Whether a team is one of today's or of a later day.
    pub fn reaches(&self, team: TeamId, day: Date) -> bool {
        self.0.iter().any(|stay| stay.team == team && stay.span.until().is_none_or(|until| day <= until))
    }

    /// The same stays with one team replaced by another from a day on, as a merge or a split asks. Days before stay as
    /// they were; where the person already was in both, one stay remains, primary if either was.
    ///
    /// # Errors
    /// [`MembershipError::TooMany`] when cutting the stays makes too many.
    pub fn moved(&self, from: TeamId, to: TeamId, day: Date) -> Result<Self, MembershipError> {
        let mut days = turning_days(&self.0);
        days.insert(day);
        let stretches = stretches(&days, |first| {
            let mut teams = self.teams_on(first);
            if first >= day {
                for team in &mut teams {
                    *team = if *team == from { to } else { *team };
                }
            }
            teams
        });
        Self::joined(stretches)
    }

    /// What a list of teams in order of rank, each with or without dates, means for someone: the list rules from `today`
    /// on, and fills days before that only with its dated entries; what is known of earlier days stays. An undated entry
    /// runs from `today`, or from `start` for someone of whom nothing is known. Saying the same again changes nothing.
    ///
    /// # Errors
    /// [`MembershipError::TooMany`] when there are too many.
    pub fn restated(
        &self,
        list: &[(TeamId, Option<DateSpan>)],
        start: Date,
        today: Date,
    ) -> Result<Self, MembershipError> {
        let undated_from = if self.0.is_empty() { start } else { today.max(start) };
        let wanted: Vec<(TeamId, DateSpan)> = list
            .iter()
            .filter_map(|(team, span)| Some((*team, span.or_else(|| DateSpan::new(undated_from, None).ok())?)))
            .collect();
        let mut days = turning_days(&self.0);
        days.extend(wanted.iter().flat_map(|(_, span)| turns(span)));
        days.insert(today);
        let stretches = stretches(&days, |first| {
            let mut teams = if first < today { self.teams_on(first) } else { Vec::new() };
            teams.extend(wanted.iter().filter(|(_, span)| span.contains(first)).map(|(team, _)| *team));
            teams
        });
        Self::joined(stretches)
    }

    fn teams_on(&self, day: Date) -> Vec<TeamId> {
        let mut here: Vec<_> = self.on(day).collect();
        here.sort_by_key(|stay| (!stay.primary, stay.team));
        here.into_iter().map(|stay| stay.team).collect()
    }

    fn joined(stretches: Vec<Stretch>) -> Result<Self, MembershipError> {
        let mut all: Vec<Membership> = Vec::new();
        for stretch in stretches {
            let mut seen = BTreeSet::new();
            for (rank, team) in stretch.teams.into_iter().filter(|team| seen.insert(*team)).enumerate() {
                let primary = rank == 0;
                let before = all.iter_mut().rev().find(|stay| {
                    let touches = stay.span.until().and_then(|until| until.tomorrow().ok());
                    stay.team == team && stay.primary == primary && touches == Some(stretch.span.from())
                });
                let grown = before.as_ref().and_then(|stay| DateSpan::new(stay.span.from(), stretch.span.until()).ok());
                match (before, grown) {
                    (Some(stay), Some(span)) => stay.span = span,
                    _ => all.push(Membership { team, span: stretch.span, primary }),
                }
            }
        }
        Self::new(all)
    }
}

/// The days on which a set of stays may change: first days, and days after last days.
fn turning_days(all: &[Membership]) -> BTreeSet<Date> {
    all.iter().flat_map(|stay| turns(&stay.span)).collect()
}

fn turns(span: &DateSpan) -> impl Iterator<Item = Date> + use<> {
    [Some(span.from()), span.until().and_then(|until| until.tomorrow().ok())].into_iter().flatten()
}

fn stretches(days: &BTreeSet<Date>, teams: impl Fn(Date) -> Vec<TeamId>) -> Vec<Stretch> {
    let ends = days.iter().skip(1).map(|next| next.yesterday().ok()).chain([None]);
    days.iter()
        .zip(ends)
        .filter_map(|(first, last)| Some(Stretch { span: DateSpan::new(*first, last).ok()?, teams: teams(*first) }))
        .collect()
}

impl TryFrom<Vec<Membership>> for Memberships {
    type Error = MembershipError;

    fn try_from(all: Vec<Membership>) -> Result<Self, MembershipError> {
        Self::new(all)
    }
}

impl From<Memberships> for Vec<Membership> {
    fn from(all: Memberships) -> Self {
        all.0
    }
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::date};
    use kernel::TeamId;
    use proptest::prelude::*;

    use super::*;

    fn team(number: u8) -> TeamId {
        format!("00000000-0000-7000-8000-0000000000{number:02x}").parse().unwrap()
    }

    fn day(number: i32) -> Date {
        date(2026, 1, 1).checked_add(number.days()).unwrap()
    }

    fn stay(number: u8, from: i32, until: Option<i32>, primary: bool) -> Membership {
        Membership { team: team(number), span: DateSpan::new(day(from), until.map(day)).unwrap(), primary }
    }

    #[test]
    fn exactly_one_membership_is_primary_on_every_day() {
        assert!(Memberships::new(vec![stay(1, 0, None, true), stay(2, 10, Some(20), false)]).is_ok());
        assert_eq!(Memberships::new(vec![stay(1, 0, None, false)]), Err(MembershipError::NoPrimary(day(0))));
        assert_eq!(
            Memberships::new(vec![stay(1, 0, None, true), stay(2, 10, None, true)]),
            Err(MembershipError::ManyPrimaries(day(10)))
        );
        assert_eq!(
            Memberships::new(vec![stay(1, 0, Some(9), true), stay(2, 5, None, false)]),
            Err(MembershipError::NoPrimary(day(10)))
        );
    }

    #[test]
    fn a_person_is_not_twice_in_the_same_team() {
        let both = vec![stay(1, 0, Some(10), true), stay(1, 10, None, true)];
        assert_eq!(Memberships::new(both), Err(MembershipError::Overlap));
    }

    #[test]
    fn a_merge_moves_members_from_its_day_on() {
        let before = Memberships::new(vec![stay(1, 0, None, true), stay(2, 5, None, false)]).unwrap();
        let after = before.moved(team(1), team(2), day(30)).unwrap();
        let expected = vec![stay(1, 0, Some(29), true), stay(2, 5, Some(29), false), stay(2, 30, None, true)];
        assert_eq!(after.all(), expected);
    }

    #[test]
    fn a_list_without_dates_starts_with_the_person_or_today() {
        let first = Memberships::default().restated(&[(team(1), None)], day(0), day(100)).unwrap();
        assert_eq!(first.all(), [stay(1, 0, None, true)]);
        let later = first.restated(&[(team(2), None), (team(1), None)], day(0), day(100)).unwrap();
        let expected = [stay(1, 0, Some(99), true), stay(1, 100, None, false), stay(2, 100, None, true)];
        assert_eq!(later.all(), expected);
    }

    #[test]
    fn leaving_every_team_keeps_the_past() {
        let first = Memberships::default().restated(&[(team(1), None)], day(0), day(0)).unwrap();
        assert_eq!(first.restated(&[], day(0), day(40)).unwrap().all(), [stay(1, 0, Some(39), true)]);
    }

    type Entry = (u8, Option<(i32, Option<i32>)>);

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let span = proptest::option::of((0..60_i32, proptest::option::of(0..40_i32)));
        proptest::collection::vec((1..5_u8, span), 0..6)
    }

    fn list(entries: &[Entry]) -> Vec<(TeamId, Option<DateSpan>)> {
        entries
            .iter()
            .map(|(number, span)| {
                let span =
                    span.map(|(from, more)| DateSpan::new(day(from), more.map(|more| day(from + more))).unwrap());
                (team(*number), span)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn restating_keeps_the_invariants_and_the_past(first in entries(), second in entries(), today in 0..80_i32) {
            let before = Memberships::default().restated(&list(&first), day(3), day(0)).unwrap();
            let after = before.restated(&list(&second), day(3), day(today)).unwrap();
            prop_assert!(Memberships::new(after.all().to_vec()).is_ok());
            for number in 0..today {
                let stays = before.primary_on(day(number));
                prop_assert!(stays.is_none() || after.primary_on(day(number)) == stays);
            }
        }

        #[test]
        fn saying_the_same_again_changes_nothing(first in entries(), second in entries(), today in 0..80_i32, later in 0..50_i32) {
            let before = Memberships::default().restated(&list(&first), day(3), day(0)).unwrap();
            let once = before.restated(&list(&second), day(3), day(today)).unwrap();
            prop_assume!(!once.all().is_empty());
            let twice = once.restated(&list(&second), day(3), day(today + later)).unwrap();
            prop_assert_eq!(once, twice);
        }

        #[test]
        fn a_move_renames_from_its_day_on_and_nothing_else(first in entries(), at in 0..80_i32) {
            let before = Memberships::default().restated(&list(&first), day(0), day(0)).unwrap();
            let after = before.moved(team(1), team(2), day(at)).unwrap();
            for number in 0..120 {
                let moved = |team_: TeamId| if number >= at && team_ == team(1) { team(2) } else { team_ };
                let expected: BTreeSet<_> = before.on(day(number)).map(|stay| moved(stay.team)).collect();
                let found: BTreeSet<_> = after.on(day(number)).map(|stay| stay.team).collect();
                prop_assert_eq!(found, expected);
                prop_assert_eq!(after.primary_on(day(number)), before.primary_on(day(number)).map(moved));
            }
            prop_assert_eq!(after.moved(team(1), team(2), day(at)).unwrap(), after);
        }
    }
}
