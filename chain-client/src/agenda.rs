//! What the council decides on, as a type; and the calls of motions, read back.

use crate::{
	api::{
		self,
		runtime_types::{
			bounded_collections::bounded_vec::BoundedVec,
			frame_system::pallet::Call as System,
			medrec_runtime::configs::parameters::{
				dynamic_params::{access, council, quota},
				RuntimeParameters,
			},
			pallet_authorities::pallet::Call as Authorities,
			pallet_grandpa::pallet::Call as Grandpa,
			pallet_parameters::pallet::Call as Parameters,
			pallet_registrar::pallet::Call as Registrar,
		},
	},
	runtime::{built_in_metadata, Runtime},
};
use medrec_primitives::{
	AccountId, EncryptionKey, GatekeeperKey, Hash, Moment, ParticipantId, ParticipantKind, Purposes,
};
use serde::Serialize;
use subxt::ext::scale_decode::DecodeAsType;

/// A call that the council may decide on: the runtime's agenda, without the pallets that the calls are
/// of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgendaCall {
	/// Admit a provider.
	Certify(Certification),
	/// Suspend a participant; a provider loses seat and authority, too.
	Suspend(ParticipantId),
	/// End a suspension.
	Reinstate(ParticipantId),
	/// Say which purposes participants of a kind may claim.
	SetPurposes(ParticipantKind, Purposes),
	/// Give a provider authority and a seat.
	AddAuthority(ParticipantId),
	/// Take a provider's authority and seat.
	RemoveAuthority(ParticipantId),
	/// Set the length of sessions, in blocks.
	SetSessionLength(u32),
	/// Set the fewest authorities that changes may leave.
	SetMinimumAuthorities(u32),
	/// Set how long a change waits for objections, in blocks.
	SetRemovalDelay(u32),
	/// Let an authority that equivocated validate again.
	Forgive(ParticipantId),
	/// Set a parameter, or go back to its default.
	SetParameter(Parameter),
	/// Authorize an upgrade of the runtime to the code of this BLAKE2b-256 hash.
	AuthorizeUpgrade(Hash),
	/// Have GRANDPA change its authorities although nothing becomes final any more.
	NoteStalled {
		/// Blocks from the announcement of the change until it takes effect.
		delay: u32,
		/// The highest block that is final at all validators of the new set.
		best_finalized: u32,
	},
}

/// A provider that is to be admitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certification {
	/// Its account.
	pub account: AccountId,
	/// Its name.
	pub name: String,
	/// Origin of its gatekeeper.
	pub endpoint: String,
	/// X25519 key that messages to it are sealed to.
	pub encryption_key: EncryptionKey,
	/// Ed25519 key with which its gatekeeper signs answers.
	pub gatekeeper_key: GatekeeperKey,
}

/// A parameter that the council sets, with its new value; `None` goes back to its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
	/// Transactions of a participant in a window.
	ParticipantQuota(Option<u16>),
	/// Transactions of each account of a provider or delegate in a window.
	ProviderQuota(Option<u16>),
	/// Age of the finalized block beyond which nodes no longer decide, milliseconds.
	StalenessLimit(Option<Moment>),
	/// Blocks for which a motion is open.
	MotionDuration(Option<u32>),
}

/// The call of a motion, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MotionCall {
	/// One that this program knows.
	Known(AgendaCall),
	/// Any other, or one that the chain's runtime takes in another shape. Its bytes are all that can be
	/// said of it, and its name, where the chain's runtime has one.
	Unknown {
		/// Pallet and call.
		name: Option<(String, String)>,
	},
}

impl Runtime {
	/// Read the encoded call of a motion. It is taken for a call that this program knows only if this
	/// runtime has that call in the same shape; it is never guessed at.
	pub fn read_motion(&self, call: &[u8]) -> MotionCall {
		let name = self.name_of(call);
		let known = name.as_ref().and_then(|(pallet, name)| self.decode(pallet, name, call));
		known.map_or(MotionCall::Unknown { name }, MotionCall::Known)
	}

