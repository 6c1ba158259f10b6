//! A node, a gatekeeper beside it, a patient with many records, and a grantee who asks for them.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use medrec_client::{
	clock,
	patient::{self, GrantPlan},
	terms, viewer, Workspace,
};
use medrec_primitives::{
	Labels, Opening, ParticipantId, Purpose, Purposes, RecordTypes, RelationshipId,
	MILLISECONDS_PER_DAY,
};
use medrec_tests::{
	enrolment::{register, Joining},
	gatekeeper::Gatekeeper,
	network::Node,
	person::Person,
	provider::MERCY,
};
use tempfile::TempDir;

use super::{
	asker::Asker,
	records::{self, Backend, ORDERS, PATIENT, RESULTS},
};
use crate::{client::workspace, measured::Server};

/// What is granted, and asked for.
const TYPES: RecordTypes = RecordTypes::MEDICATIONS.union(RecordTypes::LABORATORY);
const PURPOSE: Purpose = Purpose::Treatment;

/// One grantee asks more than participants do.
const LIMITS: &str = "[limits]\nrequests_per_minute = 100000000\n";

/// Everything that runs.
pub struct World {
	/// The gatekeeper.
	pub gatekeeper: Gatekeeper,
	/// The grantee.
	pub asker: Asker,
	node: Node,
	// Last, so that it goes when nothing writes into it any more.
	_folder: TempDir,
}

impl World {
	/// Start a node and a gatekeeper, import the records, enrol the patient, register the grantee, grant.
	pub async fn set_up() -> Result<Self> {
		let folder = tempfile::Builder::new().prefix("medrec-bench-").tempdir()?;
		let path = folder.path();
		eprintln!("  a node starts");
		let node = Node::start_dev(path).await?;
		let mut gatekeeper = Gatekeeper::set_up_with(MERCY, &node, path, LIMITS).await?;
		eprintln!("  {} records are imported", 1 + ORDERS + RESULTS);
		let file = path.join("records.ndjson");
		records::write_ndjson(&file)?;
		gatekeeper.staff(&["import", file.to_str().context("a path is text")?])?;
		gatekeeper.start().await?;

		eprintln!("  a patient is enrolled, a pharmacist registered");
		let patient = Person::new("patient", path, &node.url)?;
		patient.run(&["key", "new"])?;
		let code = gatekeeper.staff(&["enrol", "--patient", PATIENT])?;
		Joining::redeem(&gatekeeper, &patient, &code).await?.confirm().await?;
		let pharmacist = Person::new("pharmacist", path, &node.url)?;
		let grantee = register(&gatekeeper, &pharmacist)?;

		eprintln!("  she grants");
		let hers = workspace(&patient, &node).await?;
		let (relationship, opening) = grant(&hers, grantee).await?;
		let his = workspace(&pharmacist, &node).await?;
		let asker = asker(&his, relationship, opening).await?;
		Ok(Self { gatekeeper, asker, node, _folder: folder })
	}

	/// Start the gatekeeper anew, with records that lie there.
	pub async fn serve(&mut self, backend: &Backend) -> Result<Server> {
		self.gatekeeper.stop()?;
		self.gatekeeper.configure(&format!("{}{LIMITS}", backend.configuration))?;
		self.gatekeeper.start().await?;
		let origin = &self.gatekeeper.origin;
		let address = origin.trim_start_matches("http://").parse::<SocketAddr>();
		Ok(Server {
			address: address.with_context(|| format!("{origin} is no address"))?,
			process: self.gatekeeper.process_id().context("the gatekeeper runs")?,
		})
	}

	/// Stop all processes.
	pub fn stop(mut self) -> Result<()> {
		self.gatekeeper.stop()?;
		self.node.process.stop()
	}
}

/// The patient grants; final when this returns.
async fn grant(hers: &Workspace, to: ParticipantId) -> Result<(RelationshipId, Opening)> {
	let mine = patient::patron_of(hers).await?.into_iter().next();
	let mine = mine.context("the patient is not enrolled")?;
	let relationship = mine.entry.relationship;
	let now = clock::now();
	let purposes = Purposes::from(PURPOSE);
	let terms = terms::terms(TYPES, Labels::NONE, purposes, now, now + MILLISECONDS_PER_DAY)
		.map_err(anyhow::Error::msg)?;
	let plan = GrantPlan::new(hers, to, terms, None, vec![mine]).await?;
	let made = patient::make(hers, &plan).await.into_iter().next();
	let made = made.context("one grant was made")?;
	if let Some(problem) = made.problem {
		return Err(problem.into());
	}
	let kept = hers.kept_openings().into_iter().find(|kept| kept.tag() == made.tag);
	Ok((relationship, kept.context("the opening is kept")?.opening))
}

/// The grantee, with a session and what the grant is opened with.
async fn asker(his: &Workspace, relationship: RelationshipId, opening: Opening) -> Result<Asker> {
	let acting = viewer::viewer(his, 0).await?;
	let gatekeeper = his.gatekeeper(MERCY.participant).await?;
	let session = his.session(&acting, &gatekeeper)?;
	let mut context = his.context(&acting, &gatekeeper, Some(relationship), PURPOSE);
	context.opening = Some(opening);
	Ok(Asker { gatekeeper, session, context })
}
