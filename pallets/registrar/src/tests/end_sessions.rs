use crate::{mock::*, Error, Event, Participants};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{Participant, ParticipantKind};

#[test]
fn the_epoch_rises_and_nothing_else_changes() {
	case(|| {
		let alice = registered("alice", ParticipantKind::Patient);
		let before = participant_of(alice);
		for epoch in 1..4 {
			assert_ok!(Registrar::end_sessions(signed("alice")));
			assert_eq!(participant_of(alice), Participant { epoch, ..before.clone() });
			System::assert_last_event(Event::SessionsEnded { participant: alice, epoch }.into());
		}
	});
}

#[test]
fn epochs_run_out_with_an_error() {
	case(|| {
		Participants::<Test>::mutate(MERCY, |entry| {
			if let Some(participant) = entry {
				participant.epoch = u32::MAX;
			}
		});
		assert_noop!(Registrar::end_sessions(signed("mercy")), Error::<Test>::EpochsExhausted);
	});
}
