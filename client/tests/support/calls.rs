//! Transactions as the node in memory reads them.

use codec::{Compact, Decode};
use medrec_primitives::{AccountId, ExpiryDay, Hash, RelationshipId, Signature, Tag};

/// Index of the registrar pallet.
const REGISTRAR: u8 = 20;

/// Index of the relationship pallet.
pub const RELATIONSHIPS: u8 = 21;

pub struct Signed {
	pub account: AccountId,
	pub nonce: u32,
	pub call: Call,
}

pub enum Call {
	Accept(RelationshipId),
	Reject(RelationshipId),
	End(RelationshipId),
	Grant(RelationshipId, Tag, ExpiryDay),
	Revoke(RelationshipId, Tag),
	RotateKey(AccountId, Signature),
	SetGatekeeperKey(Hash),
	SetOperator(Option<(AccountId, Signature)>),
}

impl Call {
	fn of_registrar(call: u8, rest: &mut &[u8]) -> Self {
		match call {
			1 => {
				let account = AccountId::decode(rest).unwrap();
				Self::RotateKey(account, Signature::decode(rest).unwrap())
			},
			6 => Self::SetGatekeeperKey(Hash::decode(rest).unwrap()),
			7 => Self::SetOperator(Option::decode(rest).unwrap()),
			other => panic!("call {other} of the registrar pallet"),
		}
	}

	fn of_relationships(call: u8, rest: &mut &[u8]) -> Self {
		let relationship = Compact::<RelationshipId>::decode(rest).unwrap().0;
		match call {
			2 => {
				let _counterparty = Compact::<u64>::decode(rest).unwrap();
				Self::Accept(relationship)
			},
			3 => Self::Reject(relationship),
			5 => Self::End(relationship),
			6 => {
				let tag = Tag::decode(rest).unwrap();
				Self::Grant(relationship, tag, ExpiryDay::decode(rest).unwrap())
			},
			7 => Self::Revoke(relationship, Tag::decode(rest).unwrap()),
			other => panic!("call {other} of the relationship pallet"),
		}
	}

	/// Whether it goes before everything else.
	pub const fn is_removal(&self) -> bool {
		matches!(self, Self::Reject(_) | Self::End(_) | Self::Revoke(..))
	}
}

impl Signed {
	/// Whether only one of the two can be in the pool.
	pub fn has_place_of(&self, other: &Self) -> bool {
		self.account == other.account && self.nonce == other.nonce
	}

	/// Reads an extrinsic as chain-client's tests describe it.
	pub fn decode(bytes: &[u8]) -> Self {
		let rest = &mut &bytes[..];
		let length = Compact::<u32>::decode(rest).unwrap().0;
		assert_eq!(length as usize, rest.len());
		let head = <[u8; 2]>::decode(rest).unwrap();
		assert_eq!(head, [0x84, 0], "signed, version 4, by an account id");
		let account = AccountId::decode(rest).unwrap();
		let scheme = u8::decode(rest).unwrap();
		*rest = &rest[if scheme == 2 { 65 } else { 64 }..];
		let _mortality = <[u8; 2]>::decode(rest).unwrap();
		let nonce = Compact::<u32>::decode(rest).unwrap().0;
		let [pallet, call] = <[u8; 2]>::decode(rest).unwrap();
		let call = match pallet {
			REGISTRAR => Call::of_registrar(call, rest),
			RELATIONSHIPS => Call::of_relationships(call, rest),
			other => panic!("a call of pallet {other}"),
		};
		assert!(rest.is_empty(), "{} bytes after the call", rest.len());
		Self { account, nonce, call }
	}
}
