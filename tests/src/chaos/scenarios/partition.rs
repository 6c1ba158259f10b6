//! Partitions 2|2 and 3|1, and a link that goes up and down: at most one side finalizes, all agree
//! afterwards, who is cut off serves nobody after the limit, and nobody serves what was revoked once its
//! node knows.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::ChainClient;
use serde_json::{json, Value};

use super::{SLACK, SOON, STALENESS};
use crate::chaos::{
	fleet::{Fleet, RECOVERY},
	machine::Grantee,
	reading::{Answer, Watch},
	report::Report,
};

/// The one that is cut off alone, and whose link flaps.
const ALONE: usize = 3;

/// The side that can finalize.
const MAJORITY: [usize; 3] = [0, 1, 2];

/// Until votes that were on their way have arrived.
const SETTLED: Duration = Duration::from_secs(6);

/// How often the link goes down, for how long, and for how long it is up.
const FLAPS: usize = 8;
/// See [`FLAPS`].
const DOWN: Duration = Duration::from_secs(4);
/// See [`FLAPS`].
const UP: Duration = Duration::from_secs(6);

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let watches: Vec<Watch> =
		fleet.machines.iter().map(|machine| machine.watch_patient(&machine.url())).collect();
	let start = Instant::now();
	for watch in &watches {
		watch.wait_for(start, SOON, served).await?;
	}
	halves(fleet, &watches, report).await?;
	drop(watches);
	one_alone(fleet, report).await?;
	flapping(fleet, report).await
}

fn served(answer: &Answer) -> bool {
	*answer == Answer::Served
}

/// When nobody may be served any more at these machines.
fn limit(fleet: &Fleet, machines: &[usize], cut: Instant) -> Instant {
	let last = machines.iter().filter_map(|at| fleet.observer.finalized(*at));
	last.map(|block| block.at).max().unwrap_or(cut).max(cut) + STALENESS + SLACK
}

/// Wait until two requests that began after the limit are answered; none after the limit is served.
async fn refuses(watch: &Watch, cut: Instant, limit: Instant) -> Result<String> {
	let wait = limit.saturating_duration_since(Instant::now()) + SOON;
	let refused = |answer: &Answer| matches!(answer, Answer::Unavailable(_));
	let first = watch.wait_for(cut, wait, refused).await?;
	let again = watch.wait_for(limit, wait, |_| true).await?;
	let again = watch.wait_for(again, wait, |_| true).await?;
	let checked = watch.never_served(limit, again + Duration::from_millis(1))?;
	Ok(format!(
		"first refused after {:.0} s; {checked} asked after the limit, none served",
		(first - cut).as_secs_f64()
	))
}

async fn halves(fleet: &mut Fleet, watches: &[Watch], report: &mut Report) -> Result<()> {
	let done = "partition 2|2";
	fleet.lab.partition(&[&[0, 1], &[2, 3]])?;
	let cut = Instant::now();
	tokio::time::sleep(SETTLED).await;
	let stopped_at = fleet.observer.highest();
	let limit = limit(fleet, &fleet.all(), cut);
	for (at, watch) in watches.iter().enumerate() {
		report.promise(
			done,
			&format!(
				"the gatekeeper of {} serves nobody after the limit (30 s)",
				fleet.machines[at].provider.name
			),
			refuses(watch, cut, limit).await,
		);
	}
	let now = fleet.observer.highest();
	let still = || {
		ensure!(now == stopped_at, "finality went on from block {stopped_at} to {now}");
		Ok(format!("finality stood at block {now} for {:.0} s", cut.elapsed().as_secs_f64()))
	};
	report.promise(done, "no side finalizes", still());

	fleet.lab.heal()?;
	let healed = Instant::now();
	let agreed = fleet.all_agree().await;
	report.promise(
		"the partition healed",
		"all agree again, nothing conflicting was final",
		agreed,
	);
	for watch in watches {
		let at = watch.wait_for(healed, RECOVERY, served).await;
		report.promise(
			"the partition healed",
			&format!("{} is served again", watch.name),
			at.map(|at| format!("after {:.0} s", (at - healed).as_secs_f64())),
		);
	}
	Ok(())
}

