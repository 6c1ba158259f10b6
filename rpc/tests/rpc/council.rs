//! `medrec_council`: what the council is doing, as the block's own runtime says it.

use codec::{DecodeAll, Encode};
use jsonrpsee::{core::client::ClientT, rpc_params};
use medrec_primitives::{AuthorityChange, Majority};
use medrec_rpc_api::{error::INTERNAL, MedrecApiClient, VoteInfo};
use medrec_runtime::{Runtime, RuntimeCall, VERSION};
use medrec_runtime_api::{Council, OpenMotion, Vote};
use pallet_authorities::{Offender, OffenderList, Offenders};
use pallet_council::Call;
use serde_json::{json, Value};
use sp_blockchain::HeaderBackend;
use sp_core::storage::well_known_keys::CODE;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};

use crate::{
	chain::Chain,
	fake_runtime::fake_medrec_runtime,
	server::{refusal, Running},
};

/// Blocks for which a motion is open, and for which a removal waits, on the preset `local`.
const MOTION_DURATION: u32 = 3 * 43_200;
const REMOVAL_DELAY: u32 = 30;

async fn ask(server: &Running) -> Value {
	server.http.request("medrec_council", rpc_params![]).await.unwrap()
}

fn removal(participant: u64) -> RuntimeCall {
	pallet_authorities::Call::remove_authority { participant }.into()
}

/// Build a block with these calls; of each provider one, or several that follow each other.
async fn block(chain: &mut Chain, calls: Vec<(Sr25519Keyring, u32, RuntimeCall)>) {
	let extrinsics = calls
		.into_iter()
		.map(|(provider, nonce, call)| chain.sign_as(provider, nonce, call))
		.collect();
	chain.extend(extrinsics).await;
}

fn propose(call: RuntimeCall) -> RuntimeCall {
	Call::propose { call: Box::new(call) }.into()
}

