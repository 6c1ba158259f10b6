//! OperationOutcome: the body of every error, and what a Bundle says about itself.

use serde::Serialize;

/// Kind of an issue (FHIR R4 value set `issue-type`; the codes that the gatekeeper uses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueType {
	/// The content is not valid.
	Invalid,
	/// The structure of the content is wrong, such as bad JSON.
	Structure,
	/// A required element or header is missing.
	Required,
	/// A value is not what it has to be.
	Value,
	/// Authentication failed.
	Security,
	/// The sender is not known.
	Login,
	/// A signature, delegation or code has expired.
	Expired,
	/// The asker may not do that.
	Forbidden,
	/// Something was, or may have been, left out for reasons of privacy.
	Suppressed,
	/// The interaction, resource type or parameter is not supported.
	NotSupported,
	/// There is no such thing, or none that the asker may know of.
	NotFound,
	/// The request or the answer is too long.
	TooLong,
	/// The request conflicts with the state of things, or was sent before.
	Conflict,
	/// The same thing is there already.
	Duplicate,
	/// The request comes too often.
	Throttled,
	/// Something that is needed does not answer; asking again later may help.
	Transient,
	/// The store is not available.
	NoStore,
	/// Something went wrong that should not have.
	Exception,
	/// The request took too long.
	Timeout,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Issue {
	severity: &'static str,
	code: IssueType,
	diagnostics: String,
	#[serde(skip_serializing_if = "Vec::is_empty")]
	expression: Vec<String>,
}

/// What went wrong, for people and programs. Says nothing about records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperationOutcome {
	#[serde(rename = "resourceType")]
	resource_type: &'static str,
	issue: [Issue; 1],
}

impl OperationOutcome {
	/// One error: its kind and, in words, what happened, where, and what to do.
	pub fn error(code: IssueType, diagnostics: impl Into<String>) -> Self {
		Self::of("error", code, diagnostics.into())
	}

	/// Something to know about an answer that is one.
	pub fn warning(code: IssueType, diagnostics: impl Into<String>) -> Self {
		Self::of("warning", code, diagnostics.into())
	}

	fn of(severity: &'static str, code: IssueType, diagnostics: String) -> Self {
		let issue = Issue { severity, code, diagnostics, expression: Vec::new() };
		Self { resource_type: "OperationOutcome", issue: [issue] }
	}

	/// Name the element, header or parameter that is to blame, such as `http.code` for the search
	/// parameter `code` (FHIR R4, OperationOutcome.issue.expression).
	pub fn at(mut self, expression: impl Into<String>) -> Self {
		let [issue] = &mut self.issue;
		issue.expression.push(expression.into());
		self
	}

	/// The kind of its issue.
	pub fn code(&self) -> IssueType {
		let [issue] = &self.issue;
		issue.code
	}

	/// The words of its issue.
	pub fn diagnostics(&self) -> &str {
		let [issue] = &self.issue;
		&issue.diagnostics
	}

	/// As JSON text.
	pub fn to_json(&self) -> String {
		serde_json::to_string(self).expect("strings and unit variants serialize as JSON; qed")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::{json, Value};

	#[test]
	fn has_the_shape_of_the_resource() {
		let outcome = OperationOutcome::error(IssueType::NotSupported, "say \"what\"").at("http.x");
		let found: Value = serde_json::from_str(&outcome.to_json()).unwrap();
		let issue = json!({
			"severity": "error",
			"code": "not-supported",
			"diagnostics": "say \"what\"",
			"expression": ["http.x"],
		});
		assert_eq!(found, json!({"resourceType": "OperationOutcome", "issue": [issue]}));
	}

	#[test]
	fn codes_are_of_the_value_set() {
		for (code, text) in [
			(IssueType::TooLong, "too-long"),
			(IssueType::NotFound, "not-found"),
			(IssueType::NoStore, "no-store"),
			(IssueType::Transient, "transient"),
		] {
			assert_eq!(serde_json::to_value(code).unwrap(), text);
		}
	}
}
