//! The provider council: the providers that hold authority, voting. What they may decide, and how many
//! of them it takes.

use frame_support::{
	parameter_types,
	traits::{ConstU32, EitherOf},
	weights::Weight,
};
use frame_system::EnsureRootWithSuccess;
use medrec_primitives::Majority;
use pallet_council::{Agenda, EnsureCouncil, Item, OffAgenda};
use sp_runtime::Perbill;

use super::{
	consensus::MAX_AUTHORITIES,
	parameters::{is_within_limits, MotionDuration},
	system::RuntimeBlockWeights,
};
use crate::{AccountId, Authorities, Runtime, RuntimeCall};

/// At least a majority of the council, or root, which only two thirds of the council become.
type CouncilOrRoot<M> =
	EitherOf<EnsureRootWithSuccess<AccountId, pallet_council::TwoThirds>, EnsureCouncil<M>>;

/// More than half of the council.
pub type MoreThanHalf = CouncilOrRoot<pallet_council::MoreThanHalf>;

/// At least two thirds of the council.
pub type TwoThirds = CouncilOrRoot<pallet_council::TwoThirds>;

parameter_types! {
	/// Most weight of a motion's call: beside the council's own work it fits into what a block keeps
	/// free for operational transactions, so that also a block that rotates a session takes it.
	pub MaxMotionWeight: Weight = Perbill::from_percent(20) * RuntimeBlockWeights::get().max_block;
}

/// What the council may decide. None of these calls takes another call.
pub struct CouncilAgenda;

impl Agenda<RuntimeCall> for CouncilAgenda {
	fn item(call: &RuntimeCall) -> Result<Item, OffAgenda> {
		let more_than_half = Item { majority: Majority::MoreThanHalf, as_root: false };
		let two_thirds = Item { majority: Majority::TwoThirds, as_root: false };
		let two_thirds_as_root = Item { majority: Majority::TwoThirds, as_root: true };
		match call {
			RuntimeCall::Registrar(
				pallet_registrar::Call::certify { .. }
				| pallet_registrar::Call::suspend { .. }
				| pallet_registrar::Call::reinstate { .. }
				| pallet_registrar::Call::set_purposes { .. },
			) => Ok(more_than_half),
			RuntimeCall::Authorities(
				pallet_authorities::Call::add_authority { .. }
				| pallet_authorities::Call::remove_authority { .. }
				| pallet_authorities::Call::set_session_length { .. }
				| pallet_authorities::Call::set_minimum_authorities { .. }
				| pallet_authorities::Call::forgive { .. },
			) => Ok(more_than_half),
			// A bare majority that shortens the time for objections does away with them.
			RuntimeCall::Authorities(pallet_authorities::Call::set_removal_delay { .. }) => {
				Ok(two_thirds)
			},
			RuntimeCall::Parameters(pallet_parameters::Call::set_parameter { key_value }) => {
				if is_within_limits(key_value) {
					Ok(more_than_half)
				} else {
					Err(OffAgenda::Value)
				}
			},
			RuntimeCall::System(frame_system::Call::authorize_upgrade { .. })
			| RuntimeCall::Grandpa(pallet_grandpa::Call::note_stalled { .. }) => Ok(two_thirds_as_root),
			_ => Err(OffAgenda::Call),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_call(number: u32) -> RuntimeCall {
		pallet_registrar::Call::suspend { participant: number.into() }.into()
	}
}

impl pallet_council::Config for Runtime {
	type Seats = Authorities;
	type Agenda = CouncilAgenda;
	type MotionDuration = MotionDuration;
	type MaxMotions = ConstU32<32>;
	type MaxMotionsPerSeat = ConstU32<4>;
	type MaxMotionSize = ConstU32<512>;
	type MaxMotionWeight = MaxMotionWeight;
	type MaxSeats = ConstU32<MAX_AUTHORITIES>;
	type WeightInfo = ();
}
