//! The gatekeeper's key is changed: its log goes on, and what the old key signed still counts.

use crate::support::{
	client::Ask,
	world::{World, ALICE, ALICE_AT_MERCY},
};
use medrec_gatekeeper::{
	audit::{verify, Evidence, LogKeys, Misfit, VerifyError},
	config::Config,
	keys,
	server::open_store,
};
use medrec_primitives::Purpose;
use medrec_protocol::checkpoint::Checkpoint;

async fn read(world: &World) -> Evidence {
	let alice = world.client(ALICE);
	let ask = Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Personal);
	let (response, verified) = alice.ask(&ask).await;
	assert_eq!(response.status, 200, "{response:?}");
	let ask = Ask { relationship: None, ..Ask::get("/v1/checkpoint", 0, Purpose::Personal) };
	let (response, _) = alice.ask(&ask).await;
	let checkpoint: Checkpoint = serde_json::from_slice(&response.body).unwrap();
	Evidence { checkpoints: vec![checkpoint], receipts: verified.receipt.into_iter().collect() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_goes_on_with_the_log() {
	let world = World::start().await;
	let genesis = world.gatekeeper.genesis;
	let (former, before) = (world.gatekeeper.key.public(), read(&world).await);

	let fresh = world.config.gatekeeper_key_file.with_extension("new");
	keys::generate(&fresh).unwrap();
	let unprepared = Config { gatekeeper_key_file: fresh.clone(), ..world.config.clone() };
	let refused = open_store(&unprepared).await.unwrap_err().to_string();
	assert!(refused.contains("former_gatekeeper_keys"), "{refused}");
	let configure = |config: &mut Config| {
		config.gatekeeper_key_file = fresh;
		config.former_gatekeeper_keys = vec![former];
	};
	let world = world.restart_with(configure).await;

	let own = world.gatekeeper.key.public();
	assert_ne!(own, former);
	let after = read(&world).await;
	let signed_by = |evidence: &Evidence, key| {
		evidence.receipts.iter().all(|receipt| receipt.verify(&genesis, key))
			&& evidence.checkpoints.iter().all(|checkpoint| checkpoint.verify(&genesis, key))
	};
	assert!(signed_by(&before, &former) && signed_by(&after, &own));
	let evidence = Evidence {
		checkpoints: [before.checkpoints, after.checkpoints].concat(),
		receipts: [before.receipts, after.receipts].concat(),
	};
	world.gatekeeper.audit.verify(&evidence).await.unwrap();
	let only_new = LogKeys { public: vec![own], ..world.gatekeeper.audit.keys().clone() };
	let forgotten = verify(&world.gatekeeper.store, &only_new, &Evidence::default()).await;
	assert!(
		matches!(forgotten, Err(VerifyError::Misfit(Misfit::CheckpointChanged { .. }))),
		"{forgotten:?}"
	);

	// A second start with the new key has nothing to log.
	let entries = world.gatekeeper.audit.verify(&evidence).await.unwrap().entries;
	let world = world.restart().await;
	assert_eq!(world.gatekeeper.audit.verify(&evidence).await.unwrap().entries, entries);
	world.stop().await;
}
