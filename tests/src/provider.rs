//! The providers of the `local` chain and their published keys.

use medrec_primitives::ParticipantId;
use sp_core::{ed25519, Pair};

/// A provider of the `local` chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
	/// Its number on the chain.
	pub participant: ParticipantId,
	/// Its name.
	pub name: &'static str,
	/// Whose published key it has.
	pub key: &'static str,
}

/// The four.
pub const PROVIDERS: [Provider; 4] = [
	Provider { participant: 0, name: "Mercy Hospital", key: "Alice" },
	Provider { participant: 1, name: "Lakeside Clinic", key: "Bob" },
	Provider { participant: 2, name: "Northgate Hospital", key: "Charlie" },
	Provider { participant: 3, name: "Harbour Practice", key: "Dave" },
];

/// Three more, of chains with seven providers.
pub const MORE_PROVIDERS: [Provider; 3] = [
	Provider { participant: 4, name: "Riverside Hospital", key: "Eve" },
	Provider { participant: 5, name: "Hillcrest Clinic", key: "Ferdie" },
	Provider { participant: 6, name: "Seaview Practice", key: "One" },
];

/// One that has session keys on such a chain, and no authority.
pub const CANDIDATE: Provider = Provider { participant: 7, name: "Brookside Hospital", key: "Two" };

/// Records of the sample patient are at these two.
pub const MERCY: Provider = PROVIDERS[0];
/// See [`MERCY`].
pub const LAKESIDE: Provider = PROVIDERS[1];

impl Provider {
	/// Flag with which a node validates as this provider.
	pub fn node_flag(&self) -> String {
		format!("--{}", self.key.to_lowercase())
	}

	/// Secret of the account that acts as this provider: words and a derivation path.
	pub fn secret(&self) -> String {
		format!("{}//{}", sp_core::crypto::DEV_PHRASE, self.key)
	}

	/// Secret of its operator account.
	pub fn operator_secret(&self) -> String {
		format!("{}//operator", self.secret())
	}

	/// Secret that its gatekeeper signs with: 0x and 64 digits.
	pub fn gatekeeper_secret(&self) -> String {
		let pair = ed25519::Pair::from_string(&format!("{}//gatekeeper", self.secret()), None)
			.expect("a published phrase with a derivation path; qed");
		format!("0x{}", hex::encode(pair.seed()))
	}

	/// Secret of its node's network identity: 64 digits.
	pub fn node_key(&self) -> String {
		format!("{:064x}", self.participant + 1)
	}
}
