//! `medrec council`, with the real binary, as far as it changes nothing.

mod support;

use medrec_chain_client::rpc_api::{AuthorityInfo, MotionInfo, VoteInfo};
use medrec_primitives::{Majority, ParticipantId};
use medrec_protocol::{gatekeeper_key::GatekeeperSecret, identity::Seed};
use support::{
	chain::{Chain, BEST},
	code,
	node::Node,
	stderr, stdout,
	world::{LAKESIDE, MERCY, WORDS},
	Home,
};

/// A council of two, of which the first votes with the account of [`WORDS`].
async fn council() -> (Chain, Node, Home) {
	let chain = Chain::default();
	let own = Seed::from_phrase(WORDS).unwrap().provider(0).account_id();
	for (id, name) in [(MERCY, "Mercy Hospital"), (LAKESIDE, "Lakeside Clinic")] {
		let key = GatekeeperSecret::generate();
		chain.add_provider(id, name, "https://provider.example", &key);
		let mut state = chain.lock();
		let info = state.participants.get_mut(&id).unwrap();
		if id == MERCY {
			info.account = own.clone();
		}
		let account = info.account.clone();
		state.seats.push(AuthorityInfo { participant: id, account, name: name.to_owned() });
	}
	chain.lock().motions.push(MotionInfo {
		id: 3,
		proposer: LAKESIDE,
		// `authorities.remove_authority(1)`
		call: vec![23, 1, 4].into(),
		majority: Majority::MoreThanHalf,
		is_outdated: false,
		opened: 1,
		closes: BEST.number + 1_800,
		votes: vec![VoteInfo { participant: LAKESIDE, approve: true }],
	});
	let node = Node::start(&chain).await;
	let home = Home::new(&node.url);
	(chain, node, home)
}

#[tokio::test]
async fn anybody_sees_what_the_council_does() {
	let (_chain, _node, home) = council().await;
	let output = home.run(&["council", "status"]).await;
	assert_eq!(code(&output), 0, "{}", stderr(&output));
	assert_eq!(
		stdout(&output),
		"2 seats, at block 12.\n\n\
		 #3 remove Lakeside Clinic as an authority: 1 of 2 yes, closes in 1 h\n   \
		 Lakeside Clinic: yes; proposed by Lakeside Clinic\n   \
		 1 more to say yes: medrec council vote 3 yes\n"
	);
	let status = home.json(&["council", "status"]).await;
	let motion = &status["motions"][0];
	assert_eq!(motion["words"], "remove Lakeside Clinic as an authority");
	assert_eq!(motion["call"], "0x170104");
	assert_eq!((&motion["standing"], &motion["needed"]), (&"open".into(), &2.into()));
	assert_eq!(motion["closesIn"], 3_600_000);

	let members = home.run(&["council", "members"]).await;
	assert!(stdout(&members).contains("Mercy Hospital"), "{}", stdout(&members));
	let members = home.json(&["council", "members"]).await;
	assert_eq!(members[1]["participant"], 1);
}

#[tokio::test]
async fn who_holds_no_seat_is_told_so_and_asked_nothing() {
	let (chain, _node, home) = council().await;
	home.import("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong").await;
	for arguments in [
		&["council", "vote", "3", "yes"][..],
		&["council", "close", "3"],
		&["council", "rescind", "3"],
		&["council", "object", "1"],
		&["council", "propose", "minimum", "1"],
	] {
		let output = home.run(arguments).await;
		assert_eq!(code(&output), 3, "{arguments:?}: {}", stderr(&output));
		let said = stderr(&output);
		assert!(said.contains("holds no seat in the council: only providers"), "{said}");
		assert!(said.contains("`medrec council members` shows them"), "{said}");
	}
	assert_eq!(chain.lock().pool.blocks.len(), 0);
}

