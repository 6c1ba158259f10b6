//! Seven nodes, two down: five are enough, also to vote one of the two out and somebody else in.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::{AgendaCall, ChainClient};
use medrec_primitives::{AccountId, ParticipantId};

use super::SOON;
use crate::{
	authorship::authors,
	chaos::{
		fleet::{seconds, Fleet},
		reading::Answer,
		report::Report,
	},
	council,
	provider::CANDIDATE,
	wait::until,
};

/// The two.
const KILLED: [usize; 2] = [5, 6];

/// The others.
const OTHERS: [usize; 5] = [0, 1, 2, 3, 4];

/// The machine of the provider that is voted in.
const NEW: usize = 7;

/// How long a removal may take: the time for objections is 30 blocks, the next session begins up to 10 later,
/// the set changes two sessions of 10 blocks after that, and of seven slots two are missed.
const CHANGE: Duration = Duration::from_secs(400);

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = "two of seven nodes killed (-9)";
	let watch = fleet.machines[0].watch_patient(&fleet.machines[0].url());
	let start = Instant::now();
	watch.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;

	for at in KILLED {
		fleet.machines[at].kill_node()?;
	}
	let killed = Instant::now();
	let before = fleet.observer.highest();
	let went_on = fleet.observer.advance(&OTHERS, 10, SOON).await;
	report.promise(
		done,
		"blocks and finality go on",
		went_on.map(|took| format!("10 more blocks final within {:.0} s", took.as_secs_f64())),
	);
	let served = watch.wait_for(killed, SOON, |answer| *answer == Answer::Served).await;
	report.promise(
		done,
		"a gatekeeper whose node lives goes on serving",
		served.map(|_| "the patient there was served".to_owned()),
	);

	vote(fleet, report).await?;

	let restarted = Instant::now();
	let missed = fleet.observer.highest();
	fleet.start_nodes(&KILLED).await?;
	let caught_up = fleet.observer.reach(&KILLED, missed, SOON).await;
	report.promise(
		"both started again",
		"they catch up",
		caught_up
			.map(|_| format!("{} blocks later, within {}", missed - before, seconds(restarted))),
	);
	let agreed = fleet.all_agree().await;
	report.promise("both started again", "all agree on what is final", agreed);
	Ok(())
}

/// One of the two is voted out while it is down, another provider in.
async fn vote(fleet: &Fleet, report: &mut Report) -> Result<()> {
	let done = "one of the two voted out, another provider in";
	let chain = ChainClient::connect(&fleet.machines[0].url()).await?;
	let voters = OTHERS.map(|at| fleet.machines[at].provider);
	let out = fleet.machines[KILLED[0]].provider.participant;
	let account = account(&chain, CANDIDATE.participant).await?;
	let start = Instant::now();
	council::decide(&chain, AgendaCall::RemoveAuthority(out), &voters).await?;
	council::decide(&chain, council::add_authority(CANDIDATE.participant), &voters).await?;

	let own = ChainClient::connect(&fleet.machines[NEW].url()).await?;
	let made = authors(&own, &account, CHANGE).await;
	report.promise(
		done,
		"the new one makes blocks, and nobody restarts anything",
		made.map(|()| format!("one of its blocks was final {} after the votes", seconds(start))),
	);
	let gone = until("the set without the one voted out", CHANGE, async || {
		let active = chain.validators().await?.active;
		let accounts: Vec<_> = active.iter().map(|validator| &validator.account).collect();
		let removed = self::account(&chain, out).await?;
		ensure!(!accounts.contains(&&removed), "it still validates");
		ensure!(accounts.contains(&&account), "the new one does not validate");
		Ok(Some(accounts.len()))
	})
	.await;
	report.promise(
		done,
		"the one voted out is no longer of the set",
		gone.map(|validators| format!("{validators} validate, {} after the votes", seconds(start))),
	);
	let went_on = fleet.observer.advance(&OTHERS, 5, SOON).await;
	report.promise(
		done,
		"blocks and finality go on",
		went_on.map(|took| format!("5 more blocks final within {:.0} s", took.as_secs_f64())),
	);
	Ok(())
}

async fn account(chain: &ChainClient, participant: ParticipantId) -> Result<AccountId> {
	let participant = chain.participant(participant).await?.context("a provider of genesis")?;
	Ok(participant.account)
}
