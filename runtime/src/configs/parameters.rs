//! What the council may change without an upgrade of the runtime, with the values that hold until it
//! does, and the limits within which it may.

use core::ops::RangeInclusive;
use frame_support::{
	dynamic_params::{dynamic_pallet_params, dynamic_params},
	traits::AsEnsureOriginWithArg,
};
use medrec_primitives::Moment;

use super::governance::MoreThanHalf;
use crate::{BlockNumber, Runtime, RuntimeEvent, DAYS, MINUTES};

pub use dynamic_params::{
	access::StalenessLimit,
	council::MotionDuration,
	quota::{ParticipantQuota, ProviderQuota},
};

/// The staleness limit where the council has set none, milliseconds. Nodes read the state without running
/// the runtime, and an absent value means this.
pub const DEFAULT_STALENESS_LIMIT: Moment = 30_000;

/// The parameters, by what they are about.
#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod dynamic_params {
	use super::*;

	/// How much is transacted for free.
	#[dynamic_pallet_params]
	#[codec(index = 0)]
	pub mod quota {
		/// Transactions of a participant in a window.
		#[codec(index = 0)]
		pub static ParticipantQuota: u16 = 20;

		/// Transactions of each account of a provider or delegate in a window.
		#[codec(index = 1)]
		pub static ProviderQuota: u16 = 2_000;
	}

	/// When nodes decide who may see a record.
	#[dynamic_pallet_params]
	#[codec(index = 1)]
	pub mod access {
		/// Age of the finalized block beyond which nodes no longer decide, milliseconds.
		#[codec(index = 0)]
		pub static StalenessLimit: Moment = DEFAULT_STALENESS_LIMIT;
	}

	/// How the council votes.
	#[dynamic_pallet_params]
	#[codec(index = 2)]
	pub mod council {
		/// Blocks for which a motion is open.
		#[codec(index = 0)]
		pub static MotionDuration: BlockNumber = 3 * DAYS;
	}
}

/// So few that a patient can still enrol, grant and revoke, up to so many that blocks have room for
/// others.
const PARTICIPANT_QUOTA_LIMITS: RangeInclusive<u16> = 5..=1_000;

/// So few that a provider can still take part in the council and enrol, up to so many that blocks have
/// room for others.
const PROVIDER_QUOTA_LIMITS: RangeInclusive<u16> = 100..=50_000;

/// From two rounds of finality to as long as a revoked grant may at worst be served, milliseconds.
const STALENESS_LIMITS: RangeInclusive<Moment> = 10_000..=10 * 60_000;

/// So long that people can vote, up to when nobody remembers what a motion was about.
const MOTION_DURATION_LIMITS: RangeInclusive<BlockNumber> = 10 * MINUTES..=30 * DAYS;

/// Whether a parameter may have this value. The value that holds where none is set is within the
/// limits. Outside of them the council could lock itself or everyone out.
pub fn is_within_limits(parameter: &RuntimeParameters) -> bool {
	use dynamic_params::{access, council, quota};

	fn is_in<T: PartialOrd>(limits: RangeInclusive<T>, value: &Option<T>) -> bool {
		value.as_ref().is_none_or(|value| limits.contains(value))
	}

	match parameter {
		RuntimeParameters::Quota(quota::Parameters::ParticipantQuota(_, value)) => {
			is_in(PARTICIPANT_QUOTA_LIMITS, value)
		},
		RuntimeParameters::Quota(quota::Parameters::ProviderQuota(_, value)) => {
			is_in(PROVIDER_QUOTA_LIMITS, value)
		},
		RuntimeParameters::Access(access::Parameters::StalenessLimit(_, value)) => {
			is_in(STALENESS_LIMITS, value)
		},
		RuntimeParameters::Council(council::Parameters::MotionDuration(_, value)) => {
			is_in(MOTION_DURATION_LIMITS, value)
		},
	}
}

/// The parameter that is benchmarked: the one with the longest value.
#[cfg(feature = "runtime-benchmarks")]
impl Default for RuntimeParameters {
	fn default() -> Self {
		use dynamic_params::access;
		Self::Access(access::Parameters::StalenessLimit(StalenessLimit, Some(30_000)))
	}
}

impl pallet_parameters::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeParameters = RuntimeParameters;
	type AdminOrigin = AsEnsureOriginWithArg<MoreThanHalf>;
	type WeightInfo = ();
}
