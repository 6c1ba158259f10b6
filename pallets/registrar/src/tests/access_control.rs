//! Who may call what:
//!
//! - Strangers, tombstones and those who retired may call nothing.
//! - Operators may call `register` only.
//! - Who is suspended may call `rotate_key` and `end_sessions` only.
//! - Those who are not providers may call `rotate_key`, `set_encryption_key`, `end_sessions` and `retire`.
//! - Providers may call everything that is not the council's.
//! - `certify`, `suspend`, `reinstate` and `set_purposes` are the council's, and no one else's.
//! - The council may call nothing else, and unsigned origins nothing at all.

use crate::mock::*;
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use medrec_primitives::{Consent, ParticipantKind, Purposes};
use sp_runtime::{traits::BadOrigin, DispatchError};

type Error = crate::Error<Test>;

/// A call that succeeds if the origin may make it. Gets the origin, and the number of the participant
/// that the signer acts as (or acted as), for the consents that the call carries.
type Call = (&'static str, fn(RuntimeOrigin, u64) -> DispatchResult);

const PARTICIPANTS: [Call; 4] = [
	("rotate_key", |origin, participant| {
		let epoch = participant_of(participant).epoch;
		let signature = agree("new", &Consent::Rotate { participant, epoch });
		Registrar::rotate_key(origin, account("new"), signature)
	}),
	("end_sessions", |origin, _| Registrar::end_sessions(origin)),
	("set_encryption_key", |origin, _| Registrar::set_encryption_key(origin, [1; 32])),
	("retire", |origin, _| Registrar::retire(origin)),
];

const PROVIDERS: [Call; 5] = [
	("register", |origin, provider| {
		Registrar::register(origin, consent("new", provider, ParticipantKind::Patient))
	}),
	("set_endpoint", |origin, _| {
		Registrar::set_endpoint(origin, endpoint("https://moved.example"))
	}),
	("set_gatekeeper_key", |origin, _| Registrar::set_gatekeeper_key(origin, [1; 32])),
	("set_operator", |origin, provider| {
		let signature = agree("new", &Consent::Operate { provider });
		Registrar::set_operator(origin, Some((account("new"), signature)))
	}),
	("set_peer_ids", |origin, _| Registrar::set_peer_ids(origin, peer_ids(&[1]))),
];

const COUNCIL: [Call; 4] = [
	("certify", |origin, _| {
		let (name, endpoint) = (name("New"), endpoint("https://new.example"));
		Registrar::certify(origin, account("new"), name, endpoint, KEY, KEY)
	}),
	("suspend", |origin, _| Registrar::suspend(origin, LAKESIDE)),
	("reinstate", |origin, _| {
		// Only the council gets as far as to where it matters whether Lakeside is suspended.
		Registrar::suspend(council(), LAKESIDE)?;
		Registrar::reinstate(origin, LAKESIDE)
	}),
	("set_purposes", |origin, _| {
		Registrar::set_purposes(origin, ParticipantKind::Other, Purposes::NONE)
	}),
];

/// Make each of the calls as `person`, each in a state of its own that `prepare` has set up.
fn expect(
	calls: &[Call],
	person: &str,
	participant: u64,
	prepare: fn(),
	expected: impl Fn(&str) -> Result<(), DispatchError>,
) {
	for (call, make) in calls {
		case(|| {
			prepare();
			let expected = expected(call);
			match expected {
				Ok(()) => assert_eq!(make(signed(person), participant), Ok(()), "{call}"),
				Err(error) => {
					assert_noop!(make(signed(person), participant), error);
				},
			}
		});
	}
}

fn alice() {
	assert_eq!(registered("alice", ParticipantKind::Patient), ALICE);
}

const ALICE: u64 = 2;

fn suspend_mercy() {
	assert_ok!(Registrar::suspend(council(), MERCY));
}

#[test]
fn strangers_may_call_nothing() {
	let unknown = |_: &str| Err(Error::CallerUnknown.into());
	expect(&PARTICIPANTS, "stranger", MERCY, || {}, unknown);
	expect(&PROVIDERS, "stranger", MERCY, || {}, unknown);
}

#[test]
fn tombstones_may_call_nothing() {
	let unknown = |_: &str| Err(Error::CallerUnknown.into());
	expect(&PARTICIPANTS, "mercy", MERCY, || rotated("mercy", MERCY, "mercy2"), unknown);
	expect(&PROVIDERS, "mercy", MERCY, || rotated("mercy", MERCY, "mercy2"), unknown);
}

#[test]
fn the_retired_may_call_nothing() {
	let retire = || {
		assert_ok!(Registrar::retire(signed("mercy")));
	};
	let retired = |_: &str| Err(Error::CallerRetired.into());
	expect(&PARTICIPANTS, "mercy", MERCY, retire, retired);
	expect(&PROVIDERS, "mercy", MERCY, retire, retired);
}

#[test]
fn operators_may_only_register() {
	let operator = |call: &str| match call {
		"register" => Ok(()),
		_ => Err(Error::CallerIsOperator.into()),
	};
	expect(&PARTICIPANTS, "mercy-operator", MERCY, || {}, operator);
	expect(&PROVIDERS, "mercy-operator", MERCY, || {}, operator);
}

#[test]
fn operators_of_the_suspended_may_not_even_register() {
	expect(&PROVIDERS[..1], "mercy-operator", MERCY, suspend_mercy, |_| {
		Err(Error::CallerSuspended.into())
	});
}

#[test]
fn the_suspended_may_only_protect_their_keys() {
	let suspended = |call: &str| match call {
		"rotate_key" | "end_sessions" => Ok(()),
		_ => Err(Error::CallerSuspended.into()),
	};
	expect(&PARTICIPANTS, "mercy", MERCY, suspend_mercy, suspended);
	expect(&PROVIDERS, "mercy", MERCY, suspend_mercy, suspended);
}

#[test]
fn patients_may_call_what_every_participant_may() {
	expect(&PARTICIPANTS, "alice", ALICE, alice, |_| Ok(()));
	expect(&PROVIDERS, "alice", ALICE, alice, |_| Err(Error::CallerNotProvider.into()));
}

#[test]
fn providers_may_call_all_but_the_councils() {
	expect(&PARTICIPANTS, "mercy", MERCY, || {}, |_| Ok(()));
	expect(&PROVIDERS, "mercy", MERCY, || {}, |_| Ok(()));
	expect(&COUNCIL[..2], "mercy", MERCY, || {}, |_| Err(BadOrigin.into()));
	expect(&COUNCIL[3..], "mercy", MERCY, || {}, |_| Err(BadOrigin.into()));
	case(|| {
		assert_ok!(Registrar::suspend(council(), LAKESIDE));
		assert_noop!(Registrar::reinstate(signed("mercy"), LAKESIDE), BadOrigin);
	});
}

#[test]
fn the_council_may_make_its_own_calls_only() {
	for (call, make) in COUNCIL {
		case(|| assert_eq!(make(council(), MERCY), Ok(()), "{call}"));
	}
	for (_, make) in PARTICIPANTS.into_iter().chain(PROVIDERS) {
		case(|| {
			assert_noop!(make(council(), MERCY), BadOrigin);
		});
	}
}

#[test]
fn unsigned_origins_may_call_nothing() {
	for (call, make) in PARTICIPANTS.into_iter().chain(PROVIDERS).chain(COUNCIL) {
		case(|| assert_eq!(make(RuntimeOrigin::none(), MERCY), Err(BadOrigin.into()), "{call}"));
	}
}
