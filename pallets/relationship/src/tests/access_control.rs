//! Who may make which call.
//!
//! - An active participant may make every call that its side of the relationship allows.
//! - An operator may enrol, propose, accept, reject and end; it may not withdraw, grant, revoke or
//!   clean.
//! - A suspended or retired participant may reject, end and revoke, and nothing else; its operator may
//!   reject and end.
//! - Accounts that are nobody's, and accounts that were rotated away, may do nothing.
//! - Who is no party to a relationship may neither answer, withdraw nor end it, nor grant or revoke
//!   under it; cleaning is for everyone.
//! - The proposer may not answer its own proposal; the other side may not withdraw it.
//! - A steward may neither grant nor revoke.
//! - No call has a root or unsigned origin.
//! - `may_reject`, `may_end` and `may_revoke` say exactly what the calls then do.

use crate::{mock::*, Error};
use frame_support::assert_ok;
use medrec_primitives::{
	Caller, Consent, ExpiryDay, ParticipantKind, ParticipantStatus, Participants, RelationshipRole,
	SignedConsent,
};
use sp_core::Pair;
use sp_runtime::{traits::BadOrigin, DispatchError, DispatchResult};
use Attempt::*;

/// One call each, in a state in which [`MERCY`], a provider, may make it with its own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
	Enrol,
	Propose,
	Accept,
	Reject,
	Withdraw,
	End,
	Grant,
	Revoke,
	CleanGrants,
}

const ATTEMPTS: [Attempt; 9] =
	[Enrol, Propose, Accept, Reject, Withdraw, End, Grant, Revoke, CleanGrants];

impl Attempt {
	/// Bring about the state in which the attempt on relationship 0 would succeed.
	fn prepare(self) {
		match self {
			Enrol | Propose => {},
			Accept | Reject => assert_eq!(proposed(ALICE, MERCY), 0),
			Withdraw => assert_eq!(proposed(MERCY, COUNTY), 0),
			End => assert_eq!(active(ALICE, MERCY), 0),
			Grant => assert_eq!(active(MERCY, COUNTY), 0),
			Revoke | CleanGrants => {
				assert_eq!(active(MERCY, COUNTY), 0);
				let expiry = ExpiryDay(u16::MAX);
				assert_ok!(Relationships::grant(signed(MERCY), 0, tag(1), expiry));
				assert_ok!(Relationships::end(signed(COUNTY), 0));
			},
		}
	}

	fn make(self, origin: RuntimeOrigin) -> DispatchResult {
		match self {
			Enrol => Relationships::enrol(origin, newcomers_consent()),
			Propose => Relationships::propose(origin, ALICE, RelationshipRole::Steward),
			Accept => Relationships::accept(origin, 0, ALICE),
			Reject => Relationships::reject(origin, 0),
			Withdraw => Relationships::withdraw(origin, 0),
			End => Relationships::end(origin, 0),
			Grant => Relationships::grant(origin, 0, tag(2), ExpiryDay(u16::MAX)),
			Revoke => Relationships::revoke(origin, 0, tag(1)),
			CleanGrants => {
				Relationships::clean_grants(origin, 0, 1).map(|_| ()).map_err(|failed| failed.error)
			},
		}
	}

	/// What the pallet says beforehand; `None` for calls about which it is not asked.
	fn foretold(self, caller: &Caller) -> Option<bool> {
		match self {
			Reject => Some(Relationships::may_reject(caller, 0)),
			End => Some(Relationships::may_end(caller, 0)),
			Revoke => Some(Relationships::may_revoke(caller, 0, &tag(1))),
			_ => None,
		}
	}
}

/// Someone new agrees to be a patient of [`MERCY`].
fn newcomers_consent() -> SignedConsent<medrec_primitives::AccountId, medrec_primitives::Signature>
{
	let (kind, encryption_key, deadline) = (ParticipantKind::Patient, [7; 32], START + 1);
	let payload = Consent::Enrol { steward: MERCY, kind, encryption_key, deadline }.payload(
		&System::block_hash(0),
		&account(50),
		0,
	);
	let signature = pair(50).sign(&payload).into();
	SignedConsent { account: account(50), kind, encryption_key, deadline, signature }
}

