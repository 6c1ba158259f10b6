//! All that depends on the runtime's metadata: the generated types, and a runtime to sign for.

use crate::{ChainError, Extrinsic, Mortality, SubmitError};
use codec::Decode;
use medrec_primitives::{Hash, Moment};
use medrec_protocol::account::AccountKey;
use std::sync::{Arc, OnceLock};
use subxt::{
	config::{
		substrate::{SpecVersionForRange, SubstrateConfig, SubstrateExtrinsicParamsBuilder},
		Hasher,
	},
	error::ExtrinsicError,
	tx::{Payload, Signer},
	Metadata, OfflineClient, OfflineClientAtBlock,
};

/// What subxt generates from the committed metadata: calls, events and types of the runtime.
#[allow(missing_docs, clippy::all, reason = "generated")]
#[subxt::subxt(
	runtime_metadata_path = "metadata/medrec.scale",
	substitute_type(
		path = "sp_runtime::MultiSignature",
		with = "::subxt::utils::Static<::medrec_primitives::Signature>"
	),
	substitute_type(
		path = "medrec_primitives::consent::SignedConsent",
		with = "::subxt::utils::Static<crate::calls::SignedConsent>"
	),
	substitute_type(
		path = "medrec_primitives::authority::AuthorityChange",
		with = "::subxt::utils::Static<::medrec_primitives::AuthorityChange>"
	),
	substitute_type(
		path = "medrec_primitives::grant::Tag",
		with = "::subxt::utils::Static<::medrec_primitives::Tag>"
	),
	substitute_type(
		path = "medrec_primitives::grant::ExpiryDay",
		with = "::subxt::utils::Static<::medrec_primitives::ExpiryDay>"
	),
	substitute_type(
		path = "medrec_primitives::relationship::RelationshipRole",
		with = "::subxt::utils::Static<::medrec_primitives::RelationshipRole>"
	),
	substitute_type(
		path = "medrec_primitives::participant::ParticipantKind",
		with = "::subxt::utils::Static<::medrec_primitives::ParticipantKind>"
	),
	substitute_type(
		path = "medrec_runtime::SessionKeys",
		with = "::subxt::utils::Static<crate::SessionKeys>"
	),
	substitute_type(
		path = "medrec_primitives::vocabulary::Purposes",
		with = "::subxt::utils::Static<::medrec_primitives::Purposes>"
	)
)]
pub mod api {}

/// The metadata that this client was built from.
const METADATA: &[u8] = include_bytes!("../metadata/medrec.scale");

/// The same, decoded. `None` could only be if the file were no metadata, which nothing could be built from.
pub(crate) fn built_in_metadata() -> Option<&'static Metadata> {
	static DECODED: OnceLock<Option<Metadata>> = OnceLock::new();
	DECODED.get_or_init(|| Metadata::decode(&mut &*METADATA).ok()).as_ref()
}

pub(crate) type Config = SubstrateConfig;

/// A version of the chain's runtime, to sign calls for and to read events with.
#[derive(Clone, Debug)]
pub struct Runtime {
	spec_version: u32,
	client: OfflineClientAtBlock<Config>,
}

impl Runtime {
	/// A runtime of the chain with this genesis hash, from its metadata.
	pub fn new(
		genesis: Hash,
		spec_version: u32,
		transaction_version: u32,
		metadata: &[u8],
	) -> Result<Self, ChainError> {
		let incompatible = |reason: String| ChainError::Incompatible { spec_version, reason };
		let metadata = Metadata::decode(&mut &*metadata)
			.map_err(|error| incompatible(format!("its metadata cannot be read: {error}")))?;
		let config = SubstrateConfig::builder()
			.set_genesis_hash(genesis.0.into())
			.set_metadata_for_spec_versions([(spec_version, Arc::new(metadata))])
			.set_spec_version_for_block_ranges([SpecVersionForRange {
				block_range: 0..u64::MAX,
				spec_version,
				transaction_version,
			}])
			.build();
		let client = OfflineClient::new_with_config(config)
			.at_block(0u64)
			.map_err(|error| incompatible(error.to_string()))?;
		Ok(Self { spec_version, client })
	}

	/// The runtime that this client was built from, as if the chain with this genesis hash ran it.
	pub fn built_in(
		genesis: Hash,
		spec_version: u32,
		transaction_version: u32,
	) -> Result<Self, ChainError> {
		Self::new(genesis, spec_version, transaction_version, METADATA)
	}

