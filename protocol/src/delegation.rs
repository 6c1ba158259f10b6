//! Delegations: an account lets a session key act for it at one gatekeeper for up to 24 hours, in a
//! text that its owner can read before signing.

use crate::{
	account::AccountKey, encoding, format_moment, origin::Origin, parse_moment,
	session::SessionKeyId, signature::AccountSignature,
};
use medrec_primitives::{AccountId, Epoch, Hash, Moment, ParticipantId};
use serde::{Deserialize, Serialize};
use sp_runtime::traits::Verify;
use std::{fmt, str::FromStr};

/// Longest time for which a delegation may hold.
pub const MAX_DELEGATION_LIFETIME: Moment = 24 * 3_600_000;

const TITLE: &str = "MedRec session key";
const GATEKEEPER: &str = "Gatekeeper: ";
const CHAIN: &str = "Chain: ";
const PARTICIPANT: &str = "Participant: ";
const EPOCH: &str = "Epoch: ";
const SESSION_KEY: &str = "Session key: ";
const USE: &str = "Use: read and manage records";
const FROM: &str = "From: ";
const UNTIL: &str = "Until: ";

/// What the account signs. `Display` gives the text, `FromStr` reads exactly that text:
///
/// ```text
/// MedRec session key
/// Gatekeeper: https://mercy.example
/// Chain: 0x<64 hexadecimal digits>
/// Participant: 42
/// Epoch: 0
/// Session key: ed25519:<43 digits of unpadded base64url>
/// Use: read and manage records
/// From: 2026-11-22T18:00:00.000Z
/// Until: 2026-11-23T18:00:00.000Z
/// ```
///
/// Lines are separated by a line feed; none follows the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
	/// The only gatekeeper at which it holds.
	pub gatekeeper: Origin,
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The participant whose account signs.
	pub participant: ParticipantId,
	/// The participant's epoch; the delegation dies with it.
	pub epoch: Epoch,
	/// Who may act.
	pub session_key: SessionKeyId,
	/// First moment at which it holds.
	pub from: Moment,
	/// First moment at which it no longer does.
	pub until: Moment,
}

/// A delegation with the account's signature over its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDelegation {
	/// What was signed.
	pub delegation: Delegation,
	/// Over the text, or over `<Bytes>text</Bytes>` as browser wallets sign.
	pub signature: AccountSignature,
}

/// Why a delegation is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DelegationError {
	/// The header is not base64url of `{"text": …, "signature": {"scheme": …, "value": …}}`.
	#[error("medrec-delegation cannot be read: {0}")]
	Header(String),
	/// The text is not in its one form.
	#[error("the delegation's text is not in its form: {0}")]
	Text(&'static str),
	/// It ends before it begins.
	#[error("the delegation ends before it begins")]
	Empty,
	/// It holds for more than [`MAX_DELEGATION_LIFETIME`].
	#[error("the delegation holds for more than 24 hours")]
	TooLong,
	/// The signature is not the account's.
	#[error("the delegation is not signed by the participant's account")]
	SignatureInvalid,
	/// It was made in another epoch.
	#[error("the delegation is of epoch {delegated}, the participant is in epoch {current}: make a new session")]
	EpochOver {
		/// Epoch in the delegation.
		delegated: Epoch,
		/// Epoch on the chain.
		current: Epoch,
	},
}

impl Delegation {
	/// Sign it with the participant's account.
	///
	/// Errors: [`DelegationError::Empty`], [`DelegationError::TooLong`].
	pub fn sign(self, account_key: &AccountKey) -> Result<SignedDelegation, DelegationError> {
		self.check_interval()?;
		let signature = account_key.sign_for_wire(self.to_string().as_bytes());
		Ok(SignedDelegation { delegation: self, signature })
	}

	/// Whether the interval is not empty and not too long.
	///
	/// Errors: [`DelegationError::Empty`], [`DelegationError::TooLong`].
	pub fn check_interval(&self) -> Result<(), DelegationError> {
		let lifetime = self.until.saturating_sub(self.from);
		if lifetime == 0 {
			return Err(DelegationError::Empty);
		}
		if lifetime > MAX_DELEGATION_LIFETIME {
			return Err(DelegationError::TooLong);
		}
		Ok(())
	}
}

