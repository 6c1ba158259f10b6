//! Checking a whole log, from its first entry to its signed head.

use super::{
	entry::Entry,
	head::Head,
	log::read_checkpoint,
	merkle::Tree,
	opened::{read_sealed, Opened},
	EntryId, LogKeys, Misfit,
};
use crate::store::{column, column::Columns, Store, StoreError};
use medrec_primitives::Hash;
use medrec_protocol::{checkpoint::Checkpoint, receipt::Receipt};
use sqlx::{sqlite::SqliteRow, SqliteConnection};

/// Entries that are held in memory at a time.
const PAGE: i64 = 500;

/// What others hold of the log. Without it, a log that was put back as a whole to what it once was
/// cannot be told from one that nothing was added to.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
	/// Checkpoints that were published.
	pub checkpoints: Vec<Checkpoint>,
	/// Receipts from responses.
	pub receipts: Vec<Receipt>,
}

/// A log in which everything fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
	/// Number of entries.
	pub entries: u64,
	/// How many of them were erased.
	pub erased: u64,
	/// Number of checkpoints in the log.
	pub checkpoints: u64,
	/// Root of the tree.
	pub root: Hash,
}

/// Why a log was not found to fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
	/// Something in it does not fit; this is the first.
	#[error(transparent)]
	Misfit(#[from] Misfit),
	/// It could not be read.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for VerifyError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

impl super::AuditLog {
	/// See [`verify`].
	pub async fn verify(&self, evidence: &Evidence) -> Result<Verified, VerifyError> {
		verify(&self.0.store, &self.0.keys, evidence).await
	}
}

/// Check a log: every entry, key, erasure and checkpoint, the signed head, and that it contains what
/// others hold of it. Needs no secret. Writing goes on meanwhile; what is checked is the log as it was
/// at the beginning.
///
/// Entries come first, in their order, each checkpoint with the last entry that it covers; so the
/// error names the first entry that does not fit.
pub async fn verify(
	store: &Store,
	keys: &LogKeys,
	evidence: &Evidence,
) -> Result<Verified, VerifyError> {
	let mut connection = store.readers().begin().await?;
	let head = Head::load(&mut connection, keys).await??;
	let mut checkpoints = Checkpoints::load(&mut connection, keys, &head, evidence).await?;

	let mut tree = Tree::default();
	let mut erased = 0_u64;
	checkpoints.compare(&tree)?;
	loop {
		let rows = sqlx::query(
			"SELECT * FROM audit_entries LEFT JOIN audit_keys USING (number)
			WHERE number >= ? ORDER BY number LIMIT ?",
		)
		.bind(column::number(tree.size()))
		.bind(PAGE)
		.fetch_all(&mut *connection)
		.await?;
		if rows.is_empty() {
			break;
		}
		for row in &rows {
			let number = tree.size();
			let found = row.number("number")?;
			if number >= head.tree.size() {
				return Err(Misfit::EntryBehindHead { number: found }.into());
			}
			if found != number {
				return Err(Misfit::EntryMissing { number }.into());
			}
			let (leaf, is_erased) = check_entry(&mut connection, row, number).await?;
			erased = erased.saturating_add(is_erased.into());
			tree.append(leaf);
			checkpoints.compare(&tree)?;
		}
	}
	if tree.size() < head.tree.size() {
		return Err(Misfit::EntryMissing { number: tree.size() }.into());
	}
	if tree != head.tree {
		return Err(Misfit::RootDiffers { size: tree.size() }.into());
	}
	checkpoints.finish()?;
	check_strays(&mut connection, tree.size()).await?;
	for receipt in &evidence.receipts {
		check_receipt(&mut connection, keys, receipt).await?;
	}
	Ok(Verified { entries: tree.size(), erased, checkpoints: head.checkpoints, root: tree.root() })
}

/// Check one entry. Returns its leaf hash and whether it was erased.
async fn check_entry(
	connection: &mut SqliteConnection,
	row: &SqliteRow,
	number: u64,
) -> Result<(Hash, bool), VerifyError> {
	if row.value::<Option<&[u8]>>("key")?.is_none() {
		let (sealed, leaf) = read_sealed(row)??;
		check_erasure(connection, number, sealed.id).await?;
		return Ok((leaf, true));
	}
	let opened = Opened::read(row)??;
	if let Entry::Outcome { intent: leaf, .. } = &opened.entry {
		let intent = match opened.intent {
			Some(intent) if intent < number => leaf_of(connection, intent).await?,
			_ => None,
		};
		if intent != Some(*leaf) {
			return Err(Misfit::EntryMisfiled { number, what: "intent" }.into());
		}
	}
	Ok((opened.leaf, false))
}

async fn leaf_of(
	connection: &mut SqliteConnection,
	number: u64,
) -> Result<Option<Hash>, StoreError> {
	let row = sqlx::query("SELECT leaf FROM audit_entries WHERE number = ?")
		.bind(column::number(number))
		.fetch_optional(connection)
		.await?;
	row.map(|row| row.array::<32>("leaf").map(Hash::from)).transpose()
}

/// Check that an entry accounts for the erasure of this one.
async fn check_erasure(
	connection: &mut SqliteConnection,
	number: u64,
	id: EntryId,
) -> Result<(), VerifyError> {
	let erasure: Option<i64> =
		sqlx::query_scalar("SELECT erasure FROM audit_erasures WHERE number = ?")
			.bind(column::number(number))
			.fetch_optional(&mut *connection)
			.await?;
	let Some(erasure) = erasure else { return Err(Misfit::KeyMissing { number }.into()) };
	let row =
		sqlx::query("SELECT * FROM audit_entries JOIN audit_keys USING (number) WHERE number = ?")
			.bind(erasure)
			.fetch_optional(connection)
			.await?
			.ok_or(Misfit::ErasureUnfounded { number })?;
	match Opened::read(&row)?.map(|opened| opened.entry) {
		Ok(Entry::Erasure(erasure)) if erasure.entries.contains(&id) => Ok(()),
		_ => Err(Misfit::ErasureUnfounded { number }.into()),
	}
}

/// Each entry was found to have a key or an erasure; there must be none of either beyond that.
async fn check_strays(connection: &mut SqliteConnection, size: u64) -> Result<(), VerifyError> {
	let unfounded: Option<i64> = sqlx::query_scalar(
		"SELECT number FROM audit_erasures JOIN audit_keys USING (number) ORDER BY number LIMIT 1",
	)
	.fetch_optional(&mut *connection)
	.await?;
	if let Some(number) = unfounded {
		return Err(Misfit::ErasureUnfounded { number: number.cast_unsigned() }.into());
	}
	let found: i64 = sqlx::query_scalar(
		"SELECT (SELECT count(*) FROM audit_keys) + (SELECT count(*) FROM audit_erasures)",
	)
	.fetch_one(connection)
	.await?;
	if found.cast_unsigned() != size {
		return Err(Misfit::StrayKeys { found: found.cast_unsigned(), size }.into());
	}
	Ok(())
}

async fn check_receipt(
	connection: &mut SqliteConnection,
	keys: &LogKeys,
	receipt: &Receipt,
) -> Result<(), VerifyError> {
	let entry = receipt.entry;
	let signed = receipt.provider == keys.provider
		&& keys.public.iter().any(|key| receipt.verify(&keys.genesis, key));
	if !signed {
		return Err(Misfit::ForeignReceipt { entry }.into());
	}
	let logged: bool =
		sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM audit_entries WHERE id = ? AND leaf = ?)")
			.bind(entry.0.as_slice())
			.bind(receipt.leaf.as_bytes())
			.fetch_one(connection)
			.await?;
	if logged {
		Ok(())
	} else {
		Err(Misfit::ReceiptWithoutEntry { entry }.into())
	}
}

