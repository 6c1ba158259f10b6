//! Grants: made, listed, shared, taken back.

use super::{relationships::not_yours, Merged, Mine, TagPrefix};
use crate::{clock, store::KeptOpening, terms, workspace::asking, ClientError, Workspace};
use medrec_chain_client::{calls, rpc_api::ParticipantInfo};
use medrec_primitives::{
	ExpiryDay, Hash, Opening, ParticipantId, ParticipantStatus, Purpose, RelationshipId,
	RelationshipStatus, Tag, Terms,
};
use medrec_protocol::{
	openings::DepositedOpening,
	sealed::{open, seal, OpeningContext, PortableOpening},
};
use rand::{rngs::OsRng, RngCore};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is about to be granted.
#[derive(Clone, Debug)]
pub struct GrantPlan {
	/// To whom.
	pub grantee: ParticipantInfo,
	/// Under what terms.
	pub terms: Terms,
	/// In which relationships, with the providers' names.
	pub relationships: Vec<(Mine, String)>,
}

impl GrantPlan {
	/// Look up the grantee, and check that a grant to it can take effect.
	pub async fn new(
		workspace: &Workspace,
		to: ParticipantId,
		terms: Terms,
		relationships: Vec<Mine>,
	) -> Result<Self, ClientError> {
		let grantee = workspace.chain.participant(to).await?.ok_or_else(|| {
			ClientError::Usage(format!("there is no participant {to} on this chain"))
		})?;
		if grantee.status != ParticipantStatus::Active {
			return Err(ClientError::Usage(format!(
				"participant {to} is not active on the chain; a grant to it would have no effect"
			)));
		}
		let mut named = Vec::with_capacity(relationships.len());
		for mine in relationships {
			if mine.entry.status != RelationshipStatus::Active {
				return Err(ClientError::Usage(format!(
					"relationship {} is ended; a grant in it would have no effect",
					mine.entry.relationship
				)));
			}
			if mine.entry.steward == to || mine.acting.id() == to {
				return Err(ClientError::Usage(format!(
					"participant {to} is a side of relationship {} and needs no grant",
					mine.entry.relationship
				)));
			}
			let name = workspace.name_of(mine.entry.steward).await?;
			named.push((mine, name));
		}
		if named.is_empty() {
			return Err(ClientError::Usage(
				"you have no active relationship; join a provider first".to_owned(),
			));
		}
		Ok(Self { grantee, terms, relationships: named })
	}

	/// What is about to be granted, in words.
	pub fn describe(&self) -> String {
		let name = self
			.grantee
			.provider
			.as_ref()
			.map(|provider| format!("{} (", provider.name))
			.unwrap_or_default();
		let close = if name.is_empty() { "" } else { ")" };
		let mut text =
			format!("{name}participant {}{close}, {}\n", self.grantee.id, kind(&self.grantee));
		for rule in &self.terms.rules {
			for line in terms::describe_rule(rule) {
				text.push_str(&format!("  {line}\n"));
			}
		}
		text.push_str("  from your records at:\n");
		for (mine, name) in &self.relationships {
			text.push_str(&format!("    {name} (relationship {})\n", mine.entry.relationship));
		}
		text
	}
}

fn kind(participant: &ParticipantInfo) -> String {
	format!("{:?}", participant.kind).to_lowercase()
}

/// A grant that is on the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantMade {
	/// The relationship.
	pub relationship: RelationshipId,
	/// Name of its steward.
	pub provider_name: String,
	/// What takes it back.
	pub tag: Tag,
	/// Height of the block.
	pub block: u32,
	/// Hash of the block.
	pub block_hash: Hash,
	/// Whether the opening is deposited for the grantee.
	pub deposited: bool,
	/// Why not.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub problem: Option<String>,
}