	/// Its version.
	pub const fn spec_version(&self) -> u32 {
		self.spec_version
	}

	pub(crate) const fn client(&self) -> &OfflineClientAtBlock<Config> {
		&self.client
	}

	/// Time between blocks, milliseconds: the length of a slot.
	pub fn block_time(&self) -> Result<Moment, ChainError> {
		self.client
			.metadata_ref()
			.pallet_by_name("Aura")
			.and_then(|aura| aura.constant_by_name("SlotDuration"))
			.and_then(|slot| Moment::decode(&mut slot.value()).ok())
			.filter(|slot| *slot > 0)
			.ok_or_else(|| ChainError::Incompatible {
				spec_version: self.spec_version,
				reason: "it does not say how much time there is between blocks".into(),
			})
	}

	/// Whether this runtime knows a call in the shape that this client knows.
	pub fn knows(&self, call: &impl Payload) -> bool {
		let transactions = self.client.tx();
		transactions.validate(call).is_ok() && transactions.call_data(call).is_ok()
	}

	/// Sign a call. Works without a connection.
	///
	/// Fails if this runtime does not know the call in the shape that this client knows.
	pub fn sign(
		&self,
		call: &impl Payload,
		key: &AccountKey,
		nonce: u32,
		mortality: Mortality,
	) -> Result<Extrinsic, SubmitError> {
		let params = SubstrateExtrinsicParamsBuilder::<Config>::new()
			.nonce(nonce.into())
			.mortal_from_unchecked(
				mortality.period,
				mortality.birth.number.into(),
				mortality.birth.hash.0.into(),
			)
			.build();
		let encoded = self
			.client
			.tx()
			.create_signable_offline(call, params)
			.and_then(|mut signable| signable.sign(&AccountSigner(key)))
			.map(|extrinsic| extrinsic.into_encoded());
		self.extrinsic(call, encoded)
	}

	/// Encode a call that nobody signs. The chain takes only few of these.
	///
	/// Fails if this runtime does not know the call in the shape that this client knows.
	pub fn bare(&self, call: &impl Payload) -> Result<Extrinsic, SubmitError> {
		let encoded =
			self.client.tx().create_unsigned(call).map(|extrinsic| extrinsic.into_encoded());
		self.extrinsic(call, encoded)
	}

	fn extrinsic(
		&self,
		call: &impl Payload,
		encoded: Result<Vec<u8>, ExtrinsicError>,
	) -> Result<Extrinsic, SubmitError> {
		let bytes = encoded.map_err(|error| match error {
			ExtrinsicError::IncompatibleCodegen
			| ExtrinsicError::PalletNameNotFound(_)
			| ExtrinsicError::CallNameNotFound { .. } => ChainError::Incompatible {
				spec_version: self.spec_version,
				reason: format!(
					"the call {}.{} is another there",
					call.pallet_name(),
					call.call_name()
				),
			}
			.into(),
			error => SubmitError::Build(error.to_string()),
		})?;
		let hash = Hash::from(self.client.hasher().hash(&bytes).0);
		Ok(Extrinsic { bytes, hash })
	}
}

/// Lets subxt sign with an account key of the protocol.
struct AccountSigner<'a>(&'a AccountKey);

impl Signer<Config> for AccountSigner<'_> {
	fn account_id(&self) -> subxt::utils::AccountId32 {
		subxt::utils::AccountId32(self.0.account_id().into())
	}

	fn sign(&self, payload: &[u8]) -> subxt::utils::MultiSignature {
		match self.0.sign(payload) {
			sp_runtime::MultiSignature::Ed25519(signature) => {
				subxt::utils::MultiSignature::Ed25519(signature.0)
			},
			sp_runtime::MultiSignature::Sr25519(signature) => {
				subxt::utils::MultiSignature::Sr25519(signature.0)
			},
			sp_runtime::MultiSignature::Ecdsa(signature) => {
				subxt::utils::MultiSignature::Ecdsa(signature.0)
			},
			// Account keys never sign like this; were one to, the chain would refuse the signature.
			sp_runtime::MultiSignature::Eth(signature) => {
				subxt::utils::MultiSignature::Ecdsa(signature.0)
			},
		}
	}
}
