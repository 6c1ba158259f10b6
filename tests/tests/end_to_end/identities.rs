//! Nothing stored on the chain connects two identities of one person.
//!
//! Everything that the chain holds of an identity (storage entries and transactions that name its account
//! or its number) is cut into short pieces. Pieces that both of her identities have are compared with what
//! everybody has: those of another patient with the same two providers. What is left would connect her.
//!
//! Both identities grant to the same participant, and their grants stand while the chain is scanned. The
//! other patient grants to somebody else, so that what a grant told of its grantee would be left.

use std::collections::HashSet;

use anyhow::{ensure, Context, Result};
use medrec_chain_client::ChainClient;
use medrec_primitives::{ParticipantId, RelationshipId};
use medrec_tests::{person::Person, provider::PROVIDERS, story::Story};
use serde_json::{json, Value};
use sp_crypto_hashing::twox_128;

/// Length of a piece, bytes: longer than any number that stands alone, shorter than any key.
const PIECE: usize = 12;

/// Most keys of a page.
const PAGE: usize = 1_000;

type Pieces = HashSet<Vec<u8>>;

/// All storage entries and transactions of the chain.
struct Chain {
	texts: Vec<Vec<u8>>,
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
	let text = value.as_str().with_context(|| format!("{value} is no text"))?;
	Ok(hex::decode(text.trim_start_matches("0x"))?)
}

impl Chain {
	async fn read(client: &ChainClient) -> Result<Self> {
		let mut texts = Vec::new();
		let best = client.best().await?;
		let mut last = Value::Null;
		loop {
			let keys: Vec<Value> = client
				.request(
					"state_getKeysPaged",
					vec![json!("0x"), json!(PAGE), last, json!(best.hash)],
				)
				.await?;
			for key in &keys {
				let value: Value =
					client.request("state_getStorage", vec![key.clone(), json!(best.hash)]).await?;
				let mut text = bytes(key)?;
				// The code of the runtime is nobody's.
				if text != b":code" {
					text.extend(bytes(&value)?);
					texts.push(text);
				}
			}
			match keys.last() {
				Some(key) if keys.len() == PAGE => last = key.clone(),
				_ => break,
			}
		}
		for number in 0..=best.number {
			let hash: Value = client.request("chain_getBlockHash", vec![json!(number)]).await?;
			let block: Value = client.request("chain_getBlock", vec![hash]).await?;
			let extrinsics = block["block"]["extrinsics"].as_array().context("extrinsics")?;
			for extrinsic in extrinsics {
				texts.push(bytes(extrinsic)?);
			}
		}
		Ok(Self { texts })
	}

	/// Pieces of everything that names an identity: its account, or its number and its relationship's as the
	/// last parts of keys and in its relationship; and of the grants in its relationship.
	async fn pieces_of(&self, client: &ChainClient, id: ParticipantId) -> Result<(usize, Pieces)> {
		let info = client.participant(id).await?.context("an identity is on the chain")?;
		let summary = client.summary(id).await?;
		ensure!(!summary.is_empty(), "participant {id} has no relationship");
		let account: &[u8] = info.account.as_ref();
		let mut names = vec![account.to_vec(), info.encryption_key.as_bytes().to_vec()];
		for entry in &summary {
			// As `Relationships`' value begins, and as the keys of summary and grants hold them.
			names.push([id.to_le_bytes(), entry.steward.to_le_bytes()].concat());
			names.push([id.to_le_bytes(), entry.relationship.to_le_bytes()].concat());
			names.push(grants_key(entry.relationship));
		}
		let mine: Vec<_> = self
			.texts
			.iter()
			.filter(|text| names.iter().any(|name| contains(text, name)))
			.collect();
		let pieces = mine.iter().flat_map(|text| text.windows(PIECE)).map(<[u8]>::to_vec).collect();
		Ok((mine.len(), pieces))
	}
}

fn contains(text: &[u8], part: &[u8]) -> bool {
	text.windows(part.len()).any(|window| window == part)
}

/// What the keys of the grants in a relationship begin with.
fn grants_key(relationship: RelationshipId) -> Vec<u8> {
	let id = relationship.to_le_bytes();
	[&twox_128(b"Relationships")[..], &twox_128(b"Grants")[..], &id[..]].concat()
}

/// Grant to somebody in all relationships of a person; gives the tags in them, by relationship.
fn grant_everywhere(person: &Person, to: ParticipantId) -> Result<Vec<(RelationshipId, Vec<u8>)>> {
	let to = to.to_string();
	let made = person.run(&[
		"patient",
		"grant",
		"--to",
		&to,
		"--types",
		"medications",
		"--for",
		"1d",
		"--everywhere",
	])?;
	let made = made.as_array().context("a list of grants")?;
	ensure!(made.len() == 2, "granted in {} relationships, not in 2", made.len());
	made.iter()
		.map(|made| {
			let relationship = made["relationship"].as_u64().context("its relationship")?;
			Ok((relationship, bytes(&made["tag"])?))
		})
		.collect()
}

/// Pieces that both have, and that are not everybody's.
fn shared<'a>(one: &'a Pieces, other: &'a Pieces, everybodys: &Pieces) -> Vec<&'a Vec<u8>> {
	one.intersection(other).filter(|piece| !everybodys.contains(*piece)).collect()
}

/// Check that nothing connects the two identities of the story's patient.
pub async fn share_nothing(story: &Story) -> Result<()> {
	let client = story.network.nodes[0].chain().await?;
	let (another, others) = story.enrol_another("another-patient").await?;
	let tags = grant_everywhere(&story.patient, story.grantee)?;
	grant_everywhere(&another, PROVIDERS[3].participant)?;
	let chain = Chain::read(&client).await?;

	let mut hers = Vec::new();
	for (id, relationship) in story.identities.into_iter().zip(story.relationships) {
		let (count, pieces) = chain.pieces_of(&client, id).await?;
		ensure!(count >= 5, "only {count} entries name participant {id}: the scan sees too little");
		let (_, tag) = tags
			.iter()
			.find(|(of, _)| *of == relationship)
			.with_context(|| format!("no grant in relationship {relationship}"))?;
		ensure!(
			pieces.contains(&[grants_key(relationship), tag.clone()].concat()[32..32 + PIECE]),
			"the scan misses the grant in relationship {relationship}"
		);
		hers.push(pieces);
	}
	let mut everybodys = Pieces::new();
	for id in others {
		everybodys.extend(chain.pieces_of(&client, id).await?.1);
	}
	let [first, second] = &hers[..] else { unreachable!("she has two identities") };
	let both = shared(first, second, &everybodys);
	ensure!(
		both.is_empty(),
		"both identities have {} pieces that nobody else has, such as {}",
		both.len(),
		hex::encode(both[0])
	);

	// The scan finds what there is to find: an identity shares with itself all that is only its own, the
	// key that messages to it are sealed to among them.
	for (pieces, id) in hers.iter().zip(story.identities) {
		let own = shared(pieces, pieces, &everybodys);
		let key = client.participant(id).await?.context("on the chain")?.encryption_key;
		ensure!(
			own.iter().any(|piece| piece[..] == key.as_bytes()[..PIECE]),
			"the scan misses the encryption key of participant {id}"
		);
	}
	Ok(())
}
