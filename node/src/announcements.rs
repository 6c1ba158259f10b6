//! Hears of blocks when peers announce them, before they are verified, for what they tell of this node's
//! clock.

use std::{error::Error, future::Future, pin::Pin, sync::Arc};

use medrec_rpc::Announcements;
use medrec_runtime::{opaque::Block, Header};
use sp_blockchain::HeaderBackend;
use sp_consensus::block_validation::{
	BlockAnnounceValidator, DefaultBlockAnnounceValidator, Validation,
};
use sp_consensus_aura::{digests::CompatibleDigestItem, sr25519::AuthoritySignature, SlotDuration};
use sp_runtime::traits::Header as _;

use crate::service::FullClient;

/// The slot that a block was authored in. The genesis block has none.
pub fn slot_of(header: &Header) -> Option<u64> {
	header
		.digest()
		.logs()
		.iter()
		.find_map(<_ as CompatibleDigestItem<AuthoritySignature>>::as_aura_pre_digest)
		.map(u64::from)
}

/// Takes note of announced blocks; takes and refuses announcements as nodes do that do not.
pub struct Listener {
	/// Where they are noted.
	pub announcements: Arc<Announcements>,
	/// The client.
	pub client: Arc<FullClient>,
	/// Length of a slot.
	pub slot_duration: SlotDuration,
}

/// What becomes of an announcement.
type Verdict = Pin<Box<dyn Future<Output = Result<Validation, Box<dyn Error + Send>>> + Send>>;

impl BlockAnnounceValidator<Block> for Listener {
	fn validate(&mut self, header: &Header, data: &[u8]) -> Verdict {
		// What this node has already is no news, whoever announces it now.
		if *header.number() > self.client.info().best_number {
			if let Some(slot) = slot_of(header) {
				let begins = slot.saturating_mul(self.slot_duration.as_millis());
				self.announcements.note(header.hash(), begins);
			}
		}
		BlockAnnounceValidator::<Block>::validate(&mut DefaultBlockAnnounceValidator, header, data)
	}
}
