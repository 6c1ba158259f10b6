//! What the council changes without an upgrade.

use crate::common::{
	decided_by, enrol, fails, key, motion, propose, provider, refused, run, succeeds, suspend,
	three_decide, LAKESIDE, MERCY,
};
use frame_support::traits::Get;
use medrec_primitives::{PeerId, PeerIds};
use medrec_runtime::{
	configs::{
		dynamic_params::{access, council, quota},
		is_within_limits, MotionDuration, ParticipantQuota, ProviderQuota, RuntimeParameters,
		RuntimeParametersKey, StalenessLimit, DEFAULT_STALENESS_LIMIT,
	},
	genesis_config_presets::LOCAL,
	Refusal, Runtime, RuntimeCall, System, DAYS, MINUTES,
};
use pallet_council::Motions;
use sp_runtime::DispatchError;

fn set(key_value: RuntimeParameters) -> RuntimeCall {
	pallet_parameters::Call::set_parameter { key_value }.into()
}

fn participant_quota(value: Option<u16>) -> RuntimeParameters {
	RuntimeParameters::Quota(quota::Parameters::ParticipantQuota(quota::ParticipantQuota, value))
}

fn provider_quota(value: Option<u16>) -> RuntimeParameters {
	RuntimeParameters::Quota(quota::Parameters::ProviderQuota(quota::ProviderQuota, value))
}

fn staleness_limit(value: Option<u64>) -> RuntimeParameters {
	RuntimeParameters::Access(access::Parameters::StalenessLimit(access::StalenessLimit, value))
}

fn motion_duration(value: Option<u32>) -> RuntimeParameters {
	RuntimeParameters::Council(council::Parameters::MotionDuration(council::MotionDuration, value))
}

fn any_call() -> RuntimeCall {
	pallet_registrar::Call::set_encryption_key { encryption_key: [1; 32] }.into()
}

#[test]
fn a_new_quota_holds_at_once() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		three_decide(set(participant_quota(Some(5))));
		for _ in 0..5 {
			succeeds(&patient, any_call());
		}
		refused(&patient, any_call(), Refusal::QuotaUsedUp);
		// What was used stays used.
		three_decide(set(participant_quota(Some(6))));
		succeeds(&patient, any_call());
		refused(&patient, any_call(), Refusal::QuotaUsedUp);
		// Without a value, what the runtime says holds again.
		three_decide(set(participant_quota(None)));
		assert_eq!(ParticipantQuota::get(), 20);
		succeeds(&patient, any_call());
	});
}

#[test]
fn providers_have_a_quota_of_their_own() {
	run(LOCAL, || {
		three_decide(set(provider_quota(Some(100))));
		assert_eq!((ParticipantQuota::get(), ProviderQuota::get()), (20, 100));
		// It has proposed this.
		for _ in 0..99 {
			succeeds(&provider(MERCY), any_call());
		}
		refused(&provider(MERCY), any_call(), Refusal::QuotaUsedUp);
		succeeds(&provider(LAKESIDE), any_call());
	});
}

#[test]
fn the_staleness_limit_is_on_the_chain() {
	run(LOCAL, || {
		assert_eq!(StalenessLimit::get(), 30_000);
		three_decide(set(staleness_limit(Some(20_000))));
		assert_eq!(StalenessLimit::get(), 20_000);
	});
}

/// Nodes read it without running the runtime. Another key or value would be another layout of the state,
/// of which they are told by a new `spec_version`.
#[test]
fn the_staleness_limit_is_where_nodes_read_it() {
	let name = sp_io::hashing::twox_128(b"Parameters");
	// Group 1, parameter 0.
	let parameter = [1, 0];
	let hash = sp_io::hashing::blake2_128(&parameter);
	let key = [name.as_slice(), &name, &hash, &parameter].concat();
	let typed = access::ParametersKey::StalenessLimit(access::StalenessLimit);
	assert_eq!(
		key,
		pallet_parameters::Parameters::<Runtime>::hashed_key_for(RuntimeParametersKey::Access(
			typed
		))
	);
	run(LOCAL, || {
		assert_eq!(sp_io::storage::get(&key), None);
		assert_eq!(StalenessLimit::get(), DEFAULT_STALENESS_LIMIT);
		three_decide(set(staleness_limit(Some(20_000))));
		let value = [[1, 0].as_slice(), &20_000_u64.to_le_bytes()].concat();
		assert_eq!(sp_io::storage::get(&key).map(|value| value.to_vec()), Some(value));
	});
}

