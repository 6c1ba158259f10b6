//! Numbers that follow from a seed, the same in every version of every library.

use codec::Encode;

/// 32 bytes that follow from a seed, a name and two numbers.
pub(crate) fn derive(seed: u64, what: &str, first: u64, second: u64) -> [u8; 32] {
	sp_crypto_hashing::blake2_256(
		&("medrec/generated-state/v1", seed, what, first, second).encode(),
	)
}

/// A sequence of numbers (SplitMix64; Steele, Lea and Flood 2014).
pub(crate) struct Dice(u64);

impl Dice {
	/// The sequence of a seed, a name and two numbers.
	pub(crate) fn new(seed: u64, what: &str, first: u64, second: u64) -> Self {
		let bytes = derive(seed, what, first, second);
		Self(bytes.iter().take(8).fold(0, |state, byte| state << 8 | u64::from(*byte)))
	}

	/// A number.
	pub(crate) fn any(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// A number below a limit; nought below nought.
	pub(crate) fn below(&mut self, limit: u64) -> u64 {
		(u128::from(self.any()).wrapping_mul(u128::from(limit)) >> 64) as u64
	}

	/// A number from `from` up to, not including, `until`.
	pub(crate) fn between(&mut self, from: u64, until: u64) -> u64 {
		from.saturating_add(self.below(until.saturating_sub(from)))
	}

	/// Whether one of `many` equal chances came up.
	pub(crate) fn one_in(&mut self, many: u64) -> bool {
		self.below(many) == 0
	}

	/// One of several.
	pub(crate) fn one_of<T: Copy, const N: usize>(&mut self, several: [T; N]) -> T {
		const { assert!(N > 0) };
		several[self.below(N as u64) as usize]
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn splitmix_is_the_published_one() {
		let mut dice = Dice(1_234_567);
		assert_eq!(dice.any(), 6_457_827_717_110_365_317);
		assert_eq!(dice.any(), 3_203_168_211_198_807_973);
		assert_eq!(dice.any(), 9_817_491_932_198_370_423);
	}

	#[test]
	fn every_argument_matters() {
		let all = [
			derive(1, "salt", 2, 3),
			derive(2, "salt", 2, 3),
			derive(1, "key", 2, 3),
			derive(1, "salt", 3, 3),
			derive(1, "salt", 2, 4),
		];
		for (index, bytes) in all.iter().enumerate() {
			assert!(!all[..index].contains(bytes));
		}
	}

	#[test]
	fn limits_hold() {
		let mut dice = Dice::new(1, "limits", 0, 0);
		for limit in [1, 2, 3, 1_000, u64::MAX] {
			assert!((0..100).all(|_| dice.below(limit) < limit));
		}
		assert_eq!(dice.below(0), 0);
		assert!((0..100).all(|_| (5..9).contains(&dice.between(5, 9))));
	}
}
