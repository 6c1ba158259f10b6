//! What the log says, in the JSON that is encrypted into its leaves.

use crate::store::HoldNumber;
use medrec_primitives::{
	Allowed, Denial, Hash, Moment, ParticipantId, Purpose, RecordTypes, RelationshipId, Tag,
};
use medrec_protocol::{
	access_log::{Interaction, ResourceReference},
	receipt::EntryId,
	response::DecisionBlocks,
	session::SessionKeyId,
	staff::StaffMember,
};
use serde::{Deserialize, Serialize};

/// Most bytes of an entry's JSON. A page of resources stays far below.
pub const MAX_ENTRY_BYTES: usize = 4 * 1024 * 1024;

/// A request that was decided, written before any record is read for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
	/// When it was decided.
	pub at: Moment,
	/// The relationship that it is about, if it is about one.
	pub relationship: Option<RelationshipId>,
	/// Who signed.
	pub actor: ParticipantId,
	/// For whom.
	pub on_behalf_of: ParticipantId,
	/// The key that signed the request.
	pub session_key: Option<SessionKeyId>,
	/// The person behind an institution's key, where it names one.
	#[serde(default)]
	pub staff: Option<StaffMember>,
	/// What for.
	pub purpose: Purpose,
	/// Why, if an emergency was claimed.
	pub emergency: Option<String>,
	/// What kind of request.
	pub interaction: Interaction,
	/// Method and target of the request (`GET /fhir/Condition?code=...`).
	pub request: String,
	/// The tag of the opening that came with it.
	pub tag: Option<Tag>,
	/// The decision.
	pub ruling: Ruling,
	/// Numbers of the local holds that had a part in it.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub holds: Vec<HoldNumber>,
	/// The blocks that the decision was made on.
	pub blocks: Option<DecisionBlocks>,
}

/// The decision on a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ruling {
	/// Yes, this much.
	Allowed(Allowed),
	/// The chain does not allow it.
	Denied {
		/// Why not.
		reason: Denial,
	},
	/// The chain allows it and the gatekeeper does not.
	Withheld {
		/// Why.
		reason: String,
	},
}

/// What became of a request, written before its answer leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
	/// When the answer was ready.
	pub at: Moment,
	/// Status of the answer (RFC 9110).
	pub status: u16,
	/// Whether what was decided was done.
	pub conclusion: Conclusion,
	/// Types of the resources in the answer.
	pub types: RecordTypes,
	/// The resources in the answer.
	pub resources: Vec<ResourceReference>,
}

/// Whether what was decided was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Conclusion {
	/// Yes: the answer is what the decision allows, or the refusal that it demands.
	Answered,
	/// No: something failed, and the answer holds no records.
	Failed {
		/// What failed.
		reason: String,
	},
}

/// Something that is no request for records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
	/// When.
	pub at: Moment,
	/// What happened.
	pub kind: EventKind,
	/// Who did it, if staff did.
	pub staff: Option<String>,
	/// The relationship that it is about, if it is about one.
	pub relationship: Option<RelationshipId>,
	/// Whatever else names it: an enrolment's id, an account, a reason.
	pub detail: Option<String>,
}

/// Kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
	/// Staff issued an enrolment code.
	CodeIssued,
	/// A patient redeemed an enrolment code.
	CodeRedeemed,
	/// Staff confirmed an enrolment.
	EnrolmentConfirmed,
	/// Staff refused an enrolment.
	EnrolmentRefused,
	/// An enrolment reached the chain.
	EnrolmentActivated,
	/// Staff bound a relationship to a patient.
	RelationshipBound,
	/// Staff confirmed a binding.
	BindingConfirmed,
	/// Staff called a binding into doubt.
	BindingDisputed,
	/// Staff severed a binding.
	BindingSevered,
	/// A patron asked for a correction of a record.
	AmendmentRequested,
	/// Staff accepted an amendment.
	AmendmentAccepted,
	/// Staff declined an amendment.
	AmendmentDeclined,
	/// An accepted amendment was written into the records.
	AmendmentWritten,
	/// An accepted amendment was handed over to those who keep the records.
	AmendmentHandedOver,
	/// Staff placed a hold.
	HoldPlaced,
	/// Staff lifted a hold.
	HoldLifted,
	/// Staff found that two patients may be one person.
	MergeOpened,
	/// Staff resolved a merge: one person.
	MergeConfirmed,
	/// Staff resolved a merge: two persons.
	MergeRejected,
	/// Staff took a merge back.
	MergeUndone,
	/// A member of staff was given a credential.
	StaffCredentialIssued,
	/// Staff registered a participant.
	ParticipantRegistered,
	/// The gatekeeper signs with another key from here on.
	GatekeeperKeyChanged,
}

/// Entries that were erased. Itself never erased.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Erasure {
	pub at: Moment,
	pub staff: String,
	pub reason: String,
	pub entries: Vec<EntryId>,
}

/// An entry as it is encrypted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Entry {
	Intent(Box<Intent>),
	Outcome {
		/// Leaf of the intent: holds the two together.
		intent: Hash,
		relationship: Option<RelationshipId>,
		outcome: Outcome,
	},
	Event(Event),
	Erasure(Erasure),
}

impl Entry {
	/// What the entry is filed under.
	pub fn kind(&self) -> Kind {
		match self {
			Self::Intent(_) => Kind::Intent,
			Self::Outcome { .. } => Kind::Outcome,
			Self::Event(_) => Kind::Event,
			Self::Erasure(_) => Kind::Erasure,
		}
	}

	/// The relationship that the entry is about, if it is about one.
	pub fn relationship(&self) -> Option<RelationshipId> {
		match self {
			Self::Intent(intent) => intent.relationship,
			Self::Outcome { relationship, .. } | Self::Event(Event { relationship, .. }) => {
				*relationship
			},
			Self::Erasure(_) => None,
		}
	}
}

/// Kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
	Intent,
	Outcome,
	Event,
	Erasure,
}

impl Kind {
	/// Its name in the database.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Intent => "intent",
			Self::Outcome => "outcome",
			Self::Event => "event",
			Self::Erasure => "erasure",
		}
	}
}