/// Make every attempt as someone, each on a fresh chain, and compare with what is expected: success, or
/// an error that changed nothing.
fn check(
	standing: impl Fn(),
	origin: impl Fn() -> RuntimeOrigin,
	expected: impl Fn(Attempt) -> Result<(), DispatchError>,
) {
	for attempt in ATTEMPTS {
		run(|| {
			attempt.prepare();
			standing();
			let before = state();
			let caller = frame_system::ensure_signed(origin())
				.ok()
				.and_then(|account| MockRegistrar::caller(&account));
			let foretold = caller.and_then(|caller| attempt.foretold(&caller));
			let outcome = attempt.make(origin());
			assert_eq!(outcome, expected(attempt), "{attempt:?}");
			if let Some(foretold) = foretold {
				assert_eq!(foretold, outcome.is_ok(), "{attempt:?}");
			}
			assert_eq!(outcome.is_ok(), state() != before, "{attempt:?}");
		});
	}
}

fn err(error: Error<Test>) -> Result<(), DispatchError> {
	Err(error.into())
}

#[test]
fn active_participants_may_do_everything() {
	check(|| {}, || signed(MERCY), |_| Ok(()));
}

#[test]
fn operators_may_enrol_propose_accept_reject_and_end() {
	check(
		|| {},
		|| operator(MERCY),
		|attempt| match attempt {
			Enrol | Propose | Accept | Reject | End => Ok(()),
			Withdraw | Grant | Revoke | CleanGrants => err(Error::OperatorNotAllowed),
		},
	);
}

/// Standings in which a participant only takes away.
const NOT_ACTIVE: [ParticipantStatus; 2] =
	[ParticipantStatus::Suspended, ParticipantStatus::Retired];

#[test]
fn suspended_and_retired_participants_may_reject_end_and_revoke() {
	for status in NOT_ACTIVE {
		check(
			|| set_status(MERCY, status),
			|| signed(MERCY),
			|attempt| match attempt {
				Reject | End | Revoke => Ok(()),
				_ => err(Error::CallerNotActive),
			},
		);
	}
}

#[test]
fn operators_of_suspended_and_retired_providers_may_reject_and_end() {
	for status in NOT_ACTIVE {
		check(
			|| set_status(MERCY, status),
			|| operator(MERCY),
			|attempt| match attempt {
				Reject | End => Ok(()),
				Revoke => err(Error::OperatorNotAllowed),
				_ => err(Error::CallerNotActive),
			},
		);
	}
}

#[test]
fn strangers_and_tombstones_may_do_nothing() {
	for origin in [stranger, tombstone] {
		check(|| {}, origin, |_| err(Error::NotParticipant));
	}
}

#[test]
fn root_and_nobody_may_do_nothing() {
	for origin in [RuntimeOrigin::root, RuntimeOrigin::none] {
		check(|| {}, origin, |_| Err(BadOrigin.into()));
	}
}

#[test]
fn others_may_not_touch_a_relationship_that_is_not_theirs() {
	check(
		|| {},
		|| signed(DELEGATE),
		|attempt| match attempt {
			// The consent names another steward.
			Enrol => err(Error::ConsentInvalid),
			Propose | CleanGrants => Ok(()),
			Accept | Reject | Withdraw | End => err(Error::NotParty),
			Grant | Revoke => err(Error::NotPatron),
		},
	);
}

#[test]
fn the_proposer_may_not_answer_itself() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		let own = err(Error::OwnProposal);
		assert_eq!(Relationships::accept(signed(ALICE), id, ALICE), own);
		assert_eq!(Relationships::accept(signed(ALICE), id, MERCY), own);
		assert_eq!(Relationships::reject(signed(ALICE), id), own);
	});
}

#[test]
fn the_other_side_may_not_withdraw() {
	run(|| {
		let id = proposed(ALICE, MERCY);
		assert_eq!(Relationships::withdraw(signed(MERCY), id), err(Error::NotProposer));
	});
}

#[test]
fn the_steward_may_neither_grant_nor_revoke() {
	run(|| {
		let id = active(ALICE, MERCY);
		let expiry = ExpiryDay(u16::MAX);
		let not_patron = err(Error::NotPatron);
		assert_eq!(Relationships::grant(signed(MERCY), id, tag(2), expiry), not_patron);
		assert_ok!(Relationships::grant(signed(ALICE), id, tag(1), expiry));
		assert_eq!(Relationships::revoke(signed(MERCY), id, tag(1)), not_patron);
	});
}

#[test]
fn nothing_is_foretold_of_what_is_not_there() {
	run(|| {
		let id = active(ALICE, MERCY);
		let alice = MockRegistrar::caller(&account(0)).expect("she is on the chain");
		assert!(Relationships::may_end(&alice, id));
		assert!(!Relationships::may_end(&alice, id + 1));
		assert!(!Relationships::may_reject(&alice, id));
		assert!(!Relationships::may_revoke(&alice, id, &tag(1)));
	});
}
