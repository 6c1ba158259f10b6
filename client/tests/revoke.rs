//! Taking grants back, with the real binary.

mod support;

use medrec_primitives::{RelationshipStatus, Tag};
use support::{
	code, stderr, stdout,
	world::{world, World, PHARMACIST},
};

const SOMEBODY: u64 = 31;

/// Tags of a JSON list of what was revoked, and whether each was gone already.
fn revoked(output: &std::process::Output) -> Vec<(String, bool)> {
	let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
	let mut revoked: Vec<_> = list
		.as_array()
		.unwrap()
		.iter()
		.map(|one| (one["tag"].as_str().unwrap().to_owned(), one.get("block").is_none()))
		.collect();
	revoked.sort();
	revoked
}

fn tags_left(world: &World) -> Vec<Tag> {
	world.chain.lock().tags.keys().map(|(_, tag)| *tag).collect()
}

fn sorted(tags: impl IntoIterator<Item = (Tag, bool)>) -> Vec<(String, bool)> {
	let mut tags: Vec<_> = tags.into_iter().map(|(tag, gone)| (tag.to_string(), gone)).collect();
	tags.sort();
	tags
}

#[tokio::test]
async fn all_are_submitted_before_any_is_waited_for_at_most_eight_at_a_time() {
	let world = world().await;
	for salt in 0..10 {
		world.grant(20, PHARMACIST, salt);
	}
	// A block is made only when so many wait: who waits for each gets none.
	world.chain.lock().pool.block_sizes = [8, 2].into();
	let output = world.home.run(&["patient", "revoke", "--all", "--yes", "--json"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(revoked(&output).len(), 10);
	assert!(revoked(&output).iter().all(|(_, gone)| !gone));
	assert!(tags_left(&world).is_empty());
	assert_eq!(world.chain.lock().pool.most_waiting, 8);
	assert_eq!(world.chain.lock().pool.blocks.len(), 2);
}

#[tokio::test]
async fn one_that_is_gone_when_its_turn_comes_counts_as_revoked() {
	let world = world().await;
	let tags =
		[1, 2, 3].map(|salt| world.grant(20, PHARMACIST, salt).tag(&support::chain::GENESIS, 20));
	world.chain.lock().pool.vanishing.insert(tags[1]);
	world.chain.lock().pool.block_sizes = [3].into();
	let output = world.home.run(&["patient", "revoke", "--all", "--yes", "--json"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(revoked(&output), sorted([(tags[0], false), (tags[1], true), (tags[2], false)]));
	assert!(tags_left(&world).is_empty());
}

#[tokio::test]
async fn a_failure_keeps_no_other_from_being_revoked() {
	let world = world().await;
	world.grant(20, PHARMACIST, 1);
	let second = world.grant(21, PHARMACIST, 2).tag(&support::chain::GENESIS, 21);
	let account = world.chain.lock().participants[&10].account.clone();
	world.chain.lock().pool.refusals.insert(account, 4);
	let output = world.home.run(&["patient", "revoke", "--all", "--yes", "--json"]).await;
	assert_eq!(code(&output), 3, "{}", stderr(&output));
	assert_eq!(revoked(&output), sorted([(second, false)]));
	assert!(
		stderr(&output).contains("its participant moved to another key"),
		"{}",
		stderr(&output)
	);
	assert_eq!(tags_left(&world).len(), 1);
}

#[tokio::test]
async fn what_another_transaction_got_in_the_way_of_is_submitted_again() {
	let world = world().await;
	for salt in 1..=3 {
		world.grant(20, PHARMACIST, salt);
	}
	world.chain.lock().pool.invalid = 2;
	let output = world.home.run(&["patient", "revoke", "--all", "--yes", "--json"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(revoked(&output).len(), 3);

	// Not for ever.
	world.grant(20, PHARMACIST, 4);
	world.chain.lock().pool.invalid = 100;
	let output = world.home.run(&["patient", "revoke", "--all", "--yes", "--json"]).await;
	assert_eq!(code(&output), 1, "{}", stderr(&output));
	assert!(revoked(&output).is_empty());
	assert_eq!(world.chain.lock().pool.invalid, 97);
}

#[tokio::test]
async fn it_goes_before_what_waits() {
	let world = world().await;
	world.register_pharmacist();
	let tag = world.grant(20, PHARMACIST, 1).tag(&support::chain::GENESIS, 20);
	// No block is made for the new grant alone.
	world.chain.lock().pool.block_sizes = [2].into();
	let grant = world.home.run(&[
		"patient",
		"grant",
		"--relationship",
		"20",
		"--to",
		"30",
		"--types",
		"medications",
		"--for",
		"1d",
		"--yes",
	]);
	let revoke = async {
		world.chain.until(|state| state.pool.waiting_now() == 1).await;
		world.chain.lock().pool.block_sizes = [1].into();
		world.home.run(&["patient", "revoke", &tag.to_string(), "--yes", "--json"]).await
	};
	let (grant, output) = tokio::join!(grant, revoke);
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(revoked(&output), sorted([(tag, false)]));
	// The new grant lost its place and says so; it is nowhere on the chain.
	assert_eq!(code(&grant), 1, "{}", stderr(&grant));
	assert!(stderr(&grant).contains("took the place of this one"), "{}", stderr(&grant));
	assert!(tags_left(&world).is_empty());
}

#[tokio::test]
async fn all_to_one_participant() {
	let world = world().await;
	let his = world.grant_deposited(&world.mercy, 20, PHARMACIST, 1);
	let hers = world.grant_deposited(&world.lakeside, 21, SOMEBODY, 2);
	let output = world.home.run(&["patient", "revoke", "--to", "30", "--yes"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(stdout(&output), format!("Revoked {}, from block 13 on.\n", &his.to_string()[..14]));
	assert_eq!(tags_left(&world), [hers]);

	let again = world.home.run(&["patient", "revoke", "--to", "30", "--yes"]).await;
	assert_eq!(code(&again), 0);
	assert_eq!(stdout(&again), "Nothing was revoked.\n");
}

#[tokio::test]
async fn grants_to_somebody_unknown_are_not_passed_over_in_silence() {
	let world = world().await;
	let his = world.grant_deposited(&world.mercy, 20, PHARMACIST, 1);
	let unknown = world.grant(20, PHARMACIST, 2).tag(&support::chain::GENESIS, 20);
	let output = world.home.run(&["patient", "revoke", "--to", "30", "--yes", "--json"]).await;
	assert_eq!(code(&output), 1, "{}", stderr(&output));
	assert_eq!(revoked(&output), sorted([(his, false)]));
	let said = stderr(&output);
	assert!(said.contains("1 grant whose grantee is unknown remains; "), "{said}");
	assert!(said.contains("`medrec patient revoke --all` or its tag"), "{said}");
	assert_eq!(tags_left(&world), [unknown]);

	// Where the provider that may know was not asked, asking later may help.
	world.mercy.holdings().tampers = true;
	let output = world.home.run(&["patient", "revoke", "--to", "30", "--yes"]).await;
	assert_eq!(code(&output), 4, "{}", stderr(&output));
	assert!(stderr(&output).contains("the answer of Mercy Hospital cannot be trusted"));
	assert_eq!(stdout(&output), "Nothing was revoked.\n");
	assert_eq!(tags_left(&world), [unknown]);
}

#[tokio::test]
async fn named_ones_that_are_gone_are_done_and_those_never_made_an_error() {
	let world = world().await;
	let known = world.grant_deposited(&world.mercy, 20, PHARMACIST, 1);
	let other = world.grant(20, PHARMACIST, 2).tag(&support::chain::GENESIS, 20);
	// This device learns what the first says.
	world.home.json(&["patient", "grants"]).await;
	world.chain.lock().tags.remove(&(20, known));

	let (known_text, other_text) = (known.to_string(), other.to_string());
	let output = world
		.home
		.run(&["patient", "revoke", &known_text, "0xdeadbeef", &other_text[..14], &other_text])
		.await;
	assert_eq!(code(&output), 2, "{}", stderr(&output));
	let shown = stdout(&output);
	assert!(shown.contains(&format!("{} was gone already.\n", &known_text[..14])), "{shown}");
	assert!(
		shown.contains(&format!("Revoked {}, from block 13 on.\n", &other_text[..14])),
		"{shown}"
	);
	assert_eq!(shown.lines().count(), 2, "{shown}");
	assert!(
		stderr(&output).contains("none of your relationships has the grant 0xdeadbeef"),
		"{}",
		stderr(&output)
	);
	assert!(tags_left(&world).is_empty());
}

#[tokio::test]
async fn grants_of_an_ended_relationship_are_revoked_too_and_finality_awaited() {
	let world = world().await;
	world.grant(20, PHARMACIST, 1);
	world.chain.relate(20, 10, 0, RelationshipStatus::Ended);
	let output = world
		.home
		.run(&["patient", "revoke", "--all", "--yes", "--relationship", "20", "--wait", "final"])
		.await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert!(stderr(&output).contains("revoke: waiting until it is final"), "{}", stderr(&output));
	assert!(tags_left(&world).is_empty());
}
