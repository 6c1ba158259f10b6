//! Who may transact: participants, for free, inside a quota.
//!
//! The pool and the block builder refuse everyone else before any work is done for them. What takes a
//! permission back (`revoke`, `end`, `reject`) is held up neither by a quota nor by a suspension, nor by
//! having retired, as long as what it removes exists and is the signer's.

use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{DispatchInfo, PostDispatchInfo},
	pallet_prelude::TransactionSource,
	traits::Get,
	weights::Weight,
};
use frame_system::CheckNonce;
use medrec_primitives::{
	AccountRole, Caller, Moment, ParticipantAccount, ParticipantKind, ParticipantStatus,
	Participants,
};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{AsSystemOriginSigner, Implication, TransactionExtension, ValidateResult},
	transaction_validity::{
		InvalidTransaction, TransactionPriority, TransactionValidityError, ValidTransaction,
	},
	DispatchResult,
};

use crate::{
	configs::{ParticipantQuota, ProviderQuota, QuotaWindow, REMOVALS_AHEAD},
	AccountId, Nonce, Registrar, Relationships, Runtime, RuntimeCall, RuntimeOrigin, Timestamp,
};

/// Priority of what takes a permission back: before everything else.
const REMOVAL_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// Why the pool refuses a transaction: the number in `InvalidTransaction::Custom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
	/// The signer is nobody on this chain: a provider has to enrol or register the account first.
	NotAParticipant = 1,
	/// The signer is suspended, and this does not take back something of its own.
	Suspended = 2,
	/// The signer has left for good, and this does not take back something of its own.
	Retired = 3,
	/// The participant has moved to another key.
	RotatedAway = 4,
	/// The quota of this window is used up.
	QuotaUsedUp = 5,
	/// More transactions wait than the rest of the quota has room for.
	TooManyPending = 6,
	/// An operator account may not make this call.
	NotForOperators = 7,
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		// Not `ExhaustsResources`, which a block builder takes for a full block.
		InvalidTransaction::Custom(refusal as u8).into()
	}
}

/// Checks that the signer is a participant inside its quota, then what `CheckNonce` checks. Encoded as
/// `CheckNonce`, under its name: it adds no byte to a transaction.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking)]
pub struct CheckParticipant(pub CheckNonce<Runtime>);

impl CheckParticipant {
	/// For whoever builds a transaction with this nonce.
	pub fn from(nonce: Nonce) -> Self {
		Self(CheckNonce::from(nonce))
	}
}

/// Clients see the type that they know.
impl TypeInfo for CheckParticipant {
	type Identity = CheckNonce<Runtime>;

	fn type_info() -> scale_info::Type {
		CheckNonce::<Runtime>::type_info()
	}
}

/// What the signer's kind may send in a window.
fn quota(kind: ParticipantKind) -> u16 {
	match kind {
		ParticipantKind::Provider | ParticipantKind::Delegate => ProviderQuota::get(),
		ParticipantKind::Patient
		| ParticipantKind::Insurer
		| ParticipantKind::Researcher
		| ParticipantKind::Other => ParticipantQuota::get(),
	}
}

/// Number of the quota window of a moment.
fn window_of(now: Moment) -> u32 {
	u32::try_from(now / QuotaWindow::get().max(1)).unwrap_or(u32::MAX)
}

/// Transactions of an account in the window of a moment.
fn used(account: &ParticipantAccount, window: u32) -> u16 {
	if account.window == window {
		account.used
	} else {
		0
	}
}

/// Whether a call takes back something that exists and is the caller's.
fn removes_own(caller: &Caller, call: &RuntimeCall) -> bool {
	use pallet_relationship::Call::{end, reject, revoke};
	match call {
		RuntimeCall::Relationships(revoke { relationship, tag }) => {
			Relationships::may_revoke(caller, *relationship, tag)
		},
		RuntimeCall::Relationships(end { relationship }) => {
			Relationships::may_end(caller, *relationship)
		},
		RuntimeCall::Relationships(reject { relationship }) => {
			Relationships::may_reject(caller, *relationship)
		},
		_ => false,
	}
}

/// Whether a call is one of those that [`removes_own`] looks at.
fn is_removal(call: &RuntimeCall) -> bool {
	use pallet_relationship::Call::{end, reject, revoke};
	matches!(call, RuntimeCall::Relationships(revoke { .. } | end { .. } | reject { .. }))
}

