//! What a request is about, in the header `medrec-context`.

use crate::{encoding, headers::MAX_CONTEXT_LENGTH};
use medrec_primitives::{AccessRequest, Hash, Opening, ParticipantId, Purpose, RelationshipId};
use serde::{Deserialize, Serialize};

/// Longest reason of an emergency, in bytes of UTF-8.
pub const MAX_EMERGENCY_REASON: usize = 500;

/// Content of `medrec-context`: unpadded base64url of this as JSON in camelCase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestContext {
	/// Genesis hash of the chain.
	pub genesis: Hash,
	/// The provider that is asked.
	pub audience: ParticipantId,
	/// The relationship whose records are asked for; absent where a request is about none.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub relationship: Option<RelationshipId>,
	/// Who asks: the participant of the delegation.
	pub actor: ParticipantId,
	/// For whom; equal to `actor` where nobody acts for another.
	pub on_behalf_of: ParticipantId,
	/// What for.
	pub purpose: Purpose,
	/// Why it is an emergency: present exactly where the purpose is `emergency`, kept in the access log.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub emergency: Option<String>,
	/// What opens the grant that the access rests on. Patron and steward send none.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub opening: Option<Opening>,
	/// Hash of a block that the decision must know: the one with the sender's last change.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub include_block: Option<Hash>,
}

/// Why a context is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
	/// Not base64url of the JSON form.
	#[error("medrec-context cannot be read: {0}")]
	Header(String),
	/// Longer than [`MAX_CONTEXT_LENGTH`].
	#[error("medrec-context is {0} bytes long, more than is read")]
	TooLong(usize),
	/// Purpose `emergency` without a reason, or a reason with another purpose.
	#[error("a reason of emergency goes with the purpose `emergency` and with no other")]
	EmergencyReason,
	/// The reason is empty, too long or holds control characters.
	#[error("the reason of the emergency is one line of 1 to 500 bytes")]
	EmergencyReasonText,
}

impl RequestContext {
	/// Context of a participant who asks for herself, without opening.
	pub const fn new(
		genesis: Hash,
		audience: ParticipantId,
		relationship: Option<RelationshipId>,
		actor: ParticipantId,
		purpose: Purpose,
	) -> Self {
		Self {
			genesis,
			audience,
			relationship,
			actor,
			on_behalf_of: actor,
			purpose,
			emergency: None,
			opening: None,
			include_block: None,
		}
	}

	/// Value of `medrec-context`.
	///
	/// Errors: all of [`ContextError`]; `Header` if the opening holds members of the vocabulary that this
	/// version does not know.
	pub fn header_value(&self) -> Result<String, ContextError> {
		self.check()?;
		let value = encoding::to_base64url_json(self)
			.map_err(|error| ContextError::Header(error.to_string()))?;
		check_length(&value)?;
		Ok(value)
	}

	/// Reads [`Self::header_value`].
	///
	/// Errors: all of [`ContextError`].
	pub fn from_header_value(value: &str) -> Result<Self, ContextError> {
		check_length(value)?;
		let context: Self = encoding::from_base64url_json(value).map_err(ContextError::Header)?;
		context.check()?;
		Ok(context)
	}

	/// The question to the chain that this asks; `None` where it is about no relationship.
	pub fn access_request(&self) -> Option<AccessRequest> {
		self.relationship.map(|relationship| AccessRequest {
			actor: self.actor,
			on_behalf_of: self.on_behalf_of,
			relationship,
			purpose: self.purpose,
			opening: self.opening.clone(),
		})
	}

	fn check(&self) -> Result<(), ContextError> {
		if self.emergency.is_some() != (self.purpose == Purpose::Emergency) {
			return Err(ContextError::EmergencyReason);
		}
		let readable = |reason: &String| {
			!reason.trim().is_empty()
				&& reason.len() <= MAX_EMERGENCY_REASON
				&& !reason.chars().any(char::is_control)
		};
		if !self.emergency.as_ref().is_none_or(readable) {
			return Err(ContextError::EmergencyReasonText);
		}
		Ok(())
	}
}

fn check_length(value: &str) -> Result<(), ContextError> {
	if value.len() > MAX_CONTEXT_LENGTH {
		return Err(ContextError::TooLong(value.len()));
	}
	Ok(())
}
