//! `medrec patient ...`

use super::{patient_text as text, Invocation};
use crate::{
	clock,
	narrowing::{self, Dates},
	patient::{self, AmendmentPlan, GrantPlan, Merged, Mine, Selection, TagPrefix, ToRevoke},
	terms, ClientError, Workspace,
};
use clap::{Args, Subcommand};
use futures::StreamExt;
use medrec_primitives::{
	Labels, Moment, ParticipantId, Purposes, RecordTypes, RelationshipId, RelationshipStatus,
};
use medrec_protocol::{
	amendments::{Element, ProposedValue},
	enrolment::EnrolmentCode,
	policy::{Document, PolicyCode},
};
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Subcommand)]
pub enum PatientCommand {
	/// Redeem a provider's enrolment code.
	Join(Join),
	/// Show who holds records of yours.
	Relationships,
	/// Accept a relationship that was proposed to you.
	Accept {
		/// Number of the relationship.
		relationship: RelationshipId,
	},
	/// Decline a relationship that was proposed to you.
	Reject {
		/// Number of the relationship.
		relationship: RelationshipId,
	},
	/// End a relationship. Nobody is granted access in it any more; you can still read.
	End {
		/// Number of the relationship.
		relationship: RelationshipId,
	},
	/// Let somebody see records of yours.
	Grant(Grant),
	/// Show what is granted, to whom, until when.
	Grants(Scope),
	/// Hand a grant over again: to the provider, for its grantee to fetch, or as a text.
	Share {
		/// The grant: its tag, or the first digits of it.
		tag: TagPrefix,
		/// Write it to a file for the grantee instead. Only the grantee can open it.
		#[arg(long, value_name = "FILE")]
		out: Option<PathBuf>,
	},
	/// Take grants back.
	Revoke(Revoke),
	/// Show your records, merged from all providers.
	Records(Records),
	/// Show who looked at your records.
	AccessLog(AccessLog),
	/// Wait for news: new records, who looked, what waits for you. Until Ctrl-C.
	Watch(Watch),
	/// Ask a provider to correct a record of yours.
	Amend(Amend),
	/// Show the corrections that you asked for, and what became of them.
	Amendments(Scope),
}

#[derive(Debug, Args)]
pub struct Join {
	/// The code, `medrec:enrol?...`
	code: EnrolmentCode,
	/// Be enrolled under a new identity although you have one with this provider.
	#[arg(long)]
	new_identity: bool,
	/// Do not wait until staff confirmed.
	#[arg(long)]
	no_wait: bool,
	/// How long to wait.
	#[arg(long, value_parser = terms::parse_duration, default_value = "1h", value_name = "DURATION")]
	timeout: Duration,
}

/// Which relationships are meant.
#[derive(Debug, Args)]
pub struct Scope {
	/// Only in this relationship; can be given several times.
	#[arg(long, value_name = "ID")]
	relationship: Vec<RelationshipId>,
	/// Only with this provider; can be given several times.
	#[arg(long, value_name = "ID")]
	provider: Vec<ParticipantId>,
}

#[derive(Debug, Args)]
pub struct Grant {
	/// To whom: the number of a participant.
	#[arg(long, value_name = "PARTICIPANT")]
	to: ParticipantId,
	/// Which types of records, such as `medications,allergies`, or `all`.
	#[arg(long, value_parser = terms::parse_types, value_name = "TYPES")]
	types: RecordTypes,
	/// Which sensitivity labels these records may carry, such as `hiv`. By default none.
	#[arg(long, value_parser = terms::parse_labels, default_value = "", value_name = "LABELS")]
	labels: Labels,
	/// Of these, only records with one of these codes, such as `loinc|4548-4,http://snomed.info/sct|38341003`.
	#[arg(long, value_parser = narrowing::parse_code, value_delimiter = ',', value_name = "CODES")]
	codes: Vec<PolicyCode>,
	/// Of these, only what happened on these days, such as `2026-01-01..2026-06-30`; one side may be left
	/// out.
	#[arg(long, value_parser = narrowing::parse_dates, value_name = "DATES")]
	dates: Option<Dates>,
	/// Of these, only these records, such as `Observation/a1,DiagnosticReport/b2`.
	#[arg(long, value_parser = narrowing::parse_document, value_delimiter = ',', value_name = "RECORDS")]
	documents: Vec<Document>,
	/// What the records may be used for, such as `treatment`.
	#[arg(long, value_parser = terms::parse_purposes, default_value = "treatment", value_name = "PURPOSES")]
	purpose: Purposes,
	/// For how long, such as `1d`.
	#[arg(long = "for", value_parser = terms::parse_duration, value_name = "DURATION", required_unless_present = "until", conflicts_with = "until")]
	duration: Option<Duration>,
	/// Until when: a last day (2026-12-01, UTC) or a moment (2026-12-01T12:00:00Z).
	#[arg(long, value_parser = terms::parse_until, value_name = "DATE")]
	until: Option<Moment>,
	#[command(flatten)]
	scope: Scope,
	/// In all active relationships.
	#[arg(long, conflicts_with_all = ["relationship", "provider"])]
	everywhere: bool,
}

