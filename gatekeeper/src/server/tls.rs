//! The certificate that HTTPS is served with, and its renewal while the server runs.

use super::{intake, listener::ListenError, Gatekeeper};
use crate::config::Tls;
use axum_server::tls_rustls::RustlsConfig;
use medrec_primitives::Moment;
use rustls::{
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
	ServerConfig,
};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};
use zeroize::Zeroizing;

/// Time between two looks at the files.
const PERIOD: Duration = Duration::from_secs(5);

/// A certificate that HTTPS can be served with.
#[derive(Clone, Debug)]
pub struct Certificate {
	/// Settings that serve it.
	pub config: Arc<ServerConfig>,
	/// First moment at which clients refuse it.
	pub expires: Moment,
	files: FilesDigest,
}

/// SHA-256 over both files: tells whether they changed, whatever their times say.
type FilesDigest = [u8; 32];

/// The two files as they were read.
struct Files {
	chain: Vec<u8>,
	key: Zeroizing<Vec<u8>>,
}

impl Files {
	fn read(tls: &Tls) -> Result<Self, ListenError> {
		let read = |path: &Path| std::fs::read(path).map_err(|error| unusable(path, &error));
		Ok(Self { chain: read(&tls.cert)?, key: Zeroizing::new(read(&tls.key)?) })
	}

	fn digest(&self) -> FilesDigest {
		let length = (self.chain.len() as u64).to_le_bytes();
		let hasher = Sha256::new().chain_update(length).chain_update(&self.chain);
		hasher.chain_update(self.key.as_slice()).finalize().into()
	}

	/// Errors: a file holds something else, or the key is not the certificate's.
	fn certificate(&self, tls: &Tls) -> Result<Certificate, ListenError> {
		let chain = CertificateDer::pem_slice_iter(&self.chain)
			.collect::<Result<Vec<_>, _>>()
			.map_err(|error| unusable(&tls.cert, &error))?;
		let leaf = chain.first().ok_or_else(|| unusable(&tls.cert, &"it holds no certificate"))?;
		let (_, leaf) =
			X509Certificate::from_der(leaf).map_err(|error| unusable(&tls.cert, &error))?;
		let expires = u64::try_from(leaf.validity().not_after.timestamp()).unwrap_or_default();
		let key =
			PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| unusable(&tls.key, &error))?;
		let provider = Arc::new(rustls::crypto::ring::default_provider());
		let mut config = ServerConfig::builder_with_provider(provider)
			.with_safe_default_protocol_versions()
			.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
			.map_err(|error| unusable(&tls.cert, &error))?;
		// Signed requests have no use for HTTP/2, and one protocol is less to attack than two.
		config.alpn_protocols = vec![b"http/1.1".to_vec()];
		Ok(Certificate {
			config: Arc::new(config),
			// `notAfter` names the last second in which it holds (RFC 5280 section 4.1.2.5).
			expires: expires.saturating_add(1).saturating_mul(1_000),
			files: self.digest(),
		})
	}
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> ListenError {
	ListenError::Tls { path: path.display().to_string(), reason: reason.to_string() }
}

/// The certificate in the configured files. One that has expired is one, too.
pub fn load(tls: &Tls) -> Result<Certificate, ListenError> {
	Files::read(tls)?.certificate(tls)
}

/// Serves the certificate that is in the files, whatever becomes of them.
#[derive(Debug)]
pub struct Renewal {
	tls: Tls,
	serving: RustlsConfig,
	seen: FilesDigest,
	asked: Arc<Notify>,
}

impl Renewal {
	/// Of a certificate that is served already. `asked` is notified when somebody wants a look at once.
	pub fn new(
		tls: Tls,
		serving: RustlsConfig,
		certificate: &Certificate,
		asked: Arc<Notify>,
	) -> Self {
		Self { tls, serving, seen: certificate.files, asked }
	}

	/// Look at the files when asked, and every few seconds, until told to stop. Connections that are open
	/// keep the certificate that they began with.
	pub async fn run(mut self, gatekeeper: &Gatekeeper, stop: CancellationToken) {
		loop {
			let asked = tokio::select! {
				() = stop.cancelled() => return,
				() = self.asked.notified() => true,
				() = tokio::time::sleep(PERIOD) => false,
			};
			match self.look(asked, intake::now()) {
				Ok(None) => {},
				Ok(Some(expires)) => {
					gatekeeper.metrics.certificate(expires);
					gatekeeper.metrics.certificate_reloaded(true);
					tracing::info!(
						expires = medrec_protocol::format_moment(expires),
						"a new certificate is served"
					);
				},
				Err(error) => {
					gatekeeper.metrics.certificate_reloaded(false);
					tracing::error!(%error, "the new certificate cannot be used; the old one is served");
				},
			}
		}
	}

	/// Serve what is in the files, if it changed since the last look or somebody asks. Returns when the
	/// certificate that is served from now on expires.
	fn look(&mut self, asked: bool, now: Moment) -> Result<Option<Moment>, ListenError> {
		// While files that cannot be read stay so, that is said at every look: an operator has to act.
		let files = Files::read(&self.tls)?;
		let digest = files.digest();
		if digest == self.seen && !asked {
			return Ok(None);
		}
		// What was found unusable is told once, until it changes again.
		self.seen = digest;
		let certificate = files.certificate(&self.tls)?;
		if certificate.expires <= now {
			return Err(unusable(&self.tls.cert, &"it has expired"));
		}
		self.serving.reload_from_config(certificate.config);
		Ok(Some(certificate.expires))
	}
}
