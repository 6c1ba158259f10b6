//! What is missing until a provider validates, from what chain and node say.

use super::{
	check::{line, missing, ok, waiting, Check, Item, Verdict},
	provider::operator_of,
};
use medrec_chain_client::{
	rpc_api::{AccountRoleName, ParticipantInfo},
	AuthorityChange, Health, PendingChange, SessionKeys, Validator, Validators,
};
use medrec_primitives::{AccountId, ParticipantKind, ParticipantStatus};
use std::time::Duration;

/// Most blocks that finality may be behind the best block on a node that is well.
const MAX_FINALITY_LAG: u32 = 16;

/// What the check-list is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
	/// The account that is asked about.
	pub account: AccountId,
	/// Whom it acts as.
	pub participant: Option<ParticipantInfo>,
	/// The session keys that it has registered.
	pub keys: Option<SessionKeys>,
	/// Who validates.
	pub validators: Validators,
	/// The operator's own node.
	pub node: Node,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
	/// Its address.
	pub url: String,
	/// Whether it has the provider's session keys, those that are registered and those in force; `None` if it
	/// tells its operator only, or if there are none.
	pub holds_keys: Option<bool>,
	/// Whether it runs as a validator.
	pub is_validator: bool,
	/// Peers and synchronisation.
	pub health: Health,
	/// Height of its finalized block.
	pub finalized: u32,
}

/// The check-list: every [`Item`] once, in their order.
pub fn check(standing: &Standing) -> Vec<Check> {
	vec![
		standing.certified(),
		standing.active(),
		standing.session_keys(),
		standing.keys_in_node(),
		standing.node(),
		standing.authority(),
		standing.queued(),
		standing.validating(),
		standing.record(),
		standing.operator(),
	]
}

/// Whether a provider with this check-list validates: it is in the set of this session, and nothing keeps its
/// node from working.
pub fn validates(checks: &[Check]) -> bool {
	checks.iter().all(|check| check.verdict != Verdict::Missing || !check.item.is_for_validating())
		&& checks.iter().any(|check| check.item == Item::Validating && check.verdict == Verdict::Ok)
}

impl Standing {
	/// The provider whose own account it is.
	fn provider(&self) -> Option<&ParticipantInfo> {
		self.participant.as_ref().filter(|participant| {
			participant.kind == ParticipantKind::Provider
				&& participant.role != Some(AccountRoleName::Operator)
		})
	}

	fn active_provider(&self) -> Option<&ParticipantInfo> {
		self.provider().filter(|provider| provider.status == ParticipantStatus::Active)
	}

	fn certified(&self) -> Check {
		let item = Item::Certified;
		let Some(participant) = &self.participant else {
			return missing(
				item,
				"the chain does not know this account",
				"write an application with `medrec authority apply` and hand it to a member of the council",
			);
		};
		let id = participant.id;
		match (self.provider(), participant.role) {
			(Some(provider), _) => {
				let name = crate::workspace::provider_name(provider).unwrap_or_default();
				ok(item, format!("provider {id}, {name}"))
			},
			(None, Some(AccountRoleName::Operator)) => missing(
				item,
				format!("this is the operator account of provider {id}"),
				"ask about the provider's own account",
			),
			(None, _) => missing(
				item,
				format!("participant {id} is no provider"),
				"apply with an account that is nobody's yet",
			),
		}
	}

	fn active(&self) -> Check {
		let item = Item::Active;
		let Some(provider) = self.provider() else {
			return waiting(item, "comes with certification");
		};
		let id = provider.id;
		match provider.status {
			ParticipantStatus::Active => ok(item, "in good standing"),
			ParticipantStatus::Suspended => missing(
				item,
				"suspended by the council",
				format!("the council takes it back: `medrec council propose reinstate {id}`"),
			),
			ParticipantStatus::Retired => {
				missing(item, "retired for good", "apply with another account")
			},
		}
	}

