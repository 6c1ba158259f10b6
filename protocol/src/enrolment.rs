//! Enrolment: a provider hands a patient a code, her client answers with her signed consent, staff
//! confirm that the account is hers, and the gatekeeper puts it on the chain.

use crate::{
	encoding,
	identity::Identity,
	origin::Origin,
	registration::{check_consent, ConsentError},
	signature::AccountSignature,
};
use medrec_primitives::{
	AccountId, Consent, EncryptionKey, Hash, Moment, ParticipantId, ParticipantKind,
	RelationshipId, Signature, SignedConsent,
};
use rand::{rngs::OsRng, RngCore};
use serde::{Deserialize, Serialize};
use sp_crypto_hashing::blake2_256;
use std::{fmt, str::FromStr};
use url::Url;
use zeroize::{Zeroize, ZeroizeOnDrop};

const SECRET_DOMAIN: &[u8] = b"medrec/enrolment-secret/v1";

/// 128 random bits that stand for one enrolment; unpadded base64url as text and in JSON. Wiped from
/// memory when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnrolmentSecret(#[serde(with = "encoding::base64url_bytes")] [u8; 16]);

impl EnrolmentSecret {
	/// A fresh one.
	pub fn random() -> Self {
		let mut bytes = [0; 16];
		OsRng.fill_bytes(&mut bytes);
		Self(bytes)
	}

	/// From its bytes.
	pub const fn from_bytes(bytes: [u8; 16]) -> Self {
		Self(bytes)
	}

	/// What a gatekeeper stores and looks up instead of the secret:
	/// `blake2_256("medrec/enrolment-secret/v1" ‖ secret)`.
	pub fn hash(&self) -> Hash {
		blake2_256(&[SECRET_DOMAIN, self.0.as_slice()].concat()).into()
	}
}

impl fmt::Debug for EnrolmentSecret {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str("EnrolmentSecret")
	}
}

/// What a provider hands to a patient, printed or as a QR code. As text
/// `medrec:enrol?gatekeeper=https%3A%2F%2Fmercy.example&genesis=0x…&provider=1&secret=…`; exactly that
/// is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentCode {
	/// The provider's gatekeeper. A client compares it with the provider's endpoint on the chain.
	pub gatekeeper: Origin,
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider.
	pub provider: ParticipantId,
	/// Stands for the enrolment.
	pub secret: EnrolmentSecret,
}

/// The text is no enrolment code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not an enrolment code: it begins with `medrec:enrol?` and was changed or cut off")]
pub struct EnrolmentCodeError;

impl fmt::Display for EnrolmentCode {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let query = url::form_urlencoded::Serializer::new(String::new())
			.append_pair("gatekeeper", &self.gatekeeper.to_string())
			.append_pair("genesis", &format!("{:?}", self.genesis))
			.append_pair("provider", &self.provider.to_string())
			.append_pair("secret", &encoding::to_base64url(&self.secret.0))
			.finish();
		write!(f, "medrec:enrol?{query}")
	}
}

impl FromStr for EnrolmentCode {
	type Err = EnrolmentCodeError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		read_uri(text).filter(|read| read.to_string() == text).ok_or(EnrolmentCodeError)
	}
}

fn read_uri(text: &str) -> Option<EnrolmentCode> {
	let uri = Url::parse(text).ok()?;
	let value = |key: &str| uri.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value);
	Some(EnrolmentCode {
		gatekeeper: value("gatekeeper")?.parse().ok()?,
		genesis: encoding::hash_from_hex(&value("genesis")?)?,
		provider: value("provider")?.parse().ok()?,
		secret: EnrolmentSecret(encoding::array_from_base64url(&value("secret")?)?),
	})
}

/// Body of `POST /v1/enrolments`, which nobody signs as a request, since the patient is not on the
/// chain yet: the code's secret and her account's signature stand for her.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolmentRequest {
	/// From the code.
	pub secret: EnrolmentSecret,
	/// The patient's account (SS58).
	pub account: AccountId,
	/// Kind that it is registered as, if new.
	pub kind: ParticipantKind,
	/// Where messages to her are sealed to, `0x…`.
	#[serde(with = "encoding::hex_bytes")]
	pub encryption_key: EncryptionKey,
	/// First moment at which the consent no longer holds; at most
	/// [`MAX_CONSENT_LIFETIME`](medrec_primitives::MAX_CONSENT_LIFETIME) ahead.
	pub deadline: Moment,
	/// The account's nonce on the chain, 0 for a new one. The consent dies when it is consumed.
	pub nonce: u32,
	/// Over the payload of [`Consent::Enrol`].
	pub signature: AccountSignature,
}

impl EnrolmentRequest {
	/// Consent to the enrolment that a code stands for.
	pub fn sign(
		code: &EnrolmentCode,
		identity: &Identity,
		kind: ParticipantKind,
		deadline: Moment,
		nonce: u32,
	) -> Self {
		let encryption_key = identity.encryption_key();
		let consent = Consent::Enrol { steward: code.provider, kind, encryption_key, deadline };
		Self {
			secret: code.secret.clone(),
			account: identity.account_id(),
			kind,
			encryption_key,
			deadline,
			nonce,
			signature: identity.account_key.consent(&consent, &code.genesis, nonce),
		}
	}

	/// What the account agrees to.
	pub const fn consent(&self, provider: ParticipantId) -> Consent {
		Consent::Enrol {
			steward: provider,
			kind: self.kind,
			encryption_key: self.encryption_key,
			deadline: self.deadline,
		}
	}

	/// What the call `enrol` takes.
	pub fn signed_consent(&self) -> SignedConsent<AccountId, Signature> {
		SignedConsent {
			account: self.account.clone(),
			kind: self.kind,
			encryption_key: self.encryption_key,
			deadline: self.deadline,
			signature: self.signature.clone().into(),
		}
	}

	/// Whether the consent holds, for this chain, provider and moment, if the account's nonce is still
	/// [`Self::nonce`].
	///
	/// Errors: all of [`ConsentError`] but those that name another chain or provider.
	pub fn verify(
		&self,
		genesis: &Hash,
		provider: ParticipantId,
		now: Moment,
	) -> Result<(), ConsentError> {
		check_consent(&self.signed_consent(), &self.consent(provider), genesis, self.nonce, now)
	}
}

/// Body of `POST /v1/enrolments/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolmentStatusRequest {
	/// From the code.
	pub secret: EnrolmentSecret,
	/// The account that consented.
	pub account: AccountId,
}

/// Answer of `POST /v1/enrolments` and `POST /v1/enrolments/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolmentStatus {
	/// How far it is.
	pub state: EnrolmentState,
	/// The account's [`fingerprint`](crate::account::fingerprint), which staff compare with the patient.
	/// A client shows its own.
	pub fingerprint: String,
	/// When the consent ends, unless the enrolment is active before.
	pub deadline: Moment,
	/// The participant, once active.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub participant: Option<ParticipantId>,
	/// The relationship, once active.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub relationship: Option<RelationshipId>,
}

/// How far an enrolment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EnrolmentState {
	/// Staff have not confirmed yet.
	Pending,
	/// Staff confirmed; not sent to the chain yet.
	Confirmed,
	/// Sent to the chain, not in a finalized block yet.
	Submitted,
	/// On the chain.
	Active,
	/// The deadline passed, or the account's nonce was consumed: sign a new consent.
	Expired,
	/// Staff, or the chain, refused.
	Refused,
}
