//! Recognizing what the council decided.

use crate::Origin;
use core::marker::PhantomData;
use frame_support::{
	parameter_types,
	traits::{EnsureOrigin, OriginTrait, TypedGet},
};
use medrec_primitives::Majority;

parameter_types! {
	/// More than half of the council.
	pub const MoreThanHalf: Majority = Majority::MoreThanHalf;
	/// At least two thirds of the council.
	pub const TwoThirds: Majority = Majority::TwoThirds;
}

/// Lets through what at least a majority `M` of the council decided, and says which majority really
/// stood behind it, so that a pallet can do more for a greater one.
pub struct EnsureCouncil<M>(PhantomData<M>);

impl<O, M> EnsureOrigin<O> for EnsureCouncil<M>
where
	O: OriginTrait + From<Origin>,
	for<'a> &'a O::PalletsOrigin: TryInto<&'a Origin>,
	M: TypedGet<Type = Majority>,
{
	type Success = Majority;

	fn try_origin(origin: O) -> Result<Majority, O> {
		let reached = match origin.caller().try_into() {
			Ok(Origin::Council { majority, .. }) => Some(*majority),
			Err(_) => None,
		};
		reached.filter(|majority| *majority >= M::get()).ok_or(origin)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<O, ()> {
		// All of a council of one: passes whatever majority is asked for.
		Ok(Origin::Council { majority: Majority::TwoThirds, yes: 1, seats: 1 }.into())
	}
}