	fn session_keys(&self) -> Check {
		let item = Item::SessionKeys;
		match (&self.keys, self.active_provider()) {
			(Some(keys), _) => ok(item, format!("on the chain; aura {:?}", keys.aura)),
			(None, Some(_)) => missing(
				item,
				"none on the chain",
				"run `medrec authority keys` against your own node",
			),
			(None, None) => waiting(item, "once it is a provider in good standing"),
		}
	}

	fn keys_in_node(&self) -> Check {
		let item = Item::KeysInNode;
		let url = &self.node.url;
		match (&self.keys, self.node.holds_keys) {
			(None, _) => waiting(item, "once there are session keys"),
			(Some(_), Some(true)) => ok(item, format!("the node at {url} has them")),
			(Some(_), Some(false)) => missing(
				item,
				format!("the node at {url} does not have them"),
				"name your own node with --node; if this is it, restore its keystore, or run `medrec authority keys --rotate`",
			),
			(Some(_), None) => Check {
				todo: Some(
					"open a door for its operator as docs/deployment.md says, and name it with --node"
						.to_owned(),
				),
				..line(item, Verdict::Unknown, format!("the node at {url} does not tell everybody"))
			},
		}
	}

	fn node(&self) -> Check {
		let item = Item::Node;
		let Node { is_validator, health, finalized, .. } = self.node;
		let best = self.validators.at.number;
		let lag = best.saturating_sub(finalized);
		if health.peers == 0 && health.should_have_peers {
			return missing(
				item,
				"it has no peers",
				"look at --bootnodes, --public-addr and the firewall",
			);
		}
		if health.is_syncing {
			return waiting(item, format!("it is catching up with its peers, at block {best} now"));
		}
		if !is_validator {
			return missing(item, "it does not run as a validator", "start it with --validator");
		}
		if lag > MAX_FINALITY_LAG {
			return waiting(item, format!("its finalized block is {lag} behind its best"));
		}
		ok(item, format!("a validator with {} peers, at block {best}", health.peers))
	}

	fn authority(&self) -> Check {
		let item = Item::Authority;
		let Some(provider) = self.provider() else {
			return waiting(item, "once it is a provider in good standing");
		};
		let id = provider.id;
		let pending = self.validators.changes.iter().find(|change| change.participant == id);
		match (self.has_seat(), pending) {
			(true, None) => ok(item, "given by the council, with a seat in it"),
			(true, Some(loss)) => Check {
				todo: Some(format!("authorities that disagree say `medrec council object {id}`")),
				..waiting(item, self.pending(loss))
			},
			(false, Some(addition)) => waiting(item, self.pending(addition)),
			(false, None) if self.keys.is_some() && self.active_provider().is_some() => missing(
				item,
				"the council has not given it any",
				format!(
					"ask a member of the council for `medrec council propose add-authority {id}`"
				),
			),
			(false, None) => waiting(item, "once the lines above are ok"),
		}
	}

	fn pending(&self, pending: &PendingChange) -> String {
		let what = match pending.change {
			AuthorityChange::Addition => "addition",
			AuthorityChange::Removal => "removal",
			AuthorityChange::Suspension => "suspension",
		};
		let objections = match pending.objectors.len() {
			0 => "nobody objects".to_owned(),
			1 => "1 authority objects".to_owned(),
			more => format!("{more} authorities object"),
		};
		format!(
			"its {what} is decided and is enacted {}, unless more than a third object; {objections} so far",
			self.at(self.rotation_after(pending.due))
		)
	}

	fn queued(&self) -> Check {
		let item = Item::Queued;
		let next = self.at(self.validators.session_end);
		match (self.own(&self.validators.queued), self.has_seat()) {
			(Some(own), true) if Some(own.keys) == self.keys && own.account == self.account => {
				ok(item, "in the set of the next session")
			},
			(Some(_), true) => {
				waiting(item, format!("with its former keys or account; with the new ones {next}"))
			},
			(Some(_), false) => waiting(item, format!("for the last time; leaves {next}")),
			(None, true) => waiting(item, next),
			(None, false) => waiting(item, "once it holds authority"),
		}
	}

