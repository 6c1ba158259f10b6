//! What nodes are called.

use std::{fmt, str::FromStr};

use medrec_primitives::MAX_PEER_ID_LENGTH;

/// What a node is called in the peer-to-peer network. Text is base58, as `medrec-node key inspect-node-key`
/// prints it and as it stands at the end of a boot node's address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PeerId(Vec<u8>);

/// Why a text is no peer id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerIdError {
	/// It has other characters than those of base58.
	#[error(
		"a peer id is written in base58, like 12D3KooW...: letters and digits without 0, O, I and l"
	)]
	NotBase58,
	/// It stands for nothing, or for more than a peer id has.
	#[error("a peer id stands for 1 to {MAX_PEER_ID_LENGTH} bytes; is the text complete?")]
	Length,
}

impl PeerId {
	/// As the chain has it: a multihash.
	pub fn as_bytes(&self) -> &[u8] {
		&self.0
	}
}

impl FromStr for PeerId {
	type Err = PeerIdError;

	fn from_str(text: &str) -> Result<Self, PeerIdError> {
		// Base58 takes time that grows with the square of the length; a byte takes at most 1.4 characters.
		if text.len() > 2 * MAX_PEER_ID_LENGTH as usize {
			return Err(PeerIdError::Length);
		}
		let bytes = bs58::decode(text).into_vec().map_err(|_| PeerIdError::NotBase58)?;
		if bytes.is_empty() || bytes.len() > MAX_PEER_ID_LENGTH as usize {
			return Err(PeerIdError::Length);
		}
		Ok(Self(bytes))
	}
}

impl fmt::Display for PeerId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&bs58::encode(&self.0).into_string())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What `key inspect-node-key` prints for the node key 1.
	const TEXT: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

	#[test]
	fn text_and_bytes_stand_for_each_other() {
		let peer_id: PeerId = TEXT.parse().expect("it is a peer id");
		assert_eq!(peer_id.as_bytes().len(), 38);
		// The public key itself, of the kind Ed25519.
		assert_eq!(peer_id.as_bytes()[..6], [0, 36, 8, 1, 18, 32]);
		assert_eq!(peer_id.to_string(), TEXT);
	}

	#[test]
	fn other_texts_are_refused() {
		for (text, error) in [
			("", PeerIdError::Length),
			("0", PeerIdError::NotBase58),
			(&TEXT.replace('K', " "), PeerIdError::NotBase58),
			(&TEXT.repeat(2), PeerIdError::Length),
			(&"z".repeat(100_000), PeerIdError::Length),
		] {
			assert_eq!(text.parse::<PeerId>(), Err(error), "{text:.80}");
		}
	}
}
