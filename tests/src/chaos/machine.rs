//! One machine of the network: a provider's node, its gatekeeper beside it, and a patient of theirs.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use medrec_primitives::{ParticipantId, RelationshipId};

use super::reading::Watch;
use crate::{
	enrolment::Joining,
	gatekeeper::Gatekeeper,
	host::Host,
	json::{member, number, text},
	network::{Node, Ports},
	person::Person,
	provider::Provider,
};

/// Ports of every node; each has a machine to itself.
pub const PORTS: Ports = Ports { rpc: 9944, peers: 30333 };

/// Port of a joining node's JSON-RPC for its operator.
const DOOR: u16 = 9945;

/// How her provider's records name the patient of a machine.
const LOCAL_PATIENT: &str = "patient-1";

/// Records that every provider has.
const SAMPLE: &str = "mercy";

/// One machine.
#[derive(Debug)]
pub struct Machine {
	/// Whose it is.
	pub provider: Provider,
	/// Where its programs run.
	pub host: Host,
	/// A patient of this provider, at this machine.
	pub patient: Person,
	/// Her identity.
	pub identity: ParticipantId,
	/// Her relationship with the provider.
	pub relationship: RelationshipId,
	/// The gatekeeper, once it is set up.
	pub gatekeeper: Option<Gatekeeper>,
	node: Option<Node>,
	chain: String,
	folder: PathBuf,
	bootnodes: Vec<String>,
}

/// Someone to whom a patient granted her medications.
#[derive(Debug)]
pub struct Grantee {
	/// His number.
	pub identity: ParticipantId,
	/// The grant's tag.
	pub tag: String,
	/// He asks again and again.
	pub watch: Watch,
}

impl Machine {
	/// A machine on which nothing runs yet. Its files will be in that folder.
	pub fn new(
		provider: Provider,
		host: Host,
		chain: &str,
		folder: PathBuf,
		bootnodes: Vec<String>,
	) -> Result<Self> {
		let url = format!("ws://{}:{}", host.operator, PORTS.rpc);
		let patient = Person::new("patient", &folder, &url)?.at(&host);
		Ok(Self {
			provider,
			host,
			patient,
			identity: 0,
			relationship: 0,
			gatekeeper: None,
			node: None,
			chain: chain.to_owned(),
			folder,
			bootnodes,
		})
	}

	/// Address of its node's JSON-RPC, from here and from every machine.
	pub fn url(&self) -> String {
		format!("ws://{}:{}", self.host.operator, PORTS.rpc)
	}

	/// The chain: the name of a preset, or the path of a chain spec.
	pub fn chain(&self) -> &str {
		&self.chain
	}

	/// Addresses of the other machines' nodes, for nodes and light clients.
	pub fn bootnodes(&self) -> &[String] {
		&self.bootnodes
	}

	/// Folder of its node.
	pub fn node_folder(&self) -> PathBuf {
		Node::base_path(&self.folder, self.provider)
	}

	/// Start its node, with the database that is there.
	pub async fn start_node(&mut self) -> Result<()> {
		let node = Node::start(
			&self.chain,
			self.provider,
			&self.folder,
			&self.host,
			PORTS,
			&self.bootnodes,
		);
		self.node = Some(node.await?);
		Ok(())
	}

	/// Erase everything that its node had: database, session keys, everything. It has to be down.
	pub fn lose_node(&mut self) -> Result<()> {
		anyhow::ensure!(self.node.is_none(), "the node of {} runs", self.provider.name);
		let folder = self.node_folder();
		std::fs::remove_dir_all(&folder).with_context(|| format!("cannot erase {folder:?}"))
	}

	/// Start its node as that of a provider that joins: with an empty database, if there is none, and
	/// without session keys. [`Self::door`] is open for its operator.
	pub async fn start_node_without_keys(&mut self) -> Result<()> {
		let node = Node::start_joining(
			&self.chain,
			self.provider,
			&self.folder,
			&self.host,
			PORTS,
			DOOR,
			&self.bootnodes,
		);
		self.node = Some(node.await?);
		Ok(())
	}

	/// Address of its node's JSON-RPC for its operator, from this machine alone.
	pub fn door() -> String {
		format!("ws://127.0.0.1:{DOOR}")
	}

	/// Its node.
	pub fn node(&self) -> Result<&Node> {
		self.node.as_ref().with_context(|| format!("the node of {} is down", self.provider.name))
	}

	/// Kill its node as a power cut would.
	pub fn kill_node(&mut self) -> Result<()> {
		let node = self.node.take();
		node.map_or(Ok(()), |node| node.process.kill())
	}

