//! A relationship with a grant under it, and questions about it to a light client and a full node.

use anyhow::{ensure, Context, Result};
use codec::{Decode, Encode};
use medrec_chain_client::{
	api::relationships::events::Proposed,
	calls,
	rpc_api::{CheckAccess, SummaryEntry},
	ChainClient, MedrecApiClient,
};
use medrec_primitives::{
	ExpiryDay, Moment, Opening, Purpose, Relationship, RelationshipId, RelationshipRole, Tag,
};
use medrec_protocol::{account::AccountKey, signature::Scheme};
use medrec_tests::{
	light_client::{LightClient, Verdict},
	provider::{Provider, PROVIDERS},
};
use serde_json::json;

/// Whose records they are.
pub const PATRON: Provider = PROVIDERS[0];
/// Who holds them.
pub const STEWARD: Provider = PROVIDERS[1];
/// Who is granted access.
pub const GRANTEE: Provider = PROVIDERS[2];
/// Somebody else.
pub const STRANGER: Provider = PROVIDERS[3];

/// Milliseconds of a day.
const DAY: Moment = 24 * 60 * 60 * 1000;

/// A relationship, and what opens the grant under it.
pub struct Granted {
	/// The relationship.
	pub relationship: RelationshipId,
	/// The block in which it was accepted.
	pub block: u32,
	opening: Opening,
	tag: Tag,
	expiry: ExpiryDay,
}

fn account(provider: Provider) -> Result<AccountKey> {
	Ok(AccountKey::from_secret_uri(&provider.secret(), Scheme::Sr25519)?)
}

impl Granted {
	/// Make the relationship, and the opening of a grant that is not on the chain yet.
	pub async fn prepare(chain: &ChainClient) -> Result<Self> {
		let proposal = calls::propose(STEWARD.participant, RelationshipRole::Patron);
		let proposed = chain.submit(&proposal, &account(PATRON)?).await?.in_block().await?;
		let event = proposed.find::<Proposed>().context("a proposed relationship has a number")?;
		let acceptance = calls::accept(event.relationship, PATRON.participant);
		let accepted = chain.submit(&acceptance, &account(STEWARD)?).await?.in_block().await?;

		let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
		let not_before = Moment::try_from(now.as_millis())?;
		let not_after = not_before + DAY;
		let opening: Opening = serde_json::from_value(json!({
			"grantee": GRANTEE.participant,
			"terms": { "vocabulary": 1, "rules": [{
				"types": ["medications"], "labels": [], "purposes": ["treatment"],
				"notBefore": not_before - DAY, "notAfter": not_after,
			}] },
			"salt": format!("0x{}", hex::encode([7; 32])),
		}))?;
		Ok(Self {
			relationship: event.relationship,
			block: accepted.block.number,
			tag: opening.tag(&chain.genesis(), event.relationship),
			expiry: ExpiryDay::of(not_after),
			opening,
		})
	}

	/// The patron grants. Gives the number of the block.
	pub async fn grant(&self, chain: &ChainClient) -> Result<u32> {
		let call = calls::grant(self.relationship, self.tag, self.expiry);
		Ok(chain.submit(&call, &account(PATRON)?).await?.in_block().await?.block.number)
	}

	/// She takes it back. Gives the number of the block.
	pub async fn revoke(&self, chain: &ChainClient) -> Result<u32> {
		let call = calls::revoke(self.relationship, self.tag);
		Ok(chain.submit(&call, &account(PATRON)?).await?.in_block().await?.block.number)
	}

	/// May that provider see the records, for treatment?
	pub fn question(&self, who: Provider, with_opening: bool) -> CheckAccess {
		CheckAccess {
			actor: who.participant,
			on_behalf_of: who.participant,
			relationship: self.relationship,
			purpose: Purpose::Treatment,
			opening: with_opening.then(|| self.opening.clone()),
			include_block: None,
		}
	}

	/// The light client and the node decide the same. Gives what.
	pub async fn decisions_agree(
		&self,
		light: &mut LightClient,
		chain: &ChainClient,
		who: Provider,
		with_opening: bool,
	) -> Result<Verdict> {
		let question = self.question(who, with_opening);
		let by_node = Verdict::Decided(chain.check_access(question.clone()).await?.decision);
		let verdict = light.check_access(&question.into()).await?;
		ensure!(verdict == by_node, "{verdict:?} by the light client, {by_node:?} by the node");
		Ok(verdict)
	}

	/// The light client reads the relationship, the summaries and the grants as the node answers them.
	pub async fn answers_agree(&self, light: &mut LightClient, chain: &ChainClient) -> Result<()> {
		let (rpc, relationship) = (chain.rpc().await?, self.relationship);
		let read = light.agrees(chain, "MedrecApi_relationship", relationship.encode()).await?;
		for (block, answer) in [read.best, read.finalized] {
			let own = Option::<Relationship>::decode(&mut &answer[..])?.context("it is there")?;
			let info = rpc.relationship(relationship, Some(block.hash)).await?;
			ensure!(info.context("it is there")?.relationship == own, "{own:?}");
		}

		let arguments = (PATRON.participant, None::<RelationshipId>, 256u32).encode();
		let read = light.agrees(chain, "MedrecApi_summary", arguments).await?;
		type Entries = Vec<(RelationshipId, RelationshipRole, Option<Relationship>)>;
		let own: Vec<_> = Entries::decode(&mut &read.best.1[..])?
			.into_iter()
			.map(|(relationship, role, found)| {
				let Relationship { patron, steward, status, since, .. } =
					found.context("a relationship in a summary is there")?;
				Ok(SummaryEntry { relationship, role, patron, steward, status, since })
			})
			.collect::<Result<_>>()?;
		ensure!(own.len() == 1, "the summary of {} has {} entries", PATRON.name, own.len());
		let page = rpc.summary(PATRON.participant, None, None).await?;
		ensure!(page.entries == own, "{own:?} by the light client, {:?} by the node", page.entries);

		light.agrees(chain, "MedrecApi_grants", relationship.encode()).await?;
		Ok(())
	}
}
