//! Openings that this device knows: those of grants that were made here, in case their deposit fails, and
//! those that were fetched or received as a file.

use super::{files, Key, KeystoreError};
use medrec_primitives::{Hash, Opening, ParticipantId, RelationshipId, Tag};
use medrec_protocol::policy::SignedPolicy;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Most openings that are kept; the oldest go first.
const MAX_KEPT: usize = 4096;

/// An opening with where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeptOpening {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider whose records it is about.
	pub provider: ParticipantId,
	/// The relationship under which its tag is.
	pub relationship: RelationshipId,
	/// The opening.
	pub opening: Opening,
	/// The policy that its terms name, where this device made or fetched it as its patron.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub policy: Option<SignedPolicy>,
}

impl KeptOpening {
	/// The tag that it opens.
	pub fn tag(&self) -> Tag {
		self.opening.tag(&self.genesis, self.relationship)
	}
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningFile {
	openings: Vec<KeptOpening>,
}

/// The openings of one key.
pub struct OpeningStore {
	path: PathBuf,
	openings: Vec<KeptOpening>,
}

impl OpeningStore {
	/// Read the openings of a key.
	pub fn open(home: &Path, key: &Key) -> Result<Self, KeystoreError> {
		let path = home.join("openings").join(format!("{}.age", key.name));
		let openings = match files::read(&path)? {
			None => Vec::new(),
			Some(encrypted) => key
				.decrypt(&encrypted)
				.and_then(|json| serde_json::from_slice::<OpeningFile>(&json).ok())
				.map(|file| file.openings)
				.ok_or_else(|| KeystoreError::Damaged {
					name: key.name.clone(),
					reason: format!("{} cannot be read; move it away", path.display()),
				})?,
		};
		Ok(Self { path, openings })
	}

	/// The openings of a chain, oldest first.
	pub fn of_chain(&self, genesis: Hash) -> impl Iterator<Item = &KeptOpening> {
		self.openings.iter().filter(move |kept| kept.genesis == genesis)
	}

	/// Keep openings. Those that are known already are not kept twice.
	pub fn keep(
		&mut self,
		key: &Key,
		openings: impl IntoIterator<Item = KeptOpening>,
	) -> Result<(), KeystoreError> {
		let mut changed = false;
		for opening in openings {
			let bare = |kept: &KeptOpening| KeptOpening { policy: None, ..kept.clone() };
			match self.openings.iter_mut().find(|known| bare(known) == bare(&opening)) {
				None => self.openings.push(opening),
				Some(known) if known.policy.is_none() && opening.policy.is_some() => {
					*known = opening;
				},
				Some(_) => continue,
			}
			changed = true;
		}
		if !changed {
			return Ok(());
		}
		let surplus = self.openings.len().saturating_sub(MAX_KEPT);
		self.openings.drain(..surplus);
		let file = OpeningFile { openings: self.openings.clone() };
		let json = serde_json::to_vec(&file)
			.map_err(|error| KeystoreError::Encryption(error.to_string()))?;
		files::write(&self.path, &key.encrypt(&json)?, true)?;
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::{Keystore, Password};
	use medrec_primitives::Terms;
	use medrec_protocol::identity::Seed;

	fn kept(genesis: u8, salt: u8) -> KeptOpening {
		let terms = Terms { vocabulary: 1, rules: Default::default(), policy: None };
		KeptOpening {
			genesis: Hash::repeat_byte(genesis),
			provider: 1,
			relationship: 2,
			opening: Opening { grantee: 3, terms, salt: [salt; 32] },
			policy: None,
		}
	}

	#[test]
	fn openings_are_kept_once_by_chain_and_unreadable() {
		let home = tempfile::tempdir().unwrap();
		let password = Password::new("password".into());
		let key = Keystore::weak(home.path()).add("a", &Seed::generate(), &password, 0).unwrap();
		let mut store = OpeningStore::open(home.path(), &key).unwrap();
		store.keep(&key, [kept(1, 1), kept(2, 2)]).unwrap();
		store.keep(&key, [kept(1, 1), kept(1, 3)]).unwrap();

		let reopened = OpeningStore::open(home.path(), &key).unwrap();
		let of_first: Vec<_> = reopened.of_chain(Hash::repeat_byte(1)).cloned().collect();
		assert_eq!(of_first, [kept(1, 1), kept(1, 3)]);

		let path = home.path().join("openings/a.age");
		let file = std::fs::read(&path).unwrap();
		assert!(!file.windows(8).any(|window| window == b"openings"));
		std::fs::write(&path, b"damaged").unwrap();
		assert!(matches!(
			OpeningStore::open(home.path(), &key),
			Err(KeystoreError::Damaged { .. })
		));
	}
}
