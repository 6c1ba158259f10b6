//! Each invariant notices when it is broken: `do_try_state` names it by its number.

use crate::{
	mock::*, NextParticipantId, Participants, PeerIds, ProviderNames, Providers, Purposes as Table,
};
use codec::Encode;
use frame_support::assert_ok;
use medrec_primitives::{
	AccountId, AccountRole, Participant, ParticipantAccount, ParticipantKind, ParticipantStatus,
	Provider, Purposes,
};
use sp_runtime::DispatchError;

/// Break something, and expect that the invariant of this number notices.
fn broken(number: u32, damage: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		registered("alice", ParticipantKind::Patient);
		assert_ok!(Registrar::do_try_state());
		damage();
		match Registrar::do_try_state() {
			Err(DispatchError::Other(text)) => {
				assert!(text.starts_with(&format!("{number}: ")), "{text}")
			},
			other => panic!("invariant {number} did not notice: {other:?}"),
		}
	});
}

const ALICE: u64 = 2;

fn change_participant(id: u64, change: impl FnOnce(&mut Participant<AccountId>)) {
	let mut participant = participant_of(id);
	change(&mut participant);
	Participants::<Test>::insert(id, participant);
}

fn change_provider(id: u64, change: impl FnOnce(&mut Provider<AccountId>)) {
	let mut provider = provider_of(id);
	change(&mut provider);
	Providers::<Test>::insert(id, provider);
}

fn change_account(person: &str, change: impl FnOnce(&mut ParticipantAccount)) {
	frame_system::Account::<Test>::mutate(account(person), |info| change(&mut info.data));
}

#[test]
fn invariant_1_numbers_were_given_out() {
	broken(1, || NextParticipantId::<Test>::put(ALICE));
}

#[test]
fn invariant_2_accounts_point_back() {
	broken(2, || change_participant(ALICE, |alice| alice.account = account("bob")));
	broken(2, || change_participant(ALICE, |alice| alice.kind = ParticipantKind::Other));
	broken(2, || change_account("alice", |data| data.participant = MERCY));
	broken(2, || change_account("alice", |data| data.role = AccountRole::Tombstone));
}

#[test]
fn invariant_3_accounts_repeat_the_standing() {
	broken(3, || change_participant(ALICE, |alice| alice.status = ParticipantStatus::Suspended));
	broken(3, || change_account("alice", |data| data.status = ParticipantStatus::Retired));
}

#[test]
fn invariant_4_providers_have_provider_entries_and_they_alone() {
	broken(4, || Providers::<Test>::remove(LAKESIDE));
	broken(4, || Providers::<Test>::insert(ALICE, provider_of(LAKESIDE)));
	broken(4, || Providers::<Test>::insert(99, provider_of(LAKESIDE)));
}

#[test]
fn invariant_5_names_and_endpoints_are_valid() {
	broken(5, || change_provider(MERCY, |mercy| mercy.name = name("Mercy ")));
	broken(5, || change_provider(MERCY, |mercy| mercy.endpoint = endpoint("https://x/y")));
}

#[test]
fn invariant_6_names_and_providers_are_one_to_one() {
	broken(6, || ProviderNames::<Test>::remove(name("mercy hospital")));
	broken(6, || ProviderNames::<Test>::insert(name("mercy hospital"), LAKESIDE));
	broken(6, || ProviderNames::<Test>::insert(name("mercy"), MERCY));
	broken(6, || change_provider(MERCY, |mercy| mercy.name = name("Mercy")));
}

#[test]
fn invariant_7_operators_point_to_their_provider() {
	broken(7, || change_provider(LAKESIDE, |lakeside| lakeside.operator = Some(account("bob"))));
	broken(7, || change_account("mercy-operator", |data| data.participant = LAKESIDE));
	broken(7, || {
		change_account("mercy-operator", |data| data.status = ParticipantStatus::Suspended)
	});
}

#[test]
fn invariant_8_the_retired_have_no_operator() {
	broken(8, || {
		change_participant(MERCY, |mercy| mercy.status = ParticipantStatus::Retired);
		change_account("mercy", |data| data.status = ParticipantStatus::Retired);
		change_account("mercy-operator", |data| data.status = ParticipantStatus::Retired);
	});
}

#[test]
fn invariant_9_accounts_have_provider_references() {
	broken(9, || {
		frame_system::Account::<Test>::mutate(account("alice"), |info| info.providers = 0)
	});
}

#[test]
fn invariant_10_accounts_are_what_their_participants_say() {
	let pretend = |role, participant| {
		Registrar::occupy(
			&account("bob"),
			ParticipantAccount { participant, role, ..Default::default() },
		)
	};
	broken(10, || pretend(AccountRole::Patient, ALICE));
	broken(10, || pretend(AccountRole::Operator, MERCY));
	broken(10, || pretend(AccountRole::Operator, ALICE));
	broken(10, || pretend(AccountRole::Tombstone, 99));
}

#[test]
fn invariant_11_the_table_holds_known_purposes() {
	broken(11, || {
		Table::<Test>::mutate(|table| table.set(ParticipantKind::Other, Purposes(0b1000_0000)))
	});
}

#[test]
fn invariant_12_peer_ids_are_of_active_providers() {
	broken(12, || PeerIds::<Test>::insert(ALICE, peer_ids(&[1])));
	broken(12, || PeerIds::<Test>::insert(99, peer_ids(&[1])));
	broken(12, || {
		assert_ok!(Registrar::suspend(council(), MERCY));
		PeerIds::<Test>::insert(MERCY, peer_ids(&[1]));
	});
}

#[test]
fn invariant_13_lists_of_peer_ids_are_bounded_and_valid() {
	broken(13, || PeerIds::<Test>::insert(MERCY, peer_ids(&[])));
	broken(13, || PeerIds::<Test>::insert(MERCY, peer_ids(&[1, 1])));
	broken(13, || {
		let mut ids = peer_ids(&[1]);
		ids[0][1] = 35;
		PeerIds::<Test>::insert(MERCY, ids);
	});
	broken(13, || {
		let five: Vec<_> = (0..5).map(peer_id).collect();
		sp_io::storage::set(&PeerIds::<Test>::hashed_key_for(MERCY), &five.encode());
	});
}
