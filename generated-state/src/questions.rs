//! Access questions about a population, and what has to be answered.

use medrec_primitives::{
	Basis, Decision, Denial, Opening, ParticipantId, ParticipantKind, ParticipantStatus, Purpose,
	RelationshipId, RelationshipStatus,
};
use medrec_rpc_api::CheckAccess;

use crate::{
	dice::Dice,
	grants::{usual_purpose, Flavour, Grant, MAX_GRANTS},
	population::GROUP,
	Population,
};

/// What has to be answered, whenever it is asked between 2026 and 2100, with the default table of purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
	/// Yes, for this reason.
	Allowed(Basis),
	/// No, for this reason.
	Denied(Denial),
}

impl Expected {
	/// Whether a decision is the expected one.
	pub fn agrees(self, decision: &Decision) -> bool {
		match (self, decision) {
			(Self::Allowed(basis), Decision::Allowed(allowed)) => allowed.basis == basis,
			(Self::Denied(denial), Decision::Denied(denied)) => denial == *denied,
			_ => false,
		}
	}
}

const STEWARDS_PURPOSES: [Purpose; 4] =
	[Purpose::Treatment, Purpose::Operations, Purpose::Payment, Purpose::Emergency];

impl Population {
	/// The `number`th question. Of all, half are allowed by a grant, 8 of 100 because the asker is the
	/// patron, 7 because it is the steward; the others are denied, for each reason equally often.
	pub fn question(&self, number: u64) -> (CheckAccess, Expected) {
		let mut dice = Dice::new(self.seed, "question", number, 0);
		match dice.below(100) {
			0..50 => {
				let grant = self.grant(self.pick(&mut dice, |id| self.is_active(id)), 0);
				(self.ask_by(&grant), Expected::Allowed(Basis::Grant))
			},
			50..58 => (self.ask_as_patron(&mut dice), Expected::Allowed(Basis::Patron)),
			58..65 => (self.ask_as_steward(&mut dice), Expected::Allowed(Basis::Steward)),
			_ => {
				let denial = dice.one_of(Denial::ALL);
				(self.ask_in_vain(denial, &mut dice), Expected::Denied(denial))
			},
		}
	}

	/// A relationship for which a condition holds, drawn at random. Every condition in this file holds
	/// for some relationship of the smallest population.
	fn pick(&self, dice: &mut Dice, holds: impl Fn(RelationshipId) -> bool) -> RelationshipId {
		let start = dice.below(self.relationships());
		(start..self.relationships()).chain(0..start).find(|id| holds(*id)).unwrap_or(start)
	}

	fn is_active(&self, id: RelationshipId) -> bool {
		self.relationship_status(id) == RelationshipStatus::Active
	}

	fn patron_status(&self, id: RelationshipId) -> ParticipantStatus {
		self.party(self.patron(id)).map_or(ParticipantStatus::Active, |patron| patron.status)
	}

	fn steward_status(&self, id: RelationshipId) -> ParticipantStatus {
		self.provider_status(self.steward(id))
	}

	/// A question by a grant's grantee, for what its kind usually asks for.
	fn ask_by(&self, grant: &Grant) -> CheckAccess {
		let kind = self
			.party(grant.opening.grantee)
			.map_or(ParticipantKind::Other, |grantee| grantee.kind);
		CheckAccess {
			opening: Some(grant.opening.clone()),
			..ask(grant.opening.grantee, grant.relationship, usual_purpose(kind))
		}
	}

	/// Also while suspended, and after the end.
	fn ask_as_patron(&self, dice: &mut Dice) -> CheckAccess {
		let id = self.pick(dice, |id| {
			self.relationship_status(id).proposer().is_none()
				&& self.patron_status(id) != ParticipantStatus::Retired
		});
		ask(self.patron(id), id, Purpose::Personal)
	}

	fn ask_as_steward(&self, dice: &mut Dice) -> CheckAccess {
		let id = self.pick(dice, |id| {
			self.is_active(id) && self.steward_status(id) == ParticipantStatus::Active
		});
		ask(self.steward(id), id, dice.one_of(STEWARDS_PURPOSES))
	}

