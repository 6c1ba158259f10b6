//! What is asked, and what has to be answered.

use std::{collections::HashSet, net::SocketAddr};

use anyhow::{ensure, Result};
use codec::Encode;
use medrec_generated_state::{Expected, Population};
use medrec_primitives::{
	decide, AccessRequest, Decision, Hash, Moment, PurposesTable, Question, Salt, Tag,
};
use medrec_rpc_api::CheckAccess;
use medrec_runtime::Runtime;
use rand::{rngs::StdRng, seq::SliceRandom, SeedableRng};

use super::node::hex_text;
use crate::load::{Prepared, Workload};

type Relationships = pallet_relationship::Relationships<Runtime>;
type Grants = pallet_relationship::Grants<Runtime>;

/// One question in this many is denied.
const DENIED_ONE_IN: usize = 10;

/// Candidates that are looked at for each question that is taken, at most.
const CANDIDATES: u64 = 50;

/// What random order follows from.
const SEED: u64 = 1;

/// Everything that is asked. Each has another random order.
pub struct Workloads {
	/// `medrec_checkAccess`.
	pub check_access: Workload,
	/// `state_getStorage` of relationships.
	pub relationships: Workload,
	/// `state_getStorage` of grants.
	pub grants: Workload,
	/// `state_call` of the runtime API, the same questions.
	pub runtime_api: Workload,
	/// `system_name`.
	pub floor: Workload,
	/// How many of the questions are allowed.
	pub allowed: usize,
}

/// A question with the decision that has to be its answer.
struct Asked {
	question: CheckAccess,
	decision: Decision,
}

impl Workloads {
	/// Prepare the requests to a node whose state is a population's.
	pub fn prepare(
		node: SocketAddr,
		population: &Population,
		genesis: Hash,
		now: Moment,
	) -> Result<Self> {
		let mut random = StdRng::seed_from_u64(SEED);
		let mut questions = questions(population, genesis, now)?;
		questions.shuffle(&mut random);
		let allowed = questions.iter().filter(|asked| asked.decision.is_allowed()).count();
		let check_access = questions
			.iter()
			.map(|Asked { question, decision }| {
				let params = format!("[{}]", serde_json::to_string(question)?);
				let expected = format!(r#"{{"decision":{},"#, serde_json::to_string(decision)?);
				Ok(Prepared::call(node, "medrec_checkAccess", &params, &expected))
			})
			.collect::<Result<_>>()?;
		questions.shuffle(&mut random);
		let runtime_api = questions
			.into_iter()
			.map(|Asked { question, decision }| {
				let argument = (AccessRequest::from(question), now).encode();
				let params = format!(r#"["MedrecApi_check_access","{}"]"#, hex_text(&argument));
				let expected = format!(r#""{}"}}"#, hex_text(&decision.encode()));
				Prepared::call(node, "state_call", &params, &expected)
			})
			.collect();

		let read = |(key, value): (Vec<u8>, Vec<u8>)| {
			let params = format!(r#"["{}"]"#, hex_text(&key));
			Prepared::call(
				node,
				"state_getStorage",
				&params,
				&format!(r#""{}"}}"#, hex_text(&value)),
			)
		};
		let mut relationships: Vec<_> = (0..population.relationships())
			.filter_map(|id| Some((id, population.relationship(id)?)))
			.map(|(id, relationship)| {
				read((Relationships::hashed_key_for(id), relationship.encode()))
			})
			.collect();
		relationships.shuffle(&mut random);
		let mut grants: Vec<_> = (0..population.relationships())
			.flat_map(|id| population.grants(id))
			.map(|grant| {
				let key = Grants::hashed_key_for(grant.relationship, grant.tag(&genesis));
				read((key, grant.expiry.encode()))
			})
			.collect();
		grants.shuffle(&mut random);
		let floor = Prepared::call(node, "system_name", "[]", "\"");
		Ok(Self {
			check_access: Workload::new("medrec_checkAccess", check_access),
			relationships: Workload::new("state_getStorage, relationships", relationships),
			grants: Workload::new("state_getStorage, grants", grants),
			runtime_api: Workload::new("state_call", runtime_api),
			floor: Workload::new("system_name", vec![floor]),
			allowed,
		})
	}
}

/// Questions that carry an opening, no opening twice: four for every five relationships.
fn questions(population: &Population, genesis: Hash, now: Moment) -> Result<Vec<Asked>> {
	let wanted = population.relationships() as usize * 4 / 5;
	let denied = wanted / DENIED_ONE_IN;
	let mut room = [wanted - denied, denied];
	let mut openings: HashSet<Salt> = HashSet::with_capacity(wanted);
	let mut taken = Vec::with_capacity(wanted);
	for number in 0..wanted as u64 * CANDIDATES {
		if room == [0, 0] {
			break;
		}
		let (question, expected) = population.question(number);
		let room = &mut room[usize::from(matches!(expected, Expected::Denied(_)))];
		let Some(opening) = &question.opening else { continue };
		if *room == 0 || !openings.insert(opening.salt) {
			continue;
		}
		let tag = opening.tag(&genesis, question.relationship);
		let decision = answer(population, &question, tag, genesis, now);
		ensure!(
			expected.agrees(&decision),
			"the generated state contradicts itself: {question:?} is decided {decision:?}"
		);
		*room -= 1;
		taken.push(Asked { question, decision });
	}
	ensure!(room == [0, 0], "there are too few different openings: {room:?} questions are missing");
	Ok(taken)
}

/// What has to be answered, from what the population says.
fn answer(
	population: &Population,
	question: &CheckAccess,
	tag: Tag,
	genesis: Hash,
	now: Moment,
) -> Decision {
	let actor = population.party(question.actor);
	let on_behalf_of = population.party(question.on_behalf_of);
	let tag_on_chain = population
		.grants(question.relationship)
		.find(|grant| grant.tag(&genesis) == tag)
		.map(|grant| grant.expiry);
	decide(&Question {
		actor: actor.as_ref(),
		on_behalf_of: on_behalf_of.as_ref(),
		relationship: population.relationship(question.relationship).as_ref(),
		opening: question.opening.as_ref(),
		tag_on_chain,
		purpose: question.purpose,
		purposes_table: &PurposesTable::default(),
		start_now: now,
		end_now: now,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_generated_state::MIN_RELATIONSHIPS;

	#[test]
	fn questions_have_distinct_openings_and_most_are_allowed() {
		let population = Population::new(1, 10 * MIN_RELATIONSHIPS, 1).unwrap();
		let genesis = Hash::repeat_byte(1);
		let asked = questions(&population, genesis, 1_800_000_000_000).unwrap();
		let all = asked.len();
		assert_eq!(all, 8 * MIN_RELATIONSHIPS as usize);
		let allowed = asked.iter().filter(|asked| asked.decision.is_allowed()).count();
		assert_eq!(allowed, all - all / DENIED_ONE_IN);
		let openings: HashSet<_> = asked
			.iter()
			.filter_map(|asked| asked.question.opening.as_ref())
			.map(|opening| opening.salt)
			.collect();
		assert_eq!(openings.len(), all);
	}
}
