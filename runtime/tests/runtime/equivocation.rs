//! Votes for two blocks in one round: reported with the real keys of a validator, through the unsigned
//! call that a node makes, and what becomes of who cast them.
//!
//! - Evidence that proves something is taken once; the offender makes no blocks until it is forgiven.
//! - Evidence of a past session is taken as long as the session is kept.
//! - What proves nothing is refused, by the pool or in the block, and changes nothing.

use crate::{
	common::{
		apply, decide, fails, next_block_at, provider, rotation, run, succeeds, suspend, to_block,
		HARBOUR, LAKESIDE, MERCY,
	},
	session_keys::SessionPairs,
};
use finality_grandpa::{Equivocation, Message, Prevote};
use frame_support::{
	storage::{with_transaction_unchecked, TransactionOutcome},
	traits::{DisabledValidators, Get, KeyOwnerProofSystem},
};
use medrec_primitives::ParticipantId;
use medrec_runtime::{
	genesis_config_presets::LOCAL, AccountId, Block, BlockNumber, Executive, Hash, Runtime,
	Session, System, Timestamp, UncheckedExtrinsic, MILLISECONDS_PER_BLOCK,
};
use pallet_authorities::KeyOwnership;
use pallet_session::historical::{HistoricalSessions, StoredRange};
use sp_consensus_grandpa::{
	localized_payload, runtime_decl_for_grandpa_api::GrandpaApi, AuthorityId, AuthoritySignature,
	EquivocationProof, RoundNumber, SetId, KEY_TYPE,
};
use sp_core::{ed25519, Pair};
use sp_runtime::{
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
	},
	DispatchError,
};

/// Blocks of a session of `local`.
const SESSION: BlockNumber = 10;

type KeyProof = <Runtime as pallet_grandpa::Config>::KeyOwnerProof;

/// The key that a provider of `local` finalizes with.
fn grandpa_pair(id: ParticipantId) -> ed25519::Pair {
	let uri = ["//Alice", "//Bob", "//Charlie", "//Dave"][id as usize];
	ed25519::Pair::from_string(uri, None).expect("a development key")
}

/// A key that holds no authority.
fn strange_pair() -> ed25519::Pair {
	ed25519::Pair::from_string("//Ferdie", None).expect("a development key")
}

type Evidence = EquivocationProof<Hash, BlockNumber>;

/// Two different blocks to vote for.
const BLOCKS: [Hash; 2] = [Hash::repeat_byte(1), Hash::repeat_byte(2)];

/// A key's vote for a block.
fn vote(
	pair: &ed25519::Pair,
	set_id: SetId,
	round: RoundNumber,
	target_hash: Hash,
) -> (Prevote<Hash, BlockNumber>, AuthoritySignature) {
	let vote = Prevote { target_hash, target_number: 5 };
	let payload = localized_payload(round, set_id, &Message::Prevote(vote.clone()));
	(vote, pair.sign(&payload).into())
}

/// Votes in a round as evidence against a key, whoever signed them, for whichever blocks.
fn evidence(
	accused: &ed25519::Pair,
	signers: [&ed25519::Pair; 2],
	set_id: SetId,
	round: RoundNumber,
	blocks: [Hash; 2],
) -> Evidence {
	let equivocation = Equivocation {
		round_number: round,
		identity: AuthorityId::from(accused.public()),
		first: vote(signers[0], set_id, round, blocks[0]),
		second: vote(signers[1], set_id, round, blocks[1]),
	};
	EquivocationProof::new(set_id, sp_consensus_grandpa::Equivocation::Prevote(equivocation))
}

/// A key's votes for two different blocks in a round of the present set.
fn double_vote(pair: &ed25519::Pair, round: RoundNumber) -> Evidence {
	let set_id = pallet_grandpa::CurrentSetId::<Runtime>::get();
	evidence(pair, [pair, pair], set_id, round, BLOCKS)
}

/// Proof that a key is in use in the present session.
fn key_proof(pair: &ed25519::Pair) -> Option<KeyProof> {
	KeyOwnership::<Runtime>::prove((KEY_TYPE, AuthorityId::from(pair.public())))
}

