//! Random questions, and what a decision shows.

use medrec_primitives::{
	decide, Decision, ExpiryDay, Labels, Moment, Opening, ParticipantKind, ParticipantStatus,
	Party, Purpose, Purposes, PurposesTable, Question, RecordTypes, Relationship,
	RelationshipStatus, Rule, Terms, MAX_RULES, MILLISECONDS_PER_DAY, VOCABULARY_VERSION,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Number of the patron in every question.
pub const PATRON: u64 = 1;

/// Number of the steward.
pub const STEWARD: u64 = 2;

/// Number of the one that most openings are for.
pub const GRANTEE: u64 = 3;

/// The day around which all times lie.
const DAY: u16 = 20_833;

/// A question that owns what it is about.
#[derive(Clone, Debug)]
pub struct Facts {
	pub actor: Option<Party>,
	pub on_behalf_of: Option<Party>,
	pub relationship: Option<Relationship>,
	pub opening: Option<Opening>,
	pub tag_on_chain: Option<ExpiryDay>,
	pub purpose: Purpose,
	pub purposes_table: PurposesTable,
	pub start_now: Moment,
	pub end_now: Moment,
}

impl Facts {
	pub fn decide(&self) -> Decision {
		decide(&Question {
			actor: self.actor.as_ref(),
			on_behalf_of: self.on_behalf_of.as_ref(),
			relationship: self.relationship.as_ref(),
			opening: self.opening.as_ref(),
			tag_on_chain: self.tag_on_chain,
			purpose: self.purpose,
			purposes_table: &self.purposes_table,
			start_now: self.start_now,
			end_now: self.end_now,
		})
	}

	/// Change who asks, as actor and as the one that is acted for.
	pub fn for_asker(&mut self, change: impl Fn(&mut Party)) {
		self.actor.iter_mut().for_each(&change);
		self.on_behalf_of.iter_mut().for_each(&change);
	}

	/// Change every rule of the opening.
	pub fn for_rules(&mut self, change: impl Fn(&mut Rule)) {
		self.opening.iter_mut().flat_map(|opening| opening.terms.rules.iter_mut()).for_each(change);
	}
}

/// Until when a decision shows records of a type that carry these labels; `None` if it does not.
pub fn shown_until(
	decision: &Decision,
	record_type: RecordTypes,
	labels: Labels,
) -> Option<Moment> {
	match decision {
		Decision::Allowed(allowed) => allowed
			.visible
			.iter()
			.filter(|visible| visible.shows(record_type, labels))
			.map(|visible| visible.until)
			.max(),
		Decision::Denied(_) => None,
	}
}

/// Every kind of record that there can be: each type with each set of labels.
pub fn every_kind_of_record() -> impl Iterator<Item = (RecordTypes, Labels)> {
	RecordTypes::NAMES
		.iter()
		.flat_map(|(record_type, _)| (0..=Labels::ALL.0).map(|bits| (*record_type, Labels(bits))))
}

pub fn record_types() -> impl Strategy<Value = RecordTypes> {
	(0..=RecordTypes::ALL.0).prop_map(RecordTypes)
}

pub fn labels() -> impl Strategy<Value = Labels> {
	(0..=Labels::ALL.0).prop_map(Labels)
}

pub fn purposes() -> impl Strategy<Value = Purposes> {
	(0..=Purposes::ALL.0).prop_map(Purposes)
}

pub fn purpose() -> impl Strategy<Value = Purpose> {
	select(Purpose::ALL.to_vec())
}

pub fn kind() -> impl Strategy<Value = ParticipantKind> {
	select(ParticipantKind::ALL.to_vec())
}

pub fn status() -> impl Strategy<Value = ParticipantStatus> {
	prop_oneof![
		4 => Just(ParticipantStatus::Active),
		1 => Just(ParticipantStatus::Suspended),
		1 => Just(ParticipantStatus::Retired),
	]
}

pub fn relationship_status() -> impl Strategy<Value = RelationshipStatus> {
	prop_oneof![
		4 => Just(RelationshipStatus::Active),
		2 => Just(RelationshipStatus::Ended),
		1 => Just(RelationshipStatus::ProposedByPatron),
		1 => Just(RelationshipStatus::ProposedBySteward),
	]
}

pub fn purposes_table() -> impl Strategy<Value = PurposesTable> {
	prop_oneof![
		Just(PurposesTable::default()),
		vec(purposes(), 6).prop_map(|purposes| {
			let mut table = PurposesTable::default();
			for (kind, purposes) in ParticipantKind::ALL.into_iter().zip(purposes) {
				table.set(kind, purposes);
			}
			table
		}),
	]
}

/// Moments close to each other, so that rules begin, hold and end; and the extremes.
pub fn moment() -> impl Strategy<Value = Moment> {
	let noon = (u64::from(DAY) * 2 + 1) * MILLISECONDS_PER_DAY / 2;
	prop_oneof![
		6 => noon - 6..noon + 6,
		2 => noon - 3 * MILLISECONDS_PER_DAY..noon + 3 * MILLISECONDS_PER_DAY,
		1 => Just(0),
		1 => Just(Moment::MAX),
	]
}

pub fn expiry_day() -> impl Strategy<Value = ExpiryDay> {
	prop_oneof![
		4 => (DAY - 2..DAY + 3).prop_map(ExpiryDay),
		1 => Just(ExpiryDay(0)),
		1 => Just(ExpiryDay(u16::MAX)),
	]
}

pub fn rule() -> impl Strategy<Value = Rule> {
	(record_types(), labels(), purposes(), moment(), moment()).prop_map(
		|(types, labels, purposes, not_before, not_after)| Rule {
			types,
			labels,
			purposes,
			not_before,
			not_after,
		},
	)
}

pub fn terms() -> impl Strategy<Value = Terms> {
	(vec(rule(), 0..=MAX_RULES as usize), option::of(any::<[u8; 32]>())).prop_map(
		|(rules, policy)| Terms {
			vocabulary: VOCABULARY_VERSION,
			rules: rules.try_into().expect("there are at most MAX_RULES"),
			policy: policy.map(Into::into),
		},
	)
}

pub fn opening() -> impl Strategy<Value = Opening> {
	let grantee = prop_oneof![6 => Just(GRANTEE), 1 => 1..5_u64];
	(grantee, terms(), any::<[u8; 32]>()).prop_map(|(grantee, terms, salt)| Opening {
		grantee,
		terms,
		salt,
	})
}

fn relationship() -> impl Strategy<Value = Relationship> {
	(relationship_status(), any::<u16>()).prop_map(|(status, tags)| Relationship {
		patron: PATRON,
		steward: STEWARD,
		status,
		since: 0,
		tags,
	})
}

/// Any question by one who acts for itself: patron, steward, grantee or somebody else.
pub fn any_facts() -> impl Strategy<Value = Facts> {
	let asker = (
		prop_oneof![2 => Just(PATRON), 2 => Just(STEWARD), 6 => Just(GRANTEE), 1 => Just(4)],
		kind(),
		status(),
	)
		.prop_map(|(participant, kind, status)| Party { participant, kind, status });
	let grant = (option::weighted(0.9, opening()), option::weighted(0.9, expiry_day()));
	(
		asker,
		option::weighted(0.95, relationship()),
		grant,
		purpose(),
		purposes_table(),
		(moment(), moment()),
	)
		.prop_map(|(asker, relationship, grant, purpose, purposes_table, (start, end))| Facts {
			actor: Some(asker),
			on_behalf_of: Some(asker),
			relationship,
			opening: grant.0,
			tag_on_chain: grant.1,
			purpose,
			purposes_table,
			start_now: start.min(end),
			end_now: start.max(end),
		})
}

/// A question that is allowed because of a grant: by an active grantee, for a purpose of its kind,
/// with a rule that holds now somewhere among random ones.
pub fn granted_facts() -> impl Strategy<Value = Facts> {
	let now = u64::from(DAY) * MILLISECONDS_PER_DAY + 43_200_000;
	let times = (0..1_000_u64, 0..1_000_u64, 0..1_000_u64, 1..1_000_u64);
	let pick = any::<prop::sample::Index>();
	(any_facts(), opening(), rule(), kind(), times, pick, 0..3_u16).prop_map(
		move |(mut facts, mut opening, mut rule, kind, (lag, before, behind, left), pick, days)| {
			facts.start_now = now + lag;
			facts.end_now = facts.start_now + behind;
			rule.not_before = facts.start_now - before;
			rule.not_after = facts.end_now + left;
			rule.purposes = rule.purposes.union(facts.purpose.into());
			let mut rules = opening.terms.rules.to_vec();
			rules.truncate(MAX_RULES as usize - 1);
			rules.insert(pick.index(rules.len() + 1), rule);
			opening.terms.rules = rules.try_into().expect("one place was left for the rule");
			opening.grantee = GRANTEE;

			let asker = Party { participant: GRANTEE, kind, status: ParticipantStatus::Active };
			facts.actor = Some(asker);
			facts.on_behalf_of = Some(asker);
			facts
				.purposes_table
				.set(kind, facts.purposes_table.of(kind).union(facts.purpose.into()));
			facts.relationship = Some(Relationship {
				patron: PATRON,
				steward: STEWARD,
				status: RelationshipStatus::Active,
				since: 0,
				tags: 1,
			});
			facts.opening = Some(opening);
			facts.tag_on_chain = Some(ExpiryDay(DAY + days));
			facts
		},
	)
}
