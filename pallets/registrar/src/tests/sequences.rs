//! Random sequences of calls, by anybody, with sound and unsound consents. Whatever they are:
//!
//! - the invariants hold after each call;
//! - a call that fails changes nothing;
//! - an account leaves vacancy once, and may then only become a tombstone, which it remains;
//! - nonces and epochs never fall, numbers are never reused, kinds never change, the retired stay retired;
//! - names lead for ever to the provider that first bore them.

use crate::{mock::*, NextParticipantId, Participants, ProviderNames};
use frame_support::dispatch::DispatchResult;
use medrec_primitives::{
	AccountId, AccountRole, Consent, Participant, ParticipantId, ParticipantKind,
	ParticipantStatus, ProviderName, Purposes, MAX_CONSENT_LIFETIME,
};
use proptest::{
	prelude::*,
	sample::select,
	test_runner::{Config, TestRunner},
};
use std::{cell::RefCell, collections::BTreeMap};

const PEOPLE: [&str; 10] = [
	"mercy",
	"mercy-operator",
	"lakeside",
	"alice",
	"bob",
	"carol",
	"dora",
	"phone",
	"server",
	"hillside",
];

type Person = &'static str;

/// One call, as the people involved make it.
#[derive(Clone, Debug)]
enum Operation {
	Register { by: Person, person: Person, kind: ParticipantKind, lifetime: u64, signer: Person },
	RotateKey { by: Person, to: Person, signer: Person },
	SetEncryptionKey { by: Person },
	EndSessions { by: Person },
	Retire { by: Person },
	SetEndpoint { by: Person, endpoint: &'static str },
	SetGatekeeperKey { by: Person },
	SetOperator { by: Person, operator: Option<(Person, Person)> },
	Certify { person: Person, name: &'static str },
	Suspend { id: ParticipantId },
	Reinstate { id: ParticipantId },
	SetPurposes { kind: ParticipantKind, purposes: u8 },
	SetPeerIds { by: Person, keys: Vec<u8> },
}

use Operation::*;

impl Operation {
	fn name(&self) -> &'static str {
		match self {
			Register { .. } => "register",
			RotateKey { .. } => "rotate_key",
			SetEncryptionKey { .. } => "set_encryption_key",
			EndSessions { .. } => "end_sessions",
			Retire { .. } => "retire",
			SetEndpoint { .. } => "set_endpoint",
			SetGatekeeperKey { .. } => "set_gatekeeper_key",
			SetOperator { .. } => "set_operator",
			Certify { .. } => "certify",
			Suspend { .. } => "suspend",
			Reinstate { .. } => "reinstate",
			SetPurposes { .. } => "set_purposes",
			SetPeerIds { .. } => "set_peer_ids",
		}
	}

	fn make(&self) -> DispatchResult {
		match *self {
			Register { by, person, kind, lifetime, signer } => {
				let deadline = START + lifetime;
				let provider = data(by).participant;
				let mut consent = consent_until(person, provider, kind, deadline);
				if signer != person {
					consent.signature = consent_until(signer, provider, kind, deadline).signature;
				}
				Registrar::register(signed(by), consent)
			},
			RotateKey { by, to, signer } => {
				let participant = data(by).participant;
				let epoch = Participants::<Test>::get(participant).map_or(0, |entry| entry.epoch);
				let signature = agree(signer, &Consent::Rotate { participant, epoch });
				Registrar::rotate_key(signed(by), account(to), signature)
			},
			SetEncryptionKey { by } => Registrar::set_encryption_key(signed(by), [1; 32]),
			EndSessions { by } => Registrar::end_sessions(signed(by)),
			Retire { by } => Registrar::retire(signed(by)),
			SetEndpoint { by, endpoint: text } => {
				Registrar::set_endpoint(signed(by), endpoint(text))
			},
			SetGatekeeperKey { by } => Registrar::set_gatekeeper_key(signed(by), [1; 32]),
			SetOperator { by, operator } => {
				let provider = data(by).participant;
				let operator = operator.map(|(person, signer)| {
					(account(person), agree(signer, &Consent::Operate { provider }))
				});
				Registrar::set_operator(signed(by), operator)
			},
			Certify { person, name: title } => Registrar::certify(
				council(),
				account(person),
				name(title),
				endpoint("https://new.example"),
				KEY,
				KEY,
			),
			Suspend { id } => Registrar::suspend(council(), id),
			Reinstate { id } => Registrar::reinstate(council(), id),
			SetPurposes { kind, purposes } => {
				Registrar::set_purposes(council(), kind, Purposes(purposes))
			},
			SetPeerIds { by, ref keys } => Registrar::set_peer_ids(signed(by), peer_ids(keys)),
		}
	}
}

fn person() -> impl Strategy<Value = Person> {
	select(&PEOPLE[..])
}

/// Someone, and whoever signs for her: mostly she herself.
fn person_and_signer() -> impl Strategy<Value = (Person, Person)> {
	prop_oneof![
		7 => person().prop_map(|person| (person, person)),
		1 => (person(), person()),
	]
}

fn operation() -> impl Strategy<Value = Operation> {
	let kind = || select(&ParticipantKind::ALL[..]);
	let id = || 0..8_u64;
	let lifetime = prop_oneof![
		6 => 1..=MAX_CONSENT_LIFETIME,
		1 => Just(0),
		1 => Just(MAX_CONSENT_LIFETIME + 1),
	];
	let names = select(&["Hillside", "HILLSIDE", "Mercy hospital", "Riverside", ""][..]);
	let endpoints = select(&["https://moved.example", "https://moved.example/", ""][..]);
	prop_oneof![
		4 => (person(), person_and_signer(), kind(), lifetime).prop_map(
			|(by, (person, signer), kind, lifetime)| Register { by, person, kind, lifetime, signer }
		),
		3 => (person(), person_and_signer())
			.prop_map(|(by, (to, signer))| RotateKey { by, to, signer }),
		1 => person().prop_map(|by| SetEncryptionKey { by }),
		1 => person().prop_map(|by| EndSessions { by }),
		1 => person().prop_map(|by| Retire { by }),
		1 => (person(), endpoints).prop_map(|(by, endpoint)| SetEndpoint { by, endpoint }),
		1 => person().prop_map(|by| SetGatekeeperKey { by }),
		3 => (person(), proptest::option::weighted(0.8, person_and_signer()))
			.prop_map(|(by, operator)| SetOperator { by, operator }),
		2 => (person(), names).prop_map(|(person, name)| Certify { person, name }),
		1 => id().prop_map(|id| Suspend { id }),
		1 => id().prop_map(|id| Reinstate { id }),
		1 => (kind(), 0..=127_u8).prop_map(|(kind, purposes)| SetPurposes { kind, purposes }),
		3 => (person(), proptest::collection::vec(0..3_u8, 0..=4))
			.prop_map(|(by, keys)| SetPeerIds { by, keys }),
	]
}

/// What may change in certain ways only.
struct Snapshot {
	root: Vec<u8>,
	accounts: BTreeMap<Person, (AccountRole, u32, u32)>,
	participants: BTreeMap<ParticipantId, Participant<AccountId>>,
	names: BTreeMap<ProviderName, ParticipantId>,
	next: ParticipantId,
}

impl Snapshot {
	fn take() -> Self {
		let accounts = PEOPLE.into_iter().map(|person| {
			let info = frame_system::Account::<Test>::get(account(person));
			(person, (info.data.role, info.nonce, info.providers))
		});
		Self {
			root: sp_io::storage::root(sp_core::storage::StateVersion::V1),
			accounts: accounts.collect(),
			participants: Participants::<Test>::iter().collect(),
			names: ProviderNames::<Test>::iter().collect(),
			next: NextParticipantId::<Test>::get(),
		}
	}

