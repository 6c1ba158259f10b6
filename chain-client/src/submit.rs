//! From a call to a finalized block.

use crate::{
	connection::positional, events::EVENTS_KEY, node::json, Call, ChainClient, ChainError,
	Extrinsic, Inclusion, Mortality, Refusal, Runtime, SubmitError,
};
use jsonrpsee::core::client::{Error as RpcError, Subscription, SubscriptionClientT};
use medrec_primitives::Hash;
use medrec_protocol::account::AccountKey;
use medrec_rpc_api::BlockRef;
use serde::Deserialize;
use sp_core::Bytes;
use std::time::Duration;
use tokio::time::{timeout_at, Instant};

/// Most blocks by which finality may lag for transactions to begin their life at the finalized block.
/// Beyond, they begin at the best block, so that stalled finality does not keep a revocation out.
const MAX_FINALITY_LAG: u32 = 16;

/// How many calls of an account that take something back may wait beyond its quota: as many as the
/// runtime allows (`REMOVALS_AHEAD`).
pub const MOST_REMOVALS_AHEAD: u32 = 8;

/// How long to wait for a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
	/// From submission to the first block that includes it.
	pub inclusion: Duration,
	/// From that block to finality.
	pub finality: Duration,
}

impl Default for Timeouts {
	fn default() -> Self {
		Self { inclusion: Duration::from_secs(60), finality: Duration::from_secs(120) }
	}
}

/// How far a transaction has come.
#[derive(Debug)]
pub enum Progress {
	/// Handed on to other nodes.
	Broadcast {
		/// How many.
		peers: usize,
	},
	/// In the best block, or an ancestor of it, and its call succeeded.
	InBlock(Inclusion),
	/// No longer: the chain was reorganised. It may enter another block.
	Retracted {
		/// The block that is no longer part of the chain.
		block: Hash,
	},
	/// In a block that is final. The last progress that there is.
	Finalized(Inclusion),
}

/// What the node's pool reports.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum PoolStatus {
	Future,
	Ready,
	Broadcast(Vec<String>),
	InBlock(Hash),
	Retracted(Hash),
	FinalityTimeout(Hash),
	Finalized(Hash),
	Usurped(Hash),
	Dropped,
	Invalid,
}

/// A transaction on its way.
#[derive(Debug)]
pub struct Submission {
	chain: ChainClient,
	runtime: Runtime,
	extrinsic: Extrinsic,
	updates: Subscription<PoolStatus>,
	timeouts: Timeouts,
	deadline: Instant,
	awaited: &'static str,
	over: bool,
}

impl ChainClient {
	/// Sign a call with the account's next nonce, for the current runtime.
	pub async fn sign(&self, call: &impl Call, key: &AccountKey) -> Result<Extrinsic, SubmitError> {
		let nonce = self.next_nonce(&key.account_id()).await?;
		self.sign_with_nonce(call, key, nonce).await
	}

	/// Sign a call with a nonce, for the current runtime. Who submits several transactions without waiting
	/// for each counts the nonces itself, from [`Self::next_nonce`] on.
	pub async fn sign_with_nonce(
		&self,
		call: &impl Call,
		key: &AccountKey,
		nonce: u32,
	) -> Result<Extrinsic, SubmitError> {
		let (runtime, birth) = futures::try_join!(self.runtime(), self.birth())?;
		runtime.sign(call, key, nonce, Mortality::from(birth))
	}

	/// Sign a call and submit it.
	pub async fn submit(
		&self,
		call: &impl Call,
		key: &AccountKey,
	) -> Result<Submission, SubmitError> {
		let extrinsic = self.sign(call, key).await?;
		self.submit_extrinsic(extrinsic, Timeouts::default()).await
	}

