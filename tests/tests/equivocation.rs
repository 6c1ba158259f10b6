//! A validator that voted for two blocks in one round, in a running network: the evidence is made with its
//! real keys, a member of the council reports it with a proof from its node, and the validator makes no blocks
//! until the council forgives it.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use codec::{Decode, Encode};
use finality_grandpa::{Equivocation, Message, Prevote};
use medrec_chain_client::ChainClient;
use medrec_primitives::AccountId;
use medrec_protocol::{account::AccountKey, signature::Scheme};
use medrec_runtime::{
	BlockNumber, CheckParticipant, Hash, Runtime, RuntimeCall, SignedPayload, TxExtension,
	UncheckedExtrinsic, VERSION,
};
use medrec_tests::{
	authorship::{author, authors},
	network::Network,
	officer::Officer,
	provider::{Provider, PROVIDERS},
	wait::until,
};
use serde_json::{json, Value};
use sp_consensus_grandpa::{
	localized_payload, AuthorityId, AuthoritySignature, EquivocationProof, OpaqueKeyOwnershipProof,
	SetId,
};
use sp_core::{ed25519, Pair};
use sp_runtime::generic::Era;

/// Who equivocates.
const GUILTY: Provider = PROVIDERS[3];

/// Who reports it.
const REPORTER: Provider = PROVIDERS[0];

/// How long anything that takes a few blocks or a session may take.
const SOON: Duration = Duration::from_secs(120);

/// Blocks in which the offender would have had its turn several times.
const TURNS: u32 = 12;

type KeyProof = <Runtime as pallet_grandpa::Config>::KeyOwnerProof;
type Evidence = EquivocationProof<Hash, BlockNumber>;

/// What a function of the runtime's APIs answers.
async fn ask<T: Decode>(chain: &ChainClient, function: &str, argument: Vec<u8>) -> Result<T> {
	let argument = format!("0x{}", hex::encode(argument));
	let answer: String =
		chain.request("state_call", vec![json!(function), json!(argument)]).await?;
	Ok(T::decode(&mut &hex::decode(answer.trim_start_matches("0x"))?[..])?)
}

/// A vote, signed with a key.
fn vote(
	pair: &ed25519::Pair,
	set: SetId,
	target_hash: Hash,
) -> (Prevote<Hash, BlockNumber>, AuthoritySignature) {
	let vote = Prevote { target_hash, target_number: 1 };
	let payload = localized_payload(1, set, &Message::Prevote(vote.clone()));
	(vote, pair.sign(&payload).into())
}

/// Votes of the guilty one for two blocks in one round of the present set, and a proof that the key is in use.
async fn evidence(chain: &ChainClient) -> Result<(Evidence, KeyProof)> {
	let pair = ed25519::Pair::from_string(&GUILTY.secret(), None).expect("a published phrase");
	let set: SetId = ask(chain, "GrandpaApi_current_set_id", Vec::new()).await?;
	let identity = AuthorityId::from(pair.public());
	let proof: Option<OpaqueKeyOwnershipProof> =
		ask(chain, "GrandpaApi_generate_key_ownership_proof", (set, &identity).encode()).await?;
	let proof = proof.and_then(|proof| proof.decode()).context("a proof of the key")?;
	let equivocation = Equivocation {
		round_number: 1,
		identity,
		first: vote(&pair, set, Hash::repeat_byte(1)),
		second: vote(&pair, set, Hash::repeat_byte(2)),
	};
	let equivocation = sp_consensus_grandpa::Equivocation::Prevote(equivocation);
	Ok((EquivocationProof::new(set, equivocation), proof))
}

