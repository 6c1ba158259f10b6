//! Taking grants back.

use super::{grants::grants, short, Merged, Mine, TagPrefix};
use crate::{ClientError, Workspace};
use futures::{stream, StreamExt};
use medrec_chain_client::{calls, Inclusion, SubmitError};
use medrec_primitives::{AccountId, Hash, ParticipantId, RelationshipId, Tag};
use serde::Serialize;
use std::collections::BTreeMap;

/// How often a revocation is submitted that another transaction got in the way of.
const ATTEMPTS: usize = 3;

/// Accounts whose revocations are submitted at once.
const AT_ONCE: usize = 4;

/// Which grants are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
	/// These.
	Tags(Vec<TagPrefix>),
	/// All to this participant.
	To(ParticipantId),
	/// All.
	All,
}

/// A grant that no longer holds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
	/// The relationship.
	pub relationship: RelationshipId,
	/// The grant.
	pub tag: Tag,
	/// Height of the block from which on it no longer holds; absent if it was gone already.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub block: Option<u32>,
	/// Hash of that block.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub block_hash: Option<Hash>,
}

impl Revoked {
	const fn gone_already(relationship: RelationshipId, tag: Tag) -> Self {
		Self { relationship, tag, block: None, block_hash: None }
	}

	const fn in_block(relationship: RelationshipId, tag: Tag, inclusion: &Inclusion) -> Self {
		let block = inclusion.block;
		Self { relationship, tag, block: Some(block.number), block_hash: Some(block.hash) }
	}
}

/// The grants of a selection.
#[derive(Debug, Default)]
pub struct ToRevoke {
	/// Those that are on the chain, with the relationships that they are in.
	pub grants: Vec<(Mine, Tag)>,
	/// Those that were made here and are gone already.
	pub gone: Vec<Revoked>,
	/// What keeps the selection from being complete. The grants can be revoked all the same.
	pub problems: Vec<ClientError>,
}

/// What came of revoking several grants.
#[derive(Debug, Default)]
pub struct Revocation {
	/// Grants that no longer hold.
	pub revoked: Vec<Revoked>,
	/// What went wrong with others.
	pub problems: Vec<ClientError>,
}

/// The grants of a selection, in some of her relationships.
pub async fn to_revoke(
	workspace: &Workspace,
	relationships: &[Mine],
	selection: &Selection,
) -> Result<ToRevoke, ClientError> {
	match selection {
		Selection::To(to) => granted_to(workspace, relationships, *to).await,
		Selection::All => {
			Ok(ToRevoke { grants: on_chain(workspace, relationships).await?, ..Default::default() })
		},
		Selection::Tags(tags) => {
			let grants = on_chain(workspace, relationships).await?;
			Ok(named(workspace, relationships, &grants, tags))
		},
	}
}

async fn on_chain(
	workspace: &Workspace,
	relationships: &[Mine],
) -> Result<Vec<(Mine, Tag)>, ClientError> {
	let mut found = Vec::new();
	for mine in relationships {
		let grants = workspace.chain.grants(mine.entry.relationship).await?;
		found.extend(grants.into_iter().map(|grant| (mine.clone(), grant.tag)));
	}
	Ok(found)
}

async fn granted_to(
	workspace: &Workspace,
	relationships: &[Mine],
	to: ParticipantId,
) -> Result<ToRevoke, ClientError> {
	let Merged { found, missing } = grants(workspace, relationships).await?;
	let mut selected = ToRevoke::default();
	let unknown = found.iter().filter(|view| view.grantee.is_none()).count();
	for view in found.into_iter().filter(|view| view.grantee == Some(to)) {
		let mine = relationships.iter().find(|mine| mine.entry.relationship == view.relationship);
		selected.grants.extend(mine.map(|mine| (mine.clone(), view.tag)));
	}
	if unknown > 0 {
		let (noun, verb, pronoun) = match unknown {
			1 => ("grant", "remains", "its tag"),
			_ => ("grants", "remain", "their tags"),
		};
		let remains = format!(
			"{unknown} {noun} whose grantee is unknown {verb}; `medrec patient revoke --all` or {pronoun} (`medrec patient grants` lists them) revoke what is unknown too"
		);
		selected.problems.push(if missing.is_empty() {
			ClientError::Failed(remains)
		} else {
			let reasons: Vec<_> = missing.into_iter().map(|missing| missing.reason).collect();
			ClientError::Unavailable(format!("{remains} ({})", reasons.join("; ")))
		});
	}
	Ok(selected)
}

