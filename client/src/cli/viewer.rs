//! `medrec viewer ...`

use super::{patient::finish, patient_text, Invocation};
use crate::{
	clock,
	identities::Acting,
	output,
	patient::{short, Merged, TagPrefix},
	terms,
	viewer::{self, GrantedView, Request, SessionView},
	ClientError, Workspace,
};
use clap::{Args, Subcommand, ValueEnum};
use medrec_primitives::{ParticipantId, ParticipantKind, Purpose, RecordTypes, RelationshipId};
use medrec_protocol::{
	sealed::PortableOpening,
	staff::{SignedStaffCredential, StaffCredential},
};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum ViewerCommand {
	/// Sign a consent with which a provider can register you.
	Consent(Consent),
	/// Show what was granted to you.
	Inbox {
		/// Also take a grant that was handed over as a file.
		#[arg(long, value_name = "FILE")]
		receive: Option<PathBuf>,
		/// Ask only this provider, which then has to answer; can be given several times. By default all
		/// are asked, and those that do not answer are named.
		#[arg(long, value_name = "ID")]
		provider: Vec<ParticipantId>,
		#[command(flatten)]
		identity: WhichIdentity,
	},
	/// Look at records that were granted to you, or that your provider keeps.
	Records(Records),
	/// Show your session key at a provider's gatekeeper, which a staff credential has to name.
	SessionKey {
		/// The provider that you are about to ask.
		#[arg(long, value_name = "ID")]
		provider: ParticipantId,
		#[command(flatten)]
		identity: WhichIdentity,
	},
	/// Take a staff credential that your provider issued: what you ask in that session then says who of its
	/// people you are.
	Staff {
		/// The file that `medrec-gatekeeper staff-credential issue` wrote.
		#[arg(value_name = "FILE")]
		file: PathBuf,
	},
}

#[derive(Debug, Args)]
pub struct WhichIdentity {
	/// Number of the identity, where the key has several.
	#[arg(long = "identity", default_value_t = 0, value_name = "NUMBER")]
	n: u32,
}

#[derive(Debug, Args)]
pub struct Consent {
	/// The provider that may register you.
	#[arg(long, value_name = "ID")]
	provider: ParticipantId,
	/// What you are.
	#[arg(long, value_enum, default_value_t = Kind::Other)]
	kind: Kind,
	/// Where to write the consent. By default to standard output.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
	#[command(flatten)]
	identity: WhichIdentity,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
	/// Acts for a provider in single relationships.
	Delegate,
	/// An insurer.
	Insurer,
	/// A researcher.
	Researcher,
	/// Anybody else: a pharmacist, a relative.
	Other,
}

impl From<Kind> for ParticipantKind {
	fn from(kind: Kind) -> Self {
		match kind {
			Kind::Delegate => Self::Delegate,
			Kind::Insurer => Self::Insurer,
			Kind::Researcher => Self::Researcher,
			Kind::Other => Self::Other,
		}
	}
}

#[derive(Debug, Args)]
pub struct Records {
	/// The relationship that the records belong to; `medrec viewer inbox` shows it.
	#[arg(long, value_name = "ID")]
	relationship: RelationshipId,
	/// The provider to ask. By default the one that holds the records.
	#[arg(long, value_name = "ID")]
	provider: Option<ParticipantId>,
	/// What for. By default what the grant is for.
	#[arg(long, value_parser = terms::parse_purpose, value_name = "PURPOSE")]
	purpose: Option<Purpose>,
	/// Under which grant. By default the newest that holds.
	#[arg(long, value_name = "TAG")]
	grant: Option<TagPrefix>,
	/// Which types of records. By default all that are granted.
	#[arg(long, value_parser = terms::parse_types, value_name = "TYPES")]
	types: Option<RecordTypes>,
	#[command(flatten)]
	identity: WhichIdentity,
}

pub async fn run(invocation: &Invocation, command: ViewerCommand) -> Result<(), ClientError> {
	let workspace = invocation.workspace().await?;
	match command {
		ViewerCommand::Consent(args) => consent(invocation, &workspace, args).await,
		ViewerCommand::Inbox { receive, provider, identity } => {
			let acting = viewer::viewer(&workspace, identity.n).await?;
			if let Some(path) = receive {
				viewer::receive(&workspace, &acting, &read_opening(&path)?)?;
			}
			inbox(invocation, &workspace, &acting, provider).await
		},
		ViewerCommand::Records(args) => {
			let acting = viewer::viewer(&workspace, args.identity.n).await?;
			// What was granted since the last time is fetched first; what cannot be fetched does not keep
			// a grant that is known here from being used.
			let inbox =
				viewer::inbox(&workspace, &acting, &all_providers(&workspace).await?).await?;
			for missing in &inbox.missing {
				invocation.progress.note(&format!("missing: {}", missing.reason));
			}
			let tag = args.grant.map(|prefix| named(&inbox.found, &prefix)).transpose()?;
			let request = Request {
				relationship: args.relationship,
				provider: args.provider,
				purpose: args.purpose,
				tag,
				types: args.types,
			};
			let records = viewer::records(&workspace, &acting, &inbox.found, &request).await?;
			invocation.format.print(&records, |records| patient_text::records(records))
		},
		ViewerCommand::SessionKey { provider, identity } => {
			let acting = viewer::viewer(&workspace, identity.n).await?;
			let session = viewer::session_key(&workspace, &acting, provider).await?;
			invocation.format.print(&session, session_key)
		},
		ViewerCommand::Staff { file } => {
			let staff = read_credential(&file)?;
			viewer::take_staff_credential(&workspace, &staff).await?;
			invocation.format.print(&staff.credential, taken)
		},
	}
}

