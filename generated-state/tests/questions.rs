//! The questions are what they are said to be, by the pure decision on the generated facts.

use std::collections::{BTreeMap, HashMap};

use medrec_generated_state::{Expected, Population, GENERATED_AT, MIN_RELATIONSHIPS};
use medrec_primitives::{
	decide, AccessRequest, Basis, Decision, Denial, Hash, Moment, ParticipantId, ParticipantKind,
	ParticipantStatus, Party, PurposesTable, Question,
};

const GENESIS: Hash = Hash::repeat_byte(7);
/// Providers that the chain starts with.
const EXISTING: u64 = 4;

fn party(population: &Population, id: ParticipantId) -> Option<Party> {
	population.party(id).or((id < EXISTING).then_some(Party {
		participant: id,
		kind: ParticipantKind::Provider,
		status: ParticipantStatus::Active,
	}))
}

fn answer(population: &Population, request: &AccessRequest, now: Moment) -> Decision {
	let tags: BTreeMap<_, _> = population
		.relationship(request.relationship)
		.into_iter()
		.flat_map(|_| population.grants(request.relationship))
		.map(|grant| (grant.tag(&GENESIS), grant.expiry))
		.collect();
	decide(&Question {
		actor: party(population, request.actor).as_ref(),
		on_behalf_of: party(population, request.on_behalf_of).as_ref(),
		relationship: population.relationship(request.relationship).as_ref(),
		opening: request.opening.as_ref(),
		tag_on_chain: request
			.opening
			.as_ref()
			.and_then(|opening| tags.get(&opening.tag(&GENESIS, request.relationship)).copied()),
		purpose: request.purpose,
		purposes_table: &PurposesTable::default(),
		start_now: GENERATED_AT,
		end_now: now,
	})
}

fn check(relationships: u64, questions: u64) -> HashMap<Expected, u64> {
	let population = Population::new(5, relationships, EXISTING).unwrap();
	let mut counts = HashMap::new();
	for number in 0..questions {
		let (question, expected) = population.question(number);
		let request = AccessRequest::from(question);
		for now in [GENERATED_AT, 4_000_000_000_000] {
			let decision = answer(&population, &request, now);
			assert!(
				expected.agrees(&decision),
				"{number}: {request:?}: {expected:?}, {decision:?}"
			);
		}
		*counts.entry(expected).or_default() += 1;
	}
	counts
}

#[test]
fn every_answer_occurs_at_its_rate() {
	let counts = check(5_000, 20_000);
	assert!(counts[&Expected::Allowed(Basis::Grant)] > 9_000);
	assert!(counts[&Expected::Allowed(Basis::Patron)] > 1_000);
	assert!(counts[&Expected::Allowed(Basis::Steward)] > 1_000);
	for denial in Denial::ALL {
		assert!(counts[&Expected::Denied(denial)] > 300, "{denial:?}");
	}
}

#[test]
fn the_smallest_population_has_them_all() {
	assert_eq!(check(MIN_RELATIONSHIPS, 5_000).len(), 3 + Denial::ALL.len());
}

#[test]
fn questions_spread_over_the_relationships() {
	let population = Population::new(5, 5_000, EXISTING).unwrap();
	let mut asked: Vec<_> =
		(0..10_000).map(|number| population.question(number).0.relationship).collect();
	asked.sort_unstable();
	asked.dedup();
	assert!(asked.len() > 3_000, "{}", asked.len());
}
