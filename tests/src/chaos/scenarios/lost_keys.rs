//! The keys of three of seven authorities are lost: finality stands still, and no restart heals that. The
//! council brings it back as docs/deployment.md says ("A third of the authorities or more lost for good"),
//! with the commands that it names.

use std::{
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::ChainClient;
use medrec_primitives::{AccessRequest, ParticipantId, Purpose};
use serde_json::Value;

use super::{SLACK, SOON, STALENESS};
use crate::{
	authorship::authors,
	chaos::{
		fleet::{seconds, Fleet},
		machine::Machine,
		reading::{Answer, Watch},
		report::Report,
	},
	json::list,
	light_client::{Installed, LightClient, Start, Verdict},
	officer::Officer,
	wait::until,
};

/// Whose nodes are lost, with their keys. The first comes back when all is over, the others before.
const LOST: [usize; 3] = [4, 5, 6];

/// The authorities that are left.
const LEFT: [usize; 4] = [0, 1, 2, 3];

/// All nodes that are left; the last is no authority's.
const RUNNING: [usize; 5] = [0, 1, 2, 3, 7];

/// The machine that light clients run on. Its own node is no authority's, and becomes a checkpoint.
const LIGHT: usize = 7;

/// How long it is watched that finality stands still.
const STILL: Duration = Duration::from_secs(45);

/// How long a step of the procedure may take that waits for sessions: the time for objections is 30 blocks, a
/// session 10, and with three of seven slots missed a block takes 3.5 s.
const STEP: Duration = Duration::from_secs(400);

/// How long the new authorities wait before they take over.
const DELAY: &str = "1min";

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let watch = fleet.machines[0].watch_patient(&fleet.machines[0].url());
	watch.wait_for(Instant::now(), SOON, |answer| *answer == Answer::Served).await?;
	let folder = tempfile::tempdir()?;
	let mut lights = Lights::new(fleet, folder.path()).await?;
	let stalled_at = lose(fleet, &watch, report).await?;
	restart(fleet, stalled_at, report).await?;

	let council = Council::new(fleet, folder.path()).await?;
	let start = Instant::now();
	vote_out(&council, report).await?;
	go_on(fleet, &council, &watch, stalled_at, report).await?;
	report.note(&format!("from the first vote to finality: {}", seconds(start)));
	lights.go_on(fleet, stalled_at, report).await?;
	come_back(fleet, &council, folder.path(), report).await
}

/// A patient's light clients. They ask what she may see, her own records.
struct Lights {
	installed: Installed,
	folder: PathBuf,
	question: AccessRequest,
	/// Follows the chain since before anything was lost.
	before: LightClient,
}

impl Lights {
	async fn new(fleet: &Fleet, folder: &Path) -> Result<Self> {
		let machine = &fleet.machines[LIGHT];
		let installed = Installed::install(folder)?;
		let start = Start::at_genesis(machine.chain()).await?;
		let left = &machine.bootnodes()[..LEFT.len()];
		let mut before =
			LightClient::start(&installed, "before", &machine.host, folder, &start, left)?;
		before.finalizes(1, SOON).await?;
		let question = AccessRequest {
			actor: fleet.machines[0].identity,
			on_behalf_of: fleet.machines[0].identity,
			relationship: fleet.machines[0].relationship,
			opening: None,
			purpose: Purpose::Personal,
		};
		let verdict = before.check_access(&question).await?;
		ensure!(is_allowed(&verdict), "while all is well: {verdict:?}");
		Ok(Self { installed, folder: folder.to_owned(), question, before })
	}

	/// Finality goes on: not for a light client that knows the former authorities, but from a checkpoint.
	async fn go_on(
		&mut self,
		fleet: &mut Fleet,
		stalled_at: u32,
		report: &mut Report,
	) -> Result<()> {
		let stale = async {
			let verdict = self.before.check_access(&self.question).await?;
			let known = self.before.status().await?.finalized.map_or(0, |block| block.number);
			ensure!(known <= stalled_at, "block {known} is final for it");
			ensure!(!matches!(verdict, Verdict::Decided(_)), "{verdict:?}");
			Ok(format!("block {known} is the last that is final for it"))
		};
		report.promise(
			"a light client that followed from before the loss",
			"it believes nobody that finality goes on, and decides nothing",
			stale.await,
		);
		let goes_on = self.start_at_checkpoint(fleet).await;
		report.promise(
			"a light client starts at a checkpoint of a node that followed",
			"it follows finality and decides",
			goes_on,
		);
		Ok(())
	}

