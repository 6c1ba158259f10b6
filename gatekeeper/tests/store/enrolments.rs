use super::*;
use medrec_gatekeeper::store::{
	BindingStatus, EnrolmentError, EnrolmentStatus, MAX_CONSENT_RENEWAL,
};
use medrec_primitives::MAX_CONSENT_LIFETIME;

#[tokio::test]
async fn from_the_code_to_the_binding_with_a_restart_after_each_step() {
	let (folder, store) = empty().await;
	let id = issued(&store, 1).await;
	assert_eq!(id.to_string().parse::<EnrolmentId>(), Ok(id));

	let store = restart(&folder, store).await;
	let enrolment = store.enrolment(id).await.expect("readable").expect("issued");
	assert_eq!(enrolment.status, EnrolmentStatus::Issued);
	assert_eq!(enrolment.local_patient, patient("alice-example"));
	assert_eq!(enrolment.consent, None);

	let signed = consent(7, NOW + 7 * DAY);
	store.redeem(&secret_hash(1), signed.clone(), NOW + 1).await.expect("redeemed");
	let store = restart(&folder, store).await;
	let enrolment =
		store.enrolment_by_code(&secret_hash(1)).await.expect("readable").expect("redeemed");
	assert_eq!(enrolment.status, EnrolmentStatus::Pending);
	assert_eq!(enrolment.consent, Some(signed));
	assert_eq!(enrolment.redeemed_at, Some(NOW + 1));

	store.confirm_enrolment(id, "records office".into(), NOW + 2).await.expect("confirmed");
	let store = restart(&folder, store).await;
	let enrolment = store.enrolment(id).await.expect("readable").expect("confirmed");
	assert_eq!(enrolment.status, EnrolmentStatus::Confirmed);
	assert_eq!(enrolment.confirmed_by.as_deref(), Some("records office"));

	store.begin_submission(id, submission(1), NOW + 3).await.expect("submitting");
	let store = restart(&folder, store).await;
	let submitting =
		store.enrolments(&[EnrolmentStatus::Submitting], None, 10).await.expect("readable");
	assert_eq!(submitting.len(), 1, "a restarted gatekeeper finds what was under way");
	assert_eq!(submitting[0].submission, Some(submission(1)));
	assert_eq!(submitting[0].attempts, 1);
	assert_eq!(store.binding(1 << 31).await, Ok(None), "not bound before it is on the chain");

	store.activate_enrolment(id, 1 << 31, 1 << 32, NOW + 4).await.expect("active");
	let store = restart(&folder, store).await;
	let enrolment = store.enrolment(id).await.expect("readable").expect("active");
	assert_eq!(enrolment.status, EnrolmentStatus::Active);
	assert_eq!((enrolment.relationship, enrolment.patron), (Some(1 << 31), Some(1 << 32)));
	let binding = store.binding(1 << 31).await.expect("readable").expect("bound");
	assert_eq!(binding.status, BindingStatus::Active);
	assert_eq!(binding.local_patient, patient("alice-example"));
	assert_eq!(binding.patron, 1 << 32);
	assert_eq!(binding.staff, "records office");
}

#[tokio::test]
async fn a_code_has_to_be_fresh() {
	let (_folder, store) = empty().await;
	issued(&store, 1).await;
	assert_eq!(store.issue_code(code(1), NOW).await, Err(EnrolmentError::CodeNotFresh));
	let late = NewCode { expires_at: NOW, ..code(2) };
	assert_eq!(store.issue_code(late, NOW).await, Err(EnrolmentError::CodeExpired));
}

#[tokio::test]
async fn an_unknown_code_opens_nothing() {
	let (_folder, store) = empty().await;
	issued(&store, 1).await;
	assert_eq!(
		store.redeem(&secret_hash(2), consent(7, NOW + DAY), NOW).await,
		Err(EnrolmentError::UnknownCode)
	);
	assert_eq!(store.enrolment_by_code(&secret_hash(2)).await, Ok(None));
}

#[tokio::test]
async fn a_code_runs_out() {
	let (_folder, store) = empty().await;
	let id = issued(&store, 1).await;
	assert_eq!(
		store.redeem(&secret_hash(1), consent(7, NOW + 3 * DAY), NOW + DAY).await,
		Err(EnrolmentError::CodeExpired)
	);
	let enrolment = store.enrolment(id).await.expect("readable").expect("issued");
	assert_eq!(enrolment.status_at(NOW + DAY - 1), EnrolmentStatus::Issued);
	assert_eq!(enrolment.status_at(NOW + DAY), EnrolmentStatus::Expired);
	assert_eq!(store.expire_enrolments(NOW + DAY - 1).await, Ok(0));
	assert_eq!(store.expire_enrolments(NOW + DAY).await, Ok(1));
	assert_eq!(
		store.redeem(&secret_hash(1), consent(7, NOW + 3 * DAY), NOW).await,
		Err(EnrolmentError::CodeExpired),
		"the clock was set back"
	);
}

#[tokio::test]
async fn the_first_account_owns_the_code() {
	let (_folder, store) = empty().await;
	issued(&store, 1).await;
	let first = store.redeem(&secret_hash(1), consent(7, NOW + DAY), NOW).await.expect("hers");
	let again = store.redeem(&secret_hash(1), consent(7, NOW + DAY), NOW + 9).await;
	assert_eq!(again, Ok(first), "a repeated request changes nothing");
	assert_eq!(
		store.redeem(&secret_hash(1), consent(8, NOW + DAY), NOW).await,
		Err(EnrolmentError::CodeUsed)
	);
	let other_key = StoredConsent { encryption_key: [1; 32], ..consent(7, NOW + DAY) };
	assert_eq!(store.redeem(&secret_hash(1), other_key, NOW).await, Err(EnrolmentError::CodeUsed));
}

