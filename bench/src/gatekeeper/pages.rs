//! Pages of a search that finds very much, and the memory that they take.

use std::{
	sync::Arc,
	time::{Duration, Instant},
};

use anyhow::{ensure, Result};
use medrec_tests::json::{list, text};
use serde::Serialize;

use super::{
	asker::{Asker, Wanted},
	records::{Backend, RESULTS},
	world::World,
	Settings,
};
use crate::{
	load::{self, Workload},
	measured::{Measured, MethodReport},
	processes::peak_bytes,
	report::{number, Figure, Target},
};

/// Resources on the first page.
const FIRST: u32 = 50;

/// Resources on each page, when all are read.
const COUNTS: [u32; 2] = [50, 200];

/// Time for which first pages are read before anything is measured.
const WARM_UP: Duration = Duration::from_secs(2);

/// Time for which first pages are read in each round.
const TIME: Duration = Duration::from_secs(3);

/// Most requests that are signed for it.
const SIGNED: usize = 2_000;

/// Time after which no further pages are read.
const PATIENCE: Duration = Duration::from_secs(75);

const MEBIBYTE: f64 = 1_048_576.0;

/// All pages that were read, one after the other.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Walk {
	/// Resources on each page.
	count: u32,
	/// Pages that were read.
	pages: u32,
	/// Resources on them.
	resources: usize,
	/// Whether that is all.
	whole: bool,
	/// How long it took.
	seconds: f64,
	/// Most memory that the gatekeeper had in use until then, since it started, bytes.
	peak_bytes: f64,
}

/// What was found.
pub struct Pages {
	/// First pages, over one connection.
	pub first: MethodReport,
	/// Most memory that the gatekeeper had in use before other pages were read, since it started, bytes.
	pub peak_before: f64,
	/// All pages.
	pub walks: Vec<Walk>,
}

fn path(count: u32) -> String {
	format!("/fhir/Observation?_count={count}")
}

/// Measure, with records that lie there, in a gatekeeper that just started.
pub async fn measure(world: &mut World, backend: &Backend, settings: &Settings) -> Result<Pages> {
	let server = world.serve(backend).await?;
	let asker = &world.asker;
	let beginning = format!(r#"{{"resourceType":"Bundle","type":"searchset","total":{RESULTS},"#);
	let wanted: [Wanted; 1] = [(path(FIRST), beginning.into_bytes().into())];
	let prepare = || -> Result<_> {
		Ok(Arc::new(Workload::once(backend.page, asker.prepare(&wanted, SIGNED)?)))
	};

	load::round(&prepare()?, server.address, 1, WARM_UP).await?;
	let mut measured = Measured::default();
	let mut sent = 0;
	for _ in 0..settings.read_rounds {
		let signed = prepare()?;
		sent += signed.len();
		measured.round(server, &signed, 1, TIME).await?;
	}
	let peak_before = peak_bytes(server.process)?;
	let mut walks = Vec::new();
	for count in COUNTS {
		let walk = walk(asker, count, server.process).await?;
		eprintln!("  {} pages of {count} in {:.1} s", walk.pages, walk.seconds);
		walks.push(walk);
	}
	Ok(Pages { first: measured.report(backend.page, sent), peak_before, walks })
}

/// Read page after page, until there is no next one or it takes too long.
async fn walk(asker: &Asker, count: u32, process: u32) -> Result<Walk> {
	let origin = asker.gatekeeper.origin().to_string();
	let begin = Instant::now();
	let (mut pages, mut resources) = (0, 0);
	let mut next = Some(path(count));
	while let Some(path) = next.take_if(|_| begin.elapsed() < PATIENCE) {
		let page = asker.page(&path).await?;
		pages += 1;
		for entry in list(&page, "/entry")? {
			resources += usize::from(text(entry, "/search/mode")? == "match");
		}
		let link = list(&page, "/link")?.iter().find(|link| link["relation"] == "next");
		let url = link.map(|link| text(link, "/url")).transpose()?;
		next = url.map(|url| url.trim_start_matches(&origin).to_owned());
	}
	let whole = next.is_none();
	ensure!(
		!whole || resources == RESULTS as usize,
		"there are {resources} resources on all pages of {count}"
	);
	Ok(Walk {
		count,
		pages,
		resources,
		whole,
		seconds: begin.elapsed().as_secs_f64(),
		peak_bytes: peak_bytes(process)?,
	})
}

impl Walk {
	fn note(&self) -> String {
		let part = if self.whole { "all" } else { "the first" };
		format!(
			"{part} {} pages in {:.1} s; peak {:.1} MiB",
			number(f64::from(self.pages)),
			self.seconds,
			self.peak_bytes / MEBIBYTE
		)
	}
}

impl Pages {
	/// What goes into the table.
	pub fn figures(&self, backend: &Backend) -> Vec<Figure> {
		let Backend { name, page_note, .. } = backend;
		let of = format!("first {FIRST} of {}, {name}", number(f64::from(RESULTS)));
		let millis = |micros: f64| micros / 1e3;
		let p95 = Figure::new(format!("{of}, p95"), millis(self.first.p95_micros.median), "ms");
		let p95 = p95.note(format!(
			"one connection; processor: server {:.1} ms",
			millis(self.first.server_processor_micros.median)
		));
		let mut figures = vec![
			Figure::new(format!("{of}, p50"), millis(self.first.p50_micros.median), "ms")
				.note(*page_note),
			match backend.page_limit {
				Some(limit) => p95.target(Target::Below(limit)),
				None => p95,
			},
			Figure::new(
				format!("peak memory after first pages, {name}"),
				self.peak_before / MEBIBYTE,
				"MiB",
			),
		];
		let mut before = self.peak_before;
		for walk in &self.walks {
			let grown = (walk.peak_bytes - before) / MEBIBYTE;
			let what = format!("grown by pages of {}, {name}", walk.count);
			figures.push(Figure::new(what, grown, "MiB").note(walk.note()));
			before = walk.peak_bytes;
		}
		figures
	}
}
