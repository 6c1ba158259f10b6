use super::*;
use medrec_chain_client::{
	rpc_api::{BlockRef, ProviderInfo},
	Offender,
};
use medrec_primitives::{Hash, ParticipantId};

const HILLSIDE: ParticipantId = 4;

fn account(byte: u8) -> AccountId {
	AccountId::new([byte; 32])
}

fn keys(byte: u8) -> SessionKeys {
	let key = Hash::repeat_byte(byte);
	SessionKeys { aura: key, grandpa: key, authority_discovery: key }
}

fn validator(byte: u8, its_keys: u8) -> Validator {
	Validator { account: account(byte), keys: keys(its_keys) }
}

/// A chain at block 100 whose session of ten blocks ends with block 103; the providers 0 to 3 validate. The
/// fourth, account 4 with the keys 44, is nobody yet. Its node is well.
fn stranger() -> Standing {
	let four: Vec<_> = (0..4).map(|id| validator(id, id)).collect();
	Standing {
		account: account(4),
		participant: None,
		keys: None,
		validators: Validators {
			at: BlockRef { hash: Hash::repeat_byte(9), number: 100 },
			active: four.clone(),
			disabled: Vec::new(),
			queued: four,
			seats: (0..4).collect(),
			changes: Vec::new(),
			offenders: Vec::new(),
			session_end: 104,
			session_length: 10,
			slot: Duration::from_secs(2),
		},
		node: Node {
			url: "ws://127.0.0.1:9944".to_owned(),
			holds_keys: None,
			is_validator: true,
			health: Health { peers: 3, is_syncing: false, should_have_peers: true },
			finalized: 98,
		},
	}
}

fn certified() -> Standing {
	let participant = ParticipantInfo {
		id: HILLSIDE,
		account: account(4),
		kind: ParticipantKind::Provider,
		status: ParticipantStatus::Active,
		encryption_key: Hash::zero(),
		epoch: 0,
		provider: Some(ProviderInfo {
			name: "Hillside Surgery".to_owned(),
			endpoint: "https://hillside.example".to_owned(),
			gatekeeper_key: Hash::zero(),
			operator: None,
		}),
		role: Some(AccountRoleName::Principal),
	};
	Standing { participant: Some(participant), ..stranger() }
}

fn with_keys() -> Standing {
	let mut standing = certified();
	standing.keys = Some(keys(44));
	standing.node.holds_keys = Some(true);
	standing
}

fn with_authority() -> Standing {
	let mut standing = with_keys();
	standing.validators.seats.push(HILLSIDE);
	standing
}

fn queued() -> Standing {
	let mut standing = with_authority();
	standing.validators.queued.push(validator(4, 44));
	standing
}

fn validating() -> Standing {
	let mut standing = queued();
	standing.validators.active.push(validator(4, 44));
	standing
}

fn with_operator() -> Standing {
	with(validating(), |standing| {
		let provider = standing.participant.as_mut().unwrap().provider.as_mut().unwrap();
		provider.operator = Some(account(6));
	})
}

fn of(standing: &Standing, item: Item) -> Check {
	let checks = check(standing);
	checks.into_iter().find(|check| check.item == item).unwrap()
}

fn verdicts(standing: &Standing) -> Vec<(Item, Verdict)> {
	check(standing).into_iter().map(|check| (check.item, check.verdict)).collect()
}

fn with(standing: Standing, change: impl FnOnce(&mut Standing)) -> Standing {
	let mut standing = standing;
	change(&mut standing);
	standing
}

#[track_caller]
fn says(standing: &Standing, item: Item, verdict: Verdict, text: &str) {
	let check = of(standing, item);
	let said = format!("{} {}", check.detail, check.todo.as_deref().unwrap_or_default());
	assert_eq!(check.verdict, verdict, "{said}");
	assert!(said.contains(text), "{said}");
	if verdict == Verdict::Missing {
		assert!(check.todo.is_some(), "what is missing can be mended: {said}");
		assert!(!validates(&super::check(standing)), "{said}");
	}
}

/// The path, step by step: what is done is ok, the next step is missing, the rest waits.
#[test]
fn each_step_of_the_path_leads_to_the_next() {
	use Item::*;
	use Verdict::*;
	let items = [
		Certified,
		Active,
		SessionKeys,
		KeysInNode,
		Node,
		Authority,
		Queued,
		Validating,
		Record,
		Operator,
	];
	let expect = |standing: Standing, expected: [Verdict; 10]| {
		let expected: Vec<_> = items.into_iter().zip(expected).collect();
		assert_eq!(verdicts(&standing), expected);
		validates(&check(&standing))
	};
	// An operator account can be named at any time, and nothing waits for it.
	let (w, m) = (Waiting, Missing);
	assert!(!expect(stranger(), [m, w, w, w, Ok, w, w, w, Ok, w]));
	assert!(!expect(certified(), [Ok, Ok, m, w, Ok, w, w, w, Ok, m]));
	assert!(!expect(with_keys(), [Ok, Ok, Ok, Ok, Ok, m, w, w, Ok, m]));
	assert!(!expect(with_authority(), [Ok, Ok, Ok, Ok, Ok, Ok, w, w, Ok, m]));
	assert!(!expect(queued(), [Ok, Ok, Ok, Ok, Ok, Ok, Ok, w, Ok, m]));
	assert!(expect(validating(), [Ok, Ok, Ok, Ok, Ok, Ok, Ok, Ok, Ok, m]));
	assert!(expect(with_operator(), [Ok; 10]));
}