/// Put a grant on the chain in each relationship, and deposit its opening for the grantee. A deposit that
/// fails does not undo the grant; [`share`] tries it again.
pub async fn make(workspace: &Workspace, plan: &GrantPlan) -> Result<Vec<GrantMade>, ClientError> {
	let mut made = Vec::with_capacity(plan.relationships.len());
	for (mine, provider_name) in &plan.relationships {
		let relationship = mine.entry.relationship;
		let mut salt = [0; 32];
		OsRng.fill_bytes(&mut salt);
		let opening = Opening { grantee: plan.grantee.id, terms: plan.terms.clone(), salt };
		let tag = opening.tag(&workspace.genesis(), relationship);
		let expiry = ExpiryDay::of(terms::end(&plan.terms).saturating_sub(1));
		// Kept before the tag is public, so that no interruption leaves a tag without its opening.
		workspace.keep_openings([kept(workspace, mine, &opening)])?;

		let inclusion = workspace
			.submit(
				&format!("grant at {provider_name}"),
				&calls::grant(relationship, tag, expiry),
				&mine.acting.identity.account_key,
			)
			.await?;
		let deposit =
			deposit(workspace, mine, &plan.grantee, &opening, Some(inclusion.block.hash)).await;
		made.push(GrantMade {
			relationship,
			provider_name: provider_name.clone(),
			tag,
			block: inclusion.block.number,
			block_hash: inclusion.block.hash,
			deposited: deposit.is_ok(),
			problem: deposit.err().map(|error| error.to_string()),
		});
	}
	Ok(made)
}

fn kept(workspace: &Workspace, mine: &Mine, opening: &Opening) -> KeptOpening {
	KeptOpening {
		genesis: workspace.genesis(),
		provider: mine.entry.steward,
		relationship: mine.entry.relationship,
		opening: opening.clone(),
	}
}

async fn deposit(
	workspace: &Workspace,
	mine: &Mine,
	grantee: &ParticipantInfo,
	opening: &Opening,
	include_block: Option<Hash>,
) -> Result<(), ClientError> {
	let relationship = mine.entry.relationship;
	let gatekeeper = workspace.gatekeeper(mine.entry.steward).await?;
	workspace.progress.step(&format!("depositing the opening at {}", gatekeeper.name()));
	let context =
		OpeningContext::of(opening, workspace.genesis(), gatekeeper.provider(), relationship);
	let backup = workspace.key.seed.backup_key(&workspace.genesis());
	let sealed =
		|to| seal(to, &context, opening).map_err(|error| ClientError::Failed(error.to_string()));
	let deposited = DepositedOpening {
		relationship,
		grantee: grantee.id,
		tag: context.tag,
		sealed_to_grantee: sealed(&grantee.encryption_key.0)?,
		sealed_to_patron: sealed(&backup.public())?,
	};
	let session = workspace.session(&mine.acting, &gatekeeper)?;
	let mut context =
		workspace.context(&mine.acting, &gatekeeper, Some(relationship), Purpose::Personal);
	context.include_block = include_block;
	let result = gatekeeper.deposit(asking(&session, &context), &deposited).await;
	workspace.progress.finish();
	Ok(result?)
}

/// A grant as it is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantView {
	/// The relationship.
	pub relationship: RelationshipId,
	/// Name of its steward.
	pub provider_name: String,
	/// What takes it back.
	pub tag: Tag,
	/// Last day on which the chain lets it hold.
	pub expiry_day: ExpiryDay,
	/// Whether it can still hold, by the clock here.
	pub over: bool,
	/// To whom; absent if neither this device nor the provider knows its opening.
	pub grantee: Option<ParticipantId>,
	/// What is granted.
	pub terms: Option<Terms>,
}

