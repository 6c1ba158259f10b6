use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	AccountRole, Consent, ParticipantAccount, ParticipantKind, ParticipantStatus, Signature,
};

const OPERATE_MERCY: Consent = Consent::Operate { provider: MERCY };
const OPERATE_LAKESIDE: Consent = Consent::Operate { provider: LAKESIDE };

fn use_quota(person: &str, used: u16) {
	frame_system::Account::<Test>::mutate(account(person), |info| {
		info.data.used = used;
		info.data.window = 99;
	});
}

#[test]
fn a_provider_names_an_operator() {
	case(|| {
		use_quota("lakeside", 5);
		let signature = agree("server", &OPERATE_LAKESIDE);
		assert_ok!(Registrar::set_operator(
			signed("lakeside"),
			Some((account("server"), signature))
		));
		assert_eq!(provider_of(LAKESIDE).operator, Some(account("server")));
		assert_eq!(
			data("server"),
			ParticipantAccount {
				participant: LAKESIDE,
				role: AccountRole::Operator,
				status: ParticipantStatus::Active,
				used: 5,
				window: 99,
			}
		);
		assert_eq!(System::providers(&account("server")), 1);
		assert_eq!(System::account_nonce(account("server")), 1);
		System::assert_last_event(
			Event::OperatorSet { participant: LAKESIDE, operator: Some(account("server")) }.into(),
		);
	});
}

#[test]
fn the_replaced_operator_becomes_a_tombstone_and_its_quota_carries_over() {
	case(|| {
		use_quota("mercy-operator", 1_500);
		let signature = agree("server", &OPERATE_MERCY);
		assert_ok!(Registrar::set_operator(signed("mercy"), Some((account("server"), signature))));
		assert_eq!(data("mercy-operator").role, AccountRole::Tombstone);
		assert_eq!(System::providers(&account("mercy-operator")), 1);
		assert_eq!((data("server").used, data("server").window), (1_500, 99));
		assert_eq!(provider_of(MERCY).operator, Some(account("server")));

		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_noop!(
			Registrar::register(signed("mercy-operator"), consent),
			Error::<Test>::CallerUnknown
		);
	});
}

#[test]
fn an_operator_is_removed() {
	case(|| {
		assert_ok!(Registrar::set_operator(signed("mercy"), None));
		assert_eq!(provider_of(MERCY).operator, None);
		assert_eq!(data("mercy-operator").role, AccountRole::Tombstone);
		System::assert_last_event(Event::OperatorSet { participant: MERCY, operator: None }.into());
	});
}

#[test]
fn a_time_without_operator_is_no_way_around_the_quota() {
	case(|| {
		use_quota("mercy", 3);
		use_quota("mercy-operator", 2_000);
		assert_ok!(Registrar::set_operator(signed("mercy"), None));
		assert_eq!((data("mercy").used, data("mercy").window), (2_000, 99));
		let signature = agree("server", &OPERATE_MERCY);
		assert_ok!(Registrar::set_operator(signed("mercy"), Some((account("server"), signature))));
		assert_eq!((data("server").used, data("server").window), (2_000, 99));
	});
}

#[test]
fn the_quota_of_an_earlier_window_does_not_count() {
	case(|| {
		use_quota("mercy-operator", 2_000);
		frame_system::Account::<Test>::mutate(account("mercy"), |info| {
			info.data.used = 3;
			info.data.window = 100;
		});
		assert_ok!(Registrar::set_operator(signed("mercy"), None));
		assert_eq!((data("mercy").used, data("mercy").window), (3, 100));
	});
}

#[test]
fn there_has_to_be_one_to_remove() {
	case(|| {
		assert_noop!(
			Registrar::set_operator(signed("lakeside"), None),
			Error::<Test>::OperatorAbsent
		);
	});
}

#[test]
fn the_operator_signs() {
	case(|| {
		let signatures: [Signature; 3] = [
			agree("mercy", &OPERATE_MERCY),
			agree("server", &OPERATE_LAKESIDE),
			agree("server", &Consent::Rotate { participant: MERCY, epoch: 0 }),
		];
		for signature in signatures {
			assert_noop!(
				Registrar::set_operator(signed("mercy"), Some((account("server"), signature))),
				Error::<Test>::ConsentInvalid
			);
		}
	});
}

#[test]
fn accounts_in_use_and_tombstones_are_refused() {
	case(|| {
		registered("alice", ParticipantKind::Patient);
		for person in ["mercy", "mercy-operator", "lakeside", "alice"] {
			let signature = agree(person, &OPERATE_MERCY);
			assert_noop!(
				Registrar::set_operator(signed("mercy"), Some((account(person), signature))),
				Error::<Test>::AccountTaken
			);
		}
		assert_ok!(Registrar::set_operator(signed("mercy"), None));
		let signature = agree("mercy-operator", &OPERATE_MERCY);
		assert_noop!(
			Registrar::set_operator(signed("mercy"), Some((account("mercy-operator"), signature))),
			Error::<Test>::AccountTombstone
		);
	});
}
