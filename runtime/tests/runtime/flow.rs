//! A patient's way through the chain, once with each kind of key.

use crate::common::{
	enrol, enrolment, fails, key, next_block, next_block_at, nonce_of, operator, participant,
	register, run, succeeds, GENESIS, MERCY, START,
};
use medrec_primitives::{
	AccessRequest, Basis, Decision, Denial, ExpiryDay, Labels, Opening, ParticipantId,
	ParticipantKind, Purpose, Purposes, RecordTypes, RelationshipId, RelationshipRole,
	RelationshipStatus, Rule, Terms, MILLISECONDS_PER_DAY, VOCABULARY_VERSION,
};
use medrec_protocol::{account::AccountKey, signature::Scheme};
use medrec_runtime::{
	genesis_config_presets::LOCAL, Block, Runtime, Timestamp, MILLISECONDS_PER_BLOCK,
};
use medrec_runtime_api::runtime_decl_for_medrec_api::MedrecApi;

/// Medications for treatment, from now on for a day.
fn opening(grantee: ParticipantId) -> Opening {
	let rule = Rule {
		types: RecordTypes::MEDICATIONS,
		labels: Labels::NONE,
		purposes: Purposes::TREATMENT,
		not_before: Timestamp::get(),
		not_after: Timestamp::get() + MILLISECONDS_PER_DAY,
	};
	let rules = vec![rule].try_into().expect("one rule is not too many");
	let terms = Terms { vocabulary: VOCABULARY_VERSION, rules, policy: None };
	Opening { grantee, terms, salt: [5; 32] }
}

/// What the runtime answers to whoever asks for treatment, or for herself.
fn decision(
	asker: &AccountKey,
	relationship: RelationshipId,
	opening: Option<&Opening>,
) -> Decision {
	let actor = participant(asker);
	let is_patron = opening.is_none();
	<Runtime as MedrecApi<Block>>::check_access(
		AccessRequest {
			actor,
			on_behalf_of: actor,
			relationship,
			purpose: if is_patron { Purpose::Personal } else { Purpose::Treatment },
			opening: opening.cloned(),
		},
		Timestamp::get(),
	)
}

fn status(relationship: RelationshipId) -> Option<RelationshipStatus> {
	<Runtime as MedrecApi<Block>>::relationship(relationship).map(|found| found.status)
}

fn story(scheme: Scheme) {
	let patient = AccountKey::from_secret_uri("//patient", scheme).expect("the URI is valid");
	let pharmacist = AccountKey::from_secret_uri("//pharmacist", scheme).expect("the URI is valid");
	run(LOCAL, || {
		// Enrolled by Mercy's server, she is on the chain and in both summaries.
		let relationship = enrol(MERCY, &patient);
		assert_eq!(status(relationship), Some(RelationshipStatus::Active));
		let patron = participant(&patient);
		for (party, role) in
			[(patron, RelationshipRole::Patron), (MERCY, RelationshipRole::Steward)]
		{
			let page = <Runtime as MedrecApi<Block>>::summary(party, None, 10);
			assert_eq!(
				page.iter().map(|(id, role, _)| (*id, *role)).collect::<Vec<_>>(),
				[(relationship, role)]
			);
		}
		next_block();
		let Decision::Allowed(own) = decision(&patient, relationship, None) else {
			panic!("she reads her own records")
		};
		assert_eq!(own.basis, Basis::Patron);

		// A pharmacist is refused until she grants, and again once she has revoked.
		register(MERCY, &pharmacist, ParticipantKind::Other);
		let opening = opening(participant(&pharmacist));
		let tag = opening.tag(&GENESIS, relationship);
		let asked = || decision(&pharmacist, relationship, Some(&opening));
		assert_eq!(asked(), Decision::Denied(Denial::TagAbsent));
		let expiry = ExpiryDay::of(Timestamp::get() + MILLISECONDS_PER_DAY);
		succeeds(&patient, pallet_relationship::Call::grant { relationship, tag, expiry });
		next_block();
		let Decision::Allowed(granted) = asked() else { panic!("she granted it") };
		assert_eq!(granted.basis, Basis::Grant);
		assert_eq!(granted.visible.len(), 1);
		assert_eq!(granted.visible[0].types, RecordTypes::MEDICATIONS);
		succeeds(&patient, pallet_relationship::Call::revoke { relationship, tag });
		assert_eq!(asked(), Decision::Denied(Denial::TagAbsent));
		assert_eq!(<Runtime as MedrecApi<Block>>::grants(relationship), []);

		// A grant that nobody takes back ends with the relationship, and is cleaned up by anyone.
		succeeds(&patient, pallet_relationship::Call::grant { relationship, tag, expiry });
		assert_eq!(<Runtime as MedrecApi<Block>>::grants(relationship), [(tag, expiry)]);
		succeeds(&operator(MERCY), pallet_relationship::Call::end { relationship });
		assert_eq!(status(relationship), Some(RelationshipStatus::Ended));
		assert_eq!(asked(), Decision::Denied(Denial::RelationshipNotActive));
		let clean = || pallet_relationship::Call::clean_grants { relationship, limit: 8 };
		succeeds(&pharmacist, clean());
		assert_eq!(<Runtime as MedrecApi<Block>>::grants(relationship), []);

		// The end is final; she still reads, and may drop it from her summary.
		assert!(decision(&patient, relationship, None).is_allowed());
		succeeds(&patient, pallet_summary::Call::remove { relationship });
		assert!(<Runtime as MedrecApi<Block>>::summary(patron, None, 10).is_empty());
	});
}

#[test]
fn with_sr25519_keys() {
	story(Scheme::Sr25519);
}

#[test]
fn with_ed25519_keys() {
	story(Scheme::Ed25519);
}

#[test]
fn with_ecdsa_keys() {
	story(Scheme::Ecdsa);
}

#[test]
fn a_grant_ends_by_itself() {
	run(LOCAL, || {
		let (patient, pharmacist) = (key("//patient"), key("//pharmacist"));
		let relationship = enrol(MERCY, &patient);
		register(MERCY, &pharmacist, ParticipantKind::Other);
		let opening = opening(participant(&pharmacist));
		let tag = opening.tag(&GENESIS, relationship);
		let expiry = ExpiryDay::of(START);
		succeeds(&patient, pallet_relationship::Call::grant { relationship, tag, expiry });
		let asked = || decision(&pharmacist, relationship, Some(&opening));

		next_block_at(expiry.end() - MILLISECONDS_PER_BLOCK);
		assert!(asked().is_allowed());
		next_block_at(expiry.end());
		assert_eq!(asked(), Decision::Denied(Denial::TagExpired));
		succeeds(&pharmacist, pallet_relationship::Call::clean_grants { relationship, limit: 1 });
		assert_eq!(asked(), Decision::Denied(Denial::TagAbsent));
	});
}

#[test]
fn an_enrolment_works_once() {
	run(LOCAL, || {
		let (patient, server) = (key("//patient"), operator(MERCY));
		let enrolment = enrolment(MERCY, &patient);
		succeeds(&server, enrolment.clone());
		// Her signature consumed the nonce that it was made for.
		assert_eq!(nonce_of(&patient), 1);
		let used = pallet_relationship::Error::<Runtime>::ConsentInvalid;
		fails(&server, enrolment, used);
	});
}
