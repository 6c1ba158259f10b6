//! What an import did.

use super::LeftOutReason;
use crate::{fhir::ResourceType, records::Stored};
use std::{collections::BTreeMap, fmt};

/// Problems, and resources that were left out, that are kept by name; further ones are only counted.
const MAX_NAMED: usize = 10_000;

/// Something that could not be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
	/// File, with the path inside an archive and the number of the line.
	pub file: String,
	/// Type and id of the resource, as far as they could be read; `None`: nothing of it.
	pub resource: Option<String>,
	/// What is wrong.
	pub reason: String,
}

/// A resource of a type that is served that was left out on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
	/// As in [`Problem::file`].
	pub file: String,
	/// Type and id of the resource.
	pub resource: String,
	/// Why.
	pub reason: LeftOutReason,
}

/// What became of the resources of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeCounts {
	/// New ones.
	pub added: u64,
	/// Ones that took the place of another text.
	pub replaced: u64,
	/// Ones that were there.
	pub unchanged: u64,
	/// Ones of which a newer version was there.
	pub kept_newer: u64,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
	/// Files that were read, those inside archives included.
	pub files: u64,
	/// Files that are no FHIR JSON by their name.
	pub ignored_files: u64,
	/// Files, or parts of files, that an earlier import stored completely.
	pub known_parts: u64,
	/// Resources of types that are not served.
	pub other_types: u64,
	types: BTreeMap<ResourceType, TypeCounts>,
	left_out: Vec<LeftOut>,
	left_out_counts: BTreeMap<LeftOutReason, u64>,
	problems: Vec<Problem>,
	problem_count: u64,
}

impl Report {
	/// Counts by type, of types of which something was imported.
	pub fn types(&self) -> &BTreeMap<ResourceType, TypeCounts> {
		&self.types
	}

	/// What was left out; the first ten thousand.
	pub fn left_out_resources(&self) -> &[LeftOut] {
		&self.left_out
	}

	/// How many were left out, by reason.
	pub fn left_out_counts(&self) -> &BTreeMap<LeftOutReason, u64> {
		&self.left_out_counts
	}

	/// What could not be imported; the first ten thousand.
	pub fn problems(&self) -> &[Problem] {
		&self.problems
	}

	/// How many problems there were. None: the import is complete.
	pub fn problem_count(&self) -> u64 {
		self.problem_count
	}

	/// Resources that went through the import, whether or not they changed something.
	pub fn stored(&self) -> u64 {
		self.types
			.values()
			.map(|counts| counts.added + counts.replaced + counts.unchanged + counts.kept_newer)
			.sum()
	}

	pub(super) fn record(&mut self, resource_type: ResourceType, stored: Stored) {
		let counts = self.types.entry(resource_type).or_default();
		let count = match stored {
			Stored::Added => &mut counts.added,
			Stored::Replaced => &mut counts.replaced,
			Stored::Unchanged => &mut counts.unchanged,
			Stored::KeptNewer => &mut counts.kept_newer,
		};
		*count += 1;
	}

	pub(super) fn left_out(&mut self, left_out: LeftOut) {
		*self.left_out_counts.entry(left_out.reason).or_default() += 1;
		if self.left_out.len() < MAX_NAMED {
			self.left_out.push(left_out);
		}
	}

	pub(super) fn problem(&mut self, problem: Problem) {
		self.problem_count += 1;
		if self.problems.len() < MAX_NAMED {
			self.problems.push(problem);
		}
	}
}

impl fmt::Display for Problem {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match &self.resource {
			Some(resource) => write!(f, "{}: {resource}: {}", self.file, self.reason),
			None => write!(f, "{}: {}", self.file, self.reason),
		}
	}
}

impl fmt::Display for LeftOut {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		write!(f, "{}: {}: {}", self.file, self.resource, self.reason)
	}
}

/// A table of the counts, then what was left out by reason.
impl fmt::Display for Report {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		writeln!(
			f,
			"{:<20} {:>9} {:>9} {:>9} {:>9}",
			"type", "added", "replaced", "unchanged", "kept"
		)?;
		for (resource_type, counts) in &self.types {
			writeln!(
				f,
				"{:<20} {:>9} {:>9} {:>9} {:>9}",
				resource_type.name(),
				counts.added,
				counts.replaced,
				counts.unchanged,
				counts.kept_newer
			)?;
		}
		for (reason, count) in &self.left_out_counts {
			writeln!(f, "left out {count}: {reason}")?;
		}
		write!(
			f,
			"{} files read, {} other files, {} parts known from earlier, {} resources of other \
			 types, {} problems",
			self.files, self.ignored_files, self.known_parts, self.other_types, self.problem_count
		)
	}
}
