//! `import`.

use super::output;
use crate::{
	config::Config,
	fhir::Vocabulary,
	files::private_folder,
	import::{import, reclassify, ImportOptions, Reclassified, Report},
	server::RECORDS_FILE,
};
use anyhow::Context;
use clap::Args;
use serde_json::Value;
use std::{path::PathBuf, process::ExitCode};

/// Problems that are printed; all are counted.
const MAX_PRINTED: usize = 100;

#[derive(Debug, Args)]
pub struct Import {
	/// Files and folders: FHIR JSON, Bundles, NDJSON, tar archives of them (also compressed).
	#[arg(required_unless_present = "reclassify", value_name = "PATH")]
	paths: Vec<PathBuf>,
	/// Base URL of the provider's own FHIR server, such as https://fhir.mercy.example/r4; may be
	/// repeated. Resources of other servers are then left out.
	#[arg(long, value_name = "URL")]
	base: Vec<String>,
	/// First classify everything that is stored by the configured vocabulary: needed once after the
	/// vocabulary was changed or this program was updated. Restart a running server afterwards.
	#[arg(long)]
	reclassify: bool,
}

impl Import {
	/// Exit code 0 only if everything went in.
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<ExitCode> {
		config.records.require_embedded()?;
		private_folder(&config.data_dir)
			.with_context(|| format!("cannot make {}", config.data_dir.display()))?;
		let vocabulary = Vocabulary::load(config.vocabulary.as_deref())?;
		let database = config.data_dir.join(RECORDS_FILE);
		if self.reclassify {
			let done = reclassify(&database, &vocabulary, !json).await?;
			print_reclassified(&done, json && self.paths.is_empty())?;
		}
		if self.paths.is_empty() {
			return Ok(ExitCode::SUCCESS);
		}
		let options = ImportOptions { bases: self.base, vocabulary, progress: !json };
		let report = import(&self.paths, &database, &options).await?;
		print(&report, json)?;
		let complete = report.problem_count() == 0;
		Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
	}
}

fn print_reclassified(done: &Reclassified, json: bool) -> anyhow::Result<()> {
	let Reclassified { resources, changed, medications, medications_without_text } = *done;
	if json {
		return output::fields(
			json,
			&[
				("resources", resources.into()),
				("changed", changed.into()),
				("medications", medications.into()),
				("medicationsWithoutText", medications_without_text.into()),
			],
		);
	}
	eprintln!("{resources} resources classified again, {changed} of them count as something else");
	if medications_without_text > 0 {
		eprintln!(
			"{medications_without_text} of {medications} Medications have to be imported again; \
			 until then only patient and provider see orders of them"
		);
	}
	Ok(())
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
	let rows: Vec<Vec<Value>> = report
		.types()
		.iter()
		.map(|(resource_type, counts)| {
			vec![
				resource_type.name().into(),
				counts.added.into(),
				counts.replaced.into(),
				counts.unchanged.into(),
				counts.kept_newer.into(),
			]
		})
		.collect();
	output::rows(json, &["type", "added", "replaced", "unchanged", "keptNewer"], &rows)?;
	eprintln!(
		"{} resources from {} files; {} files passed over as no FHIR JSON, {} parts known from \
		 before, {} resources of types that are not served",
		report.stored(),
		report.files,
		report.ignored_files,
		report.known_parts,
		report.other_types,
	);
	for (reason, count) in report.left_out_counts() {
		eprintln!("left out: {count} ({reason})");
	}
	for problem in report.problems().iter().take(MAX_PRINTED) {
		match &problem.resource {
			Some(resource) => {
				eprintln!("problem: {} ({resource}): {}", problem.file, problem.reason)
			},
			None => eprintln!("problem: {}: {}", problem.file, problem.reason),
		}
	}
	match report.problem_count() {
		0 => {},
		count => eprintln!("{count} problems; everything else is in"),
	}
	Ok(())
}
