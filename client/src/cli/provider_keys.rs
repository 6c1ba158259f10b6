//! `medrec authority operator`, `gatekeeper-key`, `rotate`: the keys that act beside a provider's account,
//! and the account itself.

use super::{
	account::{self, ProviderAccount},
	authority::{operations, parse_key},
	Invocation,
};
use crate::{
	authority::{self, GatekeeperKeySet, OperatorChange, OperatorSet, Rotated},
	workspace, ClientError,
};
use clap::Args;
use medrec_chain_client::rpc_api::ParticipantInfo;
use medrec_primitives::{AccountId, GatekeeperKey, Hash};
use medrec_protocol::{account::fingerprint, identity::Identity};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Operator {
	/// What `medrec-gatekeeper operator consent --out FILE` wrote at the gatekeeper.
	#[arg(value_name = "CONSENT-FILE", required_unless_present = "remove")]
	consent: Option<PathBuf>,
	/// Take the operator account away, as soon as it is in the wrong hands.
	#[arg(long, conflicts_with = "consent")]
	remove: bool,
	#[command(flatten)]
	account: ProviderAccount,
}

#[derive(Debug, Args)]
pub struct ReplaceGatekeeperKey {
	/// Public key of the gatekeeper, 0x and 64 digits, as `medrec-gatekeeper init` prints it. Never the
	/// content of its key file, which is the secret.
	#[arg(value_parser = parse_key, value_name = "KEY")]
	public: GatekeeperKey,
	#[command(flatten)]
	account: ProviderAccount,
}

#[derive(Debug, Args)]
pub struct Rotate {
	#[command(flatten)]
	next: Next,
	/// Number of the new account, where the key of `--to` has several.
	#[arg(
		long = "to-identity",
		default_value_t = 0,
		value_name = "NUMBER",
		conflicts_with = "to_suri_file"
	)]
	next_n: u32,
	#[command(flatten)]
	account: ProviderAccount,
}

/// Where the new account comes from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Next {
	/// Name of the key, kept here, that the new account comes from: `medrec --key NAME key new` makes one.
	#[arg(long, value_name = "NAME")]
	to: Option<String>,
	/// File whose first line is the secret of the new account: 12 words, or 0x and 64 digits, then an optional
	/// //path.
	#[arg(long, value_name = "FILE")]
	to_suri_file: Option<PathBuf>,
}

pub async fn operator(invocation: &Invocation, args: Operator) -> Result<(), ClientError> {
	let consent = args.consent.as_deref().map(authority::read_operator_consent).transpose()?;
	let identity = invocation.provider_account(&args.account)?;
	let chain = invocation.chain().await?;
	let operations = operations(invocation, &chain);
	let confirm =
		|change: &OperatorChange<'_>| invocation.console.confirm(&operator_question(change));
	let set = match consent {
		Some(consent) => authority::set_operator(operations, &identity, &consent, confirm).await?,
		None => authority::remove_operator(operations, &identity, confirm).await?,
	};
	invocation.format.print(&set, operator_for_people)
}

fn operator_question(change: &OperatorChange<'_>) -> String {
	let name = workspace::provider_name(change.provider).unwrap_or_default();
	let gone = change
		.present
		.map(|present| format!(" {present} is never usable again."))
		.unwrap_or_default();
	match change.next {
		Some(next) => format!(
			"May {next} register and enrol for {name}, and does the gatekeeper show its fingerprint, {}?{gone}",
			fingerprint(next)
		),
		None => format!(
			"Take the operator account of {name} away?{gone} Nobody is enrolled until there is another."
		),
	}
}

