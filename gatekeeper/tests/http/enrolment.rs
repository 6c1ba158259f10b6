//! From a code to an active relationship, through everything that can go wrong on the way.

use crate::support::{
	eventually,
	operator::Fate,
	raw::{RawRequest, RawResponse},
	world::{World, ALICE_LOCAL, MERCY},
};
use medrec_gatekeeper::{
	server::intake::now,
	store::{BindingStatus, EndOnChain, EnrolmentId, EnrolmentStatus as Stored, NewCode},
};
use medrec_primitives::{ParticipantKind, Purpose, RelationshipStatus};
use medrec_protocol::{
	account::fingerprint,
	enrolment::{
		EnrolmentCode, EnrolmentRequest, EnrolmentSecret, EnrolmentState, EnrolmentStatus,
		EnrolmentStatusRequest,
	},
	identity::{Identity, Seed},
};
use serde::Serialize;

const WEEK: u64 = 7 * 86_400_000;

pub async fn issue(world: &World) -> (EnrolmentId, EnrolmentCode) {
	let secret = EnrolmentSecret::random();
	let code = NewCode {
		secret_hash: secret.hash(),
		local_patient: ALICE_LOCAL.parse().unwrap(),
		staff: "test".to_owned(),
		expires_at: now() + 3_600_000,
	};
	let id = world.gatekeeper.store.issue_code(code, now()).await.unwrap();
	let code = EnrolmentCode {
		gatekeeper: world.config.public_origin.clone(),
		genesis: world.gatekeeper.genesis,
		provider: MERCY,
		secret,
	};
	(id, code)
}

pub fn identity(world: &World) -> Identity {
	Seed::generate().identity(&world.gatekeeper.genesis, MERCY, 0)
}

pub fn consent(code: &EnrolmentCode, identity: &Identity, nonce: u32) -> EnrolmentRequest {
	EnrolmentRequest::sign(code, identity, ParticipantKind::Patient, now() + WEEK, nonce)
}

pub async fn post(world: &World, target: &str, body: &impl Serialize) -> RawResponse {
	let request = RawRequest {
		method: "POST".into(),
		target: target.into(),
		headers: vec![
			("host".into(), world.config.public_origin.authority().into()),
			("content-type".into(), "application/json".into()),
		],
		body: serde_json::to_vec(body).unwrap(),
	};
	request.send(world.address).await
}

pub async fn redeem(world: &World, request: &EnrolmentRequest) -> RawResponse {
	post(world, "/v1/enrolments", request).await
}

pub fn status(response: &RawResponse) -> EnrolmentStatus {
	assert_eq!(response.status, 200, "{response:?}");
	serde_json::from_slice(&response.body).unwrap()
}

pub async fn ask_status(
	world: &World,
	code: &EnrolmentCode,
	identity: &Identity,
) -> EnrolmentStatus {
	let request =
		EnrolmentStatusRequest { secret: code.secret.clone(), account: identity.account_id() };
	status(&post(world, "/v1/enrolments/status", &request).await)
}

pub async fn confirm(world: &World, id: EnrolmentId) {
	world.gatekeeper.store.confirm_enrolment(id, "test".to_owned(), now()).await.unwrap();
}