async fn one_alone(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = "partition 3|1";
	report.note("grants at a machine of the majority and at the one that will be cut off");
	let near = fleet.machines[0].grant()?;
	let far = fleet.machines[ALONE].grant()?;
	let start = Instant::now();
	for grantee in [&near, &far] {
		grantee.watch.wait_for(start, SOON, served).await?;
	}

	fleet.lab.partition(&[&MAJORITY, &[ALONE]])?;
	let cut = Instant::now();
	let went_on = fleet.observer.advance(&MAJORITY, 5, SOON).await;
	report.promise(
		done,
		"the side of three goes on finalizing",
		went_on.map(|took| format!("5 more blocks within {:.0} s", took.as_secs_f64())),
	);
	let limit = limit(fleet, &[ALONE], cut);
	let alone_at = fleet.observer.heights(&[ALONE]);
	// Both patients revoke on the side of three. The one alone cannot hear of it.
	let block = fleet.machines[0].revoke_elsewhere(&near, &fleet.machines[1])?;
	let near_heard = heard(fleet, 0, &block).await?;
	report.promise(
		done,
		"a revoked grant is not served once the gatekeeper's node knows",
		never_served_again(&near, near_heard).await,
	);
	let block = fleet.machines[ALONE].revoke_elsewhere(&far, &fleet.machines[1])?;
	report.promise(
		done,
		"the gatekeeper of the one cut off serves nobody after the limit (30 s)",
		refuses(&far.watch, cut, limit).await,
	);
	let now = fleet.observer.heights(&[ALONE]);
	let still = || {
		ensure!(now == alone_at, "it went on from {alone_at:?} to {now:?}");
		Ok(format!("it stood at block {} meanwhile", now[0]))
	};
	report.promise(done, "the one cut off finalizes nothing", still());

	fleet.lab.heal()?;
	let healed = Instant::now();
	let far_heard = heard(fleet, ALONE, &block).await?;
	report.note(&format!("it heard of it {:.0} s later", (far_heard - healed).as_secs_f64()));
	report.promise(
		"the partition healed",
		"what was revoked meanwhile is not served once its node knows",
		never_served_again(&far, far_heard).await,
	);
	let agreed = fleet.all_agree().await;
	report.promise(
		"the partition healed",
		"all agree again, nothing conflicting was final",
		agreed,
	);
	Ok(())
}

/// Wait until a node has imported the block that holds a revocation. Gives when that was seen.
async fn heard(fleet: &Fleet, node: usize, block: &str) -> Result<Instant> {
	let chain = ChainClient::connect(&fleet.machines[node].url()).await?;
	crate::wait::until("the node to hear of the revocation", RECOVERY, async || {
		let header: Value = chain.request("chain_getHeader", vec![json!(block)]).await?;
		Ok((!header.is_null()).then(Instant::now))
	})
	.await
}

/// Wait for a denial; from that moment on nothing is served.
async fn never_served_again(grantee: &Grantee, heard: Instant) -> Result<String> {
	let denied =
		grantee.watch.wait_for(heard, RECOVERY, |answer| *answer == Answer::Denied).await?;
	let again = grantee.watch.wait_for(denied, SOON, |_| true).await?;
	let checked = grantee
		.watch
		.never_served(heard, again + Duration::from_millis(1))
		.context("a revoked grant")?;
	Ok(format!(
		"{checked} asked since, none served; denied {:.1} s after the node knew",
		(denied - heard).as_secs_f64()
	))
}

async fn flapping(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let done = &format!(
		"the link of one goes down {FLAPS} times for {} s, with {} s between",
		DOWN.as_secs(),
		UP.as_secs()
	);
	let start = Instant::now();
	let before = fleet.observer.highest();
	for _ in 0..FLAPS {
		fleet.lab.set_link(ALONE, false)?;
		tokio::time::sleep(DOWN).await;
		fleet.lab.set_link(ALONE, true)?;
		tokio::time::sleep(UP).await;
	}
	let took = start.elapsed();
	let blocks = fleet.observer.heights(&MAJORITY).into_iter().min().unwrap_or(0);
	let pause = fleet.observer.longest_pause(0, start);
	let went_on = || {
		ensure!(blocks > before, "nothing became final");
		ensure!(pause < STALENESS, "nothing became final for {:.0} s", pause.as_secs_f64());
		Ok(format!(
			"{} blocks final in {:.0} s, at most {:.0} s without a new one",
			blocks - before,
			took.as_secs_f64(),
			pause.as_secs_f64()
		))
	};
	report.promise(done, "the others go on finalizing", went_on());
	let agreed = fleet.all_agree().await;
	report.promise(done, "all agree afterwards, nothing conflicting was final", agreed);
	Ok(())
}
