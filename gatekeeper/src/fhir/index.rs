//! What of a resource is looked up in searches: codes, categories, statuses and times.

use super::{
	date::{Interval, Millis},
	search::Element,
	ResourceType,
};
use serde_json::Value;

/// Codes of one resource at most; what has more is no record.
const MAX_TOKENS: usize = 1_000;
/// Times of one resource at most.
const MAX_DATES: usize = 1_000;

/// System of the codes in AllergyIntolerance.category, which stand there without one.
const ALLERGY_CATEGORY: &str = "http://hl7.org/fhir/allergy-intolerance-category";

/// Where the codes of HL7's own code systems are.
const TERMINOLOGY: &str = "http://hl7.org/fhir/";

/// A code as it stands in a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexedToken {
	/// In which element.
	pub element: Element,
	/// Its system; empty if it has none.
	pub system: String,
	/// The code.
	pub code: String,
}

/// Everything that a search looks at in one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
	/// Codes, categories and statuses, each once.
	pub tokens: Vec<IndexedToken>,
	/// Times at which it happened.
	pub dates: Vec<Interval>,
}

/// A resource cannot be indexed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
	/// An element holds no FHIR date.
	#[error("`{0}` is not a valid date, time or period")]
	Date(&'static str),
	/// There are too many codes or times.
	#[error("more than {MAX_TOKENS} codes or {MAX_DATES} times")]
	TooLarge,
}

impl Index {
	/// Index a resource.
	pub fn of(resource_type: ResourceType, resource: &Value) -> Result<Self, IndexError> {
		let mut builder = Builder { resource, index: Self::default() };
		builder.build(resource_type)?;
		let Self { mut tokens, dates } = builder.index;
		if tokens.len() > MAX_TOKENS || dates.len() > MAX_DATES {
			return Err(IndexError::TooLarge);
		}
		tokens.sort();
		tokens.dedup();
		Ok(Self { tokens, dates })
	}

	/// Time by which the resource is sorted: the latest known beginning, or else the latest end, of
	/// its times. [`Millis::MIN`] if it has none.
	pub fn sort_date(&self) -> Millis {
		let known = |interval: &Interval| match (interval.from, interval.to) {
			(Millis::MIN, Millis::MAX) => Millis::MIN,
			(Millis::MIN, to) => to,
			(from, _) => from,
		};
		self.dates.iter().map(known).max().unwrap_or(Millis::MIN)
	}
}

struct Builder<'a> {
	resource: &'a Value,
	index: Index,
}

