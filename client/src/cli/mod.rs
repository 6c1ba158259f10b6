//! The command line: one file for each group of commands.

mod account;
mod authority;
mod chain;
mod console;
mod council;
mod council_text;
mod key;
mod patient;
mod patient_text;
mod proposal;
mod provider_keys;
mod viewer;

use crate::{
	error::{ClientError, ExitCode},
	output::{Format, Progress, StatusLine},
	store::{Key, Keystore},
	Settings, Workspace,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use console::Console;
use medrec_chain_client::ChainClient;
use std::{ffi::OsString, path::PathBuf, sync::Arc};

/// MedRec for patients, for people whom patients let see their records, and for providers.
#[derive(Debug, Parser)]
#[command(name = "medrec", version, propagate_version = true, after_help = AFTER_HELP)]
struct Cli {
	#[command(flatten)]
	global: Global,
	#[command(subcommand)]
	command: Command,
}

const AFTER_HELP: &str = "\
Exit status: 0 done, 1 failed, 2 the command line is not right, 3 denied,
4 node or gatekeeper unavailable, 5 cancelled, 6 not complete: something is missing or waited for.";

#[derive(Debug, Subcommand)]
enum Command {
	/// Keys: 12 words each, kept encrypted.
	#[command(subcommand)]
	Key(key::KeyCommand),
	/// What a patient does.
	#[command(subcommand)]
	Patient(patient::PatientCommand),
	/// What somebody does whom patients let see their records.
	#[command(subcommand)]
	Viewer(viewer::ViewerCommand),
	/// What providers decide together: propose, vote, object, and see how it stands.
	#[command(subcommand)]
	Council(council::CouncilCommand),
	/// What a provider's own account does: apply, session keys, operator account, gatekeeper key, and what is
	/// missing.
	#[command(subcommand)]
	Authority(authority::AuthorityCommand),
	/// The chain and its node.
	#[command(subcommand)]
	Chain(chain::ChainCommand),
}

/// What goes with every command.
#[derive(Debug, Args)]
struct Global {
	/// WebSocket address of a MedRec node.
	#[arg(
		long,
		global = true,
		env = "MEDREC_NODE",
		value_name = "URL",
		default_value = "ws://127.0.0.1:9944"
	)]
	node: String,
	/// Name of the key to use, or to make. Not needed where there is only one, or one called `default`.
	#[arg(long, global = true, value_name = "NAME")]
	key: Option<String>,
	/// Directory with keys, sessions and openings. By default .medrec in your home directory.
	#[arg(long, global = true, env = "MEDREC_HOME", value_name = "DIR")]
	home: Option<PathBuf>,
	/// File whose first line is the key's password. Asked for otherwise.
	#[arg(long, global = true, env = "MEDREC_PASSWORD_FILE", value_name = "FILE")]
	password_file: Option<PathBuf>,
	/// Write results as JSON.
	#[arg(long, global = true)]
	json: bool,
	/// Do not ask; the answer is yes.
	#[arg(long, short, global = true)]
	yes: bool,
	/// How long to wait after a transaction: until it is in a block, or until that block is final.
	#[arg(long, global = true, value_enum, default_value_t = Wait::Block)]
	wait: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Wait {
	Block,
	Final,
}

/// Run a command line. Results go to standard output, all else to standard error.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
	let cli = match Cli::try_parse_from(arguments) {
		Ok(cli) => cli,
		Err(error) => {
			// Help and version are no errors; clap knows where each goes.
			let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Done };
			return error.print().map_or(ExitCode::Failed, |()| code);
		},
	};
	log();
	let json = cli.global.json;
	let progress: Arc<dyn Progress> = Arc::new(StatusLine::stderr());
	let result = execute(cli, progress.clone()).await;
	progress.finish();
	match result {
		Ok(()) => ExitCode::Done,
		Err(error) => {
			report(&error, json);
			error.exit_code()
		},
	}
}

async fn execute(cli: Cli, progress: Arc<dyn Progress>) -> Result<(), ClientError> {
	let invocation = Invocation::new(cli.global, progress)?;
	match cli.command {
		Command::Key(command) => key::run(&invocation, command),
		Command::Patient(command) => patient::run(&invocation, command).await,
		Command::Viewer(command) => viewer::run(&invocation, command).await,
		Command::Council(command) => council::run(&invocation, command).await,
		Command::Authority(command) => authority::run(&invocation, command).await,
		Command::Chain(command) => chain::run(&invocation, command).await,
	}
}

fn report(error: &ClientError, json: bool) {
	if json {
		let kind = format!("{:?}", error.exit_code()).to_lowercase();
		eprintln!(
			"{}",
			serde_json::json!({ "error": { "kind": kind, "message": error.to_string() } })
		);
	} else {
		eprintln!("medrec: {error}");
	}
}

/// What libraries say is shown where RUST_LOG asks for it.
fn log() {
	let filter = tracing_subscriber::EnvFilter::try_from_default_env()
		.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
	// A second call in one process (tests) changes nothing.
	let _ =
		tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// One run of the program.
struct Invocation {
	settings: Settings,
	key: Option<String>,
	keystore: Keystore,
	console: Console,
	format: Format,
	progress: Arc<dyn Progress>,
}

impl Invocation {
	fn new(global: Global, progress: Arc<dyn Progress>) -> Result<Self, ClientError> {
		let home = match global.home {
			Some(home) => home,
			None => std::env::home_dir().map(|home| home.join(".medrec")).ok_or_else(|| {
				ClientError::Usage("where is your home directory? say it with --home".to_owned())
			})?,
		};
		Ok(Self {
			keystore: Keystore::new(&home),
			settings: Settings {
				node: global.node,
				home,
				wait_for_finality: global.wait == Wait::Final,
			},
			key: global.key,
			console: Console { password_file: global.password_file, yes: global.yes },
			format: if global.json { Format::Json } else { Format::People },
			progress,
		})
	}

	/// Open the key that is meant.
	fn open_key(&self) -> Result<Key, ClientError> {
		self.open_key_named(self.key.as_deref())
	}

	/// Open the key of this name or, where there is none, the one that is taken then.
	fn open_key_named(&self, name: Option<&str>) -> Result<Key, ClientError> {
		let name = self.keystore.select(name)?;
		let password = self.console.password(&format!("Password of key `{name}`: "))?;
		self.progress.step("opening the key");
		let key = self.keystore.open(&name, &password);
		self.progress.finish();
		Ok(key?)
	}

	/// Connect to the node.
	async fn chain(&self) -> Result<ChainClient, ClientError> {
		self.progress.step(&format!("connecting to {}", self.settings.node));
		let chain = ChainClient::connect(&self.settings.node).await?;
		self.progress.finish();
		Ok(chain)
	}

	/// Open the key that is meant, and connect to the node.
	async fn workspace(&self) -> Result<Workspace, ClientError> {
		let key = self.open_key()?;
		self.progress.step(&format!("connecting to {}", self.settings.node));
		let workspace = Workspace::open(self.settings.clone(), key, self.progress.clone()).await?;
		self.progress.finish();
		Ok(workspace)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}
}
