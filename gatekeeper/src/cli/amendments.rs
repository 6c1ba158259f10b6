//! `amendments list|accept|decline|task`.

use super::{
	output,
	staff::{event, Staff},
};
use crate::{
	amendments::{
		correct::{correct, correctable, CorrectError},
		task::task,
	},
	audit::EventKind,
	config::{AmendmentMode, Config},
	fhir::Vocabulary,
	import::ImportOptions,
	records::{LocalPatientId, SqliteRecords},
	server::{intake, open_embedded, open_store, Opened, RECORDS_FILE},
	store::{BindingStatus, Settlement, Store, StoredAmendment, Verdict, MAX_PAGE},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use medrec_primitives::RelationshipId;
use medrec_protocol::amendments::{is_reason, AmendmentId, AmendmentState, MAX_REASON};
use serde_json::Value;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Amendments {
	/// List what patients ask to have corrected.
	List(List),
	/// Accept an amendment. It is written into the records, or handed over, as the configuration says.
	/// Where that failed, the same command tries it again.
	Accept(Accept),
	/// Decline an amendment.
	Decline(Decline),
	/// Print an amendment as a FHIR Task.
	Task(Task),
}

#[derive(Debug, Args)]
pub struct List {
	/// Also those that are settled or declined.
	#[arg(long)]
	all: bool,
}

#[derive(Debug, Args)]
pub struct Accept {
	/// The amendment.
	amendment: AmendmentId,
	/// What to say to the patient.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	/// Hand it over although the configuration lets it be written.
	#[arg(long)]
	hand_over: bool,
	#[command(flatten)]
	staff: Staff,
}

#[derive(Debug, Args)]
pub struct Decline {
	/// The amendment.
	amendment: AmendmentId,
	/// Why; the patient reads it.
	#[arg(long, value_name = "TEXT")]
	reason: String,
	#[command(flatten)]
	staff: Staff,
}

#[derive(Debug, Args)]
pub struct Task {
	/// The amendment.
	amendment: AmendmentId,
	/// Write it to a file instead, which must not exist.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

impl Amendments {
	pub async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		match self {
			Self::List(list) => list.run(config, json).await,
			Self::Accept(accept) => accept.run(config, json).await,
			Self::Decline(decline) => decline.run(config, json).await,
			Self::Task(task) => task.run(config).await,
		}
	}
}

impl List {
	async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let Opened { store, .. } = open_store(config).await?;
		let mut rows = Vec::new();
		for state in AmendmentState::ALL {
			if self.all || state.is_open() {
				let found = store.amendments(state, MAX_PAGE).await?;
				rows.extend(found.iter().map(row));
			}
		}
		store.close().await;
		let header = [
			"amendment",
			"state",
			"relationship",
			"record",
			"version",
			"element",
			"proposed",
			"why",
			"requested",
			"staff",
			"answer",
		];
		output::rows(json, &header, &rows)
	}
}

fn row(stored: &StoredAmendment) -> Vec<Value> {
	let amendment = &stored.amendment;
	let request = &amendment.request;
	let proposed = request.proposed.as_ref().map(|value| value.as_raw().get().to_owned());
	vec![
		amendment.amendment.to_string().into(),
		amendment.state.name().into(),
		request.relationship.into(),
		format!("{}/{}", request.resource_type, request.id).into(),
		request.version.clone().into(),
		request.element.to_string().into(),
		proposed.into(),
		request.reason.clone().into(),
		output::time(amendment.requested_at),
		stored.staff.clone().into(),
		amendment.answer.clone().into(),
	]
}

impl Accept {
	async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		check_reason(&self.reason)?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let mut stored = store.amendment(self.amendment).await?;
		let state = stored.amendment.state;
		anyhow::ensure!(state.is_open(), "the amendment is {state} already");
		let patient = patient(&store, stored.amendment.request.relationship).await?;
		let writer = match config.amendments == AmendmentMode::Write && !self.hand_over {
			true => Some(Writer::open(config, patient).await?),
			false => None,
		};
		if state == AmendmentState::Requested {
			let replaced = match &writer {
				Some(writer) => Some(writer.correctable(&stored).await?),
				None => None,
			};
			let event = event(
				EventKind::AmendmentAccepted,
				&staff,
				Some(stored.amendment.request.relationship),
				format!("amendment {}: {}", self.amendment, self.reason),
			);
			let change = store.answer_amendment(
				self.amendment,
				Verdict::Accept,
				staff.clone(),
				self.reason.clone(),
				replaced,
				intake::now(),
			);
			stored = change.logged(&audit, |_| Some(event)).await?;
		}

