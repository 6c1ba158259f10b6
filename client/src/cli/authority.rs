//! `medrec authority ...`

use super::{account::ProviderAccount, provider_keys, Invocation};
use crate::{
	authority::{
		self, Applied, Check, Desired, KeysSet, NodesNamed, Operations, Standing, Verdict,
	},
	output, workspace, ClientError,
};
use clap::{Args, Subcommand};
use medrec_chain_client::{ChainClient, PeerId, SessionKeys};
use medrec_primitives::{AccountId, GatekeeperKey, Hash, ParticipantId};
use serde::Serialize;
use std::{
	fs::File,
	io::Read,
	path::{Path, PathBuf},
};

/// Longest output of `medrec-gatekeeper init` that is read, in bytes.
const MAX_INIT: u64 = 64 * 1024;

#[derive(Debug, Subcommand)]
pub enum AuthorityCommand {
	/// Apply to be admitted: write a signed application for a member of the council.
	Apply(Apply),
	/// Let your own node make session keys, and put them on the chain. Waits until that is final.
	Keys(Keys),
	/// Say on the chain which nodes are this provider's: nodes with private peering take them as peers, and
	/// drop those that are no longer named. Waits until that is final.
	Nodes(Nodes),
	/// Say on the chain which account registers and enrols for this provider. Waits until that is final.
	///
	/// Until the chain knows it, nobody is enrolled. Its secret is at the gatekeeper, which signs first that the
	/// account will act for this provider: `medrec-gatekeeper operator consent --out FILE`. The account that it
	/// takes the place of is never usable again.
	Operator(provider_keys::Operator),
	/// Replace the key with which this provider's gatekeeper signs answers. Waits until that is final.
	///
	/// At the gatekeeper, stop it, add the key that is replaced to `former_gatekeeper_keys` in its
	/// configuration, move the key file away, and have `medrec-gatekeeper init` make a new one: it prints KEY.
	/// Start the gatekeeper when this command is done.
	GatekeeperKey(provider_keys::ReplaceGatekeeperKey),
	/// Move this provider to a new account, when somebody else may have the words. Waits until that is final.
	///
	/// Number, seat, session keys, operator account and relationships stay; the former account is never usable
	/// again. Make the new account's key first: `medrec --key NAME key new`.
	Rotate(provider_keys::Rotate),
	/// Show what is missing until this provider validates. The exit status is 0 if it validates, 6 if not.
	///
	/// The last line says whether it has an operator account, which it needs to enrol patients and not to
	/// validate: that line changes nothing about the exit status.
	Status(Status),
}

#[derive(Debug, Args)]
pub struct Apply {
	/// Name that the provider wants to have on the chain.
	#[arg(long)]
	name: String,
	/// Origin of its gatekeeper, such as https://mercy.example
	#[arg(long, value_name = "URL")]
	endpoint: String,
	#[command(flatten)]
	gatekeeper: Gatekeeper,
	/// Where to write the application.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
	/// Replace the file if it is there already.
	#[arg(long)]
	force: bool,
	#[command(flatten)]
	account: ProviderAccount,
}

/// The key with which the gatekeeper signs.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Gatekeeper {
	/// Public key of the gatekeeper, 0x and 64 digits, as `medrec-gatekeeper init` prints it. Never the
	/// content of its key file, which is the secret.
	#[arg(long, value_parser = parse_key, value_name = "KEY")]
	gatekeeper_key: Option<GatekeeperKey>,
	/// File with what `medrec-gatekeeper --json init` printed; `-` reads standard input.
	#[arg(long, value_name = "FILE")]
	gatekeeper_init: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Keys {
	/// Replace session keys that the provider has registered already.
	#[arg(long)]
	rotate: bool,
	#[command(flatten)]
	account: ProviderAccount,
}

#[derive(Debug, Args)]
pub struct Nodes {
	/// Peer ids of all of its nodes, at most 4, as `medrec-node key inspect-node-key` prints them.
	#[arg(value_name = "PEER_ID", num_args = 1..=4, required_unless_present = "none")]
	peer_ids: Vec<PeerId>,
	/// Name no node any more.
	#[arg(long, conflicts_with = "peer_ids")]
	none: bool,
	#[command(flatten)]
	account: ProviderAccount,
}

#[derive(Debug, Args)]
pub struct Status {
	/// The provider's account; no key is opened then.
	#[arg(long = "account", value_name = "ADDRESS", conflicts_with_all = ["suri_file", "n"])]
	address: Option<AccountId>,
	#[command(flatten)]
	account: ProviderAccount,
}

