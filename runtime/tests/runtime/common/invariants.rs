//! What always holds between the pallets. What holds within one is checked by its own tests.

use medrec_primitives::{AccountRole, ParticipantKind, RelationshipRole, RelationshipStatus};
use medrec_primitives::{Participants, Seats, SummaryIndex};
use medrec_runtime::{Authorities, Registrar, Runtime, Summary};

/// 1. Every account that anyone acts with has a provider reference, so that its nonce is never
///    forgotten.
/// 2. Every participant's account, and every provider's operator account, points back to it and repeats
///    its standing.
/// 3. The authorities are active providers under their accounts and have a seat each, which only their
///    own account votes with; only who has a seat has a vote on a motion.
/// 4. Relationships join participants, are in both summaries (an ended one may be missing in the
///    patron's), and count their grants.
/// 5. Whoever is to validate and has not been removed since has keys, under its present account.
pub fn check() {
	for (account, info) in frame_system::Account::<Runtime>::iter() {
		assert_ne!(info.data.role, AccountRole::Vacant, "1: {account} is nobody's");
		assert!(info.providers >= 1, "1: {account} has no provider reference");
	}
	check_participants();
	check_council();
	check_relationships();
	for (name, _) in pallet_session::QueuedKeys::<Runtime>::get() {
		let id = Registrar::owner(&name).expect("5: validators are participants");
		if Authorities::holds_seat(id) {
			let account = Registrar::account(id).expect("5: a participant has an account");
			assert!(pallet_session::NextKeys::<Runtime>::contains_key(&account), "5: {account}");
		}
	}
}

fn check_participants() {
	for (id, participant) in pallet_registrar::Participants::<Runtime>::iter() {
		let operator = pallet_registrar::Providers::<Runtime>::get(id).and_then(|it| it.operator);
		let accounts = [(participant.account, participant.kind.into())]
			.into_iter()
			.chain(operator.map(|account| (account, AccountRole::Operator)));
		for (account, role) in accounts {
			let data = frame_system::Account::<Runtime>::get(&account).data;
			assert_eq!(
				(data.participant, data.role, data.status),
				(id, role, participant.status),
				"2: {account}"
			);
		}
	}
}

fn check_council() {
	let authorities = pallet_authorities::Authorities::<Runtime>::get();
	assert_eq!(Authorities::seats() as usize, authorities.len(), "3");
	for (id, account) in authorities {
		let caller = Registrar::caller(&account).expect("3: an authority is on the chain");
		assert_eq!(caller.participant, id, "3");
		assert_eq!(caller.kind, ParticipantKind::Provider, "3");
		assert!(caller.is_active() && !caller.is_operator, "3: {account}");
		assert_eq!(Authorities::seat_of(&account), Some(id), "3: {account}");
		let operator = pallet_registrar::Providers::<Runtime>::get(id).and_then(|it| it.operator);
		assert_eq!(operator.and_then(|account| Authorities::seat_of(&account)), None, "3: {id}");
	}
	for (id, motion) in pallet_council::Motions::<Runtime>::iter() {
		for (voter, _) in motion.votes {
			assert!(Authorities::holds_seat(voter), "3: {voter} on motion {id}");
		}
	}
}

fn check_relationships() {
	for (id, relationship) in pallet_relationship::Relationships::<Runtime>::iter() {
		for role in [RelationshipRole::Patron, RelationshipRole::Steward] {
			let party = relationship.party(role);
			assert!(Registrar::party(party).is_some(), "4: {party} of {id}");
			let entry = <Summary as SummaryIndex>::role(party, id);
			let removed = entry.is_none()
				&& role == RelationshipRole::Patron
				&& relationship.status == RelationshipStatus::Ended;
			assert!(entry == Some(role) || removed, "4: {id} in the summary of {party}");
		}
		let tags = pallet_relationship::Grants::<Runtime>::iter_key_prefix(id).count();
		assert_eq!(tags, usize::from(relationship.tags), "4: tags of {id}");
	}
}
