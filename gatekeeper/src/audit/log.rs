//! Writing to the log.

use super::{
	append::{append, Appended},
	entry::Entry,
	head::Head,
	AuditError, Conclusion, EntryId, Event, EventKind, Intent, Misfit, Outcome, Ruling,
};
use crate::store::{column, column::Columns, notify_of_other, Store, StoreError};
use medrec_primitives::{GatekeeperKey, Hash, Moment, ParticipantId, RelationshipId};
use medrec_protocol::{
	access_log::Interaction,
	checkpoint::Checkpoint,
	gatekeeper_key::{GatekeeperSecret, GatekeeperSignature},
	notifications::NotificationKind,
	receipt::Receipt,
};
use sqlx::{sqlite::SqliteRow, SqliteConnection};
use std::sync::Arc;

/// Whose log it is, and the keys that its signatures are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKeys {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider.
	pub provider: ParticipantId,
	/// Every key that its gatekeeper ever signed with.
	pub public: Vec<GatekeeperKey>,
}

/// The log; clones share it. Several processes may write to one log.
#[derive(Clone, Debug)]
pub struct AuditLog(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
	pub store: Store,
	pub keys: LogKeys,
	pub secret: GatekeeperSecret,
	pub head_key: ed25519_dalek::SigningKey,
}

/// An intent that is on the disk: the permission to read the records that it names. Whoever drops it
/// without [`AuditLog::finish`] must send no records.
#[derive(Debug)]
#[must_use = "records may be sent only after the outcome is logged too"]
pub struct OpenIntent {
	id: EntryId,
	number: u64,
	leaf: Hash,
	relationship: Option<RelationshipId>,
	/// Who is allowed to see records, if it is about records.
	viewer: Option<ParticipantId>,
}

impl OpenIntent {
	/// Name of the intent's entry, for the server's own log.
	pub fn id(&self) -> EntryId {
		self.id
	}
}

impl AuditLog {
	/// Open the log of a store; begin it if there is none. `keys.public` needs to hold the keys that the
	/// gatekeeper signed with before; `secret`'s own public half is added.
	pub async fn open(
		store: Store,
		secret: GatekeeperSecret,
		mut keys: LogKeys,
	) -> Result<Self, AuditError> {
		let own = secret.public();
		if !keys.public.contains(&own) {
			keys.public.push(own);
		}
		let head_key = ed25519_dalek::SigningKey::from_bytes(&secret.to_bytes());
		let log = Self(Arc::new(Inner { store, keys, secret, head_key }));
		log.write(|inner, connection| {
			Box::pin(async move {
				match Head::load(&mut *connection, &inner.keys).await? {
					Ok(_) => Ok(()),
					Err(Misfit::HeadMissing) => inner.begin(connection).await,
					Err(misfit) => Err(misfit.into()),
				}
			})
		})
		.await?;
		Ok(log)
	}

	/// After a change of the gatekeeper's key: log it and sign a checkpoint, so that the state of the log
	/// is signed with the new key. Does nothing where that is done.
	pub async fn adopt(&self, now: Moment) -> Result<(), AuditError> {
		let adopted = self.write(move |inner, connection| {
			Box::pin(async move {
				let keys = LogKeys { public: vec![inner.secret.public()], ..inner.keys.clone() };
				if Head::load(&mut *connection, &keys).await?.is_ok() {
					return Ok(false);
				}
				let event = Event {
					at: now,
					kind: EventKind::GatekeeperKeyChanged,
					staff: None,
					relationship: None,
					detail: Some(format!("now 0x{}", hex::encode(inner.secret.public()))),
				};
				append(inner, connection, &Entry::Event(event), None).await?;
				Ok(true)
			})
		});
		if adopted.await? {
			self.checkpoint(now).await?;
		}
		Ok(())
	}

	/// Log what is about to be done. To be called before any record is read for a request, whether it
	/// was allowed or denied.
	pub async fn begin(&self, intent: Intent) -> Result<OpenIntent, AuditError> {
		let relationship = intent.relationship;
		let is_look = matches!(intent.interaction, Interaction::Read | Interaction::Search)
			&& matches!(intent.ruling, Ruling::Allowed(_));
		let viewer = is_look.then_some(intent.actor);
		let Appended { id, number, leaf } =
			self.append(Entry::Intent(Box::new(intent)), None).await?;
		Ok(OpenIntent { id, number, leaf, relationship, viewer })
	}

	/// Log what became of a request. To be called before its answer leaves; the receipt goes with the
	/// answer. A patron is told, in the same transaction, when somebody else was answered about her records.
	pub async fn finish(
		&self,
		intent: OpenIntent,
		outcome: Outcome,
	) -> Result<Receipt, AuditError> {
		let at = outcome.at;
		let OpenIntent { number, leaf, relationship, viewer, .. } = intent;
		let looked =
			viewer.zip(relationship).filter(|_| outcome.conclusion == Conclusion::Answered);
		let entry = Entry::Outcome { intent: leaf, relationship, outcome };
		let appended = self.write(move |inner, connection| {
			Box::pin(async move {
				if let Some((viewer, relationship)) = looked {
					let kind = NotificationKind::Access;
					notify_of_other(connection, relationship, viewer, kind, at).await?;
				}
				append(inner, connection, &entry, Some(number)).await
			})
		});
		Ok(self.receipt(appended.await?, at))
	}

