use super::*;
use medrec_primitives::{
	Basis, Denial, Labels, Opening, Purpose, Purposes, RecordTypes, Relationship,
	RelationshipStatus, Rule, Terms, Visible, VisibleList,
};
use medrec_rpc_api::{error::Unavailability, Reset};

const GENESIS: Hash = Hash::repeat_byte(1);
const CLOCK: Moment = 1_000 * NEAR;
const GRANTEE: ParticipantId = 7;
const RELATIONSHIP: RelationshipId = 3;

fn block(number: u32) -> BlockRef {
	BlockRef { hash: Hash::from_low_u64_be(number.into()), number }
}

fn message(sequence: u64) -> Changes {
	let number = u32::try_from(sequence).unwrap() + 100;
	Changes {
		sequence,
		best: block(number),
		finalized: block(number - 2),
		participants: Vec::new(),
		relationships: Vec::new(),
		reset: None,
		unavailable: None,
	}
}

fn first(sequence: u64) -> Changes {
	Changes { reset: Some(Reset::Start), ..message(sequence) }
}

fn rule(not_before: Moment, not_after: Moment) -> Rule {
	Rule {
		types: RecordTypes::ALL,
		labels: Labels::NONE,
		purposes: Purposes::ALL,
		not_before,
		not_after,
	}
}

fn question(rules: Vec<Rule>) -> CheckAccess {
	CheckAccess {
		actor: GRANTEE,
		on_behalf_of: GRANTEE,
		relationship: RELATIONSHIP,
		purpose: Purpose::Treatment,
		opening: Some(Opening {
			grantee: GRANTEE,
			terms: Terms { vocabulary: 1, rules: rules.try_into().unwrap(), policy: None },
			salt: [0; 32],
		}),
		include_block: None,
	}
}

fn usual() -> CheckAccess {
	question(vec![rule(0, Moment::MAX)])
}

fn allowed_at(message: &Changes) -> AccessAnswer {
	let visible = Visible { types: RecordTypes::ALL, labels: Labels::NONE, until: Moment::MAX };
	let allowed = Allowed {
		basis: Basis::Grant,
		visible: VisibleList::truncate_from(vec![visible]),
		policy: None,
	};
	AccessAnswer {
		decision: Decision::Allowed(allowed),
		best: message.best,
		finalized: message.finalized,
	}
}

/// Something of each kind is kept since message 1.
fn filled(now: Instant) -> Kept {
	let kept = Kept::default();
	kept.told(GENESIS, &first(1), now).unwrap();
	fill(&kept, &first(1), now);
	assert_eq!(number_kept(&kept, now), 3);
	kept
}

fn fill(kept: &Kept, last: &Changes, now: Instant) {
	let relationship = Relationship {
		patron: 1,
		steward: 2,
		status: RelationshipStatus::Active,
		since: 0,
		tags: 1,
	};
	let relationship = RelationshipInfo { id: RELATIONSHIP, relationship };
	kept.keep_decision(&usual(), &allowed_at(last), now, CLOCK);
	kept.keep_participant(GRANTEE, &None, last.best.hash, now);
	kept.keep_relationship(RELATIONSHIP, &Some(relationship), last.best.hash, now);
}

fn number_kept(kept: &Kept, now: Instant) -> usize {
	usize::from(kept.decision(&usual(), now, CLOCK).is_some())
		+ usize::from(kept.participant(GRANTEE, now).is_some())
		+ usize::from(kept.relationship(RELATIONSHIP, now).is_some())
}

#[test]
fn nothing_is_kept_without_a_subscription() {
	let (kept, now) = (Kept::default(), Instant::now());
	fill(&kept, &first(1), now);
	assert_eq!(number_kept(&kept, now), 0);
	assert!(!kept.follows(GENESIS, now) && kept.best(now).is_none());
	assert!(kept.told(GENESIS, &message(1), now).is_err(), "its beginning is missing");
}

#[test]
fn what_did_not_change_is_kept_and_named_with_the_new_blocks() {
	let now = Instant::now();
	let kept = filled(now);
	let other = Changes { relationships: vec![1, 2, 9], participants: vec![1, 2], ..message(2) };
	kept.told(GENESIS, &other, now).unwrap();
	assert_eq!(number_kept(&kept, now), 3);
	assert_eq!(kept.decision(&usual(), now, CLOCK), Some(allowed_at(&other)));
	assert!(kept.follows(GENESIS, now) && !kept.follows(Hash::repeat_byte(2), now));
}

#[test]
fn what_changed_is_forgotten() {
	let now = Instant::now();
	let kept = filled(now);
	let relationships = vec![1, RELATIONSHIP, 9];
	kept.told(GENESIS, &Changes { relationships, ..message(2) }, now).unwrap();
	assert!(kept.decision(&usual(), now, CLOCK).is_none());
	assert!(kept.relationship(RELATIONSHIP, now).is_none());
	assert!(kept.participant(GRANTEE, now).is_some());

	let kept = filled(now);
	let participants = vec![1, GRANTEE];
	kept.told(GENESIS, &Changes { participants, ..message(2) }, now).unwrap();
	assert!(kept.decision(&usual(), now, CLOCK).is_none());
	assert!(kept.participant(GRANTEE, now).is_none());
	assert!(kept.relationship(RELATIONSHIP, now).is_some());
}

