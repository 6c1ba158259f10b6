use crate::{mock::*, Error, Event, NextParticipantId};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	AccountId, AccountRole, Consent, Participant, ParticipantAccount, ParticipantKind,
	ParticipantStatus, Signature, SignedConsent, MAX_CONSENT_LIFETIME,
};
use sp_core::{ecdsa, ed25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};

#[test]
fn a_person_becomes_a_participant() {
	case(|| {
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_ok!(Registrar::register(signed("mercy"), consent));

		assert_eq!(
			participant_of(2),
			Participant {
				account: account("alice"),
				kind: ParticipantKind::Patient,
				status: ParticipantStatus::Active,
				encryption_key: KEY,
				epoch: 0,
			}
		);
		assert_eq!(
			data("alice"),
			ParticipantAccount { participant: 2, role: AccountRole::Patient, ..Default::default() }
		);
		System::assert_last_event(
			Event::Registered {
				participant: 2,
				account: account("alice"),
				kind: ParticipantKind::Patient,
			}
			.into(),
		);
	});
}

#[test]
fn the_account_can_transact_and_its_nonce_is_consumed() {
	case(|| {
		registered("alice", ParticipantKind::Patient);
		assert_eq!(System::providers(&account("alice")), 1);
		assert_eq!(System::account_nonce(account("alice")), 1);
	});
}

#[test]
fn all_kinds_but_providers_are_registered() {
	case(|| {
		for (number, kind) in ParticipantKind::ALL.into_iter().enumerate() {
			let person = format!("person{number}");
			let consent = consent(&person, MERCY, kind);
			let result = Registrar::register(signed("mercy"), consent);
			if kind == ParticipantKind::Provider {
				assert_eq!(result, Err(Error::<Test>::KindNeedsCertification.into()));
			} else {
				assert_ok!(result);
				assert_eq!(data(&person).role, kind.into());
			}
		}
	});
}

#[test]
fn an_operator_registers_in_its_providers_name() {
	case(|| {
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_ok!(Registrar::register(signed("mercy-operator"), consent));
		assert_eq!(data("alice").role, AccountRole::Patient);
	});
}

/// Have Mercy register the account of a key of any scheme, which signs the consent, wrapped or not.
fn registers(signer: MultiSigner, wrap: bool, sign: impl Fn(&[u8]) -> Signature) {
	let account: AccountId = signer.into_account();
	let (kind, deadline) = (ParticipantKind::Other, START + 1);
	let agreed = Consent::Register { provider: MERCY, kind, encryption_key: KEY, deadline };
	let mut text = agreed.payload(&GENESIS, &account, 0);
	if wrap {
		text = [b"<Bytes>", text.as_slice(), b"</Bytes>"].concat();
	}
	let signature = sign(&text);
	let consent =
		SignedConsent { account: account.clone(), kind, encryption_key: KEY, deadline, signature };
	assert_ok!(Registrar::register(signed("mercy"), consent));
	assert_eq!(System::account(&account).data.role, AccountRole::Other);
}

#[test]
fn every_signature_scheme_and_browser_wallets_work() {
	for wrap in [false, true] {
		case(|| {
			let pair = pair("alice");
			registers(pair.public().into(), wrap, |text| pair.sign(text).into());
			let pair = ed25519::Pair::from_seed(&[1; 32]);
			registers(pair.public().into(), wrap, |text| pair.sign(text).into());
			let pair = ecdsa::Pair::from_seed(&[1; 32]);
			registers(pair.public().into(), wrap, |text| pair.sign(text).into());
		});
	}
}

#[test]
fn a_consent_works_once() {
	case(|| {
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_ok!(Registrar::register(signed("mercy"), consent.clone()));
		assert_noop!(Registrar::register(signed("mercy"), consent), Error::<Test>::AccountTaken);
	});
}

#[test]
fn a_consent_is_void_once_the_nonce_went_on() {
	case(|| {
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		System::inc_account_nonce(account("alice"));
		assert_noop!(Registrar::register(signed("mercy"), consent), Error::<Test>::ConsentInvalid);
	});
}

