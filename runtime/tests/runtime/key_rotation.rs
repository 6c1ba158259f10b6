//! Moving to a new key, also while suspended.

use crate::common::{
	account_data, enrol, fails, granted, key, next_block_at, nonce_of, participant, provider,
	refused, rotation, rotation_in_epoch, run, succeeds, suspend, tag, use_up_quota, MERCY, START,
};
use medrec_primitives::AccountRole;
use medrec_runtime::{configs::QuotaWindow, genesis_config_presets::LOCAL, Refusal, Runtime};

#[test]
fn a_participant_stays_who_it_is() {
	run(LOCAL, || {
		let (old, new) = (key("//patient"), key("//patient//new"));
		let relationship = granted(&old, 0..1);
		let id = participant(&old);
		succeeds(&old, rotation(&old, &new));
		assert_eq!(participant(&new), id);
		assert_eq!(account_data(&old).role, AccountRole::Tombstone);
		succeeds(&new, pallet_relationship::Call::revoke { relationship, tag: tag(0) });
	});
}

#[test]
fn the_quota_used_moves_along() {
	run(LOCAL, || {
		let (old, new) = (key("//patient"), key("//patient//new"));
		enrol(MERCY, &old);
		for _ in 0..19 {
			succeeds(&old, pallet_registrar::Call::set_encryption_key { encryption_key: [1; 32] });
		}
		succeeds(&old, rotation(&old, &new));
		refused(&new, pallet_registrar::Call::end_sessions {}, Refusal::QuotaUsedUp);
	});
}

#[test]
fn a_suspended_patient_rotates_once_in_a_window() {
	run(LOCAL, || {
		let keys = ["//patient", "//patient//1", "//patient//2"].map(key);
		let [first, second, third] = &keys;
		enrol(MERCY, first);
		suspend(participant(first));

		succeeds(first, rotation(first, second));
		// Still suspended, under the new key as well.
		let other = pallet_registrar::Call::set_encryption_key { encryption_key: [1; 32] };
		refused(second, other, Refusal::Suspended);
		refused(second, rotation_in_epoch(second, third, 1), Refusal::QuotaUsedUp);

		next_block_at(START + QuotaWindow::get());
		succeeds(second, rotation_in_epoch(second, third, 1));
		refused(third, pallet_registrar::Call::end_sessions {}, Refusal::Suspended);
	});
}

#[test]
fn what_she_did_before_she_was_suspended_leaves_her_the_rotation() {
	run(LOCAL, || {
		let (old, new) = (key("//patient"), key("//patient//new"));
		enrol(MERCY, &old);
		use_up_quota(&old);
		suspend(participant(&old));
		succeeds(&old, rotation(&old, &new));
	});
}

#[test]
fn taking_back_leaves_a_suspended_patient_the_rotation() {
	run(LOCAL, || {
		let (old, new) = (key("//patient"), key("//patient//new"));
		let relationship = granted(&old, 0..2);
		suspend(participant(&old));
		succeeds(&old, pallet_relationship::Call::revoke { relationship, tag: tag(0) });
		succeeds(&old, rotation(&old, &new));
		succeeds(&new, pallet_relationship::Call::revoke { relationship, tag: tag(1) });
	});
}

#[test]
fn an_active_patient_rotates_as_often_as_her_quota_allows() {
	run(LOCAL, || {
		let keys = ["//patient", "//patient//1", "//patient//2", "//patient//3"].map(key);
		enrol(MERCY, &keys[0]);
		for (epoch, pair) in (0..).zip(keys.windows(2)) {
			succeeds(&pair[0], rotation_in_epoch(&pair[0], &pair[1], epoch));
		}
		use_up_quota(&keys[3]);
		let call = rotation_in_epoch(&keys[3], &key("//patient//4"), 3);
		refused(&keys[3], call, Refusal::QuotaUsedUp);
	});
}

#[test]
fn who_validates_does_not_rotate() {
	run(LOCAL, || {
		let (old, new) = (provider(MERCY), key("//new"));
		let error = pallet_registrar::Error::<Runtime>::CallerHoldsAuthority;
		fails(&old, rotation(&old, &new), error);
		assert_eq!(nonce_of(&new), 0);
	});
}
