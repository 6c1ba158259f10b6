//! `hold`.

use super::{
	moment, output,
	staff::{event, Staff},
};
use crate::{
	audit::EventKind,
	config::Config,
	server::{intake, open_store, Opened},
	store::{self, HoldNumber, NewHold, MAX_PAGE},
};
use clap::{Args, Subcommand};
use medrec_primitives::{Moment, ParticipantId, RecordTypes, RelationshipId};
use serde_json::Value;

#[derive(Debug, Subcommand)]
pub enum Hold {
	/// Withhold records that the chain would let be seen. The patron still reads her access log.
	Add(Add),
	/// List the holds that are in force.
	List {
		/// Also those that were lifted or are over.
		#[arg(long)]
		all: bool,
	},
	/// Lift a hold.
	Lift {
		/// Its number.
		number: HoldNumber,
		/// Why. Kept in the store and the audit log, never in an answer.
		#[arg(long, value_name = "TEXT")]
		reason: String,
		#[command(flatten)]
		staff: Staff,
	},
}

#[derive(Debug, Args)]
pub struct Add {
	/// The relationship's number on the chain.
	relationship: RelationshipId,
	/// Only hold off this participant; everybody, the patient too, if it is not given.
	#[arg(long, value_name = "ID")]
	grantee: Option<ParticipantId>,
	/// Only withhold records of these types, such as `medications,laboratory`.
	#[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = record_type)]
	types: Vec<RecordTypes>,
	/// Why. Kept in the store and the audit log, never in an answer.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	/// When it ends by itself, such as 2026-12-31T18:00:00Z; when it is lifted if not given.
	#[arg(long, value_name = "TIME", value_parser = moment::parse)]
	until: Option<Moment>,
	/// While it holds, do not show in the patient's access log what it withheld: where a court or a law
	/// forbids to tell.
	#[arg(long)]
	undisclosed: bool,
	#[command(flatten)]
	staff: Staff,
}

fn record_type(name: &str) -> Result<RecordTypes, String> {
	RecordTypes::named(name).ok_or_else(|| {
		let names: Vec<_> = RecordTypes::ALL.names().collect();
		format!("there is no record type `{name}`; there are {}", names.join(", "))
	})
}

impl Hold {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		match self {
			Self::Add(add) => add.run(config, json).await,
			Self::List { all } => list(config, all, json).await,
			Self::Lift { number, reason, staff } => {
				let staff = staff.name()?;
				let Opened { store, audit, .. } = open_store(config).await?;
				let change = store.lift_hold(number, staff.clone(), reason.clone(), intake::now());
				let lifted = change
					.logged(&audit, move |hold| {
						let detail = format!("hold {number}: {reason}");
						let relationship = Some(hold.placed.relationship);
						Some(event(EventKind::HoldLifted, &staff, relationship, detail))
					})
					.await?;
				store.close().await;
				print(json, &lifted)
			},
		}
	}
}

impl Add {
	async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		let types = self.types.into_iter().reduce(RecordTypes::union);
		let hold = NewHold {
			relationship: self.relationship,
			grantee: self.grantee,
			types,
			disclosed: !self.undisclosed,
			reason: self.reason,
			staff: staff.clone(),
			ends_at: self.until,
		};
		let Opened { store, audit, .. } = open_store(config).await?;
		let placed = store
			.place_hold(hold, intake::now())
			.logged(&audit, move |hold| {
				let relationship = Some(hold.placed.relationship);
				Some(event(EventKind::HoldPlaced, &staff, relationship, detail(hold)))
			})
			.await?;
		store.close().await;
		print(json, &placed)
	}
}

/// A hold in words, for the log.
fn detail(hold: &store::Hold) -> String {
	let whom = match hold.placed.grantee {
		Some(grantee) => format!("participant {grantee}"),
		None => "everybody".to_owned(),
	};
	let told = if hold.placed.disclosed { "" } else { ", undisclosed" };
	format!("hold {} on {whom}, {}{told}: {}", hold.number, types(hold), hold.placed.reason)
}

fn types(hold: &store::Hold) -> String {
	match hold.placed.types {
		Some(types) => types.names().collect::<Vec<_>>().join(", "),
		None => "all records".to_owned(),
	}
}

async fn list(config: &Config, all: bool, json: bool) -> anyhow::Result<()> {
	let Opened { store, .. } = open_store(config).await?;
	let (now, mut rows, mut after) = (intake::now(), Vec::new(), None);
	loop {
		let page = store.holds(after, MAX_PAGE).await?;
		let Some(last) = page.last() else { break };
		after = Some(last.number);
		rows.extend(
			page.iter().filter(|hold| all || hold.in_force(now)).map(|hold| row(hold, now)),
		);
	}
	store.close().await;
	let header = [
		"hold",
		"relationship",
		"grantee",
		"types",
		"status",
		"until",
		"disclosed",
		"staff",
		"since",
		"reason",
	];
	output::rows(json, &header, &rows)
}

fn row(hold: &store::Hold, now: Moment) -> Vec<Value> {
	vec![
		hold.number.into(),
		hold.placed.relationship.into(),
		hold.placed.grantee.into(),
		types(hold).into(),
		status(hold, now).into(),
		hold.placed.ends_at.map(output::time).into(),
		hold.placed.disclosed.into(),
		hold.placed.staff.clone().into(),
		output::time(hold.placed_at),
		hold.placed.reason.clone().into(),
	]
}

fn status(hold: &store::Hold, now: Moment) -> &'static str {
	match hold.lifted {
		Some(_) => "lifted",
		None if hold.in_force(now) => "in force",
		None => "over",
	}
}

fn print(json: bool, hold: &store::Hold) -> anyhow::Result<()> {
	output::fields(
		json,
		&[
			("hold", hold.number.into()),
			("relationship", hold.placed.relationship.into()),
			("grantee", hold.placed.grantee.into()),
			("types", types(hold).into()),
			("status", status(hold, intake::now()).into()),
		],
	)
}
