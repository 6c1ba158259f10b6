//! What holds whatever anyone calls in whatever order.

use crate::{mock::*, Grants, NextRelationshipId, Relationships as Stored};
use frame_support::assert_ok;
use medrec_primitives::{
	AccountId, Caller, Consent, ExpiryDay, ParticipantId, ParticipantKind, ParticipantStatus,
	Participants, Relationship, RelationshipId, RelationshipRole, RelationshipStatus, Signature,
	SignedConsent, Tag, MILLISECONDS_PER_DAY,
};
use proptest::prelude::*;
use sp_core::Pair;
use sp_runtime::DispatchResult;
use std::collections::BTreeMap;

/// Whoever may call: participants, operators, and accounts that are nobody's.
const CALLERS: [u8; 10] = [0, 1, 2, 3, 4, 5, 202, 203, 198, 199];

/// Who calls something about a relationship. Named by the side, so that many calls are right.
#[derive(Clone, Copy, Debug)]
enum By {
	Patron,
	Steward,
	StewardsOperator,
	Anyone(u8),
}

impl By {
	/// Number of the account.
	fn account(self, id: RelationshipId) -> u8 {
		let found = Stored::<Test>::get(id);
		let party = |role| {
			let participant = found.map_or(NOBODY, |found| found.party(role));
			Registered::get(participant)
				.and_then(|found| (0..=u8::MAX).find(|number| account(*number) == found.account))
				.unwrap_or(199)
		};
		match self {
			Self::Patron => party(RelationshipRole::Patron),
			Self::Steward => party(RelationshipRole::Steward),
			Self::StewardsOperator => party(RelationshipRole::Steward).saturating_add(200),
			Self::Anyone(number) => number,
		}
	}
}

/// A call about a relationship.
#[derive(Clone, Copy, Debug)]
enum About {
	/// Naming the true proposer, or another.
	Accept {
		truly: bool,
	},
	Reject,
	Withdraw,
	End,
	Grant {
		tag: u8,
		expiry: u16,
	},
	Revoke {
		tag: u8,
	},
	CleanGrants {
		limit: u32,
	},
}

#[derive(Clone, Copy, Debug)]
enum Step {
	Enrol {
		steward: u8,
		patron: u8,
	},
	Propose {
		caller: u8,
		counterparty: ParticipantId,
		role: RelationshipRole,
	},
	Call {
		by: By,
		id: RelationshipId,
		about: About,
	},
	/// The council suspends or reinstates.
	Stand {
		participant: ParticipantId,
		status: ParticipantStatus,
	},
	/// A day passes.
	Sleep,
}

fn steps() -> impl Strategy<Value = Step> {
	use prop_oneof as one_of;
	let caller = || proptest::sample::select(&CALLERS[..]);
	let participant = || 0..6u64;
	let tag = || 0..6u8;
	let role = one_of![Just(RelationshipRole::Patron), Just(RelationshipRole::Steward)];
	let status = one_of![
		6 => Just(ParticipantStatus::Active),
		3 => Just(ParticipantStatus::Suspended),
		1 => Just(ParticipantStatus::Retired),
	];
	let by = one_of![
		5 => Just(By::Patron),
		3 => Just(By::Steward),
		1 => Just(By::StewardsOperator),
		1 => caller().prop_map(By::Anyone),
	];
	let about = one_of![
		4 => any::<bool>().prop_map(|truly| About::Accept { truly }),
		1 => Just(About::Reject),
		1 => Just(About::Withdraw),
		1 => Just(About::End),
		12 => (tag(), 19_999..20_005u16).prop_map(|(tag, expiry)| About::Grant { tag, expiry }),
		5 => tag().prop_map(|tag| About::Revoke { tag }),
		2 => (0..6u32).prop_map(|limit| About::CleanGrants { limit }),
	];
	one_of![
		2 => (caller(), 0..8u8).prop_map(|(steward, patron)| Step::Enrol { steward, patron }),
		4 => (caller(), participant(), role)
			.prop_map(|(caller, counterparty, role)| Step::Propose { caller, counterparty, role }),
		30 => (by, 0..16u64, about).prop_map(|(by, id, about)| Step::Call { by, id, about }),
		1 => (participant(), status)
			.prop_map(|(participant, status)| Step::Stand { participant, status }),
		1 => Just(Step::Sleep),
	]
}

/// A consent that its account signed as things stand, to a steward that may be none.
fn consent(steward: u8, patron: u8) -> SignedConsent<AccountId, Signature> {
	// Two of the accounts are new.
	let number = if patron < 6 { patron } else { 50 + patron };
	let steward =
		MockRegistrar::caller(&account(steward)).map_or(NOBODY, |caller| caller.participant);
	let account = account(number);
	let found = MockRegistrar::caller(&account);
	let kind = found.map_or(ParticipantKind::Patient, |found| found.kind);
	let encryption_key = encryption_key(number);
	let deadline = Now::get() + 1;
	let payload = Consent::Enrol { steward, kind, encryption_key, deadline }.payload(
		&System::block_hash(0),
		&account,
		System::account_nonce(&account),
	);
	let signature = pair(number).sign(&payload).into();
	SignedConsent { account, kind, encryption_key, deadline, signature }
}

/// A step on a relationship whose number was given already, as most are to be.
fn likely(step: Step) -> Step {
	match step {
		Step::Call { by, id, about } => {
			let given = NextRelationshipId::<Test>::get();
			Step::Call { by, id: id % given.max(1), about }
		},
		step => step,
	}
}

/// Who makes a step; `None` for what is no call, and for accounts that are nobody's.
fn caller_of(step: &Step) -> Option<Caller> {
	let number = match *step {
		Step::Enrol { steward: caller, .. } | Step::Propose { caller, .. } => caller,
		Step::Call { by, id, .. } => by.account(id),
		Step::Stand { .. } | Step::Sleep => return None,
	};
	MockRegistrar::caller(&account(number))
}

