//! What the owner of a key signs before anyone else can put that key on the chain.

use crate::{
	AccountId, EncryptionKey, Epoch, Hash, Moment, ParticipantId, ParticipantKind, Signature,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_runtime::traits::Verify;

/// Furthest that a consent's deadline may lie ahead: 7 days and an hour for clocks that differ.
pub const MAX_CONSENT_LIFETIME: Moment = 7 * crate::MILLISECONDS_PER_DAY + 3_600_000;

/// What an account agrees to. Bound to one chain, one account and that account's nonce, which the
/// chain consumes, so that a signature works once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
	/// To be registered, if new, and to become patron of a steward.
	Enrol {
		/// The provider that will be steward.
		steward: ParticipantId,
		/// Kind that the account is registered as.
		kind: ParticipantKind,
		/// Where messages to it are sealed to.
		encryption_key: EncryptionKey,
		/// First moment at which the consent no longer holds.
		deadline: Moment,
	},
	/// To be registered by a provider.
	Register {
		/// The provider that registers.
		provider: ParticipantId,
		/// Kind that the account is registered as.
		kind: ParticipantKind,
		/// Where messages to it are sealed to.
		encryption_key: EncryptionKey,
		/// First moment at which the consent no longer holds.
		deadline: Moment,
	},
	/// To become the account of an existing participant.
	Rotate {
		/// The participant.
		participant: ParticipantId,
		/// Its epoch before the rotation.
		epoch: Epoch,
	},
	/// To become the operator account of a provider.
	Operate {
		/// The provider.
		provider: ParticipantId,
	},
}

impl Consent {
	/// The bytes that the account signs: an ASCII domain tag, then the SCALE encoding of genesis hash,
	/// account, its nonce (u32), and the fields of the variant in order.
	///
	/// The domain tag's first byte is no pallet's index, so these bytes are never a signed call.
	pub fn payload(&self, genesis: &Hash, account: &AccountId, nonce: u32) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(160);
		bytes.extend_from_slice(match self {
			Self::Enrol { .. } => b"medrec/enrol/v1".as_slice(),
			Self::Register { .. } => b"medrec/register/v1",
			Self::Rotate { .. } => b"medrec/rotate/v1",
			Self::Operate { .. } => b"medrec/operate/v1",
		});
		(genesis, account, nonce).encode_to(&mut bytes);
		match self {
			Self::Enrol { steward: provider, kind, encryption_key, deadline }
			| Self::Register { provider, kind, encryption_key, deadline } => {
				(provider, kind, encryption_key, deadline).encode_to(&mut bytes)
			},
			Self::Rotate { participant, epoch } => (participant, epoch).encode_to(&mut bytes),
			Self::Operate { provider } => provider.encode_to(&mut bytes),
		}
		bytes
	}

	/// Whether `signature` is the account's, over these bytes or over the same bytes as browser wallets
	/// wrap them (`<Bytes>…</Bytes>`).
	pub fn verify(
		&self,
		genesis: &Hash,
		account: &AccountId,
		nonce: u32,
		signature: &Signature,
	) -> bool {
		let payload = self.payload(genesis, account, nonce);
		signature.verify(payload.as_slice(), account) || {
			let wrapped = [b"<Bytes>", payload.as_slice(), b"</Bytes>"].concat();
			signature.verify(wrapped.as_slice(), account)
		}
	}
}

/// The consent that `enrol` and `register` carry; steward or provider is the caller.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SignedConsent<AccountId, Signature> {
	/// The account that agrees.
	pub account: AccountId,
	/// Kind that it is registered as.
	pub kind: ParticipantKind,
	/// Where messages to it are sealed to.
	pub encryption_key: EncryptionKey,
	/// First moment at which the consent no longer holds.
	#[codec(compact)]
	pub deadline: Moment,
	/// The account's signature over [`Consent::payload`].
	pub signature: Signature,
}
