use super::*;
use crate::fhir::{index::Index, Classification};
use medrec_primitives::{Labels, RecordTypes, Visible};
use std::os::unix::fs::PermissionsExt;

const VOCABULARY: VocabularyDigest = [9; 32];

fn patient(id: &str) -> LocalPatientId {
	id.parse().unwrap()
}

fn record(id: &str, text: &str) -> NewRecord {
	NewRecord {
		resource_type: ResourceType::Condition,
		id: id.into(),
		patient: patient("a"),
		version: None,
		last_updated: None,
		classification: Classification {
			record_types: RecordTypes::CONDITIONS,
			labels: Labels::NONE,
		},
		medication: None,
		names_other_patient: false,
		index: Index::default(),
		json: format!(
			r#"{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/a"}},"x":"{text}"}}"#
		),
	}
}

struct Store {
	folder: tempfile::TempDir,
	writer: RecordsWriter,
}

impl Store {
	async fn new() -> Self {
		let folder = tempfile::tempdir().unwrap();
		let writer = RecordsWriter::open(&folder.path().join("records.sqlite")).await.unwrap();
		let mut batch = writer.begin().await.unwrap();
		batch.require_vocabulary(&VOCABULARY).await.unwrap();
		batch.commit().await.unwrap();
		Self { folder, writer }
	}

	async fn store(&self, record: &NewRecord) -> Stored {
		let mut batch = self.writer.begin().await.unwrap();
		let stored = batch.store(record).await.unwrap();
		batch.commit().await.unwrap();
		stored
	}

	async fn reader(&self) -> SqliteRecords {
		SqliteRecords::open(&self.folder.path().join("records.sqlite"), &VOCABULARY).await.unwrap()
	}

	async fn read(&self, id: &str) -> Result<Option<StoredResource>, RecordError> {
		let (patient, visibility) = (patient("a"), Visibility::Everything);
		self.reader().await.read(&patient, &visibility, ResourceType::Condition, id).await
	}

	async fn sql(&self, statement: &str) {
		let options =
			SqliteConnectOptions::new().filename(self.folder.path().join("records.sqlite"));
		let pool = SqlitePool::connect_with(options).await.unwrap();
		sqlx::query(statement).execute(&pool).await.unwrap();
		pool.close().await;
	}
}

#[tokio::test]
async fn the_later_text_is_kept() {
	let store = Store::new().await;
	let at = |millis, text: &str| NewRecord { last_updated: Some(millis), ..record("1", text) };
	assert_eq!(store.store(&record("1", "first")).await, Stored::Added);
	assert_eq!(store.store(&record("1", "first")).await, Stored::Unchanged);
	assert_eq!(store.store(&record("1", "second")).await, Stored::Replaced);
	assert_eq!(store.store(&at(20, "third")).await, Stored::Replaced);
	assert_eq!(store.store(&at(10, "older")).await, Stored::KeptNewer);
	let found = store.read("1").await.unwrap().unwrap();
	assert!(found.json.get().contains("third"));
	assert_eq!(found.last_updated.unwrap().unix_timestamp_nanos(), 20_000_000);
	assert_eq!(store.store(&at(20, "fourth")).await, Stored::Replaced);
}

#[tokio::test]
async fn a_corrected_subject_moves_the_record() {
	let store = Store::new().await;
	store.store(&record("1", "x")).await;
	let moved = record("1", "x");
	let moved = NewRecord {
		patient: patient("b"),
		json: moved.json.replace("Patient/a", "Patient/b"),
		..moved
	};
	store.store(&moved).await;
	assert!(store.read("1").await.unwrap().is_none());
}

#[tokio::test]
async fn versions_follow_the_text() {
	let store = Store::new().await;
	store.store(&record("1", "x")).await;
	let first = store.read("1").await.unwrap().unwrap();
	store.store(&record("1", "y")).await;
	let second = store.read("1").await.unwrap().unwrap();
	assert_ne!(first.version, second.version);
	assert_eq!(first.version.len(), 16);
	store.store(&NewRecord { version: Some("7".into()), ..record("1", "z") }).await;
	assert_eq!(store.read("1").await.unwrap().unwrap().version, "7");
}

#[tokio::test]
async fn rows_that_do_not_fit_are_not_served() {
	for (damage, reason) in [
		("UPDATE resources SET json = replace(json, 'x', 'y')", "changed since"),
		("UPDATE resources SET labels = -1", "not numbers"),
		("UPDATE resources SET patient = 'a', id = '2'", "another resource"),
	] {
		let store = Store::new().await;
		store.store(&record("1", "x")).await;
		store.sql(damage).await;
		let id = if damage.contains("id = '2'") { "2" } else { "1" };
		let error = store.read(id).await.unwrap_err().to_string();
		assert!(error.contains(reason), "{damage}: {error}");
	}
}