#[test]
fn a_consent_for_one_provider_is_void_for_another() {
	case(|| {
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_noop!(
			Registrar::register(signed("lakeside"), consent),
			Error::<Test>::ConsentInvalid
		);
	});
}

#[test]
fn a_consent_for_another_chain_is_void() {
	case(|| {
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::zero());
		assert_noop!(Registrar::register(signed("mercy"), consent), Error::<Test>::ConsentInvalid);
	});
}

#[test]
fn a_changed_consent_is_void() {
	let changes: [fn(&mut SignedConsent<AccountId, Signature>); 4] = [
		|consent| consent.kind = ParticipantKind::Insurer,
		|consent| consent.encryption_key = [8; 32],
		|consent| consent.deadline += 1,
		|consent| consent.account = account("bob"),
	];
	case(|| {
		for change in changes {
			let mut consent = consent("alice", MERCY, ParticipantKind::Patient);
			change(&mut consent);
			assert_noop!(
				Registrar::register(signed("mercy"), consent),
				Error::<Test>::ConsentInvalid
			);
		}
	});
}

#[test]
fn a_consent_to_something_else_is_void() {
	case(|| {
		let mut consent = consent("alice", MERCY, ParticipantKind::Patient);
		let SignedConsent { kind, encryption_key, deadline, .. } = consent;
		consent.signature =
			agree("alice", &Consent::Enrol { steward: MERCY, kind, encryption_key, deadline });
		assert_noop!(Registrar::register(signed("mercy"), consent), Error::<Test>::ConsentInvalid);
	});
}

#[test]
fn the_deadline_is_the_first_moment_too_late() {
	case(|| {
		let consent = consent_until("alice", MERCY, ParticipantKind::Patient, START + 10);
		Now::set(START + 10);
		assert_noop!(
			Registrar::register(signed("mercy"), consent.clone()),
			Error::<Test>::ConsentExpired
		);
		Now::set(START + 9);
		assert_ok!(Registrar::register(signed("mercy"), consent));
	});
}

#[test]
fn the_deadline_lies_no_further_ahead_than_the_lifetime() {
	case(|| {
		let furthest = START + MAX_CONSENT_LIFETIME;
		for deadline in [furthest + 1, u64::MAX] {
			let consent = consent_until("alice", MERCY, ParticipantKind::Patient, deadline);
			assert_noop!(
				Registrar::register(signed("mercy"), consent),
				Error::<Test>::ConsentDeadlineTooFar
			);
		}
		let consent = consent_until("alice", MERCY, ParticipantKind::Patient, furthest);
		assert_ok!(Registrar::register(signed("mercy"), consent));
	});
}

#[test]
fn accounts_in_use_are_refused() {
	case(|| {
		for person in ["mercy", "mercy-operator", "lakeside"] {
			let consent = consent(person, MERCY, ParticipantKind::Patient);
			assert_noop!(
				Registrar::register(signed("mercy"), consent),
				Error::<Test>::AccountTaken
			);
		}
	});
}

#[test]
fn accounts_of_the_retired_are_refused() {
	case(|| {
		registered("alice", ParticipantKind::Patient);
		assert_ok!(Registrar::retire(signed("alice")));
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_noop!(Registrar::register(signed("mercy"), consent), Error::<Test>::AccountTaken);
	});
}

#[test]
fn tombstones_are_refused() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		rotated("alice", alice, "alice2");
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_noop!(
			Registrar::register(signed("mercy"), consent),
			Error::<Test>::AccountTombstone
		);
	});
}

#[test]
fn numbers_run_out_with_an_error() {
	case(|| {
		NextParticipantId::<Test>::put(u64::MAX);
		let consent = consent("alice", MERCY, ParticipantKind::Patient);
		assert_noop!(
			Registrar::register(signed("mercy"), consent),
			Error::<Test>::ParticipantIdsExhausted
		);
	});
}
