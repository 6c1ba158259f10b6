//! What other pallets see through [`Participants`].

use crate::{mock::*, Error};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	AccountRole, Caller, ParticipantKind, ParticipantStatus, Participants, Party,
};

#[test]
fn callers_are_participants_and_operators() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		let mercy = Caller {
			participant: MERCY,
			kind: ParticipantKind::Provider,
			status: ParticipantStatus::Active,
			is_operator: false,
		};
		assert_eq!(Registrar::caller(&account("mercy")), Some(mercy));
		let operator = Caller { is_operator: true, ..mercy };
		assert_eq!(Registrar::caller(&account("mercy-operator")), Some(operator));
		let patient = Caller { participant: alice, kind: ParticipantKind::Patient, ..mercy };
		assert_eq!(Registrar::caller(&account("alice")), Some(patient));
	});
}

#[test]
fn callers_show_their_standing() {
	case(|| {
		assert_ok!(Registrar::suspend(council(), MERCY));
		for person in ["mercy", "mercy-operator"] {
			let caller = Registrar::caller(&account(person)).expect("it still acts as Mercy");
			assert_eq!(caller.status, ParticipantStatus::Suspended);
			assert!(!caller.is_active());
		}
		assert_ok!(Registrar::retire(signed("lakeside")));
		let caller = Registrar::caller(&account("lakeside")).expect("it still acts as Lakeside");
		assert_eq!(caller.status, ParticipantStatus::Retired);
	});
}

#[test]
fn strangers_and_tombstones_are_nobody() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		rotated("alice", alice, "phone");
		assert_eq!(Registrar::caller(&account("stranger")), None);
		assert_eq!(Registrar::caller(&account("alice")), None);
	});
}

#[test]
fn accounts_have_one_owner_also_as_tombstones() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		rotated("alice", alice, "phone");
		rotated("mercy", MERCY, "mercy2");
		for (person, owner) in [
			("stranger", None),
			("alice", Some(alice)),
			("phone", Some(alice)),
			("mercy", Some(MERCY)),
			("mercy2", Some(MERCY)),
			("mercy-operator", Some(MERCY)),
		] {
			assert_eq!(Registrar::owner(&account(person)), owner);
		}
	});
}

#[test]
fn roles_tell_the_vacant_from_tombstones() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		rotated("alice", alice, "phone");
		for (person, role) in [
			("stranger", AccountRole::Vacant),
			("alice", AccountRole::Tombstone),
			("phone", AccountRole::Patient),
			("mercy", AccountRole::Provider),
			("mercy-operator", AccountRole::Operator),
		] {
			assert_eq!(Registrar::role(&account(person)), role);
		}
	});
}

#[test]
fn parties_accounts_and_keys_are_found_by_number() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		assert_ok!(Registrar::set_encryption_key(signed("alice"), [9; 32]));
		assert_ok!(Registrar::suspend(council(), alice));
		rotated("alice", alice, "phone");
		assert_eq!(
			Registrar::party(alice),
			Some(Party {
				participant: alice,
				kind: ParticipantKind::Patient,
				status: ParticipantStatus::Suspended,
			})
		);
		assert_eq!(Registrar::encryption_key(alice), Some([9; 32]));
		assert_eq!(<Registrar as Participants<_>>::account(alice), Some(account("phone")));
		assert_eq!(<Registrar as Participants<_>>::account(MERCY), Some(account("mercy")));

		assert_eq!(Registrar::party(99), None);
		assert_eq!(Registrar::encryption_key(99), None);
		assert_eq!(<Registrar as Participants<_>>::account(99), None);
	});
}

#[test]
fn other_pallets_register_all_kinds_but_providers() {
	case(|| {
		for (number, kind) in ParticipantKind::ALL.into_iter().enumerate() {
			let account = account(&format!("person{number}"));
			let register =
				|| <Registrar as Participants<_>>::register(account.clone(), kind, [5; 32]);
			if kind == ParticipantKind::Provider {
				assert_noop!(register(), Error::<Test>::KindNeedsCertification);
				continue;
			}
			let id = register().expect("the account is vacant");
			assert_eq!(participant_of(id).account, account);
			assert_eq!(participant_of(id).kind, kind);
			assert_eq!(participant_of(id).encryption_key, [5; 32]);
			assert_eq!(System::providers(&account), 1);
			assert_noop!(register(), Error::<Test>::AccountTaken);
		}
	});
}

#[test]
fn other_pallets_register_no_tombstones() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		rotated("alice", alice, "phone");
		assert_noop!(
			<Registrar as Participants<_>>::register(
				account("alice"),
				ParticipantKind::Patient,
				KEY
			),
			Error::<Test>::AccountTombstone
		);
	});
}
