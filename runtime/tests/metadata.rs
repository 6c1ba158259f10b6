//! The metadata that clients are built from is this runtime's.

use std::{env, fs, path::Path};

use medrec_runtime::Runtime;

/// Version of the metadata format that `chain-client` is built from.
const FORMAT: u32 = 15;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chain-client/metadata/medrec.scale");

/// Set to write the file instead of checking it.
const UPDATE: &str = "MEDREC_UPDATE_METADATA";

#[test]
fn clients_are_built_from_this_runtime() {
	let metadata = Runtime::metadata_at_version(FORMAT).expect("the SDK supports this format");
	let metadata: &[u8] = &metadata;
	if env::var_os(UPDATE).is_some() {
		fs::write(FILE, metadata).expect("the metadata file is writable");
	}
	let committed = fs::read(Path::new(FILE)).expect("the metadata file is readable");
	assert!(
		committed == metadata,
		"chain-client/metadata/medrec.scale is not this runtime's metadata; run the test with {UPDATE}=1 \
		 and commit the file"
	);
}
