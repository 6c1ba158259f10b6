//! An extrinsic that was or will be sent, remembered so that a crash neither loses nor doubles it.

use super::{column, column::Columns, StoreError};
use medrec_primitives::Hash;
use sqlx::sqlite::SqliteRow;

/// A signed extrinsic, stored before it is sent. After a crash the same bytes are sent again, which the
/// chain takes at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
	/// The extrinsic as it is sent.
	pub extrinsic: Vec<u8>,
	/// Its hash.
	pub hash: Hash,
	/// The operator account's nonce in it.
	pub operator_nonce: u32,
	/// Number of the first block that can no longer include it.
	pub valid_until_block: u64,
}

impl Submission {
	/// Read the columns whose names begin with `prefix`; `None` if no submission stands in them.
	pub(super) fn read(row: &SqliteRow, prefix: &str) -> Result<Option<Self>, StoreError> {
		let Some(extrinsic) = row.value::<Option<Vec<u8>>>(&format!("{prefix}_extrinsic"))? else {
			return Ok(None);
		};
		Ok(Some(Self {
			extrinsic,
			hash: Hash::from(row.array::<32>(&format!("{prefix}_hash"))?),
			operator_nonce: row.small_number(&format!("{prefix}_operator_nonce"))?,
			valid_until_block: row.number(&format!("{prefix}_valid_until_block"))?,
		}))
	}

	/// What is bound to a statement, in the order extrinsic, hash, nonce, block.
	pub(super) fn columns(self) -> (Vec<u8>, Vec<u8>, i64, i64) {
		(
			self.extrinsic,
			self.hash.as_bytes().to_vec(),
			i64::from(self.operator_nonce),
			column::number(self.valid_until_block),
		)
	}
}
