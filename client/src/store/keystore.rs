//! Keys: 12 words each, in files encrypted with a password.

use super::files::{self, FileError};
use age::secrecy::{ExposeSecret, SecretString};
use medrec_primitives::Moment;
use medrec_protocol::identity::Seed;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Shortest password that a key is encrypted with, in characters.
pub const MIN_PASSWORD_LENGTH: usize = 8;

/// Longest name of a key, in characters.
const MAX_NAME_LENGTH: usize = 64;

/// log2 of scrypt's cost: 128 MiB and about half a second for each guess.
const WORK_FACTOR: u8 = 17;

/// Highest cost that is accepted when reading, so that a crafted file cannot stop the program.
const MAX_WORK_FACTOR: u8 = 22;

const VERSION: u32 = 1;
const EXTENSION: &str = "age";

/// Name of the key that is made, and taken, where none is named.
const DEFAULT_NAME: &str = "default";

/// What a key's file is encrypted with.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
	/// From its text.
	pub fn new(text: String) -> Self {
		Self(SecretString::from(text))
	}

	/// Whether it is long enough to encrypt a key with.
	pub fn is_long_enough(&self) -> bool {
		self.0.expose_secret().chars().count() >= MIN_PASSWORD_LENGTH
	}

	/// Whether both are the same.
	pub fn equals(&self, other: &Self) -> bool {
		self.0.expose_secret() == other.0.expose_secret()
	}
}

impl std::fmt::Debug for Password {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		f.write_str("Password(..)")
	}
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
	/// The system did not let the file be read or written.
	#[error(transparent)]
	File(#[from] FileError),
	/// Names are of letters, digits, `-` and `_`.
	#[error("`{0}` cannot be the name of a key: use up to 64 letters, digits, - and _")]
	Name(String),
	/// There is a key of that name already.
	#[error("there is a key `{0}` already; choose another name with --key")]
	Exists(String),
	/// There is no key of that name.
	#[error("there is no key `{name}`{}", if others.is_empty() { "; make one with `medrec key new`, or `medrec key import` if you have 12 words".to_owned() } else { format!("; there is {}", others.join(", ")) })]
	Absent {
		/// The name.
		name: String,
		/// Names that there are.
		others: Vec<String>,
	},
	/// Several keys, and none was named.
	#[error("there are several keys; say which one with --key: {}", .0.join(", "))]
	Ambiguous(Vec<String>),
	/// The password does not open the file.
	#[error("the password does not open the key `{0}`")]
	WrongPassword(String),
	/// The password is too short.
	#[error("the password is too short: take at least {MIN_PASSWORD_LENGTH} characters")]
	ShortPassword,
	/// The file is not a key's, or damaged.
	#[error("the file of key `{name}` is damaged: {reason}")]
	Damaged {
		/// Name of the key.
		name: String,
		/// What is wrong.
		reason: String,
	},
	/// The file could not be encrypted.
	#[error("the key cannot be encrypted: {0}")]
	Encryption(String),
}

/// A key in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyEntry {
	/// Its name.
	pub name: String,
	/// Its file.
	pub path: PathBuf,
}

/// A key, opened.
pub struct Key {
	/// Its name.
	pub name: String,
	/// The 12 words.
	pub seed: Seed,
	/// When it was made or imported here.
	pub created: Moment,
	local: age::x25519::Identity,
}

impl Key {
	/// Encrypt something that belongs to this key, for this device.
	pub(super) fn encrypt(&self, content: &[u8]) -> Result<Vec<u8>, KeystoreError> {
		age::encrypt(&self.local.to_public(), content)
			.map_err(|error| KeystoreError::Encryption(error.to_string()))
	}

	/// Decrypt what [`Self::encrypt`] made; `None` if it is not of this key.
	pub(super) fn decrypt(&self, content: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
		age::decrypt(&self.local, content).ok().map(Zeroizing::new)
	}
}

impl std::fmt::Debug for Key {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		f.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
	}
}

/// Content of a key's file.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KeyFile {
	version: u32,
	words: String,
	/// Encrypts what belongs to the key on this device, so that the password is needed once a command.
	local: String,
	created: Moment,
}

/// All keys of a home directory.
#[derive(Clone, Debug)]
pub struct Keystore {
	directory: PathBuf,
	work_factor: u8,
}

