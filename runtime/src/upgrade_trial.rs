//! Trying this runtime on the state of a chain that runs an older one.

use codec::Decode;
use frame_support::{storage::unhashed, weights::Weight};
use frame_try_runtime::{TryStateSelect, UpgradeCheckSelect};
use sp_core::storage::well_known_keys::CODE;
use sp_runtime::traits::Block as BlockT;
use sp_version::RuntimeVersion;

use crate::{configs::RuntimeBlockWeights, Block, Executive, VERSION};

/// Ends the call unless the code in the state is older than this runtime.
///
/// Whoever reaches a node's JSON-RPC may call every function of the runtime's APIs, and to check the
/// invariants takes as long as there is state. Where this runtime is the chain's own there is nothing to try,
/// so nobody keeps a node busy with it.
fn assert_chain_runs_older_code() {
	let running = unhashed::get_raw(CODE)
		.and_then(|code| sp_io::misc::runtime_version(&code))
		.and_then(|version| RuntimeVersion::decode(&mut version.as_slice()).ok());
	let is_older = running.is_some_and(|running| running.spec_version < VERSION.spec_version);
	assert!(is_older, "a runtime is tried on chains that run an older one");
}

/// What the migrations weigh, and what a block has room for.
///
/// What does not hold ends in a panic: it is how this API says so. It is called on a copy of the state,
/// never in a block.
pub fn on_runtime_upgrade(checks: UpgradeCheckSelect) -> (Weight, Weight) {
	assert_chain_runs_older_code();
	match Executive::try_runtime_upgrade(checks) {
		Ok(used) => (used, RuntimeBlockWeights::get().max_block),
		Err(error) => panic!("the upgrade fails: {error:?}"),
	}
}

/// What a block weighs. Panics as [`on_runtime_upgrade`] does.
pub fn execute_block(
	block: <Block as BlockT>::LazyBlock,
	state_root_check: bool,
	signature_check: bool,
	select: TryStateSelect,
) -> Weight {
	assert_chain_runs_older_code();
	match Executive::try_execute_block(block, state_root_check, signature_check, select) {
		Ok(used) => used,
		Err(error) => panic!("the block is not valid: {error:?}"),
	}
}
