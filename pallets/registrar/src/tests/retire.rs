use crate::{mock::*, Error, Event, PeerIds, ProviderNames};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{AccountRole, ParticipantKind, ParticipantStatus};

#[test]
fn a_patient_leaves_for_good() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		assert_ok!(Registrar::retire(signed("alice")));
		assert_eq!(participant_of(alice).status, ParticipantStatus::Retired);
		assert_eq!(data("alice").status, ParticipantStatus::Retired);
		assert_eq!(data("alice").role, AccountRole::Patient);
		System::assert_last_event(Event::Retired { participant: alice }.into());
	});
}

#[test]
fn a_providers_operator_becomes_a_tombstone() {
	case(|| {
		assert_ok!(Registrar::retire(signed("mercy")));
		assert_eq!(data("mercy-operator").role, AccountRole::Tombstone);
		assert_eq!(System::providers(&account("mercy-operator")), 1);
		assert_eq!(provider_of(MERCY).operator, None);
	});
}

#[test]
fn a_provider_without_operator_leaves_too() {
	case(|| {
		assert_ok!(Registrar::retire(signed("lakeside")));
		assert_eq!(participant_of(LAKESIDE).status, ParticipantStatus::Retired);
	});
}

#[test]
fn a_providers_nodes_are_no_longer_named() {
	case(|| {
		assert_ok!(Registrar::set_peer_ids(signed("mercy"), peer_ids(&[1, 2])));
		assert_ok!(Registrar::retire(signed("mercy")));
		assert!(!PeerIds::<Test>::contains_key(MERCY));
	});
}

#[test]
fn a_providers_name_stays_taken() {
	case(|| {
		assert_ok!(Registrar::retire(signed("mercy")));
		assert_eq!(ProviderNames::<Test>::get(name("mercy hospital")), Some(MERCY));
		let endpoint = endpoint("https://new.example");
		assert_noop!(
			Registrar::certify(
				council(),
				account("new"),
				name("Mercy Hospital"),
				endpoint,
				KEY,
				KEY
			),
			Error::<Test>::NameTaken
		);
	});
}

#[test]
fn authority_holders_stay() {
	case(|| {
		Holders::set(vec![MERCY]);
		assert_noop!(Registrar::retire(signed("mercy")), Error::<Test>::CallerHoldsAuthority);
	});
}
