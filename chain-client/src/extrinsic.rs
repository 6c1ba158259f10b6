//! A call as the bytes that are submitted.

use medrec_primitives::Hash;
use medrec_rpc_api::BlockRef;

/// How long a transaction can enter a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mortality {
	/// The block that its life begins at. The transaction holds only on chains that contain it.
	pub birth: BlockRef,
	/// For how many blocks, a power of two from 4 to 65,536.
	pub period: u64,
}

impl Mortality {
	/// Blocks that transactions of this client live for: about two minutes at 2 s a block.
	pub const PERIOD: u64 = 64;

	/// A life of [`Self::PERIOD`] blocks from a block on.
	pub const fn from(birth: BlockRef) -> Self {
		Self { birth, period: Self::PERIOD }
	}
}

/// A call, signed unless it is one that nobody signs, ready to submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extrinsic {
	/// SCALE encoding, with the length in front.
	pub bytes: Vec<u8>,
	/// Its hash.
	pub hash: Hash,
}
