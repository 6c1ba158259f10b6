//! A tag commits to every byte of what it is made of.

use crate::facts::opening;
use codec::{Decode, Encode};
use medrec_primitives::{Hash, Opening, Tag, Terms};
use proptest::{prelude::*, sample::Index};

/// Everything that a tag is made of.
#[derive(Clone, Debug)]
struct Inputs {
	genesis: [u8; 32],
	relationship: u64,
	opening: Opening,
}

impl Inputs {
	fn tag(&self) -> Tag {
		self.opening.tag(&Hash::from(self.genesis), self.relationship)
	}
}

fn inputs() -> impl Strategy<Value = Inputs> {
	(any::<[u8; 32]>(), any::<u64>(), opening())
		.prop_map(|(genesis, relationship, opening)| Inputs { genesis, relationship, opening })
}

proptest! {
	#[test]
	fn every_bit_of_genesis_relationship_grantee_and_salt_matters(inputs in inputs(), bit in 0..8_u32) {
		let tag = inputs.tag();
		for byte in 0..32 {
			let mut other = inputs.clone();
			other.genesis[byte] ^= 1 << bit;
			prop_assert_ne!(other.tag(), tag);
			let mut other = inputs.clone();
			other.opening.salt[byte] ^= 1 << bit;
			prop_assert_ne!(other.tag(), tag);
		}
		for bit in 0..64 {
			let mut other = inputs.clone();
			other.relationship ^= 1 << bit;
			prop_assert_ne!(other.tag(), tag);
			let mut other = inputs.clone();
			other.opening.grantee ^= 1 << bit;
			prop_assert_ne!(other.tag(), tag);
		}
	}

	#[test]
	fn every_byte_of_the_terms_matters(inputs in inputs(), change in 1..=255_u8) {
		let tag = inputs.tag();
		let terms = inputs.opening.terms.encode();
		for byte in 0..terms.len() {
			let mut changed = terms.clone();
			changed[byte] ^= change;
			// What is no encoding of terms any more has no tag.
			if let Ok(terms) = Terms::decode(&mut changed.as_slice()) {
				let mut other = inputs.clone();
				other.opening.terms = terms;
				prop_assert_ne!(other.tag(), tag);
			}
		}
	}

	#[test]
	fn exchanged_inputs_give_another_tag(inputs in inputs()) {
		let mut exchanged = inputs.clone();
		exchanged.genesis = inputs.opening.salt;
		exchanged.opening.salt = inputs.genesis;
		prop_assume!(inputs.genesis != inputs.opening.salt);
		prop_assert_ne!(exchanged.tag(), inputs.tag());

		let mut exchanged = inputs.clone();
		exchanged.relationship = inputs.opening.grantee;
		exchanged.opening.grantee = inputs.relationship;
		prop_assume!(inputs.relationship != inputs.opening.grantee);
		prop_assert_ne!(exchanged.tag(), inputs.tag());
	}

	#[test]
	fn fewer_rules_or_another_order_give_another_tag(inputs in inputs(), at in any::<Index>()) {
		prop_assume!(!inputs.opening.terms.rules.is_empty());
		let tag = inputs.tag();
		let at = at.index(inputs.opening.terms.rules.len());

		let mut fewer = inputs.clone();
		fewer.opening.terms.rules.remove(at);
		prop_assert_ne!(fewer.tag(), tag);

		let mut turned = inputs.opening.terms.rules.to_vec();
		turned.rotate_left(at);
		let turned = turned.try_into().expect("there are no more rules than before");
		if turned != inputs.opening.terms.rules {
			let mut other = inputs.clone();
			other.opening.terms.rules = turned;
			prop_assert_ne!(other.tag(), tag);
		}
	}
}
