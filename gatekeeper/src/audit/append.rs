//! One entry more, inside a transaction of the store.

use super::{
	entry::Entry, head::Head, log::Inner, seal::SealedEntry, AuditError, EntryId, MAX_ENTRY_BYTES,
};
use crate::store::column;
use medrec_primitives::Hash;
use sqlx::SqliteConnection;
use zeroize::Zeroizing;

/// Where an entry went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appended {
	pub id: EntryId,
	pub number: u64,
	pub leaf: Hash,
}

/// Append an entry. `intent` is the number of the intent that an outcome belongs to.
pub(super) async fn append(
	log: &Inner,
	connection: &mut SqliteConnection,
	entry: &Entry,
	intent: Option<u64>,
) -> Result<Appended, AuditError> {
	let text = serde_json::to_vec(entry)
		.map(Zeroizing::new)
		.map_err(|error| AuditError::Unwritable(error.to_string()))?;
	if text.len() > MAX_ENTRY_BYTES {
		return Err(AuditError::TooLong(text.len()));
	}
	// Read anew for each entry: another process may have written since, and this is where a head that
	// was tampered with is noticed before anything is built on it.
	let mut head = Head::load(&mut *connection, &log.keys).await??;
	let number = head.tree.size();
	let id = EntryId::random();
	let (sealed, key) =
		SealedEntry::seal(number, id, &text).ok_or(AuditError::TooLong(text.len()))?;
	let leaf = sealed.leaf();

	sqlx::query("INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?)")
		.bind(column::number(number))
		.bind(id.0.as_slice())
		.bind(sealed.key_commitment.as_slice())
		.bind(sealed.ciphertext)
		.bind(leaf.as_bytes())
		.execute(&mut *connection)
		.await?;
	sqlx::query("INSERT INTO audit_keys VALUES (?, ?, ?, ?, ?)")
		.bind(column::number(number))
		.bind(key.as_slice())
		.bind(entry.kind().name())
		.bind(entry.relationship().map(column::number))
		.bind(intent.map(column::number))
		.execute(&mut *connection)
		.await?;

	head.tree.append(leaf);
	head.store(connection, &log.keys, &log.head_key).await?;
	Ok(Appended { id, number, leaf })
}