	/// Sign and submit a call that takes something back (`revoke`, `end`, `reject`). The chain puts it
	/// before everything else, so it does not queue up behind what waits in the pool: it takes the place
	/// of the account's first transaction there that is no such call itself, which its submitter learns as
	/// [`SubmitError::Usurped`].
	///
	/// `from` is the first nonce to try, where the caller knows it. Gives the nonce that was used.
	pub async fn submit_removal(
		&self,
		call: &impl Call,
		key: &AccountKey,
		from: Option<u32>,
	) -> Result<(Submission, u32), SubmitError> {
		let mut nonce = match from {
			Some(nonce) => nonce,
			None => self.included_nonce(&key.account_id()).await?,
		};
		for left in (0..=MOST_REMOVALS_AHEAD).rev() {
			let extrinsic = self.sign_with_nonce(call, key, nonce).await?;
			match self.submit_extrinsic(extrinsic, Timeouts::default()).await {
				Ok(submission) => return Ok((submission, nonce)),
				// Something that takes back, too, waits there.
				Err(SubmitError::Refused(Refusal::TooLowPriority)) if left > 0 => {
					nonce = nonce.saturating_add(1);
				},
				// It was in the pool when the node was asked, and is in a block now.
				Err(SubmitError::Refused(Refusal::Outdated)) if left > 0 => {
					nonce = self.included_nonce(&key.account_id()).await?;
				},
				Err(error) => return Err(error),
			}
		}
		Err(SubmitError::Refused(Refusal::TooManyPending))
	}

	/// Submit a call that nobody signs.
	pub async fn submit_bare(
		&self,
		call: &impl Call,
		timeouts: Timeouts,
	) -> Result<Submission, SubmitError> {
		let extrinsic = self.runtime().await?.bare(call)?;
		self.submit_extrinsic(extrinsic, timeouts).await
	}

	/// Submit an extrinsic that is made already.
	///
	/// Fails with [`SubmitError::Refused`] if the pool does not take it.
	pub async fn submit_extrinsic(
		&self,
		extrinsic: Extrinsic,
		timeouts: Timeouts,
	) -> Result<Submission, SubmitError> {
		const METHOD: &str = "author_submitAndWatchExtrinsic";
		let runtime = self.runtime().await?;
		let updates = self
			.rpc()
			.await?
			.subscribe(
				METHOD,
				positional(vec![json(Bytes(extrinsic.bytes.clone()))]),
				"author_unwatchExtrinsic",
			)
			.await
			.map_err(|error| match &error {
				RpcError::Call(refusal) => match Refusal::from_rpc(refusal) {
					Some(refusal) => SubmitError::Refused(refusal),
					None => self.explain(METHOD, error).into(),
				},
				_ => self.explain(METHOD, error).into(),
			})?;
		Ok(Submission {
			chain: self.clone(),
			runtime,
			extrinsic,
			updates,
			timeouts,
			deadline: Instant::now() + timeouts.inclusion,
			awaited: "included in a block",
			over: false,
		})
	}

	/// The block that a transaction's life begins at: one that no reorganisation takes away.
	async fn birth(&self) -> Result<BlockRef, ChainError> {
		let (best, finalized) = futures::try_join!(self.best(), self.finalized())?;
		let lag = best.number.saturating_sub(finalized.number);
		Ok(if lag <= MAX_FINALITY_LAG { finalized } else { best })
	}
}

impl Submission {
	/// The extrinsic.
	pub const fn extrinsic(&self) -> &Extrinsic {
		&self.extrinsic
	}

	/// Wait for the transaction to get further; `None` after the end (final, or an error).
	pub async fn next(&mut self) -> Option<Result<Progress, SubmitError>> {
		while !self.over {
			let result = self.advance().await.transpose();
			self.over |= matches!(result, Some(Err(_) | Ok(Progress::Finalized(_))));
			if result.is_some() {
				return result;
			}
		}
		None
	}

	/// Wait until it is in a block.
	pub async fn in_block(&mut self) -> Result<Inclusion, SubmitError> {
		while let Some(progress) = self.next().await {
			if let Progress::InBlock(inclusion) | Progress::Finalized(inclusion) = progress? {
				return Ok(inclusion);
			}
		}
		Err(SubmitError::Lost { extrinsic: self.extrinsic.hash })
	}

	/// Wait until it is final.
	pub async fn finalized(&mut self) -> Result<Inclusion, SubmitError> {
		while let Some(progress) = self.next().await {
			if let Progress::Finalized(inclusion) = progress? {
				return Ok(inclusion);
			}
		}
		Err(SubmitError::Lost { extrinsic: self.extrinsic.hash })
	}

