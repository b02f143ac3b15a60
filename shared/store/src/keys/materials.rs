//! Keys of the materials of courses.

use kernel::{CourseId, MaterialId};

use crate::table::Key;

/// `TRAIN#MATERIALS#<course>`: the materials of a course, in the order in which they were added.
pub fn materials_of(course: CourseId) -> String {
    format!("TRAIN#MATERIALS#{course}")
}

/// `TRAIN#MATERIALS#<course>` / `<material>`: a material with all its versions.
pub fn material(course: CourseId, material: MaterialId) -> Key {
    Key::new(materials_of(course), material.to_string())
}
