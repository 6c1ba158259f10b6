//! What the presets put on the chain.

use crate::common::{genesis, key, operator, provider, HARBOUR, MERCY};
use medrec_primitives::{AccountRole, ParticipantStatus, PurposesTable};
use medrec_primitives::{ParticipantId, Participants, Seats};
use medrec_runtime::{
	genesis_config_presets::{preset_names, DEV, LOCAL},
	Authorities, AuthorityDiscovery, Block, Grandpa, Registrar, Runtime, SessionKeys, DAYS,
	MINUTES,
};
use sp_core::{ed25519, sr25519, Pair};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;

/// A preset, and how many providers it has.
const PRESETS: [(&str, ParticipantId); 2] = [(DEV, 1), (LOCAL, 4)];

fn on_each(case: impl Fn(ParticipantId)) {
	for (preset, providers) in PRESETS {
		genesis(preset).execute_with(|| case(providers));
	}
}

/// The session keys that a node of a development account works with.
fn session_keys(id: ParticipantId) -> SessionKeys {
	let uri = ["//Alice", "//Bob", "//Charlie", "//Dave"][id as usize];
	let sr25519 = sr25519::Pair::from_string(uri, None).expect("the URI is valid").public();
	let ed25519 = ed25519::Pair::from_string(uri, None).expect("the URI is valid").public();
	SessionKeys {
		aura: sr25519.into(),
		grandpa: ed25519.into(),
		authority_discovery: sr25519.into(),
	}
}

#[test]
fn these_presets_exist() {
	assert_eq!(preset_names(), [DEV, LOCAL]);
	for preset in preset_names() {
		assert!(<Runtime as GenesisBuilder<Block>>::get_preset(&Some(preset)).is_some());
	}
	assert_eq!(<Runtime as GenesisBuilder<Block>>::get_preset(&Some("other".into())), None);
}

#[test]
fn providers_are_numbered_in_order() {
	const NAMES: [&str; 4] =
		["Mercy Hospital", "Lakeside Clinic", "Northgate Hospital", "Harbour Practice"];
	on_each(|providers| {
		assert_eq!(pallet_registrar::NextParticipantId::<Runtime>::get(), providers);
		assert_eq!(pallet_registrar::Participants::<Runtime>::iter().count() as u64, providers);
		for id in 0..providers {
			let account = provider(id).account_id();
			assert_eq!(Registrar::account(id), Some(account.clone()));
			let caller = Registrar::caller(&account).expect("a provider is on the chain");
			assert_eq!((caller.participant, caller.is_operator), (id, false));
			assert_eq!(caller.status, ParticipantStatus::Active);

			let entry = pallet_registrar::Providers::<Runtime>::get(id).expect("it is a provider");
			assert_eq!(entry.name.as_slice(), NAMES[id as usize].as_bytes());
			assert_eq!(
				entry.endpoint.as_slice(),
				format!("http://127.0.0.1:{}", 8100 + id).as_bytes()
			);
		}
	});
}

#[test]
fn keys_derive_from_the_development_phrase() {
	on_each(|providers| {
		for id in 0..providers {
			let entry = pallet_registrar::Providers::<Runtime>::get(id).expect("it is a provider");
			assert_eq!(entry.operator, Some(operator(id).account_id()));
			let uri = ["//Alice", "//Bob", "//Charlie", "//Dave"][id as usize];
			let gatekeeper = ed25519::Pair::from_string(&format!("{uri}//gatekeeper"), None)
				.expect("the URI is valid");
			assert_eq!(entry.gatekeeper_key, gatekeeper.public().0);
		}
	});
}

#[test]
fn operators_act_for_their_providers() {
	on_each(|providers| {
		for id in 0..providers {
			let caller = Registrar::caller(&operator(id).account_id()).expect("it is an operator");
			assert_eq!((caller.participant, caller.is_operator), (id, true));
		}
	});
}

#[test]
fn every_account_has_a_provider_reference() {
	on_each(|providers| {
		let accounts: Vec<_> = frame_system::Account::<Runtime>::iter().collect();
		// Each provider's own and its operator's.
		assert_eq!(accounts.len() as u64, 2 * providers);
		for (account, info) in accounts {
			assert_eq!(info.providers, 1, "{account}");
			assert_ne!(info.data.role, AccountRole::Vacant, "{account}");
		}
	});
}

#[test]
fn the_providers_validate_and_are_the_council() {
	on_each(|providers| {
		let expected: Vec<_> = (0..providers).map(|id| (id, provider(id).account_id())).collect();
		assert_eq!(pallet_authorities::Authorities::<Runtime>::get().to_vec(), expected);

		for (id, account) in &expected {
			assert_eq!(Authorities::seat_of(account), Some(*id));
		}
		assert_eq!(u64::from(Authorities::seats()), providers);
		let members: Vec<_> = expected.into_iter().map(|(_, account)| account).collect();
		assert_eq!(pallet_session::Validators::<Runtime>::get(), members);
	});
}

#[test]
fn validators_have_session_keys_from_the_beginning() {
	on_each(|providers| {
		let keys: Vec<_> = (0..providers).map(session_keys).collect();
		for (id, keys) in (0..providers).zip(&keys) {
			let account = provider(id).account_id();
			assert_eq!(pallet_session::NextKeys::<Runtime>::get(account).as_ref(), Some(keys));
		}
		let aura = pallet_aura::Authorities::<Runtime>::get().into_inner();
		assert_eq!(aura, keys.iter().map(|keys| keys.aura.clone()).collect::<Vec<_>>());
		let grandpa: Vec<_> = keys.iter().map(|keys| (keys.grandpa.clone(), 1)).collect();
		assert_eq!(Grandpa::grandpa_authorities(), grandpa);
		let mut discovery: Vec<_> =
			keys.iter().map(|keys| keys.authority_discovery.clone()).collect();
		discovery.sort();
		let mut found = AuthorityDiscovery::authorities();
		found.sort();
		assert_eq!(found, discovery);
	});
}

#[test]
fn sessions_and_removals_take_as_long_as_each_preset_says() {
	let rules = || {
		(
			pallet_authorities::SessionLength::<Runtime>::get(),
			pallet_authorities::RemovalDelay::<Runtime>::get(),
			pallet_authorities::MinimumAuthorities::<Runtime>::get(),
		)
	};
	genesis(DEV).execute_with(|| assert_eq!(rules(), (5 * MINUTES, DAYS, 1)));
	genesis(LOCAL).execute_with(|| assert_eq!(rules(), (10, MINUTES, 2)));
}

#[test]
fn purposes_are_the_networks_first_table() {
	on_each(|_| {
		assert_eq!(pallet_registrar::Purposes::<Runtime>::get(), PurposesTable::default());
	});
}

#[test]
fn nobody_else_is_on_the_chain() {
	on_each(|_| {
		assert_eq!(Registrar::caller(&key("//Ferdie").account_id()), None);
		assert_eq!(pallet_relationship::Relationships::<Runtime>::iter().count(), 0);
	});
	genesis(DEV).execute_with(|| {
		assert_eq!(Registrar::caller(&provider(HARBOUR).account_id()), None);
		assert!(Registrar::caller(&provider(MERCY).account_id()).is_some());
	});
}
