//! Genesis and blocks.

use super::invariants;
use codec::Encode;
use medrec_primitives::Moment;
use medrec_runtime::{
	Block, Executive, Hash, Header, Runtime, System, Timestamp, UncheckedExtrinsic,
	MILLISECONDS_PER_BLOCK,
};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_io::TestExternalities;
use sp_runtime::{Digest, DigestItem};

/// Hash of the genesis block.
pub const GENESIS: Hash = Hash::repeat_byte(0x9e);

/// Time of the first block, 2026-11-22T18:00:00Z: the beginning of a quota window.
pub const START: Moment = 1_795_370_400_000;

/// The state that a preset describes.
pub fn genesis(preset: &str) -> TestExternalities {
	let mut config = configuration(None);
	merge(&mut config, configuration(Some(preset)));
	let mut state = TestExternalities::default();
	state
		.execute_with(|| {
			<Runtime as GenesisBuilder<Block>>::build_state(config.to_string().into_bytes())
		})
		.expect("a preset builds");
	state.commit_all().expect("the genesis state is committed");
	state
}

/// A preset, or what every preset is a patch of.
fn configuration(preset: Option<&str>) -> serde_json::Value {
	let id = preset.map(Into::into);
	let json = <Runtime as GenesisBuilder<Block>>::get_preset(&id).expect("the preset is there");
	serde_json::from_slice(&json).expect("a preset is JSON")
}

fn merge(onto: &mut serde_json::Value, patch: serde_json::Value) {
	match (onto, patch) {
		(serde_json::Value::Object(onto), serde_json::Value::Object(patch)) => {
			for (name, value) in patch {
				merge(onto.entry(name).or_insert(serde_json::Value::Null), value);
			}
		},
		(onto, patch) => *onto = patch,
	}
}

/// Run a test case in the first block of a chain, then check what always holds between the pallets.
pub fn run(preset: &str, case: impl FnOnce()) {
	genesis(preset).execute_with(|| {
		begin_block(1, GENESIS, START);
		case();
		invariants::check();
	});
}

/// Finish the block and begin the next, one slot later. Returns the finished block's header.
pub fn next_block() -> Header {
	next_block_at(Timestamp::get() + MILLISECONDS_PER_BLOCK)
}

/// Finish the block and begin the next at a moment.
pub fn next_block_at(now: Moment) -> Header {
	let finished = Executive::finalize_block();
	begin_block(finished.number + 1, finished.hash(), now);
	finished
}

/// Make blocks until this one has begun. Returns the headers of those that were finished.
pub fn to_block(number: u32) -> Vec<Header> {
	core::iter::from_fn(|| (System::block_number() < number).then(next_block)).collect()
}

fn begin_block(number: u32, parent: Hash, now: Moment) {
	let slot = now / MILLISECONDS_PER_BLOCK;
	let pre_runtime = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, slot.encode());
	Executive::initialize_block(&Header {
		number,
		parent_hash: parent,
		state_root: Hash::default(),
		extrinsics_root: Hash::default(),
		digest: Digest { logs: vec![pre_runtime] },
	});
	let inherent = UncheckedExtrinsic::new_bare(pallet_timestamp::Call::set { now }.into());
	assert_eq!(Executive::apply_extrinsic(inherent), Ok(Ok(())));
}
