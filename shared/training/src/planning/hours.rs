//! How offers fit into the weeks: whatever falls due up to a day can be done by then at the weekly hours × working share,
//! everything that is asked coming first.

use jiff::civil::Date;
use kernel::CourseId;

use crate::{
    Settings,
    model::{Catalogue, Facts, LearnerFile},
    rules::{due, plan},
};

/// One offer: which course, by when, how many minutes.
type Offer = (CourseId, Date, u64);

/// The weeks from a first day on.
pub(super) struct Weeks<'a> {
    settings: &'a Settings,
    facts: &'a Facts,
    first: Date,
    /// The minutes of everything that is open and no offer.
    asked: u64,
    offers: Vec<Offer>,
}

impl<'a> Weeks<'a> {
    /// The weeks of a file as it is.
    pub(super) fn new(file: &'a LearnerFile, catalogue: &Catalogue, settings: &'a Settings, first: Date) -> Self {
        let (mut asked, mut offers) = (0, Vec::new());
        for open in file.assignments.iter().filter(|it| it.is_open()) {
            let minutes = plan::minutes(catalogue, open.course);
            if open.is_offered() {
                offers.push((open.course, open.due, minutes));
            } else {
                asked += minutes;
            }
        }
        Self { settings, facts: &file.head.facts, first, asked, offers }
    }

    /// Takes an offer out.
    pub(super) fn lift(&mut self, course: CourseId) {
        self.offers.retain(|(other, ..)| *other != course);
    }

    /// Puts an offer where it is to be.
    pub(super) fn put(&mut self, course: CourseId, due: Date, minutes: u64) {
        self.offers.push((course, due, minutes));
    }

    /// The first day, not before `earliest`, by which these minutes can be done too, and which leaves what falls due after
    /// it possible. What was late before stays so, and comes first.
    pub(super) fn fit(&self, minutes: u64, earliest: Date) -> Date {
        let mut due = earliest;
        loop {
            let least = self.done_by(due, minutes);
            if least > due {
                due = least;
                continue;
            }
            let later = self.offers.iter().map(|(_, day, _)| *day).filter(|day| *day > due);
            match later.filter(|day| self.done_by(*day, minutes) > *day).max() {
                Some(full) => due = full,
                None => return due,
            }
        }
    }

    /// The day by which everything that falls due up to a day is done, with so many minutes more.
    fn done_by(&self, day: Date, minutes: u64) -> Date {
        let offered: u64 = self.offers.iter().filter(|(_, due, _)| *due <= day).map(|(.., minutes)| *minutes).sum();
        due::plus(self.first, plan::days(self.asked + offered + minutes, self.settings, self.facts))
    }
}
