//! A steward enrols a patron who agreed to it.

use crate::{mock::*, Error, Event, NextRelationshipId};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{
	AccountId, Consent, EncryptionKey, Hash, Moment, ParticipantId, ParticipantKind,
	ParticipantStatus, Relationship, RelationshipId, RelationshipRole, RelationshipStatus,
	Signature, SignedConsent, MAX_CONSENT_LIFETIME,
};
use sp_core::{ecdsa, ed25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};

/// What a consent says, before it is signed.
#[derive(Clone)]
struct Agreement {
	account: AccountId,
	steward: ParticipantId,
	kind: ParticipantKind,
	encryption_key: EncryptionKey,
	deadline: Moment,
	nonce: u32,
	genesis: Hash,
}

impl Agreement {
	fn of(account: AccountId, steward: ParticipantId) -> Self {
		Self {
			nonce: System::account_nonce(&account),
			account,
			steward,
			kind: ParticipantKind::Patient,
			encryption_key: [7; 32],
			deadline: START + 1,
			genesis: System::block_hash(0),
		}
	}

	fn payload(&self) -> Vec<u8> {
		let Self { steward, kind, encryption_key, deadline, .. } = *self;
		Consent::Enrol { steward, kind, encryption_key, deadline }.payload(
			&self.genesis,
			&self.account,
			self.nonce,
		)
	}

	fn sign(self, sign: impl FnOnce(&[u8]) -> Signature) -> SignedConsent<AccountId, Signature> {
		let signature = sign(&self.payload());
		let Self { account, kind, encryption_key, deadline, .. } = self;
		SignedConsent { account, kind, encryption_key, deadline, signature }
	}

	/// Signed with the key pair of a number.
	fn signed_by(self, number: u8) -> SignedConsent<AccountId, Signature> {
		self.sign(|payload| pair(number).sign(payload).into())
	}
}

/// What someone who is not on the chain yet signs for [`MERCY`].
fn newcomer() -> Agreement {
	Agreement::of(account(NEWCOMER), MERCY)
}

/// What [`ALICE`], who is on the chain already, signs for [`MERCY`].
fn alice() -> Agreement {
	Agreement { encryption_key: encryption_key(0), ..Agreement::of(account(0), MERCY) }
}

const NEWCOMER: u8 = 50;

fn assert_enrolled(id: RelationshipId, patron: ParticipantId, steward: ParticipantId) {
	assert_eq!(
		relationship(id),
		Relationship { patron, steward, status: RelationshipStatus::Active, since: START, tags: 0 }
	);
	assert_eq!(Entries::get(patron, id), Some(RelationshipRole::Patron));
	assert_eq!(Entries::get(steward, id), Some(RelationshipRole::Steward));
	assert_eq!(events().last(), Some(&Event::Enrolled { relationship: id, patron, steward }));
}

#[test]
fn registers_a_new_patron_and_activates_the_relationship() {
	run(|| {
		assert_ok!(Relationships::enrol(signed(MERCY), newcomer().signed_by(NEWCOMER)));
		let (_, patron) = Accounts::get(account(NEWCOMER)).expect("she is registered");
		let registered = Registered::get(patron).expect("she is registered");
		assert_eq!(registered.kind, ParticipantKind::Patient);
		assert_eq!(registered.encryption_key, [7; 32]);
		assert_enrolled(0, patron, MERCY);
		assert_eq!(System::account_nonce(account(NEWCOMER)), 1);
		assert_eq!(NextRelationshipId::<Test>::get(), 1);
	});
}

#[test]
fn takes_an_existing_patron_as_she_is() {
	run(|| {
		let before = Registered::iter().count();
		assert_ok!(Relationships::enrol(signed(MERCY), alice().signed_by(0)));
		assert_enrolled(0, ALICE, MERCY);
		assert_eq!(Registered::iter().count(), before);
		assert_eq!(System::account_nonce(account(0)), 1);
	});
}

#[test]
fn a_delegate_and_an_operator_may_enrol() {
	run(|| {
		let for_delegate = Agreement { steward: DELEGATE, ..newcomer() };
		assert_ok!(Relationships::enrol(signed(DELEGATE), for_delegate.signed_by(NEWCOMER)));
		assert_ok!(Relationships::enrol(operator(MERCY), alice().signed_by(0)));
		assert_enrolled(1, ALICE, MERCY);
	});
}

