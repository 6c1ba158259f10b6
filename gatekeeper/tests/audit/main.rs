//! The audit log over a real database file.

mod access_log;
mod checkpoints;
mod durability;
mod erasure;
mod failures;
mod tampering;
mod writing;

use medrec_gatekeeper::{
	audit::{AuditLog, Conclusion, Intent, LogKeys, Outcome, Ruling},
	store::{Store, StoreOptions},
};
use medrec_primitives::{
	Allowed, Basis, Denial, Hash, Moment, Purpose, RecordTypes, RelationshipId, Tag, Visible,
	VisibleList,
};
use medrec_protocol::{
	access_log::{Interaction, ResourceReference},
	gatekeeper_key::GatekeeperSecret,
	receipt::Receipt,
	response::DecisionBlocks,
	session::SessionKeyId,
};
use std::path::Path;
use tempfile::TempDir;

const NOW: Moment = 1_795_370_400_000;
const GENESIS: Hash = Hash::repeat_byte(7);
const PROVIDER: u64 = 1;
/// The relationship that most entries are about.
const ALICE: RelationshipId = 9;

fn secret() -> GatekeeperSecret {
	GatekeeperSecret::from_bytes(&[1; 32])
}

fn keys() -> LogKeys {
	LogKeys { genesis: GENESIS, provider: PROVIDER, public: vec![secret().public()] }
}

async fn open_at(folder: &Path) -> AuditLog {
	let store = Store::open(folder, StoreOptions::default()).await.expect("the store opens");
	AuditLog::open(store, secret(), keys()).await.expect("the log opens")
}

async fn empty() -> (TempDir, AuditLog) {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let log = open_at(folder.path()).await;
	(folder, log)
}

fn intent(relationship: RelationshipId, number: u64) -> Intent {
	Intent {
		at: NOW + number,
		relationship: Some(relationship),
		actor: 70 + number,
		on_behalf_of: 70 + number,
		session_key: Some(SessionKeyId([3; 32])),
		staff: None,
		purpose: Purpose::Treatment,
		emergency: None,
		interaction: Interaction::Search,
		request: "GET /fhir/MedicationRequest?patient=alice-example".into(),
		tag: Some(Tag([4; 32])),
		ruling: Ruling::Allowed(Allowed {
			basis: Basis::Grant,
			visible: VisibleList::truncate_from(vec![Visible {
				types: RecordTypes::MEDICATIONS,
				labels: medrec_primitives::Labels::NONE,
				until: NOW + 86_400_000,
			}]),
			policy: None,
		}),
		holds: Vec::new(),
		blocks: Some(DecisionBlocks {
			best: Hash::repeat_byte(11),
			finalized: Hash::repeat_byte(10),
		}),
	}
}

fn denied(relationship: RelationshipId, number: u64) -> Intent {
	let ruling = Ruling::Denied { reason: Denial::TagAbsent };
	Intent { ruling, ..intent(relationship, number) }
}

fn outcome(number: u64) -> Outcome {
	Outcome {
		at: NOW + number,
		status: 200,
		conclusion: Conclusion::Answered,
		types: RecordTypes::MEDICATIONS,
		resources: vec![ResourceReference {
			resource_type: "MedicationRequest".into(),
			id: format!("prescription-{number}"),
			version: "1".into(),
		}],
	}
}

fn refusal(number: u64) -> Outcome {
	Outcome { status: 403, types: RecordTypes::NONE, resources: vec![], ..outcome(number) }
}

/// Log one access from beginning to end.
async fn access(log: &AuditLog, relationship: RelationshipId, number: u64) -> Receipt {
	let open = log.begin(intent(relationship, number)).await.expect("logged");
	log.finish(open, outcome(number)).await.expect("logged")
}
