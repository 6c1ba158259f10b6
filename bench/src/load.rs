//! A load client that costs little: prepared requests over plain sockets, one thread.

use std::{
	io::{Error, ErrorKind},
	net::SocketAddr,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context, Result};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	task::JoinSet,
};

use crate::statistics::percentile;

/// Largest answer that is read, bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// What an answer begins with; the result follows.
const ANSWER: &[u8] = br#"{"jsonrpc":"2.0","id":1,"result":"#;

/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// A request, ready to send, and how its answer's body has to begin.
pub struct Prepared {
	request: Box<[u8]>,
	expected: Arc<[u8]>,
}

impl Prepared {
	/// A request as it is sent, and how its answer's body has to begin.
	pub fn new(request: Vec<u8>, expected: Arc<[u8]>) -> Self {
		Self { request: request.into(), expected }
	}

	/// A call of a JSON-RPC method. `params` is a JSON array; the result has to begin with `expected`.
	pub fn call(node: SocketAddr, method: &str, params: &str, expected: &str) -> Self {
		let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
		let request = format!(
			"POST / HTTP/1.1\r\nhost: {node}\r\ncontent-type: application/json\r\n\
			 content-length: {}\r\n\r\n{body}",
			body.len()
		);
		Self::new(request.into_bytes(), [ANSWER, expected.as_bytes()].concat().into())
	}
}

/// Requests of one method, walked through from where the last round ended.
pub struct Workload {
	/// Name in the report.
	pub name: &'static str,
	requests: Vec<Prepared>,
	next: AtomicUsize,
	/// Whether the first follows the last.
	again: bool,
}

impl Workload {
	/// Requests, in the order in which they are sent, again and again.
	pub fn new(name: &'static str, requests: Vec<Prepared>) -> Self {
		Self { name, requests, next: AtomicUsize::new(0), again: true }
	}

	/// Requests each of which is good for once. A round ends early when none is left.
	pub fn once(name: &'static str, requests: Vec<Prepared>) -> Self {
		Self { again: false, ..Self::new(name, requests) }
	}

	/// How many different requests there are.
	pub fn len(&self) -> usize {
		self.requests.len()
	}

	fn next(&self) -> Option<&Prepared> {
		let index = self.next.fetch_add(1, Ordering::Relaxed);
		match self.again {
			true => self.requests.get(index.checked_rem(self.requests.len())?),
			false => self.requests.get(index),
		}
	}
}

/// What a round found.
#[derive(Clone, Copy, Debug)]
pub struct Round {
	/// Answers, all of them right.
	pub answers: usize,
	/// Answers per second.
	pub rate: f64,
	/// Median time to an answer, microseconds.
	pub p50: f64,
	/// 95 of 100 answers took at most this, microseconds.
	pub p95: f64,
	/// 99 of 100 answers took at most this, microseconds.
	pub p99: f64,
}

/// Send requests over some connections for some time, one at a time on each. An error if one fails or is
/// answered wrongly.
pub async fn round(
	workload: &Arc<Workload>,
	server: SocketAddr,
	connections: usize,
	time: Duration,
) -> Result<Round> {
	let mut opened = Vec::with_capacity(connections);
	for _ in 0..connections {
		let stream =
			TcpStream::connect(server).await.with_context(|| format!("connecting to {server}"))?;
		stream.set_nodelay(true)?;
		opened.push(Connection { stream, buffer: vec![0; MAX_ANSWER] });
	}
	let start = Instant::now();
	let mut workers = JoinSet::new();
	for connection in opened {
		workers.spawn(work(connection, workload.clone(), start + time));
	}
	let mut latencies = Vec::new();
	while let Some(worked) = workers.join_next().await {
		latencies.extend(worked?.with_context(|| format!("{} failed", workload.name))?);
	}
	let elapsed = start.elapsed().as_secs_f64();
	ensure!(!latencies.is_empty(), "{}: nothing was answered", workload.name);
	let micros = |share| f64::from(percentile(&latencies, share).unwrap_or_default());
	Ok(Round {
		answers: latencies.len(),
		rate: latencies.len() as f64 / elapsed,
		p50: micros(0.5),
		p95: micros(0.95),
		p99: micros(0.99),
	})
}

/// Ask on one connection until the time is over; how long each answer took, microseconds.
async fn work(
	mut connection: Connection,
	workload: Arc<Workload>,
	end: Instant,
) -> Result<Vec<u32>> {
	let mut latencies = Vec::new();
	let mut sent = Instant::now();
	while sent < end {
		let Some(prepared) = workload.next() else { break };
		let answer = connection.ask(&prepared.request).await?;
		if !answer.starts_with(&prepared.expected) {
			bail!(
				"a wrong answer:\n{}\nhas to begin with:\n{}\nthe request was:\n{}",
				String::from_utf8_lossy(answer),
				String::from_utf8_lossy(&prepared.expected),
				String::from_utf8_lossy(&prepared.request)
			);
		}
		let answered = Instant::now();
		latencies.push(u32::try_from((answered - sent).as_micros()).unwrap_or(u32::MAX));
		sent = answered;
	}
	Ok(latencies)
}

