//! Naming the code of a new runtime.

use crate::ClientError;
use medrec_primitives::Hash;
use std::{fs::File, io::Read, path::Path};

/// Longest code that is read, bytes: more than a block could hold.
const MAX_CODE: u64 = 16 * 1024 * 1024;

/// What WebAssembly begins with, and what it begins with as Substrate compresses it.
const BEGINNINGS: [&[u8]; 2] = [b"\0asm", &[0x52, 0xbc, 0x53, 0x76, 0x46, 0xdb, 0x8e, 0x05]];

/// BLAKE2b-256 of the code in a file: what the council authorizes. `b2sum -l 256 FILE` shows the same.
pub fn code_hash(path: &Path) -> Result<Hash, ClientError> {
	let failed = |error: std::io::Error| {
		ClientError::Usage(format!("{} cannot be read: {error}", path.display()))
	};
	let mut code = Vec::new();
	File::open(path).map_err(failed)?.take(MAX_CODE + 1).read_to_end(&mut code).map_err(failed)?;
	if code.len() as u64 > MAX_CODE || !BEGINNINGS.iter().any(|begin| code.starts_with(begin)) {
		return Err(ClientError::Usage(format!(
			"{} is no code of a runtime; give the .compact.compressed.wasm of the release",
			path.display()
		)));
	}
	Ok(Hash::from(sp_crypto_hashing::blake2_256(&code)))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn code_is_named_by_its_hash_and_nothing_else_is_taken_for_code() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("runtime.wasm");
		std::fs::write(&path, b"\0asm\x01\0\0\0").unwrap();
		// As `b2sum -l 256` has it.
		let hash = "0xf6a5dbf080e9c9d7834145653bce4c8cded62e664d7ddcdb5c526f5877006d74";
		assert_eq!(format!("{:?}", code_hash(&path).unwrap()), hash);
		std::fs::write(&path, b"#!/bin/sh").unwrap();
		assert!(code_hash(&path).unwrap_err().to_string().contains("is no code of a runtime"));
		assert!(code_hash(&folder.path().join("absent")).is_err());
	}
}
