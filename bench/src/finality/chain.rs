//! What blocks and processes tell.

use std::ops::RangeInclusive;

use anyhow::{ensure, Context, Result};
use medrec_chain_client::ChainClient;
use serde::Deserialize;
use serde_json::Value;
use sp_core::Bytes;

/// What a header's digest item of Aura begins with: it is a pre-runtime item, of the engine `aura`, of eight
/// bytes, which are the slot.
const AURA_SLOT: [u8; 6] = [6, b'a', b'u', b'r', b'a', 8 << 2];

/// A finalized block.
#[derive(Clone, Copy, Debug)]
pub struct Head {
	/// Its height.
	pub number: u32,
	/// Its slot.
	slot: u64,
}

/// A block's size.
#[derive(Clone, Copy, Debug)]
pub struct Block {
	/// Bytes of its header, its extrinsics and its justifications, as SCALE encodes them.
	pub bytes: usize,
}

/// Slots and blocks between two blocks of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
	/// Slots after the first block, up to that of the last.
	pub slots: u64,
	/// Blocks after the first, up to the last.
	pub blocks: u64,
}

impl Stretch {
	/// From a block to a later one.
	pub fn between(first: Head, last: Head) -> Result<Self> {
		let slots = last.slot.checked_sub(first.slot).context("slots go backwards")?;
		let blocks = u64::from(last.number.checked_sub(first.number).context("no progress")?);
		ensure!(blocks > 0 && blocks <= slots, "{blocks} blocks in {slots} slots");
		Ok(Self { slots, blocks })
	}

	/// Slots without a block.
	pub fn missed(&self) -> u64 {
		self.slots - self.blocks
	}

	/// The same as a share of all.
	pub fn missed_share(&self) -> f64 {
		self.missed() as f64 / self.slots as f64
	}
}

#[derive(Deserialize)]
struct Digest {
	logs: Vec<Bytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
	number: String,
	digest: Digest,
}

#[derive(Deserialize)]
struct Body {
	header: Header,
	extrinsics: Vec<Bytes>,
}

#[derive(Deserialize)]
struct Signed {
	block: Body,
	justifications: Option<Vec<(Vec<u8>, Vec<u8>)>>,
}

impl Header {
	fn head(&self) -> Result<Head> {
		let number = u32::from_str_radix(self.number.trim_start_matches("0x"), 16)?;
		let slot = self.digest.logs.iter().find_map(|log| {
			let slot: [u8; 8] = log.0.strip_prefix(&AURA_SLOT)?.try_into().ok()?;
			Some(u64::from_le_bytes(slot))
		});
		Ok(Head { number, slot: slot.context("a header without its slot")? })
	}

	/// Parent, state root, extrinsics' root, number, and digest.
	fn bytes(&self) -> Result<usize> {
		let logs: usize = self.digest.logs.iter().map(|log| log.0.len()).sum();
		let number = self.head()?.number;
		Ok(3 * 32 + compact_bytes(number as usize) + compact_bytes(self.digest.logs.len()) + logs)
	}
}

/// Length of a number in SCALE's compact form, up to four bytes.
fn compact_bytes(number: usize) -> usize {
	match number {
		0..=0x3f => 1,
		0x40..=0x3fff => 2,
		_ => 4,
	}
}

impl Signed {
	fn block(&self) -> Result<Block> {
		let list = |parts: &mut dyn Iterator<Item = usize>, count: usize| {
			compact_bytes(count) + parts.sum::<usize>()
		};
		let extrinsics = &self.block.extrinsics;
		// An extrinsic comes with the length in front that it has in a block.
		let body =
			list(&mut extrinsics.iter().map(|extrinsic| extrinsic.0.len()), extrinsics.len());
		let justifications = self.justifications.as_ref().map_or(0, |all| {
			let proof = |proof: &[u8]| compact_bytes(proof.len()) + proof.len();
			list(&mut all.iter().map(|(engine, bytes)| engine.len() + proof(bytes)), all.len())
		});
		Ok(Block { bytes: self.block.header.bytes()? + body + justifications })
	}
}

/// The finalized block.
pub async fn finalized(chain: &ChainClient) -> Result<Head> {
	let hash: Value = chain.request("chain_getFinalizedHead", Vec::new()).await?;
	let header: Header = chain.request("chain_getHeader", vec![hash]).await?;
	header.head()
}

/// Canonical blocks by height.
pub async fn blocks(chain: &ChainClient, numbers: RangeInclusive<u32>) -> Result<Vec<Block>> {
	let mut found = Vec::new();
	for number in numbers {
		let hash: Value = chain.request("chain_getBlockHash", vec![number.into()]).await?;
		let signed: Signed = chain.request("chain_getBlock", vec![hash]).await?;
		found.push(signed.block()?);
	}
	Ok(found)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn header(logs: &[&str]) -> Header {
		serde_json::from_value(serde_json::json!({ "number": "0x1f4", "digest": { "logs": logs } }))
			.unwrap()
	}

	#[test]
	fn a_headers_slot_and_size_are_read() {
		let seal = format!("0x0561757261{}", "00".repeat(66));
		let full = header(&["0x066175726120125f813500000000", &seal]);
		let head = full.head().unwrap();
		assert_eq!((head.number, head.slot), (500, 0x3581_5f12));
		assert_eq!(full.bytes().unwrap(), 96 + 2 + 1 + 14 + 71);
		assert!(header(&[]).head().is_err());
	}

	#[test]
	fn missed_slots_are_those_without_a_block() {
		let stretch =
			Stretch::between(Head { number: 10, slot: 100 }, Head { number: 19, slot: 110 })
				.unwrap();
		assert_eq!((stretch.missed(), stretch.missed_share()), (1, 0.1));
		let same = Head { number: 10, slot: 100 };
		assert!(Stretch::between(same, same).is_err());
	}
}
