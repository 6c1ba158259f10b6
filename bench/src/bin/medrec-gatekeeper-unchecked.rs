//! What the bench `gatekeeper` compares signed reads with: a gatekeeper that answers everybody.
//!
//! It serves `GET /fhir/{type}/{id}` of one patient with the parts of the gatekeeper itself: the listener
//! with its limits, the frame around each request, the same records opened the same way, the same function
//! that reads and builds the answer. What it leaves out is what comes between: the request's signature and
//! its nonce, the chain's decision, the log, and with the request's signature also the answer's.
//!
//! A program of the benches alone. The gatekeeper has no switch that would make it one.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use axum::{extract::State, middleware::from_fn_with_state, routing::get, Extension, Router};
use clap::Parser;
use medrec_gatekeeper::{
	cli::start_log,
	config::Config,
	records::{LocalPatientId, Visibility},
	server::{listener, read_answer, read_target, respond, Answer, Exchange, Gatekeeper, Refusal},
};
use medrec_primitives::{Labels, Visible};

/// For benches: serves one patient's records to everybody.
#[derive(Debug, Parser)]
struct Arguments {
	/// Configuration file of a gatekeeper, whose data folder is used.
	#[arg(long, value_name = "FILE")]
	config: PathBuf,
	/// Address to listen on, in the place of the configured one.
	#[arg(long, value_name = "ADDRESS")]
	listen: SocketAddr,
	/// Whose records are served.
	#[arg(long, value_name = "ID")]
	patient: LocalPatientId,
}

/// What all requests share.
struct Unchecked {
	gatekeeper: Arc<Gatekeeper>,
	patient: LocalPatientId,
	visibility: Visibility,
}

/// The gatekeeper's `read`, without who asks, what the chain says, and the log.
async fn read(
	State(unchecked): State<Arc<Unchecked>>,
	Extension(exchange): Extension<Exchange>,
) -> Result<Answer, Refusal> {
	let Unchecked { gatekeeper, patient, visibility } = &*unchecked;
	let asked = read_target(&exchange)?;
	// As every grantee is told.
	exchange.set_may_be_incomplete();
	let records = gatekeeper.records.as_ref();
	match read_answer(records, &exchange, patient, visibility, asked).await? {
		Some((answer, _)) => Ok(answer),
		None => Err(Refusal::not_found()),
	}
}

#[tokio::main]
async fn main() -> Result<()> {
	let Arguments { config, listen, patient } = Arguments::parse();
	start_log(false);
	let config = Config::load(&config).context("no usable configuration")?;
	let gatekeeper = Arc::new(Gatekeeper::open(config).await?);
	// A rule as a grant has it, so that the same statements are asked of the records.
	let visibility =
		Visibility::Rules(vec![Visible { labels: Labels::NONE, ..Visible::EVERYTHING }]);
	let unchecked = Unchecked { gatekeeper: gatekeeper.clone(), patient, visibility };
	let router: Router = Router::new()
		.route("/fhir/{type}/{id}", get(read))
		.layer(from_fn_with_state(gatekeeper.clone(), respond))
		.with_state(Arc::new(unchecked));
	let server = listener::plain(listener::bind(listen)?, &gatekeeper.config.limits)?;
	server.serve(router.into_make_service()).await?;
	Ok(())
}
