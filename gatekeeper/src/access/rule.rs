//! What the gatekeeper makes of the chain's decision: the same or less, never more.

use crate::{
	audit::Ruling,
	store::{Binding, BindingStatus, Hold, HoldNumber},
};
use medrec_primitives::{Allowed, Basis, Decision, ParticipantId, RecordTypes, Relationship};
use medrec_protocol::access_log::Interaction;

/// What the patron reads in her access log where a hold withheld everything. Why, staff know.
pub const WITHHELD_BY_HOLD: &str = "withheld by the provider";

/// All that counts beside the chain's decision.
#[derive(Debug)]
pub struct Circumstances<'a> {
	/// The relationship's binding.
	pub binding: &'a Binding,
	/// The relationship in the best block.
	pub on_chain: Option<&'a Relationship>,
	/// Whose gatekeeper this is.
	pub provider: ParticipantId,
	/// Who asks.
	pub actor: ParticipantId,
	/// For whom.
	pub on_behalf_of: ParticipantId,
	/// What is asked.
	pub interaction: Interaction,
	/// Whether the policy that the grant names, if it names one, is here.
	pub has_policy: bool,
	/// Whether a merge of the patient is not resolved.
	pub frozen: bool,
	/// Why the member of staff who asks may not claim this purpose, if she may not.
	pub misuse: Option<&'a str>,
	/// Holds that are in force in the relationship.
	pub holds: &'a [Hold],
}

/// The ruling on a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruled {
	/// Yes or no.
	pub ruling: Ruling,
	/// Record types that are withheld although the ruling allows them.
	pub held: RecordTypes,
	/// The holds that had a part in it.
	pub holds: Vec<HoldNumber>,
	/// Whether the asker is told why it is withheld. Otherwise the answer is that to a relationship which
	/// does not exist.
	pub told: bool,
}

impl From<Ruling> for Ruled {
	fn from(ruling: Ruling) -> Self {
		Self { ruling, held: RecordTypes::NONE, holds: Vec::new(), told: false }
	}
}

/// Rule on a request.
pub fn rule(decision: Decision, circumstances: &Circumstances) -> Ruled {
	let allowed = match decision {
		Decision::Allowed(allowed) => allowed,
		Decision::Denied(reason) => return Ruling::Denied { reason }.into(),
	};
	if let Some(reason) = withheld(&allowed, circumstances) {
		return Ruling::Withheld { reason }.into();
	}
	// Last of what withholds everything: the answer tells that she could have it for another purpose.
	if let Some(misuse) = circumstances.misuse {
		let ruling = Ruling::Withheld { reason: misuse.to_owned() };
		return Ruled { told: true, ..ruling.into() };
	}
	// Holds are about records. Who looked, and what she granted, the patron sees all the same.
	if !is_about_records(circumstances.interaction) {
		return Ruling::Allowed(allowed).into();
	}
	hold_back(allowed, circumstances)
}

const fn is_about_records(interaction: Interaction) -> bool {
	match interaction {
		Interaction::Read | Interaction::Search => true,
		Interaction::AccessLog
		| Interaction::Openings
		| Interaction::Deposit
		| Interaction::Amendment
		| Interaction::Amendments
		| Interaction::Notifications => false,
	}
}

/// Why nothing may be done, holds aside.
fn withheld(allowed: &Allowed, circumstances: &Circumstances) -> Option<String> {
	let Circumstances { binding, on_chain, provider, interaction, has_policy, frozen, .. } =
		*circumstances;
	match on_chain {
		Some(relationship) if relationship.steward != provider => {
			return Some("the relationship is another provider's".to_owned())
		},
		Some(relationship) if relationship.patron != binding.patron => {
			return Some("the binding is of another patron".to_owned())
		},
		Some(_) => {},
		None => return Some("the relationship is not on the chain".to_owned()),
	}
	if binding.status != BindingStatus::Active {
		return Some(format!("the binding is {}", binding.status));
	}
	if frozen {
		return Some("the provider is clearing up whose records these are".to_owned());
	}
	if allowed.policy.is_some() && !has_policy {
		return Some("the grant's finer policy is not known here".to_owned());
	}
	if !is_about_records(interaction) && allowed.basis != Basis::Patron {
		return Some("for the patron only".to_owned());
	}
	None
}

/// What the holds leave of what is allowed.
fn hold_back(allowed: Allowed, circumstances: &Circumstances) -> Ruled {
	let Circumstances { actor, on_behalf_of, holds, .. } = *circumstances;
	let concerning: Vec<_> =
		holds.iter().filter(|hold| hold.concerns(actor, on_behalf_of)).collect();
	let held = concerning.iter().fold(RecordTypes::NONE, |held, hold| {
		held.union(hold.placed.types.unwrap_or(RecordTypes::ALL))
	});
	let left = allowed.visible.iter().any(|visible| !held.contains(visible.types));
	let holds: Vec<_> = concerning.iter().map(|hold| hold.number).collect();
	let ruling = if holds.is_empty() || left {
		Ruling::Allowed(allowed)
	} else {
		Ruling::Withheld { reason: WITHHELD_BY_HOLD.to_owned() }
	};
	Ruled { ruling, held, holds, told: false }
}

#[cfg(test)]
mod tests;
