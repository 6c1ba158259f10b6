//! What the operator watches: Prometheus metrics, without anything about a person.

use medrec_primitives::Moment;
use prometheus::{
	Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
	TextEncoder,
};
use std::time::Duration;

/// Upper bounds of the request histogram, seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

/// All metrics of one server.
#[derive(Clone, Debug)]
pub struct Metrics {
	registry: Registry,
	requests: IntCounterVec,
	duration: HistogramVec,
	refusals: IntCounterVec,
	denials: IntCounterVec,
	unlogged_denials: IntCounter,
	records: IntCounter,
	purged_openings: IntCounter,
	node_up: IntGauge,
	node_tells_changes: IntGauge,
	finalized: IntGauge,
	certificate_expiry: IntGauge,
	certificate_reloads: IntCounterVec,
}

impl Metrics {
	/// New metrics in a registry of their own.
	pub fn new() -> Result<Self, prometheus::Error> {
		let registry = Registry::new_custom(Some("medrec_gatekeeper".to_owned()), None)?;
		let metrics = Self {
			requests: IntCounterVec::new(
				Opts::new("requests_total", "Requests answered, by route and status."),
				&["route", "status"],
			)?,
			duration: HistogramVec::new(
				HistogramOpts::new("request_seconds", "Time from request to answer, by route.")
					.buckets(BUCKETS.to_vec()),
				&["route"],
			)?,
			refusals: IntCounterVec::new(
				Opts::new("refusals_total", "Requests refused, by error code."),
				&["code"],
			)?,
			denials: IntCounterVec::new(
				Opts::new("denials_total", "Requests that the access decision denied, by reason."),
				&["reason"],
			)?,
			unlogged_denials: IntCounter::new(
				"denials_unlogged_total",
				"Of the denied requests, those beyond their sender's allowance, which are not logged.",
			)?,
			records: IntCounter::new("records_served_total", "Records served.")?,
			purged_openings: IntCounter::new(
				"openings_purged_total",
				"Openings deleted because their tag is gone from the chain.",
			)?,
			node_up: IntGauge::new("node_up", "1 while the node vouches for decisions, else 0.")?,
			node_tells_changes: IntGauge::new(
				"node_tells_changes",
				"1 while the node tells what changes on the chain, so that answers are kept; else 0.",
			)?,
			finalized: IntGauge::new("finalized_block", "Finalized block of the node.")?,
			certificate_expiry: IntGauge::new(
				"tls_certificate_expiry_timestamp_seconds",
				"When the served certificate expires, Unix seconds; 0 without TLS.",
			)?,
			certificate_reloads: IntCounterVec::new(
				Opts::new(
					"tls_reloads_total",
					"New certificates that were found, by whether they could be used.",
				),
				&["outcome"],
			)?,
			registry,
		};
		for collector in [
			Box::new(metrics.requests.clone()) as Box<dyn prometheus::core::Collector>,
			Box::new(metrics.duration.clone()),
			Box::new(metrics.refusals.clone()),
			Box::new(metrics.denials.clone()),
			Box::new(metrics.unlogged_denials.clone()),
			Box::new(metrics.records.clone()),
			Box::new(metrics.purged_openings.clone()),
			Box::new(metrics.node_up.clone()),
			Box::new(metrics.node_tells_changes.clone()),
			Box::new(metrics.finalized.clone()),
			Box::new(metrics.certificate_expiry.clone()),
			Box::new(metrics.certificate_reloads.clone()),
		] {
			metrics.registry.register(collector)?;
		}
		Ok(metrics)
	}

	/// A request was answered. `route` is the route's template, never the path that was sent.
	pub fn answered(&self, route: &str, status: u16, took: Duration) {
		self.requests.with_label_values(&[route, &status.to_string()]).inc();
		self.duration.with_label_values(&[route]).observe(took.as_secs_f64());
	}

	/// A request was refused with this error code.
	pub fn refused(&self, code: &str) {
		self.refusals.with_label_values(&[code]).inc();
	}

	/// The access decision denied a request.
	pub fn denied(&self, reason: &str) {
		self.denials.with_label_values(&[reason]).inc();
	}

	/// A denied request was one too many for the log.
	pub fn denied_unlogged(&self) {
		self.unlogged_denials.inc();
	}

	/// Records were served.
	pub fn served(&self, records: usize) {
		self.records.inc_by(records as u64);
	}

	/// How many records were served so far.
	pub fn records_served(&self) -> u64 {
		self.records.get()
	}

	/// Openings were purged.
	pub fn purged(&self, openings: u64) {
		self.purged_openings.inc_by(openings);
	}

	/// Whether the node vouches for decisions, and on which finalized block; and whether it tells what
	/// changes.
	pub fn node(&self, finalized: Option<u32>, tells_changes: bool) {
		self.node_tells_changes.set(tells_changes.into());
		self.node_up.set(finalized.is_some().into());
		if let Some(number) = finalized {
			self.finalized.set(number.into());
		}
	}

	/// The certificate that is served from now on expires at this moment.
	pub fn certificate(&self, expires: Moment) {
		self.certificate_expiry.set(i64::try_from(expires / 1_000).unwrap_or(i64::MAX));
	}

	/// A new certificate was found.
	pub fn certificate_reloaded(&self, usable: bool) {
		let outcome = if usable { "ok" } else { "failed" };
		self.certificate_reloads.with_label_values(&[outcome]).inc();
	}

	/// The metrics in Prometheus' text format.
	pub fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
		let mut text = Vec::new();
		TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
		Ok(text)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_happened_is_in_the_text() {
		let metrics = Metrics::new().unwrap();
		metrics.answered("/fhir/{type}", 200, Duration::from_millis(3));
		metrics.refused("signature-invalid");
		metrics.denied("TagAbsent");
		metrics.denied_unlogged();
		metrics.served(4);
		metrics.node(Some(17), true);
		let text = String::from_utf8(metrics.render().unwrap()).unwrap();
		for line in [
			"medrec_gatekeeper_requests_total{route=\"/fhir/{type}\",status=\"200\"} 1",
			"medrec_gatekeeper_refusals_total{code=\"signature-invalid\"} 1",
			"medrec_gatekeeper_denials_total{reason=\"TagAbsent\"} 1",
			"medrec_gatekeeper_denials_unlogged_total 1",
			"medrec_gatekeeper_records_served_total 4",
			"medrec_gatekeeper_finalized_block 17",
			"medrec_gatekeeper_node_up 1",
		] {
			assert!(text.contains(line), "{line} is missing in\n{text}");
		}
	}
}
