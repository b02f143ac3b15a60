//! One module per resource.

pub(crate) mod assessments;
pub(crate) mod attempts;
pub(crate) mod competency;
pub(crate) mod courses;
pub(crate) mod effectiveness;
pub(crate) mod groups;
pub(crate) mod guidance;
pub(crate) mod imports;
pub(crate) mod links;
pub(crate) mod paths;
pub(crate) mod people;
pub(crate) mod questions;
pub(crate) mod records;
pub(crate) mod runs;
pub(crate) mod sessions;
pub(crate) mod settings;
