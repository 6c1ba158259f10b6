//! Upgrades of the runtime: naming its code, and setting it once it is authorized.

use crate::{output::Progress, transactions::Sender, ClientError};
use medrec_chain_client::{calls, ChainClient};
use medrec_primitives::Hash;
use serde::Serialize;
use std::{fs::File, io::Read, path::Path};

/// Longest code that is read, bytes: more than a block could hold.
const MAX_CODE: u64 = 16 * 1024 * 1024;

/// What WebAssembly begins with, and what it begins with as Substrate compresses it.
const BEGINNINGS: [&[u8]; 2] = [b"\0asm", &[0x52, 0xbc, 0x53, 0x76, 0x46, 0xdb, 0x8e, 0x05]];

/// Code of a runtime.
#[derive(Clone)]
pub struct Code {
	bytes: Vec<u8>,
	/// BLAKE2b-256 of it: what the council authorizes. `b2sum -l 256 FILE` shows the same.
	pub hash: Hash,
}

impl Code {
	/// Read it from a file.
	pub fn read(path: &Path) -> Result<Self, ClientError> {
		let failed = |error: std::io::Error| {
			ClientError::Usage(format!("{} cannot be read: {error}", path.display()))
		};
		let mut bytes = Vec::new();
		let file = File::open(path).map_err(failed)?;
		file.take(MAX_CODE + 1).read_to_end(&mut bytes).map_err(failed)?;
		if bytes.len() as u64 > MAX_CODE || !BEGINNINGS.iter().any(|it| bytes.starts_with(it)) {
			return Err(ClientError::Usage(format!(
				"{} is no code of a runtime; give the .compact.compressed.wasm of the release",
				path.display()
			)));
		}
		let hash = Hash::from(sp_crypto_hashing::blake2_256(&bytes));
		Ok(Self { bytes, hash })
	}
}

/// The runtime was set.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upgraded {
	/// Hash of its code.
	pub code_hash: Hash,
	/// Height of the block that set it. The next one runs it.
	pub block: u32,
}

/// That the council authorized this code, and no other.
pub async fn ensure_authorized(chain: &ChainClient, code: &Code) -> Result<(), ClientError> {
	match chain.authorized_upgrade().await? {
		Some(authorized) if authorized == code.hash => Ok(()),
		Some(authorized) => Err(ClientError::Denied(format!(
			"the council authorized the runtime {authorized:?}; this one is {:?}",
			code.hash
		))),
		None => Err(ClientError::Denied(format!(
			"the council has authorized no runtime, or it is set already; this one is {:?}, and is proposed with `medrec council propose upgrade`",
			code.hash
		))),
	}
}

/// Set the runtime that the council authorized. Nobody signs for it.
pub async fn apply_upgrade(
	chain: &ChainClient,
	progress: &dyn Progress,
	wait_for_finality: bool,
	code: Code,
) -> Result<Upgraded, ClientError> {
	let code_hash = code.hash;
	let call = calls::apply_authorized_upgrade(code.bytes);
	let sender = Sender { chain, progress, wait_for_finality };
	let inclusion = sender.submit_bare("apply the upgrade", &call).await?;
	Ok(Upgraded { code_hash, block: inclusion.block.number })
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
		let code = Code::read(&path).ok().unwrap();
		assert_eq!(format!("{:?}", code.hash), hash);
		std::fs::write(&path, b"#!/bin/sh").unwrap();
		let error = Code::read(&path).err().unwrap();
		assert!(error.to_string().contains("is no code of a runtime"));
		assert!(Code::read(&folder.path().join("absent")).is_err());
	}
}