#[test]
fn every_reset_forgets_everything() {
	let now = Instant::now();
	for reset in [Reset::Start, Reset::Gap, Reset::Reorganisation, Reset::Everything] {
		let kept = filled(now);
		kept.told(GENESIS, &Changes { reset: Some(reset), ..message(5) }, now).unwrap();
		assert_eq!(number_kept(&kept, now), 0, "{reset:?}");
		fill(&kept, &message(5), now);
		assert_eq!(number_kept(&kept, now), 3, "{reset:?}");
	}
}

#[test]
fn messages_that_are_missing_repeated_or_in_another_order_end_it() {
	let now = Instant::now();
	for (sequence, reset) in [(3, None), (1, None), (0, None), (1, Some(Reset::Gap))] {
		let kept = filled(now);
		let told = kept.told(GENESIS, &Changes { reset, ..message(sequence) }, now);
		assert_eq!(told, Err(OutOfOrder { last: 1, found: sequence }));
		assert_eq!(number_kept(&kept, now), 0);
		assert!(!kept.follows(GENESIS, now));
		// What comes after it is of no use either.
		assert!(kept.told(GENESIS, &message(2), now).is_err());
	}
}

#[test]
fn silence_makes_it_useless_until_the_next_message() {
	let now = Instant::now();
	let kept = filled(now);
	let just = now + SILENCE - Duration::from_millis(1);
	assert_eq!(number_kept(&kept, just), 3);
	let late = now + SILENCE;
	assert_eq!(number_kept(&kept, late), 0);
	assert!(!kept.follows(GENESIS, late));
	// It was late, but nothing is missing.
	kept.told(GENESIS, &message(2), late).unwrap();
	assert_eq!(number_kept(&kept, late), 3);
}

#[test]
fn a_subscription_that_ended_is_forgotten() {
	let now = Instant::now();
	let kept = filled(now);
	kept.forget();
	kept.told(GENESIS, &first(9), now).unwrap();
	assert_eq!(number_kept(&kept, now), 0);
}

#[test]
fn only_answers_at_the_blocks_of_the_last_message_are_kept() {
	let now = Instant::now();
	let kept = Kept::default();
	kept.told(GENESIS, &first(5), now).unwrap();
	for other in [message(4), message(6)] {
		fill(&kept, &other, now);
		let mixed = Changes { finalized: other.finalized, ..message(5) };
		kept.keep_decision(&usual(), &allowed_at(&mixed), now, CLOCK);
		assert_eq!(number_kept(&kept, now), 0);
	}
}

#[test]
fn a_node_that_does_not_decide_is_asked() {
	let now = Instant::now();
	let kept = filled(now);
	let unavailable = Some(Unavailability::FinalityStale);
	kept.told(GENESIS, &Changes { unavailable, ..message(2) }, now).unwrap();
	assert!(kept.decision(&usual(), now, CLOCK).is_none());
	kept.told(GENESIS, &message(3), now).unwrap();
	assert!(kept.decision(&usual(), now, CLOCK).is_some());
}

#[test]
fn a_question_that_names_a_block_is_asked() {
	let now = Instant::now();
	let kept = filled(now);
	let question = CheckAccess { include_block: Some(block(1).hash), ..usual() };
	assert!(kept.decision(&question, now, CLOCK).is_none());
}

#[test]
fn denials_are_not_kept() {
	let now = Instant::now();
	let kept = Kept::default();
	kept.told(GENESIS, &first(1), now).unwrap();
	let denied =
		AccessAnswer { decision: Decision::Denied(Denial::TagAbsent), ..allowed_at(&first(1)) };
	kept.keep_decision(&usual(), &denied, now, CLOCK);
	assert!(kept.decision(&usual(), now, CLOCK).is_none());
}

#[test]
fn at_boundaries_of_time_the_node_is_asked_again() {
	let now = Instant::now();
	let hour = 60 * NEAR;
	for (rules, until) in [
		(vec![rule(0, Moment::MAX)], Some(Moment::MAX)),
		(vec![rule(0, CLOCK + hour)], Some(CLOCK + hour)),
		(vec![rule(0, Moment::MAX), rule(CLOCK + hour, Moment::MAX)], Some(CLOCK + hour)),
		(vec![rule(0, Moment::MAX), rule(0, CLOCK - hour)], Some(Moment::MAX)),
		// Just begun or over by the clock, perhaps not yet by the block.
		(vec![rule(CLOCK - 1, Moment::MAX)], None),
		(vec![rule(0, Moment::MAX), rule(0, CLOCK)], None),
	] {
		let question = question(rules);
		let kept = Kept::default();
		kept.told(GENESIS, &first(1), now).unwrap();
		kept.keep_decision(&question, &allowed_at(&first(1)), now, CLOCK);
		let found = |clock| kept.decision(&question, now, clock).is_some();
		assert_eq!(found(CLOCK), until.is_some(), "{question:?}");
		if let Some(until) = until {
			assert!(found(until - 1));
			assert!(!found(until));
		}
	}
}

#[test]
fn questions_that_differ_in_anything_are_others() {
	let now = Instant::now();
	let kept = filled(now);
	for other in [
		CheckAccess { actor: 8, ..usual() },
		CheckAccess { on_behalf_of: 8, ..usual() },
		CheckAccess { relationship: 8, ..usual() },
		CheckAccess { purpose: Purpose::Payment, ..usual() },
		CheckAccess { opening: None, ..usual() },
		question(vec![rule(0, Moment::MAX - 1)]),
	] {
		assert!(kept.decision(&other, now, CLOCK).is_none(), "{other:?}");
	}
}
