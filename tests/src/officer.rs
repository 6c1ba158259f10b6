//! Officers of providers, who vote in the council.

use std::{fs, path::Path};

use anyhow::{ensure, Result};
use serde_json::Value;

use crate::{person::Person, provider::Provider};

/// A provider's officer, with the secret of its account in a file.
pub struct Officer {
	/// Whose.
	pub provider: Provider,
	/// With which command line.
	pub person: Person,
	secret: String,
}

impl Officer {
	/// An officer of a provider, asking a node.
	pub fn new(provider: Provider, folder: &Path, node: &str) -> Result<Self> {
		let person = Person::new(&provider.key.to_lowercase(), folder, node)?;
		let file = person.file("secret");
		fs::write(&file, provider.secret())?;
		Ok(Self { provider, person, secret: file.display().to_string() })
	}

	/// `medrec council`, with its account.
	pub fn council(&self, arguments: &[&str]) -> Result<Value> {
		self.person.run(&self.with_account("council", arguments))
	}

	/// `medrec authority`, with its account.
	pub fn authority(&self, arguments: &[&str]) -> Result<Value> {
		self.person.run(&self.with_account("authority", arguments))
	}

	/// A command of `medrec council` that ends with this status; gives what it said.
	pub fn fails(&self, arguments: &[&str], status: i32) -> Result<String> {
		let output = self.person.output(&self.with_account("council", arguments))?;
		let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
		ensure!(output.status.code() == Some(status), "{arguments:?}: {} {said}", output.status);
		Ok(said)
	}

	fn with_account<'a>(&'a self, group: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
		let mut all = vec![group];
		all.extend(arguments);
		all.extend(["--suri-file", &self.secret]);
		all
	}
}
