//! Connections: how many there may be, and how long their heads and their answers may take.

use crate::config::{Config, Limits};
use axum_server::{
	accept::Accept,
	tls_rustls::{RustlsAcceptor, RustlsConfig},
	Server,
};
use hyper_util::rt::TokioTimer;
use std::{
	collections::{hash_map::Entry, HashMap},
	future::{ready, Future, Ready},
	io,
	net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener},
	pin::Pin,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	task::{Context, Poll},
	time::Duration,
};
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::TcpStream,
	sync::{OwnedSemaphorePermit, Semaphore},
	time::Sleep,
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

/// Plain HTTP on `listener`.
pub fn plain(
	listener: TcpListener,
	limits: &Limits,
) -> io::Result<Server<SocketAddr, ConnectionLimit>> {
	let limit = ConnectionLimit::new(limits);
	Ok(with_head_limits(axum_server::from_tcp(listener)?.acceptor(limit), limits))
}

/// HTTPS on `listener`.
pub fn secured(
	listener: TcpListener,
	config: &Config,
	tls: RustlsConfig,
) -> Result<Server<SocketAddr, RustlsAcceptor<ConnectionLimit>>, ListenError> {
	let limit = ConnectionLimit::new(&config.limits);
	let acceptor = RustlsAcceptor::new(tls).handshake_timeout(HEAD_TIME).acceptor(limit);
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

/// Accepts connections up to a number, from all addresses and from each; more are closed at once.
#[derive(Clone, Debug)]
pub struct ConnectionLimit {
	all: Arc<Semaphore>,
	peers: Peers,
	write_time: Duration,
}

impl ConnectionLimit {
	fn new(limits: &Limits) -> Self {
		Self {
			all: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
			peers: Peers { most: limits.connections_per_address, open: Arc::default() },
			write_time: Duration::from_secs(limits.write_seconds),
		}
	}

	fn admit(&self, stream: TcpStream) -> io::Result<CountedStream> {
		let all = self.all.clone().try_acquire_owned();
		let all = all.map_err(|_| io::Error::other("too many connections"))?;
		let peer = self.peers.enter(stream.peer_addr()?.ip());
		let peer = peer.ok_or_else(|| io::Error::other("too many connections of this address"))?;
		stream.set_nodelay(true)?;
		Ok(CountedStream {
			stream,
			write_time: self.write_time,
			deadline: None,
			_all: all,
			_peer: peer,
		})
	}
}

impl<S> Accept<TcpStream, S> for ConnectionLimit {
	type Stream = CountedStream;
	type Service = S;
	type Future = Ready<io::Result<(CountedStream, S)>>;

	fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
		ready(self.admit(stream).map(|stream| (stream, service)))
	}
}

/// Connections that are open from each address. An IPv6 address counts as its network of 64 bits,
/// which is what one client has.
#[derive(Clone, Debug)]
struct Peers {
	most: usize,
	open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One open connection of an address.
#[derive(Debug)]
struct Peer {
	peers: Peers,
	address: IpAddr,
}

impl Peers {
	fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
		self.open.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Count a connection until the result is dropped. `None` if it is one too many.
	fn enter(&self, address: IpAddr) -> Option<Peer> {
		let address = client(address);
		let mut open = self.lock();
		let count = open.entry(address).or_default();
		if *count >= self.most {
			return None;
		}
		*count += 1;
		drop(open);
		Some(Peer { peers: self.clone(), address })
	}
}

impl Drop for Peer {
	fn drop(&mut self) {
		let mut open = self.peers.lock();
		if let Entry::Occupied(mut entry) = open.entry(self.address) {
			match entry.get().saturating_sub(1) {
				0 => drop(entry.remove()),
				left => *entry.get_mut() = left,
			}
		}
	}
}

/// What counts as one client.
fn client(address: IpAddr) -> IpAddr {
	match address.to_canonical() {
		IpAddr::V6(address) => {
			Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
		},
		v4 => v4,
	}
}

/// A connection that counts for as long as it is open, and that fails when its client takes nothing of
/// what is written for too long.
#[derive(Debug)]
pub struct CountedStream {
	stream: TcpStream,
	write_time: Duration,
	/// When to give up; there while a write waits.
	deadline: Option<Pin<Box<Sleep>>>,
	_all: OwnedSemaphorePermit,
	_peer: Peer,
}

impl CountedStream {
	/// A write's outcome, or an error if writing waits for longer than it may.
	fn watch<T>(
		&mut self,
		written: Poll<io::Result<T>>,
		context: &mut Context<'_>,
	) -> Poll<io::Result<T>> {
		if written.is_ready() {
			self.deadline = None;
			return written;
		}
		let write_time = self.write_time;
		let deadline =
			self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(write_time)));
		deadline.as_mut().poll(context).map(|()| {
			Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of the answer"))
		})
	}
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
		let written = Pin::new(&mut self.stream).poll_write(context, bytes);
		self.watch(written, context)
	}

	fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		// Of a socket: has nothing to wait for.
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
		let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
		self.watch(written, context)
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn addresses_are_counted_each_by_itself() {
		let peers = Peers { most: 2, open: Arc::default() };
		let enter = |address: &str| peers.enter(address.parse().unwrap());
		let held = [enter("192.0.2.1").unwrap(), enter("::ffff:192.0.2.1").unwrap()];
		assert!(enter("192.0.2.1").is_none());
		let _other = enter("192.0.2.2").unwrap();
		let _network = [enter("2001:db8::1").unwrap(), enter("2001:db8::2").unwrap()];
		assert!(enter("2001:db8::ffff:0:0:3").is_none());
		let _another = enter("2001:db8:0:1::1").unwrap();
		drop(held);
		assert!(enter("192.0.2.1").is_some());
		assert_eq!(peers.lock().len(), 3, "those without connections are forgotten");
	}
}
