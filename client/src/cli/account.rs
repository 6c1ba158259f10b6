//! Which account acts for a provider.

use super::{console, Invocation};
use crate::ClientError;
use clap::Args;
use medrec_protocol::identity::Identity;
use std::path::{Path, PathBuf};

/// Options that say which account acts for a provider.
#[derive(Debug, Args)]
pub struct ProviderAccount {
	/// File whose first line is the secret of the provider's account: 12 words, or 0x and 64 digits, then an
	/// optional //path. By default the account comes from a key that is kept here.
	#[arg(long, global = true, value_name = "FILE", conflicts_with = "n")]
	suri_file: Option<PathBuf>,
	/// Number of the provider's account, where the key has several.
	#[arg(long = "identity", global = true, default_value_t = 0, value_name = "NUMBER")]
	n: u32,
}

impl Invocation {
	/// Open the account that acts for a provider.
	pub fn provider_account(&self, account: &ProviderAccount) -> Result<Identity, ClientError> {
		match &account.suri_file {
			None => Ok(self.open_key()?.seed.provider(account.n)),
			Some(_) if self.key.is_some() => Err(ClientError::Usage(
				"--key and --suri-file both say whose account it is; give one of them".to_owned(),
			)),
			Some(path) => from_suri_file(path),
		}
	}
}

/// The account whose secret is the first line of a file.
pub fn from_suri_file(path: &Path) -> Result<Identity, ClientError> {
	Identity::from_secret_uri(&console::first_line(path)?)
		.map_err(|error| ClientError::Usage(format!("{}: {error}", path.display())))
}
