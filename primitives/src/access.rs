//! The access decision: who may see what of whose records, as one pure function that the runtime API,
//! the node's RPC, the gatekeeper and the tests all call.

use crate::{
	ExpiryDay, Hash, Labels, Moment, Opening, ParticipantId, ParticipantKind, ParticipantStatus,
	Purpose, Purposes, PurposesTable, RecordTypes, Relationship, RelationshipId, RelationshipRole,
	RelationshipStatus, MAX_RULES, VOCABULARY_VERSION,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

/// What a decision needs to know of a participant.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Party {
	/// Its number.
	pub participant: ParticipantId,
	/// Its kind.
	pub kind: ParticipantKind,
	/// Its standing.
	pub status: ParticipantStatus,
}

/// A question as a client asks it.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessRequest {
	/// Who signs.
	pub actor: ParticipantId,
	/// For whom.
	pub on_behalf_of: ParticipantId,
	/// In which relationship: its patron's records, held by its steward.
	pub relationship: RelationshipId,
	/// What for.
	pub purpose: Purpose,
	/// What opens the tag that the access rests on. Patron and steward send none.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub opening: Option<Opening>,
}

/// A question with everything that the chain knows about it.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
	/// Who signs; `None` if there is no such participant.
	pub actor: Option<&'a Party>,
	/// For whom; `None` if there is no such participant.
	pub on_behalf_of: Option<&'a Party>,
	/// The relationship; `None` if there is none of that number.
	pub relationship: Option<&'a Relationship>,
	/// The opening that came with the request.
	pub opening: Option<&'a Opening>,
	/// Expiry of the opening's tag under that relationship; `None` if the tag is not on the chain.
	pub tag_on_chain: Option<ExpiryDay>,
	/// What for.
	pub purpose: Purpose,
	/// The network's table of purposes.
	pub purposes_table: &'a PurposesTable,
	/// Time of the block that the facts are from.
	pub start_now: Moment,
	/// The later of that and the node's clock: a stalled chain never prolongs a grant.
	pub end_now: Moment,
}

/// Why access is allowed.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Basis {
	/// The records are the asker's own.
	#[codec(index = 0)]
	Patron,
	/// The asker holds the records.
	#[codec(index = 1)]
	Steward,
	/// The patron granted it.
	#[codec(index = 2)]
	Grant,
}

/// What may be seen under one rule. A record is visible if its type is in `types` and all of its
/// labels are in `labels`, before `until`.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct Visible {
	/// Types of records.
	pub types: RecordTypes,
	/// Labels that a record may carry.
	pub labels: Labels,
	/// First moment at which this no longer holds.
	pub until: Moment,
}

impl Visible {
	/// Everything, for ever: what patron and steward see.
	pub const EVERYTHING: Self =
		Self { types: RecordTypes::ALL, labels: Labels::ALL, until: Moment::MAX };

	/// Whether a record of this type that carries these labels may be seen.
	pub const fn shows(&self, record_type: RecordTypes, labels: Labels) -> bool {
		!record_type.is_empty() && self.types.contains(record_type) && self.labels.contains(labels)
	}
}

/// Alternatives of which one has to match all that is asked.
pub type VisibleList = BoundedVec<Visible, ConstU32<MAX_RULES>>;

/// An access that is allowed.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct Allowed {
	/// Why.
	pub basis: Basis,
	/// What may be seen; at least one entry.
	pub visible: VisibleList,
	/// Hash of the finer policy that narrows it further. Who does not have that policy must deny.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub policy: Option<Hash>,
}

/// Why access is denied. Names the first thing that did not fit; for logs, not for the asker.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub enum Denial {
	/// There is no such actor, or none such to act for.
	#[codec(index = 0)]
	ParticipantAbsent,
	/// The actor may not act for that participant.
	#[codec(index = 1)]
	NotOnBehalf,
	/// There is no such relationship.
	#[codec(index = 2)]
	RelationshipAbsent,
	/// The relationship is only proposed, or it is ended and the asker is not its patron.
	#[codec(index = 3)]
	RelationshipNotActive,
	/// The asker is suspended or retired (a suspended patron still reads).
	#[codec(index = 4)]
	ParticipantNotActive,
	/// Participants of this kind may not claim this purpose.
	#[codec(index = 5)]
	PurposeNotAllowed,
	/// Neither patron nor steward, and no opening.
	#[codec(index = 6)]
	OpeningAbsent,
	/// The opening is for someone else.
	#[codec(index = 7)]
	OpeningNotForGrantee,
	/// The opening is in a version, or names types, labels or purposes, that this version does not know.
	#[codec(index = 8)]
	VocabularyUnknown,
	/// The opening's tag is not on the chain: never granted, revoked, or granted in another relationship.
	#[codec(index = 9)]
	TagAbsent,
	/// The tag's expiry day on the chain is over.
	#[codec(index = 10)]
	TagExpired,
	/// No rule of the opening is for this purpose.
	#[codec(index = 11)]
	PurposeNotGranted,
	/// Every rule for this purpose begins later.
	#[codec(index = 12)]
	NotYetValid,
	/// No rule for this purpose holds any more.
	#[codec(index = 13)]
	NoLongerValid,
}

