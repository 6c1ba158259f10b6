//! `merge`, `resolve`, `unmerge`, `merges`.

use super::{
	output,
	staff::{event, Staff},
};
use crate::{
	audit::{Event, EventKind},
	config::Config,
	records::LocalPatientId,
	server::{intake, open_store, Opened},
	store::{self, MergeNumber, Resolution, MAX_PAGE},
};
use clap::Args;
use serde_json::{json, Value};

#[derive(Debug, Args)]
pub struct Open {
	/// The patient whose records go over to the other one, by the id in the provider's records.
	#[arg(value_name = "ID")]
	superseded: LocalPatientId,
	/// The patient who stays.
	#[arg(long, value_name = "ID")]
	into: LocalPatientId,
	/// Why they may be one person.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	#[command(flatten)]
	staff: Staff,
}

impl Open {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let (name, reason) = (staff.clone(), self.reason.clone());
		let merge = store
			.open_merge(self.superseded, self.into, staff, self.reason, intake::now())
			.logged(&audit, move |merge| {
				Some(logged(EventKind::MergeOpened, &name, merge, &reason))
			})
			.await?;
		store.close().await;
		print(json, &merge)
	}
}

#[derive(Debug, Args)]
pub struct Resolve {
	/// The merge's number.
	merge: MergeNumber,
	/// They are one person: bindings of the superseded patient go over to the other one, disputed until
	/// they are confirmed with the patient (`reinstate`).
	#[arg(long, conflicts_with = "separate", required_unless_present = "separate")]
	same: bool,
	/// They are two persons: everything is as before.
	#[arg(long)]
	separate: bool,
	/// How that was found out.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	#[command(flatten)]
	staff: Staff,
}

impl Resolve {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let (resolution, kind) = match self.same {
			true => (Resolution::Same, EventKind::MergeConfirmed),
			false => (Resolution::Separate, EventKind::MergeRejected),
		};
		let Opened { store, audit, .. } = open_store(config).await?;
		let (name, reason) = (staff.clone(), self.reason.clone());
		let merge = store
			.resolve_merge(self.merge, resolution, staff, self.reason, intake::now())
			.logged(&audit, move |merge| Some(logged(kind, &name, merge, &reason)))
			.await?;
		store.close().await;
		print(json, &merge)
	}
}

#[derive(Debug, Args)]
pub struct Undo {
	/// The merge's number.
	merge: MergeNumber,
	/// Why it was wrong.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	#[command(flatten)]
	staff: Staff,
}

impl Undo {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let (name, reason) = (staff.clone(), self.reason.clone());
		let merge = store
			.unmerge(self.merge, staff, self.reason, intake::now())
			.logged(&audit, move |merge| {
				Some(logged(EventKind::MergeUndone, &name, merge, &reason))
			})
			.await?;
		store.close().await;
		print(json, &merge)
	}
}

/// A step, for the log.
fn logged(kind: EventKind, staff: &str, merge: &store::Merge, reason: &str) -> Event {
	let store::Merge { number, superseded, surviving, moved, .. } = merge;
	let detail =
		format!("merge {number} of {superseded} into {surviving}, moved {moved:?}: {reason}");
	event(kind, staff, None, detail)
}

pub async fn list(config: &Config, json: bool) -> anyhow::Result<()> {
	let Opened { store, .. } = open_store(config).await?;
	let (mut rows, mut after) = (Vec::new(), None);
	loop {
		let page = store.merges(after, MAX_PAGE).await?;
		let Some(last) = page.last() else { break };
		after = Some(last.number);
		rows.extend(page.iter().map(|merge| row(merge, json)));
	}
	store.close().await;
	output::rows(json, &["merge", "superseded", "surviving", "status", "moved", "steps"], &rows)
}

fn row(merge: &store::Merge, json: bool) -> Vec<Value> {
	let steps: Vec<Value> = merge
		.steps
		.iter()
		.map(|step| {
			let at = output::time(step.at);
			if json {
				json!({ "step": step.step, "staff": step.staff, "reason": step.reason, "at": at })
			} else {
				let at = at.as_str().unwrap_or_default();
				format!("{} by {} at {at}: {}", step.step, step.staff, step.reason).into()
			}
		})
		.collect();
	let lines = |values: Vec<Value>| {
		let lines: Vec<_> = values.iter().filter_map(Value::as_str).collect();
		Value::from(lines.join("\n"))
	};
	vec![
		merge.number.into(),
		merge.superseded.to_string().into(),
		merge.surviving.to_string().into(),
		merge.status.name().into(),
		merge.moved.clone().into(),
		if json { steps.into() } else { lines(steps) },
	]
}

fn print(json: bool, merge: &store::Merge) -> anyhow::Result<()> {
	output::fields(
		json,
		&[
			("merge", merge.number.into()),
			("superseded", merge.superseded.to_string().into()),
			("surviving", merge.surviving.to_string().into()),
			("status", merge.status.name().into()),
			("moved", merge.moved.clone().into()),
		],
	)
}
