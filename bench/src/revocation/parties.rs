//! Four nodes, two gatekeepers, a patient, a pharmacist: as the demo sets them up, with the client library
//! in the place of the command line.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use medrec_client::{
	clock,
	identities::Acting,
	patient::{self, GrantPlan, Mine},
	records::Record,
	terms, viewer, ClientError, Workspace,
};
use medrec_primitives::{
	Labels, Moment, ParticipantId, Purpose, Purposes, RecordTypes, Tag, Terms, MILLISECONDS_PER_DAY,
};
use medrec_tests::{
	provider::{Provider, LAKESIDE, MERCY, PROVIDERS as ALL},
	story::{Narrator, Story},
};
use tempfile::TempDir;

use crate::client::workspace;

/// Providers whose gatekeepers are asked, in turn.
pub const PROVIDERS: [Provider; 2] = [MERCY, LAKESIDE];

/// Entries of the patient's access log that are looked at, for each relationship.
pub const LOG_ENTRIES: usize = 200;

/// What is granted, and asked for.
const TYPES: RecordTypes = RecordTypes::MEDICATIONS;
const PURPOSE: Purpose = Purpose::Treatment;

/// For how long it is granted.
const GRANTED_FOR: Moment = MILLISECONDS_PER_DAY;

/// Everyone.
pub struct Parties {
	/// Her client.
	pub patient: Workspace,
	/// Her relationships with [`PROVIDERS`], in their order.
	pub relationships: Vec<Mine>,
	viewer: Workspace,
	acting: Acting,
	story: Story,
	// Last, so that it goes when nothing writes into it any more.
	_folder: TempDir,
}

/// Tells standard error.
struct Teller;

impl Narrator for Teller {
	fn begin(&mut self, what: &str) {
		eprintln!("  {what}");
	}

	fn done(&mut self, _: &str, _: Duration) {}
}

impl Parties {
	/// Start the network and the gatekeepers, enrol the patient, register the pharmacist.
	pub async fn set_up() -> Result<Self> {
		let folder = tempfile::Builder::new().prefix("medrec-bench-").tempdir()?;
		let mut story = Story::set_up(folder.path(), None, &mut Teller).await?;
		story.enrol(&mut Teller).await?;
		story.register_pharmacist(&mut Teller).await?;

		let patient = workspace(&story.patient, story.network.node(ALL[2])).await?;
		let viewer = workspace(&story.pharmacist, story.network.node(ALL[3])).await?;
		let acting = viewer::viewer(&viewer, 0).await?;
		ensure!(acting.id() == story.grantee, "the pharmacist is participant {}", acting.id());
		let all = patient::patron_of(&patient).await?;
		let relationships = PROVIDERS
			.iter()
			.map(|provider| {
				let steward: ParticipantId = provider.participant;
				all.iter()
					.find(|mine| mine.entry.steward == steward)
					.cloned()
					.with_context(|| format!("the patient is not enrolled at {}", provider.name))
			})
			.collect::<Result<_>>()?;
		Ok(Self { patient, relationships, viewer, acting, story, _folder: folder })
	}

	/// The patient grants in a relationship; final, and known to the viewer, when this returns.
	pub async fn grant(&self, at: usize) -> Result<Tag> {
		let mine = self.relationships[at].clone();
		let plan =
			GrantPlan::new(&self.patient, self.acting.id(), terms()?, None, vec![mine]).await?;
		let made = patient::make(&self.patient, &plan).await;
		let made = made.into_iter().next().context("one grant was made")?;
		if let Some(problem) = made.problem {
			return Err(problem.into());
		}
		let tag = made.tag;
		let kept = self.patient.kept_openings().into_iter().find(|kept| kept.tag() == tag);
		self.viewer.keep_openings(kept)?;
		Ok(tag)
	}

	/// The viewer asks for the records under a grant.
	pub async fn look(&self, at: usize, tag: Tag) -> Result<Vec<Record>, ClientError> {
		let request = viewer::Request {
			relationship: self.relationships[at].entry.relationship,
			provider: Some(PROVIDERS[at].participant),
			purpose: Some(PURPOSE),
			tag: Some(tag),
			types: Some(TYPES),
		};
		// The tag is named: no inbox is needed to choose one.
		viewer::records(&self.viewer, &self.acting, &[], &request).await
	}

	/// Stop all processes.
	pub fn stop(&mut self) -> Result<()> {
		for gatekeeper in &mut self.story.gatekeepers {
			gatekeeper.stop()?;
		}
		for node in self.story.network.nodes.drain(..) {
			node.process.stop()?;
		}
		Ok(())
	}
}

fn terms() -> Result<Terms> {
	let now = clock::now();
	let purposes = Purposes::from(PURPOSE);
	terms::terms(TYPES, Labels::NONE, purposes, now, now + GRANTED_FOR).map_err(anyhow::Error::msg)
}
