//! Operator: the consent of the account that is to register and enrol for a provider, in a file that goes
//! from the gatekeeper's machine to who has the provider's own account.

use crate::{account::AccountKey, registration::ConsentError, signature::AccountSignature};
use medrec_primitives::{AccountId, Consent, Hash, ParticipantId, Signature};
use serde::{Deserialize, Serialize};

/// The file, as JSON. Everything in it becomes public with the call.
///
/// It has no deadline, because only the provider that it names can use it: it holds until the account's
/// nonce is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorConsent {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider that the account is to act for.
	pub provider: ParticipantId,
	/// The account (SS58).
	pub account: AccountId,
	/// The account's nonce on the chain, 0 for a new one.
	pub nonce: u32,
	/// Over the payload of [`Consent::Operate`].
	pub signature: AccountSignature,
}

impl OperatorConsent {
	/// Consent to acting for a provider.
	pub fn sign(key: &AccountKey, genesis: Hash, provider: ParticipantId, nonce: u32) -> Self {
		Self {
			genesis,
			provider,
			account: key.account_id(),
			nonce,
			signature: key.consent(&Consent::Operate { provider }, &genesis, nonce),
		}
	}

	/// What the call `set_operator` takes.
	pub fn operator(&self) -> (AccountId, Signature) {
		(self.account.clone(), self.signature.clone().into())
	}

	/// Whether the consent holds, for this chain and provider, if the account's nonce is still
	/// [`Self::nonce`].
	///
	/// Errors: [`ConsentError::AnotherChain`], [`ConsentError::AnotherProvider`],
	/// [`ConsentError::SignatureInvalid`].
	pub fn verify(&self, genesis: &Hash, provider: ParticipantId) -> Result<(), ConsentError> {
		if self.genesis != *genesis {
			return Err(ConsentError::AnotherChain(self.genesis));
		}
		if self.provider != provider {
			return Err(ConsentError::AnotherProvider(self.provider));
		}
		let signature = self.signature.as_signature();
		Consent::Operate { provider }
			.verify(genesis, &self.account, self.nonce, signature)
			.then_some(())
			.ok_or(ConsentError::SignatureInvalid)
	}
}