/// The checkpoints that the tree has not grown to yet, those of the largest trees first.
struct Checkpoints {
	waiting: Vec<Waiting>,
}

struct Waiting {
	size: u64,
	root: Hash,
	misfit: Misfit,
}

impl Checkpoints {
	/// Check everything about the checkpoints but their roots.
	async fn load(
		connection: &mut SqliteConnection,
		keys: &LogKeys,
		head: &Head,
		evidence: &Evidence,
	) -> Result<Self, VerifyError> {
		let signed = |checkpoint: &Checkpoint| {
			checkpoint.provider == keys.provider
				&& keys.public.iter().any(|key| checkpoint.verify(&keys.genesis, key))
		};
		let rows = sqlx::query("SELECT * FROM audit_checkpoints ORDER BY number")
			.fetch_all(connection)
			.await?;
		let mut waiting: Vec<Waiting> = Vec::with_capacity(rows.len());
		for (number, row) in (0..).zip(&rows) {
			if row.number("number")? != number {
				return Err(Misfit::CheckpointMissing { number }.into());
			}
			let checkpoint = read_checkpoint(row, keys)?;
			if number >= head.checkpoints {
				return Err(Misfit::CheckpointBehindHead { number }.into());
			}
			if !signed(&checkpoint) {
				return Err(Misfit::CheckpointChanged { number }.into());
			}
			let size = checkpoint.tree_size;
			if waiting.last().is_some_and(|last| last.size >= size) {
				return Err(Misfit::CheckpointOutOfOrder { number }.into());
			}
			let misfit = Misfit::CheckpointDiffers { number, size };
			waiting.push(Waiting { size, root: checkpoint.root, misfit });
		}
		let found = rows.len() as u64;
		if found < head.checkpoints {
			return Err(Misfit::CheckpointMissing { number: found }.into());
		}
		for checkpoint in &evidence.checkpoints {
			let size = checkpoint.tree_size;
			if !signed(checkpoint) {
				return Err(Misfit::ForeignCheckpoint { size }.into());
			}
			let misfit = Misfit::GivenCheckpointDiffers { size };
			waiting.push(Waiting { size, root: checkpoint.root, misfit });
		}
		waiting.sort_by_key(|waiting| std::cmp::Reverse(waiting.size));
		Ok(Self { waiting })
	}

	/// Compare the checkpoints that are of a tree of this size.
	fn compare(&mut self, tree: &Tree) -> Result<(), Misfit> {
		while let Some(next) = self.waiting.pop() {
			if next.size > tree.size() {
				self.waiting.push(next);
				break;
			}
			if next.root != tree.root() {
				return Err(next.misfit);
			}
		}
		Ok(())
	}

	/// Refuse checkpoints of longer logs.
	fn finish(mut self) -> Result<(), Misfit> {
		self.waiting.pop().map_or(Ok(()), |next| Err(next.misfit))
	}
}
