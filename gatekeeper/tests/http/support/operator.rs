//! An operator account whose transactions change the chain in memory.

use super::chain::{Chain, Facts};
use codec::Encode;
use futures::{future::BoxFuture, FutureExt};
use medrec_chain_client::SubmitError;
use medrec_gatekeeper::{
	enrolment::operator::{Operator, OperatorCall},
	store::Submission,
};
use medrec_primitives::{
	AccountId, Hash, ParticipantId, ParticipantKind, RelationshipId, RelationshipStatus,
};
use std::sync::{
	atomic::{AtomicU32, Ordering},
	Mutex,
};

/// What becomes of a transaction that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
	/// It is in a block, which is final at once.
	Final,
	/// As `Final`, but the sender does not hear of it.
	FinalUnheard,
	/// It is in a block that does not become final.
	InBest,
	/// It is in a block, and fails there.
	Fails,
	/// The node loses it.
	Lost,
}

pub struct FakeOperator {
	chain: Chain,
	provider: ParticipantId,
	account: AccountId,
	fate: Mutex<Fate>,
	sent: AtomicU32,
	calls: Mutex<Vec<(Hash, OperatorCall)>>,
}

impl FakeOperator {
	pub fn new(chain: Chain, provider: ParticipantId, account: AccountId) -> Self {
		Self {
			chain,
			provider,
			account,
			fate: Mutex::new(Fate::Final),
			sent: AtomicU32::new(0),
			calls: Mutex::default(),
		}
	}

	pub fn set_fate(&self, fate: Fate) {
		*self.fate.lock().unwrap() = fate;
	}

	/// How often something was sent.
	pub fn sent(&self) -> u32 {
		self.sent.load(Ordering::SeqCst)
	}

	/// How many relationships it was told to end.
	pub fn ends_signed(&self) -> usize {
		let calls = self.calls.lock().unwrap();
		calls.iter().filter(|(_, call)| matches!(call, OperatorCall::End(_))).count()
	}

	fn include(&self, submission: &Submission, succeeds: bool, is_final: bool) {
		let calls = self.calls.lock().unwrap();
		let call = calls.iter().find(|(hash, _)| *hash == submission.hash);
		let call = call.map(|(_, call)| call.clone()).expect("it was signed here");
		let mut state = self.chain.lock();
		let nonce = state.best.nonces.entry(self.account.clone()).or_default();
		if *nonce != submission.operator_nonce {
			return;
		}
		*nonce += 1;
		if succeeds {
			apply(&mut state.best, self.provider, call);
		}
		if is_final {
			state.finalized = state.best.clone();
		}
	}
}

fn apply(facts: &mut Facts, provider: ParticipantId, call: OperatorCall) {
	match call {
		OperatorCall::Enrol(consent) => {
			let next = |last: Option<u64>| last.map_or(0, |last| last + 1);
			let known = facts.participants.values().find(|known| known.account == consent.account);
			let patron = match known.map(|known| known.id) {
				Some(id) => id,
				None => {
					let id = next(facts.participants.keys().last().copied());
					let kind = ParticipantKind::Patient;
					facts.participant(id, kind, consent.account.clone(), consent.encryption_key);
					id
				},
			};
			*facts.nonces.entry(consent.account.clone()).or_default() += 1;
			let id: RelationshipId = next(facts.relationships.keys().last().copied());
			facts.relationship(id, patron, provider);
		},
		OperatorCall::End(relationship) => {
			if let Some(found) = facts.relationships.get_mut(&relationship) {
				found.status = RelationshipStatus::Ended;
			}
		},
	}
}

impl Operator for FakeOperator {
	fn account(&self) -> AccountId {
		self.account.clone()
	}

	fn sign(&self, call: OperatorCall) -> BoxFuture<'_, Result<Submission, SubmitError>> {
		async move {
			let state = self.chain.lock();
			let operator_nonce = state.best.nonces.get(&self.account).copied().unwrap_or_default();
			let (_, finalized) = state.blocks();
			let mut calls = self.calls.lock().unwrap();
			let hash = Hash::from_low_u64_be(calls.len() as u64 + 1);
			calls.push((hash, call));
			Ok(Submission {
				extrinsic: hash.encode(),
				hash,
				operator_nonce,
				valid_until_block: u64::from(finalized.number) + 20,
			})
		}
		.boxed()
	}

	fn send<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Result<(), SubmitError>> {
		async move {
			self.sent.fetch_add(1, Ordering::SeqCst);
			let fate = *self.fate.lock().unwrap();
			match fate {
				Fate::Final | Fate::FinalUnheard => self.include(submission, true, true),
				Fate::InBest => self.include(submission, true, false),
				Fate::Fails => self.include(submission, false, true),
				Fate::Lost => {},
			}
			match fate {
				Fate::Final => Ok(()),
				_ => Err(SubmitError::Lost { extrinsic: submission.hash }),
			}
		}
		.boxed()
	}
}
