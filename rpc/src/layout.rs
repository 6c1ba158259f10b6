//! Whether a block's state has the layout that this node was built with.
//!
//! In the block that sets new code, `:code` is new while the state is still of the old layout; migrations
//! run one block later. So both are asked: the code's version, and the version that last ran
//! (`System::LastRuntimeUpgrade`).

use crate::{state::StateReader, Block, Client, Hash};
use codec::{Compact, Decode};
use medrec_runtime::{Runtime, VERSION};

/// Start of `frame_system::LastRuntimeUpgradeInfo`.
#[derive(Decode)]
struct LastRuntimeUpgrade {
	spec_version: Compact<u32>,
	spec_name: String,
}

/// Whether keys and values of a block's state are those that this node computes and decodes.
pub(crate) fn is_known<C: Client<BE>, BE: sc_client_api::Backend<Block>>(
	client: &C,
	block: Hash,
	state: &StateReader<BE>,
) -> bool {
	let key = frame_system::LastRuntimeUpgrade::<Runtime>::hashed_key();
	let last = state
		.raw(&key)
		.ok()
		.flatten()
		.and_then(|bytes| LastRuntimeUpgrade::decode(&mut bytes.as_slice()).ok());
	let state_is_ours = last.is_some_and(|last| {
		last.spec_version.0 == VERSION.spec_version && last.spec_name == VERSION.spec_name
	});
	let code_is_ours = client.version(block).is_ok_and(|version| {
		version.spec_version == VERSION.spec_version && version.spec_name == VERSION.spec_name
	});
	state_is_ours && code_is_ours
}
