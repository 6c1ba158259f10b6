//! One line that says what is being waited for.

use indicatif::{ProgressBar, ProgressStyle};
use std::{io::IsTerminal, sync::Mutex, time::Duration};

/// Told what a command is doing.
pub trait Progress: Send + Sync {
	/// What is being done now.
	fn step(&self, what: &str);

	/// Something worth keeping on the screen.
	fn note(&self, what: &str);

	/// Nothing is being waited for any more.
	fn finish(&self);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
	fn step(&self, _: &str) {}
	fn note(&self, _: &str) {}
	fn finish(&self) {}
}

/// A line on standard error: on a terminal one that moves, elsewhere a new line for each step.
pub struct StatusLine {
	bar: Option<ProgressBar>,
	last: Mutex<String>,
}

impl StatusLine {
	/// On standard error.
	pub fn stderr() -> Self {
		let bar = std::io::stderr().is_terminal().then(|| {
			let bar = ProgressBar::new_spinner();
			if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
				bar.set_style(style);
			}
			bar
		});
		Self { bar, last: Mutex::default() }
	}
}

impl Progress for StatusLine {
	fn step(&self, what: &str) {
		match &self.bar {
			Some(bar) => {
				// A line that was cleared is not drawn again before that.
				if bar.is_finished() {
					bar.reset();
				}
				bar.enable_steady_tick(Duration::from_millis(100));
				bar.set_message(what.to_owned());
			},
			None => {
				let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
				if *last != what {
					eprintln!("{what}");
					*last = what.to_owned();
				}
			},
		}
	}

	fn note(&self, what: &str) {
		match &self.bar {
			Some(bar) => bar.suspend(|| eprintln!("{what}")),
			None => eprintln!("{what}"),
		}
	}

	fn finish(&self) {
		if let Some(bar) = &self.bar {
			bar.finish_and_clear();
		}
	}
}
