//! Sizes that the design counts on, and which calls enter full blocks.

use crate::{mock::*, Call, Grants, OpenProposals, Relationships as Stored};
use codec::{Encode, MaxEncodedLen};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::StorageInfoTrait,
};
use medrec_primitives::{
	ExpiryDay, ParticipantKind, Relationship, RelationshipRole, Signature, SignedConsent,
};

/// Longest value that the trie keeps inline.
const INLINE: usize = 32;

/// Ids of the size of a network that has grown.
const BIG: u64 = u32::MAX as u64;

fn calls() -> Vec<Call<Test>> {
	let consent = SignedConsent {
		account: account(0),
		kind: ParticipantKind::Patient,
		encryption_key: [0; 32],
		deadline: START,
		signature: Signature::Sr25519(sp_core::sr25519::Signature::from_raw([0; 64])),
	};
	vec![
		Call::enrol { consent },
		Call::propose { counterparty: BIG, role: RelationshipRole::Patron },
		Call::accept { relationship: BIG, counterparty: BIG },
		Call::reject { relationship: BIG },
		Call::withdraw { relationship: BIG },
		Call::end { relationship: BIG },
		Call::grant { relationship: BIG, tag: tag(1), expiry: ExpiryDay(1) },
		Call::revoke { relationship: BIG, tag: tag(1) },
		Call::clean_grants { relationship: BIG, limit: 64 },
	]
}

#[test]
fn values_stay_inline_in_the_trie() {
	let infos = [
		Stored::<Test>::storage_info(),
		Grants::<Test>::storage_info(),
		OpenProposals::<Test>::storage_info(),
	]
	.concat();
	// Keys behind the map's prefix, and values.
	let sizes = infos.iter().map(|info| info.max_size).collect::<Vec<_>>();
	assert_eq!(sizes, [Some(8 + 27), Some(8 + 32 + 2), Some(8 + 2)]);
	assert!(Relationship::max_encoded_len() <= INLINE);
}

#[test]
fn calls_are_as_short_as_they_can_be() {
	// Index of the call, then numbers of five bytes at most.
	let lengths = calls().iter().map(Encode::encoded_size).collect::<Vec<_>>();
	assert_eq!(lengths, [1 + 32 + 1 + 32 + 7 + 65, 7, 11, 6, 6, 6, 40, 38, 10]);
	let indices = calls().iter().map(|call| call.encode()[0]).collect::<Vec<_>>();
	assert_eq!(indices, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn calls_that_only_take_away_are_operational() {
	for call in calls() {
		let takes_away =
			matches!(call, Call::reject { .. } | Call::end { .. } | Call::revoke { .. });
		let expected = if takes_away { DispatchClass::Operational } else { DispatchClass::Normal };
		assert_eq!(call.get_dispatch_info().class, expected, "{call:?}");
	}
}
