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
        records::{Report, record},
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
        let before = file.completions.len();
        let act = record(file, ground, &report)
            .map_err(|error| RowProblem::new(line.line, "completed", error.to_string()))?;
        // History is an audited import: what it says was done is not sampled again.
        if let Some(new) = file.completions.get_mut(before) {
            new.check = CheckState::NotNeeded;
        }
        happened.extend(act.happened.into_iter().map(|it| match it {
            Happened::Completed { course, round, completion, on, .. } => {
                Happened::Completed { course, round, completion, on, waiting: false, in_time: None }
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
