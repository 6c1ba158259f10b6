//! What the import takes, what it names, and that doing it again changes nothing.

mod records;

use flate2::{write::GzEncoder, Compression};
use medrec_gatekeeper::{
	fhir::{ResourceType, Vocabulary},
	import::{reclassify, ImportError, ImportOptions, LeftOutReason, Report, TypeCounts},
	records::{RecordBackend, RecordsWriter, SqliteRecords, Visibility},
};
use medrec_primitives::{Labels, RecordTypes};
use records::{all_pages, options, patient, Records};
use std::io::Write;

fn condition(id: &str, text: &str) -> String {
	format!(
		r#"{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/a"}},"code":{{"text":"{text}"}}}}"#
	)
}

fn counts(report: &Report) -> TypeCounts {
	report.types().get(&ResourceType::Condition).copied().unwrap_or_default()
}

async fn conditions(records: &SqliteRecords) -> Vec<String> {
	let mut ids: Vec<_> =
		all_pages(records, &patient("a"), &Visibility::Everything, ResourceType::Condition, "")
			.await
			.into_iter()
			.map(|resource| resource.id)
			.collect();
	ids.sort();
	ids
}

fn gzip(content: &[u8]) -> Vec<u8> {
	let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
	encoder.write_all(content).unwrap();
	encoder.finish().unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
	let mut archive = tar::Builder::new(Vec::new());
	for (name, content) in files {
		let mut header = tar::Header::new_gnu();
		header.set_size(content.len() as u64);
		header.set_mode(0o644);
		archive.append_data(&mut header, name, *content).unwrap();
	}
	archive.into_inner().unwrap()
}

#[tokio::test]
async fn takes_every_format() {
	let records = Records::new();
	let bundle = format!(
		r#"{{"resourceType":"Bundle","entry":[{{"resource":{}}}]}}"#,
		condition("bundle", "x")
	);
	let lines = |ids: [&str; 2]| ids.map(|id| condition(id, "x")).join("\r\n\r\n") + "\n";
	let in_tar = condition("in-tar", "x");
	let in_tgz = lines(["in-tgz-1", "in-tgz-2"]);
	records.write("in/1.json", condition("json", "x"));
	records.write("in/2.json", format!("\u{feff}\n {} \n", condition("marked", "x")));
	records.write("in/deep/er/3.json", bundle);
	records.write("in/4.ndjson", lines(["line-1", "line-2"]));
	records.write("in/5.json.gz", gzip(condition("gz", "x").as_bytes()));
	records.write("in/6.jsonl.gz", gzip(lines(["gz-1", "gz-2"]).as_bytes()));
	records.write("in/7.tar", tar(&[("a/b.json", in_tar.as_bytes()), ("a/README", b"hello")]));
	let manifest: (&str, &[u8]) = ("package/package.json", b"{\"name\":\"x\"}");
	records.write("in/8.tgz", gzip(&tar(&[manifest, ("x.ndjson", in_tgz.as_bytes())])));
	records.write("in/9.txt", "not for us");

	let report = records.import(&[&records.path("in")]).await;
	assert_eq!(report.problem_count(), 0, "{:?}", report.problems());
	assert_eq!(counts(&report), TypeCounts { added: 11, ..TypeCounts::default() });
	assert_eq!((report.files, report.ignored_files), (8, 3));
	let expected = [
		"bundle", "gz", "gz-1", "gz-2", "in-tar", "in-tgz-1", "in-tgz-2", "json", "line-1",
		"line-2", "marked",
	];
	assert_eq!(conditions(&records.open().await).await, expected);
}

