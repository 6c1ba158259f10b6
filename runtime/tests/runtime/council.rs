//! What the council decides, and how it votes: really signed. What follows for seats and authority is in
//! `seats`.

use crate::common::{
	account_data, certify, close, decided_by, enrol, fails, key, motion, next_block, participant,
	propose, provider, refused, run, succeeds, three_decide, to_block, vote, HARBOUR, LAKESIDE,
	MERCY, NORTHGATE,
};
use frame_support::{dispatch::GetDispatchInfo, traits::Get};
use medrec_primitives::{
	Majority, ParticipantKind, ParticipantStatus, Participants, ProviderEndpoint, ProviderName,
	Purposes,
};
use medrec_runtime::{
	configs::{
		dynamic_params::quota, CouncilAgenda, MotionDuration, RuntimeBlockWeights,
		RuntimeParameters,
	},
	genesis_config_presets::{DEV, LOCAL},
	Hash, Header, Refusal, Registrar, Runtime, RuntimeCall, RuntimeOrigin, System,
};
use pallet_council::{Agenda, Error, Event, Motions};
use sp_consensus_grandpa::{ConsensusLog, GRANDPA_ENGINE_ID};
use sp_runtime::{
	traits::{BadOrigin, Dispatchable},
	DigestItem, DispatchError,
};

fn suspend(participant: u64) -> RuntimeCall {
	pallet_registrar::Call::suspend { participant }.into()
}

/// One of each call that the council decides by more than half.
fn by_more_than_half() -> Vec<RuntimeCall> {
	let (kind, purposes) = (ParticipantKind::Insurer, Purposes::ALL);
	let key_value = RuntimeParameters::Quota(quota::Parameters::ParticipantQuota(
		quota::ParticipantQuota,
		Some(30),
	));
	vec![
		pallet_registrar::Call::certify {
			account: key("//provider").account_id(),
			// As long as they can be.
			name: ProviderName::truncate_from(vec![b'a'; 1_000]),
			endpoint: ProviderEndpoint::truncate_from(vec![b'a'; 1_000]),
			encryption_key: [1; 32],
			gatekeeper_key: [2; 32],
		}
		.into(),
		suspend(HARBOUR),
		pallet_registrar::Call::reinstate { participant: HARBOUR }.into(),
		pallet_registrar::Call::set_purposes { kind, purposes }.into(),
		pallet_authorities::Call::add_authority { participant: HARBOUR }.into(),
		pallet_authorities::Call::remove_authority { participant: HARBOUR }.into(),
		pallet_authorities::Call::set_session_length { blocks: 100 }.into(),
		pallet_authorities::Call::set_minimum_authorities { authorities: 3 }.into(),
		pallet_authorities::Call::forgive { participant: HARBOUR }.into(),
		pallet_parameters::Call::set_parameter { key_value }.into(),
	]
}

/// One of each call that it decides by two thirds.
fn by_two_thirds() -> Vec<RuntimeCall> {
	vec![
		pallet_authorities::Call::set_removal_delay { blocks: 100 }.into(),
		frame_system::Call::authorize_upgrade { code_hash: Hash::repeat_byte(1) }.into(),
		pallet_grandpa::Call::note_stalled { delay: 10, best_finalized_block_number: 1 }.into(),
	]
}

#[test]
fn three_of_four_certify_a_provider() {
	run(LOCAL, || {
		let new = key("//provider");
		refused(&new, pallet_registrar::Call::end_sessions {}, Refusal::NotAParticipant);
		three_decide(certify(&new, "Hillside Surgery"));
		assert_eq!(participant(&new), 4);
		let caller = Registrar::caller(&new.account_id()).expect("it was certified");
		assert_eq!(caller.kind, ParticipantKind::Provider);
		succeeds(&new, pallet_registrar::Call::end_sessions {});
	});
}

#[test]
fn two_of_four_decide_nothing() {
	run(LOCAL, || {
		let new = key("//provider");
		let call = certify(&new, "Hillside Surgery");
		let too_early = Error::<Runtime>::TooEarly;
		assert_eq!(decided_by(&[MERCY, LAKESIDE].map(provider), call), Err(too_early.into()));
		assert_eq!(Registrar::caller(&new.account_id()), None);
		// It waits for the third.
		vote(&provider(HARBOUR), 0, true);
		assert_eq!(close(&provider(HARBOUR), 0), Ok(()));
		assert_eq!(participant(&new), 4);
	});
}

