//! A gatekeeper with everything around it: real sockets, real databases, and a node whose chain is in
//! memory and decides with `medrec_primitives::decide`.

pub mod chain;
pub mod client;
pub mod forge;
pub mod node;
pub mod operator;
pub mod raw;
pub mod records;
pub mod world;

use std::{future::Future, time::Duration};

/// Longest wait for anything that is sure to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Wait until a condition holds.
pub async fn eventually<F, R>(what: &str, condition: F)
where
	F: Fn() -> R,
	R: Future<Output = bool>,
{
	let waiting = async {
		while !condition().await {
			tokio::time::sleep(Duration::from_millis(20)).await;
		}
	};
	if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
		panic!("waited in vain until {what}");
	}
}
