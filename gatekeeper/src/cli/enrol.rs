//! `enrol`, `pending`, `confirm`, `refuse`.

use super::{
	fingerprint, output,
	staff::{event, Staff},
};
use crate::{
	audit::EventKind,
	config::Config,
	records::LocalPatientId,
	server::{intake, open_records, open_store, Opened},
	store::{Enrolment, EnrolmentId, EnrolmentStatus, NewCode, Store, MAX_PAGE},
};
use clap::Args;
use medrec_protocol::{
	account,
	enrolment::{EnrolmentCode, EnrolmentSecret},
};
use serde_json::Value;
use std::{process::ExitCode, time::Duration};

const HOUR: u64 = 3_600_000;

/// Longest life of a code, hours.
const MAX_HOURS: u32 = 720;

/// Time between two looks at an enrolment that is waited for.
const POLL: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub struct Enrol {
	/// The patient's id in the provider's records (the id of the Patient resource).
	#[arg(long, value_name = "ID")]
	patient: LocalPatientId,
	/// Hours for which the code can be redeemed; `enrolment_code_hours` of the configuration if not
	/// given.
	#[arg(long)]
	hours: Option<u32>,
	#[command(flatten)]
	staff: Staff,
}

impl Enrol {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let hours = self.hours.unwrap_or(config.enrolment_code_hours);
		anyhow::ensure!((1..=MAX_HOURS).contains(&hours), "--hours takes 1 to {MAX_HOURS}");
		let records = open_records(config).await?;
		anyhow::ensure!(
			records.knows(&self.patient).await?,
			"the records hold no patient {}; import them first, or check the id",
			self.patient
		);
		let Opened { genesis, store, audit, .. } = open_store(config).await?;
		let now = intake::now();
		let expires_at = now.saturating_add(u64::from(hours).saturating_mul(HOUR));
		let secret = EnrolmentSecret::random();
		let code = NewCode {
			secret_hash: secret.hash(),
			local_patient: self.patient.clone(),
			staff: staff.clone(),
			expires_at,
		};
		let id = store
			.issue_code(code, now)
			.logged(&audit, move |id| {
				let detail = format!("enrolment {id}, patient {}", self.patient);
				Some(event(EventKind::CodeIssued, &staff, None, detail))
			})
			.await?;
		let code = EnrolmentCode {
			gatekeeper: config.public_origin.clone(),
			genesis,
			provider: config.provider,
			secret,
		};
		store.close().await;
		output::fields(
			json,
			&[
				("enrolment", Value::from(id.to_string())),
				("code", Value::from(code.to_string())),
				("expires", output::time(expires_at)),
			],
		)
	}
}

#[derive(Debug, Args)]
pub struct Pending {
	/// Also those that are done, expired or refused.
	#[arg(long)]
	all: bool,
}

impl Pending {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let Opened { store, .. } = open_store(config).await?;
		let waiting = [
			EnrolmentStatus::Issued,
			EnrolmentStatus::Pending,
			EnrolmentStatus::Confirmed,
			EnrolmentStatus::Submitting,
		];
		let states = if self.all { &EnrolmentStatus::ALL[..] } else { &waiting[..] };
		let found = all(&store, states).await?;
		let now = intake::now();
		let rows: Vec<_> = found.iter().map(|enrolment| row(enrolment, now)).collect();
		store.close().await;
		output::rows(
			json,
			&[
				"enrolment",
				"status",
				"patient",
				"fingerprint",
				"until",
				"attempts",
				"relationship",
				"reason",
			],
			&rows,
		)
	}
}

async fn all(store: &Store, states: &[EnrolmentStatus]) -> anyhow::Result<Vec<Enrolment>> {
	let mut found: Vec<Enrolment> = Vec::new();
	loop {
		let after = found.last().map(|enrolment| enrolment.id);
		let page = store.enrolments(states, after, MAX_PAGE).await?;
		if page.is_empty() {
			return Ok(found);
		}
		found.extend(page);
	}
}

