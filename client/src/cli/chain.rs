//! `medrec chain ...`

use super::Invocation;
use crate::{gatekeeper, output, ClientError};
use clap::Subcommand;
use medrec_chain_client::{
	calls,
	rpc_api::{AuthorityInfo, ParticipantInfo},
	ChainClient, Status,
};
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
	let view =
		StatusView { status, compatible: runtime.knows(&calls::end(0)), authorities, providers };
	invocation.format.print(&view, for_people)
}

fn for_people(view: &StatusView) -> String {
	let StatusView { status, compatible, authorities, providers } = view;
	let sync = match (status.health.is_syncing, status.health.should_have_peers) {
		(true, _) => "catching up with its peers",
		(false, true) if status.health.peers == 0 => "without peers",
		_ => "up to date",
	};
	let fits = if *compatible {
		String::new()
	} else {
		" (this program does not fit it; use the release that belongs to it)".to_owned()
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
