//! Reads through a block's own runtime: all of them for states whose layout is not this node's, and
//! always those that are rarely asked for.

use medrec_primitives::{
	AccessRequest, AccountId, Decision, ExpiryDay, Moment, Participant, ParticipantId, PeerIds,
	Provider, Relationship, RelationshipId, RelationshipRole, Tag,
};
use medrec_runtime_api::{Council, MedrecApi};
use sp_api::{ApiError, Core, ProvideRuntimeApi};
use sp_version::RuntimeVersion;

use crate::{state::ReadError, Block, Hash};

macro_rules! via_runtime {
	($( $(#[$doc:meta])* fn $name:ident( $($arg:ident: $type:ty),* ) -> $result:ty; )*) => {
		/// Reads that run in the WASM of a block.
		pub trait ViaRuntime {
			$( $(#[$doc])* fn $name(&self, block: Hash, $($arg: $type),*) -> Result<$result, ReadError>; )*
		}

		impl<C> ViaRuntime for C
		where
			C: ProvideRuntimeApi<Block>,
			C::Api: MedrecApi<Block> + Core<Block>,
		{
			$(
				fn $name(&self, block: Hash, $($arg: $type),*) -> Result<$result, ReadError> {
					let failed = |error: ApiError| ReadError::Backend(block, error.to_string());
					self.runtime_api().$name(block, $($arg),*).map_err(failed)
				}
			)*
		}
	};
}

via_runtime! {
	/// Version of the block's code.
	fn version() -> RuntimeVersion;
	/// See [`MedrecApi::check_access`].
	fn check_access(request: AccessRequest, end_now: Moment) -> Decision;
	/// See [`MedrecApi::participant`].
	fn participant(id: ParticipantId) -> Option<Participant<AccountId>>;
	/// See [`MedrecApi::participant_of`].
	fn participant_of(account: AccountId) -> Option<ParticipantId>;
	/// See [`MedrecApi::provider`].
	fn provider(id: ParticipantId) -> Option<Provider<AccountId>>;
	/// See [`MedrecApi::providers`].
	fn providers(
		after: Option<ParticipantId>,
		limit: u32
	) -> Vec<(ParticipantId, Provider<AccountId>)>;
	/// See [`MedrecApi::peer_ids`].
	fn peer_ids(after: Option<ParticipantId>, limit: u32) -> Vec<(ParticipantId, PeerIds)>;
	/// See [`MedrecApi::relationship`].
	fn relationship(id: RelationshipId) -> Option<Relationship>;
	/// See [`MedrecApi::summary`].
	fn summary(
		participant: ParticipantId,
		after: Option<RelationshipId>,
		limit: u32
	) -> Vec<(RelationshipId, RelationshipRole, Option<Relationship>)>;
	/// See [`MedrecApi::grants`].
	fn grants(relationship: RelationshipId) -> Vec<(Tag, ExpiryDay)>;
	/// See [`MedrecApi::authorities`].
	fn authorities() -> Vec<ParticipantId>;
	/// See [`MedrecApi::council`].
	fn council() -> Council;
	/// See [`MedrecApi::staleness_limit`].
	fn staleness_limit() -> Moment;
}
