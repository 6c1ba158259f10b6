//! `medrec key ...`

use super::Invocation;
use crate::{clock, output, ClientError};
use clap::Subcommand;
use medrec_protocol::identity::Seed;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
	/// Make a key and show its 12 words once. Write them down: they are all that a new device needs.
	New,
	/// Keep a key that you have as 12 words.
	Import {
		/// File with the words in its first line; `-` reads standard input. Asked for otherwise.
		#[arg(long, value_name = "FILE")]
		words_file: Option<PathBuf>,
	},
	/// Show the keys that are kept here.
	List,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewKey<'a> {
	name: &'a str,
	words: &'a str,
}

pub fn run(invocation: &Invocation, command: KeyCommand) -> Result<(), ClientError> {
	match command {
		KeyCommand::New => new(invocation),
		KeyCommand::Import { words_file } => import(invocation, words_file),
		KeyCommand::List => list(invocation),
	}
}

fn new(invocation: &Invocation) -> Result<(), ClientError> {
	let name = invocation.keystore.name_for_new(invocation.key.as_deref())?;
	let password = invocation.console.new_password()?;
	let seed = Seed::generate();
	invocation.keystore.add(&name, &seed, &password, clock::now())?;
	invocation.format.print(&NewKey { name: &name, words: seed.phrase() }, |key| {
		format!(
			"Key `{}` is made. Its 12 words:\n\n  {}\n\n\
			 Write them down and keep them where nobody else finds them. Who has them has your records;\n\
			 without them nobody, not even your providers, can restore the key.",
			key.name, key.words
		)
	})
}

fn import(invocation: &Invocation, words_file: Option<PathBuf>) -> Result<(), ClientError> {
	let name = invocation.keystore.name_for_new(invocation.key.as_deref())?;
	let words = invocation.console.words(words_file.as_deref())?;
	let seed = Seed::from_phrase(&words).map_err(|error| ClientError::Usage(error.to_string()))?;
	let password = invocation.console.new_password()?;
	invocation.keystore.add(&name, &seed, &password, clock::now())?;
	let result = serde_json::json!({ "name": name });
	invocation.format.print(&result, |_| format!("Key `{name}` is kept."))
}

fn list(invocation: &Invocation) -> Result<(), ClientError> {
	let keys = invocation.keystore.list()?;
	invocation.format.print(&keys, |keys| {
		if keys.is_empty() {
			return "There is no key yet; make one with `medrec key new`.".to_owned();
		}
		output::table(
			["key", "file"],
			keys.iter().map(|key| [key.name.clone(), key.path.display().to_string()]),
		)
	})
}
