//! Transactions: signed, submitted, waited for.

use crate::{output::Progress, ClientError, Workspace};
use medrec_chain_client::{
	Call, ChainClient, ChainError, Inclusion, Progress as Stage, Submission, SubmitError, Timeouts,
	MOST_REMOVALS_AHEAD,
};
use medrec_protocol::account::AccountKey;
use std::collections::{BTreeMap, VecDeque};

/// How a call of several ended.
pub(crate) type Ended = Result<Inclusion, SubmitError>;

/// Sends transactions, and says how far they are.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
	/// The node.
	pub chain: &'a ChainClient,
	/// Told what is being waited for.
	pub progress: &'a dyn Progress,
	/// Whether to wait until the block is final.
	pub wait_for_finality: bool,
}

impl Sender<'_> {
	/// Sign and submit a call, and wait for the block, or until it is final.
	pub async fn submit(
		&self,
		what: &str,
		call: &impl Call,
		key: &AccountKey,
	) -> Result<Inclusion, ClientError> {
		self.progress.step(&format!("{what}: submitting"));
		let submitted = self.chain.submit(call, key).await;
		self.wait_for(what, submitted).await
	}

	/// The same for a call that nobody signs.
	pub async fn submit_bare(
		&self,
		what: &str,
		call: &impl Call,
	) -> Result<Inclusion, ClientError> {
		self.progress.step(&format!("{what}: submitting"));
		let submitted = self.chain.submit_bare(call, Timeouts::default()).await;
		self.wait_for(what, submitted).await
	}

	async fn wait_for(
		&self,
		what: &str,
		submitted: Result<Submission, SubmitError>,
	) -> Result<Inclusion, ClientError> {
		let result = match submitted {
			Ok(submission) => self.wait_for_block(what, submission).await,
			Err(error) => Err(error.into()),
		};
		self.progress.finish();
		result.map_err(|error| error.while_doing(what))
	}

	async fn wait_for_block(
		&self,
		what: &str,
		mut submission: Submission,
	) -> Result<Inclusion, ClientError> {
		self.progress.step(&format!("{what}: waiting for a block"));
		loop {
			let Some(stage) = submission.next().await else {
				return Err(ClientError::Uncertain(
					"the node stopped reporting; look at the current state before submitting again"
						.to_owned(),
				));
			};
			match stage? {
				Stage::Broadcast { .. } => {},
				Stage::InBlock(inclusion) if !self.wait_for_finality => return Ok(inclusion),
				Stage::InBlock(inclusion) => self.progress.step(&format!(
					"{what}: in block {}, waiting until it is final",
					inclusion.block.number
				)),
				Stage::Retracted { .. } => self
					.progress
					.step(&format!("{what}: the chain was reorganised, waiting for another block")),
				Stage::Finalized(inclusion) => return Ok(inclusion),
			}
		}
	}
}

impl Workspace {
	fn sender(&self) -> Sender<'_> {
		Sender {
			chain: &self.chain,
			progress: &*self.progress,
			wait_for_finality: self.waits_for_finality(),
		}
	}

	/// Sign and submit a call, and wait for the block, or for finality if the settings say so.
	pub async fn submit(
		&self,
		what: &str,
		call: &impl Call,
		key: &AccountKey,
	) -> Result<Inclusion, ClientError> {
		self.sender().submit(what, call, key).await
	}

	/// The same for a call that takes something back, which waits for no other of the account.
	pub async fn submit_removal(
		&self,
		what: &str,
		call: &impl Call,
		key: &AccountKey,
	) -> Result<Inclusion, ClientError> {
		self.progress.step(&format!("{what}: submitting"));
		let submitted = self.chain.submit_removal(call, key, None).await;
		self.sender().wait_for(what, submitted.map(|(submission, _)| submission)).await
	}

	/// Sign and submit calls of one account that take something back, all before waiting as far as the chain
	/// takes them, then wait for each as the settings say. One that fails keeps no other from being tried, unless the node is
	/// gone. Gives how each ended, in the order of the calls.
	pub(crate) async fn submit_removals<C: Call>(
		&self,
		what: &str,
		calls: &[C],
		key: &AccountKey,
	) -> Vec<Ended> {
		self.progress.step(&format!("{what}: submitting"));
		let mut batch = Batch::new(self, key);
		for (place, call) in calls.iter().enumerate() {
			batch.submit(place, call).await;
		}
		self.progress.step(&format!("{what}: waiting for a block"));
		while batch.wait_for_first().await {}
		let ended = batch.finish(what).await;
		self.progress.finish();
		ended
	}
}

