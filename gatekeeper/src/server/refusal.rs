//! Requests that are not answered with what they asked for: status, a stable code for programs, and
//! words for people.

use super::{code::Code, respond::JSON};
use crate::{
	access::NodeError,
	audit::AuditError,
	fhir::{
		search::{Reason, Rejection},
		IssueType, OperationOutcome, FHIR_JSON,
	},
	records::RecordError,
	store::StoreError,
};
use axum::{
	http::{header, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
};
use medrec_protocol::{
	error_body::ErrorBody, registration::ConsentError, request::RequestError, staff::StaffError,
};
use serde_json::{json, Value};

/// System of the codes in `issue.details`.
pub const CODE_SYSTEM: &str = "urn:medrec:gatekeeper-error";

/// Seconds after which a client may ask again where something that is needed does not answer.
const RETRY_SECONDS: u64 = 2;

/// Why a request was refused. Its text never tells whether a record, a patient or a relationship
/// exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
	/// Status of the answer.
	pub status: StatusCode,
	/// Stable name of the error, in kebab case; `docs/protocol.md` lists them.
	pub code: &'static str,
	/// What happened and what to do, for people.
	pub outcome: OperationOutcome,
	/// Seconds after which the same request, signed again, may succeed.
	pub retry_after: Option<u64>,
}

impl Refusal {
	/// A refusal of this code and kind, in these words.
	pub fn new(code: Code, issue: IssueType, text: impl Into<String>) -> Self {
		Self::of_protocol(code.status(), code.name(), issue, text)
	}

	/// As [`Self::new`], for errors whose codes `medrec_protocol` has.
	fn of_protocol(
		status: StatusCode,
		code: &'static str,
		issue: IssueType,
		text: impl Into<String>,
	) -> Self {
		Self { status, code, outcome: OperationOutcome::error(issue, text), retry_after: None }
	}

	/// Name the parameter or header that is to blame, such as `http.code` for the parameter `code`.
	pub fn at(mut self, expression: impl Into<String>) -> Self {
		self.outcome = self.outcome.at(expression);
		self
	}

	/// Say when to ask again.
	pub fn retry_after(mut self, seconds: u64) -> Self {
		self.retry_after = Some(seconds);
		self
	}

	/// Something that every answer needs is missing at the moment; nothing was served.
	pub fn unavailable(code: Code, issue: IssueType, text: &'static str) -> Self {
		Self::new(code, issue, text).retry_after(RETRY_SECONDS)
	}

	/// The asker may not see that, or there is no such thing; the answer is the same.
	pub fn not_allowed() -> Self {
		Self::new(
			Code::NotAllowed,
			IssueType::Forbidden,
			"you have no access to this relationship's records for this purpose; if you should, ask the patient for a grant and send its opening",
		)
	}

	/// There is no such resource, or none that the asker may see; the answer is the same.
	pub fn not_found() -> Self {
		Self::new(
			Code::NotFound,
			IssueType::NotFound,
			"there is no such resource among those that you may see",
		)
	}

	/// Nothing is served at this path.
	pub fn no_route() -> Self {
		Self::new(
			Code::NoRoute,
			IssueType::NotSupported,
			"nothing is served at this path; /fhir/metadata says what is",
		)
	}

	/// The path exists, the method does not.
	pub fn method_not_allowed() -> Self {
		Self::new(
			Code::MethodNotAllowed,
			IssueType::NotSupported,
			"this path does not take this method",
		)
	}

	/// The request is well signed, but what it says cannot be used.
	pub fn malformed(code: Code, text: impl Into<String>) -> Self {
		Self::new(code, IssueType::Invalid, text)
	}

	/// The search cannot be understood.
	pub fn search(rejection: Rejection) -> Self {
		let code = match rejection.reason {
			Reason::ParameterUnknown => Code::ParameterUnknown,
			Reason::ParameterInvalid => Code::ParameterInvalid,
			Reason::TooLong => Code::SearchTooLong,
			Reason::Chained => Code::ChainedSearchUnsupported,
			Reason::ReverseChained => Code::ReverseChainedSearchUnsupported,
			Reason::Include => Code::IncludeUnsupported,
			Reason::Identifier => Code::IdentifierSearchUnsupported,
		};
		let (status, code) = (code.status(), code.name());
		Self { status, code, outcome: rejection.outcome, retry_after: None }
	}

	/// A fault of this program or its data. The log says more.
	pub fn internal() -> Self {
		Self::new(
			Code::InternalError,
			IssueType::Exception,
			"the gatekeeper failed; nothing was served, its operator finds the reason in the log",
		)
	}

	/// The answer's body and its media type: an [`ErrorBody`] under `/v1`, else an OperationOutcome.
	/// Both carry the code.
	pub fn body(&self, path: &str) -> (&'static str, Vec<u8>) {
		if path.starts_with("/v1/") {
			let body = ErrorBody::new(self.code, self.outcome.diagnostics());
			(JSON, json!(body).to_string().into_bytes())
		} else {
			let mut body = json!(self.outcome);
			if let Some(issue) = body.pointer_mut("/issue/0").and_then(Value::as_object_mut) {
				let coding = json!([{ "system": CODE_SYSTEM, "code": self.code }]);
				issue.insert("details".to_owned(), json!({ "coding": coding }));
			}
			(FHIR_JSON, body.to_string().into_bytes())
		}
	}
}