	/// Pallet and call that encoded bytes begin with.
	fn name_of(&self, call: &[u8]) -> Option<(String, String)> {
		let &[pallet, index, ..] = call else { return None };
		let pallet = self.client().metadata_ref().pallet_by_call_index(pallet)?;
		let variant = pallet.call_variant_by_index(index)?;
		Some((pallet.name().to_owned(), variant.name.clone()))
	}

	fn decode(&self, pallet: &str, name: &str, call: &[u8]) -> Option<AgendaCall> {
		let metadata = self.client().metadata_ref();
		let here = metadata.pallet_by_name(pallet)?.call_hash(name)?;
		let built_in = built_in_metadata()?.pallet_by_name(pallet)?.call_hash(name)?;
		if here != built_in {
			return None;
		}
		let rest = &mut &call[..];
		let decoded = api::Call::decode_as_type(
			rest,
			metadata.outer_enums().call_enum_ty(),
			metadata.types(),
		)
		.ok()?;
		rest.is_empty().then_some(())?;
		AgendaCall::read(decoded)
	}
}

impl AgendaCall {
	/// Pallet and name of the call.
	pub(crate) const fn name(&self) -> (&'static str, &'static str) {
		match self {
			Self::Certify(_) => ("Registrar", "certify"),
			Self::Suspend(_) => ("Registrar", "suspend"),
			Self::Reinstate(_) => ("Registrar", "reinstate"),
			Self::SetPurposes(..) => ("Registrar", "set_purposes"),
			Self::AddAuthority(_) => ("Authorities", "add_authority"),
			Self::RemoveAuthority(_) => ("Authorities", "remove_authority"),
			Self::SetSessionLength(_) => ("Authorities", "set_session_length"),
			Self::SetMinimumAuthorities(_) => ("Authorities", "set_minimum_authorities"),
			Self::SetRemovalDelay(_) => ("Authorities", "set_removal_delay"),
			Self::Forgive(_) => ("Authorities", "forgive"),
			Self::SetParameter(_) => ("Parameters", "set_parameter"),
			Self::AuthorizeUpgrade(_) => ("System", "authorize_upgrade"),
			Self::NoteStalled { .. } => ("Grandpa", "note_stalled"),
		}
	}

	/// `None` for a call that is not on the agenda, or holds what this program cannot say in words.
	fn read(call: api::Call) -> Option<Self> {
		Some(match call {
			api::Call::Registrar(Registrar::certify {
				account,
				name,
				endpoint,
				encryption_key,
				gatekeeper_key,
			}) => Self::Certify(Certification {
				account: account.0.into(),
				name: String::from_utf8(name.0).ok()?,
				endpoint: String::from_utf8(endpoint.0).ok()?,
				encryption_key,
				gatekeeper_key,
			}),
			api::Call::Registrar(Registrar::suspend { participant }) => Self::Suspend(participant),
			api::Call::Registrar(Registrar::reinstate { participant }) => {
				Self::Reinstate(participant)
			},
			api::Call::Registrar(Registrar::set_purposes { kind, purposes })
				if purposes.0.is_known() =>
			{
				Self::SetPurposes(kind.0, purposes.0)
			},
			api::Call::Authorities(Authorities::add_authority { participant }) => {
				Self::AddAuthority(participant)
			},
			api::Call::Authorities(Authorities::remove_authority { participant }) => {
				Self::RemoveAuthority(participant)
			},
			api::Call::Authorities(Authorities::set_session_length { blocks }) => {
				Self::SetSessionLength(blocks)
			},
			api::Call::Authorities(Authorities::set_minimum_authorities { authorities }) => {
				Self::SetMinimumAuthorities(authorities)
			},
			api::Call::Authorities(Authorities::set_removal_delay { blocks }) => {
				Self::SetRemovalDelay(blocks)
			},
			api::Call::Authorities(Authorities::forgive { participant }) => {
				Self::Forgive(participant)
			},
			api::Call::Parameters(Parameters::set_parameter { key_value }) => {
				Self::SetParameter(Parameter::read(key_value))
			},
			api::Call::System(System::authorize_upgrade { code_hash }) => {
				Self::AuthorizeUpgrade(code_hash.0.into())
			},
			api::Call::Grandpa(Grandpa::note_stalled { delay, best_finalized_block_number }) => {
				Self::NoteStalled { delay, best_finalized: best_finalized_block_number }
			},
			_ => return None,
		})
	}
}

