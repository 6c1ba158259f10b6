//! `register`.

use super::{
	output,
	staff::{event, Staff},
};
use crate::{
	audit::EventKind,
	config::Config,
	enrolment::operator::NodeOperator,
	keys,
	server::{intake, open_store, Opened},
};
use anyhow::Context;
use clap::Args;
use medrec_chain_client::{calls, MedrecApiClient};
use medrec_protocol::{account::fingerprint, registration::RegistrationConsent};
use std::path::PathBuf;

/// Longest consent file that is read, bytes.
const MAX_CONSENT_BYTES: u64 = 16 << 10;

#[derive(Debug, Args)]
pub struct Register {
	/// File with the signed consent of who is to be registered (`medrec viewer consent` makes it).
	#[arg(long, value_name = "FILE")]
	consent: PathBuf,
	#[command(flatten)]
	staff: Staff,
}

impl Register {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let consent = self.read()?;
		let Opened { genesis, store, audit, .. } = open_store(config).await?;
		consent
			.verify(&genesis, config.provider, intake::now())
			.context("this consent cannot be used")?;
		let operator = NodeOperator::new(
			config.node.as_str(),
			genesis,
			keys::operator(&config.operator_key_file)?,
		);
		let chain = operator.chain().await?;
		let detail = format!("account {}, as {:?}", consent.account, consent.kind);
		// Before it is submitted: afterwards it could not be taken back.
		audit.record(event(EventKind::ParticipantRegistered, &staff, None, detail)).await?;
		let mut submission =
			chain.submit(&calls::register(consent.signed_consent()), operator.key()).await?;
		let inclusion = submission.finalized().await?;
		store.close().await;

		let rpc = chain.rpc().await?;
		let found = rpc
			.participant_of(consent.account.clone(), Some(inclusion.block.hash))
			.await
			.map_err(|error| chain.explain("medrec_participantOf", error))?;
		output::fields(
			json,
			&[
				("participant", found.map(|participant| participant.id).into()),
				("account", consent.account.to_string().into()),
				("fingerprint", fingerprint(&consent.account).into()),
				("block", format!("{:?}", inclusion.block.hash).into()),
			],
		)
	}

	fn read(&self) -> anyhow::Result<RegistrationConsent> {
		let path = self.consent.display();
		let length =
			std::fs::metadata(&self.consent).with_context(|| format!("cannot read {path}"))?.len();
		anyhow::ensure!(length <= MAX_CONSENT_BYTES, "{path} is too long to be a consent");
		let text = std::fs::read(&self.consent).with_context(|| format!("cannot read {path}"))?;
		serde_json::from_slice(&text).with_context(|| format!("{path} holds no consent"))
	}
}
