//! The two secrets that the server holds, each in a file that nobody else may read, and public keys
//! as they are configured.

use medrec_primitives::GatekeeperKey;
use medrec_protocol::{account::AccountKey, gatekeeper_key::GatekeeperSecret, signature::Scheme};
use std::{
	fs::{self, OpenOptions},
	io::{self, Write},
	os::unix::fs::{OpenOptionsExt, PermissionsExt},
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Longest key file that is read, bytes.
const MAX_BYTES: u64 = 1_024;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
	/// It is not there, or not readable.
	#[error("cannot read the key file {path}: {source}")]
	Read {
		/// The file.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// It cannot be made.
	#[error("cannot write the key file {path}: {source}")]
	Write {
		/// The file.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// Others than its owner may read or change it.
	#[error("others than its owner may use the key file {0}; run `chmod 600` on it")]
	Mode(PathBuf),
	/// It holds something else.
	#[error("{path} holds no key: {reason}")]
	Content {
		/// The file.
		path: PathBuf,
		/// What it should hold.
		reason: String,
	},
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
	let failed = |source| KeyFileError::Read { path: path.to_owned(), source };
	let metadata = fs::metadata(path).map_err(failed)?;
	if metadata.permissions().mode() & 0o077 != 0 {
		return Err(KeyFileError::Mode(path.to_owned()));
	}
	if metadata.len() > MAX_BYTES {
		let reason = "it is too long".to_owned();
		return Err(KeyFileError::Content { path: path.to_owned(), reason });
	}
	let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
	Ok(Zeroizing::new(text.trim().to_owned()))
}

/// The key that answers are signed with: 0x and 64 hexadecimal digits.
pub fn gatekeeper(path: &Path) -> Result<GatekeeperSecret, KeyFileError> {
	let text = read(path)?;
	let mut bytes = Zeroizing::new([0; 32]);
	text.strip_prefix("0x")
		.and_then(|digits| hex::decode_to_slice(digits, bytes.as_mut_slice()).ok())
		.ok_or_else(|| KeyFileError::Content {
			path: path.to_owned(),
			reason: "expected 0x and 64 hexadecimal digits".to_owned(),
		})?;
	Ok(GatekeeperSecret::from_bytes(&bytes))
}

/// The operator account (sr25519): a secret URI as Substrate's tools write it.
pub fn operator(path: &Path) -> Result<AccountKey, KeyFileError> {
	let text = read(path)?;
	AccountKey::from_secret_uri(&text, Scheme::Sr25519)
		.map_err(|error| KeyFileError::Content { path: path.to_owned(), reason: error.to_string() })
}

/// A gatekeeper's public key from a text: 0x and 64 hexadecimal digits, as `init` prints it.
pub fn public(text: &str) -> Result<GatekeeperKey, String> {
	let mut key = GatekeeperKey::default();
	text.strip_prefix("0x")
		.and_then(|digits| hex::decode_to_slice(digits, &mut key).ok())
		.map(|()| key)
		.ok_or_else(|| "a key is 0x and 64 hexadecimal digits".to_owned())
}

/// Write 32 random secret bytes into a file that does not exist yet.
pub fn generate(path: &Path) -> Result<(), KeyFileError> {
	let failed = |source| KeyFileError::Write { path: path.to_owned(), source };
	// Random bytes are a secret of either kind.
	let secret = GatekeeperSecret::generate().to_bytes();
	let text = Zeroizing::new(format!("0x{}\n", hex::encode(secret.as_slice())));
	let mut file =
		OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
	file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_generated_file_is_private_and_is_a_key_of_either_kind() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		generate(&path).unwrap();
		assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
		assert_eq!(gatekeeper(&path).unwrap().public(), gatekeeper(&path).unwrap().public());
		operator(&path).unwrap();
		assert!(matches!(generate(&path), Err(KeyFileError::Write { .. })), "never overwritten");
	}

	#[test]
	fn files_that_others_may_read_are_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		generate(&path).unwrap();
		fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
		assert!(matches!(gatekeeper(&path), Err(KeyFileError::Mode(_))));
	}

	#[test]
	fn other_content_is_refused_without_showing_it() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		generate(&path).unwrap();
		fs::write(&path, "0xdeadbeef").unwrap();
		let error = gatekeeper(&path).unwrap_err().to_string();
		assert!(!error.contains("deadbeef"), "{error}");
		assert!(matches!(operator(&path), Err(KeyFileError::Content { .. })));
	}
}
