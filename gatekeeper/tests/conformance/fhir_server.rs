//! A FHIR R4 server of somebody else's: Medplum's router, run by Node.js. And one that does everything
//! wrong.

use crate::records::patient;
use axum::{
	extract::State,
	http::{header, StatusCode},
	response::IntoResponse,
	Json, Router,
};
use medrec_gatekeeper::{
	fhir::{search::SearchQuery, ResourceType, Vocabulary},
	records::{
		config::{FhirServerConfig, RecordsConfig},
		FhirServerError, FhirServerRecords, RecordBackend, RecordError, SearchPage, Visibility,
	},
};
use medrec_tests::gatekeeper::write_secret;
use serde_json::{json, Value};
use std::{
	fs,
	io::{BufRead, BufReader},
	path::Path,
	process::{Child, ChildStdin, Command, Stdio},
};
use tempfile::TempDir;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fhir-server");
const TOKEN: &str = "a-token-of-the-hospital";

/// Medplum's server. It ends with its standard input.
struct Medplum {
	folder: TempDir,
	child: Child,
	input: Option<ChildStdin>,
	port: u16,
}

impl Medplum {
	fn start() -> Self {
		let folder = tempfile::tempdir().unwrap();
		for file in ["package.json", "package-lock.json", "server.mjs", "websocket.mjs"] {
			fs::copy(Path::new(SOURCES).join(file), folder.path().join(file)).unwrap();
		}
		let installed = Command::new("npm")
			.args(["ci", "--no-audit", "--no-fund"])
			.current_dir(folder.path())
			.output()
			.expect("npm is installed: cargo xtask setup");
		assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
		let mut child = Command::new("node")
			.arg("server.mjs")
			.current_dir(folder.path())
			.env("TOKEN", TOKEN)
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.spawn()
			.unwrap();
		let mut line = String::new();
		BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
		let port = line.trim().parse().expect("the server prints its port");
		let input = child.stdin.take();
		Self { folder, child, input, port }
	}

	fn config(&self, name: &str, token: &str) -> FhirServerConfig {
		let token_file = self.folder.path().join(format!("token-{name}"));
		write_secret(&token_file, token).unwrap();
		let base = format!("http://127.0.0.1:{}/{name}", self.port);
		FhirServerConfig { token_file: Some(token_file), page_size: 20, ..config(&base) }
	}
}

impl Medplum {
	/// End it; its files stay.
	fn stop(&mut self) {
		drop(self.input.take());
		let _ = self.child.wait();
	}
}

impl Drop for Medplum {
	fn drop(&mut self) {
		self.stop();
	}
}

fn config(base: &str) -> FhirServerConfig {
	let config = FhirServerConfig {
		url: base.parse().unwrap(),
		token_file: None,
		ca_file: None,
		page_size: 50,
		max_pages: 100,
		max_answer_bytes: 32 << 20,
		request_seconds: 20,
	};
	RecordsConfig::Fhir(config.clone()).check().unwrap();
	config
}

