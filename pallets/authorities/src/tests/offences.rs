//! Authorities that equivocate: recorded, disabled, forgiven.

use crate::{mock::*, Error, Event, Offenders, OncePerOffender};
use frame_support::{assert_noop, assert_ok, parameter_types};
use medrec_primitives::{AccountId, Majority, ParticipantId};
use pallet_session::{historical::IdentificationTuple, Event as SessionEvent};
use sp_runtime::{DispatchError, Perbill};
use sp_staking::{
	offence::{Kind, Offence, OffenceDetails, OffenceError, OnOffenceHandler, ReportOffence},
	SessionIndex,
};

parameter_types! {
	/// What the pallet that keeps reports knows.
	pub static Known: Vec<(u64, IdentificationTuple<Test>)> = vec![];
}

/// A double vote in a round.
struct DoubleVote {
	offender: IdentificationTuple<Test>,
	session: SessionIndex,
	round: u64,
}

impl Offence<IdentificationTuple<Test>> for DoubleVote {
	const ID: Kind = *b"test:double-vote";
	type Slot = u64;

	fn offenders(&self) -> Vec<IdentificationTuple<Test>> {
		vec![self.offender.clone()]
	}

	fn session_index(&self) -> SessionIndex {
		self.session
	}

	fn validator_set_count(&self) -> u32 {
		4
	}

	fn slot(&self) -> u64 {
		self.round
	}

	fn slash_fraction(&self, _: u32) -> Perbill {
		Perbill::one()
	}
}

/// Keeps reports as pallet-offences does, and tells this pallet.
struct Keeper;

impl ReportOffence<AccountId, IdentificationTuple<Test>, DoubleVote> for Keeper {
	fn report_offence(reporters: Vec<AccountId>, offence: DoubleVote) -> Result<(), OffenceError> {
		let DoubleVote { offender, session, round } = offence;
		Known::mutate(|known| known.push((round, offender.clone())));
		let details = OffenceDetails { offender, reporters };
		<Authorities as OnOffenceHandler<_, _, _>>::on_offence(
			&[details],
			&[Perbill::one()],
			session,
		);
		Ok(())
	}

	fn is_known_offence(offenders: &[IdentificationTuple<Test>], round: &u64) -> bool {
		offenders.iter().all(|offender| Known::get().contains(&(*round, offender.clone())))
	}
}

type Reports = OncePerOffender<Test, Keeper>;

/// Report an equivocation in a session of a validator under its name of then.
pub fn report(
	name: AccountId,
	participant: ParticipantId,
	session: SessionIndex,
) -> Result<(), OffenceError> {
	let round = Known::get().len() as u64;
	Reports::report_offence(vec![], DoubleVote { offender: (name, participant), session, round })
}

/// Report an equivocation of the present session.
fn equivocated(participant: ParticipantId) -> Result<(), OffenceError> {
	report(account_of(participant), participant, Session::current_index())
}

fn is_known(participant: ParticipantId, round: u64) -> bool {
	Reports::is_known_offence(&[(account_of(participant), participant)], &round)
}

/// The disabled validators, as participants.
fn disabled() -> Vec<ParticipantId> {
	let validators = validators();
	Session::disabled_validators().into_iter().map(|index| validators[index as usize]).collect()
}

fn on_record() -> Vec<ParticipantId> {
	Offenders::<Test>::get()
		.into_iter()
		.filter(|entry| entry.forgiven.is_none())
		.map(|entry| entry.participant)
		.collect()
}

#[test]
fn an_equivocator_is_recorded_and_disabled_at_once() {
	Network::default().execute_with(|| {
		run_to(12);
		assert_ok!(equivocated(2));
		assert_eq!(disabled(), [2]);
		assert_eq!(events(), [Event::OffenderRecorded { participant: 2, session: 1 }]);
		let entry = &Offenders::<Test>::get()[0];
		assert_eq!((entry.participant, entry.session, entry.reported), (2, 1, 12));
		assert_eq!(entry.forgiven, None);
	});
}

#[test]
fn it_stays_disabled_through_rotations_and_changes_of_the_set() {
	Network::default().execute_with(|| {
		assert_ok!(equivocated(2));
		rotate(1);
		assert_eq!(disabled(), [2]);
		assert_ok!(Authorities::add_authority(two_thirds(), 7));
		assert_ok!(set_keys(2, 200));
		for _ in 0..4 {
			rotate(1);
			assert_eq!(disabled(), [2]);
		}
		assert_eq!(validators(), [1, 2, 3, 4, 7]);
		let times = System::read_events_for_pallet::<SessionEvent<Test>>()
			.into_iter()
			.filter(|event| matches!(event, SessionEvent::ValidatorDisabled { .. }))
			.count();
		assert_eq!(times, 2, "at once, and again when the set has changed");
	});
}

