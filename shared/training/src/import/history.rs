//! What a row of history comes to: an assignment as it was, a completion as it was, or both.

use jiff::civil::Date;
use kernel::{CompletionId, CourseId, import::RowProblem};

use super::{
    apply::{RowDone, course_of},
    rows::{HistoryRow, Line},
};
use crate::{
    events::Happened,
    model::{Assignment, AssignmentReason, AssignmentSource, AssignmentState, CheckState, Completion, LearnerFile},
    rules::decide::data,
    usecases::{
        Ground, Made,
        records::{Report, met, record},
    },
};

/// Brings in an assignment as it was, a completion as it was, or both. What was planned here and is still open gives
/// way to what is brought in; what somebody asked for by hand stays.
pub(super) fn history_row(file: &mut LearnerFile, ground: &Ground<'_>, line: &Line<HistoryRow>) -> RowDone {
    let course = course_of(ground, line.line, &line.row.course)?;
    let mut happened = Vec::new();
    let mut completion = None;
    if let Some(on) = line.row.completed {
        let report = Report { person: file.person(), course, on, source: line.row.source, score: None };
        let in_time = in_time(file, ground, course, line.row.assigned, on);
        let before = file.completions.len();
        let act = record(file, ground, &report)
            .map_err(|error| RowProblem::new(line.line, "completed", error.to_string()))?;
        // History is an audited import: what it says was done is not sampled again.
        if let Some(new) = file.completions.get_mut(before) {
            new.check = CheckState::NotNeeded;
        }
        happened.extend(act.happened.into_iter().map(|it| match it {
            Happened::Completed { course, round, completion, on, .. } => {
                Happened::Completed { course, round, completion, on, waiting: false, in_time }
            }
            other => other,
        }));
        if let Made::Completion(id) = act.made {
            completion = Some((id, on));
        }
    }
    if let Some((assigned, due)) = line.row.assigned {
        happened.extend(history_assignment(file, ground, course, assigned, due, completion));
    }
    Ok(happened)
}

/// Whether a course that was done on a day met the date that was brought in for it: that of its row, or, where its row
/// has none, that of what was brought in before and is open. Nothing where there is no such date, and where it was counted
/// before. What was planned here is no measure of what was done elsewhere.
fn in_time(
    file: &LearnerFile,
    ground: &Ground<'_>,
    course: CourseId,
    assigned: Option<(Date, Date)>,
    on: Date,
) -> Option<bool> {
    let mut brought = file.assignments.iter().filter(|it| it.course == course && it.source == AssignmentSource::Import);
    let Some((assigned, due)) = assigned else {
        let open = brought.find(|it| it.is_open())?;
        return met(file, ground, open, on);
    };
    match brought.find(|it| it.assigned_on == assigned) {
        None => Some(on <= due),
        Some(same) if same.is_open() => {
            let due = if same.extensions.is_empty() { due } else { same.due };
            met(file, ground, &Assignment { due, ..same.clone() }, on)
        }
        Some(_) => None,
    }
}

fn history_assignment(
    file: &mut LearnerFile,
    ground: &Ground<'_>,
    course: CourseId,
    assigned: Date,
    due: Date,
    completion: Option<(CompletionId, Date)>,
) -> Option<Happened> {
    // A report of that day that still waits, or was refused, closes nothing.
    let done = completion
        .filter(|(id, _)| file.completion(*id).is_some_and(Completion::counts))
        .map(|(completion, on)| AssignmentState::Completed { completion, on });
    let same = file
        .assignments
        .iter_mut()
        .find(|it| it.course == course && it.source == AssignmentSource::Import && it.assigned_on == assigned);
    if let Some(same) = same {
        if same.is_open() && same.extensions.is_empty() && same.due != due {
            same.due = due;
            same.acted();
        }
        if let (true, Some(done)) = (same.is_open(), done) {
            same.state = done;
            same.acted();
        }
        return None;
    }
    let path = ground
        .catalogue
        .required(file.head.facts.job_role, ground.settings.threat_modelling_course.as_ref())
        .into_iter()
        .find(|(other, _)| *other == course);
    let reason = path.map_or(AssignmentReason::Request, |(_, reason)| reason);
    let round = file.next_round(course);
    let mut new = Assignment::new(course, assigned, due, AssignmentSource::Import, reason);
    new.imported_on = Some(ground.today);
    if let Some(done) = done {
        new.state = done;
    } else if let Some(open) = file.open_mut(course) {
        if open.source == AssignmentSource::Manual
            || open.source == AssignmentSource::Import && open.assigned_on > assigned
        {
            return None;
        }
        open.acted();
        let event = Happened::Assigned(data(&new));
        *open = Assignment { round: open.round, nonce: open.nonce, told: std::mem::take(&mut open.told), ..new };
        return Some(event);
    }
    new.round = round;
    let event = Happened::Assigned(data(&new));
    file.assignments.push(new);
    Some(event)
}
