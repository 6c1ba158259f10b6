//! What `check-config` finds in a mapping, and what a database must not let the gatekeeper do.

use crate::{
	hospital::{fill, MAPPING},
	records::patient,
	servers::{Kind, Server},
	suite::samples,
};
use medrec_gatekeeper::{
	fhir::{search::SearchQuery, ResourceType, Vocabulary},
	records::{RecordBackend, RecordError, SqlRecords, Visibility},
	sample::SampleProvider,
};
use serde_json::{json, Value};
use std::time::{Duration, Instant};

const ALICE: &str = "A-1001";

/// Each fault is named with its statement and its column; a right mapping has none.
pub async fn faults_are_named(server: &Server) {
	let database = fill(server, &samples(SampleProvider::Mercy)).await;
	let records = server.open(&database, MAPPING).await.unwrap();
	let findings = records.check_mapping(&patient(ALICE)).await.unwrap();
	assert!(findings.iter().all(|finding| finding.faults.is_empty()), "{findings:?}");
	let rows = |statement: &str| findings.iter().find(|f| f.statement == statement).unwrap().rows;
	assert_eq!(rows("resources.Condition.search"), 4);
	assert!(rows("resources.Observation.search") > 50);
	let nobody = records.check_mapping(&patient("nobody")).await.unwrap();
	assert!(nobody.iter().all(|finding| finding.faults.is_empty() && finding.rows == 0));

	for (right, wrong, statement, fault) in [
		("\"atc_code\"", "\"atc\"", "resources.MedicationRequest.search", "column `atc`"),
		("FROM operations", "FROM operation", "resources.Procedure.search", "operation"),
		(
			"\"$column\": \"given_on\", \"$as\": \"date\"",
			"\"$column\": \"vaccine\", \"$as\": \"date\"",
			"resources.Immunization.search",
			"column `vaccine`: it is not a date",
		),
		(
			"\"$column\": \"result\", \"$as\": \"number\"",
			"\"$column\": \"test_name\", \"$as\": \"number\"",
			"resources.Observation.search",
			"column `test_name`: it is not a number",
		),
	] {
		let mapping = MAPPING.replace(right, wrong);
		assert_ne!(mapping, MAPPING);
		let records = server.open(&database, &mapping).await.unwrap();
		for finding in records.check_mapping(&patient(ALICE)).await.unwrap() {
			let of_type = statement.rsplit_once('.').unwrap().0;
			if finding.statement == statement {
				let faults: Vec<_> = finding.faults.into_iter().collect();
				assert!(faults.join("; ").contains(fault), "{statement}: {faults:?}");
			} else if !finding.statement.starts_with(of_type) {
				assert!(finding.faults.is_empty(), "{finding:?}");
			}
		}
	}

	for (right, wrong, reason) in [
		("patient_id = :patient\"", "patient_id = :name\"", "`:name`"),
		("\"SELECT * FROM reports", "\"DELETE FROM reports", "neither SELECT nor WITH"),
		("[resources.Procedure]", "[resources.Operation]", "not a resource type"),
		("\"$as\": \"base64\"", "\"$as\": \"base32\"", "`$as` is one of"),
		("[resources.Patient]", "[resources.Provenance]", "resources.Provenance"),
		("timestamps_without_zone = \"utc\"", "colour = 1", "colour"),
	] {
		let mapping = MAPPING.replacen(right, wrong, 1);
		assert_ne!(mapping, MAPPING);
		let refused = server.open(&database, &mapping).await.unwrap_err().to_string();
		assert!(refused.contains(reason), "{refused}");
	}
}

