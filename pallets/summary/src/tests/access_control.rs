//! Who may remove an ended relationship from a summary.
//!
//! - The patron may, with her own account, while she is active; also a provider that is patron.
//! - The steward may not: it still holds records.
//! - Operators may not.
//! - Suspended and retired participants may not.
//! - Who is no party has no such entry.
//! - Accounts that are nobody's may not, nor may root or an unsigned origin.

use crate::{mock::*, Error};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{ParticipantKind, ParticipantStatus, RelationshipStatus};
use sp_runtime::traits::BadOrigin;

/// Run a case in which relationship 7, of a provider as patron with another as steward, is ended.
fn with_ended(case: impl FnOnce()) {
	run(|| {
		open(7, MERCY, COUNTY, RelationshipStatus::Ended);
		case();
	});
}

#[test]
fn the_patron_may() {
	with_ended(|| {
		assert_ok!(Summary::remove(signed(MERCY), 7));
	});
}

#[test]
fn the_steward_may_not() {
	with_ended(|| {
		assert_noop!(Summary::remove(signed(COUNTY), 7), Error::<Test>::NotPatron);
	});
}

#[test]
fn operators_may_not() {
	with_ended(|| {
		for provider in [MERCY, COUNTY] {
			assert_noop!(Summary::remove(operator(provider), 7), Error::<Test>::OperatorNotAllowed);
		}
	});
}

#[test]
fn suspended_and_retired_participants_may_not() {
	with_ended(|| {
		for status in [ParticipantStatus::Suspended, ParticipantStatus::Retired] {
			set(MERCY, ParticipantKind::Provider, status);
			for origin in [signed(MERCY), operator(MERCY)] {
				assert_noop!(Summary::remove(origin, 7), Error::<Test>::CallerNotActive);
			}
		}
	});
}

#[test]
fn others_have_no_such_entry() {
	with_ended(|| {
		assert_noop!(Summary::remove(signed(ALICE), 7), Error::<Test>::EntryAbsent);
	});
}

#[test]
fn strangers_root_and_nobody_may_not() {
	with_ended(|| {
		assert_noop!(Summary::remove(stranger(), 7), Error::<Test>::NotParticipant);
		assert_noop!(Summary::remove(RuntimeOrigin::root(), 7), BadOrigin);
		assert_noop!(Summary::remove(RuntimeOrigin::none(), 7), BadOrigin);
	});
}