#[test]
fn only_patients_are_registered_by_being_enrolled() {
	for kind in ParticipantKind::ALL {
		run(|| {
			let consent = Agreement { kind, ..newcomer() }.signed_by(NEWCOMER);
			if kind == ParticipantKind::Patient {
				assert_ok!(Relationships::enrol(signed(MERCY), consent));
			} else {
				assert_noop!(
					Relationships::enrol(signed(MERCY), consent),
					Error::<Test>::KindNotRegistrable
				);
			}
		});
	}
}

#[test]
fn a_signature_works_once() {
	run(|| {
		let new = newcomer().signed_by(NEWCOMER);
		assert_ok!(Relationships::enrol(signed(MERCY), new.clone()));
		assert_noop!(Relationships::enrol(signed(MERCY), new), Error::<Test>::ConsentInvalid);

		let known = alice().signed_by(0);
		assert_ok!(Relationships::enrol(signed(MERCY), known.clone()));
		assert_noop!(Relationships::enrol(signed(MERCY), known), Error::<Test>::ConsentInvalid);
		// Signed again, over the nonce as it is now, it works again.
		assert_ok!(Relationships::enrol(signed(MERCY), alice().signed_by(0)));
	});
}

#[test]
fn all_kinds_of_keys_may_sign() {
	run(|| {
		let (ed, ec) = (ed25519::Pair::from_seed(&[60; 32]), ecdsa::Pair::from_seed(&[61; 32]));
		let ed_account = MultiSigner::from(ed.public()).into_account();
		let ec_account = MultiSigner::from(ec.public()).into_account();
		let ed_consent = Agreement::of(ed_account, MERCY).sign(|payload| ed.sign(payload).into());
		let ec_consent = Agreement::of(ec_account, MERCY).sign(|payload| ec.sign(payload).into());
		assert_ok!(Relationships::enrol(signed(MERCY), ed_consent));
		assert_ok!(Relationships::enrol(signed(MERCY), ec_consent));
	});
}

#[test]
fn a_browser_wallets_wrapping_is_understood() {
	run(|| {
		let consent = newcomer().sign(|payload| {
			let wrapped = [b"<Bytes>", payload, b"</Bytes>"].concat();
			pair(NEWCOMER).sign(&wrapped).into()
		});
		assert_ok!(Relationships::enrol(signed(MERCY), consent));
	});
}

#[test]
fn whatever_she_did_not_sign_is_refused() {
	run(|| {
		let honest = newcomer();
		let other_chain = Agreement { genesis: Hash::repeat_byte(1), ..honest.clone() };
		let other_nonce = Agreement { nonce: 1, ..honest.clone() };
		let other_steward = Agreement { steward: COUNTY, ..honest.clone() };
		let mut consents = vec![
			other_chain.signed_by(NEWCOMER),
			other_nonce.signed_by(NEWCOMER),
			other_steward.signed_by(NEWCOMER),
			// Someone else signed in her name.
			honest.clone().signed_by(NEWCOMER + 1),
			// She agreed to be registered, not to be a patron.
			honest.clone().sign(|_| {
				let register = Consent::Register {
					provider: MERCY,
					kind: honest.kind,
					encryption_key: honest.encryption_key,
					deadline: honest.deadline,
				};
				let payload = register.payload(&honest.genesis, &honest.account, honest.nonce);
				pair(NEWCOMER).sign(&payload).into()
			}),
		];
		// The steward changed one thing after she had signed.
		let changed = honest.clone().signed_by(NEWCOMER);
		consents.push(SignedConsent { account: account(NEWCOMER + 1), ..changed.clone() });
		consents.push(SignedConsent { encryption_key: [8; 32], ..changed.clone() });
		consents.push(SignedConsent { deadline: changed.deadline + 1, ..changed });
		for consent in consents {
			assert_noop!(
				Relationships::enrol(signed(MERCY), consent),
				Error::<Test>::ConsentInvalid
			);
		}
		assert_ok!(Relationships::enrol(signed(MERCY), honest.signed_by(NEWCOMER)));
	});
}

