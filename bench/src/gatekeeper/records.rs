//! One patient's records, in the gatekeeper's own database and in PostgreSQL.

use std::{
	fs::{self, File},
	io::{BufWriter, Write},
	path::Path,
};

use anyhow::Result;
use medrec_tests::{
	databases::Postgres,
	gatekeeper::{write_secret, Gatekeeper},
};
use serde_json::{json, Value};
use time::{format_description::well_known::Rfc3339, macros::datetime, Duration, OffsetDateTime};

/// The patient's id in the records.
pub const PATIENT: &str = "bench-1";

/// How many medication orders she has; single ones are read.
pub const ORDERS: u32 = 100;

/// How many laboratory results she has; they are read in pages.
pub const RESULTS: u32 = 10_000;

/// The first result; one follows every twelve hours.
const BEGIN: OffsetDateTime = datetime!(2000-01-01 08:00 UTC);

/// A hospital's schema, and how its rows become resources.
const SCHEMA: &str = include_str!("../../../gatekeeper/examples/hospital-schema/schema.sql");
const MAPPING: &str = include_str!("../../../gatekeeper/examples/hospital-schema/mapping.toml");

/// The same records as rows of that schema. `{patient}`, `{orders}` and `{results}` stand for the constants.
const ROWS: &str = "
INSERT INTO patients VALUES
	('{patient}', 'https://mercy.example/charts', '{patient}', 'Example', 'Paula', 'F', '1970-01-01');
INSERT INTO medication_orders
	SELECT 'order-' || n::text, '{patient}', 'A10BA02', 'metformin',
		'500 mg by mouth twice a day with meals', TIMESTAMP '2000-01-01 08:00' + n * INTERVAL '12 hours'
	FROM generate_series(1, {orders}) AS n;
INSERT INTO laboratory_results
	SELECT 'result-' || n::text, '{patient}', 'laboratory', '1558-6',
		'Fasting glucose [Mass/volume] in Serum or Plasma',
		TIMESTAMP '2000-01-01 08:00' + n * INTERVAL '12 hours', (80 + n % 60)::text, 'mg/dL'
	FROM generate_series(1, {results}) AS n;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
ANALYZE;
";

/// Id of an order.
pub fn order_id(number: u32) -> String {
	format!("order-{number}")
}

/// Where records lie, and how figures of them are named.
pub struct Backend {
	/// Its name.
	pub name: &'static str,
	/// What signed reads are called.
	pub reads: &'static str,
	/// What unchecked reads are called.
	pub unchecked: &'static str,
	/// What first pages are called.
	pub page: &'static str,
	/// Most milliseconds that 95 of 100 first pages may take, where there is a target.
	pub page_limit: Option<f64>,
	/// What belongs to its pages, in words.
	pub page_note: &'static str,
	/// The configuration's part about it.
	pub configuration: &'static str,
	/// Ends with this.
	_server: Option<Postgres>,
}

impl Backend {
	/// The gatekeeper's own database.
	pub fn embedded() -> Self {
		Self {
			name: "SQLite",
			reads: "reads, SQLite",
			unchecked: "reads unchecked, SQLite",
			page: "first pages, SQLite",
			page_limit: Some(20.0),
			page_note: "the gatekeeper's own database",
			configuration: "",
			_server: None,
		}
	}

	/// PostgreSQL with the schema of a hospital, over its loopback address. `None` where it is not
	/// installed.
	pub async fn postgres(gatekeeper: &Gatekeeper) -> Result<Option<Self>> {
		if !Postgres::is_installed() {
			return Ok(None);
		}
		let server = Postgres::start().await?;
		let database = server.create("hospital").await?;
		let rows = ROWS
			.replace("{patient}", PATIENT)
			.replace("{orders}", &ORDERS.to_string())
			.replace("{results}", &RESULTS.to_string());
		for statements in [SCHEMA, rows.as_str()] {
			sqlx::raw_sql(statements).execute(&database).await?;
		}
		database.close().await;
		let beside = |name: &str| gatekeeper.config_file().with_file_name(name);
		write_secret(&beside("records.url"), &server.url("reader", "hospital"))?;
		fs::write(beside("mapping.toml"), MAPPING)?;
		Ok(Some(Self {
			name: "PostgreSQL",
			reads: "reads, PostgreSQL",
			unchecked: "reads unchecked, PostgreSQL",
			page: "first pages, PostgreSQL",
			page_limit: None,
			page_note: "each page reads all rows of the type",
			configuration: "[records]\nbackend = \"sql\"\nurl_file = \"records.url\"\n\
			                mapping = \"mapping.toml\"\n",
			_server: Some(server),
		}))
	}
}

/// Write the patient's records as NDJSON, one resource a line.
pub fn write_ndjson(path: &Path) -> Result<()> {
	let mut file = BufWriter::new(File::create(path)?);
	writeln!(file, "{}", patient())?;
	for number in 1..=ORDERS {
		writeln!(file, "{}", order(number)?)?;
	}
	for number in 1..=RESULTS {
		writeln!(file, "{}", result(number)?)?;
	}
	Ok(file.flush()?)
}

fn patient() -> Value {
	json!({
		"resourceType": "Patient",
		"id": PATIENT,
		"identifier": [{ "system": "https://mercy.example/charts", "value": PATIENT }],
		"name": [{ "use": "official", "family": "Example", "given": ["Paula"] }],
		"gender": "female",
		"birthDate": "1970-01-01",
	})
}

fn order(number: u32) -> Result<Value> {
	Ok(json!({
		"resourceType": "MedicationRequest",
		"id": order_id(number),
		"status": "active",
		"intent": "order",
		"medicationCodeableConcept": {
			"coding": [{
				"system": "http://www.whocc.no/atc", "code": "A10BA02", "display": "metformin",
			}],
			"text": "metformin",
		},
		"subject": { "reference": format!("Patient/{PATIENT}") },
		"authoredOn": moment(number)?,
		"dosageInstruction": [{ "text": "500 mg by mouth twice a day with meals" }],
	}))
}

fn result(number: u32) -> Result<Value> {
	let name = "Fasting glucose [Mass/volume] in Serum or Plasma";
	Ok(json!({
		"resourceType": "Observation",
		"id": format!("result-{number}"),
		"status": "final",
		"category": [{
			"coding": [{
				"system": "http://terminology.hl7.org/CodeSystem/observation-category",
				"code": "laboratory",
			}],
		}],
		"code": {
			"coding": [{ "system": "http://loinc.org", "code": "1558-6", "display": name }],
			"text": name,
		},
		"subject": { "reference": format!("Patient/{PATIENT}") },
		"effectiveDateTime": moment(number)?,
		"valueQuantity": {
			"value": 80 + number % 60,
			"unit": "mg/dL",
			"system": "http://unitsofmeasure.org",
			"code": "mg/dL",
		},
	}))
}

/// When something of this number was, as FHIR has it.
fn moment(number: u32) -> Result<String> {
	Ok((BEGIN + Duration::hours(12) * number).format(&Rfc3339)?)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn each_record_is_a_line() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("records.ndjson");
		write_ndjson(&path).unwrap();
		let text = fs::read_to_string(path).unwrap();
		assert_eq!(text.lines().count(), 1 + (ORDERS + RESULTS) as usize);
		let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
		assert_eq!(last["id"], format!("result-{RESULTS}"));
		assert_eq!(last["effectiveDateTime"], "2013-09-09T08:00:00Z");
	}
}
