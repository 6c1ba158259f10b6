//! Chain specifications.

use medrec_runtime::{genesis_config_presets, WASM_BINARY};
use sc_service::ChainType;

/// A chain specification. It has no extensions.
pub type ChainSpec = sc_service::GenericChainSpec;

fn wasm() -> Result<&'static [u8], String> {
	WASM_BINARY.ok_or_else(|| {
		"this node was built without its runtime (SKIP_WASM_BUILD was set); build it again without, or \
		 name a chain spec file with --chain"
			.to_string()
	})
}

/// One node that authors and finalizes alone: `--dev`.
pub fn dev() -> Result<ChainSpec, String> {
	Ok(ChainSpec::builder(wasm()?, None)
		.with_name("MedRec development")
		.with_id("medrec_dev")
		.with_chain_type(ChainType::Development)
		.with_protocol_id("medrec-dev")
		.with_genesis_config_preset_name(genesis_config_presets::DEV)
		.build())
}

/// Four providers on one machine: `--chain local`.
pub fn local() -> Result<ChainSpec, String> {
	Ok(ChainSpec::builder(wasm()?, None)
		.with_name("MedRec local")
		.with_id("medrec_local")
		.with_chain_type(ChainType::Local)
		.with_protocol_id("medrec-local")
		.with_genesis_config_preset_name(genesis_config_presets::LOCAL)
		.build())
}
