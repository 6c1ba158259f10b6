//! What is shown, and where: results on standard output, progress and questions on standard error.

mod progress;
mod table;
mod trend;

pub use progress::{Progress, Silent, StatusLine};
pub use table::{fields, table};
pub use trend::{sparkline, trends, Trend};

use crate::ClientError;
use serde::Serialize;

/// Whether results are for people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
	/// Tables and sentences.
	People,
	/// One JSON document.
	Json,
}

impl Format {
	/// Write a result to standard output.
	pub fn print<T: Serialize>(
		self,
		result: &T,
		for_people: impl FnOnce(&T) -> String,
	) -> Result<(), ClientError> {
		let text = match self {
			Self::People => for_people(result),
			Self::Json => serde_json::to_string_pretty(result)
				.map_err(|error| ClientError::Failed(error.to_string()))?,
		};
		Self::write(&text)
	}

	/// Write one of several results that come one after the other: JSON on one line each.
	pub fn print_line<T: Serialize>(
		self,
		result: &T,
		for_people: impl FnOnce(&T) -> String,
	) -> Result<(), ClientError> {
		let text = match self {
			Self::People => for_people(result),
			Self::Json => serde_json::to_string(result)
				.map_err(|error| ClientError::Failed(error.to_string()))?,
		};
		Self::write(&text)
	}

	fn write(text: &str) -> Result<(), ClientError> {
		use std::io::Write;
		let mut stdout = std::io::stdout().lock();
		let written = writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush());
		match written {
			// Who pipes into `head` has seen enough.
			Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
			other => other.map_err(|error| {
				ClientError::Failed(format!("the result cannot be written: {error}"))
			}),
		}
	}
}
