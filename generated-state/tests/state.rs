//! The generated state, on top of a preset's genesis, is one that the pallets could have come to.

use std::collections::{BTreeMap, BTreeSet};

use medrec_generated_state::{Population, MIN_RELATIONSHIPS};
use medrec_primitives::{
	AccountId, AccountRole, Hash, ParticipantKind, ParticipantStatus, Participants as _,
	Relationship, RelationshipId, RelationshipRole, RelationshipStatus,
};
use medrec_runtime::{genesis_config_presets, Registrar, Runtime, RuntimeGenesisConfig};
use sp_runtime::{traits::Dispatchable, BuildStorage};

type Participants = pallet_registrar::Participants<Runtime>;
type Providers = pallet_registrar::Providers<Runtime>;
type ProviderNames = pallet_registrar::ProviderNames<Runtime>;
type Relationships = pallet_relationship::Relationships<Runtime>;
type Grants = pallet_relationship::Grants<Runtime>;
type OpenProposals = pallet_relationship::OpenProposals<Runtime>;
type Entries = pallet_summary::Entries<Runtime>;
type Account = frame_system::Account<Runtime>;

const GENESIS: Hash = Hash::repeat_byte(7);
const RELATIONSHIPS: u64 = 3_000;

/// Put `patch` over `value`, as a chain spec does.
fn merge(value: &mut serde_json::Value, patch: serde_json::Value) {
	match (value, patch) {
		(serde_json::Value::Object(value), serde_json::Value::Object(patch)) => {
			for (name, patch) in patch {
				merge(value.entry(name).or_insert(serde_json::Value::Null), patch);
			}
		},
		(value, patch) => *value = patch,
	}
}

fn in_state<R>(relationships: u64, check: impl FnOnce(&Population) -> R) -> R {
	let patch = genesis_config_presets::get_preset(&genesis_config_presets::LOCAL.into()).unwrap();
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	merge(&mut config, serde_json::from_slice(&patch).unwrap());
	let config: RuntimeGenesisConfig = serde_json::from_value(config).unwrap();
	let mut storage = config.build_storage().unwrap();

	let population = Population::new(11, relationships, 4).unwrap();
	storage.top.extend(population.storage(GENESIS));
	sp_io::TestExternalities::new(storage).execute_with(|| {
		// What block 1 wrote in reality.
		frame_system::Pallet::<Runtime>::set_block_number(1);
		frame_system::BlockHash::<Runtime>::insert(0, GENESIS);
		pallet_timestamp::Now::<Runtime>::put(medrec_generated_state::GENERATED_AT);
		check(&population)
	})
}

#[test]
fn the_same_arguments_give_the_same_state() {
	let storage = |seed| -> BTreeMap<_, _> {
		Population::new(seed, MIN_RELATIONSHIPS, 1).unwrap().storage(GENESIS).collect()
	};
	assert_eq!(storage(3), storage(3));
	assert_ne!(storage(3), storage(4));
}

#[test]
fn keys_are_distinct() {
	let population = Population::new(3, RELATIONSHIPS, 4).unwrap();
	let keys: BTreeSet<_> = population.storage(GENESIS).map(|(key, _)| key).collect();
	assert_eq!(keys.len(), population.storage(GENESIS).count());
}

#[test]
fn participants_and_accounts_agree() {
	in_state(RELATIONSHIPS, |population| {
		let next = pallet_registrar::NextParticipantId::<Runtime>::get();
		assert_eq!(next, population.next_participant());
		assert_eq!(Participants::iter().count() as u64, next);
		for (id, participant) in Participants::iter() {
			let account = Account::get(&participant.account);
			assert!(id < next);
			assert_eq!(account.providers, 1);
			assert_eq!(account.data.participant, id);
			assert_eq!(account.data.role, participant.kind.into());
			assert_eq!(account.data.status, participant.status);
			assert_eq!(Providers::contains_key(id), participant.kind == ParticipantKind::Provider);
		}
		for (who, account) in Account::iter() {
			let data = account.data;
			let operator = Providers::get(data.participant).and_then(|found| found.operator);
			let expected: Option<AccountId> = match data.role {
				AccountRole::Operator => operator,
				_ => Participants::get(data.participant).map(|found| found.account),
			};
			assert_eq!(expected, Some(who));
		}
	});
}

