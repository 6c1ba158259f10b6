//! Who may transact.
//!
//! - Strangers may not.
//! - Who is suspended or retired may only take back what is its own.
//! - An account that was rotated away, or an operator account that was replaced or whose provider has
//!   retired, never may again.
//! - An operator account may make the calls of daily work, and no others.
//! - Nobody sends what is not for participants to call, because what fails has its declared weight too.
//! - Session keys are set by providers; motions and objections come from those who hold authority.
//! - What nobody signed, another signed, or was signed for another chain does nothing.

use crate::common::{
	apply, certify, decide, enrol, invalid, key, nonce_of, operator, participant, pool, proposed,
	provider, refused, register, rotation, run, set_operator, sign, succeeds, suspend, tag,
	ENCRYPTION_KEY, GENESIS, LAKESIDE, MERCY,
};
use frame_support::assert_ok;
use medrec_primitives::{Consent, ExpiryDay, ParticipantKind, RelationshipRole};
use medrec_protocol::account::AccountKey;
use medrec_runtime::{
	genesis_config_presets::LOCAL, Hash, Refusal, RuntimeCall, SignedPayload, UncheckedExtrinsic,
};
use sp_runtime::{generic::Preamble, transaction_validity::InvalidTransaction};

/// Calls that ask for no more than an active participant.
fn everyones_calls() -> Vec<RuntimeCall> {
	vec![
		pallet_registrar::Call::set_encryption_key { encryption_key: ENCRYPTION_KEY }.into(),
		pallet_registrar::Call::retire {}.into(),
		pallet_relationship::Call::propose { counterparty: MERCY, role: RelationshipRole::Patron }
			.into(),
		pallet_relationship::Call::accept { relationship: 0, counterparty: MERCY }.into(),
		pallet_relationship::Call::withdraw { relationship: 0 }.into(),
		pallet_relationship::Call::grant {
			relationship: 0,
			tag: tag(1),
			expiry: ExpiryDay(u16::MAX),
		}
		.into(),
		pallet_relationship::Call::clean_grants { relationship: 0, limit: 1 }.into(),
		pallet_summary::Call::remove { relationship: 0 }.into(),
	]
}

/// A call of the council's work.
fn council_call() -> RuntimeCall {
	let motion: RuntimeCall = pallet_registrar::Call::suspend { participant: LAKESIDE }.into();
	pallet_council::Call::propose { call: Box::new(motion) }.into()
}

/// Calls that take something back, none of which is there.
fn removals_of_nothing() -> Vec<RuntimeCall> {
	vec![
		pallet_relationship::Call::revoke { relationship: 0, tag: tag(1) }.into(),
		pallet_relationship::Call::end { relationship: 99 }.into(),
		pallet_relationship::Call::reject { relationship: 99 }.into(),
	]
}

#[track_caller]
fn all_refused(key: &AccountKey, refusal: Refusal) {
	for call in everyones_calls().into_iter().chain(removals_of_nothing()) {
		refused(key, call, refusal);
	}
}

#[test]
fn strangers_may_not() {
	run(LOCAL, || all_refused(&key("//stranger"), Refusal::NotAParticipant));
}

#[test]
fn participants_of_every_kind_may() {
	run(LOCAL, || {
		for kind in ParticipantKind::ALL {
			if kind == ParticipantKind::Provider {
				continue;
			}
			let key = key(&format!("//{kind:?}"));
			register(MERCY, &key, kind);
			succeeds(&key, pallet_registrar::Call::end_sessions {});
		}
		succeeds(&provider(MERCY), pallet_registrar::Call::end_sessions {});
	});
}

#[test]
fn who_is_suspended_may_not() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		suspend(participant(&patient));
		all_refused(&patient, Refusal::Suspended);
	});
}

#[test]
fn neither_account_of_a_suspended_provider_may() {
	run(LOCAL, || {
		suspend(LAKESIDE);
		all_refused(&provider(LAKESIDE), Refusal::Suspended);
		let call = pallet_relationship::Call::propose {
			counterparty: MERCY,
			role: RelationshipRole::Patron,
		};
		refused(&operator(LAKESIDE), call, Refusal::Suspended);
	});
}

#[test]
fn who_is_reinstated_may_again() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		suspend(participant(&patient));
		decide(pallet_registrar::Call::reinstate { participant: participant(&patient) });
		succeeds(&patient, pallet_registrar::Call::end_sessions {});
	});
}

#[test]
fn who_has_retired_may_not() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		succeeds(&patient, pallet_registrar::Call::retire {});
		all_refused(&patient, Refusal::Retired);
	});
}

