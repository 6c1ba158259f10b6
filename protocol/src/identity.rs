//! The 12 words, and every key that is derived from them. A new device with the same words finds all
//! of a person's identities again.

use crate::{
	account::{AccountKey, AccountKeyError},
	encryption::EncryptionSecret,
	signature::Scheme,
};
use bip39::{Language, Mnemonic};
use medrec_primitives::{AccountId, EncryptionKey, Hash, ParticipantId};
use rand::rngs::OsRng;
use sp_core::{sr25519, Pair};
use sp_crypto_hashing::blake2_256;
use zeroize::Zeroizing;

/// Words in a recovery phrase.
pub const WORDS: usize = 12;

const ENCRYPTION_DOMAIN: &[u8] = b"medrec/encryption-key/v1";
const BACKUP_DOMAIN: &[u8] = b"medrec/backup-key/v1";

/// A recovery phrase: 12 English words (BIP-39), without password. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Seed(Zeroizing<String>);

/// The words are no recovery phrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
	/// Not 12 words.
	#[error("a recovery phrase has 12 words, this has {0}")]
	WordCount(usize),
	/// A word is not in the list.
	#[error(
		"word {position} is not one of the 2048 words of recovery phrases; check its spelling"
	)]
	UnknownWord {
		/// Which word, from 1.
		position: usize,
	},
	/// The checksum in the last word does not fit.
	#[error("these words do not belong together: one is wrong, or two are swapped")]
	Checksum,
}

/// An account and an encryption key that belong together.
#[derive(Clone, Debug)]
pub struct Identity {
	/// Signs for the participant.
	pub account_key: AccountKey,
	/// Opens what is sealed to the participant.
	pub encryption_secret: EncryptionSecret,
	/// Derivation path from the seed, `//medrec//…`; empty where it comes from a secret URI.
	pub path: String,
}

impl Identity {
	/// From an account's secret URI (sr25519), as Substrate's tools write it:
	/// `<12 words or 0x seed>[//hard]`. Of a development account such as `//Alice`, too.
	pub fn from_secret_uri(uri: &str) -> Result<Self, AccountKeyError> {
		let account_key = AccountKey::from_secret_uri(uri, Scheme::Sr25519)?;
		let secret = sr25519::Pair::from_string_with_seed(uri, None)
			.ok()
			.and_then(|(_, secret)| secret.map(Zeroizing::new))
			.ok_or_else(|| {
				AccountKeyError(
					"an encryption key comes from words or a seed with `//` junctions only"
						.to_owned(),
				)
			})?;
		Ok(Self {
			account_key,
			encryption_secret: encryption_secret(ENCRYPTION_DOMAIN, &secret),
			path: String::new(),
		})
	}

	/// The account.
	pub fn account_id(&self) -> AccountId {
		self.account_key.account_id()
	}

	/// The public half of the encryption key.
	pub fn encryption_key(&self) -> EncryptionKey {
		self.encryption_secret.public()
	}
}

impl Seed {
	/// Fresh random words.
	pub fn generate() -> Self {
		let mnemonic = Mnemonic::generate_in_with(&mut OsRng, Language::English, WORDS)
			.expect("12 is a number of words that BIP-39 has; qed");
		Self::of(&mnemonic)
	}

	/// Reads 12 words, in any case and with any white space between them.
	pub fn from_phrase(words: &str) -> Result<Self, SeedError> {
		let mut phrase = Zeroizing::new(String::with_capacity(words.len()));
		let mut count = 0;
		for word in words.split_whitespace() {
			if count > 0 {
				phrase.push(' ');
			}
			phrase.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
			count += 1;
		}
		if count != WORDS {
			return Err(SeedError::WordCount(count));
		}
		Mnemonic::parse_in_normalized(Language::English, &phrase)
			.map(|mnemonic| Self::of(&mnemonic))
			.map_err(|error| match error {
				bip39::Error::UnknownWord(index) => {
					SeedError::UnknownWord { position: index.saturating_add(1) }
				},
				_ => SeedError::Checksum,
			})
	}

	fn of(mnemonic: &Mnemonic) -> Self {
		let mut phrase = Zeroizing::new(String::with_capacity(128));
		for word in mnemonic.words() {
			if !phrase.is_empty() {
				phrase.push(' ');
			}
			phrase.push_str(word);
		}
		Self(phrase)
	}

	/// The words, lower case, single spaces.
	pub fn phrase(&self) -> &str {
		&self.0
	}

	/// The `n`th identity of a patient towards a provider, at `//medrec//GENESIS//PROVIDER//N` (genesis
	/// in 64 hexadecimal digits, numbers in decimal): one identity per provider, so that nothing on the
	/// chain connects them.
	pub fn identity(&self, genesis: &Hash, provider: ParticipantId, n: u32) -> Identity {
		self.identity_at(format!("//medrec//{}//{provider}//{n}", hex::encode(genesis)))
	}

	/// The `n`th identity that belongs to no provider, for who views records of others, at
	/// `//medrec//viewer//N`.
	pub fn viewer(&self, n: u32) -> Identity {
		self.identity_at(format!("//medrec//viewer//{n}"))
	}

	/// The `n`th account of who runs a provider, at `//medrec//provider//N`.
	pub fn provider(&self, n: u32) -> Identity {
		self.identity_at(format!("//medrec//provider//{n}"))
	}

	/// Opens what a patient sealed to herself on a chain, at `//medrec//GENESIS//backup`. The public half
	/// is on no chain.
	pub fn backup_key(&self, genesis: &Hash) -> EncryptionSecret {
		let path = format!("//medrec//{}//backup", hex::encode(genesis));
		encryption_secret(BACKUP_DOMAIN, &self.derive(&path).1)
	}

	fn identity_at(&self, path: String) -> Identity {
		let (pair, secret) = self.derive(&path);
		Identity {
			account_key: AccountKey::Sr25519(pair),
			encryption_secret: encryption_secret(ENCRYPTION_DOMAIN, &secret),
			path,
		}
	}

	/// The sr25519 pair at a path of hard junctions, with its mini secret key.
	fn derive(&self, path: &str) -> (sr25519::Pair, Zeroizing<[u8; 32]>) {
		let uri = Zeroizing::new(format!("{}{path}", self.phrase()));
		let (pair, secret) = sr25519::Pair::from_string_with_seed(&uri, None)
			.expect("the words were checked when the seed was made and paths here are valid; qed");
		let secret = secret.expect("paths here have hard junctions only, which keep a secret; qed");
		(pair, Zeroizing::new(secret))
	}
}

/// `blake2_256(domain ‖ mini secret key)` as an X25519 secret.
fn encryption_secret(domain: &[u8], secret: &[u8; 32]) -> EncryptionSecret {
	let bytes = Zeroizing::new([domain, secret.as_slice()].concat());
	EncryptionSecret::from_bytes(blake2_256(&bytes))
}

impl std::fmt::Debug for Seed {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		f.write_str("Seed(12 words)")
	}
}
