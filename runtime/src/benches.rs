//! Which pallets are benchmarked, and running their benchmarks in this runtime.

use alloc::{string::String, vec::Vec};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system_benchmarking::{extensions::Pallet as SystemExtensions, Pallet as SystemCalls};

use crate::{
	AllPalletsWithSystem, Authorities, Council, Grandpa, Parameters, Registrar, Relationships,
	Runtime, Summary, Timestamp,
};

frame_benchmarking::define_benchmarks!(
	[frame_system, SystemCalls::<Runtime>]
	[frame_system_extensions, SystemExtensions::<Runtime>]
	[pallet_timestamp, Timestamp]
	[pallet_council, Council]
	[pallet_parameters, Parameters]
	[pallet_grandpa, Grandpa]
	[pallet_registrar, Registrar]
	[pallet_relationship, Relationships]
	[pallet_summary, Summary]
	[pallet_authorities, Authorities]
);

impl frame_system_benchmarking::Config for Runtime {}

/// The benchmarks that there are, and what is known of the storage that they touch.
pub fn list(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Run one benchmark.
pub fn run(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
	let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}
