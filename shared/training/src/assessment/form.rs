//! Forms: which questions of the bank somebody gets, in which order, and how their options are numbered. Everything here
//! follows from its arguments, so that a form can be made again from the attempt that keeps its seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use kernel::{AttemptId, QuestionId, Version};
use serde::{Deserialize, Serialize};

use super::{Area, Error, OptionId, OptionText, Question, QuestionKind, QuestionText, Section};

/// What a form follows from. Whoever knows it and the bank's order can tell which option is which, so it is kept with
/// the attempt and shown to nobody.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(u64);

impl Seed {
    /// A known seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed nobody knows: the random half of an id that is given to nothing.
    pub fn of_chance(at: Timestamp) -> Self {
        Self(AttemptId::new(at).as_uuid().as_u64_pair().1)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed([redacted])")
    }
}

/// A row of numbers that follows from a seed and what it is for (SplitMix64, begun at a 64-bit FNV-1a hash of both).
struct Chance(u64);

impl Chance {
    fn of(seed: Seed, purpose: &[u8]) -> Self {
        let bytes = seed.0.to_be_bytes().into_iter().chain(purpose.iter().copied());
        Self(
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            }),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound: the high half of a product. For bounds as small as these its bias is below 2⁻⁵⁰.
    fn below(&mut self, bound: usize) -> usize {
        let scaled = (u128::from(self.next()) * u128::try_from(bound).unwrap_or_default()) >> 64;
        usize::try_from(scaled).unwrap_or_default()
    }

    /// Puts items in an order of its own (Fisher and Yates).
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

/// A version of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pin {
    /// Which question.
    pub question: QuestionId,
    /// Which version of it.
    pub version: Version,
}

/// Draws the questions of a form: of each section's area as many as it asks for, none twice, all in an order of their
/// own. The order in which the bank is given does not matter.
///
/// # Errors
/// [`Error::TooFewQuestions`] when the bank has fewer of an area.
pub fn draw(bank: &BTreeMap<Area, Vec<Pin>>, sections: &[Section], seed: Seed) -> Result<Vec<Pin>, Error> {
    let mut drawn = Vec::new();
    let mut seen = BTreeSet::new();
    for section in sections {
        let mut pins = bank.get(&section.area).cloned().unwrap_or_default();
        pins.sort_unstable();
        // A question that moved to another area between two reads is met twice.
        pins.retain(|pin| seen.insert(pin.question));
        if pins.len() < usize::from(section.questions) {
            return Err(Error::TooFewQuestions(section.area.clone()));
        }
        Chance::of(seed, section.area.as_str().as_bytes()).shuffle(&mut pins);
        drawn.extend(pins.into_iter().take(section.questions.into()));
    }
    Chance::of(seed, b"").shuffle(&mut drawn);
    Ok(drawn)
}

/// An option as it stands on a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormOption {
    /// Its number on this form, from 1: another form numbers otherwise.
    pub number: u8,
    /// What it says.
    pub text: OptionText,
}

/// A question as it stands on a form: what learners see. Neither the key nor the codes of options are part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormQuestion {
    /// Its number on the form, from 1.
    pub number: u8,
    /// Which question.
    pub question: QuestionId,
    /// What it is evidence of.
    pub area: Area,
    /// How it is answered.
    pub kind: QuestionKind,
    /// What is asked.
    pub text: QuestionText,
    /// What can be chosen.
    pub options: Vec<FormOption>,
}

/// The places of a question's options in the order of a form.
fn order(question: &Question, seed: Seed) -> Vec<usize> {
    let mut places: Vec<usize> = (0..question.draft().options.len()).collect();
    Chance::of(seed, question.id.as_uuid().as_bytes()).shuffle(&mut places);
    places
}

/// The codes of a question's options by their numbers on a form, from 1.
pub(super) fn numbered(question: &Question, seed: Seed) -> BTreeMap<u8, &OptionId> {
    let options = &question.draft().options;
    let ids = order(question, seed).into_iter().filter_map(|place| options.get(place)).map(|option| &option.id);
    (1..).zip(ids).collect()
}

/// The form that questions make, in their order.
pub fn form(questions: &[Question], seed: Seed) -> Vec<FormQuestion> {
    let shown = |(number, question): (u8, &Question)| {
        let draft = question.draft();
        let texts = order(question, seed).into_iter().filter_map(|place| draft.options.get(place));
        FormQuestion {
            number,
            question: question.id,
            area: draft.area.clone(),
            kind: draft.kind,
            text: draft.text.clone(),
            options: (1..)
                .zip(texts)
                .map(|(number, option)| FormOption { number, text: option.text.clone() })
                .collect(),
        }
    };
    (1..).zip(questions).map(shown).collect()
}
