//! JSON bodies of `/v1/amendments`: corrections of records that patrons ask for, and what became of
//! them.

use medrec_primitives::{Moment, RelationshipId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{fmt, str::FromStr};

/// Most bytes of the reason that a patron gives, and of the answer that staff give.
pub const MAX_REASON: usize = 2_000;

/// Most bytes of a proposed value.
pub const MAX_PROPOSED: usize = 4_096;

/// Most bytes of an element's path.
const MAX_ELEMENT: usize = 512;

/// Elements that say what a resource is and whose: a correction of them would be another resource.
const IDENTIFYING: [&str; 7] =
	["resourceType", "id", "meta", "implicitRules", "contained", "subject", "patient"];

/// Body of `POST /v1/amendments`, by the patron.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AmendmentRequest {
	/// The relationship whose records are meant.
	pub relationship: RelationshipId,
	/// Type of the resource.
	pub resource_type: String,
	/// Its logical id.
	pub id: String,
	/// The version of it that she saw (`meta.versionId`, or its ETag without `W/` and quotes).
	pub version: String,
	/// What is wrong.
	pub element: Element,
	/// What should stand there; absent if nothing should.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub proposed: Option<ProposedValue>,
	/// Why, in her words: 1 to [`MAX_REASON`] bytes.
	pub reason: String,
}

/// Answer of `GET /v1/amendments`: all that were asked for in a relationship, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AmendmentList {
	/// The amendments.
	pub amendments: Vec<Amendment>,
}

/// A correction that was asked for. Answer of `POST /v1/amendments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Amendment {
	/// Its name: 32 hexadecimal digits.
	pub amendment: AmendmentId,
	/// What was asked for.
	pub request: AmendmentRequest,
	/// When.
	pub requested_at: Moment,
	/// What became of it.
	pub state: AmendmentState,
	/// What staff said to it, once they accepted or declined it.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub answer: Option<String>,
	/// When they did.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub answered_at: Option<Moment>,
	/// When it was written or handed over.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub settled_at: Option<Moment>,
	/// The version that the resource has with it, once it was written.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub new_version: Option<String>,
}

/// What became of an amendment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AmendmentState {
	/// Staff have not answered yet.
	Requested,
	/// They declined it.
	Declined,
	/// They accepted it; it is about to be written or handed over.
	Accepted,
	/// It stands in the records.
	Written,
	/// It was handed over to those who keep the records.
	HandedOver,
}

impl AmendmentState {
	/// Every state.
	pub const ALL: [Self; 5] =
		[Self::Requested, Self::Declined, Self::Accepted, Self::Written, Self::HandedOver];

	/// Its name, as in JSON.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Requested => "requested",
			Self::Declined => "declined",
			Self::Accepted => "accepted",
			Self::Written => "written",
			Self::HandedOver => "handedOver",
		}
	}

	/// Whether something is still to be done.
	pub const fn is_open(self) -> bool {
		matches!(self, Self::Requested | Self::Accepted)
	}
}

impl fmt::Display for AmendmentState {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(self.name())
	}
}

impl FromStr for AmendmentState {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Self::ALL
			.into_iter()
			.find(|state| state.name() == text)
			.ok_or_else(|| format!("`{text}` is no state of an amendment"))
	}
}

/// Name of an amendment: random bytes, 32 lower-case hexadecimal digits as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AmendmentId(pub [u8; 16]);

/// The text is no name of an amendment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amendment is named by 32 hexadecimal digits")]
pub struct InvalidAmendmentId;

impl fmt::Display for AmendmentId {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&hex::encode(self.0))
	}
}

impl FromStr for AmendmentId {
	type Err = InvalidAmendmentId;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
		let id = bytes.map(Self).ok_or(InvalidAmendmentId)?;
		if id.to_string() == text {
			Ok(id)
		} else {
			Err(InvalidAmendmentId)
		}
	}
}

impl From<AmendmentId> for String {
	fn from(id: AmendmentId) -> Self {
		id.to_string()
	}
}

impl TryFrom<String> for AmendmentId {
	type Error = InvalidAmendmentId;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

/// An element of a resource as a JSON Pointer (RFC 6901), such as `/valueQuantity/value` or
/// `/code/coding/0/display`. What says which resource it is, and whose, has no pointer here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Element(String);

/// The text names no element that can be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ElementError {
	/// It is no JSON Pointer, or too long a one.
	#[error("an element is written as a JSON Pointer, such as /valueQuantity/value")]
	Form,
	/// It says what the resource is.
	#[error("this element says which resource it is, or whose; ask the provider about that")]
	Identifying,
}

impl Element {
	/// Names of members and numbers of items, from the outermost in; at least one.
	pub fn path(&self) -> Vec<String> {
		self.0.split('/').skip(1).map(|word| word.replace("~1", "/").replace("~0", "~")).collect()
	}

	/// As text.
	pub fn as_str(&self) -> &str {
		&self.0
	}
}

impl FromStr for Element {
	type Err = ElementError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let words = text.strip_prefix('/').ok_or(ElementError::Form)?.split('/');
		let is_word = |word: &str| {
			let mut escapes = word.split('~').skip(1);
			!word.is_empty()
				&& !word.chars().any(char::is_control)
				&& escapes.all(|rest| rest.starts_with(['0', '1']))
		};
		if text.len() > MAX_ELEMENT || !words.clone().all(is_word) {
			return Err(ElementError::Form);
		}
		let element = Self(text.to_owned());
		if element.path().first().is_some_and(|word| IDENTIFYING.contains(&word.as_str())) {
			return Err(ElementError::Identifying);
		}
		Ok(element)
	}
}

impl From<Element> for String {
	fn from(element: Element) -> Self {
		element.0
	}
}

impl TryFrom<String> for Element {
	type Error = ElementError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

impl fmt::Display for Element {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(&self.0)
	}
}

/// A JSON value, character by character as it was written: decimals keep their digits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProposedValue(Box<RawValue>);

impl ProposedValue {
	/// The value.
	pub fn as_raw(&self) -> &RawValue {
		&self.0
	}
}

impl PartialEq for ProposedValue {
	fn eq(&self, other: &Self) -> bool {
		self.0.get() == other.0.get()
	}
}

impl Eq for ProposedValue {}

impl FromStr for ProposedValue {
	type Err = serde_json::Error;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		serde_json::from_str(text).map(Self)
	}
}

/// Why a request for an amendment is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmendmentError {
	/// The reason is empty or too long.
	#[error("the reason has 1 to {MAX_REASON} bytes")]
	Reason,
	/// The proposed value is too long.
	#[error("the proposed value has at most {MAX_PROPOSED} bytes")]
	Proposed,
}

impl AmendmentRequest {
	/// Whether its texts are within the limits.
	///
	/// Errors: all of [`AmendmentError`].
	pub fn check(&self) -> Result<(), AmendmentError> {
		if !is_reason(&self.reason) {
			return Err(AmendmentError::Reason);
		}
		let proposed = self.proposed.as_ref().map_or(0, |value| value.as_raw().get().len());
		if proposed > MAX_PROPOSED {
			return Err(AmendmentError::Proposed);
		}
		Ok(())
	}
}

/// Whether a text can be a reason or an answer: not blank, not too long, and, lines aside, without
/// control characters.
pub fn is_reason(text: &str) -> bool {
	!text.trim().is_empty()
		&& text.len() <= MAX_REASON
		&& !text.chars().any(|letter| letter.is_control() && letter != '\n')
}
