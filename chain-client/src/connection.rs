//! The connection to a node.

use crate::{ChainError, Runtime};
use codec::{Decode, Encode};
use jsonrpsee::{
	core::{
		client::{ClientT, Error as RpcError},
		params::ArrayParams,
	},
	types::{ErrorCode, ErrorObjectOwned},
	ws_client::{WsClient, WsClientBuilder},
};
use medrec_primitives::Hash;
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// How long the node may take to accept a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the node may take to answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest answer, bytes. Metadata is the longest that is asked for.
const MAX_ANSWER: u32 = 16 * 1024 * 1024;

/// Newest version of metadata that this client reads.
const MAX_METADATA_VERSION: u32 = 16;

/// A connection to a MedRec node. Cheap to clone; clones share the connection, which is opened again
/// when it was lost.
#[derive(Clone)]
pub struct ChainClient {
	shared: Arc<Shared>,
}

struct Shared {
	url: String,
	genesis: Hash,
	connection: Mutex<Arc<WsClient>>,
	runtime: Mutex<Option<Runtime>>,
}

impl std::fmt::Debug for ChainClient {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		f.debug_struct("ChainClient")
			.field("url", &self.shared.url)
			.field("genesis", &self.shared.genesis)
			.finish_non_exhaustive()
	}
}

impl ChainClient {
	/// Connect to the node at a `ws://` or `wss://` address.
	pub async fn connect(url: &str) -> Result<Self, ChainError> {
		if !url.starts_with("ws://") && !url.starts_with("wss://") {
			return Err(ChainError::InvalidUrl {
				url: url.to_owned(),
				reason: "it does not begin with ws:// or wss://".into(),
			});
		}
		let (connection, genesis) = open(url).await?;
		Ok(Self {
			shared: Arc::new(Shared {
				url: url.to_owned(),
				genesis,
				connection: Mutex::new(Arc::new(connection)),
				runtime: Mutex::new(None),
			}),
		})
	}

	/// Genesis hash, which identifies the chain.
	pub fn genesis(&self) -> Hash {
		self.shared.genesis
	}

	/// Address of the node.
	pub fn url(&self) -> &str {
		&self.shared.url
	}

	/// The JSON-RPC client, connected again if the connection was lost. The typed reads of the `medrec`
	/// namespace are methods on it once [`MedrecApiClient`](crate::MedrecApiClient) is in scope; their
	/// errors become a [`ChainError`] with [`Self::explain`].
	pub async fn rpc(&self) -> Result<Arc<WsClient>, ChainError> {
		let mut connection = self.shared.connection.lock().await;
		if !connection.is_connected() {
			let (opened, found) = open(&self.shared.url).await?;
			if found != self.shared.genesis {
				return Err(ChainError::AnotherChain {
					url: self.shared.url.clone(),
					expected: self.shared.genesis,
					found,
				});
			}
			*connection = Arc::new(opened);
			// What the node runs may have changed meanwhile.
			*self.shared.runtime.lock().await = None;
		}
		Ok(connection.clone())
	}

	/// An error of the JSON-RPC client as one of this crate.
	pub fn explain(&self, method: &str, error: RpcError) -> ChainError {
		explain(&self.shared.url, method, error)
	}

	/// Any JSON-RPC request.
	pub async fn request<T: DeserializeOwned + Send>(
		&self,
		method: &str,
		params: Vec<serde_json::Value>,
	) -> Result<T, ChainError> {
		let rpc = self.rpc().await?;
		rpc.request(method, positional(params)).await.map_err(|error| self.explain(method, error))
	}

	/// The runtime at the best block. Its metadata is read from the node once for each version.
	pub async fn runtime(&self) -> Result<Runtime, ChainError> {
		let version = self.runtime_version().await?;
		let mut cached = self.shared.runtime.lock().await;
		if let Some(runtime) =
			cached.as_ref().filter(|runtime| runtime.spec_version() == version.spec_version)
		{
			return Ok(runtime.clone());
		}
		let metadata = self.metadata().await?;
		let runtime = Runtime::new(
			self.shared.genesis,
			version.spec_version,
			version.transaction_version,
			&metadata,
		)?;
		Ok(cached.insert(runtime).clone())
	}

