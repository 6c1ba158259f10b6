//! Moving to a new key, also while suspended.

use crate::{
	common::{
		account_data, close, decide, enrol, fails, granted, key, next_block_at, participant,
		propose, provider, refused, rotation, rotation_in_epoch, run, succeeds, suspend, tag,
		three_decide, to_block, use_up_quota, vote, HARBOUR, LAKESIDE, MERCY, NORTHGATE, START,
	},
	session_keys::SessionPairs,
};
use medrec_primitives::{AccountRole, AuthorityHolders, ParticipantStatus, Seats};
use medrec_runtime::{
	configs::QuotaWindow, genesis_config_presets::LOCAL, AccountId, Authorities, Grandpa, Refusal,
	Runtime,
};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::Pair;

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

/// Blocks of a session of `local`.
const SESSION: u32 = 10;

/// The validators by name, and the keys that blocks are made and finalized with.
fn validators() -> (Vec<AccountId>, Vec<AuraId>, Vec<(GrandpaId, u64)>) {
	(
		pallet_session::Validators::<Runtime>::get(),
		pallet_aura::Authorities::<Runtime>::get().into_inner(),
		Grandpa::grandpa_authorities(),
	)
}

#[test]
fn who_validates_goes_on_validating() {
	run(LOCAL, || {
		let (old, new) = (provider(LAKESIDE), key("//new"));
		let (names, aura, grandpa) = validators();
		succeeds(&old, rotation(&old, &new));
		let authority = pallet_authorities::Authorities::<Runtime>::get()[1].clone();
		assert_eq!(authority, (LAKESIDE, new.account_id()));

		// Its node works on with the same keys, block by block, through three rotations.
		for block in 2..=3 * SESSION + 1 {
			to_block(block);
			assert_eq!((validators().1, validators().2), (aura.clone(), grandpa.clone()));
			assert!(Authorities::holds_authority(LAKESIDE));
		}
		let renamed = [&names[..1], &[new.account_id()], &names[2..]].concat();
		assert_eq!(validators().0, renamed);
		// GRANDPA hears of the new name, once.
		assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 1);
	});
}

#[test]
fn who_validates_sets_session_keys_with_the_new_account_only() {
	run(LOCAL, || {
		let (old, new) = (provider(LAKESIDE), key("//new"));
		succeeds(&old, rotation(&old, &new));
		let keys = SessionPairs::new("//Bob//new");
		refused(&old, keys.set_keys(&old), Refusal::RotatedAway);
		succeeds(&new, keys.set_keys(&new));
		to_block(2 * SESSION + 1);
		let grandpa = GrandpaId::from(keys.grandpa.public());
		assert!(validators().2.contains(&(grandpa, 1)));
		assert_eq!(validators().0.len(), 4);
	});
}

#[test]
fn who_moves_twice_in_a_session_validates_too() {
	run(LOCAL, || {
		let keys = [provider(MERCY), key("//new//1"), key("//new//2")];
		let (_, aura, _) = validators();
		for (epoch, pair) in (0..).zip(keys.windows(2)) {
			succeeds(&pair[0], rotation_in_epoch(&pair[0], &pair[1], epoch));
		}
		to_block(3 * SESSION + 1);
		assert_eq!(validators().0[0], keys[2].account_id());
		assert_eq!(validators().1, aura);
	});
}

#[test]
fn who_validates_does_not_retire_under_a_new_account_either() {
	run(LOCAL, || {
		let (old, new) = (provider(MERCY), key("//new"));
		succeeds(&old, rotation(&old, &new));
		let error = pallet_registrar::Error::<Runtime>::CallerHoldsAuthority;
		fails(&new, pallet_registrar::Call::retire {}, error);
		// Nor on its way out, while its old account is the name of a validator.
		decide(pallet_authorities::Call::set_removal_delay { blocks: 0 });
		decide(pallet_authorities::Call::remove_authority { participant: MERCY });
		to_block(SESSION + 1);
		assert!(!Authorities::holds_seat(MERCY));
		let error = pallet_registrar::Error::<Runtime>::CallerHoldsAuthority;
		fails(&new, pallet_registrar::Call::retire {}, error);
		to_block(2 * SESSION + 1);
		succeeds(&new, pallet_registrar::Call::retire {});
	});
}

#[test]
fn who_validates_keeps_its_votes_and_motions() {
	run(LOCAL, || {
		let (old, new) = (provider(LAKESIDE), key("//new"));
		let own = propose(&old, pallet_registrar::Call::suspend { participant: NORTHGATE });
		let voted =
			propose(&provider(MERCY), pallet_registrar::Call::suspend { participant: HARBOUR });
		vote(&old, voted, true);
		succeeds(&old, rotation(&old, &new));

		// It has voted already, and may change its mind; what it proposed is its own to take back.
		let again = pallet_council::Call::vote { motion: voted, approve: true };
		fails(&new, again, pallet_council::Error::<Runtime>::VoteUnchanged);
		succeeds(&new, pallet_council::Call::rescind { motion: own });
		let refusal = Refusal::RotatedAway;
		refused(&old, pallet_council::Call::vote { motion: voted, approve: false }, refusal);

		vote(&provider(NORTHGATE), voted, true);
		assert_eq!(close(&new, voted), Ok(()));
		assert_eq!(account_data(&provider(HARBOUR)).status, ParticipantStatus::Suspended);
	});
}

#[test]
fn who_validates_objects_with_the_new_account() {
	run(LOCAL, || {
		let (old, new) = (provider(HARBOUR), key("//new"));
		three_decide(pallet_authorities::Call::remove_authority { participant: HARBOUR });
		let object = || pallet_authorities::Call::object { participant: HARBOUR };
		succeeds(&old, object());
		succeeds(&old, rotation(&old, &new));
		fails(&new, object(), pallet_authorities::Error::<Runtime>::AlreadyObjected);
		succeeds(&provider(MERCY), object());
		assert!(pallet_authorities::Changes::<Runtime>::get().is_empty());
	});
}
