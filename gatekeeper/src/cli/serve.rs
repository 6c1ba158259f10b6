//! `serve`.

use crate::{
	config::Config,
	enrolment::operator::NodeOperator,
	keys,
	server::{listener, start, Gatekeeper, StartError},
};
use anyhow::Context;
use std::{sync::Arc, time::Duration};
use tokio::signal::unix::{signal, SignalKind};
use tracing_subscriber::EnvFilter;

/// Time between two tries while the node is not there at the first start.
const RETRY: Duration = Duration::from_secs(2);

/// Run the server until it is told to stop. SIGHUP makes it look at its certificate.
pub async fn run(config: Config, log_json: bool) -> anyhow::Result<()> {
	start_log(log_json);
	let mut interrupt = signal(SignalKind::interrupt())?;
	let mut terminate = signal(SignalKind::terminate())?;
	// Taken from the beginning: by default it would end the process.
	let mut hangup = signal(SignalKind::hangup())?;
	let operator_key = keys::operator(&config.operator_key_file)?;
	// Sockets first: a second server of the same configuration stops here.
	let public = listener::bind(config.listen)?;
	let admin = config.admin_listen.map(listener::bind).transpose()?;

	let gatekeeper = tokio::select! {
		gatekeeper = open(&config) => gatekeeper?,
		_ = interrupt.recv() => return Ok(()),
		_ = terminate.recv() => return Ok(()),
	};
	let operator = NodeOperator::new(config.node.as_str(), gatekeeper.genesis, operator_key);
	let mut running = start(Arc::new(gatekeeper), Arc::new(operator), public, admin)?;
	tracing::info!(
		listen = %running.address,
		admin = running.admin_address.map(tracing::field::display),
		origin = %config.public_origin,
		provider = config.provider,
		"serving"
	);

	loop {
		tokio::select! {
			_ = hangup.recv() => {
				running.renew_certificate();
				continue;
			},
			_ = interrupt.recv() => tracing::info!("interrupted, stopping"),
			_ = terminate.recv() => tracing::info!("terminated, stopping"),
			error = running.failed() => {
				running.stop().await;
				return Err(error).context("the server failed");
			},
		}
		break;
	}
	running.stop().await;
	tracing::info!("stopped");
	Ok(())
}

/// Open the data folder; at its first use, wait for the node to say which chain there is.
async fn open(config: &Config) -> Result<Gatekeeper, StartError> {
	loop {
		match Gatekeeper::open(config.clone()).await {
			Err(StartError::ChainUnknown(error)) => {
				tracing::warn!(%error, node = %config.node, "waiting for the node");
				tokio::time::sleep(RETRY).await;
			},
			opened => return opened,
		}
	}
}

/// Write the server's log to standard error, from now on.
pub fn start_log(json: bool) {
	let filter = EnvFilter::try_from_default_env()
		.unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,hyper=warn,rustls=warn"));
	let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
	// Fails only if there is a log already.
	let _ = if json { log.json().try_init() } else { log.try_init() };
}