#[test]
fn an_account_that_was_rotated_away_may_not() {
	run(LOCAL, || {
		let (old, new) = (key("//patient"), key("//patient//new"));
		let relationship = enrol(MERCY, &old);
		succeeds(&old, rotation(&old, &new));
		all_refused(&old, Refusal::RotatedAway);
		// Not even what is the participant's to take back.
		refused(&old, pallet_relationship::Call::end { relationship }, Refusal::RotatedAway);
		succeeds(&new, pallet_relationship::Call::end { relationship });
	});
}

#[test]
fn an_operator_account_that_was_replaced_may_not() {
	run(LOCAL, || {
		let new = key("//Alice//operator//new");
		set_operator(MERCY, &new);
		let call = || {
			let role = RelationshipRole::Patron;
			pallet_relationship::Call::propose { counterparty: LAKESIDE, role }
		};
		refused(&operator(MERCY), call(), Refusal::RotatedAway);
		succeeds(&new, call());
	});
}

#[test]
fn the_operator_of_a_provider_that_has_retired_may_not() {
	run(LOCAL, || {
		let new = key("//provider");
		let call = certify(&new, "Hillside Surgery");
		decide(call);
		let id = participant(&new);
		let server = key("//provider//operator");
		let agreed = Consent::Operate { provider: id };
		let signature = server.consent(&agreed, &GENESIS, 0).as_signature().clone();
		let operator = Some((server.account_id(), signature));
		succeeds(&new, pallet_registrar::Call::set_operator { operator });

		succeeds(&new, pallet_registrar::Call::retire {});
		all_refused(&new, Refusal::Retired);
		all_refused(&server, Refusal::RotatedAway);
	});
}

#[test]
fn operators_do_daily_work() {
	run(LOCAL, || {
		let (patient, pharmacist) = (key("//patient"), key("//pharmacist"));
		// These two are sent by the operator.
		let first = enrol(MERCY, &patient);
		register(MERCY, &pharmacist, ParticipantKind::Other);

		let server = operator(MERCY);
		let propose =
			|counterparty, role| pallet_relationship::Call::propose { counterparty, role };
		let patron = participant(&patient);
		succeeds(&server, propose(patron, RelationshipRole::Steward));
		succeeds(&patient, propose(MERCY, RelationshipRole::Patron));
		let (relationship, counterparty) = (first + 2, patron);
		succeeds(&server, pallet_relationship::Call::accept { relationship, counterparty });
		succeeds(&server, pallet_relationship::Call::end { relationship });
		succeeds(&patient, propose(MERCY, RelationshipRole::Patron));
		succeeds(&server, pallet_relationship::Call::reject { relationship: first + 3 });
	});
}

#[test]
fn operators_may_do_nothing_else() {
	run(LOCAL, || {
		let server = operator(MERCY);
		let own = proposed(MERCY, LAKESIDE);
		let calls: Vec<RuntimeCall> = vec![
			rotation(&server, &key("//new")).into(),
			pallet_registrar::Call::set_encryption_key { encryption_key: ENCRYPTION_KEY }.into(),
			pallet_registrar::Call::end_sessions {}.into(),
			pallet_registrar::Call::retire {}.into(),
			pallet_registrar::Call::set_gatekeeper_key { gatekeeper_key: [1; 32] }.into(),
			pallet_registrar::Call::set_operator { operator: None }.into(),
			pallet_registrar::Call::set_peer_ids { peer_ids: Default::default() }.into(),
			pallet_registrar::Call::suspend { participant: LAKESIDE }.into(),
			pallet_relationship::Call::withdraw { relationship: own }.into(),
			pallet_relationship::Call::grant {
				relationship: own,
				tag: tag(1),
				expiry: ExpiryDay(u16::MAX),
			}
			.into(),
			pallet_relationship::Call::revoke { relationship: own, tag: tag(1) }.into(),
			pallet_relationship::Call::clean_grants { relationship: own, limit: 1 }.into(),
			pallet_summary::Call::remove { relationship: own }.into(),
			pallet_authorities::Call::object { participant: LAKESIDE }.into(),
			council_call(),
			pallet_council::Call::vote { motion: 0, approve: true }.into(),
			pallet_council::Call::rescind { motion: 0 }.into(),
			pallet_council::Call::close { motion: 0 }.into(),
			pallet_session::Call::purge_keys {}.into(),
			frame_system::Call::remark { remark: vec![1] }.into(),
		];
		for call in calls {
			refused(&server, call, Refusal::NotForOperators);
		}
	});
}

/// Calls that would fail when they are dispatched, most of them with a weight that the signer chooses.
fn nobodys_calls() -> Vec<RuntimeCall> {
	vec![
		frame_system::Call::remark { remark: vec![1] }.into(),
		frame_system::Call::remark_with_event { remark: vec![1] }.into(),
		frame_system::Call::kill_prefix { prefix: vec![], subkeys: 7_000 }.into(),
		frame_system::Call::set_storage { items: vec![(vec![1], vec![2]); 100] }.into(),
		frame_system::Call::set_code { code: vec![1] }.into(),
		frame_system::Call::apply_authorized_upgrade { code: vec![1] }.into(),
		pallet_grandpa::Call::note_stalled { delay: 1, best_finalized_block_number: 1 }.into(),
	]
}

