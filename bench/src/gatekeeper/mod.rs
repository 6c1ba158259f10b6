//! What a gatekeeper serves: signed reads per second, against the same without signature, decision and log
//! in the same run; and pages of a patient with very many records.

mod asker;
mod pages;
mod reads;
mod records;
mod unchecked;
mod verifications;
mod world;

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use self::{records::Backend, world::World};
use crate::{
	report::{BenchReport, Figure},
	statistics::Series,
};

/// Name of this bench.
pub const NAME: &str = "gatekeeper";

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(600);

/// How long.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Settings {
	/// gatekeeper: rounds in which reads are measured once with all checks and once without.
	#[arg(long, value_name = "N", default_value_t = 5,
		value_parser = clap::value_parser!(u32).range(1..=20))]
	read_rounds: u32,
	/// gatekeeper: seconds for each of the two in each round. At most 20, because signatures are good for
	/// a minute.
	#[arg(long, value_name = "SECONDS", default_value_t = 5,
		value_parser = clap::value_parser!(u64).range(1..=20))]
	read_seconds: u64,
}

/// Measure.
pub async fn run(settings: &Settings) -> Result<BenchReport> {
	tokio::time::timeout(LIMIT, measure(settings))
		.await
		.with_context(|| format!("it took longer than {LIMIT:?}"))?
}

async fn measure(settings: &Settings) -> Result<BenchReport> {
	let mut world = World::set_up().await?;
	let mut backends = vec![Backend::embedded()];
	match Backend::postgres(&world.gatekeeper).await? {
		Some(postgres) => backends.push(postgres),
		None => eprintln!("  PostgreSQL is not installed (cargo xtask setup): without its figures"),
	}
	let (mut figures, mut details) = (Vec::new(), Vec::new());
	let mut verified = Vec::new();
	for backend in &backends {
		eprintln!("reads, {}", backend.name);
		let reads = reads::measure(&mut world, backend, settings, &mut verified).await?;
		eprintln!("pages, {}", backend.name);
		let pages = pages::measure(&mut world, backend, settings).await?;
		figures.extend(reads.figures(backend));
		figures.extend(pages.figures(backend));
		details.push(json!({
			"records": backend.name,
			"checked": reads.checked,
			"unchecked": reads.unchecked,
			"ratio": reads.ratio,
			"firstPages": pages.first,
			"peakBytesAfterFirstPages": pages.peak_before,
			"pages": pages.walks,
		}));
	}
	let base = reads::signature_base(&world.asker)?.len();
	world.stop()?;

	let verified = Series::from(verified);
	figures.push(
		Figure::new("Ed25519 verifications, one core", verified.median.round(), "/s")
			.note(format!("{base} bytes, as the signature base of a read")),
	);
	Ok(BenchReport {
		name: NAME,
		figures,
		details: json!({
			"connections": reads::CONNECTIONS,
			"rounds": settings.read_rounds,
			"secondsPerRound": settings.read_seconds,
			"results": records::RESULTS,
			"orders": records::ORDERS,
			"postgresqlInstalled": backends.len() > 1,
			"backends": details,
			"signatureBaseBytes": base,
			"verificationsPerSecond": verified,
		}),
	})
}