pub async fn wait_for(
	world: &World,
	code: &EnrolmentCode,
	identity: &Identity,
	state: EnrolmentState,
) {
	eventually(&format!("the enrolment is {state:?}"), || async {
		ask_status(world, code, identity).await.state == state
	})
	.await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_enrolment_reaches_the_chain_and_opens_the_records() {
	let world = World::start().await;
	let ((id, code), alice) = (issue(&world).await, identity(&world));
	let redeemed = status(&redeem(&world, &consent(&code, &alice, 0)).await);
	assert_eq!(redeemed.state, EnrolmentState::Pending);
	assert_eq!(redeemed.fingerprint, fingerprint(&alice.account_id()));
	assert_eq!(world.operator.sent(), 0, "nothing is public before staff confirmed");

	confirm(&world, id).await;
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	let active = ask_status(&world, &code, &alice).await;
	let (relationship, participant) = (active.relationship.unwrap(), active.participant.unwrap());
	let client = crate::support::client::Client::new(
		participant,
		alice.account_key.clone(),
		world.config.public_origin.clone(),
		world.gatekeeper.key.public(),
		world.address,
	);
	let ask = crate::support::client::Ask::get("/fhir/Patient", relationship, Purpose::Personal);
	let (response, _) = client.ask(&ask).await;
	assert_eq!(response.json()["entry"][0]["resource"]["id"], ALICE_LOCAL);
	assert_eq!(world.operator.sent(), 1);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_belongs_to_the_first_account_that_redeems_it() {
	let world = World::start().await;
	let ((_, code), alice, thief) = (issue(&world).await, identity(&world), identity(&world));
	let request = consent(&code, &alice, 0);
	for _ in 0..2 {
		assert_eq!(redeem(&world, &request).await.status, 200, "may be repeated");
	}
	let stolen = redeem(&world, &consent(&code, &thief, 0)).await;
	let unknown = EnrolmentCode { secret: EnrolmentSecret::random(), ..code.clone() };
	let unknown = redeem(&world, &consent(&unknown, &thief, 0)).await;
	assert_eq!((stolen.status, stolen.code().as_str()), (404, "enrolment-code-unknown"));
	assert_eq!(stolen.body, unknown.body, "a used code and none are the same answer");
	let request =
		EnrolmentStatusRequest { secret: code.secret.clone(), account: thief.account_id() };
	assert_eq!(post(&world, "/v1/enrolments/status", &request).await.status, 404);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consents_that_cannot_work_are_refused_at_once() {
	let world = World::start().await;
	let ((_, code), alice) = (issue(&world).await, identity(&world));
	let good = consent(&code, &alice, 0);
	let other_code = EnrolmentCode { provider: 1, ..code.clone() };
	let late = EnrolmentRequest::sign(&code, &alice, ParticipantKind::Patient, now() + 2 * WEEK, 0);
	let over = EnrolmentRequest::sign(&code, &alice, ParticipantKind::Patient, now() - 1, 0);
	let provider =
		EnrolmentRequest::sign(&code, &alice, ParticipantKind::Provider, now() + WEEK, 0);
	let cases = [
		(EnrolmentRequest { nonce: 1, ..good.clone() }, 400, "consent-signature-invalid"),
		(
			EnrolmentRequest { kind: ParticipantKind::Other, ..good.clone() },
			400,
			"consent-signature-invalid",
		),
		(consent(&other_code, &alice, 0), 400, "consent-signature-invalid"),
		(consent(&code, &alice, 3), 409, "account-nonce-mismatch"),
		(late, 400, "consent-deadline-too-far"),
		(over, 400, "consent-expired"),
		(provider, 400, "consent-kind-not-allowed"),
	];
	for (request, expected, code) in cases {
		let response = redeem(&world, &request).await;
		assert_eq!((response.status, response.code().as_str()), (expected, code));
	}
	assert_eq!(redeem(&world, &good).await.status, 200, "none of them used the code up");
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_codes_keeps_nobody_from_enrolling() {
	let world = World::start_with(|config| config.limits.enrolments_per_minute = 3).await;
	let ((_, code), alice, other) = (issue(&world).await, identity(&world), issue(&world).await);
	let mut answers = Vec::new();
	for _ in 0..5 {
		let guess = EnrolmentCode { secret: EnrolmentSecret::random(), ..code.clone() };
		answers.push(redeem(&world, &consent(&guess, &identity(&world), 0)).await);
	}
	let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
	assert_eq!(statuses, [404, 404, 404, 429, 429]);
	assert!(answers[4].header("retry-after").is_some());

	assert_eq!(redeem(&world, &consent(&code, &alice, 0)).await.status, 200);
	for _ in 0..2 {
		assert_eq!(ask_status(&world, &code, &alice).await.state, EnrolmentState::Pending);
	}
	let refused = redeem(&world, &consent(&code, &alice, 0)).await;
	assert_eq!((refused.status, refused.code().as_str()), (429, "too-many-requests"));
	let (_, other) = other;
	let redeemed = redeem(&world, &consent(&other, &identity(&world), 0)).await;
	assert_eq!(redeemed.status, 200, "each code has an allowance of its own");
	world.stop().await;
}

/// The transaction takes effect, but the gatekeeper is stopped before it hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_neither_loses_nor_doubles_an_enrolment() {
	let world = World::start().await;
	let ((id, code), alice) = (issue(&world).await, identity(&world));
	redeem(&world, &consent(&code, &alice, 0)).await;
	world.operator.set_fate(Fate::Lost);
	confirm(&world, id).await;
	eventually("the transaction was sent", || async { world.operator.sent() > 0 }).await;
	let stored = world.gatekeeper.store.enrolment(id).await.unwrap().unwrap();
	assert_eq!(stored.status, Stored::Submitting);
	let relationships = world.chain.lock().best.relationships.len();
	let operator = world.operator.clone();

	// The bytes that were stored are what is sent after the restart.
	let mut world = world.restart().await;
	operator.set_fate(Fate::FinalUnheard);
	let submission = stored.submission.expect("it is being submitted");
	let _ = medrec_gatekeeper::enrolment::operator::Operator::send(&*operator, &submission).await;
	world.operator = operator;
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	assert_eq!(world.chain.lock().best.relationships.len(), relationships + 1);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_chain_refuses_is_tried_again_and_succeeds() {
	let world = World::start().await;
	let ((id, code), alice) = (issue(&world).await, identity(&world));
	redeem(&world, &consent(&code, &alice, 0)).await;
	world.operator.set_fate(Fate::Fails);
	confirm(&world, id).await;
	let store = &world.gatekeeper.store;
	eventually("the failure is noted", || async {
		store.enrolment(id).await.unwrap().unwrap().reason.is_some()
	})
	.await;
	world.operator.set_fate(Fate::Final);
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	assert!(store.enrolment(id).await.unwrap().unwrap().attempts >= 2);
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_no_block_can_include_any_more_is_signed_anew() {
	let world = World::start().await;
	let ((id, code), alice) = (issue(&world).await, identity(&world));
	redeem(&world, &consent(&code, &alice, 0)).await;
	world.operator.set_fate(Fate::Lost);
	confirm(&world, id).await;
	let store = &world.gatekeeper.store;
	eventually("its life is over", || async {
		store.enrolment(id).await.unwrap().unwrap().reason.is_some()
	})
	.await;
	world.operator.set_fate(Fate::Final);
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_whose_nonce_is_taken_is_signed_anew_with_the_same_code() {
	let world = World::start().await;
	let ((id, code), alice) = (issue(&world).await, identity(&world));
	redeem(&world, &consent(&code, &alice, 0)).await;
	world.chain.change(|facts| {
		facts.nonces.insert(alice.account_id(), 1);
	});
	confirm(&world, id).await;
	wait_for(&world, &code, &alice, EnrolmentState::Expired).await;
	assert_eq!(world.operator.sent(), 0, "it could only fail");

	let renewed = status(&redeem(&world, &consent(&code, &alice, 1)).await);
	assert_eq!(renewed.state, EnrolmentState::Confirmed, "the confirmation is of the key");
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn severing_stops_serving_at_once_and_ends_the_relationship() {
	use crate::support::world::{ALICE, ALICE_AT_MERCY};
	let world = World::start().await;
	let alice = world.client(ALICE);
	let ask = crate::support::client::Ask::get("/fhir/Patient", ALICE_AT_MERCY, Purpose::Personal);
	assert_eq!(alice.ask(&ask).await.0.status, 200);
	let store = &world.gatekeeper.store;
	let reason = "another patient's chart".to_owned();
	store.sever_binding(ALICE_AT_MERCY, "test".to_owned(), reason, now()).await.unwrap();
	assert_eq!(alice.ask(&ask).await.0.status, 403);

	eventually("the relationship is ended", || async {
		let binding = store.binding(ALICE_AT_MERCY).await.unwrap().unwrap();
		assert_eq!(binding.status, BindingStatus::Severed);
		binding.end == EndOnChain::Ended
	})
	.await;
	let status = world.chain.lock().finalized.relationships[&ALICE_AT_MERCY].status;
	assert_eq!(status, RelationshipStatus::Ended);
	world.stop().await;
}
