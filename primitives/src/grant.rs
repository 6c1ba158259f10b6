//! Sealed grants: on the chain a 32-byte tag, off the chain the opening that it commits to.

use crate::{
	Hash, Labels, Moment, ParticipantId, Purposes, RecordTypes, RelationshipId,
	MILLISECONDS_PER_DAY,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// Most rules in one grant.
pub const MAX_RULES: u32 = 8;

const TAG_DOMAIN: &[u8] = b"medrec/grant/v1";

/// Fresh random bytes that keep a tag from being guessed from likely terms.
pub type Salt = [u8; 32];

/// Last UTC day (days since 1970-01-01) on which a grant can still hold. Coarse on purpose: it is
/// readable on the chain and only there for cleaning up.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(transparent)]
pub struct ExpiryDay(pub u16);

impl ExpiryDay {
	/// The day of a moment; the last day that there is for moments after it (year 2149).
	pub fn of(moment: Moment) -> Self {
		Self(u16::try_from(moment / MILLISECONDS_PER_DAY).unwrap_or(u16::MAX))
	}

	/// The first moment at which the grant no longer holds.
	pub const fn end(self) -> Moment {
		(self.0 as Moment + 1) * MILLISECONDS_PER_DAY
	}

	/// Whether the grant no longer holds.
	pub const fn is_over(self, now: Moment) -> bool {
		now >= self.end()
	}
}

/// One rule of a grant. It has to match everything that is asked; rules never add up.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
	/// Types of records that may be seen.
	pub types: RecordTypes,
	/// Labels that a visible record may carry. With none, only unlabelled records are visible.
	pub labels: Labels,
	/// What the records may be used for.
	pub purposes: Purposes,
	/// First moment at which the rule holds.
	pub not_before: Moment,
	/// First moment at which it no longer does.
	pub not_after: Moment,
}

/// What a grant allows.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
	/// Version of the vocabulary that the rules are written in.
	pub vocabulary: u8,
	/// The rules, at most [`MAX_RULES`].
	pub rules: BoundedVec<Rule, ConstU32<MAX_RULES>>,
	/// Hash of a finer policy that narrows the rules. Who does not have that policy denies.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub policy: Option<Hash>,
}

/// What opens a tag. Never on the chain; proves nothing unless its tag is there.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opening {
	/// Who is granted access.
	pub grantee: ParticipantId,
	/// To what.
	pub terms: Terms,
	/// Fresh random bytes.
	#[serde(with = "hex_bytes")]
	pub salt: Salt,
}

impl Opening {
	/// The tag that commits to this opening in a relationship of the chain with this genesis hash:
	/// `blake2_256("medrec/grant/v1" ‖ genesis ‖ relationship u64 LE ‖ grantee u64 LE ‖ SCALE(terms) ‖ salt)`.
	pub fn tag(&self, genesis: &Hash, relationship: RelationshipId) -> Tag {
		let mut bytes = Vec::with_capacity(
			TAG_DOMAIN.len() + 32 + 8 + 8 + Terms::max_encoded_len() + self.salt.len(),
		);
		bytes.extend_from_slice(TAG_DOMAIN);
		bytes.extend_from_slice(genesis.as_bytes());
		relationship.encode_to(&mut bytes);
		self.grantee.encode_to(&mut bytes);
		self.terms.encode_to(&mut bytes);
		bytes.extend_from_slice(&self.salt);
		Tag(sp_crypto_hashing::blake2_256(&bytes))
	}
}

/// Commitment to an opening; all that the chain knows of a grant's content.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(transparent)]
pub struct Tag(#[serde(with = "hex_bytes")] pub [u8; 32]);

impl core::fmt::Display for Tag {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		write!(f, "{:?}", Hash::from(self.0))
	}
}

impl core::fmt::Debug for Tag {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		core::fmt::Display::fmt(self, f)
	}
}

#[cfg(feature = "std")]
impl core::str::FromStr for Tag {
	type Err = &'static str;

	/// Reads `0x` and 64 hexadecimal digits.
	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let digits = text.strip_prefix("0x").ok_or("a tag starts with 0x")?;
		digits
			.parse::<Hash>()
			.map(|hash| Self(hash.0))
			.map_err(|_| "a tag is 0x and 64 hexadecimal digits")
	}
}

/// 32 bytes as `0x…` in JSON.
mod hex_bytes {
	use crate::Hash;
	use serde::{Deserialize, Deserializer, Serialize, Serializer};

	pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
		Hash::from(*bytes).serialize(serializer)
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
		Hash::deserialize(deserializer).map(|hash| hash.0)
	}
}