/// The gatekeeper does not start with an account that can write; and what is open cannot write.
pub async fn accounts_that_can_write_are_refused(server: &Server) {
	let database = fill(server, &samples(SampleProvider::Mercy)).await;
	if !matches!(server.kind, Kind::Sqlite) {
		let config = server.config("admin", &database.name, MAPPING);
		let refused = SqlRecords::open(&config, Vocabulary::builtin().unwrap()).await.unwrap_err();
		assert!(refused.to_string().contains("can write"), "{refused}");
	}
	if matches!(server.kind, Kind::Postgres(_)) {
		let writing = MAPPING.replace(
			"SELECT * FROM operations WHERE patient_id = :patient",
			"WITH gone AS (DELETE FROM operations RETURNING *) SELECT * FROM gone WHERE patient_id = :patient",
		);
		let records = server.open(&database, &writing).await.unwrap();
		let query = SearchQuery::parse(ResourceType::Procedure, "", 0).unwrap();
		let found = records.search(&patient(ALICE), &Visibility::Everything, &query).await;
		assert!(matches!(found, Err(RecordError::Unavailable(_))), "{found:?}");
	}
	let mut config = server.config("reader", &database.name, MAPPING);
	std::fs::set_permissions(&config.url_file, std::os::unix::fs::PermissionsExt::from_mode(0o644))
		.unwrap();
	let open = SqlRecords::open(&config, Vocabulary::builtin().unwrap()).await.unwrap_err();
	assert!(open.to_string().contains("chmod 600"), "{open}");
	config.url_file = config.url_file.with_extension("none");
	assert!(SqlRecords::open(&config, Vocabulary::builtin().unwrap()).await.is_err());
}

/// Columns of each database's own types. Ids are numbers here.
pub async fn types_become_json(server: &Server) {
	let database = server.create().await;
	let (table, row, expected) = match &server.kind {
		Kind::Postgres(_) => (
			"CREATE TYPE status AS ENUM ('final'); CREATE TABLE t (id INT, patient BIGINT, \
			 n NUMERIC, r REAL, d DOUBLE PRECISION, b BOOL, day DATE, moment TIMESTAMPTZ, u UUID, \
			 j JSONB, raw BYTEA, e status, c CHAR(4), big NUMERIC)",
			"(7, 42, 6.80, 1.5, 0.1, TRUE, '2021-02-03', '2021-02-03 04:05:06.5+02', \
			 '00000000-0000-0000-0000-000000000001', '[{\"x\": 1.50}]', '\\x00ff', 'final', 'ab', \
			 123456789012345.678)",
			json!({"e": "final", "u": "00000000-0000-0000-0000-000000000001"}),
		),
		Kind::MariaDb(_) => (
			"CREATE TABLE t (id INT UNSIGNED, patient BIGINT, n DECIMAL(10,2), r FLOAT, d DOUBLE, \
			 b BOOLEAN, day DATE, moment TIMESTAMP(1) NULL, u CHAR(36), j JSON, raw VARBINARY(9), \
			 e ENUM('final'), c CHAR(4), big DECIMAL(20,3))",
			"(7, 42, 6.80, 1.5, 0.1, TRUE, '2021-02-03', '2021-02-03 02:05:06.5', 'x', \
			 '[{\"x\": 1.50}]', x'00ff', 'final', 'ab', 123456789012345.678)",
			json!({"e": "final", "u": "x"}),
		),
		Kind::Sqlite => (
			"CREATE TABLE t (id INTEGER, patient INTEGER, n TEXT, r REAL, d REAL, b INTEGER, day TEXT, \
			 moment TEXT, u TEXT, j TEXT, raw BLOB, e TEXT, c TEXT, big TEXT)",
			"(7, 42, '6.80', 1.5, 0.1, 1, '2021-02-03', '2021-02-03T02:05:06.5Z', 'x', \
			 '[{\"x\": 1.50}]', x'00ff', 'final', 'ab', '123456789012345.678')",
			json!({"e": "final", "u": "x"}),
		),
	};
	database.execute(table).await;
	database.execute(&format!("INSERT INTO t VALUES {row}")).await;
	let template = json!({
		"resourceType": "Observation",
		"id": {"$column": "id", "$as": "string"},
		"subject": {"reference": {"$concat": ["Patient/", {"$column": "patient"}]}},
		"n": {"$column": "n", "$as": "number"}, "r": {"$column": "r"}, "d": {"$column": "d"},
		"b": {"$column": "b", "$as": "boolean"}, "day": {"$column": "day"},
		"moment": {"$column": "moment"}, "u": {"$column": "u"}, "j": {"$column": "j", "$as": "json"},
		"raw": {"$column": "raw", "$as": "base64"}, "e": {"$column": "e"}, "c": {"$column": "c"},
		"big": {"$column": "big", "$as": "number"},
	});
	let mapping = format!(
		"patient_id = \"integer\"\n\
		 [resources.Patient]\nsearch = \"SELECT u AS x FROM t WHERE 0 = :patient\"\ndocument = \"x\"\n\
		 [resources.Observation]\nid = \"integer\"\nsearch = \"SELECT * FROM t WHERE patient = :patient\"\n\
		 read = \"SELECT * FROM t WHERE patient = :patient AND id = :id\"\nresource = '''{template}'''\n"
	);
	let records = server.open(&database, &mapping).await.unwrap();
	let (everything, observation) = (Visibility::Everything, ResourceType::Observation);
	let read = |patient_id: &'static str, id: &'static str| {
		let (records, everything) = (&records, &everything);
		async move { records.read(&patient(patient_id), everything, observation, id).await.unwrap() }
	};
	let found = read("42", "7").await.unwrap();
	let text = found.json.get();
	for part in [
		r#""n":6.80"#,
		r#""r":1.5"#,
		r#""d":0.1"#,
		r#""b":true"#,
		r#""day":"2021-02-03""#,
		r#""moment":"2021-02-03T02:05:06.5Z""#,
		r#""raw":"AP8=""#,
		r#""c":"ab""#,
		r#""big":123456789012345.678"#,
		r#"1.50"#,
	] {
		assert!(text.contains(part), "{part}: {text}");
	}
	let value: Value = serde_json::from_str(text).unwrap();
	assert_eq!((&value["e"], &value["u"]), (&expected["e"], &expected["u"]));
	// Numbers are written in one way only, whatever a database takes for one.
	for (patient, id) in [("042", "7"), ("42", "07"), ("42", "7.0"), ("42", "x"), ("x", "7")] {
		assert!(read(patient, id).await.is_none(), "{patient} {id}");
	}
}

