//! The council of the four providers, through the command line: votes, changes of votes, what fails and
//! stays open, what is called off.

use std::{fs, path::Path, process::Command, thread};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::ChainClient;
use medrec_protocol::{application::Application, identity::Seed};
use medrec_tests::{
	network::Network, officer::Officer, person::Person, programs, provider::PROVIDERS,
};
use serde_json::Value;
use sp_crypto_hashing::twox_128;

/// The council, all of whose members ask one node: what one did, the next one sees.
struct Council {
	members: Vec<Officer>,
	node: String,
	chain: ChainClient,
}

impl Council {
	fn status(&self) -> Result<Value> {
		self.members[0].person.run(&["council", "status"])
	}

	/// As people see it.
	fn status_in_words(&self) -> Result<String> {
		let output = Command::new(programs::find("medrec")?)
			.args(["--node", &self.node, "council", "status"])
			.output()?;
		ensure!(output.status.success(), "{output:?}");
		Ok(String::from_utf8(output.stdout)?)
	}

	/// The first proposes; the next two approve at the same time. Gives the motion's number.
	fn carried(&self, proposal: &[&str]) -> Result<String> {
		let proposed = self.members[0].council(&[&["propose"][..], proposal].concat())?;
		let id = proposed["motion"]["id"].to_string();
		let vote = ["vote", &id, "yes"];
		thread::scope(|scope| {
			let votes: Vec<_> = self.members[1..3]
				.iter()
				.map(|member| scope.spawn(move || member.council(&vote)))
				.collect();
			votes.into_iter().try_for_each(|vote| vote.join().expect("it votes").map(drop))
		})?;
		let status = self.status()?;
		ensure!(status["motions"][0]["standing"] == "carried", "{status}");
		Ok(id)
	}

