//! The command line: the server, its set-up, and what staff do. Everything that staff do works on the
//! same store while the server runs.

mod amendments;
mod ask;
mod audit;
mod bind;
mod bindings;
mod check_config;
mod enrol;
mod fingerprint;
mod hold;
mod import;
mod init;
mod merge;
mod moment;
mod operator;
mod output;
mod patients;
mod register;
mod sample;
mod serve;
mod staff;
mod staff_credential;

pub use serve::start_log;

use crate::config::Config;
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Server beside a provider's database: serves signed FHIR queries that the chain allows.
#[derive(Debug, Parser)]
#[command(name = "medrec-gatekeeper", version, about, propagate_version = true)]
pub struct Cli {
	#[command(flatten)]
	global: Global,
	#[command(subcommand)]
	command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
struct Global {
	/// Configuration file.
	#[arg(
		long,
		global = true,
		value_name = "FILE",
		env = "MEDREC_GATEKEEPER_CONFIG",
		default_value = "gatekeeper.toml"
	)]
	config: PathBuf,
	/// Print JSON instead of tables.
	#[arg(long, global = true)]
	json: bool,
	/// Write the server's log lines as JSON.
	#[arg(long, global = true)]
	log_json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Run the server until SIGINT or SIGTERM. SIGHUP makes it look for a new certificate at once.
	Serve,
	/// Make the data folder, the databases and the keys that are missing.
	Init,
	/// Check the configuration, the keys, the databases and what the chain says of this gatekeeper.
	CheckConfig(check_config::CheckConfig),
	/// Import FHIR R4 resources, Bundles, NDJSON and archives of them into the records.
	Import(import::Import),
	/// Write sample records of a fictional patient.
	Sample(sample::Sample),
	/// List the patients in the records.
	Patients(patients::Patients),
	/// Issue an enrolment code for a patient.
	Enrol(enrol::Enrol),
	/// List enrolments that wait for staff or for the chain.
	Pending(enrol::Pending),
	/// Confirm that the key of an enrolment is the patient's; it is then submitted to the chain.
	Confirm(enrol::Confirm),
	/// Refuse an enrolment.
	Refuse(enrol::Refuse),
	/// Bind a relationship that came about on the chain, without an enrolment code, to a patient.
	Bind(bind::Bind),
	/// List which relationships are bound to which patients.
	Bindings(bindings::List),
	/// Stop serving a relationship until it is confirmed again or severed.
	Dispute(bindings::Change),
	/// Serve a disputed relationship again.
	Reinstate(bindings::Reinstate),
	/// Stop serving a relationship for good, and end it on the chain.
	Sever(bindings::Change),
	/// Answer what patients ask to have corrected.
	#[command(subcommand)]
	Amendments(amendments::Amendments),
	/// Withhold records that the chain would let be seen: a court order, somebody's safety, a written
	/// revocation.
	#[command(subcommand)]
	Hold(hold::Hold),
	/// Freeze two patients of the records who may be one person.
	Merge(merge::Open),
	/// Say whether the two patients of a merge are one person or two.
	Resolve(merge::Resolve),
	/// Take back a merge that was wrong; both patients are frozen until it is resolved again.
	Unmerge(merge::Undo),
	/// List the merges with all their steps.
	Merges,
	/// Register a participant who consented, such as a pharmacist, on the chain.
	Register(register::Register),
	/// Say to others which member of staff asks.
	#[command(subcommand)]
	StaffCredential(staff_credential::StaffCredential),
	/// The account that registers and enrols for this provider.
	#[command(subcommand)]
	Operator(operator::Operator),
	/// Look into the audit log.
	#[command(subcommand)]
	Audit(audit::Audit),
}

/// Do what the command line says. The exit code is 0 if all of it was done, 1 if something failed,
/// 2 if the command line was wrong.
pub async fn run(cli: Cli) -> ExitCode {
	match dispatch(cli).await {
		Ok(code) => code,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
	let Cli { global, command } = cli;
	let config = || Config::load(&global.config).context("no usable configuration");
	let json = global.json;
	match command {
		Command::Sample(command) => command.run(json)?,
		Command::Serve => serve::run(config()?, global.log_json).await?,
		Command::Init => init::run(&config()?, json).await?,
		Command::CheckConfig(command) => return command.run(&config()?, json).await,
		Command::Import(command) => return command.run(&config()?, json).await,
		Command::Patients(command) => command.run(&config()?, json).await?,
		Command::Enrol(command) => command.run(&config()?, json).await?,
		Command::Pending(command) => command.run(&config()?, json).await?,
		Command::Confirm(command) => return command.run(&config()?, json).await,
		Command::Refuse(command) => command.run(&config()?, json).await?,
		Command::Bind(command) => command.run(&config()?, json).await?,
		Command::Bindings(command) => command.run(&config()?, json).await?,
		Command::Dispute(command) => command.dispute(&config()?, json).await?,
		Command::Reinstate(command) => command.run(&config()?, json).await?,
		Command::Sever(command) => command.sever(&config()?, json).await?,
		Command::Amendments(command) => command.run(&config()?, json).await?,
		Command::Hold(command) => command.run(&config()?, json).await?,
		Command::Merge(command) => command.run(&config()?, json).await?,
		Command::Resolve(command) => command.run(&config()?, json).await?,
		Command::Unmerge(command) => command.run(&config()?, json).await?,
		Command::Merges => merge::list(&config()?, json).await?,
		Command::Register(command) => command.run(&config()?, json).await?,
		Command::StaffCredential(command) => command.run(&config()?, json).await?,
		Command::Operator(command) => command.run(&config()?, json).await?,
		Command::Audit(command) => return command.run(&config()?, json).await,
	}
	Ok(ExitCode::SUCCESS)
}
