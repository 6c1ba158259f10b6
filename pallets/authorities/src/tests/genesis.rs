//! How a chain starts.

use crate::{mock::*, GenesisConfig, MinimumAuthorities, RemovalDelay, SessionLength};
use frame_support::traits::BuildGenesisConfig;
use medrec_primitives::{ParticipantId, Seats};
use sp_io::TestExternalities;

fn genesis(authorities: &[ParticipantId]) -> GenesisConfig<Test> {
	GenesisConfig {
		authorities: authorities.iter().map(|id| (*id, account_of(*id))).collect(),
		..Default::default()
	}
}

fn build(genesis: GenesisConfig<Test>) {
	TestExternalities::default().execute_with(|| genesis.build());
}

#[test]
fn authorities_validate_and_sit_in_the_council_from_the_first_block() {
	for session_first in [false, true] {
		let network = Network {
			authorities: vec![3, 1, 2],
			minimum: 2,
			session_length: 30,
			removal_delay: 40,
			session_first,
		};
		network.execute_with(|| {
			assert_eq!(authorities(), [1, 2, 3]);
			assert_eq!(Authorities::seats(), 3);
			assert_eq!(Session::validators().len(), 3);
			assert_eq!(MinimumAuthorities::<Test>::get(), 2);
			assert_eq!(SessionLength::<Test>::get(), 30);
			assert_eq!(RemovalDelay::<Test>::get(), 40);
			rotate(2);
			let mut validators = validators();
			validators.sort();
			assert_eq!(validators, [1, 2, 3]);
		});
	}
}

#[test]
fn a_genesis_of_as_many_as_there_can_be_is_built() {
	build(genesis(&[1, 2, 3, 4, 5, 6]));
}

#[test]
#[should_panic(expected = "more authorities than there can be")]
fn a_genesis_of_more_is_refused() {
	build(genesis(&[1, 2, 3, 4, 5, 6, 7]));
}

#[test]
#[should_panic(expected = "2 authorities are fewer than the minimum of 3")]
fn a_genesis_under_the_minimum_is_refused() {
	build(GenesisConfig { minimum_authorities: 3, ..genesis(&[1, 2]) });
}

#[test]
#[should_panic(expected = "the minimum of authorities is at least 1")]
fn a_genesis_without_a_minimum_is_refused() {
	build(GenesisConfig { minimum_authorities: 0, ..genesis(&[1]) });
}

#[test]
#[should_panic(expected = "a session has at least 5 blocks, not 4")]
fn a_genesis_of_short_sessions_is_refused() {
	build(GenesisConfig { session_length: 4, ..genesis(&[1]) });
}

#[test]
#[should_panic(expected = "a provider is named twice")]
fn a_genesis_that_names_a_provider_twice_is_refused() {
	let mut twice = genesis(&[1, 2]);
	twice.authorities[1] = (1, account_of(2));
	build(twice);
}

#[test]
#[should_panic(expected = "an account is named twice")]
fn a_genesis_that_names_an_account_twice_is_refused() {
	let mut twice = genesis(&[1, 2]);
	twice.authorities[1] = (2, account_of(1));
	build(twice);
}
