//! A patient's relationships, over all of her identities.

use crate::{
	identities::{self, Acting},
	ClientError, Workspace,
};
use medrec_chain_client::{calls, rpc_api::SummaryEntry, Inclusion};
use medrec_primitives::{
	Hash, Moment, ParticipantId, RelationshipId, RelationshipRole, RelationshipStatus,
};
use serde::Serialize;

/// One of her relationships, with the identity that is in it.
#[derive(Clone, Debug)]
pub struct Mine {
	/// Her identity.
	pub acting: Acting,
	/// The relationship.
	pub entry: SummaryEntry,
}

impl Mine {
	/// The other side.
	pub const fn counterparty(&self) -> ParticipantId {
		match self.entry.role {
			RelationshipRole::Patron => self.entry.steward,
			RelationshipRole::Steward => self.entry.patron,
		}
	}

	/// Whether she is its patron and its steward serves her: while active, and after the end.
	pub const fn serves_patron(&self) -> bool {
		matches!(self.entry.role, RelationshipRole::Patron)
			&& matches!(self.entry.status, RelationshipStatus::Active | RelationshipStatus::Ended)
	}
}

/// A relationship as it is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RelationshipView {
	/// Its number.
	pub relationship: RelationshipId,
	/// The other side.
	pub counterparty: ParticipantId,
	/// Its name, if it is a provider.
	pub counterparty_name: String,
	/// Her side.
	pub role: RelationshipRole,
	/// Where it stands.
	pub status: RelationshipStatus,
	/// Since when.
	pub since: Moment,
	/// Her participant in it.
	pub participant: ParticipantId,
}

/// What a transaction changed, and where it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
	/// The relationship.
	pub relationship: RelationshipId,
	/// Height of the block.
	pub block: u32,
	/// Hash of the block.
	pub block_hash: Hash,
}

impl Done {
	const fn of(mine: &Mine, inclusion: &Inclusion) -> Self {
		let block = inclusion.block;
		Self { relationship: mine.entry.relationship, block: block.number, block_hash: block.hash }
	}
}

/// All of her relationships.
pub async fn mine(workspace: &Workspace) -> Result<Vec<Mine>, ClientError> {
	workspace.progress.step("looking for your relationships");
	let providers = workspace.providers().await?.iter().map(|provider| provider.id);
	let identities = identities::find(&workspace.chain, &workspace.key.seed, providers).await?;
	let mut mine = Vec::new();
	for acting in identities {
		let entries = workspace.chain.summary(acting.id()).await?;
		mine.extend(entries.into_iter().map(|entry| Mine { acting: acting.clone(), entry }));
	}
	workspace.progress.finish();
	Ok(mine)
}

/// Those in which records of hers are held.
pub async fn patron_of(workspace: &Workspace) -> Result<Vec<Mine>, ClientError> {
	let mut mine = mine(workspace).await?;
	mine.retain(Mine::serves_patron);
	Ok(mine)
}

/// One of hers.
pub async fn find_mine(
	workspace: &Workspace,
	relationship: RelationshipId,
) -> Result<Mine, ClientError> {
	mine(workspace)
		.await?
		.into_iter()
		.find(|mine| mine.entry.relationship == relationship)
		.ok_or_else(|| not_yours(relationship))
}

pub(super) fn not_yours(relationship: RelationshipId) -> ClientError {
	ClientError::Usage(format!(
		"relationship {relationship} is not yours; `medrec patient relationships` lists those that are"
	))
}

/// As they are shown.
pub async fn view(
	workspace: &Workspace,
	mine: &[Mine],
) -> Result<Vec<RelationshipView>, ClientError> {
	let mut views = Vec::with_capacity(mine.len());
	for mine in mine {
		let SummaryEntry { relationship, role, status, since, .. } = mine.entry;
		let counterparty = mine.counterparty();
		views.push(RelationshipView {
			relationship,
			counterparty,
			counterparty_name: workspace.name_of(counterparty).await?,
			role,
			status,
			since,
			participant: mine.acting.id(),
		});
	}
	Ok(views)
}

/// Accept what the other side proposed.
pub async fn accept(workspace: &Workspace, mine: &Mine) -> Result<Done, ClientError> {
	ensure_proposed_by_other(mine)?;
	let call = calls::accept(mine.entry.relationship, mine.counterparty());
	let key = &mine.acting.identity.account_key;
	Ok(Done::of(mine, &workspace.submit("accept", &call, key).await?))
}

/// Decline what the other side proposed.
pub async fn reject(workspace: &Workspace, mine: &Mine) -> Result<Done, ClientError> {
	ensure_proposed_by_other(mine)?;
	let (call, key) = (calls::reject(mine.entry.relationship), &mine.acting.identity.account_key);
	Ok(Done::of(mine, &workspace.submit_removal("reject", &call, key).await?))
}

/// End an active relationship.
pub async fn end(workspace: &Workspace, mine: &Mine) -> Result<Done, ClientError> {
	if mine.entry.status != RelationshipStatus::Active {
		return Err(ClientError::Usage(format!(
			"relationship {} is not active, there is nothing to end",
			mine.entry.relationship
		)));
	}
	let (call, key) = (calls::end(mine.entry.relationship), &mine.acting.identity.account_key);
	Ok(Done::of(mine, &workspace.submit_removal("end", &call, key).await?))
}

fn ensure_proposed_by_other(mine: &Mine) -> Result<(), ClientError> {
	match mine.entry.status.proposer() {
		Some(proposer) if proposer != mine.entry.role => Ok(()),
		Some(_) => Err(ClientError::Usage(format!(
			"you proposed relationship {} yourself; the other side has to answer",
			mine.entry.relationship
		))),
		None => Err(ClientError::Usage(format!(
			"relationship {} was not proposed to you; there is nothing to answer",
			mine.entry.relationship
		))),
	}
}
