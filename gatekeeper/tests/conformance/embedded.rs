//! The store that comes with the gatekeeper.

use crate::{
	fixture::{Filed, Fixture},
	records::Records,
	suite,
};
use futures::{future::BoxFuture, FutureExt};
use medrec_gatekeeper::records::RecordBackend;
use std::{
	path::Path,
	sync::{Arc, Mutex},
};

/// Imports into files that last as long as the fixture.
#[derive(Default)]
pub struct Embedded {
	folders: Mutex<Vec<Records>>,
}

impl Fixture for Embedded {
	fn fill<'a>(&'a self, resources: &'a [Filed]) -> BoxFuture<'a, Arc<dyn RecordBackend>> {
		async move {
			let records = Records::new();
			let lines: Vec<_> = resources.iter().map(|filed| filed.text.as_str()).collect();
			let file = records.write("records.ndjson", lines.join("\n"));
			let report = records.import(&[&file as &Path]).await;
			assert_eq!(report.problem_count(), 0);
			let backend: Arc<dyn RecordBackend> = Arc::new(records.open().await);
			self.folders.lock().unwrap().push(records);
			backend
		}
		.boxed()
	}

	fn holds_documents(&self) -> bool {
		true
	}
}

#[tokio::test]
async fn the_embedded_store_conforms() {
	suite::run(&Embedded::default()).await;
}