impl fmt::Display for Delegation {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		writeln!(f, "{TITLE}")?;
		writeln!(f, "{GATEKEEPER}{}", self.gatekeeper)?;
		writeln!(f, "{CHAIN}{:?}", self.genesis)?;
		writeln!(f, "{PARTICIPANT}{}", self.participant)?;
		writeln!(f, "{EPOCH}{}", self.epoch)?;
		writeln!(f, "{SESSION_KEY}{}", self.session_key)?;
		writeln!(f, "{USE}")?;
		writeln!(f, "{FROM}{}", format_moment(self.from))?;
		write!(f, "{UNTIL}{}", format_moment(self.until))
	}
}

impl FromStr for Delegation {
	type Err = DelegationError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let mut lines = text.split('\n');
		let mut line = |start: &str| lines.next().and_then(|line| line.strip_prefix(start));
		let refuse = DelegationError::Text;

		line(TITLE).ok_or(refuse("the first line is `MedRec session key`"))?;
		let delegation = Self {
			gatekeeper: line(GATEKEEPER)
				.and_then(|value| value.parse().ok())
				.ok_or(refuse("line 2 is `Gatekeeper: ` and an origin"))?,
			genesis: line(CHAIN)
				.and_then(encoding::hash_from_hex)
				.ok_or(refuse("line 3 is `Chain: ` and a genesis hash"))?,
			participant: line(PARTICIPANT)
				.and_then(|value| value.parse().ok())
				.ok_or(refuse("line 4 is `Participant: ` and a number"))?,
			epoch: line(EPOCH)
				.and_then(|value| value.parse().ok())
				.ok_or(refuse("line 5 is `Epoch: ` and a number"))?,
			session_key: line(SESSION_KEY)
				.and_then(|value| value.parse().ok())
				.ok_or(refuse("line 6 is `Session key: ed25519:` and a key"))?,
			from: line(USE)
				.and_then(|_| line(FROM))
				.and_then(|value| parse_moment(value).ok())
				.ok_or(refuse("line 7 says the use, line 8 is `From: ` and a moment"))?,
			until: line(UNTIL)
				.and_then(|value| parse_moment(value).ok())
				.ok_or(refuse("line 9 is `Until: ` and a moment"))?,
		};
		// Numbers with a sign or leading zeros, further lines and trailing text end here.
		if delegation.to_string() != text {
			return Err(refuse("it differs from the text of what it says"));
		}
		Ok(delegation)
	}
}

/// JSON in the header.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderContent {
	text: String,
	signature: AccountSignature,
}

impl SignedDelegation {
	/// Whether it is signed by this account, and of this epoch (both from the chain).
	///
	/// Errors: [`DelegationError::SignatureInvalid`], [`DelegationError::EpochOver`].
	pub fn verify(&self, account: &AccountId, epoch: Epoch) -> Result<(), DelegationError> {
		let text = self.delegation.to_string();
		let wrapped = format!("<Bytes>{text}</Bytes>");
		let signature = self.signature.as_signature();
		let signed = [&text, &wrapped]
			.into_iter()
			.any(|message| signature.verify(message.as_bytes(), account));
		if !signed {
			return Err(DelegationError::SignatureInvalid);
		}
		if self.delegation.epoch != epoch {
			return Err(DelegationError::EpochOver {
				delegated: self.delegation.epoch,
				current: epoch,
			});
		}
		Ok(())
	}

	/// Value of `medrec-delegation`.
	pub fn header_value(&self) -> String {
		let content =
			HeaderContent { text: self.delegation.to_string(), signature: self.signature.clone() };
		encoding::to_base64url_json(&content)
			.expect("a structure of strings has JSON, and writing to memory does not fail; qed")
	}

	/// Reads [`Self::header_value`] and checks the interval, not the signature.
	///
	/// Errors: all but [`DelegationError::SignatureInvalid`] and [`DelegationError::EpochOver`].
	pub fn from_header_value(value: &str) -> Result<Self, DelegationError> {
		let HeaderContent { text, signature } =
			encoding::from_base64url_json(value).map_err(DelegationError::Header)?;
		let delegation: Delegation = text.parse()?;
		delegation.check_interval()?;
		Ok(Self { delegation, signature })
	}
}
