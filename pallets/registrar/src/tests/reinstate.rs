use crate::{mock::*, Error, Event, PeerIds};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ParticipantKind, ParticipantStatus};

#[test]
fn everything_is_as_before() {
	case(|| {
		let before = (participant_of(MERCY), data("mercy"), data("mercy-operator"));
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_ok!(Registrar::reinstate(council(), MERCY));
		assert_eq!((participant_of(MERCY), data("mercy"), data("mercy-operator")), before);
		assert_eq!(before.1.status, ParticipantStatus::Active);
		System::assert_last_event(Event::Reinstated { participant: MERCY }.into());
	});
}

#[test]
fn the_account_that_was_rotated_to_meanwhile_is_reinstated() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		assert_ok!(Registrar::suspend(council(), alice));
		rotated("alice", alice, "phone");
		assert_ok!(Registrar::reinstate(council(), alice));
		assert_eq!(data("phone").status, ParticipantStatus::Active);
	});
}

#[test]
fn authority_does_not_come_back() {
	case(|| {
		Holders::set(vec![MERCY, LAKESIDE]);
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_ok!(Registrar::reinstate(council(), MERCY));
		assert_eq!(Holders::get(), vec![LAKESIDE]);
	});
}

#[test]
fn a_provider_names_its_nodes_again_itself() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1])));
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_ok!(Registrar::reinstate(council(), MERCY));
		assert!(!PeerIds::<Test>::contains_key(MERCY));
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1])));
		assert_eq!(PeerIds::<Test>::get(MERCY), Some(peer_ids(&[1])));
	});
}

#[test]
fn only_the_suspended_are_reinstated() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		assert_noop!(Registrar::reinstate(council(), 99), Error::<Test>::ParticipantAbsent);
		assert_noop!(Registrar::reinstate(council(), alice), Error::<Test>::NotSuspended);
		assert_ok!(Registrar::retire(signed("alice")));
		assert_noop!(Registrar::reinstate(council(), alice), Error::<Test>::ParticipantRetired);
	});
}
