//! The part of the configuration that is about providers' people.

use medrec_primitives::{ParticipantId, ParticipantKind, Purposes};
use medrec_protocol::staff::Role;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is asked of providers' people (`[staff]`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaffConfig {
	/// Whose requests have to carry a staff credential. One that is there is checked in any case.
	pub require_credential: RequireCredential,
	/// What roles may claim here, instead of what is usual; roles that are not named may claim what is.
	pub purposes: BTreeMap<Role, Purposes>,
}

/// Whose requests have to carry a staff credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequireCredential {
	/// Nobody's.
	Never,
	/// Those of the provider whose gatekeeper this is.
	#[default]
	Own,
	/// Those of all providers.
	Providers,
}

impl RequireCredential {
	/// Whether requests of `actor` have to carry one at the gatekeeper of `own`.
	pub fn applies_to(
		self,
		actor: ParticipantId,
		kind: ParticipantKind,
		own: ParticipantId,
	) -> bool {
		match self {
			Self::Never => false,
			Self::Own => actor == own,
			Self::Providers => kind == ParticipantKind::Provider,
		}
	}
}

impl StaffConfig {
	/// What a role may claim here.
	pub fn purposes_of(&self, role: Role) -> Purposes {
		self.purposes.get(&role).copied().unwrap_or(usual(role))
	}
}

/// What a role may claim where the configuration does not say it.
const fn usual(role: Role) -> Purposes {
	match role {
		Role::Physician | Role::Nurse => Purposes::TREATMENT.union(Purposes::EMERGENCY),
		Role::Pharmacist | Role::Therapist => Purposes::TREATMENT,
		Role::Records | Role::Administration => Purposes::OPERATIONS,
		Role::Billing => Purposes::PAYMENT,
		Role::Researcher => Purposes::RESEARCH,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const OWN: ParticipantId = 1;

	#[test]
	fn every_role_has_a_usual_purpose() {
		let config = StaffConfig::default();
		for role in Role::ALL {
			assert!(!config.purposes_of(role).is_empty(), "{role}");
		}
		assert!(!config.purposes_of(Role::Billing).contains(Purposes::TREATMENT));
	}

	#[test]
	fn the_configuration_speaks_for_the_roles_that_it_names() {
		let text = "[purposes]\nnurse = [\"treatment\"]\nresearcher = []";
		let config: StaffConfig = toml::from_str(text).unwrap();
		assert_eq!(config.purposes_of(Role::Nurse), Purposes::TREATMENT);
		assert_eq!(config.purposes_of(Role::Researcher), Purposes::NONE);
		assert_eq!(config.purposes_of(Role::Physician), usual(Role::Physician));
		for wrong in [
			"[purposes]\nsurgeon = [\"treatment\"]",
			"[purposes]\nnurse = [\"fun\"]",
			"require_credential = \"always\"",
			"colour = 1",
		] {
			assert!(toml::from_str::<StaffConfig>(wrong).is_err(), "{wrong}");
		}
	}

	#[test]
	fn a_credential_is_required_of_whom_the_configuration_says() {
		let kinds = [(OWN, ParticipantKind::Provider), (2, ParticipantKind::Provider)];
		let other = (3, ParticipantKind::Other);
		for (require, expected) in
			[("never", [false, false]), ("own", [true, false]), ("providers", [true, true])]
		{
			let text = format!("require_credential = \"{require}\"");
			let config: StaffConfig = toml::from_str(&text).unwrap();
			let applies = |(actor, kind)| config.require_credential.applies_to(actor, kind, OWN);
			assert_eq!(kinds.map(applies), expected, "{require}");
			assert!(!applies(other), "{require}");
		}
		assert_eq!(StaffConfig::default().require_credential, RequireCredential::Own);
	}
}