	/// Ask its node to end, and wait until it has.
	pub fn stop_node(&mut self) -> Result<()> {
		let node = self.node.take();
		node.map_or(Ok(()), |node| node.process.stop())
	}

	/// Wait until its node has ended by itself. Gives what it wrote.
	pub async fn node_ends(&mut self, limit: Duration) -> Result<String> {
		let mut node = self.node.take().context("the node is down already")?;
		crate::wait::until("the node to end", limit, async || {
			Ok(node.process.ensure_running().is_err().then_some(()))
		})
		.await?;
		Ok(node.process.output())
	}

	/// Everything that its node wrote.
	pub fn node_log(&self) -> String {
		let bytes = std::fs::read(self.node_folder().join("node.log")).unwrap_or_default();
		String::from_utf8_lossy(&bytes).into_owned()
	}

	/// Make the gatekeeper's databases, put its endpoint on the chain, import records.
	pub async fn set_up_gatekeeper(&mut self) -> Result<()> {
		let gatekeeper = Gatekeeper::set_up(self.provider, self.node()?, &self.folder).await?;
		gatekeeper.import_sample(SAMPLE, LOCAL_PATIENT)?;
		self.gatekeeper = Some(gatekeeper);
		Ok(())
	}

	fn running_gatekeeper(&self) -> Result<&Gatekeeper> {
		self.gatekeeper
			.as_ref()
			.with_context(|| format!("{} has no gatekeeper yet", self.provider.name))
	}

	/// The patient makes a key and is enrolled.
	pub async fn enrol_patient(&mut self) -> Result<()> {
		self.patient.run(&["key", "new"])?;
		let gatekeeper = self.running_gatekeeper()?;
		let code = gatekeeper.staff(&["enrol", "--patient", LOCAL_PATIENT])?;
		let joining = Joining::redeem(gatekeeper, &self.patient, &code).await?;
		(self.identity, self.relationship) = joining.confirm().await?;
		Ok(())
	}

	/// The patient asks for her records again and again. Her client asks that node about the chain.
	pub fn watch_patient(&self, node: &str) -> Watch {
		let node = node.to_owned();
		self.watch_patient_asking(move || node.clone())
	}

	/// The same, with the node told anew before each request.
	pub fn watch_patient_asking(&self, node: impl Fn() -> String + Send + 'static) -> Watch {
		let patient = self.patient.clone();
		Watch::start(
			&format!("the patient at {}", self.provider.name),
			move || patient.asking(&node()),
			["patient", "records"].map(str::to_owned).to_vec(),
		)
	}

	/// A pharmacist is registered; the patient grants him her medications; he asks again and again.
	pub fn grant(&self) -> Result<Grantee> {
		let pharmacist = Person::new("pharmacist", &self.folder, &self.url())?.at(&self.host);
		pharmacist.run(&["key", "new"])?;
		let consent = pharmacist.file("consent.json");
		let consent = consent.to_str().context("a path is text")?;
		let provider = self.provider.participant.to_string();
		pharmacist.run(&["viewer", "consent", "--provider", &provider, "--out", consent])?;
		let registered = self.running_gatekeeper()?.staff(&["register", "--consent", consent])?;
		let identity = number(&registered, "/participant")?;
		let to = identity.to_string();
		let what = ["--types", "medications", "--purpose", "treatment", "--for", "1d"];
		let command = ["--wait", "final", "patient", "grant", "--to", &to];
		let granted = self.patient.run(&[&command[..], &what].concat())?;
		let tag = text(&granted, "/0/tag")?.to_owned();
		let deposited = member(&granted, "/0/deposited")?;
		anyhow::ensure!(deposited == true, "the opening was not deposited: {granted}");
		pharmacist.run(&["viewer", "inbox"])?;
		let relationship = self.relationship.to_string();
		let command = ["viewer", "records", "--relationship", &relationship];
		let words = [&command[..], &["--provider", &provider, "--purpose", "treatment"]].concat();
		let name = format!("the pharmacist at {}", self.provider.name);
		let words = words.into_iter().map(str::to_owned).collect();
		Ok(Grantee { identity, tag, watch: Watch::start(&name, move || pharmacist.clone(), words) })
	}

	/// The patient revokes a grant through another node, at that node's machine. Gives the hash of the
	/// block that holds it, which that node knows as final.
	pub fn revoke_elsewhere(&self, grantee: &Grantee, elsewhere: &Self) -> Result<String> {
		let patient = self.patient.at(&elsewhere.host).asking(&elsewhere.url());
		let revoked = patient.run(&["--wait", "final", "patient", "revoke", &grantee.tag])?;
		Ok(text(&revoked, "/0/blockHash")?.to_owned())
	}
}