fn row(enrolment: &Enrolment, now: u64) -> Vec<Value> {
	let consent = enrolment.consent.as_ref();
	let until = consent.map_or(enrolment.code_expires_at, |consent| consent.deadline);
	vec![
		enrolment.id.to_string().into(),
		enrolment.status_at(now).name().into(),
		enrolment.local_patient.to_string().into(),
		consent.map(|consent| account::fingerprint(&consent.account)).into(),
		output::time(until),
		enrolment.attempts.into(),
		enrolment.relationship.into(),
		enrolment.reason.clone().into(),
	]
}

#[derive(Debug, Args)]
pub struct Confirm {
	/// The enrolment, as `pending` lists it.
	enrolment: EnrolmentId,
	/// The fingerprint that the patient's own device shows.
	#[arg(long, value_name = "TEXT")]
	fingerprint: String,
	/// Wait until the relationship is final on the chain. The server has to run.
	#[arg(long)]
	wait: bool,
	/// Seconds to wait.
	#[arg(long, default_value_t = 120)]
	timeout: u64,
	#[command(flatten)]
	staff: Staff,
}

impl Confirm {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<ExitCode> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let enrolment = load(&store, self.enrolment).await?;
		let Some(consent) = &enrolment.consent else {
			anyhow::bail!("the patient has not redeemed this code yet");
		};
		anyhow::ensure!(
			fingerprint::is_of(&self.fingerprint, &consent.account),
			"this is not the fingerprint of the key that redeemed the code: do not confirm it; \
			 if the patient's device shows what you typed, someone else used her code: refuse the \
			 enrolment and issue a new code"
		);
		let detail = format!("enrolment {}, patient {}", enrolment.id, enrolment.local_patient);
		let confirmed = event(EventKind::EnrolmentConfirmed, &staff, None, detail);
		let mut enrolment = store
			.confirm_enrolment(self.enrolment, staff, intake::now())
			.logged(&audit, |_| Some(confirmed))
			.await?;
		if self.wait {
			enrolment = wait(&store, self.enrolment, Duration::from_secs(self.timeout)).await?;
		}
		store.close().await;
		output::fields(
			json,
			&[
				("enrolment", enrolment.id.to_string().into()),
				("status", enrolment.status.name().into()),
				("relationship", enrolment.relationship.into()),
				("participant", enrolment.patron.into()),
				("reason", enrolment.reason.clone().into()),
			],
		)?;
		let done = !self.wait || enrolment.status == EnrolmentStatus::Active;
		Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
	}
}

/// Wait until an enrolment is active, or can no longer be.
async fn wait(store: &Store, id: EnrolmentId, at_most: Duration) -> anyhow::Result<Enrolment> {
	let waiting = async {
		loop {
			let enrolment = load(store, id).await?;
			match enrolment.status {
				EnrolmentStatus::Active | EnrolmentStatus::Expired | EnrolmentStatus::Refused => {
					return Ok(enrolment)
				},
				_ => tokio::time::sleep(POLL).await,
			}
		}
	};
	match tokio::time::timeout(at_most, waiting).await {
		Ok(enrolment) => enrolment,
		Err(_) => load(store, id).await,
	}
}

async fn load(store: &Store, id: EnrolmentId) -> anyhow::Result<Enrolment> {
	let found = store.enrolment(id).await?;
	found.ok_or_else(|| {
		anyhow::anyhow!("there is no enrolment {id}; list them with `pending --all`")
	})
}

#[derive(Debug, Args)]
pub struct Refuse {
	/// The enrolment, as `pending` lists it.
	enrolment: EnrolmentId,
	/// Why.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	#[command(flatten)]
	staff: Staff,
}

impl Refuse {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let enrolment = load(&store, self.enrolment).await?;
		let detail = format!("enrolment {}: {}", enrolment.id, self.reason);
		let refused = event(EventKind::EnrolmentRefused, &staff, None, detail);
		let enrolment = store
			.refuse_enrolment(self.enrolment, self.reason, intake::now())
			.logged(&audit, |_| Some(refused))
			.await?;
		store.close().await;
		output::fields(
			json,
			&[
				("enrolment", enrolment.id.to_string().into()),
				("status", enrolment.status.name().into()),
			],
		)
	}
}
