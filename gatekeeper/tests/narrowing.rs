//! Narrowing policies over real SQLite: they only ever take away, and what the statement finds is what
//! the rule says, on every page and in every total.

mod records;

use medrec_gatekeeper::{
	fhir::{index::Index, ResourceType},
	policies::fits,
	records::{RecordBackend, SqliteRecords, StoredResource, Visibility},
	sample::{self, SampleProvider},
};
use medrec_primitives::{Labels, Moment, RecordTypes, Visible};
use medrec_protocol::policy::{Document, Narrowing, PolicyCode};
use rand::{rngs::StdRng, seq::SliceRandom, Rng, SeedableRng};
use records::{all_pages, page, patient, Records};
use std::{collections::BTreeSet, sync::Arc};

const ALICE: &str = "A-1001";
const YEAR: Moment = 365 * 86_400_000;

async fn sample() -> (Records, SqliteRecords) {
	let records = Records::new();
	let folder = records.path("sample");
	sample::write(SampleProvider::Mercy, &patient(ALICE), &folder).unwrap();
	assert_eq!(records.import(&[&folder]).await.problem_count(), 0);
	let open = records.open().await;
	(records, open)
}

async fn seen(records: &SqliteRecords, visibility: &Visibility) -> Vec<StoredResource> {
	let mut seen = Vec::new();
	for resource_type in ResourceType::ALL {
		let query = "_count=3";
		seen.extend(all_pages(records, &patient(ALICE), visibility, *resource_type, query).await);
	}
	seen
}

fn index(resource: &StoredResource) -> Index {
	let json = serde_json::from_str(resource.json.get()).unwrap();
	Index::of(resource.resource_type, &json).unwrap()
}

fn names(resources: &[StoredResource]) -> Vec<String> {
	resources.iter().map(|found| format!("{}/{}", found.resource_type, found.id)).collect()
}

/// A policy made of what is really there, and of what is not.
fn random_policy(random: &mut StdRng, present: &[StoredResource]) -> Narrowing {
	let mut narrowing = Narrowing::default();
	if random.gen_bool(0.6) {
		for _ in 0..random.gen_range(1..4) {
			let tokens = index(present.choose(random).unwrap()).tokens;
			let code = tokens
				.choose(random)
				.map(|token| PolicyCode { system: token.system.clone(), code: token.code.clone() });
			narrowing.codes.extend(code);
		}
		narrowing.codes.insert("urn:nowhere|x".parse().unwrap());
	}
	if random.gen_bool(0.6) {
		let from = random.gen_range(45..56) * YEAR;
		narrowing.from = random.gen_bool(0.7).then_some(from);
		narrowing.until = random.gen_bool(0.7).then_some(from + random.gen_range(1..8) * YEAR);
	}
	if random.gen_bool(0.3) || narrowing.check().is_err() {
		for _ in 0..random.gen_range(1..12) {
			let named = present.choose(random).unwrap();
			narrowing.documents.insert(Document {
				resource_type: named.resource_type.name().to_owned(),
				id: named.id.clone(),
			});
		}
	}
	narrowing.check().unwrap();
	narrowing
}

/// For many random policies and rules: what is seen with a policy is what is seen without it and fits,
/// in the same order, with the same totals, by search and by read.
#[tokio::test]
async fn a_policy_only_ever_takes_away() {
	let (_folder, records) = sample().await;
	let everything = seen(&records, &Visibility::Everything).await;
	let mut random = StdRng::seed_from_u64(11);
	let (mut left, mut taken) = (0, 0);
	for _ in 0..60 {
		let rules = vec![Visible {
			types: RecordTypes(random.gen::<u32>() | random.gen::<u32>()),
			labels: Labels(random.gen()),
			until: Moment::MAX,
		}];
		let without = seen(&records, &Visibility::Rules(rules.clone())).await;
		let policy = random_policy(&mut random, &everything);
		let visibility = Visibility::Narrowed(rules, Arc::new(policy.clone()));
		let with = seen(&records, &visibility).await;

		let expected: Vec<_> = without
			.iter()
			.filter(|found| fits(&policy, found.resource_type, &found.id, &index(found)))
			.cloned()
			.collect();
		assert_eq!(names(&with), names(&expected), "{policy:?}");
		let all: BTreeSet<_> = names(&without).into_iter().collect();
		assert!(names(&with).iter().all(|name| all.contains(name)));
		left += with.len();
		taken += without.len() - with.len();

		for resource_type in ResourceType::ALL {
			let (_, page) = page(&records, &patient(ALICE), &visibility, *resource_type, "").await;
			let of_type = with.iter().filter(|found| found.resource_type == *resource_type).count();
			assert_eq!(page.total, of_type as u64, "{resource_type} {policy:?}");
		}
		for resource in everything.choose_multiple(&mut random, 10) {
			let (resource_type, id) = (resource.resource_type, &resource.id);
			let read = records.read(&patient(ALICE), &visibility, resource_type, id).await.unwrap();
			let is_seen = names(&with).contains(&format!("{resource_type}/{id}"));
			assert_eq!(read.is_some(), is_seen, "{resource_type}/{id} {policy:?}");
		}
	}
	assert!(left > 50 && taken > 50, "{left} left, {taken} taken: the policies try nothing");
}

#[tokio::test]
async fn without_rules_a_policy_shows_nothing() {
	let (_folder, records) = sample().await;
	let policy = Narrowing { from: Some(0), ..Narrowing::default() };
	let visibility = Visibility::Narrowed(Vec::new(), Arc::new(policy));
	assert!(seen(&records, &visibility).await.is_empty());
}