fn open(config: &FhirServerConfig) -> FhirServerRecords {
	FhirServerRecords::new(config, Vocabulary::builtin().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_asked_with_its_token_and_may_be_away() {
	let mut server = Medplum::start();

	let refused = open(&server.config("other", "another-token")).check().await.unwrap_err();
	assert!(matches!(refused, RecordError::FhirServer(FhirServerError::Refused(401))), "{refused}");
	// The token is replaced while the gatekeeper runs.
	let config = server.config("rotated", "another-token");
	let records = open(&config);
	assert!(records.check().await.is_err());
	write_secret(config.token_file.as_ref().unwrap(), TOKEN).unwrap();
	records.check().await.unwrap();

	server.stop();
	let gone = records.check().await.unwrap_err();
	assert!(matches!(gone, RecordError::FhirServer(FhirServerError::Unreachable(_))), "{gone}");
	assert!(!gone.to_string().contains("127.0.0.1"), "{gone}");
}

/// A server that answers everything in one way. Answers its base URL.
async fn faulty(status: StatusCode, answer: Value) -> String {
	let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
	let base = format!("http://{}/fhir", listener.local_addr().unwrap());
	let text = answer.to_string().replace("BASE", &base);
	let answer: Value = serde_json::from_str(&text).unwrap();
	let respond = |State((status, answer)): State<(StatusCode, Value)>| async move {
		(status, [(header::LOCATION, "http://127.0.0.1:1/")], Json(answer)).into_response()
	};
	let router = Router::new().fallback(respond).with_state((status, answer));
	tokio::spawn(async move { axum::serve(listener, router).await });
	base
}

async fn conditions(base: &str, visibility: &Visibility) -> Result<SearchPage, RecordError> {
	let config = FhirServerConfig { max_pages: 3, max_answer_bytes: 10_000, ..config(base) };
	let query = SearchQuery::parse(ResourceType::Condition, "", 0).unwrap();
	open(&config).search(&patient("a"), visibility, &query).await
}

fn bundle(subject: &str, next: Option<&str>) -> Value {
	let condition = json!({
		"resourceType": "Condition", "id": "c", "subject": {"reference": subject},
	});
	let hint =
		json!({"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}});
	let link: Vec<_> = next.iter().map(|url| json!({"relation": "next", "url": url})).collect();
	json!({"resourceType": "Bundle", "entry": [{"resource": condition}, hint], "link": link})
}

#[tokio::test]
async fn resources_of_others_are_not_there() {
	for visibility in [Visibility::Everything, Visibility::Rules(Vec::new())] {
		for subject in ["Patient/b", "BASE/Patient/b"] {
			let base = faulty(StatusCode::OK, bundle(subject, None)).await;
			assert_eq!(conditions(&base, &visibility).await.unwrap().total, 0);
		}
	}
	for subject in ["Patient/a", "BASE/Patient/a"] {
		let base = faulty(StatusCode::OK, bundle(subject, None)).await;
		assert_eq!(conditions(&base, &Visibility::Everything).await.unwrap().total, 1);
	}
	// Another server's `Patient/a` is somebody else, or nobody knows who.
	let base = faulty(StatusCode::OK, bundle("https://other.example/fhir/Patient/a", None)).await;
	assert!(conditions(&base, &Visibility::Everything).await.is_err());
	assert_eq!(conditions(&base, &Visibility::Rules(Vec::new())).await.unwrap().total, 0);
}

#[tokio::test]
async fn links_are_followed_on_the_server_alone_and_not_for_ever() {
	let everything = Visibility::Everything;
	for link in [
		"https://other.example/fhir/Condition?page=2",
		"http://127.0.0.1:1/fhir/Condition",
		"BASE/../secret",
		"/elsewhere",
		"//other.example/fhir",
		"file:///etc/passwd",
	] {
		let base = faulty(StatusCode::OK, bundle("Patient/a", Some(link))).await;
		let error = conditions(&base, &everything).await.unwrap_err();
		assert!(
			matches!(error, RecordError::FhirServer(FhirServerError::ForeignLink)),
			"{link}: {error}"
		);
	}
	// The same page again and again: each time another resource would be there, so that it ends.
	let endless = json!({
		"resourceType": "Bundle", "link": [{"relation": "next", "url": "BASE/Condition?page=2"}],
	});
	let base = faulty(StatusCode::OK, endless).await;
	let error = conditions(&base, &everything).await.unwrap_err();
	assert!(matches!(error, RecordError::FhirServer(FhirServerError::TooManyPages)), "{error}");
}

#[tokio::test]
async fn errors_are_translated() {
	use FhirServerError::{NotFhir, Status, TooLong};
	let everything = Visibility::Everything;
	let long = json!({"resourceType": "Bundle", "x": "x".repeat(20_000)});
	for (status, answer, expected) in [
		(500, json!({}), Status(500)),
		(429, json!({}), Status(429)),
		(301, json!({}), Status(301)),
		(403, json!({}), FhirServerError::Refused(403)),
		(200, json!([]), NotFhir("it is not JSON of the right shape")),
		(200, json!({"resourceType": "Condition"}), NotFhir("a search is answered with a Bundle")),
		(404, json!({}), NotFhir("a search is answered with a Bundle")),
		(200, long, TooLong),
	] {
		let base = faulty(StatusCode::from_u16(status).unwrap(), answer).await;
		let error = conditions(&base, &everything).await.unwrap_err();
		let RecordError::FhirServer(error) = error else { panic!("{error}") };
		assert_eq!(error, expected);
	}
	let old = json!({"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"});
	let base = faulty(StatusCode::OK, old).await;
	let error = open(&config(&base)).check().await.unwrap_err();
	assert!(error.to_string().contains("another version"), "{error}");
}
