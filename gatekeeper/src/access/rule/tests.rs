use super::*;
use crate::store::{EndOnChain, NewHold};
use medrec_primitives::{Denial, Labels, RelationshipStatus, Visible, VisibleList};

const PROVIDER: ParticipantId = 1;
const PATRON: ParticipantId = 10;
const GRANTEE: ParticipantId = 20;

fn binding(status: BindingStatus) -> Binding {
	Binding {
		relationship: 9,
		patron: PATRON,
		local_patient: "alice-example".parse().unwrap(),
		status,
		staff: "records office".to_owned(),
		reason: None,
		created_at: 1,
		changed_at: 1,
		end: EndOnChain::Unwanted,
	}
}

fn on_chain() -> Relationship {
	Relationship {
		patron: PATRON,
		steward: PROVIDER,
		status: RelationshipStatus::Active,
		since: 1,
		tags: 0,
	}
}

fn allowed(basis: Basis, types: RecordTypes) -> Decision {
	let visible = Visible { types, labels: Labels::NONE, until: 1_000 };
	Decision::Allowed(Allowed {
		basis,
		visible: VisibleList::truncate_from(vec![visible]),
		policy: None,
	})
}

fn hold(number: HoldNumber, grantee: Option<ParticipantId>, types: Option<RecordTypes>) -> Hold {
	let placed = NewHold {
		relationship: 9,
		grantee,
		types,
		disclosed: true,
		reason: "court order".to_owned(),
		staff: "legal department".to_owned(),
		ends_at: None,
	};
	Hold { number, placed, placed_at: 1, lifted: None }
}

struct Case {
	binding: Binding,
	on_chain: Option<Relationship>,
	actor: ParticipantId,
	interaction: Interaction,
	frozen: bool,
	misuse: Option<&'static str>,
	holds: Vec<Hold>,
}

impl Case {
	fn usual(actor: ParticipantId) -> Self {
		Self {
			binding: binding(BindingStatus::Active),
			on_chain: Some(on_chain()),
			actor,
			interaction: Interaction::Search,
			frozen: false,
			misuse: None,
			holds: Vec::new(),
		}
	}

	fn rule(&self, decision: Decision) -> Ruled {
		rule(
			decision,
			&Circumstances {
				binding: &self.binding,
				on_chain: self.on_chain.as_ref(),
				provider: PROVIDER,
				actor: self.actor,
				on_behalf_of: self.actor,
				interaction: self.interaction,
				has_policy: false,
				frozen: self.frozen,
				misuse: self.misuse,
				holds: &self.holds,
			},
		)
	}

	fn is_allowed(&self, decision: Decision) -> bool {
		matches!(self.rule(decision).ruling, Ruling::Allowed(_))
	}
}

#[test]
fn what_the_chain_denies_stays_denied() {
	let denied = Case::usual(GRANTEE).rule(Decision::Denied(Denial::TagAbsent));
	assert_eq!(denied, Ruling::Denied { reason: Denial::TagAbsent }.into());
}

#[test]
fn nothing_is_allowed_without_a_binding_that_fits_and_is_active() {
	let everything = || allowed(Basis::Patron, RecordTypes::ALL);
	assert!(Case::usual(PATRON).is_allowed(everything()));
	for status in BindingStatus::ALL {
		let case = Case { binding: binding(status), ..Case::usual(PATRON) };
		assert_eq!(case.is_allowed(everything()), status == BindingStatus::Active, "{status}");
	}
	for on_chain in [
		None,
		Some(Relationship { steward: 2, ..on_chain() }),
		Some(Relationship { patron: 11, ..on_chain() }),
	] {
		assert!(!Case { on_chain, ..Case::usual(PATRON) }.is_allowed(everything()));
	}
}

#[test]
fn a_merge_that_is_open_stops_everything() {
	for interaction in [Interaction::Read, Interaction::AccessLog, Interaction::Openings] {
		let case = Case { interaction, frozen: true, ..Case::usual(PATRON) };
		assert!(!case.is_allowed(allowed(Basis::Patron, RecordTypes::ALL)));
	}
}

/// What a hold does is not told, and not shown while the hold is undisclosed; a purpose that is not hers
/// is both.
#[test]
fn a_purpose_that_is_not_hers_is_told_where_nothing_else_is_in_the_way() {
	let misuse = "the role nurse may not claim the purpose payment";
	let everything = || allowed(Basis::Steward, RecordTypes::ALL);
	let case =
		Case { misuse: Some(misuse), holds: vec![hold(1, None, None)], ..Case::usual(PROVIDER) };
	let ruled = case.rule(everything());
	assert_eq!(ruled.ruling, Ruling::Withheld { reason: misuse.to_owned() });
	assert_eq!((ruled.told, ruled.holds), (true, vec![]));

	let frozen = Case { frozen: true, ..case };
	assert!(!frozen.rule(everything()).told);
	let denied = frozen.rule(Decision::Denied(Denial::TagAbsent));
	assert_eq!(denied, Ruling::Denied { reason: Denial::TagAbsent }.into());
}

#[test]
fn a_hold_on_a_grantee_is_nobody_else_s() {
	let holds = vec![hold(1, Some(GRANTEE), None)];
	let medications = || allowed(Basis::Grant, RecordTypes::MEDICATIONS);
	let held = Case { holds: holds.clone(), ..Case::usual(GRANTEE) }.rule(medications());
	assert_eq!(held.ruling, Ruling::Withheld { reason: WITHHELD_BY_HOLD.to_owned() });
	assert_eq!(held.holds, [1]);
	let other = Case { holds: holds.clone(), ..Case::usual(21) }.rule(medications());
	assert_eq!((other.holds, other.held), (vec![], RecordTypes::NONE));
	let patron = Case { holds, ..Case::usual(PATRON) };
	assert!(patron.is_allowed(allowed(Basis::Patron, RecordTypes::ALL)));
}

#[test]
fn holds_on_types_add_up_until_nothing_is_left() {
	let (medications, conditions) = (RecordTypes::MEDICATIONS, RecordTypes::CONDITIONS);
	let both = || allowed(Basis::Grant, medications.union(conditions));
	let with = |holds| Case { holds, ..Case::usual(GRANTEE) };
	let one = with(vec![hold(1, None, Some(medications))]).rule(both());
	assert!(matches!(one.ruling, Ruling::Allowed(_)));
	assert_eq!((one.held, one.holds), (medications, vec![1]));
	let holds = vec![hold(1, None, Some(medications)), hold(2, Some(GRANTEE), Some(conditions))];
	let all = with(holds).rule(both());
	assert!(matches!(all.ruling, Ruling::Withheld { .. }));
	assert_eq!(all.holds, [1, 2]);
}

#[test]
fn a_hold_on_everybody_leaves_the_patron_her_log_and_her_grants() {
	let on =
		|interaction| Case { interaction, holds: vec![hold(1, None, None)], ..Case::usual(PATRON) };
	let everything = || allowed(Basis::Patron, RecordTypes::ALL);
	for interaction in [Interaction::Read, Interaction::Search] {
		assert!(!on(interaction).is_allowed(everything()));
	}
	for interaction in [Interaction::AccessLog, Interaction::Openings, Interaction::Deposit] {
		assert!(on(interaction).is_allowed(everything()));
	}
}

#[test]
fn log_and_openings_are_the_patron_s_alone() {
	let case = Case { interaction: Interaction::AccessLog, ..Case::usual(PROVIDER) };
	assert!(!case.is_allowed(allowed(Basis::Steward, RecordTypes::ALL)));
}