#[tokio::test]
async fn what_does_not_make_sense_is_2_and_sends_nothing() {
	let (chain, _node, home) = council().await;
	home.import(WORDS).await;
	let file = home.file("no.wasm", "#!/bin/sh");
	let file = file.to_str().unwrap();
	let key = format!("0x{}", "01".repeat(32));
	let certify = ["council", "propose", "certify"];
	let named = [&certify[..], &["--name", "Hillside Surgery"]].concat();
	let no_account = [
		&named[..],
		&["--endpoint", "https://hillside.example", "--encryption-key", &key],
		&["--gatekeeper-key", &key, "--account", "5Grw"],
	]
	.concat();
	let cases: &[(&[&str], &str)] = &[
		(&["council"], "Usage"),
		(&["council", "vote", "3", "perhaps"], "[possible values: yes, no]"),
		(&["council", "vote", "4", "yes"], "there is no open proposal #4"),
		(&["council", "close", "4"], "there is no open proposal #4"),
		(&["council", "object", "1"], "nothing that is decided of Lakeside Clinic waits"),
		(&["council", "propose", "suspend", "99"], "there is no participant 99"),
		(&["council", "propose", "add-authority", "99"], "participant 99 is no provider"),
		(&["council", "propose", "purposes", "insurer", "fun"], "`fun` is no purpose"),
		(&["council", "propose", "purposes", "robot", "none"], "[possible values: patient"),
		(&["council", "propose", "parameter", "luck", "7"], "[possible values: participant-quota"),
		(&["council", "propose", "parameter", "staleness-limit", "soon"], "`soon` is no duration"),
		(&["council", "propose", "session-length", "3s"], "are no whole blocks of 2 s"),
		(&["council", "propose", "upgrade", "--wasm", file], "is no code of a runtime"),
		(&["council", "propose", "note-stalled"], "--delay"),
		(&named, "--application"),
		(&no_account, "`5Grw` is no account in SS58"),
		(&["council", "propose", "certify", "--application", file], "it is no application"),
		(&["council", "vote", "3", "yes"], "nobody is there to answer; add --yes"),
	];
	for (arguments, text) in cases {
		let output = home.run(arguments).await;
		assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
		assert!(stderr(&output).contains(text), "{arguments:?}: {}", stderr(&output));
		assert!(stdout(&output).is_empty(), "{arguments:?}");
	}
	assert_eq!(chain.lock().pool.blocks.len(), 0);
}

/// What is asked is said in words before the answer counts.
#[tokio::test]
async fn a_question_shows_what_it_is_about() {
	let (_chain, _node, home) = council().await;
	home.import(WORDS).await;
	let vote = home.run(&["council", "vote", "3", "no"]).await;
	assert!(stderr(&vote).contains("#3 remove Lakeside Clinic as an authority: 1 of 2 yes"));
	let propose = home.run(&["council", "propose", "suspend", "1"]).await;
	let said = stderr(&propose);
	assert!(said.contains("suspend Lakeside Clinic (participant 1)"), "{said}");
	assert!(said.contains("takes effect at once if 2 have said yes"), "{said}");
	assert!(said.contains("Propose this as Mercy Hospital?"), "{said}");
	assert_eq!(code(&propose), 2);
}

#[tokio::test]
async fn what_cannot_be_is_not_sent() {
	let (chain, _node, home) = council().await;
	home.import(WORDS).await;
	let early = home.run(&["council", "close", "3", "--yes"]).await;
	assert_eq!(code(&early), 1);
	assert!(stderr(&early).contains("#3 cannot be closed yet: 1 of 2 yes, 0 no of 2 seats"));
	let others = home.run(&["council", "rescind", "3", "--yes"]).await;
	assert_eq!(code(&others), 3);
	assert!(stderr(&others).contains("#3 was proposed by Lakeside Clinic"));
	chain.lock().motions[0].closes = BEST.number;
	let late = home.run(&["council", "vote", "3", "yes", "--yes"]).await;
	assert_eq!(code(&late), 1);
	assert!(stderr(&late).contains("the time for #3 is over"), "{}", stderr(&late));
	assert_eq!(chain.lock().pool.blocks.len(), 0);
}

/// A number that a test names is the one that the mock has.
const _: () = assert!(MERCY == 0 as ParticipantId && LAKESIDE == 1);
