//! Nothing stored on the chain connects two identities of one person.
//!
//! Everything that the chain holds of an identity (storage entries and transactions that name its account
//! or its number) is cut into short pieces. Pieces that both of her identities have are compared with what
//! everybody has: those of another patient with the same two providers. What is left would connect her.

use std::collections::HashSet;

use anyhow::{ensure, Context, Result};
use medrec_chain_client::ChainClient;
use medrec_primitives::ParticipantId;
use medrec_tests::story::Story;
use serde_json::{json, Value};

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
	/// last parts of keys and in its relationship.
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

/// Check that nothing connects the two identities of the story's patient.
pub async fn share_nothing(story: &Story) -> Result<()> {
	let client = story.network.nodes[0].chain().await?;
	let other = story.enrol_another("another-patient").await?;
	let chain = Chain::read(&client).await?;

	let [first, second] = story.identities;
	let (count, hers) = chain.pieces_of(&client, first).await?;
	ensure!(count >= 4, "only {count} entries name her first identity: the scan sees too little");
	let (count, hers_too) = chain.pieces_of(&client, second).await?;
	ensure!(count >= 4, "only {count} entries name her second identity: the scan sees too little");

	let mut everybodys = Pieces::new();
	for id in other {
		everybodys.extend(chain.pieces_of(&client, id).await?.1);
	}
	let shared: Vec<_> =
		hers.intersection(&hers_too).filter(|piece| !everybodys.contains(*piece)).collect();
	ensure!(
		shared.is_empty(),
		"both identities have {} pieces that nobody else has, such as {}",
		shared.len(),
		hex::encode(shared[0])
	);

	// The scan finds what there is to find: the key that only she has, in her first identity's entries.
	let key = client.participant(first).await?.context("on the chain")?.encryption_key;
	ensure!(
		hers.contains(&key.as_bytes()[..PIECE]) && !everybodys.contains(&key.as_bytes()[..PIECE]),
		"the scan misses her encryption key"
	);
	Ok(())
}
