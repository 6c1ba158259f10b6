//! What holds whatever happens to relationships and whoever removes whatever.

use crate::{mock::*, Entries, MAX_PAGE};
use frame_support::assert_ok;
use medrec_primitives::{
	ParticipantId, ParticipantKind, ParticipantStatus, RelationshipId, RelationshipRole,
	RelationshipStatus, SummaryIndex,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
	/// The relationship pallet opens the next relationship.
	Open { patron: ParticipantId, steward: ParticipantId, active: bool },
	/// The relationship pallet discards a proposal.
	Discard { id: RelationshipId },
	/// The relationship pallet ends an active relationship.
	End { id: RelationshipId },
	/// Someone removes an entry.
	Remove { caller: ParticipantId, as_operator: bool, id: RelationshipId },
	/// The council suspends or reinstates.
	Stand { participant: ParticipantId, active: bool },
}

fn steps() -> impl Strategy<Value = Step> {
	let participant = || 0..4u64;
	let id = || 0..12u64;
	prop_oneof![
		3 => (participant(), MERCY..=COUNTY, any::<bool>())
			.prop_map(|(patron, steward, active)| Step::Open { patron, steward, active }),
		1 => id().prop_map(|id| Step::Discard { id }),
		3 => id().prop_map(|id| Step::End { id }),
		6 => (participant(), prop::bool::weighted(0.2), id())
			.prop_map(|(caller, as_operator, id)| Step::Remove { caller, as_operator, id }),
		1 => (participant(), any::<bool>())
			.prop_map(|(participant, active)| Step::Stand { participant, active }),
	]
}

/// What each summary has to hold, kept beside the chain by the plainest means.
#[derive(Default)]
struct Model {
	entries: BTreeMap<(ParticipantId, RelationshipId), RelationshipRole>,
	next: RelationshipId,
}

impl Model {
	fn make(&mut self, step: &Step) {
		match *step {
			Step::Open { patron, steward, active } => {
				if patron == steward {
					return;
				}
				let status = if active {
					RelationshipStatus::Active
				} else {
					RelationshipStatus::ProposedByPatron
				};
				open(self.next, patron, steward, status);
				self.entries.insert((patron, self.next), RelationshipRole::Patron);
				self.entries.insert((steward, self.next), RelationshipRole::Steward);
				self.next += 1;
			},
			Step::Discard { id } => {
				let found = Stored::get(id).filter(|found| found.status.proposer().is_some());
				let Some(found) = found else { return };
				Stored::remove(id);
				<Summary as SummaryIndex>::remove(id, found.patron, found.steward);
				self.entries.remove(&(found.patron, id));
				self.entries.remove(&(found.steward, id));
			},
			Step::End { id } => {
				if Stored::get(id).is_some_and(|found| found.status == RelationshipStatus::Active) {
					end(id);
				}
			},
			Step::Remove { caller, as_operator, id } => {
				let before = state();
				let origin = if as_operator { operator(caller) } else { signed(caller) };
				let outcome = Summary::remove(origin, id);
				let allowed = !as_operator
					&& Parties::get(caller)
						.is_some_and(|party| party.status == ParticipantStatus::Active)
					&& self.entries.get(&(caller, id)) == Some(&RelationshipRole::Patron)
					&& Stored::get(id)
						.is_some_and(|found| found.status == RelationshipStatus::Ended);
				assert_eq!(outcome.is_ok(), allowed, "{step:?}: {outcome:?}");
				if allowed {
					self.entries.remove(&(caller, id));
				} else {
					assert_eq!(state(), before, "{step:?} failed and changed something");
				}
			},
			Step::Stand { participant, active } => {
				let kind =
					Parties::get(participant).map_or(ParticipantKind::Patient, |party| party.kind);
				let status =
					if active { ParticipantStatus::Active } else { ParticipantStatus::Suspended };
				set(participant, kind, status);
			},
		}
	}

	fn check(&self) {
		let stored = Entries::<Test>::iter()
			.map(|(participant, id, role)| ((participant, id), role))
			.collect::<BTreeMap<_, _>>();
		assert_eq!(stored, self.entries);
		for participant in 0..4 {
			let page = Summary::page(participant, None, MAX_PAGE);
			let own = self.entries.keys().filter(|(owner, _)| *owner == participant).count();
			assert_eq!(page.len(), own);
			assert!(page
				.iter()
				.all(|(id, role, _)| self.entries.get(&(participant, *id)) == Some(role)));
		}
		assert_ok!(Summary::do_try_state());
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

	#[test]
	fn holds_after_every_step(sequence in prop::collection::vec(steps(), 1..60)) {
		new_test_ext().execute_with(|| {
			let mut model = Model::default();
			for step in &sequence {
				model.make(step);
				model.check();
			}
		});
	}
}