	async fn start_at_checkpoint(&self, fleet: &mut Fleet) -> Result<String> {
		let machine = &mut fleet.machines[LIGHT];
		machine.stop_node()?;
		let start = Start::at_last_final_block(machine.chain(), &machine.node_folder()).await?;
		machine.start_node().await?;
		let machine = &fleet.machines[LIGHT];
		let left = &machine.bootnodes()[..LEFT.len()];
		let (installed, folder) = (&self.installed, &self.folder);
		let mut light =
			LightClient::start(installed, "checkpoint", &machine.host, folder, &start, left)?;
		let block = light.finalizes(fleet.observer.highest() + 1, SOON).await?;
		let verdict = light.check_access(&self.question).await?;
		ensure!(is_allowed(&verdict), "{verdict:?}");
		light.stop().await?;
		Ok(format!("it knows block {} as final, and that she may see her records", block.number))
	}
}

fn is_allowed(verdict: &Verdict) -> bool {
	matches!(verdict, Verdict::Decided(decision) if decision.is_allowed())
}

/// Three nodes are gone, with their keys. Gives the last block that is final.
async fn lose(fleet: &mut Fleet, watch: &Watch, report: &mut Report) -> Result<u32> {
	let done = "the machines of three of seven authorities are lost, with their keys";
	for at in LOST {
		fleet.machines[at].kill_node()?;
		fleet.machines[at].lose_node()?;
	}
	let lost = Instant::now();
	let refused = async {
		let first = watch.wait_for(lost, SOON, |answer| *answer != Answer::Served).await?;
		// The last block to become final may do so shortly after.
		let limit = lost + STALENESS + SLACK + SLACK;
		let wait = limit.saturating_duration_since(Instant::now()) + SOON;
		let again = watch.wait_for(limit, wait, |answer| *answer != Answer::Served).await?;
		let checked = watch.never_served(limit, again + Duration::from_secs(1))?;
		let took = (first - lost).as_secs_f64();
		Ok(format!("first refused after {took:.0} s; {checked} asked after the limit, none served"))
	};
	report.promise(done, "gatekeepers refuse within the staleness limit (30 s)", refused.await);
	let stalled_at = fleet.observer.highest();
	report.promise(done, "finality stops", still(fleet, stalled_at).await);
	Ok(stalled_at)
}

/// Nothing becomes final for a while.
async fn still(fleet: &Fleet, at: u32) -> Result<String> {
	tokio::time::sleep(STILL).await;
	let now = fleet.observer.highest();
	ensure!(now == at, "block {now} became final, after {at}");
	Ok(format!("at block {at}, for {} s", STILL.as_secs()))
}

/// All that are left are restarted, and two of the lost machines come back empty.
async fn restart(fleet: &mut Fleet, stalled_at: u32, report: &mut Report) -> Result<()> {
	for at in RUNNING {
		fleet.machines[at].stop_node()?;
	}
	fleet.start_nodes(&RUNNING).await?;
	for at in &LOST[1..] {
		fleet.machines[*at].start_node_without_keys().await?;
	}
	let seen = still(fleet, stalled_at).await;
	report.promise(
		"all that are left restarted, two of the lost machines started anew, without their keys",
		"that heals nothing",
		seen,
	);
	Ok(())
}

/// The officers of those who are left, who all ask one node.
struct Council {
	officers: Vec<Officer>,
	chain: ChainClient,
	lost: [ParticipantId; 3],
}

impl Council {
	async fn new(fleet: &Fleet, folder: &Path) -> Result<Self> {
		let url = fleet.machines[0].url();
		let officers = LEFT.map(|at| Officer::new(fleet.machines[at].provider, folder, &url));
		let chain = ChainClient::connect(&url).await?;
		let lost = LOST.map(|at| fleet.machines[at].provider.participant);
		Ok(Self { officers: officers.into_iter().collect::<Result<_>>()?, chain, lost })
	}

	/// The first proposes, so many of the others vote for it, the first closes. Gives what came of it.
	fn decide(&self, proposal: &[&str], others: usize) -> Result<Value> {
		let (first, rest) = self.officers.split_first().context("somebody proposes")?;
		let proposed = first.council(&[&["propose"][..], proposal].concat())?;
		let id = proposed["motion"]["id"].to_string();
		for officer in rest.iter().take(others) {
			officer.council(&["vote", &id, "yes"])?;
		}
		let closed = first.council(&["close", &id])?;
		ensure!(closed["outcome"] == "enacted", "{proposal:?}: {closed}");
		Ok(closed)
	}

