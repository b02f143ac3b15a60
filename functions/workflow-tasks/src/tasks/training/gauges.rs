//! The day's gauges of training, from the company's roll-up and what was counted for each course: a read each whatever the
//! head count. Which figures there are is the registry's affair. While nobody counts there is nothing to measure, and
//! nothing is written but that the day's figures were looked for.

use insights::{Learnt, learning_gauges, training_gauges};
use runtime::{
    TaskError,
    metrics::{Metric, emit},
};
use serde_json::{Value, json};
use training::{
    competency::Spreads,
    effectiveness::{Figures, Learning, Sums},
    model::{RollUp, Scope},
};

use super::{Ports, Rules, SYSTEM, unreachable};

pub(super) async fn publish(ports: &Ports) -> Result<Value, TaskError> {
    let stored = ports.reader.roll_up(&Scope::Company, None).await?;
    let figures = stored.map_or(RollUp::ZERO, |stored| stored.roll_up);
    let now = ports.clock.now();
    let mut gauges = 0;
    if figures.people > 0 {
        let RollUp { people, clear, required, valid, areas } = figures;
        let least = Rules::read(ports).await?.settings.min_team;
        let courses = ports.effectiveness.all_sums().await?;
        let mut readings = training_gauges(people, clear, required, valid);
        readings.extend(learning_gauges(&learnt(&areas, i64::from(least), courses.values())));
        ports.gauges.put(&readings, now).await.map_err(|error| unreachable(&error))?;
        gauges = readings.len();
    }
    emit(SYSTEM, now, &[Metric::count("GaugeRuns", 1)]);
    Ok(json!({"gauges": gauges}))
}

/// What is known of the company. How people stand is summed over the areas in which at least as many as asked for were
/// judged.
fn learnt<'a>(areas: &Spreads, least: i64, courses: impl Iterator<Item = &'a Sums>) -> Learnt {
    let all = areas.total();
    let large = areas.iter().filter(|(_, spread)| spread.judged() >= least);
    let (told, below) = large.fold((0, 0), |(told, below), (_, spread)| (told + spread.judged(), below + spread.below));
    let sums = courses.fold(Sums::default(), |all, one| all.plus(one));
    let gain = match Figures::of(&sums).learning {
        Learning::Measured { gain, .. } => Some(gain),
        Learning::Undefined { .. } | Learning::InsufficientData { .. } => None,
    };
    let Sums { due, met, .. } = sums;
    Learnt { asked: all.asked, judged: all.judged(), told, at_target: told - below, due, met, gain }
}
