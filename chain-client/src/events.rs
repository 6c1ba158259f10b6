//! What a transaction did in its block.

use crate::{runtime::Config, ChainError, DispatchFailure, Runtime};
use codec::Decode;
use medrec_primitives::Hash;
use medrec_rpc_api::BlockRef;
use subxt::events::{DecodeAsEvent, Events, Phase};

/// Storage key of `System.Events`: twox128 of both names.
pub(crate) const EVENTS_KEY: [u8; 32] = [
	0x26, 0xaa, 0x39, 0x4e, 0xea, 0x56, 0x30, 0xe0, 0x7c, 0x48, 0xae, 0x0c, 0x95, 0x58, 0xce, 0xf7,
	0x80, 0xd4, 0x1e, 0x5e, 0x16, 0x05, 0x67, 0x65, 0xbc, 0x84, 0x61, 0x85, 0x10, 0x72, 0xc9, 0xd7,
];

/// A transaction in a block, where its call succeeded.
#[derive(Debug)]
pub struct Inclusion {
	/// The block.
	pub block: BlockRef,
	/// Hash of the extrinsic.
	pub extrinsic: Hash,
	index: u32,
	events: Events<Config>,
}

impl Inclusion {
	/// Reads the events of a block; fails with what the call failed with.
	pub(crate) fn read(
		runtime: &Runtime,
		block: BlockRef,
		extrinsic: Hash,
		index: u32,
		events: Vec<u8>,
	) -> Result<Result<Self, DispatchFailure>, ChainError> {
		let events = runtime.client().events().from_bytes(events);
		let inclusion = Self { block, extrinsic, index, events };
		let failure = inclusion.failure(runtime)?;
		Ok(match failure {
			Some(failure) => Err(failure),
			None => Ok(inclusion),
		})
	}

	/// The first event of a type that this transaction caused. Types are in
	/// [`api`](crate::api), by pallet.
	pub fn find<E: DecodeAsEvent>(&self) -> Option<E> {
		let ours = Phase::ApplyExtrinsic(self.index);
		self.events
			.iter()
			.filter_map(Result::ok)
			.filter(|event| event.phase() == ours)
			.find_map(|event| event.decode_fields_as::<E>())
			.and_then(Result::ok)
	}

	/// Pallet and name of each event that this transaction caused, in their order.
	pub fn event_names(&self) -> Vec<(String, String)> {
		let ours = Phase::ApplyExtrinsic(self.index);
		self.events
			.iter()
			.filter_map(Result::ok)
			.filter(|event| event.phase() == ours)
			.map(|event| (event.pallet_name().to_owned(), event.event_name().to_owned()))
			.collect()
	}

	fn failure(&self, runtime: &Runtime) -> Result<Option<DispatchFailure>, ChainError> {
		let ours = Phase::ApplyExtrinsic(self.index);
		for event in self.events.iter() {
			let event = event.map_err(|error| ChainError::Malformed {
				method: "state_getStorage".into(),
				reason: format!(
					"the events of block {:?} cannot be read: {error}",
					self.block.hash
				),
			})?;
			if event.phase() != ours || event.pallet_name() != "System" {
				continue;
			}
			match event.event_name() {
				"ExtrinsicSuccess" => return Ok(None),
				"ExtrinsicFailed" => {
					return Ok(Some(describe(runtime, event.field_bytes(), self.block.hash)))
				},
				_ => {},
			}
		}
		Err(ChainError::Malformed {
			method: "state_getStorage".into(),
			reason: format!(
				"block {:?} does not say how extrinsic {} ended",
				self.block.hash, self.index
			),
		})
	}
}

/// The error of an `ExtrinsicFailed` event, named by the runtime's metadata.
fn describe(runtime: &Runtime, fields: &[u8], block: Hash) -> DispatchFailure {
	let plain =
		|error: String| DispatchFailure { pallet: None, error, explanation: String::new(), block };
	let module = match sp_runtime::DispatchError::decode(&mut &*fields) {
		Ok(sp_runtime::DispatchError::Module(module)) => module,
		Ok(error) => return plain(<&'static str>::from(error).to_owned()),
		Err(_) => return plain("an error that this program does not know".to_owned()),
	};
	let variant =
		runtime.client().metadata_ref().pallet_by_error_index(module.index).and_then(|pallet| {
			let name = pallet.name().to_owned();
			pallet.error_variant_by_index(module.error[0]).map(|variant| (name, variant))
		});
	match variant {
		Some((pallet, variant)) => DispatchFailure {
			pallet: Some(pallet),
			error: variant.name.clone(),
			explanation: variant.docs.join(" ").trim().to_owned(),
			block,
		},
		None => plain(format!("error {} of pallet {}", module.error[0], module.index)),
	}
}