	/// Log something that is no request for records.
	pub async fn record(&self, event: Event) -> Result<Receipt, AuditError> {
		let at = event.at;
		Ok(self.receipt(self.append(Entry::Event(event), None).await?, at))
	}

	/// As [`Self::record`], as part of a transaction.
	pub(crate) async fn record_in(
		&self,
		connection: &mut SqliteConnection,
		event: Event,
	) -> Result<(), AuditError> {
		append(&self.0, connection, &Entry::Event(event), None).await.map(drop)
	}

	/// Sign what the log is now; the last checkpoint again if nothing was logged since.
	pub async fn checkpoint(&self, now: Moment) -> Result<Checkpoint, AuditError> {
		self.write(move |inner, connection| {
			Box::pin(async move {
				let mut head = Head::load(&mut *connection, &inner.keys).await??;
				let last = last_checkpoint(&mut *connection, &inner.keys).await?;
				if let Some(last) = last.filter(|last| last.tree_size == head.tree.size()) {
					return Ok(last);
				}
				let checkpoint = Checkpoint::sign(
					&inner.secret,
					&inner.keys.genesis,
					inner.keys.provider,
					head.tree.size(),
					head.tree.root(),
					now,
				);
				sqlx::query("INSERT INTO audit_checkpoints VALUES (?, ?, ?, ?, ?)")
					.bind(column::number(head.checkpoints))
					.bind(column::number(checkpoint.tree_size))
					.bind(checkpoint.root.as_bytes())
					.bind(column::time(checkpoint.at))
					.bind(checkpoint.signature.0.as_slice())
					.execute(&mut *connection)
					.await?;
				head.checkpoints = head.checkpoints.saturating_add(1);
				head.store(connection, &inner.keys, &inner.head_key).await?;
				Ok(checkpoint)
			})
		})
		.await
	}

	/// The last checkpoint that was signed.
	pub async fn latest_checkpoint(&self) -> Result<Option<Checkpoint>, AuditError> {
		let mut connection = self.0.store.readers().acquire().await?;
		Ok(last_checkpoint(&mut connection, &self.0.keys).await?)
	}

	/// Whose log it is, and the keys that its signatures are checked with.
	pub fn keys(&self) -> &LogKeys {
		&self.0.keys
	}

	/// The store that the log lies in.
	pub fn store(&self) -> &Store {
		&self.0.store
	}

	async fn append(&self, entry: Entry, intent: Option<u64>) -> Result<Appended, AuditError> {
		self.write(move |inner, connection| {
			Box::pin(async move { append(inner, connection, &entry, intent).await })
		})
		.await
	}

	pub(super) fn receipt(&self, appended: Appended, at: Moment) -> Receipt {
		let Inner { keys, secret, .. } = &*self.0;
		Receipt::sign(secret, &keys.genesis, keys.provider, appended.id, appended.leaf, at)
	}

	pub(super) async fn write<T, F>(&self, work: F) -> Result<T, AuditError>
	where
		T: Send + 'static,
		F: for<'c> FnOnce(
				&'c Inner,
				&'c mut SqliteConnection,
			) -> futures::future::BoxFuture<'c, Result<T, AuditError>>
			+ Send
			+ 'static,
	{
		let inner = self.0.clone();
		self.0
			.store
			.write(move |connection| Box::pin(async move { work(&inner, connection).await }))
			.await
	}
}

impl Inner {
	/// Sign the head of an empty log.
	async fn begin(&self, connection: &mut SqliteConnection) -> Result<(), AuditError> {
		let traces: bool = sqlx::query_scalar(
			"SELECT EXISTS (SELECT 1 FROM audit_entries) OR EXISTS (SELECT 1 FROM audit_checkpoints)",
		)
		.fetch_one(&mut *connection)
		.await?;
		if traces {
			return Err(Misfit::HeadMissing.into());
		}
		Ok(Head::default().store(connection, &self.keys, &self.head_key).await?)
	}
}

pub(super) fn read_checkpoint(row: &SqliteRow, keys: &LogKeys) -> Result<Checkpoint, StoreError> {
	Ok(Checkpoint {
		provider: keys.provider,
		tree_size: row.number("size")?,
		root: Hash::from(row.array::<32>("root")?),
		at: row.number("time")?,
		signature: GatekeeperSignature(row.array("signature")?),
	})
}

async fn last_checkpoint(
	connection: &mut SqliteConnection,
	keys: &LogKeys,
) -> Result<Option<Checkpoint>, StoreError> {
	let row = sqlx::query("SELECT * FROM audit_checkpoints ORDER BY number DESC LIMIT 1")
		.fetch_optional(connection)
		.await?;
	row.map(|row| read_checkpoint(&row, keys)).transpose()
}
