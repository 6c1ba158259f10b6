//! Which participants and relationships changed keys belong to.

use std::collections::BTreeSet;

use medrec_primitives::{ParticipantId, RelationshipId, Tag};
use medrec_rpc_api::MAX_CHANGED_IDS;
use medrec_runtime::Runtime;
use sp_storage::well_known_keys;

use crate::state::{
	grant_key, participant_key, relationship_key, staleness_limit_key, trailing, without_last,
};

/// Where that lies which decisions depend on.
pub(super) struct Places {
	/// Prefixes of maps whose keys begin with a participant.
	by_participant: [Vec<u8>; 2],
	/// Prefixes of maps whose keys begin with a relationship.
	by_relationship: [Vec<u8>; 2],
	/// Keys of what all decisions depend on.
	of_all: [Vec<u8>; 4],
}

impl Places {
	/// In the layout that this node was built with.
	pub(super) fn new() -> Self {
		let provider_key =
			pallet_registrar::Providers::<Runtime>::hashed_key_for(ParticipantId::MIN);
		let grant_key = grant_key(RelationshipId::MIN, Tag([0; 32]));
		Self {
			by_participant: [participant_key(ParticipantId::MIN), provider_key]
				.map(without_last::<ParticipantId>),
			by_relationship: [
				relationship_key(RelationshipId::MIN),
				without_last::<Tag>(grant_key),
			]
			.map(without_last::<RelationshipId>),
			of_all: [
				well_known_keys::CODE.to_vec(),
				frame_system::LastRuntimeUpgrade::<Runtime>::hashed_key().to_vec(),
				pallet_registrar::Purposes::<Runtime>::hashed_key().to_vec(),
				staleness_limit_key(),
			],
		}
	}
}

/// What a block, or several, changed of what decisions depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
	pub(super) participants: BTreeSet<ParticipantId>,
	pub(super) relationships: BTreeSet<RelationshipId>,
	/// More than ids tell.
	pub(super) everything: bool,
}

impl Touched {
	/// What these keys belong to.
	pub(super) fn of<'a>(keys: impl Iterator<Item = &'a [u8]>, places: &Places) -> Self {
		let mut touched = Self::default();
		for key in keys {
			touched.add(key, places);
		}
		touched.bound();
		touched
	}

	fn add(&mut self, key: &[u8], places: &Places) {
		self.everything |= places.of_all.iter().any(|known| known == key);
		let id_after =
			|prefixes: &[Vec<u8>]| prefixes.iter().find_map(|prefix| trailing::<u64>(key, prefix));
		self.participants.extend(id_after(&places.by_participant));
		self.relationships.extend(id_after(&places.by_relationship));
	}

	/// Both together.
	pub(super) fn merge(&mut self, other: &Self) {
		self.participants.extend(&other.participants);
		self.relationships.extend(&other.relationships);
		self.everything |= other.everything;
		self.bound();
	}

	/// Forget ids that are too many for a message.
	fn bound(&mut self) {
		if self.participants.len() > MAX_CHANGED_IDS || self.relationships.len() > MAX_CHANGED_IDS {
			self.everything = true;
			self.participants.clear();
			self.relationships.clear();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn touched(keys: &[Vec<u8>]) -> Touched {
		Touched::of(keys.iter().map(Vec::as_slice), &Places::new())
	}

	#[test]
	fn keys_tell_whose_they_are() {
		let found = touched(&[
			participant_key(7),
			pallet_registrar::Providers::<Runtime>::hashed_key_for(8),
			relationship_key(u64::MAX),
			grant_key(9, Tag([7; 32])),
			pallet_timestamp::Now::<Runtime>::hashed_key().to_vec(),
			pallet_summary::Entries::<Runtime>::hashed_key_for(5, 6),
		]);
		assert_eq!(found.participants, [7, 8].into());
		assert_eq!(found.relationships, [9, u64::MAX].into());
		assert!(!found.everything);
	}

	#[test]
	fn what_all_decisions_depend_on_is_everything() {
		for key in [
			well_known_keys::CODE.to_vec(),
			frame_system::LastRuntimeUpgrade::<Runtime>::hashed_key().to_vec(),
			pallet_registrar::Purposes::<Runtime>::hashed_key().to_vec(),
			staleness_limit_key(),
		] {
			assert!(touched(&[key]).everything);
		}
	}

	#[test]
	fn more_than_fit_are_everything() {
		let keys = |count| (0..count as u64).map(relationship_key).collect::<Vec<_>>();
		let all = touched(&keys(MAX_CHANGED_IDS));
		assert_eq!((all.relationships.len(), all.everything), (MAX_CHANGED_IDS, false));
		let more = touched(&keys(MAX_CHANGED_IDS + 1));
		assert_eq!((more.relationships.len(), more.everything), (0, true));
		let mut merged = all;
		merged.merge(&touched(&[relationship_key(u64::MAX)]));
		assert_eq!(merged, more);
	}
}
