//! A runtime of this pallet with seats that are a table and a pallet that records who had it do what.

use crate as pallet_council;
use crate::{Agenda, EnsureCouncil, Item, MoreThanHalf, MotionId, Motions, OffAgenda, TwoThirds};
use frame_support::{
	construct_runtime, derive_impl, parameter_types,
	traits::{ConstU32, Get},
	weights::Weight,
};
use frame_system::EnsureRoot;
use medrec_primitives::{AccountId, Majority, OnSeatLost, ParticipantId, Seats};
use sp_io::TestExternalities;
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchResult};
use sp_version::RuntimeVersion;
use std::collections::BTreeSet;

/// Does what the council decides, and remembers which majority stood behind it.
#[frame_support::pallet(dev_mode)]
pub mod recorder {
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use medrec_primitives::Majority;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Majority>;
		type TwoThirdsOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Majority>;
		type RootOrigin: EnsureOrigin<Self::RuntimeOrigin>;
	}

	/// What was recorded, and the majority behind it; none behind root.
	#[pallet::storage]
	pub type Recorded<T> = StorageValue<_, Vec<(u32, Option<Majority>)>, ValueQuery>;

	/// Whether recording fails.
	#[pallet::storage]
	pub type Broken<T> = StorageValue<_, bool, ValueQuery>;

	#[pallet::error]
	pub enum Error<T> {
		Broken,
	}

	impl<T: Config> Pallet<T> {
		fn note(value: u32, majority: Option<Majority>) -> DispatchResult {
			Recorded::<T>::append((value, majority));
			ensure!(!Broken::<T>::get(), Error::<T>::Broken);
			Ok(())
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		pub fn record(origin: OriginFor<T>, value: u32) -> DispatchResult {
			let majority = T::CouncilOrigin::ensure_origin(origin)?;
			Self::note(value, Some(majority))
		}

		pub fn record_by_two_thirds(origin: OriginFor<T>, value: u32) -> DispatchResult {
			let majority = T::TwoThirdsOrigin::ensure_origin(origin)?;
			Self::note(value, Some(majority))
		}

		pub fn record_as_root(origin: OriginFor<T>, value: u32) -> DispatchResult {
			T::RootOrigin::ensure_origin(origin)?;
			Self::note(value, None)
		}

		#[pallet::weight(*weight)]
		pub fn weigh(
			origin: OriginFor<T>,
			weight: Weight,
			used: Weight,
		) -> DispatchResultWithPostInfo {
			T::CouncilOrigin::ensure_origin(origin)?;
			ensure!(!Broken::<T>::get() && used.all_lte(weight), Error::<T>::Broken);
			Ok(Some(used).into())
		}

		pub fn swallow(origin: OriginFor<T>, _bytes: Vec<u8>) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Ok(())
		}
	}
}

type Block = frame_system::mocking::MockBlock<Test>;

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Council: pallet_council,
		Recorder: recorder,
	}
);

/// Most seats in these tests.
pub const MAX_SEATS: u32 = 7;

/// Most motions in these tests.
pub const MAX_MOTIONS: u32 = 6;

/// Most motions of a provider in these tests.
pub const MAX_MOTIONS_PER_SEAT: u32 = 3;

/// Most bytes of a motion in these tests.
pub const MAX_MOTION_SIZE: u32 = 64;

/// Blocks for which a motion is open, unless a test says otherwise.
pub const DURATION: u64 = 20;

/// The greatest value that the council may have recorded.
pub const MAX_VALUE: u32 = 1_000;

parameter_types! {
	/// Who holds a seat.
	pub static SeatTable: BTreeSet<ParticipantId> = BTreeSet::new();
	/// For how long new motions are open.
	pub static MotionDuration: u64 = DURATION;
	/// The runtime's version of encoding calls.
	pub static TransactionVersion: u32 = 1;
	/// Whether an upgrade made recording a matter of two thirds.
	pub static RecordingTakesTwoThirds: bool = false;
	/// Whether an upgrade took recording off the agenda.
	pub static RecordingIsOffAgenda: bool = false;
	/// Most weight of a motion.
	pub static MaxMotionWeight: Weight = Weight::from_parts(1_000_000, 1_000);
}

/// A runtime's version, as far as this pallet reads it.
pub struct Version;

impl Get<RuntimeVersion> for Version {
	fn get() -> RuntimeVersion {
		RuntimeVersion {
			transaction_version: TransactionVersion::get(),
			..RuntimeVersion::default()
		}
	}
}

/// The account of a provider.
pub fn account_of(participant: ParticipantId) -> AccountId {
	let mut bytes = [0; 32];
	bytes[..8].copy_from_slice(&participant.to_be_bytes());
	bytes.into()
}

/// Seats as a table, as the authorities pallet keeps them.
pub struct TableOfSeats;

impl TableOfSeats {
	/// Give a seat.
	pub fn give(participant: ParticipantId) {
		SeatTable::mutate(|table| table.insert(participant));
	}

	/// Take a seat, and say so.
	pub fn take(participant: ParticipantId) {
		if SeatTable::mutate(|table| table.remove(&participant)) {
			Council::seat_lost(participant);
		}
	}
}

impl Seats<AccountId> for TableOfSeats {
	fn seat_of(account: &AccountId) -> Option<ParticipantId> {
		SeatTable::get().into_iter().find(|participant| account_of(*participant) == *account)
	}