#[test]
fn two_of_four_stop_everything() {
	run(LOCAL, || {
		let id = propose(&provider(MERCY), suspend(HARBOUR));
		vote(&provider(HARBOUR), id, false);
		vote(&provider(NORTHGATE), id, false);
		assert_eq!(close(&provider(HARBOUR), id), Ok(()));
		assert!(System::read_events_for_pallet::<Event<Runtime>>().contains(&Event::Rejected {
			motion: id,
			no: 2,
			seats: 4
		}));
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Active);
	});
}

#[test]
fn a_motion_is_open_for_three_days() {
	run(LOCAL, || {
		let id = propose(&provider(MERCY), suspend(HARBOUR));
		vote(&provider(LAKESIDE), id, true);
		let closes = Motions::<Runtime>::get(id).expect("it is open").closes;
		assert_eq!(closes, System::block_number() + 3 * 24 * 60 * 30);
		assert_eq!(MotionDuration::get(), 3 * 24 * 60 * 30);
		// Without the blocks in between.
		System::set_block_number(closes + 1);
		let too_late: DispatchError = Error::<Runtime>::MotionExpired.into();
		let vote = pallet_council::Call::<Runtime>::vote { motion: id, approve: true };
		let origin = RuntimeOrigin::signed(provider(NORTHGATE).account_id());
		let outcome = RuntimeCall::from(vote).dispatch(origin.clone());
		assert_eq!(outcome.map_err(|failed| failed.error), Err(too_late));
		let close = pallet_council::Call::<Runtime>::close { motion: id };
		assert!(RuntimeCall::from(close).dispatch(origin).is_ok());
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Active);
		System::set_block_number(1);
	});
}

#[test]
fn who_proposed_may_take_it_back() {
	run(LOCAL, || {
		let id = propose(&provider(MERCY), suspend(HARBOUR));
		let rescind = || pallet_council::Call::rescind { motion: id };
		fails(&provider(LAKESIDE), rescind(), Error::<Runtime>::NotProposer);
		succeeds(&provider(MERCY), rescind());
		assert_eq!(Motions::<Runtime>::count(), 0);
	});
}

#[test]
fn only_authorities_propose_and_vote() {
	run(LOCAL, || {
		let (patient, new) = (key("//patient"), key("//provider"));
		enrol(MERCY, &patient);
		three_decide(certify(&new, "Hillside Surgery"));
		let id = propose(&provider(MERCY), suspend(HARBOUR));
		// Nor a provider that does not validate.
		for stranger in [patient, new] {
			refused(&stranger, motion(suspend(LAKESIDE)), Refusal::NotForSigner);
			refused(
				&stranger,
				pallet_council::Call::vote { motion: id, approve: true },
				Refusal::NotForSigner,
			);
			refused(&stranger, pallet_council::Call::close { motion: id }, Refusal::NotForSigner);
		}
	});
}

#[test]
fn the_only_provider_of_dev_decides_alone() {
	run(DEV, || {
		let new = key("//provider");
		assert_eq!(decided_by(&[provider(MERCY)], certify(&new, "Hillside Surgery")), Ok(()));
		assert_eq!(participant(&new), 1);
	});
}

#[test]
fn nobody_alone_does_what_the_council_decides() {
	run(LOCAL, || {
		for call in by_more_than_half().into_iter().chain(by_two_thirds()) {
			match call {
				RuntimeCall::Registrar(_) | RuntimeCall::Authorities(_) => {
					fails(&provider(MERCY), call, BadOrigin)
				},
				// What is no participant's to send is not even taken.
				_ => refused(&provider(MERCY), call, Refusal::NotForSigner),
			}
		}
	});
}