/// All grants on the chain in some of her relationships. What they say comes from this device and from
/// the providers' gatekeepers; a gatekeeper that does not answer is named as missing.
pub async fn grants(
	workspace: &Workspace,
	relationships: &[Mine],
) -> Result<Merged<GrantView>, ClientError> {
	let mut merged = Merged::default();
	for mine in relationships {
		let provider_name = workspace.name_of(mine.entry.steward).await?;
		let tags = workspace.chain.grants(mine.entry.relationship).await?;
		if tags.is_empty() {
			continue;
		}
		let mut openings: BTreeMap<Tag, Opening> = workspace
			.kept_openings()
			.into_iter()
			.filter(|kept| kept.relationship == mine.entry.relationship)
			.map(|kept| (kept.tag(), kept.opening))
			.collect();
		if tags.iter().any(|grant| !openings.contains_key(&grant.tag)) {
			workspace.progress.step(&format!("asking {provider_name} what you granted"));
			match deposited(workspace, mine).await {
				Ok(found) => openings.extend(found),
				Err(error) => merged.add(provider_name.clone(), Err(error)),
			}
			workspace.progress.finish();
		}
		let now = clock::now();
		let views = tags.into_iter().map(|grant| {
			let opening = openings.remove(&grant.tag);
			let ended = opening.as_ref().is_some_and(|opening| terms::end(&opening.terms) <= now);
			GrantView {
				relationship: mine.entry.relationship,
				provider_name: provider_name.clone(),
				tag: grant.tag,
				expiry_day: grant.expiry_day,
				over: ended
					|| grant.expiry_day.is_over(now)
					|| mine.entry.status == RelationshipStatus::Ended,
				grantee: opening.as_ref().map(|opening| opening.grantee),
				terms: opening.map(|opening| opening.terms),
			}
		});
		merged.found.extend(views);
	}
	Ok(merged)
}

/// Her own copies of what she deposited, opened with the key that only her words give.
async fn deposited(workspace: &Workspace, mine: &Mine) -> Result<Vec<(Tag, Opening)>, ClientError> {
	let gatekeeper = workspace.gatekeeper(mine.entry.steward).await?;
	let session = workspace.session(&mine.acting, &gatekeeper)?;
	let context = workspace.context(
		&mine.acting,
		&gatekeeper,
		Some(mine.entry.relationship),
		Purpose::Personal,
	);
	let list = gatekeeper.openings(asking(&session, &context)).await?;
	let backup = workspace.key.seed.backup_key(&workspace.genesis());
	let openings: Vec<_> = list
		.deposited
		.into_iter()
		.filter(|copy| {
			copy.relationship == mine.entry.relationship && copy.provider == gatekeeper.provider()
		})
		// A copy that does not open says nothing; its tag is listed without content.
		.filter_map(|copy| {
			let opening = open(&backup, &copy.context(workspace.genesis()), &copy.sealed).ok()?;
			Some((copy.tag, opening))
		})
		.collect();
	workspace.keep_openings(openings.iter().map(|(_, opening)| kept(workspace, mine, opening)))?;
	Ok(openings)
}

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

fn check_unique(tag: &TagPrefix, found: usize) -> Result<(), ClientError> {
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

/// An opening of this device, sealed to its grantee; deposited at the steward's gatekeeper if `at_provider`.
pub async fn share(
	workspace: &Workspace,
	relationships: &[Mine],
	tag: &TagPrefix,
	at_provider: bool,
) -> Result<PortableOpening, ClientError> {
	// Fetches what this device does not know yet.
	let on_chain = grants(workspace, relationships).await?.found;
	check_unique(tag, on_chain.iter().filter(|grant| tag.fits(&grant.tag)).count())?;
	let kept =
		workspace.kept_openings().into_iter().find(|kept| tag.fits(&kept.tag())).ok_or_else(
			|| {
				ClientError::Usage(format!(
					"neither this device nor a provider knows what the grant {tag} says"
				))
			},
		)?;
	let mine = relationships
		.iter()
		.find(|mine| mine.entry.relationship == kept.relationship)
		.ok_or_else(|| not_yours(kept.relationship))?;
	let grantee =
		workspace.chain.participant(kept.opening.grantee).await?.ok_or_else(|| {
			ClientError::Failed("the grantee is no longer on the chain".to_owned())
		})?;
	if at_provider {
		deposit(workspace, mine, &grantee, &kept.opening, None).await?;
	}
	let context =
		OpeningContext::of(&kept.opening, workspace.genesis(), kept.provider, kept.relationship);
	let sealed = seal(&grantee.encryption_key.0, &context, &kept.opening)
		.map_err(|error| ClientError::Failed(error.to_string()))?;
	Ok(PortableOpening { context, sealed })
}