#[tokio::test]
async fn importing_again_changes_nothing() {
	let records = Records::new();
	let lines: Vec<_> = (0..2_500).map(|n| condition(&n.to_string(), "x")).collect();
	records.write("in/a.ndjson", lines.join("\n"));
	records.write("in/b.json", condition("b", "x"));
	let input = records.path("in");
	let first = records.import(&[&input]).await;
	assert_eq!((counts(&first).added, first.known_parts), (2_501, 0));
	let before = std::fs::read(records.database()).unwrap();
	let second = records.import(&[&input]).await;
	assert_eq!((second.stored(), second.known_parts), (0, 4));
	assert_eq!(std::fs::read(records.database()).unwrap(), before);

	// More lines at the end: what was there is known, the rest goes in.
	records.write("in/a.ndjson", lines.join("\n") + "\n" + &condition("more", "x"));
	let third = records.import(&[&input]).await;
	assert_eq!(third.known_parts, 3);
	assert_eq!(counts(&third), TypeCounts { added: 1, unchanged: 500, ..TypeCounts::default() });
}

#[tokio::test]
async fn a_changed_file_replaces_its_resource() {
	let records = Records::new();
	let file = records.write("1.json", condition("1", "old"));
	records.import(&[&file]).await;
	records.write("1.json", condition("1", "new"));
	let report = records.import(&[&file]).await;
	assert_eq!(counts(&report), TypeCounts { replaced: 1, ..TypeCounts::default() });
	let found = records
		.open()
		.await
		.read(&patient("a"), &Visibility::Everything, ResourceType::Condition, "1")
		.await
		.unwrap()
		.unwrap();
	assert_eq!(found.json.get(), condition("1", "new"));
}

#[tokio::test]
async fn bad_files_are_named_and_the_rest_goes_in() {
	let records = Records::new();
	let good = condition("good", "x");
	let bad_date = good.replace("\"code\"", "\"onsetDateTime\":\"soon\",\"code\"");
	let lines = format!("{good}\nnot json\n{}\n", condition("line-3", "x"));
	let mut cut =
		gzip(&tar(&[("1.json", condition("in-cut", "x").as_bytes()), ("2.json", &[b' '; 99_999])]));
	cut.truncate(cut.len() - 30);
	records.write("in/1-good.json", &good);
	records.write("in/2-broken.json", "{\"resourceType\":");
	records.write("in/3-empty.json", "");
	records.write("in/4-date.json", bad_date);
	records.write("in/5-lines.ndjson", lines);
	records.write("in/6-latin.json", b"{\"resourceType\":\"Patient\",\"x\":\"\xe9\"}");
	records.write("in/7-cut.tgz", cut);
	records.write("in/8-not.tgz", "not an archive");
	records.write("in/9-nested.tar", tar(&[("x.tar", b"")]));
	let input = records.path("in");

	for _ in 0..2 {
		let report = records.import(&[&input]).await;
		let problems: Vec<_> = report
			.problems()
			.iter()
			.map(|problem| problem.to_string().replace(&format!("{}/", input.display()), ""))
			.collect();
		for (line, expected) in [
			"2-broken.json: EOF while parsing",
			"3-empty.json: not a JSON object",
			"4-date.json: Condition/good: `onsetDateTime` is not a valid date",
			"5-lines.ndjson:2: not a JSON object",
			"6-latin.json: not UTF-8 at byte 31",
			"7-cut.tgz!2.json: incomplete deflate stream",
			"7-cut.tgz: incomplete deflate stream",
			"8-not.tgz: invalid gzip header",
			"9-nested.tar!x.tar: an archive in an archive",
		]
		.iter()
		.enumerate()
		{
			let found = problems.iter().any(|problem| problem.starts_with(expected));
			assert!(found, "{line}: {expected}: {problems:#?}");
		}
		assert_eq!(problems.len(), 9, "{problems:#?}");
		assert_eq!(conditions(&records.open().await).await, ["good", "in-cut", "line-3"]);
	}
}

#[tokio::test]
async fn paths_that_are_not_there_end_it() {
	let records = Records::new();
	let missing = records.path("missing");
	let error = records.try_import(&[&missing], &options()).await.unwrap_err();
	assert!(matches!(error, ImportError::Path { .. }), "{error}");
	let text = records.write("x.txt", "x");
	let error = records.try_import(&[&text], &options()).await.unwrap_err();
	assert!(error.to_string().contains(".ndjson"), "{error}");
	assert!(!records.database().exists());
}

