//! Which of a provider's people asks: said in a credential, checked, logged, and asked for where it has
//! to be.

use crate::support::{
	chain::GENESIS,
	client::{Ask, Client},
	forge::Forge,
	raw::RawResponse,
	world::{medications_for, World, ALICE, ALICE_AT_LAKESIDE, ALICE_AT_MERCY, LAKESIDE, MERCY},
};
use medrec_gatekeeper::{config::Config, server::intake::now, staff::RequireCredential};
use medrec_primitives::{Basis, GatekeeperKey, Hash, ParticipantId, Purpose, Purposes};
use medrec_protocol::{
	access_log::{AccessLogEntry, AccessLogPage, AccessOutcome},
	gatekeeper_key::GatekeeperSecret,
	session::SessionKey,
	staff::{Role, SignedStaffCredential, StaffCredential, StaffMember, MAX_STAFF_LIFETIME},
};
use medrec_rpc_api::ProviderInfo;

const HOUR: u64 = 3_600_000;
const TARGET: &str = "/fhir/MedicationRequest";

fn require(require: RequireCredential) -> impl Fn(&mut Config) {
	move |config| config.staff.require_credential = require
}

/// Mercy and Lakeside with gatekeeper keys on the chain.
async fn world(configure: impl Fn(&mut Config)) -> World {
	let world = World::start_with(configure).await;
	put_on_chain(&world, MERCY, world.gatekeeper.key.public());
	put_on_chain(&world, LAKESIDE, lakeside().public());
	world
}

fn lakeside() -> GatekeeperSecret {
	GatekeeperSecret::from_bytes(&[9; 32])
}

fn put_on_chain(world: &World, provider: ParticipantId, key: GatekeeperKey) {
	world.chain.change(|facts| {
		facts.participants.get_mut(&provider).unwrap().provider = Some(ProviderInfo {
			name: format!("Provider {provider}"),
			endpoint: "https://provider.example".to_owned(),
			gatekeeper_key: key.into(),
			operator: None,
		});
	});
}

/// What a provider says of one of its people, for the session of a client.
fn credential(client: &Client, role: Role) -> StaffCredential {
	StaffCredential {
		genesis: GENESIS,
		provider: client.participant,
		pseudonym: "n-0417".parse().unwrap(),
		role,
		purposes: Purposes::ALL,
		session_key: client.delegation.delegation.session_key,
		from: now() - 1_000,
		until: now() + HOUR,
	}
}

fn member(role: Role) -> StaffMember {
	StaffMember { pseudonym: "n-0417".parse().unwrap(), role }
}

/// A client of one of Mercy's people.
fn at_mercy(world: &World, role: Role) -> Client {
	let client = world.client(MERCY);
	let staff = Some(credential(&client, role).sign(&world.gatekeeper.key).unwrap());
	Client { staff, ..client }
}

async fn ask(client: &Client, purpose: Purpose) -> RawResponse {
	client.ask(&Ask::get(TARGET, ALICE_AT_MERCY, purpose)).await.0
}

fn answer(response: &RawResponse) -> (u16, String) {
	(response.status, response.code())
}

