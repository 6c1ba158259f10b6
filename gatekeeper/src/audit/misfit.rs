//! What can be wrong with a log.

use super::EntryId;

/// The first thing in a log that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
	/// The signed state of the log is gone.
	#[error("the head of the log is missing")]
	HeadMissing,
	/// The signed state of the log is not signed with a key of this gatekeeper, or was changed.
	#[error("the head of the log was changed: its signature does not hold")]
	HeadChanged,
	/// An entry is gone, or its number was changed.
	#[error("entry {number} is missing")]
	EntryMissing {
		/// Number of the leaf.
		number: u64,
	},
	/// There is an entry that the signed head does not count.
	#[error("entry {number} lies behind the end of the log")]
	EntryBehindHead {
		/// Number of the leaf.
		number: u64,
	},
	/// An entry is not what was logged in its place.
	#[error("entry {number} was changed or moved: its leaf hash does not fit")]
	EntryChanged {
		/// Number of the leaf.
		number: u64,
	},
	/// An entry's key is gone, and no erasure says so.
	#[error("entry {number} has lost its key, and no erasure was logged")]
	KeyMissing {
		/// Number of the leaf.
		number: u64,
	},
	/// An entry's key is not the one that it was encrypted with.
	#[error("entry {number} has another key than it was encrypted with")]
	KeyChanged {
		/// Number of the leaf.
		number: u64,
	},
	/// An entry does not open with its key: it was not encrypted in this place.
	#[error("entry {number} does not open with its key")]
	EntryUnreadable {
		/// Number of the leaf.
		number: u64,
	},
	/// An entry is filed under something else than it says.
	#[error("entry {number} is filed under a {what} that it does not name")]
	EntryMisfiled {
		/// Number of the leaf.
		number: u64,
		/// What does not agree.
		what: &'static str,
	},
	/// An erasure that no entry accounts for, or of an entry that still has its key.
	#[error("the erasure of entry {number} was not logged")]
	ErasureUnfounded {
		/// Number of the erased leaf.
		number: u64,
	},
	/// A key or an erasure belongs to no entry.
	#[error("there are {found} keys and erasures for {size} entries")]
	StrayKeys {
		/// Keys and erasures in the database.
		found: u64,
		/// Entries in the log.
		size: u64,
	},
	/// The entries do not hash to the signed head.
	#[error("the {size} entries do not hash to the root that was signed for them")]
	RootDiffers {
		/// Number of leaves.
		size: u64,
	},
	/// A checkpoint is gone.
	#[error("checkpoint {number} is missing")]
	CheckpointMissing {
		/// Number of the checkpoint.
		number: u64,
	},
	/// A checkpoint was changed or forged.
	#[error("checkpoint {number} was changed: its signature does not hold")]
	CheckpointChanged {
		/// Number of the checkpoint.
		number: u64,
	},
	/// There is a checkpoint that the signed head does not count.
	#[error("checkpoint {number} lies behind the last one of the log")]
	CheckpointBehindHead {
		/// Number of the checkpoint.
		number: u64,
	},
	/// A checkpoint is not of a longer log than the one before it.
	#[error("checkpoint {number} is out of order")]
	CheckpointOutOfOrder {
		/// Number of the checkpoint.
		number: u64,
	},
	/// A checkpoint is of another log than this.
	#[error("the first {size} entries do not hash to the root in checkpoint {number}")]
	CheckpointDiffers {
		/// Number of the checkpoint.
		number: u64,
		/// Number of leaves that it is of.
		size: u64,
	},
	/// A checkpoint that was given as evidence is not signed with a key of this gatekeeper.
	#[error("the given checkpoint of {size} entries is not signed by this gatekeeper")]
	ForeignCheckpoint {
		/// Number of leaves that it is of.
		size: u64,
	},
	/// A checkpoint that was given as evidence is of a longer or another log.
	#[error("the log does not contain the {size} entries of the given checkpoint")]
	GivenCheckpointDiffers {
		/// Number of leaves that it is of.
		size: u64,
	},
	/// A receipt that was given as evidence is not signed with a key of this gatekeeper.
	#[error("the given receipt for {entry} is not signed by this gatekeeper")]
	ForeignReceipt {
		/// The entry.
		entry: EntryId,
	},
	/// The entry that a receipt is for is not in the log.
	#[error("the log does not contain entry {entry}, for which a receipt was given")]
	ReceiptWithoutEntry {
		/// The entry.
		entry: EntryId,
	},
}
