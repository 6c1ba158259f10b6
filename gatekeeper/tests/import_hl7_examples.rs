//! HL7's published R4 examples, all of them: every resource of the types that are served that
//! belongs to a patient comes back word for word. What is expected is found here from the raw JSON,
//! without the importer's code.

mod records;

use medrec_gatekeeper::{
	fhir::{capability, ResourceType},
	records::{RecordBackend, Visibility},
};
use medrec_primitives::Visible;
use records::{all_pages, patient, Records};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{
	collections::BTreeMap,
	io::Read,
	path::{Path, PathBuf},
	process::Command,
};

const PACKAGE: &str = "hl7.fhir.r4.examples";
const VERSION: &str = "4.0.1";

const TYPES: [&str; 10] = [
	"Patient",
	"AllergyIntolerance",
	"Condition",
	"Encounter",
	"Immunization",
	"MedicationRequest",
	"Observation",
	"Procedure",
	"DiagnosticReport",
	"DocumentReference",
];

/// The package file, fetched once into the cache folder.
fn package() -> PathBuf {
	let cache = std::env::var_os("MEDREC_CACHE_DIR")
		.map(PathBuf::from)
		.or_else(|| {
			std::env::var_os("XDG_CACHE_HOME").map(|home| PathBuf::from(home).join("medrec"))
		})
		.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/medrec")))
		.expect("set MEDREC_CACHE_DIR to a folder for downloads")
		.join("fhir");
	let name = format!("{PACKAGE}-{VERSION}.tgz");
	let path = cache.join(&name);
	if !path.is_file() {
		std::fs::create_dir_all(&cache).unwrap();
		// Packed beside it and moved: a download that breaks off leaves nothing that looks whole.
		let fresh = tempfile::tempdir_in(&cache).unwrap();
		let output = Command::new("npm")
			.args(["pack", "--silent", &format!("{PACKAGE}@{VERSION}"), "--pack-destination"])
			.arg(fresh.path())
			.current_dir(fresh.path())
			.output()
			.expect("npm fetches HL7's examples: install Node.js, or put the file into the cache");
		let error = String::from_utf8_lossy(&output.stderr);
		assert!(output.status.success(), "npm pack {PACKAGE}@{VERSION} failed: {error}");
		std::fs::rename(fresh.path().join(&name), &path).unwrap();
	}
	path
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
	resource_type: Option<String>,
	id: Option<String>,
	subject: Option<Reference>,
	patient: Option<Reference>,
	#[serde(default, borrow)]
	entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Reference {
	reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
	full_url: Option<String>,
	#[serde(borrow)]
	resource: Option<&'a RawValue>,
}

/// Texts by type and id: the last one where the package has several. (None of them says that it was
/// updated later than the last.)
type Expected = BTreeMap<(String, String), String>;

/// Collect what belongs to a patient. `urls` are the `fullUrl`s of Patients in the same Bundle.
fn collect(
	text: &str,
	full_url: Option<&str>,
	home: Option<&str>,
	urls: &[String],
	found: &mut Expected,
) {
	// ImplementationGuides and the like have other shapes under the same names; none is served.
	let Ok(resource) = serde_json::from_str::<Resource>(text) else { return };
	let Some(name) = resource.resource_type else { return };
	if name == "Bundle" {
		let url_base = |url: &str| {
			url.starts_with("http").then(|| url.rsplitn(3, '/').nth(2).unwrap().to_owned())
		};
		let home = resource.entry.iter().find_map(|entry| url_base(entry.full_url.as_deref()?));
		let patients: Vec<_> = resource
			.entry
			.iter()
			.filter(|entry| {
				let text = entry.resource.map_or("{}", RawValue::get);
				let head: Resource = serde_json::from_str(text).unwrap();
				head.resource_type.as_deref() == Some("Patient")
			})
			.filter_map(|entry| entry.full_url.clone())
			.collect();
		for entry in &resource.entry {
			let Some(inner) = entry.resource else { continue };
			let here = entry.full_url.as_deref();
			collect(inner.get(), here, home.as_deref(), &patients, found);
		}
		return;
	}
	if !TYPES.contains(&name.as_str()) {
		return;
	}
	// A Bundle that mixes servers: only the one that it speaks for is this provider.
	if let (Some(url), Some(home)) = (full_url, home) {
		if url.starts_with("http") && !url.starts_with(&format!("{home}/")) {
			return;
		}
	}
	let reference = resource.subject.or(resource.patient).and_then(|subject| subject.reference);
	let belongs = name == "Patient"
		|| reference.is_some_and(|reference| {
			reference.starts_with("Patient/") || urls.contains(&reference)
		});
	if belongs {
		let id = resource.id.unwrap_or_else(|| {
			let url = full_url.expect("every resource of the package has an id or a fullUrl");
			url.rsplit([':', '/']).next().unwrap().to_owned()
		});
		found.insert((name, id), text.to_owned());
	}
}

/// The JSON files of the package, as (name, text).
fn json_files(package: &Path) -> Vec<(String, String)> {
	let file = std::fs::File::open(package).unwrap();
	let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
	let mut files = Vec::new();
	for entry in archive.entries().unwrap() {
		let mut entry = entry.unwrap();
		let path = entry.path().unwrap().display().to_string();
		if !path.ends_with(".json") || path.ends_with("/package.json") {
			continue;
		}
		let mut text = String::new();
		entry.read_to_string(&mut text).unwrap();
		files.push((path, text));
	}
	files
}

/// What the capability statement says of search parameters is what HL7 defines.
#[test]
fn search_parameters_are_as_hl7_defines_them() {
	#[derive(Deserialize)]
	struct Definition {
		code: String,
		base: Vec<String>,
		#[serde(rename = "type")]
		kind: String,
	}
	let mut definitions = BTreeMap::new();
	for (name, text) in json_files(&package()) {
		let file = name.rsplit('/').next().unwrap();
		if let Some(id) = file.strip_prefix("SearchParameter-") {
			let id = id.trim_end_matches(".json").to_owned();
			definitions.insert(id, text);
		}
	}
	let statement = capability::statement("https://gatekeeper.example/fhir");
	let mut checked = 0;
	for resource in statement["rest"][0]["resource"].as_array().unwrap() {
		let resource_type = resource["type"].as_str().unwrap();
		for parameter in resource["searchParam"].as_array().unwrap() {
			let Some(url) = parameter["definition"].as_str() else { continue };
			let id = url.strip_prefix("http://hl7.org/fhir/SearchParameter/").unwrap();
			let definition: Definition = serde_json::from_str(&definitions[id]).unwrap();
			assert_eq!(parameter["name"], definition.code, "{url}");
			assert_eq!(parameter["type"], definition.kind, "{url}");
			let for_type = ["Resource", resource_type].map(str::to_owned);
			assert!(for_type.iter().any(|base| definition.base.contains(base)), "{url}");
			checked += 1;
		}
	}
	assert!(checked > 35, "{checked}");
}

#[tokio::test]
async fn every_example_of_a_patient_comes_back_word_for_word() {
	let package = package();
	let files = json_files(&package);
	let mut expected = Expected::new();
	for (_, text) in &files {
		collect(text, None, None, &[], &mut expected);
	}
	let mut by_type = BTreeMap::<_, usize>::new();
	for (resource_type, _) in expected.keys() {
		*by_type.entry(resource_type.as_str()).or_default() += 1;
	}

	let records = Records::new();
	let report = records.import(&[&package]).await;
	assert_eq!(report.problem_count(), 0, "{:#?}", report.problems());
	assert_eq!(report.files, files.len() as u64);
	assert!(files.len() > 5_000);

	let open = records.open().await;
	let mut served = BTreeMap::<(String, String), String>::new();
	let grant = Visibility::Rules(vec![Visible::EVERYTHING]);
	let (mut of_patients, mut to_grantees) = (0, 0);
	for count in open.patients(None, 10_000).await.unwrap() {
		let mut resources = 0;
		for resource_type in ResourceType::ALL {
			let found = all_pages(
				&open,
				&count.patient,
				&Visibility::Everything,
				*resource_type,
				"_count=17",
			)
			.await;
			resources += found.len();
			for resource in found {
				let read = open
					.read(&count.patient, &Visibility::Everything, *resource_type, &resource.id)
					.await
					.unwrap()
					.unwrap();
				assert_eq!(read.json.get(), resource.json.get());
				let key = (resource_type.name().to_owned(), resource.id);
				assert!(served.insert(key, resource.json.get().to_owned()).is_none());
			}
			to_grantees += all_pages(&open, &count.patient, &grant, *resource_type, "").await.len();
		}
		assert_eq!(resources as u64, count.resources);
		of_patients += resources;
	}
	assert_eq!(of_patients, served.len());
	assert!(to_grantees > 0 && to_grantees < of_patients);

	let missing: Vec<_> = expected.keys().filter(|key| !served.contains_key(*key)).collect();
	let surplus: Vec<_> = served.keys().filter(|key| !expected.contains_key(*key)).collect();
	assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:?}, surplus {surplus:?}");
	for (key, text) in &served {
		assert_eq!(expected[key], *text, "{key:?} is not as it was published");
	}
	let mut served_by_type = BTreeMap::<_, usize>::new();
	for (resource_type, _) in served.keys() {
		*served_by_type.entry(resource_type.as_str()).or_default() += 1;
	}
	assert_eq!(served_by_type, by_type);
	assert_eq!(by_type.len(), TYPES.len());
	println!("{served_by_type:#?}");

	assert!(open.knows(&patient("example")).await.unwrap());

	// Again, and once more from a folder: all of it is known.
	for (name, text) in &files {
		records.write(name, text);
	}
	for path in [package, records.path("package")] {
		let again = records.import(&[&path]).await;
		assert_eq!((again.stored(), again.problem_count()), (0, 0));
		assert_eq!(again.known_parts, files.len() as u64);
	}
}
