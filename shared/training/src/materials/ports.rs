//! What materials ask of the store.

use async_trait::async_trait;
use kernel::{CourseId, Limit, MaterialId, Page, Position, Version};

use super::Material;
use crate::ports::Stored;

/// Reads materials.
#[async_trait]
pub trait MaterialsReader: Send + Sync {
    /// The materials of a course in the order in which they were added, as a page.
    async fn materials(&self, course: CourseId, limit: Limit, after: Option<&Position>) -> Stored<Page<Material>>;
    /// One material, as last written.
    async fn material(&self, course: CourseId, material: MaterialId) -> Stored<Option<Material>>;
}

/// One write. `before` is the version that was read ([`Version::ABSENT`]: the thing must not exist); the value written
/// carries the version after it.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A material, with all its versions.
    Material {
        /// The version that was read.
        before: Version,
        /// The material.
        material: Box<Material>,
    },
}
