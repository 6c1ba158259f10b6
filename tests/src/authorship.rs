//! Who makes blocks.

use std::time::Duration;

use anyhow::{ensure, Result};
use medrec_chain_client::{rpc_api::BlockRef, ChainClient};
use medrec_primitives::AccountId;
use serde_json::Value;

use crate::{json::text, wait::until};

/// The account in whose slot a block was made.
pub async fn author(chain: &ChainClient, block: BlockRef) -> Result<AccountId> {
	let header: Value =
		chain.request("chain_getHeader", vec![format!("{:?}", block.hash).into()]).await?;
	// The first item of the digest: 6 (before the runtime), `aura`, a length, and the slot in 8 bytes.
	let item = text(&header, "/digest/logs/0")?.trim_start_matches("0x");
	let bytes = hex::decode(item)?;
	ensure!(bytes.starts_with(b"\x06aura") && bytes.len() == 14, "{item} is no slot");
	let slot = u64::from_le_bytes(bytes[6..].try_into()?);
	let active = chain.validators().await?.active;
	let turn = usize::try_from(slot % active.len() as u64)?;
	Ok(active[turn].account.clone())
}

/// Wait until an account has made a block that becomes final.
pub async fn authors(chain: &ChainClient, account: &AccountId, limit: Duration) -> Result<()> {
	let block = until("a block of its own", limit, async || {
		let best = chain.best().await?;
		Ok((author(chain, best).await? == *account).then_some(best))
	})
	.await?;
	until("that block to be final", limit, async || {
		Ok((chain.finalized().await?.number >= block.number).then_some(()))
	})
	.await?;
	let canonical: String = chain.request("chain_getBlockHash", vec![block.number.into()]).await?;
	ensure!(canonical == format!("{:?}", block.hash), "another block became final");
	Ok(())
}