fn proven(pair: &ed25519::Pair) -> KeyProof {
	key_proof(pair).expect("the key is in use")
}

/// The report that a node puts into its own pool.
fn report(evidence: Evidence, key_owner_proof: KeyProof) -> UncheckedExtrinsic {
	let equivocation_proof = Box::new(evidence);
	UncheckedExtrinsic::new_bare(
		pallet_grandpa::Call::report_equivocation_unsigned { equivocation_proof, key_owner_proof }
			.into(),
	)
}

/// What the pool of a node says of a report from this source.
fn pool_of(source: TransactionSource, report: UncheckedExtrinsic) -> TransactionValidity {
	with_transaction_unchecked(|| {
		let block = Executive::finalize_block().hash();
		TransactionOutcome::Rollback(Executive::validate_transaction(source, report, block))
	})
}

/// The node's own pool takes a report, and so does the block.
#[track_caller]
fn taken(report: UncheckedExtrinsic) {
	let validity = pool_of(TransactionSource::Local, report.clone()).expect("the pool takes it");
	assert!(!validity.propagate);
	assert_eq!(apply(report), Ok(Ok(())));
}

/// Neither the node's own pool nor a block take a report.
#[track_caller]
fn refused(report: UncheckedExtrinsic, reason: InvalidTransaction) {
	let reason = TransactionValidityError::from(reason);
	assert_eq!(pool_of(TransactionSource::Local, report.clone()), Err(reason));
	assert_eq!(apply(report), Err(reason));
	assert!(on_record().is_empty());
}

/// A report is found to prove nothing when it is looked into.
#[track_caller]
fn found_void(report: UncheckedExtrinsic, error: pallet_grandpa::Error<Runtime>) {
	assert_eq!(apply(report), Ok(Err(DispatchError::from(error))));
	assert!(on_record().is_empty());
	assert!(disabled().is_empty());
}

/// Offenders that are not forgiven.
fn on_record() -> Vec<ParticipantId> {
	pallet_authorities::Offenders::<Runtime>::get()
		.into_iter()
		.filter(|entry| entry.forgiven.is_none())
		.map(|entry| entry.participant)
		.collect()
}

/// The disabled validators by their names.
fn disabled() -> Vec<AccountId> {
	let validators = pallet_session::Validators::<Runtime>::get();
	Session::disabled_validators()
		.into_iter()
		.map(|index| validators[index as usize].clone())
		.collect()
}

/// Whether Aura takes blocks of a provider of `local`, whose place in the set is its number.
fn may_author(id: ParticipantId) -> bool {
	!<Session as DisabledValidators>::is_disabled(id as u32)
}

/// Make blocks up to this one. A disabled validator's slots pass without a block.
fn past_disabled_slots(number: BlockNumber) {
	while System::block_number() < number {
		let authorities = pallet_aura::Authorities::<Runtime>::get().len() as u64;
		let mut now = Timestamp::get() + MILLISECONDS_PER_BLOCK;
		while !may_author((now / MILLISECONDS_PER_BLOCK) % authorities) {
			now += MILLISECONDS_PER_BLOCK;
		}
		next_block_at(now);
	}
}

/// What thousands of sessions leave behind in which nobody came or went and no keys changed.
fn skip_sessions(sessions: u32) {
	let next = Session::current_index() + 1;
	let root = HistoricalSessions::<Runtime>::get(next).expect("the next session is planned");
	for session in next..=next + sessions {
		HistoricalSessions::<Runtime>::insert(session, root);
	}
	StoredRange::<Runtime>::mutate(|range| {
		*range = range.map(|(first, end)| (first, end + sessions));
	});
	pallet_session::CurrentIndex::<Runtime>::mutate(|index| *index += sessions);
}

#[test]
fn a_double_vote_is_reported_and_its_author_is_disabled() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		taken(report(double_vote(&key, 1), proven(&key)));
		assert_eq!(on_record(), [LAKESIDE]);
		assert_eq!(disabled(), [provider(LAKESIDE).account_id()]);
		assert!(!may_author(LAKESIDE));
		let recorded =
			pallet_authorities::Event::OffenderRecorded { participant: LAKESIDE, session: 0 };
		System::assert_has_event(recorded.into());
	});
}

