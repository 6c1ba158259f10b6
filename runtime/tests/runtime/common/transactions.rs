//! Signed transactions, as the pool and the block builder treat them.

use frame_support::{
	assert_ok,
	storage::{with_transaction_unchecked, TransactionOutcome},
};
use frame_system::{
	CheckGenesis, CheckMortality, CheckNonZeroSender, CheckSpecVersion, CheckTxVersion,
	CheckWeight, WeightReclaim,
};
use medrec_protocol::account::AccountKey;
use medrec_runtime::{
	CheckParticipant, Executive, Nonce, Refusal, RuntimeCall, SignedPayload, System, TxExtension,
	UncheckedExtrinsic,
};
use sp_runtime::{
	generic::Era,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, DispatchError,
};

/// Blocks for which the transactions of these tests hold.
const PERIOD: u64 = 64;

/// The nonce of an account's next transaction.
pub fn nonce_of(key: &AccountKey) -> Nonce {
	System::account_nonce(key.account_id())
}

/// A transaction, mortal, for the chain as it is.
pub fn sign(key: &AccountKey, nonce: Nonce, call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
	let parent = System::block_number() - 1;
	let extension: TxExtension = (
		CheckNonZeroSender::new(),
		CheckSpecVersion::new(),
		CheckTxVersion::new(),
		CheckGenesis::new(),
		CheckMortality::from(Era::mortal(PERIOD, parent.into())),
		CheckParticipant::from(nonce),
		CheckWeight::new(),
		WeightReclaim::new(),
	);
	let payload = SignedPayload::new(call.into(), extension).expect("the parent's hash is kept");
	let signature = codec::Encode::using_encoded(&payload, |bytes| key.sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	UncheckedExtrinsic::new_signed(call, key.account_id().into(), signature, extension)
}

/// What the pool says of a transaction once the present block is finished.
pub fn pool(transaction: UncheckedExtrinsic) -> TransactionValidity {
	with_transaction_unchecked(|| {
		let block = Executive::finalize_block().hash();
		TransactionOutcome::Rollback(Executive::validate_transaction(
			TransactionSource::External,
			transaction,
			block,
		))
	})
}

/// Put a transaction into the block, if it may be there. As in a block builder, one that may not leaves
/// nothing behind.
pub fn apply(transaction: UncheckedExtrinsic) -> ApplyExtrinsicResult {
	with_transaction_unchecked(|| {
		let outcome = Executive::apply_extrinsic(transaction);
		if outcome.is_ok() {
			TransactionOutcome::Commit(outcome)
		} else {
			TransactionOutcome::Rollback(outcome)
		}
	})
}

/// Sign a call and put it into the block.
pub fn send(key: &AccountKey, call: impl Into<RuntimeCall>) -> ApplyExtrinsicResult {
	apply(sign(key, nonce_of(key), call))
}

/// The pool takes it, the block takes it, and the call succeeds.
#[track_caller]
pub fn succeeds(key: &AccountKey, call: impl Into<RuntimeCall>) {
	let transaction = sign(key, nonce_of(key), call);
	assert_ok!(pool(transaction.clone()));
	assert_eq!(apply(transaction), Ok(Ok(())));
}

/// The block takes it, and the call fails.
#[track_caller]
pub fn fails(key: &AccountKey, call: impl Into<RuntimeCall>, error: impl Into<DispatchError>) {
	assert_eq!(send(key, call), Ok(Err(error.into())));
}

/// Neither pool nor block take it.
#[track_caller]
pub fn refused(key: &AccountKey, call: impl Into<RuntimeCall>, refusal: Refusal) {
	invalid(sign(key, nonce_of(key), call), InvalidTransaction::Custom(refusal as u8));
}

/// Neither pool nor block take it, for a reason that is not this runtime's own.
#[track_caller]
pub fn invalid(transaction: UncheckedExtrinsic, reason: InvalidTransaction) {
	assert_eq!(pool(transaction.clone()), Err(reason.into()));
	assert_eq!(apply(transaction), Err(reason.into()));
}
