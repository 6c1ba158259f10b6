//! The grants that there are: listed, and handed over again.

use super::{
	grant::{deposit, kept},
	relationships::not_yours,
	revoke::check_unique,
	Merged, Mine, TagPrefix,
};
use crate::{clock, store::KeptOpening, terms, workspace::asking, ClientError, Workspace};
use medrec_primitives::{
	ExpiryDay, ParticipantId, Purpose, RelationshipId, RelationshipStatus, Tag, Terms,
};
use medrec_protocol::{
	policy::Policy,
	sealed::{open, seal, OpeningContext, PortableOpening},
};
use serde::Serialize;
use std::collections::BTreeMap;

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
	/// The policy that narrows it, if there is one and it is known.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub policy: Option<Policy>,
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
		let mut openings: BTreeMap<Tag, KeptOpening> = workspace
			.kept_openings()
			.into_iter()
			.filter(|kept| kept.relationship == mine.entry.relationship)
			.map(|kept| (kept.tag(), kept))
			.collect();
		let is_known = |tag| openings.get(tag).is_some_and(is_complete);
		if !tags.iter().all(|grant| is_known(&grant.tag)) {
			workspace.progress.step(&format!("asking {provider_name} what you granted"));
			match deposited(workspace, mine).await {
				Ok(found) => openings.extend(found),
				Err(error) => merged.add(provider_name.clone(), Err(error)),
			}
			workspace.progress.finish();
		}
		let now = clock::now();
		let views = tags.into_iter().map(|grant| {
			let kept = openings.remove(&grant.tag);
			let (opening, policy) =
				kept.map_or((None, None), |kept| (Some(kept.opening), kept.policy));
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
				policy: policy.map(|signed| signed.policy),
			}
		});
		merged.found.extend(views);
	}
	Ok(merged)
}

/// Whether the policy that its terms name, if they name one, is there.
fn is_complete(kept: &KeptOpening) -> bool {
	kept.opening.terms.policy.is_none() || kept.policy.is_some()
}

/// Her own copies of what she deposited, opened with the key that only her words give.
async fn deposited(
	workspace: &Workspace,
	mine: &Mine,
) -> Result<Vec<(Tag, KeptOpening)>, ClientError> {
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
			// Of policies, only the one that she named when she sealed the opening.
			let named = opening.terms.policy;
			let policy = copy.policy.filter(|signed| Some(signed.policy.hash()) == named);
			Some((copy.tag, kept(workspace, mine, &opening, policy)))
		})
		.collect();
	workspace.keep_openings(openings.iter().map(|(_, kept)| kept.clone()))?;
	Ok(openings)
}

/// An opening of this device, sealed to its grantee; deposited at the steward's gatekeeper if `at_provider`.
pub async fn share(
	workspace: &Workspace,
	relationships: &[Mine],
	tag: &TagPrefix,
	at_provider: bool,
) -> Result<PortableOpening, ClientError> {
	// Fetches what this device does not know yet.
	let Merged { found, missing } = grants(workspace, relationships).await?;
	check_unique(tag, found.iter().filter(|grant| tag.fits(&grant.tag)).count())?;
	let kept = workspace.kept_openings().into_iter().find(|kept| tag.fits(&kept.tag()));
	let kept = kept.ok_or_else(|| match missing.into_iter().next() {
		Some(missing) => missing
			.error
			.while_doing(format!("this device does not know what the grant {tag} says")),
		None => ClientError::Usage(format!(
			"neither this device nor a provider knows what the grant {tag} says"
		)),
	})?;
	let mine = relationships
		.iter()
		.find(|mine| mine.entry.relationship == kept.relationship)
		.ok_or_else(|| not_yours(kept.relationship))?;
	let grantee =
		workspace.chain.participant(kept.opening.grantee).await?.ok_or_else(|| {
			ClientError::Failed("the grantee is no longer on the chain".to_owned())
		})?;
	if at_provider {
		deposit(workspace, mine, &grantee, &kept, None).await?;
	}
	let context =
		OpeningContext::of(&kept.opening, workspace.genesis(), kept.provider, kept.relationship);
	let sealed = seal(&grantee.encryption_key.0, &context, &kept.opening)
		.map_err(|error| ClientError::Failed(error.to_string()))?;
	Ok(PortableOpening { context, sealed })
}
