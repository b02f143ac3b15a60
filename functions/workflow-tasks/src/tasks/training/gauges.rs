//! The day's gauges of training, from the company's roll-up: one read whatever the head count. Which figures there are is
//! the registry's affair. While nobody counts there is nothing to measure, and nothing is written.

use insights::training_gauges;
use runtime::TaskError;
use serde_json::{Value, json};
use training::model::{RollUp, Scope};

use super::{Ports, unreachable};

pub(super) async fn publish(ports: &Ports) -> Result<Value, TaskError> {
    let stored = ports.reader.roll_up(&Scope::Company, None).await?;
    let RollUp { people, clear, required, valid } = stored.map_or(RollUp::ZERO, |stored| stored.roll_up);
    if people <= 0 {
        return Ok(json!({"gauges": 0}));
    }
    let readings = training_gauges(people, clear, required, valid);
    ports.gauges.put(&readings, ports.clock.now()).await.map_err(|error| unreachable(&error))?;
    Ok(json!({"gauges": readings.len()}))
}
