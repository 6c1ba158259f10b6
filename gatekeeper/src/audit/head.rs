//! The state of the log, signed with every change: whoever takes away the last entries cannot make a
//! head that fits what is left.

use super::{merkle::Tree, LogKeys, Misfit};
use crate::store::{column, column::Columns, StoreError};
use codec::Encode;
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use sqlx::{sqlite::SqliteRow, SqliteConnection};

const DOMAIN: &[u8] = b"medrec/audit-head/v1";

/// The tree and the number of checkpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
	pub tree: Tree,
	pub checkpoints: u64,
}

impl Head {
	fn payload(&self, keys: &LogKeys) -> Vec<u8> {
		let mut bytes = DOMAIN.to_vec();
		(keys.genesis, keys.provider, self.tree.size(), self.tree.root(), self.checkpoints)
			.encode_to(&mut bytes);
		bytes
	}

	/// The head, if there is one and it is signed with a key of this gatekeeper.
	pub async fn load(
		connection: &mut SqliteConnection,
		keys: &LogKeys,
	) -> Result<Result<Self, Misfit>, StoreError> {
		let row = sqlx::query("SELECT * FROM audit_head").fetch_optional(connection).await?;
		match row {
			Some(row) => Self::read(&row, keys),
			None => Ok(Err(Misfit::HeadMissing)),
		}
	}

	fn read(row: &SqliteRow, keys: &LogKeys) -> Result<Result<Self, Misfit>, StoreError> {
		let Some(tree) = Tree::from_peak_bytes(row.number("size")?, row.value("peaks")?) else {
			return Ok(Err(Misfit::HeadChanged));
		};
		let head = Self { tree, checkpoints: row.number("checkpoints")? };
		let signature = Signature::from_bytes(&row.array("signature")?);
		let payload = head.payload(keys);
		let signed = keys.public.iter().any(|key| {
			VerifyingKey::from_bytes(key)
				.and_then(|key| key.verify_strict(&payload, &signature))
				.is_ok()
		});
		Ok(if signed { Ok(head) } else { Err(Misfit::HeadChanged) })
	}

	/// Sign and store the head.
	pub async fn store(
		&self,
		connection: &mut SqliteConnection,
		keys: &LogKeys,
		secret: &ed25519_dalek::SigningKey,
	) -> Result<(), StoreError> {
		let signature = secret.sign(&self.payload(keys));
		sqlx::query("INSERT OR REPLACE INTO audit_head VALUES (0, ?, ?, ?, ?)")
			.bind(column::number(self.tree.size()))
			.bind(self.tree.peak_bytes())
			.bind(column::number(self.checkpoints))
			.bind(signature.to_bytes().to_vec())
			.execute(connection)
			.await?;
		Ok(())
	}
}