	/// Check that `later` may follow on this.
	fn check(&self, later: &Self) -> Result<(), TestCaseError> {
		for (person, (role, nonce, providers)) in &self.accounts {
			let (later_role, later_nonce, later_providers) = later.accounts[person];
			prop_assert!(later_nonce >= *nonce, "the nonce of {} fell", person);
			prop_assert!(later_providers >= *providers, "{} lost a reference", person);
			let may_follow = *role == later_role
				|| match *role {
					AccountRole::Vacant => later_role != AccountRole::Tombstone,
					AccountRole::Tombstone => false,
					_ => later_role == AccountRole::Tombstone,
				};
			prop_assert!(may_follow, "{}: {:?} became {:?}", person, role, later_role);
		}
		prop_assert!(later.next >= self.next);
		for (id, before) in &self.participants {
			let after = &later.participants[id];
			prop_assert_eq!(after.kind, before.kind);
			prop_assert!(after.epoch >= before.epoch);
			prop_assert!(after.account == before.account || after.epoch > before.epoch);
			if before.status == ParticipantStatus::Retired {
				prop_assert_eq!(after, before);
			}
		}
		for id in later.participants.keys().filter(|id| !self.participants.contains_key(id)) {
			prop_assert!(*id >= self.next, "number {} was given out before", id);
		}
		for (name, id) in &self.names {
			prop_assert_eq!(later.names.get(name), Some(id));
		}
		Ok(())
	}
}

#[test]
fn random_calls_keep_what_always_holds() {
	// So that the test notices when it tests nothing: each call has to succeed and to fail at times.
	let outcomes = RefCell::new(BTreeMap::<&str, (u32, u32)>::new());
	let holders = proptest::collection::vec(0..3_u64, 0..2);
	let operations = proptest::collection::vec(operation(), 1..40);
	TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() })
		.run(&(holders, operations), |(holders, operations)| {
			new_test_ext().execute_with(|| {
				Holders::set(holders);
				MinimumHolders::set(1);
				let mut before = Snapshot::take();
				for operation in operations {
					let result = operation.make();
					let after = Snapshot::take();
					before.check(&after)?;
					let mut outcomes = outcomes.borrow_mut();
					let (successes, failures) = outcomes.entry(operation.name()).or_default();
					match result {
						Ok(()) => *successes += 1,
						Err(error) => {
							*failures += 1;
							prop_assert_eq!(&after.root, &before.root, "after {:?}", error);
						},
					}
					prop_assert_eq!(Registrar::do_try_state(), Ok(()), "after {:?}", operation);
					before = after;
				}
				Ok(())
			})
		})
		.unwrap_or_else(|failure| panic!("{failure}"));

	let outcomes = outcomes.into_inner();
	assert_eq!(outcomes.len(), 13, "{outcomes:?}");
	assert!(outcomes.values().all(|(good, bad)| *good > 0 && *bad > 0), "{outcomes:?}");
}