	fn holds_seat(participant: ParticipantId) -> bool {
		SeatTable::get().contains(&participant)
	}

	fn seats() -> u32 {
		SeatTable::get().len() as u32
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_seats(count: u32) -> Vec<(ParticipantId, AccountId)> {
		SeatTable::set((1..=u64::from(count)).collect());
		SeatTable::get()
			.into_iter()
			.map(|participant| (participant, account_of(participant)))
			.collect()
	}
}

/// The calls of the recorder, but for values that are too great.
pub struct RecorderAgenda;

impl Agenda<RuntimeCall> for RecorderAgenda {
	fn item(call: &RuntimeCall) -> Result<Item, OffAgenda> {
		let RuntimeCall::Recorder(call) = call else {
			return Err(OffAgenda::Call);
		};
		let (majority, as_root) = match call {
			recorder::Call::record { .. } if RecordingIsOffAgenda::get() => {
				return Err(OffAgenda::Call)
			},
			recorder::Call::record { value } if *value > MAX_VALUE => return Err(OffAgenda::Value),
			recorder::Call::record { .. } if RecordingTakesTwoThirds::get() => {
				(Majority::TwoThirds, false)
			},
			recorder::Call::record_by_two_thirds { .. } => (Majority::TwoThirds, false),
			recorder::Call::record_as_root { .. } => (Majority::TwoThirds, true),
			_ => (Majority::MoreThanHalf, false),
		};
		Ok(Item { majority, as_root })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_call(number: u32) -> RuntimeCall {
		record(number)
	}
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type Version = Version;
}

impl recorder::Config for Test {
	type CouncilOrigin = EnsureCouncil<MoreThanHalf>;
	type TwoThirdsOrigin = EnsureCouncil<TwoThirds>;
	type RootOrigin = EnsureRoot<AccountId>;
}

impl pallet_council::Config for Test {
	type Seats = TableOfSeats;
	type Agenda = RecorderAgenda;
	type MotionDuration = MotionDuration;
	type MaxMotions = ConstU32<MAX_MOTIONS>;
	type MaxMotionsPerSeat = ConstU32<MAX_MOTIONS_PER_SEAT>;
	type MaxMotionSize = ConstU32<MAX_MOTION_SIZE>;
	type MaxMotionWeight = MaxMotionWeight;
	type MaxSeats = ConstU32<MAX_SEATS>;
	type WeightInfo = ();
}

/// The state before the first motion: providers 1 to 4 hold a seat.
pub fn new_test_ext() -> TestExternalities {
	SeatTable::set((1..=4).collect());
	MotionDuration::set(DURATION);
	TransactionVersion::set(1);
	RecordingTakesTwoThirds::set(false);
	RecordingIsOffAgenda::set(false);
	MaxMotionWeight::set(Weight::from_parts(1_000_000, 1_000));
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.expect("the system's genesis builds");
	let mut state = TestExternalities::new(storage);
	// Events are kept from the first block on.
	state.execute_with(|| System::set_block_number(1));
	state
}

/// Run a test case with so many seats and check every invariant after it.
pub fn with_seats(seats: u64, case: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		SeatTable::set((1..=seats).collect());
		case();
		Council::do_try_state().expect("invariants hold");
	});
}

/// The call that has a value recorded by more than half.
pub fn record(value: u32) -> RuntimeCall {
	recorder::Call::record { value }.into()
}

/// The call that has a value recorded by two thirds.
pub fn record_by_two_thirds(value: u32) -> RuntimeCall {
	recorder::Call::record_by_two_thirds { value }.into()
}

/// The origin of a provider.
pub fn signed(participant: ParticipantId) -> RuntimeOrigin {
	RuntimeOrigin::signed(account_of(participant))
}

/// Put a motion to the council. Gives its number.
#[track_caller]
pub fn propose(proposer: ParticipantId, call: RuntimeCall) -> MotionId {
	let id = crate::NextMotionId::<Test>::get();
	Council::propose(signed(proposer), Box::new(call)).expect("the motion can be proposed");
	id
}

/// Vote on a motion.
pub fn vote(participant: ParticipantId, motion: MotionId, approve: bool) -> DispatchResult {
	Council::vote(signed(participant), motion, approve)
}

/// Close a motion.
pub fn close(participant: ParticipantId, motion: MotionId) -> DispatchResult {
	Council::close(signed(participant), motion).map(|_| ()).map_err(|error| error.error)
}

/// What was recorded, and the majority behind it.
pub fn recorded() -> Vec<(u32, Option<Majority>)> {
	recorder::Recorded::<Test>::get()
}

/// The numbers of the motions in storage.
pub fn motions() -> Vec<MotionId> {
	let mut numbers: Vec<_> = Motions::<Test>::iter_keys().collect();
	numbers.sort_unstable();
	numbers
}

/// The votes on a motion.
pub fn votes(motion: MotionId) -> Vec<(ParticipantId, bool)> {
	Motions::<Test>::get(motion).map(|motion| motion.votes.to_vec()).unwrap_or_default()
}

/// The events of this pallet so far.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet::<crate::Event<Test>>()
}

/// The last event of this pallet.
pub fn last_event() -> Option<crate::Event<Test>> {
	events().pop()
}
