//! What a backend brings to be tested.

use futures::future::BoxFuture;
use medrec_gatekeeper::records::RecordBackend;
use serde_json::Value;
use std::sync::Arc;

/// A resource, and the patient under whom the database files it.
#[derive(Clone, Debug)]
pub struct Filed {
	pub patient: String,
	pub text: String,
}

impl Filed {
	pub fn new(patient: &str, text: impl Into<String>) -> Self {
		Self { patient: patient.into(), text: text.into() }
	}

	pub fn resource(&self) -> Value {
		serde_json::from_str(&self.text).unwrap()
	}
}

/// A way to fill a backend.
pub trait Fixture: Sync {
	/// A backend that holds exactly these resources.
	fn fill<'a>(&'a self, resources: &'a [Filed]) -> BoxFuture<'a, Arc<dyn RecordBackend>>;

	/// Whether it holds any resource of a type that is served, word for word: a database of whole
	/// resources does, one of columns holds what its columns are for.
	fn holds_documents(&self) -> bool;

	/// Whether it has room for one of the samples.
	fn holds(&self, _: &Filed) -> bool {
		true
	}
}
