//! From submitting a revocation to the first refusal at the gatekeeper, and to finality.

mod parties;

use std::time::{Duration, Instant};

use anyhow::{bail, ensure, Context, Result};
use medrec_chain_client::{calls, Progress};
use medrec_client::{patient, ClientError};
use medrec_primitives::{Denial, Tag};
use medrec_protocol::access_log::AccessOutcome;
use medrec_runtime::MILLISECONDS_PER_BLOCK;
use rand::{rngs::StdRng, Rng, SeedableRng};
use serde::Serialize;
use serde_json::json;

use self::parties::{Parties, PROVIDERS};
use crate::{
	report::{BenchReport, Figure, Target},
	statistics::Series,
};

/// Name of this bench.
pub const NAME: &str = "revocation";

/// Time between two requests of the viewer.
const POLL: Duration = Duration::from_millis(20);

/// How long a revocation may take to be noticed.
const NOTICE: Duration = Duration::from_secs(60);

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(1_200);

/// Interval of the original's blocks, seconds.
const ORIGINAL_BLOCK_INTERVAL: f64 = 15.0;

/// What the moments of revocations follow from.
const SEED: u64 = 1;

/// How often.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
	/// revocation: how many grants are revoked. At most 20, because each of the patient's two identities has
	/// a quota of 20 transactions in 10 minutes.
	#[arg(long, value_name = "N", default_value_t = 15,
		value_parser = clap::value_parser!(u32).range(1..=20))]
	revocations: u32,
}

/// One revocation; times are seconds from just before it was submitted.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Revocation {
	/// Until the viewer had the first refusal.
	refused: f64,
	/// Until the patient's node reported the first block that includes it.
	in_block: f64,
	/// Until the patient's node reported that block, or another that includes it, as final.
	finalized: f64,
	/// Requests that were still served.
	served: u32,
	/// How long an answer took to the viewer's last request before the revocation.
	request: f64,
}

/// Ask until refused; gives when, and how many requests were served before.
async fn until_refused(parties: &Parties, at: usize, tag: Tag) -> Result<(Instant, u32)> {
	let mut served = 0;
	let start = Instant::now();
	while start.elapsed() < NOTICE {
		let asked = Instant::now();
		match parties.look(at, tag).await {
			Err(ClientError::Denied(_)) => return Ok((Instant::now(), served)),
			Err(error) => return Err(error).context("a request was neither served nor refused"),
			Ok(_) => served += 1,
		}
		tokio::time::sleep(POLL.saturating_sub(asked.elapsed())).await;
	}
	bail!("{NOTICE:?} after the revocation the viewer is still served")
}

/// Submit a revocation, and wait until it is final; gives when it was in a block and when it was final.
async fn revoke(parties: &Parties, at: usize, tag: Tag) -> Result<(Instant, Instant)> {
	let mine = &parties.relationships[at];
	let call = calls::revoke(mine.entry.relationship, tag);
	let key = &mine.acting.identity.account_key;
	let mut submission = parties.patient.chain.submit(&call, key).await?;
	let mut included = None;
	while let Some(progress) = submission.next().await {
		match progress? {
			Progress::InBlock(_) => included = included.or_else(|| Some(Instant::now())),
			Progress::Finalized(_) => {
				let now = Instant::now();
				return Ok((included.unwrap_or(now), now));
			},
			Progress::Broadcast { .. } | Progress::Retracted { .. } => {},
		}
	}
	bail!("the node stopped reporting on the revocation")
}

/// Grant, look, revoke.
async fn round(parties: &Parties, at: usize, random: &mut StdRng) -> Result<Revocation> {
	let tag = parties.grant(at).await?;
	let start = Instant::now();
	let seen = parties.look(at, tag).await.context("the viewer is not served under the grant")?;
	let request = start.elapsed().as_secs_f64();
	ensure!(!seen.is_empty(), "the viewer sees no record under the grant");
	// The grant became final at a certain time of a slot; revocations come at any.
	let pause = random.gen_range(0..MILLISECONDS_PER_BLOCK);
	tokio::time::sleep(Duration::from_millis(pause)).await;

	let start = Instant::now();
	let ((refused, served), (in_block, finalized)) =
		tokio::try_join!(until_refused(parties, at, tag), revoke(parties, at, tag))?;
	match parties.look(at, tag).await {
		Err(ClientError::Denied(_)) => {},
		other => bail!("not refused although the revocation is final: {other:?}"),
	}
	let since = |moment: Instant| (moment - start).as_secs_f64();
	Ok(Revocation {
		refused: since(refused),
		in_block: since(in_block),
		finalized: since(finalized),
		served,
		request,
	})
}

