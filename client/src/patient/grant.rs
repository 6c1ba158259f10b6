//! Making grants: the tag on the chain, the opening at the steward's gatekeeper.

use super::{grants, Mine};
use crate::{narrowing, store::KeptOpening, terms, workspace::asking, ClientError, Workspace};
use medrec_chain_client::{calls, rpc_api::ParticipantInfo};
use medrec_primitives::{
	ExpiryDay, Hash, Opening, ParticipantId, ParticipantStatus, Purpose, RelationshipId,
	RelationshipStatus, Tag, Terms,
};
use medrec_protocol::{
	openings::DepositedOpening,
	policy::{Narrowing, Policy, SignedPolicy},
	sealed::{seal, OpeningContext},
};
use rand::{rngs::OsRng, RngCore};
use serde::{Serialize, Serializer};

/// What is about to be granted.
#[derive(Clone, Debug)]
pub struct GrantPlan {
	/// To whom.
	pub grantee: ParticipantInfo,
	/// Under what terms, but for the policy, of which each relationship has its own.
	pub terms: Terms,
	/// What the policy leaves of that, if there is to be one.
	pub narrowing: Option<Narrowing>,
	/// In which relationships, with the providers' names.
	pub relationships: Vec<(Mine, String)>,
}

impl GrantPlan {
	/// Look up the grantee, and check that a grant to it can take effect.
	pub async fn new(
		workspace: &Workspace,
		to: ParticipantId,
		terms: Terms,
		narrowing: Option<Narrowing>,
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
					"relationship {} is ended; a grant in it would have no effect; name an active one, `medrec patient relationships` lists them",
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
				"none of the relationships that are meant is active, so that a grant would have no effect; `medrec patient relationships` lists yours, and a provider's code begins a new one: `medrec patient join CODE`".to_owned(),
			));
		}
		Ok(Self { grantee, terms, narrowing, relationships: named })
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
		for line in self.narrowing.iter().flat_map(narrowing::describe) {
			text.push_str(&format!("  {line}\n"));
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

/// What came of a grant in one relationship.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantMade {
	/// The relationship.
	pub relationship: RelationshipId,
	/// Name of its steward.
	pub provider_name: String,
	/// What takes it back.
	pub tag: Tag,
	/// Height of its block; absent if it is not on the chain, as far as is known.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub block: Option<u32>,
	/// Hash of the block.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub block_hash: Option<Hash>,
	/// Whether the opening is deposited for the grantee.
	pub deposited: bool,
	/// Why it is not on the chain, or not deposited.
	#[serde(serialize_with = "problem_as_text", skip_serializing_if = "Option::is_none")]
	pub problem: Option<ClientError>,
}

fn problem_as_text<S: Serializer>(
	problem: &Option<ClientError>,
	serializer: S,
) -> Result<S::Ok, S::Error> {
	match problem {
		Some(problem) => serializer.collect_str(problem),
		None => serializer.serialize_none(),
	}
}

/// Put a grant on the chain in each relationship, and deposit its opening for the grantee. What fails in
/// one keeps no other from being granted. A deposit that fails does not undo the grant;
/// [`share`](super::share) tries it again.
pub async fn make(workspace: &Workspace, plan: &GrantPlan) -> Vec<GrantMade> {
	let mut made = Vec::with_capacity(plan.relationships.len());
	for (mine, provider_name) in &plan.relationships {
		let mut salt = [0; 32];
		OsRng.fill_bytes(&mut salt);
		let mut opening = Opening { grantee: plan.grantee.id, terms: plan.terms.clone(), salt };
		let relationship = mine.entry.relationship;
		let policy = match sign_policy(workspace, plan, mine).await {
			Ok(policy) => Ok(policy.inspect(|policy| {
				opening.terms.policy = Some(policy.policy.hash());
			})),
			Err(error) => Err(error),
		};
		let mut one = GrantMade {
			relationship,
			provider_name: provider_name.clone(),
			tag: opening.tag(&workspace.genesis(), relationship),
			block: None,
			block_hash: None,
			deposited: false,
			problem: None,
		};
		one.problem = match policy {
			Ok(policy) => {
				let kept = kept(workspace, mine, &opening, policy);
				make_one(workspace, plan, mine, &kept, &mut one).await.err()
			},
			Err(error) => Some(error),
		};
		made.push(one);
	}
	made
}

async fn make_one(
	workspace: &Workspace,
	plan: &GrantPlan,
	mine: &Mine,
	kept: &KeptOpening,
	made: &mut GrantMade,
) -> Result<(), ClientError> {
	let what = format!("grant at {}", made.provider_name);
	// Kept before the tag is public, so that no interruption leaves a tag without its opening.
	workspace.keep_openings([kept.clone()]).map_err(|error| error.while_doing(&what))?;

	let expiry = ExpiryDay::of(terms::end(&plan.terms).saturating_sub(1));
	let call = calls::grant(made.relationship, made.tag, expiry);
	let inclusion = workspace.submit(&what, &call, &mine.acting.identity.account_key).await?;
	made.block = Some(inclusion.block.number);
	made.block_hash = Some(inclusion.block.hash);

	deposit(workspace, mine, &plan.grantee, kept, made.block_hash).await.map_err(|error| {
		error.while_doing(format!(
			"the grant at {} is on the chain, but its opening is not deposited; hand it over with `medrec patient share {}`",
			made.provider_name, made.tag
		))
	})?;
	made.deposited = true;
	Ok(())
}

/// The policy of a plan for one relationship, signed. Its version follows the last that she made there
/// for this grantee, as far as this device or the provider knows.
async fn sign_policy(
	workspace: &Workspace,
	plan: &GrantPlan,
	mine: &Mine,
) -> Result<Option<SignedPolicy>, ClientError> {
	let Some(narrowing) = plan.narrowing.clone() else { return Ok(None) };
	let known = grants(workspace, std::slice::from_ref(mine)).await?.found;
	let versions = known
		.iter()
		.filter(|grant| grant.grantee == Some(plan.grantee.id))
		.filter_map(|grant| grant.policy.as_ref().map(|policy| policy.version));
	let policy = Policy {
		genesis: workspace.genesis(),
		provider: mine.entry.steward,
		relationship: mine.entry.relationship,
		grantee: plan.grantee.id,
		version: versions.max().unwrap_or_default().saturating_add(1),
		narrowing,
	};
	let signed = policy.sign(&mine.acting.identity.account_key);
	signed.map(Some).map_err(|error| ClientError::Usage(error.to_string()))
}

pub(super) fn kept(
	workspace: &Workspace,
	mine: &Mine,
	opening: &Opening,
	policy: Option<SignedPolicy>,
) -> KeptOpening {
	KeptOpening {
		genesis: workspace.genesis(),
		provider: mine.entry.steward,
		relationship: mine.entry.relationship,
		opening: opening.clone(),
		policy,
	}
}

pub(super) async fn deposit(
	workspace: &Workspace,
	mine: &Mine,
	grantee: &ParticipantInfo,
	kept: &KeptOpening,
	include_block: Option<Hash>,
) -> Result<(), ClientError> {
	let KeptOpening { opening, policy, .. } = kept;
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
		policy: policy.clone(),
	};
	let session = workspace.session(&mine.acting, &gatekeeper)?;
	let mut context =
		workspace.context(&mine.acting, &gatekeeper, Some(relationship), Purpose::Personal);
	context.include_block = include_block;
	let result = gatekeeper.deposit(asking(&session, &context), &deposited).await;
	workspace.progress.finish();
	Ok(result?)
}
