//! The clock of one machine is 30 s late, then 30 s early: its node says that it is the clock, its gatekeeper
//! refuses, the others go on.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::{
	rpc_api::{
		error::{Unavailability, UnavailableData},
		CheckAccess,
	},
	ChainClient, ChainError,
};
use medrec_primitives::Purpose;
use serde_json::{json, Value};

use super::SOON;
use crate::{
	chaos::{
		fleet::Fleet,
		reading::{Answer, Watch},
		report::Report,
	},
	json::list,
};

/// The machine whose clock is wrong.
pub(super) const WRONG: usize = 3;

/// By how much, seconds.
const SHIFT: i32 = 30;

/// How far off the node may be in what it says of that, milliseconds: blocks are under way for a while on a
/// busy machine.
const TOLERANCE: i64 = 5_000;

/// The others.
const OTHERS: [usize; 3] = [0, 1, 2];

/// How long it may take to be noticed: the limit on the age of finalized blocks, and some blocks.
const NOTICED: Duration = Duration::from_secs(60);

/// Blocks in which none of its own is expected.
const BLOCKS: u32 = 8;

/// How the log item that names a block's slot begins: a pre-runtime digest of the engine `aura`, 8 bytes.
const AURA_PRE_RUNTIME: &str = "0x066175726120";

/// How long it is watched after it was noticed.
const WATCHED: Duration = Duration::from_secs(20);

pub(super) async fn run(fleet: &mut Fleet, report: &mut Report) -> Result<()> {
	let watch = fleet.machines[WRONG].watch_patient(&fleet.machines[WRONG].url());
	let start = Instant::now();
	watch.wait_for(start, SOON, |answer| *answer == Answer::Served).await?;
	for (seconds, word, reason) in [
		(-SHIFT, "late", Unavailability::ClockBehind),
		(SHIFT, "early", Unavailability::ClockAhead),
	] {
		let shift = Shift { seconds, word, reason };
		shifted(fleet, &watch, &shift, report).await?;
	}
	let agreed = fleet.all_agree().await;
	report.promise("the clock is right again", "all agree on what is final", agreed);
	Ok(())
}

/// A wrong clock.
struct Shift {
	/// By how much it is early; negative where it is late.
	seconds: i32,
	/// What one says of it.
	word: &'static str,
	/// What the node gives as its reason.
	reason: Unavailability,
}

async fn shifted(fleet: &Fleet, watch: &Watch, shift: &Shift, report: &mut Report) -> Result<()> {
	let Shift { seconds, word, reason } = *shift;
	let done = &format!("the clock of one machine is {SHIFT} s {word}");
	let clock = fleet.clock.as_ref().context("one machine has a clock that can be set")?;
	let machine = &fleet.machines[WRONG];
	clock.set(seconds)?;
	let set = Instant::now();
	let node = ChainClient::connect(&machine.url()).await?;
	let question = || CheckAccess {
		actor: machine.identity,
		on_behalf_of: machine.identity,
		relationship: machine.relationship,
		purpose: Purpose::Personal,
		opening: None,
		include_block: None,
	};
	let refusal = async || {
		let said = match node.check_access(question()).await {
			// No answer at all would also count as unavailable.
			Err(error @ ChainError::Node { .. }) if error.is_unavailable() => error,
			Err(error) => return Err(error.into()),
			Ok(answer) => anyhow::bail!("it decided: {answer:?}"),
		};
		let ChainError::Node { data: Some(data), .. } = &said else {
			anyhow::bail!("it gives no reason: {said}");
		};
		let data: UnavailableData = serde_json::from_str(data)?;
		let difference = data.clock_difference_ms.unwrap_or_default();
		ensure!(data.reason == reason, "{said}");
		ensure!((difference - i64::from(seconds) * 1_000).abs() < TOLERANCE, "{said}");
		Ok(Some(said.to_string()))
	};
	let says_so = async |promised: &str, report: &mut Report| {
		let said = crate::wait::until("the node to refuse for its clock", NOTICED, &refusal).await;
		let when = set.elapsed().as_secs_f64();
		report.promise(done, promised, said.map(|said| format!("after {when:.0} s: {said}")));
	};
	says_so(&format!("its node says that its clock is {word}, and by how much"), report).await;
	let refused = async {
		let first = watch.wait_for(set, NOTICED, |answer| *answer != Answer::Served).await?;
		tokio::time::sleep(WATCHED).await;
		let checked = watch.never_served(first, Instant::now())?;
		Ok(format!(
			"after {:.0} s; {checked} asked since, none served",
			(first - set).as_secs_f64()
		))
	};
	report.promise(done, "its gatekeeper refuses", refused.await);
	says_so("its node goes on saying so", report).await;
	let went_on = async {
		let before = fleet.observer.highest();
		let took = fleet.observer.advance(&OTHERS, BLOCKS, SOON).await?;
		let pause = fleet.observer.longest_pause(0, set);
		ensure!(pause < NOTICED, "nothing became final for {:.0} s", pause.as_secs_f64());
		let slots = slots(&fleet.machines[0].url(), before + 1, before + BLOCKS).await?;
		let own = slots.iter().filter(|slot| *slot % fleet.machines.len() as u64 == WRONG as u64);
		let own = own.count();
		ensure!(own == 0, "{own} of {} blocks are its own", slots.len());
		Ok(format!("{} blocks within {:.0} s, none its own", slots.len(), took.as_secs_f64()))
	};
	report.promise(done, "the others go on finalizing; its slots are missed", went_on.await);

	clock.set(0)?;
	let right = Instant::now();
	let served = watch.wait_for(right, SOON, |answer| *answer == Answer::Served).await;
	report.promise(
		"the clock is right again",
		"its gatekeeper serves again, without a restart",
		served.map(|at| format!("after {:.0} s", (at - right).as_secs_f64())),
	);
	Ok(())
}

/// Aura slots of blocks, by heights. An authority's slots are those that are its index modulo the number of
/// authorities.
async fn slots(url: &str, first: u32, last: u32) -> Result<Vec<u64>> {
	let chain = ChainClient::connect(url).await?;
	let mut slots = Vec::new();
	for number in first..=last {
		let hash: Value = chain.request("chain_getBlockHash", vec![json!(number)]).await?;
		let header: Value = chain.request("chain_getHeader", vec![hash]).await?;
		let logs = list(&header, "/digest/logs")?.iter().filter_map(Value::as_str);
		let slot = logs.filter_map(|log| log.strip_prefix(AURA_PRE_RUNTIME)).next();
		let bytes = hex::decode(slot.with_context(|| format!("block {number} names no slot"))?)?;
		let bytes = <[u8; 8]>::try_from(bytes).ok().context("a slot has 8 bytes")?;
		slots.push(u64::from_le_bytes(bytes));
	}
	Ok(slots)
}
