//! How the pallets are configured, one file per group of them.

mod consensus;
mod governance;
mod medrec;
mod system;

pub use governance::{MoreThanHalf, TwoThirds};
pub use medrec::{ParticipantQuota, ProviderQuota, QuotaWindow, REMOVALS_AHEAD};
pub use system::{BlockHashCount, RuntimeBlockLength, RuntimeBlockWeights};
