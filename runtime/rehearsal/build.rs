//! Builds the next version to WASM, unless `SKIP_WASM_BUILD` is set.

fn main() {
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::init_with_defaults().enable_feature("wasm").build();
}
