//! How a team stands in what its members' roles are asked for, and what to do about it.

use std::cmp::Reverse;

use kernel::CourseId;

use super::told::{Told, told};
use crate::{
    competency::{Area, Spreads, teaching},
    model::{Catalogue, spelled},
};

spelled! {
    /// What a team should do in an area.
    ToDo {
        /// Train: some are known to be below what they are asked for.
        Train = "train",
        /// Assess: too little is known.
        Assess = "assess",
        /// Keep it up.
        Keep = "keep",
    }
}

/// An area of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaFigures {
    /// Which area.
    pub area: Area,
    /// Members who count and whose role is asked for it.
    pub asked: i64,
    /// Of how many of them something was judged.
    pub judged: i64,
    /// How they stand; nothing where too few were judged.
    pub told: Option<Told>,
    /// What to do.
    pub to_do: ToDo,
    /// The courses of the catalogue that teach the area, shortest first.
    pub courses: Vec<CourseId>,
}

/// The areas of a team: first what to train, the largest range below target first, then what to assess, then the rest;
/// alike ones by code. Rests on nothing but what is told, so that the order tells no more than that.
pub fn areas(spreads: &Spreads, least: u16, catalogue: &Catalogue) -> Vec<AreaFigures> {
    let asked = spreads.iter().filter(|(_, spread)| spread.asked > 0);
    let figures = asked.map(|(area, spread)| {
        let told = told(spread, least);
        AreaFigures {
            area: area.clone(),
            asked: spread.asked,
            judged: spread.judged(),
            told,
            to_do: to_do(told.as_ref(), spread.asked, spread.judged()),
            courses: teaching(area, catalogue),
        }
    });
    let mut figures: Vec<AreaFigures> = figures.collect();
    let below = |it: &AreaFigures| it.told.map_or(0, |told| told.below.from);
    figures.sort_by(|a, b| (a.to_do, Reverse(below(a)), &a.area).cmp(&(b.to_do, Reverse(below(b)), &b.area)));
    figures
}

/// Nothing told: assess. Some surely below target: train. Half of those asked never judged: assess.
const fn to_do(told: Option<&Told>, asked: i64, judged: i64) -> ToDo {
    match told {
        None => ToDo::Assess,
        Some(told) if told.below.from > 0 => ToDo::Train,
        Some(_) if judged * 2 < asked => ToDo::Assess,
        Some(_) => ToDo::Keep,
    }
}
