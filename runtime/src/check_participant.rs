//! Who may transact: participants, for free, inside a quota.
//!
//! The pool and the block builder refuse everyone else before any work is done for them. What takes a
//! permission back (`revoke`, `end`, `reject`) is held up neither by a quota nor by a suspension, nor by
//! having retired, as long as what it removes exists and is the signer's.
//!
//! What no participant's transaction is for (`system.*`, inherents, another's calls) is refused here and
//! not where it is dispatched, because by then it has used up the weight that it declares, which the
//! signer may choose: a block full of calls that fail is as full as any other.

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
	Participants, Seats,
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
	AccountId, Authorities, Nonce, Registrar, Relationships, Runtime, RuntimeCall, RuntimeOrigin,
	Timestamp,
};

/// Priority of what takes a permission back: before everything else.
const REMOVAL_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// Priority of the council's work: after that, and before what could crowd the council out.
const COUNCIL_PRIORITY: TransactionPriority = REMOVAL_PRIORITY / 2;

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
	/// This call is not for the signer: nobody signs it, or only the council's members or providers do.
	NotForSigner = 8,
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
		ParticipantKind::Provider => ProviderQuota::get(),
		// Providers register delegates as they like, so that these have no more than anyone.
		ParticipantKind::Patient
		| ParticipantKind::Delegate
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

/// Whether a call is the one that a suspended participant may make, once in a window: it secures the
/// key, and ends the sessions of the old one.
fn is_rotation(call: &RuntimeCall) -> bool {
	matches!(call, RuntimeCall::Registrar(pallet_registrar::Call::rotate_key { .. }))
}

/// Whether a call is one of the council's work.
fn is_for_council(call: &RuntimeCall) -> bool {
	matches!(call, RuntimeCall::Council(_))
}

/// Whether a call is for this signer at all.
fn is_for_signer(data: &ParticipantAccount, call: &RuntimeCall) -> bool {
	match call {
		RuntimeCall::Registrar(_) | RuntimeCall::Relationships(_) | RuntimeCall::Summary(_) => true,
		RuntimeCall::Session(_) => data.role == AccountRole::Provider,
		RuntimeCall::Authorities(_)
		| RuntimeCall::Council(_)
		| RuntimeCall::Grandpa(pallet_grandpa::Call::report_equivocation { .. }) => {
			data.role == AccountRole::Provider && Authorities::holds_seat(data.participant)
		},
		_ => false,
	}
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
	if !is_for_signer(&data, call) {
		return Err(Refusal::NotForSigner);
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
		// What was used while it was active, and what it took back since, are not counted (`count`).
		ParticipantStatus::Suspended if !is_rotation(call) => Err(Refusal::Suspended),
		ParticipantStatus::Suspended if used > 0 => Err(Refusal::QuotaUsedUp),
		ParticipantStatus::Suspended if ahead > 0 => Err(Refusal::TooManyPending),
		ParticipantStatus::Suspended => Ok(0),
		ParticipantStatus::Active if remaining == 0 => Err(Refusal::QuotaUsedUp),
		ParticipantStatus::Active if ahead >= remaining => Err(Refusal::TooManyPending),
		ParticipantStatus::Active if is_for_council(call) => Ok(COUNCIL_PRIORITY),
		ParticipantStatus::Active => Ok(0),
	}
}

/// Count a transaction against its signer's quota. What a suspended participant takes back is not
/// counted: it would use up the rotation that it has.
fn count(who: &AccountId, call: &RuntimeCall) {
	let window = window_of(Timestamp::get());
	frame_system::Account::<Runtime>::mutate(who, |account| {
		if account.data.status == ParticipantStatus::Suspended && !is_rotation(call) {
			return;
		}
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
		// parameter. What a removal removes (relationship, tag) is read again when it is dispatched, and so
		// is the list of authorities, for what only they call.
		let reads = match call {
			_ if is_removal(call) => db.reads(4),
			RuntimeCall::Authorities(_) | RuntimeCall::Council(_) | RuntimeCall::Grandpa(_) => {
				db.reads(3)
			},
			_ => db.reads(2),
		};
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
			count(&who, call);
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
