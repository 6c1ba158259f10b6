//! Staff credentials: a provider says with its gatekeeper key which of its people, in which role and for
//! which purposes, is behind a session key. A person stands in it under a pseudonym that the provider
//! alone can resolve.

use crate::{
	delegation::Delegation,
	encoding,
	gatekeeper_key::{GatekeeperSecret, GatekeeperSignature},
	session::SessionKeyId,
};
use codec::Encode;
use http::StatusCode;
use medrec_primitives::{GatekeeperKey, Hash, Moment, ParticipantId, Purpose, Purposes};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const DOMAIN: &[u8] = b"medrec/staff/v1";

/// Longest time for which a credential may hold.
pub const MAX_STAFF_LIFETIME: Moment = 24 * 3_600_000;

/// Most characters of a pseudonym.
pub const MAX_PSEUDONYM: usize = 64;

/// What a provider calls one of its people towards others: 1 to [`MAX_PSEUDONYM`] letters and digits of
/// ASCII, `.`, `_` and `-`. Who that is, only the provider knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Pseudonym(String);

/// The text is no pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pseudonym is 1 to {MAX_PSEUDONYM} letters and digits of ASCII, `.`, `_` and `-`")]
pub struct PseudonymError;

impl Pseudonym {
	/// As text.
	pub fn as_str(&self) -> &str {
		&self.0
	}
}

impl fmt::Display for Pseudonym {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&self.0)
	}
}

impl FromStr for Pseudonym {
	type Err = PseudonymError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		text.to_owned().try_into()
	}
}

impl TryFrom<String> for Pseudonym {
	type Error = PseudonymError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
		if (1..=MAX_PSEUDONYM).contains(&text.len()) && text.bytes().all(fits) {
			return Ok(Self(text));
		}
		Err(PseudonymError)
	}
}

impl From<Pseudonym> for String {
	fn from(pseudonym: Pseudonym) -> Self {
		pseudonym.0
	}
}

/// What one of a provider's people is there; its name in JSON and texts is in kebab case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Role {
	/// A physician.
	Physician,
	/// A nurse.
	Nurse,
	/// A pharmacist.
	Pharmacist,
	/// A therapist.
	Therapist,
	/// Keeps the records.
	Records,
	/// Bills for care.
	Billing,
	/// A researcher.
	Researcher,
	/// Runs the institution.
	Administration,
}

/// The text names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no role; there are {}", Role::ALL.map(Role::name).join(", "))]
pub struct RoleError {
	/// The text.
	pub name: String,
}

impl Role {
	/// Every role.
	pub const ALL: [Self; 8] = [
		Self::Physician,
		Self::Nurse,
		Self::Pharmacist,
		Self::Therapist,
		Self::Records,
		Self::Billing,
		Self::Researcher,
		Self::Administration,
	];

	/// Its name.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Physician => "physician",
			Self::Nurse => "nurse",
			Self::Pharmacist => "pharmacist",
			Self::Therapist => "therapist",
			Self::Records => "records",
			Self::Billing => "billing",
			Self::Researcher => "researcher",
			Self::Administration => "administration",
		}
	}
}

impl fmt::Display for Role {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}

impl FromStr for Role {
	type Err = RoleError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Self::ALL
			.into_iter()
			.find(|role| role.name() == text)
			.ok_or_else(|| RoleError { name: text.to_owned() })
	}
}

impl TryFrom<String> for Role {
	type Error = RoleError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

impl From<Role> for String {
	fn from(role: Role) -> Self {
		role.name().to_owned()
	}
}

/// Who of a provider's people, as logs keep it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaffMember {
	/// Pseudonym.
	pub pseudonym: Pseudonym,
	/// Role.
	pub role: Role,
}

impl fmt::Display for StaffMember {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "{} {}", self.role, self.pseudonym)
	}
}

