//! `sample`.

use super::output;
use crate::{
	records::LocalPatientId,
	sample::{write, SampleProvider},
};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Sample {
	/// Whose records: `mercy` or `lakeside`.
	#[arg(long)]
	provider: SampleProvider,
	/// The id that this provider knows the patient under.
	#[arg(long, value_name = "ID")]
	patient: LocalPatientId,
	/// Folder to write to; made if need be.
	folder: PathBuf,
}

impl Sample {
	pub fn run(self, json: bool) -> anyhow::Result<()> {
		let files = write(self.provider, &self.patient, &self.folder)?;
		let rows: Vec<_> =
			files.iter().map(|file| vec![file.display().to_string().into()]).collect();
		output::rows(json, &["file"], &rows)
	}
}
