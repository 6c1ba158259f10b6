//! Finding a person's identities on a chain from the 12 words alone.

use crate::ClientError;
use futures::{stream, StreamExt, TryStreamExt};
use medrec_chain_client::{
	rpc_api::{AccountRoleName, ParticipantInfo},
	ChainClient,
};
use medrec_primitives::ParticipantId;
use medrec_protocol::identity::{Identity, Seed};

/// Identities in a row without a participant after which the search for one provider ends. A key that was
/// rotated away leaves a gap of one.
pub const GAP_LIMIT: u32 = 3;

/// Providers that are searched at once.
const AT_ONCE: usize = 8;

/// An identity with its participant on the chain.
#[derive(Clone, Debug)]
pub struct Acting {
	/// Its keys.
	pub identity: Identity,
	/// Its participant.
	pub participant: ParticipantInfo,
}

impl Acting {
	/// Number of the participant.
	pub const fn id(&self) -> ParticipantId {
		self.participant.id
	}
}

/// The identities of a seed towards some providers that are participants, in the order of the providers.
pub async fn find(
	chain: &ChainClient,
	seed: &Seed,
	providers: impl IntoIterator<Item = ParticipantId>,
) -> Result<Vec<Acting>, ClientError> {
	let searches: Vec<_> =
		providers.into_iter().map(|provider| find_towards(chain, seed, provider)).collect();
	let found: Vec<(Vec<Acting>, u32)> =
		stream::iter(searches).buffered(AT_ONCE).try_collect().await?;
	Ok(found.into_iter().flat_map(|(acting, _)| acting).collect())
}

/// The identities towards one provider that are participants, and the number of the first that may be
/// used for a new one.
pub async fn find_towards(
	chain: &ChainClient,
	seed: &Seed,
	provider: ParticipantId,
) -> Result<(Vec<Acting>, u32), ClientError> {
	let genesis = chain.genesis();
	let mut found = Vec::new();
	let (mut n, mut free) = (0, 0);
	while n < free + GAP_LIMIT {
		let identity = seed.identity(&genesis, provider, n);
		if let Some(participant) = principal(chain, &identity).await? {
			found.push(Acting { identity, participant });
			free = n + 1;
		}
		n += 1;
	}
	Ok((found, free))
}

/// The participant whose own account an identity is.
pub async fn principal(
	chain: &ChainClient,
	identity: &Identity,
) -> Result<Option<ParticipantInfo>, ClientError> {
	let participant = chain.participant_of(identity.account_id()).await?;
	Ok(participant.filter(|participant| participant.role != Some(AccountRoleName::Operator)))
}