/// What a provider signs about one of its people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaffCredential {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider whose people they are: the actor of the requests.
	pub provider: ParticipantId,
	/// Who it is.
	pub pseudonym: Pseudonym,
	/// What she is there.
	pub role: Role,
	/// What she may ask for, at least one purpose; what a role may ask for at a gatekeeper limits it
	/// further.
	pub purposes: Purposes,
	/// The only session key that it goes with.
	pub session_key: SessionKeyId,
	/// First moment at which it holds.
	pub from: Moment,
	/// First moment at which it no longer does; at most [`MAX_STAFF_LIFETIME`] after `from`.
	pub until: Moment,
}

/// A credential with the signature of the provider's gatekeeper key. Header `medrec-staff`: unpadded
/// base64url of this as JSON; the same JSON is what a provider hands out as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStaffCredential {
	/// What was signed.
	pub credential: StaffCredential,
	/// Over [`StaffCredential::payload`].
	pub signature: GatekeeperSignature,
}

/// Why a staff credential is not one, or not for this request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StaffError {
	/// Not base64url of the JSON form.
	#[error("medrec-staff cannot be read: {0}")]
	Header(String),
	/// It ends before it begins.
	#[error("the staff credential ends before it begins")]
	Empty,
	/// It names no purpose.
	#[error("the staff credential names no purpose")]
	NoPurpose,
	/// It holds for more than [`MAX_STAFF_LIFETIME`].
	#[error("the staff credential holds for more than 24 hours")]
	TooLong,
	/// It is for another chain.
	#[error("the staff credential is for the chain {0:?}, not for the session's")]
	AnotherChain(Hash),
	/// It is of another provider's people.
	#[error("the staff credential is of the people of participant {provider}, the request is participant {actor}'s")]
	AnotherProvider {
		/// Provider in the credential.
		provider: ParticipantId,
		/// Who asks.
		actor: ParticipantId,
	},
	/// It goes with another session key.
	#[error("the staff credential is for the session key `{0}`, which did not sign the request; have one issued for this session")]
	AnotherKey(SessionKeyId),
	/// It begins later.
	#[error("the staff credential begins {0} ms in the future; set the device's clock")]
	NotYetValid(Moment),
	/// It is over.
	#[error("the staff credential is over; have a new one issued")]
	Expired,
	/// Whose people it says they are is no provider on the chain.
	#[error("the staff credential is of the people of participant {0}, which is no provider")]
	NoProvider(ParticipantId),
	/// It is not signed with the provider's gatekeeper key.
	#[error("the staff credential is not signed with the gatekeeper key that its provider has on the chain")]
	SignatureInvalid,
}

impl StaffError {
	/// Its name in error bodies; never changes.
	pub const fn code(&self) -> &'static str {
		match self {
			Self::Header(_) | Self::Empty | Self::NoPurpose => "staff-malformed",
			Self::TooLong => "staff-lifetime-too-long",
			Self::AnotherChain(_) => "staff-for-another-chain",
			Self::AnotherProvider { .. } => "staff-for-another-provider",
			Self::AnotherKey(_) => "staff-for-another-key",
			Self::NotYetValid(_) => "staff-not-yet-valid",
			Self::Expired => "staff-expired",
			Self::NoProvider(_) => "staff-of-no-provider",
			Self::SignatureInvalid => "staff-signature-invalid",
		}
	}

	/// Status that it is answered with: 400 for what cannot be read, otherwise 401.
	pub const fn status(&self) -> StatusCode {
		match self {
			Self::Header(_) | Self::Empty | Self::NoPurpose => StatusCode::BAD_REQUEST,
			_ => StatusCode::UNAUTHORIZED,
		}
	}
}

impl StaffCredential {
	/// Sign it with the gatekeeper key of the provider.
	///
	/// Errors: those of [`Self::check`].
	pub fn sign(self, key: &GatekeeperSecret) -> Result<SignedStaffCredential, StaffError> {
		self.check()?;
		let signature = key.sign(&self.payload());
		Ok(SignedStaffCredential { credential: self, signature })
	}

