//! The tables of errors in the published protocol are what the library answers.

use medrec_primitives::Hash;
use medrec_protocol::{
	context::ContextError, delegation::DelegationError, registration::ConsentError,
	request::RequestError, session::SessionKeyId, staff::StaffError,
};
use std::collections::BTreeSet;

const PROTOCOL: &str = include_str!("../../../docs/protocol.md");

/// Cells of the rows of the first table after a line.
fn table(after: &str) -> Vec<Vec<&'static str>> {
	let (_, rest) = PROTOCOL.split_once(after).unwrap();
	rest.lines()
		.skip_while(|line| !line.starts_with('|'))
		.take_while(|line| line.starts_with('|'))
		.skip(2)
		.map(|row| row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect())
		.collect()
}

fn code(cell: &str) -> String {
	cell.trim_matches('`').to_owned()
}

/// One of each. The match below does not compile when there is a new one: add it here.
fn request_errors() -> Vec<RequestError> {
	use RequestError::*;
	let header = || http::header::HOST;
	let mut all = vec![
		MissingHeader(header()),
		DuplicateHeader(header()),
		HeaderNotText(header()),
		HeaderTooLong(header()),
		UnexpectedHeader(header()),
		HostMismatch(String::new()),
		TargetNotPath,
		MalformedSignatureInput(String::new()),
		MalformedSignature(String::new()),
		MissingComponent(String::new()),
		UnexpectedComponent(String::new()),
		RepeatedComponent(String::new()),
		MissingParameter(""),
		WrongTag(String::new()),
		WrongAlgorithm(String::new()),
		CreatedInFuture(1),
		Expired(1),
		LifetimeEmpty,
		LifetimeTooLong(1),
		NonceMalformed,
		NonceTooShort(1),
		BodyDigestMismatch,
		DelegationMalformed(DelegationError::Empty),
		DelegationForAnotherKey(String::new()),
		SignatureInvalid,
		DelegationForAnotherGatekeeper(String::new()),
		DelegationForAnotherChain(Hash::zero()),
		DelegationNotYetValid(1),
		DelegationExpired,
		ContextMalformed(ContextError::EmergencyReason),
		ContextForAnotherChain(Hash::zero()),
		ContextForAnotherGatekeeper(1),
		ActorNotDelegated { actor: 1, delegating: 2 },
		DelegationRefused(DelegationError::SignatureInvalid),
		DelegationRefused(DelegationError::EpochOver { delegated: 1, current: 2 }),
	];
	all.extend(staff_errors().into_iter().map(Staff));
	for error in &all {
		match error {
			MissingHeader(_)
			| DuplicateHeader(_)
			| HeaderNotText(_)
			| HeaderTooLong(_)
			| UnexpectedHeader(_)
			| HostMismatch(_)
			| TargetNotPath
			| MalformedSignatureInput(_)
			| MalformedSignature(_)
			| MissingComponent(_)
			| UnexpectedComponent(_)
			| RepeatedComponent(_)
			| MissingParameter(_)
			| WrongTag(_)
			| WrongAlgorithm(_)
			| CreatedInFuture(_)
			| Expired(_)
			| LifetimeEmpty
			| LifetimeTooLong(_)
			| NonceMalformed
			| NonceTooShort(_)
			| BodyDigestMismatch
			| DelegationMalformed(_)
			| DelegationForAnotherKey(_)
			| SignatureInvalid
			| DelegationForAnotherGatekeeper(_)
			| DelegationForAnotherChain(_)
			| DelegationNotYetValid(_)
			| DelegationExpired
			| ContextMalformed(_)
			| ContextForAnotherChain(_)
			| ContextForAnotherGatekeeper(_)
			| ActorNotDelegated { .. }
			| DelegationRefused(_)
			| Staff(_) => {},
		}
	}
	all
}

/// As above, of those with one code one.
fn staff_errors() -> Vec<StaffError> {
	use StaffError::*;
	let all = vec![
		Header(String::new()),
		TooLong,
		AnotherChain(Hash::zero()),
		AnotherProvider { provider: 1, actor: 2 },
		AnotherKey(SessionKeyId([0; 32])),
		NotYetValid(1),
		Expired,
		NoProvider(1),
		SignatureInvalid,
	];
	for error in &all {
		match error {
			Header(_)
			| Empty
			| NoPurpose
			| TooLong
			| AnotherChain(_)
			| AnotherProvider { .. }
			| AnotherKey(_)
			| NotYetValid(_)
			| Expired
			| NoProvider(_)
			| SignatureInvalid => {},
		}
	}
	all
}

/// As above.
fn consent_errors() -> Vec<ConsentError> {
	use ConsentError::*;
	let all = vec![
		AnotherChain(Hash::zero()),
		AnotherProvider(1),
		KindNotAllowed,
		Expired,
		DeadlineTooFar,
		SignatureInvalid,
	];
	for error in &all {
		match error {
			AnotherChain(_) | AnotherProvider(_) | KindNotAllowed | Expired | DeadlineTooFar
			| SignatureInvalid => {},
		}
	}
	all
}

#[test]
fn refusals_of_requests_are_those_of_the_document() {
	let documented: BTreeSet<_> = table("messages are for people.")
		.into_iter()
		.map(|row| (code(row[0]), row[1].parse::<u16>().unwrap()))
		.collect();
	let errors = request_errors();
	let ours: BTreeSet<_> =
		errors.iter().map(|error| (error.code().to_owned(), error.status().as_u16())).collect();
	assert_eq!(ours.len(), errors.len(), "each code once");
	assert_eq!(ours, documented);
}

#[test]
fn refusals_of_consents_are_those_of_the_document() {
	let documented: BTreeSet<_> =
		table("Enrolments and registrations:").into_iter().map(|row| code(row[0])).collect();
	let ours: BTreeSet<_> = consent_errors().iter().map(|error| error.code().to_owned()).collect();
	assert_eq!(ours, documented);
}
