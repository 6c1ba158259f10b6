//! `medrec chain ...`

use super::Invocation;
use crate::{gatekeeper, output, ClientError};
use clap::Subcommand;
use medrec_chain_client::{
	calls,
	rpc_api::{AuthorityInfo, ParticipantInfo},
	AgendaCall, ChainClient, Runtime, SessionKeys, Status,
};
use medrec_primitives::{AccountId, ExpiryDay, GatekeeperKey, Signature, Tag};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub enum ChainCommand {
	/// How the node and its chain are, and whether this program fits them.
	Status,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusView {
	#[serde(flatten)]
	status: Status,
	/// Whether the runtime knows the calls as this program makes them.
	compatible: bool,
	/// Calls that it does not know, or knows in another shape.
	unknown_calls: Vec<&'static str>,
	authorities: Vec<AuthorityInfo>,
	providers: Vec<ParticipantInfo>,
}

pub async fn run(invocation: &Invocation, command: ChainCommand) -> Result<(), ClientError> {
	match command {
		ChainCommand::Status => status(invocation).await,
	}
}

async fn status(invocation: &Invocation) -> Result<(), ClientError> {
	invocation.progress.step(&format!("asking {}", invocation.settings.node));
	let chain = ChainClient::connect(&invocation.settings.node).await?;
	let (status, runtime, authorities, providers) = futures::try_join!(
		chain.status(),
		chain.runtime(),
		chain.authorities(),
		chain.providers()
	)?;
	invocation.progress.finish();
	let unknown_calls = unknown_calls(&runtime);
	let compatible = unknown_calls.is_empty();
	let view = StatusView { status, compatible, unknown_calls, authorities, providers };
	invocation.format.print(&view, for_people)
}

/// Of all calls that the command line makes, those that a runtime does not know as they are made here.
fn unknown_calls(runtime: &Runtime) -> Vec<&'static str> {
	let tag = Tag([0; 32]);
	let keys = SessionKeys::default();
	let (account, signature) = (AccountId::new([0; 32]), Signature::Sr25519([0; 64].into()));
	[
		("accept", runtime.knows(&calls::accept(0, 0))),
		("reject", runtime.knows(&calls::reject(0))),
		("end", runtime.knows(&calls::end(0))),
		("grant", runtime.knows(&calls::grant(0, tag, ExpiryDay(0)))),
		("revoke", runtime.knows(&calls::revoke(0, tag))),
		("propose_motion", runtime.knows(&calls::propose_motion(AgendaCall::Suspend(0)))),
		("vote", runtime.knows(&calls::vote(0, true))),
		("rescind", runtime.knows(&calls::rescind(0))),
		("close", runtime.knows(&calls::close(0))),
		("object", runtime.knows(&calls::object(0))),
		("set_keys", runtime.knows(&calls::set_keys(&keys, Vec::new()))),
		("rotate_key", runtime.knows(&calls::rotate_key(account, signature))),
		("set_gatekeeper_key", runtime.knows(&calls::set_gatekeeper_key(GatekeeperKey::default()))),
		("set_operator", runtime.knows(&calls::set_operator(None))),
		("set_peer_ids", runtime.knows(&calls::set_peer_ids(&[]))),
		("apply_authorized_upgrade", runtime.knows(&calls::apply_authorized_upgrade(Vec::new()))),
	]
	.into_iter()
	.filter_map(|(name, known)| (!known).then_some(name))
	.collect()
}

fn for_people(view: &StatusView) -> String {
	let StatusView { status, compatible, unknown_calls, authorities, providers } = view;
	let sync = match (status.health.is_syncing, status.health.should_have_peers) {
		(true, _) => "catching up with its peers",
		(false, true) if status.health.peers == 0 => "without peers",
		_ => "up to date",
	};
	let fits = if *compatible {
		String::new()
	} else {
		format!(
			" (this program makes the calls {} in another way; use the release that belongs to it)",
			unknown_calls.join(", ")
		)
	};
	let lag = status.best.number.saturating_sub(status.finalized.number);
	let fields = output::fields([
		("chain", status.chain.clone()),
		("genesis", format!("{:?}", status.genesis)),
		(
			"node",
			format!("{} {}, {sync}, {} peers", status.node, status.version, status.health.peers),
		),
		("runtime", format!("{} {}{fits}", status.runtime.spec_name, status.runtime.spec_version)),
		("best", format!("{} {:?}", status.best.number, status.best.hash)),
		(
			"final",
			format!("{} {:?} ({lag} behind)", status.finalized.number, status.finalized.hash),
		),
	]);
	let rows = providers.iter().filter_map(|participant| {
		let provider = participant.provider.as_ref()?;
		let validates = authorities.iter().any(|authority| authority.participant == participant.id);
		Some([
			participant.id.to_string(),
			gatekeeper::printable(&provider.name),
			provider.endpoint.clone(),
			format!("{:?}", participant.status).to_lowercase(),
			if validates { "yes" } else { "no" }.to_owned(),
		])
	});
	let table = output::table(["id", "provider", "gatekeeper", "status", "validates"], rows);
	format!("{fields}\n{table}")
}

#[cfg(test)]
mod tests {
	use super::*;
	use medrec_primitives::Hash;
	use std::{collections::BTreeSet, fs, path::Path};

	const METADATA: &str =
		concat!(env!("CARGO_MANIFEST_DIR"), "/../chain-client/metadata/medrec.scale");

	/// A runtime of which one name has another last letter.
	fn runtime_without(name: &str) -> Runtime {
		let mut metadata = fs::read(METADATA).unwrap();
		let encoded = [&[(name.len() as u8) << 2][..], name.as_bytes()].concat();
		let places: Vec<_> = (0..metadata.len() - encoded.len())
			.filter(|at| metadata[*at..].starts_with(&encoded))
			.collect();
		assert!(!places.is_empty(), "{name} is in the metadata");
		for at in places {
			metadata[at + name.len()] = b'_';
		}
		Runtime::new(Hash::zero(), 1, 1, &metadata).unwrap()
	}

	/// Names of the calls that the sources of this crate make.
	fn made_calls(folder: &Path, found: &mut BTreeSet<String>) {
		for entry in fs::read_dir(folder).unwrap() {
			let path = entry.unwrap().path();
			if path.is_dir() {
				made_calls(&path, found);
			} else if !path.ends_with("cli/chain.rs") {
				let source = fs::read_to_string(&path).unwrap();
				for (at, call) in source.match_indices("calls::") {
					let name: String = source[at + call.len()..]
						.chars()
						.take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
						.collect();
					if !name.is_empty() {
						found.insert(name);
					}
				}
			}
		}
	}

	#[test]
	fn every_call_that_is_made_is_checked() {
		let runtime = Runtime::built_in(Hash::zero(), 1, 1).unwrap();
		assert!(unknown_calls(&runtime).is_empty());
		let mut made = BTreeSet::new();
		made_calls(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut made);
		assert!(made.contains("revoke"), "{made:?}");
		for name in made {
			// Both pallets have a call `propose`.
			let on_chain = name.trim_end_matches("_motion");
			let unknown = unknown_calls(&runtime_without(on_chain));
			assert!(unknown.contains(&name.as_str()), "{name}: {unknown:?}");
		}
	}
}