#[derive(Debug, Args)]
pub struct Revoke {
	/// Grants: their tags, or the first digits of them.
	#[arg(required_unless_present_any = ["to", "all"])]
	tags: Vec<TagPrefix>,
	/// All grants to this participant.
	#[arg(long, value_name = "PARTICIPANT", conflicts_with = "tags")]
	to: Option<ParticipantId>,
	/// All grants.
	#[arg(long, conflicts_with_all = ["tags", "to"])]
	all: bool,
	#[command(flatten)]
	scope: Scope,
}

#[derive(Debug, Args)]
pub struct Records {
	/// Which types of records, such as `medications,laboratory`.
	#[arg(long, value_parser = terms::parse_types, default_value = "all", value_name = "TYPES")]
	types: RecordTypes,
	#[command(flatten)]
	scope: Scope,
}

#[derive(Debug, Args)]
pub struct AccessLog {
	#[command(flatten)]
	scope: Scope,
	/// Most entries from each provider.
	#[arg(long, default_value_t = 100, value_name = "NUMBER")]
	limit: usize,
}

#[derive(Debug, Args)]
pub struct Watch {
	#[command(flatten)]
	scope: Scope,
	/// End after this many news.
	#[arg(long, value_name = "NUMBER")]
	count: Option<usize>,
}

#[derive(Debug, Args)]
pub struct Amend {
	/// The record, such as `Observation/a1`; `medrec patient records --json` names them.
	#[arg(value_parser = narrowing::parse_document, value_name = "RECORD")]
	record: Document,
	/// In which relationship.
	#[arg(long, value_name = "ID")]
	relationship: RelationshipId,
	/// What is wrong, as a JSON Pointer into the record, such as `/valueQuantity/value`.
	#[arg(long, value_name = "POINTER")]
	element: Element,
	/// What should stand there, as JSON: `71.5`, or `'"text"'`.
	#[arg(long, value_name = "JSON", required_unless_present = "remove")]
	proposed: Option<ProposedValue>,
	/// Nothing should stand there.
	#[arg(long, conflicts_with = "proposed")]
	remove: bool,
	/// Why.
	#[arg(long, value_name = "TEXT")]
	reason: String,
}

impl Scope {
	/// Keeps what is meant of her relationships. Fails if something is named that is not hers.
	fn select(&self, mut mine: Vec<Mine>) -> Result<Vec<Mine>, ClientError> {
		for id in &self.relationship {
			if !mine.iter().any(|mine| mine.entry.relationship == *id) {
				return Err(ClientError::Usage(format!(
					"you have no relationship {id} in which records of yours are held; `medrec patient relationships` lists what you have"
				)));
			}
		}
		for id in &self.provider {
			if !mine.iter().any(|mine| mine.entry.steward == *id) {
				return Err(ClientError::Usage(format!(
					"you have no relationship with provider {id}; `medrec patient relationships` lists what you have"
				)));
			}
		}
		mine.retain(|mine| {
			(self.relationship.is_empty() || self.relationship.contains(&mine.entry.relationship))
				&& (self.provider.is_empty() || self.provider.contains(&mine.entry.steward))
		});
		Ok(mine)
	}

	const fn is_everywhere(&self) -> bool {
		self.relationship.is_empty() && self.provider.is_empty()
	}
}

