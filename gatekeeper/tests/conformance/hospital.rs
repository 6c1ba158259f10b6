//! A hospital's own schema of tables and columns: `examples/hospital-schema`.

use crate::{
	fixture::{Filed, Fixture},
	records::{page, patient},
	servers::{literal, Database, Kind, Server},
	suite::samples,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use futures::{future::BoxFuture, FutureExt};
use medrec_gatekeeper::{
	fhir::ResourceType,
	records::{RecordBackend, SearchPage, Visibility},
	sample::SampleProvider,
};
use serde_json::Value;
use std::sync::Arc;

const SCHEMA: &str = include_str!("../../examples/hospital-schema/schema.sql");
pub const MAPPING: &str = include_str!("../../examples/hospital-schema/mapping.toml");

/// The schema in a database of its own for each filling.
pub struct Hospital<'a>(pub &'a Server);

impl Fixture for Hospital<'_> {
	fn fill<'a>(&'a self, resources: &'a [Filed]) -> BoxFuture<'a, Arc<dyn RecordBackend>> {
		async move {
			let database = fill(self.0, resources).await;
			Arc::new(self.0.open(&database, MAPPING).await.unwrap()) as Arc<dyn RecordBackend>
		}
		.boxed()
	}

	/// Its columns for times hold moments, not days.
	fn holds(&self, filed: &Filed) -> bool {
		const TIMES: [&str; 7] = [
			"/effectiveDateTime",
			"/authoredOn",
			"/performedDateTime",
			"/period/start",
			"/period/end",
			"/issued",
			"/date",
		];
		let resource = filed.resource();
		let is_day = |at: &str| {
			resource.pointer(at).and_then(Value::as_str).is_some_and(|time| !time.contains('T'))
		};
		!TIMES.iter().any(|at| is_day(at))
	}

	fn holds_documents(&self) -> bool {
		false
	}
}

/// A database of the schema that holds what it can hold of these resources.
pub async fn fill(server: &Server, resources: &[Filed]) -> Database {
	let database = server.create().await;
	database.execute(SCHEMA).await;
	for filed in resources {
		let (table, values) = row(&filed.resource(), matches!(server.kind, Kind::Sqlite));
		let values: Vec<_> = values.iter().map(|value| literal(value.as_deref())).collect();
		let insert = format!("INSERT INTO {table} VALUES ({})", values.join(", "));
		database.execute(&insert).await;
	}
	database
}

/// Table and values of a sample resource. SQLite keeps times as they are written.
fn row(resource: &Value, as_written: bool) -> (&'static str, Vec<Option<String>>) {
	let text = |pointer: &str| match resource.pointer(pointer) {
		Some(Value::String(text)) => Some(text.clone()),
		Some(Value::Number(number)) => Some(number.to_string()),
		_ => None,
	};
	let time = |pointer: &str| match as_written {
		true => text(pointer),
		false => text(pointer).map(|time| time.replace('T', " ").replace('Z', "")),
	};
	let subject = ["/subject/reference", "/patient/reference"].into_iter().find_map(text);
	let subject = subject.and_then(|subject| subject.strip_prefix("Patient/").map(str::to_owned));
	let head = [text("/id"), subject];
	let code = |element: &str| {
		[text(&format!("{element}/coding/0/code")), text(&format!("{element}/text"))]
	};
	match resource["resourceType"].as_str().unwrap() {
		"Patient" => {
			let sex = text("/gender").map(|gender| gender[..1].to_uppercase());
			let of = [
				"/id",
				"/identifier/0/system",
				"/identifier/0/value",
				"/name/0/family",
				"/name/0/given/0",
			];
			let home = ["/birthDate", "/address/0/line/0", "/address/0/city", "/address/0/country"];
			("patients", of.map(text).into_iter().chain([sex]).chain(home.map(text)).collect())
		},
		"Encounter" => {
			let when = [time("/period/start"), time("/period/end")];
			("encounters", [&head[..], &[text("/class/code")], &code("/type/0"), &when].concat())
		},
		"Condition" => {
			let when =
				[text("/onsetDateTime"), text("/recordedDate"), text("/meta/security/0/code")];
			("diagnoses", [&head[..], &code("/code"), &when].concat())
		},
		"Observation" if resource["component"].is_array() => {
			let value = |place: u8| text(&format!("/component/{place}/valueQuantity/value"));
			(
				"blood_pressures",
				[&head[..], &[time("/effectiveDateTime"), value(0), value(1)]].concat(),
			)
		},
		"Observation" => {
			let values = [
				time("/effectiveDateTime"),
				text("/valueQuantity/value").map(|_| digits(resource)),
				text("/valueQuantity/unit"),
			];
			let category = [text("/category/0/coding/0/code")];
			let finding = code("/valueCodeableConcept");
			(
				"laboratory_results",
				[&head[..], &category, &code("/code"), &values, &finding].concat(),
			)
		},
		"MedicationRequest" => {
			let rest = [text("/dosageInstruction/0/text"), time("/authoredOn")];
			("medication_orders", [&head[..], &code("/medicationCodeableConcept"), &rest].concat())
		},
		"AllergyIntolerance" => {
			let category = [text("/category/0")];
			("allergies", [&head[..], &category, &code("/code"), &[text("/recordedDate")]].concat())
		},
		"Immunization" => {
			let when = [text("/occurrenceDateTime")];
			("vaccinations", [&head[..], &code("/vaccineCode"), &when].concat())
		},
		"Procedure" => {
			("operations", [&head[..], &code("/code"), &[time("/performedDateTime")]].concat())
		},
		"DiagnosticReport" => {
			let section = [text("/category/0/coding/0/code")];
			let rest = [time("/issued"), text("/conclusion")];
			("reports", [&head[..], &section, &code("/code"), &rest].concat())
		},
		"DocumentReference" => {
			let data = text("/content/0/attachment/data").unwrap();
			let body = String::from_utf8(STANDARD.decode(data).unwrap()).unwrap();
			("documents", [&head[..], &code("/type"), &[time("/date"), Some(body)]].concat())
		},
		other => panic!("the schema has no table for {other}"),
	}
}

/// The value of an Observation as it was measured, to the last digit.
fn digits(resource: &Value) -> String {
	resource["valueQuantity"]["value"].to_string()
}

/// A statement that yields everybody's rows gives nobody's to anybody.
pub async fn a_faulty_statement_shows_nobody_else(server: &Server) {
	let database = fill(server, &samples(SampleProvider::Mercy)).await;
	let faulty = MAPPING.replace(
		"FROM medication_orders WHERE patient_id = :patient\"",
		"FROM medication_orders WHERE patient_id = :patient OR 1 = 1\"",
	);
	assert_ne!(faulty, MAPPING);
	let records = server.open(&database, &faulty).await.unwrap();
	let me = patient("A-1001");
	let right = server.open(&database, MAPPING).await.unwrap();
	let everything = Visibility::Everything;
	for resource_type in [ResourceType::MedicationRequest, ResourceType::Condition] {
		let (_, found) = page(&records, &me, &everything, resource_type, "").await;
		let (_, expected) = page(&right, &me, &everything, resource_type, "").await;
		assert!(expected.total > 0, "{resource_type}");
		let ids =
			|page: &SearchPage| page.resources.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
		assert_eq!((found.total, ids(&found)), (expected.total, ids(&expected)));
	}
	let findings = records.check_mapping(&me).await.unwrap();
	for finding in &findings {
		let wrong = finding.statement == "resources.MedicationRequest.search";
		assert_eq!(!finding.faults.is_empty(), wrong, "{finding:?}");
	}
}