fn vote(motion: u32, approve: bool) -> RuntimeCall {
	Call::vote { motion, approve }.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_council_that_does_nothing_has_seats() {
	let chain = Chain::new();
	let server = Running::start(&chain).await;
	let found = ask(&server).await;
	assert_eq!(found["block"], json!({ "hash": chain.genesis(), "number": 0 }));
	assert_eq!(found["seats"].as_array().unwrap().len(), 4);
	assert_eq!(
		found["seats"][0],
		json!({
			"participant": 0,
			"account": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			"name": "Mercy Hospital",
		})
	);
	for list in ["motions", "changes", "offenders"] {
		assert_eq!(found[list], json!([]), "{list}");
	}
	assert_eq!(
		server.http.council().await.unwrap().seats,
		server.http.authorities().await.unwrap(),
		"the same providers"
	);
}

#[tokio::test(flavor = "multi_thread")]
async fn motions_changes_and_offenders_are_told() {
	let mut chain = Chain::new();
	let server = Running::start(&chain).await;
	let upgrade: RuntimeCall =
		frame_system::Call::authorize_upgrade { code_hash: [7; 32].into() }.into();
	block(
		&mut chain,
		vec![
			(Alice, 0, propose(removal(3))),
			(Bob, 0, propose(upgrade.clone())),
			(Charlie, 0, vote(0, true)),
			(Bob, 1, vote(0, false)),
			(Bob, 2, vote(0, true)),
			(Dave, 0, vote(1, false)),
		],
	)
	.await;

	let council = server.http.council().await.unwrap();
	let [first, second] = &council.motions[..] else { panic!("two motions: {council:?}") };
	assert_eq!((first.id, first.proposer, first.majority), (0, 0, Majority::MoreThanHalf));
	assert_eq!((first.opened, first.closes), (1, 1 + MOTION_DURATION));
	assert!(!first.is_outdated);
	assert_eq!(RuntimeCall::decode_all(&mut &first.call[..]).unwrap(), removal(3));
	let yes = |participant| VoteInfo { participant, approve: true };
	assert_eq!(first.votes, [yes(0), yes(2), yes(1)], "in the order of the first votes");
	assert_eq!((second.id, second.proposer, second.majority), (1, 1, Majority::TwoThirds));
	assert_eq!(second.call.0, upgrade.encode());
	assert_eq!(second.votes, [yes(1), VoteInfo { participant: 3, approve: false }]);

	// The removal is decided, and one of two that it takes objects.
	let object = pallet_authorities::Call::object { participant: 3 };
	let close = Call::close { motion: 0 };
	block(&mut chain, vec![(Alice, 1, close.into()), (Dave, 1, object.into())]).await;
	let council = server.http.council().await.unwrap();
	assert_eq!(council.motions.len(), 1, "{council:?}");
	let [change] = &council.changes[..] else { panic!("one change: {council:?}") };
	assert_eq!((change.participant, change.change), (3, AuthorityChange::Removal));
	assert_eq!((change.due, &change.objectors[..]), (2 + REMOVAL_DELAY, &[3][..]));
	assert_eq!(council.offenders, []);

	let offender =
		|participant, forgiven| Offender { participant, session: 5, reported: 2, forgiven };
	let offenders = vec![offender(1, None), offender(2, Some(6))];
	let offenders = OffenderList::<Runtime>::try_from(offenders).unwrap();
	let key = Offenders::<Runtime>::hashed_key().to_vec();
	chain.extend_with(vec![(key, Some(offenders.encode()))]).await;
	let found = ask(&server).await;
	assert_eq!(found["block"]["number"], json!(3));
	assert_eq!(
		found["offenders"],
		json!([
			{ "participant": 1, "session": 5, "reported": 2 },
			{ "participant": 2, "session": 5, "reported": 2, "forgiven": 6 },
		])
	);
	assert_eq!(
		found["motions"],
		json!([{
			"id": 1,
			"proposer": 1,
			"call": format!("0x0009{}", "07".repeat(32)),
			"majority": "twoThirds",
			"isOutdated": false,
			"opened": 1,
			"closes": 1 + MOTION_DURATION,
			"votes": [
				{ "participant": 1, "approve": true },
				{ "participant": 3, "approve": false },
			],
		}])
	);
	assert_eq!(
		found["changes"],
		json!([{
			"participant": 3,
			"change": "removal",
			"due": 2 + REMOVAL_DELAY,
			"objectors": [3],
		}])
	);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_motion_of_another_encoding_is_outdated() {
	let mut chain = Chain::new();
	let server = Running::start(&chain).await;
	block(&mut chain, vec![(Alice, 0, propose(removal(3)))]).await;
	let key = pallet_council::Motions::<Runtime>::hashed_key_for(0);
	let mut motion = pallet_council::Motion::<Runtime> {
		proposer: 0,
		call: removal(3).encode().try_into().unwrap(),
		majority: Majority::MoreThanHalf,
		transaction_version: VERSION.transaction_version,
		opened: 1,
		closes: 9,
		votes: Default::default(),
	};
	chain.extend_with(vec![(key.clone(), Some(motion.encode()))]).await;
	assert!(!server.http.council().await.unwrap().motions[0].is_outdated);
	motion.transaction_version += 1;
	chain.extend_with(vec![(key, Some(motion.encode()))]).await;
	let council = server.http.council().await.unwrap();
	assert!(council.motions[0].is_outdated);
	assert_eq!(council.motions[0].closes, 9, "and is not hidden once it is expired");
}

/// The block's code is asked, whatever this node knows of the state's layout.
#[tokio::test(flavor = "multi_thread")]
async fn the_blocks_own_code_answers() {
	let mut chain = Chain::new();
	let server = Running::start(&chain).await;
	let motion = OpenMotion {
		id: 77,
		proposer: 8,
		call: vec![1, 2, 3],
		majority: Majority::TwoThirds,
		is_outdated: true,
		opened: 4,
		closes: 5,
		votes: vec![Vote { participant: 9, approve: false }],
	};
	let fake = Council { motions: vec![motion], ..Default::default() };
	let code = |answers: &[(&str, Vec<u8>)]| {
		let code = fake_medrec_runtime("medrec", VERSION.spec_version, answers);
		vec![(CODE.to_vec(), Some(code))]
	};
	chain.extend_with(code(&[("MedrecApi_council", fake.encode())])).await;
	let council = server.http.council().await.unwrap();
	assert_eq!(council.block.hash, chain.client.info().best_hash);
	assert_eq!((council.motions[0].id, &council.motions[0].call[..]), (77, &[1, 2, 3][..]));
	assert_eq!(council.seats, []);
}

/// A runtime of before has no such function.
#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_that_does_not_know_the_question_is_no_crash() {
	let mut chain = Chain::new();
	let server = Running::start(&chain).await;
	let code = fake_medrec_runtime("medrec", VERSION.spec_version, &[]);
	chain.extend_with(vec![(CODE.to_vec(), Some(code))]).await;
	assert_eq!(refusal(server.http.council().await.unwrap_err()).0, INTERNAL);
}