	/// The newest metadata of the runtime that this client can read.
	async fn metadata(&self) -> Result<Vec<u8>, ChainError> {
		const METHOD: &str = "Metadata_metadata_at_version";
		let malformed = |reason: &str| ChainError::Malformed {
			method: METHOD.into(),
			reason: reason.to_owned(),
		};
		let versions = self.state_call("Metadata_metadata_versions", Vec::new()).await?;
		let newest = Vec::<u32>::decode(&mut &*versions.0)
			.map_err(|_| malformed("the list of versions cannot be read"))?
			.into_iter()
			.filter(|version| *version <= MAX_METADATA_VERSION)
			.max()
			.ok_or_else(|| malformed("it offers no version that this program reads"))?;
		let answer = self.state_call(METHOD, newest.encode()).await?;
		Option::<Vec<u8>>::decode(&mut &*answer.0)
			.ok()
			.flatten()
			.ok_or_else(|| malformed("there is no metadata in it"))
	}
}

async fn open(url: &str) -> Result<(WsClient, Hash), ChainError> {
	const METHOD: &str = "chain_getBlockHash";
	let connection = WsClientBuilder::default()
		.connection_timeout(CONNECTION_TIMEOUT)
		.request_timeout(REQUEST_TIMEOUT)
		.max_response_size(MAX_ANSWER)
		.build(url)
		.await
		.map_err(|error| ChainError::Unreachable {
			url: url.to_owned(),
			reason: error.to_string(),
		})?;
	let genesis = connection
		.request(METHOD, positional(vec![0.into()]))
		.await
		.map_err(|error| explain(url, METHOD, error))?;
	Ok((connection, genesis))
}

pub(crate) fn positional(params: Vec<serde_json::Value>) -> ArrayParams {
	let mut array = ArrayParams::new();
	for param in params {
		array.insert(param).expect("a JSON value is written as JSON; qed");
	}
	array
}

fn explain(url: &str, method: &str, error: RpcError) -> ChainError {
	let (url, method) = (url.to_owned(), method.to_owned());
	match error {
		RpcError::Call(error) if is_operator_only(&error) => {
			ChainError::OperatorOnly { url, method }
		},
		RpcError::Call(error) => ChainError::Node {
			method,
			code: error.code(),
			message: error.message().to_owned(),
			data: error.data().map(|data| data.get().to_owned()),
		},
		RpcError::ParseError(error) => ChainError::Malformed { method, reason: error.to_string() },
		RpcError::RequestTimeout => ChainError::NoAnswer { url, method },
		error => ChainError::Unreachable { url, reason: error.to_string() },
	}
}

/// Whether a node refused because the method is unsafe and the caller nobody in particular. Substrate says
/// it with the code of methods that there are not, so that the text has to be looked at.
fn is_operator_only(error: &ErrorObjectOwned) -> bool {
	error.code() == ErrorCode::MethodNotFound.code() && error.message().contains("unsafe")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn methods_for_operators_are_told_from_those_that_there_are_not() {
		let explained = |code: i32, message: &str| {
			let error = ErrorObjectOwned::owned(code, message, None::<()>);
			explain("ws://127.0.0.1:9944", "author_rotateKeys", RpcError::Call(error))
		};
		let refused = explained(-32601, "RPC call is unsafe to be called externally");
		assert!(matches!(refused, ChainError::OperatorOnly { .. }), "{refused}");
		assert!(!refused.is_unavailable());
		let absent = explained(-32601, "Method not found");
		assert!(matches!(absent, ChainError::Node { code: -32601, .. }), "{absent}");
		let failed = explained(-32000, "an unsafe thing failed");
		assert!(matches!(failed, ChainError::Node { code: -32000, .. }), "{failed}");
	}

	#[tokio::test]
	async fn only_websocket_addresses_are_taken() {
		for url in ["http://127.0.0.1:9944", "127.0.0.1:9944", ""] {
			let error = ChainClient::connect(url).await.unwrap_err();
			assert!(matches!(error, ChainError::InvalidUrl { .. }), "{url}: {error}");
			assert!(!error.is_unavailable());
		}
	}

	#[tokio::test]
	async fn a_node_that_is_not_there_is_unavailable() {
		// Bound and dropped at once: nobody listens on this port.
		let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
		let error = ChainClient::connect(&format!("ws://127.0.0.1:{port}")).await.unwrap_err();
		assert!(matches!(error, ChainError::Unreachable { .. }), "{error}");
		assert!(error.is_unavailable());
	}
}