fn make(step: &Step) -> DispatchResult {
	let origin = |number: u8| RuntimeOrigin::signed(account(number));
	match *step {
		Step::Enrol { steward, patron } => {
			Relationships::enrol(origin(steward), consent(steward, patron))
		},
		Step::Propose { caller, counterparty, role } => {
			Relationships::propose(origin(caller), counterparty, role)
		},
		Step::Call { by, id, about } => call(origin(by.account(id)), id, about),
		Step::Stand { participant, status } => {
			set_status(participant, status);
			Ok(())
		},
		Step::Sleep => {
			Now::mutate(|now| *now += MILLISECONDS_PER_DAY);
			Ok(())
		},
	}
}

fn call(origin: RuntimeOrigin, id: RelationshipId, about: About) -> DispatchResult {
	match about {
		About::Accept { truly } => {
			let proposer = Stored::<Test>::get(id)
				.and_then(|found| Some(found.party(found.status.proposer()?)))
				.filter(|_| truly);
			Relationships::accept(origin, id, proposer.unwrap_or(NOBODY))
		},
		About::Reject => Relationships::reject(origin, id),
		About::Withdraw => Relationships::withdraw(origin, id),
		About::End => Relationships::end(origin, id),
		About::Grant { tag: number, expiry } => {
			Relationships::grant(origin, id, tag(number), ExpiryDay(expiry))
		},
		About::Revoke { tag: number } => Relationships::revoke(origin, id, tag(number)),
		About::CleanGrants { limit } => Relationships::clean_grants(origin, id, limit)
			.map(|_| ())
			.map_err(|failed| failed.error),
	}
}

/// Whether the pallet said beforehand that a removal would take effect.
fn foretold(step: &Step, caller: &Caller) -> Option<bool> {
	let Step::Call { id, about, .. } = *step else { return None };
	match about {
		About::Reject => Some(Relationships::may_reject(caller, id)),
		About::End => Some(Relationships::may_end(caller, id)),
		About::Revoke { tag: number } => Some(Relationships::may_revoke(caller, id, &tag(number))),
		_ => None,
	}
}

struct Snapshot {
	relationships: BTreeMap<RelationshipId, Relationship>,
	grants: BTreeMap<(RelationshipId, Tag), ExpiryDay>,
	next: RelationshipId,
}

impl Snapshot {
	fn take() -> Self {
		Self {
			relationships: Stored::<Test>::iter().collect(),
			grants: Grants::<Test>::iter().map(|(id, tag, expiry)| ((id, tag), expiry)).collect(),
			next: NextRelationshipId::<Test>::get(),
		}
	}
}

/// A relationship goes only forward, by its parties; only its patron's own account adds tags; who is
/// suspended or retired adds nothing.
fn check_step(step: &Step, caller: Option<Caller>, before: &Snapshot, after: &Snapshot) {
	assert!(after.next >= before.next);
	let inactive = caller.is_some_and(|caller| !caller.is_active());
	if inactive {
		assert_eq!(after.next, before.next, "{step:?} by one who is not active");
	}
	for (id, new) in &after.relationships {
		let Some(old) = before.relationships.get(id) else {
			assert!(*id >= before.next, "{step:?} gave a number again");
			continue;
		};
		assert_eq!((old.patron, old.steward), (new.patron, new.steward));
		if old.status == new.status {
			assert_eq!(old.since, new.since);
			continue;
		}
		let by = caller.and_then(|caller| old.role_of(caller.participant));
		match (old.status.proposer(), new.status) {
			(Some(proposer), RelationshipStatus::Active) => {
				assert!(by.is_some_and(|role| role != proposer) && !inactive, "{step:?}");
			},
			(None, RelationshipStatus::Ended) => assert!(by.is_some(), "{step:?}"),
			_ => panic!("{step:?} led from {old:?} to {new:?}"),
		}
	}
	for (id, old) in &before.relationships {
		if !after.relationships.contains_key(id) {
			assert!(old.status.proposer().is_some(), "{step:?} removed {old:?}");
		}
	}
	let patrons_own = |id: &RelationshipId| {
		caller.is_some_and(|caller| {
			!caller.is_operator && caller.participant == before.relationships[id].patron
		})
	};
	for (key @ (id, _), expiry) in &after.grants {
		match before.grants.get(key) {
			Some(old) => assert_eq!(old, expiry, "{step:?} changed a grant"),
			None => assert!(patrons_own(id) && !inactive, "{step:?} granted for another"),
		}
	}
	for (key @ (id, _), expiry) in &before.grants {
		let useless = before.relationships[id].status == RelationshipStatus::Ended
			|| expiry.is_over(Now::get());
		assert!(
			after.grants.contains_key(key) || patrons_own(id) || useless,
			"{step:?} took a grant away"
		);
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

	#[test]
	fn holds_after_every_step(sequence in prop::collection::vec(steps(), 1..120)) {
		new_test_ext().execute_with(|| {
			active(ALICE, MERCY);
			active(COUNTY, DELEGATE);
			for step in sequence.into_iter().map(likely) {
				let (before, root) = (Snapshot::take(), state());
				let caller = caller_of(&step);
				let foretold = caller.and_then(|caller| foretold(&step, &caller));
				let outcome = make(&step);
				if outcome.is_err() {
					assert_eq!(state(), root, "{step:?} failed and changed something");
				}
				if let Some(foretold) = foretold {
					assert_eq!(foretold, outcome.is_ok(), "{step:?}");
				}
				check_step(&step, caller, &before, &Snapshot::take());
				assert_ok!(Relationships::do_try_state());
			}
		});
	}
}
