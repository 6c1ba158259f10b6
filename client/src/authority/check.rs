//! A line of the check-list.

use serde::Serialize;

/// What a line of the check-list is about: first, in the order in which a provider comes to validate, what it
/// needs for that, then what it needs besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Item {
	/// The council has admitted the provider.
	Certified,
	/// It is neither suspended nor retired.
	Active,
	/// Session keys are registered on the chain.
	SessionKeys,
	/// The node has the secret halves.
	KeysInNode,
	/// The node runs as a validator and follows the chain.
	Node,
	/// The council has given it authority.
	Authority,
	/// It is in the set of the next session.
	Queued,
	/// It is in the set of this session.
	Validating,
	/// No equivocation is on record.
	Record,
	/// Its gatekeeper can register and enrol.
	Operator,
}

impl Item {
	/// For people.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Certified => "certified",
			Self::Active => "active",
			Self::SessionKeys => "session keys",
			Self::KeysInNode => "keys in the node",
			Self::Node => "node",
			Self::Authority => "authority",
			Self::Queued => "queued",
			Self::Validating => "validating",
			Self::Record => "record",
			Self::Operator => "operator account",
		}
	}

	/// Whether a provider needs it to validate.
	pub const fn is_for_validating(self) -> bool {
		!matches!(self, Self::Operator)
	}
}

/// How it stands with an [`Item`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
	/// As it should be.
	Ok,
	/// Comes by itself, or once something else is done.
	Waiting,
	/// Somebody has to do something.
	Missing,
	/// Cannot be told from here.
	Unknown,
}

impl Verdict {
	/// For people.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Ok => "ok",
			Self::Waiting => "waiting",
			Self::Missing => "missing",
			Self::Unknown => "unknown",
		}
	}
}

/// A line of the check-list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
	/// What it is about.
	pub item: Item,
	/// How it stands.
	pub verdict: Verdict,
	/// The same in words.
	pub detail: String,
	/// What to do, if something is to be done.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub todo: Option<String>,
}

pub(super) fn line(item: Item, verdict: Verdict, detail: impl Into<String>) -> Check {
	Check { item, verdict, detail: detail.into(), todo: None }
}

pub(super) fn ok(item: Item, detail: impl Into<String>) -> Check {
	line(item, Verdict::Ok, detail)
}

pub(super) fn waiting(item: Item, detail: impl Into<String>) -> Check {
	line(item, Verdict::Waiting, detail)
}

pub(super) fn missing(item: Item, detail: impl Into<String>, todo: impl Into<String>) -> Check {
	Check { todo: Some(todo.into()), ..line(item, Verdict::Missing, detail) }
}
