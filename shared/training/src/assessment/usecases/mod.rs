//! What the boundaries call: authors write the bank and its assessments, people take them, and a person is forgotten.

mod authoring;
mod taking;

use kernel::{Cause, Commit, PersonId};

pub use authoring::{
    AssessmentAnswer, QuestionAnswer, change_assessment, change_question, create_assessment, create_question,
};
pub use taking::{Room, Taken, TakenAnswer, read, start, submit};

use super::{AssessmentReader, Write};
use crate::{TrainingError, TrainingWriter};

/// Forgets every attempt of a person. Safe to repeat, also after it stopped half way; says whether there was one.
///
/// # Errors
/// Store errors.
pub async fn forget(
    reader: &dyn AssessmentReader,
    writer: &dyn TrainingWriter,
    person: PersonId,
    cause: &Cause,
) -> Result<bool, TrainingError> {
    let mut found = false;
    loop {
        let held = reader.held(person).await?;
        if held.is_empty() {
            return Ok(found);
        }
        found = true;
        let gone = held.into_iter().map(|held| crate::Write::Assessment(Write::Forget { person, held }));
        writer.commit(Commit::of(gone.collect()), cause).await?;
    }
}