	/// A question that is denied for this reason.
	fn ask_in_vain(&self, denial: Denial, dice: &mut Dice) -> CheckAccess {
		let active = self.pick(dice, |id| self.is_active(id));
		let valid = self.grant(active, 0);
		let of_flavour = |flavour, dice: &mut Dice| {
			let id = self.pick(dice, |id| self.second_flavour(id) == Some(flavour));
			self.ask_by(&self.grant(id, 1))
		};
		match denial {
			Denial::ParticipantAbsent => {
				let absent = self.next_participant() + dice.below(1_000);
				let actor = dice.one_of([absent, valid.opening.grantee]);
				CheckAccess { actor, on_behalf_of: absent, ..self.ask_by(&valid) }
			},
			Denial::NotOnBehalf => {
				CheckAccess { on_behalf_of: self.patron(active), ..self.ask_by(&valid) }
			},
			Denial::RelationshipAbsent => CheckAccess {
				relationship: self.relationships() + dice.below(1_000),
				..self.ask_by(&valid)
			},
			Denial::RelationshipNotActive => self.ask_where_not_active(dice),
			Denial::ParticipantNotActive => match dice.below(4) {
				0 => of_flavour(Flavour::SuspendedGrantee, dice),
				1 => of_flavour(Flavour::RetiredGrantee, dice),
				2 => {
					let id = self.pick(dice, |id| {
						self.is_active(id) && self.patron_status(id) == ParticipantStatus::Retired
					});
					ask(self.patron(id), id, Purpose::Personal)
				},
				_ => {
					let id = self.pick(dice, |id| {
						self.is_active(id) && self.steward_status(id) != ParticipantStatus::Active
					});
					ask(self.steward(id), id, dice.one_of(STEWARDS_PURPOSES))
				},
			},
			Denial::PurposeNotAllowed => self.ask_for_what_is_not_its(&valid, dice),
			Denial::OpeningAbsent => CheckAccess { opening: None, ..self.ask_by(&valid) },
			Denial::OpeningNotForGrantee => {
				let other = self.neighbour(valid.opening.grantee);
				CheckAccess { actor: other, on_behalf_of: other, ..self.ask_by(&valid) }
			},
			Denial::VocabularyUnknown => of_flavour(Flavour::UnknownVocabulary, dice),
			Denial::TagAbsent => self.ask_by(&self.absent_grant(active, dice)),
			Denial::TagExpired => of_flavour(Flavour::Expired, dice),
			Denial::PurposeNotGranted => of_flavour(Flavour::OtherPurpose, dice),
			Denial::NotYetValid => of_flavour(Flavour::NotYetValid, dice),
			Denial::NoLongerValid => of_flavour(Flavour::NoLongerValid, dice),
		}
	}

	/// In a relationship that is only proposed, or ended and the asker not its patron.
	fn ask_where_not_active(&self, dice: &mut Dice) -> CheckAccess {
		if dice.one_in(2) {
			let id = self.pick(dice, |id| self.relationship_status(id).proposer().is_some());
			return ask(self.patron(id), id, Purpose::Personal);
		}
		let id = self.pick(dice, |id| self.relationship_status(id) == RelationshipStatus::Ended);
		if dice.one_in(2) {
			ask(self.steward(id), id, Purpose::Treatment)
		} else {
			self.ask_by(&self.grant(id, 0))
		}
	}

	/// For a purpose that the asker's kind may not claim.
	fn ask_for_what_is_not_its(&self, valid: &Grant, dice: &mut Dice) -> CheckAccess {
		if dice.one_in(3) {
			let id = self.pick(dice, |id| {
				self.is_active(id) && self.patron_status(id) == ParticipantStatus::Active
			});
			return ask(self.patron(id), id, dice.one_of(STEWARDS_PURPOSES));
		}
		// No grantee's kind may operate an institution or declare an emergency.
		let purpose = dice.one_of([Purpose::Operations, Purpose::Emergency]);
		CheckAccess { purpose, ..self.ask_by(valid) }
	}

	/// Another grantee of the same kind and standing.
	fn neighbour(&self, grantee: ParticipantId) -> ParticipantId {
		let index = grantee - self.first_grantee();
		self.first_grantee() + (index + GROUP) % self.grantees()
	}

	/// A grant whose tag is not on the chain: never granted, with another salt, of another relationship,
	/// or handed on to someone else.
	fn absent_grant(&self, relationship: RelationshipId, dice: &mut Dice) -> Grant {
		let granted = self.grant(relationship, 0);
		let changed = |opening| Grant { opening, ..granted.clone() };
		match dice.below(4) {
			0 => self.grant(relationship, MAX_GRANTS),
			1 => {
				let mut salt = granted.opening.salt;
				salt[0] ^= 1;
				changed(Opening { salt, ..granted.opening.clone() })
			},
			2 => {
				let another = self.pick(dice, |id| self.is_active(id) && id != relationship);
				changed(self.grant(another, 0).opening)
			},
			_ => changed(Opening {
				grantee: self.neighbour(granted.opening.grantee),
				..granted.opening.clone()
			}),
		}
	}
}

/// A question without opening, by a participant for itself.
fn ask(actor: ParticipantId, relationship: RelationshipId, purpose: Purpose) -> CheckAccess {
	CheckAccess {
		actor,
		on_behalf_of: actor,
		relationship,
		purpose,
		opening: None,
		include_block: None,
	}
}
