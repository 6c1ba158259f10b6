//! What `check-config` asks of a mapping: every statement runs, and its rows are what it says.

use super::{
	engine::Snapshot,
	mapping::{Shape, Source},
	statement::Statement,
	template, Asked, SqlRecords, Window,
};
use crate::{
	fhir::ResourceType,
	records::{
		candidate::{Medications, Unfit},
		LocalPatientId, RecordError,
	},
};
use futures::TryStreamExt;
use std::collections::BTreeSet;

/// Different faults of one statement that are named at most.
const MAX_FAULTS: usize = 8;

/// What was found out about one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
	/// Its key in the mapping, such as `resources.Condition.search`.
	pub statement: String,
	/// Rows that were looked at.
	pub rows: u64,
	/// What is wrong, with the column where it is one; nothing of it tells a value.
	pub faults: BTreeSet<String>,
}

impl SqlRecords {
	/// Run every statement of the mapping for one patient, and look at every row. For a patient whom
	/// nobody knows there are no rows, and only statements and columns are checked.
	pub async fn check_mapping(
		&self,
		patient: &LocalPatientId,
	) -> Result<Vec<Finding>, RecordError> {
		let mut findings = Vec::new();
		if self.mapping.changed.is_some() {
			let mut finding = Finding::of("changed".to_owned());
			if let Err(error) = self.in_time(self.changed(patient)).await {
				finding.fault(words(error));
			}
			findings.push(finding);
		}
		let medications = self.mapping.medications.iter().map(|source| (None, source));
		let resources = self.mapping.resources.iter().map(|(name, source)| (Some(*name), source));
		for (resource_type, source) in resources.chain(medications) {
			let statements = [("search", Some(&source.search)), ("read", source.read.as_ref())];
			for (key, statement) in statements {
				let Some(statement) = statement else { continue };
				let mut finding = Finding::of(format!("resources.{}.{key}", source.name));
				let mut snapshot = self.engine.snapshot().await?;
				let checked = self.run(
					&mut *snapshot,
					resource_type,
					source,
					statement,
					patient,
					&mut finding,
				);
				if let Err(error) = self.in_time(async { Ok(checked.await?) }).await {
					finding.fault(words(error));
				}
				findings.push(finding);
			}
		}
		Ok(findings)
	}

	async fn run(
		&self,
		snapshot: &mut dyn Snapshot,
		resource_type: Option<ResourceType>,
		source: &Source,
		statement: &Statement,
		patient: &LocalPatientId,
		finding: &mut Finding,
	) -> Result<(), sqlx::Error> {
		let yielded = snapshot.columns(statement).await?;
		for column in source.shape.columns() {
			if !yielded.iter().any(|name| name == column) {
				let yielded = yielded.join(", ");
				finding.fault(format!("column `{column}`: the statement yields {yielded}"));
			}
		}
		if !finding.faults.is_empty() {
			return Ok(());
		}
		let asked = Asked { patient, id: Some(patient.as_str()), window: Window::ALWAYS };
		let Some(values) = self.bind(statement, source.id, asked) else { return Ok(()) };
		let mut rows = snapshot.rows(statement, values);
		while let Some(row) = rows.try_next().await? {
			finding.rows += 1;
			let built = match &source.shape {
				Shape::Document(column) => template::document(&row, column),
				Shape::Template(template) => template.build(&row),
			};
			match built {
				Err(error) => finding.fault(error.to_string()),
				Ok(text) => {
					if let Err(unfit) = self.look(resource_type, patient, text) {
						finding.fault(unfit.to_string());
					}
				},
			}
		}
		Ok(())
	}

	fn look(
		&self,
		resource_type: Option<ResourceType>,
		patient: &LocalPatientId,
		text: String,
	) -> Result<(), Unfit> {
		match resource_type {
			None => self.intake.medication(&text).map(drop),
			Some(resource_type) => {
				let none = Medications::new();
				self.intake.candidate(resource_type, patient, text, &none).map(drop)
			},
		}
	}
}

/// An error in the database's own words, which the operator may see.
fn words(error: RecordError) -> String {
	match error {
		RecordError::Unavailable(sqlx::Error::Database(error)) => error.message().to_owned(),
		error => error.to_string(),
	}
}

impl Finding {
	fn of(statement: String) -> Self {
		Self { statement, rows: 0, faults: BTreeSet::new() }
	}

	fn fault(&mut self, fault: String) {
		if self.faults.len() < MAX_FAULTS {
			self.faults.insert(fault);
		}
	}
}

impl Shape {
	fn columns(&self) -> BTreeSet<&str> {
		match self {
			Self::Document(column) => BTreeSet::from([column.as_str()]),
			Self::Template(template) => template.columns(),
		}
	}
}