	/// One report of the pool; `None` if it is nothing that callers wait for.
	async fn advance(&mut self) -> Result<Option<Progress>, SubmitError> {
		let update = timeout_at(self.deadline, self.updates.next()).await;
		let status = match update {
			Err(_) => return Err(self.timeout()),
			Ok(None) => return Err(SubmitError::Lost { extrinsic: self.extrinsic.hash }),
			Ok(Some(Err(error))) => {
				return Err(ChainError::Malformed {
					method: "author_submitAndWatchExtrinsic".into(),
					reason: error.to_string(),
				}
				.into())
			},
			Ok(Some(Ok(status))) => status,
		};
		Ok(match status {
			PoolStatus::Future | PoolStatus::Ready => None,
			PoolStatus::Broadcast(peers) => Some(Progress::Broadcast { peers: peers.len() }),
			PoolStatus::InBlock(block) => {
				self.wait_for("finalized", self.timeouts.finality);
				Some(Progress::InBlock(self.inclusion(block).await?))
			},
			PoolStatus::Retracted(block) => {
				self.wait_for("included in a block", self.timeouts.inclusion);
				Some(Progress::Retracted { block })
			},
			PoolStatus::Finalized(block) => Some(Progress::Finalized(self.inclusion(block).await?)),
			PoolStatus::FinalityTimeout(_) => return Err(self.timeout()),
			PoolStatus::Usurped(_) => return Err(SubmitError::Usurped),
			PoolStatus::Dropped => return Err(SubmitError::Dropped),
			PoolStatus::Invalid => return Err(SubmitError::Invalidated),
		})
	}

	fn wait_for(&mut self, awaited: &'static str, at_most: Duration) {
		self.awaited = awaited;
		self.deadline = Instant::now() + at_most;
	}

	fn timeout(&self) -> SubmitError {
		let after = if self.awaited == "finalized" {
			self.timeouts.finality
		} else {
			self.timeouts.inclusion
		};
		SubmitError::Timeout { extrinsic: self.extrinsic.hash, awaited: self.awaited, after }
	}

	/// What the transaction did in a block.
	async fn inclusion(&self, block: Hash) -> Result<Inclusion, SubmitError> {
		let (number, extrinsics, events) = futures::try_join!(
			self.chain.block_number(block),
			self.chain.extrinsics(block),
			self.chain.storage(EVENTS_KEY.to_vec(), block),
		)?;
		let index = extrinsics
			.iter()
			.position(|extrinsic| extrinsic.0 == self.extrinsic.bytes)
			.and_then(|index| u32::try_from(index).ok())
			.ok_or_else(|| ChainError::Malformed {
				method: "chain_getBlock".into(),
				reason: format!("extrinsic {:?} is not in block {block:?}", self.extrinsic.hash),
			})?;
		Inclusion::read(
			&self.runtime,
			BlockRef { hash: block, number },
			self.extrinsic.hash,
			index,
			events.map(|bytes| bytes.0).unwrap_or_default(),
		)?
		.map_err(SubmitError::Dispatch)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn reads_what_the_pool_reports() {
		let read = |json: &str| serde_json::from_str::<PoolStatus>(json).unwrap();
		let hash = Hash::repeat_byte(7);
		assert_eq!(read(r#""ready""#), PoolStatus::Ready);
		assert_eq!(read(r#"{"broadcast":["peer"]}"#), PoolStatus::Broadcast(vec!["peer".into()]));
		assert_eq!(read(&format!(r#"{{"inBlock":"{hash:?}"}}"#)), PoolStatus::InBlock(hash));
		assert_eq!(read(&format!(r#"{{"finalized":"{hash:?}"}}"#)), PoolStatus::Finalized(hash));
		assert_eq!(
			read(&format!(r#"{{"finalityTimeout":"{hash:?}"}}"#)),
			PoolStatus::FinalityTimeout(hash)
		);
		assert_eq!(read(r#""invalid""#), PoolStatus::Invalid);
	}
}
