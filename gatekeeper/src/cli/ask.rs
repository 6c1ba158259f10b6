//! Questions to whoever sits at the terminal.

use std::io::{stdin, IsTerminal};

/// Ask for yes; anything else ends the command, as does a missing terminal.
pub fn confirm(question: &str) -> anyhow::Result<()> {
	let answer = line(&format!("{question} [y/N] "), "--yes")?;
	let yes = ["y", "yes"].iter().any(|yes| answer.eq_ignore_ascii_case(yes));
	anyhow::ensure!(yes, "not confirmed; nothing was done");
	Ok(())
}

/// Ask for a line of text. `instead` is the option that answers where there is no terminal.
pub fn line(question: &str, instead: &str) -> anyhow::Result<String> {
	anyhow::ensure!(
		stdin().is_terminal(),
		"this has to be confirmed, and there is no terminal to ask at; see {instead}"
	);
	eprint!("{question}");
	let mut answer = String::new();
	stdin().read_line(&mut answer)?;
	Ok(answer.trim().to_owned())
}
