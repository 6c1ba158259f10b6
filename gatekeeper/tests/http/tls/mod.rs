//! HTTPS with the configured certificate, and nothing but HTTPS.

mod renewal;

use crate::support::world::World;
use medrec_gatekeeper::config::Tls;
use reqwest::{Certificate, Client, Version};
use std::path::Path;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

/// Self-signed, for `localhost`, until 2126: `openssl req -x509 -newkey ec -pkeyopt
/// ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=localhost -addext
/// subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE`.
const CERTIFICATE: &[u8] = include_bytes!("certificate.pem");
/// Its key, which protects nothing.
const KEY: &[u8] = include_bytes!("key.pem");

/// Certificate and key in a folder.
fn write(folder: &Path) -> Tls {
	let tls = Tls { cert: folder.join("cert.pem"), key: folder.join("key.pem") };
	std::fs::write(&tls.cert, CERTIFICATE).unwrap();
	std::fs::write(&tls.key, KEY).unwrap();
	tls
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_https_and_nothing_else() {
	let folder = tempfile::tempdir().unwrap();
	let tls = write(folder.path());
	let world = World::start_with(|config| {
		config.tls = Some(tls.clone());
		config.public_origin = "https://localhost".parse().unwrap();
	})
	.await;

	let trusting = Client::builder()
		.add_root_certificate(Certificate::from_pem(CERTIFICATE).unwrap())
		.resolve("localhost", world.address)
		.build()
		.unwrap();
	let url = world.config.public_origin.target_uri("/fhir/metadata");
	let response = trusting.get(&url).send().await.unwrap();
	assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_11));
	assert!(response.headers().contains_key("strict-transport-security"));

	let stranger = Client::builder().resolve("localhost", world.address).build().unwrap();
	assert!(stranger.get(&url).send().await.is_err(), "the certificate is what was configured");

	let mut stream = TcpStream::connect(world.address).await.unwrap();
	stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
	let mut answer = Vec::new();
	let _ = stream.read_to_end(&mut answer).await;
	assert!(!answer.starts_with(b"HTTP"), "plain HTTP is not answered");
	world.stop().await;
}
