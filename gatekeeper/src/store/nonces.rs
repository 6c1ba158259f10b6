//! Nonces: each is taken once, by one request, across restarts and processes.

use super::{column, Store, StoreError};
use medrec_primitives::Moment;
use sha2::{Digest, Sha256};

const DIGEST_DOMAIN: &[u8] = b"medrec/nonce/v1";

/// How long after its request's expiry a nonce is still kept, in milliseconds: more than clocks may
/// differ.
const KEPT_AFTER_EXPIRY: Moment = 5 * 60 * 1_000;

/// About how many nonces taking one clears away.
const PRUNED_AT_ONCE: i64 = 16;

/// Why a nonce could not be taken. In every case the request must be refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
	/// Another request had it: this one is a replay.
	#[error("the nonce was used before")]
	AlreadyUsed,
	/// The request has expired, or expires so long ago that its nonce is no longer remembered.
	#[error("the request has expired")]
	Expired,
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl From<sqlx::Error> for NonceError {
	fn from(error: sqlx::Error) -> Self {
		Self::Store(error.into())
	}
}

impl Store {
	/// Take a nonce for a request signed with `session_key` that expires at `expires_at`. To be called
	/// after the signature was verified, so that strangers fill no tables.
	///
	/// What was forgotten stays refused, even if the clock is set back: forgetting a nonce raises a
	/// floor, and requests that expire under it are refused.
	pub async fn take_nonce(
		&self,
		session_key: &str,
		nonce: &[u8],
		expires_at: Moment,
		now: Moment,
	) -> Result<(), NonceError> {
		if expires_at <= now {
			return Err(NonceError::Expired);
		}
		let digest = Sha256::new()
			.chain_update(DIGEST_DOMAIN)
			// The key's length keeps two pairs from being joined to the same bytes.
			.chain_update((session_key.len() as u64).to_le_bytes())
			.chain_update(session_key)
			.chain_update(nonce)
			.finalize()
			.to_vec();
		self.write(move |connection| {
			Box::pin(async move {
				let floor: i64 = sqlx::query_scalar("SELECT expired_until FROM nonce_floor")
					.fetch_one(&mut *connection)
					.await?;
				if column::time(expires_at) <= floor {
					return Err(NonceError::Expired);
				}
				let taken =
					sqlx::query("INSERT INTO nonces VALUES (?, ?) ON CONFLICT (digest) DO NOTHING")
						.bind(digest)
						.bind(column::time(expires_at))
						.execute(&mut *connection)
						.await?
						.rows_affected();
				if taken == 0 {
					return Err(NonceError::AlreadyUsed);
				}
				let forgotten: Option<i64> = sqlx::query_scalar(
					"SELECT max(expires_at) FROM (
						SELECT expires_at FROM nonces WHERE expires_at <= ? ORDER BY expires_at LIMIT ?
					)",
				)
				.bind(column::time(now.saturating_sub(KEPT_AFTER_EXPIRY)))
				.bind(PRUNED_AT_ONCE)
				.fetch_one(&mut *connection)
				.await?;
				if let Some(forgotten) = forgotten {
					sqlx::query("DELETE FROM nonces WHERE expires_at <= ?")
						.bind(forgotten)
						.execute(&mut *connection)
						.await?;
					sqlx::query("UPDATE nonce_floor SET expired_until = max(expired_until, ?)")
						.bind(forgotten)
						.execute(&mut *connection)
						.await?;
				}
				Ok(())
			})
		})
		.await
	}
}