	fn validating(&self) -> Check {
		let item = Item::Validating;
		let Validators { active, queued, disabled, session_end, session_length, .. } =
			&self.validators;
		// What is queued now is in force from the next session on, what is not yet, one later.
		let is_queued =
			self.own(queued).is_some_and(|own| Some(own.keys) == self.keys || self.keys.is_none());
		let from =
			if is_queued { *session_end } else { session_end.saturating_add(*session_length) };
		match self.own(active) {
			Some(own) if disabled.contains(&own.account) => missing(
				item,
				"in the set, but disabled: it makes no blocks",
				"see the record below",
			),
			Some(own) if self.keys.is_some_and(|keys| keys != own.keys) => {
				ok(item, format!("with its former keys; with the new ones {}", self.at(from)))
			},
			Some(_) => ok(item, "in the set of this session"),
			None if is_queued || self.has_seat() => waiting(item, self.at(from)),
			None => waiting(item, "once it holds authority"),
		}
	}

	fn record(&self) -> Check {
		let item = Item::Record;
		let entry = self.provider().and_then(|provider| {
			self.validators.offenders.iter().find(|entry| entry.participant == provider.id)
		});
		match entry {
			None => ok(item, "no equivocation"),
			Some(entry) if entry.forgiven.is_some() => {
				ok(item, "an equivocation, which the council has forgiven")
			},
			Some(entry) => missing(
				item,
				format!(
					"it voted for two things at once in session {} (evidence in block {})",
					entry.session, entry.reported
				),
				format!(
					"find out why (two nodes with the same keys?), then ask the council for `medrec council propose forgive {}`",
					entry.participant
				),
			),
		}
	}

	fn operator(&self) -> Check {
		let item = Item::Operator;
		let Some(provider) = self.provider() else {
			return waiting(item, "once it is a provider in good standing");
		};
		match (operator_of(provider), provider.status) {
			(Some(account), _) => ok(item, format!("on the chain: {account}")),
			(None, ParticipantStatus::Active) => missing(
				item,
				"none on the chain: patients cannot be enrolled until there is one",
				"run `medrec-gatekeeper operator consent --out FILE` at the gatekeeper, then `medrec authority operator FILE`",
			),
			(None, _) => waiting(item, "once it is a provider in good standing"),
		}
	}

	fn has_seat(&self) -> bool {
		self.provider().is_some_and(|provider| self.validators.seats.contains(&provider.id))
	}

	/// The session keys that its node needs: those that are registered, and those in force where they are
	/// others.
	pub fn needed_keys(&self) -> Vec<SessionKeys> {
		let in_force = self.own(&self.validators.active).map(|own| own.keys);
		let mut needed: Vec<_> = self.keys.into_iter().chain(in_force).collect();
		needed.dedup();
		needed
	}

	/// The provider among some validators: by its account or, where it has moved, by its keys.
	fn own<'a>(&self, among: &'a [Validator]) -> Option<&'a Validator> {
		among
			.iter()
			.find(|validator| validator.account == self.account)
			.or_else(|| among.iter().find(|validator| Some(validator.keys) == self.keys))
	}

	/// The rotation of the session that enacts what is due in a block.
	fn rotation_after(&self, due: u32) -> u32 {
		let Validators { session_end, session_length, .. } = self.validators;
		let sessions = due.saturating_sub(session_end).div_ceil(session_length.max(1));
		session_end.saturating_add(sessions.saturating_mul(session_length))
	}

	/// When a block is.
	fn at(&self, block: u32) -> String {
		let seconds = Duration::from_secs(self.validators.time_until(block).as_secs());
		format!("from block {block} on, in about {}", humantime::format_duration(seconds))
	}
}

#[cfg(test)]
mod tests;