/// A statement that takes too long is given up, and the next one is answered.
pub async fn slow_statements_are_given_up(server: &Server) {
	let database = fill(server, &samples(SampleProvider::Mercy)).await;
	let endless = match server.kind {
		Kind::Postgres(_) => {
			"SELECT * FROM operations WHERE patient_id = :patient AND pg_sleep(60) IS NULL"
		},
		Kind::MariaDb(_) => {
			"SELECT * FROM operations WHERE patient_id = :patient AND sleep(60) = 7"
		},
		Kind::Sqlite => {
			"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
			 SELECT operations.* FROM n, operations WHERE patient_id = :patient AND i < 0"
		},
	};
	let mapping = MAPPING.replace("SELECT * FROM operations WHERE patient_id = :patient", endless);
	let mut config = server.config("reader", &database.name, &mapping);
	config.statement_seconds = 1;
	config.connections = 1;
	let records = SqlRecords::open(&config, Vocabulary::builtin().unwrap()).await.unwrap();
	let (me, everything) = (patient(ALICE), Visibility::Everything);
	let query = |resource_type| SearchQuery::parse(resource_type, "", 0).unwrap();
	let begin = Instant::now();
	let slow = records.search(&me, &everything, &query(ResourceType::Procedure)).await;
	assert!(matches!(slow, Err(RecordError::TooSlow | RecordError::Unavailable(_))), "{slow:?}");
	assert!(begin.elapsed() < Duration::from_secs(20));
	// The only connection is free again, as soon as the database has noticed.
	let conditions = loop {
		match records.search(&me, &everything, &query(ResourceType::Condition)).await {
			Ok(page) => break page,
			Err(error) => assert!(begin.elapsed() < Duration::from_secs(50), "{error}"),
		}
	};
	assert_eq!(conditions.total, 4);
}
