//! `bind`.

use super::{
	ask, bindings, fingerprint,
	staff::{event, Staff},
};
use crate::{
	audit::EventKind,
	config::Config,
	records::LocalPatientId,
	server::{intake, node, open_records, open_store, Opened},
};
use anyhow::Context;
use clap::Args;
use medrec_primitives::{AccountId, Hash, ParticipantId, RelationshipId, RelationshipStatus};
use medrec_protocol::account;

#[derive(Debug, Args)]
pub struct Bind {
	/// The relationship's number on the chain: one that was proposed and accepted there.
	relationship: RelationshipId,
	/// The patient's id in the provider's records (the id of the Patient resource).
	#[arg(long, value_name = "ID")]
	patient: LocalPatientId,
	/// The fingerprint that the patient's own device shows; asked for if it is not given.
	#[arg(long, value_name = "TEXT")]
	fingerprint: Option<String>,
	#[command(flatten)]
	staff: Staff,
}

impl Bind {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let records = open_records(config).await?;
		anyhow::ensure!(
			records.knows(&self.patient).await?,
			"the records hold no patient {}; import them first, or check the id",
			self.patient
		);
		let Opened { store, audit, genesis, .. } = open_store(config).await?;
		store.check_not_frozen(&self.patient).await?;
		let id = self.relationship;
		let (patron, key) = self.patron(config, genesis).await?;
		let typed = match self.fingerprint {
			Some(typed) => typed,
			None => {
				let theirs = account::fingerprint(&key);
				let question = format!(
					"The key of relationship {id} is {theirs}.\nCompare it with the one on the \
					 device of patient {}, and type that: ",
					self.patient
				);
				ask::line(&question, "--fingerprint")?
			},
		};
		anyhow::ensure!(
			fingerprint::is_of(&typed, &key),
			"this is not the fingerprint of the key in relationship {id}: it may be another \
			 patient's; nothing was bound"
		);

		let bound = event(
			EventKind::RelationshipBound,
			&staff,
			Some(id),
			format!("participant {patron}, patient {}", self.patient),
		);
		store
			.bind_pending(id, patron, self.patient, staff.clone(), intake::now())
			.logged(&audit, |_| Some(bound))
			.await?;
		let detail = "the patient's device shows the key's fingerprint".to_owned();
		let confirmed = event(EventKind::BindingConfirmed, &staff, Some(id), detail);
		let binding = store
			.confirm_binding(id, staff, intake::now())
			.logged(&audit, |_| Some(confirmed))
			.await?;
		store.close().await;
		bindings::print(json, &binding)
	}

	/// The patron of the relationship and its account, if the finalized chain says that the relationship
	/// is this provider's and active.
	async fn patron(
		&self,
		config: &Config,
		genesis: Hash,
	) -> anyhow::Result<(ParticipantId, AccountId)> {
		let id = self.relationship;
		let node = node(config)?;
		node.follows(genesis).await?;
		let finalized = node.probe().await?.finalized.hash;
		let found = node.relationship(id, Some(finalized)).await?.with_context(|| {
			format!("relationship {id} is not on the chain, or not in a finalized block yet")
		})?;
		let found = found.relationship;
		anyhow::ensure!(
			found.steward == config.provider,
			"relationship {id} is with provider {}, not with this one",
			found.steward
		);
		anyhow::ensure!(
			found.status == RelationshipStatus::Active,
			"relationship {id} is not active: {:?}",
			found.status
		);
		let patron = node
			.participant(found.patron)
			.await?
			.with_context(|| format!("the chain has no participant {}", found.patron))?;
		Ok((found.patron, patron.account))
	}
}
