//! Where this device is in the notifications of each relationship, so that it goes on there when it is
//! started again.

use super::{files, Key, KeystoreError};
use medrec_primitives::{Hash, RelationshipId};
use medrec_protocol::receipt::EntryId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Seen {
	genesis: Hash,
	relationship: RelationshipId,
	event: EntryId,
}

/// The places of one key.
pub struct PlaceStore {
	path: PathBuf,
	seen: Vec<Seen>,
}

impl PlaceStore {
	/// Read the places of a key. What cannot be read is as if there were none: notifications are then
	/// waited for from now on.
	pub fn open(home: &Path, key: &Key) -> Self {
		let path = home.join("notifications").join(format!("{}.age", key.name));
		let seen = files::read(&path)
			.ok()
			.flatten()
			.and_then(|encrypted| key.decrypt(&encrypted))
			.and_then(|json| serde_json::from_slice(&json).ok())
			.unwrap_or_default();
		Self { path, seen }
	}

	/// The event of a relationship that was seen last.
	pub fn last(&self, genesis: Hash, relationship: RelationshipId) -> Option<EntryId> {
		let of = |seen: &&Seen| seen.genesis == genesis && seen.relationship == relationship;
		self.seen.iter().find(of).map(|seen| seen.event)
	}

	/// Keep which event of a relationship was seen last.
	pub fn keep(
		&mut self,
		key: &Key,
		genesis: Hash,
		relationship: RelationshipId,
		event: EntryId,
	) -> Result<(), KeystoreError> {
		let seen = Seen { genesis, relationship, event };
		if self.seen.contains(&seen) {
			return Ok(());
		}
		self.seen.retain(|seen| seen.genesis != genesis || seen.relationship != relationship);
		self.seen.push(seen);
		let json = serde_json::to_vec(&self.seen)
			.map_err(|error| KeystoreError::Encryption(error.to_string()))?;
		files::write(&self.path, &key.encrypt(&json)?, true)?;
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::{Keystore, Password};
	use medrec_protocol::identity::Seed;

	#[test]
	fn the_last_event_of_each_relationship_is_kept() {
		let home = tempfile::tempdir().unwrap();
		let password = Password::new("password".into());
		let key = Keystore::weak(home.path()).add("a", &Seed::generate(), &password, 0).unwrap();
		let (one, two) = (Hash::repeat_byte(1), Hash::repeat_byte(2));
		let mut places = PlaceStore::open(home.path(), &key);
		assert_eq!(places.last(one, 7), None);
		for (genesis, relationship, event) in [(one, 7, 1), (one, 8, 2), (two, 7, 3), (one, 7, 4)] {
			places.keep(&key, genesis, relationship, EntryId([event; 16])).unwrap();
		}
		let places = PlaceStore::open(home.path(), &key);
		assert_eq!(places.last(one, 7), Some(EntryId([4; 16])));
		assert_eq!(places.last(one, 8), Some(EntryId([2; 16])));
		assert_eq!(places.last(two, 7), Some(EntryId([3; 16])));
	}
}
