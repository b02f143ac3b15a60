//! Turns training's commits into one transaction each.

use async_trait::async_trait;
use kernel::{Cause, Commit, StoreError, Version};
use training::{TrainingWriter, Write};

use super::{TrainingStore, assessment, competency, effectiveness, guidance, items, sessions};
use crate::{
    commit::{Guard, Transaction},
    keys::{self, System},
    table::{Item, Key, Op, expect},
};

#[async_trait]
impl TrainingWriter for TrainingStore {
    async fn commit(&self, commit: Commit<Write>, cause: &Cause) -> Result<(), StoreError> {
        let mut transaction = Transaction::new(System::Training);
        for write in &commit.writes {
            push(&mut transaction, write)?;
        }
        transaction.push_rest(&commit, cause.at)?;
        transaction.run(self.table.as_ref()).await
    }
}

fn push(transaction: &mut Transaction, write: &Write) -> Result<(), StoreError> {
    let mut versioned = |item: Item, before: Version| transaction.push(Op::replace(item, before), Guard::Version);
    match write {
        Write::Learner { before, head } => versioned(items::learner(head)?, *before),
        Write::Catalogue { before } => versioned(items::catalogue(before.next())?, *before),
        Write::Course { before, course } => {
            versioned(items::course(course)?, *before);
            if *before == Version::ABSENT {
                transaction.push(Op::create(items::course_code(course)?), Guard::Taken("course_code"));
            }
        }
        Write::Path { before, path } => versioned(items::path(path)?, *before),
        Write::Tray { before, tray } => versioned(items::tray(tray)?, *before),
        Write::Run { before, run } => versioned(items::run(run)?, *before),
        Write::Job(job) => versioned(items::job(job)?, job.version.previous()),
        Write::Settings { version, settings } => versioned(items::settings(*version, settings)?, Version::ABSENT),
        Write::ForgetLearner { person, before } => {
            let op = Op::Delete { key: keys::learner(*person), when: expect(*before) };
            transaction.push(op, Guard::Version);
        }
        Write::Assignment { person, assignment } => put(transaction, items::assignment(*person, assignment)?),
        Write::Completion { person, completion } => put(transaction, items::completion(*person, completion)?),
        Write::Exemption { person, exemption } => put(transaction, items::exemption(*person, exemption)?),
        Write::Check(check) => put(transaction, items::check(check)?),
        Write::Line { owner, kind, line } => put(transaction, items::line(*owner, *kind, line)?),
        Write::ForgetAssignment { person, course, round } => {
            remove(transaction, keys::assignment(*person, *course, *round));
        }
        Write::ForgetCompletion { person, course, completion } => {
            remove(transaction, keys::completion(*person, *course, *completion));
        }
        Write::ForgetExemption { person, course, exemption } => {
            remove(transaction, keys::exemption(*person, *course, *exemption));
        }
        Write::Assessment(write) => assessment::push(transaction, write)?,
        Write::Competency(write) => competency::push(transaction, write)?,
        Write::Effectiveness(write) => effectiveness::push(transaction, write)?,
        Write::Guidance(write) => guidance::push(transaction, write)?,
        Write::Sessions(write) => sessions::push(transaction, write)?,
        Write::DropCheck(completion) => remove(transaction, keys::check(*completion)),
        Write::DropLine { owner, kind, person, course } => {
            remove(transaction, keys::box_line(*owner, kind.as_str(), *person, *course));
        }
    }
    Ok(())
}

/// Guarded by the head of the file that it is written with.
fn put(transaction: &mut Transaction, item: Item) {
    transaction.push(Op::put(item), Guard::Version);
}

/// The same.
fn remove(transaction: &mut Transaction, key: Key) {
    transaction.push(Op::Delete { key, when: Vec::new() }, Guard::Version);
}
