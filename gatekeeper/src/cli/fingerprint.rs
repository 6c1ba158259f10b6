//! Comparing the fingerprint of a key with what the patient's device shows.

use medrec_primitives::AccountId;
use medrec_protocol::account::fingerprint;

/// Whether a fingerprint, however it was typed, is that of an account.
pub fn is_of(typed: &str, account: &AccountId) -> bool {
	normal(typed) == normal(&fingerprint(account))
}

/// Its letters and digits.
fn normal(fingerprint: &str) -> String {
	fingerprint
		.chars()
		.filter(char::is_ascii_alphanumeric)
		.map(|digit| digit.to_ascii_uppercase())
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn fingerprints_are_compared_by_their_digits() {
		let account = AccountId::new([7; 32]);
		let shown = fingerprint(&account);
		assert!(is_of(&shown, &account));
		assert!(is_of(&shown.to_lowercase().replace('-', " "), &account));
		assert!(!is_of(&shown, &AccountId::new([8; 32])));
		assert!(!is_of("", &account));
	}
}