/// Whether an operator account may make a call.
fn is_for_operators(call: &RuntimeCall) -> bool {
	use pallet_registrar::Call::register;
	use pallet_relationship::Call::{accept, end, enrol, propose, reject};
	matches!(
		call,
		RuntimeCall::Registrar(register { .. })
			| RuntimeCall::Relationships(
				enrol { .. } | propose { .. } | accept { .. } | reject { .. } | end { .. }
			)
	)
}

/// Whether a suspended participant may make a call, once in a window: what secures its key.
fn secures_key(call: &RuntimeCall) -> bool {
	use pallet_registrar::Call::{end_sessions, rotate_key};
	matches!(call, RuntimeCall::Registrar(rotate_key { .. } | end_sessions { .. }))
}

/// Decide whether an account may send a call with a nonce. Gives the transaction's priority.
fn check(
	who: &AccountId,
	nonce: Nonce,
	call: &RuntimeCall,
) -> Result<TransactionPriority, Refusal> {
	let account = frame_system::Account::<Runtime>::get(who);
	let data = account.data;
	let kind = match data.role {
		AccountRole::Vacant => return Err(Refusal::NotAParticipant),
		AccountRole::Tombstone => return Err(Refusal::RotatedAway),
		role => role.kind().ok_or(Refusal::NotAParticipant)?,
	};
	if data.role == AccountRole::Operator && !is_for_operators(call) {
		return Err(Refusal::NotForOperators);
	}

	let used = used(&data, window_of(Timestamp::get()));
	let remaining = Nonce::from(quota(kind).saturating_sub(used));
	// The pool validates each transaction against one state, so that a count in that state cannot bound
	// how many wait; the distance from the account's nonce does.
	let ahead = nonce.saturating_sub(account.nonce);

	if is_removal(call) {
		let caller = Registrar::caller(who).ok_or(Refusal::NotAParticipant)?;
		if removes_own(&caller, call) {
			return if ahead < remaining.saturating_add(REMOVALS_AHEAD) {
				Ok(REMOVAL_PRIORITY)
			} else {
				Err(Refusal::TooManyPending)
			};
		}
	}
	match data.status {
		ParticipantStatus::Retired => Err(Refusal::Retired),
		ParticipantStatus::Suspended if secures_key(call) && used == 0 && ahead == 0 => Ok(0),
		ParticipantStatus::Suspended => Err(Refusal::Suspended),
		ParticipantStatus::Active if remaining == 0 => Err(Refusal::QuotaUsedUp),
		ParticipantStatus::Active if ahead >= remaining => Err(Refusal::TooManyPending),
		ParticipantStatus::Active => Ok(0),
	}
}

/// Count a transaction against its signer's quota.
fn count(who: &AccountId) {
	let window = window_of(Timestamp::get());
	frame_system::Account::<Runtime>::mutate(who, |account| {
		account.data.used = used(&account.data, window).saturating_add(1);
		account.data.window = window;
	});
}

impl TransactionExtension<RuntimeCall> for CheckParticipant {
	const IDENTIFIER: &'static str =
		<CheckNonce<Runtime> as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = ();
	type Val = <CheckNonce<Runtime> as TransactionExtension<RuntimeCall>>::Val;
	type Pre = <CheckNonce<Runtime> as TransactionExtension<RuntimeCall>>::Pre;

	fn weight(&self, call: &RuntimeCall) -> Weight {
		let db = <Runtime as frame_system::Config>::DbWeight::get();
		// The account's entry is read by `CheckNonce` as well; the time is cached. The quota is a
		// parameter. What a removal removes (relationship, tag) is read again when it is dispatched.
		let reads = if is_removal(call) { db.reads(4) } else { db.reads(2) };
		self.0.weight(call).saturating_add(reads)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
		self_implicit: Self::Implicit,
		inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		let priority = match origin.as_system_origin_signer() {
			Some(who) => check(who, self.0 .0, call)?,
			None => 0,
		};
		let (validity, val, origin) = self.0.validate(
			origin,
			call,
			info,
			len,
			self_implicit,
			inherited_implication,
			source,
		)?;
		let priority = validity.priority.saturating_add(priority);
		Ok((ValidTransaction { priority, ..validity }, val, origin))
	}

	fn prepare(
		self,
		val: Self::Val,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		let signer = origin.as_system_origin_signer().cloned();
		let pre = self.0.prepare(val, origin, call, info, len)?;
		if let Some(who) = signer {
			count(&who);
		}
		Ok(pre)
	}

	fn post_dispatch_details(
		pre: Self::Pre,
		info: &DispatchInfo,
		post_info: &PostDispatchInfo,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		<CheckNonce<Runtime> as TransactionExtension<RuntimeCall>>::post_dispatch_details(
			pre, info, post_info, len, result,
		)
	}
}