#[test]
#[should_panic(expected = "Validator with index 1 is disabled")]
fn a_block_of_a_disabled_author_is_no_block() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		taken(report(double_vote(&key, 1), proven(&key)));
		// Within four slots it is Lakeside's turn.
		to_block(System::block_number() + 4);
	});
}

#[test]
fn it_makes_no_blocks_through_rotations_and_changes_of_the_set_until_it_is_forgiven() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		taken(report(double_vote(&key, 1), proven(&key)));
		let harbour = provider(HARBOUR);
		succeeds(&harbour, SessionPairs::new("//Dave//new").set_keys(&harbour));
		for session in 1..5 {
			past_disabled_slots(session * SESSION + 1);
			assert!(!may_author(LAKESIDE), "session {session}");
		}
		assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 1);

		decide(pallet_authorities::Call::forgive { participant: LAKESIDE });
		assert!(may_author(LAKESIDE));
		to_block(System::block_number() + 2 * SESSION);
		assert!(may_author(LAKESIDE));
	});
}

#[test]
fn the_same_evidence_is_taken_once_and_no_other_beside_it() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let again = || report(double_vote(&key, 1), proven(&key));
		taken(again());
		let stale = TransactionValidityError::from(InvalidTransaction::Stale);
		for report in [again(), report(double_vote(&key, 2), proven(&key))] {
			assert_eq!(pool_of(TransactionSource::Local, report.clone()), Err(stale));
			assert_eq!(apply(report), Err(stale));
		}
		assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 1);

		// What is forgiven is not taken again, what comes then is.
		decide(pallet_authorities::Call::forgive { participant: LAKESIDE });
		assert_eq!(apply(again()), Err(stale));
		taken(report(double_vote(&key, 2), proven(&key)));
		assert_eq!(on_record(), [LAKESIDE]);
	});
}

#[test]
fn only_as_many_are_disabled_as_can_be_spared() {
	run(LOCAL, || {
		for id in [HARBOUR, MERCY] {
			let key = grandpa_pair(id);
			taken(report(double_vote(&key, 1), proven(&key)));
		}
		assert_eq!(on_record(), [MERCY, HARBOUR]);
		assert_eq!(disabled(), [provider(HARBOUR).account_id()]);
	});
}

#[test]
fn a_report_enters_through_the_nodes_own_pool_only() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let report = report(double_vote(&key, 1), proven(&key));
		let reason = Err(InvalidTransaction::Call.into());
		assert_eq!(pool_of(TransactionSource::External, report), reason);
	});
}

#[test]
fn an_authority_reports_with_its_signature() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let call = || pallet_grandpa::Call::report_equivocation {
			equivocation_proof: Box::new(double_vote(&key, 1)),
			key_owner_proof: proven(&key),
		};
		succeeds(&provider(MERCY), call());
		assert_eq!(on_record(), [LAKESIDE]);
		fails(&provider(HARBOUR), call(), pallet_grandpa::Error::<Runtime>::DuplicateOffenceReport);
	});
}

#[test]
fn votes_that_agree_prove_nothing() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let same = evidence(&key, [&key, &key], 0, 1, [BLOCKS[0]; 2]);
		let error = pallet_grandpa::Error::<Runtime>::InvalidEquivocationProof;
		found_void(report(same, proven(&key)), error);
	});
}

#[test]
fn votes_with_anothers_signature_prove_nothing() {
	run(LOCAL, || {
		let (key, other) = (grandpa_pair(LAKESIDE), grandpa_pair(MERCY));
		let error = || pallet_grandpa::Error::<Runtime>::InvalidEquivocationProof;
		for signers in [[&key, &other], [&other, &key], [&other, &other]] {
			let forged = evidence(&key, signers, 0, 1, BLOCKS);
			found_void(report(forged, proven(&key)), error());
		}
	});
}

#[test]
fn a_key_that_nobody_holds_proves_nothing() {
	run(LOCAL, || {
		let stranger = strange_pair();
		assert_eq!(key_proof(&stranger), None);
		let others_proof = proven(&grandpa_pair(LAKESIDE));
		refused(report(double_vote(&stranger, 1), others_proof), InvalidTransaction::BadProof);
	});
}

