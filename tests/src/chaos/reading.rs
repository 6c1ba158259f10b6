//! Someone who asks a gatekeeper for records again and again, and what came back.

use std::{
	fs::{self, File},
	process::Stdio,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc, Mutex,
	},
	thread::JoinHandle,
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};

use crate::person::{Person, DENIED, UNAVAILABLE};

/// How long one request may take before it counts as unanswered.
const LIMIT: Duration = Duration::from_secs(45);

/// Time between an answer and the next request.
const PAUSE: Duration = Duration::from_secs(1);

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
	/// Records.
	Served,
	/// A refusal for want of permission.
	Denied,
	/// No decision for now, with what was said.
	Unavailable(String),
	/// Something else went wrong, with what was said.
	Failed(String),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Reading {
	/// When it began.
	pub started: Instant,
	/// When its answer was there.
	pub ended: Instant,
	/// The answer.
	pub answer: Answer,
}

/// Ask once. Her client ends within [`LIMIT`].
pub fn ask(person: &Person, arguments: &[&str]) -> Result<Reading> {
	let started = Instant::now();
	let errors = person.file(&format!("request-{}.err", arguments.join("-")));
	let mut command = person.command(arguments)?;
	command.stdout(Stdio::null()).stderr(File::create(&errors)?);
	let mut client = command.spawn().context("cannot run medrec")?;
	let status = loop {
		if let Some(status) = client.try_wait()? {
			break Some(status);
		}
		if started.elapsed() > LIMIT {
			client.kill()?;
			client.wait()?;
			break None;
		}
		std::thread::sleep(Duration::from_millis(20));
	};
	let said = || fs::read_to_string(&errors).unwrap_or_default().trim().to_owned();
	let answer = match status.and_then(|status| status.code()) {
		Some(0) => Answer::Served,
		Some(DENIED) => Answer::Denied,
		Some(UNAVAILABLE) => Answer::Unavailable(said()),
		Some(_) => Answer::Failed(said()),
		None => Answer::Failed(format!("no answer within {LIMIT:?}")),
	};
	Ok(Reading { started, ended: Instant::now(), answer })
}

/// Asks again and again, on a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct Watch {
	/// Who asks whom, for messages.
	pub name: String,
	readings: Arc<Mutex<Vec<Reading>>>,
	stop: Arc<AtomicBool>,
	thread: Option<JoinHandle<()>>,
}

impl Watch {
	/// Start asking. `person` gives whoever asks, before each request: with a client that knows several
	/// nodes, another node may answer each time.
	pub fn start(
		name: &str,
		person: impl Fn() -> Person + Send + 'static,
		arguments: Vec<String>,
	) -> Self {
		let readings = Arc::new(Mutex::new(Vec::new()));
		let stop = Arc::new(AtomicBool::new(false));
		let (kept, until) = (readings.clone(), stop.clone());
		let thread = std::thread::spawn(move || {
			let words: Vec<_> = arguments.iter().map(String::as_str).collect();
			while !until.load(Ordering::Relaxed) {
				let started = Instant::now();
				let reading = ask(&person(), &words).unwrap_or_else(|error| Reading {
					started,
					ended: Instant::now(),
					answer: Answer::Failed(format!("{error:#}")),
				});
				kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(reading);
				std::thread::sleep(PAUSE);
			}
		});
		Self { name: name.to_owned(), readings, stop, thread: Some(thread) }
	}

	/// All answers so far.
	pub fn readings(&self) -> Vec<Reading> {
		self.readings.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
	}

	/// Answers to requests that began after a moment.
	pub fn since(&self, moment: Instant) -> Vec<Reading> {
		self.readings().into_iter().filter(|reading| reading.started > moment).collect()
	}

	/// Wait for an answer to a request that began after a moment. Gives when that request began.
	pub async fn wait_for(
		&self,
		since: Instant,
		limit: Duration,
		wanted: impl Fn(&Answer) -> bool,
	) -> Result<Instant> {
		let what = format!("the wanted answer to {}", self.name);
		crate::wait::until(&what, limit, async || {
			let readings = self.since(since);
			let last = readings.last().map(|reading| &reading.answer);
			let found = readings.iter().find(|reading| wanted(&reading.answer));
			ensure!(found.is_some(), "the last one is {last:?}");
			Ok(found.map(|reading| reading.started))
		})
		.await
	}

	/// Check that no request that began between two moments was served, and that there were some.
	pub fn never_served(&self, from: Instant, to: Instant) -> Result<usize> {
		let readings = self.since(from);
		let between: Vec<_> = readings.iter().filter(|reading| reading.started < to).collect();
		ensure!(!between.is_empty(), "{}: nobody asked meanwhile", self.name);
		for reading in &between {
			ensure!(
				reading.answer != Answer::Served,
				"{}: served {:?} too late",
				self.name,
				reading.started - from
			);
		}
		Ok(between.len())
	}
}

impl Drop for Watch {
	fn drop(&mut self) {
		self.stop.store(true, Ordering::Relaxed);
		if let Some(thread) = self.thread.take() {
			// A thread that panicked has said so itself.
			let _ = thread.join();
		}
	}
}
