//! The story: a patient reads her records from two providers, under permissions that she controls on the
//! chain. The demo plays it, the end-to-end tests assert it; each step checks what it did.

use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};
use medrec_primitives::{ParticipantId, RelationshipId};
use serde_json::Value;

use crate::{
	enrolment::{register, Joining},
	gatekeeper::Gatekeeper,
	json::{excerpt, list, number, text},
	network::Network,
	person::Person,
	provider::{LAKESIDE, MERCY, PROVIDERS},
	wait::until,
};

/// How long anything that waits for the chain may take.
const CHAIN: Duration = Duration::from_secs(90);

/// Id of the sample patient in the records of the first and the second provider.
const LOCAL_PATIENTS: [&str; 2] = ["mercy-0001", "lakeside-0001"];

/// Names of the sample records of the first and the second provider.
const SAMPLES: [&str; 2] = ["mercy", "lakeside"];

/// Told of each step.
pub trait Narrator {
	/// A step begins.
	fn begin(&mut self, what: &str);
	/// It did this, in that time.
	fn done(&mut self, what: &str, took: Duration);
}

/// Says what happens, for whoever reads a failing test's output.
pub struct Log;

impl Narrator for Log {
	fn begin(&mut self, what: &str) {
		println!("{what} ...");
	}

	fn done(&mut self, what: &str, took: Duration) {
		println!("  {what} ({took:?})");
	}
}

/// Tells nobody.
struct Silent;

impl Narrator for Silent {
	fn begin(&mut self, _: &str) {}
	fn done(&mut self, _: &str, _: Duration) {}
}

/// Everything that runs, and what came of it so far.
pub struct Story {
	/// The nodes.
	pub network: Network,
	/// The gatekeepers of the first two providers.
	pub gatekeepers: [Gatekeeper; 2],
	/// The patient.
	pub patient: Person,
	/// The pharmacist.
	pub pharmacist: Person,
	/// Her relationships with the two.
	pub relationships: [RelationshipId; 2],
	/// Her identities with the two.
	pub identities: [ParticipantId; 2],
	/// The pharmacist's number.
	pub grantee: ParticipantId,
	folder: PathBuf,
	local_patients: [String; 2],
}

