//! What an import did.

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

/// Why a resource that is understood is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeftOutReason {
	/// It names no subject by reference.
	NoSubject,
	/// Its subject is something else than a Patient, such as a Group.
	SubjectNotPatient,
	/// Its subject lies inside it and has no number of its own.
	SubjectContained,
	/// Its subject is a URN, or a search, that its Bundle does not resolve.
	SubjectUnresolved,
	/// It, or its subject, is from another server.
	OtherServer,
	/// It is a part of a resource only (tag SUBSETTED).
	Subsetted,
	/// A Bundle asks to delete it; the import adds and replaces only.
	Deletion,
}

impl fmt::Display for LeftOutReason {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(match self {
			Self::NoSubject => "it has no reference to a patient",
			Self::SubjectNotPatient => "its subject is not a patient",
			Self::SubjectContained => "its patient lies inside it and has no number of her own",
			Self::SubjectUnresolved => "its patient is not in its Bundle",
			Self::OtherServer => {
				"it or its patient is from another server; if that is this provider's own, name it \
				 with --base"
			},
			Self::Subsetted => "it is only a part of a resource (SUBSETTED)",
			Self::Deletion => "its Bundle asks to delete it, which the import does not do",
		})
	}
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

impl Problem {
	/// That nothing of a file, or of a line, could be read.
	pub(super) fn of_file(file: &str, reason: impl ToString) -> Self {
		Self { file: file.to_owned(), resource: None, reason: reason.to_string() }
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