pub async fn run(invocation: &Invocation, command: AuthorityCommand) -> Result<(), ClientError> {
	match command {
		AuthorityCommand::Apply(args) => apply(invocation, args).await,
		AuthorityCommand::Keys(args) => keys(invocation, args).await,
		AuthorityCommand::Nodes(args) => nodes(invocation, args).await,
		AuthorityCommand::Operator(args) => provider_keys::operator(invocation, args).await,
		AuthorityCommand::GatekeeperKey(args) => {
			provider_keys::gatekeeper_key(invocation, args).await
		},
		AuthorityCommand::Rotate(args) => provider_keys::rotate(invocation, args).await,
		AuthorityCommand::Status(args) => status(invocation, args).await,
	}
}

async fn apply(invocation: &Invocation, args: Apply) -> Result<(), ClientError> {
	let gatekeeper_key = args.gatekeeper.key()?;
	let identity = invocation.provider_account(&args.account)?;
	let chain = invocation.chain().await?;
	let desired = Desired { name: &args.name, endpoint: &args.endpoint, gatekeeper_key };
	let operations = operations(invocation, &chain);
	let applied = authority::apply(operations, &identity, &desired, &args.out, args.force).await?;
	invocation.format.print(&applied, applied_for_people)
}

fn applied_for_people(applied: &Applied) -> String {
	let Applied { file, application, fingerprint, sponsors } = applied;
	let fields = output::fields([
		("name", application.name.clone()),
		("endpoint", application.endpoint.clone()),
		("account", application.account.to_string()),
		("gatekeeper key", format!("{:?}", Hash::from(application.gatekeeper_key))),
		("fingerprint", fingerprint.clone()),
	]);
	format!(
		"{fields}\nThe application is in {}. Send it to a member of the council ({}), and read the\n\
		 fingerprint to them over another channel. The member runs\n\n  \
		 medrec council propose certify --application {}\n\n\
		 and the others vote. `medrec authority status` says how far it is.",
		file.display(),
		sponsors.join(", "),
		file.file_name().unwrap_or_default().display(),
	)
}

async fn keys(invocation: &Invocation, args: Keys) -> Result<(), ClientError> {
	let identity = invocation.provider_account(&args.account)?;
	let chain = invocation.chain().await?;
	let replace = |present: &SessionKeys| {
		if !args.rotate {
			return Err(ClientError::Usage(format!(
				"the provider has registered session keys already (aura {:?}); --rotate replaces them",
				present.aura
			)));
		}
		invocation.console.confirm("Replace the session keys that the provider works with?")
	};
	let set = authority::set_keys(operations(invocation, &chain), &identity, replace).await?;
	invocation.format.print(&set, |set| keys_for_people(set, chain.url()))
}

fn keys_for_people(set: &KeysSet, url: &str) -> String {
	let id = set.participant;
	let fields = output::fields([
		("aura", format!("{:?}", set.keys.aura)),
		("grandpa", format!("{:?}", set.keys.grandpa)),
		("authority discovery", format!("{:?}", set.keys.authority_discovery)),
	]);
	let follows = match (set.holds_authority, &set.replaced) {
		(true, Some(_)) => {
			"They come into force after two rotations of the session. Until then the node works with the former\n\
			 ones: leave those in its keystore."
				.to_owned()
		},
		(true, None) => "They come into force after two rotations of the session.".to_owned(),
		(false, _) => format!(
			"Next, the council has to give the provider authority. Ask a member for\n\n  \
			 medrec council propose add-authority {id}"
		),
	};
	format!(
		"Session keys of provider {id} are on the chain, final in block {}:\n\n{fields}\n\
		 Their secret halves are in the keystore of the node at {url} and nowhere else; back it up.\n{follows}\n\n\
		 `medrec authority status` says how far it is.",
		set.block.number
	)
}

async fn nodes(invocation: &Invocation, args: Nodes) -> Result<(), ClientError> {
	let identity = invocation.provider_account(&args.account)?;
	let chain = invocation.chain().await?;
	let operations = operations(invocation, &chain);
	let named = authority::name_nodes(operations, &identity, &args.peer_ids).await?;
	invocation.format.print(&named, nodes_for_people)
}

fn nodes_for_people(named: &NodesNamed) -> String {
	let NodesNamed { participant, peer_ids, block } = named;
	let nodes = match peer_ids.as_slice() {
		[] => "names no node any more".to_owned(),
		peer_ids => format!("names these nodes:\n\n  {}\n", peer_ids.join("\n  ")),
	};
	format!("Provider {participant}, final in block {}, {nodes}", block.number)
}

/// Result of `status`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusView {
	account: AccountId,
	#[serde(skip_serializing_if = "Option::is_none")]
	participant: Option<ParticipantId>,
	#[serde(skip_serializing_if = "Option::is_none")]
	name: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	keys: Option<SessionKeys>,
	validates: bool,
	checks: Vec<Check>,
}

