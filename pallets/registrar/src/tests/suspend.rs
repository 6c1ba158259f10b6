use crate::{mock::*, Error, Event, PeerIds};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ParticipantKind, ParticipantStatus, Suspensions};

#[test]
fn the_account_repeats_it() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		assert_ok!(Registrar::suspend(council(), alice));
		assert_eq!(participant_of(alice).status, ParticipantStatus::Suspended);
		assert_eq!(data("alice").status, ParticipantStatus::Suspended);
		System::assert_last_event(Event::Suspended { participant: alice }.into());
	});
}

#[test]
fn a_providers_operator_repeats_it_too() {
	case(|| {
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_eq!(data("mercy").status, ParticipantStatus::Suspended);
		assert_eq!(data("mercy-operator").status, ParticipantStatus::Suspended);
		assert_eq!(data("lakeside").status, ParticipantStatus::Active);
	});
}

#[test]
fn a_provider_loses_its_authority() {
	case(|| {
		Holders::set(vec![MERCY, LAKESIDE]);
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_eq!(Holders::get(), vec![LAKESIDE]);
	});
}

#[test]
fn a_providers_nodes_are_no_longer_named() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1])));
		assert_ok!(Registrar::set_peer_ids(signed("lakeside"), peer_ids(&[2])));
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert!(!PeerIds::<Test>::contains_key(MERCY));
		assert!(PeerIds::<Test>::contains_key(LAKESIDE));
	});
}

#[test]
fn a_bare_majority_suspends_those_without_authority_at_once() {
	case(|| {
		Holders::set(vec![LAKESIDE]);
		let alice = registered("alice", ParticipantKind::Patient);
		for participant in [alice, MERCY] {
			assert_ok!(Registrar::suspend(bare_majority(), participant));
			assert_eq!(participant_of(participant).status, ParticipantStatus::Suspended);
		}
	});
}

#[test]
fn what_a_bare_majority_decides_of_an_authority_waits_until_it_is_enacted() {
	case(|| {
		Holders::set(vec![MERCY, LAKESIDE]);
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1])));
		assert_ok!(Registrar::suspend(bare_majority(), MERCY));
		assert_eq!(participant_of(MERCY).status, ParticipantStatus::Active);
		assert!(PeerIds::<Test>::contains_key(MERCY));
		assert_eq!(data("mercy").status, ParticipantStatus::Active);
		assert!(System::read_events_for_pallet::<Event<Test>>()
			.iter()
			.all(|event| !matches!(event, Event::Suspended { .. })));

		assert_ok!(<Registrar as Suspensions>::suspend(MERCY));
		assert_eq!(participant_of(MERCY).status, ParticipantStatus::Suspended);
		assert_eq!(data("mercy-operator").status, ParticipantStatus::Suspended);
		assert!(!PeerIds::<Test>::contains_key(MERCY));
		System::assert_last_event(Event::Suspended { participant: MERCY }.into());
	});
}

#[test]
fn only_the_active_are_suspended_when_a_decision_is_enacted() {
	case(|| {
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_ok!(Registrar::retire(signed("lakeside")));
		for (participant, error) in [
			(99, Error::<Test>::ParticipantAbsent),
			(MERCY, Error::<Test>::AlreadySuspended),
			(LAKESIDE, Error::<Test>::ParticipantRetired),
		] {
			assert_noop!(<Registrar as Suspensions>::suspend(participant), error);
		}
	});
}

#[test]
fn nothing_happens_where_too_few_authorities_would_be_left() {
	case(|| {
		Holders::set(vec![MERCY, LAKESIDE]);
		MinimumHolders::set(2);
		assert_noop!(Registrar::suspend(council(), MERCY), TOO_FEW_AUTHORITIES);
		assert_eq!(Holders::get(), vec![MERCY, LAKESIDE]);
	});
}

#[test]
fn who_holds_no_authority_is_suspended_whatever_the_minimum() {
	case(|| {
		Holders::set(vec![MERCY]);
		MinimumHolders::set(4);
		assert_ok!(Registrar::suspend(council(), LAKESIDE));
	});
}

#[test]
fn only_the_active_are_suspended() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		assert_noop!(Registrar::suspend(council(), 99), Error::<Test>::ParticipantAbsent);
		assert_ok!(Registrar::suspend(council(), MERCY));
		assert_noop!(Registrar::suspend(council(), MERCY), Error::<Test>::AlreadySuspended);
		assert_ok!(Registrar::retire(signed("alice")));
		assert_noop!(Registrar::suspend(council(), alice), Error::<Test>::ParticipantRetired);
	});
}
