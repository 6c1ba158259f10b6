//! Signed checkpoints of the access log: the answer of `GET /v1/checkpoint`.

use crate::gatekeeper_key::{GatekeeperSecret, GatekeeperSignature};
use codec::Encode;
use medrec_primitives::{GatekeeperKey, Hash, Moment, ParticipantId};
use serde::{Deserialize, Serialize};

const DOMAIN: &[u8] = b"medrec/checkpoint/v1";

/// The gatekeeper's statement of what its log held at a time. Two checkpoints that do not extend each
/// other prove that the log was rewritten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
	/// Whose gatekeeper it is.
	pub provider: ParticipantId,
	/// Leaves in the Merkle tree.
	pub tree_size: u64,
	/// Its root (RFC 6962).
	pub root: Hash,
	/// When it was signed, by the gatekeeper's clock.
	pub at: Moment,
	/// By the gatekeeper's key, over `"medrec/checkpoint/v1" ‖ genesis ‖ provider u64 LE ‖ tree size
	/// u64 LE ‖ root ‖ at u64 LE`.
	pub signature: GatekeeperSignature,
}

impl Checkpoint {
	/// Sign one.
	pub fn sign(
		key: &GatekeeperSecret,
		genesis: &Hash,
		provider: ParticipantId,
		tree_size: u64,
		root: Hash,
		at: Moment,
	) -> Self {
		let signature = key.sign(&payload(genesis, provider, tree_size, root, at));
		Self { provider, tree_size, root, at, signature }
	}

	/// Whether it is signed by this key, for this chain.
	pub fn verify(&self, genesis: &Hash, key: &GatekeeperKey) -> bool {
		let payload = payload(genesis, self.provider, self.tree_size, self.root, self.at);
		self.signature.verify(key, &payload)
	}
}

fn payload(
	genesis: &Hash,
	provider: ParticipantId,
	tree_size: u64,
	root: Hash,
	at: Moment,
) -> Vec<u8> {
	let mut bytes = DOMAIN.to_vec();
	(genesis, provider, tree_size, root, at).encode_to(&mut bytes);
	bytes
}