/// The vocabulary of the program, with one word more.
fn with_word(word: &str) -> Vocabulary {
	let text = include_str!("../vocabulary.json").replace(
		"\"implyingWords\": {",
		&format!("\"implyingWords\": {{\n\"{word}\": [\"restricted\"],"),
	);
	Vocabulary::from_json(&text).unwrap()
}

async fn classified(
	records: &Records,
	resource_type: ResourceType,
	id: &str,
) -> medrec_gatekeeper::records::StoredResource {
	let found =
		records.open().await.read(&patient("a"), &Visibility::Everything, resource_type, id).await;
	found.unwrap().unwrap()
}

#[tokio::test]
async fn another_vocabulary_classifies_everything_anew() {
	let records = Records::new();
	let at = |year: u32, text: &str| {
		let meta = format!("\"meta\":{{\"lastUpdated\":\"{year}-01-01T00:00:00Z\"}},\"code\"");
		condition("1", text).replace("\"code\"", &meta)
	};
	let old = records.write("old.json", at(2020, "hay fever"));
	records.import(&[&records.write("new.json", at(2026, "hay fever, mild"))]).await;
	let before = classified(&records, ResourceType::Condition, "1").await;
	assert_eq!(before.labels, Labels::NONE);

	let vocabulary = with_word("hay");
	let other = ImportOptions { vocabulary: vocabulary.clone(), ..options() };
	let refused = records.try_import(&[&old], &other).await.unwrap_err().to_string();
	assert!(refused.contains("import --reclassify"), "{refused}");
	let done = reclassify(&records.database(), &vocabulary, false).await.unwrap();
	assert_eq!((done.resources, done.changed), (1, 1));
	// The text that is superseded leaves the other, and what that counts as, alone.
	let report = records.try_import(&[&old], &other).await.unwrap();
	assert_eq!(counts(&report), TypeCounts { kept_newer: 1, ..TypeCounts::default() });
	let after = classified(&records, ResourceType::Condition, "1").await;
	assert_eq!((after.labels, after.last_updated), (Labels::RESTRICTED, before.last_updated));
	assert_eq!(after.json.get(), before.json.get());

	let back = reclassify(&records.database(), &options().vocabulary, false).await.unwrap();
	assert_eq!((back.resources, back.changed), (1, 1));
	let again = classified(&records, ResourceType::Condition, "1").await;
	assert_eq!(again.labels, Labels::NONE);
}