fn operator_for_people(set: &OperatorSet) -> String {
	let OperatorSet { participant, operator, replaced, block } = set;
	let gone = replaced
		.as_ref()
		.map(|replaced| {
			format!("\nThe former operator account {replaced} can do nothing any more, and is never usable again.")
		})
		.unwrap_or_default();
	let number = block.number;
	match operator {
		Some(operator) => format!(
			"{operator} registers and enrols for provider {participant} from now on, final in block {number}.{gone}\n\
			 Restart a gatekeeper that runs with another key; `medrec-gatekeeper check-config` then agrees."
		),
		None => format!(
			"Provider {participant} has no operator account any more, final in block {number}.{gone}\n\
			 Its gatekeeper answers as before, and enrols, registers and ends nothing until there is another:\n\
			 `medrec-gatekeeper operator consent --out FILE` there, then `medrec authority operator FILE` here."
		),
	}
}

pub async fn gatekeeper_key(
	invocation: &Invocation,
	args: ReplaceGatekeeperKey,
) -> Result<(), ClientError> {
	let identity = invocation.provider_account(&args.account)?;
	let chain = invocation.chain().await?;
	let confirm = |provider: &ParticipantInfo, present: &Hash| {
		let name = workspace::provider_name(provider).unwrap_or_default();
		let next = Hash::from(args.public);
		invocation.console.confirm(&format!(
			"Replace the gatekeeper key of {name}, {present:?}, with {next:?}? Clients then believe no answer that the former one signs."
		))
	};
	let operations = operations(invocation, &chain);
	let set = authority::set_gatekeeper_key(operations, &identity, args.public, confirm).await?;
	invocation.format.print(&set, gatekeeper_key_for_people)
}

fn gatekeeper_key_for_people(set: &GatekeeperKeySet) -> String {
	let GatekeeperKeySet { participant, gatekeeper_key, replaced, block } = set;
	format!(
		"Clients believe answers of provider {participant} that {gatekeeper_key:?} signs, final in block {}.\n\
		 Those that the former key signs they believe no more. The gatekeeper's log is signed with it:\n\
		 the gatekeeper starts only with it in its configuration, so keep this line there for good:\n\n  \
		 former_gatekeeper_keys = [\"{replaced:?}\"]\n\n\
		 (after others that are in the list). `medrec-gatekeeper check-config` then agrees.",
		block.number
	)
}

pub async fn rotate(invocation: &Invocation, args: Rotate) -> Result<(), ClientError> {
	let identity = invocation.provider_account(&args.account)?;
	let next = args.next.open(invocation, args.next_n)?;
	let chain = invocation.chain().await?;
	let confirm = |provider: &ParticipantInfo, account: &AccountId| {
		let name = workspace::provider_name(provider).unwrap_or_default();
		invocation.console.confirm(&format!(
			"Have {account} act as {name}? {} is never usable again.",
			provider.account
		))
	};
	let operations = operations(invocation, &chain);
	let rotated = authority::rotate(operations, &identity, &next, confirm).await?;
	invocation.format.print(&rotated, rotated_for_people)
}

fn rotated_for_people(rotated: &Rotated) -> String {
	let Rotated { participant, account, replaced, holds_authority, block } = rotated;
	let seat = if *holds_authority {
		"\nIts seat, its votes and its session keys moved along. For up to two sessions it validates under the\n\
		 former account, and its node needs nothing new."
	} else {
		""
	};
	format!(
		"{account} acts as provider {participant} from now on, final in block {}.\n\
		 {replaced} can do nothing any more, and is never usable again.{seat}\n\
		 Number, name, operator account, gatekeeper key, nodes, relationships and grants are the same.\n\
		 Keep the new account's words where those of the former were. `medrec council status` shows votes\n\
		 that the former account gave: change those that were not yours.",
		block.number
	)
}

impl Next {
	fn open(&self, invocation: &Invocation, n: u32) -> Result<Identity, ClientError> {
		match (&self.to, &self.to_suri_file) {
			(_, Some(path)) => account::from_suri_file(path),
			(name, None) => Ok(invocation.open_key_named(name.as_deref())?.seed.provider(n)),
		}
	}
}
