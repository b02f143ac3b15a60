//! Who has a seat and who waits: the first tickets have the seats.

use kernel::PersonId;

use super::{Booking, Session};

/// How many may wait for a seat.
pub const MOST_WAITING: u16 = 200;

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They have a seat.
    Seat,
    /// They wait.
    Waiting {
        /// How manieth of those who wait, from 1.
        position: u16,
    },
}

impl Standing {
    /// The standing of a place in the order of asking, from 0.
    pub(crate) fn of(place: usize, seats: u16) -> Self {
        match place.checked_sub(usize::from(seats)) {
            None => Self::Seat,
            Some(before) => Self::Waiting { position: u16::try_from(before + 1).unwrap_or(u16::MAX) },
        }
    }
}

/// A session with everybody who asked for a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seating {
    session: Session,
    bookings: Vec<Booking>,
}

impl Seating {
    /// A session and its bookings, in whatever order they come.
    pub fn new(session: Session, mut bookings: Vec<Booking>) -> Self {
        bookings.sort_by_key(|booking| booking.ticket);
        Self { session, bookings }
    }

    /// The session.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    fn seats(&self) -> usize {
        usize::from(self.session.facts.seats.get())
    }

    /// Everybody, in the order of asking.
    pub fn all(&self) -> impl Iterator<Item = (&Booking, Standing)> {
        let seats = self.session.facts.seats.get();
        self.bookings.iter().enumerate().map(move |(place, booking)| (booking, Standing::of(place, seats)))
    }

    /// Who has a seat, in the order of asking.
    pub fn seated(&self) -> &[Booking] {
        &self.bookings[..self.bookings.len().min(self.seats())]
    }

    /// Who waits, first come first.
    pub fn waiting(&self) -> &[Booking] {
        self.bookings.get(self.seats()..).unwrap_or_default()
    }

    /// Somebody's booking, and where they stand.
    pub fn of(&self, person: PersonId) -> Option<(&Booking, Standing)> {
        self.all().find(|(booking, _)| booking.person == person)
    }

    /// Who moves up when somebody gives their place back.
    pub(crate) fn next_after(&self, leaves: PersonId) -> Option<&Booking> {
        match self.of(leaves) {
            Some((_, Standing::Seat)) => self.waiting().first(),
            Some((_, Standing::Waiting { .. })) | None => None,
        }
    }
}
