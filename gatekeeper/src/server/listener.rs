//! Connections: how many there may be, how long their heads may take, and TLS.

use crate::config::{Config, Limits, Tls};
use axum_server::{
	accept::Accept,
	tls_rustls::{RustlsAcceptor, RustlsConfig},
	Server,
};
use hyper_util::rt::TokioTimer;
use rustls::{
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
	ServerConfig,
};
use std::{
	future::{ready, Ready},
	io,
	net::{SocketAddr, TcpListener},
	path::Path,
	pin::Pin,
	sync::Arc,
	task::{Context, Poll},
	time::Duration,
};
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::TcpStream,
	sync::{OwnedSemaphorePermit, Semaphore},
};

/// How long a client may take to send a request's head, and to shake hands over TLS.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Most header lines of a request.
const MAX_HEADER_LINES: usize = 64;

/// Bytes beyond our own limits that the HTTP parser may buffer, so that requests which are somewhat
/// too large get an answer that says so.
const BUFFER_MARGIN: usize = 32 << 10;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
	/// The address is taken, or not this machine's.
	#[error("cannot listen on {address}: {source}")]
	Bind {
		/// The address.
		address: SocketAddr,
		/// Why.
		source: io::Error,
	},
	/// A PEM file is missing or holds something else.
	#[error("cannot use {path} for TLS: {reason}")]
	Tls {
		/// The file.
		path: String,
		/// Why.
		reason: String,
	},
}

/// A socket that listens on `address`.
pub fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
	let failed = |source| ListenError::Bind { address, source };
	let listener = TcpListener::bind(address).map_err(failed)?;
	listener.set_nonblocking(true).map_err(failed)?;
	Ok(listener)
}

/// TLS settings from the configured files.
pub fn tls_config(tls: &Tls) -> Result<RustlsConfig, ListenError> {
	let unusable = |path: &Path, reason: &dyn std::fmt::Display| ListenError::Tls {
		path: path.display().to_string(),
		reason: reason.to_string(),
	};
	let chain = CertificateDer::pem_file_iter(&tls.cert)
		.and_then(Iterator::collect::<Result<Vec<_>, _>>)
		.map_err(|error| unusable(&tls.cert, &error))?;
	let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| unusable(&tls.key, &error))?;
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let mut config = ServerConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()
		.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
		.map_err(|error| unusable(&tls.cert, &error))?;
	// Signed requests have no use for HTTP/2, and one protocol is less to attack than two.
	config.alpn_protocols = vec![b"http/1.1".to_vec()];
	Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// Plain HTTP on `listener`.
pub fn plain(
	listener: TcpListener,
	limits: &Limits,
) -> io::Result<Server<SocketAddr, ConnectionLimit>> {
	let limit = ConnectionLimit::new(limits.connections);
	Ok(with_head_limits(axum_server::from_tcp(listener)?.acceptor(limit), limits))
}

/// HTTPS on `listener`.
pub fn secured(
	listener: TcpListener,
	config: &Config,
	tls: &Tls,
) -> Result<Server<SocketAddr, RustlsAcceptor<ConnectionLimit>>, ListenError> {
	let limit = ConnectionLimit::new(config.limits.connections);
	let acceptor =
		RustlsAcceptor::new(tls_config(tls)?).handshake_timeout(HEAD_TIME).acceptor(limit);
	let server = axum_server::from_tcp(listener)
		.map_err(|source| ListenError::Bind { address: config.listen, source })?;
	Ok(with_head_limits(server.acceptor(acceptor), &config.limits))
}

fn with_head_limits<A>(server: Server<SocketAddr, A>, limits: &Limits) -> Server<SocketAddr, A> {
	let mut server = server.http1_only();
	let buffer =
		limits.header_bytes.saturating_add(limits.target_bytes).saturating_add(BUFFER_MARGIN);
	server
		.http_builder()
		.http1()
		.timer(TokioTimer::new())
		.header_read_timeout(HEAD_TIME)
		.max_headers(MAX_HEADER_LINES)
		.max_buf_size(buffer);
	server
}

/// Accepts connections up to a number; more are closed at once.
#[derive(Clone, Debug)]
pub struct ConnectionLimit(Arc<Semaphore>);

impl ConnectionLimit {
	fn new(connections: usize) -> Self {
		Self(Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))))
	}
}

impl<S> Accept<TcpStream, S> for ConnectionLimit {
	type Stream = CountedStream;
	type Service = S;
	type Future = Ready<io::Result<(CountedStream, S)>>;

	fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
		let accepted = self
			.0
			.clone()
			.try_acquire_owned()
			.map_err(|_| io::Error::other("too many connections"))
			.and_then(|permit| {
				stream.set_nodelay(true)?;
				Ok((CountedStream { stream, _permit: permit }, service))
			});
		ready(accepted)
	}
}

/// A connection that counts for as long as it is open.
#[derive(Debug)]
pub struct CountedStream {
	stream: TcpStream,
	_permit: OwnedSemaphorePermit,
}

impl AsyncRead for CountedStream {
	fn poll_read(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_read(context, buffer)
	}
}

impl AsyncWrite for CountedStream {
	fn poll_write(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		bytes: &[u8],
	) -> Poll<io::Result<usize>> {
		Pin::new(&mut self.stream).poll_write(context, bytes)
	}

	fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_flush(context)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_shutdown(context)
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		slices: &[io::IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		Pin::new(&mut self.stream).poll_write_vectored(context, slices)
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}
}
