//! What becomes of the authority of a provider.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// What the council decided of a provider and is not enacted yet.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum AuthorityChange {
	/// It gets authority.
	#[codec(index = 0)]
	Addition,
	/// It loses authority.
	#[codec(index = 1)]
	Removal,
	/// It loses authority and is suspended.
	#[codec(index = 2)]
	Suspension,
}

impl AuthorityChange {
	/// Whether there is one authority less afterwards.
	pub const fn is_loss(self) -> bool {
		matches!(self, Self::Removal | Self::Suspension)
	}
}
