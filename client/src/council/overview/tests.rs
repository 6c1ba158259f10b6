use super::{
	super::sample::{account, busy, idle, motion},
	*,
};
use crate::ExitCode;

#[test]
fn motions_stand_as_the_chain_would_close_them() {
	let overview = busy().overview();
	let standings: Vec<_> = overview.motions.iter().map(|it| (it.id, it.standing)).collect();
	assert_eq!(
		standings,
		[
			(3, Standing::Open),
			(4, Standing::Carried),
			(5, Standing::Lost),
			(6, Standing::Expired),
			(7, Standing::Outdated),
			(8, Standing::Open),
		]
	);
	let first = &overview.motions[0];
	assert_eq!((first.yes, first.no, first.needed, first.seats), (2, 1, 3, 4));
	assert_eq!(first.closes_in, 4 * 3_600_000);
	assert_eq!(first.words, "add Hillside Surgery as an authority");
}

#[test]
fn majorities_and_objections_are_counted_in_seats() {
	for (seats, more_than_half, two_thirds, objections) in
		[(1, 1, 1, 1), (2, 2, 2, 1), (3, 2, 2, 2), (4, 3, 3, 2), (6, 4, 4, 3), (7, 4, 5, 3)]
	{
		assert_eq!(votes_for(Majority::MoreThanHalf, seats), more_than_half, "{seats}");
		assert_eq!(votes_for(Majority::TwoThirds, seats), two_thirds, "{seats}");
		assert_eq!(objections_against(seats), objections, "{seats}");
	}
}

/// It can still be closed in the block after this one, and not in the one after that.
#[test]
fn a_motion_expires_with_its_last_block() {
	let mut council = idle();
	council.info.motions = vec![motion(1, &[(0, true)])];
	for (closes, standing) in [(1_001, Standing::Open), (1_000, Standing::Expired)] {
		council.info.motions[0].closes = closes;
		assert_eq!(council.motion(1).unwrap().standing, standing);
	}
}

#[test]
fn only_what_waits_for_objections_takes_effect_sooner_by_two_thirds() {
	let overview = busy().overview();
	let at_once: Vec<_> = overview.motions.iter().map(|motion| motion.at_once_with).collect();
	// The addition, and the suspension of a provider with a seat.
	assert_eq!(at_once, [Some(3), Some(3), None, Some(3), None, None]);
	let council = idle();
	let suspend = |participant| MotionCall::Known(AgendaCall::Suspend(participant));
	assert_eq!(council.at_once_with(&suspend(4)), None, "it has no seat");
}

#[test]
fn calls_that_cannot_be_read_are_shown_as_bytes() {
	let overview = busy().overview();
	assert_eq!(overview.motions[4].words, "an unknown call 0x170010");
	assert_eq!(overview.motions[5].words, "Registrar.retire 0x1404");
}

#[test]
fn what_is_not_there_is_said_with_where_to_look() {
	let council = busy();
	assert!(council.motion(3).is_ok() && council.change(3).is_ok());
	assert_eq!(council.seat_of(&account(2)).unwrap().name, "Northgate Hospital");
	let absent = council.motion(99).unwrap_err();
	assert_eq!(absent.exit_code(), ExitCode::Usage);
	assert!(absent.to_string().starts_with("there is no open proposal #99"), "{absent}");
	let absent = council.change(0).unwrap_err();
	assert!(absent.to_string().contains("decided of Mercy Hospital"), "{absent}");
	let stranger = council.seat_of(&account(9)).unwrap_err();
	assert_eq!(stranger.exit_code(), ExitCode::Denied);
	assert!(stranger.to_string().contains("holds no seat in the council"), "{stranger}");
}
