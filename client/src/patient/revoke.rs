//! Taking grants back.

use super::{grants::grants, Mine, TagPrefix};
use crate::{ClientError, Workspace};
use medrec_chain_client::calls;
use medrec_primitives::{Hash, ParticipantId, RelationshipId, Tag};
use serde::Serialize;

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

/// The grants of a selection, with the relationships that they are in.
pub async fn to_revoke(
	workspace: &Workspace,
	relationships: &[Mine],
	selection: &Selection,
) -> Result<Vec<(Mine, Tag)>, ClientError> {
	let mut selected = Vec::new();
	let mut unknown = 0_usize;
	let terms = match selection {
		Selection::To(_) => grants(workspace, relationships).await?.found,
		Selection::Tags(_) | Selection::All => Vec::new(),
	};
	for mine in relationships {
		for grant in workspace.chain.grants(mine.entry.relationship).await? {
			let meant = match selection {
				Selection::All => true,
				Selection::Tags(tags) => tags.iter().any(|tag| tag.fits(&grant.tag)),
				Selection::To(to) => {
					let view = terms.iter().find(|view| {
						view.tag == grant.tag && view.relationship == mine.entry.relationship
					});
					let grantee = view.and_then(|view| view.grantee);
					unknown += usize::from(grantee.is_none());
					grantee == Some(*to)
				},
			};
			if meant {
				selected.push((mine.clone(), grant.tag));
			}
		}
	}
	if unknown > 0 {
		workspace.progress.note(&format!(
			"{unknown} grants are on the chain whose grantee is not known here; `medrec patient grants` lists them"
		));
	}
	if let Selection::Tags(tags) = selection {
		for tag in tags {
			let found = selected.iter().filter(|(_, found)| tag.fits(found)).count();
			check_unique(tag, found)?;
		}
	}
	Ok(selected)
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

/// A grant that was taken back.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
	/// The relationship.
	pub relationship: RelationshipId,
	/// The grant.
	pub tag: Tag,
	/// Height of the block from which on it no longer holds.
	pub block: u32,
	/// Hash of that block.
	pub block_hash: Hash,
}

/// Take a grant back. From the moment at which a gatekeeper's node knows the block, nothing is served under
/// it.
pub async fn revoke(workspace: &Workspace, mine: &Mine, tag: Tag) -> Result<Revoked, ClientError> {
	let relationship = mine.entry.relationship;
	let inclusion = workspace
		.submit("revoke", &calls::revoke(relationship, tag), &mine.acting.identity.account_key)
		.await?;
	Ok(Revoked {
		relationship,
		tag,
		block: inclusion.block.number,
		block_hash: inclusion.block.hash,
	})
}
