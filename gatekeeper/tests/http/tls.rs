//! HTTPS with the configured certificate, and nothing but HTTPS.

use crate::support::world::World;
use medrec_gatekeeper::config::Tls;
use reqwest::{Certificate, Client, Version};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn serves_https_and_nothing_else() {
	let folder = tempfile::tempdir().unwrap();
	let certificate = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
	let pem = certificate.serialize_pem().unwrap();
	let tls = Tls { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
	std::fs::write(&tls.cert, &pem).unwrap();
	std::fs::write(&tls.key, certificate.serialize_private_key_pem()).unwrap();
	let world = World::start_with(|config| {
		config.tls = Some(tls.clone());
		config.public_origin = "https://localhost".parse().unwrap();
	})
	.await;

	let trusting = Client::builder()
		.add_root_certificate(Certificate::from_pem(pem.as_bytes()).unwrap())
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