#[tokio::test]
async fn orders_are_classified_anew_with_their_medication() {
	let records = Records::new();
	let order = |id: &str, drug: &str| {
		format!(
			r#"{{"resourceType":"MedicationRequest","id":"{id}","subject":{{"reference":"Patient/a"}},{drug}}}"#
		)
	};
	let lines = [
		r#"{"resourceType":"Medication","id":"m","code":{"text":"hay extract"}}"#.to_owned(),
		order("referred", r#""medicationReference":{"reference":"Medication/m"}"#),
		order("unknown", r#""medicationReference":{"display":"something"}"#),
		order("said", r#""medicationCodeableConcept":{"text":"honey"}"#),
	];
	records.import(&[&records.write("1.ndjson", lines.join("\n"))]).await;
	let done = reclassify(&records.database(), &with_word("hay"), false).await.unwrap();
	assert_eq!((done.resources, done.changed), (3, 0));
	assert_eq!((done.medications, done.medications_without_text), (1, 0));
	for (id, record_types, labels) in [
		("referred", RecordTypes::MEDICATIONS, Labels::RESTRICTED),
		("unknown", RecordTypes::NONE, Labels::NONE),
		("said", RecordTypes::MEDICATIONS, Labels::NONE),
	] {
		let found = classified(&records, ResourceType::MedicationRequest, id).await;
		assert_eq!((found.record_types, found.labels), (record_types, labels), "{id}");
	}
}

#[tokio::test]
async fn what_is_not_of_a_patient_here_is_left_out_and_counted() {
	let records = Records::new();
	let here = condition("1", "x");
	records.write("in/1.json", &here);
	records.write("in/2.json", here.replace("Patient/a", "Group/a"));
	records.write("in/3.json", here.replace("Patient/a", "https://other.example/Patient/a"));
	records.write("in/4.json", here.replace("Condition", "Claim"));
	let report = records.import(&[&records.path("in")]).await;
	assert_eq!((report.stored(), report.other_types, report.problem_count()), (1, 1, 0));
	let expected = [(LeftOutReason::SubjectNotPatient, 1), (LeftOutReason::OtherServer, 1)];
	assert_eq!(
		report.left_out_counts().iter().map(|(r, n)| (*r, *n)).collect::<Vec<_>>(),
		expected
	);
	assert_eq!(report.left_out_resources().len(), 2);

	let bases = vec!["https://other.example".to_owned()];
	let options = ImportOptions { bases, ..options() };
	let report = records.try_import(&[&records.path("in/3.json")], &options).await.unwrap();
	assert_eq!(counts(&report).replaced, 1);
}

#[tokio::test]
async fn reading_goes_on_while_an_import_runs() {
	let records = Records::new();
	let file = records.write("1.json", condition("1", "x"));
	records.import(&[&file]).await;
	let open = records.open().await;
	let lines: Vec<_> = (0..5_000).map(|n| condition(&format!("n{n}"), "x")).collect();
	let more = records.write("more.ndjson", lines.join("\n"));
	let paths = [more.as_path()];
	let import = records.import(&paths);
	tokio::pin!(import);
	let (me, mut reads) = (patient("a"), 0);
	let report = loop {
		tokio::select! {
			report = &mut import => break report,
			found = open.knows(&me) => {
				assert!(!found.unwrap());
				reads += 1;
			},
		}
	};
	assert_eq!(counts(&report).added, 5_000);
	assert!(reads > 0);
	assert_eq!(conditions(&open).await.len(), 5_001);
}

/// As after `kill -9`: what was committed lies in the write-ahead log, and nobody tidied up.
#[tokio::test]
async fn what_a_killed_import_committed_is_there() {
	let records = Records::new();
	let file = records.write("1.json", condition("1", "x"));
	records.import(&[&file]).await;
	let writer = RecordsWriter::open(&records.database()).await.unwrap();
	let mut batch = writer.begin().await.unwrap();
	batch.mark_imported(&[1; 32]).await.unwrap();
	batch.commit().await.unwrap();
	let after = Records::new();
	for suffix in ["", "-wal"] {
		let name = format!("records.sqlite{suffix}");
		std::fs::copy(records.path(&name), after.path(&name)).unwrap();
	}
	assert!(std::fs::metadata(after.path("records.sqlite-wal")).unwrap().len() > 0);
	assert_eq!(conditions(&after.open().await).await, ["1"]);
	let report = after.import(&[&file]).await;
	assert_eq!((report.known_parts, report.stored()), (1, 0));
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_odd_files_in_folders() {
	use std::os::unix::fs::symlink;
	let records = Records::new();
	let file = records.write("elsewhere/1.json", condition("1", "x"));
	records.write("in/2.json", condition("2", "x"));
	symlink(&file, records.path("in/1.json")).unwrap();
	symlink(records.path("nowhere"), records.path("in/3.json")).unwrap();
	std::os::unix::net::UnixListener::bind(records.path("in/4.json")).unwrap();
	let report = records.import(&[&records.path("in")]).await;
	let problems: Vec<_> = report.problems().iter().map(ToString::to_string).collect();
	assert_eq!(problems.len(), 2, "{problems:?}");
	assert!(problems[0].contains("3.json") && problems[1].contains("4.json"), "{problems:?}");
	assert_eq!(conditions(&records.open().await).await, ["1", "2"]);
}