	/// What is signed: `"medrec/staff/v1" ‖ SCALE(genesis, provider u64, pseudonym, role, purposes u8,
	/// session key, from u64, until u64)`; pseudonym, role and session key as the bytes of their texts.
	pub fn payload(&self) -> Vec<u8> {
		let mut bytes = DOMAIN.to_vec();
		let session_key = self.session_key.to_string();
		(
			self.genesis,
			self.provider,
			self.pseudonym.as_str(),
			self.role.name(),
			self.purposes,
			session_key.as_str(),
			self.from,
			self.until,
		)
			.encode_to(&mut bytes);
		bytes
	}

	/// Whether it names a purpose, and its interval is not empty and not too long.
	///
	/// Errors: [`StaffError::Empty`], [`StaffError::TooLong`], [`StaffError::NoPurpose`].
	pub fn check(&self) -> Result<(), StaffError> {
		let lifetime = self.until.saturating_sub(self.from);
		if lifetime == 0 {
			return Err(StaffError::Empty);
		}
		if lifetime > MAX_STAFF_LIFETIME {
			return Err(StaffError::TooLong);
		}
		if self.purposes.is_empty() {
			return Err(StaffError::NoPurpose);
		}
		Ok(())
	}

	/// Whether it goes with requests of this session.
	///
	/// Errors: [`StaffError::AnotherChain`], [`StaffError::AnotherProvider`], [`StaffError::AnotherKey`].
	pub fn check_session(&self, delegation: &Delegation) -> Result<(), StaffError> {
		if self.genesis != delegation.genesis {
			return Err(StaffError::AnotherChain(self.genesis));
		}
		if self.provider != delegation.participant {
			return Err(StaffError::AnotherProvider {
				provider: self.provider,
				actor: delegation.participant,
			});
		}
		if self.session_key != delegation.session_key {
			return Err(StaffError::AnotherKey(self.session_key));
		}
		Ok(())
	}

	/// Whether it holds now, for one whose clock may be ahead by `max_clock_skew`.
	///
	/// Errors: [`StaffError::NotYetValid`], [`StaffError::Expired`].
	pub fn check_time(&self, now: Moment, max_clock_skew: Moment) -> Result<(), StaffError> {
		if self.from > now.saturating_add(max_clock_skew) {
			return Err(StaffError::NotYetValid(self.from.saturating_sub(now)));
		}
		if now >= self.until {
			return Err(StaffError::Expired);
		}
		Ok(())
	}

	/// Whether it allows to ask for this.
	pub fn allows(&self, purpose: Purpose) -> bool {
		self.purposes.contains(purpose.into())
	}

	/// Who it is, as logs keep it.
	pub fn member(&self) -> StaffMember {
		StaffMember { pseudonym: self.pseudonym.clone(), role: self.role }
	}
}

impl SignedStaffCredential {
	/// Whether it is signed with this key: the provider's gatekeeper key, from the chain.
	///
	/// Errors: [`StaffError::SignatureInvalid`].
	pub fn verify(&self, key: &GatekeeperKey) -> Result<(), StaffError> {
		let signed = self.signature.verify(key, &self.credential.payload());
		signed.then_some(()).ok_or(StaffError::SignatureInvalid)
	}

	/// Value of `medrec-staff`.
	///
	/// Errors: [`StaffError::Header`] if it names purposes that this version does not know.
	pub fn header_value(&self) -> Result<String, StaffError> {
		encoding::to_base64url_json(self).map_err(|error| StaffError::Header(error.to_string()))
	}

	/// Reads [`Self::header_value`] and checks what [`StaffCredential::check`] does, not the signature.
	///
	/// Errors: [`StaffError::Header`], and those of [`StaffCredential::check`].
	pub fn from_header_value(value: &str) -> Result<Self, StaffError> {
		let signed: Self = encoding::from_base64url_json(value).map_err(StaffError::Header)?;
		signed.credential.check()?;
		Ok(signed)
	}
}
