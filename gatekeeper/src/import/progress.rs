//! The progress bar of an import.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Read};

/// Bytes read of all bytes, and resources stored. Draws nothing where there is no terminal.
#[derive(Clone, Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
	pub fn new(visible: bool, bytes: u64) -> Self {
		if !visible {
			return Self(ProgressBar::hidden());
		}
		let template = "{bar:30} {binary_bytes}/{binary_total_bytes} {msg} ({eta} left)";
		let style =
			ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
		Self(ProgressBar::new(bytes).with_style(style))
	}

	/// Count the bytes that are read.
	pub fn count<R: Read>(&self, reader: R) -> Counted<R> {
		Counted { reader, bar: self.0.clone() }
	}

	/// Say how many resources are stored.
	pub fn resources(&self, count: u64) {
		self.0.set_message(format!("{count} resources"));
	}

	pub fn finish(&self) {
		self.0.finish_and_clear();
	}
}

/// A reader that moves the progress bar.
pub(super) struct Counted<R> {
	reader: R,
	bar: ProgressBar,
}

impl<R: Read> Read for Counted<R> {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		let count = self.reader.read(buffer)?;
		self.bar.inc(count as u64);
		Ok(count)
	}
}