#[test]
fn nobody_sends_what_is_not_for_participants() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		for call in nobodys_calls() {
			refused(&patient, call.clone(), Refusal::NotForSigner);
			refused(&provider(MERCY), call, Refusal::NotForSigner);
		}
	});
}

#[test]
fn only_who_holds_authority_sends_what_is_for_the_council() {
	run(LOCAL, || {
		let (patient, newcomer) = (key("//patient"), key("//provider"));
		enrol(MERCY, &patient);
		decide(certify(&newcomer, "Hillside Surgery"));
		let calls: [RuntimeCall; 2] =
			[pallet_authorities::Call::object { participant: LAKESIDE }.into(), council_call()];
		for call in calls {
			refused(&patient, call.clone(), Refusal::NotForSigner);
			refused(&newcomer, call.clone(), Refusal::NotForSigner);
			let mercy = provider(MERCY);
			assert_ok!(pool(sign(&mercy, nonce_of(&mercy), call)));
		}
	});
}

#[test]
fn only_providers_set_session_keys() {
	run(LOCAL, || {
		let (patient, newcomer) = (key("//patient"), key("//provider"));
		enrol(MERCY, &patient);
		decide(certify(&newcomer, "Hillside Surgery"));
		let call = || pallet_session::Call::purge_keys {};
		refused(&patient, call(), Refusal::NotForSigner);
		assert_ok!(pool(sign(&newcomer, nonce_of(&newcomer), call())));
	});
}

#[test]
fn the_council_goes_before_what_could_crowd_it_out() {
	run(LOCAL, || {
		let mercy = provider(MERCY);
		let priority = |call: RuntimeCall| {
			pool(sign(&mercy, nonce_of(&mercy), call)).expect("it is valid").priority
		};
		let daily = priority(pallet_registrar::Call::end_sessions {}.into());
		let council = priority(council_call());
		let relationship = enrol(MERCY, &key("//patient"));
		let removal = priority(pallet_relationship::Call::end { relationship }.into());
		assert!(daily < council && council < removal, "{daily} < {council} < {removal}");
	});
}

#[test]
fn what_nobody_signed_does_nothing() {
	run(LOCAL, || {
		for call in everyones_calls().into_iter().chain(removals_of_nothing()) {
			let bare = UncheckedExtrinsic::new_bare(call);
			assert!(pool(bare.clone()).is_err(), "the pool takes it");
			// An author could put some of them into its own block, where they come from nobody.
			assert_ne!(apply(bare), Ok(Ok(())));
		}
	});
}

#[test]
fn extensions_without_a_signature_are_nobodys() {
	run(LOCAL, || {
		for call in everyones_calls().into_iter().chain(removals_of_nothing()) {
			let signed = sign(&provider(MERCY), nonce_of(&provider(MERCY)), call.clone());
			let Preamble::Signed(_, _, extension) = signed.preamble else {
				panic!("it was signed")
			};
			let general = UncheckedExtrinsic::new_transaction(call, extension);
			invalid(general, InvalidTransaction::UnknownOrigin);
		}
	});
}

#[test]
fn a_signature_is_for_its_signer_its_call_and_its_chain() {
	run(LOCAL, || {
		let signer = provider(MERCY);
		let call = || RuntimeCall::from(pallet_registrar::Call::end_sessions {});
		let genuine = sign(&signer, nonce_of(&signer), call());
		let Preamble::Signed(_, signature, extension) = genuine.preamble.clone() else {
			panic!("it was signed")
		};

		let by_another = UncheckedExtrinsic::new_signed(
			call(),
			provider(LAKESIDE).account_id().into(),
			signature.clone(),
			extension.clone(),
		);
		invalid(by_another, InvalidTransaction::BadProof);

		let another_call = UncheckedExtrinsic::new_signed(
			pallet_registrar::Call::retire {}.into(),
			signer.account_id().into(),
			signature,
			extension.clone(),
		);
		invalid(another_call, InvalidTransaction::BadProof);

		let payload = SignedPayload::new(call(), extension.clone()).expect("blocks are kept");
		let (_, _, mut implicit) = payload.deconstruct();
		implicit.3 = Hash::repeat_byte(1);
		let payload = SignedPayload::from_raw(call(), extension.clone(), implicit);
		let signature = codec::Encode::using_encoded(&payload, |bytes| signer.sign(bytes));
		let for_another_chain = UncheckedExtrinsic::new_signed(
			call(),
			signer.account_id().into(),
			signature,
			extension,
		);
		invalid(for_another_chain, InvalidTransaction::BadProof);
	});
}