#[test]
fn votes_of_a_set_that_is_not_of_the_session_prove_nothing() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let elsewhere = evidence(&key, [&key, &key], 7, 1, BLOCKS);
		let error = pallet_grandpa::Error::<Runtime>::InvalidEquivocationProof;
		found_void(report(elsewhere, proven(&key)), error);
	});
}

#[test]
fn evidence_of_a_past_session_is_taken() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let (votes, proof) = (double_vote(&key, 1), proven(&key));
		// Since then the set has changed.
		let lakeside = provider(LAKESIDE);
		succeeds(&lakeside, SessionPairs::new("//Bob//new").set_keys(&lakeside));
		to_block(5 * SESSION + 1);
		assert_eq!(key_proof(&key), None);
		taken(report(votes, proof));
		assert_eq!(on_record(), [LAKESIDE]);
		assert!(!may_author(LAKESIDE));
	});
}

#[test]
fn new_keys_are_no_way_out() {
	run(LOCAL, || {
		let (key, lakeside) = (grandpa_pair(LAKESIDE), provider(LAKESIDE));
		succeeds(&lakeside, SessionPairs::new("//Bob//new").set_keys(&lakeside));
		taken(report(double_vote(&key, 1), proven(&key)));
		assert_eq!(on_record(), [LAKESIDE]);
	});
}

#[test]
fn a_new_account_is_no_way_out() {
	run(LOCAL, || {
		let (key, old) = (grandpa_pair(LAKESIDE), provider(LAKESIDE));
		let new = crate::common::key("//Bob//account");
		succeeds(&old, rotation(&old, &new));
		taken(report(double_vote(&key, 1), proven(&key)));
		assert_eq!(on_record(), [LAKESIDE]);
		assert_eq!(disabled(), [old.account_id()]);
		past_disabled_slots(3 * SESSION + 1);
		assert_eq!(disabled(), [new.account_id()]);
	});
}

#[test]
fn evidence_of_before_a_move_is_taken_after_it() {
	run(LOCAL, || {
		let (key, old) = (grandpa_pair(LAKESIDE), provider(LAKESIDE));
		let (votes, proof) = (double_vote(&key, 1), proven(&key));
		let new = crate::common::key("//Bob//account");
		succeeds(&old, rotation(&old, &new));
		to_block(4 * SESSION + 1);
		taken(report(votes, proof));
		assert_eq!(on_record(), [LAKESIDE]);
		assert_eq!(disabled(), [new.account_id()]);
	});
}

#[test]
fn evidence_is_taken_as_long_as_its_session_is_kept() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let (votes, proof) = (double_vote(&key, 1), proven(&key));
		let kept: u32 = <Runtime as pallet_authorities::Config>::KeptSessions::get();
		skip_sessions(kept - 2);
		to_block(2 * SESSION + 1);
		assert_eq!(Session::current_index(), kept);
		let evidence = || report(votes.clone(), proof.clone());
		assert!(pool_of(TransactionSource::Local, evidence()).is_ok());
		to_block(3 * SESSION + 1);
		refused(evidence(), InvalidTransaction::BadProof);
	});
}

#[test]
fn who_is_out_of_the_set_is_not_reported() {
	run(LOCAL, || {
		let key = grandpa_pair(LAKESIDE);
		let (votes, proof) = (double_vote(&key, 1), proven(&key));
		suspend(LAKESIDE);
		to_block(3 * SESSION + 1);
		refused(report(votes, proof), InvalidTransaction::Stale);
	});
}

#[test]
fn the_node_makes_proofs_through_the_runtime_api() {
	run(LOCAL, || {
		let prove = |pair: ed25519::Pair| {
			let authority = AuthorityId::from(pair.public());
			<Runtime as GrandpaApi<Block>>::generate_key_ownership_proof(0, authority)
		};
		let proof = prove(grandpa_pair(HARBOUR)).and_then(|proof| proof.decode::<KeyProof>());
		assert_eq!(proof, Some(proven(&grandpa_pair(HARBOUR))));
		assert!(prove(strange_pair()).is_none());
	});
}