/// How many of each, in words.
fn tally<'a>(what: impl Iterator<Item = &'a str>) -> String {
	let mut counts = BTreeMap::new();
	for name in what {
		*counts.entry(name).or_insert(0) += 1;
	}
	counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

impl Story {
	/// Start the network and the gatekeepers, with records: those at `data`, or the sample records.
	pub async fn set_up(
		folder: &Path,
		data: Option<&Path>,
		narrator: &mut dyn Narrator,
	) -> Result<Self> {
		let network = step(narrator, "four provider nodes start", async {
			let network = Network::start(folder).await?;
			let height = network.nodes[0].chain().await?.status().await?.finalized.number;
			Ok((format!("they author and finalize blocks; block {height} is final"), network))
		})
		.await?;

		let mut gatekeepers =
			step(narrator, "two gatekeepers are set up beside their databases", async {
				let first = Gatekeeper::set_up(MERCY, network.node(MERCY), folder).await?;
				let second = Gatekeeper::set_up(LAKESIDE, network.node(LAKESIDE), folder).await?;
				Ok(("their endpoints are on the chain".to_owned(), [first, second]))
			})
			.await?;

		let local_patients = step(narrator, "records are loaded into both", async {
			match data {
				None => load_samples(&gatekeepers),
				Some(data) => load_data(&gatekeepers, data),
			}
		})
		.await?;
		step(narrator, "the gatekeepers start", async {
			for gatekeeper in &mut gatekeepers {
				gatekeeper.start().await?;
			}
			let origins: Vec<_> = gatekeepers.iter().map(|one| one.origin.as_str()).collect();
			Ok((origins.join(", "), ()))
		})
		.await?;

		// Neither talks to a provider's own node: what they see came over the network.
		let patient = Person::new("patient", folder, &network.node(PROVIDERS[2]).url)?;
		let pharmacist = Person::new("pharmacist", folder, &network.node(PROVIDERS[3]).url)?;
		Ok(Self {
			network,
			gatekeepers,
			patient,
			pharmacist,
			relationships: [0; 2],
			identities: [0; 2],
			grantee: 0,
			folder: folder.to_owned(),
			local_patients,
		})
	}

	/// Play everything.
	pub async fn play(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		self.enrol(narrator).await?;
		self.read(narrator).await?;
		self.register_pharmacist(narrator).await?;
		self.refuse(narrator).await?;
		self.grant(narrator).await?;
		self.look(narrator).await?;
		self.revoke(narrator).await?;
		self.review(narrator).await
	}

	/// She makes a key, redeems two codes, staff confirm: two identities.
	pub async fn enrol(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "the patient makes a key", async {
			let key = self.patient.run(&["key", "new"])?;
			let words = text(&key, "/words")?.split(' ').count();
			ensure!(words == 12, "a key has 12 words, not {words}");
			Ok(("12 words, kept encrypted on her machine".to_owned(), ()))
		})
		.await?;
		for at in 0..2 {
			let (identity, relationship) =
				self.enrol_at(at, &self.patient, &self.local_patients[at], narrator).await?;
			self.identities[at] = identity;
			self.relationships[at] = relationship;
		}
		ensure!(
			self.identities[0] != self.identities[1],
			"she is the same participant with both providers"
		);
		Ok(())
	}

	/// Another patient goes the same way at both providers. Gives her identities too.
	pub async fn enrol_another(&self, name: &str) -> Result<(Person, [ParticipantId; 2])> {
		let person = Person::new(name, &self.folder, &self.network.node(PROVIDERS[2]).url)?;
		person.run(&["key", "new"])?;
		let mut identities = [0; 2];
		for (at, identity) in identities.iter_mut().enumerate() {
			self.gatekeepers[at].import_sample(SAMPLES[at], name)?;
			(*identity, _) = self.enrol_at(at, &person, name, &mut Silent).await?;
		}
		Ok((person, identities))
	}

	async fn enrol_at(
		&self,
		at: usize,
		person: &Person,
		local_patient: &str,
		narrator: &mut dyn Narrator,
	) -> Result<(ParticipantId, RelationshipId)> {
		let gatekeeper = &self.gatekeepers[at];
		let name = gatekeeper.provider.name;
		let code = step(narrator, &format!("{name} hands her an enrolment code"), async {
			let issued = gatekeeper.staff(&["enrol", "--patient", local_patient])?;
			Ok(("good for a day, once; it opens nothing by itself".to_owned(), issued))
		})
		.await?;
		let joining = step(narrator, &format!("she redeems it at {name}"), async {
			let joining = Joining::redeem(gatekeeper, person, &code).await?;
			Ok((format!("her key's fingerprint is {}", joining.fingerprint), joining))
		})
		.await?;
		step(narrator, &format!("staff of {name} compare it with her and confirm"), async {
			let (identity, relationship) = joining.confirm().await?;
			Ok((
				format!("enrolled as participant {identity}, relationship {relationship}"),
				(identity, relationship),
			))
		})
		.await
	}

	/// She lists her summary and reads her merged records.
	pub async fn read(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "she lists her relationships", async {
			let views = self.patient.run(&["patient", "relationships"])?;
			let views = list(&views, "")?;
			ensure!(views.len() == 2, "she sees {} relationships, not 2", views.len());
			let names: Vec<_> =
				views.iter().map(|view| text(view, "/counterpartyName")).collect::<Result<_>>()?;
			ensure!(views.iter().all(|view| view["status"] == "active"), "not all are active");
			Ok((names.join(", "), ()))
		})
		.await?;
		step(narrator, "she reads her records, merged from both", async {
			let merged = self.patient.run(&["patient", "records"])?;
			let records = list(&merged, "/found")?;
			ensure!(
				list(&merged, "/missing")?.is_empty(),
				"some are missing: {}",
				excerpt(&merged)
			);
			for gatekeeper in &self.gatekeepers {
				let name = gatekeeper.provider.name;
				ensure!(
					records.iter().any(|record| record["providerName"] == name),
					"no record of {name}"
				);
			}
			Ok((
				format!(
					"{} records: {}",
					records.len(),
					tally(
						records
							.iter()
							.filter_map(|record| record["resource"]["resourceType"].as_str())
					)
				),
				(),
			))
		})
		.await
	}

	/// A provider registers a pharmacist with his signature.
	pub async fn register_pharmacist(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "a pharmacist consents, and Mercy Hospital registers him", async {
			self.grantee = register(&self.gatekeepers[0], &self.pharmacist)?;
			Ok((format!("he is participant {}", self.grantee), ()))
		})
		.await
	}

	fn look_command(&self) -> Vec<String> {
		["viewer", "records", "--relationship"]
			.map(str::to_owned)
			.into_iter()
			.chain([self.relationships[0].to_string()])
			.chain(["--provider", "0", "--purpose", "treatment"].map(str::to_owned))
			.collect()
	}

	/// He asks and is refused.
	pub async fn refuse(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "he asks for her records at Mercy Hospital", async {
			let command = self.look_command();
			let command: Vec<_> = command.iter().map(String::as_str).collect();
			self.pharmacist.denied(&command)?;
			Ok(("refused; the answer does not tell whether she is known there".to_owned(), ()))
		})
		.await
	}

	/// She grants him medications for one day.
	pub async fn grant(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "she grants him her medications for one day", async {
			let to = self.grantee.to_string();
			let relationship = self.relationships[0].to_string();
			let granted = self.patient.run(&[
				"--wait",
				"final",
				"patient",
				"grant",
				"--to",
				&to,
				"--types",
				"medications",
				"--purpose",
				"treatment",
				"--for",
				"1d",
				"--relationship",
				&relationship,
			])?;
			ensure!(granted.pointer("/0/deposited") == Some(&Value::Bool(true)), "{granted}");
			let tag = text(&granted, "/0/tag")?;
			Ok((format!("on the chain stands only a tag, {}…", tag.get(..14).unwrap_or(tag)), ()))
		})
		.await
	}

	/// The same request now succeeds, and shows medications and nothing else.
	pub async fn look(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "he finds the grant and asks the same again", async {
			let inbox = self.pharmacist.run(&["viewer", "inbox"])?;
			ensure!(list(&inbox, "/found")?.len() == 1, "he should have one grant: {inbox}");
			let command = self.look_command();
			let command: Vec<_> = command.iter().map(String::as_str).collect();
			let seen = self.pharmacist.run(&command)?;
			let records = seen.as_array().map_or_else(|| list(&seen, "/found"), Ok)?;
			ensure!(!records.is_empty(), "he sees nothing");
			ensure!(
				records
					.iter()
					.all(|record| record["resource"]["resourceType"] == "MedicationRequest"),
				"he sees more than medications: {}",
				excerpt(&seen)
			);
			Ok((format!("he sees {} medications and nothing else", records.len()), ()))
		})
		.await
	}

	/// She revokes; what starts after the gatekeeper's node knows is refused.
	pub async fn revoke(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "she revokes", async {
			let to = self.grantee.to_string();
			let start = Instant::now();
			let revoked = self.patient.run(&["patient", "revoke", "--to", &to])?;
			let block = text(&revoked, "/0/blockHash")?.to_owned();
			let chain = self.network.node(MERCY).chain().await?;
			until("the gatekeeper's node to import the revoking block", CHAIN, async || {
				let params = vec![Value::String(block.clone())];
				let header: Value = chain.request("chain_getHeader", params).await?;
				Ok((!header.is_null()).then_some(()))
			})
			.await?;
			Ok((
				format!(
					"the gatekeeper's node knows it {} ms after she pressed enter",
					start.elapsed().as_millis()
				),
				(),
			))
		})
		.await?;
		step(narrator, "he asks the same again", async {
			let command = self.look_command();
			let command: Vec<_> = command.iter().map(String::as_str).collect();
			self.pharmacist.denied(&command)?;
			Ok(("refused".to_owned(), ()))
		})
		.await
	}

	/// She sees who looked, and why he was refused.
	pub async fn review(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
		step(narrator, "she sees who looked", async {
			let log = self.patient.run(&["patient", "access-log"])?;
			let lines = list(&log, "/found")?;
			let his: Vec<_> = lines.iter().filter(|line| line["actor"] == self.grantee).collect();
			let with = |pointer: &str, value: &str| {
				his.iter()
					.filter(|line| line.pointer(pointer).is_some_and(|at| at == value))
					.count()
			};
			let seen = with("/outcome/allowed/basis", "grant");
			ensure!(seen > 0, "his look is not in her log: {}", excerpt(&log));
			let newest = his.first().context("his requests are in her log")?;
			ensure!(
				newest.pointer("/outcome/denied/reason") == Some(&"TagAbsent".into()),
				"the newest of his requests was not denied for TagAbsent: {newest}"
			);
			Ok((
				format!(
					"{} entries; he was served {seen} times, then refused: TagAbsent",
					lines.len()
				),
				(),
			))
		})
		.await
	}
}

