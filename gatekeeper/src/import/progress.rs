//! The progress bar of an import.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Read};

/// How far an import is: bytes read of all bytes and resources stored, or resources of all resources. Draws nothing where there is no terminal.
#[derive(Clone, Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
	/// Of this many bytes.
	pub fn of_bytes(visible: bool, count: u64) -> Self {
		let template = "{bar:30} {binary_bytes}/{binary_total_bytes} {msg} ({eta} left)";
		Self::new(visible, count, template)
	}

	/// Of this many resources.
	pub fn of_resources(visible: bool, count: u64) -> Self {
		Self::new(visible, count, "{bar:30} {pos}/{len} resources ({eta} left)")
	}

	fn new(visible: bool, count: u64, template: &str) -> Self {
		if !visible {
			return Self(ProgressBar::hidden());
		}
		let style =
			ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
		Self(ProgressBar::new(count).with_style(style))
	}

	/// Say how many of the resources are done.
	pub fn advance_to(&self, count: u64) {
		self.0.set_position(count);
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
