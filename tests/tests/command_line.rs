//! The command line against a real node: a provider proposes, she accepts, rejects, ends; she uses her
//! quota up, and revokes all the same.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{ensure, Context, Result};
use medrec_chain_client::{calls, Call, ChainClient, Refusal, SubmitError};
use medrec_primitives::{
	ExpiryDay, ParticipantId, ParticipantKind, RelationshipId, RelationshipRole, Tag,
	MILLISECONDS_PER_DAY,
};
use medrec_protocol::{
	account::AccountKey,
	identity::{Identity, Seed},
	registration::RegistrationConsent,
	signature::Scheme,
};
use medrec_tests::{
	network::Node,
	person::{Person, UNAVAILABLE},
	provider::MERCY,
};
use serde_json::Value;

/// Most transactions that a patient sends in a window. One window may end while the test runs.
const QUOTA: usize = 20;

struct World {
	node: Node,
	chain: ChainClient,
	mercy: AccountKey,
	patient: Person,
	identity: Identity,
	participant: ParticipantId,
	_folder: tempfile::TempDir,
}

fn now() -> Result<u64> {
	Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis().try_into()?)
}

async fn world() -> Result<World> {
	let folder = tempfile::tempdir()?;
	let node = Node::start_dev(folder.path()).await?;
	let chain = node.chain().await?;
	let mercy = AccountKey::from_secret_uri(&MERCY.secret(), Scheme::Sr25519)?;
	// It runs no gatekeeper, and nobody listens there: port 1 is reserved.
	chain.submit(&calls::set_endpoint("http://127.0.0.1:1"), &mercy).await?.in_block().await?;

	let patient = Person::new("patient", folder.path(), &node.url)?;
	let key = patient.run(&["key", "new"])?;
	let seed = Seed::from_phrase(key["words"].as_str().context("12 words")?)?;
	let identity = seed.identity(&chain.genesis(), MERCY.participant, 0);
	let participant = register(&chain, &mercy, &identity, ParticipantKind::Patient).await?;
	Ok(World { node, chain, mercy, patient, identity, participant, _folder: folder })
}

async fn register(
	chain: &ChainClient,
	mercy: &AccountKey,
	identity: &Identity,
	kind: ParticipantKind,
) -> Result<ParticipantId> {
	let (genesis, deadline) = (chain.genesis(), now()? + MILLISECONDS_PER_DAY);
	let consent =
		RegistrationConsent::sign(identity, genesis, MERCY.participant, kind, deadline, 0);
	chain.submit(&calls::register(consent.signed_consent()), mercy).await?.in_block().await?;
	let registered = chain.participant_of(identity.account_id()).await?;
	Ok(registered.context("registered a moment ago")?.id)
}

impl World {
	/// Mercy Hospital proposes to become her steward.
	async fn propose(&self) -> Result<RelationshipId> {
		let call = calls::propose(self.participant, RelationshipRole::Steward);
		self.chain.submit(&call, &self.mercy).await?.in_block().await?;
		let summary = self.chain.summary(self.participant).await?;
		summary.iter().map(|entry| entry.relationship).max().context("a proposal")
	}

	fn status(&self, relationship: RelationshipId) -> Result<Option<String>> {
		let views = self.patient.run(&["patient", "relationships"])?;
		let mut views = views.as_array().into_iter().flatten();
		let view = views.find(|view| view["relationship"] == relationship);
		Ok(view.and_then(|view| view["status"].as_str().map(str::to_owned)))
	}

	fn answer(&self, answer: &str, relationship: RelationshipId) -> Result<()> {
		let done = self.patient.run(&["patient", answer, &relationship.to_string()])?;
		ensure!(done["relationship"] == relationship && done["block"].is_u64(), "{done}");
		Ok(())
	}