impl Parameter {
	fn read(parameter: RuntimeParameters) -> Self {
		match parameter {
			RuntimeParameters::Quota(quota::Parameters::ParticipantQuota(_, value)) => {
				Self::ParticipantQuota(value)
			},
			RuntimeParameters::Quota(quota::Parameters::ProviderQuota(_, value)) => {
				Self::ProviderQuota(value)
			},
			RuntimeParameters::Access(access::Parameters::StalenessLimit(_, value)) => {
				Self::StalenessLimit(value)
			},
			RuntimeParameters::Council(council::Parameters::MotionDuration(_, value)) => {
				Self::MotionDuration(value)
			},
		}
	}
}

impl From<Parameter> for RuntimeParameters {
	fn from(parameter: Parameter) -> Self {
		match parameter {
			Parameter::ParticipantQuota(value) => {
				Self::Quota(quota::Parameters::ParticipantQuota(quota::ParticipantQuota, value))
			},
			Parameter::ProviderQuota(value) => {
				Self::Quota(quota::Parameters::ProviderQuota(quota::ProviderQuota, value))
			},
			Parameter::StalenessLimit(value) => {
				Self::Access(access::Parameters::StalenessLimit(access::StalenessLimit, value))
			},
			Parameter::MotionDuration(value) => {
				Self::Council(council::Parameters::MotionDuration(council::MotionDuration, value))
			},
		}
	}
}

impl From<AgendaCall> for api::Call {
	fn from(call: AgendaCall) -> Self {
		let text = |text: String| BoundedVec(text.into_bytes());
		match call {
			AgendaCall::Certify(it) => Self::Registrar(Registrar::certify {
				account: subxt::utils::AccountId32(it.account.into()),
				name: text(it.name),
				endpoint: text(it.endpoint),
				encryption_key: it.encryption_key,
				gatekeeper_key: it.gatekeeper_key,
			}),
			AgendaCall::Suspend(participant) => Self::Registrar(Registrar::suspend { participant }),
			AgendaCall::Reinstate(participant) => {
				Self::Registrar(Registrar::reinstate { participant })
			},
			AgendaCall::SetPurposes(kind, purposes) => Self::Registrar(Registrar::set_purposes {
				kind: kind.into(),
				purposes: purposes.into(),
			}),
			AgendaCall::AddAuthority(participant) => {
				Self::Authorities(Authorities::add_authority { participant })
			},
			AgendaCall::RemoveAuthority(participant) => {
				Self::Authorities(Authorities::remove_authority { participant })
			},
			AgendaCall::SetSessionLength(blocks) => {
				Self::Authorities(Authorities::set_session_length { blocks })
			},
			AgendaCall::SetMinimumAuthorities(authorities) => {
				Self::Authorities(Authorities::set_minimum_authorities { authorities })
			},
			AgendaCall::SetRemovalDelay(blocks) => {
				Self::Authorities(Authorities::set_removal_delay { blocks })
			},
			AgendaCall::Forgive(participant) => {
				Self::Authorities(Authorities::forgive { participant })
			},
			AgendaCall::SetParameter(parameter) => {
				Self::Parameters(Parameters::set_parameter { key_value: parameter.into() })
			},
			AgendaCall::AuthorizeUpgrade(hash) => {
				Self::System(System::authorize_upgrade { code_hash: hash.0.into() })
			},
			AgendaCall::NoteStalled { delay, best_finalized } => {
				Self::Grandpa(Grandpa::note_stalled {
					delay,
					best_finalized_block_number: best_finalized,
				})
			},
		}
	}
}

#[cfg(test)]
mod tests;
