//! The part of the node that takes transactions: it decodes them, applies them to the chain in memory, and
//! reports as a real pool does.

use super::{
	calls::{Call, Signed, RELATIONSHIPS},
	chain::{Chain, State, BEST, GENESIS},
};
use codec::{Compact, Decode, Encode};
use jsonrpsee::{
	core::StringError, types::ErrorObject, PendingSubscriptionSink, RpcModule, SubscriptionMessage,
	SubscriptionSink,
};
use medrec_chain_client::rpc_api::ParticipantInfo;
use medrec_primitives::{AccountId, Consent, Hash, RelationshipStatus, Signature, Tag};
use serde_json::{json, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tokio::sync::oneshot;

/// What the chain has room for ahead of an account's nonce, whatever is left of its quota.
const REMOVALS_AHEAD: usize = 8;

/// `InvalidTransaction::Custom` of [`REMOVALS_AHEAD`].
const TOO_MANY_PENDING: u8 = 6;

/// Index of the error of the relationship pallet that is used here.
const TAG_ABSENT: u8 = 25;

const METADATA: &str =
	concat!(env!("CARGO_MANIFEST_DIR"), "/../chain-client/metadata/medrec.scale");

#[derive(Default)]
pub struct PoolState {
	/// Sizes of the next blocks: each is made when so many transactions wait. After them, each transaction
	/// has a block of its own.
	pub block_sizes: VecDeque<usize>,
	/// Codes with which the pool refuses all transactions of an account.
	pub refusals: BTreeMap<AccountId, u8>,
	/// Tags that somebody else removes before their revocation gets into a block.
	pub vanishing: BTreeSet<Tag>,
	/// How many of the next transactions become invalid after they were taken.
	pub invalid: usize,
	/// How many of the next transactions enter a block without a report.
	pub unreported: usize,
	/// A call that the runtime's metadata has under another name.
	pub renamed_call: Option<&'static str>,
	/// Most transactions that waited at the same time.
	pub most_waiting: usize,
	/// Blocks that were made.
	pub blocks: Vec<Block>,
	nonces: BTreeMap<AccountId, u32>,
	waiting: Vec<Waiting>,
}

impl PoolState {
	/// How many transactions wait for a block.
	pub fn waiting_now(&self) -> usize {
		self.waiting.len()
	}
}

pub struct Block {
	pub hash: Hash,
	pub number: u32,
	extrinsics: Vec<String>,
	events: Vec<u8>,
}

struct Waiting {
	text: String,
	signed: Signed,
	report: oneshot::Sender<Report>,
}

/// What becomes of a transaction.
enum Report {
	InBlock(Hash),
	Usurped,
	Invalid,
}

impl State {
	fn waiting_of(&self, account: &AccountId) -> usize {
		self.pool.waiting.iter().filter(|waiting| waiting.signed.account == *account).count()
	}

	fn next_nonce(&self, account: &AccountId) -> u32 {
		let nonce = self.pool.nonces.get(account).copied().unwrap_or_default();
		nonce + self.waiting_of(account) as u32
	}

	/// With what the pool refuses a transaction.
	fn refusal(&self, signed: &Signed) -> Option<ErrorObject<'static>> {
		let invalid = |text: String| ErrorObject::owned(1010, "Invalid Transaction", Some(text));
		if self.pool.nonces.get(&signed.account).is_some_and(|next| signed.nonce < *next) {
			return Some(invalid("Transaction is outdated".into()));
		}
		let in_the_way = self.pool.waiting.iter().any(|waiting| {
			waiting.signed.has_place_of(signed)
				&& (waiting.signed.call.is_removal() || !signed.call.is_removal())
		});
		if in_the_way {
			return Some(ErrorObject::owned(1014, "Priority is too low", None::<String>));
		}
		self.refusal_code(signed).map(|code| invalid(format!("Custom error: {code}")))
	}

	fn refusal_code(&self, signed: &Signed) -> Option<u8> {
		let code = self.pool.refusals.get(&signed.account).copied();
		let full = self.waiting_of(&signed.account) >= REMOVALS_AHEAD;
		code.or(full.then_some(TOO_MANY_PENDING))
	}

	/// Take a transaction, and make a block if it is time for one.
	fn take(&mut self, waiting: Waiting) {
		if self.pool.invalid > 0 {
			self.pool.invalid -= 1;
			// Who asked may have gone.
			let _ = waiting.report.send(Report::Invalid);
			return;
		}
		let place =
			self.pool.waiting.iter().position(|one| one.signed.has_place_of(&waiting.signed));
		if let Some(place) = place {
			let _ = self.pool.waiting.remove(place).report.send(Report::Usurped);
		}
		self.pool.waiting.push(waiting);
		self.pool.most_waiting = self.pool.most_waiting.max(self.pool.waiting.len());
		let size = self.pool.block_sizes.front().copied().unwrap_or(1);
		if self.pool.waiting.len() < size {
			return;
		}
		self.pool.block_sizes.pop_front();
		let included = std::mem::take(&mut self.pool.waiting);
		let number = BEST.number + 1 + self.pool.blocks.len() as u32;
		let hash = Hash::from_low_u64_be(number.into());
		let mut events = Compact(included.len() as u32).encode();
		let mut extrinsics = Vec::new();
		for (index, Waiting { text, signed, report }) in included.into_iter().enumerate() {
			let error = self.apply(&signed);
			self.pool.nonces.insert(signed.account, signed.nonce + 1);
			events.extend(event(index as u32, error));
			extrinsics.push(text);
			if self.pool.unreported > 0 {
				// The subscription ends with the report's sender.
				self.pool.unreported -= 1;
				continue;
			}
			// Who asked may have gone.
			let _ = report.send(Report::InBlock(hash));
		}
		self.pool.blocks.push(Block { hash, number, extrinsics, events });
	}

	/// The participant whose own account this is.
	fn owner(&mut self, account: &AccountId) -> &mut ParticipantInfo {
		self.participants.values_mut().find(|info| info.account == *account).unwrap()
	}

	/// Take a consent as the chain does: at the account's nonce, which goes up.
	fn consume(&mut self, consent: &Consent, account: &AccountId, signature: &Signature) {
		let nonce = self.pool.nonces.entry(account.clone()).or_default();
		assert!(consent.verify(&GENESIS, account, *nonce, signature), "{consent:?}");
		*nonce += 1;
	}

	/// Apply a call; gives the number of the error with which it fails.
	fn apply(&mut self, signed: &Signed) -> Option<u8> {
		match signed.call {
			Call::RotateKey(ref next, ref signature) => {
				let ParticipantInfo { id: participant, epoch, .. } = *self.owner(&signed.account);
				self.consume(&Consent::Rotate { participant, epoch }, next, signature);
				let owner = self.owner(&signed.account);
				owner.account = next.clone();
				owner.epoch += 1;
			},
			Call::SetGatekeeperKey(key) => {
				let owner = self.owner(&signed.account);
				owner.provider.as_mut().unwrap().gatekeeper_key = key;
			},
			Call::SetOperator(ref next) => {
				let provider = self.owner(&signed.account).id;
				if let Some((account, signature)) = next {
					self.consume(&Consent::Operate { provider }, account, signature);
				}
				let operator = next.as_ref().map(|(account, _)| account.clone());
				let owner = self.owner(&signed.account);
				owner.provider.as_mut().unwrap().operator = operator;
			},
			Call::Accept(id) => {
				self.relationships.get_mut(&id).unwrap().status = RelationshipStatus::Active
			},
			Call::Reject(id) => drop(self.relationships.remove(&id).unwrap()),
			Call::End(id) => {
				self.relationships.get_mut(&id).unwrap().status = RelationshipStatus::Ended
			},
			Call::Grant(id, tag, expiry) => drop(self.tags.insert((id, tag), expiry)),
			Call::Revoke(id, tag) => {
				if self.pool.vanishing.remove(&tag) {
					self.tags.remove(&(id, tag));
				}
				return self.tags.remove(&(id, tag)).is_none().then_some(TAG_ABSENT);
			},
		}
		None
	}

	fn block(&self, hash: &str) -> Option<&Block> {
		self.pool.blocks.iter().find(|block| format!("{:?}", block.hash) == hash)
	}

	/// Number of a block that was made here.
	pub fn block_number(&self, hash: Hash) -> Option<u32> {
		self.pool.blocks.iter().find(|block| block.hash == hash).map(|block| block.number)
	}
}

