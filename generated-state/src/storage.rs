//! The population as keys and values of the runtime's storage.

use codec::Encode;
use medrec_primitives::{
	AccountId, AccountRole, Hash, Participant, ParticipantAccount, ParticipantId, ParticipantKind,
	ParticipantStatus, Party, Provider, ProviderEndpoint, ProviderName, RelationshipId,
	RelationshipRole, RelationshipStatus,
};
use medrec_runtime::Runtime;
use sp_core::Pair;

use crate::Population;

type Participants = pallet_registrar::Participants<Runtime>;
type Providers = pallet_registrar::Providers<Runtime>;
type ProviderNames = pallet_registrar::ProviderNames<Runtime>;
type NextParticipantId = pallet_registrar::NextParticipantId<Runtime>;
type Relationships = pallet_relationship::Relationships<Runtime>;
type Grants = pallet_relationship::Grants<Runtime>;
type OpenProposals = pallet_relationship::OpenProposals<Runtime>;
type NextRelationshipId = pallet_relationship::NextRelationshipId<Runtime>;
type Entries = pallet_summary::Entries<Runtime>;
type Account = frame_system::Account<Runtime>;

/// A key and its value.
pub type KeyValue = (Vec<u8>, Vec<u8>);

impl Population {
	/// Everything that the population adds to the state of a chain with this genesis hash. Keys are
	/// distinct; only `NextParticipantId` and `NextRelationshipId` replace values.
	pub fn storage(&self, genesis: Hash) -> impl Iterator<Item = KeyValue> + '_ {
		let participants = (self.first_participant()..self.next_participant())
			.filter_map(|id| self.party(id))
			.flat_map(|party| self.participant_storage(party));
		let relationships =
			(0..self.relationships()).flat_map(move |id| self.relationship_storage(id, &genesis));
		let proposals = (0..self.stewards())
			.chain(self.first_patient()..self.next_participant())
			.filter_map(|id| {
				let open = self.open_proposals(id);
				(open > 0).then(|| (OpenProposals::hashed_key_for(id), open.encode()))
			});
		let counters = [
			(NextParticipantId::hashed_key().to_vec(), self.next_participant().encode()),
			(NextRelationshipId::hashed_key().to_vec(), self.relationships().encode()),
		];
		participants.chain(relationships).chain(proposals).chain(counters)
	}

	fn participant_storage(&self, party: Party) -> Vec<KeyValue> {
		let Party { participant: id, kind, status } = party;
		let account = Self::account_of(&self.pair(id));
		let participant = Participant {
			account: account.clone(),
			kind,
			status,
			encryption_key: self.encryption_key(id),
			epoch: self.epoch(id),
		};
		let mut storage = vec![
			(Participants::hashed_key_for(id), participant.encode()),
			account_entry(&account, id, kind.into(), status),
		];
		if kind == ParticipantKind::Provider {
			self.provider_storage(id, status, &mut storage);
		}
		storage
	}

	fn provider_storage(
		&self,
		id: ParticipantId,
		status: ParticipantStatus,
		storage: &mut Vec<KeyValue>,
	) {
		// Who retires keeps no operator.
		let operator = (status != ParticipantStatus::Retired)
			.then(|| Self::account_of(&self.operator_pair(id)));
		if let Some(operator) = &operator {
			storage.push(account_entry(operator, id, AccountRole::Operator, status));
		}
		let provider = Provider {
			name: bounded_name(id),
			endpoint: bounded_endpoint(id),
			gatekeeper_key: self.gatekeeper_pair(id).public().0,
			operator,
		};
		let name = pallet_registrar::name_key(&provider.name);
		storage.push((ProviderNames::hashed_key_for(name), id.encode()));
		storage.push((Providers::hashed_key_for(id), provider.encode()));
	}

	fn relationship_storage(&self, id: RelationshipId, genesis: &Hash) -> Vec<KeyValue> {
		let Some(relationship) = self.relationship(id) else { return Vec::new() };
		let mut storage = vec![(Relationships::hashed_key_for(id), relationship.encode())];
		for role in [RelationshipRole::Patron, RelationshipRole::Steward] {
			// Half of the patrons have removed what ended from their summaries.
			let removed = relationship.status == RelationshipStatus::Ended
				&& role == RelationshipRole::Patron
				&& (id / 20).is_multiple_of(2);
			if !removed {
				let key = Entries::hashed_key_for(relationship.party(role), id);
				storage.push((key, role.encode()));
			}
		}
		storage.extend(
			self.grants(id).map(|grant| {
				(Grants::hashed_key_for(id, grant.tag(genesis)), grant.expiry.encode())
			}),
		);
		storage
	}

	/// How many proposals of a participant wait for an answer.
	fn open_proposals(&self, id: ParticipantId) -> u16 {
		let (first, step, role) = if id < self.stewards() {
			(id, self.stewards(), RelationshipRole::Steward)
		} else {
			(id - self.first_patient(), self.patients(), RelationshipRole::Patron)
		};
		(first..self.relationships())
			.step_by(step as usize)
			.filter(|id| self.relationship_status(*id).proposer() == Some(role))
			.count() as u16
	}
}

fn account_entry(
	account: &AccountId,
	participant: ParticipantId,
	role: AccountRole,
	status: ParticipantStatus,
) -> KeyValue {
	let entry = frame_system::AccountInfo::<u32, ParticipantAccount> {
		providers: 1,
		data: ParticipantAccount { participant, role, status, used: 0, window: 0 },
		..Default::default()
	};
	(Account::hashed_key_for(account), entry.encode())
}

fn bounded_name(id: ParticipantId) -> ProviderName {
	format!("Example Practice {id}")
		.into_bytes()
		.try_into()
		.expect("a short name and at most twenty digits are shorter than 64 bytes; qed")
}

fn bounded_endpoint(id: ParticipantId) -> ProviderEndpoint {
	format!("https://practice-{id}.example")
		.into_bytes()
		.try_into()
		.expect("a short origin and at most twenty digits are shorter than 128 bytes; qed")
}
