//! What patrons granted to whom, with the openings.

use medrec_primitives::{
	ExpiryDay, Hash, Labels, Moment, Opening, ParticipantId, ParticipantKind, Purpose, Purposes,
	RecordTypes, RelationshipId, RelationshipStatus, Rule, Tag, Terms, VOCABULARY_VERSION,
};
use serde::{Deserialize, Serialize};

use crate::{
	dice::{derive, Dice},
	population::{GROUP, RETIRED_PLACE, SUSPENDED_PLACE},
	Population,
};

/// Milliseconds of a year, on average.
const YEAR: Moment = 31_556_952_000;

/// Start of a UTC year, to within a day.
const fn year(year: u64) -> Moment {
	(year - 1970) * YEAR
}

/// What is particular about a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
	/// It holds: now, for an active grantee, for the purpose of its kind.
	Valid,
	/// Its expiry day is over.
	Expired,
	/// All of its rules begin later.
	NotYetValid,
	/// All of its rules are over.
	NoLongerValid,
	/// It is for another purpose than the grantee's usual one.
	OtherPurpose,
	/// It is written in a vocabulary that is yet to come.
	UnknownVocabulary,
	/// Its grantee is suspended.
	SuspendedGrantee,
	/// Its grantee has left.
	RetiredGrantee,
}

/// What the second grant of a relationship can be.
const SECOND: [Flavour; 7] = [
	Flavour::Expired,
	Flavour::NotYetValid,
	Flavour::NoLongerValid,
	Flavour::OtherPurpose,
	Flavour::UnknownVocabulary,
	Flavour::SuspendedGrantee,
	Flavour::RetiredGrantee,
];

/// Grants that are on the chain under one relationship, at most. What has this number or one above is
/// well formed, but never was granted.
pub(crate) const MAX_GRANTS: u64 = 3;

/// A grant, with its opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
	/// The relationship under which it stands.
	pub relationship: RelationshipId,
	/// What opens its tag.
	pub opening: Opening,
	/// Last day on which it can hold.
	pub expiry: ExpiryDay,
}

impl Grant {
	/// What the chain stores of it.
	pub fn tag(&self, genesis: &Hash) -> Tag {
		self.opening.tag(genesis, self.relationship)
	}

	/// The grant as a line of a file of openings.
	pub fn record(self, genesis: &Hash) -> OpeningRecord {
		let tag = self.tag(genesis);
		let Self { relationship, opening, expiry } = self;
		OpeningRecord { relationship, tag, expiry_day: expiry, opening }
	}
}

/// Line of a file of openings (one JSON object each).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpeningRecord {
	/// The relationship under which the grant stands.
	pub relationship: RelationshipId,
	/// Its tag.
	pub tag: Tag,
	/// Last day on which it can hold.
	pub expiry_day: ExpiryDay,
	/// What opens the tag.
	pub opening: Opening,
}

/// What participants of a kind usually ask for.
pub(crate) const fn usual_purpose(kind: ParticipantKind) -> Purpose {
	match kind {
		ParticipantKind::Patient => Purpose::Personal,
		ParticipantKind::Insurer => Purpose::Payment,
		ParticipantKind::Researcher => Purpose::Research,
		ParticipantKind::Provider | ParticipantKind::Delegate | ParticipantKind::Other => {
			Purpose::Treatment
		},
	}
}

/// A purpose that is not the usual one of a kind, for rules that do not match it.
const fn other_purpose(kind: ParticipantKind) -> Purpose {
	match kind {
		ParticipantKind::Other => Purpose::Personal,
		ParticipantKind::Insurer => Purpose::Operations,
		_ => Purpose::Treatment,
	}
}

impl Population {
	/// How many grants are on the chain under a relationship: one to three where it is active, one where
	/// it is ended.
	pub(crate) fn tags(&self, relationship: RelationshipId) -> u16 {
		match self.relationship_status(relationship) {
			RelationshipStatus::Active => 1 + (relationship % MAX_GRANTS) as u16,
			RelationshipStatus::Ended => 1,
			RelationshipStatus::ProposedByPatron | RelationshipStatus::ProposedBySteward => 0,
		}
	}