impl<'a> Builder<'a> {
	fn build(&mut self, resource_type: ResourceType) -> Result<(), IndexError> {
		use Element::{Category, Code, Status};
		let resource = self.resource;
		match resource_type {
			ResourceType::Patient => {},
			ResourceType::AllergyIntolerance => {
				for category in list(&resource["category"]) {
					self.token(Category, Some(ALLERGY_CATEGORY), category);
				}
				self.concepts(Code, &resource["code"]);
				for reaction in list(&resource["reaction"]) {
					self.concepts(Code, &reaction["substance"]);
				}
				self.concepts(Status, &resource["clinicalStatus"]);
				self.date("recordedDate")?;
			},
			ResourceType::Condition => {
				self.concepts(Category, &resource["category"]);
				self.concepts(Code, &resource["code"]);
				self.concepts(Status, &resource["clinicalStatus"]);
				self.date("onsetDateTime")?;
				self.period("onsetPeriod")?;
				if self.index.dates.is_empty() {
					self.date("recordedDate")?;
				}
			},
			ResourceType::Encounter => {
				self.coding(Category, &resource["class"]);
				self.concepts(Code, &resource["type"]);
				self.status("encounter-status");
				self.period("period")?;
			},
			ResourceType::Immunization => {
				self.concepts(Code, &resource["vaccineCode"]);
				self.status("event-status");
				self.date("occurrenceDateTime")?;
			},
			ResourceType::MedicationRequest => {
				self.concepts(Category, &resource["category"]);
				self.concepts(Code, &resource["medicationCodeableConcept"]);
				self.status("CodeSystem/medicationrequest-status");
				self.date("authoredOn")?;
				for dosage in list(&resource["dosageInstruction"]) {
					self.timing("dosageInstruction.timing.event", &dosage["timing"])?;
				}
			},
			ResourceType::Observation => {
				self.concepts(Category, &resource["category"]);
				self.concepts(Code, &resource["code"]);
				self.status("observation-status");
				self.date("effectiveDateTime")?;
				self.date("effectiveInstant")?;
				self.period("effectivePeriod")?;
				self.timing("effectiveTiming.event", &resource["effectiveTiming"])?;
			},
			ResourceType::Procedure => {
				self.concepts(Category, &resource["category"]);
				self.concepts(Code, &resource["code"]);
				self.status("event-status");
				self.date("performedDateTime")?;
				self.period("performedPeriod")?;
			},
			ResourceType::DiagnosticReport => {
				self.concepts(Category, &resource["category"]);
				self.concepts(Code, &resource["code"]);
				self.status("diagnostic-report-status");
				self.date("effectiveDateTime")?;
				self.period("effectivePeriod")?;
			},
			ResourceType::DocumentReference => {
				self.concepts(Category, &resource["category"]);
				self.concepts(Code, &resource["type"]);
				self.status("document-reference-status");
				self.date("date")?;
			},
		}
		Ok(())
	}

	/// Codes of a CodeableConcept, or of a list of them.
	fn concepts(&mut self, element: Element, concepts: &'a Value) {
		for concept in list(concepts) {
			for coding in list(&concept["coding"]) {
				self.coding(element, coding);
			}
		}
	}

	/// The element `status`, whose codes are of one system and stand there without it.
	fn status(&mut self, system: &str) {
		let system = format!("{TERMINOLOGY}{system}");
		self.token(Element::Status, Some(&system), &self.resource["status"]);
	}

	fn coding(&mut self, element: Element, coding: &Value) {
		self.token(element, coding["system"].as_str(), &coding["code"]);
	}

	fn token(&mut self, element: Element, system: Option<&str>, code: &Value) {
		if let Some(code) = code.as_str() {
			let system = system.unwrap_or_default().to_owned();
			self.index.tokens.push(IndexedToken { element, system, code: code.to_owned() });
		}
	}

	fn date(&mut self, name: &'static str) -> Result<(), IndexError> {
		self.push_date(name, &self.resource[name])
	}

	fn push_date(&mut self, name: &'static str, value: &Value) -> Result<(), IndexError> {
		if value.is_null() {
			return Ok(());
		}
		let text = value.as_str().ok_or(IndexError::Date(name))?;
		self.index.dates.push(Interval::parse(text).map_err(|_| IndexError::Date(name))?);
		Ok(())
	}

	fn period(&mut self, name: &'static str) -> Result<(), IndexError> {
		let (start, end) = (&self.resource[name]["start"], &self.resource[name]["end"]);
		if start.is_null() && end.is_null() {
			return Ok(());
		}
		let text = |value: &'a Value| match value {
			Value::Null => Ok(None),
			Value::String(text) => Ok(Some(text.as_str())),
			_ => Err(IndexError::Date(name)),
		};
		let period = Interval::of_period(text(start)?, text(end)?);
		self.index.dates.push(period.map_err(|_| IndexError::Date(name))?);
		Ok(())
	}

	fn timing(&mut self, name: &'static str, timing: &Value) -> Result<(), IndexError> {
		list(&timing["event"]).iter().try_for_each(|event| self.push_date(name, event))
	}
}

/// The items of a list; a single value is a list of one, none an empty list.
pub(super) fn list(value: &Value) -> &[Value] {
	match value {
		Value::Null => &[],
		Value::Array(items) => items,
		single => std::slice::from_ref(single),
	}
}

#[cfg(test)]
mod tests;
