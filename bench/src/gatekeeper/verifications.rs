//! What a processor core can do at most: bare verifications of signatures.

use std::{
	hint::black_box,
	time::{Duration, Instant},
};

use anyhow::{ensure, Result};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use rand::rngs::OsRng;

/// Ed25519 verifications of a message per second, on this thread alone. As for requests, the key is read
/// each time, and the rules are the strict ones.
pub fn per_second(message: &[u8], time: Duration) -> Result<f64> {
	let secret = SigningKey::generate(&mut OsRng);
	let signature = secret.sign(message);
	let public = secret.verifying_key().to_bytes();
	let mut done = 0_u32;
	let start = Instant::now();
	while start.elapsed() < time {
		let verified = VerifyingKey::from_bytes(black_box(&public))
			.and_then(|key| key.verify_strict(black_box(message), &signature));
		ensure!(verified.is_ok(), "a signature that was just made is not valid");
		done += 1;
	}
	Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn some_are_done() {
		assert!(per_second(&[7; 900], Duration::from_millis(20)).unwrap() > 1.0);
	}
}
