//! The ports over AWS and the table.

use std::sync::Arc;

use async_trait::async_trait;
use gateways::{Files, Gauge, GaugeUnit, Gauges, Settings as Document};
use insights::{Reading, Unit};
use jiff::Timestamp;
use kernel::{ActiveSettings, Clock, GatewayError, ImportFiles};
use mail::ProgramSettings;
use runtime::{Clients, config::WorkflowTasks, metrics::NAMESPACE};
use store::{DirectoryStore, DynamoTable, Table, TrainingStore};
use training::Settings;

use crate::tasks::directory;
use crate::tasks::training::{Ports, PutGauges};

/// The ports of the directory's tasks in a deployed function.
pub fn directory(config: &WorkflowTasks, clients: &Clients, clock: Arc<dyn Clock>) -> directory::Ports {
    let table = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
    let files = Arc::new(Files::new(clients.s3(), &config.bucket));
    directory::Ports { store: DirectoryStore::new(table), files, clock }
}

/// The ports of training's tasks in a deployed function.
pub fn training(config: &WorkflowTasks, clients: &Clients, clock: Arc<dyn Clock>) -> Ports {
    let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb(), &config.table));
    let prefix = &config.settings_prefix;
    over(
        table,
        Outside {
            settings: Arc::new(Document::<Settings>::new(clients.ssm(), prefix, "training", Arc::clone(&clock))),
            program: Arc::new(Document::<ProgramSettings>::new(clients.ssm(), prefix, "program", Arc::clone(&clock))),
            files: Arc::new(Files::new(clients.s3(), &config.bucket)),
            gauges: Arc::new(CloudWatch {
                gauges: Gauges::new(clients.cloudwatch(), NAMESPACE),
                stage: config.stage.clone(),
            }),
            clock,
        },
    )
}

/// Everything beside the table.
pub struct Outside {
    /// Training's settings in force.
    pub settings: Arc<dyn ActiveSettings<Settings>>,
    /// The program's.
    pub program: Arc<dyn ActiveSettings<ProgramSettings>>,
    /// Uploaded files.
    pub files: Arc<dyn ImportFiles>,
    /// Gauges.
    pub gauges: Arc<dyn PutGauges>,
    /// The time the program lives by.
    pub clock: Arc<dyn Clock>,
}

/// The ports over any table.
pub fn over(table: Arc<dyn Table>, outside: Outside) -> Ports {
    let training = Arc::new(TrainingStore::new(table));
    let Outside { settings, program, files, gauges, clock } = outside;
    let (reader, writer, figures) = (training.clone(), training.clone(), training.clone());
    let effectiveness = training.clone();
    Ports { reader, writer, figures, effectiveness, roster: training, settings, program, files, gauges, clock }
}

struct CloudWatch {
    gauges: Gauges,
    stage: String,
}

#[async_trait]
impl PutGauges for CloudWatch {
    async fn put(&self, readings: &[Reading], at: Timestamp) -> Result<(), GatewayError> {
        let data: Vec<Gauge> = readings
            .iter()
            .map(|reading| Gauge {
                name: reading.kpi.source.metric.to_owned(),
                dimensions: vec![("Stage".to_owned(), self.stage.clone())],
                unit: if reading.kpi.unit == Unit::Percent { GaugeUnit::Percent } else { GaugeUnit::Count },
                value: reading.value,
            })
            .collect();
        self.gauges.put(&data, at).await
    }
}