async fn rounds(settings: &Settings) -> Result<Vec<Revocation>> {
	let mut parties = Parties::set_up().await?;
	let mut random = StdRng::seed_from_u64(SEED);
	let mut revocations = Vec::new();
	for number in 0..settings.revocations {
		let at = number as usize % PROVIDERS.len();
		let revocation = round(&parties, at, &mut random)
			.await
			.with_context(|| format!("revocation {} at {}", number + 1, PROVIDERS[at].name))?;
		eprintln!(
			"  {:>2} of {}: refused after {:.2} s, in a block after {:.2} s, final after {:.2} s",
			number + 1,
			settings.revocations,
			revocation.refused,
			revocation.in_block,
			revocation.finalized
		);
		revocations.push(revocation);
	}
	ensure_logged(&parties).await?;
	parties.stop()?;
	Ok(revocations)
}

/// Check what the gatekeepers' logs say of the refusals: that the tag was gone.
async fn ensure_logged(parties: &Parties) -> Result<()> {
	let log = patient::access_log(&parties.patient, &parties.relationships, parties::LOG_ENTRIES)
		.await
		.context("reading who looked")?;
	if let Some(missing) = log.missing.first() {
		bail!("the access log of {} is missing: {}", missing.provider_name, missing.reason);
	}
	let reasons: Vec<_> = log
		.found
		.iter()
		.filter_map(|line| match line.entry.outcome {
			AccessOutcome::Denied { reason } => Some(reason),
			_ => None,
		})
		.collect();
	ensure!(!reasons.is_empty(), "no refusal is in the patient's access log");
	ensure!(
		reasons.iter().all(|reason| *reason == Denial::TagAbsent),
		"refusals are logged for other reasons than that the tag is absent: {reasons:?}"
	);
	Ok(())
}

/// Measure.
pub async fn run(settings: &Settings) -> Result<BenchReport> {
	let revocations = tokio::time::timeout(LIMIT, rounds(settings))
		.await
		.with_context(|| format!("it took longer than {LIMIT:?}"))??;
	let series =
		|of: fn(&Revocation) -> f64| Series::from(revocations.iter().map(of).collect::<Vec<_>>());
	let slot = MILLISECONDS_PER_BLOCK as f64 / 1e3;
	let figure = |what: &str, series: &Series, unit: &'static str| {
		Figure::new(what, series.median, unit).note(format!(
			"median of {}; {:.2} to {:.2} {unit}",
			series.all.len(),
			series.min,
			series.max
		))
	};
	let refused = series(|one| one.refused);
	let finalized = series(|one| one.finalized);
	let in_block = series(|one| one.in_block);
	let request = series(|one| one.request * 1e3);
	Ok(BenchReport {
		name: NAME,
		figures: vec![
			figure("submitted → first refusal", &refused, "s").target(Target::Below(slot + 1.0)),
			figure("submitted → finalized", &finalized, "s").target(Target::Below(6.0)),
			figure("submitted → in a block", &in_block, "s"),
			figure("a request of the viewer, answered", &request, "ms"),
			Figure::new("slot", slot, "s")
				.note(format!("original: a block every {ORIGINAL_BLOCK_INTERVAL} s")),
		],
		details: json!({
			"nodes": 4,
			"gatekeepers": PROVIDERS.len(),
			"slotSeconds": slot,
			"originalBlockIntervalSeconds": ORIGINAL_BLOCK_INTERVAL,
			"pollMillis": POLL.as_millis() as u64,
			"refusedSeconds": refused,
			"finalizedSeconds": finalized,
			"inBlockSeconds": in_block,
			"requestMillis": request,
			"revocations": revocations,
		}),
	})
}
