//! What tests of imports and searches share: a folder with a records database.

// Each test file uses its own part of this.
#![allow(dead_code)]

use medrec_gatekeeper::{
	fhir::{search::SearchQuery, ResourceType, Vocabulary},
	import::{import, ImportError, ImportOptions, Report},
	records::{
		LocalPatientId, RecordBackend, SearchPage, SqliteRecords, StoredResource, Visibility,
	},
};
use std::path::{Path, PathBuf};

/// 2026-11-22T00:00:00Z.
pub const NOW: i64 = 1_795_305_600_000;

pub struct Records {
	folder: tempfile::TempDir,
}

impl Records {
	pub fn new() -> Self {
		Self { folder: tempfile::tempdir().unwrap() }
	}

	pub fn path(&self, name: &str) -> PathBuf {
		self.folder.path().join(name)
	}

	pub fn database(&self) -> PathBuf {
		self.path("records.sqlite")
	}

	/// Write a file, with the folders that it needs.
	pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
		let path = self.path(name);
		std::fs::create_dir_all(path.parent().unwrap()).unwrap();
		std::fs::write(&path, content).unwrap();
		path
	}

	pub async fn import(&self, paths: &[&Path]) -> Report {
		self.try_import(paths, &options()).await.unwrap()
	}

	pub async fn try_import(
		&self,
		paths: &[&Path],
		options: &ImportOptions,
	) -> Result<Report, ImportError> {
		let paths: Vec<_> = paths.iter().map(|path| path.to_path_buf()).collect();
		import(&paths, &self.database(), options).await
	}

	pub async fn open(&self) -> SqliteRecords {
		let vocabulary = options().vocabulary;
		SqliteRecords::open(&self.database(), vocabulary.digest()).await.unwrap()
	}
}

pub fn options() -> ImportOptions {
	ImportOptions { bases: Vec::new(), vocabulary: Vocabulary::builtin().unwrap(), progress: false }
}

pub fn patient(id: &str) -> LocalPatientId {
	id.parse().unwrap()
}

pub async fn page(
	records: &dyn RecordBackend,
	patient: &LocalPatientId,
	visibility: &Visibility,
	resource_type: ResourceType,
	query: &str,
) -> (SearchQuery, SearchPage) {
	let query = SearchQuery::parse(resource_type, query, NOW).unwrap();
	let page = records.search(patient, visibility, &query).await.unwrap();
	(query, page)
}

/// All pages of a search, following its next links; checks that every page tells the same total.
pub async fn all_pages(
	records: &dyn RecordBackend,
	patient: &LocalPatientId,
	visibility: &Visibility,
	resource_type: ResourceType,
	query: &str,
) -> Vec<StoredResource> {
	let base = "https://gatekeeper.example/fhir";
	let mut query = query.to_owned();
	let mut found: Vec<StoredResource> = Vec::new();
	let mut total = None;
	loop {
		let (parsed, page) = page(records, patient, visibility, resource_type, &query).await;
		assert_eq!(*total.get_or_insert(page.total), page.total);
		found.extend(page.resources);
		let Some(cursor) = page.next else { break };
		let url = parsed.url_of_page(base, &cursor);
		query = url.split_once('?').unwrap().1.to_owned();
	}
	// Who asks for no resources asks for the total alone.
	assert!(total == Some(found.len() as u64) || query.contains("_count=0"));
	found
}