/// What the patron reads of a provider, newest first.
async fn log_of(world: &World, actor: ParticipantId) -> Vec<AccessLogEntry> {
	let target = format!("/v1/access-log?relationship={ALICE_AT_MERCY}");
	let ask = Ask::get(&target, ALICE_AT_MERCY, Purpose::Personal);
	let (response, _) = world.client(ALICE).ask(&ask).await;
	let page: AccessLogPage = serde_json::from_slice(&response.body).unwrap();
	page.entries.into_iter().filter(|entry| entry.actor == actor).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_s_own_people_are_served_and_logged_by_role_and_pseudonym() {
	let world = world(require(RequireCredential::Own)).await;
	let nurse = at_mercy(&world, Role::Nurse);
	assert_eq!(ask(&nurse, Purpose::Treatment).await.status, 200);
	let log = log_of(&world, MERCY).await;
	let [seen] = &log[..] else { panic!("{log:?}") };
	assert_eq!(seen.staff, Some(member(Role::Nurse)));
	assert_eq!(seen.outcome, AccessOutcome::Allowed { basis: Basis::Steward });

	// After a restart the entry is read from the disk.
	let world = world.restart().await;
	assert_eq!(log_of(&world, MERCY).await, log);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_to_say_who_asks_and_does_not_is_refused() {
	let opening = medications_for(LAKESIDE);
	let grantee = || Ask::get(TARGET, ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	for (required, own, others) in [
		(RequireCredential::Never, 200, 200),
		(RequireCredential::Own, 401, 200),
		(RequireCredential::Providers, 401, 401),
	] {
		let world = world(require(required)).await;
		world.chain.grant(ALICE_AT_MERCY, &opening);
		let read = world.records.read();
		let mercy = ask(&world.client(MERCY), Purpose::Treatment).await;
		let (lakeside, _) = world.client(LAKESIDE).ask(&grantee()).await;
		assert_eq!((mercy.status, lakeside.status), (own, others), "{required:?}");
		for refused in [&mercy, &lakeside].into_iter().filter(|answer| answer.status == 401) {
			assert_eq!(refused.code(), "staff-required");
		}
		let expected = [own, others].contains(&200);
		assert_eq!(world.records.read() != read, expected, "{required:?}");
		// Patients have no staff.
		assert_eq!(ask(&world.client(ALICE), Purpose::Personal).await.status, 200);
		world.stop().await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn another_provider_s_people_are_known_by_its_own_key() {
	let world = world(require(RequireCredential::Providers)).await;
	let opening = medications_for(LAKESIDE);
	world.chain.grant(ALICE_AT_MERCY, &opening);
	let client = world.client(LAKESIDE);
	let staff = Some(credential(&client, Role::Pharmacist).sign(&lakeside()).unwrap());
	let pharmacist = Client { staff, ..client };
	let treatment = Ask::get(TARGET, ALICE_AT_MERCY, Purpose::Treatment).with(&opening);
	assert_eq!(pharmacist.ask(&treatment).await.0.status, 200);
	let log = log_of(&world, LAKESIDE).await;
	assert_eq!(log[0].staff, Some(member(Role::Pharmacist)));

	// A new key, if only in the best block, ends what the old one signed.
	world.chain.change_best(|facts| {
		let provider = &mut facts.participants.get_mut(&LAKESIDE).unwrap().provider;
		provider.as_mut().unwrap().gatekeeper_key = Hash::repeat_byte(1);
	});
	let refused = pharmacist.ask(&treatment).await.0;
	assert_eq!(answer(&refused), (401, "staff-signature-invalid".into()));
	world.stop().await;
}

/// A request of Mercy's nurse, whose credential `change` changes before it is signed.
fn forged(world: &World, change: impl FnOnce(&mut StaffCredential)) -> Forge {
	let client = world.client(MERCY);
	let mut credential = credential(&client, Role::Nurse);
	change(&mut credential);
	// Signed without asking whether it is in its limits.
	let signature = credential.clone().sign(&world.gatekeeper.key).map(|signed| signed.signature);
	let signature = signature.unwrap_or_else(|_| {
		self::credential(&client, Role::Nurse).sign(&world.gatekeeper.key).unwrap().signature
	});
	carrying(&client, &SignedStaffCredential { credential, signature })
}

fn carrying(client: &Client, staff: &SignedStaffCredential) -> Forge {
	let mut forge = client.forge(&Ask::get(TARGET, ALICE_AT_MERCY, Purpose::Treatment));
	forge.set("medrec-staff", staff.header_value().unwrap());
	forge
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_not_one_for_this_request_is_refused_with_its_own_code() {
	let world = world(require(RequireCredential::Own)).await;
	let good = forged(&world, |_| {}).sign().send(world.address).await;
	assert_eq!(good.status, 200, "{good:?}");

	let mercy = world.client(MERCY);
	let other_key = GatekeeperSecret::from_bytes(&[8; 32]);
	let wrong_key = credential(&mercy, Role::Nurse).sign(&other_key).unwrap();
	let mut uncovered = forged(&world, |_| {});
	let covered = ["@method", "@target-uri", "medrec-context", "medrec-delegation", "accept"];
	uncovered.components = Some(covered.map(str::to_owned).to_vec());
	let mut malformed = forged(&world, |_| {});
	malformed.set("medrec-staff", "AAAA");
	let alice = world.client(ALICE);
	let of_alice = credential(&alice, Role::Nurse).sign(&world.gatekeeper.key).unwrap();

	let read = world.records.read();
	for (forge, status, code) in [
		(carrying(&mercy, &wrong_key), 401, "staff-signature-invalid"),
		(
			forged(&world, |staff| staff.session_key = SessionKey::generate().id()),
			401,
			"staff-for-another-key",
		),
		(forged(&world, |staff| staff.provider = LAKESIDE), 401, "staff-for-another-provider"),
		(forged(&world, |staff| staff.genesis = Hash::zero()), 401, "staff-for-another-chain"),
		(forged(&world, |staff| staff.until = now() - 1), 401, "staff-expired"),
		(forged(&world, |staff| staff.from = now() + 10 * 60_000), 401, "staff-not-yet-valid"),
		(
			forged(&world, |staff| staff.until = staff.from + MAX_STAFF_LIFETIME + 1),
			401,
			"staff-lifetime-too-long",
		),
		(forged(&world, |staff| staff.purposes = Purposes::NONE), 400, "staff-malformed"),
		(malformed, 400, "staff-malformed"),
		(uncovered, 401, "missing-component"),
		(carrying(&alice, &of_alice), 401, "staff-of-no-provider"),
	] {
		let refused = forge.sign().send(world.address).await;
		assert_eq!(answer(&refused), (status, code.into()), "{refused:?}");
		assert!(refused.header("medrec-receipt").is_none());
	}
	assert_eq!(world.records.read(), read);

	// What is changed after it was signed is another request.
	let mut tampered = forged(&world, |_| {}).sign();
	let physician = credential(&mercy, Role::Physician).sign(&world.gatekeeper.key).unwrap();
	tampered.set("medrec-staff", physician.header_value().unwrap());
	let refused = tampered.send(world.address).await;
	assert_eq!(answer(&refused), (401, "signature-invalid".into()));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_claim_the_purpose_is_refused_and_logged() {
	let world = world(require(RequireCredential::Own)).await;
	let clerk = at_mercy(&world, Role::Billing);
	assert_eq!(ask(&clerk, Purpose::Payment).await.status, 200);
	let read = world.records.read();
	let not_hers = (403, "staff-purpose-not-allowed".to_owned());
	assert_eq!(answer(&ask(&clerk, Purpose::Treatment).await), not_hers);
	assert_eq!(world.records.read(), read);

	let log = log_of(&world, MERCY).await;
	let [refused, seen] = &log[..] else { panic!("{log:?}") };
	let reason = "the role billing may not claim the purpose treatment".to_owned();
	assert_eq!(refused.outcome, AccessOutcome::Withheld { reason });
	assert_eq!((&refused.staff, refused.resource_count), (&Some(member(Role::Billing)), 0));
	assert_eq!(seen.purpose, Purpose::Payment);

	// What waits for her institution is for her purposes, too.
	for (purpose, expected) in [(Purpose::Treatment, 403), (Purpose::Payment, 200)] {
		let waiting = Ask { relationship: None, ..Ask::get("/v1/openings", 0, purpose) };
		assert_eq!(clerk.ask(&waiting).await.0.status, expected, "{purpose:?}");
	}

	// Whose relationship it is not learns nothing that others would not.
	let elsewhere = Ask::get(TARGET, ALICE_AT_LAKESIDE, Purpose::Treatment);
	let refused = clerk.ask(&elsewhere).await.0;
	assert_eq!(answer(&refused), (403, "not-allowed".into()));
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credential_and_the_configuration_both_limit_the_purposes() {
	let world = world(|config| {
		config.staff.purposes.insert(Role::Nurse, Purposes::TREATMENT.union(Purposes::OPERATIONS));
	})
	.await;
	let nurse = at_mercy(&world, Role::Nurse);
	for purpose in [Purpose::Treatment, Purpose::Operations] {
		assert_eq!(ask(&nurse, purpose).await.status, 200, "{purpose:?}");
	}
	let mut narrow = credential(&nurse, Role::Nurse);
	narrow.purposes = Purposes::TREATMENT;
	let staff = Some(narrow.sign(&world.gatekeeper.key).unwrap());
	let narrow = Client { staff, ..nurse };
	assert_eq!(ask(&narrow, Purpose::Treatment).await.status, 200);
	let refused = ask(&narrow, Purpose::Operations).await;
	assert_eq!(answer(&refused), (403, "staff-purpose-not-allowed".into()));
	world.stop().await;
}
