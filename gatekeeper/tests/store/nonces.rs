use super::*;
use medrec_gatekeeper::store::NonceError;

const KEY: &str = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const MINUTE: Moment = 60_000;

#[tokio::test]
async fn a_nonce_is_taken_once() {
	let (_folder, store) = empty().await;
	assert_eq!(store.take_nonce(KEY, b"first", NOW + MINUTE, NOW).await, Ok(()));
	assert_eq!(
		store.take_nonce(KEY, b"first", NOW + MINUTE, NOW + 1).await,
		Err(NonceError::AlreadyUsed)
	);
	// Whatever else differs, the nonce is used.
	assert_eq!(
		store.take_nonce(KEY, b"first", NOW + MINUTE / 2, NOW).await,
		Err(NonceError::AlreadyUsed)
	);
	assert_eq!(store.take_nonce(KEY, b"second", NOW + MINUTE, NOW).await, Ok(()));
}

#[tokio::test]
async fn nonces_of_two_keys_do_not_meet() {
	let (_folder, store) = empty().await;
	assert_eq!(store.take_nonce("ab", b"c", NOW + MINUTE, NOW).await, Ok(()));
	assert_eq!(store.take_nonce("a", b"bc", NOW + MINUTE, NOW).await, Ok(()));
	assert_eq!(store.take_nonce("abc", b"", NOW + MINUTE, NOW).await, Ok(()));
}

#[tokio::test]
async fn a_used_nonce_stays_used_after_a_restart() {
	let (folder, store) = empty().await;
	assert_eq!(store.take_nonce(KEY, b"nonce", NOW + MINUTE, NOW).await, Ok(()));
	let store = restart(&folder, store).await;
	assert_eq!(
		store.take_nonce(KEY, b"nonce", NOW + MINUTE, NOW).await,
		Err(NonceError::AlreadyUsed)
	);
}

#[tokio::test]
async fn of_many_that_come_at_once_one_gets_it() {
	let (folder, store) = empty().await;
	let other = open(&folder).await;
	let attempts = (0..64).map(|number| {
		let store = if number % 2 == 0 { store.clone() } else { other.clone() };
		tokio::spawn(async move { store.take_nonce(KEY, b"nonce", NOW + MINUTE, NOW).await })
	});
	let mut taken = 0;
	for attempt in attempts.collect::<Vec<_>>() {
		match attempt.await.expect("no panic") {
			Ok(()) => taken += 1,
			Err(error) => assert_eq!(error, NonceError::AlreadyUsed),
		}
	}
	assert_eq!(taken, 1);
}

#[tokio::test]
async fn an_expired_request_is_refused() {
	let (_folder, store) = empty().await;
	assert_eq!(store.take_nonce(KEY, b"nonce", NOW, NOW).await, Err(NonceError::Expired));
	assert_eq!(store.take_nonce(KEY, b"nonce", NOW - 1, NOW).await, Err(NonceError::Expired));
	assert_eq!(store.take_nonce(KEY, b"nonce", NOW + 1, NOW).await, Ok(()));
}

#[tokio::test]
async fn what_was_forgotten_is_refused_even_if_the_clock_goes_back() {
	let (folder, store) = empty().await;
	assert_eq!(store.take_nonce(KEY, b"old", NOW + MINUTE, NOW).await, Ok(()));
	// Much later, taking another one clears the old one away.
	assert_eq!(store.take_nonce(KEY, b"new", NOW + DAY + MINUTE, NOW + DAY).await, Ok(()));
	let store = restart(&folder, store).await;
	assert_eq!(
		store.take_nonce(KEY, b"old", NOW + MINUTE, NOW).await,
		Err(NonceError::Expired),
		"the clock was set back by a day"
	);
	assert_eq!(
		store.take_nonce(KEY, b"new", NOW + DAY + MINUTE, NOW + DAY).await,
		Err(NonceError::AlreadyUsed)
	);
}

#[tokio::test]
async fn the_table_does_not_grow_for_ever() {
	let (folder, store) = empty().await;
	for number in 0..200_u64 {
		let now = NOW + number * 10 * MINUTE;
		assert_eq!(store.take_nonce(KEY, &number.to_le_bytes(), now + MINUTE, now).await, Ok(()));
	}
	store.close().await;
	let path = folder.path().join("gatekeeper.sqlite");
	let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", path.display()))
		.await
		.expect("the database opens");
	let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM nonces")
		.fetch_one(&pool)
		.await
		.expect("the table is there");
	assert!(kept <= 2, "{kept} nonces are kept");
}
