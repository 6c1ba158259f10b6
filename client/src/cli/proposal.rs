//! `medrec council propose ...`: one subcommand for each thing that the council decides on.

use crate::{
	application, clock,
	council::{blocks_of, ensure_recoverable, parse_parameter, Code, Council, ParameterName},
	terms, ClientError,
};
use clap::{Args, Subcommand, ValueEnum};
use medrec_chain_client::{AgendaCall, Certification, ChainClient};
use medrec_primitives::{AccountId, Hash, Moment, ParticipantId, ParticipantKind, Purposes};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Proposal {
	/// Admit a provider to the chain. More than half.
	Certify(Box<Certify>),
	/// Suspend a participant: it may only take back what it gave. More than half; an authority loses its
	/// seat at once by two thirds, otherwise after the time for objections.
	Suspend {
		/// Number of the participant.
		participant: ParticipantId,
	},
	/// End a suspension. A provider does not get its authority back by that. More than half.
	Reinstate {
		/// Number of the participant.
		participant: ParticipantId,
	},
	/// Say for which purposes participants of a kind may ask for records. More than half.
	Purposes {
		/// The kind.
		kind: Kind,
		/// All purposes of that kind, such as `treatment,operations`; `none` for none.
		#[arg(value_parser = parse_purposes)]
		purposes: Purposes,
	},
	/// Give a provider authority: its node validates, and it has a seat here. More than half; at once by
	/// two thirds, otherwise after the time for objections. Its session keys have to be set before it is
	/// closed.
	AddAuthority {
		/// Number of the provider.
		participant: ParticipantId,
	},
	/// Take a provider's authority and seat, after the time for objections. More than half.
	RemoveAuthority {
		/// Number of the provider.
		participant: ParticipantId,
	},
	/// Let an authority that equivocated validate again. More than half.
	Forgive {
		/// Number of the provider.
		participant: ParticipantId,
	},
	/// Set a parameter of the chain. More than half.
	Parameter {
		/// Which one.
		name: ParameterName,
		/// Its new value: a number or a duration, or `default`.
		value: String,
	},
	/// Set how long sessions are; a change of the authorities takes two of them. More than half.
	SessionLength {
		/// Such as 10min; whole blocks.
		#[arg(value_parser = clock::parse_span)]
		duration: Moment,
	},
	/// Set the fewest authorities that removals may leave. More than half.
	Minimum {
		/// How many.
		authorities: u32,
	},
	/// Set how long a decided change of the authorities waits for objections. Two thirds.
	RemovalDelay {
		/// Such as 1day; whole blocks.
		#[arg(value_parser = clock::parse_span)]
		duration: Moment,
	},
	/// Authorize an upgrade of the runtime, by the hash of its code. Two thirds.
	Upgrade {
		/// The code, as it will be applied: the release's .compact.compressed.wasm.
		#[arg(long, value_name = "FILE")]
		wasm: PathBuf,
	},
	/// Have finality go on with the present authorities although the former ones are lost. Only for the
	/// procedure that docs/deployment.md describes. Two thirds.
	NoteStalled {
		/// How long after the next session begins the new authorities take over: so long that this block
		/// is at no node reorganised away. Whole blocks.
		#[arg(long, value_parser = clock::parse_span)]
		delay: Moment,
		/// The highest block that is final at all nodes of the new authorities. By default the last that
		/// is final at the node that is asked.
		#[arg(long, value_name = "NUMBER")]
		best_finalized: Option<u32>,
	},
}

#[derive(Debug, Args)]
pub struct Certify {
	/// The application that the provider signed (`medrec authority apply`). Compare its account's
	/// fingerprint with the provider over another channel.
	#[arg(
		long,
		value_name = "FILE",
		conflicts_with_all = ["name", "endpoint", "account", "encryption_key", "gatekeeper_key"],
		required_unless_present_all = ["name", "endpoint", "account", "encryption_key", "gatekeeper_key"]
	)]
	application: Option<PathBuf>,
	/// Without an application: its name, unique on the chain.
	#[arg(long)]
	name: Option<String>,
	/// Origin of its gatekeeper, such as https://hillside.example.
	#[arg(long, value_name = "URL")]
	endpoint: Option<String>,
	/// Its account, SS58.
	#[arg(long, value_parser = parse_account)]
	account: Option<AccountId>,
	/// X25519 key that messages to it are sealed to: 0x and 64 hexadecimal digits.
	#[arg(long, value_parser = parse_key, value_name = "KEY")]
	encryption_key: Option<Hash>,
	/// Ed25519 key with which its gatekeeper signs: 0x and 64 hexadecimal digits.
	#[arg(long, value_parser = parse_key, value_name = "KEY")]
	gatekeeper_key: Option<Hash>,
}

/// Kinds of participants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
	Patient,
	Provider,
	Delegate,
	Insurer,
	Researcher,
	Other,
}

