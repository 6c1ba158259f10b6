//! `medrec-demo`: plays the story on this machine, then stays up until Ctrl-C.

use std::{
	io::Write,
	path::{Path, PathBuf},
	process::ExitCode,
	time::{Duration, Instant},
};

use anyhow::anyhow;
use clap::Parser;
use medrec_tests::story::{Narrator, Story};

/// Four provider nodes, two gatekeepers and a patient, on this machine.
#[derive(Debug, Parser)]
#[command(name = "medrec-demo")]
struct Arguments {
	/// FHIR R4 records to play the story on, instead of the records that the project makes.
	#[arg(long, value_name = "PATH")]
	data: Option<PathBuf>,
	/// End after the story.
	#[arg(long)]
	exit: bool,
}

#[derive(Default)]
struct Terminal {
	steps: usize,
}

impl Narrator for Terminal {
	fn begin(&mut self, what: &str) {
		self.steps += 1;
		print!("{:>3}. {what} ... ", self.steps);
		// Nobody reads it any more, if it cannot be written.
		let _ = std::io::stdout().flush();
	}

	fn done(&mut self, what: &str, took: Duration) {
		println!("{:.1} s\n     {what}", took.as_secs_f64());
	}
}

/// Play the story in a folder.
async fn play(arguments: &Arguments, folder: &Path) -> anyhow::Result<Story> {
	println!("Everything is in {} while this runs.\n", folder.display());
	let start = Instant::now();
	let mut terminal = Terminal::default();
	let mut story = Story::set_up(folder, arguments.data.as_deref(), &mut terminal).await?;
	story.play(&mut terminal).await?;
	println!(
		"\nAll {} steps did what they should, in {:.0} s.\n",
		terminal.steps,
		start.elapsed().as_secs_f64()
	);
	Ok(story)
}

/// Where everything is.
fn print_addresses(story: &Story) {
	println!("It stays up until Ctrl-C:");
	for node in &story.network.nodes {
		println!("  node of {:<20} {}", node.provider.name, node.url);
	}
	for gatekeeper in &story.gatekeepers {
		println!(
			"  gatekeeper of {:<14} {}/fhir/metadata, metrics http://{}/metrics",
			gatekeeper.provider.name, gatekeeper.origin, gatekeeper.admin
		);
	}
	let home = story.patient.file("");
	println!(
		"\nBe the patient:\n  export MEDREC_HOME={} MEDREC_PASSWORD_FILE={} MEDREC_NODE={}\n  medrec patient records",
		home.display(),
		story.patient.file("password").display(),
		story.network.nodes[2].url
	);
}

/// End the programs, gatekeepers first.
fn stop(mut story: Story) -> anyhow::Result<()> {
	for gatekeeper in &mut story.gatekeepers {
		gatekeeper.stop()?;
	}
	for node in story.network.nodes.drain(..) {
		node.process.stop()?;
	}
	Ok(())
}

/// Wait for Ctrl-C or SIGTERM.
async fn interrupted() -> anyhow::Result<()> {
	use tokio::signal::unix::{signal, SignalKind};
	let mut terminate = signal(SignalKind::terminate())?;
	tokio::select! {
		result = tokio::signal::ctrl_c() => Ok(result?),
		_ = terminate.recv() => Ok(()),
	}
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
	let folder = tempfile::Builder::new().prefix("medrec-demo-").tempdir()?;
	let story = tokio::select! {
		story = play(arguments, folder.path()) => story?,
		// The programs that were started end with what holds them, and the folder goes.
		result = interrupted() => return result.and(Err(anyhow!("interrupted"))),
	};
	if !arguments.exit {
		print_addresses(&story);
		interrupted().await?;
		println!("\nstopping");
	}
	stop(story)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
	let arguments = Arguments::parse();
	match run(&arguments).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			println!();
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}