/// `System.ExtrinsicSuccess`, or `System.ExtrinsicFailed` with an error of the relationship pallet.
fn event(extrinsic: u32, error: Option<u8>) -> Vec<u8> {
	// Phase::ApplyExtrinsic, then the pallet, the event, its fields, and no topics.
	let mut bytes = (0u8, extrinsic, 0u8).encode();
	match error {
		None => bytes.push(0),
		Some(error) => bytes.extend([1, 3, RELATIONSHIPS, error, 0, 0, 0]),
	}
	// Weight, class, whether it pays; topics.
	bytes.extend([0, 0, 0, 0, 0]);
	bytes
}

/// What the runtime says of itself, with one name changed.
fn metadata(renamed: Option<&str>) -> Vec<u8> {
	let mut metadata = std::fs::read(METADATA).unwrap();
	if let Some(name) = renamed {
		let name = name.encode();
		let at = metadata.windows(name.len()).position(|window| window == name).unwrap();
		metadata[at + name.len() - 1] = b'_';
	}
	metadata
}

fn hex(bytes: &[u8]) -> String {
	let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
	format!("0x{digits}")
}

fn from_hex(text: &str) -> Vec<u8> {
	let digits = text.strip_prefix("0x").unwrap().as_bytes();
	let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
	digits.chunks(2).map(byte).collect()
}

