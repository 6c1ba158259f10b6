//! `patients`.

use super::output;
use crate::{config::Config, fhir::ResourceType, server::open_embedded};
use clap::Args;

#[derive(Debug, Args)]
pub struct Patients {
	/// Only patients who have a resource of this type, such as MedicationRequest.
	#[arg(long, value_name = "TYPE")]
	having: Option<ResourceType>,
	/// How many at most; those with the most resources come first.
	#[arg(long, default_value_t = 100, value_name = "NUMBER")]
	limit: u32,
}

impl Patients {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		config.records.require_embedded()?;
		let records = open_embedded(config).await?;
		let rows: Vec<_> = records
			.patients(self.having, self.limit)
			.await?
			.into_iter()
			.map(|count| vec![count.patient.to_string().into(), count.resources.into()])
			.collect();
		output::rows(json, &["patient", "resources"], &rows)
	}
}
