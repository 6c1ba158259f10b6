//! The pallets of this project.

use frame_support::{
	parameter_types,
	traits::{ConstU16, ConstU32},
};
use medrec_primitives::Moment;

use super::{
	consensus::{KEPT_SESSIONS, MAX_AUTHORITIES},
	governance::MoreThanHalf,
};
use crate::{Authorities, Council, Nonce, Registrar, Relationships, Runtime, Summary, Timestamp};

parameter_types! {
	/// Length of a quota window, milliseconds. Not a parameter: accounts keep the numbers of windows,
	/// and clients count the time until the next.
	pub const QuotaWindow: Moment = 10 * 60 * 1_000;
}

/// How many revocations, ends and rejections of an account may wait beyond its quota.
pub const REMOVALS_AHEAD: Nonce = 8;

impl pallet_registrar::Config for Runtime {
	type UnixTime = Timestamp;
	type CouncilOrigin = MoreThanHalf;
	type Authorities = Authorities;
	type WeightInfo = ();
}

impl pallet_relationship::Config for Runtime {
	type UnixTime = Timestamp;
	type Participants = Registrar;
	type Summary = Summary;
	type MaxTags = ConstU16<64>;
	type MaxOpenProposals = ConstU16<16>;
	type WeightInfo = ();
}

impl pallet_summary::Config for Runtime {
	type Participants = Registrar;
	type Relationships = Relationships;
	type WeightInfo = ();
}

impl pallet_authorities::Config for Runtime {
	type CouncilOrigin = MoreThanHalf;
	type Participants = Registrar;
	type Suspensions = Registrar;
	type OnSeatLost = Council;
	type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
	type KeptSessions = ConstU32<KEPT_SESSIONS>;
	type WeightInfo = ();
}
