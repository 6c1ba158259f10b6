//! Databases that hold whole resources as JSON.

use crate::{
	fixture::{Filed, Fixture},
	servers::{literal, Kind, Server},
};
use futures::{future::BoxFuture, FutureExt};
use medrec_gatekeeper::{fhir::ResourceType, records::RecordBackend};
use std::sync::Arc;

/// Rows of type, id, patient and JSON.
pub struct Documents<'a>(pub &'a Server);

impl Documents<'_> {
	fn schema(&self) -> &'static str {
		match self.0.kind {
			Kind::Postgres(_) => {
				"CREATE TABLE resources (type TEXT, id TEXT, patient TEXT, body JSON)"
			},
			Kind::MariaDb(_) => {
				"CREATE TABLE resources (type VARCHAR(64), id VARCHAR(64), \
				 patient VARCHAR(64) COLLATE utf8mb4_bin, body LONGTEXT)"
			},
			Kind::Sqlite => "CREATE TABLE resources (type TEXT, id TEXT, patient TEXT, body TEXT)",
		}
	}

	/// A JSON text as a literal.
	fn body(&self, text: &str) -> String {
		match self.0.kind {
			Kind::MariaDb(_) => literal(Some(&text.replace('\\', "\\\\"))),
			Kind::Postgres(_) | Kind::Sqlite => literal(Some(text)),
		}
	}
}

fn mapping() -> String {
	let names = ResourceType::ALL.iter().map(|resource_type| resource_type.name());
	names
		.chain(["Medication"])
		.map(|name| {
			format!(
				"[resources.{name}]\n\
				 search = \"SELECT body FROM resources WHERE type = '{name}' AND patient = :patient\"\n\
				 read = \"SELECT body FROM resources WHERE type = '{name}' AND patient = :patient AND id = :id\"\n\
				 document = \"body\"\n"
			)
		})
		.collect()
}

impl Fixture for Documents<'_> {
	fn fill<'a>(&'a self, resources: &'a [Filed]) -> BoxFuture<'a, Arc<dyn RecordBackend>> {
		async move {
			let database = self.0.create().await;
			database.execute(self.schema()).await;
			for chunk in resources.chunks(50) {
				let rows: Vec<_> = chunk
					.iter()
					.map(|filed| {
						let resource = filed.resource();
						let text = |name: &str| literal(resource[name].as_str());
						let patient = literal(Some(&filed.patient));
						let body = self.body(&filed.text);
						let resource_type = match resource["id"].as_str() {
							// What is filed as a Condition and is none.
							Some("c") => literal(Some("Condition")),
							_ => text("resourceType"),
						};
						format!("({resource_type}, {}, {patient}, {body})", text("id"))
					})
					.collect();
				let insert = format!("INSERT INTO resources VALUES {}", rows.join(", "));
				database.execute(&insert).await;
			}
			Arc::new(self.0.open(&database, &mapping()).await.unwrap()) as Arc<dyn RecordBackend>
		}
		.boxed()
	}

	fn holds_documents(&self) -> bool {
		true
	}
}
