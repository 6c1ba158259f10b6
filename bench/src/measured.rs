//! Rounds of load on a server, with the processor time that both sides take.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Result;
use serde::Serialize;

use crate::{
	load::{self, Workload},
	processes::processor_time,
	report::{number, Figure},
	statistics::Series,
};

/// A server that load is put on.
#[derive(Clone, Copy, Debug)]
pub struct Server {
	/// Where it listens.
	pub address: SocketAddr,
	/// Its process.
	pub process: u32,
}

/// Everything that was measured of one method.
#[derive(Clone, Debug, Default)]
pub struct Measured {
	/// Answers per second, of each round.
	pub rate: Vec<f64>,
	answers: usize,
	p50: Vec<f64>,
	p95: Vec<f64>,
	p99: Vec<f64>,
	server_micros: Vec<f64>,
	client_micros: Vec<f64>,
}

/// The same, as it is reported.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodReport {
	/// Its name.
	pub method: &'static str,
	/// Different requests.
	pub requests: usize,
	/// Answers, all of them checked.
	pub answers: usize,
	/// Answers per second, of each round.
	pub rate: Series,
	/// Median time to an answer, microseconds.
	pub p50_micros: Series,
	/// 95th percentile of it.
	pub p95_micros: Series,
	/// 99th percentile of it.
	pub p99_micros: Series,
	/// Processor time that the server took for each answer, microseconds, with what it did besides.
	pub server_processor_micros: Series,
	/// Processor time that the client took for each answer, microseconds.
	pub client_processor_micros: Series,
}

impl Measured {
	/// Measure once.
	pub async fn round(
		&mut self,
		server: Server,
		workload: &Arc<Workload>,
		connections: usize,
		time: Duration,
	) -> Result<()> {
		let ids = [server.process, std::process::id()];
		let before = [processor_time(ids[0])?, processor_time(ids[1])?];
		let round = load::round(workload, server.address, connections, time).await?;
		let after = [processor_time(ids[0])?, processor_time(ids[1])?];
		let micros = |of: usize| {
			after[of].saturating_sub(before[of]).as_secs_f64() * 1e6 / round.answers as f64
		};
		self.answers += round.answers;
		self.rate.push(round.rate);
		self.p50.push(round.p50);
		self.p95.push(round.p95);
		self.p99.push(round.p99);
		self.server_micros.push(micros(0));
		self.client_micros.push(micros(1));
		eprintln!(
			"  {:<34} {:>7}/s  p50 {:>6.0} µs  p99 {:>6.0} µs  server {:>4.0} µs  client {:>4.0} µs",
			workload.name,
			number(round.rate.round()),
			round.p50,
			round.p99,
			micros(0),
			micros(1)
		);
		Ok(())
	}

	/// As it is reported: with its name, and how many different requests there were.
	pub fn report(self, method: &'static str, requests: usize) -> MethodReport {
		MethodReport {
			method,
			requests,
			answers: self.answers,
			rate: self.rate.into(),
			p50_micros: self.p50.into(),
			p95_micros: self.p95.into(),
			p99_micros: self.p99.into(),
			server_processor_micros: self.server_micros.into(),
			client_processor_micros: self.client_micros.into(),
		}
	}
}

impl MethodReport {
	/// Answers per second.
	pub fn rate_figure(&self) -> Figure {
		Figure::new(self.method, self.rate.median.round(), "/s").note(format!(
			"p50 {:.2} ms, p99 {:.2} ms; processor: server {:.0} µs, client {:.0} µs",
			self.p50_micros.median / 1e3,
			self.p99_micros.median / 1e3,
			self.server_processor_micros.median,
			self.client_processor_micros.median
		))
	}
}
