//! One module per resource.

pub(crate) mod courses;
pub(crate) mod groups;
pub(crate) mod imports;
pub(crate) mod links;
pub(crate) mod paths;
pub(crate) mod people;
pub(crate) mod records;
pub(crate) mod runs;
pub(crate) mod settings;
