//! Materials of a course: files that people learn from, kept in the bucket. An author announces what will come (type,
//! length, checksum), uploads it past us, and confirms; only then is the stored file looked at, and only a file that is
//! what was announced becomes the current version. Earlier versions stay, for authors.
//!
//! Nothing that was not looked at is ever handed out, and nothing here reads a large file whole.

mod archive;
mod error;
mod inspect;
mod model;
pub mod ports;
pub mod usecases;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use error::{Error, Fault};
pub use model::{Announced, Checksum, FileKind, FileName, Material, MaterialFile, MaterialVersion};
pub use ports::{MaterialsReader, Write};

/// How many materials a course has, retired ones included.
pub const MOST_MATERIALS: usize = 40;
/// How many versions a material has.
pub const MOST_VERSIONS: usize = 20;
