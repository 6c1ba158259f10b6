//! Which of a provider's people asks: when a request has to say so, and what a role may ask for.

mod config;

pub use config::{RequireCredential, StaffConfig};

use crate::{
	config::Config,
	fhir::IssueType,
	server::{Code, Refusal},
};
use medrec_primitives::Purposes;
use medrec_protocol::request::VerifiedRequest;
use medrec_rpc_api::ParticipantInfo;

/// Whether the staff credential is signed with the key that its provider has on the chain, and whether
/// there is one where there has to be.
pub fn check(
	config: &Config,
	request: &VerifiedRequest,
	actor: &ParticipantInfo,
) -> Result<(), Refusal> {
	let key = actor.provider.as_ref().map(|provider| &provider.gatekeeper_key.0);
	request.authorize_staff(key)?;
	let required = config.staff.require_credential;
	if request.staff.is_none() && required.applies_to(actor.id, actor.kind, config.provider) {
		return Err(Refusal::new(
			Code::StaffRequired,
			IssueType::Login,
			"say which member of your staff asks: this gatekeeper serves you only with a staff credential",
		));
	}
	Ok(())
}

/// Why the member of staff who asks may not claim the purpose of her request, in words for her and for
/// the log.
pub fn misuse(config: &StaffConfig, request: &VerifiedRequest) -> Option<String> {
	let credential = &request.staff.as_ref()?.credential;
	let purpose = request.context.purpose;
	let name = || Purposes::from(purpose).names().collect::<String>();
	if !credential.allows(purpose) {
		return Some(format!("the staff credential is not for the purpose {}", name()));
	}
	if !config.purposes_of(credential.role).contains(purpose.into()) {
		return Some(format!("the role {} may not claim the purpose {}", credential.role, name()));
	}
	None
}

/// The answer to a purpose that the member of staff may not claim.
pub fn refuse_purpose(reason: String) -> Refusal {
	Refusal::new(Code::StaffPurposeNotAllowed, IssueType::Forbidden, reason)
}
