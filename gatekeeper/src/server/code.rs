//! The codes of this server's own errors, each with its status. Those of signed requests and of
//! consents are in `medrec_protocol`; `docs/protocol.md` says what all of them mean.

use axum::http::StatusCode;

macro_rules! codes {
	($($code:ident = $name:literal, $status:ident;)*) => {
		/// Stable name of an error. Names and statuses never change.
		#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
		pub enum Code {
			$($code,)*
		}

		impl Code {
			/// Every code.
			pub const ALL: &'static [Self] = &[$(Self::$code,)*];

			/// As it stands in answers, in kebab case.
			pub const fn name(self) -> &'static str {
				match self {
					$(Self::$code => $name,)*
				}
			}

			/// Status of the answer.
			pub const fn status(self) -> StatusCode {
				match self {
					$(Self::$code => StatusCode::$status,)*
				}
			}
		}
	};
}

codes! {
	ParticipantUnknown = "participant-unknown", UNAUTHORIZED;
	ParticipantRetired = "participant-retired", UNAUTHORIZED;
	StaffRequired = "staff-required", UNAUTHORIZED;
	StaffPurposeNotAllowed = "staff-purpose-not-allowed", FORBIDDEN;
	NonceUsed = "nonce-used", UNAUTHORIZED;
	TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS;
	TooManyStreams = "too-many-streams", TOO_MANY_REQUESTS;
	NotAllowed = "not-allowed", FORBIDDEN;
	RelationshipMissing = "relationship-missing", BAD_REQUEST;
	RelationshipMismatch = "relationship-mismatch", BAD_REQUEST;
	NotFound = "not-found", NOT_FOUND;
	NoRoute = "no-route", NOT_FOUND;
	ResourceTypeUnsupported = "resource-type-unsupported", NOT_FOUND;
	MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED;
	NotAcceptable = "not-acceptable", NOT_ACCEPTABLE;
	ParameterUnknown = "parameter-unknown", BAD_REQUEST;
	ChainedSearchUnsupported = "chained-search-unsupported", BAD_REQUEST;
	ReverseChainedSearchUnsupported = "reverse-chained-search-unsupported", BAD_REQUEST;
	IncludeUnsupported = "include-unsupported", BAD_REQUEST;
	IdentifierSearchUnsupported = "identifier-search-unsupported", BAD_REQUEST;
	ParameterInvalid = "parameter-invalid", BAD_REQUEST;
	SearchTooLong = "search-too-long", BAD_REQUEST;
	CursorUnknown = "cursor-unknown", BAD_REQUEST;
	BodyMalformed = "body-malformed", BAD_REQUEST;
	BodyIncomplete = "body-incomplete", BAD_REQUEST;
	BodyUnexpected = "body-unexpected", BAD_REQUEST;
	BodyTooSlow = "body-too-slow", REQUEST_TIMEOUT;
	BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE;
	TargetTooLong = "target-too-long", URI_TOO_LONG;
	ContentTypeUnsupported = "content-type-unsupported", UNSUPPORTED_MEDIA_TYPE;
	ContentEncodingUnsupported = "content-encoding-unsupported", UNSUPPORTED_MEDIA_TYPE;
	HeadersTooLarge = "headers-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE;
	EnrolmentCodeUnknown = "enrolment-code-unknown", NOT_FOUND;
	EnrolmentCodeExpired = "enrolment-code-expired", GONE;
	EnrolmentRefused = "enrolment-refused", CONFLICT;
	AccountNotEnrollable = "account-not-enrollable", CONFLICT;
	AccountNonceMismatch = "account-nonce-mismatch", CONFLICT;
	TagAbsent = "tag-absent", CONFLICT;
	AmendmentInvalid = "amendment-invalid", BAD_REQUEST;
	ResourceChanged = "resource-changed", CONFLICT;
	TooManyAmendments = "too-many-amendments", CONFLICT;
	PolicyInvalid = "policy-invalid", BAD_REQUEST;
	TooManyOpenings = "too-many-openings", CONFLICT;
	ChainUnreachable = "chain-unreachable", SERVICE_UNAVAILABLE;
	ChainUnavailable = "chain-unavailable", SERVICE_UNAVAILABLE;
	ChainStale = "chain-stale", SERVICE_UNAVAILABLE;
	RequiredBlockAbsent = "required-block-absent", SERVICE_UNAVAILABLE;
	StoreUnavailable = "store-unavailable", SERVICE_UNAVAILABLE;
	LogUnavailable = "log-unavailable", SERVICE_UNAVAILABLE;
	RecordsUnavailable = "records-unavailable", SERVICE_UNAVAILABLE;
	Overloaded = "overloaded", SERVICE_UNAVAILABLE;
	TooSlow = "too-slow", SERVICE_UNAVAILABLE;
	InternalError = "internal-error", INTERNAL_SERVER_ERROR;
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::BTreeSet;

	/// Codes and statuses in the last table of the published protocol.
	fn documented() -> BTreeSet<(String, u16)> {
		let text = include_str!("../../../docs/protocol.md");
		let (_, table) = text.split_once("Everything else that a gatekeeper answers:").unwrap();
		let rows = table.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2);
		let mut codes = BTreeSet::new();
		for row in rows {
			let cells: Vec<_> = row.split('|').map(str::trim).collect();
			let [_, names, status, ..] = cells[..] else { panic!("{row}") };
			for name in names.split(',') {
				let name = name.trim().trim_matches('`').to_owned();
				assert!(codes.insert((name, status.parse().unwrap())), "twice: {row}");
			}
		}
		codes
	}

	#[test]
	fn codes_are_those_of_the_published_protocol() {
		let ours: BTreeSet<_> =
			Code::ALL.iter().map(|code| (code.name().to_owned(), code.status().as_u16())).collect();
		assert_eq!(ours.len(), Code::ALL.len(), "each name once");
		assert_eq!(ours, documented());
	}
}