impl From<Kind> for ParticipantKind {
	fn from(kind: Kind) -> Self {
		match kind {
			Kind::Patient => Self::Patient,
			Kind::Provider => Self::Provider,
			Kind::Delegate => Self::Delegate,
			Kind::Insurer => Self::Insurer,
			Kind::Researcher => Self::Researcher,
			Kind::Other => Self::Other,
		}
	}
}

fn parse_purposes(text: &str) -> Result<Purposes, String> {
	if text == "none" {
		return Ok(Purposes::NONE);
	}
	let purposes = terms::parse_purposes(text)?;
	if purposes.is_empty() {
		return Err("name the purposes, or write `none`".to_owned());
	}
	Ok(purposes)
}

fn parse_account(text: &str) -> Result<AccountId, String> {
	text.parse().map_err(|_| format!("`{text}` is no account in SS58"))
}

fn parse_key(text: &str) -> Result<Hash, String> {
	text.parse().map_err(|_| format!("`{text}` is no key: write 0x and 64 hexadecimal digits"))
}

/// The call that is meant.
pub(super) async fn call(
	proposal: Proposal,
	council: &Council,
	chain: &ChainClient,
) -> Result<AgendaCall, ClientError> {
	let block_time = council.words.block_time;
	Ok(match proposal {
		Proposal::Certify(certify) => AgendaCall::Certify(certify.certification(&chain.genesis())?),
		Proposal::Suspend { participant } => {
			AgendaCall::Suspend(existing(chain, participant).await?)
		},
		Proposal::Reinstate { participant } => {
			AgendaCall::Reinstate(existing(chain, participant).await?)
		},
		Proposal::Purposes { kind, purposes } => AgendaCall::SetPurposes(kind.into(), purposes),
		Proposal::AddAuthority { participant } => {
			AgendaCall::AddAuthority(provider(council, participant)?)
		},
		Proposal::RemoveAuthority { participant } => {
			AgendaCall::RemoveAuthority(provider(council, participant)?)
		},
		Proposal::Forgive { participant } => AgendaCall::Forgive(provider(council, participant)?),
		Proposal::Parameter { name, value } => {
			AgendaCall::SetParameter(parse_parameter(name, &value, block_time)?)
		},
		Proposal::SessionLength { duration } => {
			AgendaCall::SetSessionLength(blocks_of(duration, block_time)?)
		},
		Proposal::Minimum { authorities } => AgendaCall::SetMinimumAuthorities(authorities),
		Proposal::RemovalDelay { duration } => {
			AgendaCall::SetRemovalDelay(blocks_of(duration, block_time)?)
		},
		Proposal::Upgrade { wasm } => AgendaCall::AuthorizeUpgrade(Code::read(&wasm)?.hash),
		Proposal::NoteStalled { delay, best_finalized } => {
			let finalized = ensure_recoverable(council, chain).await?.number;
			AgendaCall::NoteStalled {
				delay: blocks_of(delay, block_time)?,
				best_finalized: best_finalized.unwrap_or(finalized),
			}
		},
	})
}

impl Certify {
	fn certification(self, genesis: &Hash) -> Result<Certification, ClientError> {
		if let Some(path) = &self.application {
			let application = application::read(path, genesis)?;
			return Ok(Certification {
				account: application.account,
				name: application.name,
				endpoint: application.endpoint,
				encryption_key: application.encryption_key,
				gatekeeper_key: application.gatekeeper_key,
			});
		}
		let Self { name, endpoint, account, encryption_key, gatekeeper_key, .. } = self;
		match (name, endpoint, account, encryption_key, gatekeeper_key) {
			(Some(name), Some(endpoint), Some(account), Some(encryption), Some(gatekeeper)) => {
				Ok(Certification {
					account,
					name,
					endpoint,
					encryption_key: encryption.0,
					gatekeeper_key: gatekeeper.0,
				})
			},
			_ => Err(ClientError::Usage(
				"say who is to be certified: --application, or name, endpoint, account and both keys"
					.to_owned(),
			)),
		}
	}
}

/// A number that is somebody's: a mistyped one would be voted on for nothing.
async fn existing(
	chain: &ChainClient,
	participant: ParticipantId,
) -> Result<ParticipantId, ClientError> {
	match chain.participant(participant).await? {
		Some(_) => Ok(participant),
		None => {
			Err(ClientError::Usage(format!("there is no participant {participant} on this chain")))
		},
	}
}

/// The number of a provider.
fn provider(council: &Council, participant: ParticipantId) -> Result<ParticipantId, ClientError> {
	if council.words.names.contains_key(&participant) {
		return Ok(participant);
	}
	Err(ClientError::Usage(format!(
		"participant {participant} is no provider of this chain; `medrec chain status` lists them"
	)))
}