#[test]
fn without_an_operator_account_it_validates_and_enrols_nobody() {
	let line = of(&validating(), Item::Operator);
	assert_eq!(line.verdict, Verdict::Missing);
	assert!(line.detail.contains("patients cannot be enrolled"), "{}", line.detail);
	let todo = line.todo.unwrap();
	for command in ["medrec-gatekeeper operator consent", "medrec authority operator"] {
		assert!(todo.contains(command), "{todo}");
	}
	assert!(validates(&check(&validating())));

	says(&with_operator(), Item::Operator, Verdict::Ok, &account(6).to_string());
	let suspended = with(validating(), |standing| {
		standing.participant.as_mut().unwrap().status = ParticipantStatus::Suspended;
	});
	assert_eq!(of(&suspended, Item::Operator).verdict, Verdict::Waiting);
}

#[test]
fn what_is_missing_comes_with_the_command_that_mends_it() {
	says(&stranger(), Item::Certified, Verdict::Missing, "medrec authority apply");
	says(&certified(), Item::SessionKeys, Verdict::Missing, "medrec authority keys");
	says(&with_keys(), Item::Authority, Verdict::Missing, "medrec council propose add-authority 4");
}

#[test]
fn other_accounts_are_told_from_the_providers_own() {
	let operator = with(certified(), |standing| {
		standing.participant.as_mut().unwrap().role = Some(AccountRoleName::Operator);
	});
	says(&operator, Item::Certified, Verdict::Missing, "the operator account of provider 4");
	let patient = with(certified(), |standing| {
		standing.participant.as_mut().unwrap().kind = ParticipantKind::Patient;
	});
	says(&patient, Item::Certified, Verdict::Missing, "participant 4 is no provider");
	for standing in [operator, patient] {
		assert_eq!(of(&standing, Item::Active).verdict, Verdict::Waiting);
		assert_eq!(of(&standing, Item::SessionKeys).verdict, Verdict::Waiting);
	}
}

#[test]
fn a_provider_in_bad_standing_does_not_validate() {
	let status = |status| {
		with(with_keys(), |standing| standing.participant.as_mut().unwrap().status = status)
	};
	let suspended = status(ParticipantStatus::Suspended);
	says(&suspended, Item::Active, Verdict::Missing, "medrec council propose reinstate 4");
	// Nobody asks the council to add it before that.
	assert_eq!(of(&suspended, Item::Authority).verdict, Verdict::Waiting);
	let retired = status(ParticipantStatus::Retired);
	says(&retired, Item::Active, Verdict::Missing, "apply with another account");
}

#[test]
fn keys_are_in_this_node_or_in_another_or_it_does_not_tell() {
	let holds = |holds| with(validating(), |standing| standing.node.holds_keys = holds);
	says(&holds(Some(false)), Item::KeysInNode, Verdict::Missing, "does not have them");
	says(&holds(None), Item::KeysInNode, Verdict::Unknown, "docs/deployment.md");
	assert!(validates(&check(&holds(None))), "what is not known is no failure");
}

#[test]
fn a_node_that_does_not_work_is_said_to() {
	let node = |change: fn(&mut Node)| with(validating(), |standing| change(&mut standing.node));
	let alone = node(|node| node.health.peers = 0);
	says(&alone, Item::Node, Verdict::Missing, "--bootnodes");
	let full = node(|node| node.is_validator = false);
	says(&full, Item::Node, Verdict::Missing, "--validator");
	let syncing = node(|node| node.health.is_syncing = true);
	says(&syncing, Item::Node, Verdict::Waiting, "catching up with its peers, at block 100");
	let stale = node(|node| node.finalized = 83);
	says(&stale, Item::Node, Verdict::Waiting, "17 behind");
	assert_eq!(of(&node(|node| node.finalized = 84), Item::Node).verdict, Verdict::Ok);
	let single =
		node(|node| node.health = Health { peers: 0, should_have_peers: false, ..node.health });
	assert_eq!(of(&single, Item::Node).verdict, Verdict::Ok);
}

