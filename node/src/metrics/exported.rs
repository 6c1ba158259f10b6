//! The metrics.

use medrec_rpc::{Outlook, Unavailability};
use sc_transaction_pool_api::PoolStatus;
use substrate_prometheus_endpoint::{
	prometheus::core::Atomic, register, Counter, CounterVec, Gauge, GaugeVec, Opts,
	PrometheusError, Registry, F64, U64,
};

use super::authorities::{Authorities, Authority, LABELS};

/// Why a node may not decide.
const REASONS: [Unavailability; 5] = [
	Unavailability::Syncing,
	Unavailability::BehindPeers,
	Unavailability::FinalityStale,
	Unavailability::ClockBehind,
	Unavailability::ClockAhead,
];

/// A reason as the label and JSON-RPC name it.
fn label(reason: Unavailability) -> &'static str {
	match reason {
		Unavailability::Syncing => "syncing",
		Unavailability::BehindPeers => "behindPeers",
		Unavailability::FinalityStale => "finalityStale",
		Unavailability::ClockBehind => "clockBehind",
		Unavailability::ClockAhead => "clockAhead",
	}
}

/// The reason of a node that cannot read its own state.
const UNREADABLE: &str = "stateUnreadable";

fn gauge<T: Atomic + 'static>(
	registry: &Registry,
	name: &str,
	help: &str,
) -> Result<Gauge<T>, PrometheusError> {
	register(Gauge::new(name, help)?, registry)
}

fn gauges<T: Atomic + 'static>(
	registry: &Registry,
	name: &str,
	help: &str,
	labels: &[&str],
) -> Result<GaugeVec<T>, PrometheusError> {
	register(GaugeVec::new(Opts::new(name, help), labels)?, registry)
}

/// Counters with the labels of an authority.
fn counters(
	registry: &Registry,
	name: &str,
	help: &str,
) -> Result<CounterVec<U64>, PrometheusError> {
	register(CounterVec::new(Opts::new(name, help), &LABELS)?, registry)
}

/// The metrics.
pub struct Exported {
	pub(super) finality_lag_blocks: Gauge<U64>,
	finality_lag_seconds: Gauge<F64>,
	best_block_age_seconds: Gauge<F64>,
	slots_authored: CounterVec<U64>,
	slots_missed: CounterVec<U64>,
	authorities: Gauge<U64>,
	is_authority: Gauge<U64>,
	authority_set_changes: Counter<U64>,
	pub(super) grandpa_set_id: Gauge<U64>,
	block_arrival: GaugeVec<F64>,
	clock_difference: Gauge<F64>,
	pool_transactions: GaugeVec<U64>,
	pool_bytes: GaugeVec<U64>,
	access_available: Gauge<U64>,
	access_unavailable: GaugeVec<U64>,
}