/// So are the nodes of providers.
#[test]
fn peer_ids_are_where_nodes_read_them() {
	let peer_id = [[0, 36, 8, 1, 18, 32].as_slice(), &[7; 32]].concat();
	let key = [
		sp_io::hashing::twox_128(b"Registrar").as_slice(),
		&sp_io::hashing::twox_128(b"PeerIds"),
		&LAKESIDE.to_le_bytes(),
	]
	.concat();
	run(LOCAL, || {
		let peer_ids = PeerIds::truncate_from(vec![PeerId::truncate_from(peer_id.clone())]);
		succeeds(&provider(LAKESIDE), pallet_registrar::Call::set_peer_ids { peer_ids });
		// Lists of one and of 38, each with its length before it.
		let value = [[1 << 2, 38 << 2].as_slice(), &peer_id].concat();
		assert_eq!(sp_io::storage::get(&key).map(|value| value.to_vec()), Some(value));
		suspend(LAKESIDE);
		assert_eq!(sp_io::storage::get(&key), None);
	});
}

#[test]
fn a_new_duration_holds_for_new_motions() {
	run(LOCAL, || {
		let closes = |id| Motions::<Runtime>::get(id).expect("it is open").closes;
		let suspend = |participant| pallet_registrar::Call::suspend { participant };
		let before = propose(&provider(MERCY), suspend(1));
		three_decide(set(motion_duration(Some(10 * MINUTES))));
		assert_eq!(MotionDuration::get(), 10 * MINUTES);
		let after = propose(&provider(MERCY), suspend(2));
		assert_eq!(closes(before), System::block_number() + 3 * DAYS);
		assert_eq!(closes(after), System::block_number() + 10 * MINUTES);
	});
}

#[test]
fn nobody_alone_sets_one() {
	run(LOCAL, || {
		refused(&provider(MERCY), set(provider_quota(Some(500))), Refusal::NotForSigner);
	});
}

#[test]
fn values_that_lock_people_out_are_not_even_voted_on() {
	let refused = [
		participant_quota(Some(0)),
		participant_quota(Some(4)),
		participant_quota(Some(1_001)),
		provider_quota(Some(0)),
		provider_quota(Some(99)),
		provider_quota(Some(u16::MAX)),
		staleness_limit(Some(0)),
		staleness_limit(Some(9_999)),
		staleness_limit(Some(u64::MAX)),
		motion_duration(Some(0)),
		motion_duration(Some(10 * MINUTES - 1)),
		motion_duration(Some(u32::MAX)),
	];
	for parameter in refused {
		run(LOCAL, || {
			let out_of_range: DispatchError =
				pallet_council::Error::<Runtime>::ValueOutOfRange.into();
			fails(&provider(MERCY), motion(set(parameter)), out_of_range);
		});
	}
}

#[test]
fn what_holds_without_a_decision_is_within_the_limits() {
	run(LOCAL, || {
		for parameter in [
			participant_quota(Some(ParticipantQuota::get())),
			provider_quota(Some(ProviderQuota::get())),
			staleness_limit(Some(StalenessLimit::get())),
			motion_duration(Some(MotionDuration::get())),
			motion_duration(None),
		] {
			assert!(is_within_limits(&parameter), "{parameter:?}");
		}
	});
}

#[test]
fn two_of_four_set_nothing() {
	run(LOCAL, || {
		let too_early = pallet_council::Error::<Runtime>::TooEarly;
		let two = [MERCY, LAKESIDE].map(provider);
		assert_eq!(decided_by(&two, set(provider_quota(Some(500)))), Err(too_early.into()));
		assert_eq!(ProviderQuota::get(), 2_000);
	});
}
