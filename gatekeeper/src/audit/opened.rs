//! Reading an entry back.

use super::{
	entry::Entry,
	seal::{EntryKey, SealedEntry},
	EntryId, Misfit,
};
use crate::store::{column::Columns, StoreError};
use medrec_primitives::Hash;
use sqlx::sqlite::SqliteRow;
use zeroize::Zeroizing;

/// An entry that its key opened.
pub(super) struct Opened {
	pub number: u64,
	pub id: EntryId,
	pub leaf: Hash,
	pub entry: Entry,
	/// Number of the intent that an outcome is filed under.
	pub intent: Option<u64>,
}

/// The encrypted entry in a row of `audit_entries`, with its leaf hash.
pub(super) fn read_sealed(
	row: &SqliteRow,
) -> Result<Result<(SealedEntry, Hash), Misfit>, StoreError> {
	let sealed = SealedEntry {
		number: row.number("number")?,
		id: EntryId(row.array("id")?),
		key_commitment: row.array("key_commitment")?,
		ciphertext: row.value("ciphertext")?,
	};
	let leaf = sealed.leaf();
	Ok(if leaf.0 == row.array::<32>("leaf")? {
		Ok((sealed, leaf))
	} else {
		Err(Misfit::EntryChanged { number: sealed.number })
	})
}

impl Opened {
	/// Open an entry from a row of `audit_entries` joined with its row of `audit_keys`.
	pub fn read(row: &SqliteRow) -> Result<Result<Self, Misfit>, StoreError> {
		let (sealed, leaf) = match read_sealed(row)? {
			Ok(sealed) => sealed,
			Err(misfit) => return Ok(Err(misfit)),
		};
		let key: EntryKey = Zeroizing::new(row.array("key")?);
		let filed = Filed {
			kind: row.value("kind")?,
			relationship: row.optional_number("relationship")?,
			intent: row.optional_number("intent")?,
		};
		Ok(Self::open(&sealed, leaf, &key, &filed))
	}

	fn open(
		sealed: &SealedEntry,
		leaf: Hash,
		key: &EntryKey,
		filed: &Filed,
	) -> Result<Self, Misfit> {
		let number = sealed.number;
		if !sealed.is_key(key) {
			return Err(Misfit::KeyChanged { number });
		}
		let entry: Entry = sealed
			.open(key)
			.and_then(|text| serde_json::from_slice(&text).ok())
			.ok_or(Misfit::EntryUnreadable { number })?;
		if filed.kind != entry.kind().name() {
			return Err(Misfit::EntryMisfiled { number, what: "kind" });
		}
		if filed.relationship != entry.relationship() {
			return Err(Misfit::EntryMisfiled { number, what: "relationship" });
		}
		if filed.intent.is_some() != matches!(entry, Entry::Outcome { .. }) {
			return Err(Misfit::EntryMisfiled { number, what: "intent" });
		}
		Ok(Self { number, id: sealed.id, leaf, entry, intent: filed.intent })
	}
}

/// What an entry is filed under.
struct Filed<'r> {
	kind: &'r str,
	relationship: Option<u64>,
	intent: Option<u64>,
}