impl From<RequestError> for Refusal {
	fn from(error: RequestError) -> Self {
		let issue = match &error {
			RequestError::MissingHeader(_) | RequestError::MissingParameter(_) => {
				IssueType::Required
			},
			RequestError::Expired(_)
			| RequestError::DelegationExpired
			| RequestError::Staff(StaffError::Expired) => IssueType::Expired,
			RequestError::HeaderTooLong(_) => IssueType::TooLong,
			RequestError::DuplicateHeader(_) => IssueType::Invalid,
			_ => IssueType::Security,
		};
		let refusal = Self::of_protocol(error.status(), error.code(), issue, error.to_string());
		match error {
			RequestError::DuplicateHeader(name) => refusal.at(format!("http.{name}")),
			_ => refusal,
		}
	}
}

impl From<ConsentError> for Refusal {
	fn from(error: ConsentError) -> Self {
		let status = StatusCode::BAD_REQUEST;
		Self::of_protocol(status, error.code(), IssueType::Security, error.to_string())
	}
}

impl From<NodeError> for Refusal {
	fn from(error: NodeError) -> Self {
		match error {
			NodeError::Unreachable(_) => Self::unavailable(
				Code::ChainUnreachable,
				IssueType::Transient,
				"the gatekeeper cannot reach its node, and serves nothing without it; try again",
			),
			NodeError::Unavailable(_) => Self::unavailable(
				Code::ChainUnavailable,
				IssueType::Transient,
				"the gatekeeper's node cannot vouch for a decision now; try again",
			),
			NodeError::FinalityStale => Self::unavailable(
				Code::ChainStale,
				IssueType::Transient,
				"the chain has not finalized a block for too long; try again",
			),
			NodeError::RequiredBlockAbsent => Self::unavailable(
				Code::RequiredBlockAbsent,
				IssueType::Transient,
				"the gatekeeper's node has not imported the block that you require; try again",
			),
			NodeError::AnotherChain { .. } => Self::unavailable(
				Code::ChainUnavailable,
				IssueType::Transient,
				"the gatekeeper's node follows another chain; its operator has to mend that",
			),
		}
	}
}

impl From<StoreError> for Refusal {
	fn from(_: StoreError) -> Self {
		Self::unavailable(
			Code::StoreUnavailable,
			IssueType::NoStore,
			"the gatekeeper cannot write its log, and serves nothing without it; try again",
		)
	}
}

impl From<AuditError> for Refusal {
	fn from(error: AuditError) -> Self {
		match error {
			AuditError::Store(error) => error.into(),
			AuditError::Misfit(misfit) => {
				tracing::error!(%misfit, "the audit log does not fit; run `medrec-gatekeeper audit verify`");
				Self::unavailable(Code::LogUnavailable,
					IssueType::NoStore,
					"the gatekeeper's log takes no entries, and without it nothing is served; its operator has to mend that",
				)
			},
			AuditError::UnknownCursor => {
				Self::malformed(Code::CursorUnknown, error.to_string()).at("http.before")
			},
			error => {
				tracing::error!(%error, "the audit log failed");
				Self::internal()
			},
		}
	}
}

impl From<RecordError> for Refusal {
	fn from(error: RecordError) -> Self {
		match error {
			RecordError::Inconsistent { .. } => Self::internal(),
			RecordError::Open { .. }
			| RecordError::Unavailable(_)
			| RecordError::FhirServer(_)
			| RecordError::TooSlow
			| RecordError::OtherVocabulary => Self::unavailable(
				Code::RecordsUnavailable,
				IssueType::NoStore,
				"the provider's records cannot be read now; try again",
			),
		}
	}
}

/// The body is written by [`super::respond`], which knows the path.
impl IntoResponse for Refusal {
	fn into_response(self) -> Response {
		let mut response = self.status.into_response();
		if let Some(seconds) = self.retry_after {
			response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
		}
		response.extensions_mut().insert(self);
		response
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_error_is_an_operation_outcome_with_its_code() {
		let refusal =
			Refusal::malformed(Code::ParameterUnknown, "no such parameter").at("http.colour");
		let (content_type, body) = refusal.body("/fhir/Condition");
		assert_eq!(content_type, FHIR_JSON);
		let body: Value = serde_json::from_slice(&body).unwrap();
		assert_eq!(body["resourceType"], "OperationOutcome");
		let issue = &body["issue"][0];
		assert_eq!(issue["severity"], "error");
		assert_eq!(issue["code"], "invalid");
		assert_eq!(issue["details"]["coding"][0]["code"], "parameter-unknown");
		assert_eq!(issue["expression"][0], "http.colour");
	}

	#[test]
	fn under_v1_an_error_is_an_error_body() {
		let (content_type, body) = Refusal::not_allowed().body("/v1/openings");
		assert_eq!(content_type, JSON);
		let body: ErrorBody = serde_json::from_slice(&body).unwrap();
		assert_eq!(body.error.code, "not-allowed");
	}

	#[test]
	fn every_failure_of_a_dependency_is_503_with_retry_after() {
		let refusals = [
			Refusal::from(NodeError::Unreachable("x".into())),
			Refusal::from(NodeError::Unavailable("x".into())),
			Refusal::from(NodeError::FinalityStale),
			Refusal::from(NodeError::RequiredBlockAbsent),
			Refusal::from(StoreError::Full),
			Refusal::from(StoreError::Busy),
		];
		for refusal in refusals {
			let response = refusal.into_response();
			assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
			assert!(response.headers().contains_key(header::RETRY_AFTER));
		}
	}
}
