//! Whether the server is alive and could serve, and what it counted.

use super::{intake, Gatekeeper};
use axum::{
	extract::State,
	http::{header, StatusCode},
	response::{IntoResponse, Response},
};
use std::{
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio_util::sync::CancellationToken;

/// Time between two looks.
const PERIOD: Duration = Duration::from_secs(2);

/// Time between two checkpoints of the log.
const CHECKPOINT_PERIOD: Duration = Duration::from_secs(600);

/// What the last look found; `Ok` if everything that an answer needs is there.
#[derive(Debug)]
pub struct Readiness(Mutex<Result<(), &'static str>>);

impl Default for Readiness {
	fn default() -> Self {
		Self(Mutex::new(Err("starting")))
	}
}

impl Readiness {
	/// What the last look found, or what is missing.
	pub fn get(&self) -> Result<(), &'static str> {
		*self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	fn set(&self, found: Result<(), &'static str>) {
		*self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = found;
	}
}

/// Look again and again whether node, store and records are there, until told to stop.
pub async fn watch(gatekeeper: &Gatekeeper, stop: CancellationToken) {
	loop {
		let found = look(gatekeeper).await;
		if gatekeeper.readiness.get() != found {
			match found {
				Ok(()) => tracing::info!("ready"),
				Err(missing) => tracing::warn!(missing, "not ready"),
			}
		}
		gatekeeper.readiness.set(found);
		tokio::select! {
			() = stop.cancelled() => return,
			() = tokio::time::sleep(PERIOD) => {},
		}
	}
}

async fn look(gatekeeper: &Gatekeeper) -> Result<(), &'static str> {
	let node = async {
		gatekeeper.node.follows(gatekeeper.genesis).await?;
		gatekeeper.node.probe().await
	};
	let node = node.await;
	let finalized = node.as_ref().ok().map(|answer| answer.finalized.number);
	gatekeeper.metrics.node(finalized, gatekeeper.node.tells_changes());
	node.map_err(|_| "node")?;
	gatekeeper.store.check_writable().await.map_err(|_| "store")?;
	gatekeeper.records.check().await.map_err(|_| "records")
}

/// Sign a checkpoint of the log again and again, until told to stop.
pub async fn sign_checkpoints(gatekeeper: &Gatekeeper, stop: CancellationToken) {
	loop {
		if let Err(error) = gatekeeper.audit.checkpoint(intake::now()).await {
			tracing::warn!(%error, "no checkpoint of the log was signed");
		}
		tokio::select! {
			() = stop.cancelled() => return,
			() = tokio::time::sleep(CHECKPOINT_PERIOD) => {},
		}
	}
}

/// `GET /livez`: the process answers.
pub async fn livez() -> &'static str {
	"alive\n"
}

/// `GET /readyz`: 200 if requests can be served, else 503 with what is missing.
pub async fn readyz(State(gatekeeper): State<Arc<Gatekeeper>>) -> Response {
	match gatekeeper.readiness.get() {
		Ok(()) => "ready\n".into_response(),
		Err(missing) => {
			(StatusCode::SERVICE_UNAVAILABLE, format!("missing: {missing}\n")).into_response()
		},
	}
}

/// `GET /metrics`: in Prometheus' text format.
pub async fn metrics(State(gatekeeper): State<Arc<Gatekeeper>>) -> Response {
	match gatekeeper.metrics.render() {
		Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
		Err(error) => {
			tracing::error!(%error, "the metrics cannot be written");
			StatusCode::INTERNAL_SERVER_ERROR.into_response()
		},
	}
}