impl Exported {
	/// Register the metrics.
	pub fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		Ok(Self {
			finality_lag_blocks: gauge(
				registry,
				"medrec_finality_lag_blocks",
				"Blocks from the finalized to the best block",
			)?,
			finality_lag_seconds: gauge(
				registry,
				"medrec_finality_lag_seconds",
				"From the finalized block's time to this node's clock",
			)?,
			best_block_age_seconds: gauge(
				registry,
				"medrec_best_block_age_seconds",
				"From the best block's time to this node's clock; negative where the clock is behind",
			)?,
			slots_authored: counters(
				registry,
				"medrec_slots_authored_total",
				"Slots with a finalized block, since the node started, by the authority whose turn it was",
			)?,
			slots_missed: counters(
				registry,
				"medrec_slots_missed_total",
				"Slots without a finalized block, since the node started, by the authority whose turn it was",
			)?,
			authorities: gauge(
				registry,
				"medrec_authorities",
				"Authorities that may author blocks",
			)?,
			is_authority: gauge(
				registry,
				"medrec_is_authority",
				"1 if this node has the Aura key of an authority, else 0",
			)?,
			authority_set_changes: register(
				Counter::new(
					"medrec_authority_set_changes_total",
					"Changes of the authorities or their Aura keys since the node started",
				)?,
				registry,
			)?,
			grandpa_set_id: gauge(
				registry,
				"medrec_grandpa_set_id",
				"Number of the current set of finality voters",
			)?,
			block_arrival: gauges(
				registry,
				"medrec_block_arrival_delay_seconds",
				"From the beginning of its slot to the import of the authority's last block, by this node's \
				 clock",
				&LABELS,
			)?,
			clock_difference: gauge(
				registry,
				"medrec_clock_difference_seconds",
				"From the beginning of the slot to the announcement of a block, by this node's clock: the middle \
				 over the last blocks of most peers. Negative where the clock is behind, NaN where too little \
				 is known",
			)?,
			pool_transactions: gauges(
				registry,
				"medrec_pool_transactions",
				"Transactions in the pool",
				&["queue"],
			)?,
			pool_bytes: gauges(
				registry,
				"medrec_pool_bytes",
				"Bytes of the transactions in the pool",
				&["queue"],
			)?,
			access_available: gauge(
				registry,
				"medrec_access_available",
				"1 if this node decides about access now, 0 if it answers that it is unavailable",
			)?,
			access_unavailable: gauges(
				registry,
				"medrec_access_unavailable",
				"1 for the reason why this node decides no access now, else 0",
				&["reason"],
			)?,
		})
	}

	/// By how many milliseconds this node's clock is ahead of the others', if that is known.
	pub(super) fn set_clock_difference(&self, milliseconds: Option<i64>) {
		self.clock_difference.set(milliseconds.map_or(f64::NAN, |known| known as f64 / 1e3));
	}

	/// What access decisions would rest on now.
	pub(super) fn set_outlook(&self, outlook: &Outlook) {
		let since = |time: u64| (outlook.now as f64 - time as f64) / 1e3;
		self.finality_lag_seconds.set(since(outlook.finalized_time));
		self.best_block_age_seconds.set(since(outlook.best_time));
		let because = outlook.unavailable.as_ref().map(|data| data.reason);
		self.set_unavailable(because.map(label));
	}

	/// The node cannot read its own state.
	pub(super) fn set_unreadable(&self) {
		self.set_unavailable(Some(UNREADABLE));
	}

	fn set_unavailable(&self, because: Option<&str>) {
		self.access_available.set(because.is_none().into());
		for reason in REASONS.map(label).into_iter().chain([UNREADABLE]) {
			let holds = because == Some(reason);
			self.access_unavailable.with_label_values(&[reason]).set(holds.into());
		}
	}

	/// How full the pool is.
	pub(super) fn set_pool(&self, status: &PoolStatus) {
		for (queue, transactions, bytes) in [
			("ready", status.ready, status.ready_bytes),
			("future", status.future, status.future_bytes),
		] {
			self.pool_transactions.with_label_values(&[queue]).set(transactions as u64);
			self.pool_bytes.with_label_values(&[queue]).set(bytes as u64);
		}
	}

	/// Who may author now. `before` is who could so far, if that is known.
	pub(super) fn set_authorities(&self, before: Option<&Authorities>, now: &Authorities) {
		self.authorities.set(now.len() as u64);
		self.is_authority.set(now.iter().any(|authority| authority.own).into());
		if before == Some(now) {
			return;
		}
		let keys_of = |authorities: &Authorities| -> Vec<_> {
			authorities.iter().map(|authority| authority.key.clone()).collect()
		};
		if before.is_some_and(|before| keys_of(before) != keys_of(now)) {
			self.authority_set_changes.inc();
		}
		// So that the number of series is bounded by the number of authorities.
		for gone in before.into_iter().flatten().filter(|authority| !now.contains(authority)) {
			// These fail where there is no such series.
			let _ = self.slots_authored.remove_label_values(&gone.labels());
			let _ = self.slots_missed.remove_label_values(&gone.labels());
			let _ = self.block_arrival.remove_label_values(&gone.labels());
		}
		// A rate needs the series to be there before it rises.
		for authority in now {
			self.count_missed(authority, 0);
			self.slots_authored.with_label_values(&authority.labels()).inc_by(0);
		}
	}

	/// An authority used its slot.
	pub(super) fn count_authored(&self, authority: &Authority) {
		self.slots_authored.with_label_values(&authority.labels()).inc();
	}

	/// An authority missed slots.
	pub(super) fn count_missed(&self, authority: &Authority, slots: u64) {
		self.slots_missed.with_label_values(&authority.labels()).inc_by(slots);
	}

	/// A block of an authority was imported, so long after its slot began, in seconds.
	pub(super) fn set_arrival(&self, authority: &Authority, seconds: f64) {
		self.block_arrival.with_label_values(&authority.labels()).set(seconds);
	}
}
