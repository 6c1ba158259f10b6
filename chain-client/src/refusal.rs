//! Why the pool did not take a transaction, in words that say what to do.

use jsonrpsee::types::ErrorObject;
use std::{
	fmt,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Length of the window that the quota of transactions is counted in. Windows begin at multiples of it
/// since 1970-01-01.
pub const QUOTA_WINDOW: Duration = Duration::from_secs(600);

/// Why the pool did not take a transaction. The first eight come from the runtime's `CheckParticipant`
/// extension as `InvalidTransaction::Custom(1..=8)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
	/// Custom(1): the account is nobody's on this chain.
	NotParticipant,
	/// Custom(2): the participant is suspended and may only take back what it gave.
	Suspended,
	/// Custom(3): the participant has left the chain.
	Retired,
	/// Custom(4): the participant moved to another account.
	RotatedAway,
	/// Custom(5): all transactions of this window are used up.
	QuotaUsedUp {
		/// Until the next window begins.
		retry_in: Duration,
	},
	/// Custom(6): too many transactions of the account wait already.
	TooManyPending,
	/// Custom(7): the account is an operator account, which may not make this call.
	OperatorMayNot,
	/// Custom(8): the call is not for this account: only providers or the council's members make it, or
	/// nobody.
	NotForSigner,
	/// The nonce was used already.
	Outdated,
	/// The nonce is ahead of the account's.
	Future,
	/// The signature does not fit: signed for another chain or runtime.
	BadSignature,
	/// The block that the transaction's life began at is too long ago.
	AncientBirthBlock,
	/// The same transaction is in the pool already.
	AlreadyInPool,
	/// A transaction with the same nonce is in the pool and has priority.
	TooLowPriority,
	/// The node saw it fail a short while ago.
	TemporarilyBanned,
	/// The pool is full.
	PoolFull,
	/// Something else, in the node's words.
	Other(String),
}

impl Refusal {
	/// Reads the error of `author_submitAndWatchExtrinsic`; `None` if it is not about the transaction.
	pub(crate) fn from_rpc(error: &ErrorObject) -> Option<Self> {
		let data = error.data().map(|data| {
			serde_json::from_str::<String>(data.get()).unwrap_or_else(|_| data.get().to_owned())
		});
		let text = data.as_deref().unwrap_or_default();
		Some(match error.code() {
			1010 => Self::from_invalid(text),
			1012 => Self::TemporarilyBanned,
			1013 => Self::AlreadyInPool,
			1014 => Self::TooLowPriority,
			1016 => Self::PoolFull,
			1021 => Self::Future,
			1000..=1050 => Self::Other(
				[error.message(), text]
					.into_iter()
					.filter(|part| !part.is_empty())
					.collect::<Vec<_>>()
					.join(": "),
			),
			_ => return None,
		})
	}

	/// The node gives the cause as text: `Custom error: N`, or a fixed sentence for each cause.
	fn from_invalid(text: &str) -> Self {
		if let Some(number) = text.strip_prefix("Custom error: ") {
			return match number.trim().parse::<u8>() {
				Ok(1) => Self::NotParticipant,
				Ok(2) => Self::Suspended,
				Ok(3) => Self::Retired,
				Ok(4) => Self::RotatedAway,
				Ok(5) => Self::QuotaUsedUp { retry_in: until_next_window(SystemTime::now()) },
				Ok(6) => Self::TooManyPending,
				Ok(7) => Self::OperatorMayNot,
				Ok(8) => Self::NotForSigner,
				_ => Self::Other(text.to_owned()),
			};
		}
		match text {
			"Transaction is outdated" => Self::Outdated,
			"Transaction will be valid in the future" => Self::Future,
			"Transaction has a bad signature" => Self::BadSignature,
			"Transaction has an ancient birth block" => Self::AncientBirthBlock,
			_ => Self::Other(text.to_owned()),
		}
	}

	/// Whether it is about who signed: the same call of another account may be taken.
	pub const fn concerns_signer(&self) -> bool {
		matches!(
			self,
			Self::NotParticipant
				| Self::Suspended
				| Self::Retired
				| Self::RotatedAway
				| Self::OperatorMayNot
				| Self::NotForSigner
		)
	}

	/// Whether the same transaction, signed again, may be taken later.
	pub const fn is_temporary(&self) -> bool {
		matches!(
			self,
			Self::QuotaUsedUp { .. }
				| Self::TooManyPending
				| Self::Outdated
				| Self::Future
				| Self::AncientBirthBlock
				| Self::AlreadyInPool
				| Self::TooLowPriority
				| Self::TemporarilyBanned
				| Self::PoolFull
		)
	}
}

