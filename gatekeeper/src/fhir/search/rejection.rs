//! Searches that are not answered, each kind with its own words.

use super::{SearchParameter, COUNT, FORMAT, SORT};
use crate::fhir::{IssueType, OperationOutcome, ResourceType};

/// Why a search is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
	/// There is no such parameter.
	ParameterUnknown,
	/// A parameter's value is not what it has to be.
	ParameterInvalid,
	/// The search is longer than one may be.
	TooLong,
	/// `subject.name`: by what another resource says.
	Chained,
	/// `_has`: by what refers to it.
	ReverseChained,
	/// `_include`, `_revinclude`: other resources than those that match.
	Include,
	/// By a person's or thing's number in the world.
	Identifier,
}

/// A search that is not answered, with the words for it. It says nothing about records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
	/// Why.
	pub reason: Reason,
	/// What the client is told.
	pub outcome: OperationOutcome,
}

/// A parameter's value is not what it has to be.
pub(super) fn invalid(parameter: &str, reason: impl std::fmt::Display) -> Rejection {
	let text = format!("search parameter `{parameter}`: {reason}");
	Rejection {
		reason: Reason::ParameterInvalid,
		outcome: OperationOutcome::error(IssueType::Value, text).at(format!("http.{parameter}")),
	}
}

impl Rejection {
	pub(super) fn too_long(text: String) -> Self {
		let outcome = OperationOutcome::error(IssueType::TooLong, text);
		Self { reason: Reason::TooLong, outcome }
	}

	pub(super) fn unreadable() -> Self {
		let text = "a search parameter holds control characters or is not UTF-8";
		let outcome = OperationOutcome::error(IssueType::Value, text);
		Self { reason: Reason::ParameterInvalid, outcome }
	}

	/// A parameter that the type does not have.
	pub(super) fn of_parameter(resource_type: ResourceType, name: &str) -> Self {
		let (path, modifier) = match name.split_once(':') {
			Some((path, modifier)) => (path, Some(modifier)),
			None => (name, None),
		};
		let last = name.rsplit(['.', ':']).next().unwrap_or_default();
		let (reason, text) = if path == "_has" {
			(
				Reason::ReverseChained,
				"`_has` is not supported: whether a record is found would tell of others that refer \
				 to it; search those and follow their references"
					.to_owned(),
			)
		} else if path == "_include" || path == "_revinclude" {
			(
				Reason::Include,
				format!(
					"`{path}` is not supported: an answer holds what matches and nothing else; read \
					 or search what you want with it, or ask for Patient/$everything"
				),
			)
		} else if last == "identifier" {
			(
				Reason::Identifier,
				"searches by `identifier` are not supported: a relationship names its one patient, \
				 and nobody is looked up across patients"
					.to_owned(),
			)
		} else if name.contains('.') {
			(
				Reason::Chained,
				"chained searches are not supported: whether a record is found would tell of \
				 another that may not be seen"
					.to_owned(),
			)
		} else if modifier.is_some() {
			(Reason::ParameterUnknown, format!("modifiers, as in `{name}`, are not supported"))
		} else if path == "_summary" || path == "_elements" {
			(
				Reason::ParameterUnknown,
				format!("`{path}` is not supported: resources are served whole or not at all"),
			)
		} else {
			let known = SearchParameter::of(resource_type)
				.map(|parameter| parameter.name)
				.chain([COUNT, SORT, FORMAT])
				.collect::<Vec<_>>()
				.join(", ");
			let text = format!(
				"`{name}` is not a search parameter of {resource_type} that is supported; these \
				 are: {known}"
			);
			(Reason::ParameterUnknown, text)
		};
		let outcome =
			OperationOutcome::error(IssueType::NotSupported, text).at(format!("http.{name}"));
		Self { reason, outcome }
	}

	/// A parameter that an operation does not have.
	pub(super) fn of_operation(operation: &str, known: &[&str], name: &str) -> Self {
		let known = known.join(", ");
		let text = format!(
			"`{name}` is not a parameter of {operation} that is supported; these are: {known}"
		);
		let outcome =
			OperationOutcome::error(IssueType::NotSupported, text).at(format!("http.{name}"));
		Self { reason: Reason::ParameterUnknown, outcome }
	}
}
