//! Questions to the user.

use crate::{store::Password, ClientError};
use std::{
	fs::File,
	io::{BufRead, BufReader, IsTerminal, Read, Write},
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Longest password or recovery phrase that is read from a file, in bytes.
const MAX_SECRET: u64 = 4096;

/// Where answers come from.
#[derive(Debug)]
pub struct Console {
	/// File whose first line is the password.
	pub password_file: Option<PathBuf>,
	/// Whether every question is answered with yes.
	pub yes: bool,
}

impl Console {
	/// The password, from the file or from the terminal.
	pub fn password(&self, prompt: &str) -> Result<Password, ClientError> {
		match &self.password_file {
			Some(path) => first_line(path).map(|line| Password::new(line.to_string())),
			None => ask_secretly(prompt, "a password", "--password-file (or MEDREC_PASSWORD_FILE)")
				.map(|text| Password::new(text.to_string())),
		}
	}

	/// A password for a new key; typed twice.
	pub fn new_password(&self) -> Result<Password, ClientError> {
		let password = self.password("New password: ")?;
		if self.password_file.is_none() && !self.password("The same again: ")?.equals(&password) {
			return Err(ClientError::Usage("the passwords are not the same".to_owned()));
		}
		Ok(password)
	}

	/// The 12 words, from a file (`-`: standard input) or from the terminal.
	pub fn words(&self, file: Option<&Path>) -> Result<Zeroizing<String>, ClientError> {
		match file {
			Some(path) if path.as_os_str() == "-" => {
				let mut text = Zeroizing::new(String::new());
				std::io::stdin()
					.take(MAX_SECRET)
					.read_to_string(&mut text)
					.map_err(|error| ClientError::Failed(format!("standard input: {error}")))?;
				Ok(text)
			},
			Some(path) => first_line(path),
			None => ask_secretly("Your 12 words: ", "12 words", "--words-file"),
		}
	}

	/// Go on only if the user says yes.
	pub fn confirm(&self, question: &str) -> Result<(), ClientError> {
		if self.yes {
			return Ok(());
		}
		if !std::io::stdin().is_terminal() {
			return Err(ClientError::Usage(format!(
				"{question}: nobody is there to answer; add --yes if that is what you want"
			)));
		}
		eprint!("{question} [y/N] ");
		let mut answer = String::new();
		std::io::stderr()
			.flush()
			.and_then(|()| std::io::stdin().lock().read_line(&mut answer))
			.map_err(|error| ClientError::Failed(format!("the terminal: {error}")))?;
		match answer.trim().to_ascii_lowercase().as_str() {
			"y" | "yes" => Ok(()),
			_ => Err(ClientError::Cancelled),
		}
	}
}

fn ask_secretly(prompt: &str, what: &str, option: &str) -> Result<Zeroizing<String>, ClientError> {
	if !std::io::stdin().is_terminal() {
		return Err(ClientError::Usage(format!(
			"{what} is needed, and nobody is there to type it; pass it with {option}"
		)));
	}
	rpassword::prompt_password(prompt)
		.map(Zeroizing::new)
		.map_err(|error| ClientError::Failed(format!("the terminal: {error}")))
}

/// The first line of a file, which is a secret.
pub fn first_line(path: &Path) -> Result<Zeroizing<String>, ClientError> {
	let failed = |error: std::io::Error| {
		ClientError::Usage(format!("{} cannot be read: {error}", path.display()))
	};
	let file = File::open(path).map_err(failed)?;
	let mut line = Zeroizing::new(String::new());
	BufReader::new(file.take(MAX_SECRET)).read_line(&mut line).map_err(failed)?;
	let end = line.trim_end_matches(['\r', '\n']).len();
	line.truncate(end);
	Ok(line)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_password_is_the_first_line_of_its_file() {
		let directory = tempfile::tempdir().unwrap();
		let path = directory.path().join("password");
		std::fs::write(&path, "correct horse\r\nsecond line\n").unwrap();
		assert_eq!(first_line(&path).unwrap().as_str(), "correct horse");
		let absent = first_line(&directory.path().join("absent")).unwrap_err();
		assert!(matches!(absent, ClientError::Usage(_)));
	}
}