	/// The grants that are on the chain under a relationship.
	pub fn grants(&self, relationship: RelationshipId) -> impl Iterator<Item = Grant> + '_ {
		(0..u64::from(self.tags(relationship))).map(move |number| self.grant(relationship, number))
	}

	/// What the second grant of a relationship is, if it has one.
	pub(crate) fn second_flavour(&self, relationship: RelationshipId) -> Option<Flavour> {
		let index = (relationship / 20 % SECOND.len() as u64) as usize;
		(self.tags(relationship) > 1).then(|| SECOND[index])
	}

	/// A grant of a relationship, on the chain or not.
	pub(crate) fn grant(&self, relationship: RelationshipId, number: u64) -> Grant {
		let flavour = match number {
			1 => self.second_flavour(relationship).unwrap_or(Flavour::Valid),
			_ => Flavour::Valid,
		};
		let mut dice = Dice::new(self.seed, "grant", relationship, number);
		let grantee = self.grantee_for(flavour, &mut dice);
		let kind = self.party(grantee).map_or(ParticipantKind::Other, |grantee| grantee.kind);
		let expiry = match flavour {
			Flavour::Expired => dice.between(year(2021), year(2025)),
			_ => dice.between(year(2101), year(2140)),
		};
		Grant {
			relationship,
			opening: Opening {
				grantee,
				terms: terms(flavour, kind, &mut dice),
				salt: derive(self.seed, "salt", relationship, number),
			},
			expiry: ExpiryDay::of(expiry),
		}
	}

	fn grantee_for(&self, flavour: Flavour, dice: &mut Dice) -> ParticipantId {
		let place = match flavour {
			Flavour::SuspendedGrantee => SUSPENDED_PLACE,
			Flavour::RetiredGrantee => RETIRED_PLACE,
			_ => dice.below(SUSPENDED_PLACE),
		};
		self.first_grantee() + dice.below(self.grantees() / GROUP) * GROUP + place
	}
}

fn terms(flavour: Flavour, kind: ParticipantKind, dice: &mut Dice) -> Terms {
	let purpose = match flavour {
		Flavour::OtherPurpose => other_purpose(kind),
		_ => usual_purpose(kind),
	};
	let mut rules = Vec::new();
	for _ in 0..=dice.below(3) {
		let (not_before, not_after) = match flavour {
			Flavour::NotYetValid => (year(2130), year(2135)),
			Flavour::NoLongerValid => (year(2015), year(2018)),
			_ => (year(2015), year(2100)),
		};
		rules.push(Rule {
			not_before: dice.between(not_before, not_before + 3 * YEAR),
			not_after: dice.between(not_after, not_after + 5 * YEAR),
			..rule(purpose, dice)
		});
	}
	if flavour == Flavour::Valid && dice.one_in(4) {
		// Rules beside those that match, which must not add anything.
		rules.insert(
			0,
			Rule { not_after: dice.between(year(2018), year(2020)), ..rule(purpose, dice) },
		);
		rules.push(rule(other_purpose(kind), dice));
	}
	Terms {
		vocabulary: match flavour {
			Flavour::UnknownVocabulary => VOCABULARY_VERSION + 1,
			_ => VOCABULARY_VERSION,
		},
		rules: rules.try_into().expect("three rules and two beside them are at most five; qed"),
		policy: dice.one_in(16).then(|| Hash::from(derive(dice.any(), "policy", 0, 0))),
	}
}

/// A rule that holds from 2015 to 2100.
fn rule(purpose: Purpose, dice: &mut Dice) -> Rule {
	// At least one type, so that every rule shows something.
	let first = dice.one_of([
		RecordTypes::ALLERGIES,
		RecordTypes::CONDITIONS,
		RecordTypes::MEDICATIONS,
		RecordTypes::LABORATORY,
	]);
	Rule {
		types: first.union(RecordTypes(dice.any() as u32).intersection(RecordTypes::ALL)),
		labels: Labels(dice.any() as u32).intersection(Labels::ALL),
		purposes: Purposes::from(purpose),
		not_before: year(2015),
		not_after: year(2100),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::MIN_RELATIONSHIPS;

	fn population() -> Population {
		Population::new(7, MIN_RELATIONSHIPS, 4).unwrap()
	}

	#[test]
	fn every_flavour_occurs_at_the_smallest_size() {
		let population = population();
		for flavour in SECOND {
			assert!((0..MIN_RELATIONSHIPS).any(|id| population.second_flavour(id) == Some(flavour)));
		}
	}

	#[test]
	fn openings_are_distinct_and_their_salts_too() {
		let population = population();
		let mut openings: Vec<_> = (0..MIN_RELATIONSHIPS)
			.flat_map(|id| (0..=MAX_GRANTS).map(move |number| (id, number)))
			.map(|(id, number)| population.grant(id, number).opening.salt)
			.collect();
		let count = openings.len();
		openings.sort_unstable();
		openings.dedup();
		assert_eq!(openings.len(), count);
	}

	#[test]
	fn a_record_reads_back() {
		let record = population().grant(5, 0).record(&Hash::repeat_byte(1));
		let line = serde_json::to_string(&record).unwrap();
		assert_eq!(serde_json::from_str::<OpeningRecord>(&line).unwrap(), record);
		assert_eq!(record.opening.tag(&Hash::repeat_byte(1), 5), record.tag);
	}
}