pub async fn run(invocation: &Invocation, command: PatientCommand) -> Result<(), ClientError> {
	let workspace = invocation.workspace().await?;
	let workspace = &workspace;
	let format = invocation.format;
	match command {
		PatientCommand::Join(args) => join(invocation, workspace, &args).await,
		PatientCommand::Relationships => {
			let mine = patient::mine(workspace).await?;
			format
				.print(&patient::view(workspace, &mine).await?, |views| text::relationships(views))
		},
		PatientCommand::Accept { relationship } => {
			let mine = patient::find_mine(workspace, relationship).await?;
			let name = workspace.name_of(mine.counterparty()).await?;
			invocation
				.console
				.confirm(&format!("Accept relationship {relationship} with {name}?"))?;
			let done = patient::accept(workspace, &mine).await?;
			format.print(&done, |done| text::done("accepted", done))
		},
		PatientCommand::Reject { relationship } => {
			let mine = patient::find_mine(workspace, relationship).await?;
			let done = patient::reject(workspace, &mine).await?;
			format.print(&done, |done| text::done("rejected", done))
		},
		PatientCommand::End { relationship } => {
			let mine = patient::find_mine(workspace, relationship).await?;
			let name = workspace.name_of(mine.counterparty()).await?;
			invocation.console.confirm(&format!(
				"End relationship {relationship} with {name}? This cannot be undone."
			))?;
			let done = patient::end(workspace, &mine).await?;
			format.print(&done, |done| text::done("ended", done))
		},
		PatientCommand::Grant(args) => grant(invocation, workspace, args).await,
		PatientCommand::Grants(scope) => {
			let mine = scope.select(patient::patron_of(workspace).await?)?;
			let grants = patient::grants(workspace, &mine).await?;
			format.print(&grants, |grants| text::grants(&grants.found))?;
			finish(invocation, grants)
		},
		PatientCommand::Share { tag, out } => share(invocation, workspace, &tag, out).await,
		PatientCommand::Revoke(args) => revoke(invocation, workspace, args).await,
		PatientCommand::Records(args) => {
			let mine = args.scope.select(patient::patron_of(workspace).await?)?;
			let records = patient::records(workspace, &mine, args.types).await?;
			format.print(&records, |records| text::records(&records.found))?;
			finish(invocation, records)
		},
		PatientCommand::AccessLog(args) => {
			let mine = args.scope.select(patient::patron_of(workspace).await?)?;
			let log = patient::access_log(workspace, &mine, args.limit).await?;
			format.print(&log, |log| text::access_log(&log.found))?;
			finish(invocation, log)
		},
		PatientCommand::Watch(args) => watch(invocation, workspace, args).await,
		PatientCommand::Amend(args) => amend(invocation, workspace, args).await,
		PatientCommand::Amendments(scope) => {
			let mine = scope.select(patient::patron_of(workspace).await?)?;
			let found = patient::amendments(workspace, &mine).await?;
			format.print(&found, |found| text::amendments(&found.found))?;
			finish(invocation, found)
		},
	}
}

/// Says what is missing, and ends with the first reason.
pub(super) fn finish<T>(invocation: &Invocation, merged: Merged<T>) -> Result<(), ClientError> {
	fail_with(
		invocation,
		merged.missing.into_iter().map(|missing| {
			missing.error.while_doing(format!("incomplete, {} is missing", missing.provider_name))
		}),
	)
}

/// Ends with the first of several problems, once the others are said.
fn fail_with(
	invocation: &Invocation,
	problems: impl IntoIterator<Item = ClientError>,
) -> Result<(), ClientError> {
	let mut problems = problems.into_iter();
	let Some(first) = problems.next() else { return Ok(()) };
	for other in problems {
		invocation.progress.note(&other.to_string());
	}
	Err(first)
}

async fn join(
	invocation: &Invocation,
	workspace: &Workspace,
	args: &Join,
) -> Result<(), ClientError> {
	let mut joining = patient::join(workspace, &args.code, args.new_identity).await?;
	invocation.progress.note(&format!(
		"Show the staff of {} this fingerprint of your key:\n\n    {}\n",
		joining.provider_name, joining.fingerprint
	));
	if !args.no_wait {
		patient::wait_until_active(workspace, &mut joining, args.timeout).await?;
	}
	invocation.format.print(&joining, text::joining)
}