	fn status(&self) -> Result<Value> {
		self.officers[0].person.run(&["council", "status"])
	}
}

/// The lost ones are voted out.
async fn vote_out(council: &Council, report: &mut Report) -> Result<()> {
	let done = "the lost authorities are voted out by the four that are left";
	let start = Instant::now();
	for participant in council.lost {
		let closed = council.decide(&["remove-authority", &participant.to_string()], 3)?;
		ensure!(closed["waits"]["participant"] == participant, "{closed}");
	}
	let early = council.officers[0].fails(&["propose", "note-stalled", "--delay", DELAY], 1);
	report.promise(
		done,
		"nobody proposes to go on while the lost ones are still of the set",
		early.and_then(|said| {
			ensure!(said.contains("has not taken effect yet"), "{said}");
			Ok("the command line says that their removal has not taken effect yet".to_owned())
		}),
	);
	let gone = until("four seats, and nobody else who validates next", STEP, async || {
		let status = council.status()?;
		let (seats, changes) = (list(&status, "/seats")?.len(), list(&status, "/changes")?.len());
		let validators = council.chain.validators().await?;
		let next = validators.queued.len();
		ensure!(
			seats == 4 && changes == 0 && next == 4,
			"{seats} seats, {changes} wait, {next} next"
		);
		Ok(Some(()))
	})
	.await;
	report.promise(
		done,
		"they lose their seats after the time for objections, without finality",
		gone.map(|()| format!("four seats, and four validate next, after {}", seconds(start))),
	);
	Ok(())
}

/// Two thirds of those who are left have finality go on.
async fn go_on(
	fleet: &Fleet,
	council: &Council,
	watch: &Watch,
	stalled_at: u32,
	report: &mut Report,
) -> Result<()> {
	let done = "two thirds of the four note that finality has stalled";
	let start = Instant::now();
	council.decide(&["note-stalled", "--delay", DELAY], 2)?;
	let went_on = fleet.observer.reach(&RUNNING, stalled_at + 1, STEP).await;
	report.promise(
		done,
		"finality goes on, and nobody restarts anything",
		went_on.map(|_| format!("after {}, from block {stalled_at} on", seconds(start))),
	);
	let served = watch.wait_for(Instant::now(), SOON, |answer| *answer == Answer::Served).await;
	report.promise(
		done,
		"gatekeepers serve again",
		served.map(|at| format!("{:.0} s after the vote", (at - start).as_secs_f64())),
	);
	let agreed = fleet.agree_at(&RUNNING).await;
	report.promise(done, "nothing conflicting is ever final", agreed);
	Ok(())
}

/// The last of the lost machines starts with an empty database, synchronizes, and becomes an authority again.
async fn come_back(
	fleet: &mut Fleet,
	council: &Council,
	folder: &Path,
	report: &mut Report,
) -> Result<()> {
	let done =
		"the third of the lost machines starts with an empty database, and makes new session keys";
	fleet.machines[LOST[0]].start_node_without_keys().await?;
	// Beyond what was final when it came: before, its pool does not know yet how far the chain is.
	let caught_up = fleet.observer.advance(&LOST, 3, SOON).await;
	report.promise(
		done,
		"all three have synchronized, it past the forced change",
		caught_up.map(|took| {
			format!(
				"block {} was final there within {:.0} s",
				fleet.observer.highest(),
				took.as_secs_f64()
			)
		}),
	);
	let machine = &fleet.machines[LOST[0]];
	let start = Instant::now();
	let mut officer = Officer::new(machine.provider, folder, &machine.url())?;
	officer.person = officer.person.at(&machine.host).asking(&Machine::door());
	officer.authority(&["keys", "--rotate"])?;
	let participant = machine.provider.participant;
	council.decide(&["add-authority", &participant.to_string()], 2)?;
	let chain = &council.chain;
	let account = chain.participant(participant).await?.context("a provider of genesis")?.account;
	let made = authors(chain, &account, STEP).await;
	report.promise(
		done,
		"voted in again, it makes blocks that become final",
		made.map(|()| format!("{} after it made its keys", seconds(start))),
	);
	let agreed = fleet.all_agree().await;
	report.promise(done, "all agree on what is final", agreed);
	Ok(())
}