impl From<Standing> for StatusView {
	fn from(standing: Standing) -> Self {
		let checks = authority::check(&standing);
		let Standing { account, participant, keys, .. } = standing;
		Self {
			account,
			keys,
			name: participant.as_ref().and_then(workspace::provider_name),
			participant: participant.map(|participant| participant.id),
			validates: authority::validates(&checks),
			checks,
		}
	}
}

async fn status(invocation: &Invocation, args: Status) -> Result<(), ClientError> {
	let account = match args.address {
		Some(account) => account,
		None => invocation.provider_account(&args.account)?.account_id(),
	};
	let chain = invocation.chain().await?;
	let standing = authority::standing(operations(invocation, &chain), account).await?;
	let view = StatusView::from(standing);
	invocation.format.print(&view, status_for_people)?;
	if view.validates {
		return Ok(());
	}
	let needed = || view.checks.iter().filter(|check| check.item.is_for_validating());
	let count = |verdict| needed().filter(|check| check.verdict == verdict).count();
	Err(ClientError::Incomplete(format!(
		"it does not validate: {} missing, {} waiting",
		count(Verdict::Missing),
		count(Verdict::Waiting)
	)))
}

fn status_for_people(view: &StatusView) -> String {
	let rows = view.checks.iter().map(|check| {
		let todo = check.todo.as_ref().map(|todo| format!("\n→ {todo}")).unwrap_or_default();
		[
			check.item.name().to_owned(),
			check.verdict.name().to_owned(),
			format!("{}{todo}", check.detail),
		]
	});
	let table = output::table(["", "", "how it stands, and what to do"], rows);
	let who = match (&view.name, view.participant) {
		(Some(name), Some(id)) => format!("{name} (provider {id})"),
		_ => view.account.to_string(),
	};
	let end = if view.validates { "validates" } else { "does not validate yet" };
	format!("{table}\n{who} {end}.")
}

pub(super) fn operations<'a>(invocation: &'a Invocation, chain: &'a ChainClient) -> Operations<'a> {
	Operations { chain, progress: &*invocation.progress }
}

impl Gatekeeper {
	fn key(&self) -> Result<GatekeeperKey, ClientError> {
		match (self.gatekeeper_key, &self.gatekeeper_init) {
			(Some(key), _) => Ok(key),
			(None, Some(path)) => key_from_init(path),
			(None, None) => Err(ClientError::Usage(
				"the gatekeeper's public key is needed: --gatekeeper-key or --gatekeeper-init"
					.to_owned(),
			)),
		}
	}
}

/// The public key in what `medrec-gatekeeper --json init` printed.
fn key_from_init(path: &Path) -> Result<GatekeeperKey, ClientError> {
	let usage = |why: String| ClientError::Usage(format!("{}: {why}", path.display()));
	let input: Box<dyn Read> = if path.as_os_str() == "-" {
		Box::new(std::io::stdin())
	} else {
		Box::new(File::open(path).map_err(|error| usage(error.to_string()))?)
	};
	let mut text = String::new();
	input.take(MAX_INIT).read_to_string(&mut text).map_err(|error| usage(error.to_string()))?;
	serde_json::from_str::<serde_json::Value>(&text)
		.ok()
		.and_then(|printed| parse_key(printed["gatekeeperKey"].as_str()?).ok())
		.ok_or_else(|| usage("this is not what `medrec-gatekeeper --json init` prints".to_owned()))
}

/// A gatekeeper's public key from a text.
pub(super) fn parse_key(text: &str) -> Result<GatekeeperKey, String> {
	text.strip_prefix("0x")
		.and_then(|digits| digits.parse::<Hash>().ok())
		.map(|hash| hash.0)
		.ok_or_else(|| "a key is 0x and 64 hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn keys_are_0x_and_64_digits() {
		let digits = "5a".repeat(32);
		assert_eq!(parse_key(&format!("0x{digits}")), Ok([0x5a; 32]));
		for text in [digits.as_str(), "0x", "0x5a", &format!("0x{digits}5a"), "0x zz"] {
			assert!(parse_key(text).is_err(), "{text}");
		}
	}

	#[test]
	fn the_gatekeepers_output_names_its_public_key() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("init.json");
		let key = format!("0x{}", "5a".repeat(32));
		let printed = serde_json::json!({ "dataDir": "/x", "gatekeeperKey": key, "chain": null });
		std::fs::write(&path, printed.to_string()).unwrap();
		assert_eq!(key_from_init(&path).unwrap(), [0x5a; 32]);
		for other in ["", "{}", "{\"gatekeeperKey\": \"0x5a\"}", "0x5a5a"] {
			std::fs::write(&path, other).unwrap();
			let error = key_from_init(&path).unwrap_err().to_string();
			assert!(
				error.contains("is not what `medrec-gatekeeper --json init` prints"),
				"{error}"
			);
		}
	}
}
