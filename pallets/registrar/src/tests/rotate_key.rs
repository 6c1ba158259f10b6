use crate::{mock::*, Error, Event, Participants};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	AccountRole, Consent, ParticipantAccount, ParticipantId, ParticipantKind, ParticipantStatus,
	Signature,
};

fn alice() -> ParticipantId {
	registered("alice", ParticipantKind::Patient)
}

fn agreed(person: &str, participant: ParticipantId, epoch: u32) -> Signature {
	agree(person, &Consent::Rotate { participant, epoch })
}

#[test]
fn the_participant_moves_and_the_old_account_becomes_a_tombstone() {
	case(|| {
		let alice = alice();
		let before = participant_of(alice);
		let signature = agreed("phone", alice, 0);
		assert_ok!(Registrar::rotate_key(signed("alice"), account("phone"), signature));

		let expected =
			medrec_primitives::Participant { account: account("phone"), epoch: 1, ..before };
		assert_eq!(participant_of(alice), expected);
		assert_eq!(data("phone").role, AccountRole::Patient);
		assert_eq!(data("phone").participant, alice);
		assert_eq!(data("alice").role, AccountRole::Tombstone);
		assert_eq!(System::providers(&account("alice")), 1);
		assert_eq!(System::providers(&account("phone")), 1);
		assert_eq!(System::account_nonce(account("phone")), 1);
		System::assert_last_event(
			Event::KeyRotated { participant: alice, account: account("phone"), epoch: 1 }.into(),
		);
	});
}

#[test]
fn the_quota_used_carries_over() {
	case(|| {
		let alice = alice();
		frame_system::Account::<Test>::mutate(account("alice"), |info| {
			info.data.used = 17;
			info.data.window = 99;
		});
		rotated("alice", alice, "phone");
		assert_eq!(
			data("phone"),
			ParticipantAccount {
				participant: alice,
				role: AccountRole::Patient,
				status: ParticipantStatus::Active,
				used: 17,
				window: 99,
			}
		);
	});
}

#[test]
fn the_suspended_stay_suspended() {
	case(|| {
		let alice = alice();
		assert_ok!(Registrar::suspend(council(), alice));
		rotated("alice", alice, "phone");
		assert_eq!(data("phone").status, ParticipantStatus::Suspended);
		assert_eq!(participant_of(alice).status, ParticipantStatus::Suspended);
	});
}

#[test]
fn a_provider_keeps_its_operator() {
	case(|| {
		rotated("mercy", MERCY, "mercy2");
		assert_eq!(provider_of(MERCY).operator, Some(account("mercy-operator")));
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_ok!(Registrar::register(signed("mercy-operator"), consent));
	});
}

#[test]
fn the_new_account_signs() {
	case(|| {
		let alice = alice();
		for signature in [
			agreed("alice", alice, 0),
			agreed("thief", alice, 0),
			agreed("phone", MERCY, 0),
			agreed("phone", alice, 1),
			agree("phone", &Consent::Operate { provider: alice }),
		] {
			assert_noop!(
				Registrar::rotate_key(signed("alice"), account("phone"), signature),
				Error::<Test>::ConsentInvalid
			);
		}
	});
}

#[test]
fn a_consent_is_void_in_a_later_epoch() {
	case(|| {
		let alice = alice();
		let signature = agreed("phone", alice, 0);
		assert_ok!(Registrar::end_sessions(signed("alice")));
		assert_noop!(
			Registrar::rotate_key(signed("alice"), account("phone"), signature),
			Error::<Test>::ConsentInvalid
		);
	});
}

#[test]
fn accounts_in_use_and_tombstones_are_refused() {
	case(|| {
		let alice = alice();
		for person in ["alice", "mercy", "mercy-operator"] {
			let signature = agreed(person, alice, 0);
			assert_noop!(
				Registrar::rotate_key(signed("alice"), account(person), signature),
				Error::<Test>::AccountTaken
			);
		}
		rotated("alice", alice, "phone");
		let signature = agreed("alice", alice, 1);
		assert_noop!(
			Registrar::rotate_key(signed("phone"), account("alice"), signature),
			Error::<Test>::AccountTombstone
		);
	});
}

#[test]
fn the_authorities_are_told_of_a_providers_new_account() {
	case(|| {
		Holders::set(vec![MERCY]);
		rotated("mercy", MERCY, "mercy2");
		assert_eq!(Rotations::get(), vec![(MERCY, account("mercy"), account("mercy2"))]);
		assert_eq!(data("mercy2").role, AccountRole::Provider);
	});
}

#[test]
fn the_authorities_are_not_told_of_others() {
	case(|| {
		let alice = alice();
		rotated("alice", alice, "phone");
		assert!(Rotations::get().is_empty());
	});
}

#[test]
fn nothing_happens_where_authority_cannot_move_along() {
	case(|| {
		RotationsFail::set(true);
		let signature = agreed("mercy2", MERCY, 0);
		assert_noop!(
			Registrar::rotate_key(signed("mercy"), account("mercy2"), signature),
			ROTATION_REFUSED
		);
	});
}

#[test]
fn epochs_run_out_with_an_error() {
	case(|| {
		let alice = alice();
		Participants::<Test>::mutate(alice, |entry| {
			if let Some(participant) = entry {
				participant.epoch = u32::MAX;
			}
		});
		let signature = agreed("phone", alice, u32::MAX);
		assert_noop!(
			Registrar::rotate_key(signed("alice"), account("phone"), signature),
			Error::<Test>::EpochsExhausted
		);
	});
}
