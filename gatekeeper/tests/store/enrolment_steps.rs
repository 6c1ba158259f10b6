//! Every step from every status.

use super::*;
use medrec_gatekeeper::store::{
	Enrolment, EnrolmentError,
	EnrolmentStatus::{self, *},
};

const CONSENT_ENDS: Moment = NOW + HOUR;

/// How an enrolment came to stand where it stands.
#[derive(Clone, Copy, Debug)]
enum Start {
	Issued,
	CodeExpired,
	Pending,
	ConsentExpired,
	Confirmed,
	ConfirmedExpired,
	Submitting,
	SubmittedExpired,
	Active,
	Refused,
}

#[derive(Clone, Copy, Debug)]
enum Step {
	Renew,
	Confirm,
	Refuse,
	Submit,
	Fail,
	Activate,
}

async fn start(store: &Store, start: Start) -> EnrolmentId {
	let id = issued(store, 1).await;
	let code = secret_hash(1);
	let redeem = || store.redeem(&code, consent(7, CONSENT_ENDS), NOW);
	let confirm = || store.confirm_enrolment(id, "records office".into(), NOW);
	let submit = || store.begin_submission(id, submission(1), NOW);
	let expire = |now| store.expire_enrolments(now);
	let steps: &[u8] = match start {
		Start::Issued => b"",
		Start::CodeExpired => b"E",
		Start::Pending => b"r",
		Start::ConsentExpired => b"rE",
		Start::Confirmed => b"rc",
		Start::ConfirmedExpired => b"rcE",
		Start::Submitting => b"rcs",
		Start::SubmittedExpired => b"rcsF",
		Start::Active => b"rcsA",
		Start::Refused => b"rX",
	};
	for step in steps {
		match step {
			b'r' => drop(redeem().await.expect("redeemed")),
			b'c' => drop(confirm().await.expect("confirmed")),
			b's' => drop(submit().await.expect("submitting")),
			b'E' => assert_eq!(expire(NOW + 2 * DAY).await, Ok(1)),
			b'F' => drop(
				store
					.submission_failed(id, "era over".into(), CONSENT_ENDS)
					.await
					.expect("was submitting"),
			),
			b'A' => drop(store.activate_enrolment(id, 5, 50, NOW).await.expect("active")),
			b'X' => {
				drop(store.refuse_enrolment(id, "stranger".into(), NOW).await.expect("refused"))
			},
			_ => unreachable!("no such step"),
		}
	}
	id
}

async fn step(store: &Store, id: EnrolmentId, step: Step) -> Result<Enrolment, EnrolmentError> {
	match step {
		Step::Renew => store.redeem(&secret_hash(1), consent(7, CONSENT_ENDS + DAY), NOW).await,
		Step::Confirm => store.confirm_enrolment(id, "night shift".into(), NOW).await,
		Step::Refuse => store.refuse_enrolment(id, "stranger".into(), NOW).await,
		Step::Submit => store.begin_submission(id, submission(2), NOW).await,
		Step::Fail => store.submission_failed(id, "era over".into(), NOW).await,
		Step::Activate => store.activate_enrolment(id, 5, 50, NOW).await,
	}
}

#[tokio::test]
async fn steps_happen_only_from_where_they_start() {
	let wrong = |is| Err(EnrolmentError::WrongStatus { is });
	let consent_expired = Err(EnrolmentError::ConsentExpired);
	let code_expired = Err(EnrolmentError::CodeExpired);
	let go = Ok::<EnrolmentStatus, EnrolmentError>;

	// In the order renew, confirm, refuse, submit, fail, activate.
	let expected = [
		(
			Start::Issued,
			[go(Pending), wrong(Issued), go(Refused), wrong(Issued), wrong(Issued), wrong(Issued)],
		),
		(
			Start::CodeExpired,
			[
				code_expired,
				wrong(Expired),
				go(Refused),
				wrong(Expired),
				wrong(Expired),
				wrong(Expired),
			],
		),
		(
			Start::Pending,
			[
				go(Pending),
				go(Confirmed),
				go(Refused),
				wrong(Pending),
				wrong(Pending),
				wrong(Pending),
			],
		),
		(
			Start::ConsentExpired,
			[
				go(Pending),
				consent_expired.clone(),
				go(Refused),
				consent_expired.clone(),
				wrong(Expired),
				wrong(Expired),
			],
		),
		(
			Start::Confirmed,
			[
				go(Confirmed),
				go(Confirmed),
				go(Refused),
				go(Submitting),
				wrong(Confirmed),
				wrong(Confirmed),
			],
		),
		(
			Start::ConfirmedExpired,
			[
				go(Confirmed),
				consent_expired.clone(),
				go(Refused),
				consent_expired.clone(),
				wrong(Expired),
				wrong(Expired),
			],
		),
		(
			Start::Submitting,
			[
				go(Submitting),
				wrong(Submitting),
				wrong(Submitting),
				wrong(Submitting),
				go(Confirmed),
				go(Active),
			],
		),
		(
			Start::SubmittedExpired,
			[
				go(Confirmed),
				consent_expired.clone(),
				go(Refused),
				consent_expired,
				wrong(Expired),
				// It was in a block after all.
				go(Active),
			],
		),
		(
			Start::Active,
			[go(Active), wrong(Active), wrong(Active), wrong(Active), wrong(Active), go(Active)],
		),
		(
			Start::Refused,
			[
				wrong(Refused),
				wrong(Refused),
				go(Refused),
				wrong(Refused),
				wrong(Refused),
				wrong(Refused),
			],
		),
	];
	let steps =
		[Step::Renew, Step::Confirm, Step::Refuse, Step::Submit, Step::Fail, Step::Activate];
	for (from, outcomes) in expected {
		for (what, outcome) in steps.into_iter().zip(outcomes) {
			let (_folder, store) = empty().await;
			let id = start(&store, from).await;
			let before = store.enrolment(id).await.expect("readable").expect("there");
			let result = step(&store, id, what).await;
			let after = store.enrolment(id).await.expect("readable").expect("there");
			match &result {
				Ok(enrolment) => assert_eq!(&after, enrolment, "{what:?} from {from:?}"),
				Err(_) => assert_eq!(after, before, "{what:?} from {from:?} changes nothing"),
			}
			assert_eq!(result.map(|enrolment| enrolment.status), outcome, "{what:?} from {from:?}");
			let bound = store.binding(5).await.expect("readable").is_some();
			assert_eq!(bound, after.status == Active, "{what:?} from {from:?}");
		}
	}
}

#[tokio::test]
async fn unknown_enrolments_are_refused() {
	let (_folder, store) = empty().await;
	let id = "00112233445566778899aabbccddeeff".parse().expect("an id");
	for what in [Step::Confirm, Step::Refuse, Step::Submit, Step::Fail, Step::Activate] {
		assert_eq!(step(&store, id, what).await, Err(EnrolmentError::UnknownEnrolment));
	}
	assert_eq!("42".parse::<EnrolmentId>(), Err(EnrolmentError::UnknownEnrolment));
}
