use crate::{mock::*, Event};
use frame_support::assert_ok;
use medrec_primitives::{Participant, ParticipantKind};

#[test]
fn the_key_changes_and_nothing_else() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		let before = participant_of(alice);
		assert_ok!(Registrar::set_encryption_key(signed("alice"), [9; 32]));
		assert_eq!(participant_of(alice), Participant { encryption_key: [9; 32], ..before });
		System::assert_last_event(
			Event::EncryptionKeySet { participant: alice, encryption_key: [9; 32] }.into(),
		);
	});
}
