//! Answering proposals and ending relationships, with the real binary.

mod support;

use medrec_primitives::RelationshipStatus;
use support::{
	code, stderr, stdout,
	world::{world, ALICE, MERCY},
};

#[tokio::test]
async fn what_was_proposed_is_accepted() {
	let world = world().await;
	world.chain.relate(22, ALICE, MERCY, RelationshipStatus::ProposedBySteward);
	let output = world.home.run(&["patient", "relationships"]).await;
	assert!(stdout(&output).contains("proposed to you"), "{}", stdout(&output));

	let done = world.home.json(&["patient", "accept", "22", "--yes"]).await;
	assert_eq!(done["relationship"], 22);
	let made = world.chain.lock().pool.blocks[0].hash;
	assert_eq!(done["blockHash"], format!("{made:?}"));
	assert_eq!(world.chain.lock().relationships[&22].status, RelationshipStatus::Active);

	let again = world.home.run(&["patient", "accept", "22", "--yes"]).await;
	assert_eq!(code(&again), 2);
	assert!(stderr(&again).contains("there is nothing to answer"), "{}", stderr(&again));
}

#[tokio::test]
async fn what_was_proposed_is_rejected() {
	let world = world().await;
	world.chain.relate(22, ALICE, MERCY, RelationshipStatus::ProposedBySteward);
	let output = world.home.run(&["patient", "reject", "22"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(stdout(&output), "Relationship 22 is rejected, in block 13.\n");
	assert!(!world.chain.lock().relationships.contains_key(&22));
}

#[tokio::test]
async fn own_proposals_are_not_answered() {
	let world = world().await;
	world.chain.relate(22, ALICE, MERCY, RelationshipStatus::ProposedByPatron);
	for answer in ["accept", "reject"] {
		let output = world.home.run(&["patient", answer, "22", "--yes"]).await;
		assert_eq!(code(&output), 2);
		assert!(stderr(&output).contains("the other side has to answer"), "{}", stderr(&output));
	}
	assert!(world.chain.lock().pool.blocks.is_empty());
}

#[tokio::test]
async fn an_active_relationship_is_ended_after_a_yes() {
	let world = world().await;
	let unanswered = world.home.run(&["patient", "end", "20"]).await;
	assert_eq!(code(&unanswered), 2);
	assert!(stderr(&unanswered).contains("End relationship 20 with Mercy Hospital?"));
	assert_eq!(world.chain.lock().relationships[&20].status, RelationshipStatus::Active);

	let output = world.home.run(&["patient", "end", "20", "--yes", "--wait", "final"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert!(stderr(&output).contains("waiting until it is final"), "{}", stderr(&output));
	assert_eq!(world.chain.lock().relationships[&20].status, RelationshipStatus::Ended);
	let again = world.home.run(&["patient", "end", "20", "--yes"]).await;
	assert_eq!(code(&again), 2);
}
