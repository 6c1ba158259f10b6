//! How `CheckParticipant` looks from outside: like the `CheckNonce` that it wraps.

use codec::{Decode, Encode};
use frame_system::CheckNonce;
use medrec_runtime::{CheckParticipant, Runtime, RuntimeCall, TxExtension};
use scale_info::meta_type;
use sp_runtime::traits::TransactionExtension;

#[test]
fn it_is_encoded_as_check_nonce() {
	for nonce in [0, 1, 63, 64, 16_383, 16_384, u32::MAX] {
		let encoded = CheckParticipant::from(nonce).encode();
		assert_eq!(encoded, CheckNonce::<Runtime>::from(nonce).encode());
		assert_eq!(CheckParticipant::decode(&mut &encoded[..]), Ok(CheckParticipant::from(nonce)));
	}
}

#[test]
fn it_adds_nothing_to_what_is_signed() {
	let implicit = <CheckParticipant as TransactionExtension<RuntimeCall>>::Implicit::encode(&());
	assert!(implicit.is_empty());
}

#[test]
fn clients_see_check_nonce() {
	let extensions = <TxExtension as TransactionExtension<RuntimeCall>>::metadata();
	let names: Vec<_> = extensions.iter().map(|extension| extension.identifier).collect();
	assert_eq!(
		names,
		[
			"CheckNonZeroSender",
			"CheckSpecVersion",
			"CheckTxVersion",
			"CheckGenesis",
			"CheckMortality",
			"CheckNonce",
			"CheckWeight",
			"WeightReclaim",
		]
	);
	let type_of =
		|metadata: &sp_runtime::traits::TransactionExtensionMetadata| metadata.ty.type_info();
	assert_eq!(type_of(&extensions[5]), meta_type::<CheckNonce<Runtime>>().type_info());
}