/// A row that was given to another patient: its text still says whose it is. It is as if it were not
/// there, and the rest is served.
#[tokio::test]
async fn rows_of_another_patient_are_not_there() {
	let store = Store::new().await;
	for (id, text) in [("1", "Patient/b"), ("2", "Patient/ab"), ("3", "Patient/b/_history/1")] {
		let foreign = record(id, "x");
		store.store(&NewRecord { json: foreign.json.replace("Patient/a", text), ..foreign }).await;
		assert!(store.read(id).await.unwrap().is_none(), "{text}");
	}
	let own = record("4", "x");
	let json = own.json.replace("Patient/a", "Patient/a/_history/3");
	store.store(&NewRecord { json, ..own }).await;
	assert!(store.read("4").await.unwrap().is_some());
	let query = SearchQuery::parse(ResourceType::Condition, "", 0).unwrap();
	let everything = Visibility::Everything;
	let page = store.reader().await.search(&patient("a"), &everything, &query).await.unwrap();
	assert_eq!((page.total, page.resources.len()), (1, 1));

	// Patients are their own.
	let other = NewRecord {
		resource_type: ResourceType::Patient,
		json: r#"{"resourceType":"Patient","id":"b"}"#.into(),
		..record("b", "x")
	};
	store.store(&other).await;
	let read = store.reader().await;
	let found = read.read(&patient("a"), &everything, ResourceType::Patient, "b").await.unwrap();
	assert!(found.is_none());
}

#[tokio::test]
async fn orders_take_the_labels_of_their_medication() {
	let store = Store::new().await;
	let order = NewRecord { medication: Some("m".into()), ..record("1", "x") };
	store.store(&order).await;
	let unknown = store.read("1").await.unwrap().unwrap();
	assert_eq!(unknown.record_types, RecordTypes::NONE);
	let rules = Visibility::Rules(vec![Visible::EVERYTHING]);
	let condition = ResourceType::Condition;
	let reader = store.reader().await;
	assert!(reader.read(&patient("a"), &rules, condition, "1").await.unwrap().is_none());

	for (labels, expected) in [
		(Some(Labels::HIV), (RecordTypes::CONDITIONS, Labels::HIV)),
		(None, (RecordTypes::NONE, Labels::NONE)),
	] {
		let mut batch = store.writer.begin().await.unwrap();
		let medication =
			SupportingMedication { id: "m".into(), last_updated: None, labels, json: "{}".into() };
		batch.store_medication(&medication).await.unwrap();
		batch.commit().await.unwrap();
		let found = store.read("1").await.unwrap().unwrap();
		assert_eq!((found.record_types, found.labels), expected);
	}
}

#[tokio::test]
async fn nobody_else_can_read_the_file() {
	let store = Store::new().await;
	store.store(&record("1", "x")).await;
	for name in ["records.sqlite", "records.sqlite-wal"] {
		let metadata = std::fs::metadata(store.folder.path().join(name)).unwrap();
		assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
	}
}

#[tokio::test]
async fn what_another_vocabulary_classified_is_not_for_grantees() {
	let store = Store::new().await;
	store.store(&record("1", "x")).await;
	let reader = store.reader().await;
	let (patient, condition) = (patient("a"), ResourceType::Condition);
	let grantee = Visibility::Rules(vec![Visible::EVERYTHING]);
	let query = SearchQuery::parse(condition, "", 0).unwrap();
	assert!(reader.read(&patient, &grantee, condition, "1").await.unwrap().is_some());
	assert_eq!(reader.search(&patient, &grantee, &query).await.unwrap().total, 1);
	// Another one, and none, as while everything is classified anew.
	for digest in [Some([1; 32]), None] {
		let mut batch = store.writer.begin().await.unwrap();
		batch.set_vocabulary(digest.as_ref()).await.unwrap();
		let refused = batch.require_vocabulary(&VOCABULARY).await;
		assert!(matches!(refused, Err(RecordError::OtherVocabulary)));
		batch.commit().await.unwrap();
		let read = reader.read(&patient, &grantee, condition, "1").await;
		assert!(matches!(read, Err(RecordError::OtherVocabulary)));
		let searched = reader.search(&patient, &grantee, &query).await;
		assert!(matches!(searched, Err(RecordError::OtherVocabulary)));
		assert!(matches!(reader.check().await, Err(RecordError::OtherVocabulary)));
		let hers = reader.search(&patient, &Visibility::Everything, &query).await.unwrap();
		assert_eq!(hers.total, 1, "the patient sees what is hers");
	}
}

#[tokio::test]
async fn the_server_cannot_write() {
	let store = Store::new().await;
	let reader = store.reader().await;
	let error = sqlx::query("DELETE FROM resources").execute(&reader.pool).await.unwrap_err();
	assert!(error.to_string().contains("readonly"), "{error}");
}

#[tokio::test]
async fn opening_says_what_to_do() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("records.sqlite");
	let error = SqliteRecords::open(&path, &VOCABULARY).await.unwrap_err().to_string();
	assert!(error.contains("import"), "{error}");
	std::fs::write(&path, "not a database, but some text that is long enough").unwrap();
	assert!(SqliteRecords::open(&path, &VOCABULARY).await.is_err());

	let store = Store::new().await;
	store.sql("UPDATE _sqlx_migrations SET version = version + 98").await;
	let path = store.folder.path().join("records.sqlite");
	let error = SqliteRecords::open(&path, &VOCABULARY).await.unwrap_err().to_string();
	assert!(error.contains("newer version"), "{error}");
}

#[tokio::test]
async fn a_batch_that_is_not_committed_leaves_nothing() {
	let store = Store::new().await;
	let mut batch = store.writer.begin().await.unwrap();
	batch.store(&record("1", "x")).await.unwrap();
	batch.mark_imported(&[7; 32]).await.unwrap();
	drop(batch);
	assert!(store.read("1").await.unwrap().is_none());
	let mut batch = store.writer.begin().await.unwrap();
	assert!(!batch.is_imported(&[7; 32]).await.unwrap());
	batch.mark_imported(&[7; 32]).await.unwrap();
	batch.commit().await.unwrap();
	assert!(store.writer.begin().await.unwrap().is_imported(&[7; 32]).await.unwrap());
}