pub fn register(module: &mut RpcModule<()>, chain: &Chain) {
	let state = chain.clone();
	module
		.register_method("system_accountNextIndex", move |params, _, _| {
			let account: AccountId = serde_json::from_value(params.one().unwrap()).unwrap();
			state.lock().next_nonce(&account)
		})
		.unwrap();
	let state = chain.clone();
	module
		.register_method("chain_getBlock", move |params, _, _| {
			let hash: String = params.one().unwrap();
			let state = state.lock();
			state
				.block(&hash)
				.map(|block| json!({ "block": { "extrinsics": block.extrinsics.clone() } }))
		})
		.unwrap();
	let state = chain.clone();
	module
		.register_method("state_getStorage", move |params, _, _| {
			let [_events, hash]: [String; 2] = params.parse().unwrap();
			state.lock().block(&hash).map(|block| hex(&block.events))
		})
		.unwrap();
	module
		.register_method(
			"state_getRuntimeVersion",
			|_, _, _| json!({ "specName": "medrec", "specVersion": 100, "transactionVersion": 1 }),
		)
		.unwrap();
	let state = chain.clone();
	module
		.register_method("state_call", move |params, _, _| {
			let [function, argument]: [String; 2] = params.parse().unwrap();
			match function.as_str() {
				"AccountNonceApi_account_nonce" => {
					let account = AccountId::decode(&mut &from_hex(&argument)[..]).unwrap();
					let nonces = &state.lock().pool.nonces;
					hex(&nonces.get(&account).copied().unwrap_or_default().encode())
				},
				"Metadata_metadata_versions" => hex(&vec![15u32].encode()),
				"Metadata_metadata_at_version" => {
					hex(&Some(metadata(state.lock().pool.renamed_call)).encode())
				},
				other => panic!("the runtime's {other} is not mocked"),
			}
		})
		.unwrap();
	let state = chain.clone();
	module
		.register_subscription(
			"author_submitAndWatchExtrinsic",
			"author_extrinsicUpdate",
			"author_unwatchExtrinsic",
			move |params, pending, _, _| {
				let text: String = params.one().unwrap();
				watch(state.clone(), text, pending)
			},
		)
		.unwrap();
}

async fn watch(
	chain: Chain,
	text: String,
	pending: PendingSubscriptionSink,
) -> Result<(), StringError> {
	let signed = Signed::decode(&from_hex(&text));
	let refusal = chain.lock().refusal(&signed);
	if let Some(refusal) = refusal {
		pending.reject(refusal).await;
		return Ok(());
	}
	let sink = pending.accept().await?;
	send(&sink, json!("ready")).await?;
	let (report, reported) = oneshot::channel();
	chain.lock().take(Waiting { text, signed, report });
	match reported.await? {
		Report::InBlock(block) => {
			send(&sink, json!({ "inBlock": block })).await?;
			send(&sink, json!({ "finalized": block })).await?;
		},
		Report::Usurped => send(&sink, json!({ "usurped": Hash::zero() })).await?,
		Report::Invalid => send(&sink, json!("invalid")).await?,
	}
	Ok(())
}

async fn send(sink: &SubscriptionSink, status: Value) -> Result<(), StringError> {
	Ok(sink.send(SubscriptionMessage::from_json(&status)?).await?)
}
