//! Registration: the consent of who wants to be on the chain without becoming a patron, such as a
//! pharmacist, in a file that a provider's staff pass to the gatekeeper.

use crate::{encoding, identity::Identity, signature::AccountSignature};
use medrec_primitives::{
	AccountId, Consent, EncryptionKey, Hash, Moment, ParticipantId, ParticipantKind, Signature,
	SignedConsent, MAX_CONSENT_LIFETIME,
};
use serde::{Deserialize, Serialize};

/// The file, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistrationConsent {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider that may register.
	pub provider: ParticipantId,
	/// The account that wants to be registered (SS58).
	pub account: AccountId,
	/// As what; not `provider`.
	pub kind: ParticipantKind,
	/// Where messages to it are sealed to, `0x…`.
	#[serde(with = "encoding::hex_bytes")]
	pub encryption_key: EncryptionKey,
	/// First moment at which the consent no longer holds; at most [`MAX_CONSENT_LIFETIME`] ahead.
	pub deadline: Moment,
	/// The account's nonce on the chain, 0 for a new one.
	pub nonce: u32,
	/// Over the payload of [`Consent::Register`].
	pub signature: AccountSignature,
}

/// Why a consent to an enrolment or a registration, or to being an operator account, does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
	/// It is for another chain.
	#[error("the consent is for the chain {0:?}; make one for this chain")]
	AnotherChain(Hash),
	/// It is for another provider.
	#[error("the consent is for provider {0}; make one for this provider")]
	AnotherProvider(ParticipantId),
	/// Providers come through the council only.
	#[error("providers are admitted by the council, not by a consent")]
	KindNotAllowed,
	/// Its deadline is over.
	#[error("the consent is over; sign a new one")]
	Expired,
	/// Its deadline is further ahead than the chain accepts.
	#[error("the consent's deadline is more than 7 days ahead; sign one with an earlier deadline")]
	DeadlineTooFar,
	/// It is not signed by its account, over its content, at its nonce.
	#[error("the consent is not signed by the account that it names")]
	SignatureInvalid,
}

impl ConsentError {
	/// Its name in error bodies; never changes.
	pub const fn code(&self) -> &'static str {
		match self {
			Self::AnotherChain(_) => "consent-for-another-chain",
			Self::AnotherProvider(_) => "consent-for-another-provider",
			Self::KindNotAllowed => "consent-kind-not-allowed",
			Self::Expired => "consent-expired",
			Self::DeadlineTooFar => "consent-deadline-too-far",
			Self::SignatureInvalid => "consent-signature-invalid",
		}
	}
}

impl RegistrationConsent {
	/// Consent to being registered by a provider.
	pub fn sign(
		identity: &Identity,
		genesis: Hash,
		provider: ParticipantId,
		kind: ParticipantKind,
		deadline: Moment,
		nonce: u32,
	) -> Self {
		let encryption_key = identity.encryption_key();
		let consent = Consent::Register { provider, kind, encryption_key, deadline };
		Self {
			genesis,
			provider,
			account: identity.account_id(),
			kind,
			encryption_key,
			deadline,
			nonce,
			signature: identity.account_key.consent(&consent, &genesis, nonce),
		}
	}

	/// What the call `register` takes.
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
	/// Errors: all of [`ConsentError`].
	pub fn verify(
		&self,
		genesis: &Hash,
		provider: ParticipantId,
		now: Moment,
	) -> Result<(), ConsentError> {
		if self.genesis != *genesis {
			return Err(ConsentError::AnotherChain(self.genesis));
		}
		if self.provider != provider {
			return Err(ConsentError::AnotherProvider(self.provider));
		}
		let consent = Consent::Register {
			provider,
			kind: self.kind,
			encryption_key: self.encryption_key,
			deadline: self.deadline,
		};
		check_consent(&self.signed_consent(), &consent, genesis, self.nonce, now)
	}
}

/// What enrolments and registrations have in common.
pub(crate) fn check_consent(
	signed: &SignedConsent<AccountId, Signature>,
	consent: &Consent,
	genesis: &Hash,
	nonce: u32,
	now: Moment,
) -> Result<(), ConsentError> {
	if signed.kind == ParticipantKind::Provider {
		return Err(ConsentError::KindNotAllowed);
	}
	if now >= signed.deadline {
		return Err(ConsentError::Expired);
	}
	if signed.deadline - now > MAX_CONSENT_LIFETIME {
		return Err(ConsentError::DeadlineTooFar);
	}
	if !consent.verify(genesis, &signed.account, nonce, &signed.signature) {
		return Err(ConsentError::SignatureInvalid);
	}
	Ok(())
}