impl Denial {
	/// Every reason, in the order in which they are checked, as far as one order holds.
	pub const ALL: [Self; 14] = [
		Self::ParticipantAbsent,
		Self::NotOnBehalf,
		Self::RelationshipAbsent,
		Self::RelationshipNotActive,
		Self::ParticipantNotActive,
		Self::PurposeNotAllowed,
		Self::OpeningAbsent,
		Self::OpeningNotForGrantee,
		Self::VocabularyUnknown,
		Self::TagAbsent,
		Self::TagExpired,
		Self::PurposeNotGranted,
		Self::NotYetValid,
		Self::NoLongerValid,
	];
}

/// Outcome of the access decision.
#[derive(
	Clone,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Decision {
	/// Yes, this much.
	#[codec(index = 0)]
	Allowed(Allowed),
	/// No.
	#[codec(index = 1)]
	Denied(Denial),
}

impl Decision {
	/// Whether access is allowed.
	pub const fn is_allowed(&self) -> bool {
		matches!(self, Self::Allowed(_))
	}
}

impl From<Result<Allowed, Denial>> for Decision {
	fn from(result: Result<Allowed, Denial>) -> Self {
		match result {
			Ok(allowed) => Self::Allowed(allowed),
			Err(denial) => Self::Denied(denial),
		}
	}
}

/// Decide a question. Never allows more than the opening says, and denies whatever it does not know.
pub fn decide(question: &Question) -> Decision {
	evaluate(question).into()
}

fn evaluate(question: &Question) -> Result<Allowed, Denial> {
	let actor = question.actor.ok_or(Denial::ParticipantAbsent)?;
	let asker = question.on_behalf_of.ok_or(Denial::ParticipantAbsent)?;
	if actor.participant != asker.participant {
		return Err(Denial::NotOnBehalf);
	}
	let relationship = question.relationship.ok_or(Denial::RelationshipAbsent)?;
	let role = relationship.role_of(asker.participant);

	let relationship_holds = match relationship.status {
		RelationshipStatus::Active => true,
		RelationshipStatus::Ended => role == Some(RelationshipRole::Patron),
		RelationshipStatus::ProposedByPatron | RelationshipStatus::ProposedBySteward => false,
	};
	if !relationship_holds {
		return Err(Denial::RelationshipNotActive);
	}
	let asker_holds = match asker.status {
		ParticipantStatus::Active => true,
		ParticipantStatus::Suspended => role == Some(RelationshipRole::Patron),
		ParticipantStatus::Retired => false,
	};
	if !asker_holds {
		return Err(Denial::ParticipantNotActive);
	}
	if !question.purposes_table.of(asker.kind).contains(question.purpose.into()) {
		return Err(Denial::PurposeNotAllowed);
	}
	match role {
		Some(RelationshipRole::Patron) => Ok(everything(Basis::Patron)),
		Some(RelationshipRole::Steward) => Ok(everything(Basis::Steward)),
		None => by_grant(question, asker),
	}
}

fn everything(basis: Basis) -> Allowed {
	Allowed {
		basis,
		visible: VisibleList::truncate_from(alloc::vec![Visible::EVERYTHING]),
		policy: None,
	}
}

fn by_grant(question: &Question, asker: &Party) -> Result<Allowed, Denial> {
	let opening = question.opening.ok_or(Denial::OpeningAbsent)?;
	if opening.grantee != asker.participant {
		return Err(Denial::OpeningNotForGrantee);
	}
	let terms = &opening.terms;
	let known = terms.vocabulary == VOCABULARY_VERSION
		&& terms.rules.iter().all(|rule| {
			rule.types.is_known() && rule.labels.is_known() && rule.purposes.is_known()
		});
	if !known {
		return Err(Denial::VocabularyUnknown);
	}
	let expiry = question.tag_on_chain.ok_or(Denial::TagAbsent)?;
	if expiry.is_over(question.start_now) || expiry.is_over(question.end_now) {
		return Err(Denial::TagExpired);
	}

	let purpose = Purposes::from(question.purpose);
	let mut visible = VisibleList::new();
	let mut denial = Denial::PurposeNotGranted;
	for rule in terms.rules.iter().filter(|rule| rule.purposes.contains(purpose)) {
		if question.start_now >= rule.not_after || question.end_now >= rule.not_after {
			denial = Denial::NoLongerValid;
		} else if question.start_now < rule.not_before {
			if denial == Denial::PurposeNotGranted {
				denial = Denial::NotYetValid;
			}
		} else {
			let until = rule.not_after.min(expiry.end());
			// There are as many places as a grant can have rules; were there fewer, less is shown.
			let _ = visible.try_push(Visible { types: rule.types, labels: rule.labels, until });
		}
	}
	if visible.is_empty() {
		return Err(denial);
	}
	Ok(Allowed { basis: Basis::Grant, visible, policy: terms.policy })
}
