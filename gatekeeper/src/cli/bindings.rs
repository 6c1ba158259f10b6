//! `bindings`, `dispute`, `reinstate`, `sever`.

use super::{
	output,
	staff::{event, Staff},
};
use crate::{
	audit::EventKind,
	config::Config,
	server::{intake, open_store, Opened},
	store::{Binding, BindingStatus, EndOnChain, MAX_PAGE},
};
use clap::Args;
use medrec_primitives::RelationshipId;
use serde_json::Value;

#[derive(Debug, Args)]
pub struct List {
	/// Also those that are severed.
	#[arg(long)]
	all: bool,
}

impl List {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let Opened { store, .. } = open_store(config).await?;
		let mut rows = Vec::new();
		for status in BindingStatus::ALL {
			if status == BindingStatus::Severed && !self.all {
				continue;
			}
			let mut after = None;
			loop {
				let page = store.bindings(status, after, MAX_PAGE).await?;
				let Some(last) = page.last() else { break };
				after = Some(last.relationship);
				rows.extend(page.iter().map(row));
			}
		}
		store.close().await;
		let header =
			["relationship", "participant", "patient", "status", "staff", "since", "end", "reason"];
		output::rows(json, &header, &rows)
	}
}

fn row(binding: &Binding) -> Vec<Value> {
	vec![
		binding.relationship.into(),
		binding.patron.into(),
		binding.local_patient.to_string().into(),
		binding.status.name().into(),
		binding.staff.clone().into(),
		output::time(binding.changed_at),
		end(&binding.end).into(),
		binding.reason.clone().into(),
	]
}

fn end(end: &EndOnChain) -> Option<&'static str> {
	match end {
		EndOnChain::Unwanted => None,
		EndOnChain::Wanted => Some("wanted"),
		EndOnChain::Submitted(_) => Some("submitted"),
		EndOnChain::Ended => Some("ended"),
	}
}

#[derive(Debug, Args)]
pub struct Change {
	/// The relationship's number on the chain.
	relationship: RelationshipId,
	/// Why.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	#[command(flatten)]
	staff: Staff,
}

impl Change {
	pub async fn dispute(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let id = self.relationship;
		let event = event(EventKind::BindingDisputed, &staff, Some(id), self.reason.clone());
		let change = store.dispute_binding(id, staff, self.reason, intake::now());
		let binding = change.logged(&audit, |_| Some(event)).await?;
		store.close().await;
		print(json, &binding)
	}

	pub async fn sever(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let id = self.relationship;
		let event = event(EventKind::BindingSevered, &staff, Some(id), self.reason.clone());
		let change = store.sever_binding(id, staff, self.reason, intake::now());
		let binding = change.logged(&audit, |_| Some(event)).await?;
		store.close().await;
		print(json, &binding)
	}
}

#[derive(Debug, Args)]
pub struct Reinstate {
	/// The relationship's number on the chain.
	relationship: RelationshipId,
	#[command(flatten)]
	staff: Staff,
}

impl Reinstate {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let id = self.relationship;
		let detail = "the patient confirmed it".to_owned();
		let event = event(EventKind::BindingConfirmed, &staff, Some(id), detail);
		let change = store.confirm_binding(id, staff, intake::now());
		let binding = change.logged(&audit, |_| Some(event)).await?;
		store.close().await;
		print(json, &binding)
	}
}

/// Print what became of a binding.
pub fn print(json: bool, binding: &Binding) -> anyhow::Result<()> {
	output::fields(
		json,
		&[
			("relationship", binding.relationship.into()),
			("patient", binding.local_patient.to_string().into()),
			("status", binding.status.name().into()),
			("end", end(&binding.end).into()),
		],
	)
}