impl Keystore {
	/// The keys under a home directory.
	pub fn new(home: &Path) -> Self {
		Self { directory: home.join("keys"), work_factor: WORK_FACTOR }
	}

	/// The same with little protection against guessing, for tests that make many keys.
	#[cfg(test)]
	pub(crate) fn weak(home: &Path) -> Self {
		Self { work_factor: 4, ..Self::new(home) }
	}

	/// All keys, by name.
	pub fn list(&self) -> Result<Vec<KeyEntry>, KeystoreError> {
		Ok(files::names(&self.directory, EXTENSION)?
			.into_iter()
			.map(|name| KeyEntry { path: self.path(&name), name })
			.collect())
	}

	/// Name for a new key: the given one, or `default`.
	pub fn name_for_new(&self, given: Option<&str>) -> Result<String, KeystoreError> {
		let name = given.unwrap_or(DEFAULT_NAME);
		check_name(name)?;
		if self.path(name).exists() {
			return Err(KeystoreError::Exists(name.to_owned()));
		}
		Ok(name.to_owned())
	}

	/// Name of the key to use: the given one, else the only one, else `default`.
	pub fn select(&self, given: Option<&str>) -> Result<String, KeystoreError> {
		let names: Vec<String> = self.list()?.into_iter().map(|entry| entry.name).collect();
		let absent =
			|name: &str| KeystoreError::Absent { name: name.to_owned(), others: names.clone() };
		match (given, names.as_slice()) {
			(Some(name), _) => {
				check_name(name)?;
				names.iter().find(|known| *known == name).cloned().ok_or_else(|| absent(name))
			},
			(None, []) => Err(absent(DEFAULT_NAME)),
			(None, [only]) => Ok(only.clone()),
			(None, _) if names.iter().any(|name| name == DEFAULT_NAME) => {
				Ok(DEFAULT_NAME.to_owned())
			},
			(None, _) => Err(KeystoreError::Ambiguous(names)),
		}
	}

	/// Keep words under a name, encrypted with a password. Never replaces a key.
	pub fn add(
		&self,
		name: &str,
		seed: &Seed,
		password: &Password,
		now: Moment,
	) -> Result<Key, KeystoreError> {
		check_name(name)?;
		if !password.is_long_enough() {
			return Err(KeystoreError::ShortPassword);
		}
		let local = age::x25519::Identity::generate();
		let file = KeyFile {
			version: VERSION,
			words: seed.phrase().to_owned(),
			local: local.to_string().expose_secret().to_owned(),
			created: now,
		};
		let failed = |error: String| KeystoreError::Encryption(error);
		let json =
			Zeroizing::new(serde_json::to_vec(&file).map_err(|error| failed(error.to_string()))?);
		let mut recipient = age::scrypt::Recipient::new(password.0.clone());
		recipient.set_work_factor(self.work_factor);
		let encrypted =
			age::encrypt(&recipient, &json).map_err(|error| failed(error.to_string()))?;
		match files::write(&self.path(name), &encrypted, false) {
			Err(error) if error.source.kind() == std::io::ErrorKind::AlreadyExists => {
				Err(KeystoreError::Exists(name.to_owned()))
			},
			result => {
				result?;
				Ok(Key { name: name.to_owned(), seed: seed.clone(), created: now, local })
			},
		}
	}

	/// Open a key.
	pub fn open(&self, name: &str, password: &Password) -> Result<Key, KeystoreError> {
		check_name(name)?;
		let damaged = |reason: String| KeystoreError::Damaged { name: name.to_owned(), reason };
		let encrypted = files::read(&self.path(name))?
			.ok_or_else(|| KeystoreError::Absent { name: name.to_owned(), others: Vec::new() })?;
		let mut identity = age::scrypt::Identity::new(password.0.clone());
		identity.set_max_work_factor(MAX_WORK_FACTOR);
		let json =
			age::decrypt(&identity, &encrypted).map(Zeroizing::new).map_err(
				|error| match error {
					age::DecryptError::DecryptionFailed | age::DecryptError::NoMatchingKeys => {
						KeystoreError::WrongPassword(name.to_owned())
					},
					error => damaged(error.to_string()),
				},
			)?;
		let file: KeyFile =
			serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))?;
		if file.version != VERSION {
			return Err(damaged(format!(
				"it is of version {}, this program reads version {VERSION}",
				file.version
			)));
		}
		Ok(Key {
			name: name.to_owned(),
			seed: Seed::from_phrase(&file.words).map_err(|error| damaged(error.to_string()))?,
			created: file.created,
			local: file.local.parse().map_err(|error: &str| damaged(error.to_owned()))?,
		})
	}

	fn path(&self, name: &str) -> PathBuf {
		self.directory.join(format!("{name}.{EXTENSION}"))
	}
}

