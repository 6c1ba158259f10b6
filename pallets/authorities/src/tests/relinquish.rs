//! Taking authority from a provider that is being suspended.

use crate::{mock::*, Error, Event, Removals};
use frame_support::{assert_noop, assert_ok};
use medrec_primitives::{AuthorityHolders, ParticipantStatus};

#[test]
fn a_suspended_provider_loses_seat_and_authority_at_once() {
	Network::default().execute_with(|| {
		assert_ok!(Authorities::relinquish(3));
		TableOfParticipants::set_status(3, ParticipantStatus::Suspended);
		assert_eq!(authorities(), [1, 2, 4]);
		assert!(!Council::get().contains(&account_of(3)));
		assert_eq!(events(), [Event::AuthorityRemoved { participant: 3, account: account_of(3) }]);
		assert!(Authorities::holds_authority(3));
		rotate(2);
		assert_eq!(Session::validators(), accounts_of(&[1, 2, 4]));
		assert!(!Authorities::holds_authority(3));
	});
}

#[test]
fn who_holds_no_authority_has_nothing_to_relinquish() {
	Network::default().execute_with(|| {
		for participant in [7, PATIENT, 99] {
			assert!(!Authorities::holds_authority(participant));
			assert_ok!(Authorities::relinquish(participant));
		}
		assert_eq!(authorities(), [1, 2, 3, 4]);
		assert!(events().is_empty());
	});
}

#[test]
fn the_minimum_holds_here_too() {
	let network = Network { minimum: 3, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(Authorities::relinquish(3));
		assert_noop!(Authorities::relinquish(1), Error::<Test>::TooFewAuthorities);
	});
}

#[test]
fn removals_that_wait_count_towards_the_minimum() {
	let network = Network { minimum: 3, ..Network::default() };
	network.execute_with(|| {
		assert_ok!(Authorities::remove_authority(RuntimeOrigin::root(), 1));
		assert_noop!(Authorities::relinquish(2), Error::<Test>::TooFewAuthorities);
		// The one whose removal waits is counted already.
		assert_ok!(Authorities::relinquish(1));
		assert_eq!(authorities(), [2, 3, 4]);
		assert!(Removals::<Test>::get().is_empty());
	});
}