#[tokio::test]
async fn a_consent_needs_a_deadline_that_the_chain_accepts() {
	let (_folder, store) = empty().await;
	issued(&store, 1).await;
	assert_eq!(
		store.redeem(&secret_hash(1), consent(7, NOW), NOW).await,
		Err(EnrolmentError::ConsentExpired)
	);
	for deadline in [NOW + MAX_CONSENT_LIFETIME + 1, Moment::MAX] {
		assert_eq!(
			store.redeem(&secret_hash(1), consent(7, deadline), NOW).await,
			Err(EnrolmentError::DeadlineTooFar)
		);
	}
}

#[tokio::test]
async fn an_expired_consent_is_signed_again_and_the_confirmation_stays() {
	let (_folder, store) = empty().await;
	let id = issued(&store, 1).await;
	store.redeem(&secret_hash(1), consent(7, NOW + HOUR), NOW).await.expect("redeemed");
	store.confirm_enrolment(id, "records office".into(), NOW).await.expect("confirmed");

	let later = NOW + 2 * DAY;
	assert_eq!(
		store.begin_submission(id, submission(1), later).await,
		Err(EnrolmentError::ConsentExpired)
	);
	assert_eq!(store.expire_enrolments(later).await, Ok(1));
	assert_eq!(
		store.begin_submission(id, submission(1), later).await,
		Err(EnrolmentError::ConsentExpired)
	);
	assert_eq!(
		store.redeem(&secret_hash(1), consent(8, later + DAY), later).await,
		Err(EnrolmentError::CodeUsed),
		"nobody else may take it over"
	);

	let renewed = StoredConsent { account_nonce: 4, ..consent(7, later + DAY) };
	let enrolment =
		store.redeem(&secret_hash(1), renewed.clone(), later).await.expect("signed again");
	assert_eq!(enrolment.status, EnrolmentStatus::Confirmed);
	assert_eq!(enrolment.consent, Some(renewed));
	assert_eq!(enrolment.redeemed_at, Some(NOW), "since when the code is used does not change");

	let too_late = NOW + MAX_CONSENT_RENEWAL;
	assert_eq!(
		store.redeem(&secret_hash(1), consent(7, too_late + DAY), too_late).await,
		Err(EnrolmentError::CodeExpired)
	);
}

#[tokio::test]
async fn a_failed_submission_is_made_anew() {
	let (_folder, store) = empty().await;
	let id = issued(&store, 1).await;
	store.redeem(&secret_hash(1), consent(7, NOW + DAY), NOW).await.expect("redeemed");
	store.confirm_enrolment(id, "records office".into(), NOW).await.expect("confirmed");
	store.begin_submission(id, submission(1), NOW).await.expect("submitting");
	let failed = store
		.submission_failed(id, "the era is over".into(), NOW + HOUR)
		.await
		.expect("was submitting");
	assert_eq!(failed.status, EnrolmentStatus::Confirmed);
	assert_eq!(failed.reason.as_deref(), Some("the era is over"));

	let again = store.begin_submission(id, submission(2), NOW + HOUR).await.expect("again");
	assert_eq!((again.attempts, again.submission), (2, Some(submission(2))));
	let expired = store
		.submission_failed(id, "the era is over".into(), NOW + DAY)
		.await
		.expect("was submitting");
	assert_eq!(expired.status, EnrolmentStatus::Expired, "its deadline has passed meanwhile");
}

#[tokio::test]
async fn a_relationship_is_bound_to_one_patient() {
	let (_folder, store) = empty().await;
	let mut ids = Vec::new();
	for number in [1, 2] {
		let id = issued(&store, number).await;
		let signed = consent(number, NOW + DAY);
		store.redeem(&secret_hash(number), signed, NOW).await.expect("redeemed");
		store.confirm_enrolment(id, "records office".into(), NOW).await.expect("confirmed");
		store.begin_submission(id, submission(number), NOW).await.expect("submitting");
		ids.push(id);
	}
	store.activate_enrolment(ids[0], 5, 50, NOW).await.expect("active");
	store
		.sever_binding(5, "records office".into(), "a mistake".into(), NOW)
		.await
		.expect("severed");
	assert_eq!(
		store.activate_enrolment(ids[1], 5, 51, NOW).await,
		Err(EnrolmentError::RelationshipTaken(5))
	);
	let enrolment = store.enrolment(ids[1]).await.expect("readable").expect("there");
	assert_eq!(enrolment.status, EnrolmentStatus::Submitting, "both or neither");
	assert_eq!(
		store.binding(5).await.expect("readable").expect("bound").status,
		BindingStatus::Severed
	);
}

#[tokio::test]
async fn lists_are_paged_in_the_order_of_issue() {
	let (_folder, store) = empty().await;
	let mut ids = Vec::new();
	for number in 1..=7 {
		ids.push(issued(&store, number).await);
	}
	store.refuse_enrolment(ids[3], "duplicate".into(), NOW).await.expect("refused");
	let mut seen = Vec::new();
	let mut after = None;
	loop {
		let page = store.enrolments(&[EnrolmentStatus::Issued], after, 2).await.expect("readable");
		assert!(page.len() <= 2);
		let Some(last) = page.last() else { break };
		after = Some(last.id);
		seen.extend(page.iter().map(|enrolment| enrolment.id));
	}
	ids.remove(3);
	assert_eq!(seen, ids);
	assert_eq!(store.enrolments(&[], None, 10).await, Ok(vec![]));
}
