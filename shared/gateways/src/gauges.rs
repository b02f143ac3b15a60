//! Gauges in CloudWatch: numbers that are known as a whole once a day, such as compliance. Counts go through metric
//! lines in the log instead.

use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{Dimension, MetricDatum, StandardUnit},
};
use jiff::Timestamp;

use kernel::GatewayError;

/// The most data points one request takes.
const BATCH: usize = 1000;

/// What a gauge measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaugeUnit {
    /// Things.
    Count,
    /// A share of a hundred.
    Percent,
}

/// One number at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    /// The metric's name.
    pub name: String,
    /// Dimensions as name and value, few and fixed.
    pub dimensions: Vec<(String, String)>,
    /// What it measures.
    pub unit: GaugeUnit,
    /// The number.
    pub value: f64,
}

/// CloudWatch under one namespace.
#[derive(Debug, Clone)]
pub struct Gauges {
    client: Client,
    namespace: String,
}

impl Gauges {
    /// Writes under a namespace.
    pub fn new(client: Client, namespace: impl Into<String>) -> Self {
        Self { client, namespace: namespace.into() }
    }

    /// Writes numbers as of an instant. Writing the same again changes nothing that an alarm or chart shows.
    ///
    /// # Errors
    /// [`GatewayError`] when they were not written, or that is unknown.
    pub async fn put(&self, gauges: &[Gauge], at: Timestamp) -> Result<(), GatewayError> {
        for batch in gauges.chunks(BATCH) {
            let data = batch.iter().map(|gauge| datum(gauge, at)).collect();
            let request = self.client.put_metric_data().namespace(&self.namespace).set_metric_data(Some(data));
            request.send().await.map_err(|error| crate::error::classify!("CloudWatch", aws_sdk_cloudwatch, error))?;
        }
        Ok(())
    }
}

fn datum(gauge: &Gauge, at: Timestamp) -> MetricDatum {
    let dimension = |(name, value): &(String, String)| Dimension::builder().name(name).value(value).build();
    let unit = match gauge.unit {
        GaugeUnit::Count => StandardUnit::Count,
        GaugeUnit::Percent => StandardUnit::Percent,
    };
    MetricDatum::builder()
        .metric_name(&gauge.name)
        .set_dimensions(Some(gauge.dimensions.iter().map(dimension).collect()))
        .timestamp(DateTime::from_millis(at.as_millisecond()))
        .unit(unit)
        .value(gauge.value)
        .build()
}
