//! HTTP/1.1 as bytes on a socket: nothing between test and server mends, merges or refuses a header.

use std::net::SocketAddr;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

/// A request exactly as it is sent.
#[derive(Clone, Debug)]
pub struct RawRequest {
	pub method: String,
	pub target: String,
	pub headers: Vec<(String, String)>,
	pub body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct RawResponse {
	pub status: u16,
	pub headers: Vec<(String, String)>,
	pub body: Vec<u8>,
}

impl RawRequest {
	pub fn set(&mut self, name: &str, value: impl Into<String>) {
		self.remove(name);
		self.headers.push((name.to_owned(), value.into()));
	}

	pub fn remove(&mut self, name: &str) {
		self.headers.retain(|(known, _)| known != name);
	}

	pub fn get(&self, name: &str) -> &str {
		let found = self.headers.iter().find(|(known, _)| known == name);
		&found.unwrap_or_else(|| panic!("no header {name}")).1
	}

	/// Repeat a header, with the same value.
	pub fn double(&mut self, name: &str) {
		let value = self.get(name).to_owned();
		self.headers.push((name.to_owned(), value));
	}

	pub async fn send(&self, to: SocketAddr) -> RawResponse {
		let mut stream = TcpStream::connect(to).await.unwrap();
		RawResponse::parse(&self.exchange(&mut stream).await)
	}

	/// As [`Self::send`]; `None` if nobody takes the connection, or it ends without a byte of an answer.
	/// An answer that ends too early is none that this could return.
	pub async fn try_send(&self, to: SocketAddr) -> Option<RawResponse> {
		let mut stream = TcpStream::connect(to).await.ok()?;
		let answer = self.exchange(&mut stream).await;
		if answer.is_empty() {
			return None;
		}
		let response = RawResponse::parse(&answer);
		let announced = response.header("content-length").expect("announced").parse();
		assert_eq!(announced, Ok(response.body.len()), "the answer is cut off");
		Some(response)
	}

	/// Send it, and read what comes until the end of the connection.
	async fn exchange(&self, stream: &mut TcpStream) -> Vec<u8> {
		let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
		for (name, value) in &self.headers {
			text.push_str(&format!("{name}: {value}\r\n"));
		}
		text.push_str("connection: close\r\n");
		if !self.body.is_empty() {
			text.push_str(&format!("content-length: {}\r\n", self.body.len()));
		}
		text.push_str("\r\n");
		// A server that stops may close it at any moment.
		let _ = stream.write_all(text.as_bytes()).await;
		// The server may answer and close before it has read a body that is too long.
		let _ = stream.write_all(&self.body).await;
		let mut answer = Vec::new();
		let _ = stream.read_to_end(&mut answer).await;
		answer
	}
}

impl RawResponse {
	fn parse(bytes: &[u8]) -> Self {
		let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
		let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
		let head = std::str::from_utf8(&bytes[..end]).unwrap();
		let mut lines = head.split("\r\n");
		let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
		let headers = lines
			.map(|line| {
				let (name, value) = line.split_once(':').unwrap();
				(name.to_ascii_lowercase(), value.trim().to_owned())
			})
			.collect();
		Self { status, headers, body: bytes[end + 4..].to_vec() }
	}

	pub fn header(&self, name: &str) -> Option<&str> {
		self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
	}

	pub fn json(&self) -> serde_json::Value {
		serde_json::from_slice(&self.body)
			.unwrap_or_else(|_| panic!("not JSON: {:?}", String::from_utf8_lossy(&self.body)))
	}

	/// Code of the error in the body, in either of its forms.
	pub fn code(&self) -> String {
		let body = self.json();
		let code = match body["resourceType"].as_str() {
			Some("OperationOutcome") => &body["issue"][0]["details"]["coding"][0]["code"],
			_ => &body["error"]["code"],
		};
		code.as_str().unwrap_or_else(|| panic!("no code in {body}")).to_owned()
	}
}