async fn all_providers(workspace: &Workspace) -> Result<Vec<ParticipantId>, ClientError> {
	Ok(workspace.providers().await?.iter().map(|provider| provider.id).collect())
}

/// Not every provider runs a gatekeeper, and none alone keeps a viewer from what waits at the others. So a missing answer is an error only of a provider that was named, or where nobody answered.
async fn inbox(
	invocation: &Invocation,
	workspace: &Workspace,
	acting: &Acting,
	named: Vec<ParticipantId>,
) -> Result<(), ClientError> {
	for provider in &named {
		workspace.provider(*provider).await?;
	}
	let all = named.is_empty();
	let asked = if all { all_providers(workspace).await? } else { named };
	let inbox = viewer::inbox(workspace, acting, &asked).await?;
	invocation.format.print(&inbox, granted)?;
	if all && inbox.missing.len() < asked.len() {
		return Ok(());
	}
	finish(invocation, inbox)
}

fn named(known: &[GrantedView], prefix: &TagPrefix) -> Result<medrec_primitives::Tag, ClientError> {
	let mut fitting = known.iter().filter(|grant| prefix.fits(&grant.tag));
	match (fitting.next(), fitting.next()) {
		(Some(grant), None) => Ok(grant.tag),
		(None, _) => Err(ClientError::Usage(format!("the grant {prefix} is not in your inbox"))),
		(Some(_), Some(_)) => Err(ClientError::Usage(format!(
			"several grants begin with {prefix}; write more digits of the one that you mean"
		))),
	}
}

async fn consent(
	invocation: &Invocation,
	workspace: &Workspace,
	args: Consent,
) -> Result<(), ClientError> {
	let registration =
		viewer::consent(workspace, args.provider, args.kind.into(), args.identity.n).await?;
	let json = serde_json::to_string_pretty(&registration.consent)
		.map_err(|error| ClientError::Failed(error.to_string()))?;
	invocation.progress.note(&format!(
		"Hand the consent to the staff of {}, and show them this fingerprint of your key:\n\n    {}\n",
		registration.provider_name, registration.fingerprint
	));
	match args.out {
		None => invocation.format.print(&registration.consent, |_| json.clone()),
		Some(path) => {
			std::fs::write(&path, format!("{json}\n")).map_err(|error| {
				ClientError::Failed(format!("{} cannot be written: {error}", path.display()))
			})?;
			let result = serde_json::json!({
				"file": path,
				"fingerprint": registration.fingerprint,
				"account": registration.consent.account,
			});
			invocation.format.print(&result, |_| format!("The consent is in {}.", path.display()))
		},
	}
}

fn read_opening(path: &Path) -> Result<PortableOpening, ClientError> {
	let text = std::fs::read_to_string(path).map_err(|error| {
		ClientError::Usage(format!("{} cannot be read: {error}", path.display()))
	})?;
	text.trim()
		.parse::<PortableOpening>()
		.map_err(|error| ClientError::Usage(format!("{}: {error}", path.display())))
}

fn read_credential(path: &Path) -> Result<SignedStaffCredential, ClientError> {
	let text = std::fs::read(path).map_err(|error| {
		ClientError::Usage(format!("{} cannot be read: {error}", path.display()))
	})?;
	serde_json::from_slice(&text).map_err(|error| {
		ClientError::Usage(format!("{} holds no staff credential: {error}", path.display()))
	})
}

fn session_key(session: &SessionView) -> String {
	let staff = match &session.staff {
		Some(staff) => staff.member().to_string(),
		None => "nobody is named".to_owned(),
	};
	output::fields([
		("session key", session.session_key.to_string()),
		("at", format!("{} ({})", session.provider_name, session.provider)),
		("for", format!("participant {}", session.participant)),
		("until", clock::for_people(session.until)),
		("staff", staff),
	])
}

fn taken(staff: &StaffCredential) -> String {
	let purposes: Vec<_> = staff.purposes.names().collect();
	format!(
		"You ask as {} of participant {}, for {}, until {}.",
		staff.member(),
		staff.provider,
		purposes.join(", "),
		clock::for_people(staff.until)
	)
}

fn granted(inbox: &Merged<GrantedView>) -> String {
	let mut text = grants(&inbox.found);
	if !inbox.missing.is_empty() {
		text.push_str("\n\nDid not answer; more may wait for you there:\n");
		for missing in &inbox.missing {
			text.push_str(&format!("  {}\n", missing.reason));
		}
	}
	text
}

fn grants(grants: &[GrantedView]) -> String {
	if grants.is_empty() {
		return "Nothing was granted to you.".to_owned();
	}
	output::table(
		["grant", "relationship", "at", "what", "until"],
		grants.iter().map(|grant| {
			let until = clock::for_people(terms::end(&grant.terms));
			[
				short(&grant.tag),
				grant.relationship.to_string(),
				format!("{} ({})", grant.provider_name, grant.provider),
				terms::describe(&grant.terms),
				if grant.holds { until } else { format!("{until} (no longer holds)") },
			]
		}),
	)
}
