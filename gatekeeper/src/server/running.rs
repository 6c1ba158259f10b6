//! A server that runs: its sockets, its background tasks, and how they stop.

use super::{
	health,
	listener::{self, ListenError},
	router,
	tls::{self, Renewal},
	Gatekeeper,
};
use crate::{
	access,
	enrolment::{operator::Operator, worker},
	notifications,
	openings::Purger,
};
use axum_server::{tls_rustls::RustlsConfig, Handle, Server};
use std::{
	future::Future,
	io,
	net::{SocketAddr, TcpListener},
	sync::Arc,
	time::Duration,
};
use tokio::{sync::Notify, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Running {
	/// Address that clients connect to.
	pub address: SocketAddr,
	/// Address of metrics and health.
	pub admin_address: Option<SocketAddr>,
	gatekeeper: Arc<Gatekeeper>,
	handles: Vec<Handle<SocketAddr>>,
	renew: Arc<Notify>,
	stop: CancellationToken,
	tasks: JoinSet<io::Result<()>>,
}

/// Start serving on sockets that listen already.
pub fn start(
	gatekeeper: Arc<Gatekeeper>,
	operator: Arc<dyn Operator>,
	public: TcpListener,
	admin: Option<TcpListener>,
) -> Result<Running, ListenError> {
	let config = &gatekeeper.config;
	let failed = |source| ListenError::Bind { address: config.listen, source };
	let mut running = Running {
		address: public.local_addr().map_err(failed)?,
		admin_address: admin.as_ref().map(TcpListener::local_addr).transpose().map_err(failed)?,
		gatekeeper: gatekeeper.clone(),
		handles: Vec::new(),
		renew: Arc::default(),
		stop: CancellationToken::new(),
		tasks: JoinSet::new(),
	};

	let service = router::public(&gatekeeper).into_make_service();
	match &config.tls {
		Some(tls) => {
			let certificate = tls::load(tls)?;
			gatekeeper.metrics.certificate(certificate.expires);
			let serving = RustlsConfig::from_config(certificate.config.clone());
			let server = running.stoppable(listener::secured(public, config, serving.clone())?);
			running.tasks.spawn(server.serve(service));
			let renewal = Renewal::new(tls.clone(), serving, &certificate, running.renew.clone());
			running.spawn(|gatekeeper, stop| async move { renewal.run(&gatekeeper, stop).await });
		},
		None => {
			let server = listener::plain(public, &config.limits).map_err(failed)?;
			let server = running.stoppable(server);
			running.tasks.spawn(server.serve(service));
		},
	}
	if let Some(admin) = admin {
		let server = listener::plain(admin, &config.limits).map_err(failed)?;
		let server = running.stoppable(server);
		running.tasks.spawn(server.serve(router::admin(&gatekeeper).into_make_service()));
	}

	running.spawn(|gatekeeper, stop| async move { notifications::watch(&gatekeeper, stop).await });
	running.spawn(|gatekeeper, stop| async move { notifications::listen(&gatekeeper, stop).await });
	running.spawn(|gatekeeper, stop| async move {
		access::follow(&gatekeeper.node, gatekeeper.genesis, stop).await;
	});
	running.spawn(|gatekeeper, stop| async move { health::watch(&gatekeeper, stop).await });
	running
		.spawn(|gatekeeper, stop| async move { health::sign_checkpoints(&gatekeeper, stop).await });
	running.spawn(|gatekeeper, stop| async move { Purger::default().run(&gatekeeper, stop).await });
	running.spawn(|gatekeeper, stop| async move {
		worker::run(&gatekeeper, operator.as_ref(), stop).await;
	});
	Ok(running)
}

impl Running {
	fn stoppable<A>(&mut self, server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
		let handle = Handle::new();
		self.handles.push(handle.clone());
		server.handle(handle)
	}

	fn spawn<F, R>(&mut self, task: F)
	where
		F: FnOnce(Arc<Gatekeeper>, CancellationToken) -> R,
		R: Future<Output = ()> + Send + 'static,
	{
		let task = task(self.gatekeeper.clone(), self.stop.clone());
		self.tasks.spawn(async move {
			task.await;
			Ok(())
		});
	}

	/// Look at the files of the certificate now. Without TLS nothing happens.
	pub fn renew_certificate(&self) {
		self.renew.notify_one();
	}

	/// Wait until a socket fails; the other tasks end only when stopped.
	pub async fn failed(&mut self) -> io::Error {
		while let Some(ended) = self.tasks.join_next().await {
			match ended {
				Ok(Ok(())) => {},
				Ok(Err(error)) => return error,
				Err(error) => return io::Error::other(error),
			}
		}
		io::Error::other("the server stopped")
	}

	/// Accept no more connections, finish what is open within the configured time, close the store.
	pub async fn stop(mut self) {
		let grace = Duration::from_secs(self.gatekeeper.config.limits.shutdown_seconds);
		self.stop.cancel();
		for handle in &self.handles {
			handle.graceful_shutdown(Some(grace));
		}
		let finished = async { while self.tasks.join_next().await.is_some() {} };
		if tokio::time::timeout(grace + Duration::from_secs(1), finished).await.is_err() {
			tracing::warn!("some tasks did not end in time");
		}
		self.tasks.shutdown().await;
		self.gatekeeper.store.close().await;
	}
}
