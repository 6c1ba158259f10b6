//! How the pallets are configured, one file per group of them.

mod consensus;
mod governance;
mod medrec;
mod parameters;
mod system;

pub use governance::{CouncilAgenda, MoreThanHalf, TwoThirds};
pub use medrec::{QuotaWindow, REMOVALS_AHEAD};
pub use parameters::{
	dynamic_params, is_within_limits, MotionDuration, ParticipantQuota, ProviderQuota,
	RuntimeParameters, RuntimeParametersKey, RuntimeParametersValue, StalenessLimit,
	DEFAULT_STALENESS_LIMIT,
};
pub use system::{BlockHashCount, RuntimeBlockLength, RuntimeBlockWeights};
