//! Whatever is done in whatever order: the invariants hold, and nothing is enacted without its majority
//! of those who hold a seat at that time.

use crate::{mock::*, Motion, MotionId, Motions};
use medrec_primitives::{Majority, ParticipantId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Action {
	Propose { by: ParticipantId, value: u32, needs: Majority },
	Vote { by: ParticipantId, motion: MotionId, approve: bool },
	Rescind { by: ParticipantId, motion: MotionId },
	Close { by: ParticipantId, motion: MotionId },
	GiveSeat(ParticipantId),
	TakeSeat(ParticipantId),
	Break(bool),
	Run(u64),
	Upgrade,
}

fn participant() -> impl Strategy<Value = ParticipantId> {
	1..=u64::from(MAX_SEATS)
}

/// One of the first motions, so that several actions meet.
fn motion() -> impl Strategy<Value = MotionId> {
	0..8_u32
}

fn majority() -> impl Strategy<Value = Majority> {
	prop_oneof![Just(Majority::MoreThanHalf), Just(Majority::TwoThirds)]
}

fn action() -> impl Strategy<Value = Action> {
	prop_oneof![
		4 => (participant(), 0..4_u32, majority())
			.prop_map(|(by, value, needs)| Action::Propose { by, value, needs }),
		12 => (participant(), motion(), prop::bool::weighted(0.7))
			.prop_map(|(by, motion, approve)| Action::Vote { by, motion, approve }),
		1 => (participant(), motion()).prop_map(|(by, motion)| Action::Rescind { by, motion }),
		6 => (participant(), motion()).prop_map(|(by, motion)| Action::Close { by, motion }),
		2 => participant().prop_map(Action::GiveSeat),
		2 => participant().prop_map(Action::TakeSeat),
		1 => any::<bool>().prop_map(Action::Break),
		2 => (1..10_u64).prop_map(Action::Run),
		1 => Just(Action::Upgrade),
	]
}

/// What a motion is about, and who stands how to it, followed without looking into the pallet.
struct Followed {
	value: u32,
	needs: Majority,
	closes: u64,
	version: u32,
	votes: BTreeMap<ParticipantId, bool>,
}

/// What has to be true of this pallet, followed from outside.
#[derive(Default)]
struct Model {
	seats: BTreeSet<ParticipantId>,
	motions: BTreeMap<MotionId, Followed>,
	enacted: Vec<(u32, Option<Majority>)>,
}

impl Model {
	fn perform(&mut self, action: &Action) {
		match *action {
			Action::Propose { by, value, needs } => {
				let call = match needs {
					Majority::MoreThanHalf => record(value),
					Majority::TwoThirds => record_by_two_thirds(value),
				};
				let id = crate::NextMotionId::<Test>::get();
				if Council::propose(signed(by), Box::new(call)).is_ok() {
					assert!(self.seats.contains(&by), "only seat holders propose");
					self.forget_what_is_over();
					let followed = Followed {
						value,
						needs,
						closes: System::block_number() + DURATION,
						version: TransactionVersion::get(),
						votes: BTreeMap::from([(by, true)]),
					};
					assert!(self.motions.insert(id, followed).is_none(), "numbers are new");
				}
			},
			Action::Vote { by, motion, approve } => {
				if vote(by, motion, approve).is_ok() {
					assert!(self.seats.contains(&by), "only seat holders vote");
					let followed = self.motions.get_mut(&motion).expect("the motion is open");
					assert!(System::block_number() <= followed.closes, "nobody votes too late");
					assert_ne!(followed.votes.insert(by, approve), Some(approve));
				}
			},
			Action::Rescind { by, motion } => {
				if Council::rescind(signed(by), motion).is_ok() {
					assert!(self.seats.contains(&by), "only seat holders rescind");
					self.motions.remove(&motion).expect("the motion was open");
				}
			},
			Action::Close { by, motion } => self.close(by, motion),
			Action::GiveSeat(participant) => {
				TableOfSeats::give(participant);
				self.seats.insert(participant);
			},
			Action::TakeSeat(participant) => {
				TableOfSeats::take(participant);
				self.seats.remove(&participant);
				for followed in self.motions.values_mut() {
					followed.votes.remove(&participant);
				}
			},
			Action::Break(is_broken) => recorder::Broken::<Test>::put(is_broken),
			Action::Run(blocks) => System::set_block_number(System::block_number() + blocks),
			Action::Upgrade => TransactionVersion::mutate(|version| *version += 1),
		}
	}

	/// Close a motion; what comes of it follows from seats, votes and time alone.
	fn close(&mut self, by: ParticipantId, motion: MotionId) {
		let outcome = close(by, motion);
		if !self.seats.contains(&by) || !self.motions.contains_key(&motion) {
			assert!(outcome.is_err());
			return;
		}
		let followed = &self.motions[&motion];
		let seats = self.seats.len();
		let is_over = System::block_number() > followed.closes
			|| followed.version != TransactionVersion::get();
		let yes = followed.votes.values().filter(|approve| **approve).count();
		let no = followed.votes.len() - yes;
		let is_enough = |majority, votes: usize| match majority {
			Majority::MoreThanHalf => votes * 2 > seats,
			Majority::TwoThirds => votes * 3 >= seats * 2,
		};
		let is_carried = !is_over && is_enough(followed.needs, yes);
		let is_lost = !is_over && !is_enough(followed.needs, seats - no);
		let is_broken = recorder::Broken::<Test>::get();
		assert_eq!(outcome.is_ok(), is_over || is_lost || (is_carried && !is_broken));
		if is_carried && !is_broken {
			let reached = if is_enough(Majority::TwoThirds, yes) {
				Majority::TwoThirds
			} else {
				Majority::MoreThanHalf
			};
			self.enacted.push((followed.value, Some(reached)));
		}
		if outcome.is_ok() {
			self.motions.remove(&motion);
		}
	}

	fn forget_what_is_over(&mut self) {
		let (now, version) = (System::block_number(), TransactionVersion::get());
		self.motions.retain(|_, it| now <= it.closes && it.version == version);
	}

	/// The pallet has enacted and stored what the model says.
	fn check(&self) {
		Council::do_try_state().expect("invariants hold");
		assert_eq!(recorded(), self.enacted);
		assert_eq!(motions(), self.motions.keys().copied().collect::<Vec<_>>());
		for (id, followed) in &self.motions {
			let Motion { votes, .. } = Motions::<Test>::get(id).expect("it is open");
			assert_eq!(votes.iter().copied().collect::<BTreeMap<_, _>>(), followed.votes);
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]

	#[test]
	fn nothing_is_enacted_without_its_majority(
		actions in prop::collection::vec(action(), 1..120),
	) {
		new_test_ext().execute_with(|| {
			let mut model = Model { seats: SeatTable::get(), ..Model::default() };
			for action in &actions {
				model.perform(action);
				model.check();
			}
		});
	}
}