fn check_name(name: &str) -> Result<(), KeystoreError> {
	let fits = (1..=MAX_NAME_LENGTH).contains(&name.len())
		&& name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
	fits.then_some(()).ok_or_else(|| KeystoreError::Name(name.to_owned()))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn password(text: &str) -> Password {
		Password::new(text.to_owned())
	}

	fn store() -> (tempfile::TempDir, Keystore) {
		let home = tempfile::tempdir().unwrap();
		let store = Keystore::weak(home.path());
		(home, store)
	}

	#[test]
	fn keys_come_back_with_their_password_only() {
		let (home, store) = store();
		let seed = Seed::generate();
		let right = password("correct horse");
		let key = store.add("alice", &seed, &right, 5).unwrap();
		let secret = key.encrypt(b"secret").unwrap();

		let opened = store.open("alice", &right).unwrap();
		assert_eq!(opened.seed.phrase(), seed.phrase());
		assert_eq!(opened.created, 5);
		assert_eq!(opened.decrypt(&secret).unwrap().as_slice(), b"secret");

		let wrong = store.open("alice", &password("wrong horse"));
		assert!(matches!(wrong, Err(KeystoreError::WrongPassword(name)) if name == "alice"));

		let file = std::fs::read(home.path().join("keys/alice.age")).unwrap();
		let word = seed.phrase().split(' ').next().unwrap();
		assert!(!file.windows(word.len()).any(|window| window == word.as_bytes()));
	}

	#[test]
	fn a_key_is_never_replaced() {
		let (_home, store) = store();
		let (first, second) = (Seed::generate(), Seed::generate());
		store.add("alice", &first, &password("password 1"), 0).unwrap();
		let again = store.add("alice", &second, &password("password 2"), 0);
		assert!(matches!(again, Err(KeystoreError::Exists(_))));
		assert!(matches!(store.name_for_new(Some("alice")), Err(KeystoreError::Exists(_))));
		let kept = store.open("alice", &password("password 1")).unwrap();
		assert_eq!(kept.seed.phrase(), first.phrase());
	}

	#[test]
	fn the_key_to_use_is_the_named_the_only_or_the_default_one() {
		let (_home, store) = store();
		assert!(matches!(store.select(None), Err(KeystoreError::Absent { .. })));
		let add = |name| {
			store.add(name, &Seed::generate(), &password("password"), 0).unwrap();
		};
		add("work");
		assert_eq!(store.select(None).unwrap(), "work");
		add("home");
		assert!(
			matches!(store.select(None), Err(KeystoreError::Ambiguous(names)) if names.len() == 2)
		);
		assert_eq!(store.select(Some("home")).unwrap(), "home");
		let absent = store.select(Some("other")).unwrap_err();
		assert_eq!(absent.to_string(), "there is no key `other`; there is home, work");
		add("default");
		assert_eq!(store.select(None).unwrap(), "default");
	}

	#[test]
	fn names_cannot_leave_the_directory() {
		let (_home, store) = store();
		for name in ["", "../x", "a/b", "a.b", "ä", &"a".repeat(65)] {
			let added = store.add(name, &Seed::generate(), &password("password"), 0);
			assert!(matches!(added, Err(KeystoreError::Name(_))), "{name}");
			assert!(matches!(store.select(Some(name)), Err(KeystoreError::Name(_))), "{name}");
		}
	}

	#[test]
	fn short_passwords_are_refused_and_damage_is_told() {
		let (home, store) = store();
		let short = store.add("alice", &Seed::generate(), &password("1234567"), 0);
		assert!(matches!(short, Err(KeystoreError::ShortPassword)));

		store.add("alice", &Seed::generate(), &password("password"), 0).unwrap();
		std::fs::write(home.path().join("keys/alice.age"), b"not age").unwrap();
		let damaged = store.open("alice", &password("password"));
		assert!(matches!(damaged, Err(KeystoreError::Damaged { .. })), "{damaged:?}");
	}
}