fn named(
	workspace: &Workspace,
	relationships: &[Mine],
	grants: &[(Mine, Tag)],
	tags: &[TagPrefix],
) -> ToRevoke {
	let mut selected = ToRevoke::default();
	let kept = workspace.kept_openings();
	for prefix in tags {
		let fitting: Vec<_> = grants.iter().filter(|(_, tag)| prefix.fits(tag)).collect();
		let made_here = kept.iter().find(|kept| {
			let relationship = kept.relationship;
			prefix.fits(&kept.tag())
				&& relationships.iter().any(|mine| mine.entry.relationship == relationship)
		});
		match (check_unique(prefix, fitting.len()), made_here) {
			// Several prefixes may name the same grant.
			(Ok(()), _) => selected.grants.extend(
				fitting
					.into_iter()
					.filter(|(_, tag)| !selected.grants.iter().any(|(_, other)| other == tag))
					.cloned()
					.collect::<Vec<_>>(),
			),
			(Err(_), Some(kept)) if fitting.is_empty() => {
				selected.gone.push(Revoked::gone_already(kept.relationship, kept.tag()));
			},
			(Err(error), _) => selected.problems.push(error),
		}
	}
	selected
}

pub(super) fn check_unique(tag: &TagPrefix, found: usize) -> Result<(), ClientError> {
	match found {
		0 => Err(ClientError::Usage(format!(
			"none of your relationships has the grant {tag}; it was revoked already, or never made"
		))),
		1 => Ok(()),
		several => Err(ClientError::Usage(format!(
			"{several} grants begin with {tag}; write more digits of the one that you mean"
		))),
	}
}

/// Take grants back. From the moment at which a gatekeeper's node knows the block of a revocation, nothing
/// is served under it.
///
/// All are submitted before any is waited for, as far as the chain takes them. One that fails keeps no
/// other from being revoked; one that is gone when its turn comes counts as revoked.
pub async fn revoke(workspace: &Workspace, grants: &[(Mine, Tag)]) -> Revocation {
	let mut accounts: BTreeMap<AccountId, Vec<&(Mine, Tag)>> = BTreeMap::new();
	for grant in grants {
		accounts.entry(grant.0.acting.identity.account_id()).or_default().push(grant);
	}
	let parts: Vec<_> =
		accounts.into_values().map(|grants| revoke_of_account(workspace, grants)).collect();
	let mut parts = stream::iter(parts).buffered(AT_ONCE);
	let mut all = Revocation::default();
	while let Some(part) = parts.next().await {
		all.revoked.extend(part.revoked);
		all.problems.extend(part.problems);
	}
	all
}

async fn revoke_of_account(workspace: &Workspace, mut left: Vec<&(Mine, Tag)>) -> Revocation {
	let mut result = Revocation::default();
	for attempt in 1..=ATTEMPTS {
		let Some((mine, _)) = left.first() else { break };
		let key = &mine.acting.identity.account_key;
		let calls: Vec<_> =
			left.iter().map(|(mine, tag)| calls::revoke(mine.entry.relationship, *tag)).collect();
		let ended = workspace.submit_removals("revoke", &calls, key).await;
		let mut again = Vec::new();
		for (grant, ended) in left.into_iter().zip(ended) {
			let (relationship, tag) = (grant.0.entry.relationship, grant.1);
			match ended {
				Ok(inclusion) => {
					result.revoked.push(Revoked::in_block(relationship, tag, &inclusion));
				},
				Err(error) if is_gone(workspace, relationship, tag, &error).await => {
					result.revoked.push(Revoked::gone_already(relationship, tag));
				},
				Err(error) if attempt < ATTEMPTS && is_in_the_way(&error) => again.push(grant),
				Err(error) => result
					.problems
					.push(ClientError::from(error).while_doing(format!("revoke {}", short(&tag)))),
			}
		}
		left = again;
	}
	result
}

/// Whether the grant is gone from the chain although revoking it failed. Who waits for finality is not
/// told so when the wait failed: that the best block knows it is then not enough.
async fn is_gone(
	workspace: &Workspace,
	relationship: RelationshipId,
	tag: Tag,
	error: &SubmitError,
) -> bool {
	if matches!(error, SubmitError::Chain(error) if error.is_unavailable()) {
		return false;
	}
	if error.is_uncertain() && workspace.waits_for_finality() {
		return false;
	}
	match workspace.chain.grants(relationship).await {
		Ok(grants) => grants.iter().all(|grant| grant.tag != tag),
		Err(_) => false,
	}
}

/// Whether another transaction kept this one from being included, so that it is worth submitting again.
const fn is_in_the_way(error: &SubmitError) -> bool {
	match error {
		SubmitError::Invalidated | SubmitError::Usurped | SubmitError::Dropped => true,
		SubmitError::Refused(refusal) => {
			refusal.is_temporary()
				&& !matches!(refusal, medrec_chain_client::Refusal::QuotaUsedUp { .. })
		},
		_ => false,
	}
}
