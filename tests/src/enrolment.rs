//! How a patient comes to a relationship: she redeems a code, staff confirm her key's fingerprint. And how
//! somebody else is registered.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use medrec_primitives::{ParticipantId, RelationshipId};
use serde_json::Value;

use crate::{
	gatekeeper::Gatekeeper,
	json::{number, text},
	person::Person,
	process::Process,
	wait::until,
};

/// How long anything that waits for the chain may take.
const CHAIN: Duration = Duration::from_secs(90);

/// Somebody makes a key and consents, a provider registers the consent. Gives the participant's number.
pub fn register(gatekeeper: &Gatekeeper, person: &Person) -> Result<ParticipantId> {
	person.run(&["key", "new"])?;
	let consent = person.file("consent.json");
	let consent = consent.to_str().context("a path is text")?;
	let provider = gatekeeper.provider.participant.to_string();
	person.run(&["viewer", "consent", "--provider", &provider, "--out", consent])?;
	let registered = gatekeeper.staff(&["register", "--consent", consent])?;
	number(&registered, "/participant")
}

/// An enrolment whose code she redeemed; her client waits for staff to confirm.
pub struct Joining<'a> {
	/// Her key's fingerprint, as staff see it.
	pub fingerprint: String,
	gatekeeper: &'a Gatekeeper,
	enrolment: String,
	client: Process,
}

impl<'a> Joining<'a> {
	/// She redeems a code that `medrec-gatekeeper enrol` issued.
	///
	/// Her client ends with the thread that this is called on.
	pub async fn redeem(
		gatekeeper: &'a Gatekeeper,
		person: &Person,
		code: &Value,
	) -> Result<Joining<'a>> {
		let enrolment = text(code, "/enrolment")?.to_owned();
		let log = person.file(&format!("join-{}.log", gatekeeper.provider.key.to_lowercase()));
		let mut command = person.command(&["patient", "join", text(code, "/code")?])?;
		let client = Process::start("medrec patient join", &mut command, &log)?;
		let fingerprint = until("her consent to wait for staff", CHAIN, async || {
			let pending = gatekeeper.staff(&["pending"])?;
			let found = pending.as_array().into_iter().flatten().find(|row| {
				row["enrolment"] == enrolment.as_str() && row["fingerprint"].is_string()
			});
			Ok(found.and_then(|row| row["fingerprint"].as_str().map(str::to_owned)))
		})
		.await
		.with_context(|| format!("medrec patient join said:\n{}", client.output()))?;
		Ok(Self { fingerprint, gatekeeper, enrolment, client })
	}

	/// Staff confirm, and her client sees it. Gives her identity and the relationship.
	pub async fn confirm(mut self) -> Result<(ParticipantId, RelationshipId)> {
		let confirmed = self.gatekeeper.staff(&[
			"confirm",
			&self.enrolment,
			"--fingerprint",
			&self.fingerprint,
			"--wait",
		])?;
		let relationship = number(&confirmed, "/relationship")?;
		let identity = number(&confirmed, "/participant")?;
		until("her client to see it", CHAIN, async || Ok(self.client.finished()?.then_some(())))
			.await?;
		let output = self.client.output();
		ensure!(output.contains("\"relationship\""), "medrec patient join said:\n{output}");
		Ok((identity, relationship))
	}
}