/// Calls of one account on their way. The numbers are places in the list of calls.
struct Batch<'a> {
	workspace: &'a Workspace,
	key: &'a AccountKey,
	/// Nonce of the next transaction, where it is known.
	nonce: Option<u32>,
	/// Why nothing can be submitted any more.
	gone: Option<ChainError>,
	/// In the order of their nonces.
	waiting: VecDeque<(usize, Submission)>,
	included: Vec<(usize, Submission, Inclusion)>,
	failed: Vec<(usize, SubmitError)>,
}

impl<'a> Batch<'a> {
	const fn new(workspace: &'a Workspace, key: &'a AccountKey) -> Self {
		Self {
			workspace,
			key,
			nonce: None,
			gone: None,
			waiting: VecDeque::new(),
			included: Vec::new(),
			failed: Vec::new(),
		}
	}

	async fn submit(&mut self, place: usize, call: &impl Call) {
		if self.waiting.len() >= MOST_REMOVALS_AHEAD as usize {
			self.wait_for_first().await;
		}
		match self.hand_over(call).await {
			Ok(submission) => self.waiting.push_back((place, submission)),
			Err(error) => self.failed.push((place, error)),
		}
	}

	async fn hand_over(&mut self, call: &impl Call) -> Result<Submission, SubmitError> {
		if let Some(error) = &self.gone {
			return Err(error.clone().into());
		}
		// Taken, so that after a failure the node is asked anew: what failed may have used its nonce.
		let nonce = self.nonce.take();
		let submitted = self.hand_over_with(nonce, call).await;
		if let Err(SubmitError::Chain(error)) = &submitted {
			self.gone = error.is_unavailable().then(|| error.clone());
		}
		submitted
	}

	async fn hand_over_with(
		&mut self,
		nonce: Option<u32>,
		call: &impl Call,
	) -> Result<Submission, SubmitError> {
		let (submission, nonce) =
			self.workspace.chain.submit_removal(call, self.key, nonce).await?;
		self.nonce = Some(nonce.saturating_add(1));
		Ok(submission)
	}

	/// Wait until the first that waits is in a block, or has failed. Whether there was one.
	async fn wait_for_first(&mut self) -> bool {
		let Some((place, mut submission)) = self.waiting.pop_front() else { return false };
		match submission.in_block().await {
			Ok(inclusion) => self.included.push((place, submission, inclusion)),
			Err(error) => {
				// A call that failed in its block has used its nonce all the same.
				if !matches!(error, SubmitError::Dispatch(_)) {
					self.nonce = None;
				}
				self.failed.push((place, error));
			},
		}
		true
	}

	/// How each ended, once none waits for a block.
	async fn finish(self, what: &str) -> Vec<Ended> {
		let mut ended: BTreeMap<usize, Ended> =
			self.failed.into_iter().map(|(place, error)| (place, Err(error))).collect();
		for (place, mut submission, inclusion) in self.included {
			let end = if self.workspace.waits_for_finality() {
				self.workspace.progress.step(&format!("{what}: waiting until it is final"));
				submission.finalized().await
			} else {
				Ok(inclusion)
			};
			ended.insert(place, end);
		}
		ended.into_values().collect()
	}
}