#[test]
fn decisions_that_wait_name_the_rotation_that_enacts_them() {
	let pending = |standing, change, due, objectors: &[ParticipantId]| {
		let change =
			PendingChange { participant: HILLSIDE, change, due, objectors: objectors.to_vec() };
		with(standing, |standing| standing.validators.changes.push(change))
	};
	let addition = AuthorityChange::Addition;
	for (due, block, time) in
		[(101, 104, "8s"), (104, 104, "8s"), (105, 114, "28s"), (130, 134, "1m 8s")]
	{
		let standing = pending(with_keys(), addition, due, &[]);
		let text = format!(
			"its addition is decided and is enacted from block {block} on, in about {time}, unless more than a third object; nobody objects so far"
		);
		says(&standing, Item::Authority, Verdict::Waiting, &text);
	}
	let standing = pending(with_keys(), addition, 105, &[2]);
	says(&standing, Item::Authority, Verdict::Waiting, "1 authority objects so far");

	let removal = pending(validating(), AuthorityChange::Removal, 130, &[1, 2]);
	says(&removal, Item::Authority, Verdict::Waiting, "its removal is decided");
	says(&removal, Item::Authority, Verdict::Waiting, "2 authorities object so far");
	says(&removal, Item::Authority, Verdict::Waiting, "medrec council object 4");
	assert!(validates(&check(&removal)), "until it is enacted");
	let suspension = pending(validating(), AuthorityChange::Suspension, 130, &[]);
	says(&suspension, Item::Authority, Verdict::Waiting, "its suspension is decided");

	let of_another = with(with_keys(), |standing| {
		let change =
			PendingChange { participant: 3, change: addition, due: 105, objectors: Vec::new() };
		standing.validators.changes.push(change);
	});
	assert_eq!(of(&of_another, Item::Authority).verdict, Verdict::Missing);
}

#[test]
fn rotations_say_when_they_are() {
	let from = |block: u32, time| format!("from block {block} on, in about {time}");
	says(&with_authority(), Item::Queued, Verdict::Waiting, &from(104, "8s"));
	says(&with_authority(), Item::Validating, Verdict::Waiting, &from(114, "28s"));
	says(&queued(), Item::Validating, Verdict::Waiting, &from(104, "8s"));
}

#[test]
fn new_keys_take_over_after_two_rotations_and_it_validates_all_the_time() {
	let rotated = with(validating(), |standing| standing.keys = Some(keys(45)));
	says(&rotated, Item::Queued, Verdict::Waiting, "with the new ones from block 104 on");
	says(&rotated, Item::Validating, Verdict::Ok, "with the new ones from block 114 on");
	assert!(validates(&check(&rotated)));

	let next = with(rotated, |standing| standing.validators.queued[4] = validator(4, 45));
	assert_eq!(of(&next, Item::Queued).verdict, Verdict::Ok);
	says(&next, Item::Validating, Verdict::Ok, "with the new ones from block 104 on");
}

#[test]
fn the_node_needs_the_keys_in_force_beside_the_registered_ones() {
	assert_eq!(stranger().needed_keys(), []);
	assert_eq!(with_keys().needed_keys(), [keys(44)]);
	assert_eq!(validating().needed_keys(), [keys(44)]);
	let rotated = with(validating(), |standing| standing.keys = Some(keys(45)));
	assert_eq!(rotated.needed_keys(), [keys(45), keys(44)]);
}

/// The sets know it by its former account for two sessions.
#[test]
fn a_provider_that_moved_is_found_by_its_keys() {
	let moved = with(validating(), |standing| standing.account = account(5));
	assert_eq!(of(&moved, Item::Validating).verdict, Verdict::Ok);
	says(&moved, Item::Queued, Verdict::Waiting, "with its former keys or account");
	assert!(validates(&check(&moved)));
}

#[test]
fn a_removed_provider_leaves_the_sets_one_after_the_other() {
	let removed = with(validating(), |standing| standing.validators.seats.truncate(4));
	says(&removed, Item::Queued, Verdict::Waiting, "for the last time");
	assert_eq!(of(&removed, Item::Authority).verdict, Verdict::Missing);
	assert_eq!(of(&removed, Item::Validating).verdict, Verdict::Ok);
	let gone = with(removed, |standing| {
		standing.validators.queued.truncate(4);
		standing.validators.active.truncate(4);
	});
	assert_eq!(of(&gone, Item::Queued).verdict, Verdict::Waiting);
	says(&gone, Item::Validating, Verdict::Waiting, "once it holds authority");
}

#[test]
fn offenders_are_told_until_they_are_forgiven() {
	let offender = Offender { participant: HILLSIDE, session: 7, reported: 77, forgiven: None };
	let reported = with(validating(), |standing| {
		standing.validators.offenders.push(offender);
		standing.validators.disabled.push(account(4));
	});
	says(&reported, Item::Record, Verdict::Missing, "in session 7 (evidence in block 77)");
	says(&reported, Item::Record, Verdict::Missing, "medrec council propose forgive 4");
	says(&reported, Item::Validating, Verdict::Missing, "disabled");

	let forgiven = with(validating(), |standing| {
		standing.validators.offenders.push(Offender { forgiven: Some(8), ..offender });
	});
	says(&forgiven, Item::Record, Verdict::Ok, "forgiven");
	assert!(validates(&check(&forgiven)));

	let another = with(validating(), |standing| {
		standing.validators.offenders.push(Offender { participant: 3, ..offender });
		standing.validators.disabled.push(account(3));
	});
	assert!(validates(&check(&another)));
}