#[test]
fn providers_have_unique_names_and_valid_endpoints() {
	in_state(RELATIONSHIPS, |_| {
		for (id, provider) in Providers::iter() {
			assert!(pallet_registrar::is_valid_name(&provider.name));
			assert!(pallet_registrar::is_valid_endpoint(&provider.endpoint));
			let key = pallet_registrar::name_key(&provider.name);
			assert_eq!(ProviderNames::get(key), Some(id));
			let status = Participants::get(id).unwrap().status;
			assert_eq!(provider.operator.is_none(), status == ParticipantStatus::Retired);
			if let Some(operator) = provider.operator {
				let data = Account::get(operator).data;
				assert_eq!((data.participant, data.role), (id, AccountRole::Operator));
				assert_eq!(data.status, status);
			}
		}
		assert_eq!(ProviderNames::iter().count(), Providers::iter().count());
	});
}

#[test]
fn relationships_grants_and_proposals_are_counted() {
	in_state(RELATIONSHIPS, |population| {
		assert_eq!(
			pallet_relationship::NextRelationshipId::<Runtime>::get(),
			population.relationships()
		);
		let mut proposals = BTreeMap::<_, u16>::new();
		let mut tags = 0;
		for (id, relationship) in Relationships::iter() {
			let Relationship { patron, steward, status, .. } = relationship;
			assert!(id < population.relationships());
			assert!(Registrar::party(patron).is_some());
			assert!(Registrar::party(steward).is_some_and(|party| party.kind.may_be_steward()));
			assert_ne!(patron, steward);
			assert_eq!(Grants::iter_key_prefix(id).count(), usize::from(relationship.tags));
			tags += usize::from(relationship.tags);
			if let Some(role) = status.proposer() {
				assert_eq!(relationship.tags, 0);
				*proposals.entry(relationship.party(role)).or_default() += 1;
			}
		}
		assert_eq!(Relationships::iter().count() as u64, population.relationships());
		assert_eq!(Grants::iter().count(), tags);
		assert!(proposals.values().all(|open| *open <= 16));
		assert_eq!(OpenProposals::iter().collect::<BTreeMap<_, _>>(), proposals);
	});
}

#[test]
fn summaries_name_every_relationship_of_both_parties() {
	in_state(RELATIONSHIPS, |_| {
		let mut expected = BTreeSet::<(u64, RelationshipId)>::new();
		let mut removed = 0;
		for (id, relationship) in Relationships::iter() {
			for role in [RelationshipRole::Patron, RelationshipRole::Steward] {
				let party = relationship.party(role);
				match Entries::get(party, id) {
					Some(entry) => {
						assert_eq!(entry, role);
						expected.insert((party, id));
					},
					None => {
						assert_eq!(relationship.status, RelationshipStatus::Ended);
						assert_eq!(role, RelationshipRole::Patron);
						removed += 1;
					},
				}
			}
		}
		assert!(removed > 0);
		let stored: BTreeSet<_> = Entries::iter().map(|(party, id, _)| (party, id)).collect();
		assert_eq!(stored, expected);
	});
}

#[test]
fn whoever_knows_the_seed_knows_every_opening() {
	in_state(RELATIONSHIPS, |population| {
		let opened: BTreeMap<_, _> = (0..population.relationships())
			.flat_map(|id| population.grants(id))
			.map(|grant| ((grant.relationship, grant.tag(&GENESIS)), grant.expiry))
			.collect();
		let stored: BTreeMap<_, _> =
			Grants::iter().map(|(id, tag, expiry)| ((id, tag), expiry)).collect();
		assert_eq!(opened, stored);
	});
}

/// The pallets take calls by generated participants on generated relationships.
#[test]
fn generated_participants_can_transact() {
	in_state(RELATIONSHIPS, |population| {
		let grant = (0..population.relationships())
			.find_map(|id| {
				let patron = population.relationship(id)?.patron;
				let is_active = population.party(patron)?.status == ParticipantStatus::Active;
				population.grants(id).next().filter(|_| is_active)
			})
			.unwrap();
		let id = grant.relationship;
		let patron = population.relationship(id).unwrap().patron;
		let call = medrec_runtime::RuntimeCall::Relationships(pallet_relationship::Call::revoke {
			relationship: id,
			tag: grant.tag(&GENESIS),
		});
		let account = Population::account_of(&population.pair(patron));
		call.dispatch(medrec_runtime::RuntimeOrigin::signed(account)).unwrap();
		assert_eq!(Grants::get(id, grant.tag(&GENESIS)), None);
	});
}
