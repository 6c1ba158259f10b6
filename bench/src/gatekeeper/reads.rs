//! Signed reads of single resources, and the same without signature, decision and log.

use std::{sync::Arc, time::Duration};

use anyhow::{ensure, Result};
use medrec_tests::json::text;
use serde_json::Value;

use super::{
	asker::{Asker, Wanted},
	records::{order_id, Backend, ORDERS},
	unchecked::Unchecked,
	verifications,
	world::World,
	Settings,
};
use crate::{
	load::{self, Workload},
	measured::{Measured, MethodReport},
	report::{Figure, Target},
	statistics::median_of_ratios,
};

/// Connections that are kept busy.
pub const CONNECTIONS: usize = 16;

/// Time for which each side is warmed up.
const WARM_UP: Duration = Duration::from_secs(2);

/// Requests that are signed for warming up, and for the side that does not look at signatures.
const SIGNED_BEFORE: usize = 10_000;

/// How many more requests are signed for a round than the side answered before in that time.
const RESERVE: f64 = 1.5;

/// Most requests that are signed for a round: signing all has to take well less than a minute, for which
/// a signature is good.
const MOST_SIGNED: usize = 100_000;

/// Time for which bare signatures are verified in each round.
const VERIFYING: Duration = Duration::from_millis(500);

/// What was found.
pub struct Reads {
	/// Signed reads.
	pub checked: MethodReport,
	/// The same without signature, decision and log.
	pub unchecked: MethodReport,
	/// Median over the rounds of one rate to the other.
	pub ratio: f64,
}

/// Measure, with records that lie there. Adds to the bare verifications per second, one for each round.
pub async fn measure(
	world: &mut World,
	backend: &Backend,
	settings: &Settings,
	verified: &mut Vec<f64>,
) -> Result<Reads> {
	let server = world.serve(backend).await?;
	let baseline = Unchecked::start(&world.gatekeeper).await?;
	let asker = &world.asker;
	let wanted = wanted(asker).await?;
	let base = signature_base(asker)?;
	let time = Duration::from_secs(settings.read_seconds);

	let to_everybody =
		Arc::new(Workload::new(backend.unchecked, asker.prepare(&wanted, SIGNED_BEFORE)?));
	load::round(&to_everybody, baseline.server.address, CONNECTIONS, WARM_UP).await?;
	let first = Arc::new(Workload::once(backend.reads, asker.prepare(&wanted, SIGNED_BEFORE)?));
	let warm = load::round(&first, server.address, CONNECTIONS, WARM_UP).await?;
	let enough = ((warm.rate * time.as_secs_f64() * RESERVE) as usize).min(MOST_SIGNED);

	let mut sent = 0;
	let (mut checked, mut unchecked) = (Measured::default(), Measured::default());
	for round in 1..=settings.read_rounds {
		eprintln!("round {round} of {}", settings.read_rounds);
		// In turn each comes first.
		let checked_first = round % 2 == 1;
		if !checked_first {
			unchecked.round(baseline.server, &to_everybody, CONNECTIONS, time).await?;
		}
		let signed = Workload::once(backend.reads, asker.prepare(&wanted, enough)?);
		sent += signed.len();
		checked.round(server, &Arc::new(signed), CONNECTIONS, time).await?;
		if checked_first {
			unchecked.round(baseline.server, &to_everybody, CONNECTIONS, time).await?;
		}
		verified.push(verifications::per_second(base.as_bytes(), VERIFYING)?);
	}
	baseline.stop()?;
	let ratio = median_of_ratios(&checked.rate, &unchecked.rate);
	Ok(Reads {
		checked: checked.report(backend.reads, sent),
		unchecked: unchecked.report(backend.unchecked, to_everybody.len()),
		ratio,
	})
}

/// What the signature of such a request is over.
pub fn signature_base(asker: &Asker) -> Result<String> {
	asker.signature_base(&target(&order_id(1)))
}

fn target(id: &str) -> String {
	format!("/fhir/MedicationRequest/{id}")
}

/// All orders, and what has to be answered: what the client library reads, which verifies answers.
async fn wanted(asker: &Asker) -> Result<Vec<Wanted>> {
	let mut wanted = Vec::new();
	for number in 1..=ORDERS {
		let id = order_id(number);
		let resource = asker.read("MedicationRequest", &id).await?;
		let parsed: Value = serde_json::from_str(&resource)?;
		let type_and_id = (text(&parsed, "/resourceType")?, text(&parsed, "/id")?);
		ensure!(
			type_and_id == ("MedicationRequest", id.as_str()),
			"not what was asked: {resource}"
		);
		wanted.push((target(&id), resource.into_bytes().into()));
	}
	Ok(wanted)
}

impl Reads {
	/// What goes into the table.
	pub fn figures(&self, backend: &Backend) -> [Figure; 3] {
		let what = format!("reads ÷ reads unchecked, {}", backend.name);
		[
			self.checked.rate_figure(),
			self.unchecked.rate_figure(),
			Figure::new(what, self.ratio, "×")
				.note("with signatures, nonce, decision, log against without")
				.target(Target::AtLeast(0.5)),
		]
	}
}