fn load_samples(gatekeepers: &[Gatekeeper; 2]) -> Result<(String, [String; 2])> {
	for (at, gatekeeper) in gatekeepers.iter().enumerate() {
		gatekeeper.import_sample(SAMPLES[at], LOCAL_PATIENTS[at])?;
	}
	Ok((
		"several years of a fictional patient, some of them sensitive".to_owned(),
		LOCAL_PATIENTS.map(str::to_owned),
	))
}

/// The same records go to both providers; the patient with the most of them plays the part.
fn load_data(gatekeepers: &[Gatekeeper; 2], data: &Path) -> Result<(String, [String; 2])> {
	let path = data.to_str().context("the path of --data is text")?;
	for gatekeeper in gatekeepers {
		gatekeeper.staff(&["import", path])?;
	}
	// Listed with the most records first.
	let patients = gatekeepers[0].staff(&["patients", "--having", "MedicationRequest"])?;
	let most = list(&patients, "")?
		.first()
		.with_context(|| format!("no patient in {path} has medications to grant"))?;
	let id = text(most, "/patient")?;
	Ok((
		format!(
			"patient {id} of {} plays the part, with {} records",
			path,
			number(most, "/resources")?
		),
		[id.to_owned(), id.to_owned()],
	))
}

async fn step<T>(
	narrator: &mut dyn Narrator,
	what: &str,
	action: impl std::future::Future<Output = Result<(String, T)>>,
) -> Result<T> {
	narrator.begin(what);
	let start = Instant::now();
	let (done, value) = action.await.with_context(|| format!("step failed: {what}"))?;
	narrator.done(&done, start.elapsed());
	Ok(value)
}