#[test]
fn the_council_is_let_through_wherever_its_agenda_sends_it() {
	for call in by_more_than_half().into_iter().chain(by_two_thirds()) {
		run(LOCAL, || {
			let item = CouncilAgenda::item(&call).expect("it is on the agenda");
			let origin = if item.as_root {
				RuntimeOrigin::root()
			} else {
				pallet_council::Origin::Council { majority: item.majority, yes: 1, seats: 1 }.into()
			};
			let outcome = call.clone().dispatch(origin).map_err(|failed| failed.error);
			assert_ne!(outcome, Err(DispatchError::BadOrigin), "{call:?}");
		});
	}
}

#[test]
fn majorities_are_the_chains_and_not_the_proposers() {
	run(LOCAL, || {
		let calls =
			[(by_more_than_half(), Majority::MoreThanHalf), (by_two_thirds(), Majority::TwoThirds)];
		for (calls, majority) in calls {
			for call in calls {
				let id = propose(&provider(MERCY), call.clone());
				let motion = Motions::<Runtime>::get(id).expect("it is open");
				assert_eq!(motion.majority, majority, "{call:?}");
				assert_eq!(motion.decode_call(), Some(call));
				succeeds(&provider(MERCY), pallet_council::Call::rescind { motion: id });
			}
		}
	});
}

#[test]
fn closing_any_motion_fits_into_what_a_block_keeps_for_it() {
	let close: RuntimeCall = pallet_council::Call::<Runtime>::close { motion: 0 }.into();
	let reserved = RuntimeBlockWeights::get()
		.get(frame_support::dispatch::DispatchClass::Operational)
		.reserved
		.expect("something is kept for operational transactions");
	let info = close.get_dispatch_info();
	assert!(info.total_weight().all_lt(reserved), "{info:?} does not fit into {reserved:?}");
}

#[test]
fn nothing_else_is_on_the_agenda() {
	run(LOCAL, || {
		let calls: Vec<RuntimeCall> = vec![
			frame_system::Call::set_code { code: vec![1] }.into(),
			frame_system::Call::set_storage { items: vec![] }.into(),
			frame_system::Call::authorize_upgrade_without_checks { code_hash: Hash::zero() }.into(),
			frame_system::Call::remark { remark: vec![] }.into(),
			pallet_session::Call::purge_keys {}.into(),
			pallet_registrar::Call::end_sessions {}.into(),
			motion(suspend(HARBOUR)).into(),
		];
		let off_agenda: DispatchError = Error::<Runtime>::NotOnAgenda.into();
		for call in calls {
			fails(&provider(MERCY), motion(call), off_agenda);
		}
	});
}

#[test]
fn three_of_four_suspend_and_reinstate_a_patient() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		let id = participant(&patient);
		three_decide(suspend(id));
		let call = || pallet_registrar::Call::set_encryption_key { encryption_key: [1; 32] };
		refused(&patient, call(), Refusal::Suspended);
		three_decide(pallet_registrar::Call::reinstate { participant: id });
		succeeds(&patient, call());
	});
}

#[test]
fn two_thirds_authorize_an_upgrade() {
	run(LOCAL, || {
		let code_hash = Hash::repeat_byte(7);
		three_decide(frame_system::Call::authorize_upgrade { code_hash });
		let authorized = frame_system::Event::UpgradeAuthorized { code_hash, check_version: true };
		assert!(
			System::read_events_for_pallet::<frame_system::Event<Runtime>>().contains(&authorized)
		);
		assert!(System::authorized_upgrade().is_some());
	});
}

/// Whether a block tells nodes to change the authorities although nothing is finalized.
fn forces_a_change(header: &Header) -> bool {
	header.digest.logs.iter().any(|item| {
		let log: Option<ConsensusLog<u32>> = match item {
			DigestItem::Consensus(GRANDPA_ENGINE_ID, _) => {
				item.consensus_try_to(&GRANDPA_ENGINE_ID)
			},
			_ => None,
		};
		matches!(log, Some(ConsensusLog::ForcedChange(..)))
	})
}

#[test]
fn two_thirds_force_a_change_of_a_stalled_set() {
	run(LOCAL, || {
		three_decide(pallet_grandpa::Call::note_stalled {
			delay: 10,
			best_finalized_block_number: 0,
		});
		let mut headers = to_block(11);
		headers.push(next_block());
		assert_eq!(headers.iter().filter(|header| forces_a_change(header)).count(), 1);
	});
}