#[test]
fn a_consent_holds_until_its_deadline() {
	run(|| {
		let consent = Agreement { deadline: START + 10, ..newcomer() }.signed_by(NEWCOMER);
		Now::set(START + 10);
		assert_noop!(
			Relationships::enrol(signed(MERCY), consent.clone()),
			Error::<Test>::ConsentExpired
		);
		Now::set(START + 9);
		assert_ok!(Relationships::enrol(signed(MERCY), consent));
	});
}

#[test]
fn a_deadline_lies_within_the_longest_lifetime() {
	run(|| {
		let longest = START + MAX_CONSENT_LIFETIME;
		let too_long = Agreement { deadline: longest + 1, ..newcomer() };
		assert_noop!(
			Relationships::enrol(signed(MERCY), too_long.signed_by(NEWCOMER)),
			Error::<Test>::ConsentTooLong
		);
		let long = Agreement { deadline: longest, ..newcomer() };
		assert_ok!(Relationships::enrol(signed(MERCY), long.signed_by(NEWCOMER)));
	});
}

#[test]
fn only_providers_and_delegates_become_stewards() {
	run(|| {
		for caller in [BOB, INSURER] {
			let consent = Agreement { steward: caller, ..newcomer() }.signed_by(NEWCOMER);
			assert_noop!(
				Relationships::enrol(signed(caller), consent),
				Error::<Test>::KindNotSteward
			);
		}
	});
}

#[test]
fn operators_and_tombstones_are_not_enrolled() {
	run(|| {
		let operator = Agreement::of(operator_account(COUNTY), MERCY);
		assert_noop!(
			Relationships::enrol(signed(MERCY), operator.signed_by(200 + COUNTY as u8)),
			Error::<Test>::AccountIsOperator
		);
		let tombstone = Agreement::of(tombstone_account(), MERCY);
		assert_noop!(
			Relationships::enrol(signed(MERCY), tombstone.signed_by(198)),
			Error::<Test>::AccountIsTombstone
		);
	});
}

#[test]
fn an_existing_patron_keeps_kind_and_key() {
	run(|| {
		let other_kind = Agreement { kind: ParticipantKind::Other, ..alice() };
		assert_noop!(
			Relationships::enrol(signed(MERCY), other_kind.signed_by(0)),
			Error::<Test>::KindDiffers
		);
		let other_key = Agreement { encryption_key: [9; 32], ..alice() };
		assert_noop!(
			Relationships::enrol(signed(MERCY), other_key.signed_by(0)),
			Error::<Test>::EncryptionKeyDiffers
		);
	});
}

#[test]
fn a_suspended_or_retired_patron_is_not_enrolled() {
	run(|| {
		for status in [ParticipantStatus::Suspended, ParticipantStatus::Retired] {
			set_status(ALICE, status);
			assert_noop!(
				Relationships::enrol(signed(MERCY), alice().signed_by(0)),
				Error::<Test>::CounterpartyNotActive
			);
		}
	});
}

#[test]
fn a_steward_does_not_enrol_itself() {
	run(|| {
		let itself = Agreement {
			kind: ParticipantKind::Provider,
			encryption_key: encryption_key(MERCY as u8),
			..Agreement::of(account(MERCY as u8), MERCY)
		};
		assert_noop!(
			Relationships::enrol(signed(MERCY), itself.clone().signed_by(MERCY as u8)),
			Error::<Test>::SameParticipant
		);
		assert_noop!(
			Relationships::enrol(operator(MERCY), itself.signed_by(MERCY as u8)),
			Error::<Test>::SameParticipant
		);
	});
}

#[test]
fn nothing_remains_of_an_enrolment_without_a_number() {
	use sp_runtime::traits::Dispatchable;
	new_test_ext().execute_with(|| {
		NextRelationshipId::<Test>::put(RelationshipId::MAX);
		let before = state();
		let call = RuntimeCall::Relationships(crate::Call::enrol {
			consent: newcomer().signed_by(NEWCOMER),
		});
		let error = call.dispatch(signed(MERCY)).expect_err("no number is left").error;
		assert_eq!(error, Error::<Test>::IdsExhausted.into());
		assert_eq!(state(), before);
	});
}