impl fmt::Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Self::NotParticipant => f.write_str(
				"this account is not a participant of the chain; it has to be enrolled or registered by a provider first",
			),
			Self::Suspended => f.write_str(
				"this participant is suspended: until the council reinstates it, it may only revoke, end and reject what is its own; ask a provider what led to it",
			),
			Self::Retired => f.write_str(
				"this participant has left the chain for good: it may only revoke, end and reject what is its own; to take part again, be enrolled or registered under a new identity",
			),
			Self::RotatedAway => f.write_str(
				"this account is no longer in use: its participant moved to another key; sign with that one",
			),
			Self::QuotaUsedUp { retry_in } => {
				let minutes = retry_in.as_secs().div_ceil(60).max(1);
				let unit = if minutes == 1 { "minute" } else { "minutes" };
				write!(
					f,
					"the account's transactions for the current window are used up; try again in {minutes} {unit} (revoke, end and reject work at any time)"
				)
			},
			Self::TooManyPending => f.write_str(
				"too many transactions of this account are waiting already; try again when they are in a block",
			),
			Self::OperatorMayNot => f.write_str(
				"an operator account may not do this; sign with the provider's own account",
			),
			Self::NotForSigner => f.write_str(
				"this call is not for this account: only providers or the council's members make it, or nobody",
			),
			Self::Outdated => f.write_str(
				"another transaction of this account was faster; submit again",
			),
			Self::Future => f.write_str(
				"an earlier transaction of this account is missing; wait until it is in a block and submit again",
			),
			Self::BadSignature => f.write_str(
				"the signature does not fit the chain; is this program of the release that belongs to it?",
			),
			Self::AncientBirthBlock => {
				f.write_str("the transaction is too old; submit again")
			},
			Self::AlreadyInPool => f.write_str("the same transaction is waiting already"),
			Self::TooLowPriority => f.write_str(
				"another transaction of this account is waiting in its place; try again when it is in a block",
			),
			Self::TemporarilyBanned => f.write_str(
				"the node refused this transaction a short while ago and does not look at it again yet; try again later",
			),
			Self::PoolFull => f.write_str("the node's pool is full; try again in a moment"),
			Self::Other(text) => write!(f, "the node did not take the transaction: {text}"),
		}
	}
}

fn until_next_window(now: SystemTime) -> Duration {
	let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
	let into_window = since_epoch.as_secs() % QUOTA_WINDOW.as_secs();
	QUOTA_WINDOW - Duration::from_secs(into_window)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn refusal(code: i32, data: &str) -> Option<Refusal> {
		Refusal::from_rpc(&ErrorObject::owned(code, "Invalid Transaction", Some(data)))
	}

	#[test]
	fn each_code_of_the_extension_has_its_own_meaning() {
		let expected = [
			Refusal::NotParticipant,
			Refusal::Suspended,
			Refusal::Retired,
			Refusal::RotatedAway,
			Refusal::TooManyPending,
			Refusal::OperatorMayNot,
			Refusal::NotForSigner,
		];
		for (code, meaning) in [1, 2, 3, 4, 6, 7, 8].into_iter().zip(expected) {
			assert_eq!(refusal(1010, &format!("Custom error: {code}")), Some(meaning));
		}
		assert!(matches!(
			refusal(1010, "Custom error: 5"),
			Some(Refusal::QuotaUsedUp { retry_in }) if retry_in <= QUOTA_WINDOW
		));
		assert_eq!(
			refusal(1010, "Custom error: 99"),
			Some(Refusal::Other("Custom error: 99".into()))
		);
	}

	#[test]
	fn every_refusal_is_said_differently() {
		let all = [
			Refusal::NotParticipant,
			Refusal::Suspended,
			Refusal::Retired,
			Refusal::RotatedAway,
			Refusal::QuotaUsedUp { retry_in: Duration::from_secs(61) },
			Refusal::TooManyPending,
			Refusal::OperatorMayNot,
			Refusal::NotForSigner,
			Refusal::Outdated,
			Refusal::Future,
			Refusal::BadSignature,
			Refusal::AncientBirthBlock,
			Refusal::AlreadyInPool,
			Refusal::TooLowPriority,
			Refusal::TemporarilyBanned,
			Refusal::PoolFull,
			Refusal::Other("x".into()),
		];
		let words: std::collections::BTreeSet<_> = all.iter().map(ToString::to_string).collect();
		assert_eq!(words.len(), all.len());
		assert!(all[4].to_string().contains("try again in 2 minutes"));
	}

	#[test]
	fn what_concerns_the_signer_does_not_pass_with_time() {
		assert!(Refusal::NotParticipant.concerns_signer());
		assert!(!Refusal::BadSignature.concerns_signer());
		let quota = Refusal::QuotaUsedUp { retry_in: Duration::from_secs(1) };
		assert!(!quota.concerns_signer() && quota.is_temporary());
		for refusal in [
			Refusal::NotParticipant,
			Refusal::Suspended,
			Refusal::Retired,
			Refusal::RotatedAway,
			Refusal::OperatorMayNot,
			Refusal::NotForSigner,
		] {
			assert!(refusal.concerns_signer() && !refusal.is_temporary(), "{refusal}");
		}
	}

	#[test]
	fn the_node_s_own_causes_are_told_apart() {
		assert_eq!(refusal(1010, "Transaction is outdated"), Some(Refusal::Outdated));
		assert_eq!(refusal(1010, "Transaction has a bad signature"), Some(Refusal::BadSignature));
		assert_eq!(refusal(1014, "low"), Some(Refusal::TooLowPriority));
		assert_eq!(refusal(1016, "full"), Some(Refusal::PoolFull));
		assert_eq!(refusal(1002, "trap"), Some(Refusal::Other("Invalid Transaction: trap".into())));
		assert_eq!(refusal(-32603, "internal"), None);
	}

	#[test]
	fn windows_begin_at_multiples_of_their_length() {
		let at = |seconds| until_next_window(UNIX_EPOCH + Duration::from_secs(seconds));
		assert_eq!(at(1_800_000_000), QUOTA_WINDOW);
		assert_eq!(at(1_800_000_001), QUOTA_WINDOW - Duration::from_secs(1));
		assert_eq!(at(1_800_000_599), Duration::from_secs(1));
	}
}
