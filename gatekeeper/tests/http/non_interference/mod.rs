//! Non-interference: two worlds that differ by one record that the asker may not see give the same
//! answers, byte for byte. The worlds are the same gatekeeper before and after the record came.

mod content;
mod lists;
mod people;

use crate::support::{
	chain::Mood,
	client::{Ask, Client},
	raw::RawResponse,
	world::{opening_of, World, ALICE, ALICE_AT_MERCY, CAROL},
};
use medrec_primitives::{Opening, Purpose, RecordTypes};
use serde_json::{json, Value};

/// Headers that differ between any two answers.
const OWN_OF_EACH_ANSWER: [&str; 4] = ["date", "medrec-receipt", "signature", "signature-input"];

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// Most pages that a test follows.
const MAX_PAGES: usize = 200;

/// What is asked: a target, with an `if-none-match` where there is one.
type Request = (&'static str, Option<&'static str>);

/// An answer without what is its own.
#[derive(Debug, PartialEq, Eq)]
struct Told {
	target: String,
	status: u16,
	headers: Vec<(String, String)>,
	body: String,
}

impl Told {
	fn of(target: String, response: &RawResponse) -> Self {
		let headers = response
			.headers
			.iter()
			.filter(|(name, _)| !OWN_OF_EACH_ANSWER.contains(&name.as_str()))
			.cloned()
			.collect();
		let body = String::from_utf8(response.body.clone()).unwrap();
		Self { target, status: response.status, headers, body }
	}
}

/// A world in which Carol may see records of some types, without any label.
struct Stage {
	world: World,
	carol: Client,
	alice: Client,
	opening: Opening,
}

impl Stage {
	async fn new(types: RecordTypes, common: &[Value]) -> Self {
		// Answers name the blocks that they were decided on; here, always the same.
		let world = World::start_with(|config| config.staleness = 600).await;
		world.chain.set_mood(Mood::StandsStill(50));
		world.import(common).await;
		let opening = opening_of(types, CAROL);
		world.chain.grant(ALICE_AT_MERCY, &opening);
		let (carol, alice) = (world.client(CAROL), world.client(ALICE));
		Self { world, carol, alice, opening }
	}

	/// What Carol is told, on all pages of each answer.
	async fn carol_is_told(&self, requests: &[Request]) -> Vec<Told> {
		self.told(&self.carol, Purpose::Treatment, Some(&self.opening), requests).await
	}

	/// What the patient is told.
	async fn alice_is_told(&self, requests: &[Request]) -> Vec<Told> {
		self.told(&self.alice, Purpose::Personal, None, requests).await
	}

	async fn told(
		&self,
		client: &Client,
		purpose: Purpose,
		opening: Option<&Opening>,
		requests: &[Request],
	) -> Vec<Told> {
		let origin = self.world.config.public_origin.to_string();
		let mut told = Vec::new();
		for (target, known) in requests {
			let mut next = Some((*target).to_owned());
			for _ in 0..MAX_PAGES {
				let Some(target) = next.take() else { break };
				let ask = Ask { opening, ..Ask::get(&target, ALICE_AT_MERCY, purpose) };
				let mut forge = client.forge(&ask);
				if let Some(known) = known {
					forge.set("if-none-match", *known);
				}
				let response = forge.sign().send(self.world.address).await;
				if response.body.first() == Some(&b'{') {
					let json = response.json();
					let links = json["link"].as_array().cloned().unwrap_or_default();
					let link = links.iter().find(|link| link["relation"] == "next");
					next = link.map(|link| {
						link["url"].as_str().unwrap().strip_prefix(&origin).unwrap().to_owned()
					});
				}
				told.push(Told::of(target, &response));
			}
			assert!(next.is_none(), "{target} has no end");
		}
		told
	}

	/// A record comes that Carol may not see. What she is told stays the same; Alice sees it.
	async fn hides(self, hidden: &[Value], requests: &[Request]) {
		let before = (self.carol_is_told(requests).await, self.alice_is_told(requests).await);
		assert!(before.0.iter().all(|told| told.status != 500), "{:#?}", before.0);
		self.world.import(hidden).await;
		let after = (self.carol_is_told(requests).await, self.alice_is_told(requests).await);
		assert_same(&before.0, &after.0);
		assert_ne!(before.1, after.1, "the record is there, and its patient sees it");
		self.world.stop().await;
	}
}

fn assert_same(before: &[Told], after: &[Told]) {
	for (before, after) in before.iter().zip(after) {
		assert_eq!(before, after, "{} changed", before.target);
	}
	assert_eq!(before.len(), after.len(), "as many pages");
}

/// A laboratory value of Alice's.
fn laboratory(id: &str, date: &str) -> Value {
	json!({
		"resourceType": "Observation", "id": id,
		"meta": {"versionId": "7", "lastUpdated": format!("{date}T12:00:00Z")},
		"status": "final",
		"category": [{"coding": [{"system": CATEGORY, "code": "laboratory"}]}],
		"code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hemoglobin"},
		"subject": {"reference": "Patient/mercy-alice"},
		"effectiveDateTime": date,
		"valueQuantity": {"value": 13.5, "unit": "g/dL"},
	})
}

/// A resource with further members.
fn with(mut resource: Value, members: Value) -> Value {
	if let (Value::Object(resource), Value::Object(members)) = (&mut resource, members) {
		resource.extend(members);
	}
	resource
}

/// A laboratory value that is sensitive by a word in it.
fn sensitive(id: &str, date: &str) -> Value {
	with(laboratory(id, date), json!({"note": [{"text": "Taken for the HIV clinic."}]}))
}

/// Three values that Carol sees.
fn common() -> Vec<Value> {
	["2024-01-10", "2024-03-10", "2024-05-10"]
		.into_iter()
		.zip(["ni-1", "ni-3", "ni-5"])
		.map(|(date, id)| laboratory(id, date))
		.collect()
}
