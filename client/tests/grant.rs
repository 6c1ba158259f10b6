//! Granting and sharing, with the real binary.

mod support;

use medrec_primitives::{RelationshipStatus, Tag};
use support::{
	code, stderr, stdout,
	world::{world, World, ALICE, MERCY},
};

const GRANT: [&str; 9] =
	["patient", "grant", "--to", "30", "--types", "medications", "--for", "1d", "--yes"];

fn grant(options: &[&'static str]) -> Vec<&'static str> {
	[GRANT.as_slice(), options].concat()
}

fn tags(world: &World, relationship: u64) -> Vec<Tag> {
	let state = world.chain.lock();
	let of = state.tags.keys().filter(|(of, _)| *of == relationship);
	of.map(|(_, tag)| *tag).collect()
}

#[tokio::test]
async fn a_grant_is_on_the_chain_and_its_opening_deposited() {
	let world = world().await;
	world.register_pharmacist();
	let made = world.home.json(&grant(&["--everywhere"])).await;
	for (at, relationship) in [(0, 20), (1, 21)] {
		let tag = tags(&world, relationship)[0];
		assert_eq!(made[at]["tag"], tag.to_string());
		assert_eq!(made[at]["deposited"], true);
		assert!(made[at]["block"].is_number() && made[at].get("problem").is_none());
	}
	assert_eq!(world.mercy.holdings().deposited[0].tag, tags(&world, 20)[0]);
	assert_eq!(world.lakeside.holdings().deposited[0].tag, tags(&world, 21)[0]);
}

#[tokio::test]
async fn what_may_have_happened_is_not_called_undone() {
	let world = world().await;
	world.register_pharmacist();
	world.chain.lock().pool.unreported = 1;
	let output = world.home.run(&grant(&["--everywhere"])).await;
	assert_eq!(code(&output), 4, "{}", stderr(&output));
	let shown = stdout(&output);
	assert!(
		shown.contains("Whether it is granted at Mercy Hospital (relationship 20) is not known"),
		"{shown}"
	);
	assert!(shown.contains("Granted at Lakeside Clinic (relationship 21)"), "{shown}");

	// It is; and it can be handed over as the text says.
	let tag = tags(&world, 20)[0].to_string();
	let command = shown.lines().find_map(|line| line.split_once("with: medrec ")).unwrap().1;
	let words: Vec<&str> = command.split(' ').collect();
	assert!(tag.starts_with(words[2]), "{command}: {tag}");
	assert!(world.mercy.holdings().deposited.is_empty());
	let output = world.home.run(&words).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(world.mercy.holdings().deposited[0].tag, tags(&world, 20)[0]);
}

#[tokio::test]
async fn what_took_effect_is_shown_although_another_failed() {
	let world = world().await;
	world.register_pharmacist();
	let alice = world.chain.lock().participants[&ALICE].account.clone();
	// The quota of her first identity is used up; the second has one of its own.
	world.chain.lock().pool.refusals.insert(alice, 5);
	let output = world.home.run(&grant(&["--everywhere"])).await;
	assert_eq!(code(&output), 4, "{}", stderr(&output));
	let shown = stdout(&output);
	assert!(shown.contains("Not granted at Mercy Hospital (relationship 20)"), "{shown}");
	assert!(shown.contains("Granted at Lakeside Clinic (relationship 21), in block 13"), "{shown}");
	assert!(
		stderr(&output).contains("medrec: grant at Mercy Hospital: the account's transactions"),
		"{}",
		stderr(&output)
	);
	assert!(tags(&world, 20).is_empty());
	assert_eq!(tags(&world, 21).len(), 1);
}

#[tokio::test]
async fn a_failed_deposit_keeps_its_cause_and_names_what_shares_the_grant() {
	let world = world().await;
	world.register_pharmacist();
	world.mercy.holdings().tampers = true;
	let output = world.home.run(&[&grant(&["--everywhere"])[..], &["--json"]].concat()).await;
	assert_eq!(code(&output), 1, "an answer that cannot be trusted is no passing trouble");
	let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(made[0]["deposited"], false);
	assert_eq!(made[1]["deposited"], true);
	let tag = tags(&world, 20)[0].to_string();
	let advice = format!("`medrec patient share {tag}`");
	let said = stderr(&output);
	assert!(said.contains(&advice) && said.contains("cannot be trusted"), "{said}");
	assert!(made[0]["problem"].as_str().unwrap().contains(&advice));

	// The advice works.
	world.mercy.holdings().tampers = false;
	world.mercy.holdings().deposited.clear();
	let output = world.home.run(&["patient", "share", &tag]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(world.mercy.holdings().deposited[0].tag.to_string(), tag);
}

#[tokio::test]
async fn only_the_active_relationship_with_a_provider_is_meant() {
	let world = world().await;
	world.register_pharmacist();
	// She was with Mercy Hospital before.
	world.chain.relate(19, ALICE, MERCY, RelationshipStatus::Ended);
	let made = world.home.json(&grant(&["--provider", "0"])).await;
	assert_eq!(made.as_array().unwrap().len(), 1);
	assert_eq!(made[0]["relationship"], 20);

	let named = world.home.run(&grant(&["--relationship", "19"])).await;
	assert_eq!(code(&named), 2);
	assert!(
		stderr(&named)
			.contains("relationship 19 is ended; a grant in it would have no effect; name"),
		"{}",
		stderr(&named)
	);

	world.chain.relate(20, ALICE, MERCY, RelationshipStatus::Ended);
	let none = world.home.run(&grant(&["--provider", "0"])).await;
	assert_eq!(code(&none), 2);
	assert!(stderr(&none).contains("medrec patient join CODE"), "{}", stderr(&none));
	assert!(tags(&world, 19).is_empty());
}

#[tokio::test]
async fn a_grant_is_handed_over_as_a_file() {
	let world = world().await;
	world.register_pharmacist();
	let made = world.home.json(&grant(&["--relationship", "20"])).await;
	let tag = made[0]["tag"].as_str().unwrap();
	let file = world.home.path().join("opening");
	let arguments = ["patient", "share", &tag[..14], "--out", file.to_str().unwrap()];
	let shared = world.home.json(&arguments).await;
	assert_eq!(shared["tag"], tag);
	let written = std::fs::read_to_string(&file).unwrap();
	assert_eq!(shared["opening"], written.trim());
}

#[tokio::test]
async fn a_narrowed_grant_deposits_its_signed_policy_and_a_new_device_finds_it() {
	let world = world().await;
	world.register_pharmacist();
	let narrowed = grant(&[
		"--relationship",
		"20",
		"--codes",
		"loinc|4548-4,urn:x|y",
		"--dates",
		"2026-01-01..2026-06-30",
	]);
	let output = world.home.run(&narrowed).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	let said = stderr(&output);
	assert!(said.contains("of them only records with one of the codes http://loinc.org|4548-4"));
	assert!(said.contains("2026-01-01 00:00 UTC on, before 2026-07-01 00:00 UTC"), "{said}");

	let copy = world.mercy.holdings().deposited[0].clone();
	let signed = copy.policy.unwrap();
	let account = world.chain.lock().participants[&ALICE].account.clone();
	assert_eq!(signed.verify(&account), Ok(()));
	let policy = &signed.policy;
	assert_eq!((policy.provider, policy.relationship, policy.grantee), (MERCY, 20, 30));
	assert_eq!((policy.version, policy.narrowing.codes.len()), (1, 2));

	// The next one for the same grantee is the next version.
	world.home.json(&grant(&["--relationship", "20", "--documents", "Observation/a1"])).await;
	let next = world.mercy.holdings().deposited[1].policy.clone().unwrap();
	assert_eq!(next.policy.version, 2);

	let device = support::Home::new(&world.home.node);
	device.import(support::world::WORDS).await;
	let found = device.json(&["patient", "grants", "--relationship", "20"]).await;
	let views = found["found"].as_array().unwrap();
	let of_first = views.iter().find(|view| view["tag"] == copy.tag.to_string()).unwrap();
	assert_eq!(of_first["policy"], policy.to_string());
	assert_eq!(of_first["terms"]["policy"], format!("{:?}", policy.hash()));
	let table = stdout(&device.run(&["patient", "grants"]).await);
	assert!(table.contains("narrowed by a policy"), "{table}");
}

#[tokio::test]
async fn a_policy_that_was_changed_at_the_provider_is_not_taken_for_hers() {
	let world = world().await;
	world.register_pharmacist();
	world.home.json(&grant(&["--relationship", "20", "--codes", "loinc|4548-4"])).await;
	{
		let mut holdings = world.mercy.holdings();
		let signed = holdings.deposited[0].policy.as_mut().unwrap();
		signed.policy.narrowing.codes = ["urn:x|y".parse().unwrap()].into();
	}
	let device = support::Home::new(&world.home.node);
	device.import(support::world::WORDS).await;
	let found = device.json(&["patient", "grants", "--relationship", "20"]).await;
	assert!(found["found"][0]["terms"]["policy"].is_string());
	assert!(found["found"][0].get("policy").is_none());
}

#[tokio::test]
async fn a_narrowing_that_makes_no_sense_is_refused_before_anything_is_sent() {
	let world = world().await;
	world.register_pharmacist();
	for options in
		[["--codes", "4548-4"], ["--dates", "2026-06-30..2026-01-01"], ["--documents", "a1"]]
	{
		let output =
			world.home.run(&grant(&["--relationship", "20", options[0], options[1]])).await;
		assert_eq!(code(&output), 2, "{options:?}: {}", stderr(&output));
	}
	assert!(tags(&world, 20).is_empty());
}
