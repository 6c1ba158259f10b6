//! Decisions on a pair of blocks: allowed only if both allow it.

use std::sync::Arc;

use medrec_primitives::{
	decide, AccessRequest, AccountId, Decision, ExpiryDay, Moment, Participant, Party, Question,
	Relationship, Tag,
};

use crate::{
	heads::{BlockFacts, Heads},
	state::{grant_key, participant_key, relationship_key, ReadError, StateReader},
	Block, Client, Hash,
};

/// What the chain knows about a question.
#[derive(Clone)]
struct Facts {
	actor: Option<Party>,
	on_behalf_of: Option<Party>,
	relationship: Option<Relationship>,
	tag_on_chain: Option<ExpiryDay>,
}

/// Decides on a pair of blocks.
pub(crate) struct Decider<'a, C, BE: sc_client_api::Backend<Block>> {
	client: &'a C,
	backend: &'a Arc<BE>,
	genesis: Hash,
	heads: &'a Heads<BE>,
	/// The node's clock.
	now: Moment,
	/// The finalized state, opened when first needed.
	finalized: Option<StateReader<BE>>,
}

impl<'a, C: Client<BE>, BE: sc_client_api::Backend<Block>> Decider<'a, C, BE> {
	pub(crate) fn new(
		client: &'a C,
		backend: &'a Arc<BE>,
		genesis: Hash,
		heads: &'a Heads<BE>,
		now: Moment,
	) -> Self {
		Self { client, backend, genesis, heads, now, finalized: None }
	}

	/// Decide one question.
	pub(crate) fn decide(&mut self, request: &AccessRequest) -> Result<Decision, ReadError> {
		if !self.heads.layout_is_known() {
			return self.decide_by_runtime(request);
		}
		let tag = request
			.opening
			.as_ref()
			.map(|opening| opening.tag(&self.genesis, request.relationship));

		let facts = self.heads.best_states.with(self.backend, |best| read(best, request, tag))?;
		let decision = self.evaluate(request, &facts, &self.heads.best);
		if !decision.is_allowed() {
			return Ok(decision);
		}

		let may_differ = self.heads.may_differ(&participant_key(request.actor))
			|| self.heads.may_differ(&participant_key(request.on_behalf_of))
			|| self.heads.may_differ(&relationship_key(request.relationship))
			|| tag.is_some_and(|tag| self.heads.may_differ(&grant_key(request.relationship, tag)));
		let facts = if may_differ {
			let finalized = match &mut self.finalized {
				Some(finalized) => finalized,
				unopened => {
					unopened.insert(StateReader::open(self.backend, self.heads.finalized.at.hash)?)
				},
			};
			read(finalized, request, tag)?
		} else {
			facts
		};
		match self.evaluate(request, &facts, &self.heads.finalized) {
			Decision::Allowed(_) => Ok(decision),
			denied => Ok(denied),
		}
	}

	fn evaluate(&self, request: &AccessRequest, facts: &Facts, block: &BlockFacts) -> Decision {
		decide(&Question {
			actor: facts.actor.as_ref(),
			on_behalf_of: facts.on_behalf_of.as_ref(),
			relationship: facts.relationship.as_ref(),
			opening: request.opening.as_ref(),
			tag_on_chain: facts.tag_on_chain,
			purpose: request.purpose,
			purposes_table: &block.purposes,
			start_now: block.time,
			end_now: self.now.max(block.time),
		})
	}

	/// The same through the blocks' own runtimes, for states whose layout is not this node's.
	fn decide_by_runtime(&self, request: &AccessRequest) -> Result<Decision, ReadError> {
		let ask = |block: Hash| self.client.check_access(block, request.clone(), self.now);
		let decision = ask(self.heads.best.at.hash)?;
		if !decision.is_allowed() {
			return Ok(decision);
		}
		match ask(self.heads.finalized.at.hash)? {
			Decision::Allowed(_) => Ok(decision),
			denied => Ok(denied),
		}
	}
}

fn party(participant: Option<Participant<AccountId>>, id: u64) -> Option<Party> {
	participant.map(|found| Party { participant: id, kind: found.kind, status: found.status })
}

fn read<BE: sc_client_api::Backend<Block>>(
	state: &StateReader<BE>,
	request: &AccessRequest,
	tag: Option<Tag>,
) -> Result<Facts, ReadError> {
	let actor = party(state.participant(request.actor)?, request.actor);
	let on_behalf_of = if request.on_behalf_of == request.actor {
		actor
	} else {
		party(state.participant(request.on_behalf_of)?, request.on_behalf_of)
	};
	let relationship = state.relationship(request.relationship)?;
	let tag_on_chain = match tag {
		Some(tag) => state.grant(request.relationship, tag)?,
		None => None,
	};
	Ok(Facts { actor, on_behalf_of, relationship, tag_on_chain })
}
