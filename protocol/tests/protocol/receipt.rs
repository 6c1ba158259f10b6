//! Receipts and checkpoints of the access log.

use crate::fixtures::*;
use medrec_primitives::Hash;
use medrec_protocol::{
	checkpoint::Checkpoint,
	gatekeeper_key::GatekeeperSecret,
	receipt::{EntryId, Receipt},
};

pub fn receipt() -> Receipt {
	let entry = EntryId([0x66; 16]);
	let leaf = Hash::repeat_byte(0x77);
	Receipt::sign(&gatekeeper_key(), &genesis(), PROVIDER, entry, leaf, NOW + 10)
}

pub fn checkpoint() -> Checkpoint {
	Checkpoint::sign(&gatekeeper_key(), &genesis(), PROVIDER, 12, Hash::repeat_byte(0x88), NOW)
}

#[test]
fn a_receipt_is_the_gatekeepers() {
	let key = gatekeeper_key().public();
	let receipt = receipt();
	assert!(receipt.verify(&genesis(), &key));
	assert!(!receipt.verify(&Hash::repeat_byte(8), &key));
	assert!(!receipt.verify(&genesis(), &GatekeeperSecret::generate().public()));

	let mut others = vec![receipt.clone(); 5];
	others[0].provider = 2;
	others[1].entry.0[0] ^= 1;
	others[2].leaf = Hash::zero();
	others[3].at += 1;
	others[4].signature.0[63] ^= 1;
	for other in others {
		assert!(!other.verify(&genesis(), &key), "{other:?}");
	}
}

#[test]
fn a_receipt_is_read_as_written() {
	let value = receipt().header_value();
	assert_eq!(Receipt::from_header_value(&value), Ok(receipt()));
	assert!(Receipt::from_header_value(&value[1..]).is_err());
	assert!(Receipt::from_header_value("").is_err());
}

#[test]
fn entries_have_random_names() {
	let entry = EntryId::random();
	assert_ne!(entry, EntryId::random());
	assert_eq!(entry.to_string().parse(), Ok(entry));
	assert!("AAAA".parse::<EntryId>().is_err());
	assert_eq!(serde_json::to_value(entry).unwrap(), entry.to_string());
}

#[test]
fn a_checkpoint_is_the_gatekeepers() {
	let key = gatekeeper_key().public();
	let checkpoint = checkpoint();
	assert!(checkpoint.verify(&genesis(), &key));
	assert!(!checkpoint.verify(&Hash::repeat_byte(8), &key));
	assert!(!checkpoint.verify(&genesis(), &GatekeeperSecret::generate().public()));

	let mut others = vec![checkpoint.clone(); 5];
	others[0].provider = 2;
	others[1].tree_size = 11;
	others[2].root = Hash::zero();
	others[3].at += 1;
	others[4].signature.0[0] ^= 1;
	for other in others {
		assert!(!other.verify(&genesis(), &key), "{other:?}");
	}
}

#[test]
fn a_receipt_is_no_checkpoint() {
	let receipt = receipt();
	let checkpoint = Checkpoint {
		provider: receipt.provider,
		tree_size: 12,
		root: receipt.leaf,
		at: receipt.at,
		signature: receipt.signature,
	};
	assert!(!checkpoint.verify(&genesis(), &gatekeeper_key().public()));
}
