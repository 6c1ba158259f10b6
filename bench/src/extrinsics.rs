//! Bytes of signed extrinsics, as the real client builds them. Needs no node: the runtime is the one that
//! the client's metadata describes.

use anyhow::Result;
use medrec_chain_client::{calls, rpc_api::BlockRef, Call, Mortality, Runtime};
use medrec_primitives::{
	Consent, ExpiryDay, Hash, ParticipantId, ParticipantKind, RelationshipId, RelationshipRole,
	Tag, MILLISECONDS_PER_DAY,
};
use medrec_protocol::{account::AccountKey, signature::Scheme};
use serde_json::json;

use crate::report::{BenchReport, Figure, Target};

/// Name of this bench.
pub const NAME: &str = "extrinsics";

/// Numbers as a large network gives them.
const PARTICIPANTS: [ParticipantId; 2] = [1 << 30, (1 << 32) - 1];
const RELATIONSHIPS: [RelationshipId; 2] = [1 << 30, (1 << 32) - 1];
/// The smallest and the largest nonce that take two bytes.
const NONCES: [u32; 2] = [64, 16_383];
/// 2026-11-22T18:00:00Z
const NOW: u64 = 1_795_370_400_000;
/// What signatures commit to; sizes do not depend on it.
const GENESIS: Hash = Hash::repeat_byte(0x6d);
const TAG: Tag = Tag([0xab; 32]);

/// What the original's corresponding transaction takes, bytes (MedRec 2.0, as published).
mod original {
	pub const CREATE_AGENT: usize = 9_727;
	pub const CREATE_RELATIONSHIP: usize = 5_007;
	pub const UPDATE_CONTRACT: usize = 220;
}

/// Builds extrinsics and counts their bytes.
struct Scale {
	runtime: Runtime,
	patient: AccountKey,
	provider: AccountKey,
}

impl Scale {
	fn new() -> Result<Self> {
		Ok(Self {
			runtime: Runtime::built_in(GENESIS, 1, 1)?,
			patient: AccountKey::from_secret_uri("//Alice Example", Scheme::Sr25519)?,
			provider: AccountKey::from_secret_uri("//Mercy Hospital", Scheme::Sr25519)?,
		})
	}

	/// Bytes of a call with the largest nonce that is looked at.
	fn bytes(&self, call: &impl Call, key: &AccountKey) -> Result<usize> {
		let birth = BlockRef { hash: Hash::repeat_byte(0x42), number: 7_654_321 };
		let mut most = 0;
		for nonce in NONCES {
			let extrinsic = self.runtime.sign(call, key, nonce, Mortality::from(birth))?;
			most = most.max(extrinsic.bytes.len());
		}
		Ok(most)
	}

	fn enrol(&self, steward: ParticipantId) -> Result<usize> {
		let (kind, encryption_key) = (ParticipantKind::Patient, [0x55; 32]);
		let deadline = NOW + 7 * MILLISECONDS_PER_DAY;
		let account = self.patient.account_id();
		let consent = Consent::Enrol { steward, kind, encryption_key, deadline };
		let signature = self.patient.sign(&consent.payload(&GENESIS, &account, 0));
		let consent = calls::SignedConsent { account, kind, encryption_key, deadline, signature };
		self.bytes(&calls::enrol(consent), &self.provider)
	}

	fn propose(&self, counterparty: ParticipantId) -> Result<usize> {
		self.bytes(&calls::propose(counterparty, RelationshipRole::Patron), &self.patient)
	}

	fn accept(&self, relationship: RelationshipId, counterparty: ParticipantId) -> Result<usize> {
		self.bytes(&calls::accept(relationship, counterparty), &self.provider)
	}

	fn grant(&self, relationship: RelationshipId) -> Result<usize> {
		let expiry = ExpiryDay::of(NOW + MILLISECONDS_PER_DAY);
		self.bytes(&calls::grant(relationship, TAG, expiry), &self.patient)
	}

	fn revoke(&self, relationship: RelationshipId) -> Result<usize> {
		self.bytes(&calls::revoke(relationship, TAG), &self.patient)
	}
}

/// The largest over some numbers.
fn largest<T: Copy>(of: &[T], bytes: impl Fn(T) -> Result<usize>) -> Result<usize> {
	of.iter().try_fold(0, |most, one| Ok(most.max(bytes(*one)?)))
}

/// Count.
pub fn run() -> Result<BenchReport> {
	let scale = Scale::new()?;
	let enrol = largest(&PARTICIPANTS, |id| scale.enrol(id))?;
	let propose = largest(&PARTICIPANTS, |id| scale.propose(id))?;
	let accept = largest(&RELATIONSHIPS, |relationship| {
		largest(&PARTICIPANTS, |id| scale.accept(relationship, id))
	})?;
	let grant = largest(&RELATIONSHIPS, |id| scale.grant(id))?;
	let revoke = largest(&RELATIONSHIPS, |id| scale.revoke(id))?;

	let figure = |what: &str, bytes: usize, limit: u32, original: String| {
		Figure::new(what, bytes as f64, "bytes").note(original).target(Target::AtMost(limit.into()))
	};
	let group = |bytes: usize| crate::report::number(bytes as f64);
	let original_update = format!("original: {} (update a contract)", original::UPDATE_CONTRACT);
	Ok(BenchReport {
		name: NAME,
		figures: vec![
			figure(
				"enrol",
				enrol,
				300,
				format!(
					"original: {} (create an Agent) and {} (create a Relationship)",
					group(original::CREATE_AGENT),
					group(original::CREATE_RELATIONSHIP)
				),
			),
			figure(
				"propose and accept",
				propose + accept,
				240,
				format!(
					"{propose} and {accept}; original: {} (create a Relationship)",
					group(original::CREATE_RELATIONSHIP)
				),
			),
			figure("grant", grant, 150, original_update.clone()),
			figure("revoke", revoke, 150, original_update),
		],
		details: json!({
			"unit": "bytes",
			"enrol": enrol,
			"propose": propose,
			"accept": accept,
			"grant": grant,
			"revoke": revoke,
			"original": {
				"createAgent": original::CREATE_AGENT,
				"createRelationship": original::CREATE_RELATIONSHIP,
				"updateContract": original::UPDATE_CONTRACT,
			},
			"participants": PARTICIPANTS,
			"relationships": RELATIONSHIPS,
			"nonces": NONCES,
			"mortalityBlocks": Mortality::PERIOD,
		}),
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn numbers_and_nonces_of_full_size_are_counted() {
		let scale = Scale::new().unwrap();
		// Compact numbers take more bytes the larger they are; what is reported is the largest.
		assert!(scale.revoke(1).unwrap() < scale.revoke(1 << 30).unwrap());
		let report = run().unwrap();
		assert_eq!(report.figures.len(), 4);
		assert!(report.details["revoke"].as_u64() >= Some(scale.revoke(1 << 30).unwrap() as u64));
	}
}
