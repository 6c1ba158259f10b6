//! `medrec-gatekeeper import`: FHIR R4 resources, Bundles, NDJSON and archives of them into the
//! records database.
//!
//! - **Resumable**: whole files, or parts of long ones, are stored in batches together with a note of
//!   their hash; what is noted is passed over the next time.
//! - **Idempotent**: importing the same again changes nothing.
//! - **Of one vocabulary**: what is stored is classified by one vocabulary at all times; after it was
//!   changed, [`reclassify`] comes before the next import.
//! - **Tolerant**: what cannot be read is named, with the reason, and the rest goes in.
//!
//! What is imported is taken for this provider's own: a Bundle speaks for one server, the one of its
//! first `fullUrl`, and what it holds of other servers is left out, since their `Patient/1` is
//! somebody else. [`ImportOptions::bases`] says more strictly which servers are meant.

mod document;
mod progress;
mod reclassify;
mod report;
mod single;
mod source;

pub use reclassify::{reclassify, Reclassified};
pub use report::{LeftOut, LeftOutReason, Problem, Report, TypeCounts};
pub use single::replace_text;

use crate::{
	fhir::Vocabulary,
	records::{Batch, RecordError, RecordsWriter},
};
use document::{Document, Item};
use progress::Progress;
use sha2::{Digest, Sha256};
use source::{Message, Unit};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Bytes that are stored in one batch, about.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Files, or parts of files, in one batch at most.
const BATCH_UNITS: usize = 400;
/// Files, or parts of files, that wait for being stored.
const QUEUE: usize = 16;

/// How to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
	/// Base URLs of this provider's own FHIR server. If there are any, what comes from elsewhere is
	/// left out.
	pub bases: Vec<String>,
	/// How resources map to record types and labels.
	pub vocabulary: Vocabulary,
	/// Whether to draw a progress bar on standard error, if that is a terminal.
	pub progress: bool,
}

/// The import could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
	/// A path that was named is not there.
	#[error("cannot import {path}: {reason}")]
	Path {
		/// The path.
		path: String,
		/// Why.
		reason: String,
	},
	/// The database does not take the records.
	#[error(transparent)]
	Records(#[from] RecordError),
	/// The thread that reads the files ended early.
	#[error("reading the files stopped before its end")]
	Reader,
}

/// Import files and folders into the records database at `database`, which is made if need be.
pub async fn import(
	paths: &[PathBuf],
	database: &Path,
	options: &ImportOptions,
) -> Result<Report, ImportError> {
	let source::Listing { files, problems } = source::list(paths)?;
	let records = RecordsWriter::open(database).await?;
	let progress = Progress::of_bytes(options.progress, files.iter().map(|file| file.bytes).sum());
	let (sender, mut receiver) = mpsc::channel(QUEUE);
	let reader = {
		let progress = progress.clone();
		tokio::task::spawn_blocking(move || source::read(files, &sender, &progress))
	};

	let mut run = Run { options, report: Report::default(), progress };
	problems.into_iter().for_each(|problem| run.report.problem(problem));
	let mut batch = Vec::new();
	let mut bytes = 0usize;
	while let Some(message) = receiver.recv().await {
		match message {
			Message::File => run.report.files += 1,
			Message::Ignored => run.report.ignored_files += 1,
			Message::Problem(problem) => run.report.problem(problem),
			Message::Unit(unit) => {
				bytes = bytes.saturating_add(unit.text.len());
				batch.push(unit);
			},
		}
		if batch.len() >= BATCH_UNITS || bytes >= BATCH_BYTES {
			run.store(&records, std::mem::take(&mut batch)).await?;
			bytes = 0;
		}
	}
	run.store(&records, batch).await?;
	reader.await.map_err(|_| ImportError::Reader)?;
	records.close().await;
	run.progress.finish();
	Ok(run.report)
}

struct Run<'a> {
	options: &'a ImportOptions,
	report: Report,
	progress: Progress,
}

impl Run<'_> {
	/// Store these, all or none, and report them once they are durable.
	async fn store(
		&mut self,
		records: &RecordsWriter,
		units: Vec<Unit>,
	) -> Result<(), ImportError> {
		if units.is_empty() {
			return Ok(());
		}
		let mut report = self.report.clone();
		let mut batch = records.begin().await?;
		batch.require_vocabulary(self.options.vocabulary.digest()).await?;
		for unit in units {
			self.store_unit(&mut batch, &unit, &mut report).await?;
		}
		batch.commit().await?;
		self.report = report;
		self.progress.resources(self.report.stored());
		Ok(())
	}

	async fn store_unit(
		&self,
		batch: &mut Batch,
		unit: &Unit,
		report: &mut Report,
	) -> Result<(), ImportError> {
		let digest = self.digest(unit);
		if batch.is_imported(&digest).await? {
			report.known_parts += 1;
			return Ok(());
		}
		let problems = report.problem_count();
		let lines: Vec<_> = match unit.first_line {
			None => vec![(None, unit.text.as_str())],
			Some(first) => (first..)
				.zip(unit.text.lines())
				.filter(|(_, line)| !line.trim().is_empty())
				.map(|(number, line)| (Some(number), line))
				.collect(),
		};
		for (line, text) in lines {
			let name = match line {
				None => unit.name.clone(),
				Some(line) => format!("{}:{line}", unit.name),
			};
			for item in Document::new(self.options).items(text) {
				match item {
					Item::Record(record) => {
						let stored = batch.store(&record).await?;
						report.record(record.resource_type, stored);
					},
					Item::Medication(medication) => batch.store_medication(&medication).await?,
					Item::OtherType => report.other_types += 1,
					Item::LeftOut { resource, reason } => {
						report.left_out(LeftOut { file: name.clone(), resource, reason })
					},
					Item::Problem { resource, reason } => {
						report.problem(Problem { file: name.clone(), resource, reason })
					},
				}
			}
		}
		// What has problems is read again the next time, so that they are named again.
		if report.problem_count() == problems {
			batch.mark_imported(&digest).await?;
		}
		Ok(())
	}

	/// Names the text of a unit and everything else that its import depends on.
	fn digest(&self, unit: &Unit) -> [u8; 32] {
		let mut hasher = Sha256::new();
		hasher.update(self.options.vocabulary.digest());
		hasher.update([u8::from(unit.first_line.is_some())]);
		hasher.update((self.options.bases.len() as u64).to_be_bytes());
		for base in &self.options.bases {
			hasher.update((base.len() as u64).to_be_bytes());
			hasher.update(base);
		}
		hasher.update(&unit.text);
		hasher.finalize().into()
	}
}