#[test]
fn it_stays_disabled_under_a_new_account() {
	Network::default().execute_with(|| {
		assert_ok!(equivocated(2));
		assert_ok!(TableOfParticipants::rotate(2));
		for _ in 0..3 {
			assert_eq!(disabled(), [2]);
			rotate(1);
		}
		assert_eq!(Session::validators()[1], moved_account_of(2, 1));
	});
}

#[test]
fn an_old_name_says_who_it_was() {
	Network::default().execute_with(|| {
		assert_ok!(TableOfParticipants::rotate(2));
		assert_ok!(report(account_of(2), 2, 0));
		assert_eq!(on_record(), [2]);
		assert_eq!(disabled(), [2]);
	});
}

#[test]
fn fewer_than_a_third_are_disabled_and_the_rest_wait_for_room() {
	Network::default().execute_with(|| {
		for participant in [3, 1] {
			assert_ok!(equivocated(participant));
		}
		assert_eq!(on_record(), [1, 3]);
		assert_eq!(disabled(), [3]);
		assert_ok!(Authorities::forgive(bare_majority(), 3));
		assert_eq!(disabled(), [1]);
	});
}

#[test]
fn of_three_none_is_disabled() {
	let network = Network { authorities: vec![1, 2, 3], ..Network::default() };
	network.execute_with(|| {
		assert_ok!(equivocated(2));
		assert_eq!(on_record(), [2]);
		assert!(disabled().is_empty());
		// With a fourth, one can be spared.
		assert_ok!(Authorities::add_authority(two_thirds(), 7));
		rotate(2);
		assert_eq!(disabled(), [2]);
	});
}

#[test]
fn who_is_on_record_is_not_reported_again() {
	Network::default().execute_with(|| {
		assert!(!is_known(2, 0));
		assert_ok!(equivocated(2));
		for round in [0, 1, 99] {
			assert!(is_known(2, round));
		}
		assert_eq!(equivocated(2), Err(OffenceError::DuplicateReport));
		assert_eq!(Known::get().len(), 1);
	});
}

#[test]
fn a_stranger_to_the_set_is_not_reported() {
	Network::default().execute_with(|| {
		assert!(is_known(7, 0));
		assert_eq!(equivocated(7), Err(OffenceError::DuplicateReport));
		assert!(on_record().is_empty());
	});
}

#[test]
fn the_council_forgives() {
	Network::default().execute_with(|| {
		rotate(2);
		assert_ok!(equivocated(2));
		rotate(2);
		assert_ok!(Authorities::forgive(bare_majority(), 2));
		assert!(disabled().is_empty());
		assert_eq!(events()[1], Event::OffenderForgiven { participant: 2 });
		rotate(3);
		assert!(disabled().is_empty());

		// What it did before counts no more, what it does from then on does.
		assert_eq!(report(account_of(2), 2, 3), Err(OffenceError::DuplicateReport));
		assert_ok!(report(account_of(2), 2, 4));
		assert_eq!(disabled(), [2]);
		assert_ok!(Authorities::forgive(bare_majority(), 2));
	});
}

#[test]
fn a_report_that_was_taken_once_is_known_also_when_it_is_forgiven() {
	Network::default().execute_with(|| {
		assert_ok!(equivocated(2));
		assert_ok!(Authorities::forgive(bare_majority(), 2));
		assert!(is_known(2, 0));
		assert!(!is_known(2, 1));
	});
}

#[test]
fn only_the_council_forgives_and_only_offenders() {
	Network::default().execute_with(|| {
		assert_ok!(equivocated(2));
		for origin in [RuntimeOrigin::signed(account_of(2)), RuntimeOrigin::none()] {
			assert_noop!(Authorities::forgive(origin, 2), DispatchError::BadOrigin);
		}
		for participant in [1, 7, 99] {
			assert_noop!(
				Authorities::forgive(bare_majority(), participant),
				Error::<Test>::NotOffender
			);
		}
		assert_ok!(Authorities::forgive(bare_majority(), 2));
		assert_noop!(Authorities::forgive(bare_majority(), 2), Error::<Test>::NotOffender);
	});
}

#[test]
fn who_has_left_the_set_is_off_the_record() {
	Network::default().execute_with(|| {
		assert_ok!(equivocated(2));
		assert_ok!(TableOfParticipants::decide_suspension(2, Majority::TwoThirds));
		// It is disabled as long as it validates.
		rotate(1);
		assert_eq!(on_record(), [2]);
		assert_eq!(disabled(), [2]);
		rotate(1);
		assert_eq!(validators(), [1, 3, 4]);
		assert!(on_record().is_empty());
		assert!(disabled().is_empty());
	});
}

#[test]
fn who_equivocates_on_its_way_out_is_disabled_until_it_is_out() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::remove_authority(two_thirds(), 2));
		rotate(2);
		assert_eq!(authorities(), [1, 3, 4]);
		assert_ok!(equivocated(2));
		assert_eq!(disabled(), [2]);
		rotate(1);
		assert!(on_record().is_empty());
	});
}
