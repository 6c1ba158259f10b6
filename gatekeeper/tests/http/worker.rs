//! What waits for the chain does not wait for each other.

use crate::{
	enrolment::{confirm, consent, identity, issue, redeem, wait_for},
	support::{
		eventually,
		operator::Fate,
		world::{World, ALICE_AT_MERCY, MERCY},
	},
};
use medrec_gatekeeper::{
	server::intake::now,
	store::{EnrolmentStatus, DATABASE_FILE},
};
use medrec_primitives::ParticipantStatus;
use medrec_protocol::enrolment::EnrolmentState;
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions};

#[tokio::test(flavor = "multi_thread")]
async fn an_end_does_not_wait_for_an_enrolment_that_is_not_final() {
	let world = World::start().await;
	let ((id, code), alice) = (issue(&world).await, identity(&world));
	redeem(&world, &consent(&code, &alice, 0)).await;
	world.operator.set_fate(Fate::InBest);
	confirm(&world, id).await;
	eventually("the transaction was sent", || async { world.operator.sent() > 0 }).await;

	let store = &world.gatekeeper.store;
	let reason = "another patient's chart".to_owned();
	store.sever_binding(ALICE_AT_MERCY, "test".to_owned(), reason, now()).await.unwrap();
	eventually("the end is under way", || async { world.operator.ends_signed() > 0 }).await;
	let enrolment = store.enrolment(id).await.unwrap().unwrap();
	assert_eq!(enrolment.status, EnrolmentStatus::Submitting, "it is not final yet");
	world.chain.finalize();
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_of_a_provider_that_was_suspended_meanwhile_is_settled() {
	let world = World::start().await;
	let ((id, code), alice) = (issue(&world).await, identity(&world));
	redeem(&world, &consent(&code, &alice, 0)).await;
	world.chain.change(|facts| {
		facts.participants.get_mut(&MERCY).unwrap().status = ParticipantStatus::Suspended;
	});
	confirm(&world, id).await;
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolments_that_failed_often_are_in_nobody_s_way() {
	let world = World::start().await;
	for _ in 0..40 {
		let (_, code) = issue(&world).await;
		redeem(&world, &consent(&code, &identity(&world), 0)).await;
	}
	let mut store = SqliteConnectOptions::new()
		.filename(world.config.data_dir.join(DATABASE_FILE))
		.connect()
		.await
		.unwrap();
	let failed = sqlx::query(
		"UPDATE enrolments SET status = 'confirmed', confirmed_by = 'test', confirmed_at = ?1, \
		 attempts = 9, changed_at = ?1 WHERE status = 'pending'",
	)
	.bind(i64::try_from(now()).unwrap())
	.execute(&mut store)
	.await
	.unwrap();
	assert_eq!(failed.rows_affected(), 40);

	let ((id, code), alice) = (issue(&world).await, identity(&world));
	redeem(&world, &consent(&code, &alice, 0)).await;
	confirm(&world, id).await;
	wait_for(&world, &code, &alice, EnrolmentState::Active).await;
	assert_eq!(world.operator.sent(), 1, "the others wait for their next try");
	world.stop().await;
}