async fn grant(
	invocation: &Invocation,
	workspace: &Workspace,
	args: Grant,
) -> Result<(), ClientError> {
	let now = clock::now();
	let until = match (args.until, args.duration) {
		(Some(until), _) => until,
		(None, duration) => {
			let milliseconds = duration.unwrap_or_default().as_millis();
			now.saturating_add(Moment::try_from(milliseconds).unwrap_or(Moment::MAX))
		},
	};
	let terms = terms::terms(args.types, args.labels, args.purpose, now, until)
		.map_err(ClientError::Usage)?;
	let mut mine = args.scope.select(patient::patron_of(workspace).await?)?;
	// Of what is not named one by one, only what is active is meant: after a new enrolment the ended
	// relationship with the same provider is still hers.
	mine.retain(|mine| {
		mine.entry.status == RelationshipStatus::Active
			|| args.scope.relationship.contains(&mine.entry.relationship)
	});
	if args.scope.is_everywhere() && mine.len() > 1 && !args.everywhere {
		let ids: Vec<_> = mine.iter().map(|mine| mine.entry.relationship.to_string()).collect();
		return Err(ClientError::Usage(format!(
			"in which relationship? say --relationship {}, or --everywhere",
			ids.join(" or --relationship ")
		)));
	}
	let narrowing =
		narrowing::narrowing(args.codes, args.dates, args.documents).map_err(ClientError::Usage)?;
	let plan = GrantPlan::new(workspace, args.to, terms, narrowing, mine).await?;
	invocation.progress.note(&plan.describe());
	invocation.console.confirm("Grant this?")?;
	let made = patient::make(workspace, &plan).await;
	invocation.format.print(&made, |made| text::grants_made(made))?;
	fail_with(invocation, made.into_iter().filter_map(|made| made.problem))
}

async fn watch(
	invocation: &Invocation,
	workspace: &Workspace,
	args: Watch,
) -> Result<(), ClientError> {
	let mine = args.scope.select(patient::patron_of(workspace).await?)?;
	if mine.is_empty() {
		return Err(ClientError::Usage(
			"you have no relationship yet in which there could be news".to_owned(),
		));
	}
	let news = patient::watch(workspace, &mine).await?;
	let mut news = std::pin::pin!(news.take(args.count.unwrap_or(usize::MAX)));
	while let Some(one) = news.next().await {
		invocation.format.print_line(&one?, text::news)?;
	}
	Ok(())
}

async fn amend(
	invocation: &Invocation,
	workspace: &Workspace,
	args: Amend,
) -> Result<(), ClientError> {
	let scope = Scope { relationship: vec![args.relationship], provider: Vec::new() };
	let mine = scope.select(patient::patron_of(workspace).await?)?;
	let Some(mine) = mine.first() else { return Ok(()) };
	let Amend { record, element, proposed, reason, .. } = args;
	let plan = AmendmentPlan::new(workspace, mine, &record, element, proposed, reason).await?;
	invocation.progress.note(&plan.describe());
	invocation.console.confirm("Ask for this?")?;
	let asked = patient::amend(workspace, mine, &plan).await?;
	invocation.format.print(&asked, |asked| text::amendments(std::slice::from_ref(asked)))
}

async fn share(
	invocation: &Invocation,
	workspace: &Workspace,
	tag: &TagPrefix,
	out: Option<PathBuf>,
) -> Result<(), ClientError> {
	let mine = patient::patron_of(workspace).await?;
	let portable = patient::share(workspace, &mine, tag, out.is_none()).await?;
	let opening = portable.to_string();
	let place = match out {
		None => "is deposited at the provider, where its grantee can fetch it".to_owned(),
		Some(path) => {
			std::fs::write(&path, format!("{opening}\n")).map_err(|error| {
				ClientError::Failed(format!("{} cannot be written: {error}", path.display()))
			})?;
			format!("is written to {}; only its grantee can open it", path.display())
		},
	};
	let result = serde_json::json!({ "tag": portable.context.tag, "opening": opening });
	invocation.format.print(&result, |_| format!("The grant {} {place}.", portable.context.tag))
}

async fn revoke(
	invocation: &Invocation,
	workspace: &Workspace,
	args: Revoke,
) -> Result<(), ClientError> {
	let selection = match (args.to, args.all) {
		(Some(to), _) => Selection::To(to),
		(None, true) => Selection::All,
		(None, false) => Selection::Tags(args.tags),
	};
	let mine = args.scope.select(patient::patron_of(workspace).await?)?;
	let ToRevoke { grants, gone, mut problems } =
		patient::to_revoke(workspace, &mine, &selection).await?;
	if !matches!(selection, Selection::Tags(_)) && !grants.is_empty() {
		invocation.console.confirm(&format!("Revoke {} grants?", grants.len()))?;
	}
	let done = patient::revoke(workspace, &grants).await;
	let revoked = [gone, done.revoked].concat();
	problems.splice(0..0, done.problems);
	invocation.format.print(&revoked, |revoked| text::revoked(revoked))?;
	fail_with(invocation, problems)
}