	/// A number that a pallet stores.
	async fn stored(&self, pallet: &str, item: &str) -> Result<Value> {
		let key = [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat();
		let key = format!("0x{}", hex::encode(key));
		Ok(self.chain.request("state_getStorage", vec![key.into()]).await?)
	}
}

async fn votes_are_changed_and_counted(council: &Council) -> Result<()> {
	let [mercy, lakeside, northgate, harbour] = &council.members[..] else { unreachable!("four") };
	let proposed = mercy.council(&["propose", "minimum", "3"])?;
	ensure!(proposed["motion"]["id"] == 0, "{proposed}");
	ensure!(proposed["motion"]["words"] == "keep at least 3 authorities", "{proposed}");

	let voted = lakeside.council(&["vote", "0", "no"])?;
	ensure!(voted["motion"]["no"] == 1, "{voted}");
	let words = council.status_in_words()?;
	for line in [
		"4 seats, at block ",
		"#0 keep at least 3 authorities: 1 of 3 yes, closes in 2 d 23 h",
		"   Mercy Hospital: yes, Lakeside Clinic: no; proposed by Mercy Hospital",
		"   2 more to say yes: medrec council vote 0 yes",
	] {
		ensure!(words.contains(line), "no `{line}` in:\n{words}");
	}
	let voted = lakeside.council(&["vote", "0", "yes"])?;
	ensure!(voted["motion"]["yes"] == 2 && voted["motion"]["no"] == 0, "{voted}");
	let again = lakeside.fails(&["vote", "0", "yes"], 1)?;
	ensure!(again.contains("VoteUnchanged"), "{again}");
	let early = mercy.fails(&["close", "0"], 1)?;
	ensure!(early.contains("#0 cannot be closed yet: 2 of 3 yes"), "{early}");

	let voted = northgate.council(&["vote", "0", "yes"])?;
	ensure!(voted["motion"]["standing"] == "carried", "{voted}");
	let closed = harbour.council(&["close", "0"])?;
	ensure!(closed["outcome"] == "enacted", "{closed}");
	let minimum = council.stored("Authorities", "MinimumAuthorities").await?;
	ensure!(minimum == "0x03000000", "{minimum}");
	let motions = council.status()?["motions"].clone();
	ensure!(motions == serde_json::json!([]), "{motions}");
	Ok(())
}

fn who_proposed_takes_back(council: &Council) -> Result<()> {
	let [mercy, lakeside, ..] = &council.members[..] else { unreachable!("four") };
	let proposed = lakeside.council(&["propose", "parameter", "motion-duration", "5days"])?;
	ensure!(
		proposed["motion"]["words"] == "set the parameter motion-duration to 5 d (216000 blocks)",
		"{proposed}"
	);
	let refused = mercy.fails(&["rescind", "1"], 3)?;
	ensure!(refused.contains("#1 was proposed by Lakeside Clinic"), "{refused}");
	lakeside.council(&["rescind", "1"])?;
	let gone = mercy.fails(&["vote", "1", "yes"], 2)?;
	ensure!(gone.contains("there is no open proposal #1"), "{gone}");
	// The chain has limits of its own.
	let absurd = lakeside.fails(&["propose", "parameter", "participant-quota", "1"], 1)?;
	ensure!(absurd.contains("ValueOutOfRange"), "{absurd}");
	Ok(())
}

/// A provider is admitted on its application. It has no seat, and gets none before it has session keys.
async fn a_provider_is_admitted(council: &Council, folder: &Path) -> Result<()> {
	let hillside = Person::new("hillside", folder, &council.node)?;
	let key = hillside.run(&["key", "new"])?;
	let identity = Seed::from_phrase(key["words"].as_str().context("12 words")?)?.provider(0);
	let application = Application::sign(
		&identity.account_key,
		council.chain.genesis(),
		"Hillside Surgery",
		"https://hillside.example",
		identity.encryption_key(),
		[7; 32],
	);
	let file = hillside.file("application.json").display().to_string();
	fs::write(&file, serde_json::to_string(&application)?)?;

	let stranger = hillside.denied(&["council", "propose", "minimum", "1"])?;
	ensure!(stranger.contains("holds no seat in the council"), "{stranger}");
	let id = council.carried(&["certify", "--application", &file])?;
	let closed = council.members[3].council(&["close", &id])?;
	ensure!(
		closed["words"] == "certify Hillside Surgery at https://hillside.example"
			&& closed["outcome"] == "enacted",
		"{closed}"
	);
	let admitted = council.chain.participant_of(identity.account_id()).await?;
	let provider = admitted.context("it is on the chain")?.provider.context("as a provider")?;
	ensure!(provider.name == "Hillside Surgery", "{provider:?}");
	ensure!(provider.gatekeeper_key.0 == [7; 32], "{provider:?}");

	let id = council.carried(&["add-authority", "4"])?;
	let seatless = hillside.denied(&["council", "vote", &id, "no"])?;
	ensure!(seatless.contains("only providers that hold authority decide"), "{seatless}");
	let failed = council.members[0].fails(&["close", &id], 1)?;
	ensure!(
		failed.contains("SessionKeysAbsent")
			&& failed.contains(&format!("#{id} stays open for another 2 d 23 h")),
		"{failed}"
	);
	council.members[0].council(&["rescind", &id])?;
	Ok(())
}

fn a_removal_is_called_off(council: &Council) -> Result<()> {
	let [_, lakeside, _, harbour] = &council.members[..] else { unreachable!("four") };
	let id = council.carried(&["remove-authority", "3"])?;
	let closed = harbour.council(&["close", &id])?;
	ensure!(closed["waits"]["words"] == "remove Harbour Practice as an authority", "{closed}");
	let words = council.status_in_words()?;
	ensure!(
		words.contains("remove Harbour Practice as an authority: takes effect in ")
			&& words.contains("to object: medrec council object 3"),
		"{words}"
	);
	let objected = harbour.council(&["object", "3"])?;
	ensure!(objected["isCalledOff"] == false && objected["needed"] == 2, "{objected}");
	let objected = lakeside.council(&["object", "3"])?;
	ensure!(objected["isCalledOff"] == true, "{objected}");
	let status = council.status()?;
	ensure!(status["changes"] == serde_json::json!([]), "{status}");
	let again = harbour.fails(&["object", "3"], 2)?;
	ensure!(again.contains("nothing that is decided of Harbour Practice waits"), "{again}");
	Ok(())
}

#[tokio::test]
async fn providers_decide_by_vote() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let mut network = Network::start(folder.path()).await.expect("four nodes");
	let node = network.nodes[0].url.clone();
	let members = PROVIDERS.map(|it| Officer::new(it, folder.path(), &node).expect("a folder"));
	let chain = network.nodes[0].chain().await.expect("the node answers");
	let council = Council { members: members.into(), node, chain };

	let seats = council.members[0].person.run(&["council", "members"]).expect("the members");
	for (member, seat) in council.members.iter().zip(seats.as_array().expect("a list")) {
		assert_eq!(seat["name"], member.provider.name);
	}
	votes_are_changed_and_counted(&council).await.expect("a vote");
	who_proposed_takes_back(&council).expect("a proposal is taken back");
	a_provider_is_admitted(&council, folder.path()).await.expect("an admission");
	a_removal_is_called_off(&council).expect("a removal is called off");
	for node in network.nodes.drain(..) {
		node.process.stop().expect("the node ends when asked");
	}
}
