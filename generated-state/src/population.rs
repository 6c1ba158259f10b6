//! Who there is, and who stands in which relationship.
//!
//! Kinds, standings and parties are arithmetic on numbers, so that every class occurs at a known rate and
//! is found without a search through hashes.

use medrec_primitives::{
	AccountId, EncryptionKey, Epoch, Moment, ParticipantId, ParticipantKind, ParticipantStatus,
	Party, Relationship, RelationshipId, RelationshipStatus,
};
use sp_core::{ed25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};

use crate::{
	dice::{derive, Dice},
	GENERATED_AT,
};

/// Fewest relationships: as many as it takes until every class of grant occurred.
pub const MIN_RELATIONSHIPS: u64 = 420;

/// Most relationships. The whole change of state passes through memory, about 4 kB of it for each.
pub const MAX_RELATIONSHIPS: u64 = 10_000_000;

/// Proposals of a steward that wait for an answer at most; no more than the runtime allows.
const STEWARD_PROPOSALS: u64 = 16;

/// Grantees come in groups of this many.
pub(crate) const GROUP: u64 = 16;
/// Place in its group of the suspended grantee.
pub(crate) const SUSPENDED_PLACE: u64 = 14;
/// Place in its group of the retired grantee.
pub(crate) const RETIRED_PLACE: u64 = 15;

/// 2020-01-01T00:00:00Z, since when there are relationships.
const FIRST_SINCE: Moment = 1_577_836_800_000;

/// Why there is no such population.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PopulationError {
	/// Not every class of participant, relationship and grant would occur.
	#[error("{0} relationships are too few: at least {MIN_RELATIONSHIPS}")]
	TooFew(u64),
	/// The state would not pass through a machine's memory.
	#[error("{0} relationships are too many: at most {MAX_RELATIONSHIPS}")]
	TooMany(u64),
}

/// A generated population, on top of the providers that a chain starts with.
///
/// Participants are numbered on from those: first providers, then grantees (pharmacists, insurers,
/// researchers), then patients. Relationships are numbered from 0; their stewards are the generated
/// providers and those that the chain starts with.
#[derive(Clone, Debug)]
pub struct Population {
	pub(crate) seed: u64,
	relationships: u64,
	existing: u64,
	providers: u64,
	grantees: u64,
	patients: u64,
}

impl Population {
	/// The population of a seed, with this many relationships, on a chain that starts with `existing`
	/// participants, all of them providers, and no relationship.
	pub fn new(seed: u64, relationships: u64, existing: u64) -> Result<Self, PopulationError> {
		if relationships < MIN_RELATIONSHIPS {
			return Err(PopulationError::TooFew(relationships));
		}
		if relationships > MAX_RELATIONSHIPS {
			return Err(PopulationError::TooMany(relationships));
		}
		Ok(Self {
			seed,
			relationships,
			existing,
			providers: (relationships / 1_000).clamp(4, 1_000),
			grantees: GROUP * (relationships / 1_600).clamp(4, 10_000),
			patients: relationships * 4 / 5,
		})
	}

	/// How many relationships there are.
	pub fn relationships(&self) -> u64 {
		self.relationships
	}

	/// Number of the first generated participant.
	pub fn first_participant(&self) -> ParticipantId {
		self.existing
	}

	/// Number of the first grantee.
	pub fn first_grantee(&self) -> ParticipantId {
		self.existing + self.providers
	}

	/// Number of the first patient.
	pub fn first_patient(&self) -> ParticipantId {
		self.first_grantee() + self.grantees
	}

	/// Number that the next participant to be registered gets.
	pub fn next_participant(&self) -> ParticipantId {
		self.first_patient() + self.patients
	}

	/// How many stewards there are: their numbers are those below this.
	pub(crate) fn stewards(&self) -> u64 {
		self.existing + self.providers
	}

	/// How many grantees there are.
	pub(crate) fn grantees(&self) -> u64 {
		self.grantees
	}

	/// How many patients there are.
	pub(crate) fn patients(&self) -> u64 {
		self.patients
	}

	/// A generated participant.
	pub fn party(&self, participant: ParticipantId) -> Option<Party> {
		let (kind, status) = if participant < self.first_participant() {
			return None;
		} else if participant < self.first_grantee() {
			(ParticipantKind::Provider, self.provider_status(participant))
		} else if participant < self.first_patient() {
			grantee(participant - self.first_grantee())
		} else if participant < self.next_participant() {
			let status = match (participant - self.first_patient()) % 50 {
				7 => ParticipantStatus::Suspended,
				13 => ParticipantStatus::Retired,
				_ => ParticipantStatus::Active,
			};
			(ParticipantKind::Patient, status)
		} else {
			return None;
		};
		Some(Party { participant, kind, status })
	}

	/// Standing of a provider: the last generated one is suspended, the one before it retired, and those
	/// that the chain starts with are active.
	pub(crate) fn provider_status(&self, provider: ParticipantId) -> ParticipantStatus {
		match self.stewards() - provider {
			1 => ParticipantStatus::Suspended,
			2 => ParticipantStatus::Retired,
			_ => ParticipantStatus::Active,
		}
	}