	/// Grant under unknown openings until the quota of this window is used up.
	async fn use_quota_up(&self, relationship: RelationshipId, grants: &mut usize) -> Result<()> {
		let expiry = ExpiryDay::of(now()? + MILLISECONDS_PER_DAY);
		let mut submissions = Vec::new();
		for _ in 0..=2 * QUOTA {
			match self.submit(&calls::grant(relationship, tag(*grants), expiry)).await {
				Ok(submission) => submissions.push(submission),
				Err(SubmitError::Refused(
					Refusal::TooManyPending | Refusal::QuotaUsedUp { .. },
				)) => break,
				Err(error) => return Err(error.into()),
			}
			*grants += 1;
		}
		for submission in &mut submissions {
			submission.in_block().await?;
		}
		Ok(())
	}

	async fn submit(
		&self,
		call: &impl Call,
	) -> std::result::Result<medrec_chain_client::Submission, SubmitError> {
		self.chain.submit(call, &self.identity.account_key).await
	}
}

/// Tags of no opening, all different.
fn tag(number: usize) -> Tag {
	Tag(sp_crypto_hashing::blake2_256(&number.to_le_bytes()))
}

#[tokio::test]
async fn proposals_are_answered_and_relationships_ended() {
	let world = world().await.expect("a node and a patient");
	let first = world.propose().await.expect("a proposal");
	assert_eq!(world.status(first).unwrap().as_deref(), Some("proposedBySteward"));
	world.answer("reject", first).expect("a rejection");
	assert_eq!(world.status(first).unwrap(), None);

	let second = world.propose().await.expect("a proposal");
	world.answer("accept", second).expect("an acceptance");
	assert_eq!(world.status(second).unwrap().as_deref(), Some("active"));
	world.answer("end", second).expect("an end");
	assert_eq!(world.status(second).unwrap().as_deref(), Some("ended"));

	let again = world.patient.output(&["patient", "end", &second.to_string()]).unwrap();
	assert_eq!(again.status.code(), Some(2), "{again:?}");
	world.node.process.stop().expect("the node ends when asked");
}

#[tokio::test]
async fn all_grants_are_revoked_although_the_quota_is_used_up() {
	let world = world().await.expect("a node and a patient");
	let seed = Seed::generate();
	let grantee = register(&world.chain, &world.mercy, &seed.viewer(0), ParticipantKind::Other)
		.await
		.expect("a pharmacist")
		.to_string();
	let relationship = world.propose().await.expect("a proposal");
	world.answer("accept", relationship).expect("an acceptance");

	let grant = ["patient", "grant", "--to", &grantee, "--types", "medications", "--for", "1d"];
	let output = world.patient.output(&grant).unwrap();
	let said = String::from_utf8_lossy(&output.stderr).into_owned();
	assert_eq!(output.status.code(), Some(UNAVAILABLE), "no gatekeeper takes the opening: {said}");
	let made: Value = serde_json::from_slice(&output.stdout).unwrap();
	let tag = made[0]["tag"].as_str().expect("it is on the chain");
	assert!(said.contains(&format!("medrec patient share {tag}")), "{said}");

	let mut grants = 1;
	let refused = loop {
		world.use_quota_up(relationship, &mut grants).await.expect("grants");
		let output = world.patient.output(&grant).unwrap();
		let made: Value = serde_json::from_slice(&output.stdout).unwrap();
		if made[0]["block"].is_null() {
			break output;
		}
		// A new window began meanwhile.
		grants += 1;
		assert!(grants <= 2 * QUOTA, "the quota is never used up");
	};
	let said = String::from_utf8_lossy(&refused.stderr).into_owned();
	assert_eq!(refused.status.code(), Some(UNAVAILABLE), "{said}");
	assert!(said.contains("are used up; try again in "), "{said}");

	let revoked = world.patient.run(&["patient", "revoke", "--all"]).expect("revocations");
	assert_eq!(revoked.as_array().map(Vec::len), Some(grants), "{revoked}");
	assert!(grants > 8, "more than may wait at the same time");
	let left = world.patient.output(&["patient", "grants"]).unwrap();
	assert_eq!(left.status.code(), Some(0), "nothing is left to ask about: {left:?}");
	let again = world.patient.run(&["patient", "revoke", "--all"]).expect("nothing to do");
	assert_eq!(again, Value::Array(Vec::new()));
	world.node.process.stop().expect("the node ends when asked");
}
