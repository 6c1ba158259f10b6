//! Who sets the keys that a validator works with, and that nobody takes them away.

use crate::common::{
	decide, enrol, fails, key, motion, operator, participant, provider, refused, run, succeeds,
	to_block, LAKESIDE, MERCY,
};
use codec::Encode;
use medrec_protocol::account::AccountKey;
use medrec_runtime::{
	genesis_config_presets::LOCAL, Refusal, Runtime, RuntimeCall, Session, SessionKeys,
};
use sp_core::{ed25519, proof_of_possession::statement_of_ownership, sr25519, Pair};
use sp_runtime::{traits::Dispatchable, DispatchError};

/// The secret halves of a node's session keys.
pub struct SessionPairs {
	pub aura: sr25519::Pair,
	pub grandpa: ed25519::Pair,
	pub authority_discovery: sr25519::Pair,
}

impl SessionPairs {
	pub fn new(uri: &str) -> Self {
		let sr25519 = |purpose| {
			sr25519::Pair::from_string(&format!("{uri}//{purpose}"), None)
				.expect("a test names a key")
		};
		Self {
			aura: sr25519("aura"),
			grandpa: ed25519::Pair::from_string(uri, None).expect("a test names a key"),
			authority_discovery: sr25519("discovery"),
		}
	}

	fn public(&self) -> SessionKeys {
		SessionKeys {
			aura: self.aura.public().into(),
			grandpa: self.grandpa.public().into(),
			authority_discovery: self.authority_discovery.public().into(),
		}
	}

	/// The call that sets them for an account, with the proof that they are that account's.
	pub fn set_keys(&self, owner: &AccountKey) -> RuntimeCall {
		let statement = statement_of_ownership(&owner.account_id().encode());
		let proof = (
			self.aura.sign(&statement),
			self.grandpa.sign(&statement),
			self.authority_discovery.sign(&statement),
		);
		pallet_session::Call::set_keys { keys: self.public(), proof: proof.encode() }.into()
	}
}

#[test]
fn a_provider_sets_its_own() {
	run(LOCAL, || {
		let keys = SessionPairs::new("//Bob//new");
		succeeds(&provider(LAKESIDE), keys.set_keys(&provider(LAKESIDE)));
		let account = provider(LAKESIDE).account_id();
		assert_eq!(pallet_session::NextKeys::<Runtime>::get(account), Some(keys.public()));
	});
}

#[test]
fn not_with_a_proof_for_another() {
	run(LOCAL, || {
		let for_mercy = SessionPairs::new("//Bob//new").set_keys(&provider(MERCY));
		let error = pallet_session::Error::<Runtime>::InvalidProof;
		fails(&provider(LAKESIDE), for_mercy, error);
	});
}

#[test]
fn only_providers_and_only_with_their_own_account() {
	run(LOCAL, || {
		let patient = key("//patient");
		enrol(MERCY, &patient);
		let keys = SessionPairs::new("//patient//node");
		refused(&patient, keys.set_keys(&patient), Refusal::NotForSigner);
		let server = operator(MERCY);
		refused(&server, keys.set_keys(&server), Refusal::NotForOperators);
	});
}

#[test]
fn nobody_purges_them() {
	run(LOCAL, || {
		let purge = || RuntimeCall::from(pallet_session::Call::purge_keys {});
		let filtered: DispatchError = frame_system::Error::<Runtime>::CallFiltered.into();
		for id in [MERCY, LAKESIDE] {
			fails(&provider(id), purge(), filtered);
		}
		// Nor as the content of another call.
		let off_agenda = pallet_council::Error::<Runtime>::NotOnAgenda;
		fails(&provider(MERCY), motion(purge()), off_agenda);

		to_block(31);
		assert_eq!(pallet_session::Validators::<Runtime>::get().len(), 4);
	});
}

#[test]
fn a_provider_that_holds_no_authority_keeps_them_too() {
	run(LOCAL, || {
		let new = key("//provider");
		decide(crate::common::certify(&new, "Hillside Surgery"));
		succeeds(&new, SessionPairs::new("//provider//node").set_keys(&new));
		let purge = RuntimeCall::from(pallet_session::Call::purge_keys {});
		let origin = medrec_runtime::RuntimeOrigin::signed(new.account_id());
		let filtered: DispatchError = frame_system::Error::<Runtime>::CallFiltered.into();
		assert_eq!(purge.dispatch(origin).map_err(|failed| failed.error), Err(filtered));
		assert_eq!(Session::current_index(), 0);
		assert_eq!(participant(&new), 4);
	});
}