		let settlement = match &writer {
			Some(writer) => Settlement::Written(writer.write(&stored).await.context(
				"the amendment is accepted, but not settled; repeat the command once that is mended",
			)?),
			None => Settlement::HandedOver,
		};
		let (kind, detail) = match &settlement {
			Settlement::Written(version) => {
				(EventKind::AmendmentWritten, format!(": version {version}"))
			},
			Settlement::HandedOver => (EventKind::AmendmentHandedOver, String::new()),
		};
		let event = event(
			kind,
			&staff,
			Some(stored.amendment.request.relationship),
			format!("amendment {}{detail}", self.amendment),
		);
		let change = store.settle_amendment(self.amendment, settlement, intake::now());
		let stored = change.logged(&audit, |_| Some(event)).await?;
		store.close().await;
		print(json, &stored)
	}
}

/// Writes amendments of a patient into the records.
struct Writer {
	records: SqliteRecords,
	database: PathBuf,
	options: ImportOptions,
	patient: LocalPatientId,
}

impl Writer {
	async fn open(config: &Config, patient: LocalPatientId) -> anyhow::Result<Self> {
		let vocabulary = Vocabulary::load(config.vocabulary.as_deref())?;
		Ok(Self {
			records: open_embedded(config).await?,
			database: config.data_dir.join(RECORDS_FILE),
			options: ImportOptions { bases: Vec::new(), vocabulary, progress: false },
			patient,
		})
	}

	/// The text that is about to be replaced.
	async fn correctable(&self, stored: &StoredAmendment) -> Result<String, CorrectError> {
		correctable(&self.records, &self.patient, &stored.amendment.request).await
	}

	/// Write what was accepted. Returns the new version.
	async fn write(&self, stored: &StoredAmendment) -> Result<String, CorrectError> {
		let Self { records, database, options, patient } = self;
		let asked = &stored.amendment.request;
		correct(records, database, options, patient, asked, intake::now()).await
	}
}

/// Whose records a relationship is about, if that is certain now.
async fn patient(store: &Store, relationship: RelationshipId) -> anyhow::Result<LocalPatientId> {
	let binding = store
		.binding(relationship)
		.await?
		.filter(|binding| binding.status == BindingStatus::Active);
	let binding = binding.with_context(|| {
		format!("relationship {relationship} is not bound to a patient now; settle that first")
	})?;
	Ok(binding.local_patient)
}

impl Decline {
	async fn run(self, config: &Config, json: bool) -> anyhow::Result<()> {
		let staff = self.staff.name()?;
		check_reason(&self.reason)?;
		let Opened { store, audit, .. } = open_store(config).await?;
		let id = self.amendment;
		let relationship = store.amendment(id).await?.amendment.request.relationship;
		let detail = format!("amendment {id}: {}", self.reason);
		let event = event(EventKind::AmendmentDeclined, &staff, Some(relationship), detail);
		let change =
			store.answer_amendment(id, Verdict::Decline, staff, self.reason, None, intake::now());
		let stored = change.logged(&audit, |_| Some(event)).await?;
		store.close().await;
		print(json, &stored)
	}
}

impl Task {
	async fn run(self, config: &Config) -> anyhow::Result<()> {
		let Opened { store, .. } = open_store(config).await?;
		let stored = store.amendment(self.amendment).await?;
		let relationship = stored.amendment.request.relationship;
		let binding = store.binding(relationship).await?;
		store.close().await;
		let binding = binding
			.with_context(|| format!("relationship {relationship} is not bound to a patient"))?;
		let text = serde_json::to_string_pretty(&task(&stored, &binding.local_patient))?;
		match self.out {
			None => println!("{text}"),
			Some(path) => {
				let failed = || format!("cannot write {}", path.display());
				std::fs::File::create_new(&path)
					.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
					.with_context(failed)?;
			},
		}
		Ok(())
	}
}

fn check_reason(text: &str) -> anyhow::Result<()> {
	anyhow::ensure!(is_reason(text), "--reason takes 1 to {MAX_REASON} bytes");
	Ok(())
}

fn print(json: bool, stored: &StoredAmendment) -> anyhow::Result<()> {
	let amendment = &stored.amendment;
	output::fields(
		json,
		&[
			("amendment", amendment.amendment.to_string().into()),
			("state", amendment.state.name().into()),
			("relationship", amendment.request.relationship.into()),
			("version", amendment.new_version.clone().into()),
			("answer", amendment.answer.clone().into()),
		],
	)
}
