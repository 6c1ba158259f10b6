//! Sample records: several years of one fictional patient, Alice Example, at a hospital and at a
//! clinic, made by this program. Some are sensitive: one says so itself (`meta.security`), others by
//! their codes alone.

mod lakeside;
mod mercy;
mod resources;

use crate::records::LocalPatientId;
use resources::Chart;
use std::{
	collections::BTreeMap,
	fs, io,
	path::{Path, PathBuf},
	str::FromStr,
};

/// A provider of the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleProvider {
	/// Mercy Hospital.
	Mercy,
	/// Lakeside Clinic.
	Lakeside,
}

/// There is no sample provider of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sample providers are `mercy` and `lakeside`")]
pub struct UnknownSampleProvider;

impl FromStr for SampleProvider {
	type Err = UnknownSampleProvider;

	fn from_str(name: &str) -> Result<Self, Self::Err> {
		match name {
			"mercy" => Ok(Self::Mercy),
			"lakeside" => Ok(Self::Lakeside),
			_ => Err(UnknownSampleProvider),
		}
	}
}

/// The records that this provider has of the patient that it knows under this number: type and JSON
/// text of each. The same each time.
pub fn records(provider: SampleProvider, patient: &LocalPatientId) -> Vec<(&'static str, String)> {
	let mut chart = Chart::new(patient);
	match provider {
		SampleProvider::Mercy => mercy::fill(&mut chart),
		SampleProvider::Lakeside => lakeside::fill(&mut chart),
	}
	chart.into_resources()
}

/// Write the records into a folder, which is made if need be: one NDJSON file per type, as bulk
/// exports have them. Answers the files.
pub fn write(
	provider: SampleProvider,
	patient: &LocalPatientId,
	folder: &Path,
) -> io::Result<Vec<PathBuf>> {
	fs::create_dir_all(folder)?;
	let mut files = BTreeMap::<_, String>::new();
	for (resource_type, text) in records(provider, patient) {
		let file = files.entry(resource_type).or_default();
		file.push_str(&text);
		file.push('\n');
	}
	files
		.into_iter()
		.map(|(resource_type, text)| {
			let path = folder.join(format!("{resource_type}.ndjson"));
			fs::write(&path, text)?;
			Ok(path)
		})
		.collect()
}

#[cfg(test)]
mod tests;