/// A connection that stays open.
struct Connection {
	stream: TcpStream,
	buffer: Vec<u8>,
}

impl Connection {
	/// Send a request; gives the answer's body.
	async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
		let exchange = async {
			self.stream.write_all(request).await?;
			let mut filled = 0;
			loop {
				let read = self.stream.read(&mut self.buffer[filled..]).await?;
				if read == 0 {
					// The end, or no room is left.
					return Err(Error::from(ErrorKind::UnexpectedEof));
				}
				filled += read;
				if let Some((start, end)) = body_of(&self.buffer[..filled])? {
					if filled == end {
						return Ok((start, end));
					}
				}
			}
		};
		let (start, end) =
			tokio::time::timeout(ANSWER_TIMEOUT, exchange).await.context("no answer in time")??;
		Ok(&self.buffer[start..end])
	}
}

/// Where the body of an HTTP answer begins and ends, once its head is complete.
fn body_of(answer: &[u8]) -> std::io::Result<Option<(usize, usize)>> {
	const END_OF_HEAD: &[u8] = b"\r\n\r\n";
	let head = answer.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD);
	let Some(head) = head else { return Ok(None) };
	let invalid = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
	let text =
		std::str::from_utf8(&answer[..head]).map_err(|_| invalid("a head that is no text"))?;
	if !text.starts_with("HTTP/1.1 200 ") {
		return Err(invalid(text));
	}
	let length = text
		.lines()
		.filter_map(|line| line.split_once(':'))
		.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
		.and_then(|(_, value)| value.trim().parse::<usize>().ok())
		.ok_or_else(|| invalid("an answer without content-length"))?;
	let start = head + END_OF_HEAD.len();
	Ok(Some((start, start + length)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::net::TcpListener;

	#[test]
	fn bodies_are_found_however_the_answer_is_cut() {
		let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\nhello";
		let head = answer.len() - 5;
		for cut in 0..head {
			assert_eq!(body_of(&answer[..cut]).unwrap(), None, "{cut}");
		}
		for cut in head..=answer.len() {
			assert_eq!(body_of(&answer[..cut]).unwrap(), Some((head, answer.len())));
		}
		assert!(body_of(b"HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n").is_err());
		assert!(body_of(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
	}

	/// Answers everything with the same result, in two parts.
	async fn server(result: &'static str) -> SocketAddr {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		tokio::spawn(async move {
			while let Ok((mut stream, _)) = listener.accept().await {
				tokio::spawn(async move {
					let mut buffer = [0; 4096];
					while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
						let body = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#);
						let head =
							format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
						stream.write_all(head.as_bytes()).await.unwrap();
						stream.flush().await.unwrap();
						stream.write_all(body.as_bytes()).await.unwrap();
					}
				});
			}
		});
		address
	}

	fn requests(node: SocketAddr, expected: &str) -> Vec<Prepared> {
		vec![Prepared::call(node, "a", "[]", expected)]
	}

	fn workload(node: SocketAddr, expected: &str) -> Arc<Workload> {
		Arc::new(Workload::new("a", requests(node, expected)))
	}

	#[tokio::test]
	async fn right_answers_are_counted() {
		let node = server("7").await;
		let found = round(&workload(node, "7}"), node, 3, Duration::from_millis(50)).await.unwrap();
		assert!(found.answers >= 3 && found.rate > 0.0 && found.p50 <= found.p99, "{found:?}");
	}

	#[tokio::test]
	async fn what_is_good_for_once_is_sent_once() {
		let node = server("7").await;
		let both = [requests(node, "7}"), requests(node, "7}")].into_iter().flatten().collect();
		let workload = Arc::new(Workload::once("a", both));
		let found = round(&workload, node, 3, Duration::from_secs(60)).await.unwrap();
		assert_eq!(found.answers, 2);
		assert!(round(&workload, node, 3, Duration::from_secs(60)).await.is_err(), "none is left");
	}

	#[tokio::test]
	async fn a_wrong_answer_fails_the_round_and_is_shown() {
		let node = server("8").await;
		let error = round(&workload(node, "7}"), node, 3, Duration::from_millis(50)).await;
		let error = format!("{:#}", error.unwrap_err());
		assert!(error.contains(r#""result":8}"#) && error.contains(r#""result":7}"#), "{error}");
	}
}
