//! Putting a call to the council's vote.

use crate::{api, runtime::built_in_metadata, AgendaCall, Call};
use subxt::tx::ValidationDetails;

/// `council.propose` with the call that is proposed. The whole type of calls is part of its shape, which
/// so changes with every call of the runtime that does; what matters is the shape of the call in it, and
/// that is what is compared before it is signed.
struct Proposal<P> {
	payload: P,
	/// Pallet and name of the call that is proposed.
	proposed: (&'static str, &'static str),
}

/// Council: put a call to the vote, and approve of it.
pub(crate) fn propose(call: AgendaCall) -> impl Call {
	let proposed = call.name();
	Proposal { payload: api::tx().council().propose(call.into()), proposed }
}

impl<P: Call> Call for Proposal<P> {
	type CallData = P::CallData;

	fn pallet_name(&self) -> &str {
		self.payload.pallet_name()
	}

	fn call_name(&self) -> &str {
		self.payload.call_name()
	}

	fn call_data(&self) -> &Self::CallData {
		self.payload.call_data()
	}

	fn validation_details(&self) -> Option<ValidationDetails<'_>> {
		let (pallet_name, call_name) = self.proposed;
		let hash = built_in_metadata()
			.and_then(|metadata| metadata.pallet_by_name(pallet_name)?.call_hash(call_name));
		match hash {
			Some(hash) => Some(ValidationDetails { pallet_name, call_name, hash }),
			None => self.payload.validation_details(),
		}
	}
}
