//! Terms, openings and their tags.

use crate::file::{bytes32, check, hex, object, parse};
use codec::{Decode, Encode};
use medrec_primitives::{Hash, Opening};

#[test]
fn terms_openings_and_tags() {
	check("grants.json", |input, _| {
		let genesis = Hash::from(bytes32(&input["genesis"]));
		let relationship = input["relationship"].as_u64().expect("a relationship is a number");
		let opening: Opening = parse(&input["opening"], "opening");
		assert_eq!(Opening::decode(&mut opening.encode().as_slice()), Ok(opening.clone()));

		// What the tag is a hash of, put together by hand.
		let terms = opening.terms.encode();
		let preimage = [
			b"medrec/grant/v1".as_slice(),
			genesis.as_bytes(),
			&relationship.to_le_bytes(),
			&opening.grantee.to_le_bytes(),
			&terms,
			&opening.salt,
		]
		.concat();
		let tag = opening.tag(&genesis, relationship);
		assert_eq!(tag.0, sp_crypto_hashing::blake2_256(&preimage));
		object([
			("terms", hex(&terms)),
			("opening", hex(opening.encode())),
			("preimage", hex(&preimage)),
			("tag", hex(tag.0)),
		])
	});
}