	/// The key of a generated participant. Anyone who knows the seed can sign as it.
	pub fn pair(&self, participant: ParticipantId) -> ed25519::Pair {
		ed25519::Pair::from_seed(&derive(self.seed, "account", participant, 0))
	}

	/// The key of a generated provider's operator account.
	pub fn operator_pair(&self, provider: ParticipantId) -> ed25519::Pair {
		ed25519::Pair::from_seed(&derive(self.seed, "operator", provider, 0))
	}

	/// The account of a key.
	pub fn account_of(pair: &ed25519::Pair) -> AccountId {
		MultiSigner::from(pair.public()).into_account()
	}

	/// Where messages to a generated participant are sealed to. Nobody holds the secret key.
	pub fn encryption_key(&self, participant: ParticipantId) -> EncryptionKey {
		derive(self.seed, "encryption key", participant, 0)
	}

	/// The key of a generated provider's gatekeeper.
	pub fn gatekeeper_pair(&self, provider: ParticipantId) -> ed25519::Pair {
		ed25519::Pair::from_seed(&derive(self.seed, "gatekeeper", provider, 0))
	}

	/// How often a generated participant ended its sessions.
	pub(crate) fn epoch(&self, participant: ParticipantId) -> Epoch {
		(participant % 3) as Epoch
	}

	/// A relationship.
	pub fn relationship(&self, id: RelationshipId) -> Option<Relationship> {
		(id < self.relationships).then(|| {
			let mut dice = Dice::new(self.seed, "relationship", id, 0);
			Relationship {
				patron: self.patron(id),
				steward: self.steward(id),
				status: self.relationship_status(id),
				since: dice.between(FIRST_SINCE, GENERATED_AT),
				tags: self.tags(id),
			}
		})
	}

	/// Whose records a relationship is about. One patient in four has two relationships.
	pub(crate) fn patron(&self, relationship: RelationshipId) -> ParticipantId {
		self.first_patient() + relationship % self.patients
	}

	/// Who holds them.
	pub(crate) fn steward(&self, relationship: RelationshipId) -> ParticipantId {
		relationship % self.stewards()
	}

	/// Where a relationship stands: 85 of 100 are active, 5 ended, the others proposed, those by stewards
	/// only as long as none has more of them open than one may have.
	pub(crate) fn relationship_status(&self, relationship: RelationshipId) -> RelationshipStatus {
		match relationship % 20 {
			3 => RelationshipStatus::Ended,
			7 => RelationshipStatus::ProposedByPatron,
			11 if relationship < STEWARD_PROPOSALS * self.stewards() => {
				RelationshipStatus::ProposedBySteward
			},
			_ => RelationshipStatus::Active,
		}
	}
}

/// Kind and standing of a grantee.
fn grantee(index: u64) -> (ParticipantKind, ParticipantStatus) {
	let kind = match index % GROUP {
		0..=7 | SUSPENDED_PLACE => ParticipantKind::Other,
		8..=10 | RETIRED_PLACE => ParticipantKind::Insurer,
		_ => ParticipantKind::Researcher,
	};
	let status = match index % GROUP {
		SUSPENDED_PLACE => ParticipantStatus::Suspended,
		RETIRED_PLACE => ParticipantStatus::Retired,
		_ => ParticipantStatus::Active,
	};
	(kind, status)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn its_size_is_bounded() {
		assert_eq!(
			Population::new(1, MIN_RELATIONSHIPS - 1, 4).unwrap_err(),
			PopulationError::TooFew(MIN_RELATIONSHIPS - 1)
		);
		assert_eq!(
			Population::new(1, MAX_RELATIONSHIPS + 1, 4).unwrap_err(),
			PopulationError::TooMany(MAX_RELATIONSHIPS + 1)
		);
	}

	#[test]
	fn numbers_go_on_from_those_that_exist() {
		for existing in [1, 4] {
			let population = Population::new(1, MIN_RELATIONSHIPS, existing).unwrap();
			assert_eq!(population.first_participant(), existing);
			assert_eq!(population.party(existing - 1), None);
			assert!((existing..population.next_participant())
				.all(|id| population.party(id).is_some_and(|party| party.participant == id)));
			assert_eq!(population.party(population.next_participant()), None);
		}
	}

	#[test]
	fn every_class_of_relationship_occurs_at_the_smallest_size() {
		let population = Population::new(1, MIN_RELATIONSHIPS, 4).unwrap();
		for status in [
			RelationshipStatus::Active,
			RelationshipStatus::Ended,
			RelationshipStatus::ProposedByPatron,
			RelationshipStatus::ProposedBySteward,
		] {
			assert!((0..MIN_RELATIONSHIPS).any(|id| population.relationship_status(id) == status));
		}
		assert_eq!(population.relationship(MIN_RELATIONSHIPS), None);
	}

	#[test]
	fn another_seed_makes_other_people() {
		let [one, two] = [1, 2].map(|seed| Population::new(seed, MIN_RELATIONSHIPS, 4).unwrap());
		let account = |population: &Population| Population::account_of(&population.pair(200));
		assert_ne!(account(&one), account(&two));
		assert_eq!(account(&one), account(&one.clone()));
	}
}
