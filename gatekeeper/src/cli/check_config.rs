//! `check-config`.

use super::output;
use crate::{
	access::chain_pin,
	config::Config,
	keys,
	records::{config::RecordsConfig, Finding, LocalPatientId, RecordBackend, SqlRecords},
	server::{intake, node, open_records, open_sql, tls},
	store::DATABASE_FILE,
};
use clap::Args;
use medrec_primitives::ParticipantStatus;
use medrec_protocol::format_moment;
use serde_json::Value;
use std::process::ExitCode;

/// An id that no patient has: with it statements run and find nothing.
const NOBODY: &str = "check-config.no-such-patient";

#[derive(Debug, Args)]
pub struct CheckConfig {
	/// Local id of a patient: every row of hers in the provider's database is looked at, too. Nothing
	/// of her records is printed.
	#[arg(long, value_name = "ID")]
	patient: Option<LocalPatientId>,
}

impl CheckConfig {
	/// Exit code 0 only if nothing is wrong.
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<ExitCode> {
		run(config, self.patient, json).await
	}
}

/// Check all that can be checked without starting, and say each finding.
async fn run(
	config: &Config,
	patient: Option<LocalPatientId>,
	json: bool,
) -> anyhow::Result<ExitCode> {
	let mut checks = Checks::default();
	let key = checks.note("gatekeeper key", keys::gatekeeper(&config.gatekeeper_key_file));
	let operator = checks.note("operator key", keys::operator(&config.operator_key_file));
	if let Some(tls) = &config.tls {
		if let Some(certificate) = checks.note("TLS", tls::load(tls)) {
			let hint = format!("it expired at {}", format_moment(certificate.expires));
			checks.expect("TLS certificate", certificate.expires > intake::now(), hint);
		}
	}
	let store = config.data_dir.join(DATABASE_FILE);
	checks.expect("store", store.is_file(), "run `init`, with the node running");
	if let RecordsConfig::Sql(sql) = &config.records {
		if let Some(records) = checks.note("records", open_sql(config, sql).await) {
			checks.mapping(&records, patient).await?;
		}
	} else if let Some(records) = checks.note("records", open_records(config).await) {
		checks.note("records can be read", records.check().await);
	}

	let node = node(config)?;
	if let Some(genesis) = checks.note("node", node.genesis().await) {
		if let Some(Some(pinned)) = checks.note("chain file", chain_pin::read(&config.data_dir)) {
			let hint =
				format!("the data folder belongs to {pinned:?}, the node follows {genesis:?}");
			checks.expect("chain", pinned == genesis, hint);
		}
		checks.note("decisions", node.probe().await);
		if let Some(found) = checks.note("participant", node.participant(config.provider).await) {
			let provider = found.as_ref().and_then(|participant| participant.provider.as_ref());
			checks.expect(
				"provider",
				provider.is_some(),
				"`provider` is no provider of this chain",
			);
			let active =
				|found: &medrec_rpc_api::ParticipantInfo| found.status == ParticipantStatus::Active;
			checks.expect("standing", found.as_ref().is_some_and(active), "not active");
			if let Some(provider) = provider {
				let origin = config.public_origin.to_string();
				let hint =
					format!("the chain has {}, the configuration {origin}", provider.endpoint);
				checks.expect("origin on the chain", provider.endpoint == origin, hint);
				if let Some(key) = key {
					let hint = format!(
						"the chain has {:?}; `medrec authority gatekeeper-key` replaces it",
						provider.gatekeeper_key
					);
					let same = provider.gatekeeper_key.0 == key.public();
					checks.expect("gatekeeper key on the chain", same, hint);
				}
				if let Some(operator) = operator {
					let same = provider.operator == Some(operator.account_id());
					let on_chain = provider.operator.as_ref().map(ToString::to_string);
					let hint = format!(
						"the chain has {}; `operator consent` here and `medrec authority operator` change that",
						on_chain.as_deref().unwrap_or("none, so that nobody can be enrolled")
					);
					checks.expect("operator on the chain", same, hint);
				}
			}
		}
	}
	checks.print(json)
}

#[derive(Default)]
struct Checks {
	rows: Vec<Vec<Value>>,
	failed: bool,
}

impl Checks {
	/// Run every statement over the provider's own schema.
	async fn mapping(
		&mut self,
		records: &SqlRecords,
		patient: Option<LocalPatientId>,
	) -> anyhow::Result<()> {
		let named = patient.is_some();
		let patient = patient.map_or_else(|| NOBODY.parse(), Ok)?;
		if named {
			let known = self.note("patient can be read", records.knows(&patient).await);
			self.expect("patient", known == Some(true), "there is no patient of this id");
		}
		let Some(findings) =
			self.note("records can be read", records.check_mapping(&patient).await)
		else {
			return Ok(());
		};
		for Finding { statement, rows, faults } in findings {
			let what = match named {
				true => format!("{statement} ({rows} rows)"),
				false => statement,
			};
			let faults: Vec<_> = faults.into_iter().collect();
			self.expect(&what, faults.is_empty(), faults.join("; "));
		}
		Ok(())
	}

	fn note<T, E: std::fmt::Display>(&mut self, what: &str, result: Result<T, E>) -> Option<T> {
		let hint = result.as_ref().err().map(ToString::to_string);
		self.expect(what, result.is_ok(), hint.unwrap_or_default());
		result.ok()
	}

	fn expect(&mut self, what: &str, holds: bool, otherwise: impl Into<String>) {
		let detail = if holds { String::new() } else { otherwise.into() };
		let verdict = if holds { "ok" } else { "wrong" };
		self.failed |= !holds;
		self.rows.push(vec![what.into(), verdict.into(), detail.into()]);
	}

	fn print(self, json: bool) -> anyhow::Result<ExitCode> {
		output::rows(json, &["check", "verdict", "detail"], &self.rows)?;
		Ok(if self.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
	}
}
