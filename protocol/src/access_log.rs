//! JSON bodies of `GET /v1/access-log?relationship=N[&before=CURSOR]`: who looked at a patient's
//! records, for the patient.

use crate::{
	receipt::EntryId, response::DecisionBlocks, session::SessionKeyId, staff::StaffMember,
};
use medrec_primitives::{
	Basis, Denial, Hash, Moment, ParticipantId, Purpose, RecordTypes, RelationshipId,
};
use serde::{Deserialize, Serialize};

/// A page of entries, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessLogPage {
	/// The entries.
	pub entries: Vec<AccessLogEntry>,
	/// Value of `before` for the next, older page; absent on the last.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub next: Option<String>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessLogEntry {
	/// Name of the entry.
	pub entry: EntryId,
	/// When, by the gatekeeper's clock.
	pub at: Moment,
	/// Whose records: patron and steward of this relationship.
	pub relationship: RelationshipId,
	/// Who asked.
	pub actor: ParticipantId,
	/// For whom.
	pub on_behalf_of: ParticipantId,
	/// Which session key signed.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub session_key: Option<SessionKeyId>,
	/// Which of the actor's people, where the request said so.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub staff: Option<StaffMember>,
	/// What for.
	pub purpose: Purpose,
	/// Why it was an emergency.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub emergency: Option<String>,
	/// What was done.
	pub interaction: Interaction,
	/// Types of the records that were sent.
	pub types: RecordTypes,
	/// How many records were sent; may be more than are named in `resources`.
	pub resource_count: u32,
	/// Which records were sent.
	pub resources: Vec<ResourceReference>,
	/// How it ended.
	pub outcome: AccessOutcome,
	/// Blocks that the decision was made on; absent where there was none.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub blocks: Option<DecisionBlocks>,
	/// The entry's leaf hash in the Merkle tree; equal to the one in the asker's receipt.
	pub leaf: Hash,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Interaction {
	/// One resource was read.
	Read,
	/// Resources were searched for.
	Search,
	/// The access log was read.
	AccessLog,
	/// Deposited openings were listed.
	Openings,
	/// An opening was deposited.
	Deposit,
	/// A correction was asked for.
	Amendment,
	/// Corrections that were asked for were listed.
	Amendments,
	/// Notifications were waited for.
	Notifications,
}

/// A FHIR resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceReference {
	/// Its type, such as `Observation`.
	pub resource_type: String,
	/// Its logical id.
	pub id: String,
	/// Its version id.
	pub version: String,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AccessOutcome {
	/// `{"allowed": {"basis": "grant"}}`
	Allowed {
		/// Why.
		basis: Basis,
	},
	/// The chain does not allow it: `{"denied": {"reason": "TagAbsent"}}`
	Denied {
		/// Why not.
		reason: Denial,
	},
	/// The gatekeeper allows less than the chain: `{"withheld": {"reason": "legal hold"}}`
	Withheld {
		/// Why.
		reason: String,
	},
	/// Nothing was decided or nothing was sent, because something failed on the way: `"failed"`
	Failed,
}