/// Report it, signed by a member of the council. Gives the error of the node, if it refuses.
async fn report(
	chain: &ChainClient,
	(evidence, key_owner_proof): (Evidence, KeyProof),
) -> Result<()> {
	let equivocation_proof = Box::new(evidence);
	let call: RuntimeCall =
		pallet_grandpa::Call::report_equivocation { equivocation_proof, key_owner_proof }.into();
	let key = AccountKey::from_secret_uri(&REPORTER.secret(), Scheme::Sr25519)?;
	let account = key.account_id();
	let nonce = chain.next_nonce(&account).await?;
	let extension: TxExtension = (
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(Era::Immortal),
		CheckParticipant::from(nonce),
		frame_system::CheckWeight::new(),
		frame_system::WeightReclaim::new(),
	);
	let genesis = chain.genesis();
	let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
	let implicit = ((), spec, transaction, genesis, genesis, (), (), ());
	let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
	let signature = payload.using_encoded(|bytes| key.sign(bytes));
	let extrinsic = UncheckedExtrinsic::new_signed(call, account.into(), signature, extension);
	let bytes = format!("0x{}", hex::encode(extrinsic.encode()));
	let _hash: String = chain.request("author_submitExtrinsic", vec![json!(bytes)]).await?;
	Ok(())
}

async fn offenders(chain: &ChainClient) -> Result<usize> {
	Ok(chain.validators().await?.offenders.len())
}

/// That none of the next blocks is an account's.
async fn makes_none(chain: &ChainClient, account: &AccountId) -> Result<()> {
	let first = chain.best().await?.number + 1;
	let last = first + TURNS;
	until("some more blocks", SOON, async || {
		Ok((chain.finalized().await?.number >= last).then_some(()))
	})
	.await?;
	for number in first..=last {
		let hash: Value = chain.request("chain_getBlockHash", vec![number.into()]).await?;
		let block =
			medrec_chain_client::rpc_api::BlockRef { number, hash: serde_json::from_value(hash)? };
		ensure!(author(chain, block).await? != *account, "block {number} is the offender's");
	}
	Ok(())
}

/// Three of four forgive it, and one closes.
fn forgive(officers: &[Officer]) -> Result<()> {
	let guilty = GUILTY.participant.to_string();
	let proposed = officers[0].council(&["propose", "forgive", &guilty])?;
	let id = proposed["motion"]["id"].to_string();
	officers[1].council(&["vote", &id, "yes"])?;
	officers[2].council(&["vote", &id, "yes"])?;
	officers[0].council(&["close", &id])?;
	Ok(())
}

#[tokio::test]
async fn who_votes_twice_makes_no_blocks_until_forgiven() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut network = Network::start(folder.path()).await.expect("four nodes");
	let chain = network.node(REPORTER).chain().await.expect("a node");
	let guilty = chain.participant(GUILTY.participant).await.expect("an answer").expect("there");
	authors(&chain, &guilty.account, SOON).await.expect("it makes blocks");

	// Votes for one and the same block prove nothing.
	let (proof, key) = evidence(&chain).await.expect("evidence");
	let mut void = proof.encode();
	let second = void.len() - 64 - 4 - 32;
	void[second..second + 32].fill(1);
	let void = Evidence::decode(&mut &void[..]).expect("the same shape");
	report(&chain, (void, key.clone())).await.expect("the pool does not look into it");
	network.finalizes().await.expect("its block is final");
	assert_eq!(offenders(&chain).await.expect("an answer"), 0);

	report(&chain, (proof, key)).await.expect("the report is taken");
	until("the offence on the chain", SOON, async || {
		Ok((offenders(&chain).await? == 1).then_some(()))
	})
	.await
	.expect("it is recorded");
	let validators = chain.validators().await.expect("an answer");
	assert_eq!(validators.disabled, std::slice::from_ref(&guilty.account));
	assert!(validators.active.len() == 4, "it keeps its seat");
	makes_none(&chain, &guilty.account)
		.await
		.expect("it makes no blocks, also in the next session");

	let officers = PROVIDERS.map(|it| {
		Officer::new(it, folder.path(), &network.node(REPORTER).url).expect("an officer")
	});
	let status = officers[0].person.run(&["council", "status"]).expect("what the council sees");
	assert_eq!(status["offenders"][0]["name"], GUILTY.name, "{status}");
	forgive(&officers).expect("the council forgives it");
	authors(&chain, &guilty.account, SOON).await.expect("it makes blocks again");

	for node in network.nodes.drain(..) {
		node.process.stop().expect("the node ends when asked");
	}
}
