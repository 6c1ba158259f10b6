//! A certificate is renewed while the server runs, and one that cannot be used changes nothing.

use super::{write, CERTIFICATE, KEY};
use crate::support::{eventually, raw::RawRequest, world::World};
use medrec_gatekeeper::config::Tls;
use reqwest::{Certificate, Client};

/// Made as the other one, another day.
const RENEWED: &[u8] = include_bytes!("renewed.pem");
/// Its key, which protects nothing.
const RENEWED_KEY: &[u8] = include_bytes!("renewed-key.pem");
/// Of the same key; good in January 2024 alone.
const EXPIRED: &[u8] = include_bytes!("expired.pem");

/// Whether the server shows this certificate to who connects now.
async fn shows(world: &World, certificate: &[u8]) -> bool {
	let client = Client::builder()
		.tls_built_in_root_certs(false)
		.add_root_certificate(Certificate::from_pem(certificate).unwrap())
		.resolve("localhost", world.address)
		.build()
		.unwrap();
	let url = world.config.public_origin.target_uri("/livez");
	client.get(url).send().await.is_ok()
}

async fn metric(world: &World, name: &str) -> Option<u64> {
	let request = RawRequest {
		method: "GET".into(),
		target: "/metrics".into(),
		headers: vec![("host".into(), world.admin_address.to_string())],
		body: Vec::new(),
	};
	let text = String::from_utf8(request.send(world.admin_address).await.body).unwrap();
	let line = text.lines().find(|line| line.starts_with(name))?;
	line.rsplit(' ').next().unwrap().parse().ok()
}

async fn failed(world: &World) -> Option<u64> {
	metric(world, "medrec_gatekeeper_tls_reloads_total{outcome=\"failed\"}").await
}

async fn expiry(world: &World) -> Option<u64> {
	metric(world, "medrec_gatekeeper_tls_certificate_expiry_timestamp_seconds").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_served_without_a_restart_and_a_broken_one_never() {
	let folder = tempfile::tempdir().unwrap();
	let tls = write(folder.path());
	let world = World::start_with(|config| {
		config.tls = Some(tls.clone());
		config.public_origin = "https://localhost".parse().unwrap();
	})
	.await;
	assert!(shows(&world, CERTIFICATE).await && !shows(&world, RENEWED).await);
	let first = expiry(&world).await.expect("there with TLS");

	// A new certificate with the old key, no certificate at all, one that has expired.
	for (seen, (certificate, key)) in
		(1..).zip([(RENEWED, KEY), (b"no certificate", KEY), (EXPIRED, RENEWED_KEY)])
	{
		put(&tls, certificate, key);
		world.renew_certificate();
		eventually("the new files were looked at", || async { failed(&world).await >= Some(seen) })
			.await;
		assert!(shows(&world, CERTIFICATE).await, "the old one is served");
		assert_eq!(expiry(&world).await, Some(first));
	}

	put(&tls, RENEWED, RENEWED_KEY);
	world.renew_certificate();
	eventually("the new one is served", || async { shows(&world, RENEWED).await }).await;
	assert!(!shows(&world, CERTIFICATE).await);
	assert!(expiry(&world).await > Some(first));

	// Nobody asks this time.
	put(&tls, CERTIFICATE, KEY);
	eventually("the change is noticed", || async { shows(&world, CERTIFICATE).await }).await;
	world.stop().await;
}

fn put(tls: &Tls, certificate: &[u8], key: &[u8]) {
	std::fs::write(&tls.cert, certificate).unwrap();
	std::fs::write(&tls.key, key).unwrap();
}
